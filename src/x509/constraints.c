/* Name constraints: see constraints.h. RFC 5280, 4.2.1.10: excluded subtrees forbid, and where
 * there are permitted ones of a name's type, one of them must hold it. A name whose form is
 * broken, or of a type that we cannot compare, violates any constraint on its type: what is not
 * understood is not allowed. Wildcards count as all that they may stand for. */
#include "x509/constraints.h"

#include <string.h>

#include "x509/identity.h"
#include "x509/name.h"

static bool fold_equal(hf_bytes a, hf_bytes b)
{
    bool equal = a.length == b.length;
    for (size_t i = 0; equal && i < a.length; i++) {
        uint8_t x = a.data[i];
        uint8_t y = b.data[i];
        x = x >= 'A' && x <= 'Z' ? (uint8_t)(x + 32) : x;
        y = y >= 'A' && y <= 'Z' ? (uint8_t)(y + 32) : y;
        equal = x == y;
    }
    return equal;
}

/* The last `length` bytes. */
static hf_bytes tail(hf_bytes s, size_t length)
{
    return bytes_of(s.data + (s.length - length), length);
}

static bool has_byte(hf_bytes s, uint8_t byte)
{
    return s.length > 0 && memchr(s.data, byte, s.length) != NULL;
}

/* `name` is `base` or has labels before it. */
static bool dns_within(hf_bytes name, hf_bytes base)
{
    if (base.length == 0) {
        return true;
    }
    return name.length >= base.length && fold_equal(tail(name, base.length), base) &&
        (name.length == base.length || name.data[name.length - base.length - 1] == '.');
}

static bool is_wildcard(hf_bytes name)
{
    return name.length > 2 && name.data[0] == '*' && name.data[1] == '.';
}

/* Whether a name (or anything that its wildcard stands for, `any`; or all of it) is in the
 * subtree. */
static bool dns_match(hf_bytes name, hf_bytes base, bool any)
{
    if (!is_wildcard(name)) {
        return dns_within(name, base);
    }
    hf_bytes rest = tail(name, name.length - 2);
    if (dns_within(rest, base)) {
        return true;
    }
    const uint8_t *dot = any && base.length > 0 ? memchr(base.data, '.', base.length) : NULL;
    return dot != NULL && fold_equal(rest, tail(base, base.length - (size_t)(dot - base.data) - 1));
}

static bool dns_form_good(hf_bytes name)
{
    return dns_name_valid(is_wildcard(name) ? tail(name, name.length - 2) : name);
}

static bool ip_match(hf_bytes ip, hf_bytes base)
{
    bool match = base.length == 2 * ip.length;
    for (size_t i = 0; match && i < ip.length; i++) {
        match = ((ip.data[i] ^ base.data[i]) & base.data[ip.length + i]) == 0;
    }
    return match;
}

/* ".example.com": hosts under it; "example.com": that host. */
static bool host_match(hf_bytes host, hf_bytes base)
{
    if (base.length > 0 && base.data[0] == '.') {
        return host.length > base.length && fold_equal(tail(host, base.length), base);
    }
    return fold_equal(host, base);
}

/* The part of a mailbox after its '@'; one '@' and no more, with something on both sides. */
static bool mailbox_host(hf_bytes mailbox, hf_bytes *host)
{
    const uint8_t *at = mailbox.length > 0 ? memchr(mailbox.data, '@', mailbox.length) : NULL;
    if (at == NULL || at == mailbox.data) {
        return false;
    }
    *host = tail(mailbox, mailbox.length - (size_t)(at - mailbox.data) - 1);
    return host->length > 0 && !has_byte(*host, '@');
}

static bool email_match(hf_bytes mailbox, hf_bytes base)
{
    hf_bytes host;
    hf_bytes base_host;
    TRY(mailbox_host(mailbox, &host));
    if (!has_byte(base, '@')) {
        return host_match(host, base);
    }
    TRY(mailbox_host(base, &base_host));
    /* The local part counts its case (RFC 5280, 7.5). */
    return fold_equal(host, base_host) &&
        bytes_equal_public(bytes_of(mailbox.data, mailbox.length - host.length),
            bytes_of(base.data, base.length - base_host.length));
}

/* scheme "://" [user "@"] host [":" port] …; false: without a host name (RFC 5280, 4.2.1.10:
 * refuse). */
static bool uri_host(hf_bytes uri, hf_bytes *host)
{
    size_t begin = 0;
    while (begin + 2 < uri.length && !(uri.data[begin] == ':' && uri.data[begin + 1] == '/' &&
            uri.data[begin + 2] == '/')) {
        begin++;
    }
    begin += 3;
    size_t end = begin;
    while (end < uri.length && strchr("/?#", uri.data[end]) == NULL) {
        begin = uri.data[end] == '@' ? end + 1 : begin;
        end++;
    }
    if (begin >= end) {
        return false;
    }
    *host = bytes_of(uri.data + begin, end - begin);
    const uint8_t *colon = memchr(host->data, ':', host->length);
    if (colon != NULL) {
        host->length = (size_t)(colon - host->data);
    }
    return dns_name_valid(*host);
}

/* Whether the name's own form is good enough to be compared. */
static bool form_good(const struct general_name *name)
{
    hf_bytes host;
    switch (name->type) {
    case GENERAL_DNS:
        return dns_form_good(name->value);
    case GENERAL_EMAIL:
        return mailbox_host(name->value, &host);
    case GENERAL_URI:
        return uri_host(name->value, &host);
    case GENERAL_IP:
    case GENERAL_DIRECTORY:
        return true;
    case GENERAL_OTHER:
    case GENERAL_X400:
    case GENERAL_EDI:
    case GENERAL_REGISTERED:
        break;
    }
    return false;
}

/* Whether the constraint's form is good; they are the CA's, and a broken one is obeyed by
 * nobody. */
static bool base_good(const struct general_name *base)
{
    hf_bytes v = base->value;
    if (v.length == 0 || base->type == GENERAL_IP || base->type == GENERAL_DIRECTORY) {
        return true;
    }
    if (base->type == GENERAL_DNS) {
        return dns_name_valid(v);
    }
    if (base->type == GENERAL_EMAIL && has_byte(v, '@')) {
        return mailbox_host(v, &v);
    }
    return dns_name_valid(v.data[0] == '.' ? tail(v, v.length - 1) : v);
}

static bool matches(const struct general_name *name, const struct general_name *base, bool any)
{
    hf_bytes host;
    switch (name->type) {
    case GENERAL_DNS:
        return dns_match(name->value, base->value, any);
    case GENERAL_IP:
        return ip_match(name->value, base->value);
    case GENERAL_EMAIL:
        return email_match(name->value, base->value);
    case GENERAL_URI:
        return uri_host(name->value, &host) && host_match(host, base->value);
    case GENERAL_DIRECTORY:
        return name_within(name->value, base->value);
    case GENERAL_OTHER:
    case GENERAL_X400:
    case GENERAL_EDI:
    case GENERAL_REGISTERED:
        break;
    }
    return false;
}

/* What one list of subtrees says of one name. */
struct verdict {
    bool concerned; /* it has subtrees of the name's type */
    bool matched;
    bool broken;    /* the name or a subtree of its type cannot be compared */
};

static bool consult(hf_reader *trees, const struct general_name *name, bool any,
    struct verdict *verdict, unsigned *budget)
{
    *verdict = (struct verdict){ false, false, false };
    while (!reader_done(trees)) {
        hf_reader tree;
        struct general_name base;
        TRY(*budget > 0);
        *budget -= 1;
        TRY(der_enter(trees, DER_SEQUENCE, "", &tree, NULL));
        TRY(general_name_read(&tree, "", true, &base, NULL));
        if (base.type != name->type) {
            continue;
        }
        verdict->concerned = true;
        verdict->broken = verdict->broken || !form_good(name) || !base_good(&base);
        verdict->matched = verdict->matched || matches(name, &base, any);
    }
    return true;
}

static bool name_allowed(hf_bytes constraints, const struct general_name *name, unsigned *budget,
    char *detail, size_t capacity)
{
    hf_reader r = reader_of_bytes(constraints);
    for (uint8_t tag = DER_CONTEXT_CONSTRUCTED; tag <= DER_CONTEXT_CONSTRUCTED + 1; tag++) {
        bool excluding = tag != DER_CONTEXT_CONSTRUCTED;
        hf_reader trees;
        struct verdict verdict;
        if (!der_next_is(&r, tag)) {
            continue;
        }
        TRY(der_enter(&r, tag, "", &trees, NULL));
        TRY(consult(&trees, name, excluding, &verdict, budget));
        if (verdict.concerned && (verdict.broken || verdict.matched == excluding)) {
            char shown[70];
            general_name_text(name, shown, sizeof shown);
            text_append(detail, capacity, "%s is %s", shown, excluding ?
                "excluded" : "outside of what is permitted");
            return false;
        }
    }
    return true;
}

/* RFC 5280, 4.2.1.10: without subjectAltName the subject's emailAddress is a mailbox. */
static bool subject_allowed(hf_bytes constraints, const struct certificate *below, unsigned *budget,
    char *detail, size_t capacity)
{
    struct general_name name = { GENERAL_DIRECTORY, below->subject };
    struct name_walk walk;
    struct attribute a;
    if (name_is_empty(below->subject)) {
        return true;
    }
    TRY(name_allowed(constraints, &name, budget, detail, capacity));
    name_begin(&walk, below->subject);
    while (!below->has_alternative_names && name_next(&walk, &a)) {
        if (bytes_equal_public(a.type, OID_EMAIL_ADDRESS)) {
            name = (struct general_name){ GENERAL_EMAIL, a.value };
            TRY(name_allowed(constraints, &name, budget, detail, capacity));
        }
    }
    return true;
}

bool constraints_allow(const struct certificate *ca, const struct certificate *below,
    unsigned *budget, char *detail, size_t capacity)
{
    detail[0] = '\0';
    if (ca->name_constraints.length == 0) {
        return true;
    }
    TRY(subject_allowed(ca->name_constraints, below, budget, detail, capacity));
    hf_reader names = reader_of_bytes(below->alternative_names);
    while (!reader_done(&names)) {
        struct general_name name;
        TRY(general_name_read(&names, "", false, &name, NULL));
        TRY(name_allowed(ca->name_constraints, &name, budget, detail, capacity));
    }
    return true;
}
