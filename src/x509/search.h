/* Path building (RFC 5280, 6.1; RFC 4158): from a leaf to a trusted certificate, depth first,
 * without recursion, within budgets. path.c alone calls it. */
#ifndef X509_SEARCH_H
#define X509_SEARCH_H

#include "x509/path.h"

enum { PATH_MAX_CERTIFICATES = CHAIN_MAX + 2 };

/* Why no path was found: the failure of the path that got farthest. */
struct path_failure {
    unsigned rank; /* 0: none yet */
    enum reason reason;
    int certificate;
    const struct certificate *about; /* that one, of the store too */
    char detail[224];
    char offered[192];
    char required[192];
};

struct path_node {
    const struct certificate *certificate;
    int index;      /* in the chain given, or -1: from the store */
    unsigned phase; /* of the candidates for its issuer */
    size_t cursor;
    bool found;     /* a candidate of the right name and key identifier was seen */
};

struct signature_memo {
    const struct certificate *child;
    const struct certificate *parent;
    bool good;
};

enum { SIGNATURES_MAX = 64, STEPS_MAX = 32768, COMPARISONS_MAX = 65536 };

struct path_search {
    const struct verify_input *input;
    bool lenient;   /* overlook times and purposes, and note why paths fail */
    struct path_node nodes[PATH_MAX_CERTIFICATES];
    size_t depth;
    struct signature_memo memo[SIGNATURES_MAX];
    size_t signatures;
    unsigned steps;
    unsigned comparisons; /* of names with constraints: how many are left */
    bool exhausted;
    struct path_failure failure;
};

void path_search_begin(struct path_search *search, const struct verify_input *input);

/* Runs once from the leaf. True: nodes[0 .. depth - 1] is a path, the trusted certificate last. */
bool path_search_run(struct path_search *search, bool lenient);

/* The path so far: "leaf <- R11 <- ISRG Root X1". */
void path_text(const struct path_search *search, char *text, size_t capacity);

/* Whether a certificate's own times hold; NULL detail is fine. */
bool is_within(const struct certificate *certificate, int64_t now);

/* Whether an issuing certificate may stand above one for that purpose (its EKU, if any). */
bool serves_purpose(const struct certificate *certificate, enum purpose purpose);

/* Whether it is issued under its own name. */
bool is_self_issued(const struct certificate *certificate);

/* A key that is too weak, or that we cannot use. */
bool is_weak_key(const struct certificate *certificate);

/* "leaf" or the subject's short name in quotes. */
void certificate_title(const struct certificate *certificate, int index, char text[80]);

#endif
