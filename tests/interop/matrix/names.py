"""TLS 1.2's suites as the peers call them."""
OPENSSL = {
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256": "ECDHE-ECDSA-AES128-GCM-SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384": "ECDHE-ECDSA-AES256-GCM-SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-ECDSA-CHACHA20-POLY1305",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM": "ECDHE-ECDSA-AES128-CCM",
    "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8": "ECDHE-ECDSA-AES128-CCM8",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "ECDHE-RSA-AES128-GCM-SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384": "ECDHE-RSA-AES256-GCM-SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "ECDHE-RSA-CHACHA20-POLY1305",
    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256": "DHE-RSA-AES128-GCM-SHA256",
    "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256": "DHE-RSA-CHACHA20-POLY1305",
    "TLS_RSA_WITH_AES_128_GCM_SHA256": "AES128-GCM-SHA256",
    "TLS_RSA_WITH_AES_256_GCM_SHA384": "AES256-GCM-SHA384",
}
IANA = {theirs: iana for iana, theirs in OPENSSL.items()}
GNUTLS_CIPHERS = {"AES_128_GCM": "AES-128-GCM", "AES_256_GCM": "AES-256-GCM",
                  "CHACHA20_POLY1305": "CHACHA20-POLY1305", "AES_128_CCM": "AES-128-CCM",
                  "AES_128_CCM_8": "AES-128-CCM-8"}


def gnutls(suite):
    """(key exchange, cipher) of a suite of TLS 1.2, in GnuTLS's words."""
    exchange, _, cipher = suite.removeprefix("TLS_").partition("_WITH_")
    for hashed in ("_SHA256", "_SHA384"):
        cipher = cipher.removesuffix(hashed)
    return exchange.replace("_", "-"), GNUTLS_CIPHERS[cipher]


def from_gnutls(exchange, cipher):
    """The suite of TLS 1.2 of that key exchange and that cipher."""
    return next(suite for suite in OPENSSL if gnutls(suite) == (exchange, cipher))
