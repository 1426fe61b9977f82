/* The verbs. Each returns the exit code. */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include "cli/options.h"

enum { EXIT_OK = 0, EXIT_FINDINGS = 1, EXIT_USAGE = 2 };

int run_connect(const struct options *options);
int run_serve(const struct options *options);
int run_cert(const struct options *options);
int run_suite(const struct options *options);

/* The help of a verb, VERB_NONE: the whole. */
const char *help_text(enum verb verb);

#endif
