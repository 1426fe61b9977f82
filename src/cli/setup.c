/* From the command line to a config: see setup.h. */
#include "cli/setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handfast/verify.h"

#include "base/ct.h"
#include "x509/pem.h"
#include "x509/private_key.h"

enum { SETTINGS_TEXT = 4096, SETTING_COLUMN = 22 };

bool wants_colour(const struct options *options, int fd)
{
    if (options->colour != COLOUR_AUTO) {
        return options->colour == COLOUR_ALWAYS;
    }
    const char *no_colour = getenv("NO_COLOR");
    return (no_colour == NULL || no_colour[0] == '\0') && isatty(fd) == 1;
}

bool put_bytes(int fd, const void *data, size_t length)
{
    const char *at = data;
    while (length > 0) {
        ssize_t count = write(fd, at, length);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count > 0) {
            at += count;
            length -= (size_t)count;
        }
    }
    return true;
}

bool put_text(int fd, const struct text *text)
{
    return put_bytes(fd, text_string(text), text->length);
}

static uint64_t stopped_clock(void *user)
{
    const uint64_t *ms = user;
    return *ms;
}

/* The first line of a file, as openssl's "-pass file:" has it. */
static bool take_passphrase(struct setup *setup, const char *path, struct hf_error *error)
{
    uint8_t *text;
    size_t length;
    TRY(file_read(&allocator_malloc, path, &text, &length, error));
    const uint8_t *end = length == 0 ? NULL : memchr(text, '\n', length);
    size_t used = end == NULL ? length : (size_t)(end - text);
    used -= used > 0 && text[used - 1] == '\r' ? 1 : 0;
    bool ok = used > 0 && used < PASSPHRASE_SIZE && memchr(text, '\0', used) == NULL;
    if (ok) {
        memcpy(setup->passphrase, text, used);
        setup->passphrase[used] = '\0';
    }
    release_wiped(&allocator_malloc, text, length + 1);
    return ok || fail(error, ERR_bad_configuration, "--pass-file %s: its first line is no "
        "passphrase of 1 to %d bytes", path, PASSPHRASE_SIZE - 1);
}

static void warn_if_exposed(const struct options *options, const char *key)
{
    unsigned mode;
    if (!options->quiet && key_file_is_exposed(key, &mode)) {
        struct text text = { 0 };
        text_put(&text, "warning: the private key ");
        text_put_safe(&text, key, strlen(key));
        text_putf(&text, " is open to others than its owner (mode 0%o); chmod 600 closes it\n",
            mode);
        (void)put_text(STDERR_FILENO, &text);
        text_free(&text);
    }
}

static bool add_identities(struct setup *setup, const struct options *options,
    struct hf_error *error)
{
    TRY(options->pass_file == NULL || take_passphrase(setup, options->pass_file, error));
    for (size_t i = 0; i < options->cert_count; i++) {
        const char *key = i < options->key_count ? options->keys[i] : options->certs[i];
        hf_identity *identity = hf_identity_from_files_locked(options->certs[i], key,
            setup->passphrase, error);
        TRY(identity != NULL);
        warn_if_exposed(options, key);
        bool added = (i >= options->response_count ||
            hf_identity_set_staple_file(identity, options->responses[i], error)) &&
            hf_config_add_identity(setup->config, identity, error);
        hf_identity_free(identity);
        TRY(added);
    }
    return true;
}

static bool add_trust(struct setup *setup, const struct options *options, hf_role role,
    struct hf_error *error)
{
    bool named = options->cacert != NULL || options->capath != NULL || options->client_ca != NULL;
    if (role == HF_SERVER && !named) {
        return true;
    }
    setup->trust = hf_trust_new();
    if (setup->trust == NULL) {
        return fail(error, ERR_out_of_memory, "the trusted roots");
    }
    if (options->cacert != NULL) {
        TRY(hf_trust_add_file(setup->trust, options->cacert, error));
    }
    if (options->capath != NULL) {
        TRY(hf_trust_add_directory(setup->trust, options->capath, error));
    }
    if (options->client_ca != NULL) {
        TRY(hf_trust_add_file(setup->trust, options->client_ca, error));
    }
    if (!named) {
        /* A bare system has no roots: then nothing verifies, and the failure says so. */
        struct hf_error ignored;
        error_clear(&ignored);
        setup->no_roots = !hf_trust_add_system(setup->trust, &ignored);
    }
    hf_config_set_trust(setup->config, setup->trust);
    return true;
}

static bool set_lists(const struct setup *setup, const struct options *options,
    struct hf_error *error)
{
    if (options->policy != NULL) {
        TRY(hf_config_set_policy(setup->config, options->policy, error));
    }
    TRY(hf_config_set_versions(setup->config, options->lowest, options->highest, error));
    if (options->suites != NULL) {
        TRY(hf_config_set_suites(setup->config, options->suites, error));
    }
    if (options->groups != NULL) {
        TRY(hf_config_set_groups(setup->config, options->groups, error));
    }
    if (options->signatures != NULL) {
        TRY(hf_config_set_signatures(setup->config, options->signatures, error));
    }
    if (options->alpn != NULL) {
        TRY(hf_config_set_alpn(setup->config, options->alpn, error));
    }
    return true;
}

/* Clients come again with the same CAs. */
enum { MEMO_SIGNATURES = 4096 };

static bool set_verification(struct setup *setup, const struct options *options,
    struct hf_error *error)
{
    hf_config *config = setup->config;
    for (size_t i = 0; i < options->crl_count; i++) {
        TRY(hf_config_add_crl_file(config, options->crls[i], error));
    }
    TRY(options->pins == NULL || hf_config_set_pins(config, options->pins, false, error));
    if (options->ocsp != OCSP_NONE) {
        hf_config_set_revocation(config, HF_REVOCATION_SOFT);
        hf_config_require_staple(config, options->ocsp == OCSP_REQUIRE);
    }
    if (options->client_auth != HF_AUTH_NONE) {
        setup->memo = hf_memo_new(MEMO_SIGNATURES);
        if (setup->memo == NULL) {
            return fail(error, ERR_out_of_memory, "the memo of signatures");
        }
        hf_config_set_memo(config, setup->memo);
    }
    return true;
}

bool setup_begin(struct setup *setup, const struct options *options, hf_role role,
    struct hf_error *error)
{
    memset(setup, 0, sizeof *setup);
    setup->keylog.fd = -1;
    setup->config = hf_config_new(role, NULL);
    if (setup->config == NULL) {
        return fail(error, ERR_out_of_memory, "the configuration");
    }
    TRY(add_trust(setup, options, role, error));
    TRY(add_identities(setup, options, error));
    TRY(set_lists(setup, options, error));
    TRY(options->verb == VERB_CERT || set_verification(setup, options, error));
    const char *path = options->keylog != NULL ? options->keylog : getenv("SSLKEYLOGFILE");
    if (path != NULL && path[0] != '\0') {
        TRY(keylog_open(&setup->keylog, path, error));
        hf_config_set_keylog(setup->config, keylog_line, &setup->keylog);
    }
    if (options->has_at) {
        if (options->at_s < 0) {
            return fail(error, ERR_bad_configuration, "--at lies before 1970");
        }
        setup->at_ms = (uint64_t)options->at_s * 1000;
        hf_config_set_clock(setup->config, stopped_clock, &setup->at_ms);
    }
    return true;
}

void put_settings(const hf_config *config)
{
    char settings[SETTINGS_TEXT];
    struct text text = { 0 };
    hf_config_text(config, settings, sizeof settings);
    text_put(&text, "settings\n");
    for (const char *line = settings; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        size_t word = strcspn(line, " \n");
        text_put(&text, "  ");
        text_put_safe(&text, line, word);
        text_pad(&text, SETTING_COLUMN);
        text_put_safe(&text, line + word, length - word);
        text_put(&text, "\n");
        line += length + (line[length] == '\n' ? 1 : 0);
    }
    text_put(&text, "\n");
    (void)put_text(STDERR_FILENO, &text);
    text_free(&text);
}

void setup_end(struct setup *setup)
{
    wipe(setup->passphrase, sizeof setup->passphrase);
    hf_config_free(setup->config);
    hf_trust_free(setup->trust);
    hf_memo_free(setup->memo);
    keylog_close(&setup->keylog);
    hf_thread_release();
}
