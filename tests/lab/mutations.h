/* A certificate as a list of fields, each a whole DER element that can be changed; and the
 * changes. */
#ifndef TESTS_LAB_MUTATIONS_H
#define TESTS_LAB_MUTATIONS_H

#include "crypto/provider.h"

#define LEAF_NAME "www.example.com"

/* 2030-01-01 */
enum { LAB_NOW = 1893456000 };

/* From EXTENSION on: one extension each, whole. */
enum field { VERSION, SERIAL, ALGORITHM, ISSUER, NOT_BEFORE, NOT_AFTER, SUBJECT, KEY, EXTENSION,
    FIELDS = EXTENSION + 10 };

enum { FIELD_MAX = 256 };

struct field_bytes {
    uint8_t data[FIELD_MAX];
    size_t length; /* 0: left out */
};

struct fields {
    struct field_bytes list[FIELDS];
    struct field_bytes outer_algorithm;
};

/* Numbers that a seed decides. */
struct chance {
    uint64_t state;
};
unsigned chance_below(struct chance *chance, unsigned limit);

/* A good certificate: 0 the leaf, 1 the intermediate, 2 the root. */
void fields_begin(struct fields *fields, unsigned place, const struct private_key *key);
/* One change; `name` says which. */
void fields_mutate(struct fields *fields, struct chance *chance, char name[96]);
/* The certificate, signed by the issuer's key. False: it does not fit. */
bool fields_sign(const struct fields *fields, const struct private_key *issuer, uint8_t *der,
    size_t capacity, size_t *length);

#endif
