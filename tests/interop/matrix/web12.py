"""TLS 1.2, and sessions resumed and staples in both versions, with the peers of the web."""
import json

import cases
import peers
from cell import Cell, ends_cleanly, ensure, expect
from cases12 import messages
from web import (Apache, Haproxy, Nginx, chromium, curl, fetch, proxied, serving, web_connects,
                 web_refused, wget)

AS12 = {"version": "TLS 1.2"}
SUITES = [("p256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
          ("p256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"),
          ("rsa", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")]
ECDSA_CHACHA = "ECDHE-ECDSA-CHACHA20-POLY1305"


# ---- Servers: nginx, HAProxy, Apache ----

def resumes(cell, bench, peer, version, tickets=True):
    """A full handshake whose session is kept; one that goes on with it, and one that fetches."""
    kept = bench.lab.folder / f"{peer.name}-{version}-{tickets}.session"
    with peer.server(version=f"TLSv{version}", tickets=tickets) as server:
        where = f"localhost:{server.port}"
        words = ["--cacert", bench.lab.root]
        first = peers.connect(where, *words, "--sess-out", kept, "--trace").json
        ensure("the first handshake succeeds", first["ok"], first["failure"])
        expect("full", (first["tls"]["version"], first["tls"]["resumed"]),
               (f"TLS {version}", False))
        expect("a ticket came", "NewSessionTicket" in messages(first), tickets)
        second = peers.connect(where, *words, "--sess-in", kept, "--sess-out", kept).json
        ensure("the second succeeds", second["ok"], second["failure"])
        cell.show(second["tls"])
        expect("resumed", (second["tls"]["resumed"], second["tls"]["round_trips"]), (True, 1))
        code, answer, err = fetch(server.port, *words, "--sess-in", kept)
        expect("our exit", (code, err), (0, ""))
        expect("status", answer.split()[1:2], ["200"])


def stapled(cell, bench, peer, version):
    responder = bench.responder()
    with peer.server(version=f"TLSv{version}", staple=responder.file) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", bench.lab.root, "--ocsp",
                               "require")
        ensure("connect succeeds", result.code == 0, result.out + result.err)
        cell.show(result.json["tls"])
        expect("stapled", (result.json["tls"]["version"], result.json["tls"]["stapled"]),
               (f"TLS {version}", "good"))


def servers(bench):
    lab = bench.lab
    cells = []
    own = lab.identity("p256")
    shown = ["--cert", own.chain, "--key", own.key]
    for peer in (Nginx(lab), Haproxy(lab), Apache(lab)):
        def add(case, function, *arguments, peer=peer, lacks=None, **options):
            cells.append(Cell(peer.name, "client", case, lambda cell: function(
                cell, bench, peer, *arguments, **options), lacks=lacks))

        add("1.2: defaults", web_connects, version="TLSv1.2", wanted=AS12)
        for kind, suite in SUITES:
            add(f"1.2: suite {suite}", web_connects, version="TLSv1.2", identities=(kind,),
                ours=["--ciphers", suite], wanted={**AS12, "suite": suite})
        static = "TLS_RSA_WITH_AES_128_GCM_SHA256"
        add(f"1.2: suite {static}", web_connects, version="TLSv1.2", identities=("rsa",),
            ours=["--policy", "legacy", "--ciphers", static], wanted={**AS12, "suite": static})
        add("1.2: group secp384r1", web_connects, version="TLSv1.2", identities=("rsa",),
            groups="secp384r1", wanted={**AS12, "group": "secp384r1"})
        add("1.2: ALPN h2", web_connects, version="TLSv1.2", ours=["--alpn", "h2,http/1.1"],
            wanted={**AS12, "alpn": "h2"})
        add("1.2: client certificate, required", web_connects, version="TLSv1.2", auth="require",
            ca=lab.root, ours=shown, wanted={**AS12, "client_certificate": "sent"})
        add("1.2: server certificate refused by us", web_refused, cases.UNTRUSTED, "we",
            root=lab.other_root, exit_code=5, version="TLSv1.2")
        add("1.3: resumed by ticket", resumes, "1.3")
        add("1.2: resumed by ticket", resumes, "1.2")
        add("1.2: resumed by session ID", resumes, "1.2", tickets=False)
        for version in ("1.3", "1.2"):
            add(f"{version}: stapled", stapled, version,
                lacks="it staples only what it fetches itself" if peer.name == "Apache" else None)
    return cells


def proxied_again(cell, bench, peer, version):
    """Two requests through the proxy, a connection to us each: it keeps its session."""
    with serving(bench) as server:
        with peer.proxy(server.port, bench.lab.root, version=f"TLSv{version}") as proxy:
            url = f"http://127.0.0.1:{proxy.port}/"
            for _ in range(2):
                result = peers.run("curl", "-sS", "--noproxy", "*", url)
                expect("curl's exit", result.code, 0)
        first, second = (json.loads(line)["tls"] for line in server.lines(2))
        cell.show(second)
        expect("full, then resumed", (first["resumed"], second["resumed"], second["version"],
                                      second["round_trips"]), (False, True, f"TLS {version}", 1))


def proxies(bench):
    lab = bench.lab
    cells = []
    asks = ["--client-ca", lab.root, "--client-auth", "require"]
    for peer in (Nginx(lab), Haproxy(lab), Apache(lab)):
        def add(case, function, *arguments, peer=peer, lacks=None, **options):
            cells.append(Cell(peer.name, "server", case, lambda cell: function(
                cell, bench, peer, *arguments, **options), lacks=lacks))

        add("1.2: proxying: defaults", proxied, version="TLSv1.2", wanted=AS12)
        add("1.2: proxying: identity rsa", proxied, version="TLSv1.2", identity="rsa", wanted=AS12)
        add("1.2: proxying: client certificate, required", proxied, ours=asks, version="TLSv1.2",
            certificate=lab.identity("p256"), wanted={**AS12, "client_certificate": "sent"})
        for version in ("1.3", "1.2"):
            add(f"{version}: proxying: resumed", proxied_again, version,
                lacks="mod_proxy keeps no sessions" if peer.name == "Apache" else None)
    return cells


# ---- Clients ----

def curl_again(cell, bench, *flags, ours=(), wanted=None):
    """Two connections of one curl, which keeps its sessions in memory."""
    with serving(bench, *ours) as server:
        url = f"https://localhost:{server.port}/"
        result = peers.run("curl", "-sS", "--noproxy", "*", "--cacert", bench.lab.root,
                           "--max-time", "20", *flags, url, url)
        expect("exit", result.code, 0)
        first, second = (json.loads(line)["tls"] for line in server.lines(2))
        cell.show(second)
        expect("full, then resumed", (first["resumed"], second["resumed"]), (False, True))
        for key, value in (wanted or {}).items():
            expect(key, second[key], value)
        ends_cleanly(server)


def curl_stapled(cell, bench, *flags, wanted=None):
    responder = bench.responder()
    with peers.serve(*peers.pair_flags(responder.good), "--jsonl", "--ocsp-response",
                     responder.file) as server:
        result = peers.run("curl", "-sS", "--noproxy", "*", "--cacert", bench.lab.root,
                           "--cert-status", *flags, f"https://localhost:{server.port}/")
        expect("curl's exit", (result.code, result.err), (0, ""))
        tls = json.loads(server.lines(1)[0])["tls"]
        cell.show(tls)
        for key, value in (wanted or {}).items():
            expect(key, tls[key], value)


def clients(bench):
    lab = bench.lab
    cells = []
    own = lab.identity("p256")
    asks = ["--client-ca", lab.root, "--client-auth", "require"]
    shown = ["--cert", own.chain, "--key", own.key]
    most = ["--tls-max", "1.2"]
    gnutls = "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.2"

    def add(peer, case, function, *arguments, **options):
        cells.append(Cell(peer, "server", case,
                          lambda cell: function(cell, bench, *arguments, **options)))

    add("curl", "1.2: defaults", curl, *most, wanted=AS12)
    for kind, suite in SUITES:
        add("curl", f"1.2: suite {suite}", curl, *most, ours=["--ciphers", suite], identity=kind,
            wanted={**AS12, "suite": suite})
    add("curl", "1.2: suite by curl's choice", curl, *most, "--ciphers", ECDSA_CHACHA,
        wanted={**AS12, "suite": "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"})
    add("curl", "1.2: client certificate, required", curl, *most, *shown, ours=asks,
        wanted={**AS12, "client_certificate": "sent"})
    add("curl", "1.2: server certificate refused by the peer", curl, *most, root=lab.other_root,
        code=60, failure=(cases.REFUSED, "peer"))
    add("curl", "1.2: we speak no more", curl, ours=most, wanted=AS12)
    add("curl", "1.3: resumed by ticket", curl_again, wanted={"version": "TLS 1.3"})
    add("curl", "1.2: resumed by ticket", curl_again, *most, wanted=AS12)
    add("curl", "1.2: resumed by ticket, client certificate", curl_again, *most, *shown, ours=asks,
        wanted={**AS12, "client_certificate": "sent"})
    add("curl", "1.3: stapled", curl_stapled, wanted={"version": "TLS 1.3"})
    add("curl", "1.2: stapled", curl_stapled, *most, wanted=AS12)
    add("wget", "1.2: defaults", wget, gnutls, wanted=AS12)
    add("wget", "1.2: identity rsa", wget, gnutls, identity="rsa", wanted=AS12)
    add("wget", "1.2: client certificate, required", wget, gnutls, f"--certificate={own.chain}",
        f"--private-key={own.key}", ours=asks, wanted={**AS12, "client_certificate": "sent"})
    add("Chromium", "1.2: a page with a script", chromium, ours=most, wanted=AS12)
    add("Chromium", "1.2: identity rsa", chromium, ours=most, identity="rsa", wanted=AS12)
    return cells


def all_cells(bench):
    return servers(bench) + proxies(bench) + clients(bench)
