#include <bluegreen/health_report.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
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
    json_t *value = json_stringn(s.ptr ? s.ptr : "", s.len);
    return value ? value : json_string("(not UTF-8)");
}

static double tenths(double value)
{
    return round(value * 10) / 10;
}

static void add_time(json_t *object, double wall_seconds)
{
    char stamp[32];
    time_t seconds = (time_t)wall_seconds;
    struct tm utc;
    if (wall_seconds > 0 && gmtime_r(&seconds, &utc) &&
        strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc))
        json_object_set_new(object, "time", json_string(stamp));
}

static json_t *check_json(const struct health_entry *entry, int i)
{
    const struct check_result *result = &entry->verdict.results[i];
    json_t *check = json_pack("{s:s, s:s, s:s, s:s}", "componentId", entry->target, "componentType",
                              "datastore", "status", json_status(result->status), "reason", result->reason);
    if (result->has_value) {
        json_object_set_new(check, "observedValue", json_real(tenths(result->value)));
        json_object_set_new(check, "limit", json_real(result->limit));
        json_object_set_new(check, "observedUnit", json_string(checks[i].unit));
    }
    json_object_set_new(check, "output", text(str_of(result->text)));
    add_time(check, entry->wall_seconds);
    json_t *list = json_array();
    json_array_append_new(list, check);
    return list;
}

static json_t *target_json(const struct health_entry *entry)
{
    json_t *target = json_pack("{s:s}", "status", json_status(entry->verdict.status));
    if (!entry->facts)
        return target;
    json_object_set_new(target, "role", json_string(role_word(entry->facts->role)));
    json_object_set_new(target, "version", text(entry->facts->version_text));
    json_object_set_new(target, "ageSeconds", json_real(tenths(entry->age_seconds)));
    return target;
}

void health_report_json(const struct health_entry *entries, size_t count, const char *version,
                        struct buf *out)
{
    json_t *all = json_object(), *targets = json_object();
    bool warned = false;
    for (size_t i = 0; i < count; i++) {
        char key[128];
        json_object_set_new(targets, entries[i].target, target_json(&entries[i]));
        for (int c = 0; c < CHECK_COUNT; c++) {
            snprintf(key, sizeof key, "%s:%s", entries[i].target, checks[c].name);
            json_object_set_new(all, key, check_json(&entries[i], c));
        }
        warned |= entries[i].verdict.status == CHECK_WARN;
    }
    const char *status = !health_report_ok(entries, count) ? "fail" : warned ? "warn" : "pass";
    json_t *report =
        json_pack("{s:s, s:s, s:s, s:o, s:o}", "status", status, "serviceId", "redis-bluegreen-agent",
                  "releaseId", version, "targets", targets, "checks", all);
    char *dump = report ? json_dumps(report, JSON_INDENT(1) | JSON_REAL_PRECISION(12)) : NULL;
    if (dump) {
        buf_text(out, dump);
        buf_char(out, '\n');
    }
    free(dump);
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
