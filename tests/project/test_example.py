"""The README's example, built as a user would against the installed files (shared and static), says
hello to `openssl s_server` and refuses one whose CA it does not trust; the installed headers stand
on their own, also in C++ where a compiler is there.

Prints FAIL lines and "N passed, N failed, N skipped"."""
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / os.environ.get("HANDFAST_BUILD", "build")
WARNINGS = ["-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]


def run(*command, **options):
    options.setdefault("check", True)
    return subprocess.run([str(word) for word in command], text=True, capture_output=True,
                          timeout=60, **options)


def make_ca(folder, name):
    """A self-signed CA and a leaf for 127.0.0.1: the paths of CA, leaf and its key."""
    ca, ca_key, leaf, key = (folder / f"{name}-{part}.pem"
                             for part in ("ca", "cakey", "leaf", "key"))
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", ca_key, "-out", ca, "-days", "2", "-subj", f"/CN={name} CA",
        "-addext", "keyUsage=critical,keyCertSign")
    request = folder / f"{name}.csr"
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", key, "-out", request, "-subj", f"/CN={name}")
    extensions = folder / f"{name}.ext"
    extensions.write_text("subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    run("openssl", "x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-days", "2",
        "-CAcreateserial", "-extfile", extensions, "-out", leaf)
    return ca, leaf, key


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):
    for _ in range(100):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("openssl s_server did not start")


class Server:
    """openssl s_server; its output is in `log`."""

    def __init__(self, folder, leaf, key):
        self.port = free_port()
        self.log = folder / f"server-{self.port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                ["openssl", "s_server", "-quiet", "-tls1_3", "-accept", f"127.0.0.1:{self.port}",
                 "-cert", str(leaf), "-key", str(key)],
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
        wait_for(self.port)

    def end(self):
        self.process.kill()
        self.process.wait()


def install(folder):
    """Installs into a folder; the environment in which pkg-config finds it."""
    run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", folder / "root")
    [description] = (folder / "root").rglob("handfast.pc")
    prefix = next(line.split("=", 1)[1] for line in description.read_text().splitlines()
                  if line.startswith("prefix="))
    moved = f"{folder}/root{prefix}"
    return moved, dict(os.environ, PKG_CONFIG_PATH=str(description.parent))


def pkg_config(installed, *words):
    moved, environment = installed
    output = run("pkg-config", f"--define-variable=prefix={moved}", *words, "handfast",
                 env=environment).stdout
    return output.split()


def sanitizer_flags():
    options = run("meson", "introspect", "--buildoptions", BUILD).stdout
    value = {o["name"]: o["value"] for o in json.loads(options)}.get("sanitize", "")
    return [f"-fsanitize={value}"] if value else []


def build_example(folder, installed, static):
    program = folder / ("client-static" if static else "client-shared")
    flags = pkg_config(installed, "--cflags")
    [archive] = pathlib.Path(installed[0]).rglob("libhandfast.a")
    if static:   # ours; what it needs stays shared
        needed = run("pkg-config", "--libs", "libcrypto", "libidn2").stdout.split()
        flags += [str(archive), "-pthread", *needed]
    else:
        flags += pkg_config(installed, "--libs") + [f"-Wl,-rpath,{archive.parent}"]
    run("cc", *WARNINGS, "-o", program, ROOT / "examples/client.c", *sanitizer_flags(), *flags)
    return program


def says_hello(program, folder, trusted, server_identity):
    server = Server(folder, *server_identity)
    try:
        # The example leaves its freeing to the end of the process.
        environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")
        client = run(program, "127.0.0.1", server.port, trusted, check=False, env=environment)
        for _ in range(40):
            if client.returncode != 0 or b"hello\n" in server.log.read_bytes():
                break
            time.sleep(0.05)
        return client, b"hello\n" in server.log.read_bytes()
    finally:
        server.end()


def check_example(folder, installed, static):
    program = build_example(folder, installed, static)
    ca, leaf, key = make_ca(folder, "good")
    other, _, _ = make_ca(folder, "other")
    client, heard = says_hello(program, folder, ca, (leaf, key))
    assert client.returncode == 0, f"exit {client.returncode}: {client.stderr}"
    assert heard, "the server did not hear it"
    client, heard = says_hello(program, folder, other, (leaf, key))
    assert client.returncode == 1 and not heard, "it trusted a CA that it was not given"
    assert client.stderr.strip(), "it did not say why"


def check_headers(folder, installed):
    """Each public header compiles alone, as C and as C++."""
    flags = pkg_config(installed, "--cflags")
    for header in sorted((ROOT / "include/handfast").glob("*.h")):
        source = folder / "alone.c"
        source.write_text(f"#include <handfast/{header.name}>\nint main(void) {{ return 0; }}\n")
        run("cc", *WARNINGS, "-fsyntax-only", source, *flags)
        if shutil.which("c++"):
            run("c++", "-x", "c++", "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                source, *flags)


def check_nothing_else_installed(folder):
    """Only the command, the libraries, the headers and the pkg-config file."""
    for path in (folder / "root").rglob("*"):
        if path.is_dir():
            continue
        known = path.name in ("handfast", "handfast.pc") or path.name.startswith("libhandfast.") \
            or path.parent.name == "handfast"
        assert known, f"installs {path.relative_to(folder)}"


def main():
    passed = failed = 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        installed = install(folder)
        for name, check in (("the shared library", lambda: check_example(folder, installed, False)),
                            ("the static library", lambda: check_example(folder, installed, True)),
                            ("the headers alone", lambda: check_headers(folder, installed)),
                            ("what is installed", lambda: check_nothing_else_installed(folder))):
            try:
                check()
                passed += 1
            except subprocess.CalledProcessError as why:
                failed += 1
                print(f"FAIL {name}: {' '.join(why.cmd)}\n{why.stdout}{why.stderr}")
            except Exception as why:
                failed += 1
                print(f"FAIL {name}: {why}")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
