/*
 * web: the real agent behind HTTPS, passwords and limits, asked by real TLS clients and a real Prometheus:
 * who has to be let in is, who has not is not, and neither guessing nor renewing stops anybody else.
 */
#include "support/agent.h"
#include "support/certs.h"
#include "support/https.h"
#include "support/prometheus.h"
#include "support/redis.h"
#include <openssl/tls1.h>
#include <string.h>
#include <unistd.h>

/* of "hunter2", at cost 10 */
#define HASH      "$2b$10$3J30.H7TilikKscWceC4Z.ZPQOT9rTE/AWTaziwFdQdHbxdyMjbdS"
#define TARGET    "{name: blue, url: \"redis://127.0.0.1:1\"}"
#define GOOD_AUTH "Authorization: Basic cHJvbTpodW50ZXIy\r\n" /* prom:hunter2 */
#define BAD_AUTH  "Authorization: Basic cHJvbTpodW50ZXIz\r\n" /* prom:hunter3 */

static const char *dir; /* of the certificates */

static int make_certificates(void **state)
{
    (void)state;
    dir = test_dir();
    certs_authority(dir, "ours");
    certs_authority(dir, "theirs");
    certs_issue(dir, "server", "ours", "DNS:localhost,IP:127.0.0.1");
    certs_issue(dir, "prometheus", "ours", "DNS:prometheus.example,IP:10.0.0.9");
    certs_issue(dir, "other", "ours", "DNS:other.example");
    certs_issue(dir, "stranger", "theirs", "DNS:prometheus.example");
    return 0;
}

static const char *pem(const char *name)
{
    return certs_file(dir, name, "pem");
}

static const char *key(const char *name)
{
    return certs_file(dir, name, "key");
}

static struct agent *run_with(const char *web_path, const char *keys)
{
    return agent_run(test_text("web_config_file: \"%s\"%s%s", web_path, *keys ? ", " : "", keys), TARGET);
}

/* The agent's number <name>, asked with the password, in plain HTTP or not. */
static double number(const struct agent *agent, const struct https_files *files, const char *name)
{
    struct http_answer answer = {.status = 0};
    if (files) {
        struct https *https = https_connect(agent->port, files);
        assert_non_null(https);
        answer = https_ask(https, "/metrics", GOOD_AUTH);
        https_close(https);
    } else {
        answer = http_ask(agent->port, "GET", "/metrics", GOOD_AUTH);
    }
    assert_int_equal(answer.status, 200);
    return metric(answer.body, "%s", name);
}

/* ---- users ------------------------------------------------------------------------------------------ */

static void only_who_knows_the_password_is_let_in(void **state)
{
    static const char *const paths[] = {"/",       "/metrics", "/health", "/health/live", "/health/blue",
                                        "/nowhere"};
    static const char *const wrong[] = {"",
                                        BAD_AUTH,
                                        "Authorization: Basic Z3Vlc3Q6aHVudGVyMg==\r\n", /* guest:hunter2 */
                                        "Authorization: Basic cHJvbTo=\r\n",             /* prom: */
                                        "Authorization: Basic cHJvbTpodW50ZXIyAG1vcmU=\r\n", /* …\0more */
                                        "Authorization: Basic !!!\r\n",
                                        "Authorization: Basic cHJvbTpodW50ZXI\r\n",
                                        "Authorization: Basic\r\n",
                                        "Authorization: Bearer cHJvbTpodW50ZXIy\r\n"};
    struct agent *agent = run_with(test_file("web.yml",
                                             "basic_auth_users: {prom: \"%s\"}\n"
                                             "http_server_config: {headers: {X-Frame-Options: deny}}\n",
                                             HASH),
                                   "");
    (void)state;
    for (size_t p = 0; p < sizeof paths / sizeof *paths; p++) {
        for (size_t w = 0; w < sizeof wrong / sizeof *wrong; w++) {
            struct http_answer answer = http_ask(agent->port, "GET", paths[p], wrong[w]);
            assert_int_equal(answer.status, 401);
            assert_string_equal(http_header(&answer, "WWW-Authenticate"),
                                "Basic realm=\"redis-bluegreen\", charset=\"UTF-8\"");
            assert_string_equal(http_header(&answer, "X-Frame-Options"), "deny");
        }
        assert_int_not_equal(http_ask(agent->port, "GET", paths[p], GOOD_AUTH).status, 401);
    }
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", "").status, 401);
    assert_int_equal(http_ask(agent->port, "POST", "/-/reload", GOOD_AUTH).status, 200);
    assert_true(number(agent, NULL, "bluegreen_http_password_checks_total") <= 5);
    assert_true(number(agent, NULL, "bluegreen_http_unauthorized_total") >= 55);
    assert_lacks(agent_log(agent), "hunter");
    agent_stop(agent);
}

static void health_may_stay_open(void **state)
{
    const char *web = test_file("web.yml", "basic_auth_users: {prom: \"%s\"}\n", HASH);
    struct agent *agent = run_with(web, "health_without_auth: true");
    (void)state;
    assert_int_equal(agent_get(agent, "/health/live").status, 200);
    assert_int_equal(agent_get(agent, "/-/healthy").status, 200);
    WAIT_UNTIL(agent_get(agent, "/health/blue").status == 503, SOON_MS);
    assert_int_equal(agent_get(agent, "/metrics").status, 401);
    assert_int_equal(agent_get(agent, "/healthy").status, 401);
    assert_int_equal(agent_get(agent, "/health/../metrics").status, 404);
    agent_stop(agent);
}

/* 200 guesses at once: who is known goes on at once, and so does a name that has to be resolved. */
static void a_flood_of_guesses_holds_up_nobody(void **state)
{
    enum { GUESSES = 200 };
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    const char *web = test_file("web.yml", "basic_auth_users: {prom: \"%s\"}\n", HASH);
    struct agent *agent = agent_run(test_text("web_config_file: \"%s\", poll_interval: 100ms", web),
                                    "{name: blue, url: \"redis://localhost:%u\"}", redis->port);
    int fds[GUESSES];
    unsigned refused = 0, busy = 0;
    double slowest = 0;
    (void)state;
    assert_int_equal(http_ask(agent->port, "GET", "/health/live", GOOD_AUTH).status, 200);
    for (int i = 0; i < GUESSES; i++) {
        char guess[16], text[32];
        snprintf(guess, sizeof guess, "%03d", i);
        /* base64 of "prom:guess000" and so on: three bytes of digits are four letters, made by hand. */
        static const char table[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        unsigned bits = (unsigned)guess[0] << 16 | (unsigned)guess[1] << 8 | (unsigned)guess[2];
        snprintf(text, sizeof text, "cHJvbTpndWVz%c%c%c%c", table[bits >> 18], table[bits >> 12 & 63],
                 table[bits >> 6 & 63], table[bits & 63]);
        const char *request =
            test_text("GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic %s\r\n\r\n", text);
        fds[i] = http_connect(agent->port);
        assert_true(http_send(fds[i], request, strlen(request), SOON_MS));
    }
    for (int i = 0; i < 20; i++) {
        struct http_answer answer = http_ask(agent->port, "GET", "/health/live", GOOD_AUTH);
        assert_int_equal(answer.status, 200);
        slowest = answer.seconds > slowest ? answer.seconds : slowest;
        if (i == 5) { /* a new connection resolves "localhost" in the pool that checks passwords */
            redis_ask(redis, "CLIENT KILL TYPE normal SKIPME yes");
        }
    }
    for (int i = 0; i < GUESSES; i++) {
        struct http_answer answer = http_receive(fds[i], false, SOON_MS);
        refused += answer.status == 401;
        busy += answer.status == 429;
    }
    assert_int_equal(refused + busy, GUESSES);
    assert_true(busy > 100 && refused >= 16);
    assert_true(slowest < 1);
    print_message("flood: %u refused, %u told to come again, slowest health answer %.3f s\n", refused, busy,
                  slowest);
    struct http_answer after = http_ask(agent->port, "GET", "/metrics", GOOD_AUTH);
    assert_true(metric(after.body, "bluegreen_event_loop_lag_seconds") < 1);
    assert_true(metric(after.body, "redis_up{target=\"blue\"}") == 1);
    agent_stop(agent);
}

static void the_peers_flags(void **state)
{
    struct agent *agent = agent_new();
    char *errors;
    (void)state;
    agent_start_with(agent, AGENT_ARGS("--redis.addr", "redis://127.0.0.1:1", "--basic-auth-username=prom"),
                     (const char *const[]){"REDIS_EXPORTER_BASIC_AUTH_PASSWORD=hunter2", NULL});
    assert_int_equal(http_ask(agent->port, "GET", "/metrics", "").status, 401);
    assert_int_equal(http_ask(agent->port, "GET", "/metrics", BAD_AUTH).status, 401);
    assert_int_equal(http_ask(agent->port, "GET", "/metrics", GOOD_AUTH).status, 200);
    agent_stop(agent);

    agent = agent_new();
    agent_start_with(agent,
                     AGENT_ARGS("--redis.addr", "redis://127.0.0.1:1", "--basic-auth-username=prom",
                                "--basic-auth-hash-password=" HASH, "--tls-server-cert-file", pem("server"),
                                "--tls-server-key-file", key("server"), "--tls-server-ca-cert-file",
                                pem("ours"), "--tls-server-min-version=TLS1.3"),
                     NULL);
    struct https_files client = {pem("ours"), pem("prometheus"), key("prometheus"), 0};
    assert_true(number(agent, &client, "bluegreen_web_config_last_reload_successful") == 1);
    client.max_version = TLS1_2_VERSION; /* redis_exporter forgets the version once it has a client CA */
    assert_null(https_connect(agent->port, &client));
    agent_stop(agent);

    assert_int_equal(proc_run(AGENT_ARGS(AGENT_PROGRAM, "--basic-auth-username=prom"), NULL, NULL, &errors),
                     2);
    assert_contains(errors, "agent.basic_auth_username needs basic_auth_password");
}

/* ---- certificates ----------------------------------------------------------------------------------- */

static const char *web_with_tls(const char *more)
{
    return test_text("tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n%s", more);
}

static bool can_ask(const struct agent *agent, const char *ca, const char *client)
{
    struct https_files files = {ca, client ? pem(client) : NULL, client ? key(client) : NULL, 0};
    struct https *https = https_connect(agent->port, &files);
    bool ok = https && https_ask(https, "/health/live", "").status == 200;
    if (https)
        https_close(https);
    return ok;
}

static void clients_prove_who_they_are(void **state)
{
    const char *web = certs_file(dir, "mutual", "yml");
    struct https_files good = {pem("ours"), pem("prometheus"), key("prometheus"), 0};
    (void)state;
    test_write(web, web_with_tls("  client_ca_file: ours.pem\n"
                                 "  client_auth_type: RequireAndVerifyClientCert\n"));
    struct agent *agent = run_with(web, "");
    assert_false(can_ask(agent, pem("ours"), NULL));
    assert_false(can_ask(agent, pem("ours"), "stranger"));
    assert_true(can_ask(agent, pem("ours"), "prometheus"));
    assert_true(can_ask(agent, pem("ours"), "other"));
    assert_false(can_ask(agent, pem("theirs"), "prometheus")); /* the client's own doubt */
    WAIT_UNTIL(number(agent, &good, "bluegreen_http_tls_failed_total") >= 2, SOON_MS);

    test_write(web, web_with_tls("  client_ca_file: ours.pem\n"
                                 "  client_auth_type: RequireAndVerifyClientCert\n"
                                 "  client_allowed_sans: [10.0.0.9]\n"));
    WAIT_UNTIL(!can_ask(agent, pem("ours"), "other"), SOON_MS);
    assert_true(can_ask(agent, pem("ours"), "prometheus"));
    assert_false(can_ask(agent, pem("ours"), "stranger"));

    test_write(web,
               web_with_tls("  client_ca_file: ours.pem\n  client_auth_type: VerifyClientCertIfGiven\n"));
    WAIT_UNTIL(can_ask(agent, pem("ours"), NULL), SOON_MS);
    assert_false(can_ask(agent, pem("ours"), "stranger"));

    test_write(web, web_with_tls("  client_auth_type: RequireAnyClientCert\n"));
    WAIT_UNTIL(can_ask(agent, pem("ours"), "stranger"), SOON_MS);
    assert_false(can_ask(agent, pem("ours"), NULL));
    agent_stop(agent);
}

static void a_renewed_certificate_is_used(void **state)
{
    const char *web = certs_file(dir, "renewed", "yml");
    struct https_files files = {pem("ours"), NULL, NULL, 0};
    (void)state;
    test_write(web, web_with_tls("basic_auth_users: {prom: \"" HASH "\"}\n"));
    struct agent *agent = run_with(web, "health_without_auth: true");
    struct https *kept = https_connect(agent->port, &files);
    assert_non_null(kept);
    const char *before = https_serial(kept);
    assert_int_equal(https_ask(kept, "/metrics", GOOD_AUTH).status, 200);

    certs_issue(dir, "server", "ours", "DNS:localhost,IP:127.0.0.1");
    struct https *fresh = NULL;
    WAIT_UNTIL((fresh = https_connect(agent->port, &files)) && strcmp(https_serial(fresh), before) != 0,
               SOON_MS);
    assert_int_equal(https_ask(fresh, "/metrics", GOOD_AUTH).status, 200);
    assert_int_equal(https_ask(kept, "/metrics", GOOD_AUTH).status, 200); /* the old connection lives on */

    const char *newer = https_serial(fresh);
    test_write(pem("server"), "no certificate\n"); /* a broken one changes nothing but a number and the log */
    WAIT_UNTIL(number(agent, &files, "bluegreen_web_config_last_reload_successful") == 0, SOON_MS);
    fresh = https_connect(agent->port, &files);
    assert_string_equal(https_serial(fresh), newer);
    assert_contains(agent_log(agent), "cannot use the certificate");
    assert_int_equal(test_occurrences(agent_log(agent), "was not read anew"), 1);

    certs_issue(dir, "server", "ours", "DNS:localhost,IP:127.0.0.1");
    WAIT_UNTIL(number(agent, &files, "bluegreen_web_config_last_reload_successful") == 1, SOON_MS);

    test_write(web, web_with_tls("basic_auth_user: {}\n"));
    WAIT_UNTIL(number(agent, &files, "bluegreen_web_config_last_reload_successful") == 0, SOON_MS);
    assert_contains(agent_log(agent), "renewed.yml:4:1: unknown key basic_auth_user; did you mean");
    test_write(web, "basic_auth_users: {prom: \"" HASH "\"}\n");
    WAIT_UNTIL(can_ask(agent, pem("ours"), NULL) &&
                   strstr(agent_log(agent), "HTTPS cannot be switched on or off"),
               SOON_MS);
    assert_int_equal(https_ask(kept, "/metrics", GOOD_AUTH).status, 200);
    assert_int_equal(https_ask(kept, "/metrics", BAD_AUTH).status, 401);
    agent_stop(agent);
}

/* Plain HTTP, silence, half a handshake and noise on the TLS port. */
static void bad_manners_on_the_tls_port(void **state)
{
    static const char noise[] = "\x16\x03\x01\xff\xff garbage that is no handshake";
    static const char hello[] = "\x16\x03\x01\x02\x00\x01\x00";
    const char *web = certs_file(dir, "manners", "yml");
    struct https_files files = {pem("ours"), NULL, NULL, 0};
    (void)state;
    test_write(web, web_with_tls(""));
    struct agent *agent = run_with(web, "http_header_timeout: 1s, http_connections_max: 30");
    struct http_answer plain = http_raw(agent->port, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n", SOON_MS);
    assert_int_equal(plain.status, 400);
    assert_contains(plain.body, "this port speaks HTTPS");

    int crowd[20];
    for (int i = 0; i < 20; i++) {
        crowd[i] = http_connect(agent->port);
        if (i % 3 == 1)
            http_send(crowd[i], noise, sizeof noise - 1, SOON_MS);
        if (i % 3 == 2)
            http_send(crowd[i], hello, sizeof hello - 1, SOON_MS);
    }
    struct https *https = https_connect(agent->port, &files);
    double cpu = metric(https_ask(https, "/metrics", "").body, "process_cpu_seconds_total");
    for (int i = 0; i < 20; i++)
        assert_true(http_closed_within(crowd[i], SOON_MS));
    cpu = metric(https_ask(https, "/metrics", "").body, "process_cpu_seconds_total") - cpu;
    print_message("a second of unfinished handshakes: %.0f ms of CPU\n", cpu * 1e3);
    assert_true(cpu < 0.3); /* libmicrohttpd alone would have the loop spin */
    https_close(https);
    WAIT_UNTIL(number(agent, &files, "bluegreen_http_connections") == 1, SOON_MS);
    assert_true(number(agent, &files, "bluegreen_http_tls_failed_total") >= 20);
    double rejected = number(agent, &files, "bluegreen_http_rejected_total");
    for (int i = 0; i < 5; i++)
        assert_true(can_ask(agent, pem("ours"), NULL)); /* a proper good-bye is nobody's fault */
    assert_true(number(agent, &files, "bluegreen_http_rejected_total") == rejected);
    agent_stop(agent);
}

/* ---- the rest --------------------------------------------------------------------------------------- */

static void the_rate_is_limited_but_not_for_health(void **state)
{
    struct agent *agent = run_with(test_file("web.yml", "rate_limit: {interval: 1h, burst: 3}\n"), "");
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(agent_get(agent, "/metrics").status, 200);
    struct http_answer answer = agent_get(agent, "/metrics");
    assert_int_equal(answer.status, 429);
    assert_string_equal(http_header(&answer, "Retry-After"), "1");
    for (int i = 0; i < 10; i++)
        assert_int_equal(agent_get(agent, "/health/live").status, 200);
    agent_stop(agent);
}

static void mistakes_are_said_before_anything_starts(void **state)
{
    const char *web = certs_file(dir, "mistakes", "yml");
    struct agent *agent = agent_new();
    char *errors;
    (void)state;
    agent_write(agent, test_text("web_config_file: \"%s\"", web), TARGET);
    const char *const *argv = AGENT_ARGS(AGENT_PROGRAM, "--config", agent->config_path, "--check-config");
    assert_int_equal(proc_run(argv, NULL, NULL, &errors), 2);
    assert_contains(errors, "mistakes.yml: cannot be opened: No such file");

    test_write(web, "basic_auth_users:\n  prom: hunter2\nhttp_server_config: {http3: true}\n");
    assert_int_equal(proc_run(argv, NULL, NULL, &errors), 2);
    assert_contains(errors, "mistakes.yml:2:9: the hash of basic_auth_users.prom must be a bcrypt hash");
    assert_contains(errors, "mistakes.yml:3:22: unknown key http3; did you mean http2?");
    assert_lacks(errors, "hunter2");

    test_write(web, "tls_server_config: {cert_file: server.pem, key_file: other.key}\n");
    assert_int_equal(proc_run(argv, NULL, NULL, &errors), 2);
    assert_contains(errors, "cannot use the private key");
    assert_contains(errors, "it does not belong to the certificate");

    test_write(web, web_with_tls("  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, "
                                 "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n"));
    assert_int_equal(proc_run(argv, NULL, NULL, &errors), 2);
    assert_contains(errors, "cipher_suites cannot be had without TLS_ECDHE_");
}

static void a_real_prometheus_comes_in(void **state)
{
    struct redis *redis = redis_start(REDIS_7_0, NULL);
    const char *web = certs_file(dir, "prometheus", "yml");
    (void)state;
    test_write(web,
               web_with_tls("  client_ca_file: ours.pem\n  client_auth_type: RequireAndVerifyClientCert\n"
                            "  client_allowed_sans: [prometheus.example]\n"
                            "basic_auth_users: {prom: \"" HASH "\"}\n"));
    struct agent *agent = agent_run(test_text("web_config_file: \"%s\"", web),
                                    "{name: blue, url: \"redis://127.0.0.1:%u\"}", redis->port);
    unsigned port = prometheus_start(
        test_text("{job_name: redis, scheme: https, basic_auth: {username: prom, password: hunter2}, "
                  "tls_config: {ca_file: '%s', cert_file: '%s', key_file: '%s', server_name: localhost}, "
                  "static_configs: [{targets: ['127.0.0.1:%u']}]}",
                  pem("ours"), pem("prometheus"), key("prometheus"), agent->port));
    WAIT_UNTIL(prometheus_query(port, "up") == 1, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "redis_up") == 1, SOON_MS);
    WAIT_UNTIL(prometheus_query(port, "count_over_time(up[1m])") >= 4, SOON_MS);
    assert_true(prometheus_query(port, "max_over_time(bluegreen_http_password_checks_total[1m])") == 1);
    assert_true(prometheus_query(port, "bluegreen_http_certificate_expiry_timestamp_seconds-time()") > 86400);
    agent_stop(agent);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_who_knows_the_password_is_let_in),
        TEST(health_may_stay_open),
        TEST(a_flood_of_guesses_holds_up_nobody),
        TEST(the_peers_flags),
        TEST(clients_prove_who_they_are),
        TEST(a_renewed_certificate_is_used),
        TEST(bad_manners_on_the_tls_port),
        TEST(the_rate_is_limited_but_not_for_health),
        TEST(mistakes_are_said_before_anything_starts),
        TEST(a_real_prometheus_comes_in),
    };
    return test_result(cmocka_run_group_tests(tests, make_certificates, test_group_teardown));
}
