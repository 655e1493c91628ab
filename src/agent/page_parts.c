#include "agent/page_parts.h"
#include "agent/html.h"
#include <math.h>
#include <string.h>

/* ---- pieces ----------------------------------------------------------------------------------------- */

static const struct {
    const char *icon, *word, *css;
} looks[] = {
    [CHECK_UNKNOWN] = {"?", "unknown", "unknown"},
    [CHECK_PASS] = {"&#10003;", "good", "good"},
    [CHECK_WARN] = {"&#9888;", "warning", "warn"},
    [CHECK_FAIL] = {"&#10007;", "failing", "bad"},
};

const char *page_icon(enum check_status status)
{
    return looks[status].icon;
}

void page_badge(struct buf *out, enum check_status status)
{
    buf_fmt(out, "<b class=\"s %s\"><span aria-hidden=\"true\">%s</span> %s</b>", looks[status].css,
            looks[status].icon, looks[status].word);
}

void page_name(struct buf *out, struct str name)
{
    buf_text(out, "<bdi>");
    html_text(out, name);
    buf_text(out, "</bdi>");
}

void page_table(struct buf *out, const char *const *heads)
{
    buf_text(out, "<table>\n<thead><tr>");
    for (; *heads; heads++)
        buf_fmt(out, "<th scope=\"col\">%s</th>", *heads);
    buf_text(out, "</tr></thead>\n<tbody>\n");
}

void page_table_end(struct buf *out)
{
    buf_text(out, "</tbody>\n</table>\n");
}

void page_cell(struct buf *out, const char *label)
{
    buf_fmt(out, "<td data-l=\"%s\">", label);
}

/* "3 min ago", in one piece */
static void put_age(struct buf *out, double seconds, const char *ago)
{
    buf_text(out, "<span class=\"num\">");
    html_age(out, seconds);
    buf_fmt(out, "%s</span>", ago);
}

static void put_link(struct buf *out, const struct overview_target *target)
{
    buf_text(out, "<a href=\"health/");
    html_segment(out, str_of(target->name));
    buf_text(out, "?verbose\">");
    page_name(out, str_of(target->name));
    buf_text(out, "</a>");
}

static void put_side(struct buf *out, const struct overview_target *target)
{
    if (!target->pair)
        return;
    buf_fmt(out, " <small>%s of ", side_word(target->side));
    page_name(out, str_of(target->pair));
    buf_text(out, "</small>");
}

/* ---- verdicts --------------------------------------------------------------------------------------- */

static void put_pair(struct buf *out, const struct overview_pair *pair)
{
    struct str name = str_of(pair->pair->conf->name);
    buf_fmt(out, "<article class=\"pair %s\">\n<p class=\"verdict\">", looks[pair->status].css);
    page_badge(out, pair->status);
    buf_char(out, ' ');
    html_text(out, pair->sentence);
    buf_text(out, "</p>\n<p class=\"under\">pair ");
    page_name(out, name);
    buf_text(out, ": blue is ");
    page_name(out, str_of(target_shown_name(pair->pair->blue)));
    buf_text(out, ", green is ");
    page_name(out, str_of(target_shown_name(pair->pair->green)));
    buf_fmt(out, "; %s is to take writes%s &middot; <a href=\"health/pair/",
            side_word(pair->pair->designated), pair->pair->paused ? ", which are paused" : "");
    html_segment(out, name);
    buf_fmt(out, "/cutover?verbose\">cutover check: %s</a></p>\n</article>\n",
            pair->ready ? "200 ready" : "503 not ready");
}

static void put_counts(struct buf *out, const struct overview *overview)
{
    static const enum check_status order[] = {CHECK_FAIL, CHECK_UNKNOWN, CHECK_WARN, CHECK_PASS};
    const char *comma = "";
    buf_fmt(out, "<p class=\"under\">%u target%s: ", overview->target_count,
            overview->target_count == 1 ? "" : "s");
    for (unsigned i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (!overview->counts[order[i]])
            continue;
        buf_fmt(out, "%s%u ", comma, overview->counts[order[i]]);
        page_badge(out, order[i]);
        comma = ", ";
    }
    buf_text(out, "</p>\n");
}

void page_verdicts(struct buf *out, const struct overview *overview)
{
    buf_text(out, "<section aria-label=\"Verdict\">\n");
    for (unsigned i = 0; i < overview->pairs_shown; i++)
        put_pair(out, &overview->pairs[i]);
    if (overview->pair_count > overview->pairs_shown)
        buf_fmt(out,
                "<p>%u more pairs are better off; <a href=\"health?verbose\">/health</a> has them.</p>\n",
                overview->pair_count - overview->pairs_shown);
    if (overview->target_count)
        put_counts(out, overview);
    else
        buf_text(out, "<p class=\"verdict\">There is no target.</p>\n");
    buf_text(out, "</section>\n");
}

/* ---- problems --------------------------------------------------------------------------------------- */

static void put_todo(struct buf *out, const struct check *check)
{
    html_text(out, str_of(check->todo));
    if (!check->runbook[0])
        return;
    buf_text(out, check->todo[0] ? "<br>" : "");
    if (html_may_link(str_of(check->runbook))) {
        buf_text(out, "<a rel=\"noreferrer\" href=\"");
        html_text(out, str_of(check->runbook));
        buf_text(out, "\">runbook</a>");
    } else {
        buf_text(out, "runbook: <code>");
        html_text(out, str_of(check->runbook));
        buf_text(out, "</code>");
    }
}

static void put_problem(struct buf *out, const struct overview_problem *problem)
{
    buf_text(out, "<tr>");
    page_cell(out, "State");
    page_badge(out, problem->status);
    buf_text(out, "</td>");
    page_cell(out, problem->is_pair ? "Pair" : "Target");
    page_name(out, str_of(problem->subject));
    buf_text(out, "</td>");
    page_cell(out, "Check");
    buf_text(out, "<code>");
    html_text(out, str_of(problem->check->name));
    buf_text(out, "</code></td>");
    page_cell(out, "Should be");
    html_text(out, problem->text);
    buf_text(out, "</td>");
    page_cell(out, "For");
    put_age(out, problem->since_seconds, "");
    buf_text(out, "</td>");
    page_cell(out, "To do");
    put_todo(out, problem->check);
    buf_text(out, "</td></tr>\n");
}

/* What is not known and could only warn is named and no more: after a start that is most of them. */
static bool is_minor(const struct overview_problem *problem)
{
    return problem->state->status == CHECK_UNKNOWN && problem->status != CHECK_FAIL &&
           problem->status != CHECK_UNKNOWN;
}

static void put_minor(struct buf *out, const struct overview *overview)
{
    const char *subject = NULL;
    for (unsigned i = 0; i < overview->problems_shown; i++) {
        const struct overview_problem *problem = &overview->problems[i];
        if (!is_minor(problem))
            continue;
        bool same = subject && strcmp(subject, problem->subject) == 0;
        if (!subject) {
            buf_text(out, "<p class=\"note\">");
            page_badge(out, CHECK_UNKNOWN);
            buf_text(out, " and would only warn: ");
        }
        if (!same) {
            buf_text(out, subject ? "; " : "");
            page_name(out, str_of(problem->subject));
            buf_text(out, ": ");
        }
        buf_text(out, same ? ", " : "");
        html_text(out, str_of(problem->check->name));
        subject = problem->subject;
    }
    buf_text(out, subject ? "</p>\n" : "");
}

static void put_problems(struct buf *out, const struct overview *overview)
{
    static const char *const heads[] = {
        "State", "Where", "Check", "Should be: what is seen, against its limit", "For", "To do", NULL};
    bool any = false;
    for (unsigned i = 0; i < overview->problems_shown; i++) {
        if (is_minor(&overview->problems[i]))
            continue;
        if (!any)
            page_table(out, heads);
        any = true;
        put_problem(out, &overview->problems[i]);
    }
    if (any)
        page_table_end(out);
    else
        buf_text(out, "<p>No check fails or warns.</p>\n");
}

void page_problems(struct buf *out, const struct overview *overview)
{
    buf_text(out, "<section>\n<h2>What is wrong</h2>\n");
    if (overview->problem_count)
        put_problems(out, overview);
    else
        buf_fmt(out, "<p>%s</p>\n",
                overview->status == CHECK_PASS ? "Every check passes." : "Nothing was judged yet.");
    put_minor(out, overview);
    if (overview->problem_count > overview->problems_shown)
        buf_fmt(out, "<p>%u more checks do not pass; <a href=\"health?verbose\">/health</a> has them.</p>\n",
                overview->problem_count - overview->problems_shown);
    buf_text(out, "</section>\n");
}

/* ---- replication ------------------------------------------------------------------------------------ */

static void put_amount(struct buf *out, struct maybe value, const char *unit)
{
    if (value.known)
        judge_amount(out, round(value.value * 100) / 100, str_of(unit));
    else
        buf_text(out, "not known");
}

static void put_source(struct buf *out, const struct facts *facts)
{
    if (facts->role != ROLE_REPLICA) {
        if (facts->connected_replicas >= 0)
            buf_fmt(out, "nobody; %lld %s it", (long long)facts->connected_replicas,
                    facts->connected_replicas == 1 ? "replica follows" : "replicas follow");
        return;
    }
    page_name(out, facts->primary_host);
    buf_fmt(out, ":%lld", (long long)facts->primary_port);
}

static void put_upstream(struct buf *out, const struct overview_target *target)
{
    const struct facts *facts = target->facts;
    if (facts->role != ROLE_REPLICA)
        return;
    if (facts->link_up == 1) {
        buf_text(out, "<span class=\"good\">&#10003; up</span>");
    } else {
        buf_text(out, "<b class=\"bad\">&#10007; down</b>");
        if (facts->link_down_seconds >= 0) {
            buf_text(out, " for ");
            html_age(out, (double)facts->link_down_seconds);
        }
    }
    if (facts->sync_in_progress != 1)
        return;
    buf_text(out, "<br>&#8635; full copy");
    struct maybe left = target->sync_left_bytes, total = target->sync_total_bytes;
    if (left.known && total.known && total.value > 0)
        buf_fmt(out, ", %.0f %% done", 100 * (1 - left.value / total.value));
    if (left.known) {
        buf_text(out, ", ");
        judge_amount(out, left.value, STR("bytes"));
        buf_text(out, " left");
    }
}

static void put_lag(struct buf *out, const struct overview_target *target)
{
    page_cell(out, "Lag");
    if (target->facts->role == ROLE_REPLICA && target->pair) {
        put_amount(out, target->lag_bytes, "bytes");
        if (target->lag_seconds.known) {
            buf_text(out, "<br>");
            put_amount(out, target->lag_seconds, "seconds");
        }
    }
    buf_text(out, "</td>");
    page_cell(out, "Headroom");
    if (target->facts->role == ROLE_REPLICA && target->pair) {
        if (target->headroom_seconds.known)
            html_age(out, target->headroom_seconds.value);
        else
            put_amount(out, target->headroom_bytes, "bytes");
    }
    buf_text(out, "</td>");
}

static void put_server(struct buf *out, const struct overview_target *target)
{
    page_cell(out, "Role");
    buf_fmt(out, "%s</td>", role_word(target->facts->role));
    page_cell(out, "Follows");
    put_source(out, target->facts);
    buf_text(out, "</td>");
    page_cell(out, "Link");
    put_upstream(out, target);
    buf_text(out, "</td>");
    put_lag(out, target);
    page_cell(out, "Server");
    page_name(out, target->facts->server_name);
    buf_char(out, ' ');
    page_name(out, target->facts->version_text);
    buf_text(out, "</td>");
    page_cell(out, "Answered");
    put_age(out, target->age_seconds, " ago");
    buf_text(out, "</td>");
}

void page_replication(struct buf *out, const struct overview *overview)
{
    static const char *const heads[] = {"Target", "State",    "Role",   "Follows",  "Link",
                                        "Lag",    "Headroom", "Server", "Answered", NULL};
    if (!overview->targets_shown)
        return;
    buf_text(out, "<section>\n<h2>Who follows whom</h2>\n");
    page_table(out, heads);
    for (unsigned i = 0; i < overview->targets_shown; i++) {
        const struct overview_target *target = &overview->targets[i];
        buf_text(out, "<tr>");
        page_cell(out, "Target");
        put_link(out, target);
        put_side(out, target);
        buf_text(out, "</td>");
        page_cell(out, "State");
        page_badge(out, target->status);
        if (target->target->service != SERVICE_READY)
            buf_fmt(out, " <b>%s</b>", service_word(target->target->service));
        buf_text(out, "</td>");
        if (target->facts)
            put_server(out, target);
        else
            buf_text(out, "<td colspan=\"7\">has not answered yet</td>");
        buf_text(out, "</tr>\n");
    }
    page_table_end(out);
    if (overview->target_count > overview->targets_shown)
        buf_fmt(out,
                "<p>These are the worst; %u more are better off, and <a href=\"health?verbose\">/health</a> "
                "has them.</p>\n",
                overview->target_count - overview->targets_shown);
    buf_text(out,
             "<p class=\"note\">Headroom: how long the link may be down before a full copy is needed, at the "
             "present rate of writes.</p>\n</section>\n");
}
