#include <bluegreen/health_report.h>
#include <jansson.h>
#include <math.h>
#include <time.h>

bool health_report_ok(const struct health_entry *entries, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!verdict_healthy(&entries[i].verdict))
            return false;
    return count > 0;
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

static json_t *check_json(const struct health_entry *entry, int i, bool *ok)
{
    const struct check_result *result = &entry->verdict.results[i];
    json_t *check = json_object(), *list = json_array();
    put(check, "componentId", json_string(entry->target), ok);
    put(check, "componentType", json_string("datastore"), ok);
    put(check, "status", json_string(json_status(result->status)), ok);
    put(check, "reason", json_string(result->reason), ok);
    if (result->has_value && isfinite(result->value) && isfinite(result->limit)) {
        put(check, "observedValue", json_real(tenths(result->value)), ok);
        put(check, "limit", json_real(result->limit), ok);
        put(check, "observedUnit", json_string(checks[i].unit), ok);
    }
    put(check, "output", text(str_of(result->text)), ok);
    put_time(check, entry->wall_seconds, ok);
    *ok = json_array_append_new(list, check) == 0 && *ok;
    return list;
}

static json_t *target_json(const struct health_entry *entry, bool *ok)
{
    json_t *target = json_object();
    put(target, "status", json_string(json_status(entry->verdict.status)), ok);
    if (entry->facts) {
        put(target, "role", json_string(role_word(entry->facts->role)), ok);
        put(target, "version", text(entry->facts->version_text), ok);
        if (isfinite(entry->age_seconds))
            put(target, "ageSeconds", json_real(tenths(entry->age_seconds)), ok);
    }
    return target;
}

static enum check_status worst(const struct health_entry *entries, size_t count)
{
    if (!health_report_ok(entries, count))
        return CHECK_FAIL;
    for (size_t i = 0; i < count; i++)
        if (entries[i].verdict.status == CHECK_WARN)
            return CHECK_WARN;
    return CHECK_PASS;
}

static json_t *report_json(const struct health_entry *entries, size_t count, const char *version, bool *ok)
{
    json_t *report = json_object(), *targets = json_object(), *all = json_object();
    for (size_t i = 0; i < count; i++) {
        put(targets, entries[i].target, target_json(&entries[i], ok), ok);
        for (int c = 0; c < CHECK_COUNT; c++) {
            char key[128];
            snprintf(key, sizeof key, "%s:%s", entries[i].target, checks[c].name);
            put(all, key, check_json(&entries[i], c, ok), ok);
        }
    }
    put(report, "status", json_string(json_status(worst(entries, count))), ok);
    put(report, "serviceId", json_string("redis-bluegreen-agent"), ok);
    put(report, "releaseId", json_string(version), ok);
    put(report, "targets", targets, ok);
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

void health_report_json(const struct health_entry *entries, size_t count, const char *version,
                        struct buf *out)
{
    bool ok = true;
    json_t *report = report_json(entries, count, version, &ok);
    if (ok && dump(report, out))
        buf_char(out, '\n');
    else
        buf_fail(out); /* half a report must not pass for a whole one */
    json_decref(report);
}

void health_report_text(const struct health_entry *entries, size_t count, struct buf *out)
{
    for (size_t i = 0; i < count; i++) {
        for (int c = 0; c < CHECK_COUNT; c++) {
            const struct check_result *result = &entries[i].verdict.results[c];
            bool good = result->status == CHECK_PASS || result->status == CHECK_WARN;
            buf_fmt(out, "[%c]%s %s ", good ? '+' : '-', entries[i].target, checks[c].name);
            if (good)
                buf_fmt(out, "%s\n", result->reason);
            else
                buf_fmt(out, "failed: %s: %s\n", result->reason, result->text);
        }
    }
    buf_text(out, health_report_ok(entries, count) ? "healthy\n" : "not healthy\n");
}
