/*
 * pair: a blue and a green server looked at together: does the one follow the other, how far behind is it,
 * and how much can go wrong before a full copy is needed.
 *
 * Lag is the primary's own offset against the replica's own (master_repl_offset and slave_repl_offset), never
 * the primary's slaveN line, which is as old as the last acknowledgement. The two come from two polls a
 * little apart; a replica polled later can seem ahead, which counts as no lag.
 */
#ifndef BLUEGREEN_PAIR_H
#define BLUEGREEN_PAIR_H

#include <bluegreen/snapshot.h>

enum side { SIDE_NONE = 0, SIDE_BLUE, SIDE_GREEN };

/* A number that may be unknown. */
struct maybe {
    bool known;
    double value;
};

struct pair_view {
    const struct snapshot *blue, *green; /* NULL: that side was not seen by its last poll */
    enum side primary;                   /* the side whose role is primary; NONE when both or neither are */
    bool following;                      /* the other side is its replica, and its link is up */
    struct maybe replid_match;           /* both have the same replication history: 1 or 0 */
    struct maybe lag_bytes;              /* of the replica; unknown unless the histories are the same */
    struct maybe lag_seconds;            /* lag_bytes at the primary's present write rate; 0 without lag */
    struct maybe headroom_bytes;   /* how much further behind the replica may fall and need no full copy */
    struct maybe headroom_seconds; /* the same at the present write rate; unknown while nothing is written */
};

void pair_look(const struct snapshot *blue, const struct snapshot *green, struct pair_view *ret);

const char *side_word(enum side side); /* "none", "blue", "green" */

/* Keys of the database "db0" on that side; 0 when INFO does not list it, which it does not do for empty ones.
 */
int64_t pair_keys(const struct snapshot *side, struct str db);

/* Keys of all databases of a side; and of both sides compared, the differences of each database summed up. */
int64_t pair_all_keys(const struct snapshot *side);
int64_t pair_key_difference(const struct pair_view *view);

#endif
