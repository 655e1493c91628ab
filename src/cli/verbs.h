/*
 * verbs: the table of what an operator can do, one verb_<name>.c each.
 *
 * To add a verb: verb_<name>.c with its run(), and a row in main.c. The row says what the verb may do to a
 * server: most only read; one that changes roles or data is above the class the agent's links have and says
 * so.
 *
 * Exit codes: 0 done, and the answer is good; 1 done, and the answer is bad (a target is not healthy); 2 the
 * command line or configuration is wrong, nothing was done; 3 it could not be done (no memory, …). check has
 * those of monitoring plugins instead.
 */
#ifndef CLI_VERBS_H
#define CLI_VERBS_H

#include <bluegreen/cmd.h>

enum { EXIT_GOOD = 0, EXIT_BAD = 1, EXIT_MISTAKE = 2, EXIT_UNDONE = 3 };

struct verb {
    const char *name;
    const char *arguments;             /* as usage shows them */
    const char *help;                  /* one sentence */
    enum cmd_class class;              /* the most it may do */
    int (*run)(int argc, char **argv); /* argv[0] is the verb */
};

int verb_check(int argc, char **argv);
int verb_designate(int argc, char **argv);
int verb_service(int argc, char **argv);
int verb_status(int argc, char **argv);

#endif
