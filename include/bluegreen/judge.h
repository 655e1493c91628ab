/*
 * judge: from what is seen at every look to a verdict that does not flap.
 *
 *     look ─► limit with its own way back (enter, leave) ─► fall / rise looks in a row ─► hold time ─► status
 *
 * A subject (a target, or a pair) has one struct check_state per check of the policy. The first look decides
 * at once; later ones need as many in a row as the row of the check says. Unknown is worse than a warning and
 * better than a failure: what is not known must not pass for healthy.
 */
#ifndef BLUEGREEN_JUDGE_H
#define BLUEGREEN_JUDGE_H

#include <bluegreen/buf.h>
#include <bluegreen/health_view.h>
#include <bluegreen/policy.h>

enum check_status { CHECK_UNKNOWN = 0, CHECK_PASS, CHECK_WARN, CHECK_FAIL };

/* Zeroed memory: nothing was looked at yet. */
struct check_state {
    enum check_status status; /* settled */
    enum check_status seen;   /* at the newest look */
    bool looked;
    bool known; /* a look saw something: until then, the first that does decides at once */
    bool has_value;
    bool applies;          /* its `if` was true, and the role is one that it looks at */
    unsigned streak;       /* looks in a row that want another status */
    int64_t since_ms;      /* of the settled status, clock of the view */
    double value, limit;   /* of the newest look; limit: the one that counts at present */
    enum err_kind outcome; /* of the last poll, for the reason */
};

struct subject {
    struct check_state *states; /* policy->count */
    struct expr_track *tracks;  /* policy->tracks */
    enum check_status status;   /* the worst of those that concern it */
};

/* On the heap; NULL: no memory. */
struct subject *subject_new(const struct policy *policy);
void subject_free(struct subject *subject);

/*
 * One look at everything that concerns <about> of that name and side. <changed> (may be NULL) is told each
 * settled change, after the first look too.
 */
struct judge_hooks {
    void (*changed)(void *arg, const struct check *check, enum check_status was,
                    const struct check_state *state);
    void *arg;
};
void judge_look(const struct policy *policy, enum check_about about, struct str name, enum side side,
                const struct health_view *view, enum err_kind outcome, struct subject *subject,
                const struct judge_hooks *hooks);

/* What a status means for the whole: unknown of a check that may only warn is a warning. */
enum check_status judge_weight(const struct check *check, enum check_status status);

/* Whether a check that stops <stops> says no. */
bool judge_stops(const struct check *check, const struct check_state *state, unsigned stops);

/* Stable word for metrics, JSON and logs: "ok" when it passes, "unknown", or the reason of the check. */
const char *judge_reason(const struct check *check, const struct check_state *state);

/* A sentence for people: what was seen, against which limit, for how long. */
void judge_text(const struct check *check, const struct check_state *state, struct buf *out);

/* "24 MB", "3.5 s", "85 %", "120 per second": a value with a check's unit. */
void judge_amount(struct buf *out, double value, struct str unit);

const char *check_status_word(enum check_status status); /* "unknown", "pass", "warn", "fail" */

/* The worse of two. */
enum check_status check_worse(enum check_status a, enum check_status b);

#endif
