/* Which keys sign with which schemes (RFC 4055), and what a RSASSA-PSS key says of itself. */
#include "x509/signature.h"

#include "make.h"

/* openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048
 *     -pkeyopt rsa_pss_keygen_md:sha384 -pkeyopt rsa_pss_keygen_mgf1_md:sha384
 *     -pkeyopt rsa_pss_keygen_saltlen:48 | openssl pkey -pubout -outform DER | xxd -p -c 40 */
static const char pss_384[] =
    "30820156304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a"
    "06092a864886f70d010108300d06096086480165030402020500a2030201300382010f003082010a"
    "02820101009e19051a494fbdfe21528426650a577ff0e5c3c349af8184bf12f2960dad33b105cf5f"
    "c2a3e853b84cb16f64ce906e3c2ed2903eb5b65fd542550994890c12c5fe2ef59e6fd82baadcbc12"
    "2558b924fcee58e9263187f83a0e85410daf7ac3d668c077d5e0169ef8de1a2e43cebdb5749b1ee1"
    "05976af61e2e35d70dbfe6a6334d188f282960f7dda093e70d29a13d167eb1a6576a530bc2ea5f79"
    "e4983845efcccb4bad2cdbb8c0c9547d54b1b6db7b49525a5b3b0e4bbc41a541035c377095317c96"
    "4e9ee37674c841561092b4250e0c128f76605d5faecc246e95103c5408aa2c5520c60d9a0f58fc6a"
    "40280120990b504a06345dffe2dd83292e39eb67230203010001";

static bool fits(const struct public_key *key, uint16_t scheme)
{
    return key_fits_scheme(key, provider->scheme(scheme));
}

static void pss_keys_keep_their_hash(void)
{
    uint8_t spki[512];
    struct public_key key;
    int bits = 0;
    size_t length = from_hex(pss_384, spki, sizeof spki);
    CHECK(public_key_parse(bytes_of(spki, length), &key, &bits, NULL));
    CHECK(key.type == KEY_RSA_PSS && key.pss_hash == HASH_SHA384 && bits == 2048);
    CHECK(fits(&key, 0x080a) && !fits(&key, 0x0809) && !fits(&key, 0x080b));
    CHECK(!fits(&key, 0x0501)); /* PKCS #1 1.5 */
    key.pss_hash = HASH_NONE;
    CHECK(fits(&key, 0x080a) && fits(&key, 0x0809) && !fits(&key, 0x0401));
    /* A salt longer than the hash: no scheme of ours has one. */
    for (size_t i = 0; i + 2 < length; i++) {
        if (spki[i] == 0x02 && spki[i + 1] == 0x01 && spki[i + 2] == 0x30) {
            spki[i + 2] = 0x31;
        }
    }
    CHECK(public_key_parse(bytes_of(spki, length), &key, &bits, NULL));
    CHECK(key.type == KEY_NONE && bits == 2048);
}

static void families(void)
{
    const struct public_key p256 = { .type = KEY_P256 };
    const struct public_key rsa = { .type = KEY_RSA };
    const struct public_key ed = { .type = KEY_ED25519 };
    CHECK(fits(&p256, 0x0403) && fits(&p256, 0x0503) && !fits(&p256, 0x0401));
    CHECK(fits(&rsa, 0x0401) && fits(&rsa, 0x0804) && !fits(&rsa, 0x0403));
    CHECK(fits(&ed, 0x0807) && !fits(&ed, 0x0403));
}

TEST_MAIN(TEST(pss_keys_keep_their_hash), TEST(families))
