#include <bluegreen/health_report.h>
#include <jansson.h>
#include <math.h>
#include <time.h>

enum { OUTPUT_MAX = 4 << 10 };

bool health_entry_ok(const struct health_entry *entry)
{
    return entry->subject && entry->subject->status != CHECK_FAIL && entry->subject->status != CHECK_UNKNOWN;
}

bool health_report_ok(const struct health_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!health_entry_ok(&entries[i]))
            return false;
    return count > 0;
}

/* The checks that looked at this entry: <*cursor> is 0 before the first call. */
static const struct check *next_check(const struct health_entry *entry, unsigned *cursor,
                                      const struct check_state **ret_state)
{
    while (entry->subject && *cursor < entry->policy->count) {
        unsigned i = (*cursor)++;
        *ret_state = &entry->subject->states[i];
        if ((*ret_state)->looked)
            return &entry->policy->checks[i];
    }
    return NULL;
}

/* What a check says, and for a poll that failed, why. */
static void put_output(const struct health_entry *entry, const struct check *check,
                       const struct check_state *state, struct buf *out)
{
    if (state->status == CHECK_WARN || state->status == CHECK_FAIL)
        buf_text(out, "not so: "); /* the sentence of a check says what is when all is well */
    judge_text(check, state, out);
    if (!check->reason && state->status != CHECK_PASS && entry->outcome_text[0])
        buf_fmt(out, ": %s", entry->outcome_text);
}

/* The format knows pass, warn and fail. What is not known is not healthy. */
static const char *json_status(enum check_status status)
{
    return check_status_word(status == CHECK_UNKNOWN ? CHECK_FAIL : status);
}

static json_t *text(struct str s)
{
    return str_is_utf8(s) ? json_stringn(s.len ? s.ptr : "", s.len) : json_string("(not UTF-8)");
}

static double tenths(double value)
{
    return round(value * 10) / 10;
}

/* Adds to an object, and remembers in <ok> when that was not possible. Takes <value> over. */
static void put(json_t *object, const char *key, json_t *value, bool *ok)
{
    *ok = json_object_set_new(object, key, value) == 0 && *ok;
}

static void put_time(json_t *object, double wall_seconds, bool *ok)
{
    char stamp[32];
    time_t seconds = (time_t)wall_seconds;
    struct tm utc;
    if (wall_seconds > 0 && gmtime_r(&seconds, &utc) &&
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc))
        put(object, "time", json_string(stamp), ok);
}

static void put_limit(json_t *object, const char *key, const struct check_limit *limit, bool *ok)
{
    if (limit->set && isfinite(limit->enter))
        put(object, key, json_real(limit->enter), ok);
}

static json_t *check_json(const struct health_entry *entry, const struct check *check,
                          const struct check_state *state, bool *ok)
{
    json_t *object = json_object(), *list = json_array();
    struct buf output;
    buf_init(&output, OUTPUT_MAX);
    put_output(entry, check, state, &output);
    put(object, "componentId", json_string(entry->name), ok);
    put(object, "componentType", json_string(entry->is_pair ? "system" : "datastore"), ok);
    put(object, "status", json_string(json_status(judge_weight(check, state->status))), ok);
    put(object, "reason", json_string(judge_reason(check, state)), ok);
    if (state->has_value && isfinite(state->value)) {
        put(object, "observedValue", json_real(state->value), ok);
        put(object, "observedUnit", json_string(check->unit), ok);
        put_limit(object, "warnLimit", &check->warn, ok);
        put_limit(object, "failLimit", &check->fail, ok);
    }
    put(object, "output", text(buf_view(&output)), ok);
    *ok = buf_ok(&output) && *ok;
    if (state->status != CHECK_PASS && check->todo[0])
        put(object, "todo", text(str_of(check->todo)), ok);
    if (state->status != CHECK_PASS && check->runbook[0])
        put(object, "runbook", text(str_of(check->runbook)), ok);
    put_time(object, entry->wall_seconds, ok);
    *ok = json_array_append_new(list, object) == 0 && *ok;
    buf_done(&output);
    return list;
}

static enum check_status status_of(const struct health_entry *entry)
{
    return entry->subject ? entry->subject->status : CHECK_UNKNOWN;
}

static json_t *entry_json(const struct health_entry *entry, bool *ok)
{
    json_t *object = json_object();
    put(object, "status", json_string(json_status(status_of(entry))), ok);
    if (entry->facts) {
        put(object, "role", json_string(role_word(entry->facts->role)), ok);
        put(object, "version", text(entry->facts->version_text), ok);
        if (isfinite(entry->age_seconds))
            put(object, "ageSeconds", json_real(tenths(entry->age_seconds)), ok);
    }
    return object;
}

static enum check_status worst(const struct health_entry *entries, size_t count)
{
    enum check_status status = count ? CHECK_PASS : CHECK_FAIL;
    for (size_t i = 0; i < count; i++)
        status = check_worse(status, status_of(&entries[i]));
    return status;
}

static void put_checks(json_t *all, const struct health_entry *entry, bool with_good, bool *ok)
{
    const struct check *check;
    const struct check_state *state;
    unsigned cursor = 0;
    while ((check = next_check(entry, &cursor, &state))) {
        char key[192];
        if (!with_good && state->status == CHECK_PASS)
            continue;
        snprintf(key, sizeof key, "%s:%s", entry->name, check->name);
        put(all, key, check_json(entry, check, state, ok), ok);
    }
}

static json_t *report_json(const struct health_entry *entries, size_t count, bool with_good,
                           const char *version, bool *ok)
{
    json_t *report = json_object(), *targets = json_object(), *pairs = json_object(), *all = json_object();
    for (size_t i = 0; i < count; i++) {
        put(entries[i].is_pair ? pairs : targets, entries[i].name, entry_json(&entries[i], ok), ok);
        put_checks(all, &entries[i], with_good, ok);
    }
    put(report, "status", json_string(json_status(worst(entries, count))), ok);
    put(report, "serviceId", json_string("redis-bluegreen-agent"), ok);
    put(report, "releaseId", json_string(version), ok);
    put(report, "targets", targets, ok);
    put(report, "pairs", pairs, ok);
    put(report, "checks", all, ok);
    return report;
}

/* In two passes, because json_dumps() may lose a piece without a word when memory runs out in the middle. */
static bool dump(const json_t *report, struct buf *out)
{
    static const size_t flags = JSON_INDENT(1) | JSON_REAL_PRECISION(12);
    size_t size = json_dumpb(report, NULL, 0, flags);
    if (!size || !buf_reserve(out, size))
        return false;
    size_t written = json_dumpb(report, out->ptr + out->len, size, flags);
    out->len += written == size ? size : 0;
    return written == size;
}

void health_report_json(const struct health_entry *entries, size_t count, bool all, const char *version,
                        struct buf *out)
{
    bool ok = true;
    json_t *report = report_json(entries, count, all, version, &ok);
    if (ok && dump(report, out))
        buf_char(out, '\n');
    else
        buf_fail(out); /* half a report must not pass for a whole one */
    json_decref(report);
}

static void put_line(const struct health_entry *entry, const struct check *check,
                     const struct check_state *state, struct buf *out)
{
    enum check_status status = judge_weight(check, state->status);
    bool good = status == CHECK_PASS || status == CHECK_WARN;
    buf_fmt(out, "[%c]%s %s ", good ? '+' : '-', entry->name, check->name);
    if (status == CHECK_PASS) {
        buf_text(out, "ok\n");
        return;
    }
    buf_fmt(out, "%s: %s: ", good ? "warns" : "failed", judge_reason(check, state));
    put_output(entry, check, state, out);
    buf_char(out, '\n');
}

void health_report_text(const struct health_entry *entries, size_t count, bool all, struct buf *out)
{
    const struct check *check;
    const struct check_state *state;
    for (size_t i = 0; i < count; i++) {
        unsigned cursor = 0;
        if (!entries[i].subject)
            buf_fmt(out, "[-]%s pending\n", entries[i].name);
        while ((check = next_check(&entries[i], &cursor, &state)))
            if (all || state->status != CHECK_PASS)
                put_line(&entries[i], check, state, out);
    }
    buf_text(out, health_report_ok(entries, count) ? "healthy\n" : "not healthy\n");
}

void health_report_why(const struct health_entry *entry, struct buf *out)
{
    const struct check *check, *found = NULL;
    const struct check_state *state, *found_state = NULL;
    unsigned cursor = 0;
    while ((check = next_check(entry, &cursor, &state))) {
        enum check_status status = judge_weight(check, state->status);
        if (status == CHECK_PASS ||
            (found && check_worse(judge_weight(found, found_state->status), status) != status))
            continue;
        if (found && judge_weight(found, found_state->status) == status)
            continue;
        found = check;
        found_state = state;
    }
    if (found)
        put_output(entry, found, found_state, out);
}
