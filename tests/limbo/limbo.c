/* Runs any file of x509-limbo's schema against verify_chain.
 *
 *     limbo FILE.json [deployed|rfc5280|web]
 *
 * One line a case, ID, expected, got and reason with tabs between, then the sums. The profile is
 * the one whose rules a case tests, by the first word of its id ("webpki": web, else rfc5280),
 * unless one is named: docs/x509-policy.md. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "json.h"
#include "x509/crl.h"
#include "x509/identity.h"
#include "x509/name.h"
#include "x509/pem.h"

enum { CERTIFICATES = 256, CRLS = 16 };

struct limbo_case {
    const struct json *json;
    const char *unknown; /* what of the schema we do not know; NULL: nothing */
    struct hf_trust *trust;
    struct certificate chain[CERTIFICATES];
    struct crl crls[CRLS];
    uint8_t *memory[CERTIFICATES + CRLS];
    size_t blocks;
    struct identity identity;
    struct verify_input input;
    struct verification out;
    struct hf_error error;
};

static const struct provider *const provider = &provider_openssl;

/* ---- Reading a case ---- */

/* Every block of a PEM text goes to `take`, in memory that the case keeps. */
static bool pem_each(struct limbo_case *c, const char *text,
    bool (*take)(struct limbo_case *c, hf_bytes der))
{
    hf_reader r = reader_of((const uint8_t *)text, strlen(text));
    hf_bytes label;
    size_t length;
    size_t room = strlen(text) + 1;
    size_t count = 0;
    for (;;) {
        uint8_t *memory = c->blocks < CERTIFICATES + CRLS ? malloc(room) : NULL;
        int found = memory == NULL ? -1 :
            pem_next(&r, &label, memory, room, &length, &c->error);
        if (found <= 0) {
            free(memory);
            return found == 0 && count > 0;
        }
        c->memory[c->blocks++] = memory;
        count++;
        if (!take(c, bytes_of(memory, length))) {
            return false;
        }
    }
}

static bool take_trusted(struct limbo_case *c, hf_bytes der)
{
    return trust_add_pem(c->trust, der, &c->error);
}

static bool take_certificate(struct limbo_case *c, hf_bytes der)
{
    if (c->input.count == CERTIFICATES) {
        return fail(&c->error, ERR_chain_too_costly, "more than %d certificates", CERTIFICATES);
    }
    TRY(certificate_parse(der, provider, &c->chain[c->input.count], &c->error));
    c->input.count++;
    return true;
}

static bool take_crl(struct limbo_case *c, hf_bytes der)
{
    if (c->input.crl_count == CRLS) {
        return fail(&c->error, ERR_bad_crl, "more than %d CRLs", CRLS);
    }
    TRY(crl_parse(der, provider, &c->crls[c->input.crl_count], &c->error));
    c->input.crl_count++;
    return true;
}

static bool take_list(struct limbo_case *c, const char *member,
    bool (*take)(struct limbo_case *c, hf_bytes der))
{
    const struct json *list = json_get(c->json, member);
    bool good = true;
    for (const struct json *v = list != NULL ? list->first : NULL; v != NULL; v = v->next) {
        good = v->type == JSON_STRING && pem_each(c, v->text, take) && good;
    }
    return good;
}

/* "2024-01-01T00:00:00+00:00", with a fraction or Z if need be. */
static bool time_parse(const char *text, int64_t *seconds)
{
    struct civil t;
    int length = 0;
    int hours = 0;
    int minutes = 0;
    if (sscanf(text, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &t.year, &t.month, &t.day, &t.hour,
            &t.minute, &t.second, &length) != 6 || length != 19) {
        return false;
    }
    text += length;
    if (*text == '.') {
        text += 1 + strspn(text + 1, "0123456789");
    }
    *seconds = civil_seconds(&t);
    if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
        return true;
    }
    if ((*text != '+' && *text != '-') || sscanf(text + 1, "%2d:%2d%n", &hours, &minutes,
            &length) != 2 || length != 5 || text[6] != '\0') {
        return false;
    }
    *seconds += (*text == '+' ? -1 : 1) * (hours * 3600 + minutes * 60);
    return true;
}

/* The bits of the names in a list; an unknown name is told. */
struct bit_name {
    const char *name;
    unsigned bit;
};

static unsigned bits_of(struct limbo_case *c, const char *member, const struct bit_name *names)
{
    const struct json *list = json_get(c->json, member);
    unsigned bits = 0;
    for (const struct json *v = list != NULL ? list->first : NULL; v != NULL; v = v->next) {
        const struct bit_name *n = names;
        while (n->name != NULL && (v->type != JSON_STRING || strcmp(n->name, v->text) != 0)) {
            n++;
        }
        c->unknown = n->name == NULL ? member : c->unknown;
        bits |= n->bit;
    }
    return bits;
}

static void read_usages(struct limbo_case *c, bool server)
{
    static const struct bit_name usages[] = { { "digitalSignature", USAGE_DIGITAL_SIGNATURE },
        { "contentCommitment", USAGE_NON_REPUDIATION },
        { "keyEncipherment", USAGE_KEY_ENCIPHERMENT },
        { "dataEncipherment", USAGE_DATA_ENCIPHERMENT },
        { "keyAgreement", USAGE_KEY_AGREEMENT }, { "keyCertSign", USAGE_KEY_CERT_SIGN },
        { "cRLSign", USAGE_CRL_SIGN }, { "encipherOnly", USAGE_ENCIPHER_ONLY },
        { "decipherOnly", USAGE_DECIPHER_ONLY }, { NULL, 0 } };
    static const struct bit_name purposes[] = { { "serverAuth", PURPOSE_SERVER },
        { "clientAuth", PURPOSE_CLIENT }, { "codeSigning", PURPOSE_CODE },
        { "emailProtection", PURPOSE_EMAIL }, { "timeStamping", PURPOSE_TIME },
        { "OCSPSigning", PURPOSE_OCSP }, { "anyExtendedKeyUsage", 0 }, { NULL, 0 } };
    unsigned wanted = bits_of(c, "extended_key_usage", purposes);
    c->input.key_usage = bits_of(c, "key_usage", usages);
    c->input.purpose = wanted != 0 ? (enum purpose)wanted :
        server ? PURPOSE_SERVER : PURPOSE_CLIENT;
}

static bool read_scalars(struct limbo_case *c, bool server)
{
    const char *at = json_text(c->json, "validation_time");
    const struct json *depth = json_get(c->json, "max_chain_depth");
    const struct json *peer = json_get(c->json, "expected_peer_name");
    c->input.now = (int64_t)time(NULL);
    if (at != NULL && !time_parse(at, &c->input.now)) {
        c->unknown = "validation_time";
    }
    if (depth != NULL && depth->type == JSON_NUMBER) {
        c->input.has_depth_limit = true;
        c->input.depth_limit = (unsigned)strtoul(depth->text, NULL, 10);
    }
    read_usages(c, server);
    c->input.identity = &c->identity;
    if (!server || peer == NULL || peer->type == JSON_NULL) {
        return true;
    }
    const char *kind = json_text(peer, "kind");
    const char *value = json_text(peer, "value");
    if (kind == NULL || value == NULL || strcmp(kind, "RFC822") == 0) {
        c->unknown = "expected_peer_name";
        return true;
    }
    return identity_parse(value, &c->identity, &c->error);
}

static enum profile profile_of(const char *id, const char *named)
{
    static const char *const names[] = { "deployed", "rfc5280", "web" };
    for (size_t i = 0; named != NULL && i < sizeof names / sizeof *names; i++) {
        if (strcmp(named, names[i]) == 0) {
            return (enum profile)i;
        }
    }
    return strncmp(id, "webpki::", 8) == 0 ? PROFILE_WEB : PROFILE_RFC5280;
}

/* ---- What verify_chain does not ask ---- */

static bool has_name(const struct certificate *leaf, const char *kind, const char *value)
{
    struct identity wanted;
    char ignored[64];
    struct general_name name;
    hf_reader r = reader_of_bytes(leaf->alternative_names);
    if (strcmp(kind, "RFC822") != 0) {
        return identity_parse(value, &wanted, NULL) &&
            identity_matches(leaf, &wanted, ignored, sizeof ignored);
    }
    while (!reader_done(&r) && general_name_read(&r, "", false, &name, NULL)) {
        if (name.type == GENERAL_EMAIL &&
                bytes_equal_public(name.value, bytes_of(value, strlen(value)))) {
            return true;
        }
    }
    return false;
}

/* For a client's certificate: all of these names. */
static bool peer_names_hold(struct limbo_case *c)
{
    const struct json *list = json_get(c->json, "expected_peer_names");
    for (const struct json *v = list != NULL ? list->first : NULL; v != NULL; v = v->next) {
        const char *kind = json_text(v, "kind");
        const char *value = json_text(v, "value");
        if (kind == NULL || value == NULL || !has_name(&c->chain[0], kind, value)) {
            return fail(&c->error, ERR_name_mismatch, "the certificate lacks the name %.100s",
                value != NULL ? value : "?");
        }
    }
    return true;
}

/* Only these algorithms below the trusted certificate. */
static bool algorithms_hold(struct limbo_case *c)
{
    static const struct {
        const char *limbo;
        const char *ours;
    } names[] = {
        { "RSA_WITH_SHA256", "sha256WithRSAEncryption" },
        { "RSA_WITH_SHA384", "sha384WithRSAEncryption" },
        { "RSA_WITH_SHA512", "sha512WithRSAEncryption" },
        { "RSASSA_PSS", "RSASSA-PSS" },
        { "ECDSA_WITH_SHA256", "ecdsa-with-SHA256" },
        { "ECDSA_WITH_SHA384", "ecdsa-with-SHA384" },
        { "ECDSA_WITH_SHA512", "ecdsa-with-SHA512" },
        { "ED25519", "Ed25519" },
        { "ED448", "Ed448" },
    };
    const struct json *list = json_get(c->json, "signature_algorithms");
    if (list == NULL || list->first == NULL) {
        return true;
    }
    for (size_t i = 0; i + 1 < c->out.path_length; i++) {
        const char *algorithm = c->out.path[i]->algorithm;
        bool allowed = false;
        for (const struct json *v = list->first; v != NULL; v = v->next) {
            for (size_t n = 0; v->type == JSON_STRING && n < sizeof names / sizeof *names; n++) {
                allowed = allowed || (strcmp(names[n].limbo, v->text) == 0 &&
                    strncmp(names[n].ours, algorithm, strlen(names[n].ours)) == 0);
            }
        }
        if (!allowed) {
            return fail(&c->error, ERR_weak_signature, "%s is not among the algorithms asked for",
                algorithm);
        }
    }
    return true;
}

/* ---- Running ---- */

static bool prepare(struct limbo_case *c, const char *named)
{
    const char *id = json_text(c->json, "id");
    const char *kind = json_text(c->json, "validation_kind");
    const char *leaf = json_text(c->json, "peer_certificate");
    const char *expected = json_text(c->json, "expected_result");
    if (id == NULL || kind == NULL || leaf == NULL || expected == NULL ||
            (strcmp(kind, "SERVER") != 0 && strcmp(kind, "CLIENT") != 0) ||
            (strcmp(expected, "SUCCESS") != 0 && strcmp(expected, "FAILURE") != 0)) {
        c->unknown = "schema";
        return false;
    }
    c->trust = trust_new(&allocator_malloc, provider);
    c->input = (struct verify_input){ .provider = provider, .trust = c->trust, .chain = c->chain,
        .crls = c->crls, .profile = profile_of(id, named) };
    TRY(read_scalars(c, strcmp(kind, "SERVER") == 0));
    TRY(take_list(c, "trusted_certs", take_trusted));
    TRY(pem_each(c, leaf, take_certificate));
    TRY(take_list(c, "untrusted_intermediates", take_certificate));
    TRY(take_list(c, "crls", take_crl));
    c->input.revocation = c->input.crl_count > 0 ? REVOCATION_HARD : REVOCATION_NONE;
    return true;
}

static bool judge(struct limbo_case *c, const char *named)
{
    bool ok = prepare(c, named) && c->input.count > 0 &&
        verify_chain(&c->input, &c->out, &c->error) && peer_names_hold(c) && algorithms_hold(c);
    if (!ok && c->unknown == NULL && !error_is_set(&c->error)) {
        (void)fail(&c->error, ERR_internal_error, "refused without a reason");
    }
    return ok;
}

struct sums {
    unsigned passed;
    unsigned failed;
    unsigned skipped;
};

static void run(struct limbo_case *c, const struct json *json, const char *named,
    struct sums *sums)
{
    memset(c, 0, sizeof *c);
    error_clear(&c->error);
    c->json = json;
    bool ok = judge(c, named);
    const char *id = json_text(json, "id");
    const char *expected = json_text(json, "expected_result");
    bool wanted = expected != NULL && strcmp(expected, "SUCCESS") == 0;
    const char *got = c->unknown != NULL ? "SKIPPED" : ok ? "SUCCESS" : "FAILURE";
    (void)printf("%s\t%s\t%s\t", id != NULL ? id : "?", expected != NULL ? expected : "?", got);
    if (c->unknown != NULL) {
        (void)printf("%s is not understood\n", c->unknown);
    } else if (ok) {
        (void)printf("%s\n", c->out.checks[CHECK_CHAIN].detail);
    } else {
        (void)printf("%s: %s\n", c->error.reason, c->error.detail);
    }
    sums->skipped += c->unknown != NULL ? 1 : 0;
    sums->passed += c->unknown == NULL && ok == wanted ? 1 : 0;
    sums->failed += c->unknown == NULL && ok != wanted ? 1 : 0;
    trust_release(c->trust);
    for (size_t i = 0; i < c->blocks; i++) {
        free(c->memory[i]);
    }
}

static int run_file(char *text, size_t length, const char *named)
{
    char why[128];
    struct sums sums = { 0, 0, 0 };
    struct json_document *document = json_parse(text, length, why);
    const struct json *cases = document != NULL ? json_get(json_root(document), "testcases") : NULL;
    struct limbo_case *c = calloc(1, sizeof *c);
    if (cases == NULL || cases->type != JSON_ARRAY || c == NULL) {
        (void)fprintf(stderr, "limbo: %s\n", document == NULL ? why : "no list of testcases");
        json_free(document);
        free(c);
        return 2;
    }
    for (const struct json *v = cases->first; v != NULL; v = v->next) {
        run(c, v, named, &sums);
    }
    (void)printf("%u passed, %u failed, %u skipped\n", sums.passed, sums.failed, sums.skipped);
    json_free(document);
    free(c);
    return sums.failed > 0 ? 1 : 0;
}

/* The whole of a file, of any size. */
static char *file_text(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    size_t room = 0;
    *length = 0;
    for (size_t got = 1; file != NULL && got > 0;) {
        if (room - *length < 65536) {
            room = room * 2 + 131072;
            char *larger = realloc(text, room);
            if (larger == NULL) {
                break;
            }
            text = larger;
        }
        got = fread(text + *length, 1, room - *length, file);
        *length += got;
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 2 || argc > 3) {
        (void)fprintf(stderr, "usage: limbo FILE.json [deployed|rfc5280|web]\n");
        return 2;
    }
    size_t length;
    char *text = file_text(argv[1], &length);
    if (text == NULL) {
        (void)fprintf(stderr, "limbo: %s cannot be read\n", argv[1]);
        return 2;
    }
    int status = run_file(text, length, argc == 3 ? argv[2] : NULL);
    free(text);
    crypto_thread_release();
    return status;
}
