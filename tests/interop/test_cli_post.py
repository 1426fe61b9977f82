#!/usr/bin/env python3
"""What comes after the handshake, and out of it: KeyUpdate both ways with OpenSSL, certificates
asked for later, exported keying material, and a key log with which tshark reads the data."""
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time

import peers

EXPORTER = peers.BUILD / "tests/exporter"
WORDS_S = 15


def say(process, words):
    process.process.stdin.write(words)
    process.process.stdin.flush()


def count_later(process, words, count, seconds=WORDS_S):
    """Whether the process has printed `words` so often, in time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.text().count(words) >= count:
            return True
        time.sleep(0.02)
    return False


def handfast(lab, port, *flags):
    """`handfast connect`, its stdin open."""
    return peers.Server([peers.HANDFAST, "connect", f"localhost:{port}", "--cacert", lab.root,
                         *flags], "round trip", port=0)


def s_client(lab, port, *flags):
    return peers.Server(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername",
                         "localhost", "-CAfile", lab.root, "-tls1_3", *flags],
                        "Verify return code: 0", port=0)


# ---- KeyUpdate (RFC 9846, 4.7.3) ----

def we_update(suite, lab):
    with peers.openssl_server(lab.identity("p256"), "-msg") as server:
        with handfast(lab, server.port, "--key-update") as client:
            suite.ok("--key-update: in the ladder", re.search(
                r"client --> server  KeyUpdate.*\n.*\n.*now writes with .* generation 1",
                client.text()), client.text())
            suite.ok("--key-update: it came", count_later(server, "KeyUpdate", 1), server.text())
            # OpenSSL answers with its next data.
            say(client, "under new keys\n")
            suite.ok("--key-update: our data is read", count_later(server, "under new keys", 1),
                     server.text())
            say(server, "and back\n")
            suite.ok("--key-update: its data is read", count_later(client, "and back", 1),
                     client.text())
            suite.ok("--key-update: its answer is told", count_later(
                client, "client <-- server  KeyUpdate", 1) and "now reads with" in client.text(),
                client.text())
            client.process.stdin.close()
            suite.check("--key-update: exit", client.join(), 0)
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--key-update",
                               "--trace")
        names = [(e["name"], e["direction"]) for e in result.json["events"]
                 if e["type"] == "message"]
        suite.ok("--key-update: event", (result.code, ("KeyUpdate", "sent") in names) == (0, True),
                 names)


def gnutls_updated(suite, lab):
    with peers.gnutls_server(lab.identity("p256")) as server:
        result = peers.run_open(
            peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", lab.root,
            "--key-update", given=b"GET / HTTP/1.0\r\n\r\n")
        suite.ok("gnutls-serv takes our KeyUpdate", result.code == 0
                 and "HTTP/1.0 200" in result.out, result.out + result.err)
        suite.ok("gnutls-serv answers it", "client <-- server  KeyUpdate" in result.err, result.err)


def server_updates(suite, lab):
    """`K` asks for ours too, `k` does not."""
    with peers.openssl_server(lab.identity("p256")) as server:
        with handfast(lab, server.port) as client:
            say(server, "K\n")
            suite.ok("K of s_server: told", count_later(client, "client <-- server  KeyUpdate", 1),
                     client.text())
            say(client, "first\n")
            suite.ok("K of s_server: our data", count_later(server, "first", 1), server.text())
            suite.ok("K of s_server: our answer", count_later(
                client, "client --> server  KeyUpdate", 1), client.text())
            say(server, "k\n")
            suite.ok("k of s_server: told", count_later(client, "client <-- server  KeyUpdate", 2)
                     and "generation 2" in client.text(), client.text())
            say(server, "second\n")
            suite.ok("k of s_server: its data", count_later(client, "second", 1), client.text())
            suite.check("k of s_server: not answered",
                        client.text().count("client --> server  KeyUpdate"), 1)
            client.process.stdin.close()
            suite.check("K and k of s_server: exit", client.join(), 0)


def client_updates(suite, lab):
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--echo", "-v") as server:
        with s_client(lab, server.port) as client:
            for number, letter in enumerate("KkK"):
                say(client, f"{letter}\n")
                suite.ok(f"{letter} of s_client: done", count_later(
                    client, "KEYUPDATE", number + 1), client.text())
                say(client, f"data {number}\n")
                suite.ok(f"{letter} of s_client: echo", count_later(client, f"\ndata {number}", 1),
                         client.text())
            say(client, "Q\n")
            suite.check("K of s_client: exit", client.join(), 0)
        suite.ok("K of s_client: in the log", server.wait_for("since the handshake"), "")
        time.sleep(0.1)
        log = server.text()
        suite.check("K of s_client: messages", (log.count("client --> server  KeyUpdate"),
                                                log.count("client <-- server  KeyUpdate")), (3, 2))
        suite.ok("K of s_client: generations", "generation 3" in log, log)


# ---- Authentication after the handshake (RFC 9846, 4.7.2) ----

def asked_later(suite, lab):
    mine = lab.identity("p256", names="DNS:client.example", name="later")
    flags = ["--cert", mine.chain, "--key", mine.key]
    with peers.openssl_server(lab.identity("p256"), "-CAfile", lab.root, "-msg") as server:
        with handfast(lab, server.port, *flags) as client:
            say(server, "c\n")
            for words in ("server  CertificateRequest", "server  Certificate ",
                          "server  CertificateVerify", "server  Finished"):
                suite.ok(f"asked later: {words} is told", count_later(
                    client, words, 2 if "Verify" in words or words.endswith("Finished") else 1),
                    client.text())
            suite.ok("asked later: accepted", count_later(server, "SSL_do_handshake -> 1", 1),
                     server.text())
            say(client, "still here\n")
            suite.ok("asked later: data goes on", count_later(server, "still here", 1),
                     server.text())
            suite.ok("asked later: the peer has it", "CN=later" in server.text()
                     or "CN = later" in server.text(), server.text())
            client.process.stdin.close()
            suite.check("asked later: exit", client.join(), 0)


def asked_later_without(suite, lab):
    """An Ed25519 key where the server can verify ECDSA only: the answer is an empty Certificate."""
    mine = lab.identity("ed25519", names="DNS:client.example")
    with peers.openssl_server(lab.identity("p256"), "-CAfile", lab.root, "-client_sigalgs",
                              "ECDSA+SHA256", "-msg") as server:
        with handfast(lab, server.port, "--cert", mine.chain, "--key", mine.key) as client:
            say(server, "c\n")
            suite.ok("asked in vain: told", count_later(client, "server  CertificateRequest", 1),
                     client.text())
            suite.ok("asked in vain: answered", count_later(server, "SSL_do_handshake -> 1", 1),
                     server.text())
            say(client, "still here\n")
            suite.ok("asked in vain: data goes on", count_later(server, "still here", 1),
                     server.text())
            suite.ok("asked in vain: no CertificateVerify of ours",
                     "client --> server  CertificateVerify" not in client.text(), client.text())
            client.process.stdin.close()
            suite.check("asked in vain: exit", client.join(), 0)


def not_to_be_asked(suite, lab):
    """Without --cert the hello does not offer it, and OpenSSL does not ask."""
    with peers.openssl_server(lab.identity("p256"), "-CAfile", lab.root) as server:
        with handfast(lab, server.port) as client:
            say(server, "c\n")
            suite.ok("not to be asked", count_later(server, "extension not received", 1),
                     server.text())
            say(client, "still here\n")
            suite.ok("not to be asked: data", count_later(server, "still here", 1), server.text())


def python_asks_later(suite, lab):
    """Python's server asks after the handshake; it gets the certificate, chain and all."""
    mine = lab.identity("rsa", names="DNS:client.example", name="later-rsa")
    stranger = lab.identity("rsa", names="DNS:client.example", issuer="other", name="later-no")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(lab.identity("p256").chain, lab.identity("p256").key)
    context.post_handshake_auth = True
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(lab.root)
    for name, identity in (("good", mine), ("stranger", stranger)):
        seen = []

        def serve_one(listener, seen):
            plain, _ = listener.accept()
            with listener, plain:
                plain.settimeout(WORDS_S)
                try:
                    with context.wrap_socket(plain, server_side=True) as s:
                        seen.append(s.getpeercert())
                        s.verify_client_post_handshake()
                        s.sendall(b"who are you?\n")
                        seen.append(s.recv(100))
                        seen.append(s.getpeercert())
                        s.unwrap()
                except (ssl.SSLError, OSError) as why:
                    seen.append(why)
        listener = socket.create_server(("127.0.0.1", 0))
        thread = threading.Thread(target=serve_one, args=(listener, seen), daemon=True)
        thread.start()
        with handfast(lab, listener.getsockname()[1], "--cert", identity.chain, "--key",
                      identity.key) as client:
            suite.ok(f"python asks later, {name}: told", count_later(
                client, "server  CertificateRequest", 1), client.text())
            if identity is mine:
                say(client, "me\n")
            thread.join(WORDS_S)
            client.process.stdin.close()
            status = client.join()
        if identity is mine:
            suite.ok("python asks later: it knows us", len(seen) == 3 and not seen[0]
                     and seen[1] == b"me\n" and seen[2]["subject"]
                     == ((("commonName", "later-rsa"),),), seen)
            suite.check("python asks later: exit", status, 0)
        else:
            suite.ok("python refuses later: by alert", isinstance(seen[-1], ssl.SSLError)
                     and status == 4 and "certificate_refused" in client.text(), client.text())


def python_may_be_asked(suite, lab):
    """A client that offers to be asked later is asked in the handshake, or not at all."""
    mine = lab.identity("p256", names="DNS:client.example", name="may-be")
    for auth, told in (("require", "sent"), ("none", "not asked")):
        flags = ["--client-ca", lab.root, "--client-auth", auth]
        with peers.serve(*peers.pair_flags(lab.identity("p256")), *flags) as server:
            context = ssl.create_default_context(cafile=lab.root)
            context.load_cert_chain(mine.chain, mine.key)
            context.post_handshake_auth = True
            with socket.create_connection(("127.0.0.1", server.port), WORDS_S) as plain:
                with context.wrap_socket(plain, server_hostname="localhost") as s:
                    s.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    body = s.recv(65536).decode()
            suite.ok(f"python may be asked, {auth}", re.search(
                f"client certificate +{told}", body), body)


# ---- Exporters (RFC 9846, 7.5; RFC 9266) ----

LABELS = [("EXPERIMENTAL-handfast", 20), ("EXPORTER-Channel-Binding", 32),
          ("EXPERIMENTAL long", 200)]


def material(text):
    found = re.search(r"Keying material: ([0-9A-F]+)", text)
    return found and found.group(1)


def exports(suite, lab, label, length, cipher):
    name = f"exporter {label} {length} {cipher}"
    flags = ["-keymatexport", label, "-keymatexportlen", str(length), "-ciphersuites", cipher]
    with peers.openssl_server(lab.identity("p256"), *flags) as server:
        ours = peers.run(EXPORTER, "connect", server.port, lab.root, label, length)
        suite.ok(f"{name}: s_server printed it", count_later(server, "Keying material: ", 1),
                 server.text())
        suite.check(f"{name}: as client", ours.out.strip(), material(server.text()))
        suite.check(f"{name}: its length", len(ours.out.strip()), 2 * length)
    identity = lab.identity("p256")
    with peers.Server([EXPORTER, "accept", identity.chain, identity.key, label, str(length)],
                      "listening on ") as server:
        theirs = peers.openssl_client(server.port, lab.root, *flags)
        server.join()
        suite.ok(f"{name}: as server", server.log.splitlines()[1:]
                 == [material(theirs.out + theirs.err)], server.text() + theirs.out + theirs.err)


# ---- The key log ----

def captured(lab, port, run):
    """A capture of the loopback while `run` runs, or why there is none."""
    path = lab.folder / f"{port}.pcapng"
    dump = subprocess.Popen(["dumpcap", "-q", "-i", "lo", "-f", f"tcp port {port}", "-w", path],
                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        for line in dump.stderr:
            if line.startswith("File:"):
                break
        if dump.poll() is not None:
            return None, "dumpcap may not capture here"
        time.sleep(0.3)
        run()
        until = time.monotonic() + WORDS_S
        size = -1
        while time.monotonic() < until and path.stat().st_size != size:
            size = path.stat().st_size
            time.sleep(0.7)
        return path, None
    finally:
        dump.terminate()
        dump.communicate(timeout=10)


def read_capture(path, port, log, *fields):
    words = ["tshark", "-r", path, "-d", f"tcp.port=={port},tls", "-o", f"tls.keylog_file:{log}",
             "-T", "fields"]
    for field in fields:
        words += ["-e", field]
    return peers.run(*words)


def key_log(suite, lab, as_server):
    name = f"tshark and {'serve' if as_server else 'connect'} --keylog"
    if not peers.has("tshark") or not peers.has("dumpcap"):
        suite.skip(name, "tshark or dumpcap is not installed")
        return
    log = lab.folder / f"tshark-{as_server}.log"
    secret = f"nobody on the path reads this {os.getpid()}"
    request = f"GET /{secret.replace(' ', '-')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    flags = peers.pair_flags(lab.identity("p256"))
    if as_server:
        with peers.serve(*flags, "--response", secret, "--keylog", log) as server:
            path, why = captured(lab, server.port, lambda: peers.openssl_client(
                server.port, lab.root, "-ign_eof", given=request))
    else:
        with peers.serve(*flags, "--response", secret) as server:
            path, why = captured(lab, server.port, lambda: peers.run_open(
                peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert", lab.root,
                "--keylog", log, "--key-update", given=request))
    if path is None:
        suite.skip(name, why)
        return
    dark = read_capture(path, server.port, "/dev/null", "http.request.uri", "http.file_data")
    suite.ok(f"{name}: dark without the log", "nobody" not in dark.out, dark.out)
    shown = read_capture(path, server.port, log, "http.request.uri", "http.file_data",
                         "tls.handshake.type")
    body = secret.encode().hex()
    suite.ok(f"{name}: the request", secret.replace(" ", "-") in shown.out, shown.out + shown.err)
    suite.ok(f"{name}: the answer", secret in shown.out or body in shown.out.replace(":", ""),
             shown.out + shown.err)
    types = set(re.findall(r"\b\d+\b", shown.out))
    suite.ok(f"{name}: Certificate and Finished", {"11", "20"} <= types, shown.out)


# ---- Policies ----

def policies(suite, lab):
    with peers.openssl_server(lab.identity("rsa")) as server:
        target = f"localhost:{server.port}"
        for policy, groups in (("modern", " x25519 secp256r1"), ("intermediate", " x25519"),
                               ("pci", " secp256r1 secp384r1")):
            result = peers.connect_piped(target, "--cacert", lab.root, "--policy", policy, "-v")
            shown = dict(re.findall(r"^  (\w+) +(.*)$", result.err, flags=re.M))
            suite.check(f"policy {policy}: shown", (result.code, shown.get("policy")), (0, policy))
            suite.ok(f"policy {policy}: groups", (" " + shown.get("groups", "")).startswith(groups),
                     shown)
            suite.ok(f"policy {policy}: every setting", {
                "versions", "suites", "signatures", "identities", "trusted", "verification",
                "post_handshake_auth"} <= set(shown), shown)
        result = peers.connect(target, "--cacert", lab.root, "--policy", "pci")
        suite.check("policy pci: group", (result.code, result.json["tls"]["group"]),
                    (0, "secp256r1"))
        result = peers.connect(target, "--cacert", lab.root, "--policy", "lax")
        suite.check("policy lax", result.code, 2)
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--policy", "pci", "-v",
                     "--jsonl") as server:
        suite.ok("serve -v: settings", re.search(r"^  policy +pci$", server.text(), flags=re.M)
                 and "client_auth" in server.text(), server.text())
        result = peers.openssl_client(server.port, lab.root, "-groups", "X25519")
        suite.ok("serve --policy pci: X25519 is refused", result.code != 0, result.out)
        result = peers.openssl_client(server.port, lab.root, "-groups", "X25519:P-384")
        suite.check("serve --policy pci: P-384", result.code, 0)
        line = json.loads(server.lines(2)[1])
        suite.check("serve --policy pci: log", line["tls"]["group"], "secp384r1")


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("handfast is built", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        jobs = [(f, lab) for f in (we_update, gnutls_updated, server_updates, client_updates,
                                   asked_later, asked_later_without, not_to_be_asked,
                                   python_asks_later, python_may_be_asked, policies)]
        jobs += [(key_log, lab, True), (key_log, lab, False)]
        jobs += [(exports, lab, label, length, cipher) for label, length in LABELS
                 for cipher in ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384")]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
