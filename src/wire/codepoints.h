/* Code points of TLS and their names (IANA's registries; codepoints.def). */
#ifndef WIRE_CODEPOINTS_H
#define WIRE_CODEPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VERSION_TLS10 = 0x0301, VERSION_TLS11 = 0x0302, VERSION_TLS12 = 0x0303,
    VERSION_TLS13 = 0x0304 };

/* RFC 9846, 5.1. */
enum content_type { CONTENT_INVALID = 0, CONTENT_CCS = 20, CONTENT_ALERT = 21,
    CONTENT_HANDSHAKE = 22, CONTENT_DATA = 23 };

/* RFC 9846, 4 (and RFC 5246, 7.4): HandshakeType on the wire. */
enum handshake_type { TYPE_HELLO_REQUEST = 0, TYPE_CLIENT_HELLO = 1, TYPE_SERVER_HELLO = 2,
    TYPE_NEW_SESSION_TICKET = 4, TYPE_END_OF_EARLY_DATA = 5, TYPE_ENCRYPTED_EXTENSIONS = 8,
    TYPE_CERTIFICATE = 11, TYPE_SERVER_KEY_EXCHANGE = 12, TYPE_CERTIFICATE_REQUEST = 13,
    TYPE_SERVER_HELLO_DONE = 14, TYPE_CERTIFICATE_VERIFY = 15, TYPE_CLIENT_KEY_EXCHANGE = 16,
    TYPE_FINISHED = 20, TYPE_CERTIFICATE_STATUS = 22, TYPE_KEY_UPDATE = 24,
    TYPE_MESSAGE_HASH = 254 };

/* RFC 9846, 4.3, and the registry: those that we know. */
enum extension_type { EXT_SERVER_NAME = 0, EXT_MAX_FRAGMENT_LENGTH = 1, EXT_STATUS_REQUEST = 5,
    EXT_SUPPORTED_GROUPS = 10, EXT_EC_POINT_FORMATS = 11, EXT_SIGNATURE_ALGORITHMS = 13,
    EXT_ALPN = 16, EXT_SCT = 18, EXT_PADDING = 21, EXT_ENCRYPT_THEN_MAC = 22,
    EXT_EXTENDED_MASTER_SECRET = 23, EXT_COMPRESS_CERTIFICATE = 27, EXT_RECORD_SIZE_LIMIT = 28,
    EXT_SESSION_TICKET = 35, EXT_PRE_SHARED_KEY = 41, EXT_EARLY_DATA = 42,
    EXT_SUPPORTED_VERSIONS = 43, EXT_COOKIE = 44, EXT_PSK_KEY_EXCHANGE_MODES = 45,
    EXT_CERTIFICATE_AUTHORITIES = 47, EXT_OID_FILTERS = 48, EXT_POST_HANDSHAKE_AUTH = 49,
    EXT_SIGNATURE_ALGORITHMS_CERT = 50, EXT_KEY_SHARE = 51, EXT_QUIC_TRANSPORT_PARAMETERS = 57,
    EXT_RENEGOTIATION_INFO = 0xff01 };

/* RFC 8422, 5.4: ECCurveType; the others are no longer allowed. */
enum { CURVE_TYPE_NAMED = 3 };

/* RFC 5246, 7.4.4; RFC 8422, 5.5: ClientCertificateType, those that we ask for. */
enum client_certificate_type { CLIENT_RSA_SIGN = 1, CLIENT_ECDSA_SIGN = 64 };

/* RFC 6066, 8: CertificateStatusType. */
enum { STATUS_OCSP = 1 };

/* RFC 9846, 4.3.9: PskKeyExchangeMode. */
enum psk_mode { PSK_KE = 0, PSK_DHE_KE = 1 };

/* RFC 5746, 3.3 and RFC 7507, 2: signals that stand among the cipher suites. */
enum { SCSV_EMPTY_RENEGOTIATION_INFO = 0x00ff, SCSV_FALLBACK = 0x5600 };

enum alert_level { ALERT_WARNING = 1, ALERT_FATAL = 2 };

/* IANA's names, static; "unknown" where the number is not assigned, "GREASE" for RFC 8701's
 * values. */
const char *version_name(uint16_t version);       /* "TLS 1.3" */
const char *content_type_name(uint8_t type);      /* "handshake" */
const char *handshake_type_name(uint8_t type);    /* "ClientHello", as the RFC spells it */
const char *extension_name(uint16_t type);        /* "server_name" */
const char *suite_name(uint16_t suite);           /* "TLS_AES_128_GCM_SHA256" */
const char *group_name(uint16_t group);           /* "x25519" */
const char *scheme_name(uint16_t scheme);         /* "ecdsa_secp256r1_sha256" */
const char *client_certificate_type_name(uint8_t type); /* "ecdsa_sign" */
const char *psk_mode_name(uint8_t mode);          /* "psk_dhe_ke" */

/* By name (any case of letters); false: not known. */
bool suite_by_name(const char *name, size_t length, uint16_t *suite);
/* Groups also as "P-256", "P-384", "P-521" and "prime256v1". */
bool group_by_name(const char *name, size_t length, uint16_t *group);
bool scheme_by_name(const char *name, size_t length, uint16_t *scheme);

/* RFC 8701: 0x?a?a with both bytes alike. */
bool is_grease(uint16_t value);

/* A list of 16-bit code points ("x25519, secp256r1, 0x4a4a") for errors and people; the bytes are
 * the list's contents, big-endian. `name` is one of the functions above. Cut at capacity with
 * "…". */
void list_text(const uint8_t *list, size_t bytes, const char *(*name)(uint16_t), char *text,
    size_t capacity);

#endif
