/*
 * CLUSTER INFO: lines as INFO has them. A field that is newer than the table below appears under its own name
 * as a label, so a new release loses nothing here either.
 */
#include "collectors.h"
#include <bluegreen/catalog.h>
#include <bluegreen/num.h>

#define SENT(type, word, text)                                                                               \
    {                                                                                                        \
        "cluster_stats_messages_" type "_sent",                                                              \
        {                                                                                                    \
            "redis_cluster_stats_messages_" word "_sent", METRIC_GAUGE, "",                                  \
                text " sent over the cluster bus since the start (CLUSTER INFO cluster_stats_messages_" type \
                     "_sent)"                                                                                \
        }                                                                                                    \
    }
#define RECEIVED(type, word, text)                                                                           \
    {                                                                                                        \
        "cluster_stats_messages_" type "_received",                                                          \
        {                                                                                                    \
            "redis_cluster_stats_messages_" word "_received", METRIC_GAUGE, "",                              \
                text " that came over the cluster bus since the start "                                      \
                     "(CLUSTER INFO cluster_stats_messages_" type "_received)"                               \
        }                                                                                                    \
    }
#define MESSAGES(type, word, text) SENT(type, word, text), RECEIVED(type, word, text)

/* clang-format off */
static const struct catalog_row rows[] = {
    {"cluster_state",               {"redis_cluster_state",               METRIC_GAUGE, "",
     "1 if the cluster serves requests, as this node sees it; 0: slots have no owner or it is cut off from "
     "most primaries (CLUSTER INFO cluster_state)"}, UNIT_OK},
    {"cluster_slots_assigned",      {"redis_cluster_slots_assigned",      METRIC_GAUGE, "",
     "Slots that have an owner; below 16384 some keys have nowhere to go (CLUSTER INFO cluster_slots_assigned)"}},
    {"cluster_slots_ok",            {"redis_cluster_slots_ok",            METRIC_GAUGE, "",
     "Slots whose owner is neither down nor suspected to be (CLUSTER INFO cluster_slots_ok)"}},
    {"cluster_slots_pfail",         {"redis_cluster_slots_pfail",         METRIC_GAUGE, "",
     "Slots whose owner does not answer this node (CLUSTER INFO cluster_slots_pfail)"}},
    {"cluster_slots_fail",          {"redis_cluster_slots_fail",          METRIC_GAUGE, "",
     "Slots whose owner is down, as most primaries agree (CLUSTER INFO cluster_slots_fail)"}},
    {"cluster_nodes_pfail",         {"redis_cluster_nodes_pfail",         METRIC_GAUGE, "",
     "Nodes that do not answer this one (CLUSTER INFO cluster_nodes_pfail)"}},
    {"cluster_nodes_fail",          {"redis_cluster_nodes_fail",          METRIC_GAUGE, "",
     "Nodes that are down, as most primaries agree (CLUSTER INFO cluster_nodes_fail)"}},
    {"cluster_voting_nodes_pfail",  {"redis_cluster_voting_nodes_pfail",  METRIC_GAUGE, "",
     "Primaries with slots that do not answer this node (CLUSTER INFO cluster_voting_nodes_pfail)"}},
    {"cluster_voting_nodes_fail",   {"redis_cluster_voting_nodes_fail",   METRIC_GAUGE, "",
     "Primaries with slots that are down, as most agree (CLUSTER INFO cluster_voting_nodes_fail)"}},
    {"cluster_known_nodes",         {"redis_cluster_known_nodes",         METRIC_GAUGE, "",
     "Nodes this one knows, those in handshake and itself included (CLUSTER INFO cluster_known_nodes)"}},
    {"cluster_size",                {"redis_cluster_size",                METRIC_GAUGE, "",
     "Primaries that own at least one slot (CLUSTER INFO cluster_size)"}},
    {"cluster_current_epoch",       {"redis_cluster_current_epoch",       METRIC_GAUGE, "",
     "Highest epoch seen in the cluster; it rises with every failover (CLUSTER INFO cluster_current_epoch)"}},
    {"cluster_my_epoch",            {"redis_cluster_my_epoch",            METRIC_GAUGE, "",
     "Configuration epoch of this node or its primary (CLUSTER INFO cluster_my_epoch)"}},
    {"cluster_stats_messages_sent", {"redis_cluster_messages_sent_total", METRIC_GAUGE, "",
     "Messages sent over the cluster bus since the start (CLUSTER INFO cluster_stats_messages_sent)",
     FAMILY_INHERITED}},
    {"cluster_stats_messages_received", {"redis_cluster_messages_received_total", METRIC_GAUGE, "",
     "Messages that came over the cluster bus since the start (CLUSTER INFO cluster_stats_messages_received)",
     FAMILY_INHERITED}},
    {"total_cluster_links_buffer_limit_exceeded",
     {"redis_cluster_links_buffer_limit_exceeded_total", METRIC_COUNTER, "",
     "Links to other nodes dropped because their send buffer was full "
     "(CLUSTER INFO total_cluster_links_buffer_limit_exceeded)"}},
    MESSAGES("ping", "ping", "PING messages"),
    MESSAGES("pong", "pong", "PONG messages"),
    MESSAGES("meet", "meet", "MEET messages"),
    MESSAGES("fail", "fail", "Messages that a node is down,"),
    MESSAGES("publish", "publish", "Messages of PUBLISH"),
    MESSAGES("publishshard", "publishshard", "Messages of SPUBLISH"),
    MESSAGES("auth-req", "auth_req", "Requests for a vote in a failover"),
    MESSAGES("auth-ack", "auth_ack", "Votes in a failover"),
    MESSAGES("update", "update", "Messages about new owners of slots"),
    MESSAGES("mfstart", "mfstart", "Requests to pause for a manual failover"),
    MESSAGES("module", "module", "Messages of modules"),
    {"", {"redis_cluster_info_field_value", METRIC_UNKNOWN, "field",
     "A numeric field of CLUSTER INFO that this version of the agent has no family for yet"}},
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0], OTHER = ROWS - 1, OTHERS_MAX = 64 };

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct info *part = data;
    if (reply->type != REPLY_STRING)
        return unexpected_reply(cmd, reply, err);
    struct str text = arena_copy(arena, reply->text);
    if (!text.ptr)
        return err_set(err, ERR_MEMORY, "no memory for CLUSTER INFO");
    if (info_parse(text, arena, part, err))
        return true;
    return err->kind == ERR_MEMORY ? false : unexpected_reply(cmd, reply, err);
}

static unsigned row_of(struct str field)
{
    unsigned i = 0;
    while (i < OTHER && !str_eq(field, str_of(rows[i].field)))
        i++;
    return i;
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct info *info = data;
    unsigned others = 0;
    (void)snapshot;
    for (uint32_t i = 0; i < info->count; i++) {
        unsigned row = row_of(info_name(info, i));
        bool malformed;
        double value;
        if (!catalog_value(rows[row].unit, info_value(info, i), &value, &malformed))
            continue;
        if (row < OTHER)
            samples_add(samples, row, NO_LABELS, value);
        else if (others++ < OTHERS_MAX)
            samples_add(samples, OTHER, samples_label(samples, "field", info_name(info, i)), value);
    }
}

const struct collector collect_cluster = {
    .name = "cluster",
    .help = "The cluster as a node of it sees it, with CLUSTER INFO.",
    .cmds = {CMD_CLUSTER_INFO},
    .part_size = sizeof(struct info),
    .decode = decode,
    .emit = emit,
    .families = &rows[0].family,
    .family_count = ROWS,
    .family_stride = sizeof rows[0],
};
