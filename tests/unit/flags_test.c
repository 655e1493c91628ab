/*
 * flags: redis_exporter's invocations start unchanged, mistakes are named, secrets leave no trace.
 */
#include "io/conf_keys.h"
#include "io/flags_given.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFIG_DIR FIXTURES_DIR "/config/"

/* redis_exporter 1.88: name, variable, type (s b i), default. */
static const struct {
    const char *name, *env;
    char type;
    const char *fallback;
} peer[] = {
    {"redis.addr", "REDIS_ADDR", 's', "redis://localhost:6379"},
    {"redis.user", "REDIS_USER", 's', ""},
    {"redis.password", "REDIS_PASSWORD", 's', ""},
    {"redis.password-file", "REDIS_PASSWORD_FILE", 's', ""},
    {"namespace", "REDIS_EXPORTER_NAMESPACE", 's', "redis"},
    {"check-keys", "REDIS_EXPORTER_CHECK_KEYS", 's', ""},
    {"check-single-keys", "REDIS_EXPORTER_CHECK_SINGLE_KEYS", 's', ""},
    {"check-key-groups", "REDIS_EXPORTER_CHECK_KEY_GROUPS", 's', ""},
    {"check-streams", "REDIS_EXPORTER_CHECK_STREAMS", 's', ""},
    {"check-single-streams", "REDIS_EXPORTER_CHECK_SINGLE_STREAMS", 's', ""},
    {"streams-exclude-consumer-metrics", "REDIS_EXPORTER_STREAMS_EXCLUDE_CONSUMER_METRICS", 'b', "false"},
    {"count-keys", "REDIS_EXPORTER_COUNT_KEYS", 's', ""},
    {"check-keys-batch-size", "REDIS_EXPORTER_CHECK_KEYS_BATCH_SIZE", 'i', "1000"},
    {"script", "REDIS_EXPORTER_SCRIPT", 's', ""},
    {"lua-script-read-only", "REDIS_EXPORTER_LUA_SCRIPT_READ_ONLY", 'b', "false"},
    {"web.listen-address", "REDIS_EXPORTER_WEB_LISTEN_ADDRESS", 's', ":9121"},
    {"web.telemetry-path", "REDIS_EXPORTER_WEB_TELEMETRY_PATH", 's', "/metrics"},
    {"config-command", "REDIS_EXPORTER_CONFIG_COMMAND", 's', "CONFIG"},
    {"connection-timeout", "REDIS_EXPORTER_CONNECTION_TIMEOUT", 's', "15s"},
    {"tls-client-key-file", "REDIS_EXPORTER_TLS_CLIENT_KEY_FILE", 's', ""},
    {"tls-client-cert-file", "REDIS_EXPORTER_TLS_CLIENT_CERT_FILE", 's', ""},
    {"tls-ca-cert-file", "REDIS_EXPORTER_TLS_CA_CERT_FILE", 's', ""},
    {"tls-server-name", "REDIS_EXPORTER_TLS_SERVER_NAME", 's', ""},
    {"tls-server-key-file", "REDIS_EXPORTER_TLS_SERVER_KEY_FILE", 's', ""},
    {"tls-server-cert-file", "REDIS_EXPORTER_TLS_SERVER_CERT_FILE", 's', ""},
    {"tls-server-ca-cert-file", "REDIS_EXPORTER_TLS_SERVER_CA_CERT_FILE", 's', ""},
    {"tls-server-min-version", "REDIS_EXPORTER_TLS_SERVER_MIN_VERSION", 's', "TLS1.2"},
    {"max-distinct-key-groups", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS", 'i', "100"},
    {"debug", "REDIS_EXPORTER_DEBUG", 'b', "false"},
    {"log-level", "REDIS_EXPORTER_LOG_LEVEL", 's', "INFO"},
    {"log-format", "REDIS_EXPORTER_LOG_FORMAT", 's', "txt"},
    {"set-client-name", "REDIS_EXPORTER_SET_CLIENT_NAME", 'b', "true"},
    {"is-tile38", "REDIS_EXPORTER_IS_TILE38", 'b', "false"},
    {"is-cluster", "REDIS_EXPORTER_IS_CLUSTER", 'b', "false"},
    {"cluster-discover-hostnames", "REDIS_EXPORTER_CLUSTER_DISCOVER_HOSTNAMES", 'b', "false"},
    {"export-client-list", "REDIS_EXPORTER_EXPORT_CLIENT_LIST", 'b', "false"},
    {"export-client-port", "REDIS_EXPORTER_EXPORT_CLIENT_PORT", 'b', "false"},
    {"version", NULL, 'b', "false"},
    {"redis-only-metrics", "REDIS_EXPORTER_REDIS_ONLY_METRICS", 'b', "false"},
    {"include-go-runtime-metrics", "REDIS_EXPORTER_INCLUDE_GO_RUNTIME_METRICS", 'b', "false"},
    {"ping-on-connect", "REDIS_EXPORTER_PING_ON_CONNECT", 'b', "false"},
    {"include-config-metrics", "REDIS_EXPORTER_INCL_CONFIG_METRICS", 'b', "false"},
    {"include-modules-metrics", "REDIS_EXPORTER_INCL_MODULES_METRICS", 'b', "false"},
    {"include-search-indexes-metrics", "REDIS_EXPORTER_INCL_SEARCH_INDEXES_METRICS", 'b', "false"},
    {"include-sentinel-peer-info", "REDIS_EXPORTER_INCL_SENTINEL_PEER_INFO", 'b', "false"},
    {"check-search-indexes", "REDIS_EXPORTER_CHECK_SEARCH_INDEXES", 's', ".*"},
    {"disable-exporting-key-values", "REDIS_EXPORTER_DISABLE_EXPORTING_KEY_VALUES", 'b', "false"},
    {"exclude-latency-histogram-metrics", "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS", 'b', "false"},
    {"redact-config-metrics", "REDIS_EXPORTER_REDACT_CONFIG_METRICS", 'b', "true"},
    {"include-system-metrics", "REDIS_EXPORTER_INCL_SYSTEM_METRICS", 'b', "false"},
    {"include-rdb-file-size-metric", "REDIS_EXPORTER_INCL_RDB_FILE_SIZE_METRIC", 'b', "false"},
    {"skip-tls-verification", "REDIS_EXPORTER_SKIP_TLS_VERIFICATION", 'b', "false"},
    {"skip-checkkeys-for-role-master", "REDIS_EXPORTER_SKIP_CHECKKEYS_FOR_ROLE_MASTER", 'b', "false"},
    {"basic-auth-username", "REDIS_EXPORTER_BASIC_AUTH_USERNAME", 's', ""},
    {"basic-auth-password", "REDIS_EXPORTER_BASIC_AUTH_PASSWORD", 's', ""},
    {"basic-auth-hash-password", "REDIS_EXPORTER_BASIC_AUTH_HASH_PASSWORD", 's', ""},
    {"disable-scrape-endpoint", "REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT", 'b', "false"},
    {"include-metrics-for-empty-databases", "REDIS_EXPORTER_INCL_METRICS_FOR_EMPTY_DATABASES", 'b', "true"},
    {"append-instance-role-label", "REDIS_EXPORTER_APPEND_INSTANCE_ROLE_LABEL", 'b', "false"},
};
#define PEER_COUNT (sizeof peer / sizeof peer[0])

/* ---- helpers --------------------------------------------------------------------------------------- */

#define ARGS_MAX 24

/* One run of flags_parse over writable copies, as the kernel hands them over. */
struct run {
    char *argv[ARGS_MAX + 2];
    int argc;
    struct flags flags;
    struct buf errors, warnings;
    bool ok;
};

#define NO_ENV ((const char *const[]){NULL})

static void run_begin(struct run *run, const char *const *args, const char *const *env)
{
    *run = (struct run){.argc = 1};
    run->argv[0] = strdup("redis-bluegreen-agent");
    for (; args[run->argc - 1]; run->argc++)
        run->argv[run->argc] = strdup(args[run->argc - 1]);
    buf_init(&run->errors, 1 << 16);
    buf_init(&run->warnings, 1 << 16);
    run->ok =
        flags_parse(run->argc, run->argv, (char *const *)env, &run->flags, &run->errors, &run->warnings);
}

static void run_end(struct run *run)
{
    for (int i = 0; i < run->argc; i++)
        free(run->argv[i]);
    buf_done(&run->errors);
    buf_done(&run->warnings);
    flags_done(&run->flags);
}

#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})
#define NO_ARGS   ((const char *const[]){NULL})
#define ENV(...)  ((const char *const[]){__VA_ARGS__, NULL})

static void assert_text(struct str actual, const char *expected)
{
    if (!str_eq(actual, str_of(expected)))
        fail_msg("\n--- expected\n%s\n--- actual\n" STR_FMT, expected, STR_ARG(actual));
}

static bool contains(struct str text, const char *part)
{
    return text.len && memmem(text.ptr, text.len, part, strlen(part));
}

/* Parses what must be in order; <warnings> is all that is warned about. */
static const struct config *good(struct run *run, const char *const *args, const char *const *env,
                                 const char *warnings)
{
    run_begin(run, args, env);
    assert_text(buf_view(&run->errors), "");
    assert_text(buf_view(&run->warnings), warnings);
    assert_true(run->ok);
    assert_int_equal(run->flags.action, FLAGS_RUN);
    assert_non_null(run->flags.config);
    return run->flags.config;
}

static void bad(const char *const *args, const char *const *env, const char *errors)
{
    struct run run;
    run_begin(&run, args, env);
    assert_false(run.ok);
    assert_null(run.flags.config);
    assert_text(buf_view(&run.errors), errors);
    run_end(&run);
}

/* A file with <text>, removed by temp_done(). */
struct temp {
    char path[64];
    char flag[128];
};

static void temp_write(const struct temp *temp, const char *text)
{
    FILE *file = fopen(temp->path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void temp_init(struct temp *temp, const char *flag, const char *text)
{
    strcpy(temp->path, "/tmp/flags_test.XXXXXX");
    int fd = mkstemp(temp->path);
    assert_true(fd >= 0);
    close(fd);
    snprintf(temp->flag, sizeof temp->flag, "%s=%s", flag, temp->path);
    temp_write(temp, text);
}

static void temp_done(struct temp *temp)
{
    unlink(temp->path);
}

/* ---- redis_exporter's flags --------------------------------------------------------------------------- */

static void all_flags_of_the_peer_are_known(void **state)
{
    (void)state;
    assert_int_equal(PEER_COUNT, 59);
    for (size_t i = 0; i < PEER_COUNT; i++) {
        const struct flag *flag = flag_find(str_of(peer[i].name));
        if (!flag)
            fail_msg("--%s is not known", peer[i].name);
        assert_string_equal(flag->name, peer[i].name);
        assert_text(str_of(flag->env), peer[i].env ? peer[i].env : "");
        assert_int_equal(peer[i].type == 'b', flag->type == FLAG_SWITCH || flag->type == FLAG_ACTION);
        assert_int_equal(peer[i].type == 'i', flag->type == FLAG_NUMBER);
        if (flag->fallback)
            assert_string_equal(flag->fallback, peer[i].fallback);
    }
}

static void every_flag_does_one_thing(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flags_table_count; i++) {
        const struct flag *flag = &flags_table[i];
        assert_ptr_equal(flag_find(str_of(flag->name)), flag);
        assert_true(!flag->ignored == !!flag->help);
        assert_false(flag->ignored && flag->key);
        assert_int_equal(flag->group == FLAG_GROUP_IGNORED, !!flag->ignored);
        assert_int_equal(!flag->value, flag->type == FLAG_SWITCH || flag->type == FLAG_ACTION);
        if (flag->key)
            assert_non_null(conf_key_find(str_of(flag->key)));
    }
}

/* A value that is not the default, for any flag. */
static const char *other_value(const struct flag *flag)
{
    switch (flag->type) {
    case FLAG_SWITCH: return strcmp(flag->fallback, "true") == 0 ? "false" : "true";
    case FLAG_NUMBER: return "7";
    default: return "something";
    }
}

static void ignored_flags_warn_once_unless_default(void **state)
{
    (void)state;
    for (unsigned i = 0; i < flags_table_count; i++) {
        const struct flag *flag = &flags_table[i];
        char argument[256], env[256], warning[512];
        struct run run;
        if (!flag->ignored)
            continue;
        snprintf(argument, sizeof argument, "--%s=%s", flag->name, other_value(flag));
        snprintf(warning, sizeof warning, "--%s: ignored; %s\n", flag->name, flag->ignored);
        good(&run, ARGS(argument, argument), NO_ENV, warning);
        run_end(&run);

        snprintf(env, sizeof env, "%s=%s", flag->env, other_value(flag));
        snprintf(warning, sizeof warning, "%s: ignored; %s\n", flag->env, flag->ignored);
        good(&run, NO_ARGS, ENV(env), warning);
        run_end(&run);

        snprintf(argument, sizeof argument, "--%s=%s", flag->name, flag->fallback);
        good(&run, ARGS(argument), ENV(env), "");
        run_end(&run);
    }
}

static void flags_that_guard_the_port(void **state)
{
    struct run run;
    (void)state;
    const struct config *c = good(&run,
                                  ARGS("--tls-server-cert-file=/c.pem", "--tls-server-key-file=/k.pem",
                                       "--tls-server-ca-cert-file=/ca.pem", "--tls-server-min-version=TLS1.3",
                                       "--basic-auth-username=prometheus",
                                       "--basic-auth-hash-password=$2y$10$x", "--health-without-auth"),
                                  NO_ENV, "");
    assert_string_equal(c->web.cert_file, "/c.pem");
    assert_string_equal(c->web.key_file, "/k.pem");
    assert_string_equal(c->web.client_ca_file, "/ca.pem");
    assert_int_equal(c->web.min_version, CONF_TLS_13);
    assert_string_equal(c->web.username, "prometheus");
    assert_string_equal(c->web.password_hash, "$2y$10$x");
    assert_true(c->web.health_open);
    run_end(&run);

    c = good(&run, ARGS("--basic-auth-username=a"), ENV("REDIS_EXPORTER_BASIC_AUTH_PASSWORD=hunter2"), "");
    assert_string_equal(c->web.password, "hunter2");
    assert_int_equal(c->web.min_version, CONF_TLS_12);
    run_end(&run);

    c = good(&run, ARGS("--web.config.file=web.yml"), NO_ENV, "");
    assert_string_equal(c->web.config_file, "web.yml");
    run_end(&run);
}

/* redis_exporter serves without asking when one half is missing. */
static void half_a_protection_is_a_mistake(void **state)
{
    (void)state;
    bad(ARGS("--basic-auth-username=a"), NO_ENV,
        "--basic-auth-username: agent.basic_auth_username needs basic_auth_password\n");
    bad(ARGS("--basic-auth-password=hunter2"), NO_ENV,
        "--basic-auth-password: agent.basic_auth_password needs basic_auth_username\n");
    bad(ARGS("--basic-auth-hash-password=hunter2"), NO_ENV,
        "--basic-auth-hash-password: agent.basic_auth_password_hash needs basic_auth_username\n");
    bad(ARGS("--basic-auth-username=a", "--basic-auth-password=hunter2",
             "--basic-auth-hash-password=hunter3"),
        NO_ENV,
        "--basic-auth-hash-password: agent has basic_auth_password and basic_auth_password_hash; remove "
        "one\n");
    bad(ARGS("--tls-server-cert-file=/c.pem"), NO_ENV,
        "--tls-server-cert-file: agent.tls_cert_file needs tls_key_file\n");
    bad(ARGS("--tls-server-key-file=/k.pem"), NO_ENV,
        "--tls-server-key-file: agent.tls_key_file needs tls_cert_file\n");
    bad(ARGS("--tls-server-ca-cert-file=/ca.pem"), NO_ENV,
        "--tls-server-ca-cert-file: agent.tls_client_ca_file needs tls_cert_file\n");
    bad(ARGS("--web.config.file=web.yml", "--tls-server-ca-cert-file=/ca.pem",
             "--tls-server-cert-file=/c.pem", "--tls-server-key-file=/k.pem"),
        NO_ENV,
        "--tls-server-cert-file: agent.tls_cert_file cannot stand beside web_config_file; write it into that "
        "file\n"
        "--tls-server-key-file: agent.tls_key_file cannot stand beside web_config_file; write it into that "
        "file\n"
        "--tls-server-ca-cert-file: agent.tls_client_ca_file cannot stand beside web_config_file; write it "
        "into "
        "that file\n");
}

static void without_arguments_localhost_is_watched(void **state)
{
    struct run run;
    (void)state;
    const struct config *c = good(&run, NO_ARGS, NULL, "");
    assert_null(c->path);
    assert_int_equal(c->target_count, 1);
    assert_string_equal(c->targets[0].name, "");
    assert_string_equal(c->targets[0].url, "redis://localhost:6379");
    assert_string_equal(c->targets[0].endpoint.host, "localhost");
    assert_null(c->targets[0].password);
    assert_int_equal(c->listen[0].port, 9121);
    assert_int_equal(c->timeout_ms, 2000); /* the peer's 15s is not ours */
    run_end(&run);
}

static void a_full_invocation_of_the_peer(void **state)
{
    struct run run;
    (void)state;
    const struct config *c =
        good(&run,
             ARGS("-redis.addr", "rediss://redis.example.net:6380/0", "--redis.user=observer",
                  "-redis.password", "hunter2", "--namespace=valkey", "--web.listen-address",
                  "127.0.0.1:9100", "--web.telemetry-path=/m", "--connection-timeout=15s",
                  "--tls-client-cert-file=/c.pem", "--tls-client-key-file", "/k.pem",
                  "--tls-ca-cert-file=/ca.pem", "--tls-server-name=other", "--skip-tls-verification",
                  "--log-format=json", "--set-client-name=false", "--redis-only-metrics"),
             NO_ENV, "");
    const struct conf_target *t = &c->targets[0];
    assert_string_equal(t->name, "");
    assert_string_equal(t->url, "rediss://redis.example.net:6380/0");
    assert_string_equal(t->username, "observer");
    assert_string_equal(t->password, "hunter2");
    assert_string_equal(t->tls.cert_file, "/c.pem");
    assert_string_equal(t->tls.key_file, "/k.pem");
    assert_string_equal(t->tls.ca_file, "/ca.pem");
    assert_string_equal(t->tls.server_name, "other");
    assert_true(t->tls.skip_verify);
    assert_string_equal(c->namespace_, "valkey");
    assert_int_equal(c->listen_count, 1);
    assert_string_equal(c->listen[0].text, "127.0.0.1:9100");
    assert_string_equal(c->telemetry_path, "/m");
    assert_int_equal(c->timeout_ms, 15000);
    assert_int_equal(c->log_format, LOG_JSON);
    assert_false(c->set_client_name);
    assert_true(c->redis_only_metrics);
    run_end(&run);
}

static void a_container_of_the_peer(void **state)
{
    struct run run;
    (void)state;
    const struct config *c =
        good(&run, NO_ARGS,
             ENV("PATH=/bin", "REDIS_ADDR=redis://redis:6379", "REDIS_PASSWORD=hunter2",
                 "REDIS_USER=", "REDIS_EXPORTER_LOG_FORMAT=txt", "REDIS_EXPORTER_LOG_LEVEL=WARN",
                 "REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS=1", "REDIS_EXPORTER_CONFIG_COMMAND=-",
                 "REDIS_EXPORTER_CONNECTION_TIMEOUT=1.5s"),
             "");
    assert_string_equal(c->targets[0].endpoint.host, "redis");
    assert_string_equal(c->targets[0].password, "hunter2");
    assert_null(c->targets[0].username);
    assert_int_equal(c->log_level, LOG_WARN_);
    assert_int_equal(c->log_format, LOG_LOGFMT);
    assert_int_equal(c->timeout_ms, 1500);
    assert_string_equal(conf_command(&c->targets[0], "CONFIG"), "");
    assert_string_equal(c->collectors.disabled[0], "latency_histogram");
    assert_null(c->collectors.disabled[1]);
    run_end(&run);
}

static void debug_beats_the_level(void **state)
{
    struct run run;
    (void)state;
    assert_int_equal(good(&run, ARGS("--debug", "--log-level", "error"), NO_ENV, "")->log_level, LOG_DEBUG_);
    run_end(&run);
    assert_int_equal(good(&run, ARGS("--debug=false", "--log-level", "ERROR"), NO_ENV, "")->log_level,
                     LOG_ERROR_);
    run_end(&run);
}

static void config_may_have_another_name(void **state)
{
    struct run run;
    (void)state;
    const struct config *c = good(&run, ARGS("--config-command=CONFIG"), NO_ENV, "");
    assert_string_equal(conf_command(&c->targets[0], "CONFIG"), "CONFIG");
    run_end(&run);
    c = good(&run, ARGS("--config-command=secret_config", "--redis.addr=a", "--redis.addr=b"), NO_ENV, "");
    assert_string_equal(conf_command(&c->targets[1], "CONFIG"), "secret_config");
    assert_string_equal(conf_command(&c->targets[1], "INFO"), "INFO");
    assert_null(c->collectors.disabled[0]);
    run_end(&run);
    bad(ARGS("--config-command", "two words"), NO_ENV,
        "--config-command: agent.rename_commands.CONFIG must be one word of at most 128 bytes\n");
}

static void switches_of_the_peer_enable_collectors(void **state)
{
    struct run run;
    (void)state;
    const struct config *c =
        good(&run, ARGS("--include-config-metrics", "--include-sentinel-peer-info"), NO_ENV, "");
    assert_string_equal(c->collectors.enabled[0], "config_all");
    assert_string_equal(c->collectors.enabled[1], "sentinel_config");
    assert_string_equal(c->collectors.enabled[2], "sentinel_peers");
    assert_null(c->collectors.enabled[3]);
    run_end(&run);
    c = good(&run, ARGS("--include-config-metrics=false"), NO_ENV, "");
    assert_null(c->collectors.enabled[0]);
    run_end(&run);
    c = good(&run, NO_ARGS, ENV("REDIS_EXPORTER_INCL_CONFIG_METRICS=1"), "");
    assert_string_equal(c->collectors.enabled[1], "sentinel_config");
    run_end(&run);
}

/* ---- how flags are written ------------------------------------------------------------------------- */

static void one_dash_two_dashes_equals_and_blanks(void **state)
{
    static const char *const forms[][2] = {
        {"-namespace=x", NULL}, {"--namespace=x", NULL}, {"-namespace", "x"}, {"--namespace", "x"}};
    struct run run;
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        assert_string_equal(good(&run, ARGS(forms[i][0], forms[i][1]), NO_ENV, "")->namespace_, "x");
        run_end(&run);
    }
    assert_string_equal(
        good(&run, ARGS("--namespace", "a", "--namespace", "b", "--"), NO_ENV, "")->namespace_, "b");
    run_end(&run);
}

static void switches_take_go_words(void **state)
{
    static const struct {
        const char *text;
        bool on;
    } rows[] = {
        {"--redis-only-metrics", true},        {"-redis-only-metrics=1", true},
        {"--redis-only-metrics=t", true},      {"--redis-only-metrics=TRUE", true},
        {"--redis-only-metrics=0", false},     {"--redis-only-metrics=f", false},
        {"--redis-only-metrics=false", false},
    };
    struct run run;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(good(&run, ARGS(rows[i].text), NO_ENV, "")->redis_only_metrics, rows[i].on);
        run_end(&run);
    }
    bad(ARGS("--redis-only-metrics=yes"), NO_ENV,
        "--redis-only-metrics: must be true or false, and \"yes\" is not\n");
    bad(ARGS("--redis-only-metrics", "true"), NO_ENV,
        "command line: argument 2 is not a flag; values follow their flag directly or behind =\n");
}

static void durations_are_those_of_go_and_ours(void **state)
{
    static const struct {
        const char *text;
        unsigned ms;
    } rows[] = {{"15s", 15000}, {"500ms", 500},    {"1m", 60000},      {"0h0m2s", 2000},      {"1.5s", 1500},
                {"0.25s", 250}, {"100000us", 100}, {"50000001ns", 51}, {"70000\302\265s", 70}};
    struct run run;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char argument[64];
        snprintf(argument, sizeof argument, "-connection-timeout=%s", rows[i].text);
        assert_int_equal(good(&run, ARGS(argument), NO_ENV, "")->timeout_ms, rows[i].ms);
        run_end(&run);
    }
    bad(ARGS("--connection-timeout=15"), NO_ENV,
        "--connection-timeout: must be a duration such as 500ms, 15s or 1m30s, and \"15\" is not\n");
    bad(ARGS("--connection-timeout="), NO_ENV,
        "--connection-timeout: must be a duration such as 500ms, 15s or 1m30s, and \"\" is not\n");
    bad(ARGS("--connection-timeout=-1s"), NO_ENV,
        "--connection-timeout: must be a duration such as 500ms, 15s or 1m30s, and \"-1s\" is not\n");
    bad(ARGS("--connection-timeout=999999999h"), NO_ENV,
        "--connection-timeout: agent.timeout must be between 50ms and 1m, and 999999999h is not\n");
    bad(ARGS("--connection-timeout=1e300h"), NO_ENV,
        "--connection-timeout: must be a duration such as 500ms, 15s or 1m30s, and \"1e300h\" is not\n");
    bad(ARGS("--max-age=2h", "--poll-interval=1ms"), NO_ENV,
        "--poll-interval: agent.poll_interval must be between 50ms and 1h, and 1ms is not\n"
        "--max-age: agent.max_age must be between 0s and 1h, and 2h is not\n");
}

static void mistakes_are_all_named(void **state)
{
    (void)state;
    bad(ARGS("--redis.adr=redis://:hunter2@a", "--log-level=LOUD", "--check-keys-batch-size=x", "--zzz",
             "--log-format", "xml", "--web.listen-address=:x"),
        ENV("REDIS_EXPORTER_DEBUG=maybe", "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS=1k"),
        "--redis.adr: no such flag; did you mean --redis.addr?\n"
        "--zzz: no such flag; --help lists them\n"
        "REDIS_EXPORTER_MAX_DISTINCT_KEY_GROUPS: must be a whole number, and \"1k\" is not\n"
        "--check-keys-batch-size: must be a whole number, and \"x\" is not\n"
        "--web.listen-address: agent.listen: the port must be a number from 0 to 65535\n"
        "--log-level: must be one of DEBUG, INFO, WARN, ERROR, and \"LOUD\" is not\n"
        "--log-format: must be one of txt, logfmt, json, and \"xml\" is not\n"
        "REDIS_EXPORTER_DEBUG: must be true or false, and \"maybe\" is not\n");
    bad(ARGS("--redis.addr"), NO_ENV, "--redis.addr: needs a value: --redis.addr=URL\n");
    bad(ARGS("--redis.addr="), NO_ENV, "--redis.addr: the address is empty; write redis://host:6379\n");
    bad(ARGS("--redis.password", "", "hunter2"), NO_ENV,
        "command line: argument 3 is not a flag; values follow their flag directly or behind =\n");
    bad(ARGS("-"), NO_ENV,
        "command line: argument 1 is not a flag; values follow their flag directly or behind =\n");
    bad(ARGS("--", "x"), NO_ENV,
        "command line: argument 2 is not a flag; values follow their flag directly or behind =\n");
    bad(ARGS("--namespace="), NO_ENV,
        "--namespace: agent.namespace must be letters, digits and _ (no digit first), such as redis, and "
        "\"\" is "
        "not\n");
    bad(ARGS("--tls-client-cert-file=/c", "--redis.addr=rediss://a"), NO_ENV,
        "--tls-client-cert-file: targets[0].tls.cert_file needs key_file, its private key\n");
}

static void a_flag_beats_its_variable(void **state)
{
    struct run run;
    (void)state;
    const struct config *c =
        good(&run, ARGS("--namespace=flag", "--redis.addr=flag:1", "--web.listen-address=:1"),
             ENV("REDIS_EXPORTER_NAMESPACE=env", "REDIS_ADDR=env:1", "REDIS_EXPORTER_WEB_TELEMETRY_PATH=/env",
                 "REDIS_EXPORTER_WEB_LISTEN_ADDRESS=:2", "REDIS_EXPORTER_LOG_LEVEL="),
             "");
    assert_string_equal(c->namespace_, "flag");
    assert_int_equal(c->target_count, 1);
    assert_string_equal(c->targets[0].endpoint.host, "flag");
    assert_string_equal(c->telemetry_path, "/env");
    assert_int_equal(c->listen_count, 1);
    assert_int_equal(c->listen[0].port, 1);
    assert_int_equal(c->log_level, LOG_INFO_);
    run_end(&run);
}

/* ---- targets --------------------------------------------------------------------------------------- */

static void addresses_give_names(void **state)
{
    static const char *const names[] = {"blue:6379", "green:6379", "::1:7000", "run_redis_a.sock",
                                        "fe80::1_eth0:6379"};
    struct run run;
    (void)state;
    const struct config *c =
        good(&run,
             ARGS("--redis.addr=redis://u:hunter2@blue:6379", "--redis.addr", "green",
                  "--redis.addr=[::1]:7000", "--redis.addr=unix:///run/redis/a.sock",
                  "--redis.addr=[fe80::1%eth0]", "--redis.user=other", "--redis.password=hunter3"),
             NO_ENV, "");
    assert_int_equal(c->target_count, 5);
    for (unsigned i = 0; i < 5; i++)
        assert_string_equal(c->targets[i].name, names[i]);
    assert_string_equal(c->targets[0].username, "u");
    assert_string_equal(c->targets[0].password, "hunter2");
    assert_string_equal(c->targets[1].username, "other");
    assert_string_equal(c->targets[1].password, "hunter3");

    /* What it prints loads again, names with colons included. */
    struct buf printed, errors;
    buf_init(&printed, 1 << 16);
    buf_init(&errors, 1 << 16);
    conf_print(c, &printed);
    assert_false(contains(buf_view(&printed), "hunter"));
    struct config *again = conf_parse("t.yml", buf_view(&printed), &errors);
    assert_text(buf_view(&errors), "");
    assert_non_null(again);
    assert_string_equal(again->targets[4].name, names[4]);
    conf_free(again);
    buf_done(&errors);
    buf_done(&printed);
    run_end(&run);

    bad(ARGS("--redis.addr=a", "--redis.addr=redis://a:6379/1"), NO_ENV,
        "--redis.addr: two targets would be named \"a:6379\"\n");
    bad(ARGS("--redis.addr=http://u:hunter2@a", "--redis.addr=b:0"), NO_ENV,
        "--redis.addr: the scheme is not known; use redis://, rediss:// (TLS) or unix:// for a socket\n"
        "--redis.addr: the port must be a number from 1 to 65535\n");
}

static void tls_flags_are_for_tls_targets(void **state)
{
    struct run run;
    (void)state;
    const struct config *c =
        good(&run, ARGS("--redis.addr=a", "--tls-ca-cert-file=/ca", "--skip-tls-verification"), NO_ENV,
             "--tls-ca-cert-file: does nothing, because no address is rediss://\n"
             "--skip-tls-verification: does nothing, because no address is rediss://\n");
    assert_null(c->targets[0].tls.ca_file);
    run_end(&run);
    c = good(&run, ARGS("--redis.addr=a", "--redis.addr=valkeys://b", "--tls-ca-cert-file=/ca"), NO_ENV, "");
    assert_null(c->targets[0].tls.ca_file);
    assert_string_equal(c->targets[1].tls.ca_file, "/ca");
    run_end(&run);
}

/* ---- secrets --------------------------------------------------------------------------------------- */

static void passwords_in_argv_are_wiped(void **state)
{
    struct run run;
    (void)state;
    const struct config *c = good(&run,
                                  ARGS("--redis.password=hunter2", "--redis.addr=redis://user:hun@ter2@a:1/0",
                                       "-redis.password", "hunter3", "--redis.addr", "b",
                                       "--redis.addr=redis://hunter5@c", "--redis.addr", "user:hunter6@d:2"),
                                  NO_ENV, "");
    assert_string_equal(c->targets[0].password, "hun@ter2");
    assert_string_equal(c->targets[1].password, "hunter3");
    assert_string_equal(run.argv[1], "--redis.password=xxxxxxx");
    assert_string_equal(run.argv[2], "--redis.addr=redis://user:xxxxxxxx@a:1/0");
    assert_string_equal(run.argv[4], "xxxxxxx");
    assert_string_equal(run.argv[6], "b");
    assert_string_equal(run.argv[7], "--redis.addr=redis://xxxxxxx@c");
    assert_string_equal(run.argv[9], "user:xxxxxxx@d:2");
    run_end(&run);

    run_begin(&run, ARGS("--redis.addr=redis://:hunter2@a b", "--redis.password=hunter2", "--nonsense"),
              NO_ENV);
    assert_false(run.ok);
    assert_string_equal(run.argv[1], "--redis.addr=redis://:xxxxxxx@a b");
    assert_string_equal(run.argv[2], "--redis.password=xxxxxxx");
    assert_false(contains(buf_view(&run.errors), "hunter"));
    run_end(&run);
}

static void a_password_file_of_the_peer(void **state)
{
    struct temp temp;
    struct run run;
    (void)state;
    temp_init(&temp, "--redis.password-file",
              " {\"redis://blue:6379\": \"one\", \"redis://app@green:6379\": \"two\", "
              "\"redis://green:6379\": \"no\",\n"
              "  \"plain:1\": \"three\", \"redis://noscheme:2\": \"four\", \"redis://u:@given\": \"five\"}");
    const struct config *c = good(
        &run,
        ARGS(temp.flag, "--redis.addr=redis://blue:6379", "--redis.addr=redis://app@green:6379",
             "--redis.addr=plain:1", "--redis.addr=noscheme:2", "--redis.addr=redis://u:@given",
             "--redis.addr=redis://a:hunter2@own", "--redis.addr=redis://absent:1"),
        NO_ENV,
        "--redis.password-file: no password for redis://absent:1 in it; this target is asked without one\n");
    assert_string_equal(c->targets[0].password, "one");
    assert_null(c->targets[0].password_file);
    assert_string_equal(c->targets[1].password, "two");
    assert_string_equal(c->targets[2].password, "three");
    assert_string_equal(c->targets[3].password, "four");
    assert_string_equal(c->targets[4].password, "five");
    assert_string_equal(c->targets[5].password, "hunter2");
    assert_null(c->targets[6].password);
    run_end(&run);

    c = good(&run, ARGS(temp.flag, "--redis.addr=redis://green:6379", "--redis.user=app"), NO_ENV, "");
    assert_string_equal(c->targets[0].password, "two");
    run_end(&run);

    c = good(&run, ARGS(temp.flag, "--redis.addr=blue", "--redis.password=hunter2"), NO_ENV,
             "--redis.password-file: not read, because --redis.password is given\n");
    assert_string_equal(c->targets[0].password, "hunter2");
    run_end(&run);

    temp_write(&temp, "{\"redis://blue:6379\": hunter2}");
    run_begin(&run, ARGS(temp.flag), NO_ENV);
    assert_false(run.ok);
    assert_false(contains(buf_view(&run.errors), "hunter"));
    assert_true(contains(buf_view(&run.errors), "begins like a JSON object and is none from line 1"));
    run_end(&run);
    temp_done(&temp);
}

static void a_plain_password_file_is_read_at_connect(void **state)
{
    struct temp temp;
    struct run run;
    (void)state;
    temp_init(&temp, "--redis.password-file", "hunter2\n");
    const struct config *c = good(&run, ARGS(temp.flag, "--redis.addr=a", "--redis.addr=b"), NO_ENV, "");
    assert_null(c->targets[0].password);
    assert_string_equal(c->targets[0].password_file, temp.path);
    assert_string_equal(c->targets[1].password_file, temp.path);
    run_end(&run);
    temp_done(&temp);
    bad(ARGS("--redis.password-file=/nonexistent"), NO_ENV,
        "--redis.password-file: /nonexistent: cannot be opened: No such file or directory\n");
}

/* ---- with a file ----------------------------------------------------------------------------------- */

static void flags_lie_over_the_file(void **state)
{
    struct run run;
    (void)state;
    const struct config *c = good(
        &run,
        ARGS("--config", CONFIG_DIR "valid-full.yml", "--web.listen-address=:1", "--web.listen-address=:2",
             "--exclude-latency-histogram-metrics", "--config-command=-", "--log-level=WARN"),
        ENV("REDIS_EXPORTER_NAMESPACE=env", "REDIS_ADDR=elsewhere", "REDIS_PASSWORD=hunter2"),
        "REDIS_ADDR: not used, because " CONFIG_DIR "valid-full.yml names the targets\n"
        "REDIS_PASSWORD: not used, because " CONFIG_DIR "valid-full.yml names the targets\n");
    assert_string_equal(run.flags.config_path, CONFIG_DIR "valid-full.yml");
    assert_int_equal(c->listen_count, 2);
    assert_int_equal(c->listen[1].port, 2);
    assert_string_equal(c->namespace_, "env");
    assert_int_equal(c->log_level, LOG_WARN_);
    assert_int_equal(c->poll_interval_ms, 500);
    unsigned disabled = 0;
    while (c->collectors.disabled[disabled])
        disabled++;
    assert_int_equal(disabled, 3); /* slowlog and config of the file, latency_histogram of flags */
    assert_string_equal(conf_command(&c->targets[1], "CONFIG"), "");       /* the flag wins over the file, */
    assert_string_equal(conf_command(&c->targets[1], "LATENCY"), "");      /* whose others stay, */
    assert_string_equal(conf_command(&c->targets[0], "CONFIG"), "CONFIG"); /* and a target's own over both */
    run_end(&run);

    c = good(&run, ARGS("--config=" CONFIG_DIR "valid-nameless.yml", "--debug"), NO_ENV, "");
    assert_int_equal(c->log_level, LOG_DEBUG_);
    run_end(&run);
    c = good(&run, ARGS("--config=" CONFIG_DIR "valid-single-values.yml", "--config-command=-"), NO_ENV, "");
    assert_string_equal(c->collectors.disabled[0], "latency_histogram");
    assert_string_equal(conf_command(&c->targets[0], "CONFIG"), "");
    run_end(&run);
    good(&run, NO_ARGS, ENV("REDIS_BLUEGREEN_CONFIG=" CONFIG_DIR "valid-issue.yml"), "");
    assert_string_equal(run.flags.config_path, CONFIG_DIR "valid-issue.yml");
    run_end(&run);
}

static void a_file_excludes_addresses(void **state)
{
    (void)state;
    bad(ARGS("--config.file=" CONFIG_DIR "valid-issue.yml", "--redis.addr=a", "--redis.user", "u"), NO_ENV,
        "--redis.addr: cannot stand beside --config; write it into " CONFIG_DIR
        "valid-issue.yml as targets[].url\n"
        "--redis.user: cannot stand beside --config; write it into " CONFIG_DIR
        "valid-issue.yml as targets[].username\n");
    bad(ARGS("--config=/nonexistent.yml", "--debug=x"), NO_ENV,
        "--debug: must be true or false, and \"x\" is not\n"
        "/nonexistent.yml: cannot be opened: No such file or directory\n");
    bad(ARGS("--config=" CONFIG_DIR "invalid-no-targets.yml", "--max-age=2h"), NO_ENV,
        "--max-age: agent.max_age must be between 0s and 1h, and 2h is not\n" CONFIG_DIR
        "invalid-no-targets.yml:1:1: targets is missing; name at least one Redis to watch: \"- name: blue\" "
        "and "
        "\"url: redis://…\"\n");
}

static void reload_keeps_the_flags(void **state)
{
    struct temp temp;
    struct run run;
    struct buf errors, warnings;
    (void)state;
    buf_init(&errors, 1 << 16);
    buf_init(&warnings, 1 << 16);
    temp_init(&temp, "--config",
              "agent: {log_level: error, poll_interval: 2s}\ntargets: [{name: a, url: b}]");
    good(&run, ARGS(temp.flag, "--log-level=DEBUG"), NO_ENV, "");
    temp_write(&temp, "agent: {log_level: error, poll_interval: 3s}\ntargets: [{name: z, url: b}]");
    struct config *again = flags_reload(&run.flags, &errors, &warnings);
    assert_non_null(again);
    assert_int_equal(again->log_level, LOG_DEBUG_);
    assert_int_equal(again->poll_interval_ms, 3000);
    assert_string_equal(again->targets[0].name, "z");
    conf_free(again);

    temp_write(&temp, "targets: []");
    assert_null(flags_reload(&run.flags, &errors, &warnings));
    assert_true(contains(buf_view(&errors), ":1:10: targets is empty"));
    run_end(&run);
    temp_done(&temp);
    buf_clear(&errors);

    temp_init(&temp, "--redis.password-file", "{\"redis://a\": \"old\"}");
    const struct config *first = good(&run, ARGS(temp.flag, "--redis.addr=redis://a"), NO_ENV, "");
    assert_string_equal(first->targets[0].password, "old");
    temp_write(&temp, "{\"redis://a\": \"new\"}");
    again = flags_reload(&run.flags, &errors, &warnings);
    assert_text(buf_view(&errors), "");
    assert_string_equal(again->targets[0].password, "new");
    conf_free(again);
    run_end(&run);
    temp_done(&temp);
    buf_done(&errors);
    buf_done(&warnings);
}

/* ---- actions and texts ----------------------------------------------------------------------------- */

static void actions(void **state)
{
    static const struct {
        const char *flag;
        enum flags_action action;
        bool config;
    } rows[] = {
        {"--help", FLAGS_HELP, false},
        {"-h", FLAGS_HELP, false},
        {"--version", FLAGS_VERSION, false},
        {"-v", FLAGS_VERSION, false},
        {"--list-metrics", FLAGS_LIST_METRICS, false},
        {"--print-acl=6.0", FLAGS_PRINT_ACL, true},
        {"--document-config", FLAGS_DOCUMENT, false},
        {"--document-health", FLAGS_WORDS, false},
        {"--check-config", FLAGS_CHECK_CONFIG, true},
        {"--print-config", FLAGS_PRINT_CONFIG, true},
        {"--version=false", FLAGS_RUN, true},
    };
    struct run run;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        /* A bad environment does not keep anyone from reading the help. */
        run_begin(&run, ARGS(rows[i].flag), ENV(rows[i].config ? "A=1" : "REDIS_EXPORTER_DEBUG=maybe"));
        assert_true(run.ok);
        assert_int_equal(run.flags.action, rows[i].action);
        assert_int_equal(run.flags.config != NULL, rows[i].config);
        run_end(&run);
    }
    bad(ARGS("--print-acl", "seven"), NO_ENV,
        "--print-acl: must be a server and its version, such as 6.0, 7.0, valkey-8.1 or sentinel-7.0, and "
        "\"seven\" is not\n");
    run_begin(&run, ARGS("--check-config", "--redis.addr=redis://"), NO_ENV);
    assert_false(run.ok);
    run_end(&run);
}

static void help_has_every_flag_and_fits(void **state)
{
    struct buf out;
    struct str rest, line;
    (void)state;
    buf_init(&out, 1 << 16);
    flags_help(&out);
    rest = buf_view(&out);
    while (str_next(&rest, '\n', &line))
        assert_in_range(line.len, 0, 100);
    for (unsigned i = 0; i < flags_table_count; i++) {
        char name[80];
        snprintf(name, sizeof name, "\n  --%s", flags_table[i].name);
        assert_true(contains(buf_view(&out), name));
        if (flags_table[i].env)
            assert_true(contains(buf_view(&out), flags_table[i].env));
    }
    buf_done(&out);
}

static void reference_has_keys_and_flags(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 1 << 17);
    flags_document(&out);
    assert_true(contains(buf_view(&out), "## `targets[].tls`"));
    for (unsigned i = 0; i < flags_table_count; i++) {
        char cell[80];
        const char *value = flags_table[i].value;
        snprintf(cell, sizeof cell, "\n| `--%s%s%s` | ", flags_table[i].name, value ? " " : "",
                 value ? value : "");
        assert_true(contains(buf_view(&out), cell));
    }
    buf_done(&out);
}

static void done_takes_anything(void **state)
{
    struct flags none = {0};
    (void)state;
    flags_done(&none);
    flags_done(&none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_flags_of_the_peer_are_known),
        cmocka_unit_test(every_flag_does_one_thing),
        cmocka_unit_test(ignored_flags_warn_once_unless_default),
        cmocka_unit_test(flags_that_guard_the_port),
        cmocka_unit_test(half_a_protection_is_a_mistake),
        cmocka_unit_test(without_arguments_localhost_is_watched),
        cmocka_unit_test(a_full_invocation_of_the_peer),
        cmocka_unit_test(a_container_of_the_peer),
        cmocka_unit_test(debug_beats_the_level),
        cmocka_unit_test(config_may_have_another_name),
        cmocka_unit_test(switches_of_the_peer_enable_collectors),
        cmocka_unit_test(one_dash_two_dashes_equals_and_blanks),
        cmocka_unit_test(switches_take_go_words),
        cmocka_unit_test(durations_are_those_of_go_and_ours),
        cmocka_unit_test(mistakes_are_all_named),
        cmocka_unit_test(a_flag_beats_its_variable),
        cmocka_unit_test(addresses_give_names),
        cmocka_unit_test(tls_flags_are_for_tls_targets),
        cmocka_unit_test(passwords_in_argv_are_wiped),
        cmocka_unit_test(a_password_file_of_the_peer),
        cmocka_unit_test(a_plain_password_file_is_read_at_connect),
        cmocka_unit_test(flags_lie_over_the_file),
        cmocka_unit_test(a_file_excludes_addresses),
        cmocka_unit_test(reload_keeps_the_flags),
        cmocka_unit_test(actions),
        cmocka_unit_test(help_has_every_flag_and_fits),
        cmocka_unit_test(reference_has_keys_and_flags),
        cmocka_unit_test(done_takes_anything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
