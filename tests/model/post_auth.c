/* Post-handshake authentication (RFC 9846, 4.7.2): the client's table against the order that the
 * RFC gives, for every combination of facts; and every mistake planted in it is noticed. */
#include "model.h"

#include <stdio.h>

#include "handshake/edge.h"

struct step {
    enum action act;
    enum message message;
};

static const struct step with_certificate[] = { { SEND, CERTIFICATE }, { OP, SIGNATURE },
    { SEND, CERTIFICATE_VERIFY }, { SEND, FINISHED } };
static const struct step without_one[] = { { SEND, CERTIFICATE }, { SEND, FINISHED } };

/* What a client may receive when CONNECTED and allowing this. */
static bool may_come(enum message message)
{
    return message == DATA || message == NEW_SESSION_TICKET || message == KEY_UPDATE ||
        message == CERTIFICATE_REQUEST;
}

static bool receives_only(const struct table *const tables[2], enum state state, unsigned facts)
{
    for (unsigned m = NONE + 1; m < MESSAGES; m++) {
        bool comes = edge_find(tables, state, (enum message)m, facts) != NULL;
        if (comes != (state == CONNECTED && may_come((enum message)m))) {
            return false;
        }
    }
    return true;
}

static bool agrees_with(const struct table *const tables[2], unsigned facts)
{
    bool none = (facts & FACT_NO_CERT) != 0;
    const struct step *steps = none ? without_one : with_certificate;
    size_t count = none ? sizeof without_one / sizeof *steps
                        : sizeof with_certificate / sizeof *steps;
    const struct edge *row = edge_find(tables, CONNECTED, CERTIFICATE_REQUEST, facts);
    bool ok = receives_only(tables, CONNECTED, facts) && row != NULL && row->keys == 0 &&
        row->run != NULL && row->to != CONNECTED;
    for (size_t i = 0; ok && i < count; i++) {
        enum state state = row->to;
        row = edge_find(tables, state, NONE, facts);
        ok = row != NULL && row->act == steps[i].act && row->message == steps[i].message &&
            row->run != NULL && row->keys == 0 && receives_only(tables, state, facts) &&
            (row->to == CONNECTED) == (i + 1 == count);
    }
    return ok;
}

static bool agrees(const struct table *post_auth)
{
    const struct table *const tables[2] = { &post_client13_table, post_auth };
    for (unsigned facts = 0; facts < 2 * FACT_NO_CERT; facts++) {
        if (!agrees_with(tables, facts)) {
            return false;
        }
    }
    return true;
}

bool post_auth_agrees(void)
{
    return agrees(&post_auth_table);
}

/* Kinds of mistakes. */
enum { ROW_DELETED, GUARD_DROPPED, HANDLER_LOST, KEY_ADDED, LED_ASTRAY, MESSAGE_CHANGED, KINDS };

/* Plants a mistake in row i of the copy; false: it is none there. */
static bool plant_in(struct edge *rows, size_t *count, size_t i, int kind, unsigned to)
{
    struct edge *row = &rows[i];
    switch (kind) {
    case ROW_DELETED:
        for (size_t k = i; k + 1 < *count; k++) {
            rows[k] = rows[k + 1];
        }
        (*count)--;
        return to == 0;
    case GUARD_DROPPED: {
        bool had = row->when != NULL;
        row->when = NULL;
        return had && to == 0;
    }
    case HANDLER_LOST:
        row->run = NULL;
        return to == 0;
    case KEY_ADDED:
        row->keys = 1U << to % 9;
        return to < 9;
    case LED_ASTRAY:
        row->to = (enum state)to;
        return row->to != post_auth_table.rows[i].to;
    default:
        row->message = (enum message)(to % WORKS);
        return row->message != post_auth_table.rows[i].message && to < WORKS;
    }
}

bool post_auth_mistakes_are_noticed(void)
{
    unsigned long planted = 0;
    unsigned long noticed = 0;
    for (size_t i = 0; i < post_auth_table.count; i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            for (unsigned to = 0; to < STATES; to++) {
                struct edge rows[16];
                size_t count = post_auth_table.count;
                for (size_t k = 0; k < count; k++) {
                    rows[k] = post_auth_table.rows[k];
                }
                if (plant_in(rows, &count, i, kind, to)) {
                    const struct table copy = { rows, count };
                    planted++;
                    noticed += !agrees(&copy);
                }
            }
        }
    }
    (void)printf("post-handshake authentication: %lu planted, %lu noticed\n", planted, noticed);
    return planted > 0 && noticed == planted;
}
