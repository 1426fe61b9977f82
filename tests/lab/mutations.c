/* Fields of certificates and their changes: see mutations.h. A change is either one of `values`,
 * chosen for what CAs and attackers have written, or a blind one (a bit, a byte, the length). */
#include "lab/mutations.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "x509/der.h"

unsigned chance_below(struct chance *chance, unsigned limit)
{
    /* SplitMix64 */
    chance->state += 0x9e3779b97f4a7c15u;
    uint64_t z = chance->state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (unsigned)((z ^ (z >> 31)) % limit);
}

/* ---- A good one ---- */

#define ECDSA_SHA256 "\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02"
#define BASIC_CA "\x30\x0f\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x05\x30\x03\x01\x01\xff"
#define BASIC_NO_CA "\x30\x0c\x06\x03\x55\x1d\x13\x01\x01\xff\x04\x02\x30\x00"
#define USAGE_CA "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x01\x06"
#define USAGE_LEAF "\x30\x0e\x06\x03\x55\x1d\x0f\x01\x01\xff\x04\x04\x03\x02\x07\x80"
#define SERVER "\x30\x13\x06\x03\x55\x1d\x25\x04\x0c" \
    "\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01"
#define NAMES "\x30\x1a\x06\x03\x55\x1d\x11\x04\x13\x30\x11\x82\x0fwww.example.com"

static void set(struct field_bytes *field, const void *data, size_t length)
{
    assert(length <= FIELD_MAX);
    memcpy(field->data, data, length);
    field->length = length;
}

#define SET(field, literal) set(field, literal, sizeof(literal) - 1)

static void set_name(struct field_bytes *field, const char *common_name)
{
    hf_builder b = builder_of(field->data, FIELD_MAX);
    size_t name = der_open(&b, DER_SEQUENCE);
    size_t relative = der_open(&b, DER_SET);
    size_t pair = der_open(&b, DER_SEQUENCE);
    der_put(&b, DER_OID, OID("\x55\x04\x03"));
    der_put(&b, DER_UTF8_STRING, bytes_of(common_name, strlen(common_name)));
    der_close(&b, pair);
    der_close(&b, relative);
    der_close(&b, name);
    assert(!b.failed);
    field->length = b.length;
}

static void set_time(struct field_bytes *field, int64_t when)
{
    hf_builder b = builder_of(field->data, FIELD_MAX);
    der_put_time(&b, when);
    field->length = b.length;
}

void fields_begin(struct fields *fields, unsigned place, const struct private_key *key)
{
    static const char *const names[] = { LEAF_NAME, "Lab Intermediate", "Lab Root", "Lab Root" };
    struct field_bytes *list = fields->list;
    memset(fields, 0, sizeof *fields);
    SET(&list[VERSION], "\xa0\x03\x02\x01\x02");
    SET(&list[SERIAL], "\x02\x02\x4c\x01");
    list[SERIAL].data[3] = (uint8_t)(1 + place);
    SET(&list[ALGORITHM], ECDSA_SHA256);
    SET(&fields->outer_algorithm, ECDSA_SHA256);
    set_name(&list[ISSUER], names[place + 1]);
    set_time(&list[NOT_BEFORE], LAB_NOW - 86400);
    set_time(&list[NOT_AFTER], LAB_NOW + 86400);
    set_name(&list[SUBJECT], names[place]);
    bool good = provider_openssl.private_key_public(key, list[KEY].data, FIELD_MAX,
        &list[KEY].length);
    assert(good);
    (void)good;
    if (place > 0) {
        SET(&list[EXTENSION], BASIC_CA);
        SET(&list[EXTENSION + 1], USAGE_CA);
    } else {
        SET(&list[EXTENSION], BASIC_NO_CA);
        SET(&list[EXTENSION + 1], USAGE_LEAF);
        SET(&list[EXTENSION + 2], SERVER);
        SET(&list[EXTENSION + 3], NAMES);
    }
}

/* ---- Changes of a kind that was seen, or could be ---- */

/* `field` EXTENSION: takes the place of the extension of the same OID, or is added. */
static const struct value {
    enum field field;
    const char *name;
    const char *data;
    size_t length;
} values[] = {
#define X(field, name, literal) { field, name, literal, sizeof(literal) - 1 },
#include "lab/values.def"
#undef X
};

static bool same_oid(const struct field_bytes *a, const struct value *value)
{
    hf_reader r[2] = { reader_of(a->data, a->length),
        reader_of((const uint8_t *)value->data, value->length) };
    hf_bytes oids[2] = { { NULL, 0 }, { NULL, 0 } };
    for (size_t i = 0; i < 2; i++) {
        hf_reader inner;
        if (!der_enter(&r[i], DER_SEQUENCE, "", &inner, NULL) ||
                !der_oid(&inner, "", &oids[i], NULL)) {
            return false;
        }
    }
    return bytes_equal_public(oids[0], oids[1]);
}

static void change_to(struct fields *fields, const struct value *value)
{
    size_t place = value->field;
    if (value->field == EXTENSION) {
        while (place < FIELDS - 1 && fields->list[place].length > 0 &&
                !same_oid(&fields->list[place], value)) {
            place++;
        }
    }
    set(&fields->list[place], value->data, value->length);
}

/* ---- Blind changes ---- */

enum blind { FLIP, BYTE, CUT, LENGTHEN, LEAVE_OUT, TWICE, EXCHANGE, OUTER_ALGORITHM, BLIND };

static size_t some_field(const struct fields *fields, struct chance *chance)
{
    size_t field;
    do {
        field = chance_below(chance, FIELDS);
    } while (fields->list[field].length == 0);
    return field;
}

/* Short lengths alone. */
static void resize(struct field_bytes *field, int by)
{
    if (field->length < 2 || field->length + 1 > FIELD_MAX || field->data[1] == 0 ||
            field->data[1] >= 0x7f) {
        return;
    }
    field->data[1] = (uint8_t)(field->data[1] + by);
    field->length = (size_t)((int)field->length + by);
}

static void change_blindly(struct fields *fields, struct chance *chance, char name[96])
{
    static const char *const words[BLIND] = { "bit", "byte", "cut", "longer", "left out", "twice",
        "exchanged", "outer algorithm" };
    size_t at = some_field(fields, chance);
    struct field_bytes *field = &fields->list[at];
    enum blind what = (enum blind)chance_below(chance, BLIND);
    size_t byte = chance_below(chance, (unsigned)field->length);
    (void)snprintf(name, 96, "field %zu byte %zu: %s", at, byte, words[what]);
    switch (what) {
    case FLIP:
        field->data[byte] = (uint8_t)(field->data[byte] ^ 1u << chance_below(chance, 8));
        break;
    case BYTE:
        field->data[byte] = (uint8_t)chance_below(chance, 256);
        break;
    case CUT:
        resize(field, -1);
        break;
    case LENGTHEN:
        resize(field, 1);
        break;
    case LEAVE_OUT:
        field->length = 0;
        break;
    case TWICE:
        if (fields->list[FIELDS - 1].length == 0) {
            fields->list[FIELDS - 1] = *field;
        }
        break;
    case EXCHANGE: {
        size_t other = some_field(fields, chance);
        struct field_bytes kept = *field;
        *field = fields->list[other];
        fields->list[other] = kept;
        break;
    }
    case OUTER_ALGORITHM:
        byte = chance_below(chance, (unsigned)fields->outer_algorithm.length);
        fields->outer_algorithm.data[byte] ^= 1;
        break;
    case BLIND:
        break;
    }
}

void fields_mutate(struct fields *fields, struct chance *chance, char name[96])
{
    if (chance_below(chance, 2) == 0) {
        change_blindly(fields, chance, name);
        return;
    }
    const struct value *value = &values[chance_below(chance, sizeof values / sizeof *values)];
    (void)snprintf(name, 96, "%s", value->name);
    change_to(fields, value);
}

/* ---- Signing ---- */

static void put(hf_builder *b, const struct field_bytes *field)
{
    build_bytes(b, bytes_of(field->data, field->length));
}

bool fields_sign(const struct fields *fields, const struct private_key *issuer, uint8_t *der,
    size_t capacity, size_t *length)
{
    const struct provider *provider = &provider_openssl;
    uint8_t signature[SIGNATURE_SIZE_MAX];
    size_t signature_length;
    hf_builder b = builder_of(der, capacity);
    size_t certificate = der_open(&b, DER_SEQUENCE);
    size_t begin = b.length;
    size_t tbs = der_open(&b, DER_SEQUENCE);
    for (size_t i = VERSION; i <= ISSUER; i++) {
        put(&b, &fields->list[i]);
    }
    size_t validity = der_open(&b, DER_SEQUENCE);
    put(&b, &fields->list[NOT_BEFORE]);
    put(&b, &fields->list[NOT_AFTER]);
    der_close(&b, validity);
    put(&b, &fields->list[SUBJECT]);
    put(&b, &fields->list[KEY]);
    size_t outer = der_open(&b, DER_CONTEXT_CONSTRUCTED + 3);
    size_t list = der_open(&b, DER_SEQUENCE);
    for (size_t i = EXTENSION; i < FIELDS; i++) {
        put(&b, &fields->list[i]);
    }
    der_close(&b, list);
    der_close(&b, outer);
    der_close(&b, tbs);
    if (b.failed || !provider->sign(issuer, provider->scheme(0x0403), bytes_of(der + begin,
            b.length - begin), signature, &signature_length)) {
        return false;
    }
    put(&b, &fields->outer_algorithm);
    der_put_bits(&b, bytes_of(signature, signature_length));
    der_close(&b, certificate);
    *length = b.length;
    return !b.failed;
}
