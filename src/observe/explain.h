/* A handshake for a person: a ladder of messages with arrows, sizes and times, what each side
 * learnt, each check in words, and a failure with its cause and fix. */
#ifndef OBSERVE_EXPLAIN_H
#define OBSERVE_EXPLAIN_H

#include "observe/report.h"

enum explain_level { EXPLAIN_BRIEF, EXPLAIN_LADDER, EXPLAIN_VERBOSE };

/* `colour`: with the escape sequences of a terminal. */
void explain_report(struct text *out, const struct report *report, enum explain_level level,
    bool colour);

/* What the collector holds from `from` on: messages, new keys and alerts after the handshake. */
void explain_later(struct text *out, const struct report *report, size_t from, bool colour);

/* The checks of a certificate of `whose` ("server"), a line each. */
void checks_words(struct text *out, const hf_check checks[HF_CHECKS], const char *whose,
    bool colour);

/* One line of words on a handshake that came to its end, for a server's log. */
void explain_line(struct text *out, const struct report *report);

#endif
