#!/usr/bin/env python3
"""Sessions resumed with TLS libraries that others wrote: their servers' tickets, and ours."""
import re
import socket
import ssl

import peers

RESUME = peers.BUILD / "tests/resume"
WORDS_S = 15
VERSIONS = ("1.2", "1.3")


def openssl_server(identity, version, *flags):
    return peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert,
                         "-cert_chain", identity.issuers, "-key", identity.key, "-www",
                         f"-tls{version.replace('.', '_')}", *flags], "ACCEPT ")


def gnutls_server(identity, version, *flags):
    port = peers.free_port()
    return peers.Server(["gnutls-serv", "--port", str(port), "--x509certfile", identity.chain,
                         "--x509keyfile", identity.key, "--http", "--priority",
                         f"NORMAL:-VERS-ALL:+VERS-TLS{version}", *flags], port=port)


# ---- We are the client ----

def their_server(suite, lab, version, name, make, expected):
    with make(lab.identity("p256"), version) as server:
        ours = peers.run(RESUME, "connect", server.port, lab.root, len(expected), version)
    suite.check(f"TLS {version}, {name}", ours.out.splitlines(),
                [f"TLS {version}, {word}" for word in expected])
    suite.check(f"TLS {version}, {name}: no complaint", ours.err, "")


THREE = ["full", "resumed", "resumed"]
SERVERS = [
    ("openssl", openssl_server, THREE),
    ("openssl, groups", lambda i, v: openssl_server(i, v, "-groups", "P-384"), THREE),
    ("openssl, AES-256", lambda i, v: openssl_server(
        i, v, "-ciphersuites", "TLS_AES_256_GCM_SHA384",
        "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"), THREE),
    ("gnutls", gnutls_server, THREE),
    ("gnutls, no client certificate",
     lambda i, v: gnutls_server(i, v, "--disable-client-cert"), THREE),
]
SERVERS13 = [
    ("openssl, one ticket", lambda i, v: openssl_server(i, v, "-num_tickets", "1"), THREE),
    ("openssl, no tickets", lambda i, v: openssl_server(i, v, "-num_tickets", "0"), ["full"] * 3),
    ("openssl, its cache", lambda i, v: openssl_server(i, v, "-no_ticket"), THREE),
    ("openssl, early data allowed",
     lambda i, v: openssl_server(i, v, "-max_early_data", "1000"), THREE),
]


# ---- We are the server ----

def ours_for(identity, count, version):
    return peers.Server([RESUME, "accept", identity.chain, identity.key, str(count), version],
                        "listening on ")


def told(suite, name, server, version, expected):
    suite.check(f"{name}: what we say", server.lines(1 + len(expected))[1:],
                [f"TLS {version}, {word}" for word in expected])


def openssl_client(suite, lab, version):
    name = f"TLS {version}, s_client"
    kept = lab.folder / f"session-{version}.pem"
    flags = [f"-tls{version.replace('.', '_')}"]
    with ours_for(lab.identity("p256"), 3, version) as server:
        words = ["openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-servername",
                 "localhost", "-CAfile", lab.root, "-verify_return_error", "-ign_eof", *flags]
        first = peers.run(*words, "-sess_out", kept, given=b"x\n")
        second = peers.run(*words, "-sess_in", kept, given=b"x\n")
        other = peers.run(*[w if w != "localhost" else "127.0.0.1.example" for w in words],
                          "-sess_in", kept, given=b"x\n")
        suite.ok(f"{name}: new", re.search(r"^New, ", first.out, re.M), first.out + first.err)
        suite.ok(f"{name}: reused", re.search(r"^Reused, ", second.out, re.M),
                 second.out + second.err)
        suite.ok(f"{name}: not under another name", re.search(r"^New, ", other.out, re.M),
                 other.out + other.err)
        told(suite, name, server, version, ["full", "resumed",
                                            "full: it is for another server name"])


def gnutls_client(suite, lab, version):
    name = f"TLS {version}, gnutls-cli"
    with ours_for(lab.identity("p256"), 2, version) as server:
        theirs = peers.run("gnutls-cli", "--port", server.port, "--x509cafile", lab.root,
                           "--sni-hostname", "localhost", "--verify-hostname", "localhost",
                           "--priority", f"NORMAL:-VERS-ALL:+VERS-TLS{version}", "--resume",
                           "--waitresumption", "127.0.0.1", given=b"x\n")
        suite.ok(f"{name}: resumed", "This is a resumed session" in theirs.out,
                 theirs.out + theirs.err)
        told(suite, name, server, version, ["full", "resumed"])


def python_client(suite, lab, version):
    name = f"TLS {version}, Python"
    context = ssl.create_default_context(cafile=lab.root)
    context.minimum_version = context.maximum_version = getattr(
        ssl.TLSVersion, f"TLSv{version.replace('.', '_')}")
    session = None
    with ours_for(lab.identity("p256"), 3, version) as server:
        for reused in (False, True, True):
            with socket.create_connection(("127.0.0.1", server.port), WORDS_S) as plain:
                with context.wrap_socket(plain, server_hostname="localhost",
                                         session=session) as s:
                    s.sendall(b"x\n")
                    s.recv(100)
                    session = s.session
                    suite.check(f"{name}: reused", s.session_reused, reused)
        told(suite, name, server, version, THREE)


def main():
    suite = peers.Suite()
    with peers.Lab() as lab:
        jobs = [(their_server, lab, version, *row) for version in VERSIONS for row in SERVERS]
        jobs += [(their_server, lab, "1.3", *row) for row in SERVERS13]
        jobs += [(f, lab, version) for version in VERSIONS
                 for f in (openssl_client, gnutls_client, python_client)]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
