/* General names (RFC 5280, 4.2.1.6) and their words; see name.h. IP texts: RFC 5952. */
#include <stdio.h>
#include <string.h>

#include "x509/certificate.h"
#include "x509/name.h"

/* RFC 5280, 4.2.1.6: 4 or 16 bytes; 4.2.1.10: 8 or 32, address and mask, and the mask has no
 * holes. */
static bool check_ip(const hf_reader *at, const char *field, bool constraint, hf_bytes value,
    struct hf_error *error)
{
    size_t size = constraint ? value.length / 2 : value.length;
    if ((size != 4 && size != 16) || (constraint && value.length % 2 != 0)) {
        return fail_at(error, ERR_malformed_certificate, field, reader_offset(at),
            "an iPAddress in %s has %zu bytes", field, value.length);
    }
    bool ended = false;
    for (size_t i = size * 8; constraint && i < size * 16; i++) {
        bool bit = (value.data[i / 8] >> (7 - i % 8) & 1) != 0;
        if (bit && ended) {
            return fail_at(error, ERR_malformed_certificate, field, reader_offset(at),
                "the mask of an iPAddress in %s has holes (RFC 4632)", field);
        }
        ended = !bit;
    }
    return true;
}

bool general_name_read(hf_reader *r, const char *field, bool constraint, struct general_name *name,
    struct hf_error *error)
{
    hf_reader start = *r;
    struct der_element e;
    TRY(der_any(r, field, &e, error));
    unsigned number = e.tag & 0x1fu;
    bool constructed = number == GENERAL_OTHER || number == GENERAL_X400 ||
        number == GENERAL_DIRECTORY || number == GENERAL_EDI;
    if (number > GENERAL_REGISTERED ||
            e.tag != (constructed ? DER_CONTEXT_CONSTRUCTED : DER_CONTEXT) + number) {
        return fail_at(error, ERR_malformed_certificate, field, reader_offset(&start),
            "%s holds something with the tag 0x%02x where a GeneralName should be", field, e.tag);
    }
    name->type = (enum general_type)number;
    name->value = e.contents;
    hf_reader inner = reader_within(r, e.contents);
    if (name->type == GENERAL_DIRECTORY) {
        TRY(name_read(&inner, field, &name->value, error));
        return der_end(&inner, field, error);
    }
    if (name->type == GENERAL_IP) {
        return check_ip(&start, field, constraint, e.contents, error);
    }
    if (name->type == GENERAL_DNS || name->type == GENERAL_EMAIL || name->type == GENERAL_URI) {
        /* RFC 5280, 4.2.1.6: IA5String */
        for (size_t i = 0; i < e.contents.length; i++) {
            if (e.contents.data[i] >= 0x80) {
                return fail_at(error, ERR_malformed_certificate, field, reader_offset(&inner) + i,
                    "a name in %s holds bytes that are not ASCII", field);
            }
        }
    }
    return true;
}

void ip_text(hf_bytes ip, char text[48])
{
    text[0] = '\0';
    if (ip.length == 4) {
        (void)snprintf(text, 48, "%u.%u.%u.%u", ip.data[0], ip.data[1], ip.data[2], ip.data[3]);
        return;
    }
    if (ip.length != 16) {
        (void)snprintf(text, 48, "(%zu bytes)", ip.length);
        return;
    }
    unsigned words[8];
    size_t best = 8;
    size_t best_length = 1; /* RFC 5952, 4.2.2: one zero alone is not shortened */
    for (size_t i = 0; i < 8; i++) {
        words[i] = (unsigned)(ip.data[2 * i] << 8 | ip.data[2 * i + 1]);
    }
    for (size_t i = 0; i < 8; i++) {
        size_t run = 0;
        while (i + run < 8 && words[i + run] == 0) {
            run++;
        }
        if (run > best_length) {
            best = i;
            best_length = run;
        }
    }
    for (size_t i = 0; i < 8;) {
        if (i == best) {
            text_append(text, 48, "::");
            i += best_length;
            continue;
        }
        bool joint = i > 0 && i != best + best_length;
        text_append(text, 48, "%s%x", joint ? ":" : "", words[i]);
        i++;
    }
}

/* "192.0.2.0/24", or the bare address when there is no mask. */
static void append_ip(char *text, size_t capacity, hf_bytes value)
{
    char address[48];
    bool masked = value.length == 8 || value.length == 32;
    ip_text(masked ? bytes_of(value.data, value.length / 2) : value, address);
    text_append(text, capacity, "%s", address);
    if (masked) {
        unsigned bits = 0;
        for (size_t i = value.length / 2; i < value.length; i++) {
            for (unsigned byte = value.data[i]; byte != 0; byte = (byte << 1) & 0xff) {
                bits++;
            }
        }
        text_append(text, capacity, "/%u", bits);
    }
}

void general_name_text(const struct general_name *name, char *text, size_t capacity)
{
    char inner[256];
    text[0] = '\0';
    switch (name->type) {
    case GENERAL_DNS:
        text_append_safe(text, capacity, name->value);
        break;
    case GENERAL_IP:
        append_ip(text, capacity, name->value);
        break;
    case GENERAL_EMAIL:
        text_append(text, capacity, "mail:");
        text_append_safe(text, capacity, name->value);
        break;
    case GENERAL_URI:
        text_append(text, capacity, "uri:");
        text_append_safe(text, capacity, name->value);
        break;
    case GENERAL_DIRECTORY:
        name_text(name->value, inner, sizeof inner);
        text_append(text, capacity, "dir:");
        text_append_safe(text, capacity, bytes_of(inner, strlen(inner)));
        break;
    case GENERAL_REGISTERED:
        der_oid_text(name->value, inner, sizeof inner);
        text_append(text, capacity, "oid:%s", inner);
        break;
    case GENERAL_OTHER:
    case GENERAL_X400:
    case GENERAL_EDI:
        text_append(text, capacity, name->type == GENERAL_OTHER ? "othername" :
            name->type == GENERAL_X400 ? "x400" : "edi");
        break;
    }
}

bool alternative_name_text(const struct certificate *certificate, size_t *position, char *text,
    size_t capacity)
{
    hf_bytes names = certificate->alternative_names;
    if (*position >= names.length) {
        return false;
    }
    hf_reader r = reader_of(names.data, names.length);
    r.at += *position;
    struct general_name name;
    TRY(general_name_read(&r, "subjectAltName", false, &name, NULL));
    *position = reader_offset(&r);
    general_name_text(&name, text, capacity);
    return true;
}

/* RFC 5280, 4.2.2.1 */
bool information_access_text(const struct certificate *certificate, bool ocsp, char *text,
    size_t capacity)
{
    hf_bytes wanted = ocsp ? OID("\x2b\x06\x01\x05\x05\x07\x30\x01") :
        OID("\x2b\x06\x01\x05\x05\x07\x30\x02");
    hf_reader r = reader_of_bytes(certificate->information_access);
    text[0] = '\0';
    while (!reader_done(&r)) {
        hf_reader description;
        hf_bytes method;
        struct general_name where;
        TRY(der_enter(&r, DER_SEQUENCE, "", &description, NULL));
        TRY(der_oid(&description, "", &method, NULL));
        TRY(general_name_read(&description, "", false, &where, NULL));
        if (bytes_equal_public(method, wanted) && where.type == GENERAL_URI) {
            text_append_safe(text, capacity, where.value);
            return true;
        }
    }
    return false;
}
