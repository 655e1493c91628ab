#include <bluegreen/cmd.h>
#include <string.h>

enum { KIB = 1024, MIB = 1024 * 1024 };

/* clang-format off */
static const struct cmd commands[CMD_COUNT] = {
    [CMD_AUTH]              = {{"AUTH"}, 0, CMD_READ, "", "", 4 * KIB, ON_ALL},
    [CMD_CLIENT_SETNAME]    = {{"CLIENT", "SETNAME", "redis-bluegreen-agent"}, 0, CMD_READ,
                               "+client|setname", "+client|setname", 4 * KIB, ON_ALL},
    [CMD_INFO]              = {{"INFO", "everything"}, 0, CMD_READ, "+info", "+info", 8 * MIB, ON_ALL},
    /* A Sentinel of 6.0 answers a section it does not know with nothing. */
    [CMD_INFO_DEFAULT]      = {{"INFO"}, 0, CMD_READ, "+info", "+info", 8 * MIB, ON_ALL},
    [CMD_LATENCY_LATEST]    = {{"LATENCY", "LATEST"}, VERSION(2, 8, 13), CMD_READ,
                               "+latency|latest", "+latency|latest", 1 * MIB},
    [CMD_LATENCY_HISTOGRAM] = {{"LATENCY", "HISTOGRAM"}, VERSION(7, 0, 0), CMD_READ,
                               "+latency|histogram", "", 8 * MIB},
    [CMD_SLOWLOG_LEN]       = {{"SLOWLOG", "LEN"}, VERSION(2, 2, 12), CMD_READ,
                               "+slowlog|len", "+slowlog|len", 4 * KIB},
    [CMD_SLOWLOG_LAST]      = {{"SLOWLOG", "GET", "1"}, VERSION(2, 2, 12), CMD_READ,
                               "+slowlog|get", "+slowlog|get", 1 * MIB},
    [CMD_SLOWLOG_ENTRIES]   = {{"SLOWLOG", "GET", "128"}, VERSION(2, 2, 12), CMD_READ,
                               "+slowlog|get", "+slowlog|get", 8 * MIB},
    [CMD_ROLE]              = {{"ROLE"}, VERSION(2, 8, 12), CMD_READ, "+role", "+role", 1 * MIB},
    [CMD_CONFIG_MAXCLIENTS] = {{"CONFIG", "GET", "maxclients"}, VERSION(2, 6, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_MAXMEMORY]  = {{"CONFIG", "GET", "maxmemory"}, VERSION(2, 6, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_REPL_BACKLOG_SIZE] = {{"CONFIG", "GET", "repl-backlog-size"}, VERSION(2, 8, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_IO_THREADS] = {{"CONFIG", "GET", "io-threads"}, VERSION(6, 0, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_DATABASES]  = {{"CONFIG", "GET", "databases"}, VERSION(2, 6, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_OUTPUT_BUFFER_LIMIT] = {{"CONFIG", "GET", "client-output-buffer-limit"}, VERSION(2, 6, 0), CMD_READ,
                               "+config|get", "+config|get", 16 * KIB},
    [CMD_CONFIG_ALL]        = {{"CONFIG", "GET", "*"}, VERSION(2, 0, 0), CMD_READ,
                               "+config|get", "+config|get", 1 * MIB},
    [CMD_CONFIG_COMMANDLOG] = {{"CONFIG", "GET", "commandlog-*"}, 0, CMD_READ,
                               "+config|get", "+config|get", 16 * KIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_COMMANDLOG_LEN_SLOW] = {{"COMMANDLOG", "LEN", "slow"}, 0, CMD_READ,
                               "+commandlog|len", "", 4 * KIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_COMMANDLOG_LEN_LARGE_REQUEST] = {{"COMMANDLOG", "LEN", "large-request"}, 0, CMD_READ,
                               "+commandlog|len", "", 4 * KIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_COMMANDLOG_LEN_LARGE_REPLY] = {{"COMMANDLOG", "LEN", "large-reply"}, 0, CMD_READ,
                               "+commandlog|len", "", 4 * KIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_COMMANDLOG_LAST_LARGE_REQUEST] = {{"COMMANDLOG", "GET", "1", "large-request"}, 0, CMD_READ,
                               "+commandlog|get", "", 1 * MIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_COMMANDLOG_LAST_LARGE_REPLY] = {{"COMMANDLOG", "GET", "1", "large-reply"}, 0, CMD_READ,
                               "+commandlog|get", "", 1 * MIB, ON_DATA_SERVERS, VERSION(8, 1, 0)},
    [CMD_CLUSTER_INFO]      = {{"CLUSTER", "INFO"}, VERSION(3, 0, 0), CMD_READ,
                               "+cluster|info", "+cluster|info", 16 * KIB, ON_CLUSTER_NODES},
    /* A Sentinel has users since 6.2; --print-acl for one of 6.0 is of no use. */
    [CMD_SENTINEL_MASTERS]  = {{"SENTINEL", "MASTERS"}, VERSION(2, 8, 0), CMD_READ,
                               "+sentinel|masters", "+sentinel|masters", 8 * MIB, ON_SENTINELS},
    [CMD_SENTINEL_CKQUORUM] = {{"SENTINEL", "CKQUORUM"}, VERSION(2, 8, 0), CMD_READ,
                               "+sentinel|ckquorum", "+sentinel|ckquorum", 4 * KIB, ON_SENTINELS},
    [CMD_SENTINEL_SENTINELS] = {{"SENTINEL", "SENTINELS"}, VERSION(2, 8, 0), CMD_READ,
                               "+sentinel|sentinels", "+sentinel|sentinels", 8 * MIB, ON_SENTINELS},
    [CMD_SENTINEL_REPLICAS] = {{"SENTINEL", "REPLICAS"}, VERSION(5, 0, 0), CMD_READ,
                               "+sentinel|replicas", "+sentinel|replicas", 8 * MIB, ON_SENTINELS},
    [CMD_SENTINEL_CONFIG]   = {{"SENTINEL", "CONFIG", "GET", "*"}, VERSION(6, 2, 0), CMD_READ,
                               "+sentinel|config", "+sentinel|config", 64 * KIB, ON_SENTINELS},
    [CMD_CLIENT_LIST]       = {{"CLIENT", "LIST"}, VERSION(2, 4, 0), CMD_READ, "+client|list", "+client|list", 32 * MIB},
    [CMD_SELECT]            = {{"SELECT"}, 0, CMD_READ, "+select", "+select", 4 * KIB},
    [CMD_SCAN]              = {{"SCAN"}, VERSION(2, 8, 0), CMD_READ, "+scan", "+scan", 8 * MIB},
    [CMD_TYPE]              = {{"TYPE"}, 0, CMD_READ, "+type", "+type", 4 * KIB},
    [CMD_MEMORY_USAGE]      = {{"MEMORY", "USAGE"}, VERSION(4, 0, 0), CMD_READ,
                               "+memory|usage", "+memory|usage", 4 * KIB},
    [CMD_STRLEN]            = {{"STRLEN"}, VERSION(2, 2, 0), CMD_READ, "+strlen", "+strlen", 4 * KIB},
    [CMD_LLEN]              = {{"LLEN"}, 0, CMD_READ, "+llen", "+llen", 4 * KIB},
    [CMD_SCARD]             = {{"SCARD"}, 0, CMD_READ, "+scard", "+scard", 4 * KIB},
    [CMD_ZCARD]             = {{"ZCARD"}, VERSION(1, 2, 0), CMD_READ, "+zcard", "+zcard", 4 * KIB},
    [CMD_HLEN]              = {{"HLEN"}, VERSION(2, 0, 0), CMD_READ, "+hlen", "+hlen", 4 * KIB},
    [CMD_XLEN]              = {{"XLEN"}, VERSION(5, 0, 0), CMD_READ, "+xlen", "+xlen", 4 * KIB},
    [CMD_GETRANGE]          = {{"GETRANGE"}, VERSION(2, 4, 0), CMD_READ, "+getrange", "+getrange", 32 * KIB},
    [CMD_CLUSTER_NODES]     = {{"CLUSTER", "NODES"}, VERSION(3, 0, 0), CMD_READ,
                               "+cluster|nodes", "+cluster|nodes", 8 * MIB, ON_CLUSTER_NODES},
    [CMD_XINFO_STREAM]      = {{"XINFO", "STREAM"}, VERSION(5, 0, 0), CMD_READ,
                               "+xinfo|stream", "+xinfo|stream", 16 * MIB}, /* with the first and last entry */
    [CMD_XINFO_GROUPS]      = {{"XINFO", "GROUPS"}, VERSION(5, 0, 0), CMD_READ,
                               "+xinfo|groups", "+xinfo|groups", 8 * MIB},
    [CMD_XINFO_CONSUMERS]   = {{"XINFO", "CONSUMERS"}, VERSION(5, 0, 0), CMD_READ,
                               "+xinfo|consumers", "+xinfo|consumers", 8 * MIB},
    /* What a script calls is held against the rights of who runs it. */
    [CMD_EVAL_RO]           = {{"EVAL_RO"}, VERSION(7, 0, 0), CMD_READ, "+@read +eval_ro", "", 1 * MIB},
    [CMD_FT_LIST]           = {{"FT._LIST"}, 0, CMD_READ, "+ft._list", "+ft._list", 1 * MIB},
    [CMD_FT_INFO]           = {{"FT.INFO"}, 0, CMD_READ, "+ft.info", "+ft.info", 1 * MIB},
};
/* clang-format on */

const struct cmd *cmd_get(enum cmd_id id)
{
    return &commands[id];
}

struct str cmd_text(enum cmd_id id, char *out, size_t size)
{
    size_t used = 0;
    for (int i = 0; i < CMD_ARGS_MAX && commands[id].args[i]; i++) {
        size_t len = strlen(commands[id].args[i]);
        if (used + (i > 0) + len >= size)
            break;
        if (i > 0)
            out[used++] = ' ';
        memcpy(out + used, commands[id].args[i], len);
        used += len;
    }
    out[used] = '\0';
    return (struct str){out, used};
}

static bool is_among(enum server_mode mode, enum cmd_where where)
{
    switch (where) {
    case ON_DATA_SERVERS: return mode == MODE_STANDALONE || mode == MODE_CLUSTER;
    case ON_CLUSTER_NODES: return mode == MODE_CLUSTER;
    case ON_SENTINELS: return mode == MODE_SENTINEL;
    case ON_ALL: break;
    }
    return true;
}

bool cmd_known(enum cmd_id id, const struct server_kind *server)
{
    const struct cmd *cmd = &commands[id];
    bool new_enough =
        cmd->valkey_since ? cmd->valkey_since <= server->valkey_version : cmd->since <= server->version;
    return new_enough && is_among(server->mode, cmd->where);
}
