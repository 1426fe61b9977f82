/* `handfast`: one program, a verb each. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "cli/verbs.h"

static int show_help(const struct options *options)
{
    enum verb verb = options->verb;
    if (verb == VERB_HELP && options->word_count > 0) {
        const char *word = options->words[0];
        verb = strcmp(word, "connect") == 0 ? VERB_CONNECT : strcmp(word, "serve") == 0 ? VERB_SERVE
            : strcmp(word, "cert") == 0 ? VERB_CERT : strcmp(word, "suite") == 0 ? VERB_SUITE
            : VERB_NONE;
    }
    return fputs(help_text(verb), stdout) < 0;
}

int main(int argc, char **argv)
{
    struct options options;
    char words[256];
    /* A reader of stdout that goes away is an error of write, not the end of the process. */
    (void)signal(SIGPIPE, SIG_IGN);
    if (!options_parse(argc, argv, &options, words, sizeof words)) {
        (void)fprintf(stderr, "handfast: %s\n", words);
        return EXIT_USAGE;
    }
    if (options.version) {
        (void)printf("handfast %s\n%s\n", hf_version(), hf_crypto_version());
        return EXIT_OK;
    }
    if (options.help || options.verb == VERB_HELP) {
        return show_help(&options);
    }
    switch (options.verb) {
    case VERB_CONNECT:
        return run_connect(&options);
    case VERB_SERVE:
        return run_serve(&options);
    case VERB_CERT:
        return run_cert(&options);
    case VERB_SUITE:
        return run_suite(&options);
    case VERB_HELP:
    case VERB_NONE:
        break;
    }
    (void)fputs(help_text(VERB_NONE), stderr);
    return EXIT_USAGE;
}
