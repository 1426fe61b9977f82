/* What would mend a failed verification, in words with this certificate's own values. */
#ifndef X509_FIX_H
#define X509_FIX_H

#include "x509/path.h"

/* "" when nothing failed. Cut at capacity, terminated. */
void verification_fix(const struct verify_input *input, const struct hf_error *error, char *text,
    size_t capacity);

#endif
