/* Extensions of authentication: signature_algorithms and its _cert (RFC 9846, 4.3.3), and
 * certificate_authorities (4.3.4). */
#include "handshake/extensions.h"

WRITER(offer_schemes)
{
    (void)where;
    uint16_t codes[SCHEMES_MAX];
    for (size_t i = 0; i < c->settings->scheme_count; i++) {
        codes[i] = c->settings->schemes[i]->id;
    }
    code_list_build(b, EXT_SIGNATURE_ALGORITHMS, codes, c->settings->scheme_count);
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
    return code_list_parse(body, "signature_algorithms_cert", &c->hs->peer_schemes_cert, &c->error);
}

/* RFC 9846, 9.2 and 4.4.2. */
ABSENCE(missing_schemes)
{
    if (where == IN_CH && c->hs->peer_versions.length == 0) {
        return true; /* not a 1.3 hello: choose_version tells */
    }
    return fail_at(&c->error, ERR_missing_extension, "signature_algorithms", SIZE_MAX,
        "%s without signature_algorithms", where == IN_CH ? "ClientHello" : "CertificateRequest");
}

/* RFC 9846, 4.3.4: names of CAs are a hint that we do not need yet; they must parse. */
READER(on_authorities)
{
    (void)where;
    hf_bytes list;
    return authorities_parse(body, &list, &c->error);
}
