/*
 * fleet: the set of targets, and how it changes.
 *
 *   configuration ─┐
 *                  ├─► fleet_muster ─► struct muster ─► fleet_switch ─► agent->targets
 *      (the rest) ─┘   nothing changed yet              cannot fail
 *
 * A target that was there and is the same stays: its connection, its state and its counters. Configured
 * targets come first and in the order of the file, because pairs know them by their place. Everything here is
 * linear in the number of targets.
 */
#ifndef AGENT_FLEET_H
#define AGENT_FLEET_H

#include "agent/agent.h"

/* A set in the making. */
struct muster;

/* What <config> asks for. NULL: no memory, and nothing has changed. */
struct muster *fleet_muster(struct agent *agent, const struct config *config);

/* Puts it in force and frees it; the targets that are not in it go, and waiting scrapes are answered before.
 */
void fleet_switch(struct agent *agent, struct muster *muster);

/* Frees one that is not wanted after all; NULL is fine. */
void fleet_dismiss(struct agent *agent, struct muster *muster);

/* The target of that name, or NULL. */
struct target *fleet_find(const struct agent *agent, struct str name);

/* A round ended: counts the first of each target down, until the agent is ready. */
void fleet_round_done(struct agent *agent, const struct target *target);

/* All of it. */
void fleet_free(struct agent *agent);

#endif
