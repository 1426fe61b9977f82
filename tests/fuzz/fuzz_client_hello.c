/* ClientHello: what parses is within the input, and builds to the same bytes again; what does not
 * is told with its field and byte. The extensions block is walked too. */
#include "require.h"

#include "wire/extensions.h"
#include "wire/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The block, extension by extension, and written again. */
static void walk(const uint8_t *data, size_t size, hf_bytes block)
{
    struct hf_error error;
    error_clear(&error);
    hf_reader whole = reader_of(data, size);
    hf_reader list = reader_within(&whole, block);
    uint8_t *again = malloc(block.length + 1);
    REQUIRE(again != NULL);
    hf_builder b = builder_of(again, block.length);
    struct extension extension;
    int more;
    while ((more = extension_next(&list, &extension, &error)) == 1) {
        hf_bytes body = bytes_of(extension.body.at, reader_left(&extension.body));
        require_within(body, data, size);
        REQUIRE(reader_offset(&extension.body) <= size);
        size_t mark = extension_open(&b, extension.type);
        build_bytes(&b, body);
        extension_close(&b, mark);
    }
    if (more < 0) {
        require_told(&error, size);
    } else {
        REQUIRE(bytes_equal_public(builder_bytes(&b), block));
    }
    free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_error error;
    struct client_hello hello;
    error_clear(&error);
    hf_reader body = reader_of(data, size);
    if (!client_hello_parse(&body, &hello, &error)) {
        require_told(&error, size);
        return 0;
    }
    REQUIRE(reader_done(&body) && !error_is_set(&error));
    REQUIRE(hello.random.length == HELLO_RANDOM && hello.session_id.length <= SESSION_ID_MAX);
    REQUIRE(hello.cipher_suites.length >= 2 && hello.cipher_suites.length % 2 == 0);
    REQUIRE(hello.compression_methods.length >= 1);
    require_within(hello.random, data, size);
    require_within(hello.session_id, data, size);
    require_within(hello.cipher_suites, data, size);
    require_within(hello.compression_methods, data, size);
    require_within(hello.extensions, data, size);

    uint8_t *again = malloc(size + 2);
    REQUIRE(again != NULL);
    hf_builder b = builder_of(again, size + 2);
    client_hello_build(&b, &hello);
    if (b.length < size) { /* a block, perhaps an empty one */
        build_vector16(&b, hello.extensions);
    }
    REQUIRE(!b.failed && bytes_equal_public(builder_bytes(&b), bytes_of(data, size)));
    free(again);
    walk(data, size, hello.extensions);
    return 0;
}
