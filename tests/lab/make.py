"""Certificates, CRLs and OCSP responses of any shape, written byte by byte; the openssl command
makes the keys and signs. Nothing here expires: every time counts from NOW, which the tests
inject.

    ca = Key("p256")
    root = certificate("Root", ca, extensions=[basic(True), usage("keyCertSign", "cRLSign")])
    leaf = certificate("leaf", Key("p256"), issuer=root, extensions=[names("DNS:a.example")])
"""
import base64
import datetime
import hashlib
import ipaddress
import itertools
import os
import subprocess
import tempfile

NOW = datetime.datetime(2030, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
serials = itertools.count(0x4c616201)

FOLDER = tempfile.TemporaryDirectory(prefix="handfast-lab-")


def command(*words, given=b""):
    return subprocess.run(words, input=given, capture_output=True, check=True).stdout


# ---- DER (X.690) ----

def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def sequence(*parts):
    return tlv(0x30, *parts)


def integer(number):
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def bits(body, unused=0):
    return tlv(0x03, bytes([unused]), body)


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = b""
    for number in [first * 40 + second, *rest]:
        piece = [number & 0x7f]
        while number := number >> 7:
            piece.insert(0, 0x80 | number & 0x7f)
        out += bytes(piece)
    return tlv(0x06, out)


def moment(when):
    """RFC 5280, 4.1.2.5: two digits of the year through 2049, four after."""
    if 1950 <= when.year < 2050:
        return tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
    return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def generalized(when):
    return tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode())


def name(common_name):
    if not common_name:
        return sequence()
    return sequence(tlv(0x31, sequence(oid("2.5.4.3"), tlv(0x0c, common_name.encode()))))


# ---- Keys ----

KINDS = {"p256": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
         "p384": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
         "p521": ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
         "ed25519": ["-algorithm", "ED25519"],
         "rsa1024": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
         "rsa2048": ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]}
ECDSA = {"sha1": "1.2.840.10045.4.1", "sha256": "1.2.840.10045.4.3.2"}
RSA = {"sha1": "1.2.840.113549.1.1.5", "sha256": "1.2.840.113549.1.1.11"}
NULL = b"\x05\x00"


class Key:
    """A private key in a file; its public half is `spki`."""
    numbers = itertools.count()

    def __init__(self, kind):
        self.kind = kind
        self.path = os.path.join(FOLDER.name, f"key{next(self.numbers)}.pem")
        command("openssl", "genpkey", *KINDS[kind], "-out", self.path)
        self.spki = command("openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER")

    def algorithm(self, digest):
        if self.kind == "ed25519":
            return sequence(oid("1.3.101.112"))
        return sequence(oid(RSA[digest]), NULL) if self.kind.startswith("rsa") \
            else sequence(oid(ECDSA[digest]))

    def sign(self, data, digest):
        if self.kind == "ed25519":   # from a file: it is read twice
            path = os.path.join(FOLDER.name, "to-sign")
            with open(path, "wb") as file:
                file.write(data)
            return command("openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in",
                           path)
        return command("openssl", "dgst", "-" + digest, "-sign", self.path, given=data)


class ModulusAlone:
    """An RSA key of a size that takes long to make. Nobody has its other half: it signs nothing."""

    def __init__(self, size):
        modulus = int.from_bytes(os.urandom(size // 8), "big") | 1 << size - 1 | 1
        self.spki = sequence(sequence(oid("1.2.840.113549.1.1.1"), NULL),
                             bits(sequence(integer(modulus), integer(65537))))


def signed(body, key, digest):
    return sequence(body, key.algorithm(digest), bits(key.sign(body, digest)))


# ---- Extensions ----

USAGES = ["digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment",
          "keyAgreement", "keyCertSign", "cRLSign"]
PURPOSES = {"server": "1.3.6.1.5.5.7.3.1", "client": "1.3.6.1.5.5.7.3.2",
            "mail": "1.3.6.1.5.5.7.3.4", "ocsp": "1.3.6.1.5.5.7.3.9"}


def extension(number, value, critical=False):
    return sequence(oid(number), tlv(0x01, b"\xff") if critical else b"", tlv(0x04, value))


def basic(is_ca, length=None):
    return extension("2.5.29.19", sequence(tlv(0x01, b"\xff") if is_ca else b"",
                                           integer(length) if length is not None else b""), True)


def usage(*words):
    mask = 0
    for word in words:
        mask |= 0x80 >> USAGES.index(word)
    unused = (mask & -mask).bit_length() - 1
    return extension("2.5.29.15", bits(bytes([mask]), unused), True)


def purposes(*words):
    return extension("2.5.29.37", sequence(*(oid(PURPOSES[word]) for word in words)))


def general(text):
    kind, value = text.split(":", 1)
    return tlv(0x82, value.encode()) if kind == "DNS" \
        else tlv(0x87, ipaddress.ip_address(value).packed)


def names(*texts, critical=False):
    return extension("2.5.29.17", sequence(*map(general, texts)), critical)


def permitted(domain):
    return extension("2.5.29.30", sequence(tlv(0xa0, sequence(tlv(0x82, domain.encode())))), True)


def issuer_at(url):
    return extension("1.3.6.1.5.5.7.1.1", sequence(sequence(oid("1.3.6.1.5.5.7.48.2"),
                                                            tlv(0x86, url.encode()))))


def unknown_critical():
    return extension("1.3.6.1.4.1.55555.1", NULL, True)


# ---- Certificates ----

class Certificate:
    def __init__(self, common_name, key, der, serial):
        self.common_name, self.key, self.der, self.serial = common_name, key, der, serial

    def pem(self):
        lines = base64.encodebytes(self.der).decode()
        return f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"


def certificate(common_name, key, issuer=None, extensions=(), begin=-365, end=365, digest="sha256",
                break_signature=False):
    """Self-signed without an issuer; `begin` and `end` in days from NOW."""
    serial = next(serials)
    signer = issuer.key if issuer else key
    body = sequence(tlv(0xa0, integer(2)), integer(serial), signer.algorithm(digest),
                    name(issuer.common_name if issuer else common_name),
                    sequence(moment(NOW + begin * DAY), moment(NOW + end * DAY)),
                    name(common_name), key.spki,
                    tlv(0xa3, sequence(*extensions)) if extensions else b"")
    whole = signed(body, signer, digest)
    if break_signature:   # over another body; it stays well-formed
        whole = sequence(body, signer.algorithm(digest), bits(signer.sign(body + b"x", digest)))
    return Certificate(common_name, key, whole, serial)


# ---- Revocation (RFC 5280, 5; RFC 6960, 4.2) ----

def crl(issuer, revoked):
    entries = [sequence(integer(c.serial), moment(NOW - DAY)) for c in revoked]
    body = sequence(integer(1), issuer.key.algorithm("sha256"), name(issuer.common_name),
                    moment(NOW - DAY), moment(NOW + DAY),
                    sequence(*entries) if entries else b"",
                    tlv(0xa0, sequence(extension("2.5.29.20", integer(7)))))
    return signed(body, issuer.key, "sha256")


def ocsp(issuer, about, revoked):
    # subjectPublicKey: what its BIT STRING holds, a P-256 point of 65 bytes
    point = issuer.key.spki[-65:]
    status = tlv(0xa1, generalized(NOW - DAY)) if revoked else tlv(0x80)
    single = sequence(sequence(sequence(oid("1.3.14.3.2.26"), NULL),
                               tlv(0x04, hashlib.sha1(name(issuer.common_name)).digest()),
                               tlv(0x04, hashlib.sha1(point).digest()), integer(about.serial)),
                      status, generalized(NOW - DAY), tlv(0xa0, generalized(NOW + DAY)))
    data = sequence(tlv(0xa1, name(issuer.common_name)), generalized(NOW - DAY), sequence(single))
    response = signed(data, issuer.key, "sha256")
    return sequence(tlv(0x0a, b"\x00"), tlv(0xa0, sequence(oid("1.3.6.1.5.5.7.48.1.1"),
                                                           tlv(0x04, response))))
