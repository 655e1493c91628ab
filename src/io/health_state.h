/*
 * health_state: what was decided, as the state file has it, given to those whom it is about.
 */
#ifndef IO_HEALTH_STATE_H
#define IO_HEALTH_STATE_H

#include "io/health.h"
#include "io/state_file.h"

/* One thing that changed; of <pair> and <target> one is NULL. <what>: "designated", "paused", "service". */
typedef void (*health_decided)(void *arg, const struct health_pair *pair, const struct target *target,
                               const char *what, const char *was, const char *is);

/*
 * Takes effect at once. A pair of which the file says nothing stays as it is (blue, when it is new), a target
 * is ready. <decided> may be NULL.
 */
void health_state_apply(struct health *health, struct target **targets, unsigned count,
                        const struct state_file *state, health_decided decided, void *arg);

/* Words of the command line and of URLs. */
bool health_side_parse(struct str word, enum side *ret);       /* "blue", "green" */
bool health_service_parse(struct str word, enum service *ret); /* "ready", "drain", "maint" */

#endif
