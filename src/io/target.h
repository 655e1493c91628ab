/*
 * target: one server under watch: its link, its poll timer, and what is known of it.
 *
 *   timer due ──┐                                   ┌─ round failed: down, no stale value shown, backoff
 *               ├─► round ─► … ─► round_done() ─────┤
 *   a scrape ───┘     one at a time   THE funnel    └─ round succeeded: snapshot sealed, prev ← cur ← new
 *
 * Everything that follows from a poll (counters, samples, log on change, waiting scrapes through the hook)
 * happens in the funnel, in target.c, and nowhere else. round.c only carries a poll out.
 */
#ifndef IO_TARGET_H
#define IO_TARGET_H

#include "io/conf.h"
#include "io/link.h"
#include <bluegreen/collector.h>
#include <bluegreen/question.h>
#include <bluegreen/snapshot.h>
#include <bluegreen/status.h>

struct target;

/* Called at the end of every round, after everything else. */
typedef void (*target_done)(void *arg, struct target *target);

/* An answer differs from the one before, <was>, in role, run or link. */
typedef void (*target_changed)(void *arg, const struct target *target, const struct facts *was);

struct target_env {
    struct link_env link;
    const struct config *config; /* the generation in force */
    target_done done;
    target_changed changed; /* NULL: nobody listens */
    void *arg;
};

/* How far a collector with follow-up calls is. */
struct round_more {
    uint16_t first; /* replies to its first commands that have not come */
    uint16_t asked, answered;
};

/* One poll in the making; private to round.c and target.c. */
struct round {
    bool running;
    struct snapshot *snapshot; /* being built; owned */
    uint64_t started_ns;
    uint64_t asked_ns;                /* INFO was sent */
    unsigned waiting;                 /* replies that have not come */
    struct server_kind server;        /* on this connection; version 0: not asked yet */
    uint64_t asked;                   /* bit per collector whose commands this round sent */
    uint8_t refused[COLLECTOR_COUNT]; /* enum err_kind: why it is not asked on this connection; NONE: it is */
    struct round_more more[COLLECTOR_COUNT];
    bool plain_info; /* on this connection INFO takes no "everything" */
};

struct target {
    struct target_env *env;
    const struct conf_target *conf;
    bool on_demand; /* polled by target_poll() only, never by its timer */
    unsigned place; /* in whoever's set it is */
    bool stays;     /* while the set changes: it is in the next one, too */
    struct link *link;
    uv_timer_t poll_timer, deadline;
    struct round round;
    struct surveyor *surveyor; /* NULL: nothing is surveyed here, see survey.h */

    struct snapshot *current; /* newest, kept after a failed round for its age and facts; NULL: none yet */
    uint32_t sample_count;    /* what current, or one before it, gave when it was last asked for samples */
    uint32_t samples_dropped; /* of the same */
    struct err outcome;       /* of the last round; ERR_PENDING before the first ends */
    struct target_counters counters;
    struct subject *subject;      /* its checks, see health.h; NULL: not judged yet */
    struct health_pair *pair;     /* of which it is a side, or NULL; borrowed */
    enum service service;         /* what the operator decided about it */
    bool promoted;                /* the agent saw it become primary, and */
    double rewrites_at_promotion; /* CONFIG REWRITE had been called so often by then */
    unsigned failures;            /* in a row */
    int64_t ended_ms;             /* when the last round ended, loop clock; 0 = never */
    double last_seconds;          /* what it took */
    unsigned closing;             /* handles still open after target_free() */
};

/* NULL: no memory. Polling begins with target_start(). */
struct target *target_new(struct target_env *env, const struct conf_target *conf);

/* First poll within one interval (5 s at most), at a random moment, so that many targets do not beat
 * together. */
void target_start(struct target *target);

/* A poll now, unless one is running; it ends in the funnel like any other. */
void target_poll(struct target *target);

/* What to call it in messages: its name, or its url when it has none. */
const char *target_shown_name(const struct target *target);

/* The loop's clock, in which all its times are. */
int64_t target_now_ms(const struct target *target);

/* Age of the newest outcome in milliseconds; INT64_MAX before the first. */
int64_t target_outcome_age_ms(const struct target *target);

/* Whether the newest outcome is a success. */
bool target_is_up(const struct target *target);

/*
 * What the newest snapshot shows, sealed, in <arena>; there has to be one. Made when somebody asks: most
 * polls are never scraped, and samples are larger than the snapshot they come from.
 */
void target_samples(struct target *target, struct arena *arena, struct samples *ret);

void target_status(const struct target *target, struct target_status *ret);

/* After a reload: takes the settings of the new generation; connection and state stay. */
void target_reconfigure(struct target *target, const struct conf_target *conf);

/* Whether a target can be kept for <b>: everything that decides whom we talk to, and as whom, is equal. */
bool target_same(const struct conf_target *a, const struct conf_target *b);

/* Closes everything; the memory goes once libuv let go of the handles. */
void target_free(struct target *target);

#endif
