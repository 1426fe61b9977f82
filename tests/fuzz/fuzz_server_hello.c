/* ServerHello and HelloRetryRequest: what parses is within the input, and builds to the same bytes
 * again; what does not is told with its field and byte. */
#include "require.h"

#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_error error;
    struct server_hello hello;
    error_clear(&error);
    hf_reader body = reader_of(data, size);
    if (!server_hello_parse(&body, &hello, &error)) {
        require_told(&error, size);
        return 0;
    }
    REQUIRE(reader_done(&body) && !error_is_set(&error));
    REQUIRE(hello.random.length == HELLO_RANDOM && hello.session_id.length <= SESSION_ID_MAX);
    REQUIRE(hello.is_retry
        == bytes_equal_public(hello.random, bytes_of(hello_retry_random, HELLO_RANDOM)));
    require_within(hello.random, data, size);
    require_within(hello.session_id, data, size);
    require_within(hello.extensions, data, size);

    uint8_t *again = malloc(size + 2);
    REQUIRE(again != NULL);
    hf_builder b = builder_of(again, size + 2);
    server_hello_build(&b, &hello);
    if (b.length < size) {
        build_vector16(&b, hello.extensions);
    }
    REQUIRE(!b.failed && bytes_equal_public(builder_bytes(&b), bytes_of(data, size)));
    free(again);
    return 0;
}
