#include "io/logger.h"
#include <bluegreen/buf.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { LINE_MAX_ = 4096, VALUE_MAX = 1024 };

static struct {
    enum log_level level;
    enum log_format format;
} settings = {LOG_INFO_, LOG_LOGFMT};

static const char *const level_words[] = {"debug", "info", "warn", "error"};

void log_configure(enum log_level level, enum log_format format)
{
    settings.level = level;
    settings.format = format;
}

static void timestamp(char *out, size_t size)
{
    struct timespec now;
    struct tm utc;
    char seconds[32];
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    strftime(seconds, sizeof seconds, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(out, size, "%s.%03ldZ", seconds, now.tv_nsec / 1000000);
}

static bool is_plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c <= ' ' || c >= 127 || c == '"' || c == '=' || c == '\\')
            return false;
    }
    return s.len > 0;
}

static void put_quoted(struct buf *out, struct str s)
{
    buf_char(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\n')
            buf_text(out, "\\n");
        else if (c < ' ' || c == 127)
            buf_fmt(out, "\\x%02x", c);
        else {
            if (c == '"' || c == '\\')
                buf_char(out, '\\');
            buf_char(out, (char)c);
        }
    }
    buf_char(out, '"');
}

static void put_field(struct buf *out, const char *key, struct str value)
{
    value = str_clip(value, VALUE_MAX);
    buf_fmt(out, " %s=", key);
    if (is_plain(value))
        buf_str(out, value);
    else
        put_quoted(out, value);
}

static void write_logfmt(struct buf *out, const char *ts, enum log_level level, const char *message,
                         const struct log_field *fields)
{
    buf_fmt(out, "ts=%s level=%s", ts, level_words[level]);
    put_field(out, "msg", str_of(message));
    for (; fields && fields->key; fields++)
        put_field(out, fields->key, fields->value);
    buf_char(out, '\n');
}

/* A string that is not UTF-8 cannot be JSON; the key stays to show that there was something. */
static json_t *json_text(struct str s)
{
    s = str_clip(s, VALUE_MAX);
    return str_is_utf8(s) ? json_stringn(s.len ? s.ptr : "", s.len) : json_string("(not UTF-8)");
}

static void write_json(struct buf *out, const char *ts, enum log_level level, const char *message,
                       const struct log_field *fields)
{
    json_t *line = json_pack("{s:s, s:s, s:s}", "ts", ts, "level", level_words[level], "msg", message);
    for (; line && fields && fields->key; fields++)
        json_object_set_new(line, fields->key, json_text(fields->value));
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    if (text) {
        buf_text(out, text);
        buf_char(out, '\n');
    }
    free(text);
    json_decref(line);
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level < settings.level)
        return;
    char ts[64];
    struct buf line;
    buf_init(&line, 16 * LINE_MAX_);
    timestamp(ts, sizeof ts);
    if (settings.format == LOG_JSON)
        write_json(&line, ts, level, message, fields);
    else
        write_logfmt(&line, ts, level, message, fields);
    /* One write a line, so that lines of several processes do not mix; a lost log line is nobody's failure.
     */
    if (buf_ok(&line))
        (void)!write(STDERR_FILENO, line.ptr, line.len);
    buf_done(&line);
}
