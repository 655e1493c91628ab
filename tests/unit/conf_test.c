/*
 * conf: files good and bad, addresses, limits, and that secrets stay secret.
 *
 * Every fixtures/config/invalid-<reason>.yml has all its mistakes beside it in invalid-<reason>.txt; every
 * valid-*.yml must load, print itself, and load again to the same.
 */
#include "io/conf_keys.h"
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CONFIG_DIR FIXTURES_DIR "/config/"

/* ---- helpers --------------------------------------------------------------------------------------- */

static struct buf fixture(const char *name)
{
    char path[512];
    struct buf text;
    struct err err;
    snprintf(path, sizeof path, CONFIG_DIR "%s", name);
    buf_init(&text, 2 * CONF_FILE_MAX);
    if (!conf_read_text(path, &text, &err))
        fail_msg("%s: %s", path, err.text);
    return text;
}

static void assert_text(struct str actual, struct str expected, const char *what)
{
    if (!str_eq(actual, expected))
        fail_msg("%s\n--- expected\n" STR_FMT "\n--- actual\n" STR_FMT, what, STR_ARG(expected),
                 STR_ARG(actual));
}

static bool contains(struct str text, const char *part)
{
    return text.len && memmem(text.ptr, text.len, part, strlen(part));
}

/* Loads what must load. */
static struct config *load(const char *yaml)
{
    struct buf errors;
    buf_init(&errors, 1 << 20);
    struct config *config = conf_parse("t.yml", str_of(yaml), &errors);
    if (!config)
        fail_msg("not loaded: " STR_FMT, STR_ARG(buf_view(&errors)));
    assert_int_equal(errors.len, 0);
    buf_done(&errors);
    return config;
}

static void assert_errors(struct str yaml, const char *expected)
{
    struct buf errors;
    buf_init(&errors, 1 << 20);
    struct config *config = conf_parse("t.yml", yaml, &errors);
    assert_null(config);
    assert_text(buf_view(&errors), str_of(expected), "errors");
    buf_done(&errors);
}

/* Calls <check> for every fixture that begins with <prefix> and ends with ".yml"; returns how many. */
static unsigned each_fixture(const char *prefix, void (*check)(const char *name))
{
    unsigned count = 0;
    DIR *dir = opendir(CONFIG_DIR);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        struct str name = str_of(entry->d_name);
        if (!str_starts(name, str_of(prefix)) || !str_ends(name, STR(".yml")))
            continue;
        check(entry->d_name);
        count++;
    }
    closedir(dir);
    return count;
}

/* ---- fixtures -------------------------------------------------------------------------------------- */

static void check_invalid(const char *name)
{
    char text_name[300];
    snprintf(text_name, sizeof text_name, "%.*s.txt", (int)strlen(name) - 4, name);
    struct buf yaml = fixture(name), expected = fixture(text_name), errors;
    buf_init(&errors, 1 << 20);
    struct config *config = conf_parse(name, buf_view(&yaml), &errors);
    assert_null(config);
    assert_text(buf_view(&errors), buf_view(&expected), name);
    assert_false(contains(buf_view(&errors), "hunter"));
    buf_done(&errors);
    buf_done(&expected);
    buf_done(&yaml);
}

static void every_mistake_has_its_sentence(void **state)
{
    (void)state;
    assert_true(each_fixture("invalid-", check_invalid) >= 28);
}

static void check_valid(const char *name)
{
    struct buf yaml = fixture(name), errors, first, second;
    buf_init(&errors, 1 << 20);
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    struct config *config = conf_parse(name, buf_view(&yaml), &errors);
    assert_text(buf_view(&errors), STR(""), name);
    assert_non_null(config);
    conf_print(config, &first);
    assert_false(contains(buf_view(&first), "hunter"));

    struct config *again = conf_parse(name, buf_view(&first), &errors);
    assert_text(buf_view(&errors), STR(""), name);
    assert_non_null(again);
    conf_print(again, &second);
    assert_text(buf_view(&second), buf_view(&first), name);
    conf_free(again);
    conf_free(config);
    buf_done(&second);
    buf_done(&first);
    buf_done(&errors);
    buf_done(&yaml);
}

static void good_files_make_the_round_trip(void **state)
{
    (void)state;
    assert_true(each_fixture("valid-", check_valid) >= 6);
}

static void print_shows_everything_but_secrets(void **state)
{
    (void)state;
    struct buf yaml = fixture("valid-full.yml"), expected = fixture("valid-full.print.txt"), printed;
    struct config *config = load(yaml.ptr ? (buf_char(&yaml, '\0'), yaml.ptr) : "");
    buf_init(&printed, 1 << 20);
    conf_print(config, &printed);
    assert_text(buf_view(&printed), buf_view(&expected), "valid-full.print.txt");
    assert_false(contains(buf_view(&printed), "pass word"));
    conf_free(config);
    buf_done(&printed);
    buf_done(&expected);
    buf_done(&yaml);
}

static void values_arrive(void **state)
{
    (void)state;
    struct buf yaml = fixture("valid-full.yml");
    buf_char(&yaml, '\0');
    struct config *c = load(yaml.ptr);
    buf_done(&yaml);

    assert_string_equal(c->path, "t.yml");
    assert_int_equal(c->listen_count, 3);
    assert_string_equal(c->listen[1].host, "::1");
    assert_int_equal(c->listen[1].port, 9121);
    assert_string_equal(c->listen[1].text, "[::1]:9121");
    assert_int_equal(c->poll_interval_ms, 500);
    assert_int_equal(c->max_age_ms, 0);
    assert_int_equal(c->backoff_max_ms, 90000);
    assert_int_equal(c->log_level, LOG_DEBUG_);
    assert_int_equal(c->log_format, LOG_JSON);
    assert_false(c->set_client_name);
    assert_false(c->empty_databases);
    assert_true(c->redis_only_metrics);
    assert_string_equal(c->collectors.disabled[0], "slowlog");
    assert_string_equal(c->collectors.disabled[1], "config");
    assert_null(c->collectors.disabled[2]);
    assert_string_equal(c->collectors.enabled[0], "config_all");
    assert_null(c->collectors.enabled[1]);
    assert_string_equal(conf_command(&c->targets[1], "CONFIG"), "abc123");
    assert_string_equal(conf_command(&c->targets[1], "LATENCY"), "");
    assert_string_equal(conf_command(&c->targets[1], "INFO"), "INFO");
    assert_string_equal(conf_command(&c->targets[0], "CONFIG"), "CONFIG"); /* its own, empty list */
    assert_string_equal(c->namespace_, "valkey");

    assert_int_equal(c->target_count, 5);
    const struct conf_target *blue = &c->targets[0], *green = &c->targets[1];
    assert_string_equal(blue->password, "pass word # \"quoted\" \\ \303\251");
    assert_int_equal(blue->poll_interval_ms, 2000);
    assert_int_equal(blue->timeout_ms, 1000);
    assert_null(blue->tls.ca_file);
    assert_int_equal(green->poll_interval_ms, 500);
    assert_int_equal(green->timeout_ms, 1500);
    assert_int_equal(green->endpoint.kind, ENDPOINT_TLS);
    assert_string_equal(green->endpoint.host, "2001:db8::1");
    assert_int_equal(green->endpoint.port, 6380);
    assert_string_equal(green->tls.cert_file, "/etc/ssl/client 'a'.pem");
    assert_true(green->tls.skip_verify);
    assert_null(green->password);
    assert_int_equal(c->targets[2].endpoint.kind, ENDPOINT_UNIX);
    assert_string_equal(c->targets[3].username, "user");
    assert_string_equal(c->targets[3].password, "hunter2");
    assert_string_equal(c->targets[3].url, "valkey://[::1]");

    assert_int_equal(c->pair_count, 2);
    assert_int_equal(c->pairs[1].blue, 1);
    assert_int_equal(c->pairs[1].green, 2);
    conf_free(c);
}

static void defaults_are_those_of_the_contract(void **state)
{
    (void)state;
    struct config *c = load("targets: [{name: a, url: b}]");
    assert_int_equal(c->listen_count, 1);
    assert_string_equal(c->listen[0].host, "");
    assert_int_equal(c->listen[0].port, 9121);
    assert_int_equal(c->poll_interval_ms, 1000);
    assert_int_equal(c->max_age_ms, 1000);
    assert_int_equal(c->timeout_ms, 2000);
    assert_int_equal(c->backoff_max_ms, 5000);
    assert_int_equal(c->stale_after_ms, 10000);
    assert_string_equal(c->telemetry_path, "/metrics");
    assert_string_equal(c->namespace_, "redis");
    assert_int_equal(c->http_connections_max, 512);
    assert_int_equal(c->http_idle_timeout_ms, 60000);
    assert_int_equal(c->http_header_timeout_ms, 5000);
    assert_int_equal(c->log_level, LOG_INFO_);
    assert_int_equal(c->log_format, LOG_LOGFMT);
    assert_true(c->set_client_name);
    assert_true(c->empty_databases);
    assert_false(c->redis_only_metrics);
    assert_non_null(c->collectors.disabled);
    assert_null(c->collectors.disabled[0]);
    assert_non_null(c->collectors.enabled);
    assert_null(c->collectors.enabled[0]);
    assert_int_equal(c->targets[0].poll_interval_ms, 1000);
    assert_int_equal(c->targets[0].timeout_ms, 2000);
    assert_null(c->targets[0].username);
    assert_null(c->pairs);
    conf_free(c);
}

/* ---- addresses ------------------------------------------------------------------------------------- */

static void urls_are_taken_apart(void **state)
{
    static const struct {
        const char *url;
        enum endpoint_kind kind;
        const char *host;
        unsigned port;
        const char *user, *password, *clean;
    } rows[] = {
        {"redis://u:p@h:1/0", ENDPOINT_TCP, "h", 1, "u", "p", "redis://h:1/0"},
        {"unix:///s", ENDPOINT_UNIX, "/s", 0, NULL, NULL, "unix:///s"},
        {"unix:///run//a%20b/redis@2.sock", ENDPOINT_UNIX, "/run//a%20b/redis@2.sock", 0, NULL, NULL,
         "unix:///run//a%20b/redis@2.sock"},
        {"h", ENDPOINT_TCP, "h", 6379, NULL, NULL, "h"},
        {"h:1", ENDPOINT_TCP, "h", 1, NULL, NULL, "h:1"},
        {"[::1]:6379", ENDPOINT_TCP, "::1", 6379, NULL, NULL, "[::1]:6379"},
        {"[fe80::1%eth0]", ENDPOINT_TCP, "fe80::1%eth0", 6379, NULL, NULL, "[fe80::1%eth0]"},
        {"rediss://[::1]", ENDPOINT_TLS, "::1", 6379, NULL, NULL, "rediss://[::1]"},
        {"valkey://h/", ENDPOINT_TCP, "h", 6379, NULL, NULL, "valkey://h/"},
        {"VALKEYS://h/15", ENDPOINT_TLS, "h", 6379, NULL, NULL, "VALKEYS://h/15"},
        {"redis://:p@h", ENDPOINT_TCP, "h", 6379, NULL, "p", "redis://h"},
        {"redis://u@h", ENDPOINT_TCP, "h", 6379, "u", NULL, "redis://h"},
        {"redis://u:@h", ENDPOINT_TCP, "h", 6379, "u", NULL, "redis://h"},
        {"redis://:@h", ENDPOINT_TCP, "h", 6379, NULL, NULL, "redis://h"},
        {"redis://a%40b:%2f%3A%25@h:2", ENDPOINT_TCP, "h", 2, "a@b", "/:%", "redis://h:2"},
        {"redis://u:p:q@w@h:2", ENDPOINT_TCP, "h", 2, "u", "p:q@w", "redis://h:2"},
        {"u:p@h:2", ENDPOINT_TCP, "h", 2, "u", "p", "h:2"},
        {":6380", ENDPOINT_TCP, "localhost", 6380, NULL, NULL, ":6380"},
        {"redis_1.my-net", ENDPOINT_TCP, "redis_1.my-net", 6379, NULL, NULL, "redis_1.my-net"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena;
        struct endpoint endpoint;
        const char *user, *password, *clean;
        struct err err;
        arena_init(&arena, 0, 1 << 16);
        if (!conf_parse_url(str_of(rows[i].url), &arena, &endpoint, &user, &password, &clean, &err))
            fail_msg("%s: %s", rows[i].url, err.text);
        assert_int_equal(endpoint.kind, rows[i].kind);
        assert_string_equal(endpoint.host, rows[i].host);
        assert_int_equal(endpoint.port, rows[i].port);
        assert_text(str_of(user), str_of(rows[i].user), rows[i].url);
        assert_text(str_of(password), str_of(rows[i].password), rows[i].url);
        assert_int_equal(user == NULL, rows[i].user == NULL);
        assert_int_equal(password == NULL, rows[i].password == NULL);
        assert_string_equal(clean, rows[i].clean);
        arena_done(&arena);
    }
}

static void bad_urls_leave_outputs_alone_and_tell_nothing(void **state)
{
    static const char *const urls[] = {
        "",
        "redis://",
        "hunter2://h",
        "redis://:hunter2",
        "redis://:hun/ter2@h",
        "redis://:hun?ter2@h",
        "redis://u:hunter2%2@h",
        "redis://u:hunter2@h:hunter2",
        "redis://u:hunter2@h:1/hunter2",
        "redis://u:hunter2@[hunter2]",
        "redis://u:hunter2@a b",
        "redis://[::1",
        "redis://[]",
        "redis://[fe80::1%\"]",
        "redis://a:-1",
        "redis://a:01",
        "redis://a:1/-1",
        "unix://",
        "unix://u:hunter2@/s",
        "redis:///0",
        "h\001",
        "redis://u%97:hunter2@h",
        "unix:///\377",
    };
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct arena arena;
        struct endpoint endpoint = {.port = 7};
        const char *user = "before", *password = "before", *clean = "before";
        struct err err = {0};
        arena_init(&arena, 0, 1 << 16);
        if (conf_parse_url(str_of(urls[i]), &arena, &endpoint, &user, &password, &clean, &err))
            fail_msg("\"%s\" was taken", urls[i]);
        assert_int_equal(endpoint.port, 7);
        assert_string_equal(user, "before");
        assert_string_equal(password, "before");
        assert_string_equal(clean, "before");
        assert_true(strlen(err.text) > 10);
        assert_null(strstr(err.text, "hun"));
        arena_done(&arena);
    }
}

static void listen_addresses(void **state)
{
    static const struct {
        const char *text, *host;
        int port; /* -1: refused */
    } rows[] = {
        {"127.0.0.1:9121", "127.0.0.1", 9121},
        {":9121", "", 9121},
        {"[::1]:9121", "::1", 9121},
        {"9121", "", 9121},
        {":0", "", 0},
        {"localhost:80", "localhost", 80},
        {"", NULL, -1},
        {":", NULL, -1},
        {"::1", NULL, -1},
        {"65536", NULL, -1},
        {"[::1]", NULL, -1},
        {"host", NULL, -1},
        {"[x]:1", NULL, -1},
        {"a/b:1", NULL, -1},
        {"[::1]:", NULL, -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct arena arena;
        struct conf_listen listen;
        struct err err;
        arena_init(&arena, 0, 1 << 16);
        bool ok = conf_parse_listen(str_of(rows[i].text), &arena, &listen, &err);
        if (ok != (rows[i].port >= 0))
            fail_msg("\"%s\": %s", rows[i].text, ok ? "was taken" : err.text);
        if (ok) {
            assert_string_equal(listen.host, rows[i].host);
            assert_int_equal(listen.port, rows[i].port);
            assert_string_equal(listen.text, rows[i].text);
        }
        arena_done(&arena);
    }
}

/* ---- limits ---------------------------------------------------------------------------------------- */

static struct buf many(const char *head, const char *line, unsigned count)
{
    struct buf text;
    buf_init(&text, 4 * CONF_FILE_MAX);
    buf_text(&text, head);
    for (unsigned i = 0; i < count; i++)
        buf_fmt(&text, line, i, i);
    return text;
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    struct buf text = many("# ", "%u %u 1234567890123456789012345678901234567890", 30000);
    assert_errors(buf_view(&text), "t.yml: larger than 1048576 bytes; no configuration is that large\n");
    buf_done(&text);

    text = many("targets: [", "a,", 100000);
    buf_text(&text, "]");
    assert_errors(buf_view(&text),
                  "t.yml:1:200005: more than 100000 values; no configuration is that large\n");
    buf_done(&text);

    text = many("targets:\n", "- {name: t%u, url: h%u}\n", 8193);
    assert_errors(buf_view(&text), "t.yml:2:1: targets must have at most 8192 items, and has 8193\n");
    buf_done(&text);

    text = many("agent:\n  listen:\n", "  - :%u\n", 17);
    buf_text(&text, "targets: [{name: a, url: b}]");
    assert_errors(buf_view(&text), "t.yml:3:3: agent.listen must have 1 to 16 addresses, and has 17\n");
    buf_done(&text);
}

static void a_thousand_targets_are_fine(void **state)
{
    (void)state;
    struct buf text = many("targets:\n", "- {name: t%u, url: h%u}\n", 8192);
    buf_text(&text, "pairs:\n");
    for (unsigned i = 0; i < 4096; i++)
        buf_fmt(&text, "- {name: p%u, blue: t%u, green: t%u}\n", i, i, i + 4096);
    buf_char(&text, '\0');
    struct config *config = load(text.ptr);
    assert_int_equal(config->target_count, 8192);
    assert_int_equal(config->pairs[4095].green, 8191);
    conf_free(config);
    buf_done(&text);
}

static void mistakes_beyond_reading_are_counted(void **state)
{
    (void)state;
    struct buf text = many("targets: [{name: a, url: b}]\nagent:\n", "  zz%u: %u\n", 250), errors;
    unsigned lines = 0;
    buf_init(&errors, 1 << 20);
    assert_null(conf_parse("t.yml", buf_view(&text), &errors));
    for (size_t i = 0; i < errors.len; i++)
        lines += errors.ptr[i] == '\n';
    assert_int_equal(lines, 201);
    assert_true(str_ends(buf_view(&errors), STR("t.yml: 50 more mistakes are not shown\n")));
    buf_done(&errors);
    buf_done(&text);
}

static void duplicates_in_a_large_mapping(void **state)
{
    (void)state;
    struct buf text = many("", "k%u: %u\n", 40000), errors;
    buf_text(&text, "k7: 1\n");
    buf_init(&errors, 1 << 20);
    assert_null(conf_parse("t.yml", buf_view(&text), &errors));
    assert_true(contains(buf_view(&errors), "more mistakes are not shown"));
    assert_true(contains(buf_view(&errors), "t.yml:40001:1: k7 stands in line 8 already"));
    buf_done(&errors);
    buf_done(&text);
}

static void long_words_are_cut_in_messages(void **state)
{
    (void)state;
    assert_errors(STR("targets: [{name: a, url: b}]\nagent: {timeout: "
                      "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                      "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                      "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                      "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244}"),
                  "t.yml:2:18: agent.timeout must be a duration such as 500ms, 2s or 1m30s, and \""
                  "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                  "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                  "\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244\303\244"
                  "\303\244\303\244\303\244\303\244...\" is not\n");
}

static void print_fails_whole(void **state)
{
    (void)state;
    struct config *config = load("targets: [{name: a, url: b}]");
    struct buf out;
    buf_init(&out, 40);
    conf_print(config, &out);
    assert_false(buf_ok(&out));
    assert_int_equal(out.len, 0);
    buf_done(&out);
    conf_free(config);
}

/* ---- files ----------------------------------------------------------------------------------------- */

static void load_reads_files(void **state)
{
    (void)state;
    struct buf errors;
    buf_init(&errors, 1 << 16);
    struct config *config = conf_load(CONFIG_DIR "valid-issue.yml", &errors);
    assert_non_null(config);
    assert_int_equal(config->target_count, 2);
    assert_int_equal(config->pairs[0].green, 1);
    assert_string_equal(config->path, CONFIG_DIR "valid-issue.yml");
    conf_free(config);
    assert_int_equal(errors.len, 0);

    assert_null(conf_load("/nonexistent/a.yml", &errors));
    assert_text(buf_view(&errors), STR("/nonexistent/a.yml: cannot be opened: No such file or directory\n"),
                "");
    buf_clear(&errors);
    assert_null(conf_load("/", &errors));
    assert_text(buf_view(&errors), STR("/: cannot be read: Is a directory\n"), "");
    buf_done(&errors);
    conf_free(NULL);
}

/* ---- collectors, reload, reference ------------------------------------------------------------------ */

static void unknown_collectors_get_the_list(void **state)
{
    (void)state;
    struct buf errors;
    buf_init(&errors, 1 << 16);
    assert_null(conf_parse("t.yml",
                           STR("agent: {disable_collectors: [everything_else]}\n"
                               "targets: [{name: a, url: b}]"),
                           &errors));
    assert_true(contains(buf_view(&errors), "t.yml:1:30: agent.disable_collectors: no collector is named "
                                            "\"everything_else\"; there are "));
    assert_true(contains(buf_view(&errors), "latency_histogram"));
    assert_false(contains(buf_view(&errors), "keyspace"));
    buf_done(&errors);
}

static void collectors_named_twice_count_once(void **state)
{
    (void)state;
    struct config *c = load("agent: {disable_collectors: [slowlog, slowlog]}\ntargets: [{name: a, url: b}]");
    assert_string_equal(c->collectors.disabled[0], "slowlog");
    assert_null(c->collectors.disabled[1]);
    conf_free(c);
}

static void reload_knows_what_it_cannot_change(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 16);
    struct config *a = load("targets: [{name: a, url: b}]");
    struct config *same = load("agent: {listen: [\":9121\"], poll_interval: 2s, log_level: warn}\n"
                               "targets: [{name: z, url: y}]");
    struct config *other =
        load("agent: {listen: [\":9121\", \":9122\"], namespace: x, http_connections_max: 9}\n"
             "targets: [{name: a, url: b}]");
    struct config *port = load("agent: {listen: \":9122\"}\ntargets: [{name: a, url: b}]");
    conf_unreloadable(a, same, &out);
    assert_int_equal(out.len, 0);
    conf_unreloadable(a, other, &out);
    assert_text(buf_view(&out), STR("agent.listen, agent.http_connections_max"), "");
    buf_clear(&out);
    conf_unreloadable(a, port, &out);
    assert_text(buf_view(&out), STR("agent.listen"), "");
    conf_free(a);
    conf_free(same);
    conf_free(other);
    conf_free(port);
    buf_done(&out);
}

static void reference_has_every_key(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 1 << 20);
    conf_document(&out);
    assert_true(buf_ok(&out));
    for (unsigned i = 0; i < conf_keys_count; i++) {
        char cell[128];
        const char *dot = strrchr(conf_keys[i].path, '.');
        snprintf(cell, sizeof cell, "\n| `%s` | ", dot + 1);
        assert_true(contains(buf_view(&out), cell));
        assert_false(strchr(conf_keys[i].help, '|') || str_ends(str_of(conf_keys[i].help), STR(".")));
    }
    buf_done(&out);
}

/* A default must obey the bounds it stands beside, and a path must lead back to its row. */
static void the_table_is_sound(void **state)
{
    (void)state;
    for (unsigned i = 0; i < conf_keys_count; i++) {
        const struct conf_key *key = &conf_keys[i];
        assert_ptr_equal(conf_key_find(str_of(key->path)), key);
        assert_false(key->flags & CONF_REQUIRED && key->fallback);
        if (key->flags & CONF_INHERITS) {
            const struct conf_key *from = conf_key_find(str_of(key->fallback));
            assert_non_null(from);
            assert_int_equal(from->type, key->type);
            assert_true(key->min > 0);
        }
    }
}

static void durations_read_back(void **state)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } rows[] = {{0, "0s"},     {1, "1ms"},      {999, "999ms"},  {1000, "1s"},        {1500, "1500ms"},
                {60000, "1m"}, {61000, "1m1s"}, {3600000, "1h"}, {3661000, "1h1m1s"}, {86400000, "24h"}};
    char text[CONF_DURATION_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_string_equal(conf_duration_text(rows[i].ms, text), rows[i].text);
}

static void texts_survive_yaml(void **state)
{
    static const char *const texts[] = {
        "plain",
        "null",
        "~",
        "with space",
        " lead",
        "trail ",
        "a: b",
        "a #b",
        "- a",
        "'q'",
        "\"d\"",
        "back\\slash",
        "tab\there",
        "line\nbreak",
        "\303\244\342\202\254\360\237\230\200",
        "\302\205\342\200\250\357\273\277",
        "a:",
        "/p/q",
        "123",
        "true",
        "%x",
        "@x",
        "*x",
        "&x",
        "!x",
        "{x}",
        "[x]",
        "|",
        ">",
        "?",
        "x\177y",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct buf yaml;
        buf_init(&yaml, 1 << 12);
        buf_text(&yaml, "targets: [{name: a, url: b, username: ");
        assert_true(conf_text_ok(str_of(texts[i])));
        conf_text_print(str_of(texts[i]), &yaml);
        buf_text(&yaml, "}]");
        buf_char(&yaml, '\0');
        struct config *config = load(yaml.ptr);
        assert_string_equal(config->targets[0].username, texts[i]);
        conf_free(config);
        buf_done(&yaml);
    }
    assert_false(conf_text_ok(STR("a\0b")));
    assert_false(conf_text_ok(STR("\377")));
    assert_false(conf_text_ok(STR("\300\200")));
    assert_false(conf_text_ok(STR("\355\240\200")));
    assert_false(conf_text_ok(STR("\342\202")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mistake_has_its_sentence),
        cmocka_unit_test(good_files_make_the_round_trip),
        cmocka_unit_test(print_shows_everything_but_secrets),
        cmocka_unit_test(values_arrive),
        cmocka_unit_test(defaults_are_those_of_the_contract),
        cmocka_unit_test(urls_are_taken_apart),
        cmocka_unit_test(bad_urls_leave_outputs_alone_and_tell_nothing),
        cmocka_unit_test(listen_addresses),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(a_thousand_targets_are_fine),
        cmocka_unit_test(mistakes_beyond_reading_are_counted),
        cmocka_unit_test(duplicates_in_a_large_mapping),
        cmocka_unit_test(long_words_are_cut_in_messages),
        cmocka_unit_test(print_fails_whole),
        cmocka_unit_test(load_reads_files),
        cmocka_unit_test(unknown_collectors_get_the_list),
        cmocka_unit_test(collectors_named_twice_count_once),
        cmocka_unit_test(reload_knows_what_it_cannot_change),
        cmocka_unit_test(reference_has_every_key),
        cmocka_unit_test(the_table_is_sound),
        cmocka_unit_test(durations_read_back),
        cmocka_unit_test(texts_survive_yaml),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
