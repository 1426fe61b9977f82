#!/usr/bin/env python3
"""x509-limbo through build/tests/limbo, and that docs/x509-policy.md tells the truth.

    tests/limbo/limbo.py [PROGRAM] [CASES.json]

Each case under the profile whose rules it tests: every verdict must be the suite's. Then all of
them under the profile that connections use: the verdicts that differ must be exactly the rows of
the document. Data: $HANDFAST_TEST_DATA/limbo/limbo-dev.json. Ends with "N passed, N failed, N
skipped".
"""
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def run(program, cases, *profile):
    """id -> (expected, got, reason)"""
    done = subprocess.run([program, str(cases), *profile], capture_output=True, text=True,
                          check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"the program ended with {done.returncode}: {done.stderr[-2000:]}")
    rows = (line.split("\t") for line in done.stdout.splitlines() if line.count("\t") == 3)
    return {row[0]: tuple(row[1:]) for row in rows}


def documented():
    """The ids of the table, each with our verdict."""
    text = (ROOT / "docs/x509-policy.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^\| `([^`]+::[^`]+)` \| (accepted|refused) ", text, flags=re.M))


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else str(ROOT / "build" / "tests" / "limbo")
    data = os.environ.get("HANDFAST_TEST_DATA", "")
    path = pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else
                        os.path.join(data, "limbo", "limbo-dev.json"))
    if not path.is_file():
        print(f"SKIP limbo: no {path.name}; set HANDFAST_TEST_DATA")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    passed, skipped, failures = 0, 0, []
    for name, (expected, got, reason) in run(program, path).items():
        if got == "SKIPPED":
            skipped += 1
            print(f"SKIP {name}: {reason}")
        elif got == expected:
            passed += 1
        else:
            failures.append(f"{name}: expected {expected}, got {got}: {reason}")
    if passed == 0:
        failures.append("no case passed")
    listed = documented()
    for name, (expected, got, reason) in run(program, path, "deployed").items():
        word = {"SUCCESS": "accepted", "FAILURE": "refused"}.get(got)
        if (got != expected) != (name in listed) or (got != expected and listed[name] != word):
            failures.append(f"{name}: under `deployed` we say {got} ({reason}), the suite "
                            f"{expected}, docs/x509-policy.md {listed.get(name, 'nothing')}")
    for failure in failures:
        print(f"FAIL {failure}")
    print(f"{passed} passed, {len(failures)} failed, {skipped} skipped")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
