#include "io/conf_keys.h"
#include <string.h>

enum { SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, FILE_NAME = 4096, KEYS_MAX = 10000 };

/* In the order of enum log_level, enum log_format, enum survey_on and enum conf_tls_version. */
static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const formats[] = {"logfmt", "json", NULL};
static const char *const roles[] = {"any", "replica", NULL};
static const char *const tls_versions[] = {"TLS10", "TLS11", "TLS12", "TLS13", NULL};

#define AGENT(member)    offsetof(struct config, member)
#define TARGET(member)   offsetof(struct conf_target, member)
#define PAIR(member)     offsetof(struct conf_pair, member)
#define DISCOVER(member) offsetof(struct conf_discover, member)
#define ALLOW(member)    offsetof(struct conf_allow, member)

/* How to get in, and at what pace: the same of every kind of target. PLACE is one of the macros above. */
#define LOGIN(prefix, PLACE, node)                                                                           \
    {prefix "username",                                                                                      \
     CONF_TEXT,                                                                                              \
     1,                                                                                                      \
     512,                                                                                                    \
     NULL,                                                                                                   \
     NULL,                                                                                                   \
     0,                                                                                                      \
     PLACE(node username),                                                                                   \
     "ACL user; left out, it is the default user"},                                                          \
        {prefix "password",                                                                                  \
         CONF_TEXT,                                                                                          \
         1,                                                                                                  \
         4095,                                                                                               \
         NULL,                                                                                               \
         NULL,                                                                                               \
         CONF_SECRET,                                                                                        \
         PLACE(node password),                                                                               \
         "password in place; password_file keeps it out of this file"},                                      \
        {prefix "password_file",                                                                             \
         CONF_TEXT,                                                                                          \
         1,                                                                                                  \
         FILE_NAME,                                                                                          \
         NULL,                                                                                               \
         NULL,                                                                                               \
         0,                                                                                                  \
         PLACE(node password_file),                                                                          \
         "file whose first line is the password; read anew at every connection, so it may be rotated"},      \
        {prefix "poll_interval",                                                                             \
         CONF_DURATION,                                                                                      \
         50,                                                                                                 \
         HOUR,                                                                                               \
         NULL,                                                                                               \
         "agent.poll_interval",                                                                              \
         CONF_INHERITS,                                                                                      \
         PLACE(node poll_interval_ms),                                                                       \
         "how often each is asked"},                                                                         \
        {prefix "timeout",       CONF_DURATION,          50, MINUTE, NULL, "agent.timeout", CONF_INHERITS,   \
         PLACE(node timeout_ms), "deadline of one round"},                                                   \
        {prefix "rename_commands",                                                                           \
         CONF_RENAMES,                                                                                       \
         1,                                                                                                  \
         128,                                                                                                \
         NULL,                                                                                               \
         "agent.rename_commands",                                                                            \
         CONF_INHERITS,                                                                                      \
         PLACE(node renames),                                                                                \
         "commands that these servers know by another word"},                                                \
        {prefix "tls.ca_file",                                                                               \
         CONF_TEXT,                                                                                          \
         1,                                                                                                  \
         FILE_NAME,                                                                                          \
         NULL,                                                                                               \
         NULL,                                                                                               \
         0,                                                                                                  \
         PLACE(node tls.ca_file),                                                                            \
         "certificates (PEM) that may have signed the server's; left out, those of the system"},             \
        {prefix "tls.cert_file",                                                                             \
         CONF_TEXT,                                                                                          \
         1,                                                                                                  \
         FILE_NAME,                                                                                          \
         NULL,                                                                                               \
         NULL,                                                                                               \
         0,                                                                                                  \
         PLACE(node tls.cert_file),                                                                          \
         "client certificate (PEM), together with key_file"},                                                \
        {prefix "tls.key_file",           CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, PLACE(node tls.key_file),  \
         "private key (PEM) of cert_file"},                                                                  \
        {prefix "tls.server_name",                                                                           \
         CONF_TEXT,                                                                                          \
         1,                                                                                                  \
         253,                                                                                                \
         NULL,                                                                                               \
         NULL,                                                                                               \
         0,                                                                                                  \
         PLACE(node tls.server_name),                                                                        \
         "name to ask for (SNI) and to find in the certificate; left out, the host of the address"},         \
    {                                                                                                        \
        prefix "tls.skip_verify", CONF_SWITCH, 0, 0, NULL, "false", 0, PLACE(node tls.skip_verify),          \
            "accepts any certificate; anybody on the way can then read the password"                         \
    }

const struct conf_key conf_keys[] = {
    {"agent.listen", CONF_LISTEN, 1, CONF_LISTEN_MAX, NULL, ":9121", CONF_RESTART, AGENT(listen),
     "address and port to serve HTTP on, one or a list; without a host it is every address of IPv4 and IPv6"},
    {"agent.admin_listen", CONF_LISTEN, 1, CONF_LISTEN_MAX, NULL, NULL, CONF_RESTART, AGENT(admin_listen),
     "address and port where an operator's POST to /-/drain, /-/maint, /-/ready and /-/designate is taken as "
     "well, one or a list, such as 127.0.0.1:9122; left out, there is none"},
    {"agent.agent_check_listen", CONF_LISTEN, 1, CONF_LISTEN_MAX, NULL, NULL, CONF_RESTART,
     AGENT(agent_check_listen),
     "address and port that HAProxy's agent-check asks, one or a list, see haproxy.md; left out, there is "
     "none"},
    {"agent.poll_interval", CONF_DURATION, 50, HOUR, NULL, "1s", 0, AGENT(poll_interval_ms),
     "how often each target is asked; health answers rest on this"},
    {"agent.max_age", CONF_DURATION, 0, HOUR, NULL, "1s", 0, AGENT(max_age_ms),
     "a scrape that finds older data waits for a fresh round; 0s: every scrape gets a fresh one"},
    {"agent.timeout", CONF_DURATION, 50, MINUTE, NULL, "2s", 0, AGENT(timeout_ms),
     "deadline of one round: resolve, connect, TLS, AUTH and all answers together"},
    {"agent.backoff_max", CONF_DURATION, 100, HOUR, NULL, "5s", 0, AGENT(backoff_max_ms),
     "longest pause between two attempts at a target that is down"},
    {"agent.stale_after", CONF_DURATION, 100, 24 * HOUR, NULL, "10s", 0, AGENT(stale_after_ms),
     "health of a target is unknown when its newest data is older; left out, it is never shorter than three "
     "poll intervals"},
    {"agent.state_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, CONF_RESTART, AGENT(state_file),
     "file that keeps which side of each pair takes writes and which targets are out of service, shared with "
     "redis-bluegreen designate and service; left out, both are forgotten when the agent ends"},
    {"agent.health_checks", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, AGENT(health_checks),
     "file with the health checks; left out, they are those of monitoring/health-checks.yml, which are built "
     "in"},
    {"agent.primary_min_uptime", CONF_DURATION, 0, HOUR, NULL, "10s", 0, AGENT(primary_min_uptime_ms),
     "how long a server must be up before /health/{target}/primary is 200: one that comes back from a "
     "restart "
     "says it is primary before anybody could tell it otherwise"},
    {"agent.stale_reads", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(stale_reads),
     "whether /health/{target}/read stays 200 when the newest data is older than stale_after; writes never "
     "do"},
    {"agent.telemetry_path", CONF_ROUTE, 1, 128, NULL, "/metrics", 0, AGENT(telemetry_path),
     "where Prometheus finds the metrics"},
    {"agent.namespace", CONF_PREFIX, 1, 64, NULL, "redis", 0, AGENT(namespace_),
     "first part of every metric name that tells about Redis"},
    {"agent.http_connections_max", CONF_COUNT, 1, 65536, NULL, "512", CONF_RESTART,
     AGENT(http_connections_max), "HTTP connections open at once; near it the one idle longest is closed"},
    {"agent.http_idle_timeout", CONF_DURATION, SECOND, HOUR, NULL, "60s", CONF_RESTART,
     AGENT(http_idle_timeout_ms), "how long a kept HTTP connection may be idle"},
    {"agent.http_header_timeout", CONF_DURATION, 100, MINUTE, NULL, "5s", CONF_RESTART,
     AGENT(http_header_timeout_ms), "how long a client may take to send a complete request"},
    {"agent.web_config_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, AGENT(web.config_file),
     "TLS, users and headers of the HTTP side in the format of the Prometheus exporters, see "
     "web-configuration.md; read anew when it changes; it takes the place of the tls_ and basic_auth_ keys"},
    {"agent.tls_cert_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, AGENT(web.cert_file),
     "certificate (PEM) to serve HTTPS with, together with tls_key_file; both are read anew when they "
     "change"},
    {"agent.tls_key_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, AGENT(web.key_file),
     "private key (PEM) of tls_cert_file"},
    {"agent.tls_client_ca_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, AGENT(web.client_ca_file),
     "certificates (PEM) that must have signed the certificate of every HTTP client; left out, clients need "
     "none"},
    {"agent.tls_min_version", CONF_WORD, 0, 0, tls_versions, "TLS12", 0, AGENT(web.min_version),
     "oldest version of TLS that HTTP clients may speak"},
    {"agent.basic_auth_username", CONF_TEXT, 1, 255, NULL, NULL, 0, AGENT(web.username),
     "user that HTTP clients must name"},
    {"agent.basic_auth_password", CONF_TEXT, 1, 1024, NULL, NULL, CONF_SECRET, AGENT(web.password),
     "password of that user; basic_auth_password_hash keeps it out of this file"},
    {"agent.basic_auth_password_hash", CONF_TEXT, 1, 128, NULL, NULL, CONF_SECRET, AGENT(web.password_hash),
     "bcrypt hash of the password instead"},
    {"agent.health_without_auth", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(web.health_open),
     "health URLs want no user and password, so that load balancers need none; they show names and state of "
     "the targets"},
    {"agent.log_level", CONF_WORD, 0, 0, levels, "info", 0, AGENT(log_level),
     "least important messages that are logged"},
    {"agent.log_format", CONF_WORD, 0, 0, formats, "logfmt", 0, AGENT(log_format), "form of a log line"},
    {"agent.set_client_name", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(set_client_name),
     "names every connection redis-bluegreen-agent, so that CLIENT LIST shows whose it is"},
    {"agent.empty_databases", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(empty_databases),
     "shows databases without keys, with 0 keys"},
    {"agent.redis_only_metrics", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(redis_only_metrics),
     "leaves out the metrics about the agent's own process and build"},
    {"agent.disable_collectors", CONF_COLLECTORS, 0, 0, NULL, "[]", 0, AGENT(collectors.disabled),
     "topics that are not collected, one or a list; only those with a command of their own can be left out"},
    {"agent.enable_collectors", CONF_COLLECTORS, 0, 0, NULL, "[]", 0, AGENT(collectors.enabled),
     "topics that are collected only when they stand here, one or a list; they cost more, or show more, than "
     "everybody wants"},
    {"agent.rename_commands", CONF_RENAMES, 1, 128, NULL, "{}", 0, AGENT(renames),
     "commands that the servers know by another word (rename-command in redis.conf), such as {CONFIG: its "
     "new name}; \"\" for one they do not have at all, it is not sent then"},
    {"agent.target_files", CONF_TEXTS, 0, 64, NULL, "[]", 0, AGENT(target_files),
     "files with more targets, one path or a list, * and ? allowed: JSON or YAML as Prometheus' file_sd has "
     "it, read again when they change; a broken one leaves the targets it had"},
    {"agent.scrape_endpoint", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(scrape_endpoint),
     "whether there is /scrape?target=; it asks only the targets and what scrape_allow lists"},
    {"agent.metrics_allow", CONF_FAMILIES, 0, 256, NULL, "[]", 0, AGENT(hidden.allow),
     "names of the only metrics that are shown, one or a list; a * stands for any text"},
    {"agent.metrics_deny", CONF_FAMILIES, 0, 256, NULL, "[]", 0, AGENT(hidden.deny),
     "names of metrics that are not shown, one or a list; a * stands for any text"},
    {"agent.series_deny", CONF_SERIES, 0, FILTER_SERIES_MAX, NULL, "[]", 0, AGENT(hidden.series),
     "series that are not shown, by the value of a label, one or a list: redis_db_keys{db=\"db1*\"}"},

    {"surveys.interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "1m", 0, AGENT(surveys.default_interval_ms),
     "pause between the end of a survey and its next start"},
    {"surveys.budget", CONF_DURATION, 1, SECOND, NULL, "50ms", 0, AGENT(surveys.budget_ms),
     "how much of each second of a server the surveys may take, all of them together"},
    {"surveys.on", CONF_WORD, 0, 0, roles, "any", 0, AGENT(surveys.on),
     "role a server must have to be surveyed; replica spares the primaries"},
    {"surveys.batch_size", CONF_COUNT, 1, 100000, NULL, "1000", 0, AGENT(surveys.batch),
     "keys that one SCAN looks at (COUNT): the longest moment a survey keeps the server busy at once"},
    {"surveys.max_keys", CONF_COUNT, 1, UINT32_MAX, NULL, "10000000", 0, AGENT(surveys.keys_max),
     "keys that one run of a survey may look at"},
    {"surveys.max_series", CONF_COUNT, 1, SAMPLES_MAX, NULL, "10000", 0, AGENT(surveys.series_max),
     "series that one survey may show for one target"},
    {"surveys.single_keys", CONF_KEYS, 0, KEYS_MAX, NULL, "[]", 0, AGENT(surveys.single_keys),
     "keys whose size, memory and value are shown"},
    {"surveys.single_keys_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval",
     CONF_INHERITS, AGENT(surveys.interval_ms[SURVEY_SINGLE_KEYS]), "the pause of this survey"},
    {"surveys.keys", CONF_KEYS, 0, KEYS_MAX, NULL, "[]", 0, AGENT(surveys.keys),
     "patterns (with ? * [ ] or ^) of keys whose size, memory and value are shown; they are found by SCAN"},
    {"surveys.keys_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_KEYS]), "the pause of this survey"},
    {"surveys.clients", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(surveys.clients),
     "counts clients by name, user, library, protocol and flags, and shows their buffers (CLIENT LIST)"},
    {"surveys.clients_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_CLIENTS]), "the pause of this survey"},
    {"surveys.clients_top", CONF_COUNT, 0, 256, NULL, "20", 0, AGENT(surveys.clients_top),
     "names, users and libraries of clients that have a series of their own, the most frequent first"},
    {"surveys.each_client", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(surveys.each_client),
     "shows every client by its id, which makes new series with every connection; surveys.max_series bounds "
     "them"},
    {"surveys.each_client_port", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(surveys.each_client_port),
     "shows the port of every client as well"},
    {"surveys.key_values", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(surveys.key_values),
     "shows the values of keys that are short strings too: whoever reads the metrics reads them"},
    {"surveys.count_keys", CONF_KEYS, 0, KEYS_MAX, NULL, "[]", 0, AGENT(surveys.count_keys),
     "patterns of keys that are counted, by SCAN over the whole database"},
    {"surveys.count_keys_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_COUNT_KEYS]), "the pause of this survey"},
    {"surveys.key_groups", CONF_PATTERNS, 0, 100, NULL, "[]", 0, AGENT(surveys.key_groups),
     "Lua patterns that sort every key of every database into groups: the captures of the first that matches "
     "name the group; count and memory of each are shown"},
    {"surveys.key_groups_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_KEY_GROUPS]), "the pause of this survey"},
    {"surveys.max_key_groups", CONF_COUNT, 1, 10000, NULL, "100", 0, AGENT(surveys.key_groups_max),
     "groups shown by name for each database, those with most memory; the others are counted as overflow"},
    {"surveys.single_streams", CONF_KEYS, 0, KEYS_MAX, NULL, "[]", 0, AGENT(surveys.single_streams),
     "streams to show with their groups and consumers"},
    {"surveys.single_streams_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval",
     CONF_INHERITS, AGENT(surveys.interval_ms[SURVEY_SINGLE_STREAMS]), "the pause of this survey"},
    {"surveys.streams", CONF_KEYS, 0, KEYS_MAX, NULL, "[]", 0, AGENT(surveys.streams),
     "patterns of streams to show with their groups and consumers; they are found by SCAN"},
    {"surveys.streams_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_STREAMS]), "the pause of this survey"},
    {"surveys.stream_consumers", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(surveys.stream_consumers),
     "false: no series of single consumers"},
    {"surveys.big_keys", CONF_COUNT, 0, 1000, NULL, "0", 0, AGENT(surveys.big_keys),
     "how many of the largest keys of each type to show; 0: they are not looked for"},
    {"surveys.big_keys_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_BIG_KEYS]), "the pause of this survey"},
    {"surveys.big_keys_sample", CONF_COUNT, 1, UINT32_MAX, NULL, "100000", 0, AGENT(surveys.big_keys_sample),
     "keys to measure in one run, chosen by chance when there are more"},
    {"surveys.big_keys_names", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(surveys.big_keys_names),
     "shows the names of the largest keys as a label: whoever reads the metrics reads them"},
    {"surveys.scripts", CONF_FILES, 0, 100, NULL, "[]", 0, AGENT(surveys.scripts),
     "files with Lua scripts that return {name, value, ...}; they are run by EVAL_RO, so by 7.0 and later "
     "only, "
     "and read anew for every run"},
    {"surveys.scripts_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_SCRIPTS]), "the pause of this survey"},
    {"surveys.search", CONF_SWITCH, 0, 0, NULL, "false", 0, AGENT(surveys.search),
     "shows the search indexes of servers that have the search module"},
    {"surveys.search_interval", CONF_DURATION, SECOND, 24 * HOUR, NULL, "surveys.interval", CONF_INHERITS,
     AGENT(surveys.interval_ms[SURVEY_SEARCH]), "the pause of this survey"},
    {"surveys.search_indexes", CONF_REGEX, 0, 0, NULL, ".*", 0, AGENT(surveys.search_indexes),
     "which indexes: a regular expression without parentheses that is found in the name"},

    {"targets[].name", CONF_NAME, 1, 64, NULL, NULL, CONF_REQUIRED | CONF_EMPTY, TARGET(name),
     "label target=\"…\" of its metrics and its name in health URLs and pairs; a single target may have the "
     "name \"\", its metrics then have no such label"},
    {"targets[].url", CONF_URL, 1, 1024, NULL, NULL, CONF_REQUIRED, TARGET(url),
     "redis://host:port, rediss://host:port for TLS, unix:///path, or host:port; valkey:// and valkeys:// "
     "mean the same; user:password@ before the host is read, a database behind it ignored"},
    {"targets[].username", CONF_TEXT, 1, 512, NULL, NULL, 0, TARGET(username),
     "ACL user; left out, it is the default user"},
    {"targets[].password", CONF_TEXT, 1, 4095, NULL, NULL, CONF_SECRET, TARGET(password),
     "password in place; password_file keeps it out of this file"},
    {"targets[].password_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, TARGET(password_file),
     "file whose first line is the password; read anew at every connection, so it may be rotated"},
    {"targets[].poll_interval", CONF_DURATION, 50, HOUR, NULL, "agent.poll_interval", CONF_INHERITS,
     TARGET(poll_interval_ms), "how often this target is asked"},
    {"targets[].timeout", CONF_DURATION, 50, MINUTE, NULL, "agent.timeout", CONF_INHERITS, TARGET(timeout_ms),
     "deadline of one round of this target"},
    {"targets[].surveys", CONF_SWITCH, 0, 0, NULL, "true", 0, TARGET(surveys),
     "false: this target is never surveyed"},
    {"targets[].rename_commands", CONF_RENAMES, 1, 128, NULL, "agent.rename_commands", CONF_INHERITS,
     TARGET(renames), "commands that this server knows by another word"},
    {"targets[].tls.ca_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, TARGET(tls.ca_file),
     "certificates (PEM) that may have signed the server's; left out, those of the system"},
    {"targets[].tls.cert_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, TARGET(tls.cert_file),
     "client certificate (PEM), together with key_file"},
    {"targets[].tls.key_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, TARGET(tls.key_file),
     "private key (PEM) of cert_file"},
    {"targets[].tls.server_name", CONF_TEXT, 1, 253, NULL, NULL, 0, TARGET(tls.server_name),
     "name to ask for (SNI) and to find in the certificate; left out, the host of the url"},
    {"targets[].tls.skip_verify", CONF_SWITCH, 0, 0, NULL, "false", 0, TARGET(tls.skip_verify),
     "accepts any certificate; anybody on the way can then read the password"},

    {"pairs[].name", CONF_NAME, 1, 64, NULL, NULL, CONF_REQUIRED, PAIR(name),
     "label pair=\"…\" of its metrics and its name in health URLs"},
    {"pairs[].blue", CONF_TARGET, 0, 0, NULL, NULL, CONF_REQUIRED, PAIR(blue),
     "name of the target that is moved away from"},
    {"pairs[].green", CONF_TARGET, 0, 0, NULL, NULL, CONF_REQUIRED, PAIR(green),
     "name of the target that is moved to"},
    {"pairs[].read_share_green", CONF_COUNT, 0, 100, NULL, "50", 0, PAIR(read_share_green),
     "share of reads in % that green is to get while both sides can be read, told to HAProxy as weights; the "
     "rest is blue's"},

    {"target_defaults.surveys", CONF_SWITCH, 0, 0, NULL, "true", 0, AGENT(target_defaults.surveys),
     "false: none of the surveys runs on these targets"},
    LOGIN("target_defaults.", AGENT, target_defaults.),

    {"discover[].name", CONF_NAME, 1, 64, NULL, NULL, CONF_REQUIRED, DISCOVER(name),
     "label discovery=\"…\" of the nodes' metrics"},
    {"discover[].cluster", CONF_SEEDS, 1, 32, NULL, NULL, 0, DISCOVER(cluster),
     "addresses of some nodes of a Cluster, one or a list; the first that answers tells of the others"},
    {"discover[].sentinel", CONF_SEEDS, 1, 32, NULL, NULL, 0, DISCOVER(sentinel),
     "the same of Sentinels, whose primaries and replicas become targets; instead of cluster"},
    {"discover[].masters", CONF_TEXTS, 0, 1024, NULL, "[]", 0, DISCOVER(masters),
     "names of what the Sentinel watches, one or a list; left out, all of it"},
    {"discover[].interval", CONF_DURATION, 100, HOUR, NULL, "10s", 0, DISCOVER(interval_ms),
     "how often the nodes are asked for"},
    {"discover[].hostnames", CONF_SWITCH, 0, 0, NULL, "false", 0, DISCOVER(hostnames),
     "takes the host names that nodes of a Cluster announce (since 7.0) instead of their addresses"},
    {"discover[].watch", CONF_SWITCH, 0, 0, NULL, "true", 0, DISCOVER(watch),
     "false: the nodes are listed at /discover-cluster-nodes and asked only when /scrape names one"},
    {"discover[].seed_username", CONF_TEXT, 1, 512, NULL, NULL, 0, DISCOVER(seed_username),
     "ACL user of the Sentinels; the nodes of a Cluster have one login, that below"},
    {"discover[].seed_password", CONF_TEXT, 1, 4095, NULL, NULL, CONF_SECRET, DISCOVER(seed_password),
     "password of the Sentinels"},
    {"discover[].seed_password_file", CONF_TEXT, 1, FILE_NAME, NULL, NULL, 0, DISCOVER(seed_password_file),
     "file whose first line is the password of the Sentinels"},
    {"discover[].surveys", CONF_SWITCH, 0, 0, NULL, "true", 0, DISCOVER(node.surveys),
     "false: none of the surveys runs on these nodes"},
    LOGIN("discover[].", DISCOVER, node.),

    {"scrape_allow[].hosts", CONF_TEXTS, 1, 256, NULL, NULL, CONF_REQUIRED, ALLOW(hosts),
     "servers that /scrape may ask, one or a list: host:port with *, an address range such as "
     "10.0.0.0/8:6379, or unix:///path"},
    LOGIN("scrape_allow[].", ALLOW, node.),
};

const unsigned conf_keys_count = sizeof conf_keys / sizeof conf_keys[0];

const struct conf_key *conf_key_find(struct str path)
{
    for (unsigned i = 0; i < conf_keys_count; i++)
        if (str_eq(str_of(conf_keys[i].path), path))
            return &conf_keys[i];
    return NULL;
}

bool conf_key_name(const struct conf_key *key, struct str prefix, struct str *ret_name)
{
    struct str path = str_of(key->path);
    if (!str_starts(path, prefix) || str_index(str_from(path, prefix.len), '.') >= 0)
        return false;
    *ret_name = str_from(path, prefix.len);
    return true;
}

bool conf_key_section(const struct conf_key *key, struct str prefix, struct str *ret_section)
{
    struct str path = str_of(key->path), rest;
    return str_starts(path, prefix) && str_cut(str_from(path, prefix.len), '.', ret_section, &rest);
}

/* The name of whatever <key> is below <prefix>, without the brackets of a list; empty when it is elsewhere.
 */
static struct str child_of(const struct conf_key *key, struct str prefix)
{
    struct str name;
    if (!conf_key_name(key, prefix, &name) && !conf_key_section(key, prefix, &name))
        return STR("");
    return str_ends(name, STR("[]")) ? str_sub(name, 0, name.len - 2) : name;
}

bool conf_key_known(struct str prefix, struct str name)
{
    for (unsigned i = 0; name.len && i < conf_keys_count; i++)
        if (str_eq(child_of(&conf_keys[i], prefix), name))
            return true;
    return false;
}

size_t conf_near(struct str word)
{
    return word.len < 4 ? 1 : word.len < 8 ? 2 : 3;
}

static struct str last_part(struct str path)
{
    while (str_index(path, '.') >= 0)
        path = str_from(path, (size_t)str_index(path, '.') + 1);
    return path;
}

struct str conf_key_suggest(struct str prefix, struct str name)
{
    struct str best = STR("");
    size_t best_distance = conf_near(name) + 1;
    for (unsigned i = 0; name.len <= 64 && i < conf_keys_count; i++) {
        struct str child = child_of(&conf_keys[i], prefix);
        size_t distance = child.len ? str_distance(child, name) : best_distance;
        if (distance < best_distance) {
            best = child;
            best_distance = distance;
        }
    }
    /* A key that was spelled well and indented wrongly. */
    for (unsigned i = 0; best.len == 0 && i < conf_keys_count; i++)
        if (str_eq(last_part(str_of(conf_keys[i].path)), name))
            best = str_of(conf_keys[i].path);
    return best;
}
