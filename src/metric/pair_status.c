#include "collectors.h"
#include <bluegreen/status.h>

enum {
    PRIMARY,
    FOLLOWING,
    REPLID_MATCH,
    OFFSET_MATCH,
    LAG_BYTES,
    LAG_SECONDS,
    HEADROOM_BYTES,
    HEADROOM_SECONDS,
    KEY_DIFFERENCE,
    VERSION_INFO,
    WRITE_RATE,
    CHANGES,
    DESIGNATED,
    CUTOVER_READY
};

/* clang-format off */
static const struct family families[] = {
    [PRIMARY] = {"bluegreen_pair_primary", METRIC_GAUGE, "pair,side",
        "1 for the side whose role is primary and 0 for the other; both 0 when neither or both are, which is an outage or "
        "a split brain"},
    [FOLLOWING] = {"bluegreen_pair_following", METRIC_GAUGE, "pair",
        "1 when one side is the replica of the other, shares its history and its link is up"},
    [REPLID_MATCH] = {"bluegreen_pair_replid_match", METRIC_GAUGE, "pair",
        "1 when both sides have the same replication history (INFO master_replid), 0 when they have parted"},
    [OFFSET_MATCH] = {"bluegreen_pair_offset_match", METRIC_GAUGE, "pair",
        "1 when the replica has everything the primary had at its last poll"},
    [LAG_BYTES] = {"bluegreen_pair_lag_bytes", METRIC_GAUGE, "pair",
        "How far the replica is behind: master_repl_offset of the primary minus slave_repl_offset of the replica"},
    [LAG_SECONDS] = {"bluegreen_pair_lag_seconds", METRIC_GAUGE, "pair",
        "How long the primary needs, at its present write rate, to write what the replica is behind"},
    [HEADROOM_BYTES] = {"bluegreen_pair_backlog_headroom_bytes", METRIC_GAUGE, "pair",
        "How much further the replica may fall behind and still resume from the primary's backlog; 0 means that a broken "
        "link costs a full copy"},
    [HEADROOM_SECONDS] = {"bluegreen_pair_backlog_headroom_seconds", METRIC_GAUGE, "pair",
        "How long the link may be down, at the present write rate, before a full copy is needed; absent while nothing is "
        "written"},
    [KEY_DIFFERENCE] = {"bluegreen_pair_key_difference", METRIC_GAUGE, "pair,db",
        "Keys of the database on blue minus those on green; near 0 when they hold the same, expiry apart"},
    [VERSION_INFO] = {"bluegreen_pair_version_info", METRIC_GAUGE, "pair,side,version",
        "Always 1; the labels say which version each side runs"},
    [WRITE_RATE] = {"bluegreen_pair_write_bytes_per_second", METRIC_GAUGE, "pair,side",
        "Growth of the replication stream of a side that is primary, smoothed over some 5 s; a primary that never had a "
        "replica has no stream, so whether somebody writes is told by bluegreen_pair_changes_total"},
    [CHANGES] = {"bluegreen_pair_changes_total", METRIC_COUNTER, "pair,side",
        "Changes that clients made on this side while it was primary, counted since the agent watches it; growth on blue "
        "after a cutover means that somebody still writes there (INFO rdb_changes_since_last_save)"},
    [DESIGNATED] = {"bluegreen_pair_designated", METRIC_GAUGE, "pair,side",
        "1 for the side that is meant to take writes, which /health/{target}/primary follows, 0 for the other"},
    [CUTOVER_READY] = {"bluegreen_cutover_ready", METRIC_GAUGE, "pair",
        "1 when the pair could be switched now; /health/pair/{pair}/cutover has the reasons when not"},
};
/* clang-format on */

const struct collector collect_pair = {
    .name = "pair",
    .help = "Blue and green together: who leads, who follows, how far behind.",
    FAMILIES(families),
};

static void add_maybe(struct samples *samples, unsigned family, struct maybe number)
{
    if (number.known)
        samples_add(samples, family, NO_LABELS, number.value);
}

static void emit_side(const struct pair_view *view, enum side side, const struct snapshot *snapshot,
                      struct samples *samples)
{
    struct str labels = samples_label(samples, "side", str_of(side_word(side)));
    samples_add(samples, PRIMARY, labels, view->primary == side);
    if (!snapshot)
        return;
    struct label version[] = {{"side", str_of(side_word(side))}, {"version", snapshot->facts.version_text}};
    samples_add(samples, VERSION_INFO, samples_labels(samples, version, 2), 1);
    if (snapshot->facts.role == ROLE_PRIMARY)
        samples_add(samples, WRITE_RATE, labels, snapshot->repl_bytes_per_second);
    samples_add(samples, CHANGES, labels, snapshot->changes);
}

/* The databases that <side> lists; <sign> is 1 for blue. Those of both sides belong to blue's list. */
static void emit_keys(const struct snapshot *side, const struct snapshot *other, int sign,
                      struct samples *samples)
{
    uint32_t cursor = 0;
    struct str name, value;
    while (info_next_database(&side->info, &cursor, &name, &value)) {
        if (sign < 0 && pair_keys(other, name) > 0)
            continue;
        double difference = (double)(pair_keys(side, name) - pair_keys(other, name));
        samples_add(samples, KEY_DIFFERENCE, samples_label(samples, "db", name), sign * difference);
    }
}

void pair_status_emit(const struct pair_view *view, struct samples *samples)
{
    collector_begin(COLLECT_PAIR, samples);
    emit_side(view, SIDE_BLUE, view->blue, samples);
    emit_side(view, SIDE_GREEN, view->green, samples);
    if (!view->blue || !view->green)
        return;
    samples_add(samples, FOLLOWING, NO_LABELS, view->following);
    add_maybe(samples, REPLID_MATCH, view->replid_match);
    if (view->lag_bytes.known)
        samples_add(samples, OFFSET_MATCH, NO_LABELS, view->lag_bytes.value == 0);
    add_maybe(samples, LAG_BYTES, view->lag_bytes);
    add_maybe(samples, LAG_SECONDS, view->lag_seconds);
    add_maybe(samples, HEADROOM_BYTES, view->headroom_bytes);
    add_maybe(samples, HEADROOM_SECONDS, view->headroom_seconds);
    emit_keys(view->blue, view->green, 1, samples);
    emit_keys(view->green, view->blue, -1, samples);
}

void pair_decided_emit(enum side designated, bool cutover_ready, struct samples *samples)
{
    collector_begin(COLLECT_PAIR, samples);
    for (enum side side = SIDE_BLUE; side <= SIDE_GREEN; side++)
        samples_add(samples, DESIGNATED, samples_label(samples, "side", str_of(side_word(side))),
                    side == designated);
    samples_add(samples, CUTOVER_READY, NO_LABELS, cutover_ready);
}
