#include "agent/html.h"
#include <math.h>
#include <time.h>

/* What a character is written as, when not as itself. */
static const char *entity(char c)
{
    switch (c) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '&': return "&amp;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

void html_text(struct buf *out, struct str s)
{
    while (s.len) {
        size_t len = str_utf8_length(s);
        const char *escaped = entity(s.ptr[0]);
        if (len == 0)
            buf_text(out, "\xef\xbf\xbd");
        else if (escaped)
            buf_text(out, escaped);
        else if (!is_control(s.ptr[0]))
            buf_add(out, s.ptr, len);
        s = str_from(s, len ? len : 1);
    }
}

void html_segment(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' ||
                     c == '.' || c == '_' || c == '~' || c == ':';
        if (plain)
            buf_char(out, c);
        else
            buf_fmt(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

void html_age(struct buf *out, double seconds)
{
    static const struct {
        double in_seconds;
        const char *name;
        double in_next;
        const char *next;
    } units[] = {{86400, "d", 3600, "h"}, {3600, "h", 60, "min"}, {60, "min", 0, NULL}, {0, "s", 0, NULL}};
    unsigned u = 0;
    if (!isfinite(seconds) || seconds < 0)
        seconds = 0;
    while (seconds < units[u].in_seconds)
        u++;
    double whole = units[u].in_seconds > 0 ? floor(seconds / units[u].in_seconds) : floor(seconds);
    buf_fmt(out, "%.0f %s", whole, units[u].name);
    if (!units[u].next)
        return;
    double rest = floor((seconds - whole * units[u].in_seconds) / units[u].in_next);
    if (rest > 0)
        buf_fmt(out, " %.0f %s", rest, units[u].next);
}

void html_time(struct buf *out, double wall_seconds)
{
    char stamp[40];
    time_t seconds = (time_t)wall_seconds;
    struct tm utc;
    if (gmtime_r(&seconds, &utc) && strftime(stamp, sizeof stamp, "%Y-%m-%d %H:%M:%S UTC", &utc))
        buf_text(out, stamp);
}

bool html_may_link(struct str url)
{
    return str_starts(url, STR("https://")) || str_starts(url, STR("http://"));
}
