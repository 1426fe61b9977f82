/* International domain names as A-labels ("xn--…"), by libidn2. Nothing else of the project calls
 * it. */
#ifndef X509_IDN_H
#define X509_IDN_H

#include "base/error.h"

enum { IDN_SIZE = 256 };

/* Writes `text` (UTF-8, terminated) to `out`. One that is ASCII stays as it is; in any other,
 * labels that are not ASCII become A-labels, for looking up (RFC 5891, 5): ASCII capitals are
 * lowered and the text is brought to NFC; no other letter is changed, so that a name means what it
 * shows. False: bad_configuration (too long, or the error names the rule that is broken), or
 * out_of_memory. */
bool idn_to_ascii(const char *text, char out[IDN_SIZE], struct hf_error *error);

#endif
