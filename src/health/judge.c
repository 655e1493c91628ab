#include <bluegreen/judge.h>
#include <stdlib.h>

/* ---- one look --------------------------------------------------------------------------------------- */

static int badness(enum check_status status)
{
    static const int order[] = {[CHECK_PASS] = 0, [CHECK_WARN] = 1, [CHECK_UNKNOWN] = 2, [CHECK_FAIL] = 3};
    return order[status];
}

enum check_status check_worse(enum check_status a, enum check_status b)
{
    return badness(a) >= badness(b) ? a : b;
}

static bool beyond(const struct check *check, double value, double limit)
{
    return check->bad_below ? value < limit : value > limit;
}

/* A limit that was passed is in force until the value is back over <leave>. */
static bool limit_holds(const struct check *check, const struct check_limit *limit, double value, bool passed,
                        struct check_state *state)
{
    double edge = passed ? limit->leave : limit->enter;
    if (!limit->set || !beyond(check, value, edge))
        return false;
    state->limit = edge;
    return true;
}

static enum check_status look_at_value(const struct check *check, double value, struct check_state *state)
{
    bool was_bad = state->looked && state->seen == CHECK_FAIL;
    bool was_warned = state->looked && (state->seen == CHECK_WARN || state->seen == CHECK_FAIL);
    state->has_value = true;
    state->value = value;
    if (limit_holds(check, &check->fail, value, was_bad, state))
        return CHECK_FAIL;
    if (limit_holds(check, &check->warn, value, was_warned, state))
        return CHECK_WARN;
    state->limit = check->warn.set ? check->warn.enter : check->fail.enter;
    return CHECK_PASS;
}

/* A counter that is seen for the first time cannot have grown yet; the second look knows more. */
static bool counts_from_here(const struct check *check, const struct subject *subject, int64_t now_ms)
{
    const struct expr *exprs[] = {check->applies, check->when, check->value};
    unsigned tracks = 0;
    for (unsigned i = 0; i < sizeof exprs / sizeof exprs[0]; i++)
        tracks += exprs[i] ? expr_track_count(exprs[i]) : 0;
    for (unsigned i = 0; i < tracks; i++) {
        const struct expr_track *track = &subject->tracks[check->first_track + i];
        if (track->count == 1 && track->at_ms[0] == now_ms)
            return true;
    }
    return false;
}

/* Every expression is evaluated at every look, because rate() and its like must see every value. */
static enum check_status look(const struct check *check, const struct health_view *view,
                              struct subject *subject, struct check_state *state)
{
    struct expr_track *tracks = subject->tracks + check->first_track;
    double applies = 1, seen;
    bool known = !check->applies || expr_as_number(expr_eval(check->applies, &view->expr, tracks), &applies);
    if (check->applies)
        tracks += expr_track_count(check->applies);
    const struct expr *expr = check->when ? check->when : check->value;
    bool has_seen = expr_as_number(expr_eval(expr, &view->expr, tracks), &seen);
    state->has_value = false;
    state->applies = !known || applies != 0;
    if (!state->applies)
        return CHECK_PASS;
    if (!known || !has_seen)
        return counts_from_here(check, subject, view->expr.now_ms) ? CHECK_PASS : CHECK_UNKNOWN;
    if (check->value)
        return look_at_value(check, seen, state);
    return seen == 0 ? CHECK_PASS : check->severity == SEVERITY_WARN ? CHECK_WARN : CHECK_FAIL;
}

/* ---- from looks to a status ------------------------------------------------------------------------- */

static bool settle(const struct check *check, struct check_state *state, enum check_status seen,
                   int64_t now_ms)
{
    bool worse = badness(seen) > badness(state->status);
    bool first = !state->looked || (!state->known && seen != CHECK_UNKNOWN);
    state->looked = true;
    state->known |= seen != CHECK_UNKNOWN;
    state->seen = seen;
    if (!first && seen == state->status) {
        state->streak = 0;
        return false;
    }
    state->streak++;
    if (!first && state->streak < (worse ? check->fall : check->rise))
        return false;
    if (!first && !worse && now_ms - state->since_ms < (int64_t)check->hold_ms)
        return false;
    state->status = seen;
    state->since_ms = now_ms;
    state->streak = 0;
    return true;
}

enum check_status judge_weight(const struct check *check, enum check_status status)
{
    return status == CHECK_UNKNOWN && check_worst(check) == SEVERITY_WARN ? CHECK_WARN : status;
}

static bool role_concerns(const struct check *check, const struct health_view *view)
{
    const struct expr_value *words = view->expr.servers[EXPR_SELF].words;
    double primary, replica;
    if (!check->roles || !words || !expr_as_number(words[HEALTH_WORD_IS_PRIMARY], &primary) ||
        !expr_as_number(words[HEALTH_WORD_IS_REPLICA], &replica))
        return true;
    return (primary != 0 && check->roles & 1u << ROLE_PRIMARY) ||
           (replica != 0 && check->roles & 1u << ROLE_REPLICA) ||
           (primary == 0 && replica == 0 && check->roles & 1u << ROLE_SENTINEL);
}

void judge_look(const struct policy *policy, enum check_about about, struct str name, enum side side,
                const struct health_view *view, enum err_kind outcome, struct subject *subject,
                const struct judge_hooks *hooks)
{
    subject->status = CHECK_PASS;
    for (unsigned i = 0; i < policy->count; i++) {
        const struct check *check = &policy->checks[i];
        struct check_state *state = &subject->states[i];
        if (check->about != about || !check_concerns(check, name, side))
            continue;
        enum check_status was = state->status;
        enum check_status seen = look(check, view, subject, state);
        if (!role_concerns(check, view)) {
            seen = CHECK_PASS;
            state->has_value = state->applies = false;
        }
        state->outcome = outcome;
        if (settle(check, state, seen, view->expr.now_ms) && hooks && hooks->changed)
            hooks->changed(hooks->arg, check, was, state);
        subject->status = check_worse(subject->status, judge_weight(check, state->status));
    }
}

/* ---- asking ----------------------------------------------------------------------------------------- */

bool judge_stops(const struct check *check, const struct check_state *state, unsigned stops)
{
    return check->stops & stops && state->looked && badness(state->status) > badness(CHECK_WARN);
}

const char *judge_reason(const struct check *check, const struct check_state *state)
{
    if (!state->looked || state->status == CHECK_UNKNOWN)
        return state->outcome == ERR_NONE || check->reason ? "unknown" : err_word(state->outcome);
    if (state->status == CHECK_PASS)
        return err_word(ERR_NONE);
    return check->reason ? check->reason : err_word(state->outcome);
}

void judge_amount(struct buf *out, double value, struct str unit)
{
    static const struct {
        double from;
        const char *name;
    } sizes[] = {{1099511627776.0, "TB"}, {1073741824.0, "GB"}, {1048576.0, "MB"}, {1024.0, "kB"}};
    if (str_eq(unit, STR("ratio"))) {
        buf_fmt(out, "%.4g %%", value * 100);
        return;
    }
    for (unsigned i = 0; str_eq(unit, STR("bytes")) && i < sizeof sizes / sizeof sizes[0]; i++) {
        if (value >= sizes[i].from || value <= -sizes[i].from) {
            buf_fmt(out, "%.4g %s", value / sizes[i].from, sizes[i].name);
            return;
        }
    }
    buf_fmt(out, value >= 1e4 || value <= -1e4 ? "%.0f" : "%.4g", value);
    if (unit.len)
        buf_fmt(out, " " STR_FMT, STR_ARG(str_eq(unit, STR("seconds")) ? STR("s") : unit));
}

void judge_text(const struct check *check, const struct check_state *state, struct buf *out)
{
    struct str unit = str_of(check->unit);
    buf_text(out, check->help);
    if (!state->looked)
        buf_text(out, " (not looked at yet)");
    else if (state->status == CHECK_UNKNOWN)
        buf_text(out, " (the server does not say)");
    if (!state->has_value)
        return;
    buf_text(out, ": ");
    judge_amount(out, state->value, unit);
    buf_text(out, check->bad_below ? ", at least " : ", at most ");
    judge_amount(out, state->limit, unit);
}

const char *check_status_word(enum check_status status)
{
    static const char *const words[] = {"unknown", "pass", "warn", "fail"};
    return words[status];
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct subject *subject_new(const struct policy *policy)
{
    struct subject *subject = calloc(1, sizeof *subject);
    if (!subject)
        return NULL;
    subject->states = calloc(policy->count ? policy->count : 1, sizeof *subject->states);
    subject->tracks = calloc(policy->tracks ? policy->tracks : 1, sizeof *subject->tracks);
    if (subject->states && subject->tracks)
        return subject;
    subject_free(subject);
    return NULL;
}

void subject_free(struct subject *subject)
{
    if (!subject)
        return;
    free(subject->states);
    free(subject->tracks);
    free(subject);
}
