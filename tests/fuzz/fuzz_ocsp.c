/* OCSP responses: parsed, and then judged with signatures that always verify, by an issuer who is
 * whoever the response says. */
#include "require.h"

#include "x509/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool made_up(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    (void)scheme, (void)key, (void)message, (void)signature;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t spki[] = "\x30\x0e\x30\x09\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x03\x01";
    struct provider provider = provider_openssl;
    struct hf_error error;
    struct ocsp_response response;
    struct finding finding;
    provider.verify = made_up;
    error_clear(&error);
    bool parsed = ocsp_parse(bytes_of(data, size), &provider, &response, &error);
    REQUIRE(parsed != error_is_set(&error));
    REQUIRE(parsed || (error.offset <= size && error.detail[0] != '\0'));
    struct certificate issuer = { .version = 3, .is_ca = true, .spki = bytes_of(spki, 16),
        .subject = parsed ? response.responder_name : bytes_of(NULL, 0) };
    issuer.key.type = KEY_P256;
    struct certificate certificate = { .issuer = issuer.subject, .serial = bytes_of("\x02", 1) };
    struct verify_input input = { .provider = &provider, .now = 1400000000 };
    ocsp_look(&input, bytes_of(data, size), &certificate, &issuer, &finding);
    REQUIRE(finding.status != REVOCATION_NOT_ASKED && finding.detail[0] != '\0');
    REQUIRE(parsed || finding.status == REVOCATION_UNVERIFIABLE);
    return 0;
}
