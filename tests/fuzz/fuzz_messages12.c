/* The handshake messages of TLS 1.2: the first byte picks the parser, the rest is the body. What
 * parses builds to the same bytes again; what does not is told with its field and byte. */
#include "require.h"

#include "wire/messages12.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    const uint8_t *data;
    size_t size;
    struct hf_error error;
    hf_builder b;
};

static bool run_no_body(struct run *run, hf_reader *body)
{
    return no_body_parse(body, "ServerHelloDone", &run->error);
}

static bool run_certificate(struct run *run, hf_reader *body)
{
    static hf_bytes chain[0x10000];
    hf_bytes contents;
    size_t count = 0;
    TRY(certificate12_parse(body, &contents, &run->error));
    hf_reader list = reader_within(body, contents);
    int more;
    while ((more = certificate12_next(&list, &chain[count], &run->error)) == 1) {
        REQUIRE(chain[count].length >= 1);
        require_within(chain[count], run->data, run->size);
        count++;
        REQUIRE(count < sizeof chain / sizeof *chain);
    }
    certificate12_build(&run->b, chain, count);
    return more == 0;
}

static void require_params(const struct run *run, const struct server_key_exchange *message)
{
    require_within(message->params, run->data, run->size);
    require_within(message->signature.signature, run->data, run->size);
    REQUIRE(message->params.data == run->data);
    REQUIRE(message->params.length + 4 + message->signature.signature.length == run->size);
}

static bool run_ecdhe(struct run *run, hf_reader *body)
{
    struct server_key_exchange message;
    TRY(server_key_exchange_parse_ecdhe(body, &message, &run->error));
    require_params(run, &message);
    REQUIRE(message.of.ecdhe.point.length >= 1);
    ecdhe_params_build(&run->b, &message.of.ecdhe);
    certificate_verify_build(&run->b, &message.signature);
    return true;
}

static bool run_dhe(struct run *run, hf_reader *body)
{
    struct server_key_exchange message;
    TRY(server_key_exchange_parse_dhe(body, &message, &run->error));
    require_params(run, &message);
    dhe_params_build(&run->b, &message.of.dhe);
    certificate_verify_build(&run->b, &message.signature);
    return true;
}

static bool run_request(struct run *run, hf_reader *body)
{
    struct certificate_request12 request;
    TRY(certificate_request12_parse(body, &request, &run->error));
    REQUIRE(request.types.length >= 1 && request.schemes.length >= 2);
    require_within(request.types, run->data, run->size);
    require_within(request.schemes, run->data, run->size);
    require_within(request.authorities, run->data, run->size);
    certificate_request12_build(&run->b, &request);
    return true;
}

static bool run_client_ecdhe(struct run *run, hf_reader *body)
{
    hf_bytes point;
    TRY(client_key_exchange_parse_ecdhe(body, &point, &run->error));
    client_key_exchange_build_ecdhe(&run->b, point);
    return true;
}

static bool run_client_dhe(struct run *run, hf_reader *body)
{
    hf_bytes yc;
    TRY(client_key_exchange_parse_dhe(body, &yc, &run->error));
    client_key_exchange_build_dhe(&run->b, yc);
    return true;
}

static bool run_client_rsa(struct run *run, hf_reader *body)
{
    hf_bytes encrypted;
    TRY(client_key_exchange_parse_rsa(body, &encrypted, &run->error));
    client_key_exchange_build_rsa(&run->b, encrypted);
    return true;
}

static bool run_ticket(struct run *run, hf_reader *body)
{
    struct new_session_ticket12 ticket;
    TRY(new_session_ticket12_parse(body, &ticket, &run->error));
    new_session_ticket12_build(&run->b, &ticket);
    return true;
}

static bool (*const runs[])(struct run *run, hf_reader *body) = { run_no_body, run_certificate,
    run_ecdhe, run_dhe, run_request, run_client_ecdhe, run_client_dhe, run_client_rsa,
    run_ticket };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 0x20000) {
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
