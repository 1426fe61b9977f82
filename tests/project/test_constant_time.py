#!/usr/bin/env python3
"""X25519, and the padding of RSA's premaster secrets, in constant time, of the code as compilers
make it: under valgrind's memcheck and clang's MemorySanitizer with secrets held for undefined, and
X25519 by the branches and the indexed addresses in the object code, each of which must be listed
here. Every way is shown to find planted leaks.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SOURCES = [f"src/crypto/x25519/{name}.c"
           for name in ("base_table", "batch8", "cpu", "field", "ifma", "portable")]
SECRET = ["tests/ct/programs/secret_x25519.c", "src/base/ct.c", "src/crypto/x25519/x25519.c",
          *SOURCES]
PREMASTER = ["tests/ct/programs/secret_premaster.c", "src/base/ct.c", "src/crypto/premaster.c"]
CASES = ["right", "padding", "length", "version"]
FLAGS = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-O2", "-g", "-Isrc", "-Iinclude"]
KERNELS = ["portable", "ifma", "batch8"]

# What may set the flags of a conditional jump: a comparison with a constant or of two registers, a
# counter that goes down, the stack's canary. A bit of a scalar would come by test, bt, and, shift.
FORMS = [r"cmp[bwlq]? +\$0x[0-9a-f]+,%\w+", r"cmp[bwlq]? +%\w+,%\w+", r"(sub|add)[lq]? +\$0x1,%\w+",
         r"(sub|cmp)[lq]? +%fs:0x28,%\w+", r"(dec|inc)[lq]? +%\w+",
         r"add[lq]? +\$0x(f+[8-9a-f]\w*|[0-9a-f]{1,3}),%\w+"]
# Others that are known: which limb it is; and the count of rounds, which gcc 14 keeps on the stack.
ALSO = {"fe_invert": [r"test +(%\w+),\1", r"subl +\$0x1,0x[0-9a-f]+\(%rsp\)"]}
# Debian 12's gcc: jumps, and addresses with an index, of each function; each was looked at, and is
# of a loop's counter.
LISTED = {
    "fe_invert": (4, 2), "fe_to_bytes": (8, 4), "update_field": (1, 3), "update_numbers": (1, 6),
    "x25519_portable": (1, 1), "x25519_public_portable": (4, 4),
    "x25519_ifma": (1, 1), "x25519_public_ifma": (1, 2),
    "x25519_batch8": (1, 1), "x25519_public_batch8": (3, 2), "finish_eight": (1, 0),
    "squares_to": (1, 0),
}
FUNCTIONS = re.compile(
    r"(x25519_(portable|ifma|batch8|public_(portable|ifma|batch8))|fe_\w+|finish_(one|eight)"
    r"|product|update_(numbers|field)|divsteps|inversion_begin|store64|mul_to|squares_to|invert_to)"
    r"(\.[\w.]+)?$")
LEAK = """
#include <stdint.h>
void x25519_portable(uint8_t out[32], const uint8_t k[32], const uint8_t u[32]);
void x25519_portable(uint8_t out[32], const uint8_t k[32], const uint8_t u[32])
{
    for (int i = 0; i < 32; i++) {
        if (k[i] & 4) {
            __asm__ volatile("");
            out[i] = u[i];
        }
    }
}
"""


def run(command, **options):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, **options)


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def check(self, good, words):
        if good:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAIL {words}")

    def skip(self, why):
        self.skipped += 1
        print(f"SKIP {why}")


def compiled(tally, compiler, output, *arguments):
    made = run([*compiler, *FLAGS, *arguments, "-o", str(output)])
    if made.returncode != 0:
        print(made.stderr[-2000:])
        tally.check(False, f"{compiler[0]} does not compile {output.name}")
    return made.returncode == 0


# ---- The object code ----

def findings(path):
    """function -> (jumps of an unknown form, number of jumps, number of indexed addresses)"""
    listing = run(["objdump", "-d", "--no-show-raw-insn", str(path)]).stdout
    found, name, before = {}, None, ""
    for line in listing.splitlines():
        head = re.match(r"[0-9a-f]+ <([^>]+)>:", line)
        if head:
            name = head.group(1) if FUNCTIONS.match(head.group(1)) else None
            continue
        if name is None or "\t" not in line:
            continue
        code = re.sub(r"\s+", " ", line.split("\t", 1)[1]).strip()
        odd, jumps, indexed = found.setdefault(name, ([], 0, 0))
        if re.match(r"j(?!mp)", code):
            plain = name.split(".")[0]
            if not any(re.fullmatch(form, before) for form in FORMS + ALSO.get(plain, [])):
                odd.append(f"{before}; {code}")
            jumps += 1
        if re.match(r"(jmp|call)q? +\*(?!0x[0-9a-f]+\(%rip\))", code):
            odd.append(code)
        if re.search(r"\(%?\w*,%\w+", code) and not re.match(r"lea|(cs |data16 )*nop", code):
            indexed += 1
        found[name] = (odd, jumps, indexed)
        # What moves, but leaves the flags alone, may stand between.
        if not re.match(r"(mov|vmov|lea|nop|set|kmov)", code):
            before = code
    return found


def check_object(tally, path, what, by_list):
    found = findings(path)
    for name, (odd, jumps, indexed) in sorted(found.items()):
        tally.check(not odd, f"{what}: {name} has a branch that is not a loop's: {odd[:3]}")
        if by_list:
            most = LISTED.get(name, (0, 0))
            tally.check(jumps <= most[0] and indexed <= most[1],
                        f"{what}: {name} has {jumps} conditional jumps and {indexed} indexed "
                        f"addresses; the list knows {most[0]} and {most[1]}")
    tally.check("x25519_portable" in found, f"{what}: x25519_portable is not seen")


def object_code(tally, folder):
    compiler = os.environ.get("CC", "cc").split()
    objects = []
    for source in SOURCES:
        target = folder / (pathlib.Path(source).stem + ".o")
        if not compiled(tally, compiler, target, "-fPIC", "-c", source):
            return
        objects.append(str(target))
    whole = folder / "whole.o"
    if run(["ld", "-r", "-o", str(whole), *objects]).returncode != 0:
        tally.check(False, "ld does not join the kernels")
        return
    comment = run(["objdump", "-s", "-j", ".comment", str(whole)]).stdout
    text = "".join(line[43:] for line in comment.splitlines() if line.startswith(" "))
    check_object(tally, whole, "alone", "Debian 12." in text and "GCC" in text)
    shipped = pathlib.Path(os.environ.get("HANDFAST_BUILD", ROOT / "build"), "handfast.o")
    if shipped.exists() and not re.search(r"__asan|__sanitizer|__gcov|__ubsan|__llvm_prof",
                                          run(["nm", str(shipped)]).stdout):
        check_object(tally, shipped, "in the library", False)
    leak = folder / "leak.c"
    leak.write_text(LEAK)
    if compiled(tally, compiler, folder / "leak.o", "-c", str(leak)):
        odd = findings(folder / "leak.o").get("x25519_portable", ([], 0, 0))[0]
        tally.check(len(odd) > 0, "a planted branch is not found in the object code")


# ---- The tools that follow undefined values ----

def follow(tally, tool, command, kernels):
    for kernel in kernels:
        done = run([*command, kernel])
        words = (done.stdout + done.stderr)[-1500:]
        tally.check(done.returncode == 0 and "are secret" in done.stdout,
                    f"{tool}, {kernel}: exit {done.returncode}\n{words}")
    for leak in ("leak-branch", "leak-address"):
        done = run([*command, leak])
        tally.check(done.returncode not in (0, 2, 3), f"{tool} does not report a {leak}")


def valgrind(tally, folder):
    if shutil.which("valgrind") is None or not pathlib.Path(
            "/usr/include/valgrind/memcheck.h").exists():
        tally.skip("no valgrind, or not its headers")
        return
    program = folder / "secret"
    if compiled(tally, os.environ.get("CC", "cc").split(), program, *SECRET):
        # It knows no AVX-512: the portable kernel alone.
        follow(tally, "valgrind", ["valgrind", "-q", "--error-exitcode=99", str(program)],
               ["portable"])
    program = folder / "premaster"
    if compiled(tally, os.environ.get("CC", "cc").split(), program, *PREMASTER):
        follow(tally, "valgrind", ["valgrind", "-q", "--error-exitcode=99", str(program)], CASES)


def memory_sanitizer(tally, folder):
    program = folder / "secret-msan"
    made = shutil.which("clang") and run(["clang", *FLAGS, "-fsanitize=memory", *SECRET,
                                          "-o", str(program)])
    if not made or made.returncode != 0:
        tally.skip("no clang, or not its MemorySanitizer")
        return
    other = folder / "premaster-msan"
    if compiled(tally, ["clang"], other, "-fsanitize=memory", *PREMASTER):
        follow(tally, "MemorySanitizer", [str(other)], CASES)
    here = re.search(r"\bavx512ifma\b", pathlib.Path("/proc/cpuinfo").read_text())
    if not here:
        tally.skip("no AVX-512 IFMA for MemorySanitizer to follow")
    follow(tally, "MemorySanitizer", [str(program)], KERNELS if here else KERNELS[:1])


def main():
    tally = Tally()
    table = run([sys.executable, "tools/x25519-table", "--check"])
    tally.check(table.returncode == 0, f"the table: {table.stdout}{table.stderr}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        object_code(tally, folder)
        valgrind(tally, folder)
        memory_sanitizer(tally, folder)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
