/* redis-bluegreen: the operator's program. See verbs.h for how to add a verb, and for the exit codes. */
#include "cli/verbs.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct verb verbs[] = {
    {"status", "--config FILE [--json]",
     "Poll every target once and say how it is; 1 when one is not healthy.", CMD_READ, verb_status},
    {"check",
     "--config FILE | --redis.addr URL [TARGET|PAIR] [--as primary|replica|read] [--explain] [--wait TIME] "
     "[--format text|json]",
     "Says how it is, as a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 unknown; --wait: once it is "
     "well.",
     CMD_READ, verb_check},
    {"designate", "--config FILE PAIR [blue|green]", "Shows or decides which side of a pair takes writes.",
     CMD_READ, verb_designate},
    {"service", "--config FILE TARGET [ready|drain|maint]",
     "Shows or decides whether a target is in service.", CMD_READ, verb_service},
};

enum { VERB_COUNT = sizeof verbs / sizeof verbs[0] };

static void usage(FILE *stream)
{
    fprintf(stream, "Usage: redis-bluegreen VERB [ARGUMENTS]\n\n");
    for (int i = 0; i < VERB_COUNT; i++)
        fprintf(stream, "  %s %s\n      %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
    fprintf(stream, "  help, version\n");
}

int main(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    signal(SIGPIPE, SIG_IGN);
    for (int i = 0; i < VERB_COUNT; i++)
        if (strcmp(name, verbs[i].name) == 0)
            return verbs[i].run(argc - 1, argv + 1);
    if (strcmp(name, "version") == 0 || strcmp(name, "--version") == 0) {
        printf("redis-bluegreen " BLUEGREEN_VERSION "\n");
        return EXIT_GOOD;
    }
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        usage(stdout);
        return EXIT_GOOD;
    }
    if (*name)
        fprintf(stderr, "redis-bluegreen: there is no verb \"%s\"\n", name);
    usage(stderr);
    return EXIT_MISTAKE;
}
