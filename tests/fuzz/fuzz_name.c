/* Names and identities: texts that users type, patterns that certificates hold, names in DER. */
#include "require.h"

#include "x509/identity.h"
#include "x509/name.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void as_identity(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct identity identity;
    struct identity again;
    char canonical[256];
    if (text == NULL) {
        return;
    }
    memcpy(text, data, size);
    text[size] = '\0';
    if (identity_parse(text, &identity, NULL)) {
        /* What is said of it parses to the same. */
        identity_text(&identity, canonical);
        REQUIRE(identity_parse(canonical, &again, NULL) && again.type == identity.type);
        REQUIRE(strcmp(again.dns, identity.dns) == 0);
        REQUIRE(bytes_equal_public(bytes_of(again.ip, again.ip_length),
            bytes_of(identity.ip, identity.ip_length)));
        if (identity.type == IDENTITY_DNS) {
            hf_bytes name = bytes_of(identity.dns, strlen(identity.dns));
            REQUIRE(dns_name_valid(name) && dns_pattern_matches(name, name));
        }
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    size_t cut = data[0] < size ? data[0] : size;
    hf_bytes left = bytes_of(data, cut);
    hf_bytes right = bytes_of(data + cut, size - cut);
    as_identity(data + 1, size - 1);
    (void)dns_pattern_matches(left, right);
    hf_reader r = reader_of(data + 1, size - 1);
    hf_bytes first;
    hf_bytes second;
    struct general_name general;
    char text[40];
    if (name_read(&r, "subject", &first, NULL) && name_read(&r, "subject", &second, NULL)) {
        bool equal = name_equal(first, second);
        REQUIRE(equal == name_equal(second, first));
        REQUIRE(!equal || name_hash(first) == name_hash(second));
        REQUIRE(!equal || (name_within(first, second) && name_within(second, first)));
        name_text(first, text, sizeof text);
        name_short(second, text, sizeof text);
    }
    r = reader_of(data + 1, size - 1);
    if (general_name_read(&r, "name", data[0] % 2 == 0, &general, NULL)) {
        general_name_text(&general, text, sizeof text);
    }
    return 0;
}
