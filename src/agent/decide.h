/*
 * decide: what an operator decides about the running agent: which side of a pair takes writes, and which
 * targets are out of service. All of it is in the state file (io/state_file.h), wherever the decision came
 * from: the admin listener here, or redis-bluegreen.
 */
#ifndef AGENT_DECIDE_H
#define AGENT_DECIDE_H

#include "agent/agent.h"

/* Reads the state file. False: <err> says what is wrong with it, and the agent must not start. */
bool decide_open(struct agent *agent, struct err *err);

/* Says so when decisions about pairs would not outlive the agent. */
void decide_warn(const struct agent *agent);

/* Gives what was decided to pairs and targets; after every change of either set. Changes are logged. */
void decide_apply(struct agent *agent);

/* Takes over what another program wrote. Often, by a timer. */
void decide_look(struct agent *agent);

/* POST, on an admin listener: /-/drain/{target}, /-/maint/{target}, /-/ready/{target}, /-/designate/{pair}.
 */
void decide_drain(struct agent *agent, struct http_exchange *exchange, struct str name);
void decide_maint(struct agent *agent, struct http_exchange *exchange, struct str name);
void decide_ready(struct agent *agent, struct http_exchange *exchange, struct str name);
void decide_designate(struct agent *agent, struct http_exchange *exchange, struct str name);

#endif
