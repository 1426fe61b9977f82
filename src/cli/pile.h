/* What `handfast cert` was given: certificates and private keys from files, and the chain that a
 * host sent; and the order in which the certificates sign one another. */
#ifndef CLI_PILE_H
#define CLI_PILE_H

#include "cli/fetch.h"
#include "x509/trust.h"

enum { PILE_CERTIFICATES_MAX = 1024, PILE_KEYS_MAX = 16, NONE_OF_PILE = -1 };

struct pile_certificate {
    const char *source;             /* the file or host */
    hf_bytes der;
    struct certificate certificate; /* when parsed */
    bool parsed;
};

struct pile_key {
    const char *source;
    uint8_t spki[SPKI_SIZE_MAX];    /* the public half */
    size_t spki_length;
    struct public_key key;          /* borrows spki */
    int bits;
    int certificate;                /* that it belongs to; NONE_OF_PILE */
};

struct pile {
    const char *passphrase;         /* of encrypted keys; "": none */
    struct pile_certificate *certificates;
    size_t count;
    size_t capacity;
    struct pile_key keys[PILE_KEYS_MAX];
    size_t key_count;
    uint8_t *ders[FILES_MAX + 1];   /* what the views above borrow */
    size_t ders_size[FILES_MAX + 1];
    size_t ders_count;
    size_t sources;                 /* files and hosts */
};

/* How the path from the leaf ends. */
enum path_end { END_MISSING, END_SELF_SIGNED, END_TRUSTED };

struct pile_path {
    int indices[CHAIN_MAX];         /* in the pile, leaf first */
    size_t count;                   /* 0: there is no certificate */
    enum path_end end;
    const struct certificate *root; /* END_TRUSTED, where the root is not of the pile */
};

/* Adds what a PEM or DER file holds. False: `error` names what is wrong with it; certificates that
 * cannot be parsed are kept, and are the error. */
bool pile_add_file(struct pile *pile, const char *path, struct hf_error *error);
bool pile_add_fetched(struct pile *pile, const struct fetched *fetched, const char *host,
    struct hf_error *error);
/* One private key. */
bool pile_load_key(const char *path, const char *passphrase, struct pile_key *key,
    struct hf_error *error);
/* The first certificate of the key; NONE_OF_PILE. */
int pile_find_key(const struct pile *pile, const struct pile_key *key);
/* Tells each key its certificate. */
void pile_match_keys(struct pile *pile);

/* The certificate that all is about: the first that is no CA's, else the first; NONE_OF_PILE. */
int pile_leaf(const struct pile *pile);

/* From the leaf upward by names and signatures alone, whatever else is wrong. `trust`: NULL, or
 * where the root may be. */
void pile_order(const struct pile *pile, const struct hf_trust *trust, int64_t now,
    struct pile_path *path);

void pile_end(struct pile *pile);

#endif
