/*
 * survey: carries the surveys of one target out, in the background and within a budget.
 *
 *      due ─► connect ─► ask a few things ─► pause ─► ask … ─► sealed ─► shown from now on
 *                            └── their time is t ──► the pause is t × (1 s - budget) / budget
 *
 * One survey at a time, over a connection of its own that is kept while the next is near. The time of a round
 * trip is taken for the server's, so the network's part makes a survey slower, never dearer. Numbers appear
 * whole when a run has ended; they go when they are older than three intervals, so a survey that keeps
 * failing shows nothing. Nothing is sent to a server that does not answer its polls, is loading, or has the
 * wrong role.
 */
#ifndef IO_SURVEY_H
#define IO_SURVEY_H

#include "io/target.h"

struct surveyor;

#define SURVEY_FILE_MAX (1u << 20) /* bytes of a script */

/* Begins at once. NULL: no memory. <target> stays; its env->config is the one in force. */
struct surveyor *surveyor_new(struct target *target);

/* After target and env->config were changed, while the old configuration is still there. */
void surveyor_reconfigure(struct surveyor *surveyor);

/* Whether the configuration wants a surveyor for this target. */
bool surveyor_wanted(const struct target *target);

/* Sealed, valid until the loop runs again; NULL: nothing to show. A NULL surveyor has nothing to show. */
const struct samples *surveyor_samples(const struct surveyor *surveyor, enum survey_id id);

/* Returns how many of the SURVEY_COUNT places are filled. */
unsigned surveyor_status(const struct surveyor *surveyor, struct survey_status *ret);

/* NULL is fine. The memory goes once libuv let go of the timer. */
void surveyor_free(struct surveyor *surveyor);

#endif
