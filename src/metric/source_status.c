#include "collectors.h"
#include <bluegreen/status.h>

enum {
    LIST_SUCCESS,
    LIST_TARGETS,
    LIST_SECONDS,
    DISCOVERY_SUCCESS,
    DISCOVERY_TARGETS,
    DISCOVERY_AGE,
    LEFT_OUT,
    ADHOC_SERVERS,
};

/* clang-format off */
static const struct family families[] = {
    [LIST_SUCCESS] = {"bluegreen_target_list_success", METRIC_GAUGE, "file",
        "1 when this list of targets could be read the last time it changed, 0 when its targets are those from before"},
    [LIST_TARGETS] = {"bluegreen_target_list_targets", METRIC_GAUGE, "file", "Targets in this list as it is in force"},
    [LIST_SECONDS] = {"bluegreen_target_list_success_timestamp_seconds", METRIC_GAUGE, "file",
        "When this list was read well the last time, Unix time"},
    [DISCOVERY_SUCCESS] = {"bluegreen_discovery_success", METRIC_GAUGE, "discovery",
        "1 when a seed of this Cluster or Sentinel answered the last time, 0 when the nodes are those from before"},
    [DISCOVERY_TARGETS] = {"bluegreen_discovery_targets", METRIC_GAUGE, "discovery", "Nodes known to this discovery"},
    [DISCOVERY_AGE] = {"bluegreen_discovery_age_seconds", METRIC_GAUGE, "discovery",
        "Time since a seed of this discovery answered"},
    [LEFT_OUT] = {"bluegreen_targets_left_out", METRIC_GAUGE, "reason",
        "Targets of lists and discoveries that are not watched: duplicate when the same server or name is watched "
        "already, limit when there are more than the agent takes"},
    [ADHOC_SERVERS] = {"bluegreen_scrape_servers", METRIC_GAUGE, "",
        "Servers that are no targets and were named by /scrape?target= in the last minutes"},
};
/* clang-format on */

const struct collector collect_source = {
    .name = "source",
    .help = "Lists of targets and discoveries.",
    FAMILIES(families),
};

void target_list_emit(const struct target_list_status *status, struct samples *samples)
{
    collector_begin(COLLECT_SOURCE, samples);
    struct str labels = samples_label(samples, "file", str_of(status->file));
    samples_add(samples, LIST_SUCCESS, labels, status->ok);
    samples_add(samples, LIST_TARGETS, labels, status->targets);
    if (status->success_seconds > 0)
        samples_add(samples, LIST_SECONDS, labels, status->success_seconds);
}

void discovery_emit(const struct discovery_status *status, struct samples *samples)
{
    collector_begin(COLLECT_SOURCE, samples);
    struct str labels = samples_label(samples, "discovery", str_of(status->discovery));
    samples_add(samples, DISCOVERY_SUCCESS, labels, status->ok);
    samples_add(samples, DISCOVERY_TARGETS, labels, status->targets);
    if (status->age_seconds >= 0)
        samples_add(samples, DISCOVERY_AGE, labels, status->age_seconds);
}

void targets_left_out_emit(unsigned duplicates, unsigned beyond, struct samples *samples)
{
    collector_begin(COLLECT_SOURCE, samples);
    if (duplicates)
        samples_add(samples, LEFT_OUT, samples_label(samples, "reason", STR("duplicate")), duplicates);
    if (beyond)
        samples_add(samples, LEFT_OUT, samples_label(samples, "reason", STR("limit")), beyond);
}

void adhoc_emit(unsigned servers, struct samples *samples)
{
    collector_begin(COLLECT_SOURCE, samples);
    samples_add(samples, ADHOC_SERVERS, NO_LABELS, servers);
}
