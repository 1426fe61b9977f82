/* Walks extensions.def for every message: RFC 9846, 4.3. */
#include "handshake/extensions.h"

#include "handshake/handlers.h"

struct row {
    const char *name;
    extension_writer offer;
    extension_reader on_offer;
    extension_writer answer;
    extension_reader on_answer;
    extension_absence on_missing;
    unsigned where;
    uint16_t type;
};

static const struct row rows[] = {
#define X(name, type, where, offer, on_offer, answer, on_answer, on_missing) \
    { #name, offer, on_offer, answer, on_answer, on_missing, where, type },
#include "handshake/extensions.def"
#undef X
};

enum { ROWS = sizeof rows / sizeof *rows };
_Static_assert(ROWS <= 32, "rows are bits of hs->offered");

static const char *where_name(enum where where)
{
    switch (where) {
    case IN_CH: return "ClientHello";
    case IN_SH: case IN_SH12: return "ServerHello";
    case IN_HRR: return "HelloRetryRequest";
    case IN_EE: return "EncryptedExtensions";
    case IN_CR: return "CertificateRequest";
    case IN_CT: return "Certificate";
    case IN_NST: return "NewSessionTicket";
    case OFFERS: break;
    }
    return "?";
}

/* RFC 8701, 3.1: the first extension is empty, the last one is not. */
static void write_grease(struct hf_connection *c, enum where where, enum grease place,
    hf_builder *b)
{
    if (where == IN_CH && c->settings->grease) {
        size_t mark = extension_open(b, grease_value(c->hs, place));
        if (place == GREASE_LAST_EXTENSION) {
            build_u8(b, 0);
        }
        extension_close(b, mark);
    }
}

bool extensions_write(struct hf_connection *c, enum where where, hf_builder *b)
{
    size_t mark = build_open(b, 2);
    write_grease(c, where, GREASE_FIRST_EXTENSION, b);
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        extension_writer write = (where & OFFERS) != 0 ? row->offer : row->answer;
        bool unasked = where == IN_HRR && row->type == EXT_COOKIE; /* RFC 9846, 4.3 */
        bool asked = (where & OFFERS) != 0 || unasked || (c->hs->offered & 1U << i) != 0;
        if (row->type == EXT_PRE_SHARED_KEY) {
            write_grease(c, where, GREASE_LAST_EXTENSION, b); /* RFC 9846, 4.3.11 */
        }
        if ((row->where & (unsigned)where) == 0 || write == NULL || !asked) {
            continue;
        }
        size_t before = b->length;
        TRY(write(c, where, b));
        if ((where & OFFERS) != 0) {
            c->hs->offered &= ~(1U << i);
            c->hs->offered |= b->length > before ? 1U << i : 0U;
        }
    }
    build_close(b, 2, mark);
    return true;
}

/* What pass 1 finds: the body of each row's extension. */
struct found {
    hf_reader body[ROWS];
    uint32_t present; /* a bit for each row */
    uint16_t types[EXTENSIONS_MAX];
    size_t count;
};

static bool is_repeated(const struct found *found, uint16_t type)
{
    for (size_t i = 0; i < found->count; i++) {
        if (found->types[i] == type) {
            return true;
        }
    }
    return false;
}

static size_t row_of(uint16_t type)
{
    size_t i = 0;
    while (i < ROWS && rows[i].type != type) {
        i++;
    }
    return i;
}

void extension_mark(struct hf_connection *c, uint16_t type)
{
    c->hs->offered |= 1U << row_of(type);
}

bool extension_stands(const struct hf_connection *c, uint16_t type)
{
    return (c->hs->standing & 1U << row_of(type)) != 0;
}

/* Each once, and pre_shared_key last (RFC 9846, 4.3 and 4.3.11). For what stands twice no alert is
 * laid down; deployed stacks send decode_error where most extensions stand. */
static bool take_types(struct hf_connection *c, enum where where, struct found *found,
    hf_reader list)
{
    struct extension extension;
    int more;
    while ((more = extension_next(&list, &extension, &c->error)) == 1) {
        const char *name = extension_name(extension.type);
        size_t offset = reader_offset(&extension.body) - 4;
        if (is_repeated(found, extension.type)) {
            enum reason reason = (where & (IN_CH | IN_SH | IN_SH12 | IN_EE)) != 0
                ? ERR_repeated_extension
                : ERR_duplicate_extension;
            return fail_at(&c->error, reason, name, offset, "%s stands twice in %s", name,
                where_name(where));
        }
        if (found->count == EXTENSIONS_MAX) {
            return fail_at(&c->error, ERR_decode_error, "extensions", offset,
                "more than %d of them", EXTENSIONS_MAX);
        }
        if (where == IN_CH && found->count > 0 &&
            found->types[found->count - 1] == EXT_PRE_SHARED_KEY) {
            return fail_at(&c->error, ERR_illegal_parameter, "pre_shared_key", offset,
                "%s stands behind it, and it must be last", name);
        }
        found->types[found->count++] = extension.type;
    }
    return more == 0;
}

/* Of one extension: may it stand here, and was it asked for? RFC 9846, 4.3. */
static bool admit(struct hf_connection *c, enum where where, struct found *found,
    const struct extension *extension)
{
    uint16_t type = extension->type;
    const char *name = extension_name(type);
    size_t offset = reader_offset(&extension->body) - 4;
    size_t i = row_of(type);
    bool answers = (where & (IN_SH | IN_SH12 | IN_HRR | IN_EE | IN_CT)) != 0;
    bool unasked_cookie = where == IN_HRR && type == EXT_COOKIE;
    if (answers && !unasked_cookie && (i == ROWS || (c->hs->offered & 1U << i) == 0)) {
        return fail_at(&c->error, ERR_unsolicited_extension, name, offset,
            "%s (%u) in %s answers nothing that we sent", name, type, where_name(where));
    }
    if (i == ROWS || where == IN_NST) {
        return true; /* unknown in an offer or a ticket: ignored */
    }
    if ((rows[i].where & (unsigned)where) == 0) {
        return fail_at(&c->error, ERR_misplaced_extension, name, offset, "%s stands in %s", name,
            where_name(where));
    }
    found->body[i] = extension->body;
    found->present |= 1U << i;
    return true;
}

bool extensions_read(struct hf_connection *c, enum where where, hf_bytes block)
{
    struct found found;
    found.count = 0;
    found.present = 0;
    hf_reader list = reader_within(&c->in, block);
    TRY(take_types(c, where, &found, list));
    struct extension extension;
    while (extension_next(&list, &extension, &c->error) == 1) {
        TRY(admit(c, where, &found, &extension));
    }
    if (where == IN_NST) {
        return true; /* nothing in a ticket is of use yet; the handshake may be gone */
    }
    c->hs->standing = found.present;
    for (size_t i = 0; i < ROWS; i++) {
        const struct row *row = &rows[i];
        extension_reader read = (where & OFFERS) != 0 ? row->on_offer : row->on_answer;
        if ((found.present & 1U << i) != 0) {
            c->hs->offered |= where == IN_CH ? 1U << i : 0U;
            TRY(read == NULL || read(c, where, &found.body[i]));
        } else if ((row->where & (unsigned)where) != 0 && row->on_missing != NULL) {
            TRY(row->on_missing(c, where));
        }
    }
    return true;
}
