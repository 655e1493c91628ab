#include "agent/html.h"
#include "agent/page_parts.h"
#include <math.h>

/* ---- the last hour ---------------------------------------------------------------------------------- */

enum { LINE_HEIGHT = 26 }; /* of the drawing, which is as wide as it has points */

/* A gap ends a stroke; a point alone is a dot. */
static void put_path(struct buf *out, const float points[HISTORY_POINTS], float highest)
{
    bool drawing = false;
    for (unsigned i = 0; i < HISTORY_POINTS; i++) {
        if (isnan(points[i])) {
            drawing = false;
            continue;
        }
        double y = highest > 0 ? (double)LINE_HEIGHT - 1 - (double)(points[i] / highest) * (LINE_HEIGHT - 3)
                               : LINE_HEIGHT - 1;
        buf_fmt(out, drawing ? "L%u %.1f" : "M%u %.1fh.1", i, y);
        drawing = true;
    }
}

static void put_number(struct buf *out, float value, enum history_line line)
{
    double shown = fabsf(value) >= 100 ? round((double)value) : round((double)value * 10) / 10;
    judge_amount(out, shown, str_eq(str_of(history_unit(line)), STR("bytes")) ? STR("bytes") : STR(""));
}

static void put_line(struct buf *out, const struct overview_target *target, enum history_line line,
                     const char *label, int64_t now_ms)
{
    float points[HISTORY_POINTS], highest = 0, newest = NAN;
    unsigned known = target->history ? history_read(target->history, line, now_ms, points) : 0;
    page_cell(out, label);
    if (!known) {
        buf_text(out, "<span class=\"note\">not known</span></td>");
        return;
    }
    for (unsigned i = 0; i < HISTORY_POINTS; i++) {
        highest = points[i] > highest ? points[i] : highest;
        newest = isnan(points[i]) ? newest : points[i];
    }
    buf_fmt(out, "<svg viewBox=\"0 0 %u %d\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><path d=\"",
            HISTORY_POINTS, LINE_HEIGHT);
    put_path(out, points, highest);
    buf_text(out, "\"/></svg> <span class=\"num\">");
    put_number(out, newest, line);
    buf_text(out, " <small>highest ");
    put_number(out, highest, line);
    buf_text(out, "</small></span></td>");
}

void page_history(struct buf *out, const struct overview *overview)
{
    static const char *const heads[] = {"Target", "Commands/s", "Lag", "Memory", "Errors/s", NULL};
    bool any = false;
    for (unsigned i = 0; i < overview->targets_shown; i++)
        any |= overview->targets[i].history && overview->targets[i].history->begun;
    if (!any)
        return;
    buf_text(out, "<section class=\"history\">\n<h2>The last hour</h2>\n");
    page_table(out, heads);
    for (unsigned i = 0; i < overview->targets_shown; i++) {
        const struct overview_target *target = &overview->targets[i];
        if (!target->history)
            continue;
        buf_text(out, "<tr>");
        page_cell(out, "Target");
        page_name(out, str_of(target->name));
        buf_text(out, "</td>");
        for (unsigned line = 0; line < HISTORY_LINES; line++)
            put_line(out, target, (enum history_line)line, heads[line + 1], overview->now_ms);
        buf_text(out, "</tr>\n");
    }
    page_table_end(out);
    buf_fmt(out,
            "<p class=\"note\">Points of %d seconds, the newest at the right; gaps are times without an "
            "answer. Of the first %u targets, and since the agent was started.</p>\n</section>\n",
            HISTORY_STEP_MS / 1000, RECALL_TARGETS);
}

/* ---- what changed ----------------------------------------------------------------------------------- */

void page_events(struct buf *out, const struct recall *recall, const struct overview *overview)
{
    static const char *const heads[] = {"When", "Where", "What", NULL};
    const struct recall_event *event;
    buf_text(out, "<section>\n<h2>What changed last</h2>\n");
    if (!recall_event_at(recall, 0)) {
        buf_text(out, "<p>Nothing since the agent was started.</p>\n</section>\n");
        return;
    }
    page_table(out, heads);
    for (unsigned age = 0; (event = recall_event_at(recall, age)); age++) {
        buf_text(out, "<tr>");
        page_cell(out, "When");
        buf_text(out, "<span class=\"num\">");
        html_time(out, event->wall_seconds);
        buf_text(out, "</span> <small class=\"num\">");
        html_age(out, overview->wall_seconds - event->wall_seconds);
        buf_text(out, " ago</small></td>");
        page_cell(out, "Where");
        page_name(out, event->subject.text[0] ? str_of(event->subject.text) : STR("the agent"));
        buf_text(out, "</td>");
        page_cell(out, "What");
        buf_fmt(out, "<span class=\"%s\">%s</span> ",
                event->status == CHECK_FAIL   ? "bad"
                : event->status == CHECK_PASS ? "good"
                : event->status == CHECK_WARN ? "warn"
                                              : "note",
                event->kind == RECALL_ROLE ? "&#8226;" : page_icon(event->status));
        html_text(out, str_of(event->text));
        buf_text(out, "</td></tr>\n");
    }
    page_table_end(out);
    buf_text(out, "</section>\n");
}

/* ---- load balancers --------------------------------------------------------------------------------- */

static void put_answer(struct buf *out, const struct overview *overview, const struct overview_target *target,
                       enum question question)
{
    const struct overview_answer *answer = &target->answers[question];
    page_cell(out, question_word(question));
    buf_text(out, "<a href=\"health/");
    html_segment(out, str_of(target->name));
    buf_fmt(out, "/%s?verbose\">%s</a> ", question_word(question),
            answer->ok ? "&#10003; 200" : "&#8211; 503");
    html_text(out, answer->ok ? STR("") : str_of(answer->reason));
    if (answer->asked) {
        buf_text(out, "<br><small>asked by ");
        page_name(out, str_of(answer->asked->client));
        buf_char(out, ' ');
        html_age(out, overview->wall_seconds - answer->asked->wall_seconds);
        buf_fmt(out, " ago, %llu &times;</small>", (unsigned long long)answer->asked->count);
    }
    buf_text(out, "</td>");
}

void page_answers(struct buf *out, const struct overview *overview)
{
    static const char *const heads[] = {"Target", "primary: may take writes", "replica: a fit replica",
                                        "read: may be read", NULL};
    if (!overview->targets_shown)
        return;
    buf_text(out, "<section>\n<h2>What load balancers are told now</h2>\n");
    page_table(out, heads);
    for (unsigned i = 0; i < overview->targets_shown; i++) {
        buf_text(out, "<tr>");
        page_cell(out, "Target");
        page_name(out, str_of(overview->targets[i].name));
        buf_text(out, "</td>");
        for (unsigned q = 0; q < QUESTION_COUNT; q++)
            put_answer(out, overview, &overview->targets[i], (enum question)q);
        buf_text(out, "</tr>\n");
    }
    page_table_end(out);
    buf_text(out, "</section>\n");
}

/* ---- the agent -------------------------------------------------------------------------------------- */

static void put_row(struct buf *out, const char *term)
{
    buf_fmt(out, "<dt>%s</dt><dd>", term);
}

void page_agent(struct buf *out, const struct agent *agent, const struct overview *overview)
{
    const struct httpd_stats *http = httpd_stats(agent->httpd);
    buf_text(out, "<section>\n<h2>The agent itself</h2>\n<dl>\n");
    put_row(out, "Version");
    buf_text(out, BLUEGREEN_VERSION "</dd>\n");
    put_row(out, "Runs for");
    html_age(out, overview->wall_seconds - agent->start_seconds);
    buf_text(out, ", since ");
    html_time(out, agent->start_seconds);
    buf_text(out, "</dd>\n");
    put_row(out, "Configuration");
    buf_text(out, agent->config_ok ? "in force since "
                                   : "<b class=\"bad\">&#10007; the last reload failed</b>; in force since ");
    html_time(out, agent->config_seconds);
    buf_text(out, "</dd>\n");
    put_row(out, "Polls");
    buf_text(out, "the oldest outcome is ");
    judge_amount(out, round(overview->oldest_seconds * 10) / 10, STR("seconds"));
    buf_fmt(out, " old; %u of %u targets did not answer the last one</dd>\n", overview->silent,
            overview->target_count);
    put_row(out, "Event loop");
    buf_fmt(out, "at most %.0f ms late since the last scrape</dd>\n", (double)agent->longest_lag_ms);
    put_row(out, "Scrapes");
    buf_fmt(out, "%llu answered</dd>\n", (unsigned long long)agent->scrape_count);
    put_row(out, "HTTP");
    buf_fmt(out,
            "%llu requests, %llu malformed or given up, %llu without a password, %llu over their rate</dd>\n",
            (unsigned long long)http->requests, (unsigned long long)http->rejected,
            (unsigned long long)http->unauthorized, (unsigned long long)http->limited);
    buf_text(out, "</dl>\n</section>\n");
}
