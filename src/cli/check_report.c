#include "cli/check_report.h"
#include <math.h>

enum { SHOWN_MAX = 4, TEXT_MAX = 4096 };

static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};

/* ---- the first line --------------------------------------------------------------------------------- */

static int code_of(enum check_status status)
{
    static const int codes[] = {[CHECK_UNKNOWN] = PLUGIN_UNKNOWN,
                                [CHECK_PASS] = PLUGIN_OK,
                                [CHECK_WARN] = PLUGIN_WARNING,
                                [CHECK_FAIL] = PLUGIN_CRITICAL};
    return codes[status];
}

static enum check_status worst_of(const struct health_entry *entries, size_t count)
{
    enum check_status worst = count ? CHECK_PASS : CHECK_UNKNOWN;
    for (size_t i = 0; i < count; i++)
        worst = check_worse(worst, entries[i].subject ? entries[i].subject->status : CHECK_UNKNOWN);
    return worst;
}

int check_code(const struct health_entry *entries, size_t count)
{
    return code_of(worst_of(entries, count));
}

/* What people and plugins take for something else: the end of the line, and what begins the numbers. */
static void put_plain(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_char(out, *text == '|' ? '/' : *text == '\n' || *text == '\r' ? ' ' : *text);
}

/* "24 MB, at most 16 MB", or the reason. */
static void put_seen(const struct health_entry *entry, const struct check *check,
                     const struct check_state *state, struct buf *out)
{
    struct str unit = str_of(check->unit);
    if (state->has_value) {
        judge_amount(out, state->value, unit);
        buf_text(out, check->bad_below ? ", at least " : ", at most ");
        judge_amount(out, state->limit, unit);
        return;
    }
    buf_text(out, judge_reason(check, state));
    if (!check->reason && state->status != CHECK_PASS && entry->outcome_text[0]) {
        buf_text(out, ": ");
        put_plain(out, entry->outcome_text);
    }
}

/* The checks of an entry that are as bad as the whole; the lesser ones follow from them or can wait. */
static unsigned put_problems(const struct health_entry *entry, enum check_status worst, struct buf *out)
{
    unsigned count = 0;
    for (unsigned i = 0; entry->subject && i < entry->policy->count; i++) {
        const struct check *check = &entry->policy->checks[i];
        const struct check_state *state = &entry->subject->states[i];
        if (!state->looked || judge_weight(check, state->status) != worst || count++ >= SHOWN_MAX)
            continue;
        buf_fmt(out, "%s%s ", count > 1 ? ", " : "", check->name);
        put_seen(entry, check, state, out);
    }
    if (count > SHOWN_MAX)
        buf_fmt(out, ", %u more", count - SHOWN_MAX);
    return count;
}

static void put_names(const struct health_entry *entries, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count && i < SHOWN_MAX; i++)
        buf_fmt(out, "%s%s", i ? ", " : "", entries[i].name);
    if (count > SHOWN_MAX)
        buf_fmt(out, ", %zu more", count - SHOWN_MAX);
    buf_text(out, count > 1 ? " are healthy" : " is healthy");
}

static void put_all_problems(const struct health_entry *entries, size_t count, enum check_status worst,
                             struct buf *out)
{
    bool first = true;
    for (size_t i = 0; i < count; i++) {
        struct buf problems;
        buf_init(&problems, TEXT_MAX);
        if (put_problems(&entries[i], worst, &problems)) {
            buf_fmt(out, "%s%s: " STR_FMT, first ? "" : "; ", entries[i].name, STR_ARG(buf_view(&problems)));
            first = false;
        }
        buf_done(&problems);
    }
    buf_text(out, first ? "nothing was looked at" : "");
}

/* A limit in the plugins' way: "16" is bad above, "16:" below. */
static void put_limit(const struct check *check, const struct check_limit *limit, struct buf *out)
{
    buf_char(out, ';');
    if (!limit->set || !isfinite(limit->enter))
        return;
    buf_fmt(out, "%.12g%s", limit->enter, check->bad_below ? ":" : "");
}

static void put_numbers(const struct health_entry *entries, size_t count, struct buf *out)
{
    const char *before = " | ";
    for (size_t e = 0; e < count; e++) {
        for (unsigned i = 0; entries[e].subject && i < entries[e].policy->count; i++) {
            const struct check *check = &entries[e].policy->checks[i];
            const struct check_state *state = &entries[e].subject->states[i];
            if (!state->has_value || !isfinite(state->value))
                continue;
            buf_fmt(out, "%s%s%s%s=%.12g", before, count > 1 ? entries[e].name : "", count > 1 ? "." : "",
                    check->name, state->value);
            put_limit(check, &check->warn, out);
            put_limit(check, &check->fail, out);
            before = " ";
        }
    }
}

void check_line(const struct health_entry *entries, size_t count, struct buf *out)
{
    enum check_status worst = worst_of(entries, count);
    buf_fmt(out, "%s - ", words[code_of(worst)]);
    if (worst == CHECK_PASS)
        put_names(entries, count, out);
    else
        put_all_problems(entries, count, worst, out);
    put_numbers(entries, count, out);
    buf_char(out, '\n');
}

/* ---- why -------------------------------------------------------------------------------------------- */

static void put_row(struct buf *out, const char *what, struct str text)
{
    if (text.len)
        buf_fmt(out, "    %-8s " STR_FMT "\n", what, STR_ARG(text));
}

static void put_expr(struct buf *out, const char *what, const struct expr *expr)
{
    if (expr)
        put_row(out, what, expr_text(expr));
}

static void put_limits(struct buf *out, const char *what, const struct check *check,
                       const struct check_limit *limit)
{
    struct str unit = str_of(check->unit);
    if (!limit->set)
        return;
    buf_fmt(out, "    %-8s %s ", what, check->bad_below ? "below" : "above");
    judge_amount(out, limit->enter, unit);
    buf_text(out, ", until ");
    judge_amount(out, limit->leave, unit);
    buf_char(out, '\n');
}

static void put_turns(struct buf *out, const struct check *check)
{
    buf_fmt(out, "    %-8s bad after %u look%s in a row, good after %u", "turns", check->fall,
            check->fall == 1 ? "" : "s", check->rise);
    if (check->hold_ms)
        buf_fmt(out, ", bad for %.4g s at least", check->hold_ms / 1e3);
    buf_char(out, '\n');
}

static void put_stops(struct buf *out, unsigned stops)
{
    static const char *const names[] = {"primary", "replica", "read", "cutover"};
    const char *before = "    stops    ";
    for (unsigned i = 0; i < 4; i++) {
        if (!(stops & 1u << i))
            continue;
        buf_fmt(out, "%s%s", before, names[i]);
        before = ", ";
    }
    if (stops)
        buf_char(out, '\n');
}

static void explain_one(const struct health_entry *entry, const struct check *check,
                        const struct check_state *state, struct buf *out)
{
    struct buf seen;
    buf_init(&seen, TEXT_MAX);
    put_seen(entry, check, state, &seen);
    buf_fmt(out, "%s %s: %s (%s)%s\n", entry->name, check->name,
            check_status_word(judge_weight(check, state->status)), judge_reason(check, state),
            state->applies ? "" : ", does not apply here");
    put_row(out, "means", str_of(check->help));
    if (state->applies)
        put_row(out, "saw", buf_view(&seen));
    put_expr(out, "if", check->applies);
    put_expr(out, "bad when", check->when);
    put_expr(out, "value", check->value);
    put_limits(out, "warn", check, &check->warn);
    put_limits(out, "fail", check, &check->fail);
    put_turns(out, check);
    put_stops(out, check->stops);
    if (state->status != CHECK_PASS) {
        put_row(out, "todo", str_of(check->todo));
        put_row(out, "runbook", str_of(check->runbook));
    }
    buf_done(&seen);
}

void check_explain(const struct health_entry *entry, struct buf *out)
{
    for (unsigned i = 0; entry->subject && i < entry->policy->count; i++)
        if (entry->subject->states[i].looked)
            explain_one(entry, &entry->policy->checks[i], &entry->subject->states[i], out);
}

/* ---- questions -------------------------------------------------------------------------------------- */

struct reasons {
    struct buf *out;
    unsigned count;
    bool all; /* a line for everything, else the reasons in one */
};

static void put_reason(void *arg, const char *name, bool ok, const char *reason, struct str text)
{
    struct reasons *reasons = arg;
    if (reasons->all) {
        buf_fmt(reasons->out, "%s %s: %s\n", ok ? "[+]" : "[-]", name, reason);
        put_row(reasons->out, "means", text);
    } else if (!ok) {
        buf_fmt(reasons->out, "%s%s (%s)", reasons->count++ ? ", " : "", name, reason);
    }
}

void check_question(const char *name, enum question question, const struct question_input *input,
                    bool explain, struct buf *out)
{
    bool ok = question_ask(question, input, NULL, NULL);
    struct reasons reasons = {.out = out};
    buf_fmt(out, "%s - %s %s as %s", words[ok ? PLUGIN_OK : PLUGIN_CRITICAL], name,
            ok ? "is fit for traffic" : "gets no traffic", question_word(question));
    buf_text(out, ok ? "" : ": ");
    if (!ok)
        question_ask(question, input, put_reason, &reasons);
    buf_char(out, '\n');
    reasons.all = true;
    if (explain)
        question_ask(question, input, put_reason, &reasons);
}
