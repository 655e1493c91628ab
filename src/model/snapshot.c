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
