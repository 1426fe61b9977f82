/* Identities for every kind of signature: see identities.h. The keys are for tests alone, from
 *     openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256      (P-384, P-521)
 *     openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048       (RSA-PSS)
 *     openssl genpkey -algorithm ED25519                            (ED448, root, intermediate) */
#include "support/identities.h"

#include <stdlib.h>
#include <string.h>

#include "base/builder.h"
#include "x509/issue.h"
#include "x509/pem.h"

static const char key_p256[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgLN4e27LSryp4Kcw4\n"
    "646C5YFv9rnvLxtaNzWzvfVu+hShRANCAATZ+MRo5Y0Kv93omT6eooCi4R0Kgykv\n"
    "C2EjNcusz/Z/In4XOu6xWpaFk3+cVG9qcOVSttIblXtQpVo/AqNvik0q\n"
    "-----END PRIVATE KEY-----\n";

static const char key_p384[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCG8AUz7uApVpdEem5H\n"
    "1nQ6dayHnyHwL/xS/OTySLvTMoURsJ2lCyPhYpJWy3mgm4mhZANiAASiGVi9rPh/\n"
    "yC68NjG0QgixRU7XxvjdSbsQkKxEjbnCwknUpl2mUlHJM5TzcG6OkJcolR1cmtQI\n"
    "RCLrOFe7VYLZZXOzyQl2LO/sVq5EQ766uoHjvwCDZxk/NT2Vnq7V9Do=\n"
    "-----END PRIVATE KEY-----\n";

static const char key_p521[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIHuAgEAMBAGByqGSM49AgEGBSuBBAAjBIHWMIHTAgEBBEIAyZISk6L8ktO+n7rn\n"
    "XfxN2aTls4U5r6kNKmNdCSYN7P7ouaaCezvAllVvb7VlJxzN0Aoo98g1UwMlFtMp\n"
    "IOzP2+ChgYkDgYYABAHuukc3Ja1joIz7auOUOPceUEEM4ypm7/5jLgI3//V5b3ja\n"
    "VGIXwd0NwA/daR/utqw69b0nCLAQj7ADeqWWeOyWSgBvasek80DnQOxaQHV5kHNL\n"
    "pzStCCEf7EX5tz3g8iMfxqIHuTPK5JqGWR6HlhzjVBwL5PBicaqQlLpaNt35KOKu\n"
    "+w==\n"
    "-----END PRIVATE KEY-----\n";

static const char key_rsa[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDvKPNMjvDC3yn/\n"
    "PeKwMNYBocSB7i3cE24cMdaXnGaCP6VAArypDteGLYudDv4eY4JOqcP9iw1B3DDc\n"
    "+u7vZI5KFWLZhfFtFmmkQhFNSgerbxL1ZEuWDzCw85T6PkqJ+5l87vGDi2bVeUAm\n"
    "qr/48O8f8megXVh7aN4kduji9+3qRlxixAV9xowwXBEsYWp8GM8Zm55D0R0ho8Lh\n"
    "EdmFW2caB3rFFz/wq/n3Z2byPfqLonpwZV5tGfpoX9NVWSl/zQbq1qNIW4Z2MKmj\n"
    "IPMdXNFrm2bu+MsIklKH6+SOLPx+oOmxJ5bg7rQcJp3Hb2WojZePzWcFhCk7GyQV\n"
    "E5ijGiANAgMBAAECggEAIuYHnMIV/WW5t+J0sA+sRtgvd+NE42KddHVMUlrS9Yoq\n"
    "h7zugT/mcNC4GP7NU6tjIi3xKNAP6u6h3bkrQRkcD1DwF/xM5sV4vGycoDnfhSNj\n"
    "8ZWFVxwX15ZvxJVu5JQniVzHttGSe6+iDhJoCYBE8JU7jGHarcV3dvw4DxitKbx6\n"
    "9HdspGh4ra7lgBuB+oj5E5PD6JamfU9Vx4/AvvouyZlibpEdztDeOFkg8Um6YFiy\n"
    "W3CSKvKjTNvtOXjwAWKrS7dcCjICTa7iBPHXBzkCsrF73IABjUMi9tmp35tyhsB7\n"
    "2oONVJ5U4QYghKkUSrCYOgl1UzNMWmk29WR8pVZe4QKBgQD+XJhsIytwZrXCPySs\n"
    "iP1nTbHfxn7yhAGxQWj7AlaVj85rdPxrNCPLrpXBqgH+hGW0nVeCoZLqAeGkbNm+\n"
    "P1l/XpKJHwHtlAyyUY/5WnLtP/oqM5BbwweFarpUw8pq56wgJLnubiXqQEumRuGR\n"
    "d/i8O/v0C+/3ysgVlVuu72r5IQKBgQDws0oiDhcG++L5xGu56b040LqjMhP5FJz8\n"
    "rEKmUTQPGD+oVwsdOqZqY4ZzNL3ndEXZRnbq+rTrbqh56wQxyjNb52W8yg6me896\n"
    "LXA82ZDkiHXZhPTUqn2Cz1hzhZRqfO38MGssMeDSEUJ2PVqq6Uc4xmRO7sY0AMTX\n"
    "pWQH4BttbQKBgDF2QA2HKUNKNb34GWGTofMcoKIrLzRphwq49XkaE0wyEqnCrfMK\n"
    "yIsq/+QQ8yJTDJP6pLG6SZ9HjmEy6YSdPQIPmd8gMHfKek2SnrSWahLIhhT+weuW\n"
    "GThQcLta91mig04c1isPMEBFEHDdB7AJ7ExuPahPSfKddBr+WD3EQMEBAoGBAJec\n"
    "VtWcimSbxBwO3Mv9rnJbBzREFtCNa1S8LD8WZvQbEf221glTJ/9bMRTf474mPtjc\n"
    "yYq437xrtzMUFVBHTJJW7n47x36V/dm3RTsOz3UjfxfD53MM8IG0mMIrIZDxn/V5\n"
    "iggMYs/ujy5q9vEwfuwECqqtO6sF0PcD9j3/q0cBAoGAOSOcHwzwQnqGvm8BesKZ\n"
    "mXUr7F7lk32xVSMRZOc4MJRYRQYJ2Qe+rtLrhGPRLZRCwmxwWV9ir+qVNO9NTI82\n"
    "2lXS1fAN97TLsgvL5MKTRxkdAOGaw2S1ghw41oj8awut1nhPXQhSCrM0i6z7Va75\n"
    "t3KJ4AgRh0X3lzN6+AuacQM=\n"
    "-----END PRIVATE KEY-----\n";

static const char key_rsa_pss[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEuwIBADALBgkqhkiG9w0BAQoEggSnMIIEowIBAAKCAQEAxujV1o/blElxRQAv\n"
    "D0aLvApUMQ7AQ6OGu47vOgktMWWljaRDrJXJUSqtRF1t/fN6V7mUOFar5Elq76Z+\n"
    "e1dqTYE90e2IZjKYMvyzt5maxh8Un+g9XTa+PUTCmsq+f35n7NxFVPvyOwR8JRoI\n"
    "qEdLqbtrWTyJvywv+qqJn+LWwmaQBUlhNRbjKNNnhi2jy/M526BhrfoA2X1LyHDG\n"
    "5HKFexRTkUK65jc/VXtBUCd4lnDeXiNh2hh+sVHeBJIebqBdk1vGxtfgNNpYob9f\n"
    "WVvp9LnVsvIk59/QFH0ZwZ74A0+mtEknOeNchVuW7+RMwey5P6hihxeeEDdfH12w\n"
    "RtEOFwIDAQABAoIBAAV8xul0bopYvFc6+hFh0NkPL+NqlMNI756dAtyHBEgolbii\n"
    "n3tTZopmswD/0tj+rpFc/UnQmk1h+SFDZpngf35D4oC4HNs06h39+rdF9Y8hrF/8\n"
    "+DRqHjVygCvlC/xYcGWIbiE6EiSuqv4bCcIatWupT/zWPraXcXto2QMgLuyN+0vq\n"
    "oEyzER9U+oeK3xKw0vudSy0/Ur+5OZcjakKXO3Iqhxjtfl/PDR7/zoDrCYk3qkGR\n"
    "QhJTbCuQ8Nirqbu0YoDWxPjAd/XIiieSxg6cYJRfzamL4eD/WM6ro3uzuY+WUYIF\n"
    "WvwWr144onfhSiRgGzUrnZkrJld9lyhJnOQr3gECgYEA9fjUGKvaPxDydbtFv72z\n"
    "LjVf8yVz1W7Imr1/cyiKADsyDs0bbm1doWwet9dtuo3JymaRkjLwfLp/s6sZxlc0\n"
    "sBVQaji+iVIdCtBsJgElTWJRbLPQPjfNNJQ/4bNdcWm88S8kd7wnGd4X560m4Wfn\n"
    "C5tUQdsWtzw/Tq4ixR56K+cCgYEAzwTStD3/yABcJmQxtxdToa0CTVLuYexonJoX\n"
    "pHDvmE7lfOoESFKzicxYXA8piVM+X6+1iy5Ou+CTPWDCw8qpGX7/NhwN6UHRs7+i\n"
    "2f+DwLaZ9mX+TROUngwR3qmNzqBi+pHDsY1bfNyAwU/M/c5gW1ZWAEcVXEJry6U6\n"
    "L2+YRlECgYEAyTQ/AuNoxpftTaLgHkVl0dG1aCblxtw1WmbSX3f00tWZUAQ1gTIT\n"
    "Gh1gT0/4oVakj10xjN8AW3cPSQAYOGdTYQo+WnWKXrf9q7/sB3Z+dfuL0ZiRKqPo\n"
    "xy7RxqU7Na+h78R5Vzxg28cR1OCN4mpk09i+ppQ506+Dta+6H3abx1cCgYBphe3Z\n"
    "TlkZG4XdU+k7iLpqiQPJYmJ8q8LPQISYn7ChlGXJ/IdeTjmSHgVUN65Wf4YlxCzn\n"
    "2xzrC5hCCxZ8MstrYZ65eCdnJNO9qgtaz7HbA7kLLgYoR7jTrxdUxlywXHTXgIGd\n"
    "+Y4O4V8IKqM1JINdS27fCVzMAFduILS+BUY7YQKBgAd+90aTtGux+ygsCcnQCgy9\n"
    "UHzqiX5h7IdPJgqPJ4hHMNDv6hpZbjtraGE08JG0hvrBgzdF4iqzgxkgCOuaVxzZ\n"
    "7q0U+vNJWauTDAiVHwZGyvPM4Y1K+2h0VcbPyXe9+6N/4qso0MGdtQUqCUrIqJd1\n"
    "0H+EfoUIF9bdkiDVLVLE\n"
    "-----END PRIVATE KEY-----\n";

static const char key_ed25519[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIPRh5UfxOaz5/iovrH1ZqNjYlF77cwy3A1M+QziryvZa\n"
    "-----END PRIVATE KEY-----\n";

static const char key_ed448[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MEcCAQAwBQYDK2VxBDsEOeTTE+DQd/qQ2dKlVNK7zd+ydf0fgwGtaHvKZqtIASZf\n"
    "VQB/BZiu8SYls1QQTpo9G8qe1pViD2mq5Q==\n"
    "-----END PRIVATE KEY-----\n";

static const char root_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIHuwIv9i+sFMyRMcN4iHts+fagNgyvNI/yr+Q/tJnZSo\n"
    "-----END PRIVATE KEY-----\n";

static const char intermediate_key[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEILmC903SATGsyKR9Z4Mkuj5B4dpYfDFeTjFWnyzv8XL1\n"
    "-----END PRIVATE KEY-----\n";

static const struct {
    const char *name;
    const char *key;
} kinds[KINDS] = {
    [KIND_P256] = { "P-256", key_p256 },
    [KIND_P384] = { "P-384", key_p384 },
    [KIND_P521] = { "P-521", key_p521 },
    [KIND_RSA] = { "RSA", key_rsa },
    [KIND_RSA_PSS] = { "RSA-PSS", key_rsa_pss },
    [KIND_ED25519] = { "Ed25519", key_ed25519 },
    [KIND_ED448] = { "Ed448", key_ed448 },
};

/* 2020-01-01 and 2120-01-01. */
enum { NOT_BEFORE = 1577836800 };
static const int64_t not_after = 4733510400;

static const char root_name[] = "handfast test root";
static const char intermediate_name[] = "handfast test intermediate";

const char *identity_kind_name(enum identity_kind kind)
{
    return kinds[kind].name;
}

const char *identity_key(enum identity_kind kind)
{
    return kinds[kind].key;
}

static struct private_key *load(const char *pem)
{
    uint8_t der[2048];
    hf_reader r = reader_of((const uint8_t *)pem, strlen(pem));
    hf_bytes label;
    size_t length;
    if (pem_next(&r, &label, der, sizeof der, &length, NULL) != 1) {
        return NULL;
    }
    return provider_openssl.private_key_load(bytes_of(der, length));
}

/* Serial numbers that are the same each time. */
static bool serial(void *user, uint8_t *out, size_t length)
{
    (void)user;
    for (size_t i = 0; i < length; i++) {
        out[i] = (uint8_t)(i + 1);
    }
    return true;
}

/* Appends a certificate to the text. */
static bool issue(const char *subject, const char *subject_key, const char *issuer,
    const char *issuer_key, const struct identity *names, size_t name_count, char *pem)
{
    uint8_t der[2048];
    size_t length;
    size_t used = strlen(pem);
    size_t written = 0;
    struct provider provider = provider_openssl;
    provider.random.public_bytes = serial;
    struct private_key *own = load(subject_key);
    struct private_key *signer = load(issuer_key);
    struct issue_input input = { .provider = &provider, .common_name = subject,
        .issuer_name = issuer, .subject_key = own, .issuer_key = signer, .is_ca = name_count == 0,
        .names = names, .name_count = name_count, .not_before = NOT_BEFORE,
        .not_after = not_after };
    bool ok = own != NULL && signer != NULL &&
        certificate_issue(&input, der, sizeof der, &length, NULL) &&
        pem_write("CERTIFICATE", bytes_of(der, length), pem + used, IDENTITY_PEM - used - 1,
            &written);
    pem[used + (ok ? written : 0)] = '\0';
    provider_openssl.private_key_drop(own);
    provider_openssl.private_key_drop(signer);
    return ok;
}

bool identity_chain(enum identity_kind kind, const char *names, char pem[IDENTITY_PEM])
{
    struct identity list[8];
    size_t count = 0;
    while (*names != '\0' && count < 8) {
        char name[256];
        size_t length = strcspn(names, ",");
        if (length >= sizeof name) {
            return false;
        }
        memcpy(name, names, length);
        name[length] = '\0';
        /* A wildcard is for patterns alone: identity_parse takes what a user may ask for. */
        bool wildcard = strncmp(name, "*.", 2) == 0;
        if (!identity_parse(name + (wildcard ? 2 : 0), &list[count], NULL)) {
            return false;
        }
        if (wildcard) {
            memcpy(list[count].dns, name, length + 1);
        }
        count++;
        names += length + (names[length] == ',');
    }
    pem[0] = '\0';
    return issue(kinds[kind].name, kinds[kind].key, intermediate_name, intermediate_key, list,
               count, pem) &&
        issue(intermediate_name, intermediate_key, root_name, root_key, NULL, 0, pem);
}

hf_identity *identity_of_kind(enum identity_kind kind, const char *names)
{
    char chain[IDENTITY_PEM];
    const char *key = kinds[kind].key;
    return identity_chain(kind, names, chain)
        ? hf_identity_from_pem(chain, strlen(chain), key, strlen(key), NULL)
        : NULL;
}

hf_identity *identity_external(enum identity_kind kind, const char *names)
{
    char chain[IDENTITY_PEM];
    return identity_chain(kind, names, chain)
        ? hf_identity_external(chain, strlen(chain), NULL)
        : NULL;
}

hf_trust *identity_trust(void)
{
    char pem[IDENTITY_PEM] = "";
    hf_trust *trust = hf_trust_new();
    if (trust == NULL || !issue(root_name, root_key, root_name, root_key, NULL, 0, pem) ||
        !hf_trust_add_pem(trust, pem, strlen(pem), NULL)) {
        hf_trust_free(trust);
        return NULL;
    }
    return trust;
}
