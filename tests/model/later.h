/* What the tables of later issues have beyond edge.h. The names are those that they will have
 * there, so that moving a row to src moves its names too; the compiler then tells what stayed. */
#ifndef TESTS_MODEL_LATER_H
#define TESTS_MODEL_LATER_H

#include "handshake/edge.h"

#define MORE_STATES_OF_A_HANDSHAKE(X) X(SENT_CH) X(WAIT_EOED)

enum more_state {
    LAST_OF_EDGE_H = STATES - 1,
#define X(name) name,
    MORE_STATES_OF_A_HANDSHAKE(X)
#undef X
    ALL_STATES
};

enum more_message { END_OF_EARLY_DATA = WORKS, ALL_MESSAGES, MESSAGE_HASH = ALL_MESSAGES };

enum more_keys { DERIVE_EARLY = 1 << 16, READ_EARLY = 1 << 18,
    WRITE_PLAIN = 1 << 20, WRITE_EARLY = 1 << 21,
    SKIP_EARLY = 1 << 23, KEY_BITS = 24,
    ALL_DERIVE = DERIVE_HS | DERIVE_APP | DERIVE_RESUMPTION | DERIVE_EARLY | DERIVE_MASTER,
    ALL_READ = READ_ANY | READ_EARLY };

enum more_fact { FACT_EARLY = 1 << 17, FACT_ACCEPTED = 1 << 18, FACT_QUIC = 1 << 19 };

/* A row as in src, without its handler; the casts let a row name what edge.h does not have yet. */
#define ROW(from_, act_, message_, when_, keys_, to_) \
    { (enum state)(from_), act_, (enum message)(message_), NULL, when_, keys_, (enum state)(to_) }

extern const struct table later_client_table;
extern const struct table later_server_table;
extern const struct table later_post_client_table;
extern const struct table later_post_server_table;

#endif
