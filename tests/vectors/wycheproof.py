#!/usr/bin/env python3
"""Wycheproof's vectors through our provider interface.

    wycheproof.py PATH_TO_C_BINARY      (built from wycheproof.c)

Reads the JSON files of $HANDFAST_TEST_DATA/wycheproof, writes one command per case to the binary
and compares its answers. Every file that TLS has a use for is named in FILES; a missing one, or one
whose primitive is not built, is counted as skipped and named. Cases whose parameters TLS never uses
(a nonce of 64 bits, a salt of 20 bytes) do not apply: their number stands in the file's line.
"""
import json
import os
import subprocess
import sys

DOES_NOT_APPLY = None


def word(text):
    """Hex as the binary reads it."""
    return text if text else "-"


def aead(name_of):
    """name_of: (key bits, tag bits) -> the AEAD's name in TLS."""
    def commands(group, test):
        name = name_of.get((group["keySize"], group["tagSize"]))
        if name is None or group["ivSize"] != 96:
            return DOES_NOT_APPLY
        head = [name, test["key"], test["iv"], word(test["aad"])]
        sealed = test["ct"] + test["tag"]
        opened = ("open", *head, word(sealed))
        if test["result"] == "valid":
            return [(("seal", *head, word(test["msg"])), "ok " + sealed),
                    (opened, "ok " + test["msg"])]
        return [(opened, "refused")]
    return commands


def prime_curve(name, size):
    def commands(_group, test):
        private = test["private"].lstrip("0")
        private = private.zfill(2 * size)
        share = test["public"]
        # RFC 9846, 4.3.8.2: shares are uncompressed. Wycheproof holds compressed ones to be good.
        uncompressed = share.startswith("04") and len(share) == 2 * (1 + 2 * size)
        if test["result"] == "invalid" or not uncompressed:
            return [(("derive", name, private, word(share)), "refused")]
        return [(("derive", name, private, share), "ok " + test["shared"])]
    return commands


def montgomery(name):
    def commands(_group, test):
        # RFC 9846, 7.4.2: a secret of zeros is refused. Points of the twist and numbers above the
        # prime, which Wycheproof calls acceptable, are computed with (RFC 7748, 5).
        zero = set(test["shared"]) <= {"0"}
        expected = "refused" if zero or test["result"] == "invalid" else "ok " + test["shared"]
        return [(("derive", name, test["private"], word(test["public"])), expected)]
    return commands


def verdict(test):
    # "acceptable" marks encodings that some take; TLS wants exactly one (RFC 8017, 8.2.2).
    return "ok " if test["result"] == "valid" else "refused"


def point_signature(scheme, field):
    def commands(group, test):
        key = group["publicKey"][field]
        words = ("verify", scheme, "point", key, word(test["msg"]), word(test["sig"]))
        return [(words, verdict(test))]
    return commands


def rsa_words(scheme, group, test):
    key = group["publicKey"]
    modulus, exponent = (key[k].removeprefix("00") for k in ("modulus", "publicExponent"))
    if len(exponent) % 2:
        exponent = "0" + exponent
    return ("verify", scheme, "rsa", modulus, exponent, word(test["msg"]), word(test["sig"]))


def pss(group, test):
    sizes = {"SHA-256": 32, "SHA-384": 48, "SHA-512": 64}
    sha = group["sha"]
    # RFC 9846, 4.3.3: MGF1 with the same hash, a salt of the digest's length.
    if group["mgf"] != "MGF1" or group["mgfSha"] != sha or group["sLen"] != sizes.get(sha):
        return DOES_NOT_APPLY
    return [(rsa_words("rsa_pss_rsae_sha" + sha[4:], group, test), verdict(test))]


def pkcs1(group, test):
    return [(rsa_words("rsa_pkcs1_sha" + group["sha"][4:], group, test), verdict(test))]


def hmac(name):
    def commands(group, test):
        digits = group["tagSize"] // 4  # a truncated tag is a prefix
        return [(("hmac", name, word(test["key"]), word(test["msg"])),
                 lambda got: got.startswith("ok ")
                 and (got[3:3 + digits] == test["tag"]) == (test["result"] == "valid"))]
    return commands


def hkdf(name):
    def commands(_group, test):
        expected = "ok " + test["okm"] if test["result"] == "valid" else "refused"
        return [(("hkdf", name, word(test["ikm"]), word(test["salt"]), word(test["info"]),
                  str(test["size"])), expected)]
    return commands


NO_MLKEM = "no ML-KEM yet"

FILES = {
    "aes_gcm_test": aead({(128, 128): "AES-128-GCM", (256, 128): "AES-256-GCM"}),
    "aes_ccm_test": aead({(128, 128): "AES-128-CCM", (128, 64): "AES-128-CCM-8"}),
    "chacha20_poly1305_test": aead({(256, 128): "ChaCha20-Poly1305"}),
    "ecdh_secp256r1_ecpoint_test": prime_curve("secp256r1", 32),
    "ecdh_secp384r1_ecpoint_test": prime_curve("secp384r1", 48),
    "ecdh_secp521r1_ecpoint_test": prime_curve("secp521r1", 66),
    "x25519_test": montgomery("x25519"),
    "x448_test": montgomery("x448"),
    "ecdsa_secp256r1_sha256_test": point_signature("ecdsa_secp256r1_sha256", "uncompressed"),
    "ecdsa_secp384r1_sha384_test": point_signature("ecdsa_secp384r1_sha384", "uncompressed"),
    "ecdsa_secp521r1_sha512_test": point_signature("ecdsa_secp521r1_sha512", "uncompressed"),
    "ed25519_test": point_signature("ed25519", "pk"),
    "ed448_test": point_signature("ed448", "pk"),
    "hkdf_sha256_test": hkdf("SHA256"),
    "hkdf_sha384_test": hkdf("SHA384"),
    "hmac_sha256_test": hmac("SHA256"),
    "hmac_sha384_test": hmac("SHA384"),
    "rsa_pss_2048_sha256_mgf1_32_test": pss,
    "rsa_pss_2048_sha384_mgf1_48_test": pss,
    "rsa_pss_misc_test": pss,
    "rsa_signature_2048_sha256_test": pkcs1,
    "rsa_signature_2048_sha384_test": pkcs1,
    "rsa_signature_2048_sha512_test": pkcs1,
    "mlkem_768_test": NO_MLKEM,
    "mlkem_768_encaps_test": NO_MLKEM,
    "mlkem_768_keygen_seed_test": NO_MLKEM,
    "mlkem_768_semi_expanded_decaps_test": NO_MLKEM,
}


def right(got, expected):
    return expected(got) if callable(expected) else got.rstrip() == expected.rstrip()


def run_file(binary, path, commands):
    """Gives (passed, failed, does not apply), or the reason for skipping the file."""
    with open(path, encoding="utf-8") as file:
        data = json.load(file)
    cases, apart = [], 0
    for group in data["testGroups"]:
        for test in group["tests"]:
            made = commands(group, test)
            if made is DOES_NOT_APPLY:
                apart += 1
            else:
                cases.append((test, made))
    lines = [" ".join(words) for _, made in cases for words, _ in made]
    done = subprocess.run([binary], input="\n".join(lines) + "\n", capture_output=True, text=True,
                          check=False)
    answers = done.stdout.splitlines()
    if done.returncode != 0 or len(answers) != len(lines):
        print(f"  {os.path.basename(path)}: {len(answers)} answers to {len(lines)} commands, "
              f"exit status {done.returncode}: {done.stderr.strip()[-400:]}")
        return 0, len(cases), apart
    if answers and all(answer == "absent" for answer in answers):
        return "the provider has no such primitive"
    passed = failed = 0
    rest = iter(answers)
    for test, made in cases:
        wrong = [(got, words) for (words, expected), got in zip(made, rest)
                 if not right(got, expected)]
        passed += not wrong
        failed += bool(wrong)
        for got, words in wrong:
            print(f"  FAIL {os.path.basename(path)} tcId {test['tcId']} ({test['comment']}; "
                  f"{test['result']}; {','.join(test['flags'])}): {words[0]} gave \"{got[:60]}\"")
    return passed, failed, apart


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = os.path.join(os.environ.get("HANDFAST_TEST_DATA", "../shared/data"), "wycheproof")
    passed = failed = skipped = 0
    for name, commands in FILES.items():
        path = os.path.join(folder, name + ".json")
        result = commands if isinstance(commands, str) else None
        if result is None:
            result = (run_file(sys.argv[1], path, commands) if os.path.exists(path)
                      else "missing: " + path)
        if isinstance(result, str):
            print(f"SKIP {name}: {result}")
            skipped += 1
            continue
        passed += result[0]
        failed += result[1]
        aside = f", {result[2]} do not apply to TLS" if result[2] else ""
        print(f"{name}: {result[0]} passed, {result[1]} failed{aside}")
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
