/*
 * catalog: what every numeric field of INFO becomes on /metrics.
 *
 * To add a metric from an INFO field: one row in catalog.c, in the order of the sections of INFO. It then
 * appears on /metrics, in --list-metrics, in the documentation and in the dashboards' name check, for every
 * server version that sends the field. The name is redis_exporter's where it has one (FAMILY_INHERITED when
 * that breaks a naming rule), else a new name by Prometheus' rules: base units, _total on counters only.
 *
 * Oddities are a unit in the row, never an if in the loop.
 */
#ifndef BLUEGREEN_CATALOG_H
#define BLUEGREEN_CATALOG_H

#include <bluegreen/family.h>
#include <bluegreen/info.h>

enum info_unit {
    UNIT_NONE = 0,    /* a plain number, as it is */
    UNIT_USEC,        /* microseconds, shown in seconds */
    UNIT_MSEC,        /* milliseconds, shown in seconds */
    UNIT_OK,          /* "ok" 1, anything else 0 */
    UNIT_UP,          /* "up" 1, anything else 0 */
    UNIT_YES,         /* "yes" 1, "no" 0 */
    UNIT_PERCENT,     /* "12.34%" or 12.34, shown as a ratio 0..1 */
    UNIT_KIB_PER_SEC, /* kibibytes a second, shown in bytes a second */
    UNIT_SINCE,       /* seconds since something that may never have happened: negative, or (on 6.0) counted
                       * from the Unix epoch, means never: no sample then */
    UNIT_OR_NONE      /* a number where a negative one means "there is none": no sample then. For names of our
                       * own; an inherited one shows the -1, because rules written for it compare with it */
};

/* Labels whose values come from other fields of the same INFO. */
enum info_labels {
    LABELS_NONE = 0,
    LABELS_PRIMARY /* master_host, master_port of a replica; without them no sample */
};

struct catalog_row {
    const char *field; /* name in INFO */
    struct family family;
    enum info_unit unit;
    enum info_labels labels;
};

extern const struct catalog_row catalog[];
extern const unsigned catalog_count;

/* Fields we know and do not show, each with the reason. A '*' in the name matches any bytes. */
struct catalog_ignored {
    const char *field;
    const char *why;
};
extern const struct catalog_ignored catalog_ignored[];
extern const unsigned catalog_ignored_count;

/* Converts the text of one field; false when there is no value to show (*ret_malformed tells why). */
bool catalog_value(enum info_unit unit, struct str text, double *ret, bool *ret_malformed);

/* The row of a field, or NULL. Whether a field is on the ignore list. */
const struct catalog_row *catalog_find(struct str field);
bool catalog_is_ignored(struct str field);

#endif
