"""TLS 1.2, and sessions resumed and staples in both versions, for every peer that can be both
client and server: see `as_client` and `as_server`, named by handfast's role."""
import json

import cases
import names
import peers
from cases import NONE_SENT, agree, connects, refused_as_lacking, refuses, serves, talk, told
from cell import Cell, Lacks, ends_cleanly, ensure, expect

# Suites that a policy must allow, and those that OpenSSL and GnuTLS speak only when told to.
LEGACY = ("TLS_DHE_", "TLS_RSA_")
GROUPS = ["x25519", "secp256r1", "secp384r1", "secp521r1", "x448"]
V12 = {"version": "1.2"}
AS12 = {"version": "TLS 1.2"}
# Version and way of resuming: what the peer is told, whether our first handshake brings a ticket.
WAYS = [("1.3", "ticket", {}, True), ("1.2", "ticket", {}, True),
        ("1.2", "session ID", {"tickets": "no"}, False)]


def identity_of(suite):
    return "p256" if "ECDSA" in suite else "rsa"


def suite_cells(peer, add, function):
    """Each suite, offered alone by name; DHE and static RSA by the policy legacy."""
    for suite in names.OPENSSL:
        known = peer.lacks("suite", suite)
        legacy = suite.startswith(LEGACY)
        theirs = dict(V12)
        if (legacy or "CCM" in suite) and not known:
            theirs["suites"] = suite
        ours = ["--ciphers", suite, *(["--policy", "legacy"] if legacy else [])]
        wanted = {**AS12, "suite": suite}
        if suite.startswith("TLS_RSA_"):
            wanted.update(group=None, signature=None)
        add(f"1.2: suite {suite}", function, ours=ours, theirs=theirs,
            identity=identity_of(suite), wanted=wanted, known=known)


def group_cells(peer, add, function):
    for group in GROUPS:
        # Not ECDSA: in 1.2 the groups bind the certificate's curve too.
        add(f"1.2: group {group}", function, ours=["--groups", group], theirs=V12, identity="rsa",
            wanted={**AS12, "group": group}, known=peer.lacks("group", group))


def both_cells(peer, add, function):
    """What reads the same in both roles."""
    add("1.2: defaults", function, theirs=V12, wanted={
        **AS12, "extended_master_secret": not peer.lacks("extended master secret", "1.2")})
    suite_cells(peer, add, function)
    group_cells(peer, add, function)
    add("1.2: ALPN", function, ours=["--alpn", "http/1.1"],
        theirs={**V12, "alpn": "h2,http/1.1"}, wanted={**AS12, "alpn": "http/1.1"})


# ---- handfast is the client ----

def messages(document):
    return [event["name"] for event in document["events"] if event["type"] == "message"]


def resumes(cell, bench, peer, version, theirs, ticket, flags=(), lacking=None):
    """A full handshake whose session is kept, and two that go on with it."""
    kept = bench.lab.folder / f"{peer.name}-{len(flags)}-{version}-{ticket}.session"
    with peer.server(bench.lab.identity("p256"), version=version, **theirs) as server:
        where = f"localhost:{server.port}"
        words = ["--cacert", bench.lab.root, *flags]
        first = peers.connect(where, *words, "--sess-out", kept, "--trace").json
        if lacking:
            expect("no session", first["failure"]["reason"], "no_session")
            raise Lacks(lacking)
        ensure("the first handshake succeeds", first["ok"], told(first["failure"]))
        expect("full", (first["tls"]["version"], first["tls"]["resumed"]),
               (f"TLS {version}", False))
        expect("a ticket came", "NewSessionTicket" in messages(first), ticket)
        second = peers.connect(where, *words, "--sess-in", kept).json
        ensure("the second succeeds", second["ok"], told(second["failure"]))
        cell.show(second["tls"])
        expect("resumed", {key: second["tls"][key] for key in
                           ("version", "resumed", "resumption", "round_trips")},
               {"version": f"TLS {version}", "resumed": True, "resumption": None,
                "round_trips": 1})
        talk(server.port, *words, "--reconnect")
        facts = server.facts(4)
        for fact in facts:
            agree(peer, second["tls"], fact)
        if facts[0].get("resumed") is not None:
            expect(f"{peer.name} saw it", sorted(f["resumed"] for f in facts),
                   [False, False, True, True])


def stapled(cell, bench, peer, version):
    responder = bench.responder()
    with peer.server(responder.good, version=version, staple=responder.file) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", bench.lab.root, "--ocsp",
                               "require")
        ensure("connect succeeds", result.code == 0, result.out + result.err)
        cell.show(result.json["tls"])
        expect("stapled", (result.json["tls"]["version"], result.json["tls"]["stapled"]),
               (f"TLS {version}", "good"))


def exports_as_client(cell, bench, peer):
    with peer.server(bench.lab.identity("p256"), export=cases.EXPORTER, **V12) as server:
        facts = bench.probe_client(server.port, "export", cases.EXPORTER)
        cell.show(facts)
        expect("the probe is well", (facts["ok"], facts.get("line"), facts["version"]),
               (True, cases.LINE, "TLS 1.2"))
        expect(f"{peer.name}'s exporter", server.facts(1)[0]["export"], facts["export"])


def as_client(bench, peer):
    lab = bench.lab
    cells = []

    def add(case, function, *arguments, lacks=None, **options):
        # A server of DHE may need parameters; a client never does.
        if "TLS_DHE_" in case and peer.name in ("Python", "GnuTLS") and not peer.lacks(
                "suite", case.split()[-1]):
            options["theirs"] = {**options["theirs"], "dh": bench.dh()}
        cells.append(Cell(peer.name, "client", case,
                          lambda cell: function(cell, bench, peer, *arguments, **options),
                          lacks=lacks))

    both_cells(peer, add, connects)
    for kind in ("p256", "rsa"):
        own = lab.identity(kind)
        add(f"1.2: client certificate {kind}, required", connects,
            flags=["--cert", own.chain, "--key", own.key],
            theirs={**V12, "client_auth": "require", "ca": lab.root},
            wanted={**AS12, "client_certificate": "sent"})
    add("1.2: client certificate absent, optional", connects,
        theirs={**V12, "client_auth": "request", "ca": lab.root},
        wanted={**AS12, "client_certificate": NONE_SENT})
    # In 1.2 the server may say so before we are done, or close.
    add("1.2: client certificate absent, required", cases.is_refused,
        cases.MISSED | cases.program.SILENT, {"peer", "network"},
        theirs={**V12, "client_auth": "require", "ca": lab.root})
    add("1.2: server certificate refused by us", cases.is_refused, cases.UNTRUSTED, {"we"}, 5,
        root=lab.other_root, theirs=V12)
    add("1.2: exporter", exports_as_client, lacks=peer.lacks("export", "1.2"))
    add("server without TLS 1.2", cases.is_refused, peer.no_version | {"handshake_refused"},
        {"peer"}, ours=["--tls-max", "1.2"])
    own = lab.identity("p256")
    shown = ["--cert", own.chain, "--key", own.key]
    for version, way, theirs, ticket in WAYS:
        lacking = peer.lacks(way, version)
        add(f"{version}: resumed by {way}", resumes, version, theirs, ticket, lacking=lacking)
        if ticket:
            add(f"{version}: resumed by {way}, client certificate", resumes, version,
                {**theirs, "client_auth": "require", "ca": lab.root}, ticket, flags=shown,
                lacking=lacking)
    for version in ("1.3", "1.2"):
        add(f"{version}: stapled", stapled, version,
            lacks=peer.lacks("staple", "") or peer.lacks("staple", "server"))
    return cells


# ---- handfast is the server ----

def is_resumed(cell, bench, peer, version, theirs, ours=(), wanted=None, lacking=None):
    """The peer comes twice, the second time with its session."""
    flags = [*peers.pair_flags(bench.lab.identity("p256")), "--jsonl", "--echo", *ours]
    with peers.serve(*flags) as server:
        facts = peer.client(server.port, bench.lab.root, version=version, resume="yes", **theirs)
        ensure(f"{peer.name} is well", facts["ok"], facts.get("error"))
        first, second = (json.loads(line) for line in server.lines(2))
        tls = second["tls"]
        cell.show(tls)
        expect("the first is full", (first["ok"], first["tls"]["resumed"]), (True, False))
        if lacking:
            expect("nor is the second resumed", tls["resumed"], False)
            raise Lacks(lacking)
        for key, value in {"version": f"TLS {version}", "resumed": True, "resumption": None,
                           "round_trips": 1, **(wanted or {})}.items():
            expect(key, tls[key], value)
        agree(peer, tls, facts)
        expect(f"{peer.name} saw it", facts.get("resumed", True), True)
        expect("its line comes back, and a clean end", (facts["line"], facts["closed"]),
               (cases.LINE, True))
        ends_cleanly(server)


def is_not_resumed(cell, bench, peer, version):
    """We grant no sessions, and so the peer's second handshake is full."""
    flags = [*peers.pair_flags(bench.lab.identity("p256")), "--jsonl", "--tickets", "0"]
    with peers.serve(*flags, "--echo") as server:
        facts = peer.client(server.port, bench.lab.root, version=version, resume="yes")
        ensure(f"{peer.name} is well", facts["ok"], facts.get("error"))
        tls = json.loads(server.lines(2)[1])["tls"]
        cell.show(tls)
        expect("resumed", (tls["resumed"], facts.get("resumed", False)), (False, False))


def refused_late(cell, bench, peer):
    """The handshake is over for us when the peer looks at our certificate."""
    with peers.serve(*peers.pair_flags(bench.lab.identity("p256")), "--jsonl") as server:
        facts = peer.client(server.port, bench.lab.other_root, **V12)
        document = json.loads(server.lines(1)[0])
        cell.show(document["tls"])
        expect("ok for us, and for the peer", (document["ok"], facts["ok"]), (True, False))


def staples(cell, bench, peer, version):
    responder = bench.responder()
    with peers.serve(*peers.pair_flags(responder.good), "--jsonl", "--echo",
                     "--ocsp-response", responder.file) as server:
        facts = peer.client(server.port, bench.lab.root, version=version, staple="yes")
        ensure(f"{peer.name} is well", facts["ok"], facts.get("error"))
        tls = json.loads(server.lines(1)[0])["tls"]
        cell.show(tls)
        expect("version", tls["version"], f"TLS {version}")
        ensure(f"{peer.name} got the staple", facts["staple"] > 0, facts)


def exports_as_server(cell, bench, peer):
    with bench.probe_server(bench.lab.identity("p256"), "export", cases.EXPORTER) as server:
        facts = peer.client(server.port, bench.lab.root, export=cases.EXPORTER, **V12)
        expect(f"{peer.name} is well", (facts["ok"], facts.get("line")), (True, cases.LINE))
        ours = json.loads(server.lines(1)[0])
        cell.show(ours)
        expect("version", ours["version"], "TLS 1.2")
        expect(f"{peer.name}'s exporter", facts["export"], ours["export"])


def as_server(bench, peer):
    lab = bench.lab
    cells = []

    def add(case, function, *arguments, lacks=None, **options):
        cells.append(Cell(peer.name, "server", case,
                          lambda cell: function(cell, bench, peer, *arguments, **options),
                          lacks=lacks))

    both_cells(peer, add, serves)
    asks = ["--client-ca", lab.root, "--client-auth"]
    for kind in ("p256", "rsa"):
        add(f"1.2: client certificate {kind}, required", serves, ours=[*asks, "require"],
            theirs={**V12, "identity": lab.identity(kind)},
            wanted={**AS12, "client_certificate": "sent"})
    add("1.2: client certificate absent, optional", serves, ours=[*asks, "request"], theirs=V12,
        wanted={**AS12, "client_certificate": NONE_SENT})
    add("1.2: client certificate absent, required", refuses, {"client_certificate_required"},
        {"we"}, ours=[*asks, "require"], theirs=V12)
    add("1.2: client certificate of a wrong CA", refuses, cases.UNTRUSTED, {"we"},
        ours=[*asks, "require"],
        theirs={**V12, "identity": lab.identity("p256", issuer="other")})
    if peer.name == "Node":
        add("1.2: server certificate refused by the peer", refused_late)
    else:
        add("1.2: server certificate refused by the peer", refuses, cases.REFUSED, {"peer"},
            root=lab.other_root, theirs=V12)
    add("1.2: exporter", exports_as_server, lacks=peer.lacks("export", "1.2"))
    add("client without TLS 1.2", refuses, {"no_common_version"}, {"we"}, ours=["--tls-max", "1.2"])
    for version, way, theirs, ticket in WAYS:
        lacking = peer.lacks(way, version)
        add(f"{version}: resumed by {way}", is_resumed, version, theirs, lacking=lacking)
        if ticket:
            add(f"{version}: resumed by {way}, client certificate", is_resumed, version,
                {**theirs, "identity": lab.identity("p256")}, ours=[*asks, "require"],
                wanted={"client_certificate": "sent"}, lacking=lacking)
    # Without a session s_client -sess_in ends, and gnutls-cli waits for one.
    if peer.name not in ("OpenSSL", "GnuTLS"):
        for version in ("1.3", "1.2"):
            add(f"{version}: not resumed, ours grants nothing", is_not_resumed, version)
    for version in ("1.3", "1.2"):
        add(f"{version}: stapled", staples, version, lacks=peer.lacks("staple", ""))
    return cells
