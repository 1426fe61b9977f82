/* A cell of the matrices: a handshake of given suite, group, signature and client certificate,
 * whole, byte by byte and in random pieces. All three must agree in trace, plaintext and facts, and
 * byte for byte on the wire where nothing is left to chance (injected randoms and keys, EdDSA). */
#ifndef TESTS_MATRIX_CELL_H
#define TESTS_MATRIX_CELL_H

#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

/* Whether the client's certificate is not asked for, sent, or asked for and there is none. */
enum client_auth { NOT_ASKED, CLIENT_SENDS, CLIENT_HAS_NONE, CLIENT_AUTHS };

struct cell {
    hf_version_id version;
    const char *suite;
    const char *group;         /* the server's; NULL: the key exchange has none */
    const char *client_groups;
    const char *scheme;        /* of every signature */
    bool is_signed;            /* by the server */
    enum identity_kind kind;   /* of both keys */
    bool retry;
    enum client_auth auth;
};

/* At most so many values of so many kinds make up a cell. */
enum { FACTORS = 5, LEVELS = 32 };

struct work {
    hf_trust *trust;
    hf_identity *identities[KINDS];
    struct tally tally;
    unsigned handshakes;
    bool pairwise; /* only cells that hold a pair of values not seen together yet */
    bool seen[FACTORS][LEVELS][FACTORS][LEVELS];
};

/* Runs a cell, which is made up of these values, and counts it. */
void tally_cell(struct work *work, const struct cell *cell, const size_t levels[FACTORS]);

/* A matrix from beginning to end; the exit status. HANDFAST_SLOW: every pair of values, but not
 * every cell, for valgrind. */
int run_matrix(struct work *work, void (*run_all)(struct work *work));

#endif
