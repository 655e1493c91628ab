/*
 * server_kind: what a server is, as far as it decides what it can be asked. Flat, because a connection keeps
 * it longer than the INFO it was read from.
 */
#ifndef BLUEGREEN_SERVER_KIND_H
#define BLUEGREEN_SERVER_KIND_H

#include <bluegreen/version.h>

enum server_mode {
    MODE_UNKNOWN = 0,
    MODE_STANDALONE,
    MODE_CLUSTER, /* cluster_enabled:1 */
    MODE_SENTINEL
};

struct server_kind {
    uint32_t version;        /* redis_version, which commands are gated by; 0 = not known yet */
    uint32_t valkey_version; /* 0: it is not Valkey */
    enum server_mode mode;
};

/*
 * "7.0", "redis-7.0", "valkey-8.1", "sentinel-7.0": for who names a server instead of asking it. What keeps
 * data counts as a cluster node then, because that knows all the others know.
 */
bool server_kind_parse(struct str text, struct server_kind *ret);

#endif
