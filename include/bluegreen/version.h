/*
 * version: a server version as one comparable integer.
 *
 * Commands and fields are gated by version, so that nothing is sent that a server does not know. Valkey
 * reports the Redis version it is compatible with (redis_version:7.2.4) and its own beside it.
 */
#ifndef BLUEGREEN_VERSION_H
#define BLUEGREEN_VERSION_H

#include <bluegreen/str.h>
#include <stdint.h>

#define VERSION(major, minor, patch)                                                                         \
    (((uint32_t)(major) << 16) | ((uint32_t)(minor) << 8) | (uint32_t)(patch))
#define VERSION_MAJOR(v) ((v) >> 16)
#define VERSION_MINOR(v) (((v) >> 8) & 255)

/* "7.0.15" to VERSION(7, 0, 15); a missing part is 0, "255.255.255" (unstable builds) is fine; 0 = unknown.
 */
uint32_t version_parse(struct str s);

#endif
