/* ClientHello (RFC 9846, 4.2.2), ServerHello (4.2.3) and HelloRetryRequest (4.2.4). The same
 * structs serve TLS 1.2 (RFC 5246, 7.4.1), in which the extensions block may be empty or absent:
 * its least lengths of 1.3 are left to those who look for the mandatory extensions. */
#include "wire/hello.h"

#include "wire/field.h"

const uint8_t hello_retry_random[HELLO_RANDOM] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

/* RFC 5246, 7.4.1.2: whether extensions are there is told by whether bytes are left. */
static bool parse_extensions(hf_reader *body, hf_bytes *extensions, struct hf_error *error)
{
    *extensions = bytes_of(body->at, 0);
    if (reader_done(body)) {
        return true;
    }
    TRY(field_vector16(body, "extensions", 0, extensions, error));
    return field_end(body, "extensions", error);
}

bool client_hello_parse(hf_reader *body, struct client_hello *hello, struct hf_error *error)
{
    TRY(field_u16(body, "legacy_version", &hello->legacy_version, error));
    TRY(field_bytes(body, "random", HELLO_RANDOM, &hello->random, error));
    TRY(field_vector8(body, "legacy_session_id", 0, SESSION_ID_MAX, &hello->session_id, error));
    TRY(field_codes16(body, "cipher_suites", &hello->cipher_suites, error));
    TRY(field_vector8(body, "legacy_compression_methods", 1, 255, &hello->compression_methods,
        error));
    return parse_extensions(body, &hello->extensions, error);
}

bool server_hello_parse(hf_reader *body, struct server_hello *hello, struct hf_error *error)
{
    TRY(field_u16(body, "legacy_version", &hello->legacy_version, error));
    TRY(field_bytes(body, "random", HELLO_RANDOM, &hello->random, error));
    hello->is_retry =
        bytes_equal_public(hello->random, bytes_of(hello_retry_random, HELLO_RANDOM));
    TRY(field_vector8(body, "legacy_session_id_echo", 0, SESSION_ID_MAX, &hello->session_id,
        error));
    TRY(field_u16(body, "cipher_suite", &hello->cipher_suite, error));
    TRY(field_u8(body, "legacy_compression_method", &hello->compression_method, error));
    return parse_extensions(body, &hello->extensions, error);
}

void client_hello_build(hf_builder *b, const struct client_hello *hello)
{
    build_u16(b, hello->legacy_version);
    build_bytes(b, hello->random);
    build_vector8(b, hello->session_id);
    build_vector16(b, hello->cipher_suites);
    build_vector8(b, hello->compression_methods);
}

void server_hello_build(hf_builder *b, const struct server_hello *hello)
{
    build_u16(b, hello->legacy_version);
    build_bytes(b, hello->random);
    build_vector8(b, hello->session_id);
    build_u16(b, hello->cipher_suite);
    build_u8(b, hello->compression_method);
}
