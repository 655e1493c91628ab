/*
 * round: one poll of one target.
 *
 *   new connection:  INFO ─► version, mode ─► the commands such a server knows ─► done  (two round trips)
 *   kept connection: INFO and the same commands in one pipeline ─────────────────► done  (one)
 *   either:          what those answers ask for (SENTINEL MASTERS) ─────────────────► done  (one more)
 *
 * A collector whose command is refused (ACL, renamed) fails alone, and its command is not sent again on this
 * connection, so that our presence does not raise anybody's error counters every second.
 */
#ifndef IO_ROUND_H
#define IO_ROUND_H

#include "io/target.h"

/* Begins a round: opens the link if needed. Ends in round_done(), possibly before it returns. */
void round_start(struct target *target);

/* Drops a running round without an outcome. */
void round_abandon(struct target *target);

/* The link's hooks, given to link_new(). */
extern const struct link_hooks round_link_hooks;

/* THE funnel, implemented by target.c: the sealed snapshot (now the target's), or NULL and why. */
void round_done(struct target *target, struct snapshot *snapshot, const struct err *why);

#endif
