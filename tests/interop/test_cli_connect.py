#!/usr/bin/env python3
"""`handfast connect` against servers that others wrote: each suite, group and signature, ALPN, SNI,
HelloRetryRequest; every key of handfast.connect/1; failures with their codes and exit codes."""
import base64
import hashlib
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading

import peers

SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"]
GROUPS = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}

KEYS = {
    "": {"schema", "ok", "target", "tls", "certificates", "checks", "timing_us", "bytes",
         "fingerprint", "failure", "events", "first"},
    "target": {"host", "port", "address"},
    "tls": {"version", "suite", "group", "signature", "alpn", "servername", "resumed", "resumption",
            "early_data", "hello_retry", "round_trips", "client_certificate",
            "extended_master_secret", "stapled"},
    "timing_us": {"dns", "tcp", "starttls", "handshake", "our_crypto", "waiting"},
    "bytes": {"sent", "received"},
    "fingerprint": {"ja3", "ja3s", "ja4"},
}
CERTIFICATE_KEYS = {"subject", "issuer", "serial", "not_before", "not_after", "names", "key",
                    "signature", "sha256", "spki_sha256", "pem"}
FAILURE_KEYS = {"code", "stage", "message", "who", "alert", "offered", "required", "certificate",
                "cause", "confidence", "fix"}
CHECKS = ["chain", "identity", "validity", "usage", "revocation", "pin"]


def has_every_key(suite, name, document):
    for part, keys in KEYS.items():
        found = document if part == "" else document[part]
        suite.ok(f"{name}: keys of {part or 'the document'}", keys <= set(found),
                 f"{keys - set(found)} are missing")
    suite.check(f"{name}: checks", [c["check"] for c in document["checks"]], CHECKS)
    for certificate in document["certificates"]:
        suite.check(f"{name}: keys of a certificate", set(certificate), CERTIFICATE_KEYS)
    if document["failure"]:
        suite.ok(f"{name}: keys of the failure", FAILURE_KEYS <= set(document["failure"]),
                 document["failure"])


def openssl_field(path, flag):
    text = peers.command("openssl", "x509", "-in", path, "-noout", flag).stdout.decode().strip()
    return text.split("=", 1)[1]


def fills_the_schema(suite, lab):
    identity = lab.identity("p256")
    with peers.openssl_server(identity) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--alpn", "h2")
    suite.check("schema: exit", result.code, 0)
    suite.check("schema: no words on stderr", result.err, "")
    d = result.json
    has_every_key(suite, "schema", d)
    suite.check("schema: top", [d["schema"], d["ok"], d["failure"], d["events"]],
                ["handfast.connect/1", True, None, []])
    suite.check("schema: target", d["target"],
                {"host": "localhost", "port": server.port, "address": "127.0.0.1"})
    suite.check("schema: tls", d["tls"], {
        "version": "TLS 1.3", "suite": "TLS_AES_256_GCM_SHA384" if d["tls"]["suite"] == SUITES[1]
        else SUITES[0], "group": "x25519", "signature": "ecdsa_secp256r1_sha256", "alpn": None,
        "servername": "localhost", "resumed": False, "resumption": None,
        "early_data": "not offered", "hello_retry": False, "round_trips": 1,
        "client_certificate": "not asked", "extended_master_secret": None, "stapled": "none"})
    leaf = d["certificates"][0]
    suite.check("schema: certificates", len(d["certificates"]), 2)
    suite.check("schema: subject", leaf["subject"], f"CN={identity.cert.name.split('.')[0]}")
    suite.check("schema: issuer", leaf["issuer"], "CN=intermediate")
    suite.check("schema: serial", leaf["serial"].upper().lstrip("0"),
                openssl_field(identity.cert, "-serial").lstrip("0"))
    suite.check("schema: names", leaf["names"], ["localhost", "127.0.0.1"])
    suite.check("schema: key", leaf["key"], "EC P-256")
    suite.check("schema: signature", leaf["signature"], "ecdsa-with-SHA256")
    suite.check("schema: sha256", leaf["sha256"], hashlib.sha256(identity.der()).hexdigest())
    public = peers.command("openssl", "x509", "-in", identity.cert, "-noout", "-pubkey").stdout
    spki = base64.b64decode("".join(public.decode().splitlines()[1:-1]))
    suite.check("schema: spki_sha256", leaf["spki_sha256"],
                base64.b64encode(hashlib.sha256(spki).digest()).decode())
    suite.check("schema: pem", leaf["pem"].strip(), identity.cert.read_text().strip())
    dates = "".join(leaf["not_before"] + leaf["not_after"])
    suite.ok("schema: dates", re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ){2}", dates), dates)
    end = ssl.cert_time_to_seconds(openssl_field(identity.cert, "-enddate"))
    shown = subprocess.run(["date", "-u", "-d", leaf["not_after"], "+%s"], capture_output=True)
    suite.check("schema: not_after", int(shown.stdout), end)
    for check in d["checks"]:
        expected = None if check["check"] in ("revocation", "pin") else True
        suite.check(f"schema: check {check['check']}", check["ok"], expected)
        suite.ok(f"schema: detail of {check['check']}", check["detail"], check)
    timing = d["timing_us"]
    suite.ok("schema: timing", timing["handshake"] > 0 and timing["tcp"] > 0 and timing["dns"] > 0
             and timing["starttls"] == 0 and 0 < timing["our_crypto"] < timing["handshake"]
             and timing["waiting"] <= timing["handshake"], timing)
    suite.ok("schema: bytes", d["bytes"]["sent"] > 200 and d["bytes"]["received"] > 1000,
             d["bytes"])
    prints = d["fingerprint"]
    suite.ok("schema: fingerprints", re.fullmatch("[0-9a-f]{32}", prints["ja3"])
             and re.fullmatch("[0-9a-f]{32}", prints["ja3s"])
             and re.fullmatch("t13d0[0-9]{3}h2_[0-9a-f]{12}_[0-9a-f]{12}", prints["ja4"]), prints)


def agrees(suite, name, result, /, **expected):
    d = result.json
    if not suite.ok(f"{name}: ok", result.code == 0 and d and d["ok"], result.out + result.err):
        return
    for key, value in expected.items():
        suite.check(f"{name}: {key}", d["tls"][key], value)


def suite_and_group(suite, lab, server, cipher, group):
    with server(cipher, group) as s:
        result = peers.connect(f"localhost:{s.port}", "--cacert", lab.root, "--groups", group)
    agrees(suite, f"{server.__name__} {cipher} {group}", result, suite=cipher, group=group,
           hello_retry=False, round_trips=1)


def openssl_suites(lab):
    def openssl(cipher, group):
        return peers.openssl_server(lab.identity("p256"), "-ciphersuites", cipher, "-groups",
                                    GROUPS[group])
    return openssl


def gnutls_suites(lab):
    names = {SUITES[0]: "AES-128-GCM", SUITES[1]: "AES-256-GCM", SUITES[2]: "CHACHA20-POLY1305"}

    def gnutls(cipher, group):
        return peers.gnutls_server(lab.identity("p256"), f"NORMAL:-CIPHER-ALL:+{names[cipher]}"
                                   f":-GROUP-ALL:+GROUP-{group.upper()}")
    return gnutls


def signature(suite, lab, kind, start):
    identity = lab.identity(kind)
    with start(identity) as server:
        result = peers.connect(f"127.0.0.1:{server.port}", "--cacert", lab.root)
    agrees(suite, f"{start.__name__} signs with {kind}", result, signature=peers.KEYS[kind][1],
           servername=None)
    if result.json and result.json["certificates"]:
        suite.check(f"{kind}: key", result.json["certificates"][0]["key"], peers.KEYS[kind][2])


def retries(suite, lab):
    with peers.openssl_server(lab.identity("p256"), "-groups", "P-256") as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--trace")
    agrees(suite, "openssl retries", result, hello_retry=True, group="secp256r1", round_trips=2)
    names = [e["name"] for e in result.json["events"] if e["type"] == "message"]
    suite.check("openssl retries: hellos", names.count("ClientHello"), 2)
    suite.ok("openssl retries: the ladder names it", "HelloRetryRequest" in names, names)
    with peers.gnutls_server(lab.identity("p256"), "NORMAL:-GROUP-ALL:+GROUP-SECP384R1") as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
    agrees(suite, "gnutls retries", result, hello_retry=True, group="secp384r1", round_trips=2)


def alpn(suite, lab):
    with peers.openssl_server(lab.identity("p256"), "-alpn", "http/1.1,h2") as server:
        for offer, chosen in (("h2,http/1.1", "http/1.1"), ("h2", "h2"), ("acme,h2", "h2")):
            result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--alpn",
                                   offer)
            agrees(suite, f"ALPN {offer}", result, alpn=chosen)
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--alpn", "none")
        fails(suite, "ALPN refused", result, 4, {"no_common_alpn"}, "peer")


def server_names(suite, lab):
    first = lab.identity("p256")
    second = lab.identity("p256", names="DNS:two.example,DNS:*.wild.example", name="two")
    with peers.openssl_server(first, "-servername", "two.example", "-cert2", second.cert, "-key2",
                              second.key, "-CAfile", lab.intermediate) as server:
        target = f"two.example:{server.port}"
        flags = ["--cacert", lab.root, "--cacert", lab.root,
                 "--resolve", f"two.example:{server.port}:127.0.0.1"]
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
        agrees(suite, "SNI localhost", result, servername="localhost")
        suite.check("SNI localhost: leaf", result.json["certificates"][0]["names"][0], "localhost")
        result = peers.connect(target, *flags)
        suite.check("SNI two: leaf", result.json["certificates"][0]["names"][0], "two.example")
        result = peers.connect(target, *flags, "--servername", "localhost", "--name", "localhost")
        agrees(suite, "--servername and --name", result, servername="localhost")
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--noservername")
        agrees(suite, "--noservername", result, servername=None)
        result = peers.connect(f"127.0.0.1:{server.port}", "--cacert", lab.root, "--name",
                               "localhost")
        agrees(suite, "--name gives SNI", result, servername="localhost")
    with peers.nginx_server(lab, [("localhost", first), ("two.example", second)]) as server:
        for name, host in (("localhost", "localhost"), ("two.example", "two.example"),
                           ("two.example", "x.wild.example")):
            where = f"{host}:{server.port}"
            result = peers.connect(where, "--cacert", lab.root, "--alpn", "h2", "--resolve",
                                   f"{where}:127.0.0.1", "--servername", name)
            agrees(suite, f"nginx {host}", result, servername=name, alpn="h2")
    with peers.PythonServer(first, ["h2"], {"two.example": second}) as server:
        result = peers.connect(f"two.example:{server.port}", "--cacert", lab.root, "--alpn", "h2",
                               "--resolve", f"two.example:{server.port}:127.0.0.1")
        agrees(suite, "python by SNI", result, servername="two.example")


def nginx_retries(suite, lab):
    with peers.nginx_server(lab, [("localhost", lab.identity("rsa"))], "secp384r1") as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
        agrees(suite, "nginx retries", result, hello_retry=True, group="secp384r1")
        result = peers.run_open(peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert",
                                lab.root, "-q",
                                given=b"GET / HTTP/1.0\r\nHost: localhost\r\n\r\n")
        suite.ok("nginx answers", result.code == 0 and result.out.endswith("\r\n\r\nnginx\n"),
                 result.out + result.err)


def pipes(suite, lab):
    with peers.openssl_server(lab.identity("p256"), "-rev") as server:
        result = peers.connect_piped(f"localhost:{server.port}", "--cacert", lab.root,
                                     given=b"hello\nworld\n")
    suite.check("piped: exit", (result.code, result.out), (0, "olleh\ndlrow\n"))
    for words in ("client --> server  ClientHello", "client <-- server  Certificate", "encrypted",
                  "ok  chain", "ok  identity", "1 round trip"):
        suite.ok(f"piped: the explanation has {words!r}", words in result.err, result.err)
    with peers.openssl_server(lab.identity("p256"), "-www") as server:
        result = peers.connect_piped(f"https://localhost:{server.port}/", "--cacert", lab.root,
                                     "--brief", given=b"GET / HTTP/1.0\r\n\r\n")
    suite.ok("piped: www", result.code == 0 and result.out.startswith("HTTP/1.0 200 ok"),
             result.out)
    suite.ok("piped: brief", len(result.err.splitlines()) <= 3, result.err)


def traces(suite, lab):
    with peers.openssl_server(lab.identity("p256")) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--trace=bytes")
        events = result.json["events"]
        suite.ok("trace: all are events", events and all(e["schema"] == "handfast.event/1"
                                                         for e in events), events[:1])
        hello = next(e for e in events if e["type"] == "message")
        names = [f["name"] for f in hello["fields"]]
        suite.ok("trace: fields", hello["name"] == "ClientHello" and "key_share" in names, names)
        suite.check("trace: bytes", len(bytes.fromhex(hello["bytes"])), hello["length"])
        result = peers.run(peers.HANDFAST, "connect", f"localhost:{server.port}", "--cacert",
                           lab.root, "--jsonl")
        lines = [json.loads(line)["schema"] for line in result.out.splitlines()]
        suite.check("jsonl", (set(lines[:-1]), lines[-1], result.err),
                    ({"handfast.event/1"}, "handfast.connect/1", ""))
        log = lab.folder / "keys.log"
        peers.connect(f"localhost:{server.port}", "--cacert", lab.root, "--keylog", log)
        lines = log.read_text().splitlines()
        labels = sorted(line.split()[0] for line in lines)
        suite.check("key log", labels, ["CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                                        "CLIENT_TRAFFIC_SECRET_0",
                                        "EXPORTER_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                                        "SERVER_TRAFFIC_SECRET_0"])
        suite.check("key log: mode", log.stat().st_mode & 0o777, 0o600)


# ---- Failures ----

def fails(suite, name, result, code, codes, who):
    d = result.json
    if not suite.ok(f"{name}: exit {code}", result.code == code and d, f"{result.code} {result.out}"
                    f"{result.err}"):
        return
    has_every_key(suite, name, d)
    failure = d["failure"] or {}
    suite.check(f"{name}: ok", d["ok"], False)
    suite.ok(f"{name}: code", failure.get("code") in codes, failure)
    suite.check(f"{name}: who", failure.get("who"), who)
    suite.ok(f"{name}: cause and fix", failure.get("cause") and failure.get("fix"), failure)


def refuses(suite, lab, name, identity, codes, flags, check):
    with peers.openssl_server(identity) as server:
        result = peers.connect(f"localhost:{server.port}", *flags)
        fails(suite, name, result, 5, codes, "we")
        if result.json:
            failed = [c["check"] for c in result.json["checks"] if c["ok"] is False]
            suite.ok(f"{name}: check {check}", check in failed, result.json["checks"])
            suite.ok(f"{name}: stage and certificate", result.json["failure"]["stage"]
                     and result.json["failure"]["certificate"] is not None, result.json["failure"])
            suite.ok(f"{name}: certificates", result.json["certificates"], "none")
        # -k goes on, and the failing check still says why.
        result = peers.connect(f"localhost:{server.port}", "-k", *flags)
        suite.check(f"{name}: -k", (result.code, result.json["ok"], result.json["failure"]),
                    (0, True, None))
        failed = [c["check"] for c in result.json["checks"] if c["ok"] is False]
        suite.ok(f"{name}: -k keeps the failing check", check in failed, result.json["checks"])


def certificate_failures(lab):
    trust = ["--cacert", lab.root]
    bare = peers.Identity(lab.folder, "bare")
    whole = lab.identity("p256")
    bare.cert.write_bytes(whole.cert.read_bytes())
    bare.issuers.write_bytes(b"")
    bare.chain.write_bytes(whole.cert.read_bytes())
    bare.key.write_bytes(whole.key.read_bytes())
    return [
        ("wrong name", lab.identity("p256", names="DNS:other.example"), {"name_mismatch"}, trust,
         "identity"),
        ("expired", lab.identity("p256", begin=-10, end=-1), {"certificate_expired"}, trust,
         "validity"),
        ("not yet valid", lab.identity("p256", begin=1, end=9), {"certificate_not_yet_valid"},
         trust,
         "validity"),
        ("as of 2040", whole, {"certificate_expired"}, trust + ["--at", "2040-01-01T00:00:00Z"],
         "validity"),
        ("self-signed", lab.identity("p256", own=True), {"self_signed"}, trust, "chain"),
        ("unknown CA", lab.identity("p256", issuer="other"), {"untrusted_root", "incomplete_chain"},
         trust, "chain"),
        ("missing intermediate", bare, {"incomplete_chain"}, trust, "chain"),
        ("wrong usage", lab.identity("p256", usage="clientAuth"), {"wrong_usage"}, trust, "usage"),
    ]


def no_agreement(suite, lab):
    with peers.openssl_server(lab.identity("p256"), "-ciphersuites", SUITES[2], "-groups",
                              "P-384") as server:
        target = f"localhost:{server.port}"
        trust = ["--cacert", lab.root]
        result = peers.connect(target, *trust, "--ciphers", SUITES[0])
        fails(suite, "no common suite", result, 4, {"no_common_suite", "handshake_refused"}, "peer")
        offered = (result.json["failure"] or {}).get("offered") or ""
        suite.ok("no common suite: offered", SUITES[0] in offered, offered)
        result = peers.connect(target, *trust, "--groups", "x25519")
        fails(suite, "no common group", result, 4, {"no_common_group", "handshake_refused"}, "peer")
        result = peers.connect(target, *trust, "--sigalgs", "rsa_pss_rsae_sha256")
        fails(suite, "no common signature", result, 4, {"no_common_signature", "handshake_refused"},
              "peer")
    old = peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                        lab.identity("p256").cert, "-key", lab.identity("p256").key, "-tls1_2"],
                       "ACCEPT ")
    with old as server:
        result = peers.connect(f"localhost:{server.port}", *trust, "--tlsv1.3")
        fails(suite, "only TLS 1.2", result, 4, {"no_common_version"}, "peer")


def answer_once(reply, closes=True):
    """A plain server for one connection: the port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work():
        s, _ = listener.accept()
        with listener, s:
            s.settimeout(10)
            try:
                s.recv(65536)
                if reply is None:
                    s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    return
                s.sendall(reply)
                if not closes:
                    s.recv(65536)
            except OSError:
                pass
    threading.Thread(target=work, daemon=True).start()
    return listener.getsockname()[1]


def no_peer(suite, lab):
    trust = ["--cacert", lab.root]
    result = peers.connect(f"127.0.0.1:{peers.free_port()}", *trust)
    fails(suite, "nothing listens", result, 3, {"connection_refused"}, "network")
    suite.check("nothing listens: address", result.json["target"]["address"], "127.0.0.1")
    result = peers.connect("no..such..name", *trust)
    suite.ok("no such name", result.code in (2, 3), result.out + result.err)
    port = answer_once(b"HTTP/1.1 400 Bad Request\r\n")
    result = peers.connect(f"127.0.0.1:{port}", *trust)
    fails(suite, "HTTP", result, 4, {"not_tls"}, "we")
    suite.ok("HTTP is named", "HTTP" in result.json["failure"]["cause"], result.json["failure"])
    port = answer_once(b"SSH-2.0-OpenSSH_9.2\r\n")
    result = peers.connect(f"127.0.0.1:{port}", *trust)
    fails(suite, "SSH", result, 4, {"not_tls"}, "we")
    result = peers.connect(f"127.0.0.1:{answer_once(b'')}", *trust)
    fails(suite, "closes", result, 4, {"closed_during_handshake"}, result.json["failure"]["who"])
    result = peers.connect(f"127.0.0.1:{answer_once(None)}", *trust)
    fails(suite, "resets", result, 4, {"reset_during_handshake"}, "network")
    result = peers.connect(f"127.0.0.1:{answer_once(b'', closes=False)}", *trust,
                           "--connect-timeout", "0.4")
    fails(suite, "silence", result, 3, {"silent_during_handshake"}, "network")
    result = peers.connect(f"127.0.0.1:{answer_once(None)}", *trust)
    suite.check("resets: reason", result.json["failure"]["reason"], "reset")


# What a peer says by an alert in plaintext: number, name, code, reason.
ALERTS = [
    (40, "handshake_failure", "handshake_refused", "peer_refused"),
    (42, "bad_certificate", "handshake_refused", "peer_refused"),
    (51, "decrypt_error", "decrypt_error", "peer_says_decrypt_error"),
    (70, "protocol_version", "no_common_version", "peer_no_version"),
    (112, "unrecognized_name", "unrecognized_name", "peer_unknown_name"),
    (116, "certificate_required", "client_certificate_required", "peer_wants_certificate"),
    (120, "no_application_protocol", "no_common_alpn", "peer_no_alpn"),
]


def alerts(suite, lab):
    for number, name, code, reason in ALERTS:
        port = answer_once(bytes([21, 3, 3, 0, 2, 2, number]))
        result = peers.connect(f"127.0.0.1:{port}", "--cacert", lab.root)
        fails(suite, f"alert {name}", result, 4, {code}, "peer")
        failure = result.json["failure"]
        suite.check(f"alert {name}: told", (failure["alert"], failure["reason"]), (name, reason))


def client_certificates(suite, lab):
    server_identity = lab.identity("p256")
    mine = lab.identity("ed25519", names="DNS:client.example")
    with peers.openssl_server(server_identity, "-Verify", "2", "-verify_return_error", "-CAfile",
                              lab.root) as server:
        flags = [f"localhost:{server.port}", "--cacert", lab.root]
        result = peers.connect(*flags, "--cert", mine.chain, "--key", mine.key)
        agrees(suite, "client certificate", result, client_certificate="sent")
        result = peers.connect(*flags)
        fails(suite, "no client certificate", result, 4, {"client_certificate_required"}, "peer")
        suite.check("no client certificate: told", result.json["tls"]["client_certificate"],
                    "asked, none sent")
        stranger = lab.identity("p256", issuer="other", name="stranger")
        result = peers.connect(*flags, "--cert", stranger.chain, "--key", stranger.key)
        fails(suite, "client certificate refused", result, 4, {"certificate_refused"}, "peer")
        suite.check("client certificate refused: reason", result.json["failure"]["reason"],
                    "peer_refused_certificate")
    result = peers.connect("localhost:1", "--cert", mine.chain, "--key", mine.cert)
    suite.check("no key", (result.code, result.json["failure"]["reason"]), (2, "bad_private_key"))
    result = peers.connect("localhost:1", "--cert", mine.chain, "--key", server_identity.key)
    suite.check("key mismatch", (result.code, result.json["failure"]["code"]), (5, "key_mismatch"))


def usage(suite, lab):
    for words in (["connect"], ["connect", "localhost", "--bogus"], ["bogus"], [],
                  ["connect", "localhost", "--starttls", "smtp"], ["connect", "h", "--ocsp",
                                                                   "perhaps"],
                  ["connect", "localhost", "--tls-max", "1.1"], ["audit", "localhost"]):
        result = peers.run(peers.HANDFAST, *words)
        suite.ok(f"usage {words}", result.code == 2 and result.out == "" and result.err,
                 vars(result))
    result = peers.connect("localhost:1", "--ciphers", "TLS_BOGUS", "--cacert", lab.root)
    suite.check("unknown suite", result.code, 2)
    for words in (["--help"], ["-h"], ["connect", "--help"], ["serve", "-h"], ["help", "connect"]):
        result = peers.run(peers.HANDFAST, *words)
        suite.ok(f"help {words}", result.code == 0 and result.out and not result.err, vars(result))
    result = peers.run(peers.HANDFAST, "--version")
    suite.ok("version", re.match(r"handfast \d+\.\d+\.\d+\nOpenSSL 3", result.out), result.out)
    for word, expected in (("0x1301", "TLS_AES_128_GCM_SHA256"), ("x25519", "0x001d"),
                           ("TLS_RSA_WITH_RC4_128_MD5", "0x0004"), ("key_share", "0x0033"),
                           ("handshake_failure", "0x28"), ("ecdsa_secp256r1_sha256", "0x0403")):
        result = peers.run(peers.HANDFAST, "suite", word)
        suite.ok(f"suite {word}", result.code == 0 and expected in result.out,
                 result.out + result.err)
    found = json.loads(peers.run(peers.HANDFAST, "suite", "--json", "0x1303").out)["matches"]
    suite.ok("suite --json", {"cipher_suite"} <= {m["registry"] for m in found}, found)
    suite.check("suite unknown", peers.run(peers.HANDFAST, "suite", "nonsense").code, 2)


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("build/handfast is there", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        for kind in peers.KEYS:
            lab.identity(kind)
        functions = (client_certificates, server_names, no_peer, alpn, retries, nginx_retries,
                     pipes, fills_the_schema, traces, no_agreement, usage, alerts)
        jobs = [(function, lab) for function in functions]
        jobs += [(refuses, lab, *row) for row in certificate_failures(lab)]
        openssl, gnutls = openssl_suites(lab), gnutls_suites(lab)
        jobs += [(suite_and_group, lab, openssl, c, g) for c in SUITES for g in GROUPS]
        jobs += [(suite_and_group, lab, gnutls, c, g) for c, g in zip(SUITES, GROUPS)]
        jobs += [(signature, lab, kind, peers.openssl_server) for kind in peers.KEYS]
        jobs += [(signature, lab, kind, peers.gnutls_server) for kind in ("p384", "rsa", "ed25519")]
        jobs += [(signature, lab, kind, peers.PythonServer) for kind in ("p256", "rsa")]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
