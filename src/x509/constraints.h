/* Name constraints (RFC 5280, 4.2.1.10): may a CA's subtree hold a certificate's names? */
#ifndef X509_CONSTRAINTS_H
#define X509_CONSTRAINTS_H

#include "x509/certificate.h"

/* Checks every name of `below` against the constraints of `ca`. Each comparison takes one from
 * `budget`; when it runs out the answer is false and `budget` is 0. False: `detail` says which
 * name. */
bool constraints_allow(const struct certificate *ca, const struct certificate *below,
    unsigned *budget, char *detail, size_t capacity);

#endif
