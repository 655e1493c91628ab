/*
 * cmd: the table of every command this project ever sends, and what each one may do.
 *
 * To add a command: a name in enum cmd_id and a row in cmd.c. The row says which servers know it and since
 * which version (nothing is sent to a server that would answer with an error), whether it reads or changes
 * (the always-on agent opens its links for CMD_READ and a link refuses what is above its class), what an
 * ACL user needs for it, and how large a reply may get.
 */
#ifndef BLUEGREEN_CMD_H
#define BLUEGREEN_CMD_H

#include <bluegreen/server_kind.h>

enum cmd_id {
    CMD_NONE = 0,
    CMD_AUTH,
    CMD_CLIENT_SETNAME,
    CMD_INFO,
    CMD_INFO_DEFAULT,
    CMD_LATENCY_LATEST,
    CMD_LATENCY_HISTOGRAM,
    CMD_SLOWLOG_LEN,
    CMD_SLOWLOG_LAST,
    CMD_SLOWLOG_ENTRIES,
    CMD_ROLE,
    CMD_CONFIG_MAXCLIENTS,
    CMD_CONFIG_MAXMEMORY,
    CMD_CONFIG_REPL_BACKLOG_SIZE,
    CMD_CONFIG_IO_THREADS,
    CMD_CONFIG_DATABASES,
    CMD_CONFIG_OUTPUT_BUFFER_LIMIT,
    CMD_CONFIG_ALL,
    CMD_CONFIG_COMMANDLOG,
    CMD_COMMANDLOG_LEN_SLOW,
    CMD_COMMANDLOG_LEN_LARGE_REQUEST,
    CMD_COMMANDLOG_LEN_LARGE_REPLY,
    CMD_COMMANDLOG_LAST_LARGE_REQUEST,
    CMD_COMMANDLOG_LAST_LARGE_REPLY,
    CMD_CLUSTER_INFO,
    CMD_SENTINEL_MASTERS,
    CMD_SENTINEL_CKQUORUM,  /* and a name */
    CMD_SENTINEL_SENTINELS, /* and a name */
    CMD_SENTINEL_REPLICAS,  /* and a name */
    CMD_SENTINEL_CONFIG,
    /* of surveys, see survey.h; what they are about is appended */
    CMD_SELECT,
    CMD_SCAN,
    CMD_TYPE,
    CMD_MEMORY_USAGE,
    CMD_STRLEN,
    CMD_LLEN,
    CMD_SCARD,
    CMD_ZCARD,
    CMD_HLEN,
    CMD_XLEN,
    CMD_GETRANGE,
    CMD_CLIENT_LIST,
    CMD_CLUSTER_NODES,
    CMD_XINFO_STREAM,
    CMD_XINFO_GROUPS,
    CMD_XINFO_CONSUMERS,
    CMD_EVAL_RO,
    CMD_FT_LIST,
    CMD_FT_INFO,
    CMD_COUNT
};

/* Who knows a command. Nobody is asked what he would answer with an error, which his counters would show. */
enum cmd_where {
    ON_DATA_SERVERS = 0, /* all but Sentinels */
    ON_CLUSTER_NODES,
    ON_SENTINELS,
    ON_ALL
};

enum cmd_class {
    CMD_READ = 0, /* reads, or concerns our own connection only */
    CMD_ADMIN,    /* changes configuration or role */
    CMD_WRITE     /* changes data */
};

#define CMD_ARGS_MAX 4

struct cmd {
    const char *args[CMD_ARGS_MAX]; /* NULL after the last; AUTH gets its secrets appended by the link */
    uint32_t since; /* first Redis version that knows it, as VERSION(…); 0 = all we support */
    enum cmd_class class;
    const char *acl;    /* least ACL rule on 7.0 that allows it */
    const char *acl6;   /* the same on 6.0, where subcommands cannot be subtracted but can be added */
    uint32_t reply_max; /* ceiling of the reply in bytes */
    enum cmd_where where;
    uint32_t valkey_since; /* not 0: only Valkey knows it, since this version of its own */
};

const struct cmd *cmd_get(enum cmd_id id);

/* "CONFIG GET maxmemory": for logs and errors. */
struct str cmd_text(enum cmd_id id, char *out, size_t size);

/* Whether <server> knows it. One of an unknown version or mode knows only what all know, since version 0. */
bool cmd_known(enum cmd_id id, const struct server_kind *server);

#endif
