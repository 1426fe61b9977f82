"""The runner itself: each way in which a test can go wrong unseen must make it fail.

Prints FAIL lines and "N passed, N failed, N skipped"."""
import importlib.machinery
import importlib.util
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOOD = "1 passed, 0 failed, 0 skipped"


def load(path, name):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


sys.dont_write_bytecode = True
runner = load(ROOT / "tests/run", "runner")


class Options:
    valgrind = False
    fuzz_seconds = 0


def result_of(shell, limit=10):
    test = runner.Test("unit", "planted", ["/bin/sh", "-c", shell], limit)
    return runner.run(test, ROOT / "build", Options())


# What a program does, how many failures it must count as, and a word of the reason.
CASES = [
    ("all is well", f"echo {GOOD}", 0, None),
    ("one failed", "echo 2 passed, 1 failed, 0 skipped; exit 1", 1, None),
    ("no closing line", "echo fine", 1, "no closing line"),
    ("a closing line inside another line", f"echo so: {GOOD}", 1, "no closing line"),
    ("exit 1 beside a good line", f"echo {GOOD}; exit 1", 1, "says that all is well"),
    ("killed by a signal", f"echo {GOOD}; kill -SEGV $$", 1, "says that all is well"),
    ("too slow", f"echo {GOOD}; sleep 30", 1, "ran out"),
    ("a skip without a reason", "echo 1 passed, 0 failed, 1 skipped", 1, "say why"),
    ("a skip with a reason", "echo SKIP x: no data; echo 1 passed, 0 failed, 1 skipped", 0, None),
    ("nothing tested", "echo 0 passed, 0 failed, 0 skipped", 1, "tested nothing"),
]


def check_case(shell, failures, words):
    result = result_of(shell, 1 if "sleep" in shell else 10)
    if result.failed != failures:
        return f"counts as {result.failed} failures, not {failures}"
    if words and words not in (result.problem or ""):
        return f"says: {result.problem}"
    return None


def check_missing_program():
    test = runner.Test("unit", "planted", [str(ROOT / "tests/no-such-program")], 10)
    result = runner.run(test, ROOT / "build", Options())
    return None if result.failed == 1 else "is no failure"


def check_skips():
    result = result_of("echo SKIP x: no data; echo 1 passed, 0 failed, 1 skipped")
    if runner.compare_skips([result], ["planted: x: *"]) != ([], []):
        return "a skip that is listed is not let through"
    if runner.compare_skips([result], ["planted: y: *"]) \
            != (["planted: x: no data"], ["planted: y: *"]):
        return "a skip that is not listed is let through"
    return None


def check_every_source_is_run():
    """Each C file with a main below tests/ is run, by itself or by a script of its name; those in a
    folder `programs` are what scripts drive."""
    sources = load(ROOT / "tools/sources", "sources")
    unit, fuzzers, others, _ = sources.program_names(ROOT)
    run = {pathlib.Path(word).name for test in runner.find_tests(ROOT / "build", 0)
           for word in test.command}
    driven = {name for name, paths in others.items() if "programs" in paths[0].parts}
    missing = sorted((set(unit) | set(fuzzers) | set(others)) - driven - run)
    return f"not run: {', '.join(missing)}" if missing else None


def check_exit_status():
    status = subprocess.run([sys.executable, ROOT / "tests/run", "--only", "no-such-test"],
                            capture_output=True, text=True, check=False)
    if status.returncode == 0 or "no test was found" not in status.stdout:
        return "finding no test is no failure"
    if not runner.CLOSING.match(status.stdout.splitlines()[-1]):
        return "its last line is no closing line"
    return None


def main():
    passed = failed = 0
    checks = [(name, lambda c=case: check_case(*c)) for name, *case in CASES]
    checks += [("a missing program", check_missing_program), ("listed skips", check_skips),
               ("every source is run", check_every_source_is_run),
               ("exit status", check_exit_status)]
    for name, check in checks:
        problem = check()
        if problem:
            failed += 1
            print(f"FAIL {name}: {problem}")
        else:
            passed += 1
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
