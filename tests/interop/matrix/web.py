"""Peers of the web: curl, wget and Chromium as clients; nginx, HAProxy and Apache as servers and,
proxying, as clients."""
import contextlib
import json
import pathlib
import shutil
import subprocess
import tempfile

import cases
import peers
from cell import Cell, ends_cleanly, ensure, expect, expect_in

GET = b"GET /index.txt HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
HTTP_SUITES = cases.SUITES[:3]
CURVES = {"x25519": "X25519", "secp256r1": "prime256v1", "secp384r1": "secp384r1",
          "secp521r1": "secp521r1", "x448": "X448"}


# ---- Servers: nginx, HAProxy, Apache ----

NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.err info;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
{servers}}}
"""
NGINX_SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl{http2};
    server_name {name};
    {pairs}
    ssl_protocols {version};
    ssl_ecdh_curve {curves};
    {more}
    location / {{ return 200 "hello\\n"; }}
  }}
"""
NGINX_PROXY = """
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass https://127.0.0.1:{backend};
      proxy_ssl_server_name on; proxy_ssl_name {name};
      proxy_ssl_verify on; proxy_ssl_verify_depth 3; proxy_ssl_trusted_certificate {root};
      proxy_ssl_protocols {version};
      {more}
    }}
  }}
"""
HAPROXY = """
global
    maxconn 64
    stats timeout 5s
    tune.ssl.default-dh-param 2048
    nbthread 1
defaults
    mode http
    timeout connect 10s
    timeout client 10s
    timeout server 10s
{body}
"""
APACHE = """
ServerRoot {folder}
PidFile {folder}/httpd.pid
ServerName localhost
Listen 127.0.0.1:{port}
ErrorLog {folder}/error.log
LogLevel info
Mutex file:{folder}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule ssl_module {modules}/mod_ssl.so
LoadModule http2_module {modules}/mod_http2.so
LoadModule proxy_module {modules}/mod_proxy.so
LoadModule proxy_http_module {modules}/mod_proxy_http.so
LoadModule socache_shmcb_module {modules}/mod_socache_shmcb.so
StartServers 1
DocumentRoot {folder}/files
SSLSessionCache shmcb:{folder}/sessions(64000)
{body}
"""


def folder_of(lab, name):
    return pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=lab.folder))


class Nginx:
    name = "nginx"

    def __init__(self, lab):
        self.lab = lab

    def run(self, servers, port):
        folder = folder_of(self.lab, "nginx")
        config = folder / "nginx.conf"
        config.write_text(NGINX.format(folder=folder, servers=servers))
        server = peers.Server(["nginx", "-p", folder, "-c", config, "-e", folder / "nginx.err"],
                              port=port)
        server.folder = folder
        return server

    def server(self, identities=("p256",), suites=None, groups=None, alpn=True, auth=None,
               version="TLSv1.3", ca=None, others=(), tickets=True, staple=None):
        port = peers.free_port()
        more = "" if tickets else "ssl_session_tickets off; ssl_session_cache shared:all:1m;"
        if staple:
            more += f"ssl_stapling on; ssl_stapling_file {staple};"
        if suites:
            more += f"ssl_conf_command Ciphersuites {suites};"
        if auth:
            how = {"require": "on", "request": "optional"}[auth]
            more += f"ssl_verify_client {how}; ssl_client_certificate {ca}; ssl_verify_depth 3;"
        curves = ":".join(CURVES[g] for g in (groups or "x25519,secp256r1").split(","))
        blocks = ""
        for name, kinds in (("localhost", [self.lab.identity(k) for k in identities]), *others):
            pairs = "".join(f"ssl_certificate {i.chain}; ssl_certificate_key {i.key};\n"
                            for i in kinds)
            blocks += NGINX_SERVER.format(port=port, name=name, pairs=pairs, version=version,
                                          curves=curves, more=more, http2=" http2" if alpn else "")
        return self.run(blocks, port)

    def proxy(self, backend, root, name="localhost", certificate=None, suites=None,
              version="TLSv1.3"):
        port = peers.free_port()
        more = f"proxy_ssl_conf_command Ciphersuites {suites};" if suites else ""
        if certificate:
            more += (f"proxy_ssl_certificate {certificate.chain};"
                     f"proxy_ssl_certificate_key {certificate.key};")
        return self.run(NGINX_PROXY.format(port=port, backend=backend, root=root, name=name,
                                           more=more, version=version), port)


class Haproxy:
    name = "HAProxy"

    def __init__(self, lab):
        self.lab = lab

    def run(self, body, port):
        folder = folder_of(self.lab, "haproxy")
        config = folder / "haproxy.cfg"
        config.write_text(HAPROXY.format(body=body))
        return peers.Server(["haproxy", "-db", "-f", config], port=port)

    @staticmethod
    def pem(identity):
        """Chain and key in one file."""
        path = identity.key.with_suffix(".both.pem")
        if not path.exists():
            path.write_text(identity.chain.read_text() + identity.key.read_text())
        return path

    def server(self, identities=("p256",), suites=None, groups=None, alpn=True, auth=None,
               version="TLSv1.3", ca=None, tickets=True, staple=None):
        port = peers.free_port()
        words = " ".join(f"crt {self.pem(self.lab.identity(kind))}" for kind in identities)
        words += "" if tickets else " no-tls-tickets"
        if staple:
            # The response stands beside the certificate.
            place = folder_of(self.lab, "haproxy-staple") / "pair.pem"
            shutil.copy(self.pem(self.lab.identity(identities[0])), place)
            shutil.copy(staple, f"{place}.ocsp")
            words = f"crt {place}"
        words += f" ssl-min-ver {version} ssl-max-ver {version}"
        words += f" ciphersuites {suites}" if suites else ""
        words += " curves " + ":".join(CURVES[g] for g in (groups or "x25519,secp256r1").split(","))
        words += " alpn h2,http/1.1" if alpn else ""
        if auth:
            words += f" ca-file {ca} verify " + {"require": "required", "request": "optional"}[auth]
        return self.run(f"""
frontend tls
    bind 127.0.0.1:{port} ssl {words}
    http-request return status 200 content-type text/plain string "hello\\n"
""", port)

    def proxy(self, backend, root, name="localhost", certificate=None, suites=None,
              version="TLSv1.3"):
        port = peers.free_port()
        words = f"ssl verify required ca-file {root} sni str({name}) verifyhost {name}"
        words += f" ssl-min-ver {version} ssl-max-ver {version}"
        words += f" ciphersuites {suites}" if suites else ""
        words += f" crt {self.pem(certificate)}" if certificate else ""
        return self.run(f"""
frontend plain
    bind 127.0.0.1:{port}
    default_backend tls
backend tls
    server handfast 127.0.0.1:{backend} {words}
""", port)


class Apache:
    name = "Apache"

    def __init__(self, lab):
        self.lab = lab

    @staticmethod
    def pem(identity):
        """The leaf and its key in the old form, which is all that Apache reads there."""
        path = identity.key.with_suffix(".old.pem")
        key = peers.command("openssl", "pkey", "-in", identity.key, "-traditional").stdout.decode()
        path.write_text(identity.cert.read_text() + key)
        return path

    def run(self, body, port):
        folder = folder_of(self.lab, "apache")
        # Its workers are not root.
        for place in (self.lab.folder, folder):
            place.chmod(0o755)
        (folder / "files").mkdir()
        (folder / "files/index.txt").write_text("hello\n")
        config = folder / "httpd.conf"
        config.write_text(APACHE.format(folder=folder, port=port, body=body,
                                        modules="/usr/lib/apache2/modules"))
        server = peers.Server(["apache2", "-X", "-f", config], port=port)
        server.folder = folder
        return server

    def server(self, identities=("p256",), suites=None, groups=None, alpn=True, auth=None,
               version="TLSv1.3", ca=None, tickets=True):
        port = peers.free_port()
        lines = ["SSLEngine on", f"SSLProtocol {version}"]
        lines += [] if tickets else ["SSLSessionTickets off"]
        for kind in identities:
            identity = self.lab.identity(kind)
            lines += [f"SSLCertificateFile {identity.chain}",
                      f"SSLCertificateKeyFile {identity.key}"]
        lines += [f"SSLCipherSuite TLSv1.3 {suites}"] if suites else []
        lines.append("SSLOpenSSLConfCmd Groups "
                     + ":".join(CURVES[g] for g in (groups or "x25519,secp256r1").split(",")))
        lines += ["Protocols h2 http/1.1"] if alpn else []
        if auth:
            lines += [f"SSLCACertificateFile {ca}", "SSLVerifyDepth 3",
                      "SSLVerifyClient " + {"require": "require", "request": "optional"}[auth]]
        return self.run("\n".join(lines), port)

    def proxy(self, backend, root, name="localhost", certificate=None, suites=None,
              version="TLSv1.3"):
        port = peers.free_port()
        lines = ["SSLProxyEngine on", f"SSLProxyProtocol {version}", "SSLProxyVerify require",
                 "SSLProxyVerifyDepth 3", f"SSLProxyCACertificateFile {root}",
                 f"ProxyPass / https://{name}:{backend}/"]
        lines += [f"SSLProxyCipherSuite TLSv1.3 {suites}"] if suites else []
        if certificate:
            lines.append(f"SSLProxyMachineCertificateFile {self.pem(certificate)}")
            lines.append(f"SSLProxyMachineCertificateChainFile {self.lab.intermediate}")
        return self.run("\n".join(lines), port)


def fetch(port, *flags):
    """(exit code, answer) of a request through `handfast connect`."""
    result = peers.run_open(peers.HANDFAST, "connect", f"localhost:{port}", "-q", *flags,
                            given=GET)
    return result.code, result.out, result.err


def web_connects(cell, bench, peer, ours=(), wanted=None, status="200", **theirs):
    with peer.server(**theirs) as server:
        words = ["--cacert", bench.lab.root, *ours]
        result = peers.connect(f"localhost:{server.port}", *words)
        ensure("connect succeeds", result.code == 0, result.out + result.err)
        tls = result.json["tls"]
        cell.show(tls)
        for key, value in {"version": "TLS 1.3", **(wanted or {})}.items():
            expect(key, tls[key], value)
        if tls["alpn"] != "h2":
            code, answer, err = fetch(server.port, *words)
            expect("our exit", (code, err), (0, ""))
            expect("status", answer.split()[1:2], [status])
            ensure("the answer", status != "200" or answer.endswith("hello\n")
                   or "\r\nhello\n" in answer, answer)


def web_refused(cell, bench, peer, codes, who, ours=(), root=None, exit_code=4, **theirs):
    with peer.server(**theirs) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", root or bench.lab.root,
                               *ours)
        cell.show(result.json["tls"], result.json["failure"])
        ensure("the handshake fails", result.json["failure"], result.json["tls"])
        expect_in("code", result.json["failure"]["code"], codes)
        expect("exit and who", (result.code, result.json["failure"]["who"]), (exit_code, who))


def chooses_by_name(cell, bench, peer):
    """Two names at one port: SNI decides."""
    other = bench.lab.identity("p256", names="DNS:two.example", name="two")
    with peer.server(others=[("two.example", [other])]) as server:
        for name in ("localhost", "two.example"):
            where = f"{name}:{server.port}"
            result = peers.connect(where, "--cacert", bench.lab.root, "--resolve",
                                   f"{where}:127.0.0.1")
            ensure("connect succeeds", result.code == 0, result.out)
            cell.show(result.json["tls"])
            expect("the leaf", result.json["certificates"][0]["names"][0], name)


def web_servers(bench):
    lab = bench.lab
    cells = []
    own = lab.identity("p256")
    wrong = lab.identity("p256", issuer="other")
    shown = ["--cert", own.chain, "--key", own.key]
    for peer in (Nginx(lab), Haproxy(lab), Apache(lab)):
        def add(case, function, *arguments, peer=peer, **options):
            cells.append(Cell(peer.name, "client", case, lambda cell: function(
                cell, bench, peer, *arguments, **options)))

        add("defaults", web_connects)
        for suite in HTTP_SUITES:
            add(f"suite {suite}", web_connects, suites=suite, wanted={"suite": suite})
        for group in ("secp384r1", "secp521r1", "x448"):
            # Our first share is x25519.
            add(f"group {group}, HelloRetryRequest", web_connects, groups=group,
                ours=["--groups", f"x25519,{group}"],
                wanted={"group": group, "hello_retry": True})
        for kind in ("rsa", "p384", "ed25519"):
            add(f"identity {kind}", web_connects, identities=(kind,),
                wanted={"signature": peers.KEYS[kind][1]})
        add("ALPN h2", web_connects, ours=["--alpn", "h2,http/1.1"], wanted={"alpn": "h2"})
        add("ALPN http/1.1", web_connects, ours=["--alpn", "http/1.1"],
            wanted={"alpn": "http/1.1"})
        add("client certificate, required", web_connects, auth="require", ca=lab.root, ours=shown,
            wanted={"client_certificate": "sent"})
        add("client certificate absent, optional", web_connects, auth="request", ca=lab.root,
            wanted={"client_certificate": cases.NONE_SENT})
        if peer.name == "nginx":
            # nginx completes the handshake and says no in HTTP.
            add("client certificate absent, required", web_connects, auth="require", ca=lab.root,
                wanted={"client_certificate": cases.NONE_SENT}, status="400")
            add("client certificate of a wrong CA", web_connects, auth="require", ca=lab.root,
                ours=["--cert", wrong.chain, "--key", wrong.key],
                wanted={"client_certificate": "sent"}, status="400")
            add("identity by SNI", chooses_by_name)
        else:
            add("client certificate absent, required", web_refused, cases.MISSED, "peer",
                auth="require", ca=lab.root)
            add("client certificate of a wrong CA", web_refused, cases.REFUSED, "peer",
                auth="require", ca=lab.root, ours=["--cert", wrong.chain, "--key", wrong.key])
        add("server certificate refused by us", web_refused, cases.UNTRUSTED, "we",
            root=lab.other_root, exit_code=5)
        add("server without TLS 1.3", web_refused, {"no_common_version"}, "peer",
            ours=["--tlsv1.3"], version="TLSv1.2")
    return cells


# ---- Clients ----

@contextlib.contextmanager
def serving(bench, *flags, identity="p256", www=None):
    words = ["--www", www] if www else []
    with peers.serve(*peers.pair_flags(bench.lab.identity(identity)), "--jsonl", *words,
                     *flags) as server:
        yield server


def proxied(cell, bench, peer, ours=(), identity="p256", wanted=None, **theirs):
    with serving(bench, *ours, identity=identity) as server:
        with peer.proxy(server.port, bench.lab.root, **theirs) as proxy:
            result = peers.run("curl", "-sS", "--noproxy", "*",
                               f"http://127.0.0.1:{proxy.port}/")
        tls = json.loads(server.lines(1)[0])["tls"]
        cell.show(tls)
        check_page(tls, result.code, result.out, wanted)
        ends_cleanly(server)


def check_page(tls, code, page, wanted):
    """The page of facts came, and tells what the log tells."""
    expect("exit", code, 0)
    for fact in (tls["version"], tls["suite"], tls["group"]):
        ensure(f"the page tells {fact}", fact in page, page)
    for key, value in {"version": "TLS 1.3", **(wanted or {})}.items():
        expect(key, tls[key], value)


def not_proxied(cell, bench, peer, codes, who, ours=(), root=None, **theirs):
    with serving(bench, *ours) as server:
        with peer.proxy(server.port, root or bench.lab.root, **theirs) as proxy:
            result = peers.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--noproxy",
                               "*", f"http://127.0.0.1:{proxy.port}/")
        expect_in("status", result.out, {"500", "502", "503"})
        document = json.loads(server.lines(1)[0])
        cell.show(document["tls"], document["failure"])
        if codes is None:
            return
        ensure("the handshake fails", not document["ok"], document["tls"])
        expect_in("code", document["failure"]["code"], codes)
        expect("who", document["failure"]["who"], who)


def proxies(bench):
    lab = bench.lab
    cells = []
    asks = ["--client-ca", lab.root, "--client-auth"]
    for peer in (Nginx(lab), Haproxy(lab), Apache(lab)):
        def add(case, function, *arguments, peer=peer, **options):
            cells.append(Cell(peer.name, "server", case, lambda cell: function(
                cell, bench, peer, *arguments, **options)))

        add("proxying: defaults", proxied)
        for suite in HTTP_SUITES[1:]:
            add(f"proxying: suite {suite}", proxied, suites=suite, wanted={"suite": suite})
        add("proxying: HelloRetryRequest", proxied, ours=["--groups", "secp521r1"],
            wanted={"hello_retry": True, "group": "secp521r1"})
        add("proxying: identity rsa", proxied, identity="rsa",
            wanted={"signature": "rsa_pss_rsae_sha256"})
        add("proxying: client certificate, required", proxied, ours=[*asks, "require"],
            certificate=lab.identity("p256"), wanted={"client_certificate": "sent"})
        add("proxying: client certificate absent, required", not_proxied,
            {"client_certificate_required"}, "we", ours=[*asks, "require"])
        # nginx looks at the certificate when the handshake is over, and hangs up.
        add("proxying: server certificate refused by the peer", not_proxied,
            None if peer.name == "nginx" else cases.REFUSED, "peer", root=lab.other_root)
    return cells


def curl(cell, bench, *flags, ours=(), wanted=None, code=0, failure=None, root=None,
         identity="p256", name="localhost"):
    with serving(bench, *ours, identity=identity) as server:
        result = peers.run("curl", "-sS", "--noproxy", "*", "--cacert", root or bench.lab.root,
                           "--max-time", "20", "--resolve", f"{name}:{server.port}:127.0.0.1",
                           *flags, f"https://{name}:{server.port}/")
        after(cell, server, result, wanted, code, failure)


def after(cell, server, result, wanted, code, failure):
    document = json.loads(server.lines(1)[0])
    cell.show(document["tls"], document["failure"])
    if failure:
        codes, who = failure
        expect_in("the peer's exit", result.code, {code} if isinstance(code, int) else code)
        ensure("the handshake fails", not document["ok"], document["tls"])
        expect_in("code", document["failure"]["code"], codes)
        expect("who", document["failure"]["who"], who)
    else:
        ensure("the handshake succeeds", document["ok"], document["failure"])
        check_page(document["tls"], result.code, result.out, wanted)
        ends_cleanly(server)


def wget(cell, bench, *flags, ours=(), wanted=None, code=0, failure=None, root=None,
         identity="p256"):
    with serving(bench, *ours, identity=identity) as server:
        result = peers.run("wget", "-q", "-O", "-", "--no-proxy", "--tries=1", "--timeout=20",
                           f"--ca-certificate={root or bench.lab.root}", *flags,
                           f"https://localhost:{server.port}/")
        after(cell, server, result, wanted, code, failure)


def chromium(cell, bench, *flags, ours=(), wanted=None, identity="p256", trusted=True):
    """A page from `serve` in a browser that trusts our root by its own database."""
    home = folder_of(bench.lab, "chromium")
    database = home / ".pki/nssdb"
    database.mkdir(parents=True)
    peers.command("certutil", "-d", f"sql:{database}", "-N", "--empty-password")
    if trusted:
        peers.command("certutil", "-d", f"sql:{database}", "-A", "-t", "C,,", "-n", "throw-away",
                      "-i", bench.lab.root)
    files = home / "files"
    files.mkdir()
    (files / "index.html").write_text("<!doctype html><title>t</title><p id=a></p><script>"
                                      "document.getElementById('a').textContent='script ' + "
                                      "location.protocol</script>")
    with serving(bench, *ours, identity=identity, www=files) as server:
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync",
             "--disable-dev-shm-usage", f"--user-data-dir={home}/profile", "--dump-dom",
             "--timeout=15000", "--virtual-time-budget=5000", *flags,
             f"https://localhost:{server.port}/index.html"],
            capture_output=True, text=True, timeout=90, check=False, stdin=subprocess.DEVNULL,
            env={"HOME": str(home), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"})
        documents = [json.loads(line) for line in server.lines(1)]
        if not trusted:
            cell.show(documents[0]["tls"], documents[0]["failure"])
            ensure("the page is not shown", "script https:" not in done.stdout, done.stdout)
            failures = [d["failure"]["code"] for d in documents if not d["ok"]]
            ensure("its refusal is told", failures and set(failures) <= cases.REFUSED, documents)
            return
        ensure("the page and its script run", "script https:" in done.stdout,
               done.stdout[-500:] + done.stderr[-2000:])
        good = [d["tls"] for d in documents if d["ok"]]
        ensure("the handshake succeeds", good, documents)
        cell.show(good[0])
        for key, value in {"version": "TLS 1.3", **(wanted or {})}.items():
            expect(key, good[0][key], value)


def clients(bench):
    lab = bench.lab
    cells = []
    own = lab.identity("p256")
    rsa = lab.identity("rsa")
    wrong = lab.identity("p256", issuer="other")
    asks = ["--client-ca", lab.root, "--client-auth"]

    def add(peer, case, function, *arguments, **options):
        cells.append(Cell(peer, "server", case,
                          lambda cell: function(cell, bench, *arguments, **options)))

    add("curl", "defaults", curl)
    for suite in HTTP_SUITES:
        add("curl", f"suite {suite}", curl, "--tls13-ciphers", suite, wanted={"suite": suite})
    for group, name in (("secp256r1", "P-256"), ("secp384r1", "P-384"), ("x448", "X448")):
        add("curl", f"group {group}", curl, "--curves", name, ours=["--groups", f"x25519,{group}"],
            wanted={"group": group, "hello_retry": False})
    add("curl", "HelloRetryRequest", curl, ours=["--groups", "secp384r1"],
        wanted={"group": "secp384r1", "hello_retry": True})
    for kind in ("rsa", "rsa-pss", "ed25519"):
        add("curl", f"identity {kind}", curl, identity=kind,
            wanted={"signature": peers.KEYS[kind][1]})
    add("curl", "ALPN http/1.1 of h2 and http/1.1", curl, ours=["--alpn", "http/1.1"],
        wanted={"alpn": "http/1.1"})
    add("curl", "ALPN, none in common", curl, "--http1.1", ours=["--alpn", "acme"], code=35,
        failure=({"no_common_alpn"}, "we"))
    add("curl", "client certificate p256, required", curl, "--cert", own.chain, "--key", own.key,
        ours=[*asks, "require"], wanted={"client_certificate": "sent"})
    add("curl", "client certificate rsa, optional", curl, "--cert", rsa.chain, "--key", rsa.key,
        ours=[*asks, "request"], wanted={"client_certificate": "sent"})
    add("curl", "client certificate absent, optional", curl, ours=[*asks, "request"],
        wanted={"client_certificate": cases.NONE_SENT})
    add("curl", "client certificate absent, required", curl, ours=[*asks, "require"], code=(56, 35),
        failure=({"client_certificate_required"}, "we"))
    add("curl", "client certificate of a wrong CA", curl, "--cert", wrong.chain, "--key", wrong.key,
        ours=[*asks, "require"], code=(56, 35), failure=(cases.UNTRUSTED, "we"))
    add("curl", "server certificate refused by the peer", curl, root=lab.other_root, code=60,
        failure=(cases.REFUSED, "peer"))
    add("curl", "client without TLS 1.3", curl, "--tls-max", "1.2", ours=["--tlsv1.3"], code=35,
        failure=({"no_common_version"}, "we"))

    add("wget", "defaults", wget)
    add("wget", "HelloRetryRequest", wget, ours=["--groups", "secp521r1"],
        wanted={"group": "secp521r1", "hello_retry": True})
    for suite in HTTP_SUITES:
        add("wget", f"suite {suite}", wget, ours=["--ciphers", suite], wanted={"suite": suite})
    add("wget", "identity rsa", wget, identity="rsa", wanted={"signature": "rsa_pss_rsae_sha256"})
    add("wget", "client certificate, required", wget, f"--certificate={own.chain}",
        f"--private-key={own.key}", ours=[*asks, "require"], wanted={"client_certificate": "sent"})
    add("wget", "client certificate absent, required", wget, ours=[*asks, "require"], code=(4, 5),
        failure=({"client_certificate_required"}, "we"))
    add("wget", "client without TLS 1.3", wget, "--ciphers=NORMAL:-VERS-ALL:+VERS-TLS1.2",
        ours=["--tlsv1.3"], code=4, failure=({"no_common_version"}, "we"))

    add("Chromium", "a page with a script", chromium)
    add("Chromium", "ALPN http/1.1", chromium, ours=["--alpn", "http/1.1"],
        wanted={"alpn": "http/1.1"})
    add("Chromium", "HelloRetryRequest", chromium, ours=["--groups", "secp384r1"],
        wanted={"group": "secp384r1", "hello_retry": True})
    add("Chromium", "suite TLS_CHACHA20_POLY1305_SHA256", chromium,
        ours=["--ciphers", "TLS_CHACHA20_POLY1305_SHA256"],
        wanted={"suite": "TLS_CHACHA20_POLY1305_SHA256"})
    add("Chromium", "suite TLS_AES_256_GCM_SHA384", chromium,
        ours=["--ciphers", "TLS_AES_256_GCM_SHA384"], wanted={"suite": "TLS_AES_256_GCM_SHA384"})
    add("Chromium", "identity rsa", chromium, identity="rsa",
        wanted={"signature": "rsa_pss_rsae_sha256"})
    add("Chromium", "server certificate refused by the peer", chromium, trusted=False)
    return cells


def all_cells(bench):
    return web_servers(bench) + proxies(bench) + clients(bench)
