/* Who the server is: strings of INFO as labels, its role, and when it started. */
#include "collectors.h"
#include <string.h>

enum { INSTANCE_INFO, SLAVE_INFO, ROLE, FAILOVER_STATE, START_TIME };

static const struct family families[] = {
    [INSTANCE_INFO] =
        {"redis_instance_info", METRIC_GAUGE,
         "role,redis_version,redis_build_id,redis_mode,os,maxmemory_policy,tcp_port,run_id,process_id,"
         "master_replid,valkey_version,valkey_release_stage",
         "Always 1; the labels say which server this is (INFO server, memory, replication)"},
    [SLAVE_INFO] = {"redis_slave_info", METRIC_GAUGE, "master_host,master_port,read_only",
                    "Always 1 on a replica; the labels name the primary it follows (INFO replication)"},
    [ROLE] = {"redis_role", METRIC_GAUGE, "role",
              "1 for the role the server has now and 0 for the others, so a switchover never shows two (INFO "
              "role)"},
    [FAILOVER_STATE] = {"redis_failover_state", METRIC_GAUGE, "state",
                        "1 for the state of a FAILOVER command on this primary and 0 for the others "
                        "(INFO master_failover_state, since 6.2)"},
    [START_TIME] =
        {"redis_start_time_seconds", METRIC_GAUGE, "",
         "When the server process started, Unix time (the agent's clock minus INFO uptime_in_seconds)"},
};

static void add_labelled(const struct info *info, struct samples *samples, unsigned family,
                         const char *const *names, const char *const *fields, size_t count)
{
    struct label labels[LABELS_MAX];
    for (size_t i = 0; i < count; i++) {
        labels[i] = (struct label){names[i], NO_LABELS};
        info_get(info, str_of(fields[i]), &labels[i].value);
    }
    samples_add(samples, family, samples_labels(samples, labels, count), 1);
}

static void emit_instance(const struct info *info, struct samples *samples)
{
    static const char *const names[] = {
        "role",       "redis_version",    "redis_build_id", "redis_mode",
        "os",         "maxmemory_policy", "tcp_port",       "run_id",
        "process_id", "master_replid",    "valkey_version", "valkey_release_stage"};
    enum { REDIS_MODE = 3 };
    size_t count = sizeof names / sizeof names[0];
    const char *fields[LABELS_MAX];
    struct str text;
    memcpy(fields, names, sizeof names);
    /* Valkey calls the field server_mode; the label stays. */
    if (!info_get(info, STR("redis_mode"), &text))
        fields[REDIS_MODE] = "server_mode";
    /* redis_exporter has the two Valkey labels on Valkey only; an empty label would be the same series. */
    if (!info_get(info, STR("valkey_version"), &text))
        count -= 2;
    add_labelled(info, samples, INSTANCE_INFO, names, fields, count);
}

static void emit_failover(const struct info *info, struct samples *samples)
{
    static const char *const states[] = {"no-failover", "waiting-for-sync", "failover-in-progress"};
    struct str now;
    if (!info_get(info, STR("master_failover_state"), &now))
        return;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        samples_add(samples, FAILOVER_STATE, samples_label(samples, "state", str_of(states[i])),
                    str_eq(now, str_of(states[i])));
}

static void emit_roles(enum role role, struct samples *samples)
{
    if (role == ROLE_UNKNOWN)
        return;
    for (enum role r = ROLE_PRIMARY; r <= ROLE_SENTINEL; r++)
        samples_add(samples, ROLE, samples_label(samples, "role", str_of(role_word(r))), r == role);
}

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    static const char *const slave_names[] = {"master_host", "master_port", "read_only"};
    static const char *const slave_fields[] = {"master_host", "master_port", "slave_read_only"};
    (void)part;
    emit_instance(&snapshot->info, samples);
    emit_roles(snapshot->facts.role, samples);
    emit_failover(&snapshot->info, samples);
    if (snapshot->facts.role == ROLE_REPLICA)
        add_labelled(&snapshot->info, samples, SLAVE_INFO, slave_names, slave_fields, 3);
    if (snapshot->start_seconds > 0)
        samples_add(samples, START_TIME, NO_LABELS, snapshot->start_seconds);
}

const struct collector collect_server = {
    .name = "server",
    .help = "Identity, role and start time of the server.",
    .emit = emit,
    FAMILIES(families),
};
