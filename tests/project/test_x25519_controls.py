#!/usr/bin/env python3
"""That the fuzzer and the random cases of X25519 would see a kernel that is wrong: each kernel in
turn gets a mistake that shows for few scalars and, in a batch, in one lane. The linker puts it in
front of the kernel (--wrap), so that what is shipped knows nothing of it.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = pathlib.Path(os.environ.get("HANDFAST_BUILD", ROOT / "build"))
COMPILER = os.environ.get("CC", "cc").split()
FLAGS = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-O2", "-Isrc", "-Iinclude", "-Itests"]
KERNELS = [f"src/crypto/x25519/{name}.c"
           for name in ("base_table", "batch8", "cpu", "field", "ifma", "portable", "x25519")]
KERNELS.append("src/base/ct.c")
FUZZER = ["tests/fuzz/fuzz_x25519.c", "tests/fuzz/standalone.c"]
LIBRARIES = ["-lcrypto", "-lidn2", "-pthread"]   # what the library is linked with
CASES = ["tests/unit/crypto/test_x25519.c"]
SINGLE, SINGLE_PUBLIC = "uint8_t *out, const uint8_t *k, const uint8_t *u", \
    "uint8_t *out, const uint8_t *k"
BATCH, BATCH_PUBLIC = "uint8_t out[8][32], const uint8_t k[8][32], const uint8_t u[8][32]", \
    "uint8_t out[8][32], const uint8_t k[8][32]"
# kernel -> its parameters
PLANTED = {"x25519_portable": SINGLE, "x25519_public_portable": SINGLE_PUBLIC,
           "x25519_ifma": SINGLE, "x25519_public_ifma": SINGLE_PUBLIC,
           "x25519_batch8": BATCH, "x25519_public_batch8": BATCH_PUBLIC}


def mistake(kernel):
    """C: the kernel, but for one scalar in 64 a bit of the result is the wrong one."""
    parameters = PLANTED[kernel]
    arguments = ", ".join(re.findall(r"(\w+)(?:\[\d+\])*(?:,|$)", parameters))
    byte, out = ("k[5][17]", "out[5][3]") if "[8]" in parameters else ("k[17]", "out[3]")
    return (f"#include <stdint.h>\n"
            f"void __real_{kernel}({parameters});\n"
            f"void __wrap_{kernel}({parameters});\n"
            f"void __wrap_{kernel}({parameters})\n"
            f"{{\n    const uint8_t b = {byte};\n    __real_{kernel}({arguments});\n"
            f"    {out} ^= b % 64 == 42;\n}}\n")


def run(command, **environment):
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False,
                          env=dict(os.environ, **environment))


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


def objects(tally, folder, sources):
    """Compiled once for all controls."""
    made = []
    for source in sources:
        made.append(str(folder / (pathlib.Path(source).stem + ".o")))
        done = run([*COMPILER, *FLAGS, "-c", source, "-o", made[-1]])
        tally.check(done.returncode == 0, f"{source} does not compile: {done.stderr[-1000:]}")
    return made


def link(tally, program, kernel, inputs):
    """The program with the kernel's mistake; with none if `kernel` is None."""
    command = [*COMPILER, *FLAGS, *inputs, *LIBRARIES, "-o", str(program)]
    if kernel is not None:
        planted = program.with_suffix(".c")
        planted.write_text(mistake(kernel))
        command += [str(planted), f"-Wl,--wrap={kernel}"]
    made = run(command)
    tally.check(made.returncode == 0, f"{program.name} does not link: {made.stderr[-1000:]}")
    return made.returncode == 0


def controls(tally, folder, inputs, command, environment, kernels):
    """The program passes without a mistake, and fails with each."""
    what = pathlib.Path(inputs[0]).stem
    for kernel in [None, *kernels]:
        program = folder / f"{what}-{kernel}"
        if not link(tally, program, kernel, inputs):
            continue
        done = run([str(program), *command], **environment)
        if kernel is None:
            tally.check(done.returncode == 0,
                        f"{what} fails as it is: {(done.stdout + done.stderr)[-500:]}")
        else:
            tally.check(done.returncode != 0, f"{what} does not see a mistake in {kernel}")


def main():
    tally = Tally()
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    kernels = list(PLANTED)
    if not re.search(r"\bavx512ifma\b", flags):
        tally.skip("no AVX-512 IFMA: the vector kernels' controls")
        kernels = [k for k in kernels if "portable" in k]
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        fuzzer = ["-n", "1000", "-t", "60", "-c", str(folder / "crash")]
        controls(tally, folder, objects(tally, folder, FUZZER + KERNELS), fuzzer, {}, kernels)
        whole = BUILD / "handfast.o"
        names = run(["nm", str(whole)]).stdout if whole.exists() else ""
        if "__asan" in names:   # it links only with its like
            FLAGS.append("-fsanitize=address,undefined")
        if not names or re.search(r"__gcov|__llvm_prof|__msan|__tsan", names):
            tally.skip("the random cases' controls: no build, or one that is measured")
        else:
            controls(tally, folder, [*objects(tally, folder, CASES), str(whole)], [],
                     {"HANDFAST_X25519_CASES": "2000"}, kernels)
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
