/* The extensions of resumption: the hellos and the ticket of RFC 8448, 3 and 4, every failure with
 * its field and byte, what is built, and offers cut at every byte. */
#include "wire/expect.h"

#include "wire/codepoints.h"
#include "wire/hello.h"
#include "wire/messages.h"
#include "wire/recorded13.h"
#include "wire/resumption.h"

enum { HELLO_PREFIX = 477, HELLO_WHOLE = 512 };

#define BINDER "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"

static bool parse_modes(hf_reader *body, struct hf_error *error)
{
    hf_bytes modes;
    return psk_modes_parse(body, &modes, error);
}

static bool parse_offer(hf_reader *body, struct hf_error *error)
{
    struct psk_offer offer;
    return psk_offer_parse(body, &offer, error);
}

static bool parse_choice(hf_reader *body, struct hf_error *error)
{
    uint16_t index;
    return psk_choice_parse(body, &index, error);
}

static bool parse_limit(hf_reader *body, struct hf_error *error)
{
    uint32_t bytes;
    return early_data_limit_parse(body, &bytes, error);
}

static bool find(hf_reader *message, hf_bytes block, uint16_t type, hf_reader *body)
{
    hf_reader list = reader_within(message, block);
    struct extension extension;
    while (extension_next(&list, &extension, NULL) == 1) {
        if (extension.type == type) {
            *body = extension.body;
            return true;
        }
    }
    return false;
}

/* The ticket of the handshake before; its bytes live in `bytes`. */
static struct new_session_ticket load_ticket(uint8_t *bytes, size_t capacity, hf_reader *message)
{
    struct new_session_ticket ticket = { 0 };
    *message = reader_of(bytes, from_hex(psk_ticket, bytes, capacity));
    message->at += EXPECT_HEADER;
    CHECK(new_session_ticket_parse(message, &ticket, NULL));
    return ticket;
}

static void published_offer(void)
{
    uint8_t bytes[HELLO_WHOLE];
    uint8_t ticket_bytes[256];
    struct client_hello hello;
    struct psk_offer offer;
    struct psk psk = { 0 };
    hf_reader ticket_message;
    hf_reader body;
    size_t length = from_hex(psk_client_hello, bytes, sizeof bytes);
    CHECK(length == HELLO_PREFIX);
    length += from_hex(psk_binders, bytes + length, sizeof bytes - length);
    CHECK(length == HELLO_WHOLE);
    struct new_session_ticket ticket =
        load_ticket(ticket_bytes, sizeof ticket_bytes, &ticket_message);
    hf_reader message = reader_of(bytes, length);
    message.at += EXPECT_HEADER;
    CHECK(client_hello_parse(&message, &hello, NULL));
    CHECK(find(&message, hello.extensions, EXT_PRE_SHARED_KEY, &body));
    size_t begin = reader_offset(&body);
    CHECK(psk_offer_parse(&body, &offer, NULL));
    CHECK(offer.count == 1 && offer.binders_at == HELLO_PREFIX);
    CHECK(psk_offer_next(&offer, &psk));
    CHECK(bytes_equal_public(psk.identity, ticket.ticket));
    CHECK(psk.obfuscated_age == 0xfad6aacb && psk.binder.length == 32);
    CHECK(psk.binder.data == bytes + HELLO_PREFIX + 3);
    CHECK(!psk_offer_next(&offer, &psk));
    CHECK(find(&message, hello.extensions, EXT_PSK_KEY_EXCHANGE_MODES, &body));
    hf_bytes modes;
    CHECK(psk_modes_parse(&body, &modes, NULL));
    CHECK(modes.length == 1 && modes.data[0] == PSK_DHE_KE);
    CHECK(find(&message, hello.extensions, EXT_EARLY_DATA, &body));
    CHECK(empty_parse(&body, "early_data", NULL));

    /* The extension again, first with an empty binder, then with the right one written over it. */
    uint8_t again[256];
    static const uint8_t zeros[32] = { 0 };
    hf_bytes binder = psk.binder;
    psk.binder = bytes_of(zeros, sizeof zeros);
    hf_builder b = builder_of(again, sizeof again);
    size_t binders_at = psk_offer_build(&b, &psk, 1);
    CHECK(!b.failed && binders_at == 4 + HELLO_PREFIX - begin);
    CHECK(b.length == 4 + HELLO_WHOLE - begin);
    CHECK_BYTES(again, bytes + begin - 4, binders_at + 3);
    CHECK_BYTES(again + binders_at + 3, zeros, sizeof zeros);
    psk.binder = binder;
    b.length = binders_at;
    psk_binders_build(&b, &psk, 1);
    CHECK(!b.failed && b.length == 4 + HELLO_WHOLE - begin);
    CHECK_BYTES(again, bytes + begin - 4, b.length);
}

static void published_choice(void)
{
    uint8_t bytes[128];
    struct server_hello hello;
    hf_reader body;
    uint16_t index = 7;
    size_t length = from_hex(psk_server_hello, bytes, sizeof bytes);
    hf_reader message = reader_of(bytes, length);
    message.at += EXPECT_HEADER;
    CHECK(server_hello_parse(&message, &hello, NULL));
    CHECK(find(&message, hello.extensions, EXT_PRE_SHARED_KEY, &body));
    CHECK(psk_choice_parse(&body, &index, NULL) && index == 0);
}

static void published_ticket(void)
{
    uint8_t bytes[256];
    uint8_t again[256];
    hf_reader message;
    hf_reader body;
    uint32_t limit = 0;
    struct new_session_ticket ticket = load_ticket(bytes, sizeof bytes, &message);
    CHECK(ticket.lifetime_s == 30 && ticket.age_add == 0xfad6aac5);
    CHECK(find(&message, ticket.extensions, EXT_EARLY_DATA, &body));
    CHECK(early_data_limit_parse(&body, &limit, NULL) && limit == 1024);
    hf_builder b = builder_of(again, sizeof again);
    new_session_ticket_build(&b, &ticket);
    CHECK(!b.failed && b.length == (size_t)(message.end - message.begin) - EXPECT_HEADER);
    CHECK_BYTES(again, bytes + EXPECT_HEADER, b.length);
}

static void offers(void)
{
    const char *identities = "pre_shared_key.identities";
    const char *identity = "pre_shared_key.identity";
    const char *age = "pre_shared_key.obfuscated_ticket_age";
    const char *binders = "pre_shared_key.binders";
    const char *binder = "pre_shared_key.binder";
    EXPECT_PASS("0007 0001 61 00000000 0021 20" BINDER, parse_offer);
    EXPECT_PASS("000f 0001 61 00000000 0002 6263 00000001 0042 20" BINDER "20" BINDER,
        parse_offer);
    EXPECT_FAIL("", parse_offer, "decode_error", identities, 4);
    EXPECT_FAIL("0000 0021 20" BINDER, parse_offer, "decode_error", identities, 4);
    EXPECT_FAIL("0006 0000 00000000 0021 20" BINDER, parse_offer, "decode_error", identities, 4);
    EXPECT_FAIL("0008 0001 61 00000000", parse_offer, "decode_error", identities, 4);
    EXPECT_FAIL("0007 0000 00000000 00 0021 20" BINDER, parse_offer, "decode_error", identity, 6);
    EXPECT_FAIL("0007 0006 61 00000000 0021 20" BINDER, parse_offer, "decode_error", identity, 6);
    EXPECT_FAIL("0007 0002 6162 000000 0021 20" BINDER, parse_offer, "decode_error", age, 10);
    EXPECT_FAIL("0008 0001 61 00000000 00 0021 20" BINDER, parse_offer, "decode_error", identity,
        13);
    EXPECT_FAIL("0007 0001 61 00000000", parse_offer, "decode_error", binders, 13);
    EXPECT_FAIL("0007 0001 61 00000000 0000", parse_offer, "decode_error", binders, 13);
    EXPECT_FAIL("0007 0001 61 00000000 0001 20", parse_offer, "decode_error", binders, 13);
    EXPECT_FAIL("0007 0001 61 00000000 0021 20", parse_offer, "decode_error", binders, 13);
    EXPECT_FAIL("0007 0001 61 00000000 0021 20" BINDER "00", parse_offer, "decode_error", binders,
        13 + 2 + 33);
    EXPECT_FAIL("0007 0001 61 00000000 0002 00 00", parse_offer, "decode_error", binder, 15);
    EXPECT_FAIL("0007 0001 61 00000000 0021 1f" BINDER, parse_offer, "decode_error", binder,
        15 + 32);
    EXPECT_PASS("0007 0001 61 00000000 0002 01 aa", parse_offer); /* too short, but not for us */
    EXPECT_FAIL("0007 0001 61 00000000 0021 21" BINDER, parse_offer, "decode_error", binder, 15);
    EXPECT_FAIL("0007 0001 61 00000000 0022 20" BINDER "00", parse_offer, "decode_error", binder,
        15 + 33);
    /* One binder for each identity. */
    EXPECT_FAIL("0007 0001 61 00000000 0042 20" BINDER "20" BINDER, parse_offer,
        "illegal_parameter", binders, 13);
    EXPECT_FAIL("000f 0001 61 00000000 0002 6263 00000001 0021 20" BINDER, parse_offer,
        "illegal_parameter", binders, 21);

    uint8_t body[128];
    size_t length = from_hex("000f 0001 61 00000000 0002 6263 00000001 0042 20" BINDER "20" BINDER,
        body, sizeof body);
    expect_prefixes_fail(body, length, parse_offer, 0);
}

/* Identities and binders of different lengths are given in pairs, in order. */
static void walks_in_pairs(void)
{
    static uint8_t binder[255] = { 1, 2, 3 };
    const struct psk psks[] = { { bytes_of("one", 3), 1, bytes_of(binder, 32) },
        { bytes_of("second", 6), 0xffffffff, bytes_of(binder, 255) },
        { bytes_of("3", 1), 0, bytes_of(binder, 48) } };
    uint8_t built[512];
    hf_builder b = builder_of(built, sizeof built);
    size_t binders_at = psk_offer_build(&b, psks, 3);
    CHECK(!b.failed);
    hf_reader list = reader_of(built, b.length);
    struct extension extension;
    struct psk_offer offer;
    struct psk psk;
    CHECK(extension_next(&list, &extension, NULL) == 1);
    CHECK(extension.type == EXT_PRE_SHARED_KEY);
    CHECK(psk_offer_parse(&extension.body, &offer, NULL));
    CHECK(offer.count == 3 && offer.binders_at == binders_at);
    for (size_t i = 0; i < 3; i++) {
        CHECK(psk_offer_next(&offer, &psk));
        CHECK(bytes_equal_public(psk.identity, psks[i].identity));
        CHECK(psk.obfuscated_age == psks[i].obfuscated_age);
        CHECK(bytes_equal_public(psk.binder, psks[i].binder));
    }
    CHECK(!psk_offer_next(&offer, &psk));
    for (size_t n = 0; n < b.length; n++) {
        hf_builder small = builder_of(built, n);
        (void)psk_offer_build(&small, psks, 3);
        CHECK(small.failed);
    }
}

static void others(void)
{
    const char *modes = "psk_key_exchange_modes.ke_modes";
    EXPECT_PASS("02 0100", parse_modes);
    EXPECT_FAIL("", parse_modes, "decode_error", modes, 4);
    EXPECT_FAIL("00", parse_modes, "decode_error", modes, 4);
    EXPECT_FAIL("02 01", parse_modes, "decode_error", modes, 4);
    EXPECT_FAIL("01 01 00", parse_modes, "decode_error", modes, 6);
    EXPECT_PASS("ffff", parse_choice);
    EXPECT_FAIL("00", parse_choice, "decode_error", "pre_shared_key.selected_identity", 4);
    EXPECT_FAIL("000000", parse_choice, "decode_error", "pre_shared_key.selected_identity", 6);
    EXPECT_PASS("ffffffff", parse_limit);
    EXPECT_FAIL("000000", parse_limit, "decode_error", "early_data.max_early_data_size", 4);
    EXPECT_FAIL("0000000000", parse_limit, "decode_error", "early_data.max_early_data_size", 8);
    hf_reader ticket = reader_of((const uint8_t *)"ticket", 6);
    CHECK(bytes_equal_public(session_ticket_read(&ticket), bytes_of("ticket", 6)));
    CHECK(reader_done(&ticket) && session_ticket_read(&ticket).length == 0);
}

static void check_built(const hf_builder *b, const char *hex)
{
    uint8_t expected[64];
    size_t length = from_hex(hex, expected, sizeof expected);
    CHECK(!b->failed && b->length == length);
    CHECK_BYTES(b->data, expected, length);
}

static void builders(void)
{
    static const uint8_t modes[] = { PSK_DHE_KE, PSK_KE };
    uint8_t built[64];
    hf_builder b = builder_of(built, sizeof built);
    psk_modes_build(&b, modes, 2);
    check_built(&b, "002d 0003 02 0100");
    b = builder_of(built, sizeof built);
    psk_choice_build(&b, 0x0102);
    check_built(&b, "0029 0002 0102");
    b = builder_of(built, sizeof built);
    early_data_limit_build(&b, 0x01020304);
    check_built(&b, "002a 0004 01020304");
    b = builder_of(built, sizeof built);
    session_ticket_build(&b, bytes_of("ab", 2));
    session_ticket_build(&b, bytes_of(NULL, 0));
    check_built(&b, "0023 0002 6162 0023 0000");
}

TEST_MAIN(TEST(published_offer), TEST(published_choice), TEST(published_ticket), TEST(offers),
    TEST(walks_in_pairs), TEST(others), TEST(builders))
