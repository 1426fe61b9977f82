/* From an hf_error to the failure record of the reports: what, where, who, offered, required, the
 * likely cause and the fix. */
#ifndef OBSERVE_DIAGNOSE_H
#define OBSERVE_DIAGNOSE_H

#include "observe/collector.h"
#include "observe/json.h"

enum { OFFER_TEXT = 512, CAUSE_TEXT = 512 };

struct diagnosis {
    const hf_error *error;
    const char *code;          /* "certificate_expired" */
    int exit_code;
    const char *stage;         /* "WAIT_CERT", or "DNS", "TCP"; "" unknown */
    const char *message;       /* "Certificate"; "" none */
    const char *who;           /* "we", "peer", "network" */
    const char *alert;         /* NULL: none */
    char offered[OFFER_TEXT];  /* "" unknown */
    const char *required;
    char cause[CAUSE_TEXT];
    const char *confidence;    /* "certain", "likely", "possible" */
    const char *fix;
};

/* `collector` (may be NULL) knows our hello, for what was offered. The diagnosis borrows
 * `error`. */
void diagnose(const hf_error *error, const struct collector *collector,
    struct diagnosis *diagnosis);

/* The `failure` object; `error` without a code gives null. */
void diagnosis_json(struct json *json, const char *key, const hf_error *error,
    const struct collector *collector);

/* The same in words, several lines. */
void diagnosis_words(struct text *text, const hf_error *error, const struct collector *collector);

/* One line: "name_mismatch: … ". */
void diagnosis_line(struct text *text, const hf_error *error);

#endif
