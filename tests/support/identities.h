/* Identities for every kind of signature, made on the spot from fixed keys: root -> intermediate ->
 * leaf, valid from 2020 to 2120. The root and the intermediate sign with Ed25519, so that the same
 * certificates come out each time. */
#ifndef TESTS_IDENTITIES_H
#define TESTS_IDENTITIES_H

#include "handfast/handfast.h"

enum identity_kind { KIND_P256, KIND_P384, KIND_P521, KIND_RSA, KIND_RSA_PSS, KIND_ED25519,
    KIND_ED448,
    KINDS };

enum { IDENTITY_PEM = 8192 };

/* The chain (leaf, intermediate) as PEM for the names, comma separated; false: it failed. */
bool identity_chain(enum identity_kind kind, const char *names, char pem[IDENTITY_PEM]);
/* The private key as PEM. */
const char *identity_key(enum identity_kind kind);
/* Both together; NULL: it failed. */
hf_identity *identity_of_kind(enum identity_kind kind, const char *names);
/* The same without its key. */
hf_identity *identity_external(enum identity_kind kind, const char *names);

/* A store with the root alone; NULL: it failed. */
hf_trust *identity_trust(void);

/* "P-256". */
const char *identity_kind_name(enum identity_kind kind);

#endif
