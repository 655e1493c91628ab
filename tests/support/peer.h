/*
 * peer: the real redis_exporter, on a loopback port of its own, gone with the test.
 */
#ifndef SUPPORT_PEER_H
#define SUPPORT_PEER_H

#include "support/http.h"
#include "support/proc.h"

struct peer {
    unsigned port;
    struct proc *proc;
};

/* Starts it with <args> (and the listen address), and waits until it serves. */
struct peer *peer_start(const char *const *args);

/* One scrape. */
const char *peer_metrics(const struct peer *peer);

#endif
