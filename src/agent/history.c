#include "agent/history.h"
#include <math.h>

static const struct {
    const char *word, *unit;
    bool peak; /* a point shows the highest value, not the mean */
} lines[HISTORY_LINES] = {
    [HISTORY_OPS] = {"ops_per_second", "per second", false},
    [HISTORY_LAG] = {"lag_bytes", "bytes", true},
    [HISTORY_MEMORY] = {"used_memory_bytes", "bytes", false},
    [HISTORY_ERRORS] = {"errors_per_second", "per second", true},
};

/* Also of steps before the clock began: the hour of a machine that has just started reaches back there. */
static unsigned place(int64_t step)
{
    int64_t rest = step % (int64_t)HISTORY_POINTS;
    return (unsigned)(rest < 0 ? rest + (int64_t)HISTORY_POINTS : rest);
}

/* Makes <step> the newest point; what lies between stays a gap. */
static void advance(struct history *history, int64_t step)
{
    int64_t first = history->begun ? history->step + 1 : step - HISTORY_POINTS + 1;
    if (step - first >= (int64_t)HISTORY_POINTS)
        first = step - HISTORY_POINTS + 1;
    for (int64_t s = first; s <= step; s++)
        for (unsigned line = 0; line < HISTORY_LINES; line++)
            history->points[line][place(s)] = NAN;
    for (unsigned line = 0; line < HISTORY_LINES; line++)
        history->seen[line] = 0;
    history->step = step;
    history->begun = true;
}

void history_add(struct history *history, int64_t now_ms, const double values[HISTORY_LINES])
{
    int64_t step = now_ms / HISTORY_STEP_MS;
    if (!history->begun || step > history->step)
        advance(history, step);
    for (unsigned line = 0; line < HISTORY_LINES; line++) {
        float *point = &history->points[line][place(history->step)];
        float value = (float)values[line];
        if (!isfinite(value))
            continue;
        history->seen[line]++;
        if (history->seen[line] == 1 || (lines[line].peak && value > *point))
            *point = value;
        else if (!lines[line].peak)
            *point += (value - *point) / (float)history->seen[line];
    }
}

unsigned history_read(const struct history *history, enum history_line line, int64_t now_ms,
                      float ret[HISTORY_POINTS])
{
    int64_t first = now_ms / HISTORY_STEP_MS - HISTORY_POINTS + 1;
    unsigned known = 0;
    for (unsigned i = 0; i < HISTORY_POINTS; i++) {
        int64_t step = first + i;
        bool kept = history->begun && step <= history->step && step > history->step - (int64_t)HISTORY_POINTS;
        ret[i] = kept ? history->points[line][place(step)] : NAN;
        known += !isnan(ret[i]);
    }
    return known;
}

const char *history_word(enum history_line line)
{
    return lines[line].word;
}

const char *history_unit(enum history_line line)
{
    return lines[line].unit;
}
