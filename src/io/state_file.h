/*
 * state_file: what an operator or a cutover decided, kept over restarts: which side of a pair takes writes,
 * and which targets are out of service.
 *
 *     {"version": 1,
 *      "pairs":   {"shop": {"designated": "green", "paused": false}},
 *      "targets": {"blue": {"service": "drain"}}}
 *
 * The agent and redis-bluegreen share the file. A change is made under a lock on its folder, to the file as
 * it is then: read, changed, written beside it, synced, renamed over it, the folder synced. So a reader sees
 * the old file or the new one, a crash leaves one of both, and no change undoes another. Names and members
 * that are not known here are kept.
 *
 * A file that cannot be understood is an error and never taken for an empty one: who takes writes is not to
 * be guessed. One that is not there is empty: nothing was decided yet.
 */
#ifndef IO_STATE_FILE_H
#define IO_STATE_FILE_H

#include <bluegreen/err.h>
#include <bluegreen/pair.h>
#include <bluegreen/question.h>

#define STATE_FILE_MAX (4u << 20) /* bytes */

struct state_file;

/* <path>: NULL for one that is kept in memory only. NULL: <err> says what is wrong and what to do. */
struct state_file *state_file_open(const char *path, struct err *err);
void state_file_free(struct state_file *state);

/* What is decided: NONE and READY where nothing was. */
enum side state_file_designated(const struct state_file *state, const char *pair);
bool state_file_paused(const struct state_file *state, const char *pair);
enum service state_file_service(const struct state_file *state, const char *target);

/* Decides. On return it is on the disk; false: <err> says why nothing was changed. */
bool state_file_designate(struct state_file *state, const char *pair, enum side side, struct err *err);
bool state_file_pause(struct state_file *state, const char *pair, bool paused, struct err *err);
bool state_file_serve(struct state_file *state, const char *target, enum service service, struct err *err);

/*
 * Reads the file again when somebody else changed it; costs one stat() when nobody did. BROKEN: it cannot be
 * understood any more, or is gone; <err> says so once for each such change, and what was known stays known.
 */
enum state_news { STATE_SAME = 0, STATE_CHANGED, STATE_BROKEN };
enum state_news state_file_look(struct state_file *state, struct err *err);

#endif
