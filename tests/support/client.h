/*
 * client: one connection to a Redis, perhaps through a proxy, that may be turned away or cut; and writers
 * that write through one all the time and keep a record of what was acknowledged where.
 */
#ifndef SUPPORT_CLIENT_H
#define SUPPORT_CLIENT_H

#include "support/test.h"

struct client;

/* Connects; closed with the test. Never NULL; whether anybody is there is seen when it asks. */
struct client *client_new(unsigned port);
void client_close(struct client *client);

/* NULL when the connection is refused, cut, or silent for two seconds; it stays useless from then on. */
const char *client_ask(struct client *client, const char *command);

/* The port of the server at the other end; 0: nobody answers. */
unsigned client_side(struct client *client);

/* The same through a connection of its own: where a newcomer lands. */
unsigned client_lands(unsigned port);

/* One acknowledged write. The time is the server's, of the moment of the write. */
struct write {
    unsigned side;   /* port of the server that took it */
    unsigned number; /* its key is "w:<number>" */
    int64_t at_us;   /* Unix time */
    int64_t seen_ms; /* when the client had the answer, clock of test_now_ms() */
};

/* Threads that write a new key each time, and connect again when they are turned away and every few writes:
 * old connections and new ones may lead to different sides. */
struct writers;
struct writers *writers_start(unsigned port, unsigned threads);

/* Ends them; afterwards the record may be read. Done at the end of the test in any case. */
void writers_stop(struct writers *writers);

/* Acknowledged so far, and the record itself; in the order of arrival. */
unsigned writers_count(struct writers *writers);
unsigned writers_count_at(struct writers *writers, unsigned side);
const struct write *writers_record(const struct writers *writers);

#endif
