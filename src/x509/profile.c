/* Profiles: see profile.h. Each rule bears its section; RFC 5280's hold for both strict profiles,
 * those of the Baseline Requirements (BR, CA/Browser Forum) for PROFILE_WEB alone. The parser has
 * refused already whatever breaks the form. */
#include "x509/profile.h"

#include <string.h>

#include "x509/identity.h"
#include "x509/name.h"

struct view {
    const struct certificate *certificate;
    enum place place;
};

static bool lacks(const struct certificate *c, unsigned bit)
{
    return (c->present & bit) == 0;
}

static bool not_critical(const struct certificate *c, unsigned bit)
{
    return (c->present & bit) != 0 && (c->critical & bit) == 0;
}

/* ---- RFC 5280 ---- */

static bool no_authority_key_id(const struct view *v)
{
    return v->place != PLACE_ROOT && v->certificate->authority_key_id.length == 0;
}

static bool no_subject_key_id(const struct view *v)
{
    return v->place != PLACE_LEAF && v->certificate->subject_key_id.length == 0;
}

static bool loose_basic_constraints(const struct view *v)
{
    return v->place != PLACE_LEAF && not_critical(v->certificate, HAS_BASIC_CONSTRAINTS);
}

static bool old_version(const struct view *v)
{
    return v->certificate->version != 3;
}

static bool zero_serial(const struct view *v)
{
    return v->place != PLACE_ROOT && v->certificate->serial.length == 1 &&
        v->certificate->serial.data[0] == 0;
}

static bool loose_policy_rules(const struct view *v)
{
    return not_critical(v->certificate, HAS_POLICY_CONSTRAINTS) ||
        not_critical(v->certificate, HAS_INHIBIT_ANY_POLICY);
}

static bool loose_names_alone(const struct view *v)
{
    return name_is_empty(v->certificate->subject) &&
        (v->certificate->critical & HAS_ALTERNATIVE_NAMES) == 0;
}

static bool policy_twice(const struct view *v)
{
    hf_bytes list = v->certificate->policies;
    hf_bytes seen[32];
    size_t count = 0;
    hf_reader r = reader_of_bytes(list);
    while (!reader_done(&r) && count < 32) {
        hf_reader information;
        hf_bytes oid;
        if (!der_enter(&r, DER_SEQUENCE, "", &information, NULL) ||
                !der_oid(&information, "", &oid, NULL)) {
            return true;
        }
        for (size_t i = 0; i < count; i++) {
            if (bytes_equal_public(seen[i], oid)) {
                return true;
            }
        }
        seen[count++] = oid;
    }
    return false;
}

static bool loose_name_constraints(const struct view *v)
{
    return not_critical(v->certificate, HAS_NAME_CONSTRAINTS);
}

/* ---- Baseline Requirements ---- */

static bool authority_by_certificate(const struct view *v)
{
    return v->certificate->authority_key_id_names_certificate;
}

static bool root_of_another(const struct view *v)
{
    const struct certificate *c = v->certificate;
    return v->place == PLACE_ROOT && !lacks(c, HAS_AUTHORITY_KEY_ID) &&
        !bytes_equal_public(c->authority_key_id, c->subject_key_id);
}

static bool root_purposes(const struct view *v)
{
    return v->place == PLACE_ROOT && v->certificate->has_extended_key_usage;
}

static bool leaf_purposes(const struct view *v)
{
    const struct certificate *c = v->certificate;
    return v->place == PLACE_LEAF && (!c->has_extended_key_usage ||
        (c->purposes & PURPOSE_ANY) != 0 || (c->critical & HAS_PURPOSES) != 0);
}

static bool leaf_is_ca(const struct view *v)
{
    return v->place == PLACE_LEAF && v->certificate->is_ca;
}

static bool names_critical(const struct view *v)
{
    return v->place == PLACE_LEAF && !name_is_empty(v->certificate->subject) &&
        (v->certificate->critical & HAS_ALTERNATIVE_NAMES) != 0;
}

static bool odd_modulus(const struct view *v)
{
    enum key_type type = v->certificate->key.type;
    return (type == KEY_RSA || type == KEY_RSA_PSS) && v->certificate->key_bits % 8 != 0;
}

static bool other_key(const struct view *v)
{
    enum key_type type = v->certificate->key.type;
    return type == KEY_ED25519 || type == KEY_ED448 || is_mldsa(type);
}

/* Whether a value is a copy of one of the names, in the one text that an address has; the domain of
 * a wildcard is borne, since CAs have long written it so. */
static bool is_among_names(const struct certificate *c, hf_bytes value)
{
    hf_reader names = reader_of_bytes(c->alternative_names);
    struct general_name name;
    while (!reader_done(&names) && general_name_read(&names, "", false, &name, NULL)) {
        char text[48];
        hf_bytes dns = name.value;
        bool wildcard = dns.length > 2 && dns.data[0] == '*' && dns.data[1] == '.';
        if (name.type == GENERAL_DNS && (bytes_equal_public(dns, value) || (wildcard &&
                bytes_equal_public(bytes_of(dns.data + 2, dns.length - 2), value)))) {
            return true;
        }
        if (name.type == GENERAL_IP) {
            ip_text(name.value, text);
            if (bytes_equal_public(bytes_of(text, strlen(text)), value)) {
                return true;
            }
        }
    }
    return false;
}

static bool common_name_alone(const struct view *v)
{
    struct name_walk walk;
    struct attribute a;
    name_begin(&walk, v->certificate->subject);
    while (v->place == PLACE_LEAF && name_next(&walk, &a)) {
        if (bytes_equal_public(a.type, OID_COMMON_NAME) &&
                !is_among_names(v->certificate, a.value)) {
            return true;
        }
    }
    return false;
}

/* ---- The list ---- */

#define BIT(profile) (1u << (profile))

static const struct rule {
    unsigned profiles;
    bool (*broken)(const struct view *view);
    const char *words;
} rules[] = {
#define BOTH (BIT(PROFILE_RFC5280) | BIT(PROFILE_WEB))
    { BOTH, old_version, "is not of version 3 (RFC 5280, 4.1.2.1)" },
    { BOTH, zero_serial, "has the serial number zero (RFC 5280, 4.1.2.2)" },
    { BOTH, no_authority_key_id, "has no authorityKeyIdentifier (RFC 5280, 4.2.1.1)" },
    { BOTH, no_subject_key_id, "is a CA without subjectKeyIdentifier (RFC 5280, 4.2.1.2)" },
    { BOTH, policy_twice, "names a certificate policy twice (RFC 5280, 4.2.1.4)" },
    { BOTH, loose_names_alone,
        "has no subject, yet its subjectAltName is not critical (RFC 5280, 4.2.1.6)" },
    { BOTH, loose_basic_constraints,
        "is a CA whose basicConstraints are not critical (RFC 5280, 4.2.1.9)" },
    { BOTH, loose_policy_rules, "has policyConstraints or inhibitAnyPolicy that are not critical"
        " (RFC 5280, 4.2.1.11, 4.2.1.14)" },
    { BIT(PROFILE_RFC5280), loose_name_constraints,
        "has nameConstraints that are not critical (RFC 5280, 4.2.1.10)" },
#undef BOTH
    { BIT(PROFILE_WEB), authority_by_certificate,
        "names its issuer's certificate in authorityKeyIdentifier (BR, 7.1.2.11.1)" },
    { BIT(PROFILE_WEB), root_of_another,
        "is a root whose authorityKeyIdentifier is not its own (BR, 7.1.2.1.3)" },
    { BIT(PROFILE_WEB), root_purposes, "is a root with extKeyUsage (BR, 7.1.2.1.2)" },
    { BIT(PROFILE_WEB), leaf_purposes,
        "has no extKeyUsage, or a critical or unbounded one (BR, 7.1.2.7.10)" },
    { BIT(PROFILE_WEB), leaf_is_ca, "is a CA (BR, 7.1.2.7.8)" },
    { BIT(PROFILE_WEB), names_critical,
        "has a subject, yet its subjectAltName is critical (BR, 7.1.2.7.12)" },
    { BIT(PROFILE_WEB), common_name_alone,
        "has a common name that is not a copy of one of its names (BR, 7.1.4.3)" },
    { BIT(PROFILE_WEB), odd_modulus,
        "has an RSA key whose length is not a multiple of 8 bits (BR, 6.1.5)" },
    { BIT(PROFILE_WEB), other_key, "has a key that is neither RSA nor ECDSA (BR, 7.1.3.1)" },
};

bool profile_allows(const struct certificate *certificate, enum place place, enum profile profile,
    char *why, size_t capacity)
{
    const struct view view = { certificate, place };
    why[0] = '\0';
    for (size_t i = 0; profile != PROFILE_DEPLOYED && i < sizeof rules / sizeof *rules; i++) {
        if ((rules[i].profiles & BIT(profile)) != 0 && rules[i].broken(&view)) {
            text_append(why, capacity, "%s", rules[i].words);
            return false;
        }
    }
    return true;
}
