/* A cell of the matrices: see cell.h. */
#include "matrix/cell.h"

/* What one run left behind. */
struct run {
    char *events[2];
    uint8_t *wire[2];
    size_t wire_length[2];
};

static bool set_lists(hf_config *config, const struct cell *cell, const char *group_list)
{
    return hf_config_set_suites(config, cell->suite, NULL) &&
        hf_config_set_versions(config, cell->version, cell->version, NULL) &&
        (group_list == NULL || hf_config_set_groups(config, group_list, NULL)) &&
        hf_config_set_signatures(config, cell->scheme, NULL);
}

static bool is_deterministic(const struct cell *cell)
{
    return cell->kind == KIND_ED25519 || cell->kind == KIND_ED448;
}

static bool configure(struct work *work, const struct cell *cell, struct pair *pair)
{
    hf_identity *identity = work->identities[cell->kind];
    if (!pair_configs_new(pair, NULL, NULL) ||
        !set_lists(pair->client_config, cell, cell->client_groups) ||
        !set_lists(pair->server_config, cell, cell->group) ||
        !hf_config_set_alpn(pair->client_config, "h2,http/1.1", NULL) ||
        !hf_config_set_alpn(pair->server_config, "http/1.1", NULL) ||
        !hf_config_add_identity(pair->server_config, identity, NULL)) {
        return false;
    }
    hf_config_set_trust(pair->client_config, work->trust);
    if (cell->auth != NOT_ASKED) {
        hf_config_set_trust(pair->server_config, work->trust);
        hf_config_set_client_auth(pair->server_config,
            cell->auth == CLIENT_SENDS ? HF_AUTH_REQUIRE : HF_AUTH_REQUEST);
    }
    if (cell->auth == CLIENT_SENDS &&
        !hf_config_add_identity(pair->client_config, identity, NULL)) {
        return false;
    }
    if (is_deterministic(cell)) {
        pair_inject(pair, 7 + (uint64_t)cell->kind);
    }
    return pair_seal(pair);
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A fact that the cell asks for, or (NULL) that there is not. */
static bool is_fact(const char *wanted, const char *told)
{
    return wanted == NULL ? told == NULL : same_text(wanted, told);
}

static bool facts_hold(const struct cell *cell, const struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->connection, &facts);
    return same_text(facts.suite, cell->suite) && is_fact(cell->group, facts.group) &&
        is_fact(cell->is_signed ? cell->scheme : NULL, facts.signature) &&
        same_text(facts.server_name, "example.com") && same_text(facts.alpn, "http/1.1") &&
        same_text(facts.version, cell->version == HF_TLS12 ? "TLS 1.2" : "TLS 1.3") &&
        facts.hello_retry == cell->retry &&
        facts.client_certificate_asked == (cell->auth != NOT_ASKED) &&
        facts.client_certificate_sent == (cell->auth == CLIENT_SENDS);
}

/* The handshake, a text each way, both closes. */
static bool shake(const struct cell *cell, struct pair *pair)
{
    if (!pair_open(pair, "example.com")) {
        return false;
    }
    pair_run(pair);
    if (!pair_connected(pair) || !facts_hold(cell, &pair->client) ||
        !facts_hold(cell, &pair->server) || !pair_say(pair, false, "ping") ||
        !pair_say(pair, true, "pong!")) {
        return false;
    }
    pair_run(pair);
    bool ok = pair->server.received_length == 4 && pair->client.received_length == 5 &&
        memcmp(pair->server.received, "ping", 4) == 0 &&
        memcmp(pair->client.received, "pong!", 5) == 0;
    ok = ok && hf_close(pair->client.connection) == HF_OK &&
        hf_close(pair->server.connection) == HF_OK;
    pair_run(pair);
    return ok && pair->client.status == HF_CLOSED && pair->server.status == HF_CLOSED &&
        pair->client.length == 0 && pair->server.length == 0;
}

static void keep_run(struct run *run, const struct pair *pair)
{
    const struct end *ends[2] = { &pair->client, &pair->server };
    for (size_t i = 0; i < 2; i++) {
        run->events[i] = strdup(ends[i]->events);
        run->wire[i] = malloc(ends[i]->wire_length);
        run->wire_length[i] = ends[i]->wire_length;
        if (run->wire[i] != NULL) {
            memcpy(run->wire[i], ends[i]->wire, ends[i]->wire_length);
        }
    }
}

static void drop_run(struct run *run)
{
    for (size_t i = 0; i < 2; i++) {
        free(run->events[i]);
        free(run->wire[i]);
    }
}

static bool same_run(const struct run *run, const struct pair *pair, bool and_wire)
{
    const struct end *ends[2] = { &pair->client, &pair->server };
    for (size_t i = 0; i < 2; i++) {
        if (!same_text(run->events[i], ends[i]->events)) {
            return false;
        }
        if (and_wire && (run->wire_length[i] != ends[i]->wire_length ||
                memcmp(run->wire[i], ends[i]->wire, ends[i]->wire_length) != 0)) {
            return false;
        }
    }
    return true;
}

static bool run_cell(struct work *work, const struct cell *cell)
{
    static const enum delivery deliveries[] = { WHOLE, BYTE_BY_BYTE, RANDOM_PIECES };
    struct pair pair = { 0 };
    struct run first = { 0 };
    bool ok = configure(work, cell, &pair);
    for (size_t i = 0; i < 3 && ok; i++) {
        pair.delivery = deliveries[i];
        ok = shake(cell, &pair);
        work->handshakes++;
        if (ok && i == 0) {
            keep_run(&first, &pair);
        }
        ok = ok && same_run(&first, &pair, is_deterministic(cell));
        if (!ok) {
            pair_print(&pair);
        }
    }
    drop_run(&first);
    pair_free(&pair);
    return ok;
}

/* Whether two of a cell's values meet for the first time; from now on they have met. */
static bool is_new_pair(struct work *work, const size_t levels[FACTORS])
{
    bool is_new = false;
    for (size_t a = 0; a < FACTORS; a++) {
        for (size_t b = a + 1; b < FACTORS; b++) {
            bool *seen = &work->seen[a][levels[a]][b][levels[b]];
            is_new |= !*seen;
            *seen = true;
        }
    }
    return is_new;
}

void tally_cell(struct work *work, const struct cell *cell, const size_t levels[FACTORS])
{
    if (work->pairwise && !is_new_pair(work, levels)) {
        return;
    }
    TALLY(&work->tally, run_cell(work, cell), "%s, %s, %s, %s, client certificate %d",
        cell->suite, cell->group != NULL ? cell->group : "no group", cell->scheme,
        cell->retry ? "HelloRetryRequest" : "direct", (int)cell->auth);
}

int run_matrix(struct work *work, void (*run_all)(struct work *work))
{
    bool slow = getenv("HANDFAST_SLOW") != NULL;
    work->trust = identity_trust();
    work->pairwise = slow;
    bool ok = work->trust != NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        work->identities[kind] = identity_of_kind((enum identity_kind)kind, "example.com");
        ok = ok && work->identities[kind] != NULL;
    }
    if (slow) {
        (void)printf("only cells that bring a new pair of values are run\n");
    }
    if (ok) {
        run_all(work);
    } else {
        work->tally.failed++;
        (void)printf("FAIL the identities could not be made\n");
    }
    for (int kind = 0; kind < KINDS; kind++) {
        hf_identity_free(work->identities[kind]);
    }
    hf_trust_free(work->trust);
    (void)printf("%u handshakes\n", work->handshakes);
    return tally_close(&work->tally);
}
