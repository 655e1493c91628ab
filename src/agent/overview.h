/*
 * overview: everything the page and /status.json show, gathered once for both, the worst first.
 *
 * It costs no server a command: it is what the last polls said and what was made of it. Ceilings: with more
 * than OVERVIEW_TARGETS targets only the worst are in it, and the others are counted.
 */
#ifndef AGENT_OVERVIEW_H
#define AGENT_OVERVIEW_H

#include "agent/agent.h"
#include "agent/recall.h"

#define OVERVIEW_TARGETS  50u
#define OVERVIEW_PAIRS    50u
#define OVERVIEW_PROBLEMS 100u

/* A check that does not pass. */
struct overview_problem {
    const char *subject; /* target or pair */
    bool is_pair;
    const struct check *check;
    const struct check_state *state;
    enum check_status status; /* what it weighs */
    struct str text;
    double since_seconds; /* ago */
};

/* What a load balancer would be told now. */
struct overview_answer {
    bool ok;
    const char *reason;               /* "ok", or a stable word */
    const struct recall_asked *asked; /* NULL: nobody, or nobody remembers */
};

struct overview_target {
    const struct target *target;
    const char *name;
    enum check_status status;
    enum side side;
    const char *pair;          /* NULL: in none */
    const struct facts *facts; /* of the newest snapshot, or NULL */
    const struct snapshot *snapshot;
    double age_seconds; /* of it */
    struct maybe lag_bytes, lag_seconds, headroom_bytes, headroom_seconds;
    struct maybe sync_left_bytes, sync_total_bytes;
    struct overview_answer answers[QUESTION_COUNT];
    const struct history *history; /* NULL: not kept */
};

struct overview_pair {
    const struct health_pair *pair;
    struct pair_view view;
    enum verdict verdict;
    enum check_status status; /* the worse of the verdict's and the checks' */
    struct str sentence;
    double since_seconds; /* ago; negative: not known */
    bool ready;           /* for a cutover */
};

struct overview {
    struct arena arena;
    double wall_seconds;
    int64_t now_ms;
    enum check_status status; /* the worst of all */
    struct overview_pair *pairs;
    unsigned pair_count, pairs_shown;
    struct overview_problem *problems;
    unsigned problem_count, problems_shown;
    struct overview_target *targets;
    unsigned target_count, targets_shown;
    unsigned counts[CHECK_FAIL + 1]; /* targets by status */
    unsigned silent;                 /* targets whose last poll failed */
    double oldest_seconds;           /* age of the oldest outcome of a target */
};

/* False: no memory, and nothing is to be freed. It is valid until the loop turns. */
bool overview_make(struct agent *agent, struct overview *ret);
void overview_done(struct overview *overview);

/* The verdict on a pair; <input> stays valid as <view> does. Used once a round, to know since when. */
enum verdict overview_verdict(const struct agent *agent, const struct health_pair *pair,
                              struct pair_view *view, struct verdict_input *input);

#endif
