/* From the command line to a sealed config: trust, identities, lists, subscribers. */
#ifndef CLI_SETUP_H
#define CLI_SETUP_H

#include "cli/options.h"
#include "observe/keylog.h"
#include "observe/text.h"

enum { PASSPHRASE_SIZE = 1024 };

struct setup {
    hf_config *config;      /* not sealed yet */
    hf_trust *trust;        /* NULL: none needed */
    hf_memo *memo;          /* of a server that verifies clients; NULL: none */
    struct keylog keylog;
    uint64_t at_ms;         /* the clock that --at stopped */
    char passphrase[PASSPHRASE_SIZE]; /* --pass-file: of encrypted keys; "": none */
    bool no_roots;          /* the system has no trusted roots: nothing will verify */
};

/* Everything that both roles share; the caller adds its trace and what is its own, then seals.
 * False: `error` says why. setup_end in either case. */
bool setup_begin(struct setup *setup, const struct options *options, hf_role role,
    struct hf_error *error);
void setup_end(struct setup *setup);

/* Every setting of a config, on stderr: for -v. */
void put_settings(const hf_config *config);

/* Whether words on a descriptor shall be coloured. */
bool wants_colour(const struct options *options, int fd);

/* The whole text to a descriptor; false: it cannot be written. */
bool put_text(int fd, const struct text *text);
bool put_bytes(int fd, const void *data, size_t length);

#endif
