/* Constant-time comparison and wiping: see src/base/ct.h. Their timing is tested in tests/ct. */
#include "base/ct.h"

#include "../test.h"

static void every_bit_counts(void)
{
    uint8_t a[33];
    uint8_t b[33];
    memset(a, 0x5a, sizeof a);
    memset(b, 0x5a, sizeof b);
    CHECK(ct_equal(a, b, sizeof a));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!ct_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    CHECK(ct_equal(a, b, 0));
    b[32] = 0;
    CHECK(ct_equal(a, b, 32));
}

static void differences_do_not_cancel(void)
{
    static const uint8_t a[] = { 1, 2, 3, 4 };
    static const uint8_t b[] = { 2, 1, 4, 3 };
    CHECK(!ct_equal(a, b, 4));
}

static void zero_means_all_zero(void)
{
    uint8_t a[57] = { 0 };
    CHECK(ct_is_zero(a, sizeof a) && ct_is_zero(a, 0));
    for (size_t bit = 0; bit < 8 * sizeof a; bit++) {
        a[bit / 8] = (uint8_t)(1u << bit % 8);
        CHECK(!ct_is_zero(a, sizeof a));
        a[bit / 8] = 0;
    }
}

static void wipes_exactly(void)
{
    uint8_t a[20];
    memset(a, 0xff, sizeof a);
    wipe(a + 2, 16);
    CHECK(a[0] == 0xff && a[1] == 0xff && a[18] == 0xff && a[19] == 0xff);
    CHECK(ct_is_zero(a + 2, 16));
    wipe(NULL, 0);
}

static void masks(void)
{
    for (unsigned value = 0; value < 256; value++) {
        CHECK(ct_zero_mask((uint8_t)value) == (value == 0 ? 0xff : 0));
    }
    static const uint8_t in[] = { 1, 2, 3, 0xff };
    uint8_t out[] = { 9, 8, 7, 0x55, 5 };
    ct_take(0, in, out, 4);
    CHECK(out[0] == 9 && out[1] == 8 && out[2] == 7 && out[3] == 0x55);
    ct_take(0xff, in, out, 4);
    CHECK(ct_equal(in, out, 4) && out[4] == 5);
    ct_take(0xff, in, out, 0);
}

TEST_MAIN(TEST(every_bit_counts), TEST(differences_do_not_cancel), TEST(zero_means_all_zero),
    TEST(wipes_exactly), TEST(masks))
