/* One signature of the PKI: of a certificate, a CRL or an OCSP response, under a key of a
 * certificate. */
#ifndef X509_SIGNATURE_H
#define X509_SIGNATURE_H

#include "x509/certificate.h"
#include "x509/memo.h"

struct signed_bytes {
    const struct signature_scheme *scheme; /* NULL: unknown or weak; never good */
    hf_bytes message;
    hf_bytes signature;
};

/* Whether keys of that type make signatures of that scheme: any curve goes with any ECDSA; a
 * RSASSA-PSS key that names its hash with that hash alone (RFC 4055, 3.3). */
bool key_fits_scheme(const struct public_key *key, const struct signature_scheme *scheme);

/* `memo` may be NULL. */
bool signature_verify(const struct provider *provider, struct hf_memo *memo,
    const struct signed_bytes *signed_bytes, const struct certificate *signer);

#endif
