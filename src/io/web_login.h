/*
 * web_login: whether a user name and a password belong together, without holding up the loop.
 *
 *      ask ─► verdict known ─────────────────────────────► at once
 *           └► same question under way: join it ─┐
 *           └► queue ─► one at a time, in libuv's thread pool (bcrypt) ─► verdict kept ─► done() of all who
 * ask
 *
 * One check runs at a time, so that wrong passwords can neither use more than one processor nor keep the pool
 * from resolving names. The queue is bounded, and so is the part of it that one client address may have; who
 * does not fit is told to come again. An unknown user costs a check as well, so that the time tells nothing.
 */
#ifndef IO_WEB_LOGIN_H
#define IO_WEB_LOGIN_H

#include "io/web_conf.h"
#include <uv.h>

#define WEB_QUEUE_MAX  64u
#define WEB_CLIENT_MAX 16u /* of them from one address */

enum web_answer { WEB_DENIED = 0, WEB_GRANTED, WEB_WAITS, WEB_BUSY };

struct web_check;

/* One who waits for a verdict; the caller's, and untouched by it while <check> is set. */
struct web_login {
    void (*done)(void *arg, bool granted); /* set by the caller before it asks */
    void *arg;
    struct web_check *check; /* NULL: nothing is awaited */
    struct web_login *next;
};

struct web_logins;

/* NULL: no memory. */
struct web_logins *web_logins_new(uv_loop_t *loop);

/* WEB_WAITS: <login> is called later, once, unless it is forgotten. <client>: numeric address. */
enum web_answer web_logins_ask(struct web_logins *logins, const struct web_conf *web, struct str user,
                               struct str password, struct str client, struct web_login *login);

/* The verdict is not wanted any more. */
void web_login_forget(struct web_login *login);

/* bcrypt checks that were begun, ever. */
uint64_t web_logins_checks(const struct web_logins *logins);

/* Nobody may wait any more. The memory goes when a check under way has ended. */
void web_logins_free(struct web_logins *logins);

#endif
