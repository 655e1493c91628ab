/*
 * question: what a load balancer may ask about a target, and the answer.
 *
 * An answer is yes when every condition of the question holds and no check that stops such traffic fails. The
 * conditions are a table in question.c and not part of any file: who takes writes must be primary, on the
 * designated side, up for a while, not paused and not taken out of service, whatever a file of checks says. A
 * wrong yes is a split brain.
 */
#ifndef BLUEGREEN_QUESTION_H
#define BLUEGREEN_QUESTION_H

#include <bluegreen/judge.h>

enum question { QUESTION_PRIMARY = 0, QUESTION_REPLICA, QUESTION_READ, QUESTION_COUNT };

/* What the operator decided about a target. */
enum service { SERVICE_READY = 0, SERVICE_DRAIN, SERVICE_MAINT };

/* Names of checks that are left out this time. */
#define QUESTION_EXCLUDES_MAX 16u

struct question_input {
    const struct policy *policy;
    const struct subject *subject;      /* of the target, judged */
    const struct health_server *server; /* its newest data */
    enum side side, designated;         /* NONE: not in a pair */
    enum service service;
    bool paused;                                 /* writes are paused for a cutover */
    double min_uptime_seconds;                   /* for writes */
    bool stale_reads;                            /* reads may go to a server whose data is stale */
    struct maybe lag_bytes, lag_seconds;         /* of a replica */
    struct maybe max_lag_bytes, max_lag_seconds; /* asked for */
    struct str excludes[QUESTION_EXCLUDES_MAX];
    unsigned exclude_count;
};

/* One condition or check and what became of it; <reason> is "ok" or a stable word, <text> a sentence. */
typedef void (*question_visit)(void *arg, const char *name, bool ok, const char *reason, struct str text);

/* Tells <visit> of one check, under <name>. */
void question_visit_check(const char *name, const struct check *check, const struct check_state *state,
                          bool ok, question_visit visit, void *arg);

/* <visit>: NULL, or told everything that was looked at. Without it nothing is allocated. */
bool question_ask(enum question question, const struct question_input *input, question_visit visit,
                  void *arg);

/* The word of the first thing that says no, "ok" when nothing does. */
const char *question_reason(enum question question, const struct question_input *input);

const char *question_word(enum question question); /* "primary", "replica", "read": as in URLs */
const char *service_word(enum service service);    /* "ready", "drain", "maint" */

#endif
