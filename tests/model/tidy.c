/* The shape of the tables, apart from what they mean. */
#include <stdio.h>

#include "model.h"

/* A role's rows in the order in which they are tried. */
struct rows {
    const struct edge *row[TABLES * ROWS_MAX];
    size_t count;
};

static void gather(struct rows *rows, const struct subject *subject, int role, size_t first,
    size_t end)
{
    rows->count = 0;
    for (size_t t = first; t < end; t++) {
        const struct table *table = subject->tables[role][t];
        for (size_t i = 0; table != NULL && i < table->count && i < ROWS_MAX; i++) {
            rows->row[rows->count++] = &table->rows[i];
        }
    }
}

/* Rule 8, and no row hidden behind an unguarded one. */
static const char *check_order(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct edge *a = rows->row[i];
        bool last = true;
        for (size_t j = i + 1; j < rows->count; j++) {
            const struct edge *b = rows->row[j];
            if (a->from != b->from) {
                continue;
            }
            if ((a->act == RECV) != (b->act == RECV)) {
                return "a state receives and acts";
            }
            if (a->when == NULL && (a->act != RECV || a->message == b->message)) {
                return "a row stands behind an unguarded one";
            }
            last = false;
        }
        if (last && a->act != RECV && a->when != NULL) {
            return "an acting state ends with a guarded row";
        }
    }
    return NULL;
}

/* Every state is entered and left. */
static const char *check_reach(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        bool entered = rows->row[i]->from == START;
        bool left = rows->row[i]->to == CONNECTED;
        for (size_t j = 0; j < rows->count; j++) {
            entered |= rows->row[j]->to == rows->row[i]->from;
            left |= rows->row[j]->from == rows->row[i]->to;
        }
        if (!entered || !left) {
            return entered ? "a state that no row leaves" : "a state that no row enters";
        }
    }
    return NULL;
}

/* What a row does fits what it is. */
static const char *check_acts(const struct rows *rows, bool handlers)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct edge *row = rows->row[i];
        bool is_work = (unsigned)row->message >= MESSAGES && (unsigned)row->message < WORKS;
        if (is_work != (row->act == OP) || (row->message == NONE) != (row->act == AUTO)) {
            return "a row's message does not fit its act";
        }
        bool bare = row->message == DATA ||
            (row->message == CHANGE_CIPHER_SPEC && row->act == RECV);
        bool wants = row->act != AUTO && !bare;
        if (handlers && wants != (row->run != NULL)) {
            return wants ? "a row without a handler" : "a row with a handler that has no message";
        }
    }
    return NULL;
}

/* The same message is handled the same way wherever it comes; another is not. */
static const char *check_handlers(const struct rows *rows)
{
    for (size_t i = 0; i < rows->count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct edge *a = rows->row[i];
            const struct edge *b = rows->row[j];
            bool same = a->act == b->act && a->message == b->message;
            if (a->run != NULL && b->run != NULL && same != (a->run == b->run)) {
                return same ? "one message, two handlers" : "two messages, one handler";
            }
        }
    }
    return NULL;
}

const char *untidy(const struct subject *subject)
{
    const char *what = NULL;
    for (int role = 0; role < ROLES && what == NULL; role++) {
        struct rows rows;
        gather(&rows, subject, role, HELLO_TABLE, POST_TABLE);
        what = check_order(&rows);
        what = what == NULL ? check_reach(&rows) : what;
        gather(&rows, subject, role, HELLO_TABLE, TABLES);
        what = what == NULL ? check_acts(&rows, subject->handlers) : what;
        what = what == NULL ? check_handlers(&rows) : what;
    }
    return what;
}
