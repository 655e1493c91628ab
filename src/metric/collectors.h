/* The rows of collector.c, one per collect_<topic>.c; private to this layer. */
#ifndef METRIC_COLLECTORS_H
#define METRIC_COLLECTORS_H

#include <bluegreen/collector.h>

#define FAMILIES(array)                                                                                      \
    .families = (array), .family_count = sizeof(array) / sizeof(array)[0], .family_stride = sizeof(array)[0]

extern const struct collector collect_target, collect_info, collect_info_other, collect_server,
    collect_keyspace, collect_commandstats, collect_errorstats, collect_latencystats, collect_replicas,
    collect_role, collect_latency_latest, collect_latency_histogram, collect_slowlog, collect_slowlog_longest,
    collect_config, collect_health, collect_pair, collect_source, collect_agent, collect_surveys, collect_survey_keys,
    collect_survey_clients;

/* The emit() of collect_info, whose row stands below its table in catalog.c. */
void collect_info_emit(const struct snapshot *snapshot, const void *part, struct samples *samples);

/* What a collector read for this snapshot, or NULL. */
static inline const void *part_data(const struct snapshot *snapshot, enum collector_id id)
{
    return snapshot->parts[id].state == PART_OK ? snapshot->parts[id].data : NULL;
}

/* <key> of INFO's cmdstat_<command> line as a number. */
bool commandstat(const struct info *info, struct str command, struct str key, double *ret);

/* The next keyspace line of INFO: "db0" and "keys=5,…", not db0_distrib_…; *cursor as for info_next(). */
bool next_database(const struct info *info, uint32_t *cursor, struct str *ret_name, struct str *ret_value);

/* ERR_REDIS for a reply that is not of the form the command promises. Returns false. */
bool unexpected_reply(enum cmd_id cmd, const struct reply *reply, struct err *err);

#endif
