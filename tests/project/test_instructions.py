#!/usr/bin/env python3
"""tools/instructions: that it reads callgrind's files rightly, knows what is ours, and refuses a
count above the baseline. Needs no valgrind: the file is written here.

Prints FAIL lines and "N passed, N failed, N skipped"."""
import contextlib
import importlib.machinery
import importlib.util
import io
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Two objects; a call, whose cost stands with the called; an inlined piece of another file (fi, fe);
# names by number.
FILE = """# callgrind format
positions: line
events: Ir

ob=(1) /usr/lib/libcrypto.so.3
fl=(1) ???
fn=(1) EVP_Digest
0 5000

ob=(2) /tree/build/bench/bench_handfast
fl=(2) ../src/wire/hello.c
fn=(2) hello_parse
12 30
+3 7
fi=(3) ../src/base/reader.c
4 11
fe=(2)
* 2
cob=(1)
cfi=(1)
cfn=(1)
calls=3 0
16 5000
fn=(3) x25519_portable
fl=(4) ../src/crypto/x25519/portable.c
9 900
fl=(5) ../bench/driver.c
fn=(4) main
1 40
ob=(1)
fl=(1)
fn=(1)
0 1
"""
OURS = 30 + 7 + 11 + 2


def load():
    sys.dont_write_bytecode = True
    loader = importlib.machinery.SourceFileLoader("instructions", str(ROOT / "tools/instructions"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("instructions",
                                                                             loader))
    loader.exec_module(module)
    return module


def checks(tool):
    """(what, whether it holds)"""
    with tempfile.TemporaryDirectory() as temporary:
        path = pathlib.Path(temporary, "callgrind.1")
        path.write_text(FILE)
        own = tool.Costs(path).own
    yield "a call's cost is the called function's", own["/usr/lib/libcrypto.so.3", "???",
                                                        "EVP_Digest"] == 5001
    yield "an inlined piece belongs to its file", own["/tree/build/bench/bench_handfast",
                                                      "../src/base/reader.c", "hello_parse"] == 11
    yield "ours is what lies below src but for the kernels", tool.ours(own) == OURS
    yield "a kernel is a primitive", tool.group_of(("", "src/crypto/x25519/ifma.c", "f")) \
        == "primitives"
    yield "other people's src is not ours", tool.floor_of("/usr/src/other/file.c") is None
    yield "every floor has its words", all(
        tool.floor_of(f"src/{folder.name}/x.c") in tool.FLOORS
        for folder in (ROOT / "src").iterdir() if folder.is_dir()
        and folder.name not in ("observe", "net", "cli", "web"))
    with contextlib.redirect_stdout(io.StringIO()):
        judged = [tool.judge("case", count, 1000) for count in (900, 1000, 1030, 1031)]
    yield "3 % more is borne, and no more", judged == [True, True, True, False]
    compiler, baseline = tool.read_baseline()
    yield "the baseline names its compiler", compiler.split()[0] in ("gcc", "clang")
    yield "the baseline has a row for each case", set(baseline) == set(tool.CASES)


def main():
    passed = failed = 0
    for what, good in checks(load()):
        passed, failed = passed + bool(good), failed + (not good)
        if not good:
            print(f"FAIL {what}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
