#!/usr/bin/env python3
"""`handfast cert`: what it shows against what openssl shows, verification with each exit code, keys
matched, chains put in order, expiry, hosts of OpenSSL's, GnuTLS's and ours."""
import base64
import hashlib
import json
import re
import time

import peers

KEYS = {"schema", "ok", "target", "certificates", "keys", "match_key", "path", "checks", "findings",
        "failure"}
CERTIFICATE_KEYS = {"subject", "issuer", "serial", "not_before", "not_after", "names", "key",
                    "signature", "sha256", "spki_sha256", "pem", "source", "days_left", "is_ca",
                    "usage", "issuer_at", "ocsp_at"}
CHECKS = ["chain", "identity", "validity", "usage", "revocation", "pin"]


def cert(*words):
    return peers.run(peers.HANDFAST, "cert", *words, "--json")


def words(*arguments):
    return peers.run(peers.HANDFAST, "cert", *arguments)


def shows(suite, lab, kind):
    """Against openssl's reading, PEM and DER."""
    identity = lab.identity(kind)
    result = cert(identity.chain, identity.key)
    d = result.json
    suite.check(f"{kind}: exit", (result.code, result.err), (0, ""))
    suite.check(f"{kind}: keys of the document", set(d), KEYS)
    suite.check(f"{kind}: keys of a certificate", set(d["certificates"][0]), CERTIFICATE_KEYS)
    suite.check(f"{kind}: checks", [c["check"] for c in d["checks"]], CHECKS)
    suite.check(f"{kind}: top", (d["schema"], d["ok"], d["target"], d["failure"]),
                ("handfast.cert/1", True, None, None))
    leaf = d["certificates"][0]
    suite.check(f"{kind}: sha256", leaf["sha256"], hashlib.sha256(identity.der()).hexdigest())
    suite.check(f"{kind}: key", leaf["key"], peers.KEYS[kind][2])
    suite.check(f"{kind}: names", leaf["names"], ["localhost", "127.0.0.1"])
    suite.check(f"{kind}: who", (leaf["is_ca"], d["certificates"][1]["is_ca"], leaf["usage"]),
                (False, True, "server, client"))
    suite.ok(f"{kind}: days", leaf["days_left"] in (19, 20), leaf["days_left"])
    public = peers.command("openssl", "pkey", "-in", identity.key, "-pubout", "-outform",
                           "DER").stdout
    pin = base64.b64encode(hashlib.sha256(public).digest()).decode()
    suite.check(f"{kind}: private key", [(k["certificate"], k["key"], k["spki_sha256"])
                                         for k in d["keys"]],
                [(0, peers.KEYS[kind][2], pin)])
    suite.check(f"{kind}: pin", leaf["spki_sha256"], pin)
    suite.check(f"{kind}: path", d["path"],
                {"order": [0, 1], "end": "issuer missing", "above": "CN=root"})
    suite.check(f"{kind}: no finding", d["findings"], [])
    der = lab.folder / f"{kind}.der"
    der.write_bytes(identity.der())
    suite.check(f"{kind}: DER", cert(der).json["certificates"][0]["pem"], leaf["pem"])
    told = words(identity.cert, identity.key)
    for part in ("subject ", "localhost, 127.0.0.1", " days left", "belongs to certificate 0",
                 leaf["sha256"], f"sha256//{pin}"):
        suite.ok(f"{kind}: words have {part}", told.code == 0 and part in told.out, told.out)


def verifies(suite, lab):
    good = lab.identity("p256")
    trust = ["--cacert", lab.root]
    rows = [
        ("good", [good.chain, *trust, "--name", "localhost"], 0, None),
        ("address", [good.chain, *trust, "--name", "127.0.0.1"], 0, None),
        ("client", [good.chain, *trust, "--purpose", "client"], 0, None),
        ("no name", [good.chain, *trust, "--verify"], 0, None),
        ("intermediate from another file", [good.cert, lab.intermediate, *trust, "--verify"], 0,
         None),
        ("wrong name", [good.chain, *trust, "--name", "example.com"], 5, "name_mismatch"),
        ("incomplete", [good.cert, *trust, "--verify"], 5, "incomplete_chain"),
        ("another root", [good.chain, "--cacert", lab.other_root, "--verify"], 5, None),
        ("expired", [lab.identity("p256", begin=-9, end=-2, name="old").chain, *trust, "--verify"],
         5, "certificate_expired"),
        ("not yet", [lab.identity("p256", begin=3, end=9, name="soon").chain, *trust, "--verify"],
         5, "certificate_not_yet_valid"),
        ("as of another time", [good.chain, *trust, "--verify", "--at", "2045-01-01T00:00:00Z"], 5,
         "certificate_expired"),
        ("self-signed", [lab.identity("p256", own=True, name="own").chain, *trust, "--verify"], 5,
         "self_signed"),
        ("usage", [lab.identity("p256", usage="clientAuth", name="user").chain, *trust, "--verify"],
         5, "wrong_usage"),
    ]
    for name, arguments, code, failure in rows:
        result = cert(*arguments)
        d = result.json
        suite.ok(f"verify {name}", result.code == code and d and d["ok"] == (code == 0),
                 result.out + result.err)
        found = d and d["failure"]
        if code == 0:
            suite.check(f"verify {name}: checks", [c["ok"] for c in d["checks"]][2:],
                        [True, True, None, None])
            suite.check(f"verify {name}: path", (d["path"]["end"], d["path"]["above"]),
                        ("trusted root", "CN=root"))
        elif failure:
            suite.check(f"verify {name}: code", found["code"], failure)
        else:
            suite.ok(f"verify {name}: code", found["code"] in ("untrusted_root",
                                                               "incomplete_chain"), found)
        if code:
            suite.ok(f"verify {name}: fix", found["fix"] and found["alert"] is None, found)
            told = words(*arguments, "-q")
            suite.ok(f"verify {name}: words", told.code == code and found["code"] in told.err,
                     told.err)


def matches(suite, lab):
    for kind in peers.KEYS:
        identity = lab.identity(kind)
        result = cert(identity.chain, "--match-key", identity.key)
        suite.check(f"match {kind}", (result.code, result.json["match_key"]["certificate"]), (0, 0))
        other = lab.identity(kind, names="DNS:other.example")
        result = cert(identity.chain, "--match-key", other.key)
        suite.check(f"match {kind} with another", (
            result.code, result.json["failure"]["code"], result.json["match_key"]["certificate"]),
            (5, "key_mismatch", None))
    identity = lab.identity("p256")
    key = lab.folder / "sec1.key"
    peers.command("openssl", "ec", "-in", identity.key, "-out", key)
    suite.check("match sec1", cert(identity.chain, "--match-key", key).code, 0)
    result = cert(identity.chain, "--match-key", identity.cert)
    suite.check("match no key", (result.code, result.json["failure"]["reason"]),
                (2, "bad_private_key"))
    suite.check("match none", cert(identity.chain, "--match-key", "/nowhere").code, 2)


def opens_keys(suite, lab):
    """Keys that openssl encrypted, in each of its ways."""
    identity = lab.identity("p256")
    right, wrong, empty = (lab.folder / name for name in ("right.pass", "wrong.pass", "no.pass"))
    right.write_text("open sesame\nnot this line\n")
    wrong.write_text("open sesame \n")
    empty.write_text("\nopen sesame\n")
    ways = (("aes", ["pkcs8", "-topk8", "-v2", "aes-256-cbc"]), ("scrypt", ["pkcs8", "-topk8",
            "-scrypt"]), ("pem", ["ec", "-aes256"]), ("des3", ["ec", "-des3"]))
    for name, way in ways:
        key = lab.folder / f"{name}.shut.key"
        peers.command("openssl", *way, "-in", identity.key, "-out", key, "-passout",
                      "pass:open sesame")
        for flags, code, reason in ((["--pass-file", right], 0, None),
                                    (["--pass-file", wrong], 2, "wrong_passphrase"),
                                    (["--pass-file", empty], 2, "bad_configuration"),
                                    ([], 2, "passphrase_missing")):
            result = cert(identity.chain, "--match-key", key, *flags)
            failure = result.json["failure"]
            suite.check(f"{name} key {flags}", (result.code, failure and failure["reason"]),
                        (code, reason))
    key.chmod(0o600)
    with peers.serve("--cert", identity.chain, "--key", key, "--pass-file", right) as server:
        result = peers.connect(f"localhost:{server.port}", "--cacert", lab.root)
        suite.check("serves with it", result.code, 0)
        suite.ok("no warning", "warning" not in server.text(), server.text())


def tells_exposed_keys(suite, lab):
    identity = lab.identity("p256", name="exposed")
    for mode, exposed in ((0o600, False), (0o644, True)):
        identity.key.chmod(mode)
        result = cert(identity.chain, identity.key)
        suite.check(f"exposed {mode:o}", result.json["keys"][0]["exposed"], exposed)
        told = words(identity.chain, identity.key)
        suite.check(f"exposed {mode:o} in words", "mode 0644" in told.out, exposed)
        with peers.serve("--cert", identity.chain, "--key", identity.key) as server:
            suite.check(f"exposed {mode:o}: warning", "warning: the private key "
                        in server.text(), exposed)


def orders(suite, lab):
    identity = lab.identity("p256")
    stranger = lab.identity("rsa", issuer="other", name="stranger")
    mixed = lab.folder / "mixed.pem"
    mixed.write_text("".join(p.read_text() for p in (lab.root, lab.intermediate, stranger.cert,
                                                     lab.other_root)))
    out = lab.folder / "out.pem"
    result = cert(identity.cert, mixed, "--chain-out", out)
    suite.check("order: exit", result.code, 0)
    suite.check("order: path", (result.json["path"]["order"], result.json["path"]["end"]),
                ([0, 2, 1], "self-signed"))
    suite.check("order: written", out.read_text().split(), identity.chain.read_text().split())
    peers.command("openssl", "verify", "-CAfile", lab.root, "-untrusted", out, out)
    reversed_chain = lab.folder / "reversed.pem"
    reversed_chain.write_text(lab.intermediate.read_text() + identity.cert.read_text()
                              + stranger.cert.read_text())
    out2 = lab.folder / "out2.pem"
    result = cert(reversed_chain, "--cacert", lab.root, "--verify", "--chain-out", out2)
    suite.check("reversed: exit", result.code, 0)
    suite.check("reversed: path", result.json["path"],
                {"order": [1, 0], "end": "trusted root", "above": "CN=root"})
    suite.check("reversed: written", out2.read_text().split(), identity.chain.read_text().split())
    suite.check("reversed: findings", [(f["finding"], f["certificate"])
                                       for f in result.json["findings"]],
                [("unordered", 0), ("superfluous", 2)])
    out3 = lab.folder / "out3.pem"
    result = cert(identity.cert, "--chain-out", out3)
    suite.check("missing: exit", (result.code, result.json["failure"]["code"], out3.exists()),
                (5, "incomplete_chain", False))
    suite.ok("missing: whom", "intermediate" in result.json["failure"]["detail"],
             result.json["failure"])
    # Two intermediates of one name and key, one of them expired: the valid one is taken.
    with lab.lock:
        old = lab._sign("intermediate-old", lab.folder / "intermediate.csr", "root",
                        ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"],
                        peers.when(-9), peers.when(-1))
        told = lab._sign("told", lab._request("told", identity.key), "intermediate",
                         ["authorityInfoAccess=caIssuers;URI:http://ca.example/i.der,"
                          "OCSP;URI:http://ocsp.example/"], peers.when(-1), peers.when(9))
    for order in ([old, lab.intermediate], [lab.intermediate, old]):
        result = cert(identity.cert, *order, lab.root)
        suite.check("the valid one of two", result.json["path"]["order"],
                    [0, 1 + order.index(lab.intermediate), 3])
    # Where the issuer can be had is told.
    result = cert(told, "--chain-out", out3)
    suite.check("missing: where", (result.json["certificates"][0]["issuer_at"],
                                   result.json["certificates"][0]["ocsp_at"]),
                ("http://ca.example/i.der", "http://ocsp.example/"))
    suite.ok("missing: where, in the failure", "http://ca.example/i.der"
             in result.json["failure"]["detail"], result.json["failure"])
    result = cert(identity.cert, lab.intermediate, lab.root, "--chain-out", lab.folder, "-q")
    suite.check("unwritable", result.code, 2)


def expires(suite, lab):
    identity = lab.identity("p256")
    old = lab.identity("p256", begin=-9, end=-2, name="old")
    rows = [(identity.chain, [], 0, []), (identity.chain, ["--warn-days", "10"], 0, []),
            (identity.chain, ["--warn-days", "20"], 1, [("expiring", 0)]),
            (identity.chain, ["--warn-days", "20", "--fail-on", "never"], 0, [("expiring", 0)]),
            (identity.chain, ["--fail-on", "expiring"], 1, [("expiring", 0), ("expiring", 1)]),
            (old.cert, [], 0, [("expired", 0)]), (old.cert, ["--fail-on", "expiring"], 1,
                                                  [("expired", 0)]),
            (old.cert, ["--warn-days", "1"], 1, [("expired", 0)])]
    for path, flags, code, findings in rows:
        result = cert(path, *flags)
        suite.check(f"expiry {path.name} {flags}", (result.code, [
            (f["finding"], f["certificate"]) for f in result.json["findings"]]), (code, findings))
    then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 5 * 86400))
    result = cert(old.cert, "--at", then)
    suite.ok("expiry --at", result.json["certificates"][0]["days_left"] in (2, 3)
             and result.json["findings"] == [], result.json["certificates"][0])
    told = words(old.cert, "-q")
    suite.ok("expiry in words", re.match("expired: certificate 0: it expired on .*, 2 days ago\n$",
                                         told.out), told.out)


def revocations(suite, lab):
    """CRLs and OCSP responses that OpenSSL made."""
    good, bad = lab.identity("p256"), lab.identity("p256", names="DNS:bad.example", name="bad")
    config = lab.folder / "crl.cnf"
    config.write_text(peers.CA_CONFIG.format(md="sha256").replace(
        "default_md", "default_crl_days = 5\ndefault_md").replace("index.txt", "revoked.txt"))
    # A database of its own: the lab's may grow meanwhile.
    database = lab.folder / "revoked.txt"
    serials = {}
    for name, identity in (("good", good), ("bad", bad)):
        serials[name] = peers.command("openssl", "x509", "-in", identity.cert, "-noout",
                                      "-serial").stdout.decode().strip().split("=")[1]
    end = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() + 9 * 86400))
    now = time.strftime("%y%m%d%H%M%SZ", time.gmtime(time.time() - 3600))
    database.write_text(f"V\t{end}\t\t{serials['good']}\tunknown\t/CN=good\n"
                        f"R\t{end}\t{now},keyCompromise\t{serials['bad']}\tunknown\t/CN=bad\n")
    ca = ["-cert", lab.intermediate, "-keyfile", lab.folder / "intermediate.key.pem"]
    crl = lab.folder / "crl.pem"
    peers.command("openssl", "ca", "-gencrl", "-config", config, *ca, "-out", crl, cwd=lab.folder)
    der = lab.folder / "crl.der"
    peers.command("openssl", "crl", "-in", crl, "-outform", "DER", "-out", der)
    trust = ["--cacert", lab.root]
    for path in (crl, der):
        for name, identity, code in (("good", good, None), ("bad", bad, "revoked")):
            result = cert(identity.chain, *trust, "--crl", path)
            failure = result.json["failure"]
            suite.check(f"CRL {path.suffix} {name}", (
                result.code, failure and failure["code"], result.json["checks"][4]["ok"]),
                (5 if code else 0, code, code is None))
    for name, identity, code in (("good", good, None), ("bad", bad, "revoked")):
        response = lab.folder / f"{name}.ocsp"
        request = lab.folder / f"{name}.req"
        peers.command("openssl", "ocsp", "-issuer", lab.intermediate, "-cert", identity.cert,
                      "-reqout", request, "-no_nonce")
        peers.command("openssl", "ocsp", "-index", database, "-CA", lab.intermediate, "-rsigner",
                      lab.intermediate, "-rkey", lab.folder / "intermediate.key.pem", "-reqin",
                      request, "-respout", response, "-ndays", "3", cwd=lab.folder)
        result = cert(identity.chain, *trust, "--ocsp-response", response)
        failure = result.json["failure"]
        suite.check(f"OCSP {name}", (result.code, failure and failure["code"],
                                     result.json["checks"][4]["ok"]),
                    (5 if code else 0, code, code is None))
    result = cert(good.chain, *trust, "--crl", good.cert)
    suite.check("no CRL", result.code, 2)
    result = cert(good.chain, *trust, "--ocsp-response", "/nowhere")
    suite.check("no OCSP response", result.code, 2)


def hosts(suite, lab):
    identity = lab.identity("p256")
    stranger = lab.identity("p256", issuer="other", name="stranger")
    for start in (peers.openssl_server, peers.gnutls_server,
                  lambda i: peers.serve(*peers.pair_flags(i))):
        with start(identity) as server:
            result = cert(f"localhost:{server.port}", "--cacert", lab.root, "--verify")
            d = result.json
            suite.ok("host: verified", result.code == 0 and [c["ok"] for c in d["checks"]]
                     == [True] * 4 + [None] * 2, result.out)
            suite.check("host: target", d["target"], {"host": "localhost", "port": server.port,
                                                      "address": "127.0.0.1"})
            suite.check("host: certificates", [c["source"] for c in d["certificates"]],
                        ["localhost"] * 2)
            result = cert(f"127.0.0.1:{server.port}", "--cacert", lab.root, "--name", "example.com")
            suite.check("host: other name", (result.code, result.json["failure"]["code"]),
                        (5, "name_mismatch"))
    with peers.openssl_server(stranger) as server:
        result = cert(f"localhost:{server.port}", "--cacert", lab.root)
        suite.check("host: shown though not trusted", (result.code, len(
            result.json["certificates"])), (0, 1))
        result = cert(f"https://localhost:{server.port}/x", "--cacert", lab.root, "--verify")
        suite.check("host: not trusted", result.code, 5)
    alone = peers.Identity(lab.folder, "alone")
    alone.cert.write_text(identity.cert.read_text())
    alone.issuers.write_text("")
    alone.chain.write_text(identity.cert.read_text())
    alone.key.write_text(identity.key.read_text())
    with peers.openssl_server(alone) as server:
        out = lab.folder / "host.pem"
        result = cert(f"localhost:{server.port}", lab.intermediate, "--cacert", lab.root,
                      "--verify", "--chain-out", out)
        suite.check("host: repaired", (result.code, out.read_text().split()),
                    (0, identity.chain.read_text().split()))
    result = cert(f"127.0.0.1:{peers.free_port()}")
    suite.check("host: refused", (result.code, result.json["failure"]["code"],
                                  result.json["target"]["address"]),
                (3, "connection_refused", "127.0.0.1"))


def is_wrong(suite, lab):
    broken = lab.folder / "broken.pem"
    text = lab.identity("p256").cert.read_text().splitlines()
    broken.write_text("\n".join([text[0], base64.b64encode(b"\x30\x03\x02\x01\x01").decode(),
                                 text[-1]]) + "\n")
    result = cert(broken)
    suite.check("broken certificate", (result.code, result.json["failure"]["code"],
                                       result.json["certificates"][0]["subject"]),
                (5, "malformed_certificate", None))
    words_file = lab.folder / "words.txt"
    words_file.write_text("no certificate here\n")
    suite.check("no certificate", cert(words_file).code, 2)
    suite.check("no file", cert("/nowhere/x.pem").code, 2)
    suite.check("two hosts", cert("localhost:1", "localhost:2").code, 2)
    told = words(broken)
    suite.ok("broken in words", told.code == 5 and "no valid certificate" in told.out
             and "malformed_certificate" in told.err, told.out + told.err)
    hostile = lab.identity("p256", names="DNS:a.example", name="x\\x1b[31m\\x0aforged: line")
    told = words(hostile.cert)
    suite.ok("a terminal is safe", "\x1b" not in told.out and "\nforged" not in told.out, told.out)
    result = peers.run(peers.HANDFAST, "cert")
    suite.check("usage", (result.code, result.out), (2, ""))


def systems_store(suite, lab):
    for path in ("/etc/ssl/certs/ca-certificates.crt",):
        try:
            expected = open(path, encoding="ascii").read().count("-----BEGIN CERTIFICATE-----")
        except OSError:
            suite.skip("the system's bundle", f"{path} is not there")
            continue
        result = cert(path)
        d = json.loads(result.out)
        suite.check("the system's bundle", (result.code, len(d["certificates"])), (0, expected))
        suite.ok("the system's bundle: all parsed", all(c["subject"] and c["is_ca"]
                                                        for c in d["certificates"]), "")


def main():
    suite = peers.Suite()
    if not peers.HANDFAST.exists():
        suite.ok("handfast is built", False, peers.HANDFAST)
        suite.close()
    with peers.Lab() as lab:
        jobs = [(shows, lab, kind) for kind in peers.KEYS]
        jobs += [(f, lab) for f in (verifies, matches, opens_keys, tells_exposed_keys, orders,
                                    expires, revocations, hosts, is_wrong, systems_store)]
        suite.run_all(jobs)
    suite.close()


if __name__ == "__main__":
    main()
