/* The rows of survey.c, one per survey_<topic>.c, and what they share; private to this layer. */
#ifndef METRIC_SURVEYS_H
#define METRIC_SURVEYS_H

#include <bluegreen/num.h>
#include <bluegreen/survey.h>

extern const struct survey survey_single_keys, survey_keys, survey_clients;

/* Ends the run; <err> as for err_set(). Returns false. */
bool survey_fail(struct survey_run *run, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts one more key looked at; false at the ceiling, and the run is marked as cut short. */
bool survey_count_key(struct survey_run *run);

/* Whether <more> series still fit; else the run is marked as cut short. */
bool survey_room(struct survey_run *run, uint32_t more);

/* db="db3" and the second label, escaped and kept. */
struct str survey_labels(struct survey_run *run, uint32_t db, const char *name, struct str value);

/* A request about one key. */
void survey_ask(struct survey_request *ret, enum cmd_id cmd, uint32_t db, struct str key, uint32_t tag);

/* ---- the walk over keys: lists of names and patterns, a batch at a time ------------------------------ */

struct survey_item {
    struct str name;
    uint32_t db;
    uint32_t entry; /* index in the list it came from */
};

struct survey_walk {
    const struct survey_keys *list;
    bool literal;   /* the list holds names; else names and patterns */
    uint32_t entry; /* the one being walked, or the next */
    bool asked;     /* a SCAN is under way */
    bool ready;     /* a batch was read and not yet given out */
    char cursor[NUM_TEXT_MAX], count[NUM_TEXT_MAX];
    struct survey_item *items; /* the batch, in run->batch */
    uint32_t item_count;
};

void survey_walk_init(struct survey_walk *walk, const struct survey_keys *list, bool literal, uint32_t batch);

/*
 * Makes the next batch: SURVEY_SEND and SURVEY_WAIT as in survey_next(), SURVEY_DONE when a batch is there,
 * which may be empty. The batch before is forgotten. Not to be called when survey_walk_ended().
 */
enum survey_step survey_walk_next(struct survey_run *run, struct survey_walk *walk,
                                  struct survey_request *ret);

/* The reply to its SCAN. */
void survey_walk_take(struct survey_run *run, struct survey_walk *walk, const struct reply *reply);
bool survey_walk_ended(const struct survey_walk *walk);

/* ---- what was seen already --------------------------------------------------------------------------- */

/* Hashes of texts. SCAN may return a key twice, and two keys may look alike once they are labels. */
struct survey_seen {
    uint64_t *slots; /* on the heap; 0 = empty */
    uint32_t count, size;
};

/* Whether <text> is new; it is remembered. Without memory nothing is new: a series must not come twice. */
bool survey_seen_add(struct survey_seen *seen, struct str text);
void survey_seen_done(struct survey_seen *seen);

#endif
