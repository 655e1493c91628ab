/*
 * health_view: what checks can see of a server and of a pair, beside INFO and metrics.
 *
 * One list of words serves the compiler of expressions, the documentation and the view itself.
 */
#ifndef BLUEGREEN_HEALTH_VIEW_H
#define BLUEGREEN_HEALTH_VIEW_H

#include <bluegreen/buf.h>
#include <bluegreen/expr.h>
#include <bluegreen/pair.h>

/* clang-format off */
#define HEALTH_SERVER_WORDS(X)                                                                             \
    X(AGE_SECONDS,         "age_seconds",         "age of the newest successful poll")                      \
    X(STALE_AFTER_SECONDS, "stale_after_seconds", "age from which the data is not believed any more")       \
    X(OUTCOME,             "outcome",             "word of the last poll's outcome, \"ok\" when it succeeded") \
    X(IS_PRIMARY,          "is_primary",          "1 when its role is primary, 0 when it is not")           \
    X(IS_REPLICA,          "is_replica",          "1 when its role is replica, 0 when it is not")           \
    X(IS_DESIGNATED,       "is_designated",       "1 on the side of a pair that is meant to take writes, 0 on the other") \
    X(LOADING,             "loading",             "1 while it loads its data set")                          \
    X(LINK_UP,             "link_up",             "of a replica: 1 when the link to its primary is up")     \
    X(LINK_DOWN_SECONDS,   "link_down_seconds",   "of a replica: time since the link went down")            \
    X(SYNC_IN_PROGRESS,    "sync_in_progress",    "of a replica: 1 while it receives a full copy")          \
    X(LAG_BYTES,           "lag_bytes",           "of the replica of a pair: how far it is behind")         \
    X(LAG_SECONDS,         "lag_seconds",         "the same, as time at the primary's present write rate")  \
    X(HEADROOM_BYTES,      "headroom_bytes",      "how much further behind it may fall without a full copy") \
    X(HEADROOM_SECONDS,    "headroom_seconds",    "the same, as time at the primary's present write rate")  \
    X(WRITE_RATE,          "write_bytes_per_second", "of a primary: growth of its replication stream")      \
    X(VERSION_MAJOR,       "version_major",       "first number of redis_version")                          \
    X(UPTIME_SECONDS,      "uptime_seconds",      "time since it was started")                              \
    X(CLOCK_SKEW_SECONDS,  "clock_skew_seconds",  "its clock minus the agent's; whole seconds on Redis 6")  \
    X(TIME_SECONDS,        "time_seconds",        "the agent's clock when it was polled, Unix seconds")     \
    X(REWRITES, "rewrites_since_promotion", "CONFIG REWRITE since the agent saw it become primary; Redis 7 only") \
    X(LINK_FLAPS,          "link_flaps",          "times the agent saw the replica's link go down")         \
    X(RESTARTS,            "restarts",            "restarts the agent saw")

#define HEALTH_PAIR_WORDS(X)                                                                               \
    X(LAG_BYTES,        "lag_bytes",        "how far the replica is behind")                                \
    X(LAG_SECONDS,      "lag_seconds",      "the same, as time at the primary's present write rate")        \
    X(HEADROOM_BYTES,   "headroom_bytes",   "how much further behind it may fall without a full copy")      \
    X(HEADROOM_SECONDS, "headroom_seconds", "the same, as time at the primary's present write rate")        \
    X(FOLLOWING,        "following",        "1 when one side is the replica of the other and its link is up") \
    X(REPLID_MATCH,     "replid_match",     "1 when both sides have the same replication history")          \
    X(WRITABLE_SIDES,   "writable_sides",   "how many sides are primary: 1 when all is well")               \
    X(KEY_DIFFERENCE,   "key_difference",   "keys of blue and green compared per database, differences summed") \
    X(KEYS,             "keys",             "keys of the primary side")                                     \
    X(DESIGNATED,       "designated",       "\"blue\" or \"green\": the side meant to take writes")         \
    X(PRIMARY,          "primary",          "\"blue\" or \"green\": the side whose role is primary; \"none\" when both or neither are")
/* clang-format on */

enum health_server_word {
#define X(id, word, help) HEALTH_WORD_##id,
    HEALTH_SERVER_WORDS(X)
#undef X
        HEALTH_SERVER_WORD_COUNT
};

enum health_pair_word {
#define X(id, word, help) HEALTH_PAIR_##id,
    HEALTH_PAIR_WORDS(X)
#undef X
        HEALTH_PAIR_WORD_COUNT
};

/* For struct expr_names; NULL-terminated. */
extern const char *const health_server_words[];
extern const char *const health_pair_words[];

/* One server as far as it is known. */
struct health_server {
    const struct snapshot *snapshot; /* newest, also after a failed poll; NULL: none yet */
    enum err_kind outcome;           /* of the last poll; ERR_PENDING: none ended */
    double age_seconds;              /* of the snapshot */
    double stale_after_seconds;
    double link_flaps, restarts; /* counted by the agent */
    struct maybe rewrites;       /* CONFIG REWRITE since it became primary; unknown: no promotion was seen */
    const void *samples;         /* for expr_view.metric; NULL when the last poll failed */
};

/* What is judged: a target alone, a target as a side of a pair, or a pair. */
struct health_subject {
    const struct health_server *self;         /* NULL: it is the pair that is judged */
    const struct health_server *blue, *green; /* NULL: not in a pair */
    const struct pair_view *pair;             /* NULL: not in a pair */
    enum side side;                           /* of self */
    enum side designated;                     /* NONE: not in a pair */
    int64_t now_ms;
    bool (*metric)(const void *samples, int family, struct str labels, double *ret);
};

struct health_view {
    struct expr_view expr;
    struct expr_value self[HEALTH_SERVER_WORD_COUNT], blue[HEALTH_SERVER_WORD_COUNT],
        green[HEALTH_SERVER_WORD_COUNT], pair[HEALTH_PAIR_WORD_COUNT];
};

/* Both lists with what they mean, as Markdown for docs/health-checks.md. */
void health_view_document(struct buf *out);

/* <ret> points into itself and into <subject>'s snapshots: valid as long as both stay where they are. */
void health_view_fill(const struct health_subject *subject, struct health_view *ret);

#endif
