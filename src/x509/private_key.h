/* Private keys in files: PEM of PKCS#8, PKCS#1 and SEC1, encrypted or not; and who may read
 * them. */
#ifndef X509_PRIVATE_KEY_H
#define X509_PRIVATE_KEY_H

#include "base/error.h"
#include "crypto/provider.h"

/* Whether a PEM label is that of a private key. */
bool is_private_key_label(hf_bytes label);

/* The key of the block of `text` that pem_next just gave. `passphrase` of length 0: none is known.
 * NULL: bad_private_key, passphrase_missing, wrong_passphrase. The caller wipes what it gave. */
struct private_key *private_key_of_block(const struct provider *provider, const hf_reader *text,
    hf_bytes label, hf_bytes der, hf_bytes passphrase, struct hf_error *error);

/* The first private key of a PEM text; its working memory is wiped. NULL: as above, or
 * out_of_memory. */
struct private_key *private_key_of_pem(const struct provider *provider, hf_bytes pem,
    hf_bytes passphrase, struct hf_error *error);

/* Whether others than the owner of a key's file may read or write it: for anybody's file mode 0600
 * at most, for root's 0640, since systems keep a group of those who may read root's keys. `*mode`
 * gets the permissions. A file that is not there, or is no plain file, is not exposed. */
bool key_file_is_exposed(const char *path, unsigned *mode);

#endif
