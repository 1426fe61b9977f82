"""Peers that are commands: OpenSSL's s_client and s_server, GnuTLS's gnutls-cli and gnutls-serv,
spoken to as `program.py` says, their words read back as facts."""
import contextlib
import re
import threading
import time

import names
import peers

OPENSSL_GROUPS = {"x25519": "X25519", "x448": "X448", "secp256r1": "P-256", "secp384r1": "P-384",
                  "secp521r1": "P-521"}
VERSIONS = {"1.2": "-tls1_2", "1.3": "-tls1_3"}
LINE = "hello\n"


def openssl_flags(version="1.3", suites=None, groups=None, alpn=None, export=None, sigalgs=None,
                  tickets=None, extra=()):
    words = [VERSIONS[version], *extra]
    # The level 0 allows CCM_8, whose tag has 64 bits only.
    if suites in names.OPENSSL:
        words += ["-cipher", f"{names.OPENSSL[suites]}:@SECLEVEL=0"]
    elif suites:
        words += ["-ciphersuites", suites.replace(",", ":"), "-cipher", "DEFAULT:@SECLEVEL=0"]
    if groups:
        words += ["-groups", ":".join(OPENSSL_GROUPS[g] for g in groups.split(","))]
    if alpn:
        words += ["-alpn", alpn]
    if export:
        words += ["-keymatexport", export, "-keymatexportlen", "32"]
    if sigalgs:
        words += ["-sigalgs", sigalgs]
    if tickets == "no":
        words.append("-no_ticket")
    return words


def found(pattern, text):
    match = re.search(pattern, text)
    return match.group(1) if match else None


def openssl_facts(text):
    suite = found(r"(?:Cipher is|CIPHER is) ([\w-]+|\(NONE\))", text)
    if not suite or suite == "(NONE)":
        return {"ok": False, "error": " ".join(re.findall(r"error:[^\n]*", text)) or text[-500:]}
    secret = found(r"Keying material: (\w+)", text)
    alpn = found(r"ALPN protocol: (\S+)", text)
    version = found(r"(?:New|Reused), (TLSv1\.\d)", text)
    facts = {"ok": True, "suite": names.IANA.get(suite, suite), "alpn": alpn or "",
             "resumed": bool(re.search("Reused session-id|^Reused, ", text, re.M)),
             "staple": text.count("OCSP Response Status: successful"),
             "peer_certificates": 1 if re.search("Client certificate\n|Server certificate\n", text)
             else 0, "export": secret.lower() if secret else None}
    if version:
        facts["version"] = version.replace("v", " ")
    return facts


class Spoken(peers.Server):
    """A process that may end before it has read all that it is told."""

    def say(self, text):
        self.process.stdin.write(text)
        self.process.stdin.flush()

    def wait_count(self, line, count, seconds=10):
        """Until it has printed that line so many times."""
        until = time.monotonic() + seconds
        while self.text().splitlines(True).count(line) < count:
            if time.monotonic() > until or self.process.poll() is not None:
                raise AssertionError(f"{line!r} does not come {count} times: {self.text()}")
            time.sleep(0.01)

    def __exit__(self, *_):
        self.stop()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                stream.close()


class OpensslServer(Spoken):
    """s_server with its connection's data on stdout and its stdin sent: what it prints as data, we
    send back."""

    def _read(self, stream, errors):
        for line in stream:
            with self.lock:
                if errors:
                    self.errors += line
                else:
                    self.log += line
            if line == LINE and not errors:
                self.say(LINE)

    def facts(self, count):
        """Of `count` connections, the failed ones first."""
        for _ in range(500):
            if len(re.findall(r"(?m)^(?:DONE|ERROR)$", self.text())) >= count:
                break
            threading.Event().wait(0.02)
        else:
            raise AssertionError(f"s_server has not ended {count} connections: {self.text()}")
        parts = self.log.split("-----BEGIN SSL SESSION PARAMETERS")[1:]
        failed = [{"ok": False, "error": self.errors}] * self.errors.count("ERROR\n")
        # ALPN is told before the rest.
        alpn = re.findall(r"ALPN protocols selected: (\S+)", self.log) or [""] * len(parts)
        return (failed + [{**openssl_facts(part), "alpn": name}
                          for part, name in zip(parts, alpn)])[:count]


class OpensslPeer:
    name = "OpenSSL"
    alpn_mismatch = "refused"
    sees_close = False
    no_version = {"no_common_version"}

    @staticmethod
    def refusal(codes):
        return codes

    @staticmethod
    def lacks(_what, _value):
        return None

    @staticmethod
    def server(identity, ca=None, client_auth="none", staple=None, dh=None, **options):
        words = openssl_flags(**options)
        words += ["-status_file", staple] if staple else []
        words += ["-dhparam", dh] if dh else []
        if identity.issuers.stat().st_size:
            words += ["-cert_chain", identity.issuers]
        if client_auth != "none":
            words += ["-Verify" if client_auth == "require" else "-verify", "3",
                      "-verify_return_error", "-CAfile", ca]
        return OpensslServer(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
                              identity.cert, "-key", identity.key, *words], "ACCEPT ")

    @staticmethod
    def start(port, root, name="localhost", identity=None, sni=True, staple=None, **options):
        words = openssl_flags(**options) + (["-servername", name] if sni else ["-noservername"])
        words += ["-status"] if staple else []
        if identity:
            words += ["-cert", identity.cert, "-key", identity.key]
            if identity.issuers.stat().st_size:
                words += ["-cert_chain", identity.issuers]
        return Spoken(["openssl", "s_client", "-connect", f"127.0.0.1:{port}",
                             "-verify_hostname", name, "-verify_return_error", "-CAfile",
                             root, *words], "CONNECTED(", port)

    def client(self, port, root, resume=None, **options):
        if resume:
            kept = root.parent / f"s_client-{port}.session"
            for flag in ("-sess_out", "-sess_in"):
                facts = self.client(port, root, extra=[flag, kept], **options)
            return facts
        with self.start(port, root, **options) as running:
            closed, line = False, None
            try:
                running.say(LINE)
                # The data may cut through its own words, which are buffered.
                line = running.wait_for(LINE)[-len(LINE):]
                running.say("Q\n")
                closed = running.join() == 0
            except (AssertionError, OSError):
                running.stop()
            facts = openssl_facts(running.text())
            if line is None or re.search(r"(?m)error:\w+:SSL routines", running.text()):
                return {"ok": False, "error": running.text()[-3000:]}
            return {**facts, "line": line, "closed": closed}


GNUTLS_SUITES = {"TLS_AES_128_GCM_SHA256": "AES-128-GCM", "TLS_AES_256_GCM_SHA384": "AES-256-GCM",
                 "TLS_CHACHA20_POLY1305_SHA256": "CHACHA20-POLY1305",
                 "TLS_AES_128_CCM_SHA256": "AES-128-CCM",
                 "TLS_AES_128_CCM_8_SHA256": "AES-128-CCM-8"}
GNUTLS_GROUPS = {name: name.upper() for name in OPENSSL_GROUPS}
GNUTLS_NAMES = {value: key for key, value in GNUTLS_SUITES.items()}


def gnutls_priority(version="1.3", suites=None, groups=None, priority=""):
    words = ["NORMAL", "-VERS-ALL", f"+VERS-TLS{version}"]
    if suites in names.OPENSSL:
        exchange, cipher = names.gnutls(suites)
        words += ["-KX-ALL", f"+{exchange}", "-CIPHER-ALL", f"+{cipher}"]
    elif suites:
        words += ["-CIPHER-ALL"] + [f"+{GNUTLS_SUITES[s]}" for s in suites.split(",")]
    if groups:
        words += ["-GROUP-ALL"] + [f"+GROUP-{GNUTLS_GROUPS[g]}" for g in groups.split(",")]
    return ":".join(words) + priority


def gnutls_flags(alpn=None, export=None, tickets=None, extra=(), **options):
    words = ["--priority", gnutls_priority(**options), *extra]
    words += ["--noticket"] if tickets == "no" else []
    for name in (alpn or "").split(","):
        words += ["--alpn", name] if name else []
    if export:
        words += ["--keymatexport", export, "--keymatexportsize", "32"]
    return words


def gnutls_facts(text):
    # A session that goes on has no signature; in TLS 1.3 GnuTLS tells no group either.
    description = re.search(r"- Description: \(TLS(1\.\d)(?:-X\.509)?\)-(?:\((?:((?:EC)?DHE)-"
                            r"([\w-]+)|RSA)\))?-(?:\(([\w-]+)\)-)?\(([\w-]+)\)", text)
    if not description:
        return {"ok": False, "error": text[-2000:]}
    version, exchange, group, signature, cipher = description.groups()
    suite = None
    if version == "1.3":
        suite = GNUTLS_NAMES[cipher]
    elif not exchange:
        suite = names.from_gnutls("RSA", cipher)
    elif signature:
        signed = "ECDSA" if signature.startswith("ECDSA") else "RSA"
        suite = names.from_gnutls(f"{exchange}-{signed}", cipher)
    return {"ok": True, "version": f"TLS {version}", "suite": suite,
            "group": group.lower() if group else None,
            "alpn": found(r"- Application protocol: (\S+)", text) or "",
            "resumed": "This is a resumed session" in text,
            "staple": int("OCSP status request" in text),
            "peer_certificates": 1 if "- Got a certificate list of" in text else 0,
            "export": found(r"- Key material: (\w+)", text)}


class GnutlsServer(peers.Server):
    def facts(self, count):
        for _ in range(500):
            text = self.text()
            failed = re.findall(r"Error in handshake: .*", text)
            good = text.split("* Accepted connection from")[1:]
            # The last part may still grow: it is whole with the line that we sent, or its end.
            if len(failed) + len(good) >= count and not (good and "- Cipher:" not in good[-1]):
                break
            threading.Event().wait(0.02)
        else:
            raise AssertionError(f"gnutls-serv has not had {count} connections: {self.text()}")
        threading.Event().wait(0.05)
        good = self.text().split("* Accepted connection from")[1:]
        return ([{"ok": False, "error": words} for words in failed]
                + [gnutls_facts(part) for part in good])[:count]


class GnutlsPeer:
    name = "GnuTLS"
    alpn_mismatch = "ignored"
    sees_close = False
    # Its server of 1.2 looks for a suite first.
    no_version = {"no_common_version", "handshake_refused"}

    @staticmethod
    def refusal(codes):
        return codes

    @staticmethod
    def lacks(_what, _value):
        return None

    @staticmethod
    def server(identity, ca=None, client_auth="none", extra=(), staple=None, dh=None, **options):
        port = peers.free_port()
        extra = [*extra, *(["--ocsp-response", staple] if staple else []),
                 *(["--dhparams", dh] if dh else [])]
        words = ["--disable-client-cert"]
        if client_auth == "request":
            words = ["--x509cafile", ca, "--verify-client-cert"]
        elif client_auth == "require":
            words = ["--x509cafile", ca, "--require-client-cert", "--verify-client-cert"]
        return GnutlsServer(["gnutls-serv", "--port", port, "--x509certfile", identity.chain,
                             "--x509keyfile", identity.key, "--echo", *words, *extra,
                             *gnutls_flags(**options)], "Server listening on IPv4", port)

    @staticmethod
    def client(port, root, name="localhost", identity=None, rounds=1, resume=None, staple=None,
               **options):
        # It asks for a staple whether told to or not.
        words = ["gnutls-cli", "--port", port, "--x509cafile", root, "--verify-hostname", name,
                 "--sni-hostname", name, *gnutls_flags(**options)]
        if identity:
            words += ["--x509certfile", identity.chain, "--x509keyfile", identity.key]
        if resume:
            words += ["--resume", "--waitresumption"]
        with Spoken([*words, "127.0.0.1"], "Connecting to", port) as running:
            try:
                running.wait_for("- Resume Handshake was completed" if resume
                                 else "- Handshake was completed")
                for i in range(rounds):
                    running.say(LINE)
                    running.wait_count(LINE, i + 1)
                line = LINE
            except (AssertionError, OSError):
                line = None
            with contextlib.suppress(OSError):
                running.process.stdin.close()
            code = running.join()
            text = running.text()
        if code != 0 or line is None or "*** Fatal error" in text:
            return {"ok": False, "error": text[-3000:]}
        return {**gnutls_facts(text), "line": line,
                "closed": "- Peer has closed the GnuTLS connection" in text}
