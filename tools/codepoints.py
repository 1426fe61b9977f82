#!/usr/bin/env python3
"""Writes src/wire/suites_iana.def: every cipher suite of the registry, in order of number.

    HANDFAST_TEST_DATA=DIR tools/codepoints.py > src/wire/suites_iana.def

Reads codepoints/cipher_suites.tsv (number, name). GREASE values are left out: is_grease knows
them. The ChaCha20 drafts' private numbers share their names with registered suites: a suffix tells
them apart.
"""
import os
import sys

DRAFTS = (0xCC13, 0xCC14, 0xCC15)

HEAD = """/* Cipher suites and their names: X(number, name), in order of number. Written by
 * tools/codepoints.py from IANA's registry (and the private values in use); do not edit. */
"""


def main():
    path = os.path.join(os.environ["HANDFAST_TEST_DATA"], "codepoints", "cipher_suites.tsv")
    rows = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            number, name = line.rstrip("\n").split("\t")
            if "GREASE" not in name:
                value = int(number, 0)
                rows[value] = name + ("_DRAFT" if value in DRAFTS else "")
    sys.stdout.write(HEAD)
    for number in sorted(rows):
        sys.stdout.write(f'X(0x{number:04x}, "{rows[number]}")\n')


main()
