/*
 * args: the command line of a verb: its own options, words (names of targets and pairs), and those flags of
 * the agent that say whom to ask: --config FILE, or --redis.addr URL with user, password file and TLS.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>

enum { ARGS_FLAGS_MAX = 64, ARGS_WORDS_MAX = 3 };

struct args {
    char *flags[ARGS_FLAGS_MAX]; /* for flags_parse(); the first is no flag */
    int flag_count;
    const char *words[ARGS_WORDS_MAX]; /* NULL behind the last */
    unsigned word_count;
};

/* An option of a verb: a switch, or with a value. */
struct args_option {
    const char *name; /* "--wait"; NULL ends a list */
    bool *on;         /* a switch, or */
    const char **value;
};

/* False: what is wrong was said on standard error. argv[0] is the verb. */
bool args_parse(int argc, char **argv, const struct args_option *options, struct args *ret);

#endif
