/*
 * What a Sentinel knows of the primaries it watches:
 *
 *   INFO sentinel       master0:name=mymaster,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3
 *   SENTINEL MASTERS    the same and its settings, as pairs; their names lead to
 *     SENTINEL CKQUORUM <name>    "OK 3 usable Sentinels. …", or the error -NOQUORUM, which is the answer
 *     SENTINEL SENTINELS <name>   the other Sentinels, as pairs
 *     SENTINEL REPLICAS <name>    its replicas, as pairs
 */
#include "collectors.h"
#include <bluegreen/num.h>

enum {
    STATUS,
    SLAVES,
    SENTINELS,
    CKQUORUM,
    CONFIG_EPOCH,
    LAST_OK_PING,
    OK_SENTINELS,
    OK_SLAVES,
    SETTING_CKQUORUM,
    SETTING_DOWN_AFTER,
    SETTING_FAILOVER_TIMEOUT,
    SETTING_PARALLEL_SYNCS
};

#define MASTER "master_name,master_address"

/* clang-format off */
static const struct family families[] = {
    [STATUS] = {"redis_sentinel_master_status", METRIC_GAUGE, MASTER ",master_status",
        "1 if the primary is ok, 0 if this Sentinel (sdown) or enough of them (odown) cannot reach it "
        "(INFO sentinel, status=)"},
    [SLAVES] = {"redis_sentinel_master_slaves", METRIC_GAUGE, MASTER,
        "Replicas of the primary that the Sentinel knows, reachable or not (INFO sentinel, slaves=)"},
    [SENTINELS] = {"redis_sentinel_master_sentinels", METRIC_GAUGE, MASTER,
        "Sentinels that watch the primary, this one included, reachable or not (INFO sentinel, sentinels=)"},
    [CKQUORUM] = {"redis_sentinel_master_ckquorum_status", METRIC_GAUGE, "master_name,message",
        "1 if enough Sentinels can be reached to agree on a failover and to authorize it, else 0 "
        "(SENTINEL CKQUORUM)"},
    [CONFIG_EPOCH] = {"redis_sentinel_master_config_epoch", METRIC_GAUGE, MASTER,
        "Version of the primary's configuration; it rises with every failover (SENTINEL MASTERS, config-epoch)"},
    [LAST_OK_PING] = {"redis_sentinel_master_last_ok_ping_reply_seconds", METRIC_GAUGE, MASTER,
        "Time since the primary last answered a ping of the Sentinel (SENTINEL MASTERS, last-ok-ping-reply)"},
    [OK_SENTINELS] = {"redis_sentinel_master_ok_sentinels", METRIC_GAUGE, MASTER,
        "Sentinels of the primary that are reachable, this one included (SENTINEL SENTINELS, flags)"},
    [OK_SLAVES] = {"redis_sentinel_master_ok_slaves", METRIC_GAUGE, MASTER,
        "Replicas of the primary that are reachable (SENTINEL REPLICAS, flags)"},
    [SETTING_CKQUORUM] = {"redis_sentinel_master_setting_ckquorum", METRIC_GAUGE, MASTER,
        "Sentinels that have to agree that the primary is down (SENTINEL MASTERS, quorum)"},
    [SETTING_DOWN_AFTER] = {"redis_sentinel_master_setting_down_after_milliseconds", METRIC_GAUGE, MASTER,
        "Silence after which the primary counts as down (SENTINEL MASTERS, down-after-milliseconds)",
        FAMILY_INHERITED},
    [SETTING_FAILOVER_TIMEOUT] = {"redis_sentinel_master_setting_failover_timeout", METRIC_GAUGE, MASTER,
        "Milliseconds a failover may take in each of its steps (SENTINEL MASTERS, failover-timeout)"},
    [SETTING_PARALLEL_SYNCS] = {"redis_sentinel_master_setting_parallel_syncs", METRIC_GAUGE, MASTER,
        "Replicas that follow the new primary at once after a failover (SENTINEL MASTERS, parallel-syncs)"},
};
/* clang-format on */

static const struct {
    struct str key;
    unsigned family;
    double divisor;
} numbers[] = {
    {STR_INIT("config-epoch"), CONFIG_EPOCH, 1},
    {STR_INIT("last-ok-ping-reply"), LAST_OK_PING, 1e3},
    {STR_INIT("quorum"), SETTING_CKQUORUM, 1},
    {STR_INIT("down-after-milliseconds"), SETTING_DOWN_AFTER, 1},
    {STR_INIT("failover-timeout"), SETTING_FAILOVER_TIMEOUT, 1},
    {STR_INIT("parallel-syncs"), SETTING_PARALLEL_SYNCS, 1},
};
enum { NUMBERS = sizeof numbers / sizeof numbers[0], MASTERS_MAX = 256, PEERS_MAX = 256, PORT_MAX = 8 };

struct peer {
    struct str name, ip, port, runid, flags;
};

struct master {
    struct str name, address;
    bool has[NUMBERS];
    int64_t value[NUMBERS];
    struct str quorum_text; /* empty: not asked yet */
    bool quorum;
    bool has_replicas, has_peers;
    size_t ok_replicas, ok_peers; /* <ok_peers> without this Sentinel itself */
    struct peer *peers;
    size_t peer_count;
};

struct sentinel_part {
    struct master *masters;
    size_t count;
};

/* ---- SENTINEL MASTERS ------------------------------------------------------------------------------- */

/* The text behind <key>, or the empty slice. */
static struct str text_of(const struct reply *pairs, const char *key)
{
    const struct reply *value = reply_find(pairs, str_of(key));
    return value && value->type == REPLY_STRING ? value->text : NO_LABELS;
}

/* "10.0.0.1:6379", as INFO has it; ptr is NULL without memory. */
static struct str address_of(const struct reply *pairs, struct arena *arena)
{
    struct str ip = text_of(pairs, "ip"), port = text_of(pairs, "port");
    char text[LABEL_VALUE_MAX];
    ip = str_clip(ip, sizeof text - PORT_MAX - 1);
    port = str_clip(port, PORT_MAX);
    for (size_t i = 0; i < ip.len; i++)
        text[i] = ip.ptr[i];
    text[ip.len] = ':';
    for (size_t i = 0; i < port.len; i++)
        text[ip.len + 1 + i] = port.ptr[i];
    return arena_copy(arena, (struct str){text, ip.len + 1 + port.len});
}

static bool read_master(const struct reply *pairs, struct arena *arena, struct master *ret)
{
    ret->name = arena_copy(arena, text_of(pairs, "name"));
    ret->address = address_of(pairs, arena);
    for (int i = 0; i < NUMBERS; i++) {
        const struct reply *value = reply_find(pairs, numbers[i].key);
        ret->has[i] = value && reply_i64(value, &ret->value[i]);
    }
    return ret->name.ptr && ret->address.ptr;
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct sentinel_part *part = data;
    if (reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    size_t count = reply->count < MASTERS_MAX ? reply->count : MASTERS_MAX;
    part->masters = arena_new(arena, struct master, count + 1);
    bool ok = part->masters;
    for (size_t i = 0; ok && i < count; i++) {
        if (!text_of(&reply->items[i], "name").len)
            return unexpected_reply(cmd, reply, err);
        ok = read_master(&reply->items[i], arena, &part->masters[i]);
        part->count += ok;
    }
    return ok || err_set(err, ERR_MEMORY, "no memory for what the Sentinel watches");
}

/* ---- what is asked per primary ---------------------------------------------------------------------- */

static const enum cmd_id per_master[] = {CMD_SENTINEL_CKQUORUM, CMD_SENTINEL_SENTINELS,
                                         CMD_SENTINEL_REPLICAS};
enum { PER_MASTER = sizeof per_master / sizeof per_master[0] };

static bool more(const void *data, unsigned index, struct cmd_call *ret)
{
    const struct sentinel_part *part = data;
    if (index / PER_MASTER >= part->count)
        return false;
    *ret = (struct cmd_call){per_master[index % PER_MASTER], 1, {part->masters[index / PER_MASTER].name}};
    return true;
}

/* A primary that was removed a moment ago is "No such master": it has no quorum and no peers to show. */
static bool is_gone(const struct reply *reply)
{
    return reply->type == REPLY_ERROR && str_starts(reply->text, STR("ERR No such master"));
}

static bool read_quorum(const struct reply *reply, struct arena *arena, struct master *master,
                        struct err *err)
{
    bool answer = reply->type == REPLY_STRING ||
                  (reply->type == REPLY_ERROR && str_starts(reply->text, STR("NOQUORUM")));
    if (!answer && reply->type == REPLY_ERROR)
        return err_set(err, reply_error_kind(reply->text), "SENTINEL CKQUORUM was refused");
    if (!answer)
        return unexpected_reply(CMD_SENTINEL_CKQUORUM, reply, err);
    master->quorum = reply->type == REPLY_STRING;
    master->quorum_text = arena_copy(arena, reply->text);
    return master->quorum_text.ptr || err_set(err, ERR_MEMORY, "no memory for what the Sentinel watches");
}

/* Flags are words with commas between them. */
static bool is_reachable(const struct reply *pairs)
{
    struct str flags = text_of(pairs, "flags"), flag;
    while (str_next(&flags, ',', &flag))
        if (str_eq(flag, STR("s_down")) || str_eq(flag, STR("o_down")))
            return false;
    return true;
}

static size_t count_reachable(const struct reply *list)
{
    size_t reachable = 0;
    for (size_t i = 0; i < list->count; i++)
        reachable += is_reachable(&list->items[i]);
    return reachable;
}

static bool read_peers(const struct reply *list, struct arena *arena, struct master *master, struct err *err)
{
    size_t count = list->count < PEERS_MAX ? list->count : PEERS_MAX;
    master->peers = arena_new(arena, struct peer, count + 1);
    bool ok = master->peers;
    for (size_t i = 0; ok && i < count; i++) {
        const struct reply *pairs = &list->items[i];
        struct peer *peer = &master->peers[i];
        *peer = (struct peer){
            arena_copy(arena, text_of(pairs, "name")), arena_copy(arena, text_of(pairs, "ip")),
            arena_copy(arena, text_of(pairs, "port")), arena_copy(arena, text_of(pairs, "runid")),
            arena_copy(arena, text_of(pairs, "flags"))};
        ok = peer->name.ptr && peer->ip.ptr && peer->port.ptr && peer->runid.ptr && peer->flags.ptr;
        master->peer_count += ok;
    }
    return ok || err_set(err, ERR_MEMORY, "no memory for what the Sentinel watches");
}

static bool more_decode(unsigned index, const struct reply *reply, struct arena *arena, void *data,
                        struct err *err)
{
    struct sentinel_part *part = data;
    struct master *master = &part->masters[index / PER_MASTER];
    enum cmd_id cmd = per_master[index % PER_MASTER];
    if (is_gone(reply))
        return true;
    if (cmd == CMD_SENTINEL_CKQUORUM)
        return read_quorum(reply, arena, master, err);
    if (reply->type == REPLY_ERROR)
        return err_set(err, reply_error_kind(reply->text), "the Sentinel answered with an error");
    if (reply->type != REPLY_ARRAY)
        return unexpected_reply(cmd, reply, err);
    if (cmd == CMD_SENTINEL_REPLICAS) {
        master->ok_replicas = count_reachable(reply);
        master->has_replicas = true;
        return true;
    }
    master->ok_peers = count_reachable(reply);
    master->has_peers = true;
    return read_peers(reply, arena, master, err);
}

/* ---- samples ---------------------------------------------------------------------------------------- */

static void emit_count(struct samples *samples, unsigned family, struct str labels, struct str line,
                       const char *key)
{
    struct str text;
    double value;
    if (info_subfield(line, str_of(key), &text) && num_double(text, &value))
        samples_add(samples, family, labels, value);
}

static void emit_line(struct str line, struct samples *samples)
{
    struct label labels[] = {
        {"master_name", NO_LABELS}, {"master_address", NO_LABELS}, {"master_status", NO_LABELS}};
    if (!info_subfield(line, STR("name"), &labels[0].value) ||
        !info_subfield(line, STR("address"), &labels[1].value))
        return;
    struct str master = samples_labels(samples, labels, 2);
    if (info_subfield(line, STR("status"), &labels[2].value))
        samples_add(samples, STATUS, samples_labels(samples, labels, 3), str_eq(labels[2].value, STR("ok")));
    emit_count(samples, SLAVES, master, line, "slaves");
    emit_count(samples, SENTINELS, master, line, "sentinels");
}

static void emit_lines(const struct info *info, struct samples *samples)
{
    struct str number, line;
    uint32_t cursor = 0, shown = 0;
    uint64_t index;
    while (shown < MASTERS_MAX && info_next(info, STR("master"), &cursor, &number, &line)) {
        if (!num_u64(number, &index)) /* master_replid and the like */
            continue;
        emit_line(line, samples);
        shown++;
    }
}

static struct str master_labels(const struct master *master, struct samples *samples)
{
    struct label labels[] = {{"master_name", master->name}, {"master_address", master->address}};
    return samples_labels(samples, labels, 2);
}

static void emit_master(const struct master *master, struct samples *samples)
{
    struct str labels = master_labels(master, samples);
    for (int i = 0; i < NUMBERS; i++)
        if (master->has[i])
            samples_add(samples, numbers[i].family, labels, (double)master->value[i] / numbers[i].divisor);
    if (master->has_peers)
        samples_add(samples, OK_SENTINELS, labels, (double)(master->ok_peers + 1));
    if (master->has_replicas)
        samples_add(samples, OK_SLAVES, labels, (double)master->ok_replicas);
    if (!master->quorum_text.len)
        return;
    struct label quorum[] = {{"master_name", master->name}, {"message", master->quorum_text}};
    samples_add(samples, CKQUORUM, samples_labels(samples, quorum, 2), master->quorum);
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct sentinel_part *part = data;
    emit_lines(&snapshot->info, samples);
    for (size_t i = 0; i < part->count; i++)
        emit_master(&part->masters[i], samples);
}

const struct collector collect_sentinel = {
    .name = "sentinel",
    .help = "The primaries a Sentinel watches, their replicas, peers and quorum.",
    .cmds = {CMD_SENTINEL_MASTERS},
    .part_size = sizeof(struct sentinel_part),
    .decode = decode,
    .more_cmds = {CMD_SENTINEL_CKQUORUM, CMD_SENTINEL_SENTINELS, CMD_SENTINEL_REPLICAS},
    .more = more,
    .more_decode = more_decode,
    .emit = emit,
    FAMILIES(families),
};

/* ---- the other Sentinels, one by one ---------------------------------------------------------------- */

static const struct family peer_families[] = {
    {"redis_sentinel_peer_info", METRIC_GAUGE, MASTER ",name,ip,port,runid,flags",
     "Always 1; the labels are another Sentinel of the primary (SENTINEL SENTINELS)"},
};

static void emit_peers(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct sentinel_part *part = data;
    (void)snapshot;
    for (size_t m = 0; m < part->count; m++) {
        const struct master *master = &part->masters[m];
        for (size_t i = 0; i < master->peer_count; i++) {
            const struct peer *peer = &master->peers[i];
            struct label labels[] = {{"master_name", master->name}, {"master_address", master->address},
                                     {"name", peer->name},          {"ip", peer->ip},
                                     {"port", peer->port},          {"runid", peer->runid},
                                     {"flags", peer->flags}};
            samples_add(samples, 0, samples_labels(samples, labels, sizeof labels / sizeof labels[0]), 1);
        }
    }
}

const struct collector collect_sentinel_peers = {
    .name = "sentinel_peers",
    .help = "A series per other Sentinel; needs the collector sentinel.",
    .part_of = COLLECT_SENTINEL,
    .opt_in = true,
    .emit = emit_peers,
    FAMILIES(peer_families),
};
