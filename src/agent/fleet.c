#include "agent/fleet.h"
#include "agent/scrape.h"
#include <stdlib.h>

/* ---- finding by name -------------------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t hash_of(struct str text)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * 16777619u;
    return hash;
}

static bool index_init(struct fleet_index *index, unsigned count)
{
    uint32_t size = 16;
    while (size < 2 * (uint64_t)count)
        size *= 2;
    index->slots = calloc(size, sizeof *index->slots);
    index->mask = size - 1;
    return index->slots != NULL;
}

static void index_done(struct fleet_index *index)
{
    free(index->slots);
    index->slots = NULL;
}

static void index_add(struct fleet_index *index, struct target *target)
{
    uint32_t at = hash_of(str_of(target->conf->name)) & index->mask;
    while (index->slots[at])
        at = (at + 1) & index->mask;
    index->slots[at] = target;
}

static struct target *index_find(const struct fleet_index *index, struct str name)
{
    uint32_t at = index->slots ? hash_of(name) & index->mask : 0;
    while (index->slots && index->slots[at]) {
        if (str_eq(name, str_of(index->slots[at]->conf->name)))
            return index->slots[at];
        at = (at + 1) & index->mask;
    }
    return NULL;
}

struct target *fleet_find(const struct agent *agent, struct str name)
{
    return index_find(&agent->by_name, name);
}

/* ---- mustering -------------------------------------------------------------------------------------- */

struct muster {
    struct target **targets;
    const struct conf_target **confs; /* what each is to be from now on */
    unsigned count;
    struct fleet_index by_name;
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
    return true;
}

static void muster_free(struct muster *muster)
{
    free(muster->confs);
    index_done(&muster->by_name);
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

struct muster *fleet_muster(struct agent *agent, const struct config *config)
{
    struct muster *muster = calloc(1, sizeof *muster);
    unsigned most = config->target_count;
    if (!muster)
        return NULL;
    muster->targets = calloc((size_t)most + 1, sizeof *muster->targets);
    muster->confs = calloc((size_t)most + 1, sizeof *muster->confs);
    bool ok = muster->targets && muster->confs && index_init(&muster->by_name, most);
    for (unsigned i = 0; ok && i < config->target_count; i++)
        ok = enlist(agent, muster, &config->targets[i]);
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

/* ---- switching -------------------------------------------------------------------------------------- */

static void let_go(struct agent *agent)
{
    for (unsigned i = 0; i < agent->target_count; i++)
        if (!agent->targets[i]->stays)
            target_free(agent->targets[i]);
    free(agent->targets);
    index_done(&agent->by_name);
}

static void take_over(struct agent *agent, const struct muster *muster, unsigned i)
{
    struct target *target = muster->targets[i];
    bool new = !target->stays;
    target->stays = false;
    target->place = i;
    target_reconfigure(target, muster->confs[i]);
    index_add(&agent->by_name, target);
    if (new)
        target_start(target);
}

void fleet_switch(struct agent *agent, struct muster *muster)
{
    scrape_flush(agent); /* they know targets by their place */
    let_go(agent);
    agent->targets = muster->targets;
    agent->target_count = muster->count;
    agent->by_name = muster->by_name;
    muster->by_name.slots = NULL;
    for (unsigned i = 0; i < muster->count; i++)
        take_over(agent, muster, i);
    agent->unpolled = count_unpolled(agent);
    muster_free(muster);
}

void fleet_free(struct agent *agent)
{
    let_go(agent);
    agent->targets = NULL;
    agent->target_count = 0;
}
