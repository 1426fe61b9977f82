#!/usr/bin/env python3
"""The shim without its runner: what it does not know it says (exit 89), and each test that is left
out has a reason. The runner's own tests: tests/bogo/run.

    tests/bogo/bogo_shim.py [PROGRAM]

Ends with "N passed, N failed, N skipped".
"""
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
UNIMPLEMENTED = 89


def ends(program, *flags):
    done = subprocess.run([program, *flags], capture_output=True, timeout=20, check=False)
    return done.returncode


def checks(program):
    config = json.loads((HERE / "config.json").read_text(encoding="utf-8"))
    disabled = config["DisabledTests"]
    yield "an unknown flag", ends(program, "-no-such-flag") == UNIMPLEMENTED
    yield "nobody listens", ends(program, "-port", "1") not in (0, UNIMPLEMENTED)
    yield "reasons", bool(disabled) and all(len(reason) > 4 for reason in disabled.values())
    yield "not everything is left out", "*" not in disabled
    yield "an error map", all(config["ErrorMap"].values()) and len(config["ErrorMap"]) > 50


def main():
    build = HERE.parent.parent / "build"
    program = sys.argv[1] if len(sys.argv) > 1 else str(build / "tests/bogo_shim")
    passed = failed = 0
    for name, good in checks(program):
        if not good:
            print(f"FAIL {name}")
        passed += good
        failed += not good
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
