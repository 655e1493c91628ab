/*
 * fake_redis: a server that answers as the test wants, and remembers what it was asked.
 *
 *   accept ─► answer to "" (none) ─► command ─► answer to it ─► command ─► …
 *
 * Without further words it behaves like a healthy Redis of a given version that knows exactly the commands of
 * that version. fake_answer() changes the answer to one command, or what happens at accept. It runs in a
 * thread of the test program and ends with the test.
 */
#ifndef SUPPORT_FAKE_REDIS_H
#define SUPPORT_FAKE_REDIS_H

#include "support/test.h"

struct fake;

/* <head>, then <unit> <times> over. Nothing at all: from this command on the connection stays silent. */
struct fake_answer {
    const char *head, *unit;
    size_t times; /* FAKE_ENDLESS: until the peer has enough */
    unsigned delay_ms;
    bool hang_up; /* afterwards */
};

#define FAKE_ENDLESS SIZE_MAX

/* One command as it came in. */
struct fake_command {
    char text[96];       /* its words, joined by blanks */
    unsigned connection; /* 1, 2, … */
    unsigned batch;      /* commands that came in one piece have the same number, on all connections */
};

/* "6.0.16" or "7.0.15". */
struct fake *fake_start(const char *version);
unsigned fake_port(const struct fake *fake);

/*
 * What is said to commands that begin with <command> ("CONFIG GET"; "*" = all; "" = at accept), until
 * fake_heal(). The newest that fits counts. Strings are kept by the caller until the test ends.
 */
void fake_answer(struct fake *fake, const char *command, const struct fake_answer *answer);
void fake_heal(struct fake *fake);

/* Commands received so far that begin with <command> ("" for all), and connections accepted. */
unsigned fake_count(struct fake *fake, const char *command);
unsigned fake_connections(struct fake *fake);

/* All commands so far. */
const struct fake_command *fake_commands(struct fake *fake, size_t *ret_count);

/* INFO of a healthy server as a RESP bulk string, to build other answers from; and any text as one. */
const char *fake_info(const char *version);
const char *fake_bulk(const char *text);

#endif
