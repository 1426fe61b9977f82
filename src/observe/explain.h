/* A handshake for a person: a ladder of messages with arrows, sizes and times, what each side
 * learnt, each check in words, and a failure with its cause and fix. */
#ifndef OBSERVE_EXPLAIN_H
#define OBSERVE_EXPLAIN_H

#include "observe/report.h"

enum explain_level { EXPLAIN_BRIEF, EXPLAIN_LADDER, EXPLAIN_VERBOSE };

/* `colour`: with the escape sequences of a terminal. */
void explain_report(struct text *out, const struct report *report, enum explain_level level,
    bool colour);

/* One line of words on a handshake that came to its end, for a server's log. */
void explain_line(struct text *out, const struct report *report);

#endif
