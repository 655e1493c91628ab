/*
 * hll: how many different things a HyperLogLog of Redis has counted, from the bytes of its string.
 *
 * PFCOUNT would answer too, but it writes its result back into the key, and it is an error about any other
 * string. The estimate is Ertl's, which Redis has used since 4.0, so the numbers are the same.
 */
#ifndef BLUEGREEN_HLL_H
#define BLUEGREEN_HLL_H

#include <bluegreen/str.h>
#include <stdint.h>

#define HLL_BYTES_MAX 12304u /* of the dense form; the sparse one is shorter */

/* Whether it begins as one. */
bool hll_is(struct str bytes);

/* False when the bytes are not a whole HyperLogLog. */
bool hll_count(struct str bytes, uint64_t *ret);

#endif
