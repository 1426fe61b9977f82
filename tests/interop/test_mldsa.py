#!/usr/bin/env python3
"""ML-DSA certificates (RFC 9881) and their signatures in TLS 1.3 against OpenSSL, both ways and
with client certificates; they are never used unasked, nor in TLS 1.2."""
import json
import subprocess

import peers

KINDS = {f"mldsa{size}": (["-algorithm", f"ML-DSA-{size}"], f"mldsa{size}", f"ML-DSA-{size}")
         for size in (44, 65, 87)}


def is_here(kind):
    """Whether the openssl command makes such keys."""
    words = ["openssl", "genpkey", *KINDS[kind][0], "-out", "/dev/null"]
    return subprocess.run(words, capture_output=True).returncode == 0


def client(suite, lab, kind, root, identity):
    _, scheme, key = KINDS[kind]
    with peers.openssl_server(identity) as server:
        target = f"localhost:{server.port}"
        result = peers.connect(target, "--cacert", root, "--sigalgs", scheme)
        d = result.json
        if suite.ok(f"{kind}: connect", result.code == 0 and d["ok"], result.out + result.err):
            suite.check(f"{kind}: scheme", d["tls"]["signature"], scheme)
            suite.check(f"{kind}: key", d["certificates"][0]["key"], key)
            suite.check(f"{kind}: signed with", d["certificates"][0]["signature"], key)
        other = peers.connect(target, "--cacert", lab.root, "--sigalgs", scheme)
        suite.check(f"{kind}: another root", other.json["failure"]["code"], "incomplete_chain")
        unasked = peers.connect(target, "--cacert", root)
        suite.check(f"{kind}: not in the default list", unasked.json["failure"]["alert"],
                    "handshake_failure")


def server(suite, lab, kind, root, identity):
    scheme = KINDS[kind][1]
    pair = ["-cert", identity.cert, "-key", identity.key]
    with peers.serve("--jsonl", "--cert", identity.cert, "--key", identity.key, "--client-ca", root,
                     "--client-auth", "request", "--sigalgs", scheme) as s:
        for name, flags in (("alone", []), ("with its own", pair)):
            done = peers.openssl_client(s.port, root, *flags)
            suite.ok(f"{kind}: s_client {name}", done.code == 0 and "Verification: OK" in done.out
                     and f"type: {scheme}" in done.out, done.out + done.err)
        ours = peers.connect(f"localhost:{s.port}", "--cacert", root, "--sigalgs", scheme,
                             "--cert", identity.cert, "--key", identity.key)
        suite.check(f"{kind}: ours with its own", ours.json["tls"]["client_certificate"], "sent")
        older = peers.run("openssl", "s_client", "-connect", f"127.0.0.1:{s.port}", "-tls1_2")
        suite.ok(f"{kind}: TLS 1.2", older.code != 0 and "alert handshake failure" in
                 older.out + older.err, older.out + older.err)
        # Ours offers the scheme there too, when it is told to; nobody may take it.
        older = peers.connect(f"localhost:{s.port}", "--cacert", root, "--sigalgs", scheme,
                              "--tls-max", "1.2")
        suite.check(f"{kind}: ours with TLS 1.2", older.json["failure"]["alert"],
                    "handshake_failure")
        lines = [json.loads(line) for line in s.lines(5)]
    suite.check(f"{kind}: the server's lines", [line["ok"] for line in lines],
                [True, True, True, False, False])


def main():
    suite = peers.Suite()
    peers.KEYS.update(KINDS)
    with peers.Lab() as lab:
        for kind in KINDS:
            if not is_here(kind):
                suite.skip(kind, "the openssl command has no ML-DSA")
                continue
            root = lab.root_of(kind)
            identity = lab.identity(kind, issuer=f"root-{kind}")
            suite.run(client, lab, kind, root, identity)
            suite.run(server, lab, kind, root, identity)
    suite.close()


if __name__ == "__main__":
    main()
