/* Certificates: whatever parses can be worded, its names walked and its key parsed again. Seeds:
 * the x509 corpus of HANDFAST_TEST_DATA/fuzz. */
#include "require.h"

#include "x509/certificate.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate c;
    struct hf_error error;
    char text[64];
    error_clear(&error);
    if (!certificate_parse(bytes_of(data, size), &provider_openssl, &c, &error)) {
        REQUIRE(error.code == HF_CODE_malformed_certificate && error.offset <= size);
        REQUIRE(error.detail[0] != '\0' && error.field[0] != '\0');
        return 0;
    }
    REQUIRE(!error_is_set(&error));
    struct public_key key;
    REQUIRE(public_key_parse(c.spki, &key, NULL, NULL) && key.type == c.key.type);
    name_text(c.subject, text, sizeof text);
    name_short(c.issuer, text, sizeof text);
    key_text(&c, text, sizeof text);
    time_text(c.not_before, text);
    (void)name_hash(c.issuer);
    REQUIRE(name_equal(c.subject, c.subject) && name_within(c.subject, c.subject));
    REQUIRE(!name_equal(c.subject, c.issuer) || name_hash(c.subject) == name_hash(c.issuer));
    size_t position = 0;
    while (alternative_name_text(&c, &position, text, sizeof text)) {
        REQUIRE(position <= c.alternative_names.length);
    }
    REQUIRE(position == c.alternative_names.length);
    return 0;
}
