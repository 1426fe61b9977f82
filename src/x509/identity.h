/* Does a certificate speak for the identity that the user asked for? RFC 9525, 6. */
#ifndef X509_IDENTITY_H
#define X509_IDENTITY_H

#include "x509/path.h"

/* Matches subjectAltName only. `detail` says which entry matched, or which names there are, and
 * that a CN alone would have matched where that is so. */
bool identity_matches(const struct certificate *leaf, const struct identity *identity, char *detail,
    size_t capacity);

/* Whether a SAN pattern ("*.example.com") covers a DNS name; both in any case of letters. A
 * wildcard is the whole left-most label and covers exactly one. Also used to choose identities
 * by SNI. */
bool dns_pattern_matches(hf_bytes pattern, hf_bytes name);

/* What was asked for, in words; and a certificate's names, as many as fit and how many more. */
void identity_text(const struct identity *identity, char text[256]);
void certificate_names_text(const struct certificate *certificate, char *text, size_t capacity);

/* A DNS name fit for SNI and matching: letters, digits, '-', '_' and dots, labels of 1-63 bytes, at
 * most 253 in all, not an IPv4 address. */
bool dns_name_valid(hf_bytes name);

#endif
