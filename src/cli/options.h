/* The command line of every verb, parsed into one struct. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "handfast/config.h"
#include "net/dial.h"
#include "observe/collector.h"

enum { FILES_MAX = 16, OVERRIDES_MAX = 16 };

enum verb { VERB_NONE = 0, VERB_CONNECT = 1, VERB_SERVE = 2, VERB_SUITE = 4, VERB_HELP = 8,
    VERB_CERT = 16 };

enum colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

enum ocsp_demand { OCSP_NONE, OCSP_STAPLED, OCSP_REQUIRE };

struct options {
    enum verb verb;
    bool help;
    bool version;
    bool json;
    bool jsonl;
    bool verbose;
    bool quiet;
    bool brief;
    enum colour colour;

    const char *cacert;
    const char *capath;
    const char *certs[FILES_MAX];      /* the key at the same place, NULL: in the same file */
    const char *keys[FILES_MAX];
    const char *pass_file;
    size_t cert_count;
    size_t key_count;
    bool insecure;
    const char *crls[FILES_MAX];
    size_t crl_count;
    const char *responses[FILES_MAX];  /* --ocsp-response; serve: of the certs in their order */
    size_t response_count;
    hf_version_id lowest;              /* 0: the policy's */
    hf_version_id highest;
    const char *policy;                /* NULL: the library's default */
    const char *suites;
    const char *groups;
    const char *signatures;
    const char *alpn;
    const char *server_name;
    bool no_server_name;
    const char *keylog;

    /* connect */
    char host[HOST_TEXT];              /* without brackets */
    uint16_t port;
    bool has_target;
    const char *name;                  /* the identity to verify; NULL: host */
    int64_t at_s;                      /* verify as of; when has_at */
    bool has_at;
    enum collect trace;
    uint64_t connect_timeout_us;       /* 0: the default */
    uint64_t max_time_us;              /* 0: none */
    struct dial_override overrides[OVERRIDES_MAX];
    size_t override_count;
    int family;                        /* 0, 4, 6 */
    bool key_update;
    const char *sess_in;               /* NULL: none */
    const char *sess_out;
    bool reconnect;
    enum ocsp_demand ocsp;
    const char *pins;                  /* --pinnedpubkey; NULL: none */

    /* serve */
    char listen_address[HOST_TEXT];
    uint16_t listen_port;
    const char *client_ca;
    hf_client_auth client_auth;
    bool has_client_auth;
    const char *www;
    bool echo;
    const char *response;
    uint64_t count;
    uint64_t tickets;                  /* after a handshake of TLS 1.3; 0: none in any version */
    uint64_t ticket_lifetime_s;        /* 0: the library's default */
    const char *self_signed;
    const char *self_signed_ca;

    /* cert */
    bool verify;
    bool for_clients;                  /* --purpose client */
    uint64_t warn_days;                /* when has_warn_days */
    bool has_warn_days;
    bool fail_on_expiring;
    bool has_fail_on;
    const char *match_key;
    const char *chain_out;

    /* suite, help, cert: what they are about */
    const char *words[FILES_MAX];
    size_t word_count;
};

/* Fills `options`. False: `words` (of `capacity` bytes) says what is wrong: exit 2. */
bool options_parse(int argc, char **argv, struct options *options, char *words, size_t capacity);

#endif
