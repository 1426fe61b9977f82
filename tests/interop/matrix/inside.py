#!/usr/bin/env python3
"""The matrix within one system: builds what it needs, runs every cell, writes what was seen.

    inside.py --out FOLDER [--only WORD]    FOLDER/build holds handfast; results.jsonl and
                                            versions.json are written beside it
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
WORKERS = 4

VERSIONS = {
    "OpenSSL": (["openssl", "version"], r"OpenSSL (\S+)"),
    "GnuTLS": (["gnutls-cli", "--version"], r"gnutls-cli (\S+)"),
    "curl": (["curl", "--version"], r"curl (\S+)"),
    "wget": (["wget", "--version"], r"Wget (\S+)"),
    "nginx": (["nginx", "-v"], r"nginx/(\S+)"),
    "HAProxy": (["haproxy", "-v"], r"version (\S+)"),
    "Apache": (["apache2", "-v"], r"Apache/(\S+)"),
    "Python": (["python3", "--version"], r"Python (\S+)"),
    "Node": (["node", "--version"], r"v(\S+)"),
    "Java": (["java", "-version"], r'version "(\S+)"'),
    "Go": (["go", "version"], r"go version go(\S+)"),
    "Chromium": (["chromium", "--version"], r"Chromium (\S+)"),
    "tshark": (["tshark", "--version"], r"TShark \(Wireshark\) ([\d.]+\d)"),
}


def versions(handfast):
    seen = {}
    for name, (words, pattern) in VERSIONS.items():
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        match = re.search(pattern, done.stdout + done.stderr)
        seen[name] = match.group(1) if match else "?"
    done = subprocess.run([handfast, "--version"], capture_output=True, text=True, check=True)
    seen["handfast"] = ", ".join(done.stdout.splitlines())
    release = pathlib.Path("/etc/os-release").read_text(encoding="utf-8")
    seen["system"] = re.search(r'PRETTY_NAME="(.*)"', release).group(1)
    return seen


def build_programs(out):
    """The probe, the Go program, the Java classes."""
    programs = HERE / "programs"
    libraries = subprocess.run(["pkg-config", "--libs", "libcrypto", "libidn2"],
                               capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["gcc", "-std=c17", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Werror",
                    programs / "probe.c", "-I", HERE.parents[2] / "include", "-o", out / "probe",
                    out / "build/libhandfast.a", *libraries], check=True)
    subprocess.run(["go", "build", "-o", out / "peer_go", programs / "peer.go"], check=True,
                   env={**os.environ, "GO111MODULE": "off", "GOCACHE": str(out / "go-cache")})
    subprocess.run(["javac", "-d", out, programs / "TlsPeer.java"], check=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    out = given.out
    os.environ["HANDFAST_BUILD"] = str(out / "build")
    sys.path[:0] = [str(HERE), str(HERE.parent)]
    import cell  # these read the environment
    import table
    build_programs(out)
    (out / "versions.json").write_text(json.dumps(versions(out / "build/handfast")))
    with table.prepared(out) as cells, open(out / "results.jsonl", "w", encoding="utf-8") as lines:
        chosen = [c for c in cells if re.search(given.only, c.name())]
        cell.run_all(chosen, WORKERS, lines)
    counts = [sum(c.status == s for c in chosen) for s in ("passed", "failed", "lacks")]
    print("%d passed, %d failed, %d skipped" % tuple(counts))
    sys.exit(1 if counts[1] else 0)


if __name__ == "__main__":
    main()
