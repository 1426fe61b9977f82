/* The table of key generation; see base_table.h. It is public, and constant. */
#include "crypto/x25519/base_table.h"

_Alignas(64) const uint64_t x25519_base_table[BASE_ROWS][BASE_LIMBS][BASE_ENTRIES] = {
#define ROW(...) { __VA_ARGS__ },
#define LIMB(...) { __VA_ARGS__ },
#define START(...)
#include "crypto/x25519/base_table.def"
#undef START
#undef LIMB
#undef ROW
};

const fe x25519_base_start[3] = {
#define ROW(...)
#define START(...) { { __VA_ARGS__ } },
#include "crypto/x25519/base_table.def"
#undef START
#undef ROW
};
