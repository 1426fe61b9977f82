#!/usr/bin/env python3
"""Client certificates, each as client and as server, with OpenSSL, GnuTLS, curl, nginx and Python:
sent, absent, of a wrong CA, expired, for another use, incomplete; required and optional; what
either side says of it."""
import json
import re
import ssl

import peers

ASK = b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n"


def facts(text):
    return dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in text.splitlines()
                if re.search(r"\S {2,}\S", line))


class Cases:
    """The client's identities, good and bad. `bad`: name -> (identity, the reasons that a server of
    ours gives)."""

    def __init__(self, lab):
        names = "DNS:client.example"
        self.good = {kind: lab.identity(kind, names=names, name=f"client-{kind}")
                     for kind in peers.KEYS}
        alone = lab.identity("p384", names=names, name="alone")
        bare = peers.Identity(lab.folder, "bare")
        bare.cert.write_text(alone.cert.read_text())
        bare.chain.write_text(alone.cert.read_text())
        bare.issuers.write_text("")
        bare.key.write_text(alone.key.read_text())
        self.bad = {
            "wrong CA": (lab.identity("p256", names=names, issuer="other", name="stranger"),
                         {"untrusted_root", "incomplete_chain"}),
            "expired": (lab.identity("p256", names=names, begin=-9, end=-2, name="old"),
                        {"certificate_expired"}),
            "for servers": (lab.identity("p256", names=names, usage="serverAuth", name="server"),
                            {"wrong_usage"}),
            "self-signed": (lab.identity("p256", names=names, own=True, name="own"),
                            {"self_signed"}),
            "incomplete": (bare, {"incomplete_chain"}),
        }


def with_identity(identity):
    return ["--cert", identity.chain, "--key", identity.key] if identity else []


def visits(suite, name, lab, port, identity, told, codes=None, alerts=None):
    """`handfast connect`: what it tells of the certificate, and the failure if one is expected."""
    result = peers.connect(f"localhost:{port}", "--cacert", lab.root, *with_identity(identity))
    d = result.json
    if not suite.ok(f"{name}: a document", d, result.out + result.err):
        return
    suite.check(f"{name}: told", d["tls"]["client_certificate"], told)
    if codes is None:
        suite.ok(f"{name}: ok", result.code == 0 and d["ok"], d["failure"])
        return
    failure = d["failure"] or {}
    suite.ok(f"{name}: code", result.code == 4 and failure.get("code") in codes
             and failure.get("who") == "peer", failure)
    suite.ok(f"{name}: alert", alerts is None or failure.get("alert") in alerts, failure)
    suite.ok(f"{name}: cause and fix", failure.get("cause") and failure.get("fix"), failure)


def openssl_demands(lab, demand):
    flags = {"require": ["-Verify", "2", "-verify_return_error"], "request": ["-verify", "2"]}
    return peers.openssl_server(lab.identity("p256"), *flags[demand], "-CAfile", lab.root)


def gnutls_demands(lab, demand):
    flags = {"require": ["--require-client-cert", "--verify-client-cert"], "request": []}
    return peers.gnutls_server(lab.identity("p256"), "NORMAL", "--x509cafile", lab.root,
                               *flags[demand])


def python_demands(lab, demand):
    server = peers.PythonServer(lab.identity("p256"), client_ca=lab.root)
    if demand == "request":
        server.context.verify_mode = ssl.CERT_OPTIONAL
    return server


def as_client(suite, lab, cases, demands):
    name = demands.__name__
    with demands(lab, "require") as server:
        for kind, identity in cases.good.items():
            if kind == "rsa-pss" and demands is gnutls_demands:
                continue  # GnuTLS 3.7 wants parameters in such a key
            visits(suite, f"{name} requires, {kind} sent", lab, server.port, identity, "sent")
        visits(suite, f"{name} requires, none sent", lab, server.port, None, "asked, none sent",
               {"client_certificate_required"}, {"certificate_required"})
        for case, (identity, _) in cases.bad.items():
            if case == "for servers" and demands is gnutls_demands:
                continue  # gnutls-serv does not look at the purpose
            visits(suite, f"{name} requires, {case}", lab, server.port, identity, "sent",
                   {"certificate_refused"})
    with demands(lab, "request") as server:
        visits(suite, f"{name} asks, none sent", lab, server.port, None, "asked, none sent")
        visits(suite, f"{name} asks, sent", lab, server.port, cases.good["p256"], "sent")


def openssl_alerts(suite, lab, cases):
    """OpenSSL's alert says why, and the cause says it too."""
    with openssl_demands(lab, "require") as server:
        for case, alert in (("wrong CA", "unknown_ca"), ("expired", "certificate_expired"),
                            ("for servers", "unsupported_certificate"),
                            ("incomplete", "unknown_ca")):
            visits(suite, f"alert, {case}", lab, server.port, cases.bad[case][0], "sent",
                   {"certificate_refused"}, {alert})


def chooses_by_key(suite, lab, cases):
    """A server that verifies ECDSA alone gets no Ed25519 certificate, but the P-256 one of two."""
    with peers.openssl_server(lab.identity("p256"), "-verify", "2", "-CAfile", lab.root,
                              "-client_sigalgs", "ECDSA+SHA256") as server:
        good = cases.good
        visits(suite, "a key that the server cannot use", lab, server.port, good["ed25519"],
               "asked, none sent")
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root,
                               *with_identity(good["ed25519"]), *with_identity(good["p256"]))
        suite.check("one key of two", (result.code, result.json["tls"]["client_certificate"]),
                    (0, "sent"))
    with peers.openssl_server(lab.identity("p256")) as server:
        visits(suite, "nobody asks", lab, server.port, good["p256"], "not asked")


def nginx_as_client(suite, lab, cases):
    port = peers.free_port()
    folder = lab.folder / "nginx-clients"
    folder.mkdir()
    identity = lab.identity("p256")
    config = folder / "nginx.conf"
    block = (f"  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {identity.chain};\n"
             f"    ssl_certificate_key {identity.key}; ssl_client_certificate {lab.root};\n"
             "    ssl_verify_client on; ssl_verify_depth 3;\n"
             "    location / { return 200 \"hello $ssl_client_s_dn\\n\"; } }\n")
    config.write_text(peers.NGINX.format(folder=folder, curve="X25519:prime256v1", servers=block))
    program = "/usr/sbin/nginx"
    with peers.Server([program, "-p", folder, "-c", config, "-e", folder / "nginx.err"], port=port):
        for name, identity, words in (
                ("sent", cases.good["rsa"], "200 OK"),
                ("named", cases.good["p256"], "CN=client-p256"),
                ("none", None, "No required SSL certificate was sent"),
                ("wrong CA", cases.bad["wrong CA"][0], "The SSL certificate error"),
                ("expired", cases.bad["expired"][0], "The SSL certificate error")):
            result = peers.run_open(peers.HANDFAST, "connect", f"localhost:{port}", "--cacert",
                                    lab.root, "-q", *with_identity(identity), given=ASK)
            suite.ok(f"nginx, {name}", result.code == 0 and words in result.out,
                     result.out + result.err)


# ---- As server ----

def by_openssl(lab, port, identity):
    own = [] if identity is None else ["-cert", identity.cert, "-key", identity.key]
    if identity and identity.issuers.stat().st_size:
        own += ["-cert_chain", identity.issuers]
    return peers.openssl_client(port, lab.root, *own, "-ign_eof", given=ASK)


def by_gnutls(lab, port, identity):
    own = [] if identity is None else ["--x509certfile", identity.chain, "--x509keyfile",
                                       identity.key]
    return peers.gnutls_client(port, lab.root, *own, given=ASK)


def by_curl(lab, port, identity):
    own = [] if identity is None else ["--cert", identity.chain, "--key", identity.key]
    return peers.curl(port, lab.root, *own)


def by_python(lab, port, identity):
    class Result:
        code, out, err = 0, "", ""
    try:
        *_, body = peers.python_client(port, lab.root, identity=identity, send=ASK)
        Result.out = body.decode()
    except (ssl.SSLError, OSError) as why:
        Result.code, Result.err = 1, str(why)
    return Result


def by_handfast(lab, port, identity):
    return peers.run_open(peers.HANDFAST, "connect", f"localhost:{port}", "--cacert", lab.root,
                          "-q", *with_identity(identity), given=ASK)


CLIENTS = (by_openssl, by_gnutls, by_curl, by_python, by_handfast)

# What an OpenSSL client calls the alert that it should get from us, by our reason.
ALERTS = {"untrusted_root": "unknown ca", "incomplete_chain": "unknown ca",
          "self_signed": "unknown ca", "certificate_expired": "certificate expired",
          "wrong_usage": "bad certificate", "client_certificate_missing": "certificate required"}


def log_line(server, number):
    return json.loads(server.lines(number)[number - 1])


def refused_by_us(suite, name, client, server, number, result, reasons, told):
    suite.ok(f"{name}: no answer", "cipher suite" not in facts(result.out), result.out)
    line = log_line(server, number)
    failure = line["failure"] or {}
    suite.ok(f"{name}: reason", failure.get("reason") in reasons and failure["who"] == "we",
             failure)
    suite.check(f"{name}: told", line["tls"]["client_certificate"], told)
    suite.ok(f"{name}: stage and fix", failure.get("stage") and failure.get("fix"), failure)
    if client is by_openssl:
        suite.ok(f"{name}: the alert", ALERTS[failure.get("reason")] in result.err, result.err)
    return failure.get("code")


def as_server(suite, lab, cases, client):
    flags = [*peers.pair_flags(lab.identity("p256")), "--client-ca", lab.root, "--jsonl"]
    number = 0
    with peers.serve(*flags, "--client-auth", "require") as server:
        for kind, identity in cases.good.items():
            if kind == "rsa-pss" and client is by_gnutls:
                continue
            result = client(lab, server.port, identity)
            number += 1
            name = f"{client.__name__}, {kind}"
            suite.ok(f"{name}: let in", result.code == 0 and facts(result.out).get(
                "client certificate") == "sent", f"{result.code} {result.out[-600:]}{result.err}")
            line = log_line(server, number)
            suite.check(f"{name}: log", (line["ok"], line["tls"]["client_certificate"],
                                         line["certificates"][0]["subject"]),
                        (True, "sent", f"CN=client-{kind}"))
        result = client(lab, server.port, None)
        number += 1
        code = refused_by_us(suite, f"{client.__name__}, none", client, server, number, result,
                             {"client_certificate_missing"}, "asked, none sent")
        suite.check(f"{client.__name__}, none: code", code, "client_certificate_required")
        for case, (identity, reasons) in cases.bad.items():
            result = client(lab, server.port, identity)
            number += 1
            refused_by_us(suite, f"{client.__name__}, {case}", client, server, number, result,
                          reasons, "sent")
    with peers.serve(*flags, "--client-auth", "request") as server:
        for number, (identity, told) in enumerate(((None, "asked, none sent"),
                                                   (cases.good["ed25519"], "sent"))):
            result = client(lab, server.port, identity)
            suite.ok(f"{client.__name__}, optional, {told}", result.code == 0 and facts(
                result.out).get("client certificate") == told, result.out[-600:] + result.err)
        # Optional is no licence: a bad one is refused all the same.
        result = client(lab, server.port, cases.bad["expired"][0])
        refused_by_us(suite, f"{client.__name__}, optional, expired", client, server, 3, result,
                      {"certificate_expired"}, "sent")
    with peers.serve(*flags, "--client-auth", "none") as server:
        result = client(lab, server.port, cases.good["p256"])
        suite.check(f"{client.__name__}, not asked", (result.code, facts(result.out).get(
            "client certificate")), (0, "not asked"))


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("handfast is built", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        cases = Cases(lab)
        jobs = [(as_client, lab, cases, demands)
                for demands in (openssl_demands, gnutls_demands, python_demands)]
        jobs += [(as_server, lab, cases, client) for client in CLIENTS]
        jobs += [(f, lab, cases) for f in (openssl_alerts, chooses_by_key, nginx_as_client)]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
