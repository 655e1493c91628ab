/*
 * ROLE, for what INFO does not tell: the state of a replica's link in Redis's own words, where INFO knows
 * only up and down.
 *
 *   primary   ["master", offset, [["ip", "port", "offset"], …]]
 *   replica   ["slave", "ip", port, "connected", offset]
 *   Sentinel  ["sentinel", ["name", …]]
 */
#include "collectors.h"

enum link_state {
    LINK_NONE = 0,
    LINK_CONNECT,
    LINK_CONNECTING,
    LINK_HANDSHAKE,
    LINK_SYNC,
    LINK_CONNECTED,
    LINK_STATES
};

static const char *const state_words[LINK_STATES] = {"none",      "connect", "connecting",
                                                     "handshake", "sync",    "connected"};

static const struct family families[] = {
    {"redis_replica_link_state", METRIC_GAUGE, "state",
     "1 for the state of this replica's link to its primary and 0 for the others: connect (waiting to try), "
     "connecting, handshake, sync (full copy in transfer), connected; none on a primary (ROLE)"},
};

struct role_part {
    enum link_state state;
    bool known;
};

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct role_part *part = data;
    (void)arena;
    if (reply->type != REPLY_ARRAY || reply->count == 0 || reply->items[0].type != REPLY_STRING)
        return unexpected_reply(cmd, reply, err);
    struct str role = reply->items[0].text;
    if (!str_eq(role, STR("slave"))) {
        part->known = str_eq(role, STR("master"));
        return true;
    }
    if (reply->count < 4)
        return unexpected_reply(cmd, reply, err);
    for (int i = LINK_CONNECT; i < LINK_STATES; i++) {
        if (str_eq(reply->items[3].text, str_of(state_words[i]))) {
            part->state = (enum link_state)i;
            part->known = true;
        }
    }
    return true;
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct role_part *part = data;
    (void)snapshot;
    for (int i = 0; part->known && i < LINK_STATES; i++)
        samples_add(samples, 0, samples_label(samples, "state", str_of(state_words[i])),
                    part->state == (enum link_state)i);
}

const struct collector collect_role = {
    .name = "role",
    .help = "State of a replica's link, with ROLE.",
    .cmds = {CMD_ROLE},
    .part_size = sizeof(struct role_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
