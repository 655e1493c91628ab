#include "collectors.h"

_Static_assert(COLLECTOR_COUNT <= SNAPSHOT_PARTS_MAX, "a snapshot has a part for every collector");

/* clang-format off */
const struct collector *const collectors[COLLECTOR_COUNT] = {
    [COLLECT_TARGET]            = &collect_target,
    [COLLECT_INFO]              = &collect_info,
    [COLLECT_INFO_OTHER]        = &collect_info_other,
    [COLLECT_SERVER]            = &collect_server,
    [COLLECT_KEYSPACE]          = &collect_keyspace,
    [COLLECT_COMMANDSTATS]      = &collect_commandstats,
    [COLLECT_ERRORSTATS]        = &collect_errorstats,
    [COLLECT_LATENCYSTATS]      = &collect_latencystats,
    [COLLECT_REPLICAS]          = &collect_replicas,
    [COLLECT_ROLE]              = &collect_role,
    [COLLECT_LATENCY_LATEST]    = &collect_latency_latest,
    [COLLECT_LATENCY_HISTOGRAM] = &collect_latency_histogram,
    [COLLECT_SLOWLOG]           = &collect_slowlog,
    [COLLECT_SLOWLOG_LONGEST]   = &collect_slowlog_longest,
    [COLLECT_CONFIG]            = &collect_config,
    [COLLECT_CONFIG_ALL]        = &collect_config_all,
    [COLLECT_COMMANDLOG]        = &collect_commandlog,
    [COLLECT_COMMANDLOG_LIMITS] = &collect_commandlog_limits,
    [COLLECT_MODULES]           = &collect_modules,
    [COLLECT_CLUSTER]           = &collect_cluster,
    [COLLECT_SENTINEL]          = &collect_sentinel,
    [COLLECT_SENTINEL_PEERS]    = &collect_sentinel_peers,
    [COLLECT_SENTINEL_CONFIG]   = &collect_sentinel_config,
    [COLLECT_HEALTH]            = &collect_health,
    [COLLECT_SURVEYS]           = &collect_surveys,
    [COLLECT_SURVEY_KEYS]       = &collect_survey_keys,
    [COLLECT_SURVEY_CLIENTS]    = &collect_survey_clients,
    [COLLECT_SURVEY_COUNT]      = &collect_survey_count,
    [COLLECT_SURVEY_GROUPS]     = &collect_survey_groups,
    [COLLECT_SURVEY_STREAMS]    = &collect_survey_streams,
    [COLLECT_SURVEY_BIG]        = &collect_survey_big,
    [COLLECT_SURVEY_SCRIPTS]    = &collect_survey_scripts,
    [COLLECT_SURVEY_SEARCH]     = &collect_survey_search,
    [COLLECT_PAIR]              = &collect_pair,
    [COLLECT_SOURCE]            = &collect_source,
    [COLLECT_AGENT]             = &collect_agent,
};
/* clang-format on */

const struct collector *collector_find(struct str name)
{
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        if (str_eq(name, str_of(collectors[i]->name)))
            return collectors[i];
    return NULL;
}

bool collector_named(const struct collector *collector, const char *const *names)
{
    for (; names && *names; names++)
        if (str_eq(str_of(*names), str_of(collector->name)))
            return true;
    return false;
}

bool collector_optional(const struct collector *collector)
{
    return collector->cmds[0] != CMD_NONE || collector->part_of;
}

bool collector_chosen(const struct collector *collector, const struct collector_choice *choice)
{
    return !collector_named(collector, choice->disabled) &&
           (!collector->opt_in || collector_named(collector, choice->enabled));
}

bool collector_known(const struct collector *collector, const struct server_kind *server)
{
    if (collector->part_of)
        return collector_known(collectors[collector->part_of], server);
    for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collector->cmds[c]; c++)
        if (!cmd_known(collector->cmds[c], server))
            return false;
    for (unsigned c = 0; c < COLLECTOR_MORE_MAX && collector->more_cmds[c]; c++)
        if (!cmd_known(collector->more_cmds[c], server))
            return false;
    return true;
}

unsigned family_base(enum collector_id id)
{
    unsigned base = 0;
    for (unsigned i = 0; i < (unsigned)id; i++)
        base += collectors[i]->family_count;
    return base;
}

unsigned family_count(void)
{
    return family_base(COLLECTOR_COUNT);
}

const struct family *family_at(unsigned index)
{
    unsigned i = 0;
    while (index >= collectors[i]->family_count)
        index -= collectors[i++]->family_count;
    return (const struct family *)((const char *)collectors[i]->families +
                                   index * collectors[i]->family_stride);
}

void collector_begin(enum collector_id id, struct samples *samples)
{
    samples->base = (uint16_t)family_base(id);
}

void collectors_emit(const struct snapshot *snapshot, struct samples *samples)
{
    collectors_emit_some(snapshot, UINT64_MAX, samples);
}

void collectors_emit_some(const struct snapshot *snapshot, uint64_t which, struct samples *samples)
{
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        const struct collector *collector = collectors[i];
        const void *part = part_data(snapshot, i);
        if (!(which & 1ull << i) || !collector->emit || (collector_optional(collector) && !part))
            continue;
        collector_begin(i, samples);
        collector->emit(snapshot, part, samples);
    }
    samples_seal(samples);
}

/* db0 and slave3, but not db0_distrib_… or slave_priority. */
static bool numbered(struct str field, struct str stem)
{
    struct str rest = str_from(field, stem.len);
    if (!str_starts(field, stem) || rest.len == 0)
        return false;
    for (size_t i = 0; i < rest.len; i++)
        if (rest.ptr[i] < '0' || rest.ptr[i] > '9')
            return false;
    return true;
}

bool collector_reads_field(struct str field)
{
    static const struct str prefixes[] = {STR_INIT("cmdstat_"), STR_INIT("errorstat_"),
                                          STR_INIT("latency_percentiles_usec_")};
    for (unsigned i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (str_starts(field, prefixes[i]))
            return true;
    return numbered(field, STR("db")) || numbered(field, STR("slave")) || numbered(field, STR("master")) ||
           str_eq(field, STR("module"));
}

bool unexpected_reply(enum cmd_id cmd, const struct reply *reply, struct err *err)
{
    static const char *const types[] = {"nil",      "a string",  "an error", "an integer",
                                        "a double", "a boolean", "an array", "a map"};
    char text[64];
    return err_set(err, ERR_REDIS, STR_FMT " answered with %s of a form this version does not know",
                   STR_ARG(cmd_text(cmd, text, sizeof text)), types[reply->type]);
}
