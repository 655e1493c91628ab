/*
 * link: the life of one connection to one Redis, and the one place that knows hiredis.
 *
 *   link_open ─► resolve (off the loop) ─► connect ─► TLS ─► AUTH, CLIENT SETNAME queued ─► opened()
 *                                                                    │
 *   link_send … link_send ──── one write, one round trip ────────────┘──► reply callbacks, in order
 *                                                                    │
 *   anything fails, at any step ─────────────────────────────────────┘──► closed(why), exactly once
 *
 * After closed() the link is shut and can be opened again; a new attempt resolves the name anew, takes the
 * next address and reads the password file again. Commands whose replies did not come by then are forgotten.
 * A link refuses commands above the class it was made for, so the agent cannot write by mistake.
 *
 * Ceilings: bytes of one reply (its row in cmd.c), nesting, elements of an array, commands in flight.
 */
#ifndef IO_LINK_H
#define IO_LINK_H

#include "io/conf.h"
#include "io/tls.h"
#include <bluegreen/cmd.h>
#include <bluegreen/reply.h>
#include <uv.h>

/* Shared by all links of a loop: replies are built in <scratch>, one at a time. */
struct link_env {
    uv_loop_t *loop;
    struct tls_contexts tls;
    struct arena scratch;
};

void link_env_init(struct link_env *env, uv_loop_t *loop);
void link_env_done(struct link_env *env);

struct link_hooks {
    void (*opened)(void *arg);
    void (*closed)(void *arg, const struct err *why);
};

/* The reply lives until the callback returns. Error replies come here too. */
typedef void (*link_reply)(void *arg, enum cmd_id cmd, const struct reply *reply);

#define LINK_PIPELINE_MAX 64

struct link;

/* <target> is borrowed until link_retarget() or link_free(). NULL: no memory. */
struct link *link_new(struct link_env *env, const struct conf_target *target, enum cmd_class class,
                      bool set_client_name, const struct link_hooks *hooks, void *arg);
void link_free(struct link *link);

/* After a reload: the same server at another place in memory; the name counts from the next connection on. */
void link_retarget(struct link *link, const struct conf_target *target, bool set_client_name);

void link_open(struct link *link);
bool link_is_open(const struct link *link);

/* ERR_INPUT when the command is above the link's class, ERR_LIMIT when too many are in flight. */
bool link_send(struct link *link, enum cmd_id cmd, link_reply reply, void *arg, struct err *err);

/*
 * The same with arguments behind those of the command's row (a key, a cursor, a pattern): any bytes, copied.
 * ERR_LIMIT for more than LINK_EXTRA_MAX of them.
 */
#define LINK_EXTRA_MAX 12
bool link_send_with(struct link *link, enum cmd_id cmd, const struct str *extra, unsigned extra_count,
                    link_reply reply, void *arg, struct err *err);

/* Shuts it without calling closed(). */
void link_close(struct link *link);

/* The deadline of <ms> passed: shuts it, and closed() says what it was waiting for. */
void link_expire(struct link *link, uint32_t ms);

/* Seconds from link_open() to the open connection. */
double link_connect_seconds(const struct link *link);

#endif
