#include "io/flags_table.h"

const char *const flag_group_titles[FLAG_GROUP_COUNT] = {
    [FLAG_GROUP_ACTION] = "Instead of running",
    [FLAG_GROUP_TARGET] = "What to watch",
    [FLAG_GROUP_TLS] = "TLS towards Redis",
    [FLAG_GROUP_POLL] = "How to poll",
    [FLAG_GROUP_SURVEY] = "What to look at in the background",
    [FLAG_GROUP_HTTP] = "HTTP and metrics",
    [FLAG_GROUP_WEB] = "Who may use HTTP",
    [FLAG_GROUP_LOG] = "Log",
    [FLAG_GROUP_IGNORED] = "Known from redis_exporter and without effect here",
};

/* Rows that differ in little but their words. */
#define ACTION(flag_name, short_name, what, text)                                                            \
    {                                                                                                        \
        .name = flag_name, .alias = short_name, .type = FLAG_ACTION, .group = FLAG_GROUP_ACTION,             \
        .action = what, .fallback = "false", .help = text                                                    \
    }
#define SETS(section, flag_name, variable, what, path, default_text, text)                                   \
    .name = flag_name, .env = variable, .group = FLAG_GROUP_##section, .value = what, .key = path,           \
    .fallback = default_text, .help = text
#define IGNORED(kind, flag_name, variable, what, default_text, why)                                          \
    .name = flag_name, .env = variable, .type = FLAG_##kind, .group = FLAG_GROUP_IGNORED, .value = what,     \
    .fallback = default_text, .ignored = why

/* Reasons that several flags share. */

const struct flag flags_table[] = {
    ACTION("help", "h", FLAGS_HELP, "shows this text"),
    ACTION("version", "v", FLAGS_VERSION, "shows the version"),
    ACTION("check-config", NULL, FLAGS_CHECK_CONFIG,
           "checks flags, environment and file; says all that is wrong"),
    ACTION("print-config", NULL, FLAGS_PRINT_CONFIG, "shows the configuration in force, without secrets"),
    ACTION("list-metrics", NULL, FLAGS_LIST_METRICS, "shows every metric with type, labels and help"),
    {.name = "print-acl",
     .type = FLAG_SERVER,
     .group = FLAG_GROUP_ACTION,
     .value = "VERSION",
     .action = FLAGS_PRINT_ACL,
     .fallback = "",
     .help =
         "shows the ACL SETUSER line of a user that may do what the enabled collectors need on a server of "
         "that version, and nothing else: 6.0, 7.0, valkey-8.1, or sentinel-7.0 for a Sentinel"},
    ACTION("document-config", NULL, FLAGS_DOCUMENT, "shows the reference of keys and flags in Markdown"),
    ACTION("document-health", NULL, FLAGS_WORDS, "shows the words that health checks may use in Markdown"),

    {SETS(TARGET, "config", "REDIS_BLUEGREEN_CONFIG", "FILE", NULL, "",
          "configuration in YAML; names the targets and pairs, so it excludes --redis.addr"),
     .alias = "config.file"},
    {SETS(TARGET, "redis.addr", "REDIS_ADDR", "URL", "targets[].url", "redis://localhost:6379",
          "Redis to watch: redis://, rediss://, unix:// or host:port; may be repeated, each target is "
          "then named after its address"),
     .secret = FLAG_SECRET_IN_URL, .repeatable = true},
    {SETS(TARGET, "redis.user", "REDIS_USER", "NAME", "targets[].username", "", "ACL user")},
    {SETS(TARGET, "redis.password", "REDIS_PASSWORD", "TEXT", "targets[].password", "",
          "password; overwritten in the process list, yet better given by file or environment"),
     .secret = FLAG_SECRET},
    {SETS(TARGET, "redis.password-file", "REDIS_PASSWORD_FILE", "FILE", "targets[].password_file", "",
          "password on the first line, read anew at every connection; or a JSON object of address to "
          "password")},
    {SETS(
         TARGET, "is-cluster", "REDIS_EXPORTER_IS_CLUSTER", NULL, "discover[].cluster", "false",
         "the addresses are nodes of a Cluster: /discover-cluster-nodes lists all its nodes, and /scrape may "
         "ask them with the same login"),
     .type = FLAG_SWITCH},
    {SETS(TARGET, "cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES", NULL,
          "discover[].hostnames", "false",
          "with --is-cluster: host names that the nodes announce instead of their addresses"),
     .type = FLAG_SWITCH},

    {SETS(TLS, "tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE", "FILE", "targets[].tls.ca_file", "",
          "certificates that may have signed the server's; else those of the system")},
    {SETS(TLS, "tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE", "FILE",
          "targets[].tls.cert_file", "", "client certificate")},
    {SETS(TLS, "tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", "FILE", "targets[].tls.key_file",
          "", "key of the client certificate")},
    {SETS(TLS, "tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME", "NAME", "targets[].tls.server_name", "",
          "name to ask for and to find in the certificate")},
    {SETS(TLS, "skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", NULL,
          "targets[].tls.skip_verify", "false", "accepts any certificate"),
     .type = FLAG_SWITCH},

    {SETS(POLL, "poll-interval", "REDIS_BLUEGREEN_POLL_INTERVAL", "TIME", "agent.poll_interval", "1s",
          "how often each target is asked"),
     .type = FLAG_DURATION},
    {SETS(POLL, "max-age", "REDIS_BLUEGREEN_MAX_AGE", "TIME", "agent.max_age", "1s",
          "a scrape that finds older data waits for a fresh round; 0s: always"),
     .type = FLAG_DURATION},
    {SETS(POLL, "connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", "TIME", "agent.timeout", NULL,
          "deadline of a whole round, 2s unless given"),
     .type = FLAG_DURATION},
    {SETS(POLL, "state-file", "REDIS_BLUEGREEN_STATE_FILE", "FILE", "agent.state_file", "",
          "keeps which side of a pair takes writes, and what is out of service")},
    {SETS(POLL, "set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", NULL, "agent.set_client_name", "true",
          "names every connection, so that CLIENT LIST shows whose it is"),
     .type = FLAG_SWITCH},
    {SETS(POLL, "config-command", "REDIS_EXPORTER_CONFIG_COMMAND", "WORD", "agent.rename_commands", "CONFIG",
          "what the servers call CONFIG; \"-\": it is not sent"),
     .secret = FLAG_SECRET},
    {SETS(POLL, "exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", NULL,
          "agent.disable_collectors", "false", "sends no LATENCY HISTOGRAM"),
     .type = FLAG_SWITCH, .map = "true=latency_histogram", .otherwise = ""},
    {SETS(POLL, "include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS", NULL,
          "agent.enable_collectors", "false", "shows every setting of the servers but secrets"),
     .type = FLAG_SWITCH, .map = "true=config_all+sentinel_config", .otherwise = ""},
    {SETS(POLL, "include-sentinel-peer-info", "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO", NULL,
          "agent.enable_collectors", "false", "shows a series per other Sentinel"),
     .type = FLAG_SWITCH, .map = "true=sentinel_peers", .otherwise = ""},

    {SETS(SURVEY, "check-keys", "REDIS_EXPORTER_CHECK_KEYS", "LIST", "surveys.keys", "",
          "patterns of keys to show with size, memory and value: db0=user:*,db3=cart:*")},
    {SETS(SURVEY, "check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS", "LIST", "surveys.single_keys", "",
          "keys to show with size, memory and value: db0=queue,db3=cart%2C1")},
    {SETS(SURVEY, "count-keys", "REDIS_EXPORTER_COUNT_KEYS", "LIST", "surveys.count_keys", "",
          "patterns of keys to count: db0=user:*,db3=cart:*")},
    {SETS(SURVEY, "check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS", "LIST", "surveys.key_groups", "",
          "Lua patterns that sort all keys into groups: ^(.*)_[^_]+$")},
    {SETS(SURVEY, "max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", "N",
          "surveys.max_key_groups", "100", "groups to show by name for each database"),
     .type = FLAG_NUMBER},
    {SETS(SURVEY, "check-streams", "REDIS_EXPORTER_CHECK_STREAMS", "LIST", "surveys.streams", "",
          "patterns of streams to show: db0=events:*")},
    {SETS(SURVEY, "check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS", "LIST",
          "surveys.single_streams", "", "streams to show: db0=events")},
    {SETS(SURVEY, "streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS", NULL,
          "surveys.stream_consumers", "false", "shows no single consumers"),
     .type = FLAG_SWITCH, .map = "true=false", .otherwise = ""},
    {SETS(SURVEY, "script", "REDIS_EXPORTER_SCRIPT", "LIST", "surveys.scripts", "",
          "files with Lua scripts whose numbers to show; run by EVAL_RO")},
    {SETS(SURVEY, "include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", NULL,
          "surveys.search", "false", "shows search indexes"),
     .type = FLAG_SWITCH},
    {SETS(SURVEY, "check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES", "REGEX",
          "surveys.search_indexes", ".*",
          "which search indexes to show; a regular expression without "
          "parentheses")},
    {SETS(SURVEY, "check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", "N", "surveys.batch_size",
          "1000", "keys that one SCAN looks at"),
     .type = FLAG_NUMBER},
    {SETS(SURVEY, "export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST", NULL, "surveys.each_client",
          "false", "shows every connected client by its id"),
     .type = FLAG_SWITCH},
    {SETS(SURVEY, "export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT", NULL, "surveys.each_client_port",
          "false", "shows the port of every client too"),
     .type = FLAG_SWITCH},
    {SETS(SURVEY, "disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES", NULL,
          "surveys.key_values", "false", "shows no values of keys"),
     .type = FLAG_SWITCH, .map = "true=false", .otherwise = ""},
    {SETS(SURVEY, "skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER", NULL,
          "surveys.on", "false", "surveys replicas only"),
     .type = FLAG_SWITCH, .map = "true=replica", .otherwise = ""},

    {SETS(HTTP, "web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", "ADDR", "agent.listen", ":9121",
          "host:port to serve HTTP on; may be repeated"),
     .repeatable = true},
    {SETS(HTTP, "web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", "PATH", "agent.telemetry_path",
          "/metrics", "where Prometheus finds the metrics")},
    {SETS(HTTP, "namespace", "REDIS_EXPORTER_NAMESPACE", "WORD", "agent.namespace", "redis",
          "first part of every metric name")},
    {SETS(HTTP, "redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", NULL, "agent.redis_only_metrics",
          "false", "leaves out the metrics about the agent's own process and build"),
     .type = FLAG_SWITCH},
    {SETS(HTTP, "include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES",
          NULL, "agent.empty_databases", "true", "shows databases without keys, with 0 keys"),
     .type = FLAG_SWITCH},

    {SETS(WEB, "web.config.file", "REDIS_BLUEGREEN_WEB_CONFIG_FILE", "FILE", "agent.web_config_file", "",
          "TLS, users and headers in the format of the Prometheus exporters")},
    {SETS(WEB, "tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE", "FILE", "agent.tls_cert_file",
          "", "certificate to serve HTTPS with, together with its key")},
    {SETS(WEB, "tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", "FILE", "agent.tls_key_file", "",
          "key of that certificate")},
    {SETS(WEB, "tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", "FILE",
          "agent.tls_client_ca_file", "", "certificates that must have signed every client's")},
    {SETS(WEB, "tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", "WORD",
          "agent.tls_min_version", "TLS1.2", "TLS1.0, TLS1.1, TLS1.2 or TLS1.3"),
     .map = "TLS1.0=TLS10 TLS1.1=TLS11 TLS1.2=TLS12 TLS1.3=TLS13"},
    {SETS(WEB, "basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME", "NAME",
          "agent.basic_auth_username", "", "user that HTTP clients must name")},
    {SETS(WEB, "basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", "TEXT",
          "agent.basic_auth_password", "",
          "its password; overwritten in the process list, yet better given by environment or as a hash"),
     .secret = FLAG_SECRET},
    {SETS(WEB, "basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", "HASH",
          "agent.basic_auth_password_hash", "", "bcrypt hash of the password instead"),
     .secret = FLAG_SECRET},
    {SETS(WEB, "health-without-auth", "REDIS_BLUEGREEN_HEALTH_WITHOUT_AUTH", NULL,
          "agent.health_without_auth", "false", "health URLs want no password"),
     .type = FLAG_SWITCH},
    {SETS(HTTP, "disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", NULL,
          "agent.scrape_endpoint", "false", "there is no /scrape; else it asks only what scrape_allow lists"),
     .type = FLAG_SWITCH, .map = "true=false", .otherwise = ""},

    {SETS(LOG, "log-level", "REDIS_EXPORTER_LOG_LEVEL", "WORD", "agent.log_level", "INFO",
          "DEBUG, INFO, WARN or ERROR"),
     .map = "DEBUG=debug INFO=info WARN=warn ERROR=error"},
    {SETS(LOG, "log-format", "REDIS_EXPORTER_LOG_FORMAT", "WORD", "agent.log_format", "txt", "txt or json"),
     .map = "txt=logfmt logfmt=logfmt json=json"},
    /* Below --log-level, because it wins over it. */
    {SETS(LOG, "debug", "REDIS_EXPORTER_DEBUG", NULL, "agent.log_level", "false",
          "the same as --log-level DEBUG"),
     .type = FLAG_SWITCH, .map = "true=debug", .otherwise = ""},

    {IGNORED(SWITCH, "lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY", NULL, "false",
             "scripts are never run in another way, so this holds anyway")},
    {IGNORED(SWITCH, "is-tile38", "REDIS_EXPORTER_IS_TILE38", NULL, "false",
             "Tile38 is not supported; nothing is lost but the tile38 series")},
    {IGNORED(SWITCH, "include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", NULL, "false",
             "the agent is not written in Go; its own process metrics take their place")},
    {IGNORED(
        SWITCH, "ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", NULL, "false",
        "every poll is timed to its first reply, so exporter_last_scrape_ping_time_seconds is always shown")},
    {IGNORED(SWITCH, "include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS", NULL, "false",
             "what modules say of themselves comes with INFO and is always shown")},
    {IGNORED(SWITCH, "redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS", NULL, "true",
             "settings that may hold a secret are never shown, whatever this says")},
    {IGNORED(SWITCH, "include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS", NULL, "false",
             "total_system_memory is part of INFO and always shown")},
    {IGNORED(SWITCH, "include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", NULL,
             "false", "the agent opens no files of Redis; nothing is lost but rdb_current_size_bytes")},
    {IGNORED(SWITCH, "append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", NULL, "false",
             "a role label would begin every series anew at each failover; the role is a series of its own "
             "to join "
             "with")},
};

const unsigned flags_table_count = sizeof flags_table / sizeof flags_table[0];

const struct flag *flag_find(struct str name)
{
    for (unsigned i = 0; i < flags_table_count; i++)
        if (str_eq(str_of(flags_table[i].name), name) ||
            (flags_table[i].alias && str_eq(str_of(flags_table[i].alias), name)))
            return &flags_table[i];
    return NULL;
}
