/*
 * conf: the configuration as the rest of the program sees it, and the ways it comes to be.
 *
 *      redis-bluegreen.yml ──conf_yaml──► tree with line:column ─┐
 *                                                                ├─conf table──► const struct config
 *      flags and environment (redis_exporter's names) ──flags────┘
 *
 * Knowledge of the keys is one table in conf_keys.c: path, type, bounds, default, secret, reloadable, help.
 * It parses, checks, suggests ("did you mean"), redacts, documents and decides what a reload may change.
 *
 * A configuration is one generation: built whole or not at all, const afterwards, freed in one go. Every
 * string in it is NUL-terminated in its arena.
 */
#ifndef IO_CONF_H
#define IO_CONF_H

#include <bluegreen/arena.h>
#include <bluegreen/buf.h>
#include <bluegreen/collector.h>
#include <bluegreen/err.h>
#include <bluegreen/filter.h>
#include <bluegreen/survey.h>
#include <stdint.h>

enum endpoint_kind { ENDPOINT_TCP = 0, ENDPOINT_TLS, ENDPOINT_UNIX };

/* Where a Redis is: from url: redis://[user:password@]host[:port][/db], rediss://…, unix:///path, host:port.
 */
struct endpoint {
    enum endpoint_kind kind;
    const char *host; /* name or address without brackets; the socket's path for unix */
    uint16_t port;
};

struct conf_tls {
    const char *ca_file;   /* NULL: the system's */
    const char *cert_file; /* NULL: no client certificate */
    const char *key_file;
    const char *server_name; /* SNI and name to verify; NULL: the host of the url */
    bool skip_verify;
};

struct conf_label {
    const char *name, *value;
};

/* A command that a server knows by another word. */
struct conf_rename {
    const char *word; /* as in cmd.c; NULL ends a list */
    const char *to;   /* "": the server has no such command; secret */
};

/* A target; also, without name and address, what several have in common. */
struct conf_target {
    const char *name; /* label target="…"; "" for the single target given the peer's way: no label */
    const char *url;  /* as written, without user and password */
    struct endpoint endpoint;
    const char *username;      /* NULL: the default user */
    const char *password;      /* NULL unless given in place; secret */
    const char *password_file; /* NULL, or read anew at every connection; first line; secret content */
    struct conf_tls tls;
    const struct conf_rename *renames; /* the target's own, or the agent's */
    uint32_t poll_interval_ms;         /* the target's own, or the agent's */
    uint32_t timeout_ms;
    bool surveys;                    /* false: none of the agent's surveys runs here */
    const struct conf_label *labels; /* on all its series beside target="…"; of lists and discoveries */
    unsigned label_count;
};

struct conf_pair {
    const char *name;
    unsigned blue, green;      /* indices in targets */
    uint32_t read_share_green; /* of reads, in %; the rest is blue's */
};

/* Where addresses are asked for: of a Cluster's nodes, or of Sentinels. */
struct conf_seeds {
    struct conf_target *items;
    unsigned count;
};

/* A Cluster, or what a Sentinel watches, whose nodes become targets. */
struct conf_discover {
    const char *name;
    struct conf_seeds cluster, sentinel; /* one of them is empty */
    const char *const *masters;          /* of the Sentinel; NULL-terminated; none: all it has */
    const char *seed_username, *seed_password, *seed_password_file; /* of the Sentinels */
    uint32_t interval_ms;                                           /* 10s */
    bool hostnames;                                                 /* not addresses, where known */
    bool watch;              /* false: the nodes are listed, and asked only when a scrape names one */
    struct conf_target node; /* what all nodes have in common */
};

/* Servers that /scrape?target= may name. */
struct conf_allow {
    const char *const *hosts; /* patterns, see allow.h; NULL-terminated */
    struct conf_target node;  /* what they have in common */
};

struct conf_listen {
    const char *host; /* "" = every address of both families */
    uint16_t port;
    const char *text; /* as written, for messages; NULL ends a list */
};

/* Versions of TLS towards HTTP clients. */
enum conf_tls_version { CONF_TLS_10 = 0, CONF_TLS_11, CONF_TLS_12, CONF_TLS_13 };

/* Who may talk HTTP to the agent; web_conf.h makes one answer of it. */
struct conf_web {
    const char *config_file; /* NULL, or it says everything and the others but health_open are NULL */
    const char *cert_file, *key_file;
    const char *client_ca_file;           /* NULL: no client certificates */
    enum conf_tls_version min_version;    /* 1.2 */
    const char *username;                 /* NULL: everybody */
    const char *password, *password_hash; /* one of them; secret */
    bool health_open;                     /* health URLs want no password */
};

enum log_level { LOG_DEBUG_ = 0, LOG_INFO_, LOG_WARN_, LOG_ERROR_ };
enum log_format { LOG_LOGFMT = 0, LOG_JSON };

struct config {
    struct arena arena;
    const char *path; /* of the file, or NULL: flags only */

    const struct conf_listen *listen;
    unsigned listen_count;
    const struct conf_listen *agent_check_listen; /* for HAProxy's agent-check; NULL: none */
    uint32_t poll_interval_ms;                    /* 1s */
    uint32_t max_age_ms;                          /* 1s; 0 = every scrape gets a fresh round */
    uint32_t timeout_ms;                          /* 2s: of one round, connection included */
    uint32_t backoff_max_ms; /* 5s: longest pause between attempts at a target that is down */
    uint32_t stale_after_ms; /* 10s: health of older snapshots is unknown */
    const struct conf_listen
        *admin_listen;               /* where POST /-/drain/{target} and its like are taken; NULL: nowhere */
    const char *state_file;          /* what was decided; NULL: in memory only */
    const char *health_checks;       /* path of the checks' file; NULL: the built-in one */
    uint32_t primary_min_uptime_ms;  /* 10s: a younger primary gets no writes */
    bool stale_reads;                /* reads may go to a server whose data is stale */
    const char *telemetry_path;      /* /metrics */
    const char *namespace_;          /* "redis": prefix of redis_… names */
    uint32_t http_connections_max;   /* 512 */
    uint32_t http_idle_timeout_ms;   /* 60s of a kept connection */
    uint32_t http_header_timeout_ms; /* 5s to send a complete request */
    struct conf_web web;
    enum log_level log_level;
    enum log_format log_format;
    bool set_client_name;               /* CLIENT SETNAME redis-bluegreen-agent on every connection */
    bool empty_databases;               /* db_keys 0 for databases without keys */
    bool redis_only_metrics;            /* no process_ and build families */
    struct filter_lists hidden;         /* patterns of what is not shown; no list is NULL */
    const struct filter *filter;        /* made of <hidden>; NULL: nothing is filtered */
    const struct conf_rename *renames;  /* for targets that have none of their own */
    struct collector_choice collectors; /* names of the registry; neither list is NULL */

    struct survey_settings surveys;

    const struct conf_target *targets;
    unsigned target_count;
    const struct conf_pair *pairs;
    unsigned pair_count;

    const char *const *target_files;    /* paths with * and ?; NULL-terminated */
    struct conf_target target_defaults; /* of the targets in them */
    struct conf_discover *discovers;
    unsigned discover_count;
    bool scrape_endpoint; /* /scrape?target= */
    struct conf_allow *allows;
    unsigned allow_count;
};

/*
 * What was wrong, all of it: <errors> gets one line "file:line:column: sentence" per mistake, in the order of
 * the file. Both return NULL then. The result is freed with conf_free().
 */
struct config *conf_load(const char *path, struct buf *errors);

/* The same from text in memory; <path> is for messages only. Used by tests and fuzzers. */
struct config *conf_parse(const char *path, struct str yaml, struct buf *errors);

void conf_free(struct config *config);

/* Effective configuration as YAML that loads again, secrets as "<redacted>". */
void conf_print(const struct config *config, struct buf *out);

/* The reference of all keys in Markdown, from the table: docs/configuration.md is checked against it. */
void conf_document(struct buf *out);

/*
 * Names of keys that differ between <a> and <b> and that a reload cannot change (listen addresses, …), joined
 * by ", "; nothing when there are none.
 */
void conf_unreloadable(const struct config *a, const struct config *b, struct buf *out);

/* What <target> calls the command <word> of cmd.c; "" when it has none. */
const char *conf_command(const struct conf_target *target, const char *word);

/* Whether both lists say the same; NULL is an empty one. */
bool conf_same_renames(const struct conf_rename *a, const struct conf_rename *b);

/* "redis://u:p@h:1/0", "unix:///s", "h", "h:1", "[::1]:6379". Strings are copied into <arena>. */
bool conf_parse_url(struct str url, struct arena *arena, struct endpoint *ret_endpoint, const char **ret_user,
                    const char **ret_password, const char **ret_clean_url, struct err *err);

/* "host:port" or the path of the socket, as a name may be: every other byte becomes '_'. NULL: no memory. */
const char *conf_endpoint_name(const struct endpoint *endpoint, struct arena *arena);

/* "127.0.0.1:9121", ":9121", "[::1]:9121", "9121". */
bool conf_parse_listen(struct str text, struct arena *arena, struct conf_listen *ret, struct err *err);

#endif
