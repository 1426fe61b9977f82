/* The model of the handshake: two endpoints, driven by the library's own tables over every
 * interleaving, against an oracle written from the RFCs' message flows and never from the tables.
 *
 *   subjects.c  the tables to judge: the library's, and those of later issues, kept as data
 *   oracle.c    what the RFCs demand (RFC 9846, 2 and Appendix A; RFC 5246, 7.3)
 *   executor.c  the rules of edge.h, in small: what engine.c does, without bytes
 *   explore.c   every interleaving, and every wrong message in every state
 *   mistakes.c  mistakes planted in the tables; each must be noticed
 *   tidy.c      the tables' shape
 *   rows.c      the tables as text, for the diagrams
 *   model.c     the tests
 *
 * The executor is no copy of engine.c: it holds the rules alone; refuse.c checks the library. */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <stdio.h>

#include "later.h"

enum { CLIENT, SERVER, ROLES };

/* Keys that protect a record; APPLICATION + n after n KeyUpdates. */
enum epoch { PLAIN, EARLY_KEYS, HANDSHAKE, PROTECTED12, APPLICATION, EPOCHS };

enum { ROWS_MAX = 64, ITEMS_MAX = 40, WIRE_MAX = 48, CHOICES_MAX = 8, COMBINATIONS_MAX = 64 };

/* A role's tables, as a connection has them. */
enum { HELLO_TABLE, VERSION_TABLE, POST_TABLE, TABLES };

struct subject {
    const char *name;
    bool tls13;
    bool handlers;                     /* the rows have handlers: they are the library's */
    bool tickets;                      /* a server may send NewSessionTicket after the handshake */
    const struct table *tables[ROLES][TABLES];
    unsigned choices[CHOICES_MAX];     /* the facts that tell one handshake from another */
    size_t choice_count;
};

enum { SUBJECTS = 3, LIBRARY = 0 };
extern const struct subject subjects[SUBJECTS];
const char *any_state_name(unsigned state);
const char *any_message_name(unsigned message);
const char *role_name(int role);

/* One message that an RFC demands: who sends it, under which keys. */
struct item {
    uint8_t sender, message, epoch;
};
struct spec {
    size_t count;
    struct item item[ITEMS_MAX];
};

struct record {
    uint8_t message, epoch;
};

struct endpoint {
    uint32_t facts;
    uint32_t secrets;        /* DERIVE_x done */
    uint8_t role, state;
    uint8_t version_known;   /* the version's table was chosen */
    uint8_t read, write;     /* enum epoch */
    uint8_t skip;            /* early data that does not open is dropped */
    uint8_t more;            /* unread handshake bytes behind the message at hand */
    uint8_t work;            /* enum work */
    uint8_t data, updates, tickets;
    uint8_t at[ROLES];       /* how far in the spec each side's messages have come, as seen here */
    uint8_t length;
    uint8_t transcript[26];  /* message + 32 * sender */
};

struct pipe {
    uint8_t head, tail;
    struct record record[WIRE_MAX];
};

struct world {
    struct endpoint end[ROLES];
    struct pipe to[ROLES];
};

enum work { OWES_CHECK = 1, HAS_SIGNATURE = 2, HAS_SHARED = 4 };

/* REFUSED: by the engine, as a connection would; WRONG: by the oracle. */
enum verdict { FINE, REFUSED, WRONG };

/* Mistakes that may be planted in the executor: each breaks one rule of edge.h. */
#define FLAWS_OF_AN_ENGINE(X) \
    X(SOUND, "none") \
    X(HASH_BEFORE_HANDLER, "the message is hashed before its handler") \
    X(TAUGHT_BEFORE_GUARD, "guards read what the message itself teaches") \
    X(FOLD_BEFORE_HANDLER, "ClientHello1 folded before HelloRetryRequest's handler") \
    X(NO_MESSAGE_HASH, "ClientHello1 not folded") \
    X(CCS_HASHED, "ChangeCipherSpec hashed") \
    X(POST_HASHED, "post-handshake messages hashed") \
    X(CCS_SEALED, "the CCS of 1.3 sealed") \
    X(KEYS_BEFORE_SEND, "keys before the send") \
    X(KEYS_BEFORE_HASH, "keys before the hash") \
    X(LEFTOVER_AT_KEYS, "unread bytes pass a key change") \
    X(LEFTOVER_AT_SEND, "unread bytes pass a SEND row") \
    X(LEFTOVER_AT_CCS, "unread bytes pass ChangeCipherSpec") \
    X(READS_WHILE_WAITING, "an endpoint reads while an operation waits") \
    X(SKIP_FOR_EVER, "early data skipped for ever")

enum flaw {
#define X(name, words) name,
    FLAWS_OF_AN_ENGINE(X)
#undef X
    FLAWS
};

struct tally {
    unsigned long combinations, worlds, ends, records, dropped, probes, glued, operations, secrets;
};

/* Kept in pieces: most complaints are refusals that are as they should be. */
struct complaint {
    struct endpoint at;
    unsigned facts;
    const char *what;
    unsigned message;
};

/* A run of one subject: a judgement, and what it rests on. */
struct run {
    const struct subject *subject;
    unsigned facts;                   /* of the combination at hand */
    struct spec spec;                 /* the oracle's for them */
    unsigned others[COMBINATIONS_MAX]; /* every legal combination, and its spec */
    struct spec other_specs[COMBINATIONS_MAX];
    size_t other_count;
    enum flaw flaw;
    bool brief;                       /* leave out what may be asked for after the handshake */
    struct tally tally;
    unsigned long ends;               /* of this combination */
    struct complaint why;             /* what went wrong, or was refused, last */
    bool probed[ROLES][ALL_STATES][ITEMS_MAX][2];
    uint64_t *seen;                   /* a hash set of worlds */
    uint32_t *used;                   /* its filled slots */
    size_t used_count;
};

/* ---- oracle.c ---- */
void spec_of(const struct subject *subject, struct spec *spec, unsigned facts);
bool is_legal(const struct subject *subject, unsigned facts);
/* The facts that `role` knows from the start, and those that a message teaches it. */
unsigned known_first(int role);
unsigned taught(const struct subject *subject, int role, int sender, unsigned message);
/* Whether the RFCs hash a message (RFC 9846, 4.1; RFC 5246, 7.4.9). */
bool spec_hashes(unsigned message);
/* Whether the RFC lets an endpoint send this after the handshake. */
bool spec_lets_ask(const struct subject *subject, int role, unsigned facts, unsigned message);
/* The next item of `sender`; CCS of 1.3 passed over unless `with_ccs`. */
size_t next_item(const struct run *run, const struct endpoint *e, int sender, bool with_ccs);
size_t find_item(const struct spec *spec, int sender, unsigned message);
/* What the peer may send next (a set of messages), over all combinations that look alike. */
unsigned admissible(const struct run *run, const struct endpoint *e, size_t next);

/* The keys that an alert goes under while an endpoint waits. */
unsigned spec_write_epoch(const struct run *run, const struct endpoint *e);

/* ---- executor.c ---- */
/* Keeps the complaint; returns `v`. */
enum verdict wrong(struct run *run, enum verdict v, const struct endpoint *e, const char *what,
    unsigned message);
void complaint_text(const struct run *run, char *text, size_t size);
/* The row that an endpoint takes; `incoming` NONE: by itself. */
const struct edge *row_for(const struct run *run, const struct endpoint *e, unsigned incoming);
bool receives(const struct run *run, const struct endpoint *e);
bool covers(const struct run *run, const struct endpoint *e, size_t count);
void push(struct world *w, int to, unsigned message, unsigned epoch);
enum verdict take(struct run *run, struct world *w, struct endpoint *e, const struct edge *row,
    unsigned epoch);
enum verdict receive(struct run *run, struct world *w, struct endpoint *e, struct record in,
    bool more);
bool may_write_data(const struct endpoint *e);

/* ---- explore.c ---- */
struct run *run_new(const struct subject *subject); /* NULL: out of memory */
void run_free(struct run *run);
/* All combinations of facts, every interleaving. False: run->why. */
bool run_all(struct run *run);

/* ---- mistakes.c ---- */
enum mistake { DELETED, UNGUARDED, HANDLER_DROPPED, KEY_DROPPED, KEY_EARLY, KEY_LATE, LED_ELSEWHERE,
    ANOTHER_MESSAGE, ROW_ADDED, MISTAKES };
struct count {
    unsigned long planted, caught, explained;
};
const char *mistake_name(enum mistake mistake);
/* Plants every mistake of a kind in every row of a subject; prints those that nothing notices. */
bool sweep(const struct subject *subject, enum mistake mistake, struct count *count);
/* Whether each explanation of a mistake that makes no difference was needed in the sweeps. */
bool explanations_needed(void);

/* ---- rows.c ---- */
/* A line for each row, tab-separated: role ("client", or "client12" in TLS 1.2), table, from,
 * act, message, guard, keys, to. `out` NULL: prints nothing. False: a guard or a key without a
 * name. */
bool rows_print(FILE *out, const struct subject *subject);

/* ---- tidy.c ---- */
/* Shape: rule 8, no row hidden behind an unguarded one, handlers there. NULL, or what is wrong. */
const char *untidy(const struct subject *subject);

/* post_auth.c */
bool post_auth_agrees(void);
bool post_auth_mistakes_are_noticed(void);

#endif
