#!/usr/bin/env python3
"""The diagrams and tables of docs/handshake are those of the tables that the library runs."""
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("HANDFAST_BUILD", "build")

done = subprocess.run([ROOT / "tools/draw-tables", "--check", BUILD], text=True,
                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
if done.returncode != 0:
    print(f"FAIL drawings\n{done.stdout}")
print(f"{int(done.returncode == 0)} passed, {int(done.returncode != 0)} failed, 0 skipped")
sys.exit(done.returncode != 0)
