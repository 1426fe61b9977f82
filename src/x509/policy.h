/* Certificate policies (RFC 5280, 6.1, with the graph of RFC 9618 in place of the tree). */
#ifndef X509_POLICY_H
#define X509_POLICY_H

#include "x509/path.h"

/* `path`: the leaf first, the trusted certificate last, which says nothing itself. False: `why`. */
bool policies_allow(const struct verify_input *input, const struct certificate *const *path,
    size_t length, char *why, size_t capacity);

#endif
