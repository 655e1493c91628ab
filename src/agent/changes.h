/* changes: what happens to targets, pairs and the agent becomes a line of recall.h. */
#ifndef AGENT_CHANGES_H
#define AGENT_CHANGES_H

#include "agent/agent.h"

/* A round ended and was judged: a point of the history, and perhaps another verdict on its pair. */
void changes_round(struct agent *agent, const struct target *target);

/* The target_changed of the fleet; <arg> is the agent. */
void changes_target(void *arg, const struct target *target, const struct facts *was);

/* A settled change of a check that is worth telling; as health_changed. */
void changes_check(struct agent *agent, const struct target *target, const struct health_pair *pair,
                   const struct check *check, enum check_status was, const struct check_state *state);

/* The configuration was read again, well or not. */
void changes_reload(struct agent *agent);

#endif
