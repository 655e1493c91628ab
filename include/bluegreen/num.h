/*
 * num: numbers as Redis, Prometheus and configuration files write them.
 *
 * Strict on purpose: the whole slice must be the number, without blanks, plus sign or trailing bytes, so
 * that a field that changed its form is seen as malformed instead of read half.
 */
#ifndef BLUEGREEN_NUM_H
#define BLUEGREEN_NUM_H

#include <bluegreen/str.h>
#include <stdint.h>

bool num_i64(struct str s, int64_t *ret);
bool num_u64(struct str s, uint64_t *ret);

/* Decimal, with exponent if any; also "inf", "-inf", "nan", "-nan", which INFO prints for 0/0 and x/0. */
bool num_double(struct str s, double *ret);

/* "512", "10kb", "10mb", "2gb", "1tb" (powers of 1024), "1k" "1m" "1g" (powers of 1000, as redis.conf has
 * it). */
bool num_size(struct str s, uint64_t *ret_bytes);

/* "1500ms", "2s", "1m30s", "1h", "1d", "0" ; the result is in milliseconds. */
bool num_duration_ms(struct str s, uint64_t *ret_ms);

#define NUM_TEXT_MAX 32

/* Shortest text that reads back as the same double: "3", "0.1", "1e+22", "+Inf", "NaN". Returns its length.
 */
size_t num_print(double value, char out[NUM_TEXT_MAX]);
size_t num_print_u64(uint64_t value, char out[NUM_TEXT_MAX]);

#endif
