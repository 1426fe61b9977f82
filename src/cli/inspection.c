/* The report of `handfast cert`: see inspection.h. Names in certificates are a stranger's words and
 * are shown escaped. */
#include "cli/inspection.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "observe/certificates.h"
#include "observe/diagnose.h"
#include "observe/explain.h"
#include "observe/report.h"
#include "x509/name.h"
#include "x509/private_key.h"

enum { WORDS = 1024, COLUMN = 15 };

const char *finding_name(enum remark finding)
{
    static const char *const names[FINDINGS] = { "expired", "not_yet_valid", "expiring",
        "unordered", "superfluous", "weak_signature" };
    return names[finding];
}

int64_t days_left(const struct certificate *certificate, int64_t now)
{
    int64_t left = certificate->not_after - now;
    return left >= 0 ? left / DAY_S : -((DAY_S - 1 - left) / DAY_S);
}

bool path_is_ordered(const struct pile_path *path)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->indices[i] != (int)i) {
            return false;
        }
    }
    return true;
}

static bool is_in_path(const struct pile_path *path, size_t index)
{
    for (size_t i = 0; i < path->count; i++) {
        if (path->indices[i] == (int)index) {
            return true;
        }
    }
    return false;
}

/* One certificate behind a leaf is a chain; a pile of CAs is a store, which has no order. */
static bool is_chain(const struct inspection *inspection)
{
    const struct pile *pile = &inspection->pile;
    int leaf = pile_leaf(pile);
    return leaf != NONE_OF_PILE && pile->count > 1 && pile->sources == 1
        && !pile->certificates[leaf].certificate.is_ca;
}

static bool about_time(const struct inspection *inspection, enum remark finding,
    const struct certificate *certificate, char *detail, size_t capacity)
{
    const struct options *options = inspection->options;
    int64_t days = days_left(certificate, inspection->now);
    int64_t warn = options->has_warn_days ? (int64_t)options->warn_days
        : options->fail_on_expiring ? WARN_DAYS : -1;
    char when[32];
    bool begins = finding == FINDING_NOT_YET_VALID;
    time_text(begins ? certificate->not_before : certificate->not_after, when);
    if (finding == FINDING_EXPIRED && inspection->now > certificate->not_after) {
        (void)snprintf(detail, capacity, "it expired on %s, %lld days ago", when,
            (long long)((inspection->now - certificate->not_after) / DAY_S));
        return true;
    }
    if (begins && inspection->now < certificate->not_before) {
        (void)snprintf(detail, capacity, "it is valid from %s only", when);
        return true;
    }
    if (finding == FINDING_EXPIRING && days >= 0 && days <= warn) {
        (void)snprintf(detail, capacity, "it expires on %s, in %lld days", when, (long long)days);
        return true;
    }
    return false;
}

bool finding_of(const struct inspection *inspection, enum remark finding, size_t index,
    char *detail, size_t capacity)
{
    const struct pile_certificate *at = &inspection->pile.certificates[index];
    const struct pile_path *path = &inspection->path;
    if (!at->parsed) {
        return false;
    }
    switch (finding) {
    case FINDING_EXPIRED: case FINDING_NOT_YET_VALID: case FINDING_EXPIRING:
        return about_time(inspection, finding, &at->certificate, detail, capacity);
    case FINDING_UNORDERED:
        (void)snprintf(detail, capacity, "each certificate should stand before its issuer (RFC "
            "9846, 4.5.1); --chain-out writes them so");
        return is_chain(inspection) && index == 0 && !path_is_ordered(path);
    case FINDING_SUPERFLUOUS:
        (void)snprintf(detail, capacity, "it is no part of the leaf's path");
        return is_chain(inspection) && !is_in_path(path, index);
    case FINDING_WEAK_SIGNATURE:
        (void)snprintf(detail, capacity, "it is signed with %s", at->certificate.algorithm);
        return at->certificate.weak_scheme
            && !name_equal(at->certificate.subject, at->certificate.issuer);
    case FINDINGS:
        break;
    }
    return false;
}

static void key_words(const struct pile_key *key, char *words, size_t capacity)
{
    struct certificate holder;
    memset(&holder, 0, sizeof holder);
    holder.key = key->key;
    holder.key_bits = key->bits;
    key_text(&holder, words, capacity);
}

static void usage_words(const struct certificate *certificate, char *words, size_t capacity)
{
    static const struct {
        enum purpose purpose;
        const char *name;
    } rows[] = { { PURPOSE_SERVER, "server" }, { PURPOSE_CLIENT, "client" },
        { PURPOSE_OCSP, "OCSP" }, { PURPOSE_ANY, "any" }, { PURPOSE_OTHER, "others" } };
    words[0] = '\0';
    if (!certificate->has_extended_key_usage) {
        text_append(words, capacity, "not restricted");
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((certificate->purposes & (unsigned)rows[i].purpose) != 0) {
            text_append(words, capacity, "%s%s", words[0] == '\0' ? "" : ", ", rows[i].name);
        }
    }
}

static const char *end_word(enum path_end end)
{
    return end == END_TRUSTED ? "trusted root" : end == END_SELF_SIGNED ? "self-signed"
        : "issuer missing";
}

/* Who is above the last of the path. */
static void above_words(const struct inspection *inspection, char *words, size_t capacity)
{
    const struct pile_path *path = &inspection->path;
    words[0] = '\0';
    if (path->root != NULL) {
        name_text(path->root->subject, words, capacity);
    } else if (path->count > 0 && path->end == END_MISSING) {
        name_text(inspection->pile.certificates[path->indices[path->count - 1]].certificate.issuer,
            words, capacity);
    }
}

/* ---- JSON ---- */

static void json_certificate(struct json *json, const struct inspection *inspection, size_t index)
{
    const struct pile_certificate *at = &inspection->pile.certificates[index];
    char words[WORDS];
    json_object(json, NULL);
    certificate_members(json, at->der);
    json_string(json, "source", at->source);
    if (at->parsed) {
        json_number(json, "days_left", days_left(&at->certificate, inspection->now));
        json_bool(json, "is_ca", at->certificate.is_ca);
        usage_words(&at->certificate, words, sizeof words);
        json_string(json, "usage", words);
        bool known = information_access_text(&at->certificate, false, words, sizeof words);
        json_string(json, "issuer_at", known ? words : NULL);
        known = information_access_text(&at->certificate, true, words, sizeof words);
        json_string(json, "ocsp_at", known ? words : NULL);
    } else {
        json_null(json, "days_left");
        json_null(json, "is_ca");
        json_null(json, "usage");
        json_null(json, "issuer_at");
        json_null(json, "ocsp_at");
    }
    json_end(json);
}

static void json_index(struct json *json, const char *key, int index)
{
    if (index < 0) {
        json_null(json, key);
    } else {
        json_number(json, key, index);
    }
}

static void json_key(struct json *json, const char *name, const struct pile_key *key)
{
    char words[WORDS];
    unsigned mode;
    json_object(json, name);
    json_string(json, "source", key->source);
    key_words(key, words, sizeof words);
    json_word(json, "key", words);
    certificate_pin(json, bytes_of(key->spki, key->spki_length));
    json_index(json, "certificate", key->certificate);
    json_bool(json, "exposed", key_file_is_exposed(key->source, &mode));
    json_end(json);
}

static void json_keys(struct json *json, const struct inspection *inspection)
{
    json_array(json, "keys");
    for (size_t i = 0; i < inspection->pile.key_count; i++) {
        json_key(json, NULL, &inspection->pile.keys[i]);
    }
    json_end(json);
    if (inspection->has_match) {
        json_key(json, "match_key", &inspection->match);
    } else {
        json_null(json, "match_key");
    }
}

static void json_path(struct json *json, const struct inspection *inspection)
{
    const struct pile_path *path = &inspection->path;
    char words[WORDS];
    if (path->count == 0) {
        json_null(json, "path");
        return;
    }
    above_words(inspection, words, sizeof words);
    json_object(json, "path");
    json_array(json, "order");
    for (size_t i = 0; i < path->count; i++) {
        json_number(json, NULL, path->indices[i]);
    }
    json_end(json);
    json_string(json, "end", end_word(path->end));
    json_word(json, "above", words);
    json_end(json);
}

static void json_findings(struct json *json, const struct inspection *inspection)
{
    char detail[WORDS];
    json_array(json, "findings");
    for (size_t i = 0; i < inspection->pile.count; i++) {
        for (int f = 0; f < FINDINGS; f++) {
            if (finding_of(inspection, (enum remark)f, i, detail, sizeof detail)) {
                json_object(json, NULL);
                json_string(json, "finding", finding_name((enum remark)f));
                json_number(json, "certificate", (int64_t)i);
                json_string(json, "detail", detail);
                json_end(json);
            }
        }
    }
    json_end(json);
}

static void json_target(struct json *json, const struct inspection *inspection)
{
    const struct options *options = inspection->options;
    if (!inspection->has_host) {
        json_null(json, "target");
        return;
    }
    json_object(json, "target");
    json_string(json, "host", options->host);
    json_number(json, "port", options->port);
    json_word(json, "address", inspection->fetched.address);
    json_end(json);
}

void inspection_json(struct text *out, const struct inspection *inspection, bool pretty)
{
    struct json json;
    json_begin(&json, out, pretty);
    json_object(&json, NULL);
    json_string(&json, "schema", "handfast.cert/1");
    json_bool(&json, "ok", !error_is_set(&inspection->error));
    json_target(&json, inspection);
    json_array(&json, "certificates");
    for (size_t i = 0; i < inspection->pile.count; i++) {
        json_certificate(&json, inspection, i);
    }
    json_end(&json);
    json_keys(&json, inspection);
    json_path(&json, inspection);
    checks_json(&json, inspection->verified ? inspection->checks : NULL);
    json_findings(&json, inspection);
    diagnosis_json(&json, "failure", &inspection->error, NULL);
    json_end(&json);
    text_put(out, "\n");
}

/* ---- Words ---- */

static void put_row(struct text *out, const char *title, const char *words)
{
    text_putf(out, "  %s", title);
    text_pad(out, COLUMN);
    text_put_safe(out, words, strlen(words));
    text_put(out, "\n");
}

static void put_validity(struct text *out, const struct inspection *inspection,
    const struct certificate *certificate)
{
    char from[32];
    char until[32];
    int64_t days = days_left(certificate, inspection->now);
    time_text(certificate->not_before, from);
    time_text(certificate->not_after, until);
    text_put(out, "  valid");
    text_pad(out, COLUMN);
    text_putf(out, "%s until %s, ", from, until);
    if (inspection->now < certificate->not_before) {
        text_put(out, "not yet\n");
    } else if (days < 0) {
        text_put(out, "expired\n");
    } else {
        text_putf(out, "%lld days left\n", (long long)days);
    }
}

static void put_certificate(struct text *out, const struct inspection *inspection, size_t index)
{
    const struct pile_certificate *at = &inspection->pile.certificates[index];
    const struct certificate *certificate = &at->certificate;
    char words[WORDS];
    text_putf(out, "certificate %zu, from ", index);
    text_put_safe(out, at->source, strlen(at->source));
    if (!at->parsed) {
        text_putf(out, ": %zu bytes that are no valid certificate\n", at->der.length);
        return;
    }
    text_put(out, certificate->is_ca ? ", of a CA\n" : "\n");
    name_text(certificate->subject, words, sizeof words);
    put_row(out, "subject", words[0] == '\0' ? "(none)" : words);
    name_text(certificate->issuer, words, sizeof words);
    put_row(out, "issuer", name_equal(certificate->subject, certificate->issuer) ? "itself"
        : words);
    put_validity(out, inspection, certificate);
    if (certificate->has_alternative_names) {
        text_put(out, "  names");
        text_pad(out, COLUMN);
        size_t position = 0;
        for (bool more = false; alternative_name_text(certificate, &position, words, sizeof words);
             more = true) {
            text_put(out, more ? ", " : "");
            text_put_safe(out, words, strlen(words));
        }
        text_put(out, "\n");
    }
    key_text(certificate, words, sizeof words);
    put_row(out, "key", words);
    put_row(out, "signed with", certificate->algorithm);
    usage_words(certificate, words, sizeof words);
    put_row(out, "usage", words);
    if (information_access_text(certificate, false, words, sizeof words)) {
        put_row(out, "issuer at", words);
    }
    if (information_access_text(certificate, true, words, sizeof words)) {
        put_row(out, "OCSP at", words);
    }
    certificate_prints(out, at->der, certificate->spki, COLUMN);
}

static void put_key(struct text *out, const struct pile_key *key)
{
    char words[WORDS];
    unsigned mode;
    key_words(key, words, sizeof words);
    text_putf(out, "private key %s, from ", words);
    text_put_safe(out, key->source, strlen(key->source));
    if (key->certificate < 0) {
        text_put(out, ": belongs to none of the certificates\n");
    } else {
        text_putf(out, ": belongs to certificate %d\n", key->certificate);
    }
    if (key_file_is_exposed(key->source, &mode)) {
        text_putf(out, "  its file is open to others than its owner (mode 0%o); chmod 600 closes "
            "it\n", mode);
    }
}

static void put_path(struct text *out, const struct inspection *inspection)
{
    const struct pile_path *path = &inspection->path;
    char words[WORDS];
    if (path->count == 0) {
        return;
    }
    text_put(out, "path: ");
    for (size_t i = 0; i < path->count; i++) {
        text_putf(out, "%s%d", i == 0 ? "certificate " : " <- ", path->indices[i]);
    }
    above_words(inspection, words, sizeof words);
    if (words[0] != '\0') {
        text_put(out, " <- ");
        text_put_safe(out, words, strlen(words));
    }
    text_putf(out, " (%s)\n", path->end == END_TRUSTED ? "trusted here"
        : path->end == END_MISSING ? "neither given nor trusted here" : "self-signed");
}

static void put_findings(struct text *out, const struct inspection *inspection)
{
    char detail[WORDS];
    for (size_t i = 0; i < inspection->pile.count; i++) {
        for (int f = 0; f < FINDINGS; f++) {
            if (finding_of(inspection, (enum remark)f, i, detail, sizeof detail)) {
                text_putf(out, "%s: certificate %zu: ", finding_name((enum remark)f), i);
                text_put_safe(out, detail, strlen(detail));
                text_put(out, "\n");
            }
        }
    }
}

void inspection_words(struct text *out, const struct inspection *inspection)
{
    const struct pile *pile = &inspection->pile;
    if (!inspection->options->quiet) {
        for (size_t i = 0; i < pile->count; i++) {
            put_certificate(out, inspection, i);
            text_put(out, "\n");
        }
        for (size_t i = 0; i < pile->key_count; i++) {
            put_key(out, &pile->keys[i]);
        }
        if (inspection->has_match) {
            put_key(out, &inspection->match);
        }
        put_path(out, inspection);
        if (inspection->verified) {
            checks_words(out, inspection->checks, inspection->options->for_clients ? "client"
                : "server", wants_colour(inspection->options,
                    STDOUT_FILENO));
        }
    }
    put_findings(out, inspection);
}
