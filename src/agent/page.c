#include "agent/page.h"
#include "agent/health_answer.h"
#include "agent/routes.h"
#include <bluegreen/health_report.h>
#include <stdlib.h>

enum { PAGE_MAX = 16 << 20, TARGETS_SHOWN = 500 };

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>redis-bluegreen</title>\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<meta http-equiv=\"refresh\" content=\"5\">\n"
    "<style>\n"
    ":root{color-scheme:light dark}\n"
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\n"
    "h1{font-size:1.4rem;margin-bottom:0}h2{font-size:1.1rem;margin-top:2rem}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;padding:.35rem .8rem .35rem 0;border-bottom:1px solid #8884;vertical-align:top}\n"
    "th{font-weight:600;font-size:.85rem}\n"
    ".good{color:#0a7f3f}.bad{color:#c62828;font-weight:600}\n"
    "@media(prefers-color-scheme:dark){.good{color:#5fd38d}.bad{color:#ff8a80}}\n"
    "code{font-family:ui-monospace,monospace;font-size:.95em}small{color:#888}\n"
    "</style>\n</head>\n<body>\n<h1>redis-bluegreen</h1>\n";

static void put_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '<')
            buf_text(out, "&lt;");
        else if (c == '>')
            buf_text(out, "&gt;");
        else if (c == '&')
            buf_text(out, "&amp;");
        else if (c == '"')
            buf_text(out, "&quot;");
        else if ((unsigned char)c >= ' ')
            buf_char(out, c);
    }
}

/* The worst check speaks for it. */
static void put_reason(struct buf *out, const struct health_entry *entry)
{
    struct buf why;
    buf_init(&why, 4096);
    health_report_why(entry, &why);
    put_escaped(out, buf_view(&why));
    buf_done(&why);
}

static void put_target(struct buf *out, const struct health_entry *entry)
{
    bool healthy = health_entry_ok(entry);
    buf_fmt(out, "<tr><td><a href=\"/health/%s", entry->is_pair ? "pair/" : "");
    put_escaped(out, str_of(entry->name));
    buf_text(out, "\">");
    put_escaped(out, str_of(entry->name));
    buf_fmt(out, "</a></td><td class=\"%s\">%s</td><td>", healthy ? "good" : "bad",
            healthy ? "&#10003; healthy" : "&#10007; not healthy");
    if (entry->facts) {
        buf_fmt(out, "%s</td><td>", role_word(entry->facts->role));
        put_escaped(out, entry->facts->server_name);
        buf_char(out, ' ');
        put_escaped(out, entry->facts->version_text);
        buf_fmt(out, "</td><td>%.1f s ago</td><td>", entry->age_seconds);
    } else {
        buf_text(out, "unknown</td><td></td><td>never</td><td>");
    }
    put_reason(out, entry);
    buf_text(out, "</td></tr>\n");
}

static void put_targets(struct buf *out, const struct health_entry *entries, unsigned count)
{
    buf_text(out, "<h2>Targets</h2>\n<table>\n<tr><th>Target</th><th>Health</th><th>Role</th><th>Server</th>"
                  "<th>Answered</th><th>Why</th></tr>\n");
    for (unsigned i = 0; i < count && i < TARGETS_SHOWN; i++)
        put_target(out, &entries[i]);
    buf_text(out, "</table>\n");
    if (count > TARGETS_SHOWN)
        buf_fmt(out, "<p>%u more are on <a href=\"/health\">/health</a>.</p>\n", count - TARGETS_SHOWN);
}

static void put_routes(struct buf *out, const struct agent *agent)
{
    buf_text(out, "<h2>What can be asked</h2>\n<table>\n");
    for (unsigned i = 0; i < route_count; i++) {
        struct str path = str_of(routes[i].path);
        if (routes[i].admin)
            continue;
        if (str_eq(path, STR("/metrics")))
            path = str_of(agent->config->telemetry_path);
        bool link = routes[i].method == HTTP_GET && str_index(path, '{') < 0;
        buf_fmt(out, "<tr><td><code>%s ", routes[i].method == HTTP_POST ? "POST" : "GET");
        if (link) {
            buf_text(out, "<a href=\"");
            put_escaped(out, path);
            buf_text(out, "\">");
        }
        put_escaped(out, path);
        buf_fmt(out, "%s</code></td><td>%s</td></tr>\n", link ? "</a>" : "", routes[i].help);
    }
    buf_text(out, "</table>\n</body>\n</html>\n");
}

void page_answer(struct agent *agent, struct http_exchange *exchange)
{
    static const struct http_header headers[] = {
        {"Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"},
        {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"}};
    struct health_entry *entries = calloc(health_entry_count(agent) + 1u, sizeof *entries);
    struct buf out;
    size_t len = 0;
    buf_init(&out, PAGE_MAX);
    buf_text(&out, head);
    buf_fmt(&out, "<small>agent %s, watching %u %s</small>\n", BLUEGREEN_VERSION, agent->target_count,
            agent->target_count == 1 ? "target" : "targets");
    if (entries) {
        health_entries(agent, entries);
        put_targets(&out, entries, health_entry_count(agent));
    }
    put_routes(&out, agent);
    free(entries);
    char *bytes = buf_steal(&out, &len);
    struct http_body *body = bytes ? http_body_new(bytes, len) : NULL;
    http_reply(exchange, &(struct http_answer){.status = body ? 200 : 500,
                                               .content_type = "text/html; charset=utf-8",
                                               .body = body,
                                               .headers = headers,
                                               .header_count = 3});
    http_body_unref(body);
}
