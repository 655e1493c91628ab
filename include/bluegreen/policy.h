/*
 * policy: which checks there are, as monitoring/health-checks.yml declares them.
 *
 * A check is data. It looks at a number (`value`, with limits), or at a condition (`when`, which is true when
 * something is wrong), both in the language of expr.h; the rest of the row says where it applies, how bad a
 * failure is, how many looks in a row it takes, and what traffic it stops. io/health_file.c reads the rows.
 */
#ifndef BLUEGREEN_POLICY_H
#define BLUEGREEN_POLICY_H

#include <bluegreen/expr.h>
#include <bluegreen/pair.h>

#define POLICY_CHECKS_MAX 128u

enum check_about { ABOUT_TARGET = 0, ABOUT_PAIR };
enum check_severity { SEVERITY_FAIL = 0, SEVERITY_WARN };

/* What a failing check keeps away; bits. */
enum check_stops { STOPS_PRIMARY = 1, STOPS_REPLICA = 2, STOPS_READ = 4, STOPS_CUTOVER = 8 };

/* Where a target check applies; bits, in the order of enum side and enum role. */
enum { ON_ALONE = 1 << SIDE_NONE, ON_BLUE = 1 << SIDE_BLUE, ON_GREEN = 1 << SIDE_GREEN };

/* Bad beyond <enter>, good again only on the other side of <leave>. */
struct check_limit {
    bool set;
    double enter, leave;
};

struct check {
    const char *name;    /* label and URL: [a-z0-9_]+ */
    const char *help;    /* what it says when all is well, one sentence */
    const char *reason;  /* stable word when it fails; NULL: the word of the last poll's outcome */
    const char *unit;    /* of the value: "bytes", "seconds", "ratio", "" */
    const char *todo;    /* what to do when it fails, one sentence; or "" */
    const char *runbook; /* URL or path; or "" */
    enum check_about about;
    unsigned sides, roles;      /* where it applies, bits; no side = everywhere */
    const char *const *targets; /* globs of target or pair names; NULL-terminated; NULL: all */
    const struct expr *applies; /* `if`: only where this is true; NULL: always */
    const struct expr *when;    /* true = bad; NULL: it has a value */
    const struct expr *value;
    bool bad_below; /* limits are floors, not ceilings */
    struct check_limit warn, fail;
    enum check_severity severity; /* of `when` */
    unsigned stops;
    unsigned fall, rise; /* looks in a row until it turns bad, until it turns good again */
    uint32_t hold_ms;    /* it stays bad at least that long */
    unsigned first_track;
};

struct policy {
    const struct check *checks;
    unsigned count;
    unsigned tracks; /* struct expr_track that one subject needs */
};

/* The worst it can say. */
enum check_severity check_worst(const struct check *check);

/* Whether a check looks at this target at all. */
bool check_concerns(const struct check *check, struct str name, enum side side);

const struct check *policy_find(const struct policy *policy, struct str name);

#endif
