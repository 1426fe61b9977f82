/* A stapled OCSP response for identities of support/identities.h. */
#ifndef TESTS_REFUSE_STAPLED_H
#define TESTS_REFUSE_STAPLED_H

#include <stdint.h>

#include "handfast/handfast.h"

/* A well-formed response that says good, signed by nobody of note: for clients that verify
 * nothing. Sets the clock at which it is fresh. */
bool staple_something(hf_identity *identity, uint64_t *now_ms);

#endif
