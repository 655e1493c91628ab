#include "io/target.h"
#include "io/logger.h"
#include "io/round.h"
#include "io/survey.h"
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES_EXPECTED = 512,
    SAMPLES_GROWTH = 16,  /* more than last time without growing the array */
    FIRST_POLL_MS = 5000, /* nobody waits longer for the first answer, however slow the pace is later */
};

/* Uniform in [0, 1); good enough to spread timers. */
static double random_fraction(void)
{
    uint32_t bits = 0;
    uv_random(NULL, NULL, &bits, sizeof bits, 0, NULL);
    return bits / 4294967296.0;
}

/* ---- the funnel ------------------------------------------------------------------------------------- */

/* A replica that became primary keeps replicaof in its file until CONFIG REWRITE. */
static void note_promotion(struct target *target, const struct snapshot *next)
{
    enum role was = target->current->facts.role, is = next->facts.role;
    bool restarted = !str_eq(target->current->facts.run_id, next->facts.run_id);
    if (is != ROLE_PRIMARY || restarted)
        target->promoted = false;
    else if (was == ROLE_REPLICA)
        target->promoted = snapshot_rewrites(next, &target->rewrites_at_promotion);
}

static void count_changes(struct target *target, const struct snapshot *next)
{
    const struct facts *was = &target->current->facts, *is = &next->facts;
    struct target_counters *counters = &target->counters;
    if (was->run_id.len && is->run_id.len && !str_eq(was->run_id, is->run_id))
        counters->restarts++;
    if (was->role != is->role && was->role != ROLE_UNKNOWN && is->role != ROLE_UNKNOWN)
        counters->role_changes++;
    if (was->link_up == 1 && is->link_up == 0)
        counters->link_flaps++;
}

/* A line on change only: down, up again, down for another reason, another role, another server. */
static void log_outcome(const struct target *target, enum err_kind before)
{
    const struct err *now = &target->outcome;
    struct str name = str_of(target_shown_name(target));
    if (now->kind == before)
        return;
    if (now->kind == ERR_NONE) {
        log_write(LOG_INFO_, before == ERR_PENDING ? "target is polled" : "target answers again",
                  LOG_FIELDS({"target", name}, {"version", target->current->facts.version_text},
                             {"role", str_of(role_word(target->current->facts.role))}));
        return;
    }
    log_write(
        LOG_WARN_, "target cannot be polled",
        LOG_FIELDS({"target", name}, {"outcome", str_of(err_word(now->kind))}, {"error", str_of(now->text)}));
}

static void log_change(const struct target *target, const struct facts *was)
{
    const struct facts *is = &target->current->facts;
    struct str name = str_of(target_shown_name(target));
    if (was->role != is->role)
        log_write(LOG_WARN_, "role changed",
                  LOG_FIELDS({"target", name}, {"from", str_of(role_word(was->role))},
                             {"to", str_of(role_word(is->role))}));
    if (!str_eq(was->run_id, is->run_id))
        log_write(LOG_WARN_, "server was restarted",
                  LOG_FIELDS({"target", name}, {"version", is->version_text}));
    if (was->link_up != is->link_up && is->link_up != FACT_UNKNOWN)
        log_write(is->link_up ? LOG_INFO_ : LOG_WARN_,
                  is->link_up ? "replica link is up" : "replica link is down",
                  LOG_FIELDS({"target", name}, {"primary", is->primary_host}));
}

static void tell_change(const struct target *target, const struct facts *was)
{
    const struct facts *is = &target->current->facts;
    if (target->env->changed &&
        (was->role != is->role || was->link_up != is->link_up || !str_eq(was->run_id, is->run_id)))
        target->env->changed(target->env->arg, target, was);
}

static void take_snapshot(struct target *target, struct snapshot *next)
{
    struct snapshot *last = target->current;
    if (last)
        count_changes(target, next);
    if (last)
        note_promotion(target, next);
    snapshot_set_start(next, last);
    snapshot_set_rate(next, last);
    snapshot_set_changes(next, last);
    target->current = next;
    if (last)
        log_change(target, &last->facts);
    if (last)
        tell_change(target, &last->facts);
    snapshot_free(last);
    target->counters.poll_seconds_sum += next->round_seconds;
}

/* From the start of the last round, so that a slow server is not polled less often than it was asked for. */
static uint64_t next_delay_ms(const struct target *target)
{
    double interval = target->conf->poll_interval_ms;
    if (target->failures == 0) {
        double left = interval - target->last_seconds * 1e3;
        return left > 1 ? (uint64_t)left : 1;
    }
    double longest =
        target->env->config->backoff_max_ms > interval ? target->env->config->backoff_max_ms : interval;
    double backoff = interval * pow(2, target->failures < 16 ? target->failures - 1 : 15);
    return (uint64_t)((backoff < longest ? backoff : longest) * (0.75 + 0.5 * random_fraction()));
}

static void on_poll_due(uv_timer_t *timer)
{
    target_poll(timer->data);
}

void round_done(struct target *target, struct snapshot *snapshot, const struct err *why)
{
    enum err_kind before = target->outcome.kind;
    if (snapshot) {
        take_snapshot(target, snapshot);
        target->outcome = (struct err){.kind = ERR_NONE};
        target->failures = 0;
    } else {
        target->outcome = *why;
        target->failures++;
    }
    uv_update_time(target->env->link.loop);
    target->ended_ms = target_now_ms(target);
    target->last_seconds = (double)(uv_hrtime() - target->round.started_ns) / 1e9;
    target->counters.polls[target->outcome.kind]++;
    log_outcome(target, before);
    if (!target->on_demand)
        uv_timer_start(&target->poll_timer, on_poll_due, next_delay_ms(target), 0);
    target->env->done(target->env->arg, target);
}

/* ---- asking ----------------------------------------------------------------------------------------- */

const char *target_shown_name(const struct target *target)
{
    return target->conf->name[0] ? target->conf->name : target->conf->url;
}

int64_t target_now_ms(const struct target *target)
{
    return (int64_t)uv_now(target->env->link.loop);
}

int64_t target_outcome_age_ms(const struct target *target)
{
    return target->outcome.kind == ERR_PENDING ? INT64_MAX : target_now_ms(target) - target->ended_ms;
}

bool target_is_up(const struct target *target)
{
    return target->outcome.kind == ERR_NONE;
}

static double snapshot_age_seconds(const struct target *target)
{
    return target->current ? (double)(target_now_ms(target) - target->current->taken_ms) / 1e3 : 0;
}

void target_samples(struct target *target, struct arena *arena, struct samples *ret)
{
    uint32_t last = target->sample_count;
    samples_init(ret, arena, last ? last + SAMPLES_GROWTH : SAMPLES_EXPECTED);
    collectors_emit(target->current, ret);
    target->sample_count = ret->count;
    target->samples_dropped = ret->dropped;
}

void target_status(const struct target *target, struct target_status *ret)
{
    *ret = (struct target_status){
        .outcome = target->outcome.kind,
        .snapshot = target->current,
        .age_seconds = snapshot_age_seconds(target),
        .last_poll_seconds = target->last_seconds,
        .counters = &target->counters,
        .samples_dropped = target->samples_dropped,
        .service = target->service,
    };
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct target *target_new(struct target_env *env, const struct conf_target *conf)
{
    struct target *target = calloc(1, sizeof *target);
    if (!target)
        return NULL;
    target->env = env;
    target->conf = conf;
    err_set(&target->outcome, ERR_PENDING, "%s", err_sentence(ERR_PENDING));
    target->link =
        link_new(&env->link, conf, CMD_READ, env->config->set_client_name, &round_link_hooks, target);
    if (!target->link) {
        free(target);
        return NULL;
    }
    uv_timer_init(env->link.loop, &target->poll_timer);
    uv_timer_init(env->link.loop, &target->deadline);
    target->poll_timer.data = target->deadline.data = target;
    return target;
}

/* Without memory for it the target is polled all the same. */
static void start_surveyor(struct target *target)
{
    if (surveyor_wanted(target) && !target->surveyor)
        target->surveyor = surveyor_new(target);
}

void target_start(struct target *target)
{
    double spread =
        target->conf->poll_interval_ms < FIRST_POLL_MS ? target->conf->poll_interval_ms : FIRST_POLL_MS;
    uint64_t delay = (uint64_t)(spread * random_fraction());
    uv_timer_start(&target->poll_timer, on_poll_due, delay, 0);
    start_surveyor(target);
}

void target_poll(struct target *target)
{
    uv_timer_stop(&target->poll_timer);
    round_start(target);
}

void target_reconfigure(struct target *target, const struct conf_target *conf)
{
    bool other_pace = target->conf->poll_interval_ms != conf->poll_interval_ms;
    target->conf = conf;
    link_retarget(target->link, conf, target->env->config->set_client_name);
    if (other_pace && !target->round.running)
        target_start(target);
    if (target->surveyor)
        surveyor_reconfigure(target->surveyor);
    else
        start_surveyor(target);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool target_same(const struct conf_target *a, const struct conf_target *b)
{
    return same_text(a->name, b->name) && same_text(a->url, b->url) && a->endpoint.kind == b->endpoint.kind &&
           same_text(a->endpoint.host, b->endpoint.host) && a->endpoint.port == b->endpoint.port &&
           same_text(a->username, b->username) && same_text(a->password, b->password) &&
           same_text(a->password_file, b->password_file) && same_text(a->tls.ca_file, b->tls.ca_file) &&
           same_text(a->tls.cert_file, b->tls.cert_file) && same_text(a->tls.key_file, b->tls.key_file) &&
           same_text(a->tls.server_name, b->tls.server_name) && a->tls.skip_verify == b->tls.skip_verify &&
           conf_same_renames(a->renames, b->renames);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct target *target = handle->data;
    if (--target->closing == 0)
        free(target);
}

void target_free(struct target *target)
{
    if (!target)
        return;
    round_abandon(target);
    surveyor_free(target->surveyor);
    link_free(target->link);
    snapshot_free(target->current);
    subject_free(target->subject);
    target->closing = 2;
    uv_close((uv_handle_t *)&target->poll_timer, on_handle_closed);
    uv_close((uv_handle_t *)&target->deadline, on_handle_closed);
}
