/*
 * snapshot: everything one poll round learned from one server. Sealed when the round ends, const from then.
 *
 * The snapshot owns one arena; INFO's text, the index and the parts of the collectors all live in it and go
 * with it. Each collector has one part; a part that failed is NULL and its error is kept beside it, so one
 * refused command never takes the others with it.
 */
#ifndef BLUEGREEN_SNAPSHOT_H
#define BLUEGREEN_SNAPSHOT_H

#include <bluegreen/arena.h>
#include <bluegreen/err.h>
#include <bluegreen/facts.h>
#include <bluegreen/info.h>

#define SNAPSHOT_PARTS_MAX 48

enum part_state {
    PART_ABSENT = 0, /* disabled, or the server's version does not have it */
    PART_OK,
    PART_FAILED
};

struct part {
    const void *data; /* of the collector's own type; NULL unless PART_OK */
    enum part_state state;
    enum err_kind error; /* when PART_FAILED */
    int64_t taken_ms;    /* when the data was read: older than the snapshot for slow collectors */
};

struct snapshot {
    struct arena arena;
    struct info info;
    struct facts facts;
    struct part parts[SNAPSHOT_PARTS_MAX]; /* by collector index */
    int64_t taken_ms;                      /* monotonic clock, milliseconds */
    double wall_seconds;                   /* wall clock of the same moment, Unix seconds */
    double repl_bytes_per_second; /* growth of a primary's own offset, smoothed over some 5 s; 0 = unknown */
    double changes;             /* of the data set, made by clients while it was primary, since we watch it */
    double start_seconds;       /* when the server started, Unix seconds; 0 = unknown */
    double round_seconds;       /* from the first byte sent to the last reply decoded */
    double connect_seconds;     /* of the connection this round used: resolve, connect, TLS, AUTH */
    double first_reply_seconds; /* from sending INFO to its reply: what a PING would take, and INFO's work */
    bool hide_empty_databases;  /* as configured: databases without keys are not shown */
};

/* On the heap; <arena_hint> bytes is what the last snapshot of this server needed. NULL: no memory. */
struct snapshot *snapshot_new(size_t arena_hint);
void snapshot_free(struct snapshot *snapshot);

/*
 * Works out start_seconds from the uptime. INFO counts whole seconds, so the difference of two clocks would
 * jitter by one: as long as <previous> (may be NULL) shows the same run of the server, its value stays.
 */
void snapshot_set_start(struct snapshot *snapshot, const struct snapshot *previous);

/* Works out repl_bytes_per_second from this snapshot and the one before (may be NULL). */
void snapshot_set_rate(struct snapshot *snapshot, const struct snapshot *previous);

/*
 * Works out changes from this snapshot and the one before (may be NULL). INFO's count falls when the data set
 * was saved: what came between is not counted then, so that growth always is somebody who writes. Expiry is
 * not in it.
 */
void snapshot_set_changes(struct snapshot *snapshot, const struct snapshot *previous);

/* How often CONFIG REWRITE was called since the server started; false: it does not say, as all before 7.0. */
bool snapshot_rewrites(const struct snapshot *snapshot, double *ret_calls);

#endif
