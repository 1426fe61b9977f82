/* Post-handshake authentication, the client's side: a server's part is played with its own keys. */
#include "handshake/engine.h"
#include "keys/schedule13.h"
#include "support/pair.h"
#include "unit/test.h"
#include "wire/messages.h"

/* What the server expects of the answer: its transcript goes on from the handshake's. */
static struct hash_state server_transcript;
static const struct hash *server_hash;

/* Copies the server's transcript as it stands before the client's Finished, then adds that. */
static void watch(void *user, hf_connection *connection, const hf_event *event)
{
    (void)user;
    if (event->type == HF_EVENT_MESSAGE && !event->sent && connection->hs != NULL &&
        strcmp(event->of.message.name, "Finished") == 0) {
        server_transcript = connection->hs->transcript.state;
        server_hash = connection->hash;
        server_hash->update(&server_transcript, event->of.message.bytes, event->of.message.length);
    }
}

/* A CertificateRequest with a context of one byte, and ecdsa_secp256r1_sha256. */
static const uint8_t request[] = { 13, 0, 0, 12, 1, 0x77, 0, 8, 0, 13, 0, 4, 0, 2, 4, 3 };

static bool prepare(struct pair *pair, bool allowed, bool with_identity)
{
    memset(pair, 0, sizeof *pair);
    if (!pair_configs(pair, "example.com")) {
        return false;
    }
    hf_config_set_trace(pair->server_config, watch, NULL);
    hf_config_allow_post_handshake_auth(pair->client_config, allowed);
    if (with_identity) {
        hf_identity *identity = hf_identity_self_signed("client.example.com", NULL, 0, NULL);
        if (!hf_config_add_identity(pair->client_config, identity, NULL)) {
            return false;
        }
        hf_identity_free(identity);
    }
    if (!pair_seal(pair) || !pair_open(pair, "example.com")) {
        return false;
    }
    pair_run(pair);
    return pair_connected(pair);
}

static void ask(struct pair *pair)
{
    CHECK(pair_put_record(pair, &pair->server, CONTENT_HANDSHAKE, request, sizeof request,
        0));
    server_hash->update(&server_transcript, request, sizeof request);
    CHECK(pair_feed(pair, &pair->client));
}

/* The content of the record that the client answers with. */
static hf_bytes answer(struct pair *pair, uint8_t *buffer, size_t capacity)
{
    size_t length;
    const uint8_t *wire = hf_output(pair->client.connection, &length);
    struct record_header header;
    uint8_t type = 0;
    hf_bytes content = { 0 };
    struct hf_error error;
    error_clear(&error);
    CHECK(length <= capacity);
    memcpy(buffer, wire, length);
    CHECK(record_header_read(buffer, length, true, false, &header, &error) == 1);
    CHECK(header.length + RECORD_HEADER == length);
    CHECK(record_open(&pair->server.connection->read, &header, buffer, &type, &content, &error));
    CHECK(type == CONTENT_HANDSHAKE);
    hf_sent(pair->client.connection, length);
    return content;
}

/* The next message; its bytes enter the transcript afterwards. */
static hf_bytes next_message(hf_reader *r, uint8_t type)
{
    hf_bytes body = { 0 };
    uint8_t got = 0;
    CHECK(read_u8(r, &got) && got == type && read_vector24(r, &body));
    return body;
}

static void hash_message(hf_bytes body)
{
    server_hash->update(&server_transcript, body.data - MESSAGE_HEADER,
        body.length + MESSAGE_HEADER);
}

static void digest(uint8_t *out)
{
    struct hash_state copy = server_transcript;
    server_hash->finish(&copy, out);
}

static void check_finished(const struct pair *pair, hf_bytes body)
{
    uint8_t hash[HASH_SIZE_MAX];
    uint8_t mac[HASH_SIZE_MAX];
    digest(hash);
    finished_mac(server_hash, pair->server.connection->kept.tls13.read, hash, mac);
    CHECK(body.length == server_hash->size);
    CHECK_BYTES(body.data, mac, server_hash->size);
}

static void still_works(struct pair *pair)
{
    CHECK_TEXT(hf_state_name(pair->client.connection), "CONNECTED");
    CHECK(pair_say(pair, false, "after") && pair_say(pair, true, "all"));
    pair_run(pair);
    CHECK(pair->server.received_length == 5 && pair->client.received_length == 3);
}

static void answers_with_a_certificate(void)
{
    struct pair pair;
    uint8_t buffer[8192];
    CHECK(prepare(&pair, true, true));
    for (int round = 0; round < 2; round++) {
        struct hash_state before = server_transcript;
        ask(&pair);
        hf_bytes content = answer(&pair, buffer, sizeof buffer);
        hf_reader r = reader_of_bytes(content);
        hf_bytes certificate = next_message(&r, TYPE_CERTIFICATE);
        CHECK(certificate.length > 300 && certificate.data[0] == 1 && certificate.data[1] == 0x77);
        hash_message(certificate);
        uint8_t hash[HASH_SIZE_MAX];
        uint8_t signed_bytes[SIGNED_CONTENT_MAX];
        digest(hash);
        size_t length = signed_content(false, bytes_of(hash, server_hash->size), signed_bytes);
        hf_bytes verify = next_message(&r, TYPE_CERTIFICATE_VERIFY);
        const struct hf_identity *own = pair.client.connection->settings->identities[0];
        CHECK(provider_openssl.verify(provider_openssl.scheme(0x0403), &own->leaf.key,
            bytes_of(signed_bytes, length), bytes_of(verify.data + 4, verify.length - 4)));
        hash_message(verify);
        check_finished(&pair, next_message(&r, TYPE_FINISHED));
        CHECK(reader_done(&r));
        /* RFC 9846, 4.5: each request goes on from the handshake alone. */
        server_transcript = before;
    }
    still_works(&pair);
    pair_free(&pair);
}

static void answers_without_one(void)
{
    struct pair pair;
    uint8_t buffer[8192];
    CHECK(prepare(&pair, true, false));
    ask(&pair);
    hf_reader r = reader_of_bytes(answer(&pair, buffer, sizeof buffer));
    hf_bytes certificate = next_message(&r, TYPE_CERTIFICATE);
    CHECK(certificate.length == 5);
    hash_message(certificate);
    check_finished(&pair, next_message(&r, TYPE_FINISHED));
    CHECK(reader_done(&r));
    still_works(&pair);
    pair_free(&pair);
}

/* RFC 9846,
    5.1: a request shares its record with what else the server sends after the handshake. */
static void shares_a_record(void)
{
    static const uint8_t ticket[] = { 4, 0, 0, 14, 0, 0, 0, 60, 1, 2, 3, 4, 0, 0, 1, 9, 0, 0 };
    struct pair pair;
    uint8_t both[2 * sizeof request + sizeof ticket];
    memcpy(both, request, sizeof request);
    memcpy(both + sizeof request, ticket, sizeof ticket);
    memcpy(both + sizeof request + sizeof ticket, request, sizeof request);
    for (size_t piece = 1; piece <= sizeof both; piece += 5) {
        CHECK(prepare(&pair, true, true));
        for (size_t at = 0; at < sizeof both; at += piece) {
            size_t length = sizeof both - at < piece ? sizeof both - at : piece;
            CHECK(pair_put_record(&pair, &pair.server, CONTENT_HANDSHAKE, both + at, length, 0));
            CHECK(pair_feed(&pair, &pair.client));
            if (at < sizeof request + sizeof ticket && piece < sizeof both) {
                CHECK(hf_key_update(pair.client.connection, false) == HF_OK);
            }
        }
        CHECK_TEXT(end_reason(&pair.client), "");
        CHECK_TEXT(hf_state_name(pair.client.connection), "CONNECTED");
        pair_free(&pair);
    }
}

/* RFC 9846, 4.7.2: without the extension it is unexpected_message. */
static void refuses_when_not_offered(void)
{
    struct pair pair;
    CHECK(prepare(&pair, false, true));
    ask(&pair);
    CHECK(pair.client.status == HF_FAILED);
    CHECK_TEXT(end_reason(&pair.client), "unexpected_message");
    pair_free(&pair);
}

/* A client's Certificate that no one asked for (RFC 9846, 4.7.2). */
static void server_refuses_an_answer(void)
{
    struct pair pair;
    static const uint8_t empty[] = { 11, 0, 0, 4, 0, 0, 0, 0 };
    CHECK(prepare(&pair, true, true));
    CHECK(pair_put_record(&pair, &pair.client, CONTENT_HANDSHAKE, empty, sizeof empty, 0));
    CHECK(pair_feed(&pair, &pair.server));
    CHECK_TEXT(end_reason(&pair.server), "unexpected_message");
    pair_free(&pair);
}

TEST_MAIN(TEST(answers_with_a_certificate), TEST(answers_without_one), TEST(shares_a_record),
    TEST(refuses_when_not_offered), TEST(server_refuses_an_answer))
