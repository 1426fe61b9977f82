/* `handfast cert`: shows certificates and keys from files or a host, verifies them, matches keys,
 * writes a chain in order, warns of expiry. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/inspection.h"
#include "cli/values.h"
#include "cli/verbs.h"
#include "net/clock.h"
#include "observe/diagnose.h"
#include "x509/name.h"
#include "x509/pem.h"

enum { PEM_OF_MAX = 262144 };

/* A word that is a file's path, or that looks like nothing but one. */
static bool is_file(const char *word)
{
    struct stat found;
    if (strstr(word, "://") != NULL) {
        return false;
    }
    return stat(word, &found) == 0 || strchr(word, '/') != NULL;
}

/* The one host among the words; false: there are two, or one is neither. */
static bool find_host(struct options *options, bool *has_host, struct hf_error *error)
{
    for (size_t i = 0; i < options->word_count; i++) {
        if (is_file(options->words[i])) {
            continue;
        }
        if (*has_host) {
            return fail(error, ERR_bad_configuration, "%s: one host at a time; files are added to "
                "its certificates", options->words[i]);
        }
        *has_host = true;
        if (!target_parse(options->words[i], options->host, &options->port)) {
            return fail(error, ERR_bad_configuration, "%s is neither a file nor HOST[:PORT]",
                options->words[i]);
        }
    }
    return true;
}

/* The host's certificates come first: its own leaf is the leaf. */
static bool gather(struct inspection *i, struct hf_error *error)
{
    const struct options *options = i->options;
    i->pile.passphrase = i->setup.passphrase;
    if (i->has_host) {
        TRY(fetch_chain(&i->setup, options, &i->fetched, error));
        TRY(pile_add_fetched(&i->pile, &i->fetched, options->host, error));
    }
    for (size_t n = 0; n < options->word_count; n++) {
        if (is_file(options->words[n])) {
            TRY(pile_add_file(&i->pile, options->words[n], error));
        }
    }
    pile_match_keys(&i->pile);
    return true;
}

static bool match_key(struct inspection *i, struct hf_error *error)
{
    const char *file = i->options->match_key;
    if (file == NULL) {
        return true;
    }
    TRY(pile_load_key(file, i->setup.passphrase, &i->match, error));
    i->has_match = true;
    i->match.certificate = pile_find_key(&i->pile, &i->match);
    return i->match.certificate != NONE_OF_PILE
        || fail(error, ERR_key_mismatch, "%s is the key of none of these certificates", file);
}

/* ---- Verification ---- */

/* The certificates for verify_chain, at most CHAIN_MAX: those of the path first. */
static size_t choose_chain(const struct inspection *i, struct certificate *chain,
    int places[CHAIN_MAX])
{
    const struct pile *pile = &i->pile;
    size_t count = 0;
    for (size_t n = 0; n < i->path.count; n++) {
        places[count++] = i->path.indices[n];
    }
    for (size_t n = 0; n < pile->count && count < CHAIN_MAX; n++) {
        bool used = !pile->certificates[n].parsed;
        for (size_t k = 0; k < i->path.count; k++) {
            used = used || i->path.indices[k] == (int)n;
        }
        if (!used) {
            places[count++] = (int)n;
        }
    }
    for (size_t n = 0; n < count; n++) {
        chain[n] = pile->certificates[places[n]].certificate;
    }
    return count;
}

static int place_in_pile(int certificate, const int *places, size_t count)
{
    return certificate >= 0 && (size_t)certificate < count ? places[certificate] : NONE_OF_PILE;
}

static hf_code code_of(enum reason reason)
{
    struct hf_error error;
    error_clear(&error);
    (void)fail(&error, reason, "%s", "");
    return error.code;
}

static void keep_checks(struct inspection *i, const int *places, size_t count)
{
    for (size_t n = 0; n < HF_CHECKS; n++) {
        const struct check_result *from = &i->verification.checks[n];
        i->checks[n] = (hf_check){ check_name((enum check)n), from->done, from->ok,
            from->done && !from->ok ? code_of(from->reason) : HF_CODE_none,
            place_in_pile(from->certificate, places, count), from->detail };
    }
    i->verified = true;
}

/* The path that was verified is the path: it minds times and constraints too. */
static void take_path(struct inspection *i, const struct certificate *chain, const int *places,
    size_t count)
{
    const struct verification *v = &i->verification;
    struct pile_path path = { .count = 0, .end = END_TRUSTED };
    for (size_t n = 0; n < v->path_length; n++) {
        size_t place = count;
        for (size_t k = 0; k < count; k++) {
            place = v->path[n] == &chain[k] ? k : place;
        }
        if (place < count && path.count < CHAIN_MAX) {
            path.indices[path.count++] = places[place];
        } else {
            path.root = v->path[n];
        }
    }
    if (path.count > 0) {
        i->path = path;
    }
}

static bool verify(struct inspection *i, struct certificate *chain, struct hf_error *error)
{
    const struct options *options = i->options;
    struct identity identity;
    memset(&identity, 0, sizeof identity);
    if (i->path.count == 0) {
        return fail(error, ERR_bad_configuration, "there is no certificate to verify");
    }
    const char *name = options->name != NULL ? options->name : i->has_host ? options->host : NULL;
    if (name != NULL) {
        TRY(identity_parse(name, &identity, error));
    }
    int places[CHAIN_MAX];
    size_t count = choose_chain(i, chain, places);
    struct verify_input input = { .provider = &provider_openssl, .trust = i->setup.trust,
        .chain = chain, .count = count, .identity = &identity,
        .purpose = options->for_clients ? PURPOSE_CLIENT : PURPOSE_SERVER, .now = i->now,
        .crls = i->evidence.crls, .crl_count = i->evidence.crl_count,
        .ocsp = i->evidence.responses, .ocsp_count = i->evidence.response_count };
    bool ok = verify_chain(&input, &i->verification, error);
    error->certificate = place_in_pile(error->certificate, places, count);
    error->alert = HF_NO_ALERT; /* there is nobody to send it to */
    keep_checks(i, places, count);
    if (i->verification.path_length > 0) {
        take_path(i, chain, places, count);
    }
    return ok;
}

/* ---- --chain-out ---- */

/* The root is left out: who verifies has it, or does not trust it (RFC 9846, 4.5.1). */
static bool is_root(const struct inspection *i, size_t place)
{
    const struct certificate *c = &i->pile.certificates[i->path.indices[place]].certificate;
    return place > 0 && name_equal(c->subject, c->issuer);
}

static bool put_chain(const struct inspection *i, struct text *text)
{
    char *pem = malloc(PEM_OF_MAX);
    bool ok = pem != NULL;
    for (size_t n = 0; ok && n < i->path.count; n++) {
        size_t length = 0;
        hf_bytes der = i->pile.certificates[i->path.indices[n]].der;
        ok = is_root(i, n) || pem_write("CERTIFICATE", der, pem, PEM_OF_MAX, &length);
        text_put_bytes(text, pem, length);
    }
    free(pem);
    return ok && !text->failed;
}

static bool write_chain(const struct inspection *i, struct hf_error *error)
{
    const char *file = i->options->chain_out;
    if (file == NULL) {
        return true;
    }
    if (i->path.count == 0) {
        return fail(error, ERR_bad_configuration, "there is no certificate for --chain-out");
    }
    if (i->path.end == END_MISSING) {
        const struct certificate *last =
            &i->pile.certificates[i->path.indices[i->path.count - 1]].certificate;
        char issuer[128];
        char address[512];
        name_text(last->issuer, issuer, sizeof issuer);
        bool known = information_access_text(last, false, address, sizeof address);
        (void)fail(error, ERR_incomplete_chain,
            "%s was not written: \"%s\" was neither given nor is it trusted here%s%s", file, issuer,
            known ? "; it is at " : "", known ? address : "");
        error->alert = HF_NO_ALERT;
        error->certificate = i->path.indices[i->path.count - 1];
        return false;
    }
    struct text text = { 0 };
    bool written = false;
    if (put_chain(i, &text)) {
        int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        written = fd >= 0 && put_text(fd, &text);
        written = fd >= 0 && close(fd) == 0 && written;
    }
    text_free(&text);
    return written || fail(error, ERR_bad_configuration, "--chain-out %s cannot be written", file);
}

/* ---- The verb ---- */

static bool inspect(struct inspection *i, struct options *options, struct certificate *chain)
{
    TRY(find_host(options, &i->has_host, &i->error));
    TRY(setup_begin(&i->setup, options, HF_CLIENT, &i->error));
    TRY(evidence_load(&i->evidence, options, &i->error));
    TRY(gather(i, &i->error));
    pile_order(&i->pile, i->setup.trust, i->now, &i->path);
    TRY(match_key(i, &i->error));
    if (options->verify) {
        TRY(verify(i, chain, &i->error));
    }
    return write_chain(i, &i->error);
}

static void report(const struct inspection *i)
{
    const struct options *options = i->options;
    struct text text = { 0 };
    if (options->json || options->jsonl) {
        inspection_json(&text, i, options->json);
    } else {
        inspection_words(&text, i);
    }
    (void)put_text(STDOUT_FILENO, &text);
    text.length = 0;
    if (error_is_set(&i->error) && !options->json && !options->jsonl) {
        diagnosis_words(&text, &i->error, NULL);
        (void)put_text(STDERR_FILENO, &text);
    }
    text_free(&text);
}

/* Findings of time alone can be asked to fail the run. */
static bool has_expiring(const struct inspection *i)
{
    char detail[128];
    for (size_t n = 0; n < i->pile.count; n++) {
        if (finding_of(i, FINDING_EXPIRED, n, detail, sizeof detail)
            || finding_of(i, FINDING_EXPIRING, n, detail, sizeof detail)) {
            return true;
        }
    }
    return false;
}

int run_cert(const struct options *given)
{
    struct options options = *given;
    struct inspection *i = calloc(1, sizeof *i);
    struct certificate *chain = calloc(CHAIN_MAX, sizeof *chain);
    int code = hf_code_exit(HF_CODE_out_of_memory);
    if (i != NULL && chain != NULL) {
        options.fail_on_expiring = options.has_fail_on ? options.fail_on_expiring
            : options.has_warn_days;
        i->options = &options;
        i->now = options.has_at ? options.at_s : clock_wall_s();
        i->setup.keylog.fd = -1;
        error_clear(&i->error);
        (void)inspect(i, &options, chain);
        report(i);
        code = hf_code_exit(i->error.code);
        if (code == EXIT_OK && options.fail_on_expiring && has_expiring(i)) {
            code = EXIT_FINDINGS;
        }
        pile_end(&i->pile);
        fetched_end(&i->fetched);
        evidence_end(&i->evidence);
        setup_end(&i->setup);
    }
    free(chain);
    free(i);
    return code;
}
