/* What RFC 5280 and the CA/Browser Forum's Baseline Requirements ask of certificates beyond what
 * decides whether a path holds: see docs/x509-policy.md. */
#ifndef X509_PROFILE_H
#define X509_PROFILE_H

#include "x509/path.h"

/* Of the trusted ones a root is signed by itself and an anchor by somebody else. */
enum place { PLACE_LEAF, PLACE_INTERMEDIATE, PLACE_ANCHOR, PLACE_ROOT };

/* False: `why` says how the certificate breaks the profile ("has no …"), with the section. */
bool profile_allows(const struct certificate *certificate, enum place place, enum profile profile,
    char *why, size_t capacity);

#endif
