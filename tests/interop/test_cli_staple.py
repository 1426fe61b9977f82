#!/usr/bin/env python3
"""Stapling with OpenSSL and GnuTLS on the other side, both ways, in TLS 1.3 and 1.2, with responses
that OpenSSL made: what is sent, what is made of it, exit codes; CRLs and pins of `connect`."""
import base64
import hashlib
import os
import time

import peers

VERSIONS = {"1.3": "-tls1_3", "1.2": "-tls1_2"}


class Responder:
    """OpenSSL's, over a database of its own with two certificates."""

    def __init__(self, lab):
        self.lab = lab
        self.good = lab.identity("p256")
        self.bad = lab.identity("p256", names="DNS:localhost", name="bad")
        self.database = lab.folder / "responder.txt"
        end = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 9 * 86400))
        then = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() - 3600))
        self.database.write_text(
            f"V\t{end}\t\t{serial(self.good)}\tunknown\t/CN=good\n"
            f"R\t{end}\t{then},keyCompromise\t{serial(self.bad)}\tunknown\t/CN=bad\n")

    def response(self, identity, name, signer="intermediate", minutes=60):
        """Signed by the lab's CA of that name."""
        path = self.lab.folder / f"{name}.ocsp"
        request = self.lab.folder / f"{name}.req"
        peers.command("openssl", "ocsp", "-issuer", self.lab.intermediate, "-cert", identity.cert,
                      "-reqout", request, "-no_nonce")
        peers.command("openssl", "ocsp", "-index", self.database, "-CA", self.lab.intermediate,
                      "-rsigner", self.lab.folder / f"{signer}.cert.pem", "-rkey",
                      self.lab.folder / f"{signer}.key.pem", "-reqin", request, "-respout", path,
                      "-nmin", str(minutes), cwd=self.lab.folder)
        return path


def serial(identity):
    return peers.command("openssl", "x509", "-in", identity.cert, "-noout",
                         "-serial").stdout.decode().strip().split("=")[1]


def openssl_server(identity, version, *flags):
    return peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert,
                         "-cert_chain", identity.issuers, "-key", identity.key, VERSIONS[version],
                         *flags], "ACCEPT ")


def outcome(result):
    """(exit, failure, stapled, whether the revocation check held)"""
    failure = result.json["failure"]
    return (result.code, failure and failure["code"], result.json["tls"]["stapled"],
            result.json["checks"][4]["ok"])


def our_client(suite, lab, responder, version):
    good, bad = responder.good, responder.bad
    good_response = responder.response(good, f"good-{version}")
    bad_response = responder.response(bad, f"bad-{version}")
    strange = responder.response(good, f"strange-{version}", signer="other")
    trust = ["--cacert", lab.root]
    rows = [
        ("good", good, ["-status_file", good_response],
         {"none": (0, None, "none", None), "stapled": (0, None, "good", True),
          "require": (0, None, "good", True)}),
        ("revoked", bad, ["-status_file", bad_response],
         {"none": (0, None, "none", None), "stapled": (5, "revoked", "revoked", False),
          "require": (5, "revoked", "revoked", False)}),
        ("missing", good, [],
         {"none": (0, None, "none", None), "stapled": (0, None, "none", True),
          "require": (6, "staple_missing", "none", False)}),
        ("signed by a stranger", good, ["-status_file", strange],
         {"none": (0, None, "none", None), "stapled": (6, "staple_invalid", "invalid", False),
          "require": (6, "staple_invalid", "invalid", False)}),
        ("of another certificate", good, ["-status_file", bad_response],
         {"stapled": (0, None, "unknown", True),
          "require": (6, "staple_invalid", "unknown", False)}),
    ]
    for title, identity, flags, expected in rows:
        with openssl_server(identity, version, *flags) as server:
            for demand, wanted in expected.items():
                result = peers.connect(f"localhost:{server.port}", *trust, "--ocsp", demand)
                suite.check(f"OpenSSL's server, TLS {version}, {title}, --ocsp {demand}",
                            outcome(result), wanted)
                suite.check(f"TLS {version}, {title}, {demand}: version",
                            result.json["tls"]["version"], f"TLS {version}")
    with openssl_server(good, version, "-status_file", good_response) as server:
        late = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2 * 3600))
        result = peers.connect(f"localhost:{server.port}", *trust, "--ocsp", "require", "--at",
                               late)
        suite.check(f"TLS {version}: out of date", outcome(result),
                    (6, "staple_invalid", "invalid", False))
        words = peers.connect_piped(f"localhost:{server.port}", *trust, "--ocsp", "stapled")
        suite.ok(f"TLS {version}: words", "stapled OCSP response: good" in words.err, words.err)


def our_server(suite, lab, responder, version):
    good = responder.good
    path = lab.folder / f"served-{version}.ocsp"
    path.write_bytes(responder.response(good, f"first-{version}").read_bytes())
    flags = ["-connect", None, "-servername", "localhost", "-CAfile", lab.root,
             "-verify_return_error", VERSIONS[version]]
    with peers.serve(*peers.pair_flags(good), "--ocsp-response", path) as server:
        flags[1] = f"127.0.0.1:{server.port}"
        result = peers.run("openssl", "s_client", *flags, "-status")
        suite.ok(f"OpenSSL's client, TLS {version}: staple", result.code == 0
                 and "OCSP Response Status: successful" in result.out
                 and "Cert Status: good" in result.out and "OCSP response: no" not in result.out,
                 result.out + result.err)
        suite.ok(f"OpenSSL's client, TLS {version}: which",
                 responder_id(path) in result.out, result.out)
        result = peers.run("openssl", "s_client", *flags)
        suite.ok(f"OpenSSL's client, TLS {version}, not asking",
                 result.code == 0 and "OCSP" not in result.out, result.out)
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--ocsp",
                               "require")
        suite.check(f"our client, TLS {version}", outcome(result), (0, None, "good", True))
        # Another response, in one step; then rubbish, which changes nothing.
        fresh = responder.response(good, f"second-{version}", minutes=120)
        later = produced(fresh)
        os.replace(fresh, path)
        time.sleep(1.1)
        result = peers.run("openssl", "s_client", *flags, "-status")
        suite.ok(f"TLS {version}: refreshed", later in result.out, result.out)
        path.write_bytes(b"rubbish")
        time.sleep(1.1)
        result = peers.run("openssl", "s_client", *flags, "-status")
        suite.ok(f"TLS {version}: the last good one is kept", later in result.out, result.out)
        server.wait_for("stapled good")
    for name, contents in (("missing", None), ("rubbish", b"rubbish")):
        file = lab.folder / f"{name}-{version}.ocsp"
        if contents is not None:
            file.write_bytes(contents)
        result = peers.run(peers.HANDFAST, "serve", "--listen", "127.0.0.1:0",
                           *peers.pair_flags(good), "--ocsp-response", file, "--count", "1")
        suite.ok(f"{name} response at the start", result.code not in (0, None)
                 and "ocsp" in result.err.lower(), (result.code, result.err))


def dates(path):
    text = peers.command("openssl", "ocsp", "-respin", path, "-noverify", "-resp_text",
                         ).stdout.decode()
    return {line.split(":", 1)[0].strip(): line.split(":", 1)[1].strip()
            for line in text.splitlines() if ": " in line}


def produced(path):
    return "Next Update: " + dates(path)["Next Update"]


def responder_id(path):
    return "Produced At: " + dates(path)["Produced At"]


def gnutls(suite, lab, responder):
    if not peers.has("gnutls-serv"):
        suite.skip("GnuTLS", "gnutls-bin is not installed")
        return
    good = responder.good
    response = responder.response(good, "gnutls")
    for version in VERSIONS:
        priority = f"NORMAL:-VERS-ALL:+VERS-TLS{version}"
        port = peers.free_port()
        with peers.Server(["gnutls-serv", "--port", str(port), "--x509certfile", good.chain,
                           "--x509keyfile", good.key, "--priority", priority, "--http",
                           "--ocsp-response", response], port=port) as server:
            result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--ocsp",
                                   "require")
            suite.check(f"GnuTLS's server, TLS {version}", outcome(result),
                        (0, None, "good", True))
        with peers.serve(*peers.pair_flags(good), "--ocsp-response", response) as server:
            result = peers.run("gnutls-cli", "--port", str(server.port), "--x509cafile", lab.root,
                               "--verify-hostname", "localhost", "--sni-hostname", "localhost",
                               "--priority", priority, "--save-ocsp",
                               lab.folder / f"saved-{version}.ocsp", "127.0.0.1")
            saved = lab.folder / f"saved-{version}.ocsp"
            suite.ok(f"GnuTLS's client, TLS {version}", result.code == 0 and saved.exists()
                     and saved.read_bytes() == response.read_bytes(), result.out + result.err)
        with peers.serve(*peers.pair_flags(responder.bad), "--ocsp-response",
                         responder.response(responder.bad, "gnutls-bad")) as server:
            result = peers.run("gnutls-cli", "--port", str(server.port), "--x509cafile", lab.root,
                               "--verify-hostname", "localhost", "--sni-hostname", "localhost",
                               "--priority", priority, "127.0.0.1")
            suite.ok(f"GnuTLS's client, TLS {version}, revoked", result.code != 0
                     and "revoked" in (result.out + result.err), result.out + result.err)


def demands(suite, lab, responder):
    """--crl and --pinnedpubkey."""
    good, bad = responder.good, responder.bad
    config = lab.folder / "staple-crl.cnf"
    config.write_text(peers.CA_CONFIG.format(md="sha256").replace(
        "default_md", "default_crl_days = 5\ndefault_md").replace("index.txt", "responder.txt"))
    crl = lab.folder / "staple-crl.pem"
    peers.command("openssl", "ca", "-gencrl", "-config", config, "-cert", lab.intermediate,
                  "-keyfile", lab.folder / "intermediate.key.pem", "-out", crl, cwd=lab.folder)
    trust = ["--cacert", lab.root]
    for identity, wanted in ((good, (0, None, "none", True)), (bad, (5, "revoked", "none", False))):
        with openssl_server(identity, "1.3") as server:
            result = peers.connect(f"localhost:{server.port}", *trust, "--crl", crl)
            suite.check(f"--crl, {wanted[1]}", outcome(result), wanted)
    result = peers.connect("localhost:1", *trust, "--crl", good.cert)
    suite.check("--crl without a list", result.code, 2)
    public = peers.command("openssl", "pkey", "-in", good.key, "-pubout", "-outform", "DER").stdout
    pin = "sha256//" + base64.b64encode(hashlib.sha256(public).digest()).decode()
    other = "sha256//" + base64.b64encode(bytes(32)).decode()
    with openssl_server(good, "1.3") as server:
        for title, words, wanted in (
                ("pinned", [*trust, "--pinnedpubkey", pin], (0, None)),
                ("a backup pin", [*trust, "--pinnedpubkey", f"{other};{pin}"], (0, None)),
                ("another", [*trust, "--pinnedpubkey", other], (6, "pin_mismatch")),
                ("-k and pinned", ["-k", "--pinnedpubkey", pin], (0, None)),
                ("-k and another", ["-k", "--pinnedpubkey", other], (6, "pin_mismatch"))):
            result = peers.connect(f"localhost:{server.port}", *words)
            failure = result.json["failure"]
            suite.check(f"--pinnedpubkey, {title}", (result.code, failure and failure["code"]),
                        wanted)
    result = peers.connect("localhost:1", *trust, "--pinnedpubkey", "sha1//x")
    suite.check("--pinnedpubkey with rubbish", result.code, 2)


def main():
    suite = peers.Suite()
    with peers.Lab() as lab:
        responder = Responder(lab)
        jobs = [(our_client, lab, responder, version) for version in VERSIONS]
        jobs += [(our_server, lab, responder, version) for version in VERSIONS]
        jobs += [(gnutls, lab, responder), (demands, lab, responder)]
        suite.run_all(jobs, workers=2)
    suite.close()


if __name__ == "__main__":
    main()
