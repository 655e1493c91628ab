/*
 * redis: real servers, each with a directory of its own on a loopback port, gone with the test.
 *
 * Where a server comes from is deploy/servers' business: it prints the path, fetches what is missing, and
 * accepts BLUEGREEN_REDIS6=/path/redis-server and the like.
 */
#ifndef SUPPORT_REDIS_H
#define SUPPORT_REDIS_H

#include "support/proc.h"

enum redis_kind { REDIS_6_0 = 0, REDIS_7_0, REDIS_8_0, VALKEY };

struct redis {
    struct proc *proc;
    enum redis_kind kind;
    unsigned port;
    const char *dir;
    const char *socket;   /* path of its unix socket */
    const char *password; /* of --requirepass; for redis_ask() */
    void *connection;     /* of redis_ask */
};

/* A list of arguments; what the tests give beside the usual ones. */
#define REDIS_ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Starts it on a free port and waits until it answers. <more> may be NULL. */
struct redis *redis_start(enum redis_kind kind, const char *const *more);

/* The same on a given port, without waiting: for servers that answer nobody in plain text. */
struct redis *redis_start_at(enum redis_kind kind, unsigned port, const char *const *more);
void redis_await(struct redis *redis);

/* A replica whose link is up. */
struct redis *redis_start_replica(enum redis_kind kind, const struct redis *primary);

/* A Sentinel that watches <primary> as "mymaster" and decides alone. */
struct redis *redis_start_sentinel(enum redis_kind kind, const struct redis *primary);

/* Ends it and starts <kind> in its place, on the same port, with an empty data set. */
void redis_restart_as(struct redis *redis, enum redis_kind kind);
void redis_stop(struct redis *redis);

/* Sends a command on a kept connection and returns its reply as text, errors included. */
const char *redis_ask(struct redis *redis, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One more connection to it, for redis_ask() until the end of the test. */
struct redis *redis_another(const struct redis *redis);

/* A field of INFO as text ("" when it is absent) and as a number. */
const char *redis_info(struct redis *redis, const char *field);
double redis_info_number(struct redis *redis, const char *field);

/* The lines of INFO that begin with <prefix>, together. */
const char *redis_info_lines(struct redis *redis, const char *prefix);

/* "6.0." and the like: how the version of a kind begins. */
const char *redis_version(enum redis_kind kind);

#endif
