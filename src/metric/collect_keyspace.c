/*
 * Keys per database: db0:keys=5,expires=1,avg_ttl=1200. Databases without keys are missing in INFO and shown
 * as zero, so that "no keys" and "no data" are not the same; how many there are comes from CONFIG databases.
 */
#include "collectors.h"
#include <bluegreen/config_part.h>
#include <bluegreen/num.h>

enum { KEYS, EXPIRING, AVG_TTL };

static const struct family families[] = {
    [KEYS] = {"redis_db_keys", METRIC_GAUGE, "db", "Keys in the database (INFO keyspace, keys=)"},
    [EXPIRING] = {"redis_db_keys_expiring", METRIC_GAUGE, "db",
                  "Keys in the database that have a time to live (INFO keyspace, expires=)"},
    [AVG_TTL] =
        {"redis_db_avg_ttl_seconds", METRIC_GAUGE, "db",
         "Average time to live of the keys that have one, as Redis estimates it (INFO keyspace, avg_ttl=)"},
};

enum { DATABASES_DEFAULT = 16, DATABASES_SHOWN_MAX = 1024 };

static void add_count(struct samples *samples, unsigned family, struct str labels, struct str value,
                      const char *key, double divisor)
{
    struct str text;
    double number;
    if (info_subfield(value, str_of(key), &text) && num_double(text, &number))
        samples_add(samples, family, labels, number / divisor);
}

static void emit_present(const struct info *info, struct samples *samples)
{
    uint32_t cursor = 0, shown = 0;
    struct str name, value;
    while (shown++ < DATABASES_SHOWN_MAX && info_next_database(info, &cursor, &name, &value)) {
        struct str labels = samples_label(samples, "db", name);
        add_count(samples, KEYS, labels, value, "keys", 1);
        add_count(samples, EXPIRING, labels, value, "expires", 1);
        add_count(samples, AVG_TTL, labels, value, "avg_ttl", 1e3);
    }
}

static uint64_t database_count(const struct snapshot *snapshot)
{
    const struct config_part *config = part_data(snapshot, COLLECT_CONFIG);
    struct str text;
    int64_t cluster = 0;
    info_i64(&snapshot->info, STR("cluster_enabled"), &cluster);
    if (cluster)
        return 1;
    if (config && config->has[CONFIG_DATABASES] && config->value[CONFIG_DATABASES] >= 0)
        return (uint64_t)config->value[CONFIG_DATABASES];
    /* A Sentinel has no keyspace at all. */
    return info_get(&snapshot->info, STR("role"), &text) ? DATABASES_DEFAULT : 0;
}

static void emit_empty(const struct snapshot *snapshot, struct samples *samples)
{
    uint64_t count = database_count(snapshot);
    for (uint64_t i = 0; i < count && i < DATABASES_SHOWN_MAX; i++) {
        char name[NUM_TEXT_MAX + 2] = "db";
        struct str db = {name, 2 + num_print_u64(i, name + 2)};
        struct str value;
        if (info_get(&snapshot->info, db, &value))
            continue;
        struct str labels = samples_label(samples, "db", db);
        samples_add(samples, KEYS, labels, 0);
        samples_add(samples, EXPIRING, labels, 0);
    }
}

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    (void)part;
    emit_present(&snapshot->info, samples);
    if (!snapshot->hide_empty_databases)
        emit_empty(snapshot, samples);
}

const struct collector collect_keyspace = {
    .name = "keyspace",
    .help = "Keys per database.",
    .emit = emit,
    FAMILIES(families),
};
