/*
 * tally: how often each of many names comes, the most frequent first.
 *
 * The names are sorted and not hashed: clients choose them, and no choice makes this slow.
 */
#ifndef METRIC_TALLY_H
#define METRIC_TALLY_H

#include <bluegreen/str.h>
#include <stdint.h>

/* A name, or two that belong together. */
struct tally_key {
    struct str first, second;
};

struct tally_group {
    struct tally_key key;
    uint32_t count;
};

/*
 * Sorts <keys>, and writes a group for each different one into <groups>, which has room for <count>: the most
 * frequent first, in the order of their bytes where they are equally frequent. Returns how many groups there
 * are.
 */
uint32_t tally(struct tally_key *keys, uint32_t count, struct tally_group *groups);

#endif
