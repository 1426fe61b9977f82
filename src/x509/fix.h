/* What would mend a failed verification, in words with this certificate's own values. */
#ifndef X509_FIX_H
#define X509_FIX_H

#include "x509/path.h"

/* Fills the remedy of an error whose reason is set: `about` is the certificate to blame. */
void verification_fix(const struct verify_input *input, const struct certificate *about,
    struct hf_error *error);

#endif
