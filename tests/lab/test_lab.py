#!/usr/bin/env python3
"""The certificate cases of badssl.com and their like, made by make.py: for each the code of the
failure and its fix, by hf_verify, by `handfast cert --verify --json`, and for some over a live
handshake. Every fix names a value of its certificate; no two codes share one.

    tests/lab/test_lab.py [--keep FOLDER]    keep the files of each case there
"""
import pathlib
import re
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "interop")]
import make  # noqa: E402
import peers  # noqa: E402
from make import (Certificate, Key, ModulusAlone, basic, certificate, issuer_at,  # noqa: E402
                  names, permitted, purposes, unknown_critical, usage)

VERIFY = peers.BUILD / "tests/lab_verify"
AT = make.NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
HOST = "www.example.com"
CA = [basic(True), usage("keyCertSign", "cRLSign")]
LEAF = [basic(False), usage("digitalSignature"), purposes("server")]


class Case:
    """`code` None: it holds. `values`: what the fix names. `chain`: as a server sends it."""

    def __init__(self, title, chain, code=None, values=(), **options):
        self.title, self.chain, self.code, self.values = title, chain, code, values
        self.roots = options.get("roots")
        self.asked = options.get("asked", HOST)
        self.crl = options.get("crl")
        self.ocsp = options.get("ocsp")
        self.live = options.get("live", False)   # over a handshake too, with the leaf's key
        self.too_long = options.get("too_long", False)   # for a Certificate message


class World:
    """What the cases share."""

    def __init__(self):
        self.root = certificate("Lab Root", Key("p256"), extensions=CA)
        self.other = certificate("Other Root", Key("p256"), extensions=CA)
        self.ca = certificate("Lab Intermediate", Key("p256"), self.root, CA)
        self.key = Key("p256")

    def leaf(self, *alternatives, key=None, issuer=None, title=HOST, extensions=None, **more):
        listed = [names(*(alternatives or (f"DNS:{HOST}",)), critical=not title)]
        return certificate(title, key or self.key, issuer or self.ca,
                           (LEAF if extensions is None else extensions) + listed, **more)

    def intermediate(self, title, extensions, **more):
        return certificate(title, Key("p256"), more.pop("issuer", self.root), extensions, **more)


def of_times(w):
    late = w.intermediate("Late Intermediate", CA, end=-3)
    return [
        Case("good", [w.leaf(), w.ca], live=True),
        Case("expired", [w.leaf(end=-2), w.ca], "certificate_expired", [HOST, "2029-12-30"],
             live=True),
        Case("not yet valid", [w.leaf(begin=5), w.ca], "certificate_not_yet_valid",
             [HOST, "2030-01-06"], live=True),
        Case("expired intermediate", [w.leaf(issuer=late), late], "certificate_expired",
             ["Late Intermediate", "2029-12-29"]),
        Case("expired root", [w.leaf(), w.ca], "certificate_expired", ["Lab Root", "2029-12-31"],
             roots=[certificate("Lab Root", w.root.key, extensions=CA, end=-1)]),
    ]


def of_paths(w):
    alone = certificate(HOST, w.key, extensions=LEAF + [names(f"DNS:{HOST}")])
    stranger = w.intermediate("Stranger Intermediate", CA, issuer=w.other)
    with_url = w.leaf(extensions=LEAF + [issuer_at("http://ca.example/lab.der")])
    forged = w.intermediate("Lab Intermediate", CA, break_signature=True)
    no_ca = w.intermediate("No CA", [basic(False), usage("digitalSignature")])
    short = w.intermediate("Short CA", [basic(True, 0), usage("keyCertSign")])
    below = w.intermediate("Below", CA, issuer=short)
    # The root that clients have, and the same key under the older root that has expired.
    newer = certificate("Newer Root", Key("p256"), extensions=CA)
    older = certificate("Older Root", Key("p256"), extensions=CA, end=-30)
    crossed = certificate("Newer Root", newer.key, older, CA, end=-30)
    issuing = w.intermediate("Issuing", CA, issuer=newer)
    return [
        Case("self-signed", [alone], "self_signed", [HOST], live=True),
        Case("untrusted root", [w.leaf(issuer=stranger), stranger, w.other], "untrusted_root",
             ["Other Root"], live=True),
        Case("incomplete", [w.leaf()], "incomplete_chain", ["Lab Intermediate", HOST], live=True),
        Case("incomplete, with an address", [with_url], "incomplete_chain",
             ["Lab Intermediate", "http://ca.example/lab.der"]),
        Case("reversed", [w.leaf(), w.root, w.ca], live=True),
        Case("intermediate of CA:FALSE", [w.leaf(issuer=no_ca), no_ca], "wrong_usage", ["No CA"]),
        Case("path too long", [w.leaf(issuer=below), below, short], "constraint_violated",
             ["Short CA"]),
        Case("forged intermediate", [w.leaf(issuer=forged), forged], "bad_signature",
             ["Lab Intermediate", "Lab Root"]),
        Case("forged leaf", [w.leaf(break_signature=True), w.ca], "bad_signature",
             [HOST, "Lab Intermediate"], live=True),
        Case("expired cross-root", [w.leaf(issuer=issuing), issuing, crossed], roots=[newer, older],
             live=True),
    ]


def of_names(w):
    many = [f"DNS:n{n}.example.com" for n in range(1000)] + [f"DNS:{HOST}"]
    most = [f"DNS:n{n}.example.com" for n in range(10000)] + [f"DNS:{HOST}"]
    confined = w.intermediate("Confined", CA + [permitted("example.net")])
    star = w.leaf("DNS:*.example.com")
    address = w.leaf("IP:192.0.2.7", "IP:2001:db8::7")
    idn = w.leaf("DNS:xn--bcher-kva.example")
    mismatch = "name_mismatch"
    return [
        Case("wrong host", [w.leaf("DNS:mail.example.com", title="mail"), w.ca], mismatch,
             ["mail.example.com"], live=True),
        Case("no subject", [w.leaf(title=""), w.ca], live=True),
        Case("no common name match", [w.leaf(title="somebody else"), w.ca]),
        Case("no alternative name", [certificate(HOST, w.key, w.ca, LEAF), w.ca], mismatch, [HOST]),
        Case("1000 names", [w.leaf(*many), w.ca], live=True),
        Case("10000 names", [w.leaf(*most), w.ca], live=True, too_long=True),
        Case("10000 names, another", [w.leaf(*most), w.ca], mismatch, ["n0.example.com"],
             asked="www.example.net"),
        Case("name constraint", [w.leaf(issuer=confined), confined], "constraint_violated",
             [HOST, "Confined"]),
        Case("international name", [idn, w.ca], asked="b\u00fccher.example", live=True),
        Case("international name, capital", [idn, w.ca], asked="B\u00fccher.Example"),
        Case("international name, another", [idn, w.ca], mismatch, ["xn--bcher-kva.example"],
             asked="b\u00fccher.example.com"),
        Case("IPv4", [address, w.ca], asked="192.0.2.7"),
        Case("IPv6", [address, w.ca], asked="2001:DB8:0::7"),
        Case("another IP", [address, w.ca], mismatch, ["192.0.2.7", "192.0.2.8"],
             asked="192.0.2.8"),
        Case("an IP as DNS name", [w.leaf("DNS:192.0.2.7"), w.ca], mismatch, ["192.0.2.7"],
             asked="192.0.2.7"),
        Case("wildcard", [star, w.ca]),
        Case("wildcard, two labels", [star, w.ca], mismatch, ["*.example.com"],
             asked="a.b.example.com"),
        Case("wildcard, no label", [star, w.ca], mismatch, ["*.example.com"], asked="example.com"),
        Case("wildcard of a top level", [w.leaf("DNS:*.com"), w.ca], mismatch, ["*.com"],
             asked="example.com"),
        Case("part of a label", [w.leaf("DNS:w*.example.com"), w.ca], mismatch, ["w*.example.com"]),
        Case("wildcard within", [w.leaf("DNS:www.*.com"), w.ca], mismatch, ["www.*.com"]),
        Case("two wildcards", [w.leaf("DNS:*.*.com"), w.ca], mismatch, ["*.*.com"]),
    ]


def of_keys(w):
    weak_ca = certificate("Small Intermediate", Key("rsa1024"), w.root, CA)
    rsa = Key("rsa2048")
    good = [Case(kind, [w.leaf(key=Key(kind)), w.ca], live=True)
            for kind in ("p384", "p521", "ed25519")]
    good += [Case(f"RSA {size}", [w.leaf(key=ModulusAlone(size)), w.ca]) for size in (4096, 8192)]
    return good + [
        Case("RSA 2048", [w.leaf(key=rsa), w.ca], live=True),
        Case("RSA 1024", [w.leaf(key=Key("rsa1024")), w.ca], "weak_key", [HOST, "RSA 1024"],
             live=True),
        Case("RSA 1024 intermediate", [w.leaf(issuer=weak_ca), weak_ca], "weak_key",
             ["Small Intermediate", "RSA 1024"]),
    ]


def of_algorithms(w):
    old = w.intermediate("Old Intermediate", CA, digest="sha1")
    rsa = certificate("RSA Intermediate", Key("rsa2048"), w.root, CA)
    return [
        Case("SHA-1 leaf", [w.leaf(digest="sha1"), w.ca], "weak_signature",
             [HOST, "Lab Intermediate", "ecdsa-with-SHA1"], live=True),
        Case("SHA-1 leaf, RSA", [w.leaf(issuer=rsa, digest="sha1"), rsa], "weak_signature",
             [HOST, "RSA Intermediate", "sha1WithRSAEncryption"]),
        Case("SHA-1 intermediate", [w.leaf(issuer=old), old], "weak_signature",
             ["Old Intermediate", "Lab Root"]),
    ]


def of_uses(w):
    mail = [basic(False), usage("digitalSignature"), purposes("mail")]
    nothing = [basic(False), usage("keyEncipherment"), purposes("server")]
    gone = w.leaf()
    here = w.leaf()
    return [
        Case("extended key usage", [w.leaf(extensions=mail), w.ca], "wrong_usage", [HOST],
             live=True),
        Case("key usage", [w.leaf(extensions=nothing), w.ca], "wrong_usage", [HOST]),
        Case("unknown critical extension", [w.leaf(extensions=LEAF + [unknown_critical()]), w.ca],
             "constraint_violated", [HOST, "Lab Intermediate"], live=True),
        Case("revoked by CRL", [gone, w.ca], "revoked", [HOST, f"{gone.serial:x}"],
             crl=make.crl(w.ca, [gone])),
        Case("not in the CRL", [here, w.ca], crl=make.crl(w.ca, [gone])),
        Case("intermediate revoked", [gone, w.ca], "revoked",
             ["Lab Intermediate", f"{w.ca.serial:x}"], crl=make.crl(w.root, [w.ca])),
        Case("revoked by OCSP", [gone, w.ca], "revoked", [HOST, f"{gone.serial:x}"],
             ocsp=make.ocsp(w.ca, gone, True)),
        Case("good by OCSP", [gone, w.ca], ocsp=make.ocsp(w.ca, gone, False)),
    ]


# ---- Running ----

def write(case, world, folder):
    """The files of a case; the words for the command."""
    folder.mkdir()
    chain = "".join(c.pem() for c in case.chain)
    (folder / "chain.pem").write_text(chain)
    (folder / "roots.pem").write_text("".join(c.pem() for c in case.roots or [world.root]))
    words = [folder / "chain.pem", "--cacert", folder / "roots.pem", "--name", case.asked, "--at",
             AT]
    for flag, data in (("--crl", case.crl), ("--ocsp-response", case.ocsp)):
        if data:
            (folder / flag[2:]).write_bytes(data)
            words += [flag, folder / flag[2:]]
    return words


def check(suite, case, how, code, fix, fixes):
    suite.check(f"{case.title}: code, {how}", code, case.code)
    if code is None:
        return
    for value in case.values:
        suite.ok(f"{case.title}: fix names {value}, {how}", value in fix, fix)
    suite.ok(f"{case.title}: has values to look for", case.values)
    fixes.setdefault(code, set()).add(fix)


def by_library(suite, case, folder, fixes):
    def path(data, name):
        return folder / name if data else "-"
    begun = time.monotonic()
    done = peers.run(VERIFY, folder / "chain.pem", folder / "roots.pem",
                     str(int(make.NOW.timestamp())), case.asked, path(case.crl, "crl"),
                     path(case.ocsp, "ocsp-response"))
    took = time.monotonic() - begun
    code, _, fix = done.out.rstrip("\n").split("\t")
    check(suite, case, "library", None if code == "none" else code, fix, fixes)
    suite.ok(f"{case.title}: in time", took < 5, took)


def by_command(suite, case, words, fixes):
    result = peers.run(peers.HANDFAST, "cert", *words, "--verify", "--json")
    failure = result.json and result.json["failure"]
    if not suite.ok(f"{case.title}: answers", result.json and (failure or result.code == 0),
                    result.out + result.err):
        return
    check(suite, case, "command", failure and failure["code"], failure and failure["fix"], fixes)
    suite.check(f"{case.title}: exit", result.code, 5 if case.code else 0)


def by_handshake(suite, case, folder, fixes):
    server = peers.serve("--cert", folder / "chain.pem", "--key", case.chain[0].key.path)
    with server:
        result = peers.connect(f"127.0.0.1:{server.port}", "--cacert", folder / "roots.pem",
                               "--name", case.asked, "--at", AT)
    failure = result.json and result.json["failure"]
    code, fix = (failure["code"], failure["fix"]) if failure else (None, None)
    if case.too_long:
        suite.check(f"{case.title}: code, handshake", code, "limit_exceeded")
        fixes.setdefault(code, set()).add(fix)
    else:
        check(suite, case, "handshake", code, fix, fixes)


def apart(suite, fixes):
    """No two codes share a fix, with the values of the case or without."""
    def bare(fix):
        return re.sub(r"\"[^\"]*\"|http\S+|\d[-\dT:Z]+|[0-9a-f]{8,}|\([^)]*\)", "…", fix)
    shapes = {code: {bare(fix) for fix in texts} for code, texts in fixes.items()}
    for code, texts in shapes.items():
        for other, others in shapes.items():
            suite.ok(f"{code} and {other} share no fix", code >= other or not texts & others,
                     texts & others)


def main():
    keep = pathlib.Path(sys.argv[2]) if sys.argv[1:2] == ["--keep"] else None
    suite = peers.Suite()
    fixes = {}
    world = World()
    cases = [case for part in (of_times, of_paths, of_names, of_keys, of_algorithms, of_uses)
             for case in part(world)]
    root = pathlib.Path(make.FOLDER.name)
    for number, case in enumerate(cases):
        folder = root / f"{number:02}"
        words = write(case, world, folder)
        by_library(suite, case, folder, fixes)
        by_command(suite, case, words, fixes)
        if case.live:
            by_handshake(suite, case, folder, fixes)
    apart(suite, fixes)
    if keep:
        shutil.copytree(root, keep, dirs_exist_ok=True)
    suite.close()


if __name__ == "__main__":
    main()
