/*
 * target_list: a file of targets, in the shape of Prometheus' file_sd, as JSON or YAML.
 *
 *     - targets: ["10.0.0.1:6379", "rediss://10.0.0.2:6380"]
 *       labels: {team: payments}
 *
 * Labels go on every series of these targets. Those that begin with "__" are for Prometheus' own relabelling
 * and left out. Refused are names that a metric has already, or that would be a second "target".
 */
#ifndef IO_TARGET_LIST_H
#define IO_TARGET_LIST_H

#include "io/roster.h"

#define TARGET_LIST_LABELS_MAX 8u

/*
 * The sealed roster, or NULL and one line "path:line:column: sentence" per mistake in <errors>: a list counts
 * whole or not at all. <path> is for messages only.
 */
struct roster *target_list_parse(const char *path, struct str text, const struct conf_target *defaults,
                                 struct buf *errors);

#endif
