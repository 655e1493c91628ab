/*
 * tls: real servers that speak TLS, with certificates of an authority of our own. Whoever cannot prove to be
 * the right server is not talked to, and gets no password.
 */
#include "support/agent.h"
#include "support/certs.h"
#include "support/redis.h"
#include <string.h>

#define FAILED "bluegreen_polls_total{target=\"blue\",outcome=\"tls_failed\"}"
#define QUICK  "poll_interval: 50ms, backoff_max: 300ms, timeout: 1500ms"

static const char *dir; /* of the certificates */

static struct redis *start_server(enum redis_kind kind, const char *certificate, const char *auth_clients)
{
    unsigned port = test_free_port();
    const char *cert = certs_file(dir, certificate, "pem"), *key = certs_file(dir, certificate, "key");
    return redis_start_at(kind, port,
                          REDIS_ARGS("--port", "0", "--tls-port", test_text("%u", port), "--tls-cert-file",
                                     cert, "--tls-key-file", key, "--tls-ca-cert-file",
                                     certs_file(dir, "ours", "pem"), "--tls-auth-clients", auth_clients));
}

static struct redis *six, *seven, *strict, *stranger;

static int start_all(void **state)
{
    (void)state;
    dir = test_dir();
    certs_authority(dir, "ours");
    certs_authority(dir, "theirs");
    certs_issue(dir, "server", "ours", "DNS:localhost,DNS:blue.example,IP:127.0.0.1");
    certs_issue(dir, "elsewhere", "ours", "DNS:elsewhere.example");
    certs_issue(dir, "client", "ours", "DNS:agent.example");
    six = start_server(REDIS_6_0, "server", "no");
    seven = start_server(REDIS_7_0, "server", "no");
    strict = start_server(REDIS_7_0, "server", "yes");
    stranger = start_server(REDIS_7_0, "elsewhere", "no");
    return 0;
}

/* A Redis that speaks TLS only is told by redis-cli's protocol over openssl(1). */
static void kill_clients(const struct redis *redis)
{
    const char *script =
        test_text("printf 'CLIENT KILL TYPE normal\\r\\nQUIT\\r\\n' | openssl s_client -quiet -connect "
                  "127.0.0.1:%u -cert %s -key %s 2>/dev/null",
                  redis->port, certs_file(dir, "client", "pem"), certs_file(dir, "client", "key"));
    char *out;
    proc_run((const char *const[]){"/bin/sh", "-c", script, NULL}, NULL, &out, NULL);
    assert_contains(out, ":1");
}

static void await_outcome(struct agent *agent, const char *target, const char *outcome)
{
    WAIT_UNTIL(agent_shows(agent, 1, "bluegreen_poll_outcome{target=\"%s\",outcome=\"%s\"}", target, outcome),
               SOON_MS);
}

static void a_proven_server_is_polled(void **state)
{
    (void)state;
    const char *ca = certs_file(dir, "ours", "pem");
    struct agent *agent = agent_run(
        QUICK,
        "{name: six, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\"}}, "
        "{name: seven, url: \"rediss://localhost:%u\", tls: {ca_file: \"%s\"}}, "
        "{name: named, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\", server_name: blue.example}}, "
        "{name: strict, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\", cert_file: \"%s\", key_file: "
        "\"%s\"}}",
        six->port, ca, seven->port, ca, six->port, ca, strict->port, ca, certs_file(dir, "client", "pem"),
        certs_file(dir, "client", "key"));
    static const char *const targets[] = {"six", "seven", "named", "strict"};
    for (size_t i = 0; i < 4; i++) {
        await_outcome(agent, targets[i], "ok");
        WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"%s\",outcome=\"ok\"}", targets[i]) >=
                       10,
                   SOON_MS);
        if (i != 1) /* "localhost" may be tried as ::1 first */
            assert_true(agent_shows(agent, 1, "bluegreen_connections_total{target=\"%s\"}", targets[i]));
    }
    metrics_assert_well_formed(agent_metrics(agent));
    agent_stop(agent);
}

static void an_unproven_server_is_not(void **state)
{
    (void)state;
    const char *ours = certs_file(dir, "ours", "pem"), *theirs = certs_file(dir, "theirs", "pem");
    struct agent *agent = agent_run(
        QUICK,
        "{name: authority, url: \"rediss://127.0.0.1:%u\", password: hunter2, tls: {ca_file: \"%s\"}}, "
        "{name: system, url: \"rediss://127.0.0.1:%u\"}, "
        "{name: address, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\"}}, "
        "{name: name, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\", server_name: green.example}}, "
        "{name: careless, url: \"rediss://127.0.0.1:%u\", tls: {skip_verify: true}}",
        six->port, theirs, six->port, stranger->port, ours, seven->port, ours, stranger->port);
    static const char *const targets[] = {"authority", "system", "address", "name"};
    for (size_t i = 0; i < 4; i++) {
        await_outcome(agent, targets[i], "tls_failed");
        struct http_answer health = agent_get(agent, test_text("/health/%s", targets[i]));
        assert_int_equal(health.status, 503);
        assert_contains(health.body, "\"reason\": \"tls_failed\"");
        WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"%s\",outcome=\"tls_failed\"}",
                                targets[i]) >= 3,
                   SOON_MS);
    }
    await_outcome(agent, "careless", "ok");
    const char *log = agent_log(agent);
    assert_int_equal(test_occurrences(log, "target cannot be polled"), 4);
    assert_contains(log, "mismatch");
    agent_stop(agent);
}

/* Plain text to a TLS port, TLS to a plain port, and no certificate where one is wanted. */
static void two_languages(void **state)
{
    struct redis *plain = redis_start(REDIS_7_0, NULL);
    (void)state;
    const char *ca = certs_file(dir, "ours", "pem");
    struct agent *agent = agent_run(QUICK,
                                    "{name: plain, url: \"redis://127.0.0.1:%u\"}, "
                                    "{name: secret, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\"}}, "
                                    "{name: naked, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\"}}",
                                    seven->port, plain->port, ca, strict->port, ca);
    static const char *const targets[] = {"plain", "secret", "naked"};
    agent_await_ready(agent);
    for (size_t i = 0; i < 3; i++) {
        assert_true(agent_shows(agent, 0, "redis_up{target=\"%s\"}", targets[i]));
        assert_int_equal(agent_get(agent, test_text("/health/%s", targets[i])).status, 503);
    }
    await_outcome(agent, "secret", "tls_failed");
    agent_stop(agent);
}

static void a_server_that_freezes_in_the_handshake(void **state)
{
    struct redis *frozen = start_server(REDIS_7_0, "server", "no");
    const char *target = test_text("{name: blue, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\"}}",
                                   frozen->port, certs_file(dir, "ours", "pem"));
    (void)state;
    struct agent *before = agent_run(QUICK, "%s", target);
    await_outcome(before, "blue", "ok");
    proc_signal(frozen->proc, SIGSTOP);
    await_outcome(before, "blue", "reply_timeout");
    await_outcome(before, "blue", "tls_failed"); /* the next attempts get no further than the handshake */
    proc_signal(frozen->proc, SIGCONT);
    await_outcome(before, "blue", "ok");
    agent_stop(before);
}

/* Files change under a kept connection: it goes on; the next one reads what is there then. */
static void renewed_files_are_used_by_the_next_connection(void **state)
{
    const char *ca = test_file("ca.pem", "%s", test_read(certs_file(dir, "ours", "pem")));
    const char *cert = test_file("cert.pem", "%s", test_read(certs_file(dir, "client", "pem")));
    const char *client_key = test_file("client.key", "%s", test_read(certs_file(dir, "client", "key")));
    (void)state;
    struct agent *agent =
        agent_run(QUICK,
                  "{name: blue, url: \"rediss://127.0.0.1:%u\", tls: {ca_file: \"%s\", cert_file: \"%s\", "
                  "key_file: \"%s\"}}",
                  strict->port, ca, cert, client_key);
    await_outcome(agent, "blue", "ok");
    test_write(ca, test_read(certs_file(dir, "theirs", "pem")));
    test_write(cert, "no certificate\n");
    double polls = agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}");
    WAIT_UNTIL(agent_metric(agent, "bluegreen_polls_total{target=\"blue\",outcome=\"ok\"}") > polls + 5,
               SOON_MS);
    assert_true(agent_shows(agent, 1, "bluegreen_connections_total{target=\"blue\"}"));

    kill_clients(strict);
    await_outcome(agent, "blue", "tls_failed");
    test_write(cert, test_read(certs_file(dir, "client", "pem"))); /* one of the two is not enough */
    double failed = agent_metric(agent, FAILED);
    WAIT_UNTIL(agent_metric(agent, FAILED) > failed + 2, SOON_MS);
    assert_true(agent_shows(agent, 0, "redis_up{target=\"blue\"}"));
    test_write(ca, test_read(certs_file(dir, "ours", "pem")));
    await_outcome(agent, "blue", "ok");
    agent_stop(agent);
}

static void certificates_are_looked_at_before_anything_starts(void **state)
{
    const char *empty = test_file("empty.pem", "no certificate\n");
    struct agent *agent = agent_new();
    char *errors;
    (void)state;
    agent_write(agent, "",
                "{name: a, url: \"rediss://127.0.0.1:1\", tls: {ca_file: \"%s\"}}, "
                "{name: b, url: \"rediss://127.0.0.1:1\", tls: {ca_file: /does/not/exist}}, "
                "{name: c, url: \"rediss://127.0.0.1:1\", tls: {cert_file: \"%s\", key_file: \"%s\"}}",
                empty, certs_file(dir, "client", "pem"), certs_file(dir, "server", "key"));
    assert_int_equal(proc_run(AGENT_ARGS(AGENT_PROGRAM, "--config", agent->config_path), NULL, NULL, &errors),
                     2);
    assert_int_equal(test_occurrences(errors, "\n"), 3);
    assert_contains(errors, test_text("target a: cannot use the CA file %s", empty));
    assert_contains(errors, "target b: cannot use the CA file /does/not/exist");
    assert_contains(errors, "target c: cannot use the private key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_proven_server_is_polled),
        TEST(an_unproven_server_is_not),
        TEST(two_languages),
        TEST(a_server_that_freezes_in_the_handshake),
        TEST(renewed_files_are_used_by_the_next_connection),
        TEST(certificates_are_looked_at_before_anything_starts),
    };
    return test_result(cmocka_run_group_tests(tests, start_all, test_group_teardown));
}
