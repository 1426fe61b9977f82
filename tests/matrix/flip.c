/* Damage on the way: any one bit of any record of a handshake flipped, and the transport ending
 * behind any byte. It must end in an error at who received it, never in a connection on both sides.
 *
 * All bits are tried, but for the two bytes of legacy_record_version in records that are not
 * protected (RFC 9846, 5.1: ignored). HANDFAST_FLIP_STRIDE=n (HANDFAST_SLOW: 61) tries each n-th
 * bit alone, for valgrind. */
#include "record/record.h"
#include "support/identities.h"
#include "support/pair.h"
#include "support/tally.h"

enum { WIRE_MAX = 16384 };

struct scenario {
    const char *name;
    bool retry;
    bool client_auth;
};

static const struct scenario scenarios[] = {
    { "full handshake", false, false },
    { "HelloRetryRequest", true, false },
    { "client certificate", false, true },
};

/* The one bit that a run flips. */
struct flip {
    bool from_server;
    size_t bit;      /* of all that this end sends */
    bool done;
};

/* What an undamaged run sends. */
struct wire {
    uint8_t bytes[WIRE_MAX];
    size_t length;
};

static bool configure(struct pair *pair, const struct scenario *scenario, hf_identity *identity,
    hf_trust *trust)
{
    bool ok = pair_configs_new(pair, NULL, NULL) &&
        hf_config_add_identity(pair->server_config, identity, NULL) &&
        hf_config_set_groups(pair->server_config, scenario->retry ? "secp256r1" : "x25519", NULL);
    if (!ok) {
        return false;
    }
    hf_config_set_trace(pair->client_config, NULL, NULL);
    hf_config_set_trace(pair->server_config, NULL, NULL);
    hf_config_set_trust(pair->client_config, trust);
    if (scenario->client_auth) {
        hf_config_set_trust(pair->server_config, trust);
        hf_config_set_client_auth(pair->server_config, HF_AUTH_REQUIRE);
        ok = hf_config_add_identity(pair->client_config, identity, NULL);
    }
    pair_inject(pair, 1);
    return ok && pair_seal(pair);
}

static void flip_bit(struct pair *pair, bool from_server, uint8_t *bytes, size_t length)
{
    struct flip *flip = pair->tamper_user;
    size_t sent = from_server ? pair->server.wire_length : pair->client.wire_length;
    size_t byte = flip->bit / 8;
    if (flip->from_server == from_server && byte >= sent && byte - sent < length) {
        bytes[byte - sent] ^= (uint8_t)(1U << flip->bit % 8);
        flip->done = true;
    }
}

/* Which byte of a plaintext record's legacy_record_version it is, from 1; 0: none. */
static size_t version_byte(const struct wire *wire, size_t byte)
{
    size_t at = 0;
    while (at + RECORD_HEADER <= wire->length) {
        size_t size = RECORD_HEADER + (size_t)(wire->bytes[at + 3] << 8 | wire->bytes[at + 4]);
        if (byte < at + size) {
            bool version = wire->bytes[at] != CONTENT_DATA && (byte == at + 1 || byte == at + 2);
            return version ? byte - at : 0;
        }
        at += size;
    }
    return 0;
}

static bool has_failed(const struct end *end)
{
    return hf_connection_error(end->connection)->code != HF_CODE_none;
}

/* The server is connected by the client's Finished alone, which proves that both saw the same; so
 * whatever was flipped, it is not. A client must not be, if what it got was damaged. */
static bool ends_in_error(struct pair *pair, struct flip *flip)
{
    if (!pair_open(pair, "example.com")) {
        return false;
    }
    pair_run(pair);
    bool server = hf_is_connected(pair->server.connection);
    bool client = hf_is_connected(pair->client.connection);
    pair_hang_up(pair);
    return flip->done && !server && !(client && flip->from_server) && has_failed(&pair->server) &&
        has_failed(&pair->client) && !hf_is_connected(pair->server.connection);
}

/* RFC 9846, 5.1: legacy_record_version is ignored; we look at the first byte of it alone, to
 * tell what is not TLS. Such a flip shows that this program sees a connection where there is
 * one. */
static bool is_ignored(struct pair *pair, struct flip *flip)
{
    if (!pair_open(pair, "example.com")) {
        return false;
    }
    pair_run(pair);
    return flip->done && pair_connected(pair);
}

/* A run without damage, to know what is sent; its handshake alone. */
static bool record_wires(struct pair *pair, struct wire wires[2])
{
    if (!pair_open(pair, "example.com")) {
        return false;
    }
    pair_run(pair);
    const struct end *ends[2] = { &pair->client, &pair->server };
    for (size_t i = 0; i < 2; i++) {
        wires[i].length = ends[i]->wire_length;
        if (ends[i]->wire_length > WIRE_MAX) {
            return false;
        }
        memcpy(wires[i].bytes, ends[i]->wire, ends[i]->wire_length);
    }
    return pair_connected(pair);
}

static void flip_all(struct tally *tally, struct pair *pair, const struct wire wires[2],
    const char *name, size_t stride)
{
    struct flip flip;
    pair->tamper = flip_bit;
    pair->tamper_user = &flip;
    for (size_t from = 0; from < 2; from++) {
        size_t tried = 0;
        for (size_t bit = 0; bit < 8 * wires[from].length; bit += stride) {
            size_t version = version_byte(&wires[from], bit / 8);
            flip = (struct flip){ from == 1, bit, false };
            if (version == 2) {
                TALLY(tally, is_ignored(pair, &flip), "%s: bit %zu of byte %zu from the %s is not "
                    "ignored", name, bit % 8, bit / 8, from == 1 ? "server" : "client");
            } else if (version == 0) {
                TALLY(tally, ends_in_error(pair, &flip), "%s: bit %zu of byte %zu from the %s",
                    name, bit % 8, bit / 8, from == 1 ? "server" : "client");
                tried++;
            }
        }
        (void)printf("%s: %zu bits of %zu bytes from the %s\n", name, tried, wires[from].length,
            from == 1 ? "server" : "client");
    }
    pair->tamper = NULL;
}

/* ---- Ends ---- */

static void talk_and_close(struct pair *pair, bool from_server)
{
    struct end *end = from_server ? &pair->server : &pair->client;
    if (hf_is_connected(end->connection) && !has_failed(end) &&
        pair_say(pair, from_server, "twelve bytes") && hf_close(end->connection) == HF_OK) {
        pair_run(pair);
    }
}

/* Data comes whole or not at all; an end without close_notify is told as one. */
static bool is_told(const struct end *end, size_t at, size_t handshake, size_t total)
{
    size_t data = handshake + RECORD_HEADER + 12 + 1 + 16;
    bool got = end->received_length == 12;
    if (at < handshake) {
        return strcmp(end_reason(end), "closed_in_handshake") == 0 && end->received_length == 0;
    }
    if (at < total) {
        return strcmp(end_reason(end), "truncated") == 0 && got == (at >= data);
    }
    return end->status == HF_CLOSED && got && !has_failed(end);
}

/* The last byte is never stepped over. */
static size_t next_cut(size_t at, size_t stride, size_t total)
{
    return at < total && at + stride > total ? total : at + stride;
}

static void cut_all(struct tally *tally, struct pair *pair, const struct wire wires[2],
    const char *name, size_t stride)
{
    const size_t more = RECORD_HEADER + 12 + 1 + 16 + RECORD_HEADER + 2 + 1 + 16;
    for (size_t from = 0; from < 2; from++) {
        size_t handshake = wires[from].length;
        size_t total = handshake + more;
        struct end *to = from == 1 ? &pair->client : &pair->server;
        for (size_t at = 0; at <= total; at = next_cut(at, stride, total)) {
            pair->cut.on = true;
            pair->cut.from_server = from == 1;
            pair->cut.at = at;
            bool ok = pair_open(pair, "example.com");
            if (ok) {
                pair_run(pair);
                talk_and_close(pair, from == 1);
                to->status = hf_receive_end(to->connection);
                ok = is_told(to, at, handshake, total);
            }
            TALLY(tally, ok, "%s: the %s's bytes end behind %zu of %zu: %s", name,
                from == 1 ? "server" : "client", at, total, end_reason(to));
        }
    }
    pair->cut.on = false;
}

static size_t stride_wanted(void)
{
    const char *text = getenv("HANDFAST_FLIP_STRIDE");
    if (text == NULL) {
        text = getenv("HANDFAST_SLOW") != NULL ? "61" : "1";
    }
    long stride = strtol(text, NULL, 10);
    return stride > 0 ? (size_t)stride : 1;
}

int main(void)
{
    struct tally tally = { 0 };
    size_t stride = stride_wanted();
    hf_identity *identity = identity_of_kind(KIND_ED25519, "example.com");
    hf_trust *trust = identity_trust();
    if (stride > 1) {
        (void)printf("only each %zuth bit and byte is tried\n", stride);
    }
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
        static struct wire wires[2];
        struct pair pair = { 0 };
        bool ok = identity != NULL && trust != NULL &&
            configure(&pair, &scenarios[i], identity, trust) && record_wires(&pair, wires);
        TALLY(&tally, ok, "%s: without damage", scenarios[i].name);
        if (ok) {
            flip_all(&tally, &pair, wires, scenarios[i].name, stride);
            cut_all(&tally, &pair, wires, scenarios[i].name, stride);
        }
        pair_free(&pair);
    }
    hf_identity_free(identity);
    hf_trust_free(trust);
    return tally_close(&tally);
}
