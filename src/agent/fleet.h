/*
 * fleet: the set of targets, and how it changes.
 *
 *   configuration ──────────────┐
 *   lists of targets ─► rosters ├─► fleet_muster ─► struct muster ─► fleet_switch ─► agent->targets
 *   discoveries ──────► rosters ┘   nothing changed yet              cannot fail
 *
 * A target that was there and is the same stays: its connection, its state and its counters. Configured
 * targets come first and in the order of the file, because pairs know them by their place. A server or a name
 * that is there already is not taken from a roster again, so that nothing is counted twice. Everything here
 * is linear in the number of targets.
 */
#ifndef AGENT_FLEET_H
#define AGENT_FLEET_H

#include "agent/agent.h"

/* A set in the making. */
struct muster;

#define FLEET_MAX 10000u /* targets; what rosters have beyond it is left out and counted */

/* What <config> and <sources> ask for. NULL: no memory, and nothing has changed. */
struct muster *fleet_muster(struct agent *agent, const struct config *config, const struct sources *sources);

/* Puts it in force and frees it; the targets that are not in it go, and waiting scrapes are answered before.
 */
void fleet_switch(struct agent *agent, struct muster *muster);

/* The rosters of the agent's sources are others. False: no memory, all stays as it was, and the old rosters
 * are in use. */
bool fleet_refresh(struct agent *agent);

/* Frees one that is not wanted after all; NULL is fine. */
void fleet_dismiss(struct agent *agent, struct muster *muster);

/* The target of that name, or at that address, or NULL. */
struct target *fleet_find(const struct agent *agent, struct str name);
struct target *fleet_find_endpoint(const struct agent *agent, const struct endpoint *endpoint);

/* A round ended: counts the first of each target down, until the agent is ready. */
void fleet_round_done(struct agent *agent, const struct target *target);

/* Whether every target that the configuration brought was polled once, and every discovery was tried. */
bool fleet_ready(const struct agent *agent);

/* All of it. */
void fleet_free(struct agent *agent);

#endif
