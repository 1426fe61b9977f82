/* The bodies of extensions: the first byte picks the parser, the rest is the body. What parses
 * builds to the same bytes again; what does not is told with its field and byte. */
#include "require.h"

#include "wire/codepoints.h"
#include "wire/resumption.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CODES_MAX = 0x8000 };

/* What one run has parsed, and where it builds it again. */
struct run {
    const uint8_t *data;
    size_t size;
    struct hf_error error;
    hf_builder b;
};

static hf_reader body_of(const struct run *run)
{
    return reader_of(run->data, run->size);
}

static size_t codes_of(hf_bytes list, uint16_t *codes)
{
    for (size_t i = 0; i + 1 < list.length; i += 2) {
        codes[i / 2] = (uint16_t)(list.data[i] << 8 | list.data[i + 1]);
    }
    return list.length / 2;
}

static bool run_server_name(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes name;
    TRY(server_name_parse(&body, &name, &run->error));
    REQUIRE(name.length >= 1 && name.length <= 255 && memchr(name.data, 0, name.length) == NULL);
    server_name_build(&run->b, name);
    return true;
}

static bool run_code_list(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes list;
    static uint16_t codes[CODES_MAX];
    TRY(code_list_parse(&body, "supported_groups", &list, &run->error));
    code_list_build(&run->b, EXT_SUPPORTED_GROUPS, codes, codes_of(list, codes));
    char text[64];
    list_text(list.data, list.length, group_name, text, 1 + run->size % sizeof text);
    REQUIRE(strlen(text) <= run->size % sizeof text);
    return true;
}

static bool run_versions(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes list;
    uint16_t codes[127];
    TRY(supported_versions_parse_client(&body, &list, &run->error));
    REQUIRE(list.length <= 254);
    supported_versions_build_client(&run->b, codes, codes_of(list, codes));
    return true;
}

static bool run_version(struct run *run)
{
    hf_reader body = body_of(run);
    uint16_t version;
    TRY(supported_versions_parse_server(&body, &version, &run->error));
    supported_versions_build_server(&run->b, version);
    return true;
}

static bool run_key_shares(struct run *run)
{
    hf_reader body = body_of(run);
    hf_reader list;
    static struct key_share shares[0x4000];
    size_t count = 0;
    TRY(key_share_parse_client(&body, &list, &run->error));
    int more;
    while ((more = key_share_next(&list, &shares[count], &run->error)) == 1) {
        REQUIRE(shares[count].key_exchange.length >= 1);
        require_within(shares[count].key_exchange, run->data, run->size);
        count++;
        REQUIRE(count < sizeof shares / sizeof *shares);
    }
    TRY(more == 0);
    key_share_build_client(&run->b, shares, count);
    return true;
}

static bool run_key_share(struct run *run)
{
    hf_reader body = body_of(run);
    struct key_share share;
    TRY(key_share_parse_server(&body, &share, &run->error));
    key_share_build_server(&run->b, &share);
    return true;
}

static bool run_retry(struct run *run)
{
    hf_reader body = body_of(run);
    uint16_t group;
    TRY(key_share_parse_retry(&body, &group, &run->error));
    key_share_build_retry(&run->b, group);
    return true;
}

static bool run_alpn(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes list;
    TRY(alpn_parse(&body, &list, &run->error));
    hf_reader names = reader_of_bytes(list);
    hf_bytes name;
    REQUIRE(read_vector8(&names, &name) && alpn_contains(list, name));
    alpn_build(&run->b, list);
    return true;
}

static bool run_alpn_answer(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes protocol;
    TRY(alpn_parse_answer(&body, &protocol, &run->error));
    alpn_build_answer(&run->b, protocol);
    return true;
}

static bool run_cookie(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes cookie;
    TRY(cookie_parse(&body, &cookie, &run->error));
    cookie_build(&run->b, cookie);
    return true;
}

static bool run_modes(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes modes;
    TRY(psk_modes_parse(&body, &modes, &run->error));
    psk_modes_build(&run->b, modes.data, modes.length);
    return true;
}

static bool run_authorities(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes list;
    TRY(authorities_parse(&body, &list, &run->error));
    size_t mark = extension_open(&run->b, EXT_CERTIFICATE_AUTHORITIES);
    build_vector16(&run->b, list);
    extension_close(&run->b, mark);
    return true;
}

static bool run_psk_offer(struct run *run)
{
    hf_reader body = body_of(run);
    struct psk_offer offer;
    static struct psk psks[0x4000];
    size_t count = 0;
    TRY(psk_offer_parse(&body, &offer, &run->error));
    REQUIRE(offer.count >= 1 && offer.count < sizeof psks / sizeof *psks);
    while (psk_offer_next(&offer, &psks[count])) {
        REQUIRE(psks[count].identity.length >= 1);
        REQUIRE(psks[count].binder.length >= 1 && psks[count].binder.length <= 255);
        require_within(psks[count].identity, run->data, run->size);
        require_within(psks[count].binder, run->data + offer.binders_at,
            run->size - offer.binders_at);
        count++;
    }
    REQUIRE(count == offer.count && reader_done(&offer.identities) && reader_done(&offer.binders));
    REQUIRE(psk_offer_build(&run->b, psks, count) == 4 + offer.binders_at);
    return true;
}

static bool run_psk_choice(struct run *run)
{
    hf_reader body = body_of(run);
    uint16_t index;
    TRY(psk_choice_parse(&body, &index, &run->error));
    psk_choice_build(&run->b, index);
    return true;
}

static bool run_early_data_limit(struct run *run)
{
    hf_reader body = body_of(run);
    uint32_t bytes;
    TRY(early_data_limit_parse(&body, &bytes, &run->error));
    early_data_limit_build(&run->b, bytes);
    return true;
}

/* A request may hold names and extensions, which we never send: only ours is built again. */
static bool run_status_request(struct run *run)
{
    hf_reader body = body_of(run);
    bool ocsp;
    TRY(status_request_parse(&body, &ocsp, &run->error));
    REQUIRE(ocsp == (run->data[0] == STATUS_OCSP) && (!ocsp || run->size >= 5));
    if (ocsp && run->size == 5) {
        status_request_build(&run->b);
    } else {
        size_t mark = extension_open(&run->b, EXT_STATUS_REQUEST);
        build_bytes(&run->b, bytes_of(run->data, run->size));
        extension_close(&run->b, mark);
    }
    return true;
}

static bool run_status(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes response;
    TRY(status_parse(&body, &response, &run->error));
    size_t mark = extension_open(&run->b, EXT_STATUS_REQUEST);
    status_build(&run->b, response);
    extension_close(&run->b, mark);
    return true;
}

static bool run_timestamps(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes list;
    TRY(timestamps_parse(&body, &list, &run->error));
    REQUIRE(list.length >= 2 + 2 + 1);
    timestamps_build(&run->b, list);
    return true;
}

static bool run_point_formats(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes formats;
    TRY(point_formats_parse(&body, &formats, &run->error));
    REQUIRE(memchr(formats.data, 0, formats.length) != NULL);
    size_t mark = extension_open(&run->b, EXT_EC_POINT_FORMATS);
    build_vector8(&run->b, formats);
    extension_close(&run->b, mark);
    return true;
}

static bool run_renegotiation_info(struct run *run)
{
    hf_reader body = body_of(run);
    hf_bytes connection;
    TRY(renegotiation_info_parse(&body, &connection, &run->error));
    renegotiation_info_build(&run->b, connection);
    return true;
}

static bool run_session_ticket(struct run *run)
{
    hf_reader body = body_of(run);
    session_ticket_build(&run->b, session_ticket_read(&body));
    return reader_done(&body);
}

static bool run_empty(struct run *run)
{
    hf_reader body = body_of(run);
    TRY(empty_parse(&body, "extended_master_secret", &run->error));
    empty_build(&run->b, EXT_EXTENDED_MASTER_SECRET);
    return true;
}

static bool (*const runs[])(struct run *run) = { run_server_name, run_code_list, run_versions,
    run_version, run_key_shares, run_key_share, run_retry, run_alpn, run_alpn_answer, run_cookie,
    run_modes, run_authorities, run_empty, run_psk_offer, run_psk_choice, run_early_data_limit,
    run_status_request, run_status, run_timestamps, run_point_formats, run_renegotiation_info,
    run_session_ticket };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 0xffff) {
        return 0;
    }
    struct run run = { .data = data + 1, .size = size - 1 };
    error_clear(&run.error);
    uint8_t *again = malloc(size + 3);
    REQUIRE(again != NULL);
    run.b = builder_of(again, size + 3);
    if (runs[data[0] % (sizeof runs / sizeof *runs)](&run)) {
        /* Behind type and length stands the body as it came. */
        REQUIRE(!error_is_set(&run.error) && !run.b.failed && run.b.length == 4 + run.size);
        REQUIRE(bytes_equal_public(bytes_of(again + 4, run.size), bytes_of(run.data, run.size)));
    } else {
        require_told(&run.error, run.size);
    }
    free(again);
    return 0;
}
