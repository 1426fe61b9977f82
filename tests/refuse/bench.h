/* Every message in every state of real connections: what the descriptions of TLS 1.3 and TLS 1.2
 * share. A state is reached by a real handshake in memory, message by message; what is injected
 * there is sealed under the right keys. What is refused and what goes by is each description's. */
#ifndef TESTS_REFUSE_BENCH_H
#define TESTS_REFUSE_BENCH_H

#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

enum { MESSAGE_KEPT = 4096, MESSAGES_KEPT = 16, RETRY_MESSAGE = 300, CCS_MESSAGE = 301 };
enum { SAYS_UNEXPECTED = 10, SAYS_BAD_RECORD = 20, SAYS_ILLEGAL = 47, SAYS_NO_RENEGOTIATION = 100,
    SAYS_CANCELED = 90 };

/* A message as it went out, header included; or a ChangeCipherSpec of TLS 1.2. */
struct kept {
    uint8_t bytes[MESSAGE_KEPT];
    size_t length;
    bool is_ccs;
};

struct sent {
    struct kept message[MESSAGES_KEPT];
    size_t count;
};

enum resumption { NOT_RESUMED, BY_TICKET, BY_ID };

/* What a handshake is asked to have; zeros: nothing. */
struct scenario {
    const char *name;
    bool asked;                 /* for a client certificate */
    bool has_certificate;       /* the client does */
    enum resumption resumption;
    bool only_newest;           /* the client and the server speak this version alone */
    /* TLS 1.3 */
    bool retry;
    /* TLS 1.2 */
    const char *suites;         /* the server's; NULL: the policy's */
    enum identity_kind kind;    /* the server's key */
    bool tickets;               /* a ticket is granted */
    bool renews;                /* and again, when it was used */
    bool staples;               /* CertificateStatus comes */
};

/* What a state expects of the peer. */
struct expectation {
    enum state state;
    const char *words;
    unsigned legal[3];          /* handshake types; 0 ends: HelloRequest is never legal */
    bool data;
};

struct bench;

/* Where a test stands. */
struct place {
    bool server;
    size_t count;               /* messages read; SIZE_MAX: connected */
};

struct description {
    hf_version_id version;
    /* The key that protects what `c` reads next, while its handshake runs; false: it failed. */
    bool (*reading_half)(const struct hf_connection *c, struct record_half *half);
    /* What the RFC lets come; NULL: the state is not the one that the RFC puts there. */
    const struct expectation *(*expected)(const struct bench *bench, const struct place *place,
        enum state state);
    /* Everything that is tried at a place. */
    void (*refuse_at)(struct bench *bench, const struct place *place);
};

struct bench {
    const struct description *about;
    struct pair pair;
    struct sent sent[2];        /* by the client, by the server */
    struct sent donors[2];      /* of the fullest handshake */
    struct tally tally;
    const struct scenario *scenario;
    uint64_t reached[2];        /* states, by the role that waited in them */
    hf_session *session;        /* that every handshake resumes; NULL: none */
    uint64_t now_ms;            /* 0: the machine's clock */
};

/* What may be injected: a type, and the library's name for it. */
struct injected {
    unsigned type;
    const char *name;
};
enum { INJECTED = 18 };
extern const struct injected injected[INJECTED];
void make_injected(const struct bench *bench, unsigned type, struct kept *out);

/* ---- Handshakes ---- */

/* Configs for a scenario, sealed, and its session if it resumes. */
bool bench_configure(struct bench *bench, const struct scenario *scenario);
/* Connections, all else stays. */
void bench_free(struct bench *bench);
/* Both ends CONNECTED. */
bool bench_connect(struct bench *bench);
/* A new handshake up to the place. False: it ends before. */
bool bench_go(struct bench *bench, const struct place *place);
/* The next message that is expected at a place inside the handshake. */
const struct kept *bench_next(const struct bench *bench, const struct place *place);

struct end *end_of(struct bench *bench, bool server);
/* A record as the peer would seal it now, and one as no key protects it. */
bool put_record(struct bench *bench, struct end *to, uint8_t type, const void *data, size_t length);
void put_plain(struct end *to, uint8_t type, const void *data, size_t length);
void feed(struct bench *bench, struct end *end);

/* ---- Checks ---- */

/* `end` failed by itself, for this reason, and its peer was told. */
bool is_refused(struct bench *bench, struct end *end, const char *reason, int alert);
/* `came` was refused in `state`, in the words of what was expected, and the peer was told. */
void check_unexpected(struct bench *bench, struct end *end, enum state state, const char *came,
    const char *words);
/* All handshake messages that are not legal at a place; `special` may judge some of them itself. */
typedef bool (*judge)(struct bench *bench, struct end *end, unsigned type);
void refuse_messages(struct bench *bench, const struct place *place, judge special);
/* Between the fragments of the message that is expected nothing else may stand. */
void refuse_between_fragments(struct bench *bench, const struct place *place, uint8_t type);
/* The expected message with the first byte of another behind it, in one record: refused or not. */
void check_left_over(struct bench *bench, const struct place *place, bool refused);
/* An alert at a place; what came of it is in the end that heard it. */
struct end *hear(struct bench *bench, const struct place *place, uint8_t level,
    uint8_t description);
/* All alerts of both levels, judged. */
typedef bool (*alert_judge)(const struct bench *bench, const struct place *place,
    const struct end *end, enum state before, uint8_t level, uint8_t description);
void hear_alerts(struct bench *bench, const struct place *place, alert_judge judge_alert);
/* What an alert came to: passed over, the end of a connection, the peer's failure. */
bool went_by(const struct end *end, enum state before);
bool ended(const struct end *end, enum state before);
bool failed_by_peer(const struct end *end, enum state before, uint8_t description);

/* ---- All of it ---- */

/* Every place of every scenario; `fullest` has a message of every kind: so many of each role. */
void refuse_all(struct bench *bench, const struct scenario *scenarios, size_t count,
    const struct scenario *fullest, const size_t messages[2]);
/* Every state of the tables in which `server` receives was reached. */
void check_reach(struct bench *bench, bool server, const struct table *table);

#endif
