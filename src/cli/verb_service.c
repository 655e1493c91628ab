/*
 * service: whether a target is in service: shows it ("ready"), or decides it: drain (no new traffic), maint
 * (no traffic) or ready. What is decided is in the state file; agents and load balancers follow within a
 * second.
 */
#include "cli/session.h"
#include "cli/verbs.h"
#include <stdio.h>

static int mistake(const char *what, const char *name)
{
    fprintf(stderr, "redis-bluegreen service: %s%s\n", what, name);
    return EXIT_MISTAKE;
}

static int decide(struct session *session, const struct target *target, const struct args *args)
{
    struct err err;
    enum service was = target->service, service;
    if (!health_service_parse(str_of(args->words[1]), &service))
        return mistake("it is ready, drain or maint, and not ", args->words[1]);
    if (!state_file_serve(session->state, target->conf->name, service, &err)) {
        fprintf(stderr, "redis-bluegreen service: %s\n", err.text);
        return EXIT_UNDONE;
    }
    printf("%s: %s, it was %s\n", args->words[0], service_word(service), service_word(was));
    return EXIT_GOOD;
}

static int run(struct session *session, const struct args *args)
{
    const struct target *target = session_find(session, args->words[0]);
    if (!session->config->state_file)
        return mistake("nothing can be kept: agent.state_file is not set", "");
    if (!target)
        return mistake("there is no target ", args->words[0]);
    if (args->word_count > 1)
        return decide(session, target, args);
    printf("%s\n", service_word(target->service));
    return EXIT_GOOD;
}

int verb_service(int argc, char **argv)
{
    return session_about(argc, argv, "target", run);
}
