/* The rows of survey.c, one per survey_<topic>.c, and what they share; private to this layer. */
#ifndef METRIC_SURVEYS_H
#define METRIC_SURVEYS_H

#include <bluegreen/num.h>
#include <bluegreen/survey.h>

extern const struct survey survey_single_keys, survey_keys, survey_count_keys, survey_key_groups,
    survey_single_streams, survey_streams, survey_big_keys, survey_scripts, survey_search, survey_clients;

/* Ends the run; <err> as for err_set(). Returns false. */
bool survey_fail(struct survey_run *run, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Counts one more key looked at; false at the ceiling, and the run is marked as cut short. */
bool survey_count_key(struct survey_run *run);

/* Whether <more> series still fit; else the run is marked as cut short. */
bool survey_room(struct survey_run *run, uint32_t more);

/* db="db3" and the second label, escaped and kept. */
struct str survey_labels(struct survey_run *run, uint32_t db, const char *name, struct str value);

/* Every key of every database that has any, as a list of patterns; NULL: no memory. And how many there are.
 */
const struct survey_keys *survey_all_keys(struct survey_run *run, const struct snapshot *snapshot);
double survey_total_keys(const struct snapshot *snapshot);

/* Never 0. */
uint64_t survey_hash(struct str text);

/* A request about one key. */
void survey_ask(struct survey_request *ret, enum cmd_id cmd, uint32_t db, struct str key, uint32_t tag);

/* ---- the walk over keys: lists of names and patterns, a batch at a time ------------------------------ */

enum survey_names {
    SURVEY_MIXED = 0, /* the list holds names and patterns */
    SURVEY_NAMES,
    SURVEY_PATTERNS
};

struct survey_item {
    struct str name;
    uint32_t db;
    uint32_t entry; /* index in the list it came from */
};

struct survey_walk {
    const struct survey_keys *list;
    enum survey_names names;
    const char *type; /* TYPE of the keys that SCAN is to return; NULL: of any */
    uint32_t entry;   /* the one being walked, or the next */
    char cursor[NUM_TEXT_MAX], count[NUM_TEXT_MAX];
    struct survey_item *items; /* the batch, in run->batch */
    uint32_t item_count;
    bool fresh;     /* the batch was just made, or a SCAN for it is under way */
    unsigned stage; /* 0: there is no batch yet */
    uint32_t at, turn;
};

/* What a machine does with each batch: <stages> questions about each of its keys, one stage after the other.
 */
struct survey_plan {
    unsigned stages;
    /* A batch is there; makes room for what is to be known of its keys. NULL: nothing to do. */
    void (*batch)(struct survey_run *run);
    /*
     * The question of <stage> (from 1 on) about an item, for the <turn>th time (from 0 on); false: there is
     * none, or no more.
     */
    bool (*ask)(struct survey_run *run, unsigned stage, uint32_t item, uint32_t turn,
                struct survey_request *ret);
};

void survey_walk_init(struct survey_walk *walk, const struct survey_keys *list, enum survey_names names,
                      uint32_t batch);

/* The next() of a machine that walks over keys. Its own requests have the tag they want, SCAN has none. */
enum survey_step survey_walk_next(struct survey_run *run, struct survey_walk *walk,
                                  const struct survey_plan *plan, struct survey_request *ret);

/* The reply to its SCAN. */
void survey_walk_take(struct survey_run *run, struct survey_walk *walk, const struct reply *reply);

/* ---- what was seen already --------------------------------------------------------------------------- */

/* Hashes of texts. SCAN may return a key twice, and two keys may look alike once they are labels. */
struct survey_seen {
    uint64_t *slots; /* on the heap; 0 = empty */
    uint32_t count, size;
};

/* Whether <text> is new; it is remembered. Without memory nothing is new: a series must not come twice. */
bool survey_seen_add(struct survey_seen *seen, struct str text);
void survey_seen_done(struct survey_seen *seen);

/* Remembers the labels of the keys in <list>: another survey shows them. */
void survey_seen_skip(struct survey_run *run, struct survey_seen *seen, const struct survey_keys *list,
                      const char *label);

#endif
