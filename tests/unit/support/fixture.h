/*
 * fixture: what real servers answered, see tests/fixtures/capture, as the agent would read it.
 */
#ifndef TEST_FIXTURE_H
#define TEST_FIXTURE_H

#include <bluegreen/arena.h>
#include <bluegreen/cmd.h>
#include <bluegreen/reply.h>

#define FIXTURE_SERVERS 4
#define FIXTURE_STATES  5

/* "redis-6.0" …; "primary", "replica", "loading", "syncing", "link-down": every server has every state. */
extern const char *const fixture_servers[FIXTURE_SERVERS];
extern const char *const fixture_states[FIXTURE_STATES];

/* All of these, and the states that only some servers have: "cluster", "sentinel". */
#define FIXTURES (FIXTURE_SERVERS * FIXTURE_STATES + 4)
struct fixture {
    const char *server, *state;
};
struct fixture fixture_at(size_t index);

/* The content of a file, in the arena; NULL when it cannot be read. */
struct str file_bytes(const char *path, struct arena *arena);

/* RESP text through hiredis' guarded reader and reply_from_hiredis(), as in the link. NULL: not one reply. */
const struct reply *reply_of(struct str resp, struct arena *arena);

/* The name of a command's fixture file without .resp, or NULL: the agent sends it, but not to be polled. */
const char *fixture_name(enum cmd_id cmd);

/* The reply of <server> in <state>, or NULL when the server does not know the command. */
const struct reply *fixture_reply(const char *server, const char *state, enum cmd_id cmd,
                                  struct arena *arena);

#endif
