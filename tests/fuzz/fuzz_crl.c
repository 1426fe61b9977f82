/* CRLs: a parsed one is looked up in, with the CRL's own issuer as the certificate's; signatures
 * always verify, so that what it says is reached. */
#include "require.h"

#include "x509/crl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool made_up(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    (void)scheme, (void)key, (void)message, (void)signature;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct provider provider = provider_openssl;
    struct hf_error error;
    struct crl crl;
    provider.verify = made_up;
    error_clear(&error);
    if (!crl_parse(bytes_of(data, size), &provider, &crl, &error)) {
        REQUIRE(error_is_set(&error) && error.offset <= size && error.detail[0] != '\0');
        return 0;
    }
    REQUIRE(!error_is_set(&error) && crl.tbs.length <= size && crl.count <= size);
    struct certificate issuer = { .version = 3, .is_ca = true, .subject = crl.issuer };
    issuer.key.type = crl.scheme != NULL ? crl.scheme->key : KEY_NONE;
    struct certificate certificate = { .issuer = crl.issuer, .serial = bytes_of("\x02", 1),
        .crl_points = bytes_of(data, size) };
    struct verify_input input = { .provider = &provider, .now = 1400000000 };
    for (int ca = 0; ca < 2; ca++) {
        struct finding finding;
        certificate.is_ca = ca == 1;
        crl_look(&input, &crl, &certificate, &issuer, &finding);
        REQUIRE(finding.status == REVOCATION_NOT_ASKED || finding.detail[0] != '\0');
    }
    return 0;
}
