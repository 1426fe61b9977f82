#!/usr/bin/env python3
"""TLS 1.2 and resumption through the command, with OpenSSL, GnuTLS, curl and Python on the other
side: versions agreed and refused, suites, client certificates, tickets, session IDs, and sessions
that are not gone on with."""
import json
import re
import socket
import ssl
import time

import peers

TLS12, TLS13 = "1.2", "1.3"
LEGACY = ["--policy", "legacy"]
# Our name, OpenSSL's, the key, the flags that it takes.
SUITES = [
    ("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "p256", []),
    ("TLS_ECDHE_ECDSA_WITH_AES_128_CCM", "ECDHE-ECDSA-AES128-CCM", "p256", []),
    ("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "rsa", []),
    ("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "rsa", []),
    ("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", "rsa", LEGACY),
    ("TLS_RSA_WITH_AES_256_GCM_SHA384", "AES256-GCM-SHA384", "rsa", LEGACY),
]
REQUEST = b"GET / HTTP/1.0\r\n\r\n"


def openssl_server(identity, version, *flags):
    return peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert,
                         "-cert_chain", identity.issuers, "-key", identity.key, "-www",
                         f"-tls{version.replace('.', '_')}", *flags], "ACCEPT ")


def gnutls_server(identity, version, *flags):
    port = peers.free_port()
    return peers.Server(["gnutls-serv", "--port", str(port), "--x509certfile", identity.chain,
                         "--x509keyfile", identity.key, "--http", "--disable-client-cert",
                         "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", *flags], port=port)


def outcome(document):
    """What a resumed handshake is judged by."""
    tls = document["tls"]
    return (document["ok"], tls["version"], tls["resumed"], tls["round_trips"])


def trips(version, resumed):
    return 1 if resumed or version == TLS13 else 2


# ---- We are the client ----

def suite_as_client(suite, lab, name, theirs, kind, flags):
    with openssl_server(lab.identity(kind), TLS12, "-cipher", f"{theirs}:@SECLEVEL=0") as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, *flags,
                               *(["--ciphers", name] if "CCM" in name else []))
        suite.check(f"{theirs}: agreed", (result.code, result.json["tls"]["version"],
                                          result.json["tls"]["suite"]), (0, "TLS 1.2", name))
        page = peers.run_open(peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert",
                              lab.root, "-q", "--ciphers", name, *flags, given=REQUEST)
        suite.ok(f"{theirs}: s_server says so", f"Cipher is {theirs}" in page.out
                 or f"CIPHER is {theirs}" in page.out or f": {theirs}\n" in page.out, page.out)
        if flags:
            result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
            suite.check(f"{theirs}: by the policy legacy only",
                        (result.code, result.json["failure"]["who"]), (4, "peer"))


def goes_on(suite, name, port, lab, version, flags):
    """Kept in a file, used from there, renewed, and once more by --reconnect."""
    kept = lab.folder / f"{name.replace(' ', '-').replace(',', '')}.session"
    where = f"localhost:{port}"
    trust = ["--cacert", lab.root, *flags]
    for step, words, resumed in (("full", ["--sess-out", kept], False),
                                 ("resumed", ["--sess-in", kept, "--sess-out", kept], True),
                                 ("again", ["--sess-in", kept], True),
                                 ("reconnect", ["--reconnect"], True)):
        result = peers.connect(where, *trust, *words)
        suite.check(f"{name}: {step}", outcome(result.json),
                    (True, f"TLS {version}", resumed, trips(version, resumed)))
    page = peers.run_open(peers.HANDFAST, "connect", where, *trust, "--reconnect", "-q",
                          given=REQUEST)
    suite.ok(f"{name}: a page over a resumed connection", page.code == 0
             and page.out.startswith("HTTP/1.0 200"), (page.code, page.err, page.out[:200]))


def resumes(suite, lab, name, make, version, flags=(), **options):
    with make(lab.identity("p256"), version, *flags) as server:
        goes_on(suite, f"{name}, TLS {version}", server.port, lab, version,
                options.get("ours", []))


def mutual(suite, lab, version):
    own = lab.identity("rsa")
    with openssl_server(lab.identity("p256"), version, "-Verify", "3", "-CAfile", lab.root,
                        "-verify_return_error") as server:
        goes_on(suite, f"client certificate, TLS {version}", server.port, lab, version,
                ["--cert", own.chain, "--key", own.key])


def session_not_used(suite, lab):
    """A session of one version, name or trust is no good for another: the handshake is full."""
    kept = lab.folder / "other.session"
    identity = lab.identity("p256")
    trust = ["--cacert", lab.root]
    with openssl_server(identity, TLS12) as server:
        where = f"localhost:{server.port}"
        peers.connect(where, *trust, "--sess-out", kept)
        for name, flags, code in (
                ("another name", ["--name", "localhost", "--servername", "other.example"], 0),
                ("another trust", ["--cacert", lab.other_root], 5),
                ("TLS 1.3 alone", ["--tlsv1.3"], 4)):
            result = peers.connect(where, *trust[:0 if "--cacert" in flags else 2], *flags,
                                   "--sess-in", kept)
            suite.check(f"a session for {name}", (result.code, result.json["tls"]["resumed"]),
                        (code, False))
    # Another server does not know it.
    with openssl_server(identity, TLS12) as server:
        result = peers.connect(f"localhost:{server.port}", *trust, "--sess-in", kept)
        suite.check("a session of another server", outcome(result.json),
                    (True, "TLS 1.2", False, 2))
        suite.ok("a session of another server: why", result.json["tls"]["resumption"],
                 result.json["tls"])


def versions_as_client(suite, lab):
    identity = lab.identity("p256")
    trust = ["--cacert", lab.root]
    for name, make in (("openssl", openssl_server), ("gnutls", gnutls_server)):
        with make(identity, TLS12) as server:
            where = f"localhost:{server.port}"
            for flags in ([], ["--tlsv1.2"], ["--tls-max", "1.2"]):
                result = peers.connect(where, *trust, *flags)
                suite.check(f"{name}, TLS 1.2, {flags}", outcome(result.json),
                            (True, "TLS 1.2", False, 2))
            result = peers.connect(where, *trust, "--tlsv1.3")
            suite.check(f"{name}, TLS 1.2, not wanted", (result.code,
                                                        result.json["failure"]["who"]), (4, "peer"))
        with make(identity, TLS13) as server:
            result = peers.connect(f"localhost:{server.port}", *trust, "--tls-max", "1.2")
            failure = result.json["failure"]
            # GnuTLS looks for a suite first.
            suite.ok(f"{name}, TLS 1.3 alone, not wanted", result.code == 4
                     and failure["who"] == "peer"
                     and failure["code"] in ("no_common_version", "handshake_refused"), failure)


# ---- We are the server ----

def s_client(lab, port, *flags, given=b"x\n"):
    return peers.run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername",
                     "localhost", "-CAfile", lab.root, "-verify_return_error", "-ign_eof", *flags,
                     given=given)


def suite_as_server(suite, lab, name, theirs, kind, flags):
    words = [*peers.pair_flags(lab.identity(kind)), "--jsonl", "-q", *flags]
    if "CCM" in name:
        words += ["--ciphers", name]
    with peers.serve(*words) as server:
        result = s_client(lab, server.port, "-tls1_2", "-cipher", f"{theirs}:@SECLEVEL=0",
                          given=REQUEST)
        suite.ok(f"{theirs}, s_client", f"Cipher is {theirs}" in result.out and name in result.out,
                 result.out + result.err)
        tls = json.loads(server.lines(1)[0])["tls"]
        suite.check(f"{theirs}, our log", (tls["version"], tls["suite"]), ("TLS 1.2", name))


def log(server, count):
    return [outcome(json.loads(line)) for line in server.lines(count)]


def full_then_resumed(suite, name, server, version, count=2):
    suite.check(f"{name}, TLS {version}: our log", log(server, count),
                [(True, f"TLS {version}", n > 0, trips(version, n > 0)) for n in range(count)])


def openssl_resumes(suite, lab, version, flags=(), ours=()):
    name = f"s_client {' '.join(flags)}"
    kept = lab.folder / f"s_client-{version}-{len(flags)}.pem"
    words = [f"-tls{version.replace('.', '_')}", *flags]
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q", *ours) as server:
        first = s_client(lab, server.port, *words, "-sess_out", kept, given=REQUEST)
        second = s_client(lab, server.port, *words, "-sess_in", kept, given=REQUEST)
        suite.ok(f"{name}: new, then reused", re.search("^New, ", first.out, re.M)
                 and re.search("^Reused, ", second.out, re.M), first.out + second.out + second.err)
        full_then_resumed(suite, name, server, version)


def gnutls_resumes(suite, lab, version, *flags):
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q") as server:
        result = peers.run("gnutls-cli", "--port", server.port, "--x509cafile", lab.root,
                           "--sni-hostname", "localhost", "--verify-hostname", "localhost",
                           "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "--resume",
                           "--waitresumption", *flags, "127.0.0.1", given=REQUEST)
        suite.ok(f"gnutls-cli {flags}: resumed", "This is a resumed session" in result.out,
                 result.out + result.err)
        full_then_resumed(suite, f"gnutls-cli {flags}", server, version)


def curl_resumes(suite, lab, version):
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q") as server:
        url = f"https://localhost:{server.port}/"
        result = peers.run("curl", "-sS", "--noproxy", "*", "--cacert", lab.root, "--tls-max",
                           version, "--max-time", "20", url, url)
        suite.ok(f"curl, TLS {version}", result.code == 0 and result.out.count(
            f"TLS {version}") >= 2, result.out + result.err)
        full_then_resumed(suite, "curl", server, version)


def python_resumes(suite, lab, version):
    context = ssl.create_default_context(cafile=lab.root)
    context.minimum_version = context.maximum_version = getattr(
        ssl.TLSVersion, f"TLSv{version.replace('.', '_')}")
    session = None
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q", "--echo") as server:
        for reused in (False, True, True):
            with socket.create_connection(("127.0.0.1", server.port), peers.LIMIT_S) as plain:
                with context.wrap_socket(plain, server_hostname="localhost",
                                         session=session) as s:
                    s.sendall(b"x\n")
                    s.recv(100)
                    session = s.session
                    suite.check(f"Python, TLS {version}: reused", s.session_reused, reused)
                    s.unwrap()
        full_then_resumed(suite, "Python", server, version, 3)


def mutual_as_server(suite, lab, version):
    own = lab.identity("p256")
    kept = lab.folder / f"mutual-{version}.pem"
    words = [f"-tls{version.replace('.', '_')}", "-cert", own.cert, "-cert_chain", own.issuers,
             "-key", own.key]
    with peers.serve(*peers.pair_flags(own), "--jsonl", "-q", "--client-ca", lab.root,
                     "--client-auth", "require") as server:
        s_client(lab, server.port, *words, "-sess_out", kept, given=REQUEST)
        s_client(lab, server.port, *words, "-sess_in", kept, given=REQUEST)
        full_then_resumed(suite, "client certificate", server, version)
        tls = json.loads(server.lines(2)[1])["tls"]
        suite.check(f"TLS {version}: the certificate holds on", tls["client_certificate"], "sent")


def not_honoured(suite, lab):
    """Sessions that we do not go on with, and why."""
    kept = lab.folder / "s_client-refused.pem"
    pair = [*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q"]
    with peers.serve(*pair) as server:
        s_client(lab, server.port, "-tls1_2", "-sess_out", kept, given=REQUEST)
    with peers.serve(*pair) as server:
        result = s_client(lab, server.port, "-tls1_2", "-sess_in", kept, given=REQUEST)
        suite.ok("a ticket of another server: new", re.search("^New, ", result.out, re.M),
                 result.out)
        tls = json.loads(server.lines(1)[0])["tls"]
        suite.ok("a ticket of another server: why", not tls["resumed"] and tls["resumption"], tls)
    with peers.serve(*pair, "--ticket-lifetime", "1") as server:
        s_client(lab, server.port, "-tls1_2", "-sess_out", kept, given=REQUEST)
        time.sleep(2.1)
        s_client(lab, server.port, "-tls1_2", "-sess_in", kept, given=REQUEST)
        tls = json.loads(server.lines(2)[1])["tls"]
        suite.check("a ticket too old", tls["resumed"], False)
    with peers.serve(*pair, "--tickets", "0") as server:
        for version in ("-tls1_2", "-tls1_3"):
            result = s_client(lab, server.port, version, given=REQUEST)
            suite.ok(f"no tickets: {version}", "TLS session ticket:" not in result.out, result.out)


def versions_as_server(suite, lab):
    pair = [*peers.pair_flags(lab.identity("p256")), "--jsonl", "-q"]
    for flags, words, expected in (
            ([], ["-tls1_2"], "TLS 1.2"), ([], [], "TLS 1.3"),
            (["--tls-max", "1.2"], [], "TLS 1.2"),
            (["--tls-max", "1.2"], ["-tls1_3"], None), (["--tlsv1.3"], ["-tls1_2"], None)):
        with peers.serve(*pair, *flags) as server:
            s_client(lab, server.port, *words, given=REQUEST)
            document = json.loads(server.lines(1)[0])
            if expected:
                suite.check(f"{flags} and s_client {words}", document["tls"]["version"], expected)
            else:
                failure = document["failure"] or {}
                suite.check(f"{flags} and s_client {words}", (failure.get("code"),
                                                             failure.get("who")),
                            ("no_common_version", "we"))


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("handfast is built", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        jobs = [(f, lab, *row) for row in SUITES for f in (suite_as_client, suite_as_server)]
        for version in (TLS12, TLS13):
            jobs += [(resumes, lab, "openssl", openssl_server, version),
                     (resumes, lab, "gnutls", gnutls_server, version)]
            jobs += [(f, lab, version) for f in (mutual, openssl_resumes, gnutls_resumes,
                                                 curl_resumes, python_resumes, mutual_as_server)]
        jobs += [(resumes, lab, "openssl, session ID", openssl_server, TLS12, ["-no_ticket"]),
                 (resumes, lab, "gnutls, session ID", gnutls_server, TLS12, ["--noticket"]),
                 (openssl_resumes, lab, TLS12, ["-no_ticket"]),
                 (gnutls_resumes, lab, TLS12, "--noticket")]
        jobs += [(f, lab) for f in (session_not_used, versions_as_client, not_honoured,
                                    versions_as_server)]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
