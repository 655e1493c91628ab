#include "agent/page.h"
#include "agent/html.h"
#include "agent/page_parts.h"
#include "agent/routes.h"
#include <bluegreen/num.h>
#include <stdio.h>

enum { PAGE_MAX = 16 << 20, REFRESH_SECONDS = 5, REFRESH_MAX_SECONDS = 3600, NONCE_BYTES = 16 };

static const char style[] =
    ":root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--card:#f4f6f8;--rule:#c9d0d8;--mute:#555e68;"
    "--link:#0b57b0;--good:#0b6b36;--warn:#7d4e00;--bad:#b3151b;--unknown:#4a4f8a}\n"
    "@media(prefers-color-scheme:dark){:root{--fg:#e7eaee;--bg:#14171b;--card:#1f242a;--rule:#3a424b;"
    "--mute:#a5afba;--link:#86b7ff;--good:#5fd38d;--warn:#f2b84b;--bad:#ff9088;--unknown:#b9bdfb}}\n"
    "*{box-sizing:border-box}\n"
    "body{font:16px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:0 auto;"
    "max-width:76rem;padding:1rem}\n"
    "header{display:flex;flex-wrap:wrap;gap:.25rem 1.25rem;align-items:baseline;color:var(--mute)}\n"
    "h1{font-size:1.1rem;margin:0;color:var(--fg)}h2{font-size:1.05rem;margin:2rem 0 .4rem}p{margin:.4rem "
    "0}\n"
    "a{color:var(--link)}a:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
    "code{font-family:ui-monospace,monospace;font-size:.92em}\n"
    "small,.note,.under{color:var(--mute);font-size:.875rem}\n"
    ".good{color:var(--good)}.warn{color:var(--warn)}.bad{color:var(--bad)}.unknown{color:var(--unknown)}\n"
    ".s{white-space:nowrap}\n"
    ".pair{background:var(--card);color:var(--fg);border-left:.5rem solid;padding:.7rem 1rem;margin:.8rem "
    "0}\n"
    ".pair.good{border-color:var(--good)}.pair.warn{border-color:var(--warn)}"
    ".pair.bad{border-color:var(--bad)}.pair.unknown{border-color:var(--unknown)}\n"
    ".verdict{font-size:1.25rem;font-weight:600;margin:0}\n"
    "table{border-collapse:collapse;width:100%}\n"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;"
    "border-bottom:1px solid var(--rule);overflow-wrap:break-word}\n"
    "td:has(bdi){min-width:7rem}bdi{overflow-wrap:anywhere}\n"
    "th{font-size:.8rem;font-weight:600;color:var(--mute)}\n"
    "svg{width:9rem;max-width:100%;height:1.8rem;display:block;border-bottom:1px solid var(--rule)}"
    "path{fill:none;stroke:var(--link);stroke-width:1.5;vector-effect:non-scaling-stroke;"
    "stroke-linecap:round;stroke-linejoin:round}\n"
    ".num{white-space:nowrap}\n"
    "summary{cursor:pointer;font-weight:600;margin-top:2rem}"
    "summary:focus-visible{outline:3px solid var(--link);outline-offset:2px}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}"
    "dt{color:var(--mute)}dd{margin:0;overflow-wrap:anywhere}\n"
    "@media(max-width:48rem){\n"
    "thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}\n"
    "table,tbody,tr,td{display:block}td,code{overflow-wrap:anywhere}\n"
    "tr{border-bottom:1px solid var(--rule);padding:.45rem 0}\n"
    "td{border:0;padding:.1rem 0 .1rem 6.5rem;min-height:1.5rem}td:empty{display:none}\n"
    "td::before{content:attr(data-l);float:left;width:6rem;margin-left:-6.5rem;color:var(--mute);"
    "font-size:.875rem}\n"
    "}\n"
    "@media(max-width:30rem){dl{display:block}dd{margin-bottom:.4rem}.verdict{font-size:1.1rem}}\n";

/* ---- what was asked --------------------------------------------------------------------------------- */

/* Seconds; 0 = never. */
static bool read_refresh(const struct http_exchange *exchange, unsigned *ret)
{
    struct str value;
    uint64_t seconds;
    *ret = REFRESH_SECONDS;
    if (!http_query(exchange, STR("refresh"), &value))
        return true;
    if (str_eq(value, STR("off"))) {
        *ret = 0;
        return true;
    }
    if (!num_u64(value, &seconds) || seconds < 1 || seconds > REFRESH_MAX_SECONDS)
        return false;
    *ret = (unsigned)seconds;
    return true;
}

/* Of this answer's style sheet: text of others that got into the page could not know it. */
static bool make_nonce(char ret[2 * NONCE_BYTES + 1])
{
    unsigned char bytes[NONCE_BYTES];
    if (uv_random(NULL, NULL, bytes, sizeof bytes, 0, NULL) != 0)
        return false;
    for (unsigned i = 0; i < NONCE_BYTES; i++)
        snprintf(ret + (size_t)2 * i, 3, "%02x", bytes[i]);
    return true;
}

/* ---- the page --------------------------------------------------------------------------------------- */

static void put_head(struct buf *out, const struct overview *overview, unsigned refresh, const char *nonce)
{
    static const char *const colours[] = {[CHECK_UNKNOWN] = "4a4f8a",
                                          [CHECK_PASS] = "0b6b36",
                                          [CHECK_WARN] = "b36b00",
                                          [CHECK_FAIL] = "b3151b"};
    buf_text(out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    buf_fmt(out, "<title>%s %s: redis-bluegreen</title>\n", page_icon(overview->status),
            overview->status == CHECK_PASS ? "good" : check_status_word(overview->status));
    buf_text(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    if (refresh)
        buf_fmt(out, "<meta http-equiv=\"refresh\" content=\"%u\">\n", refresh);
    buf_fmt(out,
            "<link rel=\"icon\" href=\"data:image/svg+xml,%%3Csvg xmlns='http://www.w3.org/2000/svg' "
            "viewBox='0 0 8 8'%%3E%%3Ccircle cx='4' cy='4' r='4' fill='%%23%s'/%%3E%%3C/svg%%3E\">\n",
            colours[overview->status]);
    buf_fmt(out, "<style nonce=\"%s\">\n", nonce);
    buf_text(out, style);
    buf_text(out, "</style>\n</head>\n<body>\n");
}

static void put_header(struct buf *out, const struct overview *overview, unsigned refresh)
{
    buf_text(out, "<header>\n<h1>redis-bluegreen</h1>\n<span>");
    html_time(out, overview->wall_seconds);
    buf_text(out, "</span>\n");
    if (refresh)
        buf_fmt(out, "<span>new every %u s &middot; <a href=\"?refresh=off\">stop</a></span>\n", refresh);
    else
        buf_text(out, "<span>stands still &middot; <a href=\"./\">refresh again</a></span>\n");
    buf_text(out, "<a href=\"status.json\">as JSON</a>\n</header>\n<main>\n");
}

static void put_routes(struct buf *out, const struct agent *agent)
{
    static const char *const heads[] = {"URL", "What it says", NULL};
    buf_text(out, "<details>\n<summary>What can be asked</summary>\n");
    page_table(out, heads);
    for (unsigned i = 0; i < route_count; i++) {
        struct str path = str_of(routes[i].path);
        if (routes[i].admin)
            continue;
        if (str_eq(path, STR("/metrics")))
            path = str_of(agent->config->telemetry_path);
        bool link = routes[i].method == HTTP_GET && str_index(path, '{') < 0;
        buf_text(out, "<tr>");
        page_cell(out, "URL");
        if (link) {
            buf_text(out, "<a href=\".");
            html_text(out, path);
            buf_text(out, "\">");
        }
        buf_fmt(out, "<code>%s ", routes[i].method == HTTP_POST ? "POST" : "GET");
        html_text(out, path);
        buf_fmt(out, "</code>%s</td>", link ? "</a>" : "");
        page_cell(out, "Says");
        html_text(out, str_of(routes[i].help));
        buf_text(out, "</td></tr>\n");
    }
    page_table_end(out);
    buf_text(out, "</details>\n");
}

static void put_page(struct buf *out, const struct agent *agent, const struct overview *overview,
                     unsigned refresh, const char *nonce)
{
    put_head(out, overview, refresh, nonce);
    put_header(out, overview, refresh);
    page_verdicts(out, overview);
    page_problems(out, overview);
    page_replication(out, overview);
    page_history(out, overview);
    page_events(out, &agent->recall, overview);
    page_answers(out, overview);
    page_agent(out, agent, overview);
    put_routes(out, agent);
    buf_text(out, "</main>\n</body>\n</html>\n");
}

static void send_page(struct http_exchange *exchange, struct buf *out, const char *nonce)
{
    char policy[320];
    size_t len = 0;
    char *bytes = buf_steal(out, &len);
    struct http_body *body = bytes ? http_body_new(bytes, len) : NULL;
    snprintf(policy, sizeof policy,
             "default-src 'none'; style-src 'nonce-%s'; img-src data:; base-uri 'none'; form-action 'none'; "
             "frame-ancestors 'none'",
             nonce);
    const struct http_header headers[] = {{"Cache-Control", "no-store"},
                                          {"Content-Security-Policy", policy},
                                          {"X-Content-Type-Options", "nosniff"},
                                          {"Referrer-Policy", "no-referrer"}};
    if (body)
        http_reply(exchange, &(struct http_answer){.status = 200,
                                                   .content_type = "text/html; charset=utf-8",
                                                   .body = body,
                                                   .headers = headers,
                                                   .header_count = sizeof headers / sizeof headers[0]});
    else
        http_reply_text(exchange, 503, "no memory for the page\n");
    http_body_unref(body);
}

void page_answer(struct agent *agent, struct http_exchange *exchange)
{
    struct overview overview;
    struct buf out;
    unsigned refresh;
    char nonce[2 * NONCE_BYTES + 1];
    if (!read_refresh(exchange, &refresh)) {
        http_reply_text(exchange, 400, "refresh must be off or a number of seconds up to 3600\n");
        return;
    }
    if (!make_nonce(nonce) || !overview_make(agent, &overview)) {
        http_reply_text(exchange, 503, "no memory for the page\n");
        return;
    }
    buf_init(&out, PAGE_MAX);
    put_page(&out, agent, &overview, refresh, nonce);
    overview_done(&overview);
    send_page(exchange, &out, nonce);
}
