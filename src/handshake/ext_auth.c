/* Extensions of authentication: signature_algorithms and its _cert (RFC 9846, 4.3.3), and
 * certificate_authorities (4.3.4). */
#include "handshake/handlers.h"

WRITER(offer_schemes)
{
    uint16_t codes[SCHEMES_MAX + 1];
    size_t count = 0;
    if (c->settings->grease && where == IN_CH) {
        codes[count++] = grease_value(c->hs, GREASE_SCHEME);
    }
    for (size_t i = 0; i < c->settings->scheme_count; i++) {
        codes[count++] = c->settings->schemes[i]->id;
    }
    code_list_build(b, EXT_SIGNATURE_ALGORITHMS, codes, count);
    return true;
}

READER(on_schemes)
{
    (void)where;
    return code_list_parse(body, "signature_algorithms", &c->hs->peer_schemes, &c->error);
}

READER(on_schemes_cert)
{
    (void)where;
    hf_bytes list; /* a hint for which chain to send, when there are several; it must parse */
    return code_list_parse(body, "signature_algorithms_cert", &list, &c->error);
}

/* RFC 9846, 9.2 and 4.4.2. */
ABSENCE(missing_schemes)
{
    if (where == IN_CH && !chooses_tls13(c)) {
        return true; /* not a 1.3 hello: choose_version tells */
    }
    if (where == IN_CH && extension_stands(c, EXT_PRE_SHARED_KEY)) {
        return true; /* choose_psk tells, when certificates are needed after all */
    }
    return fail_at(&c->error, ERR_missing_extension, "signature_algorithms", SIZE_MAX,
        "%s without signature_algorithms", where == IN_CH ? "ClientHello" : "CertificateRequest");
}

/* RFC 9846, 4.3.4: the subjects of the roots that client certificates may lead to. */
WRITER(offer_authorities)
{
    const struct settings *s = c->settings;
    if (where == IN_CR && s->ca_names_size > 0) {
        size_t mark = extension_open(b, EXT_CERTIFICATE_AUTHORITIES);
        size_t inner = build_open(b, 2);
        for (size_t i = 0; i < trust_count(s->trust); i++) {
            build_vector16(b, trust_at(s->trust, i)->subject);
        }
        build_close(b, 2, inner);
        extension_close(b, mark);
    }
    return true;
}

READER(on_authorities)
{
    (void)where;
    return authorities_parse(body, &c->hs->peer_authorities, &c->error);
}

/* RFC 9846, 4.3.6. As a server we never ask after the handshake; it must be empty all the same. */
WRITER(offer_post_auth)
{
    if (where == IN_CH && c->settings->post_auth) {
        extension_close(b, extension_open(b, EXT_POST_HANDSHAKE_AUTH));
    }
    return true;
}

READER(on_post_auth)
{
    (void)where;
    return empty_parse(body, "post_handshake_auth", &c->error);
}
