/*
 * facts: the few things of INFO that everybody asks for, typed once.
 *
 * Checks, the pair view, the CLI and the landing page read these instead of field names. A fact that the
 * server did not state has its own "unknown" value and is never guessed.
 */
#ifndef BLUEGREEN_FACTS_H
#define BLUEGREEN_FACTS_H

#include <bluegreen/info.h>
#include <bluegreen/server_kind.h>

enum role {
    ROLE_UNKNOWN = 0,
    ROLE_PRIMARY, /* INFO role:master */
    ROLE_REPLICA, /* INFO role:slave */
    ROLE_SENTINEL
};

#define FACT_UNKNOWN (-1) /* of the integers below */

struct facts {
    uint32_t version;        /* redis_version */
    uint32_t valkey_version; /* valkey_version; 0: it is not Valkey */
    enum server_mode mode;   /* redis_mode, or server_mode of Valkey, and cluster_enabled */
    struct str version_text; /* what to show: valkey_version, else redis_version */
    struct str server_name;  /* "redis" or "valkey" */
    struct str run_id;       /* changes with every start */
    struct str replid;       /* master_replid */
    struct str primary_host; /* master_host, of a replica */
    int64_t primary_port;    /* master_port */
    enum role role;
    int64_t uptime_seconds;     /* uptime_in_seconds */
    int64_t loading;            /* loading or async_loading: 0 or 1 */
    int64_t link_up;            /* master_link_status: 1 up, 0 down; of a replica */
    int64_t link_down_seconds;  /* master_link_down_since_seconds; unknown while it is up or was never up */
    int64_t sync_in_progress;   /* master_sync_in_progress: 0 or 1 */
    int64_t repl_offset;        /* master_repl_offset of a primary, slave_repl_offset of a replica; bytes */
    int64_t connected_replicas; /* connected_slaves */
};

void facts_read(const struct info *info, struct facts *ret);

/* The part of it that decides what the server can be asked. */
struct server_kind facts_server_kind(const struct facts *facts);

const char *role_word(enum role role); /* "unknown", "primary", "replica", "sentinel" */

#endif
