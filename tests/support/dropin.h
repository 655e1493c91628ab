/*
 * dropin: whether the agent can take redis_exporter's place: the same families, series and values.
 *
 * A comparison is three scrapes, theirs, ours, theirs: what ours says has to lie between the two, so counters
 * that run are compared as strictly as numbers that stand still. A difference counts when it is there in
 * every one of several such takes: what comes and goes is the server moving.
 *
 * Differences on purpose are rows of a file, four columns with tabs between them:
 *
 *   family   name of a family or of its series (x_sum), or a stem with * at its end
 *   where    * or words joined by commas that all have to apply: words of the case (7.0, valkey, replica, …);
 *            "background" for commands that exporters and replicas send themselves; "odd" for commands with a
 *            dash, dot or underscore in their name; "own" for the connections of the agent and redis_exporter
 *   what     missing        theirs has the series, ours has not
 *            extra          ours has a series that theirs has not, in a family that both have
 *            type           the types differ
 *            label NAME     the value of this label differs; everything else of the series is compared
 *            value          it is there, and its value is another one
 *            value 1        the values are at most 1 apart; "value 5%": 5 percent
 *   reason   a sentence for people; docs/from-redis_exporter.md shows it
 *
 * With BLUEGREEN_DROPIN_TABLE set in the environment, every series is printed: theirs, ours, verdict.
 */
#ifndef SUPPORT_DROPIN_H
#define SUPPORT_DROPIN_H

#include "support/agent.h"
#include "support/peer.h"

/* Reads DROPIN_EXCEPTIONS; fails on a malformed row. */
void dropin_load(void);

/* <words>: of this case, joined by commas. Fails with all differences that have no row. */
void dropin_compare(const char *words, const struct peer *peer, const struct agent *agent);

/*
 * Fails with the rows that excused nothing since dropin_load(): they can be deleted. Tolerances (value,
 * background) may stay: whether they are needed depends on the moment.
 */
void dropin_assert_all_needed(void);

#endif
