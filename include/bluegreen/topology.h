/*
 * topology: which servers belong together, as a Cluster or a Sentinel tells it.
 *
 * CLUSTER NODES is read for every version, because it names addresses and, since 7.0, host names, and states
 * the port for the kind of connection it was asked over. SENTINEL MASTERS and REPLICAS are maps, flat in
 * RESP2.
 *
 * A node that is down is listed as long as the others have not forgotten it. Left out is what has no address,
 * or is not known to belong to them yet.
 */
#ifndef BLUEGREEN_TOPOLOGY_H
#define BLUEGREEN_TOPOLOGY_H

#include <bluegreen/arena.h>
#include <bluegreen/reply.h>

#define TOPOLOGY_NODES_MAX 10000u

struct node {
    struct str host;     /* empty: where the one that was asked is */
    struct str hostname; /* announced beside the address; empty: none */
    uint16_t port;
    bool primary;
};

struct topology {
    struct node *nodes;
    unsigned count, room;
};

/*
 * Slices are of <text>, the array of <arena>. ERR_INPUT: not the answer of a Cluster; ERR_LIMIT: more nodes
 * than TOPOLOGY_NODES_MAX. A line that cannot be read is a mistake as well: half a Cluster is not shown for a
 * whole one.
 */
bool topology_read_cluster(struct str text, struct arena *arena, struct topology *ret, struct err *err);

/* One thing that a Sentinel watches. */
struct watched {
    struct str name;
    struct node primary;
};

/* SENTINEL MASTERS; slices are of the reply. *ret_watched is in <arena>. */
bool topology_read_masters(const struct reply *reply, struct arena *arena, struct watched **ret_watched,
                           unsigned *ret_count, struct err *err);

/* SENTINEL REPLICAS. */
bool topology_read_replicas(const struct reply *reply, struct arena *arena, struct topology *ret,
                            struct err *err);

#endif
