/* PEM: what is read fits 3/4 of its text, and is read again when written. */
#include "require.h"

#include "x509/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(hf_bytes der)
{
    size_t capacity = der.length * 2 + 64;
    char *text = malloc(capacity);
    uint8_t *back = malloc(der.length + 1);
    if (text != NULL && back != NULL) {
        size_t length;
        size_t got;
        hf_bytes label;
        REQUIRE(pem_write("X", der, text, capacity, &length));
        hf_reader r = reader_of((const uint8_t *)text, length);
        REQUIRE(pem_next(&r, &label, back, der.length, &got, NULL) == 1);
        REQUIRE(bytes_equal_public(bytes_of(back, got), der));
    }
    free(text);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t capacity = size / 4 * 3;
    uint8_t *out = malloc(capacity + 1);
    hf_reader r = reader_of(data, size);
    hf_bytes label;
    size_t length;
    int found;
    if (out == NULL) {
        return 0;
    }
    size_t before = reader_left(&r) + 1;
    while ((found = pem_next(&r, &label, out, capacity, &length, NULL)) != 0) {
        REQUIRE(reader_left(&r) < before); /* it goes on, so it ends */
        before = reader_left(&r);
        if (found > 0) {
            REQUIRE(length <= capacity);
            round_trip(bytes_of(out, length));
        }
    }
    free(out);
    return 0;
}
