/*
 * show: what the agent would show of a snapshot, and whether that can be read by others.
 *
 * The fuzz targets end here. Crashes are found by the sanitizers; this finds the quiet mistakes: a page of
 * /metrics that a parser would refuse, a report that is no JSON.
 */
#ifndef FUZZ_SHOW_H
#define FUZZ_SHOW_H

#include <bluegreen/samples.h>
#include <bluegreen/snapshot.h>
#include <stddef.h>
#include <stdint.h>

/* What libFuzzer, or replay.c, calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program with a message unless <condition> holds. */
#define require(condition) fuzz_require((condition), #condition, __FILE__, __LINE__)
void fuzz_require(bool condition, const char *what, const char *file, int line);

/* INFO's text into a new snapshot, as io/round.c does it; NULL when it is no INFO. */
struct snapshot *fuzz_snapshot(struct str info_text);

/* /metrics and /health of the snapshot, checked; frees it. */
void fuzz_show(struct snapshot *snapshot);

/* /metrics of these samples alone, which it seals: checked, and no series comes twice. */
void fuzz_show_samples(struct samples *samples);

#endif
