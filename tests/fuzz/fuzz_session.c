/* Sessions as kept: what parses lies within the input, is built again byte by byte, can be judged
 * and held by a client; what does not leaves nothing behind. */
#include "require.h"

#include "session/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_slices(const struct session *session, const uint8_t *data, size_t size)
{
    REQUIRE(session->chain_count <= CHAIN_MAX);
    for (size_t i = 0; i < session->chain_count; i++) {
        require_within(session->chain[i], data, size);
    }
    require_within(session->ticket, data, size);
    require_within(session->session_id, data, size);
    REQUIRE(strlen(session->server_name) < sizeof session->server_name);
    REQUIRE(strlen(session->alpn) < sizeof session->alpn);
    REQUIRE(strlen(session->identity) < sizeof session->identity);
}

static void check_form(const struct session *session, const uint8_t *data, size_t size)
{
    uint8_t *again = malloc(size);
    REQUIRE(again != NULL);
    hf_builder b = builder_of(again, size);
    session_build(&b, session);
    REQUIRE(!b.failed && b.length == size && memcmp(again, data, size) == 0);
    free(again);
}

/* It holds from its making to its end, and at no other time. */
static void check_times(const struct session *session)
{
    struct session_demand demand = { .server_name = session->server_name,
        .identity = session->identity, .alpn = session->alpn, .binding = session->binding };
    const uint64_t end = session->created_ms + session->lifetime_s * UINT64_C(1000);
    demand.now_ms = end;
    REQUIRE(session_judge(session, &demand) != SESSION_USABLE);
    demand.now_ms = session->created_ms;
    if (session_judge(session, &demand) == SESSION_USABLE) {
        REQUIRE(session->lifetime_s > 0);
        demand.server_name = "another";
        REQUIRE(session_judge(session, &demand) == SESSION_OTHER_NAME ||
            strcmp(session->server_name, "another") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct session session;
    struct hf_error error;
    error_clear(&error);
    const bool parsed = session_parse(bytes_of(data, size), &session, &error);
    hf_session *loaded = hf_session_load(data, size, NULL);
    REQUIRE(parsed == (loaded != NULL));
    if (!parsed) {
        REQUIRE(strcmp(error.reason, "bad_session") == 0 && session.secret_length == 0);
        return 0;
    }
    REQUIRE(!error_is_set(&error));
    check_slices(&session, data, size);
    check_form(&session, data, size);
    check_times(&session);
    hf_session_info info;
    hf_session_facts(loaded, &info);
    REQUIRE(info.version != NULL && info.suite != NULL && info.expires_ms >= info.created_ms);
    REQUIRE(hf_session_save(loaded, NULL, 0) == size);
    hf_session_free(loaded);
    return 0;
}
