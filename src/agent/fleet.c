#include "agent/fleet.h"
#include "agent/decide.h"
#include "agent/scrape.h"
#include "agent/sources.h"
#include "io/logger.h"
#include <stdio.h>
#include <stdlib.h>

/* ---- finding ---------------------------------------------------------------------------------------- */

/* FNV-1a. Host names are equal in either case. */
static uint32_t hash_bytes(uint32_t hash, struct str text, bool fold)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (fold && c >= 'A' && c <= 'Z')
            c |= 0x20;
        hash = (hash ^ c) * 16777619u;
    }
    return hash;
}

static uint32_t hash_name(struct str name)
{
    return hash_bytes(2166136261u, name, false);
}

static uint32_t hash_endpoint(const struct endpoint *endpoint)
{
    return hash_bytes(endpoint->port + 97u, str_of(endpoint->host), true);
}

/* Whether it is the same server, with TLS or without. */
static bool same_server(const struct endpoint *a, const struct endpoint *b)
{
    return a->port == b->port && (a->kind == ENDPOINT_UNIX) == (b->kind == ENDPOINT_UNIX) &&
           str_eq_nocase(str_of(a->host), str_of(b->host));
}

/* Each target stands there twice, and half of it stays empty. */
static bool index_init(struct fleet_index *index, size_t count)
{
    size_t size = 16;
    while (size < 4 * count)
        size *= 2;
    index->slots = calloc(size, sizeof *index->slots);
    index->mask = (uint32_t)(size - 1);
    return index->slots != NULL;
}

static void index_done(struct fleet_index *index)
{
    free(index->slots);
    index->slots = NULL;
}

static void index_put(struct fleet_index *index, uint32_t hash, struct target *target)
{
    uint32_t at = hash & index->mask;
    while (index->slots[at])
        at = (at + 1) & index->mask;
    index->slots[at] = target;
}

/* By the names that targets have now, or are to have. */
static void index_add(struct fleet_index *index, struct target *target)
{
    index_put(index, hash_name(str_of(target->conf->name)), target);
    index_put(index, hash_endpoint(&target->conf->endpoint), target);
}

static struct target *index_find(const struct fleet_index *index, struct str name)
{
    uint32_t at = hash_name(name) & index->mask;
    for (; index->slots && index->slots[at]; at = (at + 1) & index->mask)
        if (str_eq(name, str_of(index->slots[at]->conf->name)))
            return index->slots[at];
    return NULL;
}

static struct target *index_find_endpoint(const struct fleet_index *index, const struct endpoint *endpoint)
{
    uint32_t at = hash_endpoint(endpoint) & index->mask;
    for (; index->slots && index->slots[at]; at = (at + 1) & index->mask)
        if (same_server(endpoint, &index->slots[at]->conf->endpoint))
            return index->slots[at];
    return NULL;
}

struct target *fleet_find(const struct agent *agent, struct str name)
{
    return index_find(&agent->index, name);
}

struct target *fleet_find_endpoint(const struct agent *agent, const struct endpoint *endpoint)
{
    return index_find_endpoint(&agent->index, endpoint);
}

/* ---- mustering -------------------------------------------------------------------------------------- */

struct muster {
    struct target **targets;
    const struct conf_target **confs; /* what each is to be from now on */
    unsigned count;
    unsigned duplicates, beyond; /* of rosters, left out */
    struct fleet_index index;
};

/* The running target that can go on as <conf>, or a new one. */
static bool enlist(struct agent *agent, struct muster *muster, const struct conf_target *conf)
{
    struct target *target = fleet_find(agent, str_of(conf->name));
    bool stays = target && target_same(target->conf, conf);
    if (!stays)
        target = target_new(&agent->env, conf);
    if (!target)
        return false;
    target->stays = stays;
    muster->confs[muster->count] = conf;
    muster->targets[muster->count++] = target;
    index_add(&muster->index, target);
    return true;
}

static bool enlist_roster(struct agent *agent, struct muster *muster, const struct roster *roster)
{
    bool ok = true;
    for (unsigned i = 0; ok && i < roster->count; i++) {
        const struct conf_target *conf = &roster->targets[i];
        if (index_find(&muster->index, str_of(conf->name)) ||
            index_find_endpoint(&muster->index, &conf->endpoint))
            muster->duplicates++;
        else if (muster->count >= FLEET_MAX)
            muster->beyond++;
        else
            ok = enlist(agent, muster, conf);
    }
    return ok;
}

static void muster_free(struct muster *muster)
{
    free(muster->confs);
    index_done(&muster->index);
    free(muster);
}

void fleet_dismiss(struct agent *agent, struct muster *muster)
{
    (void)agent;
    for (unsigned i = 0; muster && i < muster->count; i++) {
        if (muster->targets[i]->stays)
            muster->targets[i]->stays = false;
        else
            target_free(muster->targets[i]);
    }
    if (!muster)
        return;
    free(muster->targets);
    muster_free(muster);
}

/* The most that it can be. */
static size_t count_all(const struct config *config, const struct sources *sources)
{
    size_t count = 0;
    unsigned cursor = 0;
    for (const struct roster *roster; (roster = sources_next(sources, &cursor));)
        count += roster->count;
    return config->target_count + (count < FLEET_MAX ? count : FLEET_MAX);
}

struct muster *fleet_muster(struct agent *agent, const struct config *config, const struct sources *sources)
{
    struct muster *muster = calloc(1, sizeof *muster);
    size_t most = count_all(config, sources);
    unsigned cursor = 0;
    if (!muster)
        return NULL;
    muster->targets = calloc(most + 1, sizeof *muster->targets);
    muster->confs = calloc(most + 1, sizeof *muster->confs);
    bool ok = muster->targets && muster->confs && index_init(&muster->index, most);
    for (unsigned i = 0; ok && i < config->target_count; i++)
        ok = enlist(agent, muster, &config->targets[i]);
    for (const struct roster *roster; ok && (roster = sources_next(sources, &cursor));)
        ok = enlist_roster(agent, muster, roster);
    if (ok)
        return muster;
    fleet_dismiss(agent, muster);
    return NULL;
}

/* ---- readiness -------------------------------------------------------------------------------------- */

static unsigned count_unpolled(const struct agent *agent)
{
    unsigned count = 0;
    for (unsigned i = 0; i < agent->target_count; i++)
        count += agent->targets[i]->outcome.kind == ERR_PENDING;
    return count;
}

void fleet_round_done(struct agent *agent, const struct target *target)
{
    uint64_t rounds = 0;
    for (unsigned i = 0; agent->unpolled && i < ERR_KIND_COUNT; i++)
        rounds += target->counters.polls[i];
    agent->unpolled -= agent->unpolled && rounds == 1;
}

bool fleet_ready(const struct agent *agent)
{
    return agent->unpolled == 0 && sources_tried(&agent->sources);
}

/* ---- switching -------------------------------------------------------------------------------------- */

static void let_go(struct agent *agent)
{
    for (unsigned i = 0; i < agent->target_count; i++)
        if (!agent->targets[i]->stays)
            target_free(agent->targets[i]);
    free(agent->targets);
    index_done(&agent->index);
}

static void take_over(const struct muster *muster, unsigned i)
{
    struct target *target = muster->targets[i];
    bool new = !target->stays;
    target->stays = false;
    target->place = i;
    target_reconfigure(target, muster->confs[i]);
    if (new)
        target_start(target);
}

void fleet_switch(struct agent *agent, struct muster *muster)
{
    scrape_flush(agent); /* they know targets by their place */
    let_go(agent);
    agent->targets = muster->targets;
    agent->target_count = muster->count;
    agent->index = muster->index;
    agent->duplicates = muster->duplicates;
    agent->beyond = muster->beyond;
    muster->index.slots = NULL;
    for (unsigned i = 0; i < muster->count; i++)
        take_over(muster, i);
    agent->unpolled = count_unpolled(agent);
    muster_free(muster);
}

bool fleet_refresh(struct agent *agent)
{
    struct muster *muster = fleet_muster(agent, agent->config, &agent->sources);
    bool waiting = agent->unpolled > 0;
    char count[16];
    if (!muster) {
        log_write(LOG_ERROR_, "the targets stay as they were: there is no memory for others", NULL);
        return false;
    }
    fleet_switch(agent, muster);
    decide_apply(agent);
    if (!waiting)
        agent->unpolled = 0; /* who comes later does not make the agent unready */
    snprintf(count, sizeof count, "%u", agent->target_count);
    log_write(LOG_INFO_, "the targets changed", LOG_FIELDS({"targets", str_of(count)}));
    return true;
}

void fleet_free(struct agent *agent)
{
    let_go(agent);
    agent->targets = NULL;
    agent->target_count = 0;
}
