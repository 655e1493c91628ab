/* The evaluator: a stack, one step per operation, no allocation. */
#include "expr_code.h"
#include <bluegreen/num.h>
#include <math.h>
#include <string.h>

static const struct expr_value unknown = {.kind = EXPR_UNKNOWN};

struct expr_value expr_number(double number)
{
    return isnan(number) ? unknown : (struct expr_value){.kind = EXPR_NUMBER, .number = number};
}

struct expr_value expr_text_value(struct str text)
{
    return (struct expr_value){.kind = EXPR_TEXT, .text = text};
}

bool expr_as_number(struct expr_value value, double *ret)
{
    double number = value.number;
    if (value.kind == EXPR_UNKNOWN ||
        (value.kind == EXPR_TEXT && (!num_double(value.text, &number) || isnan(number))))
        return false;
    *ret = number;
    return true;
}

/* ---- looking things up ------------------------------------------------------------------------------ */

static struct expr_value part_of(struct str value, struct str part)
{
    struct str text;
    if (!part.len)
        return expr_text_value(value);
    return info_subfield(value, part, &text) ? expr_text_value(text) : unknown;
}

static struct expr_value look_up_field(const struct expr_op *op, const struct expr_server *server)
{
    struct str value;
    return server->info && info_get(server->info, op->name, &value) ? part_of(value, op->part) : unknown;
}

static struct expr_value look_up_metric(const struct expr_op *op, const struct expr_view *view)
{
    double value;
    const void *samples = view->servers[op->whose].samples;
    bool found = samples && view->metric && view->metric(samples, op->index, op->part, &value);
    return found ? expr_number(value) : unknown;
}

/* Over the fields that match; unknown when none does. */
static struct expr_value fold(const struct expr_op *op, const struct expr_server *server)
{
    struct str prefix, suffix, rest, value;
    uint32_t cursor = 0;
    bool any = false;
    double result = 0, number;
    str_cut(op->name, '*', &prefix, &suffix);
    while (server->info && info_next(server->info, prefix, &cursor, &rest, &value)) {
        if (!str_ends(rest, suffix) || !expr_as_number(part_of(value, op->part), &number))
            continue;
        result = op->code == OP_SUM ? result + number : !any || number > result ? number : result;
        any = true;
    }
    return any ? expr_number(result) : unknown;
}

/* ---- counters --------------------------------------------------------------------------------------- */

/* Keeps points about an eighth of a window apart, so that the oldest one is about a window old. */
static void track_add(struct expr_track *track, double value, bool counter, double window, int64_t now_ms)
{
    if (track->count)
        track->total += counter && value < track->last ? value : value - track->last;
    track->last = value;
    int64_t apart = (int64_t)(window * 1e3) / (EXPR_TRACK_POINTS - 1);
    if (track->count && now_ms - track->at_ms[track->count - 1] < apart)
        return;
    if (track->count == EXPR_TRACK_POINTS) {
        track->count--;
        memmove(track->at_ms, track->at_ms + 1, track->count * sizeof track->at_ms[0]);
        memmove(track->grown, track->grown + 1, track->count * sizeof track->grown[0]);
    }
    track->at_ms[track->count] = now_ms;
    track->grown[track->count++] = track->total;
}

/*
 * Growth since the oldest point of the window, and the seconds since then. After a pause longer than the
 * window it is the growth since before the pause: it is in the counter, and unknown would be less true.
 */
static bool track_growth(const struct expr_track *track, double window, int64_t now_ms, double *ret_growth,
                         double *ret_seconds)
{
    unsigned oldest = 0;
    while (oldest + 1 < track->count && track->at_ms[oldest + 1] < now_ms &&
           (double)(now_ms - track->at_ms[oldest]) > window * 1e3)
        oldest++;
    *ret_growth = track->count ? track->total - track->grown[oldest] : 0;
    *ret_seconds = track->count ? (double)(now_ms - track->at_ms[oldest]) / 1e3 : 0;
    return *ret_seconds > 0;
}

static struct expr_value grow(const struct expr_op *op, struct expr_value counter,
                              const struct expr_view *view, struct expr_track *tracks)
{
    double value, growth, seconds, window = op->value.number;
    if (!tracks || !expr_as_number(counter, &value))
        return unknown;
    struct expr_track *track = &tracks[op->index];
    track_add(track, value, op->code != OP_CHANGE, window, view->now_ms);
    if (!track_growth(track, window, view->now_ms, &growth, &seconds))
        return unknown;
    return expr_number(op->code == OP_RATE ? growth / seconds : growth);
}

/* ---- operators -------------------------------------------------------------------------------------- */

static struct expr_value truth(bool is)
{
    return expr_number(is);
}

/* As numbers when both are, else as texts: replid == replid. A text is never equal to a number. */
static struct expr_value compare_equal(struct expr_value a, struct expr_value b, bool wanted)
{
    double x, y;
    if (a.kind == EXPR_UNKNOWN || b.kind == EXPR_UNKNOWN)
        return unknown;
    bool equal = expr_as_number(a, &x) && expr_as_number(b, &y) ? x == y
                 : a.kind == EXPR_TEXT && b.kind == EXPR_TEXT   ? str_eq(a.text, b.text)
                                                                : false;
    return truth(equal == wanted);
}

/* One side decides: false and anything is false, true or anything is true. */
static struct expr_value logic(struct expr_value a, struct expr_value b, bool deciding)
{
    double x, y;
    bool known_a = expr_as_number(a, &x), known_b = expr_as_number(b, &y);
    if ((known_a && (x != 0) == deciding) || (known_b && (y != 0) == deciding))
        return truth(deciding);
    return known_a && known_b ? truth(!deciding) : unknown;
}

static struct expr_value arithmetic(enum expr_op_code code, double x, double y)
{
    switch (code) {
    case OP_LEAST: return expr_number(x < y ? x : y);
    case OP_GREATEST: return expr_number(x > y ? x : y);
    case OP_ADD: return expr_number(x + y);
    case OP_SUBTRACT: return expr_number(x - y);
    case OP_MULTIPLY: return expr_number(x * y);
    case OP_DIVIDE: return y == 0 ? unknown : expr_number(x / y);
    case OP_LESS: return truth(x < y);
    case OP_LESS_EQUAL: return truth(x <= y);
    case OP_GREATER: return truth(x > y);
    case OP_GREATER_EQUAL: return truth(x >= y);
    default: return unknown;
    }
}

static struct expr_value two(enum expr_op_code code, struct expr_value a, struct expr_value b)
{
    double x, y;
    if (code == OP_DEFAULT)
        return a.kind != EXPR_UNKNOWN ? a : b;
    if (code == OP_EQUAL || code == OP_UNEQUAL)
        return compare_equal(a, b, code == OP_EQUAL);
    if (code == OP_AND || code == OP_OR)
        return logic(a, b, code == OP_OR);
    return expr_as_number(a, &x) && expr_as_number(b, &y) ? arithmetic(code, x, y) : unknown;
}

static struct expr_value one(enum expr_op_code code, struct expr_value a)
{
    double x;
    if (code == OP_PRESENT)
        return truth(a.kind != EXPR_UNKNOWN);
    if (!expr_as_number(a, &x))
        return unknown;
    return code == OP_NOT ? truth(x == 0) : expr_number(code == OP_ABS ? fabs(x) : -x);
}

static struct expr_value load(const struct expr_op *op, const struct expr_view *view)
{
    const struct expr_server *server = &view->servers[op->whose];
    switch (op->code) {
    case OP_CONSTANT: return op->value;
    case OP_FIELD: return look_up_field(op, server);
    case OP_WORD: return server->words ? server->words[op->index] : unknown;
    case OP_PAIR_WORD: return view->pair_words ? view->pair_words[op->index] : unknown;
    case OP_METRIC: return look_up_metric(op, view);
    default: return fold(op, server);
    }
}

struct expr_value expr_eval(const struct expr *expr, const struct expr_view *view, struct expr_track *tracks)
{
    struct expr_value stack[EXPR_DEPTH_MAX];
    unsigned top = 0;
    for (unsigned i = 0; i < expr->count; i++) {
        const struct expr_op *op = &expr->ops[i];
        if (op->code >= OP_DEFAULT) {
            top--;
            stack[top - 1] = two(op->code, stack[top - 1], stack[top]);
        } else if (op->code >= OP_RATE && op->code <= OP_CHANGE) {
            stack[top - 1] = grow(op, stack[top - 1], view, tracks);
        } else if (op->code >= OP_PRESENT) {
            stack[top - 1] = one(op->code, stack[top - 1]);
        } else {
            stack[top++] = load(op, view);
        }
    }
    return stack[0];
}
