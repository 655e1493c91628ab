/*
 * target_lists: the files of agent.target_files, watched.
 *
 *   every 2 s, off the loop:  patterns ─► paths ─► changed? ─► read and parsed     (work thread)
 *   on the loop:              a file that is whole takes the place of what it said before ─► changed()
 *
 * What decides that a file changed is its identity, size and times, so that a rename over it is seen and
 * nothing is missed that a notification would not have told (network file systems, volumes of containers). A
 * broken file keeps its targets. One that is gone keeps them for one more look, because some editors remove
 * before they write.
 */
#ifndef IO_TARGET_LISTS_H
#define IO_TARGET_LISTS_H

#include "io/roster.h"
#include <uv.h>

#define TARGET_LISTS_MAX 1000u /* files */

struct target_lists;

/* Other rosters are there. False when they could not be taken over; it is tried again with the next change.
 */
typedef bool (*target_lists_changed)(void *arg);

/*
 * Reads all files now, and watches them from then on if there are patterns. A file that is broken now keeps
 * what it said to <before> (may be NULL), under the new defaults. <config> need not outlive the call. NULL:
 * no memory.
 */
struct target_lists *target_lists_new(uv_loop_t *loop, const struct config *config,
                                      const struct target_lists *before, target_lists_changed changed,
                                      void *arg);

/* NULL is fine; the memory goes in a later turn of the loop. Rosters go with it. */
void target_lists_free(struct target_lists *lists);

struct target_list_state {
    const char *path;
    const struct roster *roster; /* NULL: none yet */
    bool ok;                     /* as it was at the last look */
    double success_seconds;      /* when it was read well the last time, Unix seconds; 0: never */
};

/* Number of files, and each of them. Valid until the callback after changed() returned true. */
unsigned target_lists_count(const struct target_lists *lists);
struct target_list_state target_lists_at(const struct target_lists *lists, unsigned i);

#endif
