/*
 * roster: targets that are not written in the configuration: one generation of one list or discovery.
 *
 * Each is an address, labels, and what the configuration says of all of its kind (<defaults>: user, password,
 * TLS, pace). An address that carries a user or password of its own keeps them. Names are the addresses. Made
 * by roster_add(), const after roster_seal(); everything in it goes with roster_free(), and <defaults> must
 * outlive it.
 */
#ifndef IO_ROSTER_H
#define IO_ROSTER_H

#include "io/conf.h"

#define ROSTER_MAX 10000u /* targets */

struct roster {
    struct arena arena;
    const struct conf_target *defaults;
    struct conf_target *targets; /* once sealed: in the order of their names, each name once */
    unsigned count, room;
    struct roster *next; /* for whoever keeps several */
};

/* <room>: how many there will be about. NULL: no memory. */
struct roster *roster_new(const struct conf_target *defaults, unsigned room);
void roster_free(struct roster *roster); /* NULL is fine; not those behind next */

/*
 * Adds <address> (as conf_parse_url() takes it), copied, with <labels>, not copied: they must be of the
 * arena. ERR_INPUT says what is wrong with the address without repeating it; ERR_LIMIT above ROSTER_MAX.
 */
bool roster_add(struct roster *roster, struct str address, const struct conf_label *labels,
                unsigned label_count, struct err *err);

void roster_seal(struct roster *roster);

/* The same targets under other defaults; NULL: no memory. */
struct roster *roster_copy(const struct roster *roster, const struct conf_target *defaults);

/* Whether the two, sealed, have the same addresses and labels. NULL is empty. */
bool roster_equal(const struct roster *a, const struct roster *b);

#endif
