/* Paths: a chain of certificates as the fuzzer likes them, each after two bytes of length, some
 * of them trusted. Signatures are made up (the last bytes decide), so that the search sees every
 * shape. */
#include "require.h"

#include "x509/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned checked;

/* True for three of four pairs of key and signature. */
static bool made_up(const struct signature_scheme *scheme, const struct public_key *key,
    hf_bytes message, hf_bytes signature)
{
    unsigned sum = (unsigned)message.length;
    (void)scheme;
    checked++;
    sum += signature.length > 0 ? signature.data[signature.length - 1] : 0;
    sum += key->point.length > 0 ? key->point.data[key->point.length - 1] : 0;
    return sum % 4 != 3;
}

static void look_at(const struct verification *out, const struct hf_error *error, bool ok)
{
    REQUIRE(ok == out->ok && ok != error_is_set(error));
    REQUIRE(out->path_length <= CHAIN_MAX + 2 && checked <= 64);
    REQUIRE(!out->checks[CHECK_CHAIN].ok || out->path_length > 0);
    for (size_t i = 0; i < CHECKS; i++) {
        const struct check_result *r = &out->checks[i];
        REQUIRE(!r->done || r->ok == (r->reason == ERR_none));
        REQUIRE(!r->done || r->detail[0] != '\0');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct certificate chain[CHAIN_MAX];
    static struct path_attempts attempts;
    struct provider provider = provider_openssl;
    struct identity identity;
    struct verification out;
    struct hf_error error;
    hf_reader r = reader_of(data, size);
    uint8_t flags;
    hf_bytes der;
    size_t count = 0;
    if (!read_u8(&r, &flags)) {
        return 0;
    }
    provider.verify = made_up;
    struct hf_trust *trust = trust_new(&allocator_malloc, &provider);
    while (trust != NULL && count < CHAIN_MAX && read_vector16(&r, &der)) {
        if (!certificate_parse(der, &provider, &chain[count], NULL)) {
            continue;
        }
        if ((flags >> (count % 8) & 1) != 0 && count > 0) {
            REQUIRE(trust_add_pem(trust, der, NULL));
        }
        count++;
    }
    if (trust != NULL && count > 0) {
        REQUIRE(identity_parse(flags % 2 == 0 ? "localhost" : "192.0.2.1", &identity, NULL));
        struct verify_input input = { .provider = &provider, .trust = trust, .chain = chain,
            .count = count, .identity = &identity,
            .purpose = flags % 4 < 2 ? PURPOSE_SERVER : PURPOSE_CLIENT, .now = 1800000000,
            .profile = (enum profile)(flags / 8 % 3), .require_policy = flags / 32 % 2 == 1,
            .attempts = flags / 64 % 2 == 1 ? &attempts : NULL };
        error_clear(&error);
        checked = 0;
        bool ok = verify_chain(&input, &out, &error);
        look_at(&out, &error, ok);
    }
    trust_release(trust);
    return 0;
}
