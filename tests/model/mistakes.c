/* Mistakes planted in the tables, one at a time: if nothing notices one, the model proves less than
 * it says, or the mistake is none. The latter are listed here by name, with the reason. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "model.h"

enum { PLACES = TABLES * ROWS_MAX };

/* A subject of which one role's tables are copies. */
struct planted {
    struct subject subject;
    struct table tables[TABLES];
    struct edge rows[TABLES][ROWS_MAX];
};

/* Mistakes that make no difference. Of a key moved, the argument is the key. */
static const struct {
    size_t subject;
    int role;
    unsigned from, message;
    enum mistake mistake;
    unsigned argument;
    const char *why;
} equal[] = {
    { 0, SERVER, SENT_HRR, CHANGE_CIPHER_SPEC, LED_ELSEWHERE, SENT_HRR,
        "once the CCS went none is due, and the next row leads to START" },
    { 2, SERVER, SENT_HRR, CHANGE_CIPHER_SPEC, LED_ELSEWHERE, SENT_HRR,
        "once the CCS went none is due, and the next row leads to START" },
    { 0, CLIENT, WAIT_SH, HELLO_RETRY, ROW_ADDED, CHANGE_CIPHER_SPEC,
        "a plain CCS is dropped before the tables see it" },
    { 0, CLIENT, WAIT_SH, SERVER_HELLO, ROW_ADDED, CHANGE_CIPHER_SPEC,
        "a plain CCS is dropped before the tables see it" },
    { 1, CLIENT, SEND_CKE, CLIENT_KEY_EXCHANGE, KEY_LATE, DERIVE_MASTER,
        "signing hashes nothing: the secret covers the same on the next row" },
    { 2, CLIENT, SENT_CH, CHANGE_CIPHER_SPEC, LED_ELSEWHERE, SENT_CH,
        "once the CCS went none is due, and the next row leads to WAIT_SH" },
    { 2, SERVER, RECVD_CH, SHARED_SECRET, KEY_LATE, READ_EARLY,
        "nothing is read before the next row" },
    { 2, SERVER, WAIT_EOED, END_OF_EARLY_DATA, KEY_LATE, READ_HS,
        "nothing is read before the next row; with a PSK no certificate is asked for" },
    { 2, SERVER, WAIT_EOED, END_OF_EARLY_DATA, LED_ELSEWHERE, WAIT_FINISHED,
        "with a PSK no certificate is asked for: WAIT_FLIGHT2 leads there" },
};

static bool needed[sizeof equal / sizeof *equal];

bool explanations_needed(void)
{
    bool all = true;
    for (size_t k = 0; k < sizeof needed / sizeof *needed; k++) {
        if (!needed[k]) {
            (void)printf("not needed: %s\n", equal[k].why);
        }
        all &= needed[k];
    }
    return all;
}

const char *mistake_name(enum mistake mistake)
{
    static const char *const names[MISTAKES] = { "row deleted", "guard dropped", "handler dropped",
        "key change dropped", "key change one step early", "key change one step late",
        "led to another state", "another message", "row added" };
    return names[mistake];
}

/* How many arguments a mistake has: a key, a key and a row, a state, a message. */
static unsigned arguments(enum mistake mistake)
{
    static const unsigned counts[MISTAKES] = { 1, 1, 1, KEY_BITS, KEY_BITS * PLACES,
        KEY_BITS * PLACES, ALL_STATES, ALL_MESSAGES, ALL_MESSAGES };
    return counts[mistake];
}

static void copy_tables(struct planted *p, const struct subject *subject, int role)
{
    p->subject = *subject;
    for (size_t t = 0; t < TABLES; t++) {
        const struct table *whole = subject->tables[role][t];
        p->tables[t] = (struct table){ p->rows[t], 0 };
        for (size_t i = 0; whole != NULL && i < whole->count && i < ROWS_MAX - 1; i++) {
            p->rows[t][p->tables[t].count++] = whole->rows[i];
        }
        p->subject.tables[role][t] = &p->tables[t];
    }
}

static bool is_state_of(const struct planted *p, unsigned state)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < p->tables[t].count; i++) {
            if (p->rows[t][i].from == state) {
                return true;
            }
        }
    }
    return false;
}

static bool has_row(const struct planted *p, unsigned from, unsigned message)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (size_t i = 0; i < p->tables[t].count; i++) {
            if (p->rows[t][i].from == from && p->rows[t][i].message == message) {
                return true;
            }
        }
    }
    return false;
}

static bool plant_deletion(struct planted *p, size_t t, size_t i)
{
    size_t left = p->tables[t].count - i - 1;
    memmove(&p->rows[t][i], &p->rows[t][i + 1], left * sizeof p->rows[t][i]);
    p->tables[t].count--;
    return true;
}

/* Moves a key to one row that comes right before or after this one in a handshake. */
static bool plant_key_moved(struct planted *p, size_t t, size_t i, bool early, unsigned argument)
{
    struct edge *row = &p->rows[t][i];
    unsigned bit = 1U << argument / PLACES;
    size_t other_table = argument % PLACES / ROWS_MAX;
    size_t other = argument % ROWS_MAX;
    if ((row->keys & bit) == 0 || t == POST_TABLE || other_table == POST_TABLE ||
        other >= p->tables[other_table].count) {
        return false;
    }
    struct edge *neighbour = &p->rows[other_table][other];
    bool beside = early ? neighbour->to == row->from : neighbour->from == row->to;
    if (!beside || neighbour == row) {
        return false;
    }
    row->keys &= ~bit;
    neighbour->keys |= bit;
    return true;
}

static bool plant_message(struct edge *row, unsigned message)
{
    bool is_work = message >= MESSAGES && message < WORKS;
    if (row->message == NONE || message == NONE || row->message == message ||
        is_work != (row->act == OP)) {
        return false;
    }
    row->message = (enum message)message;
    return true;
}

static bool plant_row(struct planted *p, size_t t, size_t i, unsigned message)
{
    struct edge row = p->rows[t][i];
    if (row.act != RECV || message == NONE || (message >= MESSAGES && message < WORKS) ||
        has_row(p, row.from, message)) {
        return false;
    }
    row.message = (enum message)message;
    row.when = NULL;
    row.keys = 0;
    p->rows[t][p->tables[t].count++] = row;
    return true;
}

/* False: this mistake with this argument cannot be made in this row. */
static bool plant(struct planted *p, size_t t, size_t i, enum mistake mistake, unsigned argument)
{
    struct edge *row = &p->rows[t][i];
    unsigned bit = mistake == KEY_DROPPED ? 1U << argument : 0;
    switch (mistake) {
    case DELETED:
        return plant_deletion(p, t, i);
    case UNGUARDED:
        if (row->when == NULL) {
            return false;
        }
        row->when = NULL;
        return true;
    case HANDLER_DROPPED:
        if (row->run == NULL) {
            return false;
        }
        row->run = NULL;
        return true;
    case KEY_DROPPED:
        if ((row->keys & bit) == 0) {
            return false;
        }
        row->keys &= ~bit;
        return true;
    case KEY_EARLY:
    case KEY_LATE:
        return plant_key_moved(p, t, i, mistake == KEY_EARLY, argument);
    case LED_ELSEWHERE:
        if (argument == row->to || !is_state_of(p, argument)) {
            return false;
        }
        row->to = (enum state)argument;
        return true;
    case ANOTHER_MESSAGE:
        return plant_message(row, argument);
    case ROW_ADDED:
        return plant_row(p, t, i, argument);
    case MISTAKES:
        break;
    }
    return false;
}

/* Whether it is known to make no difference, and why: told, and noted as needed. */
static bool is_explained(const struct subject *subject, int role, const struct edge *row,
    enum mistake mistake, unsigned argument)
{
    bool moved = mistake == KEY_EARLY || mistake == KEY_LATE;
    unsigned name = moved ? 1U << argument / PLACES : argument;
    for (size_t k = 0; k < sizeof equal / sizeof *equal; k++) {
        if (&subjects[equal[k].subject] == subject && equal[k].role == role &&
            equal[k].from == row->from && equal[k].message == row->message &&
            equal[k].mistake == mistake && equal[k].argument == name) {
            needed[k] = true;
            (void)printf("makes no difference: %s, %s, %s %s, %s: %s\n", subject->name,
                role_name(role), any_state_name(row->from), any_message_name(row->message),
                mistake_name(mistake), equal[k].why);
            return true;
        }
    }
    return false;
}

static void tell_missed(const struct subject *subject, int role, const struct edge *row,
    enum mistake mistake, unsigned argument)
{
    const char *to = mistake == LED_ELSEWHERE ? any_state_name(argument)
        : mistake == ANOTHER_MESSAGE || mistake == ROW_ADDED ? any_message_name(argument)
                                                             : "";
    bool moved = mistake == KEY_EARLY || mistake == KEY_LATE;
    (void)printf("not noticed: %s, %s, %s %s: %s %s (%#x)\n", subject->name, role_name(role),
        any_state_name(row->from), any_message_name(row->message), mistake_name(mistake), to,
        moved ? 1U << argument / PLACES : argument);
}

/* All mistakes of a kind in one row. */
static void sweep_row(struct run *run, const struct subject *subject, int role, size_t t, size_t i,
    enum mistake mistake, struct count *count)
{
    static_assert(MISTAKES == 9, "arguments() and mistake_name() know each");
    const struct edge *row = &subject->tables[role][t]->rows[i];
    for (unsigned argument = 0; argument < arguments(mistake); argument++) {
        struct planted p;
        if ((mistake == KEY_EARLY || mistake == KEY_LATE) &&
            (row->keys & 1U << argument / PLACES) == 0) {
            continue;
        }
        copy_tables(&p, subject, role);
        if (!plant(&p, t, i, mistake, argument)) {
            continue;
        }
        count->planted++;
        run->subject = &p.subject;
        run->brief = t != POST_TABLE;
        bool caught = mistake == HANDLER_DROPPED ? untidy(&p.subject) != NULL : !run_all(run);
        if (caught) {
            count->caught++;
        } else if (is_explained(subject, role, row, mistake, argument)) {
            count->explained++;
        } else {
            tell_missed(subject, role, row, mistake, argument);
        }
    }
}

bool sweep(const struct subject *subject, enum mistake mistake, struct count *count)
{
    struct run *run = run_new(subject);
    if (run == NULL) {
        return false;
    }
    for (int role = 0; role < ROLES; role++) {
        for (size_t t = 0; t < TABLES; t++) {
            const struct table *whole = subject->tables[role][t];
            for (size_t i = 0; whole != NULL && i < whole->count; i++) {
                sweep_row(run, subject, role, t, i, mistake, count);
            }
        }
    }
    run_free(run);
    return count->caught + count->explained == count->planted;
}
