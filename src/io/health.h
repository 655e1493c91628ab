/*
 * health: who is judged when, and what is kept of it: the checks' file, the pairs, and who is meant to take
 * writes.
 *
 *     round ended ─► health_look(target) ─► its checks ─► its pair's checks ─► changed() on every settled
 * change
 *
 * Judging happens once a round, never at a request: answers read what was settled. The agent and the CLI
 * share it.
 */
#ifndef IO_HEALTH_H
#define IO_HEALTH_H

#include "io/health_file.h"
#include "io/target.h"
#include <bluegreen/question.h>

struct health_pair {
    const struct conf_pair *conf;
    struct target *blue, *green; /* borrowed */
    struct subject *subject;
    enum side designated;   /* meant to take writes; blue until somebody decides otherwise */
    bool paused;            /* writes are paused for a cutover */
    unsigned traffic_green; /* share of reads that green is to get, in % */
};

/* A settled change of one check; <pair> is NULL for a target's. */
typedef void (*health_changed)(void *arg, const struct target *target, const struct health_pair *pair,
                               const struct check *check, enum check_status was,
                               const struct check_state *state);

struct health {
    struct health_policy *file;
    uint64_t metrics; /* bit per collector whose metrics the checks read */
    struct health_pair *pairs;
    unsigned pair_count;
    struct arena scratch;
    health_changed changed; /* NULL: nobody listens */
    void *arg;
};

/* Takes <file> over. */
void health_init(struct health *health, struct health_policy *file);
void health_done(struct health *health);

/* Another set of checks: everything is judged anew from here. Takes <file> over. */
void health_use(struct health *health, struct health_policy *file, struct target **targets, unsigned count);

/*
 * The pairs of <config>, whose targets are the first of <targets>. Pairs of the same name go on with what was
 * decided about them. False: no memory, and nothing has changed.
 */
bool health_set_pairs(struct health *health, const struct config *config, struct target **targets);

/* A round of <target> ended. */
void health_look(struct health *health, struct target *target);

/* Judges what is known of these already, after another set of checks or pairs: nobody who asks is to find
 * that nothing was looked at only because the configuration was read again. */
void health_look_again(struct health *health, struct target **targets, unsigned count);

/* Everything known about a server, for checks and questions. */
void health_server_of(const struct target *target, struct health_server *ret);

/* What both sides of a pair look like now; a side that did not answer its last poll is not in it. */
void health_pair_view(const struct health_pair *pair, struct pair_view *ret);

/* Everything a question about <target> needs; <server> is filled and must live as long as <ret>. */
void health_question(const struct health *health, const struct target *target, struct health_server *server,
                     struct question_input *ret);

struct health_pair *health_find_pair(const struct health *health, struct str name);
enum side health_side(const struct target *target); /* NONE: not in a pair */

/*
 * Whether the pair could be switched now: its own checks and those of both sides that stop a cutover. <visit>
 * as for question_ask(); names begin with the side: "green.lag_bytes".
 */
bool health_cutover_ready(const struct health *health, const struct health_pair *pair, question_visit visit,
                          void *arg);

#endif
