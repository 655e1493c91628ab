/*
 * discover: the nodes of a Cluster, or of what Sentinels watch, as a roster that follows them.
 *
 *   every interval:  seed ─► CLUSTER NODES ──────────────────────────────► nodes ─► changed? ─► changed()
 *                    seed ─► SENTINEL MASTERS ─► SENTINEL REPLICAS name …─►
 *        a seed fails ─► the next one; all of them failed ─► what is known stays
 *
 * The connection to the seed that answered is kept. An answer counts whole or not at all, so that a node does
 * not vanish because of half an answer.
 */
#ifndef IO_DISCOVER_H
#define IO_DISCOVER_H

#include "io/link.h"
#include "io/roster.h"

struct discover;

/* Another roster is there. False when it could not be taken over; it is tried again with the next change. */
typedef bool (*discover_changed)(void *arg);

/*
 * <before> (may be NULL) was the one of the same name: what it knew is taken over, under the login of <conf>,
 * when it asked for the same. The loop and <conf> outlive it. NULL: no memory.
 */
struct discover *discover_new(struct link_env *env, const struct conf_discover *conf, bool set_client_name,
                              const struct discover *before, discover_changed changed, void *arg);

/* Asks for the first time now, and then by its interval. */
void discover_start(struct discover *discover);

void discover_free(struct discover *discover); /* NULL is fine; memory goes when libuv let go of its timers */

const struct conf_discover *discover_conf(const struct discover *discover);

/* The newest that is known; NULL: nothing yet. Valid until the callback after changed() returned true. */
const struct roster *discover_roster(const struct discover *discover);

struct discover_state {
    bool ok;            /* the last attempt */
    bool tried;         /* there was one */
    double age_seconds; /* since the last that succeeded; negative: there was none */
    const char *why;    /* the last failure; "" when ok */
};
struct discover_state discover_state(const struct discover *discover);

#endif
