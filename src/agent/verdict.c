#include "agent/verdict.h"
#include "agent/html.h"

static const struct {
    const char *word, *label;
    enum check_status status;
} verdicts[VERDICT_COUNT] = {
    [VERDICT_NONE] = {"none", "not known", CHECK_UNKNOWN},
    [VERDICT_UNSEEN] = {"unseen", "a side does not answer", CHECK_FAIL},
    [VERDICT_BOTH] = {"both_primary", "both sides are primaries", CHECK_FAIL},
    [VERDICT_NOBODY] = {"no_primary", "nobody takes writes", CHECK_FAIL},
    [VERDICT_WRONG] = {"wrong_primary", "the wrong side is the primary", CHECK_FAIL},
    [VERDICT_NOT_SAFE] = {"not_safe", "not safe to cut over", CHECK_WARN},
    [VERDICT_READY] = {"ready", "ready to switch", CHECK_PASS},
    [VERDICT_SWITCHED] = {"switched", "cut over", CHECK_PASS},
};

static enum side other(enum side side)
{
    return side == SIDE_BLUE ? SIDE_GREEN : SIDE_BLUE;
}

static const char *capital(enum side side)
{
    return side == SIDE_BLUE ? "Blue" : "Green";
}

static bool both_primary(const struct pair_view *view)
{
    return view->blue->facts.role == ROLE_PRIMARY && view->green->facts.role == ROLE_PRIMARY;
}

enum verdict verdict_of(const struct verdict_input *input)
{
    const struct pair_view *view = input->view;
    if (!view->blue || !view->green)
        return VERDICT_UNSEEN;
    if (both_primary(view)) /* blue, left alone after the switch, remains what it was */
        return input->designated == SIDE_GREEN ? VERDICT_SWITCHED : VERDICT_BOTH;
    if (view->primary == SIDE_NONE)
        return VERDICT_NOBODY;
    if (view->primary != input->designated)
        return VERDICT_WRONG;
    if (view->primary == SIDE_GREEN)
        return VERDICT_SWITCHED;
    return input->ready && !input->paused ? VERDICT_READY : VERDICT_NOT_SAFE;
}

/* ---- the sentence ----------------------------------------------------------------------------------- */

/* ", for 3 min" */
static void put_since(double since_seconds, struct buf *out)
{
    if (since_seconds < 0)
        return;
    buf_text(out, ", for ");
    html_age(out, since_seconds);
}

/* " 0 bytes behind" */
static void put_lag(const struct pair_view *view, struct buf *out)
{
    if (!view->lag_bytes.known) {
        buf_text(out, ", how far behind is not known");
        return;
    }
    buf_char(out, ' ');
    judge_amount(out, view->lag_bytes.value, STR("bytes"));
    buf_text(out, " behind");
}

static void put_unseen(const struct verdict_input *input, double since_seconds, struct buf *out)
{
    const struct pair_view *view = input->view;
    if (!view->blue && !view->green) {
        buf_text(out, "Neither side answers");
        put_since(since_seconds, out);
    } else {
        enum side gone = view->blue ? SIDE_GREEN : SIDE_BLUE;
        buf_fmt(out, "%s%s does not answer", capital(gone),
                gone == input->designated ? ", which should take writes," : "");
        put_since(since_seconds, out);
    }
    const char *error = view->blue ? input->green_error : input->blue_error;
    buf_fmt(out, "%s%s.", error[0] ? ": " : "", error);
    buf_text(out, view->blue || view->green ? " Not safe to cut over." : "");
}

/* What speaks against a switch, from the check that says so. */
static void put_blocker(const struct verdict_input *input, struct buf *out)
{
    const struct check *check = input->blocker;
    const struct check_state *state = input->blocker_state;
    const char *side = input->blocker_side == SIDE_NONE ? "the pair" : side_word(input->blocker_side);
    struct str name = str_of(check->name), unit = str_of(check->unit);
    if (str_starts(name, STR("lag_")) && state->has_value) {
        buf_fmt(out, "%s is ", side);
        judge_amount(out, state->value, unit);
        buf_text(out, " behind (limit ");
        judge_amount(out,
                     state->status == CHECK_FAIL && check->fail.set ? check->fail.enter : check->warn.enter,
                     unit);
        buf_char(out, ')');
    } else if (str_eq(name, STR("replica_link"))) {
        buf_fmt(out, "the link from %s to its primary is down", side);
    } else if (str_eq(name, STR("sync_in_progress"))) {
        buf_fmt(out, "%s is receiving a full copy", side);
    } else if (str_eq(name, STR("loading"))) {
        buf_fmt(out, "%s is loading its data set", side);
    } else {
        buf_fmt(out, "the check %s of %s %s", check->name, side,
                state->status == CHECK_UNKNOWN ? "is not known" : "does not pass");
    }
}

static void put_paused(const struct pair_view *view, double since_seconds, struct buf *out)
{
    buf_fmt(out, "Writes to %s are paused for a cutover", side_word(view->primary));
    put_since(since_seconds, out);
    buf_fmt(out, ". %s %s", capital(other(view->primary)), view->following ? "follows" : "does not follow");
    if (view->following)
        put_lag(view, out);
    buf_char(out, '.');
}

static void put_not_safe(const struct verdict_input *input, double since_seconds, struct buf *out)
{
    const struct pair_view *view = input->view;
    enum side primary = view->primary, replica = other(primary);
    bool lag_said = input->blocker && str_starts(str_of(input->blocker->name), STR("lag_"));
    buf_text(out, "Not safe to cut over: ");
    if (input->blocker)
        put_blocker(input, out);
    else
        buf_fmt(out, "%s does not follow %s", side_word(replica), side_word(primary));
    put_since(since_seconds, out);
    buf_fmt(out, ". %s takes writes", capital(primary));
    if (view->following && !lag_said) {
        buf_fmt(out, "; %s follows", side_word(replica));
        put_lag(view, out);
    }
    buf_char(out, '.');
}

/* One side takes writes, as decided, and that is well. */
static void put_good(const struct verdict_input *input, enum verdict verdict, double since_seconds,
                     struct buf *out)
{
    const struct pair_view *view = input->view;
    enum side primary = input->designated, replica = other(primary);
    buf_fmt(out, "%s takes writes; ", capital(primary));
    if (both_primary(view)) {
        buf_fmt(out, "%s does not follow and still is a primary", side_word(replica));
    } else if (view->following) {
        buf_fmt(out, "%s follows", side_word(replica));
        put_lag(view, out);
    } else {
        buf_fmt(out, "%s does not follow", side_word(replica));
    }
    buf_text(out, verdict == VERDICT_READY ? ". Ready to switch" : ". Cut over");
    put_since(since_seconds, out);
    buf_char(out, '.');
}

void verdict_text(const struct verdict_input *input, double since_seconds, struct buf *out)
{
    enum verdict verdict = verdict_of(input);
    switch (verdict) {
    case VERDICT_UNSEEN: put_unseen(input, since_seconds, out); return;
    case VERDICT_BOTH: buf_text(out, "Split brain: both sides are primaries and take writes"); break;
    case VERDICT_NOBODY: buf_text(out, "Nobody takes writes: neither side is a primary"); break;
    case VERDICT_WRONG:
        buf_fmt(out, "%s is the primary, but %s was decided to take writes", capital(input->view->primary),
                side_word(input->designated));
        break;
    case VERDICT_NOT_SAFE:
        if (input->paused)
            put_paused(input->view, since_seconds, out);
        else
            put_not_safe(input, since_seconds, out);
        return;
    default: put_good(input, verdict, since_seconds, out); return;
    }
    put_since(since_seconds, out);
    buf_text(out, ". Not safe to cut over.");
}

enum check_status verdict_status(enum verdict verdict)
{
    return verdicts[verdict].status;
}

const char *verdict_label(enum verdict verdict)
{
    return verdicts[verdict].label;
}

const char *verdict_word(enum verdict verdict)
{
    return verdicts[verdict].word;
}
