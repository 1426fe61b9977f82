/* The trust store: what is added, found and counted; and that every allocation may fail. */
#include <sys/stat.h>
#include <unistd.h>

#include "x509/make.h"
#include "x509/samples.h"
#include "x509/trust.h"

static hf_bytes text_of(const char *text)
{
    return bytes_of(text, strlen(text));
}

static struct hf_trust *new_store(void)
{
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(trust != NULL);
    return trust;
}

static void adds_and_finds(void)
{
    struct hf_trust *trust = new_store();
    struct made root;
    char file[8192];
    load_sample(&root, sample_ec_root);
    hf_bytes subject = root.certificate.subject;
    CHECK(trust_count(trust) == 0 && trust_find(trust, subject, 0) == NULL);
    (void)snprintf(file, sizeof file, "# a comment\n%s\n-----BEGIN NOISE-----\nAQID\n"
        "-----END NOISE-----\n%s%s", sample_ec_root, sample_rsa_root, sample_ec_root);
    CHECK(trust_add_pem(trust, text_of(file), NULL));
    CHECK(trust_count(trust) == 2); /* the same one twice is one */
    const struct certificate *found = trust_find(trust, subject, 0);
    CHECK(found != NULL && bytes_equal_public(found->der, root.certificate.der));
    CHECK(found != NULL && found->der.data != root.der); /* the store's own copy */
    CHECK(trust_find(trust, subject, 1) == NULL);
    CHECK(trust_at(trust, 0) == found && trust_at(trust, 1) != NULL && trust_at(trust, 2) == NULL);
    CHECK(trust_find(trust, bytes_of("\x30\x00", 2), 0) == NULL);
    trust_retain(trust);
    trust_release(trust);
    CHECK(trust_count(trust) == 2);
    trust_release(trust);
    trust_release(NULL);
}

static void takes_der(void)
{
    struct hf_trust *trust = new_store();
    struct made root;
    load_sample(&root, sample_ed_root);
    CHECK(trust_add_pem(trust, bytes_of(root.der, root.length), NULL));
    CHECK(trust_count(trust) == 1);
    trust_release(trust);
}

static void passes_over_but_wants_one(void)
{
    struct hf_trust *trust = new_store();
    struct hf_error error;
    char file[8192];
    static const char broken[] = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    error_clear(&error);
    CHECK(!trust_add_pem(trust, text_of(""), &error));
    CHECK(error.code == HF_CODE_bad_configuration && strstr(error.detail,
        "no certificate") != NULL);
    error_clear(&error);
    CHECK(!trust_add_pem(trust, text_of(broken), &error));
    CHECK_TEXT(error.reason, "bad_trust_store");
    CHECK(strstr(error.detail, "tbsCertificate") != NULL); /* why it was no good */
    (void)snprintf(file, sizeof file, "%s-----BEGIN CERTIFICATE-----\n!\n%s", broken,
        sample_ec_root);
    CHECK(trust_add_pem(trust, text_of(file), NULL));
    CHECK(trust_count(trust) == 1);
    trust_release(trust);
}

/* Several of one name, and enough of them that the table grows many times. */
static void grows(void)
{
    struct hf_trust *trust = new_store();
    struct made made;
    for (int i = 0; i < 200; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "CA %d", i / 2);
        struct plan plan = { .subject = name, .issuer = name, .key = key_at(0),
            .issuer_key = key_at(0), .not_after = NOW + i, .extensions = { BASIC_CA, USAGE_CA } };
        make(&made, &plan);
        CHECK(trust_add_pem(trust, bytes_of(made.der, made.length), NULL));
    }
    CHECK(trust_count(trust) == 200);
    for (size_t i = 0; i < 200; i++) {
        const struct certificate *c = trust_at(trust, i);
        CHECK(c->not_after == NOW + (int64_t)i);
        CHECK(trust_find(trust, c->subject, i % 2) == c);
        CHECK(trust_find(trust, c->subject, 2) == NULL);
    }
    trust_release(trust);
    drop_keys();
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL);
    if (file != NULL) {
        CHECK(fwrite(text, 1, strlen(text), file) == strlen(text));
        CHECK(fclose(file) == 0);
    }
}

static void files_and_folders(void)
{
    char folder[] = "handfast-test-XXXXXX";
    char path[64];
    char other[64];
    char below[64];
    struct hf_trust *trust = new_store();
    struct hf_error error;
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/root.pem", folder);
    (void)snprintf(other, sizeof other, "%s/readme", folder);
    (void)snprintf(below, sizeof below, "%s/below", folder);
    error_clear(&error);
    CHECK(!trust_add_directory(trust, folder, &error));
    CHECK(error.code == HF_CODE_bad_configuration);
    write_file(path, sample_rsa_root);
    write_file(other, "no certificate here");
    CHECK(mkdir(below, 0700) == 0);
    CHECK(trust_add_directory(trust, folder, NULL) && trust_count(trust) == 1);
    CHECK(trust_add_file(trust, path, NULL) && trust_count(trust) == 1);
    error_clear(&error);
    CHECK(!trust_add_file(trust, other, &error));
    CHECK(strstr(error.detail, "readme") != NULL);
    error_clear(&error);
    CHECK(!trust_add_file(trust, "no/such/file", &error));
    CHECK_TEXT(error.reason, "bad_trust_store");
    error_clear(&error);
    CHECK(!trust_add_directory(trust, "no/such/folder", &error));
    CHECK_TEXT(error.reason, "bad_trust_store");
    trust_release(trust);

    /* The system's, as the environment says. */
    trust = new_store();
    CHECK(setenv("SSL_CERT_FILE", path, 1) == 0 && unsetenv("SSL_CERT_DIR") == 0);
    CHECK(trust_add_system(trust, NULL) && trust_count(trust) == 1);
    CHECK(setenv("SSL_CERT_FILE", other, 1) == 0);
    CHECK(!trust_add_system(trust, NULL));
    trust_release(trust);
    trust = new_store();
    (void)snprintf(other, sizeof other, "no/such/folder:%s", folder);
    CHECK(setenv("SSL_CERT_DIR", other, 1) == 0 && unsetenv("SSL_CERT_FILE") == 0);
    CHECK(trust_add_system(trust, NULL) && trust_count(trust) == 1);
    CHECK(unsetenv("SSL_CERT_DIR") == 0);
    trust_release(trust);
    (void)snprintf(other, sizeof other, "%s/readme", folder);
    CHECK(remove(path) == 0 && remove(other) == 0 && remove(below) == 0 && remove(folder) == 0);
}

/* ---- Memory that runs out at the n-th request ---- */

struct meter {
    unsigned left;
    size_t held;
};

static void *metered_allocate(void *user, size_t size)
{
    struct meter *meter = user;
    if (meter->left == 0) {
        return NULL;
    }
    meter->left--;
    void *memory = malloc(size);
    meter->held += memory != NULL ? size : 0;
    return memory;
}

static void metered_release(void *user, void *memory, size_t size)
{
    struct meter *meter = user;
    meter->held -= size;
    free(memory);
}

static void runs_out_of_memory(void)
{
    char file[16384];
    unsigned refused = 0;
    (void)snprintf(file, sizeof file, "%s%s%s", sample_ec_root, sample_ed_root, sample_rsa_root);
    for (unsigned n = 0; n < 50; n++) {
        struct meter meter = { n, 0 };
        const struct allocator allocator = { metered_allocate, metered_release, &meter };
        struct hf_error error;
        error_clear(&error);
        struct hf_trust *trust = trust_new(&allocator, provider);
        CHECK((trust == NULL) == (n == 0));
        if (trust != NULL) {
            bool good = trust_add_pem(trust, text_of(file), &error);
            CHECK(good || error.code == HF_CODE_out_of_memory);
            CHECK(!good || trust_count(trust) == 3);
            refused += good ? 0 : 1;
            /* What was added before is still sound. */
            for (size_t i = 0; i < trust_count(trust); i++) {
                CHECK(trust_find(trust, trust_at(trust, i)->subject, 0) == trust_at(trust, i));
            }
        }
        trust_release(trust);
        CHECK(meter.held == 0);
    }
    /* The scratch for PEM, two tables, three roots: each failed once. */
    CHECK(refused == 6);
}

/* This machine's own store, if it has one: every certificate of it is one that we can read. */
static void system_store(void)
{
    static const char place[] = "/etc/ssl/certs/ca-certificates.crt";
    struct stat status;
    if (stat(place, &status) != 0) {
        SKIP("no /etc/ssl/certs/ca-certificates.crt on this machine");
    }
    uint8_t *data;
    size_t length;
    size_t blocks = 0;
    if (!file_read(&allocator_malloc, place, &data, &length, NULL)) {
        CHECK(false);
        return;
    }
    for (const char *at = (const char *)data; (at = strstr(at, "-----BEGIN CERT")) != NULL; at++) {
        blocks++;
    }
    release_wiped(&allocator_malloc, data, length + 1);
    struct hf_trust *trust = new_store();
    CHECK(unsetenv("SSL_CERT_FILE") == 0 && unsetenv("SSL_CERT_DIR") == 0);
    CHECK(trust_add_system(trust, NULL));
    CHECK(trust_count(trust) == blocks && blocks > 0);
    trust_release(trust);
}

/* Every certificate that the system trusts parses, and is in the store. */
static void whole_bundle(void)
{
    static const char path[] = "/etc/ssl/certs/ca-certificates.crt";
    uint8_t *text = NULL;
    size_t size = 0;
    size_t count = 0;
    if (access(path, R_OK) != 0) {
        SKIP("no bundle of the system's roots");
    }
    CHECK(file_read(&allocator_malloc, path, &text, &size, NULL));
    uint8_t *der = malloc(size);
    hf_reader r = reader_of(text, size);
    hf_bytes label;
    size_t length;
    while (der != NULL && pem_next(&r, &label, der, size, &length, NULL) == 1) {
        struct certificate certificate;
        struct hf_error error;
        error_clear(&error);
        if (!certificate_parse(bytes_of(der, length), provider, &certificate, &error)) {
            (void)fprintf(stderr, "certificate %zu: %s\n", count, error.detail);
            CHECK(false);
        }
        count++;
    }
    struct hf_trust *trust = trust_new(&allocator_malloc, provider);
    CHECK(count > 0 && trust_add_file(trust, path, NULL) && trust_count(trust) == count);
    trust_release(trust);
    free(der);
    release_wiped(&allocator_malloc, text, size + 1);
}

TEST_MAIN(TEST(adds_and_finds), TEST(takes_der), TEST(passes_over_but_wants_one), TEST(grows),
    TEST(files_and_folders), TEST(runs_out_of_memory), TEST(system_store), TEST(whole_bundle))
