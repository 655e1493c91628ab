/*
 * history: the last hour of one target, for the lines on the page: 120 points of 30 seconds.
 *
 * A ring of fixed size; what a poll says goes into the point of its time, and points nobody filled are gaps.
 * It forgets with the agent: Prometheus keeps the long run.
 */
#ifndef AGENT_HISTORY_H
#define AGENT_HISTORY_H

#include <stdbool.h>
#include <stdint.h>

#define HISTORY_POINTS  120u
#define HISTORY_STEP_MS 30000

enum history_line {
    HISTORY_OPS = 0, /* commands per second, mean of a point */
    HISTORY_LAG,     /* bytes behind the primary of the pair, highest of a point */
    HISTORY_MEMORY,  /* used_memory, bytes, mean of a point */
    HISTORY_ERRORS,  /* error replies per second, highest of a point */
    HISTORY_LINES
};

/* Zeroed memory: nothing was seen yet. */
struct history {
    float points[HISTORY_LINES][HISTORY_POINTS]; /* by step modulo HISTORY_POINTS; NAN: gap */
    uint32_t seen[HISTORY_LINES];                /* values in the newest point */
    int64_t step;                                /* of the newest point */
    bool begun;
};

/* One poll. NAN stands for what is not known. A clock that goes back is not followed. */
void history_add(struct history *history, int64_t now_ms, const double values[HISTORY_LINES]);

/* The hour up to <now_ms>, oldest first, with NAN for gaps. Returns how many points are known. */
unsigned history_read(const struct history *history, enum history_line line, int64_t now_ms,
                      float ret[HISTORY_POINTS]);

const char *history_word(enum history_line line); /* stable: "ops_per_second", "lag_bytes", … */
const char *history_unit(enum history_line line); /* as judge_amount() takes it: "bytes", "per second" */

#endif
