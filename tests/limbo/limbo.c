/* x509-limbo's cases against verify_chain. limbo.py turns the cases into lines on our standard
 * input and compares what we print; the lines: case ID | now SECONDS | purpose server/client |
 * name TEXT | trust HEX | chain HEX | run and for each `run` one line of answer: ID, "ok" or the
 * reason, the detail, with tabs between. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "x509/path.h"

enum { CERTIFICATES = 128, LINE = 1 << 20 };

struct limbo_case {
    char id[256];
    int64_t now;
    enum purpose purpose;
    bool has_name;
    char name[256];
    struct hf_trust *trust;
    struct certificate chain[CERTIFICATES];
    uint8_t *der[CERTIFICATES];
    size_t count;
    bool broken; /* a certificate of the chain, or every trusted one, could not be parsed */
    struct hf_error error;
};

static void begin(struct limbo_case *c, const char *id)
{
    for (size_t i = 0; i < c->count; i++) {
        free(c->der[i]);
    }
    trust_release(c->trust);
    memset(c, 0, sizeof *c);
    error_clear(&c->error);
    (void)snprintf(c->id, sizeof c->id, "%s", id);
    c->purpose = PURPOSE_SERVER;
    c->trust = trust_new(&allocator_malloc, &provider_openssl);
}

/* The bytes of hex digits, in memory of their own. */
static uint8_t *bytes_from(const char *hex, size_t *length)
{
    *length = strlen(hex) / 2;
    uint8_t *bytes = malloc(*length + 1);
    for (size_t i = 0; bytes != NULL && i < *length; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return bytes;
}

static void add_trusted(struct limbo_case *c, const char *hex)
{
    size_t length;
    uint8_t *der = bytes_from(hex, &length);
    c->broken = !trust_add_pem(c->trust, bytes_of(der, length), &c->error) || c->broken;
    free(der);
}

static void add_chain(struct limbo_case *c, const char *hex)
{
    size_t length;
    uint8_t *der = bytes_from(hex, &length);
    if (c->count < CERTIFICATES && certificate_parse(bytes_of(der, length), &provider_openssl,
            &c->chain[c->count], &c->error)) {
        c->der[c->count++] = der;
        return;
    }
    c->broken = true;
    free(der);
}

static void answer(const struct limbo_case *c, const struct hf_error *error)
{
    (void)printf("%s\t%s\t%s\n", c->id, error_is_set(error) ? error->reason : "ok", error->detail);
    (void)fflush(stdout);
}

static void run(struct limbo_case *c)
{
    struct identity identity = { .type = IDENTITY_NONE };
    struct verification out;
    bool ready = !c->broken && c->count > 0 &&
        (!c->has_name || identity_parse(c->name, &identity, &c->error));
    if (ready) {
        struct verify_input input = { .provider = &provider_openssl, .trust = c->trust,
            .chain = c->chain, .count = c->count, .identity = &identity, .purpose = c->purpose,
            .now = c->now };
        bool ok = verify_chain(&input, &out, &c->error);
        if (ok == error_is_set(&c->error)) {
            (void)fail(&c->error, ERR_internal_error, "the answer and the error disagree");
        }
    }
    answer(c, &c->error);
}

static void obey(struct limbo_case *c, const char *word, const char *rest)
{
    if (strcmp(word, "case") == 0) {
        begin(c, rest);
    } else if (strcmp(word, "now") == 0) {
        c->now = strtoll(rest, NULL, 10);
    } else if (strcmp(word, "purpose") == 0) {
        c->purpose = strcmp(rest, "client") == 0 ? PURPOSE_CLIENT : PURPOSE_SERVER;
    } else if (strcmp(word, "name") == 0) {
        c->has_name = true;
        (void)snprintf(c->name, sizeof c->name, "%s", rest);
    } else if (strcmp(word, "trust") == 0) {
        add_trusted(c, rest);
    } else if (strcmp(word, "chain") == 0) {
        add_chain(c, rest);
    } else if (strcmp(word, "run") == 0) {
        run(c);
    }
}

int main(void)
{
    struct limbo_case *c = calloc(1, sizeof *c);
    char *line = malloc(LINE);
    if (c == NULL || line == NULL) {
        return 2;
    }
    while (fgets(line, LINE, stdin) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = strchr(line, ' ');
        if (rest != NULL) {
            *rest++ = '\0';
        }
        obey(c, line, rest != NULL ? rest : "");
    }
    begin(c, "");
    trust_release(c->trust);
    free(c);
    free(line);
    crypto_thread_release();
    return 0;
}
