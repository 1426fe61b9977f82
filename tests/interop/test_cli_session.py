#!/usr/bin/env python3
"""Versions and sessions at the command line: `connect` with servers of OpenSSL and GnuTLS, `serve`
with OpenSSL's client; which version is spoken, what is kept in files, what resumes, why not, and
what is said of it."""
import json
import os
import re
import time

import peers

VERSIONS = ("1.2", "1.3")


def exactly(version):
    return [f"--tlsv{version}", "--tls-max", version]


def openssl_server(lab, version, *flags, kind="p256"):
    identity = lab.identity(kind)
    words = [] if version is None else [f"-tls{version.replace('.', '_')}"]
    return peers.Server(["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", identity.cert,
                         "-cert_chain", identity.issuers, "-key", identity.key, "-www", *words,
                         *flags], "ACCEPT ")


def gnutls_server(lab, version, *flags, priority=""):
    identity = lab.identity("p256")
    port = peers.free_port()
    versions = "" if version is None else f":-VERS-ALL:+VERS-TLS{version}"
    return peers.Server(["gnutls-serv", "--port", str(port), "--x509certfile", identity.chain,
                         "--x509keyfile", identity.key, "--http", "--priority",
                         f"NORMAL{versions}{priority}", *flags], port=port)


def our_server(lab, version, *flags):
    return peers.serve(*peers.pair_flags(lab.identity("p256")), *exactly(version), "--jsonl",
                       *flags)


def visit(server, lab, *flags):
    return peers.connect(f"localhost:{server.port}", "--cacert", lab.root, *flags)


def visit_in_words(server, lab, *flags):
    return peers.connect_piped(f"localhost:{server.port}", "--cacert", lab.root, "--brief", *flags)


def failure(result):
    return (result.json or {}).get("failure") or {}


def resumed(suite, name, result, expected=True):
    """A good document that says so; the document."""
    d = result.json
    if suite.ok(f"{name}: well", result.code == 0 and d and d["ok"], result.out + result.err):
        suite.check(f"{name}: resumed", d["tls"]["resumed"], expected)
    return d


# ---- Versions ----

def versions_spoken(suite, lab):
    for make in (openssl_server, gnutls_server):
        with make(lab, None) as both:
            for flags, version in (([], "1.3"), (["--tls-max", "1.2"], "1.2"),
                                   (["--tlsv1.2"], "1.3"), (["--tlsv1.3"], "1.3"),
                                   (exactly("1.2"), "1.2"), (["--policy", "modern"], "1.3"),
                                   (["--policy", "legacy", "--tls-max", "1.2"], "1.2")):
                result = visit(both, lab, *flags)
                suite.check(f"{make.__name__} {flags}",
                            (result.code, (result.json or {"tls": {}})["tls"].get("version")),
                            (0, f"TLS {version}"))
        for theirs, flags in (("1.2", ["--tlsv1.3"]), ("1.3", ["--tls-max", "1.2"]),
                              ("1.2", ["--policy", "modern"])):
            with make(lab, theirs) as one:
                result = visit(one, lab, *flags)
                # GnuTLS says handshake_failure alone.
                code = {openssl_server: "no_common_version", gnutls_server: "handshake_refused"}
                suite.check(f"{make.__name__} of {theirs} alone, {flags}",
                            (result.code, failure(result).get("code")), (4, code[make]))


def versions_that_leave_none(suite, lab):
    for flags in (["--tlsv1.3", "--tls-max", "1.2"], ["--policy", "modern", "--tls-max", "1.2"]):
        result = peers.connect("localhost:1", "--cacert", lab.root, *flags)
        suite.check(f"{flags}", (result.code, failure(result).get("reason")),
                    (2, "bad_configuration"))
    for flags in (["--tls-max", "1.1"], ["--tls-max", "1.4"], ["--tls-max"], ["--tlsv1.1"],
                  ["--tlsv1.2=1"], ["--policy", "lax"], ["--reconnect=1"], ["--sess-in"],
                  ["--sess-out"], ["--sess-in="], ["--sess-out="]):
        result = peers.connect("localhost:1", *flags)
        suite.ok(f"{flags}: usage", result.code == 2 and flags[0].split("=")[0] in result.err
                 and result.out == "", result.out + result.err)
    for flags in (["--tickets", "9"], ["--tickets", "-1"], ["--tickets", "two"],
                  ["--ticket-lifetime", "0"], ["--ticket-lifetime", "604801"], ["--sess-in", "f"]):
        result = peers.run(peers.HANDFAST, "serve", "--self-signed", "localhost", *flags)
        suite.ok(f"serve {flags}: usage", result.code == 2 and flags[0] in result.err, result.err)


def older_versions(suite, lab):
    """TLS 1.1 is refused by name; and a client that came down to TLS 1.2 needlessly (RFC 7507)."""
    weak = ["-cipher", "ALL:@SECLEVEL=0"]
    with openssl_server(lab, "1.1", *weak) as server:
        result = visit(server, lab)
        suite.check("a server of TLS 1.1", (result.code, failure(result).get("code")),
                    (4, "no_common_version"))
    with peers.serve(*peers.pair_flags(lab.identity("p256")), "--jsonl") as server:
        openssl_client(server, lab, "1.1", *weak)
        openssl_client(server, lab, "1.2", "-fallback_scsv")
        openssl_client(server, lab, "1.2")
        old, fallback, well = [json.loads(line) for line in server.lines(3)]
        suite.check("a client of TLS 1.1", old["failure"]["code"], "no_common_version")
        suite.ok("a client of TLS 1.1, named", "TLS 1.1" in json.dumps(old["failure"]),
                 old["failure"])
        suite.check("fallback", (fallback["failure"]["code"], fallback["failure"]["alert"]),
                    ("downgrade_detected", "inappropriate_fallback"))
        suite.check("TLS 1.2", (well["ok"], well["tls"]["version"]), (True, "TLS 1.2"))


def legacy_alone(suite, lab):
    """DHE is offered under `legacy` only."""
    with openssl_server(lab, "1.2", "-cipher", "DHE-RSA-AES128-GCM-SHA256", kind="rsa") as server:
        result = visit(server, lab, "--policy", "legacy")
        suite.check("DHE under legacy", (result.code, (result.json or {"tls": {}})["tls"].get(
            "suite")), (0, "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"))
        result = visit(server, lab)
        suite.check("DHE by default", result.code, 4)


def extended_master_secret(suite, lab):
    """Only TLS 1.2 has a choice; without it nothing is kept (RFC 7627, 5.3)."""
    for version, priority, told in (("1.3", "", None), ("1.2", "", True),
                                    ("1.2", ":%NO_SESSION_HASH", False)):
        with gnutls_server(lab, version, priority=priority) as server:
            result = visit(server, lab)
            suite.check(f"extended master secret {version}{priority}",
                        result.json["tls"]["extended_master_secret"], told)
            if told is False:
                result = visit(server, lab, "--reconnect")
                suite.check("without it: --reconnect", failure(result).get("reason"), "no_session")


# ---- Sessions kept in files ----

def kept(suite, lab, make, version):
    name = f"{make.__name__}, TLS {version}"
    path = lab.folder / f"{make.__name__}-{version}.session"
    with make(lab, version) as server:
        d = resumed(suite, f"{name}: first", visit(server, lab, "--sess-out", path), False)
        suite.check(f"{name}: nothing was offered", d["tls"]["resumption"], None)
        suite.check(f"{name}: for its owner alone", oct(path.stat().st_mode & 0o777), "0o600")
        was = path.read_bytes()
        again = resumed(suite, f"{name}: again", visit(server, lab, "--sess-in", path,
                                                       "--sess-out", path))
        suite.check(f"{name}: nothing against it", again["tls"]["resumption"], None)
        suite.check(f"{name}: the same certificates", [c["sha256"] for c in again["certificates"]],
                    [c["sha256"] for c in d["certificates"]])
        checks = {c["check"]: c for c in again["checks"]}
        suite.ok(f"{name}: what was found then", checks["identity"]["ok"]
                 and "when the session began" in checks["identity"]["detail"], checks)
        if version == "1.3":
            suite.ok(f"{name}: a new ticket", path.read_bytes() != was)
        result = visit_in_words(server, lab, "--sess-in", path)
        suite.ok(f"{name}: in words", result.code == 0
                 and re.search("^  resumed: no certificate was sent", result.err, re.M),
                 result.err)


def not_granted(suite, lab, version):
    """No ticket comes: the flag fails, by name, and nothing is written."""
    name = f"TLS {version}, --tickets 0"
    path = lab.folder / f"none-{version}.session"
    with our_server(lab, version, "--tickets", "0") as server:
        result = visit(server, lab, "--sess-out", path)
        suite.check(f"{name}: --sess-out", (result.code, failure(result).get("reason")),
                    (4, "no_session"))
        suite.ok(f"{name}: no file", not path.exists())
        result = visit(server, lab, "--reconnect")
        suite.check(f"{name}: --reconnect", (result.code, failure(result).get("reason"),
                                             result.json["first"]), (4, "no_session", None))
        suite.check(f"{name}: the handshake is told", result.json["tls"]["round_trips"],
                    {"1.2": 2, "1.3": 1}[version])
        begin = time.monotonic()
        suite.check(f"{name}: without flags all is well", visit(server, lab).code, 0)
        suite.ok(f"{name}: and no ticket is awaited long", time.monotonic() - begin < 5)
    with openssl_server(lab, version, "-num_tickets", "0", "-no_cache", *(
            ["-no_ticket"] if version == "1.2" else [])) as server:
        result = visit(server, lab, "--sess-out", path)
        suite.check(f"{name}: OpenSSL's", failure(result).get("reason"), "no_session")


def files_that_are_none(suite, lab):
    with our_server(lab, "1.3") as server:
        broken = lab.folder / "broken.session"
        broken.write_bytes(b"this is no session")
        for name, path, reason in (("missing", lab.folder / "missing", "bad_configuration"),
                                   ("a folder", lab.folder, "bad_configuration"),
                                   ("broken", broken, "bad_session"),
                                   ("empty", "/dev/null", "bad_configuration")):
            result = visit(server, lab, "--sess-in", path)
            suite.check(f"--sess-in, {name}", (result.code, failure(result).get("reason")),
                        (2, reason))
            suite.ok(f"--sess-in, {name}: named", str(path) in failure(result).get("detail", "")
                     or reason == "bad_session", failure(result))
        result = visit(server, lab, "--sess-out", lab.folder / "no" / "such")
        suite.check("--sess-out into nowhere", (result.code, failure(result).get("reason")),
                    (2, "bad_configuration"))


def others_may_read_it(suite, lab):
    path = lab.folder / "open.session"
    with our_server(lab, "1.2") as server:
        visit(server, lab, "--sess-out", path)
        for mode, flags, warned in ((0o600, [], False), (0o640, [], True), (0o604, [], True),
                                    (0o644, ["-q"], False)):
            os.chmod(path, mode)
            result = visit(server, lab, "--sess-in", path, *flags)
            suite.check(f"mode {mode:o} {flags}: a warning", "chmod 600" in result.err, warned)
            suite.ok(f"mode {mode:o} {flags}: a document", result.code == 0 and result.json,
                     result.out + result.err)


def not_resumed(suite, lab, version):
    """Why not, as the client tells it."""
    path = lab.folder / f"refused-{version}.session"
    other = "1.3" if version == "1.2" else "1.2"
    port = peers.free_port()
    flags = [*peers.pair_flags(lab.identity("p256", names="DNS:localhost,DNS:other.example")),
             "--jsonl"]

    def on_port():
        return peers.Server([peers.HANDFAST, "serve", "--listen", f"127.0.0.1:{port}", *flags],
                            "listening on ", port=port)

    def refused(name, why, server, *words):
        result = visit(server, lab, "--sess-in", path, *words)
        d = resumed(suite, f"TLS {version}, {name}", result, False)
        suite.check(f"TLS {version}, {name}: why", d["tls"]["resumption"], why)

    with on_port() as server:
        resumed(suite, f"TLS {version}, granted",
                visit(server, lab, *exactly(version), "--sess-out", path), False)
        refused("another server name", "it is for another server name", server,
                *exactly(version), "--servername", "other.example")
        refused("another identity", "another identity was verified then", server,
                *exactly(version), "--name", "other.example", "--servername", "localhost")
        refused("another version", "it is of another version of TLS", server, *exactly(other))
        refused("other settings", "what is trusted or asked for has changed since", server,
                *exactly(version), "--groups", "secp256r1")
        resumed(suite, f"TLS {version}, as before",
                visit(server, lab, *exactly(version), "--sess-in", path))
    with on_port() as server:  # another process: other keys
        refused("another server", "the server did not take it", server, *exactly(version))
        result = visit_in_words(server, lab, *exactly(version), "--sess-in", path)
        suite.ok(f"TLS {version}, in words", "  not resumed: the server did not take it\n"
                 in result.err, result.err)
        told = [json.loads(line)["tls"]["resumption"] for line in server.lines(2)]
        suite.check(f"TLS {version}, what the server says", told,
                    ["no ticket key opens it: it was retired, or is another server's"] * 2)
        suite.ok(f"TLS {version}, what the server says in words", ", not resumed: no ticket key"
                 in server.wait_for(", not resumed: "), server.text())


# ---- --reconnect ----

def reconnect(suite, lab, make, version):
    name = f"--reconnect, {make.__name__}, TLS {version}"
    with make(lab, version) as server:
        d = resumed(suite, name, visit(server, lab, "--reconnect", "--trace"))
        first = d["first"]
        suite.check(f"{name}: first", (first["schema"], first["ok"], first["tls"]["resumed"],
                                       first["first"]), ("handfast.connect/1", True, False, None))
        suite.check(f"{name}: the same keys", set(first), set(d))
        messages = [[e["name"] for e in one["events"] if e["type"] == "message"]
                    for one in (first, d)]
        suite.check(f"{name}: a certificate in the first alone",
                    ["Certificate" in names for names in messages], [True, False])
        result = visit(server, lab)
        suite.check(f"{name}: alone there is no first", result.json["first"], None)
        result = visit_in_words(server, lab, "--reconnect")
        suite.check(f"{name}: two results", len(re.findall("^connected: ", result.err, re.M)), 2)
        suite.check(f"{name}: one of them resumed", result.err.count("\n  resumed: "), 1)
        result = peers.connect_piped(f"localhost:{server.port}", "--cacert", lab.root, "--jsonl",
                                     "--reconnect")
        lines = [json.loads(line) for line in result.out.splitlines()]
        suite.check(f"{name}: --jsonl: two documents",
                    [(d["tls"]["resumed"], d["first"]) for d in lines
                     if d["schema"] == "handfast.connect/1"], [(False, None), (True, None)])


def reconnect_fails(suite, lab):
    with our_server(lab, "1.3", "--count", "1") as server:
        result = visit(server, lab, "--reconnect", "--connect-timeout", "2")
        d = result.json
        # The port may still be open when the server no longer accepts.
        suite.ok("--reconnect, gone: code", (result.code, failure(result).get("code")) in (
            (3, "connection_refused"), (4, "reset_during_handshake")), result.out + result.err)
        suite.check("--reconnect, gone: no round trip", d and d["tls"]["round_trips"], None)
        suite.check("--reconnect, gone: the first is told", d and d["first"]["tls"]["version"],
                    "TLS 1.3")


def reconnect_and_keep(suite, lab, version):
    """What --sess-out writes is good for a third connection."""
    path = lab.folder / f"third-{version}.session"
    with our_server(lab, version) as server:
        resumed(suite, f"TLS {version}, second",
                visit(server, lab, "--reconnect", "--sess-out", path))
        d = resumed(suite, f"TLS {version}, third and fourth",
                    visit(server, lab, "--reconnect", "--sess-in", path))
        suite.check(f"TLS {version}, third", d["first"]["tls"]["resumed"], True)
        told = [json.loads(line)["tls"]["resumed"] for line in server.lines(4)]
        suite.check(f"TLS {version}, the server's view", told, [False, True, True, True])


# ---- serve ----

def openssl_client(server, lab, version, *flags, given=b"GET / HTTP/1.1\r\n\r\n"):
    return peers.run_open("openssl", "s_client", "-connect", f"127.0.0.1:{server.port}",
                          "-servername", "localhost", "-CAfile", lab.root, "-ign_eof",
                          f"-tls{version.replace('.', '_')}", *flags, given=given)


def served(suite, lab, version, *flags):
    """OpenSSL resumes; with -no_ticket in TLS 1.2 by session ID."""
    name = f"TLS {version} {flags}, served"
    path = lab.folder / f"served-{version}-{len(flags)}.pem"
    with our_server(lab, version) as server:
        first = openssl_client(server, lab, version, "-sess_out", path, *flags)
        second = openssl_client(server, lab, version, "-sess_in", path, *flags)
        suite.ok(f"{name}: new", re.search("^New, ", first.out, re.M), first.out + first.err)
        suite.ok(f"{name}: reused", re.search("^Reused, ", second.out, re.M),
                 second.out + second.err)
        lines = [json.loads(line)["tls"] for line in server.lines(2)]
        suite.check(f"{name}: JSONL", [(t["resumed"], t["resumption"], t["round_trips"])
                                       for t in lines],
                    [(False, None, 2 if version == "1.2" else 1), (True, None, 1)])
        suite.check(f"{name}: a line", server.wait_for(", resumed, ").count(" ok TLS "), 1)
        suite.ok(f"{name}: the answer", re.search("^resumed +yes$", second.out, re.M)
                 and re.search("^resumed +no$", first.out, re.M), second.out)


def tickets(suite, lab):
    for flags, count in (([], 2), (["--tickets", "0"], 0), (["--tickets", "1"], 1),
                         (["--tickets", "8"], 8)):
        with our_server(lab, "1.3", *flags) as server:
            result = openssl_client(server, lab, "1.3")
            suite.check(f"TLS 1.3 {flags}: tickets",
                        result.out.count("Post-Handshake New Session Ticket arrived"), count)
    with our_server(lab, "1.2", "--tickets", "8") as server:
        result = openssl_client(server, lab, "1.2", "-msg")
        suite.check("TLS 1.2: one ticket", len(re.findall("Handshake.*NewSessionTicket",
                                                          result.out)), 1)
    with our_server(lab, "1.2", "--tickets", "0") as server:
        result = openssl_client(server, lab, "1.2")
        suite.ok("TLS 1.2 --tickets 0: nothing to resume", "TLS session ticket:" not in result.out
                 and re.search(r"^ *Session-ID: *$", result.out, re.M), result.out)


def settings(suite, lab):
    for flags, shown in (([], ("2", "86400", "yes")), (["--tickets", "0"], ("0", "86400", "no")),
                         (["--tickets", "5", "--ticket-lifetime", "60"], ("5", "60", "yes"))):
        with our_server(lab, "1.2", "-v", *flags) as server:
            rows = dict(re.findall(r"^  (\w+) +(.*)$", server.text(), re.M))
            suite.check(f"serve -v {flags}", tuple(rows.get(row) for row in (
                "tickets", "ticket_lifetime_s", "session_cache")), shown)


def lifetime(suite, lab, version):
    name = f"TLS {version}, --ticket-lifetime"
    path = lab.folder / f"short-{version}.session"
    with our_server(lab, version, "--ticket-lifetime", "1234") as server:
        result = openssl_client(server, lab, version)
        suite.ok(f"{name}: told to OpenSSL", "lifetime hint: 1234 (seconds)" in result.out,
                 result.out)
    with our_server(lab, version, "--ticket-lifetime", "1") as server:
        visit(server, lab, "--sess-out", path)
        time.sleep(2.1)
        d = resumed(suite, name, visit(server, lab, "--sess-in", path), False)
        suite.check(f"{name}: why", d["tls"]["resumption"], "its lifetime is over")


def helps(suite, lab):
    """What is accepted is told of."""
    for verb, flags in (("connect", ("--tlsv1.2", "--tlsv1.3", "--tls-max", "--policy", "legacy",
                                     "--sess-in", "--sess-out", "--reconnect")),
                        ("serve", ("--tlsv1.2", "--tls-max", "legacy", "--tickets",
                                   "--ticket-lifetime"))):
        shown = peers.run(peers.HANDFAST, verb, "--help").out
        suite.check(f"{verb} --help", [flag for flag in flags if flag not in shown], [])


def main():
    suite = peers.Suite()
    with peers.Lab() as lab:
        makers = (our_server, openssl_server, gnutls_server)
        jobs = [(f, lab) for f in (versions_spoken, versions_that_leave_none, older_versions,
                                   legacy_alone, extended_master_secret, files_that_are_none,
                                   others_may_read_it, reconnect_fails, tickets, settings, helps)]
        jobs += [(f, lab, make, version) for f in (kept, reconnect) for make in makers
                 for version in VERSIONS]
        jobs += [(f, lab, version) for f in (not_granted, not_resumed, reconnect_and_keep, served,
                                             lifetime) for version in VERSIONS]
        jobs += [(served, lab, "1.2", "-no_ticket")]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
