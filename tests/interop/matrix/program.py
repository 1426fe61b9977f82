"""Peers that are programs of ours on other people's TLS: Python's ssl, Node's tls, Java's
SSLSocket, Go's crypto/tls. All four take the same words and print the same facts.

    program client port N name HOST ca FILE [OPTION VALUE]...    sends "hello\\n", awaits it back,
                                                                 closes, awaits close_notify
    program server cert FILE key FILE [OPTION VALUE]...          says "listening on 127.0.0.1:N",
                                                                 sends back what comes

Options: version 1.2 or 1.3 (the default), suites, groups, alpn (lists, comma between), client-auth
none, request or require, cert, key, ca, export LABEL; tickets no (1.2 goes by session IDs then);
resume yes (the client connects twice, and tells of the second time); staple FILE (a server's OCSP
response) or yes (a client asks for one); dh FILE (parameters for a server of DHE). For each
connection a line of JSON on stdout: ok, version, suite, alpn, peer_certificates, resumed, staple
(a client's: its size), export, line, closed; or ok false and error."""
import json
import pathlib
import re
import subprocess
import threading

import names
import peers

PROGRAMS = pathlib.Path(__file__).resolve().parent / "programs"
PASSWORD = "handfast"


SILENT = {"closed_during_handshake", "reset_during_handshake", "truncated"}


class RunningServer(peers.Server):
    """A peer's server; `facts` are those of the connections that it is done with."""

    def facts(self, count):
        return [json.loads(line) for line in self.lines(count)]


class ProgramPeer:
    """`lacks(what, value)` tells why the peer cannot, or None."""

    def __init__(self, name, words, lacking, alpn_mismatch, silent=False, openssl=False):
        self.name = name
        self.openssl = openssl  # made of OpenSSL, whose names for TLS 1.2's suites it takes
        self.words = words
        self.lacking = lacking
        self.alpn_mismatch = alpn_mismatch  # "refused" or "ignored": what its server does
        self.sees_close = True
        # Go's and OpenSSL's servers of 1.2 say protocol_version.
        self.no_version = {"no_common_version"}
        # Looks at certificates when the handshake is over, and then hangs up without an alert.
        self.silent = silent

    def refusal(self, codes):
        """What we call its refusal of our certificate. Some programs close without an alert."""
        return SILENT if self.silent else codes

    def lacks(self, what, value):
        return self.lacking.get((what, value)) or self.lacking.get((what, "*"))

    def identity_words(self, identity):
        return ["cert", identity.chain, "key", identity.key]

    def options(self, identity, options):
        words = self.identity_words(identity) if identity else []
        for name, value in options.items():
            if name == "suites" and self.openssl:
                value = names.OPENSSL.get(value, value)
            words += [name.replace("_", "-"), value]
        return [str(word) for word in words]

    def server(self, identity, **options):
        return RunningServer([*self.words, "server", *self.options(identity, options)],
                             "listening on ")

    def client(self, port, root, name="localhost", identity=None, **options):
        done = subprocess.run(
            [*self.words, "client", "port", str(port), "name", name, "ca", str(root),
             *self.options(identity, options)], capture_output=True, text=True,
            timeout=peers.LIMIT_S, stdin=subprocess.DEVNULL, check=False)
        lines = done.stdout.splitlines()
        if not lines:
            return {"ok": False, "error": f"exit {done.returncode}: {done.stderr[-2000:]}"}
        return json.loads(lines[-1])


class JavaPeer(ProgramPeer):
    """Keys come as PKCS#12."""

    lock = threading.Lock()

    def identity_words(self, identity):
        store = identity.key.with_suffix(".p12")
        with self.lock:
            if not store.exists():
                peers.command("openssl", "pkcs12", "-export", "-in", identity.chain, "-inkey",
                              identity.key, "-out", store, "-passout", f"pass:{PASSWORD}")
        return ["store", store]


OPENSSL_CCM = "a Python context has no way to name TLS 1.3 suites"
NO_CCM = "no CCM suites"
NO_EMS = "no extended master secret"
NO_IDS = "no session IDs, tickets alone"


def python_peer():
    return ProgramPeer("Python", ["python3", str(PROGRAMS / "peer.py")], {
        ("suite", "TLS_AES_128_CCM_SHA256"): OPENSSL_CCM,
        ("suite", "TLS_AES_128_CCM_8_SHA256"): OPENSSL_CCM,
        ("export", "*"): "its ssl module has no exporters",
        ("staple", "*"): "its ssl module has no stapling",
    }, "ignored", openssl=True)


def node_peer():
    # Node 18 goes on without ALPN; Node 20 refuses.
    version = peers.command("node", "--version").stdout.decode()
    return ProgramPeer("Node", ["node", str(PROGRAMS / "peer.js")], {
    }, "ignored" if version.startswith("v18") else "refused", silent=True, openssl=True)


def java_peer(classes):
    return JavaPeer("Java", ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto",
                             "-cp", str(classes), "TlsPeer"], {
        ("suite", "TLS_AES_128_CCM_SHA256"): NO_CCM,
        ("suite", "TLS_AES_128_CCM_8_SHA256"): NO_CCM,
        ("suite", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"): NO_CCM,
        ("suite", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"): NO_CCM,
        ("export", "*"): "SSLSocket has no exporters",
        ("staple", "server"): "its server staples only what it fetches itself",
    }, "refused")


def go_peer(program):
    # Go 1.19 has no extended master secret; without it we neither resume nor export in TLS 1.2.
    release = re.search(r"go1\.(\d+)", peers.command("go", "version").stdout.decode())
    unbound = {("extended master secret", "1.2"): NO_EMS, ("ticket", "1.2"): NO_EMS,
               ("export", "1.2"): NO_EMS} if int(release.group(1)) < 21 else {}
    return ProgramPeer("Go", [str(program)], {
        **unbound,
        ("suite", "TLS_AES_128_CCM_SHA256"): NO_CCM,
        ("suite", "TLS_AES_128_CCM_8_SHA256"): NO_CCM,
        ("suite", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM"): NO_CCM,
        ("suite", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"): NO_CCM,
        ("suite", "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"): "no DHE",
        ("suite", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"): "no DHE",
        ("session ID", "*"): NO_IDS,
        ("group", "x448"): "no X448",
        ("group", "ffdhe2048"): "no finite-field groups",
        ("group", "ffdhe3072"): "no finite-field groups",
        ("identity", "rsa-pss"): "no RSASSA-PSS keys",
        ("identity", "ed448"): "no Ed448",
    }, "refused")
