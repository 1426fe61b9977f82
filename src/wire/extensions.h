/* Extensions: the list (RFC 9846, 4.3) and each body (resumption.h has those of resumption), parsed
 * and written, nothing else. Every x_parse takes the extension's body (from extension_next, offsets
 * count from the message's beginning), uses all of it, and fails as decode_error with field and
 * byte (or as the RFC says). */
#ifndef WIRE_EXTENSIONS_H
#define WIRE_EXTENSIONS_H

#include "base/builder.h"
#include "base/error.h"

struct extension {
    uint16_t type;
    hf_reader body;
};

/* Walks the contents of an extensions block. 1: *extension is the next; 0: the end; -1: malformed.
 * `list` is a reader over the contents (reader_within the message). */
int extension_next(hf_reader *list, struct extension *extension, struct hf_error *error);

/* Writes type, length and the body that is built between open and close. */
size_t extension_open(hf_builder *b, uint16_t type);
void extension_close(hf_builder *b, size_t mark);

/* server_name (RFC 6066, 3). In a ClientHello: exactly one host_name, 1..255 bytes without a zero
 * byte. In an answer: empty. */
bool server_name_parse(hf_reader *body, hf_bytes *host_name, struct hf_error *error);
/* Whole extension; empty name: empty body */
void server_name_build(hf_builder *b, hf_bytes host_name);

/* A list of 16-bit code points with a 2-byte length: supported_groups (4.3.7), signature_algorithms
 * and signature_algorithms_cert (4.3.3). At least one; `field` names it in errors. */
bool code_list_parse(hf_reader *body, const char *field, hf_bytes *list, struct hf_error *error);
void code_list_build(hf_builder *b, uint16_t type, const uint16_t *codes, size_t count);

/* supported_versions (4.3.1): the client's list (contents, 2 bytes each), the server's choice. */
bool supported_versions_parse_client(hf_reader *body, hf_bytes *list, struct hf_error *error);
bool supported_versions_parse_server(hf_reader *body, uint16_t *version, struct hf_error *error);
void supported_versions_build_client(hf_builder *b, const uint16_t *versions, size_t count);
void supported_versions_build_server(hf_builder *b, uint16_t version);

/* key_share (4.3.8). The client's: walk with key_share_next over the list's contents; no group
 * twice is the caller's to check. The server's: one entry. HelloRetryRequest's: a group. */
struct key_share {
    uint16_t group;
    hf_bytes key_exchange; /* at least one byte */
};
bool key_share_parse_client(hf_reader *body, hf_reader *list, struct hf_error *error);
int key_share_next(hf_reader *list, struct key_share *share, struct hf_error *error); /* 1, 0, -1 */
bool key_share_parse_server(hf_reader *body, struct key_share *share, struct hf_error *error);
bool key_share_parse_retry(hf_reader *body, uint16_t *group, struct hf_error *error);
void key_share_build_client(hf_builder *b, const struct key_share *shares, size_t count);
void key_share_build_server(hf_builder *b, const struct key_share *share);
void key_share_build_retry(hf_builder *b, uint16_t group);

/* ALPN (RFC 7301, 3.1). A list of names of 1..255 bytes; the answer holds exactly one. */
/* Contents: vectors of 8-bit length */
bool alpn_parse(hf_reader *body, hf_bytes *list, struct hf_error *error);
bool alpn_parse_answer(hf_reader *body, hf_bytes *protocol, struct hf_error *error);
void alpn_build(hf_builder *b, hf_bytes list);             /* contents as alpn_parse gives them */
void alpn_build_answer(hf_builder *b, hf_bytes protocol);
/* Whether a list's contents hold a name. */
bool alpn_contains(hf_bytes list, hf_bytes protocol);

/* cookie (4.3.2): 1..65535 bytes. */
bool cookie_parse(hf_reader *body, hf_bytes *cookie, struct hf_error *error);
void cookie_build(hf_builder *b, hf_bytes cookie);

/* status_request (RFC 6066, 8). A ClientHello's: whether it asks for OCSP; requests of other types
 * are not looked into. The answer, of one form as CertificateStatus of TLS 1.2 and in a Certificate
 * of TLS 1.3 (4.5.1.1): an OCSPResponse of at least one byte; status_build writes this body alone.
 * In TLS 1.2's ServerHello and in CertificateRequest it is empty. */
bool status_request_parse(hf_reader *body, bool *ocsp, struct hf_error *error);
void status_request_build(hf_builder *b);
bool status_parse(hf_reader *body, hf_bytes *response, struct hf_error *error);
void status_build(hf_builder *b, hf_bytes response);

/* signed_certificate_timestamp (RFC 6962, 3.3.1): a SignedCertificateTimestampList, checked but
 * opaque: `list` with its own length, as the file of a CA holds it. In requests it is empty. */
bool timestamps_parse(hf_reader *body, hf_bytes *list, struct hf_error *error);
void timestamps_build(hf_builder *b, hf_bytes list);

/* ec_point_formats (RFC 8422, 5.1.2): must hold uncompressed (illegal_parameter). */
bool point_formats_parse(hf_reader *body, hf_bytes *formats, struct hf_error *error);
void point_formats_build(hf_builder *b); /* uncompressed alone */

/* renegotiation_info (RFC 5746, 3.2): empty in a first handshake. */
bool renegotiation_info_parse(hf_reader *body, hf_bytes *connection, struct hf_error *error);
void renegotiation_info_build(hf_builder *b, hf_bytes connection);

/* certificate_authorities (4.3.4): at least one name, each 1..65535 bytes of DER. */
/* Contents: 16-bit vectors */
bool authorities_parse(hf_reader *body, hf_bytes *list, struct hf_error *error);

/* An extension that must be empty, such as extended_master_secret (RFC 7627, 5.1). */
bool empty_parse(hf_reader *body, const char *field, struct hf_error *error);
void empty_build(hf_builder *b, uint16_t type);

#endif
