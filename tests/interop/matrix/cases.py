"""The cases that every peer goes through that can be both client and server: see `as_client` and
`as_server`, named by handfast's role."""
import json
import subprocess
import threading

import names
import peers
import program
from cell import Cell, Lacks, Mismatch, ends_cleanly, ensure, expect, expect_in
from test_cli_staple import Responder

SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"]
GROUPS = ["x25519", "secp256r1", "secp384r1", "secp521r1", "x448", "ffdhe2048", "ffdhe3072"]
EXPORTER = "EXPORTER-handfast-interop"
LINE = "hello\n"
UPDATES = 3

peers.KEYS.update({
    "p521": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
             "ecdsa_secp521r1_sha512", "EC P-521"),
    "ed448": (["-algorithm", "ED448"], "ed448", "Ed448"),
})
IDENTITIES = ["p256", "p384", "p521", "rsa", "rsa-pss", "ed25519", "ed448"]
# Offered by name only, each way.
NEEDS_NAME = {"p521": "ecdsa_secp521r1_sha512", "ed448": "ed448"}

NONE_SENT = "asked, none sent"
# The root is not trusted, and not sent either: either name is right.
UNTRUSTED = {"untrusted_root", "incomplete_chain"}
# What a refusal of our certificate is called by us: the peer's alert decides.
REFUSED = {"certificate_refused", "client_certificate_refused"}
MISSED = {"client_certificate_required", "certificate_refused", "client_certificate_refused",
          "handshake_refused"}


class Bench:
    """What every cell shares: the lab, the probe."""

    def __init__(self, lab, probe):
        self.lab = lab
        self.probe = probe
        self.lock = threading.Lock()
        self.made = {}

    def dh(self):
        """A file of parameters for a server of DHE: ffdhe2048."""
        with self.lock:
            if "dh" not in self.made:
                self.made["dh"] = self.lab.folder / "dh.pem"
                peers.command("openssl", "genpkey", "-genparam", "-algorithm", "DH", "-pkeyopt",
                              "group:ffdhe2048", "-out", self.made["dh"])
        return self.made["dh"]

    def responder(self):
        """An OCSP responder; `file` is its good response for its identity `good`."""
        with self.lock:
            if "responder" not in self.made:
                made = Responder(self.lab)
                made.file = made.response(made.good, "matrix")
                self.made["responder"] = made
        return self.made["responder"]

    def identity(self, kind):
        if kind == "expired":
            return self.lab.identity("p256", begin=-3, end=-1)
        return self.lab.identity(kind)

    def probe_client(self, port, *options, given=""):
        return self._facts(subprocess.run(
            [str(w) for w in (self.probe, "connect", port, "ca", self.lab.root, *options)],
            input=given, capture_output=True, text=True, timeout=peers.LIMIT_S, check=False))

    def probe_server(self, identity, *options):
        return peers.Server([self.probe, "accept", "cert", identity.chain, "key", identity.key,
                             *options], "listening on ")

    @staticmethod
    def _facts(done):
        if not done.stdout:
            raise Mismatch(f"the probe says nothing: exit {done.returncode}, {done.stderr}")
        return json.loads(done.stdout)


def told(failure):
    return failure or {"code": None}


def agree(peer, ours, facts):
    """Both sides saw the same; a peer does not know everything."""
    expect(f"{peer.name} says ok", (facts["ok"], facts.get("error")), (True, None))
    for key in ("version", "suite", "group"):
        if facts.get(key) is not None:
            seen = names.IANA.get(facts[key], facts[key])
            expect(f"{peer.name}'s {key}", seen, ours[key])
    if facts.get("alpn") is not None:
        expect(f"{peer.name}'s ALPN", facts["alpn"] or None, ours["alpn"])


# ---- handfast is the client ----

def talk(port, *flags):
    """`handfast connect` with a line: it comes back, and the connection ends cleanly (exit 0)."""
    words = [peers.HANDFAST, "connect", f"localhost:{port}", "-q", *flags]
    with subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        timer = threading.Timer(peers.LIMIT_S, process.kill)
        timer.start()
        process.stdin.write(LINE)
        process.stdin.flush()
        line = process.stdout.readline()
        process.stdin.close()
        rest, err = process.stdout.read(), process.stderr.read()
        code = process.wait()
        timer.cancel()
    expect("the line comes back and a clean end", (line, rest, err, code), (LINE, "", "", 0))


def connects(cell, bench, peer, ours=(), theirs=None, identity="p256", wanted=None, known=None,
             flags=()):
    """A good cell: facts from `connect --json`, then a line there and back."""
    with peer.server(bench.lab.identity(identity), **(theirs or {})) as server:
        words = ["--cacert", bench.lab.root, *flags, *ours]
        result = peers.connect(f"localhost:{server.port}", *words)
        document = result.json
        if document is None:
            raise Mismatch(f"exit {result.code}: {result.err}")
        tls = document["tls"]
        if known:
            refused_as_lacking(peer, document, known)
        ensure("connect succeeds", result.code == 0 and document["ok"], told(document["failure"]))
        cell.show(tls)
        for key, value in {"version": "TLS 1.3", **(wanted or {})}.items():
            expect(key, tls[key], value)
        talk(server.port, *words)
        facts = server.facts(2)
        for fact in facts:
            agree(peer, tls, fact)
            if "client_certificate" in (wanted or {}):
                expect(f"{peer.name} got a certificate", fact["peer_certificates"] > 0,
                       tls["client_certificate"] == "sent")
            if peer.sees_close:
                expect(f"{peer.name} saw a clean end", fact["closed"], True)


def refused_as_lacking(peer, document, reason):
    """The peer is known to lack it: then the handshake fails, and not by our fault."""
    if document["ok"]:
        raise Mismatch(f"{peer.name} is said to lack it and does not: {reason}")
    expect_in("the code of the refusal", document["failure"]["code"],
              {"handshake_refused", "no_common_suite", "no_common_group", "no_common_signature",
               "closed_during_handshake", "reset_during_handshake"})
    raise Lacks(reason)


def is_refused(cell, bench, peer, codes, who, exit_code=4, ours=(), theirs=None, root=None,
               identity="p256"):
    """A cell that must fail, for a reason that we can name."""
    with peer.server(bench.identity(identity), **(theirs or {})) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", root or bench.lab.root,
                               *ours)
        document = result.json
        if document is None:
            raise Mismatch(f"exit {result.code}: {result.err}")
        failure = document["failure"]
        cell.show(document["tls"], failure)
        ensure("the handshake fails", failure is not None, document["tls"])
        expect_in("code", failure["code"], codes)
        expect("exit code", result.code, exit_code)
        expect_in("who", failure["who"], who)
        if result.json["failure"]["code"] not in program.SILENT:
            expect(f"{peer.name} saw it fail", server.facts(1)[0]["ok"], False)


def exports_as_client(cell, bench, peer):
    with peer.server(bench.lab.identity("p256"), export=EXPORTER) as server:
        facts = bench.probe_client(server.port, "export", EXPORTER)
        cell.show(facts)
        expect("the probe is well", (facts["ok"], facts.get("line")), (True, LINE))
        expect(f"{peer.name}'s exporter", server.facts(1)[0]["export"], facts["export"])


def updates_as_client(cell, bench, peer):
    with peer.server(bench.lab.identity("p256")) as server:
        facts = bench.probe_client(server.port, "update", 1, "rounds", UPDATES)
        cell.show(facts)
        expect("the probe is well", (facts["ok"], facts.get("line")), (True, LINE))
        expect("our keys", facts["write_keys"], UPDATES)
        expect(f"{peer.name}'s keys, which we asked to be renewed", facts["read_keys"], UPDATES)


def probes(cell, bench, peer, *options):
    with peer.server(bench.lab.identity("p256")) as server:
        facts = bench.probe_client(server.port, *options)
        cell.show(facts)
        expect("the probe is well", (facts["ok"], facts.get("line")), (True, LINE))


def as_client(bench, peer):
    lab = bench.lab
    cells = []

    def add(case, function, *arguments, lacks=None, **options):
        cells.append(Cell(peer.name, "client", case,
                          lambda cell: function(cell, bench, peer, *arguments, **options),
                          lacks=lacks))

    add("defaults", connects)
    for suite in SUITES:
        # OpenSSL, and all that is built on it, speaks CCM only when told to.
        theirs = {"suites": suite} if "CCM" in suite and not peer.lacks("suite", suite) else {}
        add(f"suite {suite}", connects, ours=["--ciphers", suite], theirs=theirs,
            wanted={"suite": suite}, known=peer.lacks("suite", suite))
    for group in GROUPS:
        add(f"group {group}", connects, ours=["--groups", group],
            wanted={"group": group, "hello_retry": False}, known=peer.lacks("group", group))
    for kind in IDENTITIES:
        ours = ["--sigalgs", NEEDS_NAME[kind] + ":ecdsa_secp256r1_sha256"] if kind in NEEDS_NAME \
            else []
        add(f"identity {kind}", connects, identity=kind, ours=ours,
            wanted={"signature": peers.KEYS[kind][1]}, lacks=peer.lacks("identity", kind))
    for bits in ("384", "512"):
        name = f"rsa_pss_rsae_sha{bits}"
        add(f"signature {name}", connects, identity="rsa", wanted={"signature": name},
            ours=["--sigalgs", f"{name}:ecdsa_secp256r1_sha256"])
    add("ALPN, the server's only one", connects, ours=["--alpn", "h2,http/1.1"],
        theirs={"alpn": "http/1.1"}, wanted={"alpn": "http/1.1"})
    add("ALPN, first of both", connects, ours=["--alpn", "h2,http/1.1"],
        theirs={"alpn": "h2,http/1.1"}, wanted={"alpn": "h2"})
    if peer.alpn_mismatch == "refused":
        add("ALPN, none in common", is_refused, {"no_common_alpn"}, {"peer"},
            ours=["--alpn", "none"], theirs={"alpn": "h2"})
    else:
        add("ALPN, none in common", connects, ours=["--alpn", "none"], theirs={"alpn": "h2"},
            wanted={"alpn": None})
    add("HelloRetryRequest to secp384r1", connects, theirs={"groups": "secp384r1"},
        wanted={"hello_retry": True, "group": "secp384r1", "round_trips": 2})
    add("three key shares", probes, "shares", "3")
    add("GREASE", probes, "grease", "1")
    add("padding to 512", probes, "padding", "512")
    add("exporter", exports_as_client, lacks=peer.lacks("export", ""))
    add("KeyUpdate by us, answered", updates_as_client)
    for how, kind in (("require", "p256"), ("require", "rsa"), ("request", "ed25519")):
        client = lab.identity(kind)
        add(f"client certificate {kind}, {how}d" if how == "require"
            else f"client certificate {kind}, optional", connects,
            flags=["--cert", client.chain, "--key", client.key],
            theirs={"client_auth": how, "ca": lab.root}, wanted={"client_certificate": "sent"})
    add("client certificate absent, optional", connects,
        theirs={"client_auth": "request", "ca": lab.root},
        wanted={"client_certificate": NONE_SENT})
    add("client certificate absent, required", is_refused, MISSED, {"peer"},
        theirs={"client_auth": "require", "ca": lab.root})
    other = lab.identity("p256", issuer="other")
    add("client certificate of a wrong CA", is_refused, peer.refusal(REFUSED), {"peer", "network"},
        ours=["--cert", other.chain, "--key", other.key],
        theirs={"client_auth": "require", "ca": lab.root})
    expired = bench.identity("expired")
    add("client certificate expired", is_refused, peer.refusal(REFUSED), {"peer", "network"},
        ours=["--cert", expired.chain, "--key", expired.key],
        theirs={"client_auth": "require", "ca": lab.root})
    add("server certificate expired, refused by us", is_refused, {"certificate_expired"}, {"we"}, 5,
        identity="expired")
    add("server certificate refused by us", is_refused, UNTRUSTED, {"we"}, 5,
        root=lab.other_root)
    add("server name refused by us", is_refused, {"name_mismatch"}, {"we"}, 5,
        ours=["--name", "other.example"])
    add("server without TLS 1.3", is_refused, peer.no_version, {"peer"}, ours=["--tlsv1.3"],
        theirs={"version": "1.2"})
    return cells


# ---- handfast is the server ----

def handshake_line(server, number=0):
    return json.loads(server.lines(number + 1)[number])


def serves(cell, bench, peer, ours=(), theirs=None, identity="p256", wanted=None, known=None):
    chain = peers.pair_flags(*(bench.lab.identity(kind) for kind in identity.split("+")))
    with peers.serve(*chain, "--jsonl", "--echo", *ours) as server:
        facts = peer.client(server.port, bench.lab.root, **(theirs or {}))
        document = handshake_line(server)
        if known:
            refused_as_lacking(peer, document, known)
        ensure("the handshake succeeds", document["ok"],
               (told(document["failure"]), facts.get("error")))
        tls = document["tls"]
        cell.show(tls)
        for key, value in {"version": "TLS 1.3", **(wanted or {})}.items():
            expect(key, tls[key], value)
        agree(peer, tls, facts)
        expect(f"{peer.name}'s line comes back, and a clean end", (facts["line"], facts["closed"]),
               (LINE, True))
        ends_cleanly(server)


def refuses(cell, bench, peer, codes, who, ours=(), theirs=None, root=None, identity="p256"):
    flags = peers.pair_flags(bench.identity(identity))
    with peers.serve(*flags, "--jsonl", "--echo", *ours) as server:
        facts = peer.client(server.port, root or bench.lab.root, **(theirs or {}))
        document = handshake_line(server)
        cell.show(document["tls"], document["failure"])
        ensure("the handshake fails", not document["ok"], document["tls"])
        expect_in("code", document["failure"]["code"], codes)
        expect_in("who", document["failure"]["who"], who)
        expect(f"{peer.name} saw it fail", facts["ok"], False)


def exports_as_server(cell, bench, peer):
    with bench.probe_server(bench.lab.identity("p256"), "export", EXPORTER) as server:
        facts = peer.client(server.port, bench.lab.root, export=EXPORTER)
        expect(f"{peer.name} is well", (facts["ok"], facts.get("line")), (True, LINE))
        ours = json.loads(server.lines(1)[0])
        cell.show(ours)
        expect(f"{peer.name}'s exporter", facts["export"], ours["export"])


def updates_as_server(cell, bench, peer):
    with bench.probe_server(bench.lab.identity("p256"), "update", 2) as server:
        # GnuTLS answers when it has something to send.
        theirs = {"rounds": 2} if peer.name == "GnuTLS" else {}
        facts = peer.client(server.port, bench.lab.root, **theirs)
        expect(f"{peer.name} is well", (facts["ok"], facts.get("line")), (True, LINE))
        ours = json.loads(server.lines(1)[0])
        cell.show(ours)
        ensure("our keys", ours["ok"] and ours["write_keys"] >= 2, ours)
        ensure(f"{peer.name}'s keys, which we asked to be renewed", ours["read_keys"] >= 1, ours)


def probed(cell, bench, peer, *options, wanted=None):
    with bench.probe_server(bench.lab.identity("p256"), *options) as server:
        facts = peer.client(server.port, bench.lab.root)
        expect(f"{peer.name} is well", (facts["ok"], facts.get("line")), (True, LINE))
        ours = json.loads(server.lines(1)[0])
        cell.show(ours)
        for key, value in {"ok": True, **(wanted or {})}.items():
            expect(key, ours[key], value)


def as_server(bench, peer):
    lab = bench.lab
    cells = []

    def add(case, function, *arguments, lacks=None, **options):
        cells.append(Cell(peer.name, "server", case,
                          lambda cell: function(cell, bench, peer, *arguments, **options),
                          lacks=lacks))

    add("defaults", serves)
    for suite in SUITES:
        theirs = {"suites": suite} if "CCM" in suite and not peer.lacks("suite", suite) else {}
        add(f"suite {suite}", serves, ours=["--ciphers", suite], theirs=theirs,
            wanted={"suite": suite}, known=peer.lacks("suite", suite))
    for group in GROUPS:
        add(f"group {group}", serves, ours=["--groups", group],
            wanted={"group": group}, known=peer.lacks("group", group))
    for kind in IDENTITIES:
        ours = ["--sigalgs", NEEDS_NAME[kind]] if kind in NEEDS_NAME else []
        add(f"identity {kind}", serves, identity=kind, ours=ours,
            wanted={"signature": peers.KEYS[kind][1]}, known=peer.lacks("identity", kind))
    add("two identities, ECDSA first", serves, identity="rsa+p256",
        wanted={"signature": "ecdsa_secp256r1_sha256"})
    add("ALPN, our order", serves, ours=["--alpn", "http/1.1,h2"],
        theirs={"alpn": "h2,http/1.1"}, wanted={"alpn": "http/1.1"})
    add("ALPN, not offered", serves, ours=["--alpn", "h2"], wanted={"alpn": None})
    add("ALPN, none in common", refuses, {"no_common_alpn"}, {"we"}, ours=["--alpn", "h2"],
        theirs={"alpn": "none"})
    add("HelloRetryRequest to secp521r1", serves, ours=["--groups", "secp521r1"],
        wanted={"hello_retry": True, "group": "secp521r1"})
    add("stateless HelloRetryRequest", probed, "stateless", "1", "groups", "secp521r1",
        wanted={"hello_retry": True, "group": "secp521r1"})
    add("padding to 512", probed, "padding", "512")
    add("exporter", exports_as_server, lacks=peer.lacks("export", ""))
    add("KeyUpdate by us, answered", updates_as_server)
    asks = ["--client-ca", lab.root, "--client-auth"]
    for how, kind in (("require", "p256"), ("require", "rsa"), ("request", "ed25519")):
        add(f"client certificate {kind}, {how}d" if how == "require"
            else f"client certificate {kind}, optional", serves, ours=[*asks, how],
            theirs={"identity": lab.identity(kind)}, wanted={"client_certificate": "sent"})
    add("client certificate absent, optional", serves, ours=[*asks, "request"],
        wanted={"client_certificate": NONE_SENT})
    add("client certificate absent, required", refuses, {"client_certificate_required"}, {"we"},
        ours=[*asks, "require"])
    add("client certificate of a wrong CA", refuses, UNTRUSTED, {"we"},
        ours=[*asks, "require"], theirs={"identity": lab.identity("p256", issuer="other")})
    add("client certificate expired", refuses, {"certificate_expired"}, {"we"},
        ours=[*asks, "require"], theirs={"identity": bench.identity("expired")})
    add("server certificate expired, refused by the peer", refuses, peer.refusal(REFUSED),
        {"peer", "network"}, identity="expired")
    add("server certificate refused by the peer", refuses, peer.refusal(REFUSED),
        {"peer", "network"}, root=lab.other_root)
    add("server name refused by the peer", refuses,
        peer.refusal(REFUSED), {"peer", "network"}, theirs={"name": "other.example"})
    add("client without TLS 1.3", refuses, {"no_common_version"}, {"we"}, ours=["--tlsv1.3"],
        theirs={"version": "1.2"})
    return cells
