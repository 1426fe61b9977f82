/* The handshake messages after the hellos: the first byte picks the parser, the rest is the body.
 * What parses builds to the same bytes again; what does not is told with its field and byte. */
#include "require.h"

#include "wire/messages.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    const uint8_t *data;
    size_t size;
    struct hf_error error;
    hf_builder b;
};

static bool run_encrypted_extensions(struct run *run, hf_reader *body)
{
    hf_bytes extensions;
    TRY(encrypted_extensions_parse(body, &extensions, &run->error));
    require_within(extensions, run->data, run->size);
    build_vector16(&run->b, extensions);
    return true;
}

static bool run_request(struct run *run, hf_reader *body)
{
    struct certificate_request request;
    TRY(certificate_request_parse(body, &request, &run->error));
    build_vector8(&run->b, request.context);
    build_vector16(&run->b, request.extensions);
    return true;
}

static bool run_certificate(struct run *run, hf_reader *body)
{
    struct certificate_message message;
    TRY(certificate_message_parse(body, &message, &run->error));
    require_within(message.context, run->data, run->size);
    require_within(message.list, run->data, run->size);
    build_vector8(&run->b, message.context);
    size_t mark = build_open(&run->b, 3);
    hf_reader list = reader_within(body, message.list);
    struct certificate_entry entry;
    int more;
    while ((more = certificate_entry_next(&list, &entry, &run->error)) == 1) {
        REQUIRE(entry.der.length >= 1);
        require_within(entry.der, run->data, run->size);
        require_within(entry.extensions, run->data, run->size);
        build_vector24(&run->b, entry.der);
        build_vector16(&run->b, entry.extensions);
    }
    build_close(&run->b, 3, mark);
    return more == 0;
}

static bool run_verify(struct run *run, hf_reader *body)
{
    struct certificate_verify verify;
    TRY(certificate_verify_parse(body, &verify, &run->error));
    certificate_verify_build(&run->b, &verify);
    return true;
}

static bool run_ticket(struct run *run, hf_reader *body)
{
    struct new_session_ticket ticket;
    TRY(new_session_ticket_parse(body, &ticket, &run->error));
    REQUIRE(ticket.ticket.length >= 1);
    new_session_ticket_build(&run->b, &ticket);
    return true;
}

static bool run_update(struct run *run, hf_reader *body)
{
    bool requested;
    TRY(key_update_parse(body, &requested, &run->error));
    build_u8(&run->b, requested);
    return true;
}

static bool (*const runs[])(struct run *run, hf_reader *body) = { run_encrypted_extensions,
    run_request, run_certificate, run_verify, run_ticket, run_update };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    struct run run = { .data = data + 1, .size = size - 1 };
    error_clear(&run.error);
    uint8_t *again = malloc(size);
    REQUIRE(again != NULL);
    run.b = builder_of(again, size);
    hf_reader body = reader_of(run.data, run.size);
    if (runs[data[0] % (sizeof runs / sizeof *runs)](&run, &body)) {
        REQUIRE(reader_done(&body) && !error_is_set(&run.error) && !run.b.failed);
        REQUIRE(bytes_equal_public(builder_bytes(&run.b), bytes_of(run.data, run.size)));
    } else {
        require_told(&run.error, run.size);
    }
    free(again);
    return 0;
}
