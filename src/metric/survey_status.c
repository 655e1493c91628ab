/*
 * What the agent knows of its surveys: what they cost and whether they saw everything.
 */
#include "collectors.h"
#include <bluegreen/status.h>
#include <math.h>

enum { DURATION, BUSY, KEYS, TRUNCATED, GROUPS_MS };

/* clang-format off */
static const struct family families[] = {
    [DURATION] = {"bluegreen_survey_duration_seconds", METRIC_GAUGE, "collector",
        "Time the survey took whose numbers are shown, with its pauses; it runs in the background, no scrape waits for it"},
    [BUSY] = {"bluegreen_survey_busy_seconds", METRIC_GAUGE, "collector",
        "Part of the survey's time in which the server worked for it or the answer was on its way; surveys.budget bounds it"},
    [KEYS] = {"bluegreen_survey_keys_examined", METRIC_GAUGE, "collector",
        "Keys the survey looked at"},
    [TRUNCATED] = {"bluegreen_survey_truncated", METRIC_GAUGE, "collector",
        "1 when a ceiling (surveys.max_keys, surveys.max_series, memory) cut the survey short, so that its numbers are too low"},
    [GROUPS_MS] = {"redis_last_key_groups_scrape_duration_milliseconds", METRIC_GAUGE, "",
        "Time the survey of key groups took, with its pauses; 0 without one", FAMILY_INHERITED},
};
/* clang-format on */

const struct collector collect_surveys = {
    .name = "surveys",
    .help = "What the surveys cost, and whether they saw everything.",
    FAMILIES(families),
};

void surveys_status_emit(const struct survey_status *status, unsigned count, struct samples *samples)
{
    double groups_seconds = 0;
    collector_begin(COLLECT_SURVEYS, samples);
    for (unsigned i = 0; i < count; i++, status++) {
        if (!status->shown)
            continue;
        struct str labels = samples_label(samples, "collector", str_of(surveys[status->id]->name));
        samples_add(samples, DURATION, labels, status->duration_seconds);
        samples_add(samples, BUSY, labels, status->busy_seconds);
        samples_add(samples, KEYS, labels, (double)status->keys);
        samples_add(samples, TRUNCATED, labels, status->truncated);
        if (status->id == SURVEY_KEY_GROUPS)
            groups_seconds = status->duration_seconds;
    }
    samples_add(samples, GROUPS_MS, NO_LABELS, round(groups_seconds * 1e3));
}
