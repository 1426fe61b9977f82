/* Every suite x group x signature x HelloRetryRequest x client certificate, in memory: each cell
 * runs whole, byte by byte and in random pieces. All three must agree in trace, plaintext and
 * facts, and byte for byte on the wire where nothing is left to chance (injected randoms and keys,
 * EdDSA). HANDFAST_SLOW: every pair of values, but not every cell, for valgrind. */
#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

static const struct {
    const char *scheme;
    enum identity_kind kind;
} signatures[] = {
    { "ecdsa_secp256r1_sha256", KIND_P256 },
    { "ecdsa_secp384r1_sha384", KIND_P384 },
    { "ecdsa_secp521r1_sha512", KIND_P521 },
    { "ed25519", KIND_ED25519 },
    { "ed448", KIND_ED448 },
    { "rsa_pss_rsae_sha256", KIND_RSA },
    { "rsa_pss_rsae_sha384", KIND_RSA },
    { "rsa_pss_rsae_sha512", KIND_RSA },
    { "rsa_pss_pss_sha256", KIND_RSA_PSS },
    { "rsa_pss_pss_sha384", KIND_RSA_PSS },
    { "rsa_pss_pss_sha512", KIND_RSA_PSS },
};
static const char *const suites[] = { "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256" };
static const char *const groups[] = { "x25519", "secp256r1", "secp384r1", "secp521r1", "x448",
    "ffdhe2048", "ffdhe3072" };

enum { SIGNATURES = sizeof signatures / sizeof *signatures, SUITES = sizeof suites / sizeof *suites,
    GROUPS = sizeof groups / sizeof *groups };

/* Suite, group, signature, retry, client certificate; and the most values that one of them has. */
enum { FACTORS = 5, LEVELS = SIGNATURES };

/* Whether the client's certificate is not asked for, sent, or asked for and there is none. */
enum client_auth { NOT_ASKED, CLIENT_SENDS, CLIENT_HAS_NONE, CLIENT_AUTHS };

struct cell {
    const char *suite;
    const char *group;
    size_t signature;
    bool retry;
    enum client_auth auth;
};

/* What one run left behind. */
struct run {
    char *events[2];
    uint8_t *wire[2];
    size_t wire_length[2];
};

struct work {
    hf_trust *trust;
    hf_identity *identities[KINDS];
    struct tally tally;
    unsigned handshakes;
    unsigned cells;
    bool pairwise; /* only cells that hold a pair of values not seen together yet */
    bool seen[FACTORS][LEVELS][FACTORS][LEVELS];
};

static bool set_lists(hf_config *config, const struct cell *cell, const char *group_list)
{
    return hf_config_set_suites(config, cell->suite, NULL) &&
        hf_config_set_groups(config, group_list, NULL) &&
        hf_config_set_signatures(config, signatures[cell->signature].scheme, NULL);
}

static bool is_deterministic(const struct cell *cell)
{
    enum identity_kind kind = signatures[cell->signature].kind;
    return kind == KIND_ED25519 || kind == KIND_ED448;
}

static bool configure(struct work *state, const struct cell *cell, struct pair *pair)
{
    char client_groups[64];
    hf_identity *identity = state->identities[signatures[cell->signature].kind];
    const char *other = strcmp(cell->group, "x25519") == 0 ? "secp256r1" : "x25519";
    (void)snprintf(client_groups, sizeof client_groups, "%s%s%s", cell->retry ? other : "",
        cell->retry ? ":" : "", cell->group);
    if (!pair_configs_new(pair, NULL, NULL) ||
        !set_lists(pair->client_config, cell, client_groups) ||
        !set_lists(pair->server_config, cell, cell->group) ||
        !hf_config_set_alpn(pair->client_config, "h2,http/1.1", NULL) ||
        !hf_config_set_alpn(pair->server_config, "http/1.1", NULL) ||
        !hf_config_add_identity(pair->server_config, identity, NULL)) {
        return false;
    }
    hf_config_set_trust(pair->client_config, state->trust);
    if (cell->auth != NOT_ASKED) {
        hf_config_set_trust(pair->server_config, state->trust);
        hf_config_set_client_auth(pair->server_config,
            cell->auth == CLIENT_SENDS ? HF_AUTH_REQUIRE : HF_AUTH_REQUEST);
    }
    if (cell->auth == CLIENT_SENDS &&
        !hf_config_add_identity(pair->client_config, identity, NULL)) {
        return false;
    }
    if (is_deterministic(cell)) {
        pair_inject(pair, 7 + (uint64_t)cell->signature);
    }
    return pair_seal(pair);
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool facts_hold(const struct cell *cell, const struct end *end)
{
    hf_facts facts;
    hf_connection_facts(end->connection, &facts);
    return same_text(facts.suite, cell->suite) && same_text(facts.group, cell->group) &&
        same_text(facts.signature, signatures[cell->signature].scheme) &&
        same_text(facts.server_name, "example.com") && same_text(facts.alpn, "http/1.1") &&
        same_text(facts.version, "TLS 1.3") && facts.hello_retry == cell->retry &&
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

static bool run_cell(struct work *state, const struct cell *cell)
{
    static const enum delivery deliveries[] = { WHOLE, BYTE_BY_BYTE, RANDOM_PIECES };
    struct pair pair = { 0 };
    struct run first = { 0 };
    bool ok = configure(state, cell, &pair);
    for (size_t i = 0; i < 3 && ok; i++) {
        pair.delivery = deliveries[i];
        ok = shake(cell, &pair);
        state->handshakes++;
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
static bool is_new_pair(struct work *state, const size_t levels[FACTORS])
{
    bool is_new = false;
    for (size_t a = 0; a < FACTORS; a++) {
        for (size_t b = a + 1; b < FACTORS; b++) {
            bool *seen = &state->seen[a][levels[a]][b][levels[b]];
            is_new |= !*seen;
            *seen = true;
        }
    }
    return is_new;
}

static void tally_cell(struct work *state, const struct cell *cell, const size_t levels[FACTORS])
{
    if (state->pairwise && !is_new_pair(state, levels)) {
        return;
    }
    state->cells++;
    TALLY(&state->tally, run_cell(state, cell), "%s, %s, %s, %s, client certificate %d",
        cell->suite, cell->group, signatures[cell->signature].scheme,
        cell->retry ? "HelloRetryRequest" : "direct", (int)cell->auth);
}

static void run_all(struct work *state)
{
    for (size_t s = 0; s < SUITES; s++) {
        for (size_t g = 0; g < GROUPS; g++) {
            for (size_t i = 0; i < 2 * SIGNATURES; i++) {
                for (int auth = NOT_ASKED; auth < CLIENT_AUTHS; auth++) {
                    struct cell cell = { suites[s], groups[g], i / 2, i % 2 == 1,
                        (enum client_auth)auth };
                    tally_cell(state, &cell, (const size_t[FACTORS]){ s, g, i / 2, i % 2,
                        (size_t)auth });
                }
            }
        }
    }
}

int main(void)
{
    bool slow = getenv("HANDFAST_SLOW") != NULL;
    static struct work state;
    state.trust = identity_trust();
    state.pairwise = slow;
    bool ok = state.trust != NULL;
    for (int kind = 0; kind < KINDS; kind++) {
        state.identities[kind] = identity_of_kind((enum identity_kind)kind, "example.com");
        ok = ok && state.identities[kind] != NULL;
    }
    if (slow) {
        (void)printf("only cells that bring a new pair of values are run\n");
    }
    if (ok) {
        run_all(&state);
    } else {
        state.tally.failed++;
        (void)printf("FAIL the identities could not be made\n");
    }
    for (int kind = 0; kind < KINDS; kind++) {
        hf_identity_free(state.identities[kind]);
    }
    hf_trust_free(state.trust);
    (void)printf("%u handshakes\n", state.handshakes);
    return tally_close(&state.tally);
}
