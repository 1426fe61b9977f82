#!/usr/bin/env python3
"""x509-limbo: feeds its cases to build/tests/limbo and compares.

    tests/limbo/limbo.py [PROGRAM] [CASES.json]

Data: $HANDFAST_TEST_DATA/limbo/limbo-dev.json. Prints a line for each mismatch and ends with
"N passed, N failed, N skipped". tests/limbo/pending.txt lists cases not run yet or decided
otherwise ("ID  reason"); a listed case that agrees all the same is a failure, so that the list
can only shrink.
"""
import base64
import datetime
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def ders(pem):
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", pem, re.S)
    return [base64.b64decode("".join(block.split())).hex() for block in blocks]


def seconds(text):
    if text is None:
        return int(datetime.datetime.now(datetime.timezone.utc).timestamp())
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() // 1)


def lines(case):
    yield f"case {case['id']}"
    yield f"now {seconds(case['validation_time'])}"
    yield f"purpose {case['validation_kind'].lower()}"
    if case["validation_kind"] == "SERVER" and case["expected_peer_name"]:
        yield f"name {case['expected_peer_name']['value']}"
    for pem in case["trusted_certs"]:
        yield from (f"trust {der}" for der in ders(pem))
    for pem in [case["peer_certificate"]] + case["untrusted_intermediates"]:
        yield from (f"chain {der}" for der in ders(pem))
    yield "run"


def not_built(case):
    """Why a case cannot be put to verify_chain at all, or None."""
    if case["crls"]:
        return "CRLs are not built yet"
    if case["max_chain_depth"] is not None:
        return "verify_input has no depth limit yet"
    if set(case["key_usage"]) - {"digitalSignature"}:
        return "key usages other than digitalSignature cannot be asked for"
    wanted = {"SERVER": "serverAuth", "CLIENT": "clientAuth"}[case["validation_kind"]]
    if set(case["extended_key_usage"]) - {wanted}:
        return "purposes other than the kind's own cannot be asked for"
    if case["signature_algorithms"]:
        return "signature algorithms cannot be chosen"
    return None


def pending():
    listed = {}
    for line in (HERE / "pending.txt").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, reason = line.partition("  ")
            listed[name] = reason.strip()
    return listed


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build" / "tests" / "limbo")
    data = os.environ.get("HANDFAST_TEST_DATA", "")
    path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else
                        os.path.join(data, "limbo", "limbo-dev.json"))
    if not path.is_file():
        print(f"SKIP limbo: no {path.name}; set HANDFAST_TEST_DATA")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    cases = json.loads(path.read_text(encoding="utf-8"))["testcases"]
    listed = pending()
    skipped = {case["id"]: not_built(case) for case in cases if not_built(case)}
    run = [case for case in cases if case["id"] not in skipped]
    text = "".join(line + "\n" for case in run for line in lines(case))
    done = subprocess.run([program], input=text, capture_output=True, text=True, check=False)
    answers = dict((line.split("\t")[0], line.split("\t")[1:])
                   for line in done.stdout.splitlines() if line.count("\t") == 2)
    passed = failed = 0
    for case in run:
        name, expected = case["id"], case["expected_result"]
        reason, detail = answers.get(name, ("no answer", done.stderr[-200:]))
        agrees = name in answers and (reason == "ok") == (expected == "SUCCESS")
        if name in listed and not agrees and name in answers:
            skipped[name] = listed[name]
        elif name in listed:
            failed += 1
            print(f"FAIL {name}: passes now; take it out of pending.txt")
        elif agrees:
            passed += 1
        else:
            failed += 1
            print(f"FAIL {name}: expected {expected}, got {reason}: {detail}")
    if done.returncode != 0:
        failed += 1
        print(f"FAIL the program ended with {done.returncode}: {done.stderr[-2000:]}")
    for name, reason in sorted(skipped.items()):
        print(f"SKIP {name}: {reason}")
    print(f"{passed} passed, {failed} failed, {len(skipped)} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
