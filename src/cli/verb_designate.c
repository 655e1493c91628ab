/*
 * designate: which side of a pair takes writes: shows it ("blue"), or decides it. What is decided is in the
 * state file; agents and load balancers follow within a second. No server is asked or changed: a side that is
 * designated and no primary gets no writes either.
 */
#include "cli/session.h"
#include "cli/verbs.h"
#include <stdio.h>

static int mistake(const char *what, const char *name)
{
    fprintf(stderr, "redis-bluegreen designate: %s%s\n", what, name);
    return EXIT_MISTAKE;
}

static int decide(struct session *session, const struct health_pair *pair, const char *word)
{
    struct err err;
    enum side was = pair->designated, side;
    if (!health_side_parse(str_of(word), &side))
        return mistake("the side is blue or green, and not ", word);
    if (!state_file_designate(session->state, pair->conf->name, side, &err)) {
        fprintf(stderr, "redis-bluegreen designate: %s\n", err.text);
        return EXIT_UNDONE;
    }
    printf("%s: %s takes writes%s\n", pair->conf->name, side_word(side),
           side == was         ? ", as before"
           : side == SIDE_BLUE ? ", no longer green"
                               : ", no longer blue");
    return EXIT_GOOD;
}

static int run(struct session *session, const struct args *args)
{
    const struct health_pair *pair = health_find_pair(&session->health, str_of(args->words[0]));
    if (!session->config->state_file)
        return mistake("nothing can be kept: agent.state_file is not set", "");
    if (!pair)
        return mistake("there is no pair ", args->words[0]);
    if (args->word_count > 1)
        return decide(session, pair, args->words[1]);
    printf("%s\n", side_word(pair->designated));
    return EXIT_GOOD;
}

int verb_designate(int argc, char **argv)
{
    return session_about(argc, argv, "pair", run);
}
