#include "io/discover.h"
#include "io/logger.h"
#include <bluegreen/topology.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ANSWER_FIRST = 16 << 10, ANSWER_MAX = 64 << 20, ADDRESS_MAX = 300 };

struct discover {
    const struct conf_discover *conf;
    const struct conf_seeds *seeds;
    struct link_env *env;
    struct link *link;
    bool set_client_name;
    uv_timer_t timer, deadline;
    unsigned closing;
    discover_changed changed;
    void *arg;

    unsigned seed;  /* the one that is asked */
    unsigned tried; /* in this attempt */
    bool running;
    struct arena answer;     /* what this attempt has been told */
    struct roster *next;     /* being filled */
    struct watched *watched; /* of Sentinels: what they watch */
    unsigned watched_count, asked, answered;

    struct roster *roster;  /* newest */
    struct roster *retired; /* those before, until nobody uses them */
    struct discover_state state;
    int64_t succeeded_ms; /* loop clock */
    char why[256];
};

/* ---- the end of an attempt -------------------------------------------------------------------------- */

static int64_t now_ms(const struct discover *discover)
{
    return (int64_t)uv_now(discover->env->loop);
}

static void log_state(const struct discover *discover, const struct discover_state *was)
{
    struct str name = str_of(discover->conf->name);
    char count[16];
    if (discover->state.ok) {
        snprintf(count, sizeof count, "%u", discover->roster->count);
        if (!was->ok)
            log_write(LOG_INFO_, "discovery works",
                      LOG_FIELDS({"discovery", name}, {"nodes", str_of(count)}));
        return;
    }
    if (was->ok || !was->tried)
        log_write(LOG_WARN_, "discovery failed, what is known stays",
                  LOG_FIELDS({"discovery", name}, {"error", str_of(discover->why)}));
}

static void on_due(uv_timer_t *timer);

static void end(struct discover *discover, bool ok)
{
    struct discover_state was = discover->state;
    discover->running = false;
    uv_timer_stop(&discover->deadline);
    uv_timer_start(&discover->timer, on_due, discover->conf->interval_ms, 0);
    discover->state.ok = ok;
    discover->state.tried = true;
    roster_free(discover->next); /* what is left of a failure */
    discover->next = NULL;
    arena_reset(&discover->answer);
    if (ok) {
        discover->why[0] = '\0';
        discover->succeeded_ms = now_ms(discover);
        discover->state.age_seconds = 0;
    }
    log_state(discover, &was);
}

static void free_retired(struct discover *discover)
{
    while (discover->retired) {
        struct roster *next = discover->retired->next;
        roster_free(discover->retired);
        discover->retired = next;
    }
}

static void succeed(struct discover *discover)
{
    struct roster *next = discover->next;
    bool first = !discover->roster;
    discover->next = NULL;
    roster_seal(next);
    if (!first && roster_equal(discover->roster, next) && !discover->retired) {
        roster_free(next);
        end(discover, true);
        return;
    }
    if (discover->roster) {
        discover->roster->next = discover->retired;
        discover->retired = discover->roster;
    }
    discover->roster = next;
    end(discover, true);
    if (discover->changed(discover->arg))
        free_retired(discover);
}

static void ask(struct discover *discover);

/* This seed is of no use; the next one, if there is one that was not tried. */
static void fail(struct discover *discover, const char *why)
{
    link_close(discover->link);
    snprintf(discover->why, sizeof discover->why, "%s", why);
    roster_free(discover->next);
    discover->next = NULL;
    arena_reset(&discover->answer);
    discover->seed = (discover->seed + 1) % discover->seeds->count;
    if (++discover->tried < discover->seeds->count)
        ask(discover);
    else
        end(discover, false);
}

/* ---- nodes ------------------------------------------------------------------------------------------ */

static const struct conf_target *seed_of(const struct discover *discover)
{
    return &discover->seeds->items[discover->seed];
}

static bool add_node(struct discover *discover, const struct node *node, const struct conf_label *labels,
                     unsigned label_count, struct err *err)
{
    const struct endpoint *seed = &seed_of(discover)->endpoint;
    struct str host = node->host.len || seed->kind == ENDPOINT_UNIX ? node->host : str_of(seed->host);
    char address[ADDRESS_MAX];
    if (discover->conf->hostnames && node->hostname.len)
        host = node->hostname;
    bool six = str_index(host, ':') >= 0;
    snprintf(address, sizeof address, "%s%s" STR_FMT "%s:%u",
             seed->kind == ENDPOINT_TLS ? "rediss://" : "redis://", six ? "[" : "", STR_ARG(host),
             six ? "]" : "", node->port);
    return roster_add(discover->next, str_of(address), labels, label_count, err) ||
           err_wrap(err, "the address of a node");
}

/* discovery="…", and for Sentinels the name that belongs to a node. */
static const struct conf_label *make_labels(struct discover *discover, struct str group, unsigned *ret_count)
{
    struct arena *arena = &discover->next->arena;
    struct conf_label *labels = arena_new(arena, struct conf_label, 2);
    if (!labels)
        return NULL;
    labels[0] = (struct conf_label){"discovery", discover->conf->name};
    *ret_count = 1;
    if (!group.len)
        return labels;
    labels[1] = (struct conf_label){"replication_group", arena_copy(arena, group).ptr};
    *ret_count = 2;
    return labels[1].value ? labels : NULL;
}

static bool add_nodes(struct discover *discover, const struct node *nodes, unsigned count, struct str group,
                      struct err *err)
{
    unsigned label_count = 0;
    const struct conf_label *labels = make_labels(discover, group, &label_count);
    bool ok = labels || err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    for (unsigned i = 0; ok && i < count; i++)
        ok = add_node(discover, &nodes[i], labels, label_count, err);
    return ok;
}

/* ---- a Cluster -------------------------------------------------------------------------------------- */

static bool take_cluster(struct discover *discover, const struct reply *reply, struct err *err)
{
    struct topology found;
    if (reply->type == REPLY_ERROR)
        return err_set(err, reply_error_kind(reply->text), "CLUSTER NODES: " STR_FMT, STR_ARG(reply->text));
    if (reply->type != REPLY_STRING)
        return err_set(err, ERR_PROTOCOL, "CLUSTER NODES was not answered with a text");
    if (!topology_read_cluster(reply->text, &discover->answer, &found, err))
        return false;
    discover->next = roster_new(&discover->conf->node, found.count);
    if (!discover->next)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    return add_nodes(discover, found.nodes, found.count, STR(""), err);
}

static void fail_at_seed(struct discover *discover, struct err *err)
{
    err_wrap(err, "%s", seed_of(discover)->url);
    fail(discover, err->text);
}

static void on_cluster(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct discover *discover = arg;
    struct err err;
    (void)cmd;
    if (take_cluster(discover, reply, &err))
        succeed(discover);
    else
        fail_at_seed(discover, &err);
}

/* ---- Sentinels -------------------------------------------------------------------------------------- */

/* A name that was asked for and is not there is more likely a mistake than news. */
static bool all_there(const struct conf_discover *conf, const struct watched *all, unsigned count,
                      struct err *err)
{
    for (unsigned m = 0; conf->masters[m]; m++) {
        bool there = false;
        for (unsigned i = 0; i < count && !there; i++)
            there = str_eq(all[i].name, str_of(conf->masters[m]));
        if (!there)
            return err_set(err, ERR_INPUT, "the Sentinel watches nothing named %s", conf->masters[m]);
    }
    return true;
}

static bool is_wanted(const struct conf_discover *conf, struct str name)
{
    bool wanted = !conf->masters[0];
    for (unsigned i = 0; conf->masters[i] && !wanted; i++)
        wanted = str_eq(name, str_of(conf->masters[i]));
    return wanted;
}

static bool ask_replicas(struct discover *discover, struct err *err);

static bool take_replicas(struct discover *discover, const struct reply *reply, struct err *err)
{
    const struct watched *watched = &discover->watched[discover->answered++];
    struct topology found;
    return topology_read_replicas(reply, &discover->answer, &found, err) &&
           add_nodes(discover, &watched->primary, 1, watched->name, err) &&
           add_nodes(discover, found.nodes, found.count, watched->name, err) && ask_replicas(discover, err);
}

static void on_replicas(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct discover *discover = arg;
    struct err err;
    (void)cmd;
    if (!take_replicas(discover, reply, &err))
        fail_at_seed(discover, &err);
    else if (discover->answered == discover->watched_count)
        succeed(discover);
}

/* As many questions at once as the link takes. */
static bool ask_replicas(struct discover *discover, struct err *err)
{
    enum { AT_ONCE = LINK_PIPELINE_MAX / 2 };
    while (discover->asked < discover->watched_count && discover->asked - discover->answered < AT_ONCE) {
        const struct str *name = &discover->watched[discover->asked].name;
        if (!link_send_with(discover->link, CMD_SENTINEL_REPLICAS, name, 1, on_replicas, discover, err))
            return false;
        discover->asked++;
    }
    return true;
}

/* The reply goes with the callback, so what is needed later is copied. */
static bool keep_wanted(struct discover *discover, const struct watched *all, unsigned count, struct err *err)
{
    discover->watched = arena_new(&discover->answer, struct watched, count);
    discover->watched_count = discover->asked = discover->answered = 0;
    for (unsigned i = 0; discover->watched && i < count; i++) {
        struct watched *kept = &discover->watched[discover->watched_count];
        if (!is_wanted(discover->conf, all[i].name))
            continue;
        *kept = all[i];
        kept->name = arena_copy(&discover->answer, all[i].name);
        kept->primary.host = arena_copy(&discover->answer, all[i].primary.host);
        if (!kept->name.ptr || !kept->primary.host.ptr)
            break;
        discover->watched_count++;
    }
    discover->next = roster_new(&discover->conf->node, 3 * discover->watched_count);
    return (discover->watched && discover->next) || err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
}

static bool take_masters(struct discover *discover, const struct reply *reply, struct err *err)
{
    struct watched *all;
    unsigned count;
    return topology_read_masters(reply, &discover->answer, &all, &count, err) &&
           all_there(discover->conf, all, count, err) && keep_wanted(discover, all, count, err) &&
           ask_replicas(discover, err);
}

static void on_masters(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct discover *discover = arg;
    struct err err;
    (void)cmd;
    if (!take_masters(discover, reply, &err))
        fail_at_seed(discover, &err);
    else if (discover->watched_count == 0)
        succeed(discover);
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static void send_question(struct discover *discover)
{
    bool cluster = discover->seeds == &discover->conf->cluster;
    struct err err;
    if (!link_send(discover->link, cluster ? CMD_CLUSTER_NODES : CMD_SENTINEL_MASTERS,
                   cluster ? on_cluster : on_masters, discover, &err))
        fail(discover, err.text);
}

static void on_opened(void *arg)
{
    struct discover *discover = arg;
    if (discover->running)
        send_question(discover);
}

static void on_closed(void *arg, const struct err *why)
{
    struct discover *discover = arg;
    if (discover->running)
        fail(discover, why->text);
}

static void on_deadline(uv_timer_t *timer)
{
    struct discover *discover = timer->data;
    link_expire(discover->link, seed_of(discover)->timeout_ms);
}

static void ask(struct discover *discover)
{
    uv_timer_start(&discover->deadline, on_deadline, seed_of(discover)->timeout_ms, 0);
    if (link_is_open(discover->link)) {
        send_question(discover);
        return;
    }
    link_retarget(discover->link, seed_of(discover), discover->set_client_name);
    link_open(discover->link);
}

static void on_due(uv_timer_t *timer)
{
    struct discover *discover = timer->data;
    uv_update_time(discover->env->loop);
    discover->running = true;
    discover->tried = 0;
    ask(discover);
}

/* ---- life ------------------------------------------------------------------------------------------- */

static bool same_seeds(const struct conf_seeds *a, const struct conf_seeds *b)
{
    bool same = a->count == b->count;
    for (unsigned i = 0; same && i < a->count; i++)
        same = strcmp(a->items[i].url, b->items[i].url) == 0;
    return same;
}

static bool same_question(const struct conf_discover *a, const struct conf_discover *b)
{
    unsigned i = 0;
    while (a->masters[i] && b->masters[i] && strcmp(a->masters[i], b->masters[i]) == 0)
        i++;
    return !a->masters[i] && !b->masters[i] && a->hostnames == b->hostnames &&
           same_seeds(&a->cluster, &b->cluster) && same_seeds(&a->sentinel, &b->sentinel);
}

static bool inherit(struct discover *discover, const struct discover *before)
{
    if (!before || !before->roster || !same_question(discover->conf, before->conf))
        return true;
    discover->roster = roster_copy(before->roster, &discover->conf->node);
    discover->state = before->state;
    discover->succeeded_ms = before->succeeded_ms;
    memcpy(discover->why, before->why, sizeof discover->why);
    return discover->roster != NULL;
}

struct discover *discover_new(struct link_env *env, const struct conf_discover *conf, bool set_client_name,
                              const struct discover *before, discover_changed changed, void *arg)
{
    static const struct link_hooks hooks = {on_opened, on_closed};
    struct discover *discover = calloc(1, sizeof *discover);
    if (!discover)
        return NULL;
    discover->conf = conf;
    discover->seeds = conf->cluster.count ? &conf->cluster : &conf->sentinel;
    discover->env = env;
    discover->set_client_name = set_client_name;
    discover->changed = changed;
    discover->arg = arg;
    discover->state.age_seconds = -1;
    arena_init(&discover->answer, ANSWER_FIRST, ANSWER_MAX);
    discover->link = link_new(env, seed_of(discover), CMD_READ, set_client_name, &hooks, discover);
    if (!discover->link || !inherit(discover, before)) {
        link_free(discover->link);
        roster_free(discover->roster);
        arena_done(&discover->answer);
        free(discover);
        return NULL;
    }
    uv_timer_init(env->loop, &discover->timer);
    uv_timer_init(env->loop, &discover->deadline);
    discover->timer.data = discover->deadline.data = discover;
    return discover;
}

void discover_start(struct discover *discover)
{
    uv_timer_start(&discover->timer, on_due, 0, 0);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct discover *discover = handle->data;
    if (--discover->closing == 0)
        free(discover);
}

void discover_free(struct discover *discover)
{
    if (!discover)
        return;
    link_free(discover->link);
    roster_free(discover->next);
    roster_free(discover->roster);
    free_retired(discover);
    arena_done(&discover->answer);
    discover->closing = 2;
    uv_close((uv_handle_t *)&discover->timer, on_handle_closed);
    uv_close((uv_handle_t *)&discover->deadline, on_handle_closed);
}

/* ---- asking it -------------------------------------------------------------------------------------- */

const struct conf_discover *discover_conf(const struct discover *discover)
{
    return discover->conf;
}

const struct roster *discover_roster(const struct discover *discover)
{
    return discover->roster;
}

struct discover_state discover_state(const struct discover *discover)
{
    struct discover_state state = discover->state;
    if (state.age_seconds >= 0)
        state.age_seconds = (double)(now_ms(discover) - discover->succeeded_ms) / 1e3;
    state.why = discover->why;
    return state;
}
