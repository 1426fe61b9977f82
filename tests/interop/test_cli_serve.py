#!/usr/bin/env python3
"""`handfast serve` with clients that others wrote: each suite, group and signature, ALPN, SNI,
HelloRetryRequest, client certificates; files, echo, answers; its log; thousands of connections."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import time

import peers

SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}
GNUTLS_CIPHERS = {SUITES[0]: "AES-128-GCM", SUITES[1]: "AES-256-GCM",
                  SUITES[2]: "CHACHA20-POLY1305"}


def facts(text):
    """The default body: title and value, two blanks between."""
    return dict(re.split(r" {2,}", line.strip(), maxsplit=1) for line in text.splitlines()
                if re.search(r"\S {2,}\S", line))


def openssl_agrees(suite, lab, server, cipher, group):
    name = f"s_client {cipher} {group}"
    result = peers.openssl_client(server.port, lab.root, "-ciphersuites", cipher, "-groups",
                                  GROUPS[group], "-ign_eof", given=b"GET / HTTP/1.0\r\n\r\n")
    suite.check(f"{name}: exit", result.code, 0)
    found = facts(result.out)
    suite.check(f"{name}: facts", (found.get("cipher suite"), found.get("group"),
                                   found.get("version")),
                (cipher, group, "TLS 1.3"))
    suite.ok(f"{name}: verified", "Verify return code: 0 (ok)" in result.out, result.out)


def curl_agrees(suite, lab, server, cipher, group):
    result = peers.curl(server.port, lab.root, "--tls13-ciphers", cipher, "--curves", GROUPS[group])
    found = facts(result.out)
    suite.check(f"curl {cipher} {group}",
                (result.code, found.get("cipher suite"), found.get("group"), found.get("SNI")),
                (0, cipher, group, "localhost"))


def gnutls_agrees(suite, lab, server, cipher, group):
    priority = f"NORMAL:-CIPHER-ALL:+{GNUTLS_CIPHERS[cipher]}:-GROUP-ALL:+GROUP-{group.upper()}"
    result = peers.gnutls_client(server.port, lab.root, priority=priority,
                                 given=b"GET / HTTP/1.0\r\n\r\n")
    found = facts(result.out)
    suite.check(f"gnutls-cli {cipher} {group}",
                (result.code, found.get("cipher suite"), found.get("group")), (0, cipher, group))


def agreements(suite, lab):
    with peers.serve(*peers.pair_flags(lab.identity("p256"))) as server:
        jobs = [(openssl_agrees, lab, server, c, g) for c in SUITES for g in GROUPS]
        jobs += [(curl_agrees, lab, server, c, g) for c in SUITES for g in GROUPS]
        jobs += [(gnutls_agrees, lab, server, c, g) for c in SUITES for g in GROUPS]
        suite.run_all(jobs)
        version, cipher, *_ = peers.python_client(server.port, lab.root)
        suite.check("python", (version, cipher in SUITES), ("TLSv1.3", True))


def signature(suite, lab, kind):
    identity = lab.identity(kind)
    scheme = peers.KEYS[kind][1]
    with peers.serve(*peers.pair_flags(identity), "--jsonl") as server:
        result = peers.openssl_client(server.port, lab.root, given=b"")
        suite.check(f"s_client and {kind}", result.code, 0)
        if kind != "rsa-pss":  # GnuTLS 3.7 wants parameters in such a key
            result = peers.gnutls_client(server.port, lab.root)
            suite.ok(f"gnutls-cli and {kind}", result.code == 0, result.out[-500:] + result.err)
        result = peers.curl(server.port, lab.root)
        suite.check(f"curl and {kind}", (result.code, facts(result.out).get("our signature")),
                    (0, scheme))
        for line in server.lines(2 if kind == "rsa-pss" else 3):
            suite.check(f"{kind}: in the log", json.loads(line)["tls"]["signature"], scheme)


def chooses_identities(suite, lab):
    first = lab.identity("p256")
    second = lab.identity("rsa", names="DNS:two.example,DNS:*.wild.example", name="two")
    third = lab.identity("rsa")
    with peers.serve(*peers.pair_flags(first, second, third)) as server:
        for name, identity in (("localhost", first), ("two.example", second),
                               ("a.wild.example", second)):
            *_, der, _ = peers.python_client(server.port, lab.root, name)
            suite.check(f"SNI {name}", hashlib.sha256(der).hexdigest(),
                        hashlib.sha256(identity.der()).hexdigest())
        result = peers.openssl_client(server.port, lab.root, name="two.example")
        suite.check("SNI two.example by s_client", result.code, 0)
        # The same name, but the client verifies RSA only.
        result = peers.openssl_client(server.port, lab.root, "-sigalgs", "rsa_pss_rsae_sha256",
                                      "-ign_eof", given=b"GET / HTTP/1.0\r\n\r\n")
        suite.check("RSA for a client that wants it", facts(result.out).get("our signature"),
                    "rsa_pss_rsae_sha256")


def alpn(suite, lab):
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--alpn", "h2,http/1.1") as server:
        for offer, chosen in ((["http/1.1"], "http/1.1"), (["http/1.1", "h2"], "h2"), ([], None)):
            _, _, protocol, *_ = peers.python_client(server.port, lab.root, alpn=offer)
            suite.check(f"ALPN {offer}", protocol, chosen)
        result = peers.openssl_client(server.port, lab.root, "-alpn", "acme")
        suite.ok("ALPN refused", "no application protocol" in result.err, result.err)
        suite.ok("ALPN refused: log", "no_common_alpn" in server.wait_for("no_common_alpn"), "")


def retries(suite, lab):
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--groups", "P-384",
                     "--jsonl") as server:
        result = peers.openssl_client(server.port, lab.root, "-groups", "X25519:P-384", "-ign_eof",
                                      given=b"GET / HTTP/1.0\r\n\r\n")
        found = facts(result.out)
        suite.check("s_client retries", (result.code, found.get("group"), found.get("hello retry")),
                    (0, "secp384r1", "yes"))
        result = peers.curl(server.port, lab.root)
        suite.check("curl retries", (result.code, facts(result.out).get("hello retry")), (0, "yes"))
        result = peers.gnutls_client(server.port, lab.root, "--single-key-share",
                                     priority="NORMAL:-GROUP-ALL:+GROUP-X25519:+GROUP-SECP384R1")
        suite.check("gnutls-cli retries", result.code, 0)
        lines = [json.loads(line) for line in server.lines(3)]
        suite.check("retries: log", [line["tls"]["hello_retry"] for line in lines], [True] * 3)
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
        suite.check("our client retries", (result.code, result.json["tls"]["round_trips"]), (0, 2))


def logs_failures(suite, lab):
    identity = lab.identity("p256")
    with peers.serve(*peers.pair_flags(identity), "--jsonl", "--groups", "x25519", "--ciphers",
                     SUITES[0]) as server:
        with socket.create_connection(("127.0.0.1", server.port), 10) as s:
            s.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            answer = s.recv(100)
            suite.check("HTTP: the alert, then the end", (answer, s.recv(100)),
                        (bytes([21, 3, 3, 0, 2, 2, 10]), b""))
        line = server.wait_for("not_tls")
        peers.openssl_client(server.port, lab.root, "-groups", "P-256")
        server.wait_for("no_common_group")
        peers.openssl_client(server.port, lab.root, "-ciphersuites", SUITES[2])
        server.wait_for("no_common_suite")
        peers.openssl_client(server.port, lab.root, "-sigalgs", "rsa_pss_rsae_sha256")
        server.wait_for("no_common_signature")
        peers.run("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}", "-tls1_2")
        server.wait_for("no_common_version")
        result = peers.openssl_client(server.port, lab.other_root)
        suite.ok("unknown CA: the client refuses", result.code != 0, result.out)
        server.wait_for("certificate_refused")
        socket.create_connection(("127.0.0.1", server.port), 10).close()
        server.wait_for("closed_during_handshake")
        suite.ok("HTTP: the line on stderr", re.search(r"127\.0\.0\.1:\d+ failed not_tls: .*HTTP",
                                                       server.errors), line + server.errors)
        documents = {}
        for text in server.lines(7):
            document = json.loads(text)
            suite.check("log: schema and ok", (document["schema"], document["ok"]),
                        ("handfast.handshake/1", False))
            documents[document["failure"]["code"]] = document["failure"]
    codes = {"not_tls": "we", "no_common_group": "we", "no_common_suite": "we",
             "no_common_signature": "we", "no_common_version": "we", "certificate_refused": "peer"}
    for code, who in codes.items():
        suite.check(f"log: {code}", documents[code]["who"], who)
    suite.ok("log: offered and required", documents["no_common_group"]["offered"]
             and documents["no_common_group"]["required"], documents["no_common_group"])


def client_certificates(suite, lab):
    server_flags = [*peers.pair_flags(lab.identity("p256")), "--client-ca", lab.root, "--jsonl"]
    mine = lab.identity("rsa", names="DNS:client.example", name="client")
    stranger = lab.identity("p256", issuer="other", name="stranger")
    own = ["-cert", mine.cert, "-cert_chain", mine.issuers, "-key", mine.key, "-ign_eof"]
    ask = b"GET / HTTP/1.0\r\n\r\n"
    with peers.serve(*server_flags, "--client-auth", "require") as server:
        result = peers.openssl_client(server.port, lab.root, *own, given=ask)
        suite.check("client certificate", (result.code,
                                           facts(result.out).get("client certificate")),
                    (0, "sent"))
        *_, body = peers.python_client(server.port, lab.root, identity=mine, send=ask)
        suite.check("client certificate by python", facts(body.decode()).get("client certificate"),
                    "sent")
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--cert",
                               mine.chain, "--key", mine.key)
        suite.check("client certificate by us", (result.code,
                                                 result.json["tls"]["client_certificate"]),
                    (0, "sent"))
        first = json.loads(server.wait_for('"handfast.handshake/1"'))
        suite.check("client certificate: in the log", first["certificates"][0]["subject"],
                    "CN=client")
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
        suite.check("none: refused", (result.code, result.json["failure"]["code"]),
                    (4, "client_certificate_required"))
        server.wait_for('"client_certificate_required"')
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--cert",
                               stranger.chain, "--key", stranger.key)
        suite.check("stranger: refused", (result.code, result.json["failure"]["code"]),
                    (4, "certificate_refused"))
    with peers.serve(*server_flags, "--client-auth", "request") as server:
        result = peers.openssl_client(server.port, lab.root, "-ign_eof", given=ask)
        suite.check("request: none is fine",
                    (result.code, facts(result.out).get("client certificate")),
                    (0, "asked, none sent"))


def answers(suite, lab):
    flags = peers.pair_flags(lab.identity("p256"))
    www = lab.folder / "www"
    www.mkdir()
    large = os.urandom(3000000)
    (www / "large.bin").write_bytes(large)
    (www / "index.html").write_text("<p>home")
    (lab.folder / "outside.txt").write_text("SECRET")
    with peers.serve(*flags, "--www", www) as server:
        result = peers.curl(server.port, lab.root, "-o", lab.folder / "got", "--url",
                            f"https://localhost:{server.port}/large.bin", "-o", lab.folder / "home")
        got = [(lab.folder / name).read_bytes() for name in ("got", "home")]
        suite.ok("www: large file", result.code == 0 and large in got, result.err)
        suite.ok("www: index", b"<p>home" in got, "")
        result = peers.run("curl", "-sS", "--noproxy", "*", "--path-as-is", "--cacert", lab.root,
                           "--resolve", f"localhost:{server.port}:127.0.0.1", "-w", "%{http_code}",
                           f"https://localhost:{server.port}/../outside.txt")
        suite.ok("www: nothing outside", result.out.endswith("404") and "SECRET" not in result.out,
                 result.out)
        result = peers.curl(server.port, lab.root, "-I")
        suite.ok("www: HEAD", result.code == 0 and "Content-Length: 7" in result.out, result.out)
        result = peers.curl(server.port, lab.root, "-d", "x=1", "-w", "%{http_code}")
        suite.ok("www: POST", result.out.endswith("405"), result.out)
    with peers.serve(*flags, "--response", "a fixed answer") as server:
        result = peers.curl(server.port, lab.root, "-i")
        suite.ok("response", result.out.startswith("HTTP/1.1 200 OK\r\n")
                 and "Connection: close" in result.out and result.out.endswith("a fixed answer"),
                 result.out)
    with peers.serve(*flags, "--echo") as server:
        sent = os.urandom(200000)
        result = peers.run(peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert",
                           lab.root,
                           "-q", given=b"hello\n")
        suite.check("echo", (result.code, result.out), (0, "hello\n"))
        context = ssl.create_default_context(cafile=lab.root)
        with socket.create_connection(("127.0.0.1", server.port), 10) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as s:
                got = b""
                for at in range(0, len(sent), 10000):
                    s.sendall(sent[at:at + 10000])
                    while len(got) < at + 10000:
                        got += s.recv(65536)
                suite.ok("echo: all of it", got == sent, len(got))
                s.unwrap()  # our close_notify is answered with one


def self_signed(suite, lab):
    ca = lab.folder / "throw-away.pem"
    with peers.serve("--self-signed", "localhost,127.0.0.1", "--self-signed-ca", ca, "--count",
                     "2") as server:
        suite.check("self-signed: curl", peers.curl(server.port, ca).code, 0)
        result = peers.connect(f"127.0.0.1:{server.port}", "--cacert", ca)
        suite.check("self-signed: by address", (result.code, result.json["tls"]["servername"]),
                    (0, None))
        suite.check("--count 2 ends", server.join(), 0)
    with peers.serve("--self-signed", "localhost") as server:
        server.process.send_signal(signal.SIGINT)
        suite.check("SIGINT", server.join(), 0)
    result = peers.run(peers.HANDFAST, "serve", "--self-signed", "localhost", "--listen",
                       f"127.0.0.1:{server.port}x")
    suite.check("bad --listen", result.code, 2)
    result = peers.run(peers.HANDFAST, "serve", "--cert", "/nonexistent", "--key", "/nonexistent")
    suite.ok("no such certificate", result.code != 0 and "/nonexistent" in result.err, vars(result))


# ---- Endurance ----

def resident_kb(process):
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", text).group(1))


def shake(context, port, count):
    """`count` handshakes in a row; how many were well."""
    good = 0
    for _ in range(count):
        with socket.create_connection(("127.0.0.1", port), 20) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as s:
                good += s.version() == "TLSv1.3"
    return good


def endures(suite, lab):
    total = int(os.environ.get("HANDFAST_HANDSHAKES", "10000"))
    ca = lab.folder / "endures.pem"
    with peers.serve("--self-signed", "localhost", "--self-signed-ca", ca, "-q") as server:
        context = ssl.create_default_context(cafile=ca)
        shake(context, server.port, 200)
        many_at_once(suite, server, context)
        before = resident_kb(server.process)
        fds = len(os.listdir(f"/proc/{server.process.pid}/fd"))
        suite.check(f"{total} handshakes in a row", shake(context, server.port, total), total)
        time.sleep(0.2)
        after = resident_kb(server.process)
        suite.ok("flat memory", after - before < 512, f"{before} KiB before, {after} after")
        suite.ok("no descriptors left", len(os.listdir(f"/proc/{server.process.pid}/fd")) <= fds,
                 os.listdir(f"/proc/{server.process.pid}/fd"))
        suite.check("ends well", server.stop(), 0)


def many_at_once(suite, server, context):
    """200 connections open at a time: first all connect, then all shake hands, then all talk."""
    plain = [socket.create_connection(("127.0.0.1", server.port), 20) for _ in range(200)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        secure = list(pool.map(lambda s: context.wrap_socket(s, server_hostname="localhost"),
                               plain))
    for s in secure:
        s.sendall(b"GET / HTTP/1.0\r\n\r\n")
    good = 0
    for s in secure:
        got = b""
        while piece := s.recv(65536):
            got += piece
        good += got.startswith(b"HTTP/1.1 200 OK")
        s.close()
    suite.check("200 at once", good, 200)


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("build/handfast is there", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        for kind in peers.KEYS:
            lab.identity(kind)
        jobs = [(f, lab) for f in (agreements, chooses_identities, alpn, retries, logs_failures,
                                   client_certificates, answers, self_signed)]
        jobs += [(signature, lab, kind) for kind in peers.KEYS]
        suite.run_all(jobs)
        suite.run(endures, lab)
    suite.close()


if __name__ == "__main__":
    main()
