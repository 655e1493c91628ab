/* The rows of collector.c, one per collect_<topic>.c; private to this layer. */
#ifndef METRIC_COLLECTORS_H
#define METRIC_COLLECTORS_H

#include <bluegreen/collector.h>

#define FAMILIES(array)                                                                                      \
    .families = (array), .family_count = sizeof(array) / sizeof(array)[0], .family_stride = sizeof(array)[0]

extern const struct collector collect_target;
extern const struct collector collect_info;
extern const struct collector collect_info_other;
extern const struct collector collect_server;
extern const struct collector collect_keyspace;
extern const struct collector collect_commandstats;
extern const struct collector collect_errorstats;
extern const struct collector collect_latencystats;
extern const struct collector collect_replicas;
extern const struct collector collect_role;
extern const struct collector collect_latency_latest;
extern const struct collector collect_latency_histogram;
extern const struct collector collect_slowlog;
extern const struct collector collect_slowlog_longest;
extern const struct collector collect_config;
extern const struct collector collect_health;
extern const struct collector collect_pair;
extern const struct collector collect_source;
extern const struct collector collect_agent;
extern const struct collector collect_surveys;
extern const struct collector collect_survey_keys;
extern const struct collector collect_survey_clients;
extern const struct collector collect_survey_count;
extern const struct collector collect_survey_groups;
extern const struct collector collect_survey_streams;
extern const struct collector collect_survey_big;
extern const struct collector collect_survey_scripts;
extern const struct collector collect_survey_search;
extern const struct collector collect_config_all;
extern const struct collector collect_commandlog;
extern const struct collector collect_commandlog_limits;
extern const struct collector collect_modules;
extern const struct collector collect_cluster;
extern const struct collector collect_sentinel;
extern const struct collector collect_sentinel_peers;
extern const struct collector collect_sentinel_config;

/* The emit() of collect_info, whose row stands below its table in catalog.c. */
void collect_info_emit(const struct snapshot *snapshot, const void *part, struct samples *samples);

/* What a collector read for this snapshot, or NULL. */
static inline const void *part_data(const struct snapshot *snapshot, enum collector_id id)
{
    return snapshot->parts[id].state == PART_OK ? snapshot->parts[id].data : NULL;
}

/* <key> of INFO's cmdstat_<command> line as a number. */
bool commandstat(const struct info *info, struct str command, struct str key, double *ret);

/* ERR_REDIS for a reply that is not of the form the command promises. Returns false. */
bool unexpected_reply(enum cmd_id cmd, const struct reply *reply, struct err *err);

#endif
