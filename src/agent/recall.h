/*
 * recall: what the agent remembers for the page, all of it bounded: the last hour of the first targets, who
 * asked about them last, since when a pair's verdict stands, and the last things that changed.
 *
 *   on_round ──► recall_round      checks, roles, links, reloads ──► recall_event      load balancers ──►
 * recall_asked
 */
#ifndef AGENT_RECALL_H
#define AGENT_RECALL_H

#include "agent/history.h"
#include "agent/verdict.h"
#include "io/health.h"

#define RECALL_TARGETS 64u /* of the fleet, the first ones; some 3 kB each */
#define RECALL_PAIRS   64u
#define RECALL_EVENTS  50u

/* A name as it is kept; a longer one is clipped. */
struct recall_name {
    char text[128];
};

/* The last request of a load balancer for one question. */
struct recall_asked {
    char client[48];     /* numeric address; "" = nobody asked */
    double wall_seconds; /* when */
    uint64_t count;
};

struct recall_slot {
    struct recall_name name;
    struct history history;
    struct recall_asked asked[QUESTION_COUNT];
    double errors; /* total_error_replies of the last poll; NAN: not known */
    int64_t errors_ms;
};

enum recall_kind {
    RECALL_CHECK = 0,
    RECALL_ROLE,
    RECALL_RESTART,
    RECALL_LINK,
    RECALL_VERDICT,
    RECALL_RELOAD
};

struct recall_event {
    double wall_seconds;
    enum recall_kind kind;
    enum check_status status;   /* how good the new state is; UNKNOWN: neither good nor bad */
    struct recall_name subject; /* target or pair; "" = the agent */
    char text[240];
};

struct recall_pair {
    struct recall_name name;
    enum verdict verdict;
    int64_t since_ms;
};

struct recall {
    struct recall_slot *slots[RECALL_TARGETS]; /* by place in the fleet; NULL: not polled yet */
    struct recall_event events[RECALL_EVENTS];
    uint64_t event_count; /* ever */
    struct recall_pair pairs[RECALL_PAIRS];
};

/* A round of <target> ended and was judged. */
void recall_round(struct recall *recall, const struct target *target);

/* A load balancer asked. */
void recall_asked(struct recall *recall, const struct target *target, enum question question,
                  struct str client);

/* Something changed; <text> may be of any length. */
void recall_event(struct recall *recall, enum recall_kind kind, enum check_status status, struct str subject,
                  struct str text);

/* The verdict on the pair at <place>; a change of it is an event. */
void recall_verdict(struct recall *recall, unsigned place, const char *name, enum verdict verdict,
                    int64_t now_ms);

/* Since when it stands, on the loop's clock; negative: not known. */
int64_t recall_verdict_since(const struct recall *recall, unsigned place, const char *name,
                             enum verdict verdict);

/* What is kept of a target; NULL: nothing. */
const struct recall_slot *recall_of(const struct recall *recall, const struct target *target);

/* <age> 0 is the newest event; NULL: there is none. */
const struct recall_event *recall_event_at(const struct recall *recall, unsigned age);

const char *
recall_kind_word(enum recall_kind kind); /* "check", "role", "restart", "link", "verdict", "reload" */

void recall_done(struct recall *recall);

#endif
