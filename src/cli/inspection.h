/* What `handfast cert` found out, and how it is told. */
#ifndef CLI_INSPECTION_H
#define CLI_INSPECTION_H

#include "cli/evidence.h"
#include "cli/pile.h"

enum { DAY_S = 86400, WARN_DAYS = 30 };

enum remark { FINDING_EXPIRED, FINDING_NOT_YET_VALID, FINDING_EXPIRING, FINDING_UNORDERED,
    FINDING_SUPERFLUOUS, FINDING_WEAK_SIGNATURE, FINDINGS };

struct inspection {
    const struct options *options;
    struct setup setup;
    struct pile pile;
    struct pile_path path;
    int64_t now;
    bool has_host;
    struct fetched fetched;
    struct evidence evidence;
    bool verified;                 /* the checks below were made */
    hf_check checks[HF_CHECKS];    /* `certificate` counts in the pile */
    struct verification verification;
    bool has_match;
    struct pile_key match;         /* --match-key */
    struct hf_error error;         /* the first failure; code none */
};

/* Whether a certificate of the pile has this finding; `detail`: in words. */
bool finding_of(const struct inspection *inspection, enum remark finding, size_t index,
    char *detail, size_t capacity);
const char *finding_name(enum remark finding);

/* Whole days until the end, downward: -1 on the first day after it. */
int64_t days_left(const struct certificate *certificate, int64_t now);

/* Is the path in the pile's own order, as a server would send it? */
bool path_is_ordered(const struct pile_path *path);

/* handfast.cert/1. */
void inspection_json(struct text *out, const struct inspection *inspection, bool pretty);
/* For a person. */
void inspection_words(struct text *out, const struct inspection *inspection);

#endif
