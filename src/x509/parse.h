/* The parts of certificate_parse that live in files of their own. */
#ifndef X509_PARSE_H
#define X509_PARSE_H

#include "x509/certificate.h"
#include "x509/der.h"

/* What an AlgorithmIdentifier of a signature means (RFC 5280, 4.1.1.2; RFC 4055; RFC 8410; RFC
 * 5758). An algorithm that is not known gives scheme NULL, weak false and the name "". */
struct algorithm {
    const struct signature_scheme *scheme;
    bool weak;
    const char *name;
};

bool algorithm_parse(hf_reader *r, const char *field, const struct provider *provider,
    struct algorithm *algorithm, hf_bytes *whole, struct hf_error *error);

/* Extensions (RFC 5280, 4.2): `r` stands at the SEQUENCE within [3]. */
bool extensions_parse(hf_reader *r, struct certificate *certificate, struct hf_error *error);

#endif
