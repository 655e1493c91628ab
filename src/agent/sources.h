/*
 * sources: where targets come from beside the configuration, as one: the lists of agent.target_files, and the
 * discoveries that are watched.
 */
#ifndef AGENT_SOURCES_H
#define AGENT_SOURCES_H

#include "agent/agent.h"
#include <bluegreen/samples.h>

/* Those that <config> asks for, with what those of the agent know already. False: no memory, nothing was
 * made. */
bool sources_new(struct agent *agent, const struct config *config, struct sources *ret);

/* From here on they change the fleet. */
void sources_start(struct sources *sources);

void sources_free(struct sources *sources);

/* Walks their rosters; *cursor begins at 0. NULL: that was the last. */
const struct roster *sources_next(const struct sources *sources, unsigned *cursor);

/* Whether each discovery has had its first answer, or failed. */
bool sources_tried(const struct sources *sources);

/* Their state as samples of the agent. */
void sources_emit(const struct agent *agent, struct samples *samples);

#endif
