/* The tables as text: what tools/draw-tables draws the diagrams of docs/handshake from. */
#include "handshake/handlers.h"
#include "model.h"

static const struct {
    guard when;
    const char *name;
} guards[] = {
    { when_first_hello, "first hello" },
    { when_retry, "a retry is due" },
    { when_retried_ccs, "retried, and a CCS is due" },
    { when_ccs_due, "a CCS is due" },
    { when_asked, "a certificate is asked for" },
    { when_no_cert, "there is no certificate" },
    { when_psk, "a PSK is in use" },
    { when_resumed, "the session is an old one" },
    { when_ticket, "a ticket is announced" },
    { when_no_ticket, "no ticket is announced" },
    { when_resumed_ticket, "the session is an old one, and a ticket is announced" },
    { when_rsa, "RSA key exchange" },
    { when_not_rsa, "no RSA key exchange" },
    { when_status, "a status is announced" },
    { when_staples, "there is a status to send" },
    { when_signs, "a certificate is asked for, and there is one" },
};

static const struct {
    unsigned key;
    const char *name;
} key_names[] = {
    { DERIVE_HS, "DERIVE_HS" },
    { DERIVE_APP, "DERIVE_APP" },
    { DERIVE_RESUMPTION, "DERIVE_RESUMPTION" },
    { READ_HS, "READ_HS" },
    { READ_APP, "READ_APP" },
    { READ_NEXT, "READ_NEXT" },
    { WRITE_HS, "WRITE_HS" },
    { WRITE_APP, "WRITE_APP" },
    { WRITE_NEXT, "WRITE_NEXT" },
    { DERIVE_MASTER, "DERIVE_MASTER" },
    { READ_12, "READ_12" },
    { WRITE_12, "WRITE_12" },
};

static const char *guard_name(guard when)
{
    if (when == NULL) {
        return "";
    }
    for (size_t i = 0; i < sizeof guards / sizeof *guards; i++) {
        if (guards[i].when == when) {
            return guards[i].name;
        }
    }
    return NULL;
}

static bool print_keys(FILE *out, unsigned keys)
{
    const char *between = "";
    for (size_t i = 0; i < sizeof key_names / sizeof *key_names; i++) {
        if ((keys & key_names[i].key) != 0) {
            keys &= ~key_names[i].key;
            if (out != NULL) {
                (void)fprintf(out, "%s%s", between, key_names[i].name);
            }
            between = " ";
        }
    }
    return keys == 0;
}

static bool print_row(FILE *out, const char *role, size_t table, const struct edge *row)
{
    static const char *const acts[] = { "RECV", "SEND", "OP", "AUTO" };
    static const char *const tables[TABLES] = { "hello", "version", "post" };
    const char *when = guard_name(row->when);
    if (when == NULL) {
        (void)printf("a guard in %s has no name\n", any_state_name(row->from));
        return false;
    }
    if (out != NULL) {
        (void)fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s\t", role, tables[table],
            any_state_name(row->from), acts[row->act],
            row->message == NONE ? "" : any_message_name(row->message), when);
    }
    bool named = print_keys(out, row->keys);
    if (out != NULL) {
        (void)fprintf(out, "\t%s\n", any_state_name(row->to));
    }
    return named;
}

bool rows_print(FILE *out, const struct subject *subject)
{
    static const char *const roles[][ROLES] = { { "client", "server" },
        { "client12", "server12" } };
    bool named = true;
    for (int role = 0; role < ROLES; role++) {
        for (size_t t = 0; t < TABLES; t++) {
            const struct table *table = subject->tables[role][t];
            for (size_t i = 0; table != NULL && i < table->count; i++) {
                named &= print_row(out, roles[!subject->tls13][role], t, &table->rows[i]);
            }
        }
    }
    return named;
}
