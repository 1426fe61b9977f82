/* The checks that both descriptions make, and the way through all places: see bench.h. */
#include "refuse/bench.h"

static bool alert_arrives(struct bench *bench, struct end *from, int alert)
{
    struct end *to = pair_peer(&bench->pair, from);
    to->length = to->given = 0;
    if (pair_move(&bench->pair, from == &bench->pair.server)) {
        feed(bench, to);
    }
    const hf_error *error = hf_connection_error(to->connection);
    return to->status == HF_FAILED && error->who == HF_PEER && error->alert == alert;
}

bool is_refused(struct bench *bench, struct end *end, const char *reason, int alert)
{
    const hf_error *e = hf_connection_error(end->connection);
    return end->status == HF_FAILED && strcmp(end_reason(end), reason) == 0 && e->alert == alert &&
        e->who == HF_WE && alert_arrives(bench, end, alert);
}

void check_unexpected(struct bench *bench, struct end *end, enum state state, const char *came,
    const char *words)
{
    const hf_error *e = hf_connection_error(end->connection);
    char detail[sizeof e->detail];
    (void)snprintf(detail, sizeof detail, "got %s in %s, expected %s", came, state_name(state),
        words);
    bool worded = strcmp(e->detail, detail) == 0 && strcmp(e->state, state_name(state)) == 0 &&
        strcmp(e->message, came) == 0 && strcmp(e->offered, came) == 0 &&
        strcmp(e->required, words) == 0 && e->code == HF_CODE_protocol_error;
    bool refused = is_refused(bench, end, "unexpected_message", SAYS_UNEXPECTED);
    TALLY(&bench->tally, refused && worded, "%s: %s in %s (%s): %s, \"%s\"",
        bench->scenario->name, came, state_name(state), is_server(end->connection) ? "server" :
        "client", end_reason(end), e->detail);
}

static bool is_legal(const struct expectation *x, unsigned type)
{
    return type != 0 && (x->legal[0] == type || x->legal[1] == type || x->legal[2] == type);
}

void refuse_messages(struct bench *bench, const struct place *place, judge special)
{
    for (size_t k = 0; k < INJECTED; k++) {
        struct end *end = end_of(bench, place->server);
        (void)bench_go(bench, place);
        enum state state = end->connection->state;
        const struct expectation *x = bench->about->expected(bench, place, state);
        if (is_legal(x, injected[k].type)) {
            continue;
        }
        struct kept message;
        make_injected(bench, injected[k].type, &message);
        bool put = put_record(bench, end, CONTENT_HANDSHAKE, message.bytes, message.length);
        feed(bench, end);
        TALLY(&bench->tally, put, "%s: could not seal %s", bench->scenario->name, injected[k].name);
        if (special == NULL || !special(bench, end, injected[k].type)) {
            check_unexpected(bench, end, state, injected[k].name, x->words);
        }
    }
}

void refuse_between_fragments(struct bench *bench, const struct place *place, uint8_t type)
{
    static const uint8_t one[1] = { 1 };
    static const uint8_t warning[2] = { ALERT_WARNING, SAYS_CANCELED };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    const struct kept *next = bench_next(bench, place);
    uint8_t begin[3] = { TYPE_FINISHED, 0, 0 };
    if (!next->is_ccs) {
        memcpy(begin, next->bytes, sizeof begin);
    }
    (void)put_record(bench, end, CONTENT_HANDSHAKE, begin, sizeof begin);
    feed(bench, end);
    TALLY(&bench->tally, end->status == HF_MORE, "%s: a fragment is refused",
        bench->scenario->name);
    if (type == CONTENT_CCS && bench->about->version == HF_TLS13) {
        put_plain(end, type, one, sizeof one); /* it is never protected there */
    } else if (type == CONTENT_ALERT) {
        (void)put_record(bench, end, type, warning, sizeof warning);
    } else {
        (void)put_record(bench, end, type, one, sizeof one);
    }
    feed(bench, end);
    const char *reason = end_reason(end);
    bool refused = is_refused(bench, end, "unexpected_message", SAYS_UNEXPECTED) ||
        is_refused(bench, end, "left_over_bytes", SAYS_UNEXPECTED);
    TALLY(&bench->tally, refused, "%s: type %u between the fragments of type %u: %s",
        bench->scenario->name, type, begin[0], reason);
}

void check_left_over(struct bench *bench, const struct place *place, bool refused)
{
    uint8_t glued[MESSAGE_KEPT + 1];
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    enum state state = end->connection->state;
    static const struct kept update = { { TYPE_KEY_UPDATE, 0, 0, 1, 0 }, 5, false };
    const struct kept *message = place->count == SIZE_MAX ? &update : bench_next(bench, place);
    memcpy(glued, message->bytes, message->length);
    glued[message->length] = TYPE_FINISHED;
    (void)put_record(bench, end, CONTENT_HANDSHAKE, glued, message->length + 1);
    feed(bench, end);
    bool ok = refused ? is_refused(bench, end, "left_over_bytes", SAYS_UNEXPECTED)
                      : end->status == HF_MORE && end_reason(end)[0] == '\0';
    TALLY(&bench->tally, ok, "%s: bytes behind type %u in %s: \"%s\"", bench->scenario->name,
        glued[0], state_name(state), end_reason(end));
}

/* ---- Alerts ---- */

bool went_by(const struct end *end, enum state before)
{
    return end->status == HF_MORE && end_reason(end)[0] == '\0' &&
        end->connection->state == before;
}

bool ended(const struct end *end, enum state before)
{
    const hf_error *e = hf_connection_error(end->connection);
    return before == CONNECTED
        ? end->status == HF_CLOSED && e->code == HF_CODE_none
        : end->status == HF_FAILED && e->who == HF_PEER &&
            strcmp(e->reason, "closed_in_handshake") == 0;
}

bool failed_by_peer(const struct end *end, enum state before, uint8_t description)
{
    const hf_error *e = hf_connection_error(end->connection);
    return end->status == HF_FAILED && e->who == HF_PEER && e->alert == description &&
        strcmp(e->state, state_name(before)) == 0;
}

struct end *hear(struct bench *bench, const struct place *place, uint8_t level,
    uint8_t description)
{
    const uint8_t alert[2] = { level, description };
    struct end *end = end_of(bench, place->server);
    (void)bench_go(bench, place);
    if (!put_record(bench, end, CONTENT_ALERT, alert, sizeof alert)) {
        return NULL;
    }
    feed(bench, end);
    return end;
}

void hear_alerts(struct bench *bench, const struct place *place, alert_judge judge_alert)
{
    static const uint8_t descriptions[] = { 0, 10, 20, 40, 42, 45, 46, 47, 48, 50, 51, 70, 80, 86,
        90, 100, 109, 112, 116, 120, 255 };
    (void)bench_go(bench, place);
    enum state before = end_of(bench, place->server)->connection->state;
    for (size_t i = 0; i < 2 * sizeof descriptions; i++) {
        uint8_t description = descriptions[i / 2];
        uint8_t level = i % 2 == 0 ? ALERT_WARNING : ALERT_FATAL;
        const struct end *end = hear(bench, place, level, description);
        bool ok = end != NULL && judge_alert(bench, place, end, before, level, description);
        TALLY(&bench->tally, ok, "%s: alert %u, level %u in %s: \"%s\"", bench->scenario->name,
            description, level, state_name(before), end != NULL ? end_reason(end) : "not sealed");
    }
    struct end *end = hear(bench, place, 3, 0);
    bool ok = end != NULL && is_refused(bench, end, "illegal_parameter", SAYS_ILLEGAL);
    TALLY(&bench->tally, ok, "%s: an alert of level 3 in %s", bench->scenario->name,
        state_name(before));
}

/* ---- All places ---- */

static void refuse_at(struct bench *bench, const struct place *place)
{
    (void)bench_go(bench, place);
    enum state state = end_of(bench, place->server)->connection->state;
    bench->reached[place->server] |= UINT64_C(1) << state;
    bool known = bench->about->expected(bench, place, state) != NULL;
    TALLY(&bench->tally, known, "%s: the %s is in %s after %zu messages", bench->scenario->name,
        place->server ? "server" : "client", state_name(state), place->count);
    if (known) {
        bench->about->refuse_at(bench, place);
    }
}

static void refuse_in(struct bench *bench, const struct scenario *scenario)
{
    if (!bench_configure(bench, scenario) || !bench_connect(bench)) {
        TALLY(&bench->tally, false, "%s does not end", scenario->name);
        pair_print(&bench->pair);
        return;
    }
    for (int server = 0; server < 2; server++) {
        struct place place = { server != 0, 0 };
        while (place.count < MESSAGES_KEPT && bench_go(bench, &place)) {
            refuse_at(bench, &place);
            place.count++;
        }
        place.count = SIZE_MAX;
        TALLY(&bench->tally, bench_connect(bench), "%s does not end", scenario->name);
        refuse_at(bench, &place);
    }
}

void refuse_all(struct bench *bench, const struct scenario *scenarios, size_t count,
    const struct scenario *fullest, const size_t messages[2])
{
    bool made = bench_configure(bench, fullest) && bench_connect(bench);
    memcpy(bench->donors, bench->sent, sizeof bench->sent);
    made = made && bench->sent[0].count == messages[0] && bench->sent[1].count == messages[1];
    TALLY(&bench->tally, made, "%s: %zu and %zu messages", fullest->name, bench->sent[0].count,
        bench->sent[1].count);
    if (!made) {
        pair_print(&bench->pair);
    }
    bench_free(bench);
    for (size_t i = 0; i < count && made; i++) {
        refuse_in(bench, &scenarios[i]);
        bench_free(bench);
    }
}

void check_reach(struct bench *bench, bool server, const struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct edge *row = &table->rows[i];
        bool reached = row->act != RECV || (bench->reached[server] >> row->from & 1) != 0;
        TALLY(&bench->tally, reached, "the %s's %s was not reached", server ? "server" : "client",
            state_name(row->from));
    }
}
