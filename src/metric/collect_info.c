/*
 * INFO, field by field. Both INFO and an index over the catalog are sorted by name, so one walk over the two
 * finds every pair; what the catalog, the ignore list and the other collectors do not know is new in this
 * server and is shown all the same, under its own name as a label.
 */
#include "collectors.h"
#include <bluegreen/catalog.h>
#include <bluegreen/num.h>
#include <stdlib.h>

/* catalog[] is ordered for people; this is its order by field name, made once. */
enum { ROWS_MAX = 1024 };
static uint16_t by_field[ROWS_MAX];

static int compare_rows(const void *left, const void *right)
{
    const uint16_t *a = left, *b = right;
    return str_cmp(str_of(catalog[*a].field), str_of(catalog[*b].field));
}

static void sort_catalog(void)
{
    if (by_field[0] != by_field[1])
        return;
    for (unsigned i = 0; i < catalog_count && i < ROWS_MAX; i++)
        by_field[i] = (uint16_t)i;
    qsort(by_field, catalog_count, sizeof by_field[0], compare_rows);
}

/* Calls <visit> for every field of INFO with its catalog row, or -1. */
static void walk(const struct info *info, void (*visit)(void *arg, uint32_t field, int row), void *arg)
{
    unsigned r = 0;
    sort_catalog();
    for (uint32_t i = 0; i < info->count; i++) {
        int order = 1;
        while (r < catalog_count &&
               (order = str_cmp(str_of(catalog[by_field[r]].field), info_name(info, i))) < 0)
            r++;
        visit(arg, i, order == 0 ? by_field[r] : -1);
    }
}

struct walker {
    const struct info *info;
    struct samples *samples;
    struct str primary_labels;
    unsigned others;
    unsigned malformed;
};

static void emit_field(void *arg, uint32_t field, int row)
{
    struct walker *w = arg;
    double value;
    bool malformed = false;
    if (row < 0 || !catalog_value(catalog[row].unit, info_value(w->info, field), &value, &malformed))
        return;
    if (catalog[row].labels == LABELS_NONE)
        samples_add(w->samples, (unsigned)row, NO_LABELS, value);
    else if (w->primary_labels.len)
        samples_add(w->samples, (unsigned)row, w->primary_labels, value);
}

static struct str primary_labels(const struct info *info, struct samples *samples)
{
    struct label labels[] = {{"master_host", NO_LABELS}, {"master_port", NO_LABELS}};
    if (!info_get(info, STR("master_host"), &labels[0].value) ||
        !info_get(info, STR("master_port"), &labels[1].value))
        return NO_LABELS;
    return samples_labels(samples, labels, 2);
}

void collect_info_emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    (void)part;
    struct walker w = {.info = &snapshot->info,
                       .samples = samples,
                       .primary_labels = primary_labels(&snapshot->info, samples)};
    walk(w.info, emit_field, &w);
}

enum { OTHER_VALUE, OTHER_MALFORMED };

static const struct family other_families[] = {
    [OTHER_VALUE] = {"redis_info_field_value", METRIC_UNKNOWN, "field",
                     "A numeric field of INFO that this version of the agent has no family for yet"},
    [OTHER_MALFORMED] =
        {"redis_info_malformed_fields", METRIC_GAUGE, "",
         "Lines and values of the last INFO that were not of the expected form and were left out"},
};

enum { OTHERS_MAX = 64 };

static void emit_other(void *arg, uint32_t field, int row)
{
    struct walker *w = arg;
    struct str name = info_name(w->info, field);
    double value;
    if (row >= 0) {
        bool malformed = false;
        catalog_value(catalog[row].unit, info_value(w->info, field), &value, &malformed);
        w->malformed += malformed;
    } else if (w->others < OTHERS_MAX && num_double(info_value(w->info, field), &value) &&
               !catalog_is_ignored(name) && !collector_reads_field(name)) {
        w->others++;
        samples_add(w->samples, OTHER_VALUE, samples_label(w->samples, "field", name), value);
    }
}

static void emit_others(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    (void)part;
    struct walker w = {.info = &snapshot->info, .samples = samples, .malformed = snapshot->info.malformed};
    walk(w.info, emit_other, &w);
    samples_add(samples, OTHER_MALFORMED, NO_LABELS, w.malformed);
}

const struct collector collect_info_other = {
    .name = "info_other",
    .help = "Numeric fields of INFO that are newer than the catalog.",
    .emit = emit_others,
    FAMILIES(other_families),
};
