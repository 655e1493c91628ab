/* selfstat: the agent's own numbers, from the operating system and from its parts. */
#ifndef AGENT_SELFSTAT_H
#define AGENT_SELFSTAT_H

#include "agent/agent.h"
#include <bluegreen/status.h>

/* Resets the longest heartbeat delay. */
void selfstat_read(struct agent *agent, struct agent_status *ret);

#endif
