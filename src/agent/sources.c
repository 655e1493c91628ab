#include "agent/sources.h"
#include "agent/adhoc.h"
#include "agent/fleet.h"
#include <bluegreen/status.h>
#include <stdlib.h>

static bool on_changed(void *arg)
{
    return fleet_refresh(arg);
}

static const struct discover *find_before(const struct agent *agent, const char *name)
{
    for (unsigned i = 0; i < agent->sources.discover_count; i++)
        if (str_eq(str_of(name), str_of(discover_conf(agent->sources.discovers[i])->name)))
            return agent->sources.discovers[i];
    return NULL;
}

bool sources_new(struct agent *agent, const struct config *config, struct sources *ret)
{
    struct sources sources = {.discovers = calloc(config->discover_count + 1u, sizeof *sources.discovers)};
    sources.lists = target_lists_new(&agent->loop, config, agent->sources.lists, on_changed, agent);
    bool ok = sources.lists && sources.discovers;
    for (unsigned i = 0; ok && i < config->discover_count; i++) {
        const struct conf_discover *conf = &config->discovers[i];
        sources.discovers[i] = discover_new(&agent->env.link, conf, config->set_client_name,
                                            find_before(agent, conf->name), on_changed, agent);
        ok = sources.discovers[i] != NULL;
        sources.discover_count += ok;
    }
    if (ok)
        *ret = sources;
    else
        sources_free(&sources);
    return ok;
}

void sources_start(struct sources *sources)
{
    for (unsigned i = 0; i < sources->discover_count; i++)
        discover_start(sources->discovers[i]);
}

void sources_free(struct sources *sources)
{
    target_lists_free(sources->lists);
    for (unsigned i = 0; i < sources->discover_count; i++)
        discover_free(sources->discovers[i]);
    free(sources->discovers);
    *sources = (struct sources){.discover_count = 0};
}

const struct roster *sources_next(const struct sources *sources, unsigned *cursor)
{
    unsigned lists = sources->lists ? target_lists_count(sources->lists) : 0;
    const struct roster *roster = NULL;
    while (!roster && *cursor < lists + sources->discover_count) {
        unsigned i = (*cursor)++;
        if (i < lists)
            roster = target_lists_at(sources->lists, i).roster;
        else if (discover_conf(sources->discovers[i - lists])->watch)
            roster = discover_roster(sources->discovers[i - lists]);
    }
    return roster;
}

bool sources_tried(const struct sources *sources)
{
    bool tried = true;
    for (unsigned i = 0; i < sources->discover_count; i++)
        tried = tried && discover_state(sources->discovers[i]).tried;
    return tried;
}

/* ---- metrics ---------------------------------------------------------------------------------------- */

static void emit_lists(const struct target_lists *lists, struct samples *samples)
{
    for (unsigned i = 0; lists && i < target_lists_count(lists); i++) {
        struct target_list_state file = target_lists_at(lists, i);
        target_list_emit(&(struct target_list_status){file.path, file.ok,
                                                      file.roster ? file.roster->count : 0,
                                                      file.success_seconds},
                         samples);
    }
}

static void emit_discoveries(const struct sources *sources, struct samples *samples)
{
    for (unsigned i = 0; i < sources->discover_count; i++) {
        const struct discover *discover = sources->discovers[i];
        const struct roster *roster = discover_roster(discover);
        struct discover_state state = discover_state(discover);
        if (state.tried)
            discovery_emit(&(struct discovery_status){discover_conf(discover)->name, state.ok,
                                                      roster ? roster->count : 0, state.age_seconds},
                           samples);
    }
}

void sources_emit(const struct agent *agent, struct samples *samples)
{
    emit_lists(agent->sources.lists, samples);
    emit_discoveries(&agent->sources, samples);
    targets_left_out_emit(agent->duplicates, agent->beyond, samples);
    adhoc_emit(adhoc_count(agent->adhoc), samples);
}
