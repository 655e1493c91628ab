/*
 * expr: the small language in which checks say what they look at.
 *
 *     used_memory / maxmemory > 90%
 *     green.used_memory / green.maxmemory > 0.9 and not pair.following
 *     rate(rejected_connections, 1m) > 0
 *     max("latency_percentiles_usec_*", "p99") > 10000
 *
 * It is total: every expression ends, in time bounded by its length and the size of INFO, and what cannot be
 * known (a field that is absent, a text where a number is wanted, x / 0) is "unknown", which spreads through
 * arithmetic; `and` and `or` give an answer all the same when one side decides it.
 *
 * Names. A bare name is a field of the server's own INFO, `blue.`, `green.`, `primary.` and `replica.` say
 * whose else; `db0:keys` is a part of a field's value; `backquotes` hold names with other signs
 * (`cmdstat_config|get`:calls). A name of a metric, with all its labels in braces, is that metric:
 * redis_db_keys{db="db0"}; {*} is the largest of its series. Words that are not in INFO (age_seconds,
 * pair.lag_bytes) come from whoever compiles, see struct expr_names.
 *
 * Numbers may have a unit: 10mb, 2gb (bytes), 500ms, 5s, 10m, 1h (seconds), 90% (0.9).
 * Operators: or, and, not, < <= > >= == !=, + -, * /, unary -. Texts stand in double quotes and compare with
 * == and !=. Functions: rate(x, window) and increase(x, window) of a counter, change(x, window) of a number
 * that may fall, present(x), default(x, y), abs(x), least(x, y), greatest(x, y), and over all fields whose
 * name matches a pattern with one star: sum(pattern, part) and max(pattern, part); part "" is the whole
 * value.
 */
#ifndef BLUEGREEN_EXPR_H
#define BLUEGREEN_EXPR_H

#include <bluegreen/arena.h>
#include <bluegreen/err.h>
#include <bluegreen/info.h>

#define EXPR_TEXT_MAX     2048u /* bytes of one expression */
#define EXPR_OPS_MAX      256u
#define EXPR_DEPTH_MAX    32u /* of nesting, and of the stack */
#define EXPR_WINDOW_MAX   86400.0
#define EXPR_WINDOW_LEAST 1.0

enum expr_kind { EXPR_UNKNOWN = 0, EXPR_NUMBER, EXPR_TEXT };

struct expr_value {
    enum expr_kind kind;
    double number;
    struct str text;
};

/* Whom a name is about. */
enum expr_whose { EXPR_SELF = 0, EXPR_BLUE, EXPR_GREEN, EXPR_PRIMARY, EXPR_REPLICA, EXPR_WHOSE_COUNT };

/* What names mean beside fields of INFO; lists end with NULL. */
struct expr_names {
    const char *const *server_words; /* of one server: blue.age_seconds */
    const char *const *pair_words;   /* of a pair: pair.lag_bytes */
    int (*family)(struct str name);  /* a number for a metric's name, or -1; NULL: there are none */
    bool has_self, has_pair; /* whether bare names, and names of the pair and its sides, mean anything */
};

struct expr_server {
    const struct info *info;        /* NULL: not known now */
    const struct expr_value *words; /* in the order of server_words; NULL: not known now */
    const void *samples;            /* for metric(); NULL: not known now */
};

/* What an expression is evaluated over. */
struct expr_view {
    struct expr_server servers[EXPR_WHOSE_COUNT];
    const struct expr_value *pair_words; /* in the order of pair_words; NULL: not known now */
    bool (*metric)(const void *samples, int family, struct str labels, double *ret);
    int64_t now_ms; /* any clock that only grows */
};

/*
 * What one rate(), increase() or change() remembers from evaluation to evaluation: some points of the last
 * window. A counter that fell was reset and counts from 0. Zeroed memory is "nothing seen yet".
 */
#define EXPR_TRACK_POINTS 9
struct expr_track {
    int64_t at_ms[EXPR_TRACK_POINTS];
    double grown[EXPR_TRACK_POINTS]; /* since the first point ever */
    double last;                     /* the counter's newest value */
    double total;                    /* growth since the first point ever */
    unsigned count;
};

struct expr;

/*
 * Compiles <text> into <arena>; NULL: <err> says what is wrong, and *ret_column where, from 1. <text> is
 * copied.
 */
const struct expr *expr_compile(struct str text, const struct expr_names *names, struct arena *arena,
                                struct err *err, unsigned *ret_column);

/* Calls <visit> with the number (see expr_names.family) of each metric it reads. */
void expr_metrics(const struct expr *expr, void (*visit)(void *arg, int family), void *arg);

/* How many struct expr_track expr_eval() wants; at least one evaluation a window keeps them true. */
unsigned expr_track_count(const struct expr *expr);

/* The expression as it was written. */
struct str expr_text(const struct expr *expr);

struct expr_value expr_eval(const struct expr *expr, const struct expr_view *view, struct expr_track *tracks);

struct expr_value expr_number(double number);
struct expr_value expr_text_value(struct str text);

/* The value as a number: false when it is neither a number nor a text that is one. */
bool expr_as_number(struct expr_value value, double *ret);

#endif
