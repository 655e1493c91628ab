#include "io/survey.h"
#include "io/conf_keys.h"
#include "io/logger.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    FLIGHT_MAX = 16,     /* commands under way at once; a handshake must fit beside them */
    LOOK_AGAIN_MS = 250, /* while the target may not be surveyed */
    LINGER_MS = 10000,   /* the connection is kept when the next survey is nearer than this */
    STALE_INTERVALS = 3,
    RETRY_MS = 5000,        /* after a failure, doubled by each further one; never longer than the interval */
    REFUSED_INTERVALS = 10, /* what the server refuses is not asked often: it would count as errors there */
    CREDIT_MS = 5,          /* of pause that turned out longer than needed and may be used up later */
    PAUSE_MAX_MS = 60000,
};

enum phase { IDLE = 0, CONNECTING, ASKING, PAUSING };

/* What is known of one survey. */
struct job {
    uint64_t due_ms;                       /* loop clock */
    enum err_kind outcome;                 /* of the last run; ERR_PENDING before the first ends */
    unsigned failures;                     /* in a row */
    struct survey_run *done;               /* newest sealed one; NULL: none */
    uint64_t done_ms;                      /* when it ended */
    double duration_seconds, busy_seconds; /* of it */
};

struct surveyor {
    struct target *target;
    const struct config *config; /* the generation its runs were begun under */
    struct link *link;
    uv_timer_t timer;
    enum phase phase;
    struct job jobs[SURVEY_COUNT];

    enum survey_id current;
    struct survey_run *run; /* going on; NULL: none */
    uint64_t started_ns, busy_ns;
    uint64_t batch_ns; /* when the commands under way were sent */
    uint64_t pause_ns; /* when the pause began */
    int64_t owed_ns;   /* of pause */

    int64_t db; /* of the connection */
    bool holding;
    struct survey_request held; /* waits for its database or for room */
    struct survey_request flight[FLIGHT_MAX];
    unsigned first, count;
};

static void on_timer(uv_timer_t *timer);
static void look_for_work(struct surveyor *s);
static void ask(struct surveyor *s);

static const struct survey_settings *settings_of(const struct surveyor *s)
{
    return &s->config->surveys;
}

static uint64_t now_ms(const struct surveyor *s)
{
    return uv_now(s->target->env->link.loop);
}

static void wake_in(struct surveyor *s, uint64_t ms)
{
    uv_timer_start(&s->timer, on_timer, ms, 0);
}

static uint64_t interval_ms(const struct surveyor *s, unsigned id)
{
    return settings_of(s)->interval_ms[id];
}

static bool role_fits(const struct surveyor *s)
{
    const struct snapshot *snapshot = s->target->current;
    return snapshot && snapshot->facts.role != ROLE_SENTINEL &&
           (settings_of(s)->on == SURVEY_ON_ANY || snapshot->facts.role == ROLE_REPLICA);
}

static bool may_ask(const struct surveyor *s)
{
    return target_is_up(s->target) && role_fits(s) && s->target->current->facts.loading != 1;
}

/* ---- the end of a run ------------------------------------------------------------------------------- */

static void log_end(const struct surveyor *s, const struct err *why, enum err_kind before)
{
    const char *name = s->target->conf->name[0] ? s->target->conf->name : s->target->conf->url;
    if (why->kind == before)
        return;
    if (why->kind == ERR_NONE)
        log_write(LOG_INFO_, "survey succeeded",
                  LOG_FIELDS({"target", str_of(name)}, {"survey", str_of(s->run->survey->name)}));
    else
        log_write(LOG_WARN_, "survey failed",
                  LOG_FIELDS({"target", str_of(name)}, {"survey", str_of(s->run->survey->name)},
                             {"outcome", str_of(err_word(why->kind))}, {"error", str_of(why->text)}));
}

static void forget_run(struct surveyor *s)
{
    survey_run_free(s->run);
    s->run = NULL;
    s->holding = false;
    s->first = s->count = 0;
    s->phase = IDLE;
}

static void keep_result(struct surveyor *s, struct job *job)
{
    survey_run_seal(s->run);
    survey_run_free(job->done);
    job->done = s->run;
    job->done_ms = now_ms(s);
    job->duration_seconds = (double)(uv_hrtime() - s->started_ns) / 1e9;
    job->busy_seconds = (double)s->busy_ns / 1e9;
    s->run = NULL;
}

/* From the end of a run to its next start. */
static uint64_t next_pause_ms(const struct surveyor *s, const struct job *job, enum err_kind outcome)
{
    uint64_t interval = interval_ms(s, s->current);
    if (outcome == ERR_NOPERM || outcome == ERR_UNKNOWN_COMMAND)
        return interval * REFUSED_INTERVALS;
    uint64_t retry = (uint64_t)RETRY_MS << (job->failures < 16 ? job->failures : 16);
    return outcome != ERR_NONE && retry < interval ? retry : interval;
}

static void end_run(struct surveyor *s, const struct err *why)
{
    struct job *job = &s->jobs[s->current];
    uv_update_time(s->target->env->link.loop);
    log_end(s, why, job->outcome == ERR_PENDING ? ERR_NONE : job->outcome);
    if (why->kind == ERR_NONE)
        keep_result(s, job);
    job->outcome = why->kind;
    job->due_ms = now_ms(s) + next_pause_ms(s, job, why->kind);
    job->failures = why->kind == ERR_NONE ? 0 : job->failures + 1;
    forget_run(s);
    look_for_work(s);
}

/* ---- asking ----------------------------------------------------------------------------------------- */

/* What the server did for us is paid for with a pause. */
static void charge(struct surveyor *s)
{
    uint64_t budget = settings_of(s)->budget_ms, took = uv_hrtime() - s->batch_ns;
    s->busy_ns += took;
    s->owed_ns += (int64_t)(took * (1000 - budget) / budget);
}

static void pause_or_ask(struct surveyor *s)
{
    uint64_t ms = s->owed_ns > 0 ? (uint64_t)s->owed_ns / 1000000 : 0;
    if (ms == 0) {
        ask(s);
        return;
    }
    s->phase = PAUSING;
    s->pause_ns = uv_hrtime();
    wake_in(s, ms < PAUSE_MAX_MS ? ms : PAUSE_MAX_MS);
}

static void pause_over(struct surveyor *s)
{
    s->owed_ns -= (int64_t)(uv_hrtime() - s->pause_ns);
    if (s->owed_ns < -(int64_t)CREDIT_MS * 1000000)
        s->owed_ns = -(int64_t)CREDIT_MS * 1000000;
    pause_or_ask(s);
}

static void on_reply(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct surveyor *s = arg;
    struct survey_request request = s->flight[s->first];
    s->first = (s->first + 1) % FLIGHT_MAX;
    s->count--;
    if (cmd != CMD_SELECT) {
        survey_take(s->run, &request, reply);
    } else if (reply->type == REPLY_ERROR) { /* the answer to what was to be asked there */
        s->holding = false;
        survey_take(s->run, &s->held, reply);
    } else {
        s->db = request.db;
    }
    if (s->count)
        return;
    charge(s);
    pause_or_ask(s);
}

static bool send_request(struct surveyor *s, const struct survey_request *request, struct err *err)
{
    if (!link_send_with(s->link, request->cmd, request->args, request->arg_count, on_reply, s, err))
        return false;
    if (s->count == 0)
        s->batch_ns = uv_hrtime();
    s->flight[(s->first + s->count++) % FLIGHT_MAX] = *request;
    return true;
}

static bool send_select(struct surveyor *s, uint32_t db, struct err *err)
{
    char text[16];
    struct survey_request select = {.cmd = CMD_SELECT, .db = db, .arg_count = 1};
    size_t len = (size_t)snprintf(text, sizeof text, "%u", db);
    select.args[0] = (struct str){text, len};
    return send_request(s, &select, err);
}

/* Sends as much as may be under way; false: it cannot go on, and <err> says why. */
static bool fill(struct surveyor *s, enum survey_step *ret_step, struct err *err)
{
    *ret_step = SURVEY_SEND;
    while (s->count < FLIGHT_MAX) {
        if (!s->holding) {
            *ret_step = survey_next(s->run, &s->held);
            s->holding = *ret_step == SURVEY_SEND;
        }
        if (!s->holding)
            return true;
        if (s->held.db != s->db)
            return s->count > 0 || send_select(s, s->held.db, err);
        if (!send_request(s, &s->held, err))
            return false;
        s->holding = false;
    }
    return true;
}

static void ask(struct surveyor *s)
{
    struct err err = {.kind = ERR_NONE};
    enum survey_step step;
    if (!may_ask(s)) { /* no outcome: it was not the survey's fault */
        link_close(s->link);
        forget_run(s);
        wake_in(s, LOOK_AGAIN_MS);
        return;
    }
    if (!fill(s, &step, &err)) {
        link_close(s->link);
        end_run(s, &err);
    } else if (s->count) {
        s->phase = ASKING;
        wake_in(s, s->target->conf->timeout_ms);
    } else {
        err = s->run->err;
        end_run(s, &err);
    }
}

/* ---- connecting ------------------------------------------------------------------------------------- */

static void on_opened(void *arg)
{
    struct surveyor *s = arg;
    s->db = 0;
    if (s->run)
        ask(s);
}

static void on_closed(void *arg, const struct err *why)
{
    struct surveyor *s = arg;
    if (s->run)
        end_run(s, why);
}

static const struct link_hooks hooks = {on_opened, on_closed};

/* Read anew for every run, so that a script may be changed without a reload. */
static bool read_files(struct survey_run *run, struct err *err)
{
    const struct survey_texts *paths = run->survey->files ? run->survey->files(run->settings) : NULL;
    bool ok = true;
    if (!paths)
        return true;
    run->files = arena_new(&run->work, struct str, paths->count);
    for (uint32_t i = 0; ok && run->files && i < paths->count; i++) {
        struct buf text;
        buf_init(&text, SURVEY_FILE_MAX);
        ok = conf_read_text(paths->items[i].ptr, &text, err);
        if (ok)
            run->files[i] = arena_copy(&run->work, buf_view(&text));
        else
            err_wrap(err, "%s", paths->items[i].ptr);
        buf_done(&text);
    }
    return ok && (run->files || err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY)));
}

/* The run cannot even begin: on this server, or without its files. */
static bool is_hopeless(const struct surveyor *s, struct err *err)
{
    *err = s->run->err;
    return err->kind != ERR_NONE || !read_files(s->run, err);
}

static void start_run(struct surveyor *s, enum survey_id id)
{
    struct err err;
    s->current = id;
    s->run = survey_run_new(id, settings_of(s), s->target->current);
    if (!s->run) { /* no memory: another time */
        s->jobs[id].outcome = ERR_MEMORY;
        s->jobs[id].due_ms = now_ms(s) + interval_ms(s, id);
        look_for_work(s);
        return;
    }
    s->started_ns = uv_hrtime();
    s->busy_ns = 0;
    if (is_hopeless(s, &err)) {
        end_run(s, &err);
        return;
    }
    if (link_is_open(s->link)) {
        pause_or_ask(s);
        return;
    }
    s->phase = CONNECTING;
    wake_in(s, s->target->conf->timeout_ms);
    link_open(s->link);
}

/* ---- what is due ------------------------------------------------------------------------------------ */

static bool wanted(const struct surveyor *s, unsigned id)
{
    return s->target->conf->surveys && surveys[id]->wanted(settings_of(s));
}

/* The one that waits longest; SURVEY_COUNT: none is configured. */
static unsigned next_due(const struct surveyor *s)
{
    unsigned best = SURVEY_COUNT;
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        if (wanted(s, i) && (best == SURVEY_COUNT || s->jobs[i].due_ms < s->jobs[best].due_ms))
            best = i;
    return best;
}

static void look_for_work(struct surveyor *s)
{
    unsigned id = next_due(s);
    uint64_t now = now_ms(s);
    s->phase = IDLE;
    if (id == SURVEY_COUNT) {
        link_close(s->link);
        uv_timer_stop(&s->timer);
        return;
    }
    uint64_t due = s->jobs[id].due_ms;
    if (due > now + LINGER_MS)
        link_close(s->link);
    if (due > now)
        wake_in(s, due - now);
    else if (may_ask(s))
        start_run(s, (enum survey_id)id);
    else
        wake_in(s, LOOK_AGAIN_MS);
}

static void on_timer(uv_timer_t *timer)
{
    struct surveyor *s = timer->data;
    switch (s->phase) {
    case IDLE: look_for_work(s); break;
    case CONNECTING:
    case ASKING: link_expire(s->link, s->target->conf->timeout_ms); break;
    case PAUSING: pause_over(s); break;
    }
}

/* ---- what is shown ---------------------------------------------------------------------------------- */

static bool shown(const struct surveyor *s, unsigned id)
{
    const struct job *job = &s->jobs[id];
    if (!job->done || !wanted(s, id) || !role_fits(s))
        return false;
    double age = (double)(now_ms(s) - job->done_ms);
    return age <= STALE_INTERVALS * ((double)interval_ms(s, id) + job->duration_seconds * 1e3);
}

const struct samples *surveyor_samples(const struct surveyor *s, enum survey_id id)
{
    return s && shown(s, id) ? &s->jobs[id].done->samples : NULL;
}

unsigned surveyor_status(const struct surveyor *s, struct survey_status *ret)
{
    unsigned count = 0;
    for (unsigned i = 0; s && role_fits(s) && i < SURVEY_COUNT; i++) {
        const struct job *job = &s->jobs[i];
        if (!wanted(s, i))
            continue;
        struct survey_status *status = &ret[count++];
        *status = (struct survey_status){.id = (enum survey_id)i, .outcome = job->outcome};
        if (!shown(s, i))
            continue;
        status->shown = true;
        status->age_seconds = (double)(now_ms(s) - job->done_ms) / 1e3;
        status->duration_seconds = job->duration_seconds;
        status->busy_seconds = job->busy_seconds;
        status->keys = job->done->keys;
        status->truncated = job->done->truncated;
    }
    return count;
}

/* ---- life ------------------------------------------------------------------------------------------- */

bool surveyor_wanted(const struct target *target)
{
    return target->conf->surveys && surveys_wanted(&target->env->config->surveys);
}

struct surveyor *surveyor_new(struct target *target)
{
    struct surveyor *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->target = target;
    s->config = target->env->config;
    s->link = link_new(&target->env->link, target->conf, CMD_READ, s->config->set_client_name, &hooks, s);
    if (!s->link) {
        free(s);
        return NULL;
    }
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        s->jobs[i].outcome = ERR_PENDING;
    uv_timer_init(target->env->link.loop, &s->timer);
    s->timer.data = s;
    wake_in(s, LOOK_AGAIN_MS);
    return s;
}

/* A run reads its settings where they are, so it cannot go on; what it was about is due again at once. */
void surveyor_reconfigure(struct surveyor *s)
{
    const struct config *was = s->config, *is = s->target->env->config;
    bool changed = !conf_section_equal(STR("surveys."), was, is);
    if (s->run)
        s->jobs[s->current].due_ms = 0;
    forget_run(s);
    link_close(s->link);
    link_retarget(s->link, s->target->conf, is->set_client_name);
    s->config = is;
    for (unsigned i = 0; i < SURVEY_COUNT; i++) {
        if (changed)
            s->jobs[i].due_ms = 0;
        if (wanted(s, i))
            continue;
        survey_run_free(s->jobs[i].done);
        s->jobs[i] = (struct job){.outcome = ERR_PENDING};
    }
    wake_in(s, 0);
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void surveyor_free(struct surveyor *s)
{
    if (!s)
        return;
    forget_run(s);
    link_free(s->link);
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        survey_run_free(s->jobs[i].done);
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}
