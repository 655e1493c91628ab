/*
 * family: one metric family, as /metrics shows it and --list-metrics lists it.
 */
#ifndef BLUEGREEN_FAMILY_H
#define BLUEGREEN_FAMILY_H

enum metric_type {
    METRIC_UNKNOWN = 0, /* "untyped" in text 0.0.4 */
    METRIC_GAUGE,
    METRIC_COUNTER,
    METRIC_HISTOGRAM,
    METRIC_SUMMARY
};

/*
 * <name> is complete: with unit and, for a counter, with _total. Names inherited from redis_exporter may
 * break those rules; FAMILY_INHERITED marks them, the linter's exceptions are exactly these, and OpenMetrics
 * shows a counter without _total as unknown.
 */
enum family_flags { FAMILY_INHERITED = 1 };

struct family {
    const char *name;
    enum metric_type type;
    const char *labels; /* "cmd", "slave_ip,slave_port": names of its labels, for documentation; "" = none */
    const char *help;   /* a sentence for people; names the field or command it comes from; without line
                         * feed and backslash */
    unsigned flags;
};

const char *metric_type_word(enum metric_type type); /* as in text 0.0.4 */

#endif
