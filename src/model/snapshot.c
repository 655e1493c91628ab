#include <bluegreen/num.h>
#include <bluegreen/snapshot.h>
#include <stdlib.h>

enum { ARENA_MAX = 64 << 20 };

struct snapshot *snapshot_new(size_t arena_hint)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot)
        arena_init(&snapshot->arena, arena_hint, ARENA_MAX);
    return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (!snapshot)
        return;
    arena_done(&snapshot->arena);
    free(snapshot);
}

void snapshot_set_start(struct snapshot *snapshot, const struct snapshot *previous)
{
    const struct facts *facts = &snapshot->facts;
    snapshot->start_seconds = 0;
    if (facts->uptime_seconds < 0) /* FACT_UNKNOWN, or nonsense */
        return;
    bool same_run = previous && facts->run_id.len && str_eq(facts->run_id, previous->facts.run_id);
    if (same_run && previous->start_seconds > 0)
        snapshot->start_seconds = previous->start_seconds;
    else
        snapshot->start_seconds = (double)((int64_t)snapshot->wall_seconds - facts->uptime_seconds);
}

void snapshot_set_rate(struct snapshot *snapshot, const struct snapshot *previous)
{
    const struct facts *now = &snapshot->facts, *was = previous ? &previous->facts : NULL;
    snapshot->repl_bytes_per_second = 0;
    if (!was || !str_eq(now->run_id, was->run_id) || now->role != ROLE_PRIMARY || was->role != ROLE_PRIMARY ||
        was->repl_offset < 0 || now->repl_offset < was->repl_offset ||
        snapshot->taken_ms <= previous->taken_ms)
        return;
    double seconds = (double)(snapshot->taken_ms - previous->taken_ms) / 1e3;
    double rate = (double)(now->repl_offset - was->repl_offset) / seconds;
    double weight = previous->repl_bytes_per_second > 0 ? seconds / (seconds + 5) : 1;
    snapshot->repl_bytes_per_second = previous->repl_bytes_per_second * (1 - weight) + rate * weight;
}

void snapshot_set_changes(struct snapshot *snapshot, const struct snapshot *previous)
{
    static const struct str field = STR_INIT("rdb_changes_since_last_save");
    const struct facts *now = &snapshot->facts, *was = previous ? &previous->facts : NULL;
    int64_t changes, before;
    snapshot->changes = previous ? previous->changes : 0;
    if (was && str_eq(now->run_id, was->run_id) && now->role == ROLE_PRIMARY && was->role == ROLE_PRIMARY &&
        info_i64(&snapshot->info, field, &changes) && info_i64(&previous->info, field, &before) &&
        changes > before)
        snapshot->changes += (double)changes - (double)before;
}

bool snapshot_rewrites(const struct snapshot *snapshot, double *ret_calls)
{
    struct str value, calls;
    if (snapshot->facts.version < VERSION(7, 0, 0))
        return false;
    *ret_calls = 0; /* a command that was never called has no line */
    if (!info_get(&snapshot->info, STR("cmdstat_config|rewrite"), &value))
        return true;
    return info_subfield(value, STR("calls"), &calls) && num_double(calls, ret_calls);
}
