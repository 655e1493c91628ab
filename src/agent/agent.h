/*
 * agent: assembles the always-on program and keeps it together.
 *
 *   config ──► targets (each polls itself) ──round_done──► agent_on_round ──► waiting scrapes
 *   httpd ──► routes ──► scrape / health / page / reload
 *   signals ──► reload, drain;   timer ──► heartbeat, watchdog
 *
 * One struct holds it all; there are no other globals. A reload builds the new generation whole, then moves
 * the targets that are the same over to it (connection and state stay), and only then drops the old one.
 */
#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "agent/recall.h"
#include "agent/view.h"
#include "io/discover.h"
#include "io/flags.h"
#include "io/health.h"
#include "io/httpd.h"
#include "io/line_server.h"
#include "io/state_file.h"
#include "io/target.h"
#include "io/target_lists.h"
#include <uv.h>

struct adhoc;
struct scrape;

/* Targets by the hashes of their names and addresses; open addressing, never full. See fleet.c. */
struct fleet_index {
    struct target **slots;
    uint32_t mask;
};

/* Where targets come from beside the configuration. See sources.h. */
struct sources {
    struct target_lists *lists;
    struct discover **discovers; /* as the configuration has them */
    unsigned discover_count;
};

/* Of the network namespace, as it was read last. */
struct agent_network {
    double received_bytes, sent_bytes;
    uint64_t read_ms; /* loop clock; 0 = never */
};

struct agent {
    uv_loop_t loop;
    const struct flags *flags; /* where the configuration comes from, for reloads; borrowed */
    struct config *config;
    struct target_env env;
    struct target **targets; /* see fleet.h; those of the configuration first, in its order */
    unsigned target_count;
    struct fleet_index index;
    struct sources sources;
    struct adhoc *adhoc;
    unsigned duplicates, beyond; /* targets of sources that were left out, see fleet.h */
    unsigned unpolled;           /* targets whose first round has not ended */
    struct health health;
    struct state_file *state; /* what an operator decided, see decide.h */
    struct recall recall;     /* what it remembers for the page */
    struct httpd *httpd;
    struct line_server *checks; /* for HAProxy's agent-check */

    uv_signal_t signals[3]; /* SIGTERM, SIGINT, SIGHUP */
    uv_timer_t heartbeat, drain_timer;
    uint64_t beat_ms;        /* loop clock of the last heartbeat */
    uint64_t longest_lag_ms; /* of a heartbeat since the last scrape */
    uint64_t watchdog_ms, watchdog_sent_ms;
    uint64_t drain_ms; /* loop clock when the drain began */
    bool draining, ready_sent;

    struct scrape *scrapes; /* parked, newest first */
    struct recent_answer {
        struct http_body *body; /* NULL: none */
        struct view view;
        bool gzip;
        uint64_t made_ms; /* loop clock */
    } recent;             /* of all targets, for who asks at the same moment; see scrape.c */
    /* Of the last answer, and of the samples it was made from: what to make room for at once next time. */
    size_t body_bytes, body_arena_bytes;
    uint64_t scrape_count;
    double scrape_seconds_sum;

    struct agent_network network;
    double start_seconds, config_seconds; /* Unix seconds */
    bool config_ok;
};

/* Takes <flags>' config over. Listens and starts polling; on failure everything is undone and freed. */
bool agent_start(struct agent *agent, struct flags *flags, struct err *err);

/* Runs until SIGTERM or SIGINT has drained it, then frees everything. */
void agent_run(struct agent *agent);

/* Reads the configuration again. False: <mistakes> says why, and the running configuration stays in force. */
bool agent_reload(struct agent *agent, struct buf *mistakes);

#endif
