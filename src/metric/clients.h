/* clients: what CLIENT LIST says of all clients together, and, only if asked, of each. */
#ifndef METRIC_CLIENTS_H
#define METRIC_CLIENTS_H

#include <bluegreen/client_list.h>
#include <bluegreen/collector.h>

/* Most clients that are looked at; the rest is left out, which is told. */
#define CLIENTS_MAX     50000u
#define CLIENTS_TOP_MAX 256u

struct clients_options {
    uint32_t top;   /* names, users and libraries that have a series of their own, CLIENTS_TOP_MAX at most */
    bool each;      /* series for every client, with redis_exporter's names */
    bool each_port; /* and its port among their labels */
    uint32_t each_max;                      /* most of these series */
    double now_seconds;                     /* Unix time, from which ages are subtracted */
    double limit_bytes[CLIENT_CLASS_COUNT]; /* the hard limit of an output buffer; 0 = none, or not known */
};

/*
 * Adds the families of COLLECT_SURVEY_CLIENTS. <work> is used meanwhile. ERR_REDIS when <text> names no
 * client: we are one; ERR_MEMORY. <ret_truncated>: not everything is shown.
 */
bool clients_emit(struct str text, const struct clients_options *options, struct arena *work,
                  struct samples *samples, bool *ret_truncated, struct err *err);

#endif
