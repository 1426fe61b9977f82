"""Peers for the interop tests: throw-away certificates, servers and clients that others wrote, and
a small harness. Standard library only.

    suite = peers.Suite()
    with peers.Lab() as lab:
        with peers.openssl_server(lab.identity("p256"), "-www") as server:
            result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
            suite.check("suite", result.json["tls"]["suite"], "TLS_AES_128_GCM_SHA256")
    suite.close()

Each test prints FAIL and SKIP lines and ends with "N passed, N failed, N skipped".
"""
import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("HANDFAST_BUILD", "build")
HANDFAST = BUILD / "handfast"
LIMIT_S = 30

# Under AddressSanitizer freed memory waits in a quarantine: a small one, or no memory is flat.
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"),
                                                    "quarantine_size_mb=4"]))

# Key types: how `openssl genpkey` makes one, the scheme that TLS 1.3 signs with, our name for it.
KEYS = {
    "p256": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
             "ecdsa_secp256r1_sha256", "EC P-256"),
    "p384": (["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
             "ecdsa_secp384r1_sha384", "EC P-384"),
    "rsa": (["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "rsa_pss_rsae_sha256", "RSA 2048"),
    "rsa-pss": (["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
                "rsa_pss_pss_sha256", "RSA-PSS 2048"),
    "ed25519": (["-algorithm", "ED25519"], "ed25519", "Ed25519"),
}

CA_CONFIG = """
[ca]
default_ca = throw_away
[throw_away]
new_certs_dir = .
database = index.txt
rand_serial = yes
default_md = {md}
policy = any
unique_subject = no
[any]
commonName = supplied
"""


class Suite:
    """Counts checks. A test function gets what `run` is given; an exception in it is a failure."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lock = threading.Lock()

    def ok(self, name, condition, detail=""):
        with self.lock:
            if condition:
                self.passed += 1
            else:
                self.failed += 1
                print(f"FAIL {name}: {detail}", flush=True)
        return bool(condition)

    def check(self, name, actual, expected):
        return self.ok(name, actual == expected, f"{actual!r} is not {expected!r}")

    def skip(self, name, why):
        with self.lock:
            self.skipped += 1
            print(f"SKIP {name}: {why}", flush=True)

    def run(self, function, *arguments):
        try:
            function(self, *arguments)
        except Exception:  # a test that breaks has failed, and the others go on
            self.ok(f"{function.__name__} {[a for a in arguments if isinstance(a, str)]}", False,
                    traceback.format_exc())

    def run_all(self, jobs, workers=4):
        """Runs (function, arguments…) tuples side by side."""
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for future in [pool.submit(self.run, *job) for job in jobs]:
                future.result()

    def close(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped", flush=True)
        sys.exit(1 if self.failed else 0)


def has(program):
    return shutil.which(program) is not None or pathlib.Path("/usr/sbin", program).exists()


def command(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, check=True,
                          timeout=LIMIT_S, stdin=subprocess.DEVNULL, **options)


class Identity:
    """A leaf with its chain: files cert (leaf alone), issuers (what belongs behind it), chain
    (both), key."""

    def __init__(self, folder, name):
        self.cert, self.issuers, self.chain, self.key = (
            folder / f"{name}.{part}.pem" for part in ("cert", "issuers", "chain", "key"))

    def der(self):
        return ssl.PEM_cert_to_DER_cert(self.cert.read_text())


class Lab:
    """A folder with a root, an intermediate and identities made on demand; gone at the end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="handfast-lab-"))
        self.made = {}
        self.lock = threading.Lock()
        (self.folder / "index.txt").touch()
        self.root = self._ca("root", None)
        self.other_root = self._ca("other", None)
        self.intermediate = self._ca("intermediate", "root")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def _key(self, name, kind):
        path = self.folder / f"{name}.key.pem"
        command("openssl", "genpkey", *KEYS[kind][0], "-out", path)
        return path

    def _request(self, name, key):
        path = self.folder / f"{name}.csr"
        command("openssl", "req", "-new", "-key", key, "-subj", f"/CN={name}", "-out", path,
                "-config", "/dev/null")
        return path

    def _sign(self, name, request, issuer, extensions, begin, end, own_key=None):
        config = self.folder / f"{name}.cnf"
        config.write_text(CA_CONFIG.format(md="default" if own_key else "sha256"))
        extension_file = self.folder / f"{name}.ext"
        extension_file.write_text("\n".join(extensions) + "\n")
        signer = ["-selfsign", "-keyfile", own_key] if own_key else [
            "-cert", self.folder / f"{issuer}.cert.pem",
            "-keyfile", self.folder / f"{issuer}.key.pem"]
        path = self.folder / f"{name}.cert.pem"
        command("openssl", "ca", "-batch", "-notext", "-config", config, *signer, "-in", request,
                "-out", path, "-extfile", extension_file, "-startdate", begin, "-enddate", end,
                cwd=self.folder)
        return path

    def root_of(self, kind):
        """One more root, with a key of this type; `root-KIND` is the issuer of what it signs."""
        return self._ca(f"root-{kind}", None, kind)

    def _ca(self, name, issuer, kind="p256"):
        key = self._key(name, kind)
        extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
                      "subjectKeyIdentifier=hash"]
        if issuer:
            extensions.append("authorityKeyIdentifier=keyid")
        return self._sign(name, self._request(name, key), issuer, extensions, when(-2), when(30),
                          None if issuer else key)

    def identity(self, kind, names="DNS:localhost,IP:127.0.0.1", issuer="intermediate",
                 begin=-1, end=20, own=False, usage="serverAuth,clientAuth", name=None):
        """An identity of a key type, made once. `begin` and `end` are days from now; `own`: signed
        by itself."""
        asked = (kind, names, issuer, begin, end, own, usage, name)
        with self.lock:
            if asked not in self.made:
                self.made[asked] = self._make(len(self.made), *asked)
            return self.made[asked]

    def _make(self, number, kind, names, issuer, begin, end, own, usage, name):
        name = name or f"{kind}-{number}"
        key = self._key(name, kind)
        # TLS 1.2's static RSA encrypts to the key.
        both = ",keyEncipherment" if kind == "rsa" else ""
        extensions = ["basicConstraints=critical,CA:FALSE",
                      f"keyUsage=critical,digitalSignature{both}",
                      f"extendedKeyUsage={usage}", f"subjectAltName={names}"]
        identity = Identity(self.folder, name)
        cert = self._sign(name, self._request(name, key), issuer, extensions, when(begin),
                          when(end),
                          key if own else None)
        chained = not own and issuer == "intermediate"
        identity.issuers.write_text(self.intermediate.read_text() if chained else "")
        identity.chain.write_text(cert.read_text() + identity.issuers.read_text())
        return identity


def when(days):
    return time.strftime("%Y%m%d%H%M%SZ", time.gmtime(time.time() + days * 86400))


# ---- Servers ----

class Server:
    """A process that listens; `log` is what it printed so far (stdout and stderr)."""

    def __init__(self, words, ready=None, port=None, cwd=None):
        self.words = [str(word) for word in words]
        self.log = ""
        self.errors = ""
        self.port = port
        self.lock = threading.Lock()
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(self.words, stdin=pipe, stdout=pipe, stderr=pipe, text=True,
                                        errors="replace", cwd=cwd)
        self.readers = [threading.Thread(target=self._read, args=(stream, errors), daemon=True)
                        for stream, errors in ((self.process.stdout, False),
                                               (self.process.stderr, True))]
        for reader in self.readers:
            reader.start()
        if ready:
            line = self.wait_for(ready)
            if port is None:
                self.port = int(line.rsplit(":", 1)[1].split()[0])
        else:
            wait_for_port(port, self)

    def _read(self, stream, errors):
        for line in stream:
            with self.lock:
                if errors:
                    self.errors += line
                else:
                    self.log += line

    def text(self):
        with self.lock:
            return self.log + self.errors

    def wait_for(self, words, seconds=10):
        """The first line that holds `words`, once it is there."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for line in self.text().splitlines(keepends=True):
                if words in line and line.endswith("\n"):
                    return line
            if self.process.poll() is not None:
                for reader in self.readers:
                    reader.join(1)
                if words not in self.text():
                    break
            time.sleep(0.01)
        raise AssertionError(f"{' '.join(self.words)}: no {words!r} in {self.text()!r}")

    def lines(self, count, seconds=10):
        """The lines of stdout, once there are `count`."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with self.lock:
                lines = self.log.splitlines()
            if len(lines) >= count:
                return lines
            time.sleep(0.01)
        raise AssertionError(f"{' '.join(self.words)}: {len(lines)} lines, not {count}")

    def stop(self):
        """SIGTERM; the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.join()

    def join(self):
        try:
            status = self.process.wait(LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        for reader in self.readers:
            reader.join(5)
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            stream.close()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for_port(port, server):
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if server.process.poll() is not None:
                break
            time.sleep(0.02)
    raise AssertionError(f"{' '.join(server.words)} does not listen: {server.text()}")


def openssl_server(identity, *flags):
    chain = ["-cert_chain", identity.issuers] if identity.issuers.stat().st_size else []
    return Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert, *chain,
                   "-key", identity.key, "-tls1_3", *flags], "ACCEPT ")


def gnutls_server(identity, priority="NORMAL", *flags):
    port = free_port()
    return Server(["gnutls-serv", "--port", str(port), "--x509certfile", identity.chain,
                   "--x509keyfile", identity.key, "--priority",
                   f"{priority}:-VERS-ALL:+VERS-TLS1.3", "--http", *flags], port=port)


NGINX = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid;
error_log {folder}/nginx.err;
events {{ worker_connections 64; }}
http {{
  access_log off;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  ssl_protocols TLSv1.3;
  ssl_ecdh_curve {curve};
{servers}}}
"""
NGINX_SERVER = """
  server {{
    listen 127.0.0.1:{port} ssl http2;
    server_name {name};
    ssl_certificate {identity.chain}; ssl_certificate_key {identity.key};
    location / {{ return 200 "nginx\\n"; }}
  }}
"""


def nginx_server(lab, identities, curve="X25519:prime256v1"):
    """`identities`: pairs of server name and identity."""
    port = free_port()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="nginx-", dir=lab.folder))
    blocks = "".join(NGINX_SERVER.format(port=port, name=name, identity=identity)
                     for name, identity in identities)
    config = folder / "nginx.conf"
    config.write_text(NGINX.format(folder=folder, curve=curve, servers=blocks))
    program = shutil.which("nginx") or "/usr/sbin/nginx"
    return Server([program, "-p", folder, "-c", config, "-e", folder / "nginx.err"], port=port)


class PythonServer:
    """The ssl module as a server: answers one line to every connection."""

    def __init__(self, identity, alpn=(), by_name=None, client_ca=None):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(identity.chain, identity.key)
        if alpn:
            self.context.set_alpn_protocols(list(alpn))
        if client_ca:
            self.context.verify_mode = ssl.CERT_REQUIRED
            self.context.load_verify_locations(client_ca)
        self.contexts = {}
        for name, other in (by_name or {}).items():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(other.chain, other.key)
            self.contexts[name] = context
        self.context.sni_callback = self._choose
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _choose(self, connection, name, _):
        if name in self.contexts:
            connection.context = self.contexts[name]

    def _serve(self):
        while True:
            try:
                plain, _ = self.listener.accept()
            except OSError:
                return
            plain.settimeout(LIMIT_S)
            try:
                with self.context.wrap_socket(plain, server_side=True) as s:
                    s.sendall(b"python\n")
                    while s.recv(4096):
                        pass
                    s.unwrap()
            except (OSError, ssl.SSLError):
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.close()


def serve(*flags):
    return Server([HANDFAST, "serve", "--listen", "127.0.0.1:0", *flags], "listening on ")


def pair_flags(*identities):
    words = []
    for identity in identities:
        words += ["--cert", identity.chain, "--key", identity.key]
    return words


# ---- Clients ----

class Result:
    """What a client's run gave."""

    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr
        try:
            self.json = json.loads(done.stdout)
        except ValueError:
            self.json = None


def run(*words, given=b""):
    done = subprocess.run([str(word) for word in words], input=given, capture_output=True,
                          timeout=LIMIT_S)
    done.stdout = done.stdout.decode(errors="replace")
    done.stderr = done.stderr.decode(errors="replace")
    return Result(done)


def run_open(*words, given=b""):
    """The same, but stdin stays open until the program ends by itself."""
    with subprocess.Popen([str(word) for word in words], stdin=subprocess.PIPE, bufsize=0,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        timer = threading.Timer(LIMIT_S, process.kill)
        timer.start()
        try:
            process.stdin.write(given)
        except BrokenPipeError:  # it failed before it would read
            pass
        out = process.stdout.read().decode(errors="replace")
        err = process.stderr.read().decode(errors="replace")
        status = process.wait()
        timer.cancel()
    return Result(subprocess.CompletedProcess(words, status, out, err))


def connect(target, *flags, given=b""):
    """`handfast connect --json`."""
    return run(HANDFAST, "connect", target, "--json", *flags, given=given)


def connect_piped(target, *flags, given=b""):
    return run(HANDFAST, "connect", target, *flags, given=given)


def openssl_client(port, root, *flags, name="localhost", given=b""):
    return run("openssl", "s_client", "-connect", f"127.0.0.1:{port}", "-servername", name,
               "-verify_hostname", name, "-verify_return_error", "-CAfile", root, "-tls1_3", *flags,
               given=given)


def curl(port, root, *flags, name="localhost"):
    return run("curl", "-sS", "--noproxy", "*", "--tlsv1.3", "--cacert", root, "--max-time", "20",
               "--resolve", f"{name}:{port}:127.0.0.1", *flags, f"https://{name}:{port}/")


def gnutls_client(port, root, *flags, priority="NORMAL", name="localhost", given=b""):
    return run("gnutls-cli", "--port", str(port), "--x509cafile", root, "--verify-hostname", name,
               "--sni-hostname", name, "--priority", f"{priority}:-VERS-ALL:+VERS-TLS1.3", *flags,
               "127.0.0.1", given=given)


def python_client(port, root, name="localhost", alpn=(), identity=None, send=b""):
    """(version, suite, ALPN, the peer's certificate, what it sent) or raises ssl.SSLError."""
    context = ssl.create_default_context(cafile=root)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if identity:
        context.load_cert_chain(identity.chain, identity.key)
    with socket.create_connection(("127.0.0.1", port), LIMIT_S) as plain:
        with context.wrap_socket(plain, server_hostname=name) as s:
            got = b""
            if send:
                s.sendall(send)
                while True:
                    piece = s.recv(65536)
                    if not piece:
                        break
                    got += piece
            return s.version(), s.cipher()[0], s.selected_alpn_protocol(), s.getpeercert(True), got
