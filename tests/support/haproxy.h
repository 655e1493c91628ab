/*
 * haproxy: the real one with deploy/haproxy/redis.cfg as it is shipped, between clients and a blue and a
 * green server, led by an agent whose targets are called "blue" and "green".
 */
#ifndef SUPPORT_HAPROXY_H
#define SUPPORT_HAPROXY_H

#include "support/agent.h"
#include "support/redis.h"

enum haproxy_kind { HAPROXY_2_6 = 0, HAPROXY_3_0 };

struct haproxy {
    struct proc *proc;
    unsigned write_port, read_port, stats_port;
};

/* Its executable. */
const char *haproxy_path(enum haproxy_kind kind);

/* Starts it and waits until it serves (not until it has checked anything). */
struct haproxy *haproxy_start(enum haproxy_kind kind, const struct agent *agent, unsigned check_port,
                              const struct redis *blue, const struct redis *green);

/* A column of its statistics, of <server> in "redis_write" or "redis_read": "status", "weight", "scur". */
const char *haproxy_field(const struct haproxy *haproxy, const char *backend, const char *server,
                          const char *column);

/* Whether a server's status begins with <status>: "UP", "DOWN", "DRAIN", "MAINT". */
bool haproxy_is(const struct haproxy *haproxy, const char *backend, const char *server, const char *status);

#endif
