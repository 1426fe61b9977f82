/* The command line: see options.h. A flag is a row of the table; what a row does stands in
 * `apply_x`. A flag that this version does not have is a row too, so that it is refused by name,
 * never ignored. */
#include "cli/options.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "cli/values.h"

enum flag { FLAG_HELP, FLAG_VERSION, FLAG_JSON, FLAG_JSONL, FLAG_VERBOSE, FLAG_QUIET, FLAG_COLOUR,
    FLAG_CACERT, FLAG_CAPATH, FLAG_CERT, FLAG_KEY, FLAG_PASS_FILE, FLAG_INSECURE, FLAG_LOWEST,
    FLAG_TLS_MAX, FLAG_POLICY, FLAG_CIPHERS, FLAG_GROUPS, FLAG_SIGALGS, FLAG_ALPN, FLAG_SERVERNAME,
    FLAG_NOSERVERNAME, FLAG_KEYLOG, FLAG_CONNECT_TIMEOUT, FLAG_MAX_TIME, FLAG_RESOLVE, FLAG_V4,
    FLAG_V6, FLAG_NAME, FLAG_AT, FLAG_TRACE, FLAG_BRIEF, FLAG_NO_PROBE, FLAG_LISTEN, FLAG_CLIENT_CA,
    FLAG_CLIENT_AUTH, FLAG_WWW, FLAG_ECHO, FLAG_RESPONSE, FLAG_COUNT, FLAG_SELF_SIGNED,
    FLAG_SELF_SIGNED_CA, FLAG_TICKETS, FLAG_TICKET_LIFETIME, FLAG_SESS_IN, FLAG_SESS_OUT,
    FLAG_RECONNECT, FLAG_KEY_UPDATE, FLAG_VERIFY, FLAG_PURPOSE,
    FLAG_WARN_DAYS, FLAG_FAIL_ON, FLAG_MATCH_KEY, FLAG_CHAIN_OUT, FLAG_CRL,
    FLAG_OCSP_RESPONSE, FLAG_OCSP, FLAG_PINS, FLAG_LATER };

enum { TICKETS_DEFAULT = 2, TICKETS_MAX = 8, LIFETIME_MAX_S = 604800 };

enum arity { ALONE, VALUE, OPTIONAL }; /* OPTIONAL: only behind '=' */

enum { BOTH = VERB_CONNECT | VERB_SERVE, GOES = BOTH | VERB_CERT,
    EVERY = GOES | VERB_SUITE | VERB_HELP | VERB_NONE };

struct row {
    const char *name;
    enum flag flag;
    enum arity arity;
    int verbs;
};

static const struct row rows[] = {
    { "-h", FLAG_HELP, ALONE, EVERY },
    { "--help", FLAG_HELP, ALONE, EVERY },
    { "-V", FLAG_VERSION, ALONE, EVERY },
    { "--version", FLAG_VERSION, ALONE, EVERY },
    { "--json", FLAG_JSON, ALONE, EVERY },
    { "--jsonl", FLAG_JSONL, ALONE, EVERY },
    { "-v", FLAG_VERBOSE, ALONE, EVERY },
    { "--verbose", FLAG_VERBOSE, ALONE, EVERY },
    { "-q", FLAG_QUIET, ALONE, EVERY },
    { "--quiet", FLAG_QUIET, ALONE, EVERY },
    { "--color", FLAG_COLOUR, VALUE, EVERY },
    { "--cacert", FLAG_CACERT, VALUE, GOES },
    { "--capath", FLAG_CAPATH, VALUE, GOES },
    { "--cert", FLAG_CERT, VALUE, BOTH },
    { "--key", FLAG_KEY, VALUE, BOTH },
    { "--pass-file", FLAG_PASS_FILE, VALUE, GOES },
    { "-k", FLAG_INSECURE, ALONE, BOTH },
    { "--insecure", FLAG_INSECURE, ALONE, BOTH },
    { "--tlsv1.2", FLAG_LOWEST, ALONE, GOES },
    { "--tlsv1.3", FLAG_LOWEST, ALONE, GOES },
    { "--tls-max", FLAG_TLS_MAX, VALUE, GOES },
    { "--policy", FLAG_POLICY, VALUE, GOES },
    { "--ciphers", FLAG_CIPHERS, VALUE, GOES },
    { "--groups", FLAG_GROUPS, VALUE, GOES },
    { "--sigalgs", FLAG_SIGALGS, VALUE, GOES },
    { "--alpn", FLAG_ALPN, VALUE, BOTH },
    { "--servername", FLAG_SERVERNAME, VALUE, GOES },
    { "--noservername", FLAG_NOSERVERNAME, ALONE, GOES },
    { "--keylog", FLAG_KEYLOG, VALUE, BOTH },
    { "--connect-timeout", FLAG_CONNECT_TIMEOUT, VALUE, GOES },
    { "--max-time", FLAG_MAX_TIME, VALUE, GOES },
    { "--resolve", FLAG_RESOLVE, VALUE, GOES },
    { "-4", FLAG_V4, ALONE, GOES },
    { "-6", FLAG_V6, ALONE, GOES },
    { "--name", FLAG_NAME, VALUE, VERB_CONNECT | VERB_CERT },
    { "--at", FLAG_AT, VALUE, VERB_CONNECT | VERB_CERT },
    { "--trace", FLAG_TRACE, OPTIONAL, BOTH },
    { "--brief", FLAG_BRIEF, ALONE, VERB_CONNECT },
    { "--no-probe", FLAG_NO_PROBE, ALONE, VERB_CONNECT },
    { "--starttls", FLAG_LATER, VALUE, VERB_CONNECT },
    { "--sess-out", FLAG_SESS_OUT, VALUE, VERB_CONNECT },
    { "--sess-in", FLAG_SESS_IN, VALUE, VERB_CONNECT },
    { "--early-data", FLAG_LATER, VALUE, VERB_CONNECT },
    { "--ocsp", FLAG_OCSP, VALUE, VERB_CONNECT },
    { "--crl", FLAG_CRL, VALUE, GOES },
    { "--pinnedpubkey", FLAG_PINS, VALUE, VERB_CONNECT },
    { "--reconnect", FLAG_RECONNECT, ALONE, VERB_CONNECT },
    { "--key-update", FLAG_KEY_UPDATE, ALONE, VERB_CONNECT },
    { "--listen", FLAG_LISTEN, VALUE, VERB_SERVE },
    { "--client-ca", FLAG_CLIENT_CA, VALUE, VERB_SERVE },
    { "--client-auth", FLAG_CLIENT_AUTH, VALUE, VERB_SERVE },
    { "--www", FLAG_WWW, VALUE, VERB_SERVE },
    { "--echo", FLAG_ECHO, ALONE, VERB_SERVE },
    { "--response", FLAG_RESPONSE, VALUE, VERB_SERVE },
    { "--count", FLAG_COUNT, VALUE, VERB_SERVE },
    { "--self-signed", FLAG_SELF_SIGNED, VALUE, VERB_SERVE },
    { "--self-signed-ca", FLAG_SELF_SIGNED_CA, VALUE, VERB_SERVE },
    { "--tickets", FLAG_TICKETS, VALUE, VERB_SERVE },
    { "--ticket-lifetime", FLAG_TICKET_LIFETIME, VALUE, VERB_SERVE },
    { "--max-early-data", FLAG_LATER, VALUE, VERB_SERVE },
    { "--ocsp-response", FLAG_OCSP_RESPONSE, VALUE, VERB_SERVE | VERB_CERT },
    { "--verify", FLAG_VERIFY, ALONE, VERB_CERT },
    { "--purpose", FLAG_PURPOSE, VALUE, VERB_CERT },
    { "--warn-days", FLAG_WARN_DAYS, VALUE, VERB_CERT },
    { "--fail-on", FLAG_FAIL_ON, VALUE, VERB_CERT },
    { "--match-key", FLAG_MATCH_KEY, VALUE, VERB_CERT },
    { "--chain-out", FLAG_CHAIN_OUT, VALUE, VERB_CERT },
};

struct parser {
    struct options *options;
    char *words;
    size_t capacity;
};

static bool wrong(const struct parser *parser, const char *flag, const char *what)
{
    (void)snprintf(parser->words, parser->capacity, "%s %s", flag, what);
    return false;
}

/* A word of a list; its place, or -1. */
static int choose(const char *word, const char *const *words, size_t count)
{
    assert(word != NULL);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(word, words[i]) == 0) {
            return (int)i;
        }
    }
    return -1;
}

/* ---- Rows ---- */

static bool apply_output(const struct parser *p, const struct row *row, const char *value)
{
    static const char *const colours[] = { "auto", "always", "never" };
    struct options *o = p->options;
    if (row->flag == FLAG_COLOUR) {
        int i = choose(value, colours, 3);
        if (i < 0) {
            return wrong(p, row->name, "takes auto, always or never");
        }
        o->colour = (enum colour)i;
    } else if (row->flag == FLAG_TRACE) {
        if (value != NULL && strcmp(value, "bytes") != 0) {
            return wrong(p, row->name, "takes nothing, or =bytes");
        }
        o->trace = value == NULL ? COLLECT_MESSAGES : COLLECT_BYTES;
    } else {
        o->help = o->help || row->flag == FLAG_HELP;
        o->version = o->version || row->flag == FLAG_VERSION;
        o->json = o->json || row->flag == FLAG_JSON;
        o->jsonl = o->jsonl || row->flag == FLAG_JSONL;
        o->verbose = o->verbose || row->flag == FLAG_VERBOSE;
        o->quiet = o->quiet || row->flag == FLAG_QUIET;
        o->brief = o->brief || row->flag == FLAG_BRIEF;
    }
    return true;
}

static bool add_file(const struct parser *p, const struct row *row, const char *value,
    const char **files, size_t *count)
{
    if (*count == FILES_MAX) {
        return wrong(p, row->name, "was given more than 16 times");
    }
    files[(*count)++] = value;
    return true;
}

static bool apply_versions(const struct parser *p, const struct row *row, const char *value)
{
    static const char *const policies[] = { "modern", "intermediate", "legacy", "pci" };
    static const char *const versions[] = { "1.2", "1.3" };
    assert(value != NULL || row->flag == FLAG_LOWEST);
    if (row->flag == FLAG_LOWEST) {
        p->options->lowest = strcmp(row->name, "--tlsv1.2") == 0 ? HF_TLS12 : HF_TLS13;
    }
    if (row->flag == FLAG_TLS_MAX) {
        int i = choose(value, versions, 2);
        p->options->highest = i == 0 ? HF_TLS12 : HF_TLS13;
        return i >= 0 || wrong(p, row->name, "takes 1.2 or 1.3");
    }
    if (row->flag == FLAG_POLICY) {
        if (choose(value, policies, 4) < 0) {
            return wrong(p, row->name, "takes modern, intermediate, legacy or pci");
        }
        p->options->policy = value;
    }
    return true;
}

static bool apply_tls(const struct parser *p, const struct row *row, const char *value)
{
    struct options *o = p->options;
    const char **place = row->flag == FLAG_CACERT ? &o->cacert
        : row->flag == FLAG_CAPATH ? &o->capath
        : row->flag == FLAG_PASS_FILE ? &o->pass_file
        : row->flag == FLAG_CIPHERS ? &o->suites
        : row->flag == FLAG_GROUPS ? &o->groups
        : row->flag == FLAG_SIGALGS ? &o->signatures
        : row->flag == FLAG_ALPN ? &o->alpn
        : row->flag == FLAG_SERVERNAME ? &o->server_name
        : row->flag == FLAG_KEYLOG ? &o->keylog
        : row->flag == FLAG_NAME ? &o->name : NULL;
    if (place != NULL) {
        assert(value != NULL); /* the rows of these flags ask for one */
        if (value[0] == '\0') {
            return wrong(p, row->name, "was given an empty value");
        }
        *place = value;
        return true;
    }
    if (row->flag == FLAG_CERT) {
        return add_file(p, row, value, o->certs, &o->cert_count);
    }
    if (row->flag == FLAG_KEY) {
        return add_file(p, row, value, o->keys, &o->key_count);
    }
    o->insecure = o->insecure || row->flag == FLAG_INSECURE;
    o->no_server_name = o->no_server_name || row->flag == FLAG_NOSERVERNAME;
    return true;
}

static bool apply_connect(const struct parser *p, const struct row *row, const char *value)
{
    struct options *o = p->options;
    if (row->flag == FLAG_KEY_UPDATE) {
        o->key_update = true;
    } else if (row->flag == FLAG_SESS_IN || row->flag == FLAG_SESS_OUT) {
        assert(value != NULL);
        if (value[0] == '\0') {
            return wrong(p, row->name, "was given an empty value");
        }
        *(row->flag == FLAG_SESS_IN ? &o->sess_in : &o->sess_out) = value;
    } else if (row->flag == FLAG_RECONNECT) {
        o->reconnect = true;
    } else if (row->flag == FLAG_V4 || row->flag == FLAG_V6) {
        o->family = row->flag == FLAG_V4 ? 4 : 6;
    } else if (row->flag == FLAG_CONNECT_TIMEOUT && !seconds_parse(value, &o->connect_timeout_us)) {
        return wrong(p, row->name, "takes seconds, such as 5 or 0.5");
    } else if (row->flag == FLAG_MAX_TIME && !seconds_parse(value, &o->max_time_us)) {
        return wrong(p, row->name, "takes seconds, such as 5 or 0.5");
    } else if (row->flag == FLAG_AT) {
        o->has_at = true;
        if (!rfc3339_parse(value, &o->at_s)) {
            return wrong(p, row->name, "takes a time of RFC 3339, such as 2026-11-21T00:00:00Z");
        }
    } else if (row->flag == FLAG_RESOLVE) {
        if (o->override_count == OVERRIDES_MAX) {
            return wrong(p, row->name, "was given more than 16 times");
        }
        if (!override_parse(value, &o->overrides[o->override_count++])) {
            return wrong(p, row->name, "takes HOST:PORT:ADDRESS");
        }
    }
    return true;
}

static bool apply_listen(const struct parser *p, const struct row *row, const char *value)
{
    struct options *o = p->options;
    const char *port = NULL;
    if (port_number(value, &o->listen_port)) {
        return true;
    }
    if (!split_host(value, o->listen_address, &port) || port == NULL
        || !port_number(port, &o->listen_port)) {
        return wrong(p, row->name, "takes PORT or ADDRESS:PORT");
    }
    return true;
}

static bool apply_serve(const struct parser *p, const struct row *row, const char *value)
{
    static const char *const auths[] = { "none", "request", "require" };
    struct options *o = p->options;
    if (row->flag == FLAG_LISTEN) {
        return apply_listen(p, row, value);
    }
    if (row->flag == FLAG_CLIENT_AUTH) {
        int i = choose(value, auths, 3);
        if (i < 0) {
            return wrong(p, row->name, "takes none, request or require");
        }
        o->client_auth = (hf_client_auth)i;
        o->has_client_auth = true;
    } else if (row->flag == FLAG_COUNT) {
        if (!number_parse(value, INT64_MAX, &o->count) || o->count == 0) {
            return wrong(p, row->name, "takes a number of connections, 1 or more");
        }
    } else if (row->flag == FLAG_TICKETS) {
        return number_parse(value, TICKETS_MAX, &o->tickets)
            || wrong(p, row->name, "takes a number, 0 to 8");
    } else if (row->flag == FLAG_TICKET_LIFETIME) {
        return (number_parse(value, LIFETIME_MAX_S, &o->ticket_lifetime_s)
                && o->ticket_lifetime_s > 0)
            || wrong(p, row->name, "takes seconds, 1 to 604800 (7 days)");
    } else {
        const char **place = row->flag == FLAG_CLIENT_CA ? &o->client_ca
            : row->flag == FLAG_WWW ? &o->www
            : row->flag == FLAG_RESPONSE ? &o->response
            : row->flag == FLAG_SELF_SIGNED ? &o->self_signed
            : row->flag == FLAG_SELF_SIGNED_CA ? &o->self_signed_ca : NULL;
        if (place != NULL) {
            *place = value;
        }
        o->echo = o->echo || row->flag == FLAG_ECHO;
    }
    return true;
}

/* What is asked of certificates beyond trust, and what a server brings along. */
static bool apply_evidence(const struct parser *p, const struct row *row, const char *value)
{
    static const char *const words[] = { "none", "stapled", "require" };
    struct options *o = p->options;
    if (row->flag == FLAG_CRL) {
        return add_file(p, row, value, o->crls, &o->crl_count);
    }
    if (row->flag == FLAG_OCSP_RESPONSE) {
        return add_file(p, row, value, o->responses, &o->response_count);
    }
    if (row->flag == FLAG_PINS) {
        o->pins = value;
        return true;
    }
    int i = choose(value, words, sizeof words / sizeof *words);
    o->ocsp = (enum ocsp_demand)i;
    return i >= 0 || wrong(p, row->name, "takes none, stapled or require");
}

static bool apply_cert(const struct parser *p, const struct row *row, const char *value)
{
    static const char *const purposes[] = { "server", "client" };
    static const char *const levels[] = { "never", "expiring" };
    struct options *o = p->options;
    assert(value != NULL || row->flag == FLAG_VERIFY);
    if (row->flag == FLAG_VERIFY) {
        o->verify = true;
    } else if (row->flag == FLAG_PURPOSE) {
        int i = choose(value, purposes, 2);
        o->for_clients = i == 1;
        return i >= 0 || wrong(p, row->name, "takes server or client");
    } else if (row->flag == FLAG_FAIL_ON) {
        int i = choose(value, levels, 2);
        o->fail_on_expiring = i == 1;
        o->has_fail_on = true;
        return i >= 0 || wrong(p, row->name, "takes expiring or never");
    } else if (row->flag == FLAG_WARN_DAYS) {
        o->has_warn_days = true;
        return number_parse(value, 36500, &o->warn_days)
            || wrong(p, row->name, "takes a number of days");
    } else if (value[0] == '\0') {
        return wrong(p, row->name, "was given an empty value");
    } else {
        *(row->flag == FLAG_MATCH_KEY ? &o->match_key : &o->chain_out) = value;
    }
    return true;
}

static bool apply(const struct parser *p, const struct row *row, const char *value)
{
    switch (row->flag) {
    case FLAG_HELP: case FLAG_VERSION: case FLAG_JSON: case FLAG_JSONL: case FLAG_VERBOSE:
    case FLAG_QUIET: case FLAG_COLOUR: case FLAG_TRACE: case FLAG_BRIEF:
        return apply_output(p, row, value);
    case FLAG_CACERT: case FLAG_CAPATH: case FLAG_CERT: case FLAG_KEY: case FLAG_PASS_FILE:
    case FLAG_INSECURE:
    case FLAG_CIPHERS: case FLAG_GROUPS: case FLAG_SIGALGS: case FLAG_ALPN: case FLAG_SERVERNAME:
    case FLAG_NOSERVERNAME: case FLAG_KEYLOG: case FLAG_NAME:
        return apply_tls(p, row, value);
    case FLAG_LOWEST: case FLAG_TLS_MAX: case FLAG_POLICY:
        return apply_versions(p, row, value);
    case FLAG_CONNECT_TIMEOUT: case FLAG_MAX_TIME: case FLAG_RESOLVE: case FLAG_V4: case FLAG_V6:
    case FLAG_AT: case FLAG_KEY_UPDATE: case FLAG_SESS_IN: case FLAG_SESS_OUT: case FLAG_RECONNECT:
        return apply_connect(p, row, value);
    case FLAG_LISTEN: case FLAG_CLIENT_CA: case FLAG_CLIENT_AUTH: case FLAG_WWW: case FLAG_ECHO:
    case FLAG_RESPONSE: case FLAG_COUNT: case FLAG_SELF_SIGNED: case FLAG_SELF_SIGNED_CA:
    case FLAG_TICKETS: case FLAG_TICKET_LIFETIME:
        return apply_serve(p, row, value);
    case FLAG_VERIFY: case FLAG_PURPOSE: case FLAG_WARN_DAYS: case FLAG_FAIL_ON:
    case FLAG_MATCH_KEY: case FLAG_CHAIN_OUT:
        return apply_cert(p, row, value);
    case FLAG_CRL: case FLAG_OCSP_RESPONSE: case FLAG_OCSP: case FLAG_PINS:
        return apply_evidence(p, row, value);
    case FLAG_LATER:
        return wrong(p, row->name, "is not available in this version");
    case FLAG_NO_PROBE: /* there is no probe to leave out */
        break;
    }
    return true;
}

static const struct row *find_row(const char *argument, size_t length)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (strlen(rows[i].name) == length && strncmp(rows[i].name, argument, length) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool parse_flag(const struct parser *p, int argc, char **argv, int *at)
{
    const char *argument = argv[*at];
    const char *equals = argument[1] == '-' ? strchr(argument, '=') : NULL;
    size_t length = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    const struct row *row = find_row(argument, length);
    if (row == NULL) {
        return wrong(p, argument, "is not a flag that I know; see --help");
    }
    if (p->options->verb != VERB_NONE && (row->verbs & (int)p->options->verb) == 0) {
        return wrong(p, row->name, "does not belong to this verb; see --help");
    }
    const char *value = equals == NULL ? NULL : equals + 1;
    if (row->arity == ALONE && value != NULL) {
        return wrong(p, row->name, "takes no value");
    }
    if (row->flag == FLAG_LATER) {
        return apply(p, row, value);
    }
    if (row->arity == VALUE && value == NULL) {
        if (*at + 1 >= argc) {
            return wrong(p, row->name, "needs a value");
        }
        value = argv[++*at];
    }
    return apply(p, row, value);
}

static bool parse_word(const struct parser *p, const char *word)
{
    struct options *o = p->options;
    if (o->verb == VERB_CONNECT) {
        if (o->has_target) {
            return wrong(p, word, "is a second target; one is enough");
        }
        o->has_target = true;
        return target_parse(word, o->host, &o->port)
            || wrong(p, word, "is not HOST[:PORT] or a URL");
    }
    if (o->verb == VERB_SUITE || o->verb == VERB_HELP || o->verb == VERB_CERT) {
        if (o->word_count == FILES_MAX) {
            return wrong(p, word, "is one word too many");
        }
        o->words[o->word_count++] = word;
        return true;
    }
    return wrong(p, word, "is not expected here");
}

static bool parse_verb(const struct parser *p, const char *word)
{
    static const char *const later[] = { "proxy", "audit", "explain", "fingerprint", "mail",
        "demo", "bench" };
    struct options *o = p->options;
    if (choose(word, later, sizeof later / sizeof *later) >= 0) {
        return wrong(p, word, "is not available in this version");
    }
    o->verb = strcmp(word, "connect") == 0 ? VERB_CONNECT
        : strcmp(word, "serve") == 0 ? VERB_SERVE
        : strcmp(word, "suite") == 0 ? VERB_SUITE
        : strcmp(word, "cert") == 0 ? VERB_CERT
        : strcmp(word, "help") == 0 ? VERB_HELP : VERB_NONE;
    return o->verb != VERB_NONE || wrong(p, word, "is not a verb that I know; see --help");
}

static bool check_whole(const struct parser *p)
{
    const struct options *o = p->options;
    if (o->help || o->version) {
        return true;
    }
    if (o->verb == VERB_CONNECT && !o->has_target) {
        return wrong(p, "connect", "needs HOST[:PORT] or a URL");
    }
    if (o->verb == VERB_SUITE && o->word_count == 0) {
        return wrong(p, "suite", "needs a NAME or a number such as 0x1301");
    }
    if (o->verb == VERB_SERVE && o->response_count > o->cert_count) {
        return wrong(p, "--ocsp-response", "without a --cert");
    }
    if (o->verb == VERB_CERT && o->word_count == 0) {
        return wrong(p, "cert", "needs a FILE or a HOST");
    }
    if (o->key_count > o->cert_count) {
        return wrong(p, "--key", "without a --cert");
    }
    if (o->verb == VERB_SERVE && o->cert_count == 0 && o->self_signed == NULL) {
        return wrong(p, "serve", "needs --cert FILE --key FILE, or --self-signed NAME");
    }
    if (o->self_signed_ca != NULL && o->self_signed == NULL) {
        return wrong(p, "--self-signed-ca", "without --self-signed");
    }
    if ((o->www != NULL) + o->echo + (o->response != NULL) > 1) {
        return wrong(p, "--www, --echo and --response", "exclude one another");
    }
    bool asks = o->client_auth != HF_AUTH_NONE;
    if (o->verb == VERB_SERVE && asks && o->client_ca == NULL && o->cacert == NULL
        && o->capath == NULL) {
        return wrong(p, "--client-auth", "needs --client-ca FILE");
    }
    return true;
}

bool options_parse(int argc, char **argv, struct options *options, char *words, size_t capacity)
{
    memset(options, 0, sizeof *options);
    (void)snprintf(options->listen_address, sizeof options->listen_address, "127.0.0.1");
    options->listen_port = 4433;
    options->tickets = TICKETS_DEFAULT;
    struct parser parser = { options, words, capacity };
    bool flags = true;
    for (int at = 1; at < argc; at++) {
        const char *argument = argv[at];
        if (flags && strcmp(argument, "--") == 0) {
            flags = false;
        } else if (flags && argument[0] == '-' && argument[1] != '\0') {
            TRY(parse_flag(&parser, argc, argv, &at));
        } else if (options->verb == VERB_NONE) {
            TRY(parse_verb(&parser, argument));
        } else {
            TRY(parse_word(&parser, argument));
        }
    }
    options->verify = options->verify || (options->verb == VERB_CERT
        && (options->name != NULL || options->for_clients
            || options->crl_count + options->response_count > 0));
    /* Whoever names a client CA wants it used: fail closed. */
    if (options->client_ca != NULL && !options->has_client_auth) {
        options->client_auth = HF_AUTH_REQUIRE;
    }
    return check_whole(&parser);
}
