/* Tickets: none but our own opens, whatever their key's id. The input's first byte chooses: below
 * 128, the rest comes as a ticket; else it is sealed, opened, and opened with one bit flipped. */
#include "require.h"

#include "session/ticket.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[HF_TICKET_KEY] = { 1, 2, 3 };
static const uint64_t now = 1000000;

static void open_foreign(hf_tickets *tickets, hf_bytes ticket)
{
    size_t length = 0;
    uint8_t *out = malloc(ticket.length + 1);
    REQUIRE(out != NULL);
    REQUIRE(tickets_open(tickets, &provider_openssl, now, ticket, out, &length) !=
        SESSION_USABLE && length == 0);
    free(out);
}

/* The flip is at the place that the first byte and the plaintext's length give. */
static void seal_and_flip(hf_tickets *tickets, unsigned choice, hf_bytes plaintext)
{
    size_t length = plaintext.length + TICKET_OVERHEAD;
    uint8_t *ticket = malloc(length);
    uint8_t *out = malloc(length);
    REQUIRE(ticket != NULL && out != NULL);
    hf_builder b = builder_of(ticket, length);
    REQUIRE(tickets_seal(tickets, &provider_openssl, now, plaintext, &b) && b.length == length);
    size_t opened = 0;
    REQUIRE(tickets_open(tickets, &provider_openssl, now, builder_bytes(&b), out, &opened) ==
        SESSION_USABLE);
    REQUIRE(opened == plaintext.length &&
        (opened == 0 || memcmp(out, plaintext.data, opened) == 0));
    ticket[choice * (size_t)31 % length] ^= (uint8_t)(1 << choice % 8);
    free(out);
    open_foreign(tickets, builder_bytes(&b));
    free(ticket);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    hf_tickets *tickets = hf_tickets_new(0, 0);
    REQUIRE(tickets != NULL);
    hf_tickets_set_key(tickets, key, true);
    hf_bytes rest = bytes_of(data + 1, size - 1);
    if (data[0] < 128) {
        /* The rest may name our key; to forge its tag is another matter. */
        open_foreign(tickets, rest);
    } else {
        seal_and_flip(tickets, data[0] - 128U, rest);
    }
    hf_tickets_free(tickets);
    return 0;
}
