/* web_conf: the web configuration of the Prometheus exporters, key by key, and every mistake with its place.
 */
#include "io/conf_keys.h"
#include "io/web_cipher.h"
#include "io/web_conf.h"
#include "unit/support/check.h"
#include <stdio.h>
#include <stdlib.h>

#define HASH "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
#define PAIR "tls_server_config: {cert_file: c, key_file: k, "

static struct web_conf *load(const char *yaml)
{
    struct buf errors;
    buf_init(&errors, 1 << 20);
    struct web_conf *web = web_conf_parse("/etc/agent/web.yml", str_of(yaml), &errors);
    if (!web)
        fail_msg("not loaded: " STR_FMT, STR_ARG(buf_view(&errors)));
    assert_int_equal(errors.len, 0);
    buf_done(&errors);
    return web;
}

static void refused(const char *yaml, const char *expected)
{
    struct buf errors;
    buf_init(&errors, 1 << 20);
    assert_null(web_conf_parse("w.yml", str_of(yaml), &errors));
    assert_text(buf_view(&errors), expected);
    buf_done(&errors);
}

static void an_empty_file_asks_for_nothing(void **state)
{
    static const char *const rows[] = {"", "# nothing\n", "tls_server_config:\nbasic_auth_users: {}\n",
                                       "http_server_config: {headers: }\nrate_limit: {interval: 0s}\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct web_conf *web = load(rows[i]);
        assert_false(web->tls_given);
        assert_int_equal(web->user_count, 0);
        assert_int_equal(web->rate_interval_ms, 0);
        for (unsigned h = 0; h < WEB_HEADERS; h++)
            assert_null(web->headers[h]);
        web_conf_free(web);
    }
}

static void every_key_arrives(void **state)
{
    (void)state;
    struct web_conf *web = load(
        "tls_server_config:\n"
        "  cert_file: tls/agent.pem\n  key_file: /keys/agent.key\n  client_ca_file: ca.pem\n"
        "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [prom.example, 10.0.0.1]\n"
        "  min_version: TLS11\n  max_version: TLS12\n  prefer_server_cipher_suites: false\n"
        "  cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]\n"
        "  curve_preferences: [X25519, CurveP256]\n"
        "http_server_config:\n  http2: false\n  headers:\n"
        "    Strict-Transport-Security: max-age=1\n    X-Content-Type-Options: nosniff\n"
        "    X-Frame-Options: sameorigin\n    X-XSS-Protection: \"0\"\n"
        "    Content-Security-Policy: default-src 'self'\n"
        "basic_auth_users:\n  prometheus: " HASH "\n  \"b\": " HASH "\n"
        "rate_limit: {interval: 100ms, burst: 20}\n");
    const struct web_tls *tls = &web->tls;
    assert_true(web->tls_given);
    assert_string_equal(tls->cert_file, "/etc/agent/tls/agent.pem");
    assert_string_equal(tls->key_file, "/keys/agent.key");
    assert_string_equal(tls->client_ca_file, "/etc/agent/ca.pem");
    assert_int_equal(tls->client_auth, WEB_CLIENT_REQUIRE_AND_VERIFY);
    assert_string_equal(tls->client_allowed_sans[1], "10.0.0.1");
    assert_null(tls->client_allowed_sans[2]);
    assert_int_equal(tls->min_version, CONF_TLS_11);
    assert_int_equal(tls->max_version, CONF_TLS_12);
    assert_false(tls->prefer_server_cipher_suites);
    assert_false(web->http2);
    assert_string_equal(web->headers[0], "max-age=1");
    assert_string_equal(web->headers[1], "nosniff");
    assert_string_equal(web->headers[2], "sameorigin");
    assert_string_equal(web->headers[3], "0");
    assert_string_equal(web->headers[4], "default-src 'self'");
    assert_int_equal(web->user_count, 2);
    assert_string_equal(web->users[0].name, "prometheus");
    assert_string_equal(web->users[1].secret, HASH);
    assert_int_equal(web->rate_interval_ms, 100);
    assert_int_equal(web->rate_burst, 20);
    web_conf_free(web);

    web = load("tls_server_config: {cert: PEM, key: \"SECRET\\nPEM\", client_ca: CA, "
               "client_auth_type: RequireClientCert}");
    assert_string_equal(web->tls.cert, "PEM");
    assert_string_equal(web->tls.key, "SECRET\nPEM");
    assert_int_equal(web->tls.client_auth, WEB_CLIENT_REQUIRE_ANY);
    assert_int_equal(web->tls.min_version, CONF_TLS_12);
    assert_int_equal(web->tls.max_version, CONF_TLS_13);
    assert_true(web->tls.prefer_server_cipher_suites && web->http2);
    web_conf_free(web);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    refused("tls_server_conf: {}\nbasic_auth_user: {}\nhttp2: true\n",
            "w.yml:1:1: unknown key tls_server_conf; did you mean tls_server_config?\n"
            "w.yml:2:1: unknown key basic_auth_user; did you mean basic_auth_users?\n"
            "w.yml:3:1: unknown key http2\n");
    refused("tls_server_config:\n  cert_fiel: c\n",
            "w.yml:2:3: unknown key cert_fiel; did you mean cert_file?\n");
    refused("http_server_config:\n  headers:\n    X-Frame-Option: deny\n    Server: x\n",
            "w.yml:3:5: the header X-Frame-Option cannot be set here; did you mean X-Frame-Options?\n"
            "w.yml:4:5: the header Server cannot be set here\n");
    refused(
        "http_server_config: {headers: {X-Frame-Options: allow, X-Content-Type-Options: sniff}}",
        "w.yml:1:49: http_server_config.headers.X-Frame-Options must be deny or sameorigin, and \"allow\" is "
        "not\nw.yml:1:80: http_server_config.headers.X-Content-Type-Options must be nosniff, and \"sniff\" "
        "is "
        "not\n");
    refused(
        "http_server_config: {headers: {X-XSS-Protection: \"0\\r\\nSet-Cookie: a=b\"}}",
        "w.yml:1:50: http_server_config.headers.X-XSS-Protection must be one line without control bytes\n");
    refused(PAIR "min_version: TLS9}",
            "w.yml:1:61: tls_server_config.min_version must be TLS10, TLS11, TLS12 or TLS13, and \"TLS9\" is "
            "not\n");
    refused(PAIR "curve_preferences: [Curve25519]}",
            "w.yml:1:68: tls_server_config.curve_preferences must be one of CurveP256, CurveP384, CurveP521, "
            "X25519, and \"Curve25519\" is not\n");
    refused(PAIR "cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}",
            "w.yml:1:64: tls_server_config.cipher_suites must be a cipher suite that is offered here, and "
            "\"TLS_RSA_WITH_RC4_128_SHA\" is not\n");
    refused(PAIR "cipher_suites: X}", "w.yml:1:63: tls_server_config.cipher_suites must be a list\n");
    refused("basic_auth_users: [a]",
            "w.yml:1:19: basic_auth_users must be a mapping of user name to bcrypt hash\n");
    refused("- a", "w.yml:1:1: the file must be a mapping\n");
    refused(
        "rate_limit: {interval: fast, burst: -1}",
        "w.yml:1:24: rate_limit.interval must be a duration up to 1h, such as 500ms or 1s, and \"fast\" is "
        "not\nw.yml:1:37: rate_limit.burst must be a whole number up to 1000000, and \"-1\" is not\n");
    refused("http_server_config: {http2: maybe}",
            "w.yml:1:29: http_server_config.http2 must be true or false, and \"maybe\" is not\n");
}

/* A port less protected than its author thought is worse than one that does not open. */
static void half_a_protection_is_refused(void **state)
{
    (void)state;
    refused("tls_server_config: {min_version: TLS13}",
            "w.yml:1:1: tls_server_config has no cert_file; without it the port would speak plain HTTP\n"
            "w.yml:1:1: tls_server_config has no key_file; without it the port would speak plain HTTP\n");
    refused(PAIR "cert: PEM}", "w.yml:1:1: tls_server_config has cert and cert_file; remove one\n");
    refused(PAIR "client_ca_file: ca}", "w.yml:1:1: tls_server_config has client_ca_file and asks for no "
                                        "certificate; set client_auth_type to "
                                        "RequireAndVerifyClientCert\n");
    refused(PAIR "client_auth_type: RequireAndVerifyClientCert}",
            "w.yml:1:1: tls_server_config.client_auth_type verifies, but there is no client_ca_file\n");
    refused(PAIR "client_allowed_sans: [a]}",
            "w.yml:1:1: tls_server_config has client_allowed_sans and asks for no certificate; set "
            "client_auth_type to RequireAndVerifyClientCert\n");
    refused(PAIR "min_version: TLS13, max_version: TLS12}",
            "w.yml:1:1: tls_server_config.min_version is above max_version\n");
    refused(
        "rate_limit: {interval: 1s}",
        "w.yml:1:1: rate_limit.burst must be at least 1 beside an interval, or every request is refused\n");
}

static void hashes_are_bcrypt_and_never_shown(void **state)
{
    static const char *const bad[] = {
        "hunter2secret",
        "$2x$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG",
        "$2y$03$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG",
        "$2y$32$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG",
        "$2y$1a$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG",
        "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7z",
        "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7Esimh!7zG",
        "$6$abcdefgh$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7Esimh",
    };
    char yaml[256];
    unsigned cost = 0;
    (void)state;
    assert_true(web_hash_ok(STR(HASH), &cost));
    assert_int_equal(cost, 10);
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(yaml, sizeof yaml, "basic_auth_users: {prom: \"%s\"}", bad[i]);
        refused(yaml,
                "w.yml:1:26: the hash of basic_auth_users.prom must be a bcrypt hash ($2a$, $2b$ or $2y$ and "
                "60 bytes), such as \"htpasswd -nBC 10 NAME\" prints behind the colon\n");
    }
    refused("basic_auth_users: {prom: $2y$17$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG}",
            "w.yml:1:26: the hash of basic_auth_users.prom has a bcrypt cost above 16: every new login would "
            "take "
            "seconds; 10 to 12 are usual\n");
    refused("basic_auth_users: {\"a:b\": " HASH "}",
            "w.yml:1:20: a user name has at most 255 bytes and no colon\n");
}

static void priorities(const char *yaml, const char *expected)
{
    struct web_conf *web = load(yaml);
    struct buf text;
    buf_init(&text, 4096);
    web_priority(&web->tls, &text);
    assert_true(buf_ok(&text));
    assert_string_equal(text.ptr, expected);
    buf_done(&text);
    web_conf_free(web);
}

static void go_names_become_priorities(void **state)
{
    (void)state;
    priorities(PAIR "}",
               "NORMAL:-RSA:-DHE-RSA:-DHE-DSS:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE");
    priorities(PAIR "min_version: TLS13, prefer_server_cipher_suites: no}",
               "NORMAL:-RSA:-DHE-RSA:-DHE-DSS:-VERS-ALL:+VERS-TLS1.3");
    priorities(PAIR "max_version: TLS12, cipher_suites: [TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384], "
                    "curve_preferences: [CurveP384]}",
               "NONE:+COMP-NULL:+CTYPE-X509:+SIGN-ALL:+GROUP-ALL:+VERS-TLS1.2:+ECDHE-RSA:+AES-256-GCM:+AEAD:"
               "-GROUP-ALL:+GROUP-SECP384R1:%SERVER_PRECEDENCE");
    /* No cipher of 1.3 is left, so 1.3 is not offered. */
    priorities(PAIR "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA], prefer_server_cipher_suites: no}",
               "NONE:+COMP-NULL:+CTYPE-X509:+SIGN-ALL:+GROUP-ALL:+VERS-TLS1.2:+ECDHE-RSA:+AES-128-CBC:+SHA1");
    struct web_conf *web = load(PAIR "cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256]}");
    assert_true(web_cipher_listed(&web->tls, "TLS_ECDHE_RSA_AES_128_GCM_SHA256"));
    assert_true(web_cipher_listed(&web->tls, "TLS_AES_128_GCM_SHA256"));
    assert_false(web_cipher_listed(&web->tls, "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256"));
    web_conf_free(web);
}

static void the_agents_own_keys_say_the_same(void **state)
{
    struct conf_web keys = {.cert_file = "c",
                            .key_file = "k",
                            .client_ca_file = "ca",
                            .min_version = CONF_TLS_13,
                            .username = "a",
                            .password = "b"};
    struct buf errors;
    (void)state;
    buf_init(&errors, 4096);
    struct web_conf *web = web_conf_of(&keys, "here", &errors);
    assert_non_null(web);
    assert_true(web->tls_given);
    assert_string_equal(web->tls.cert_file, "c");
    assert_int_equal(web->tls.client_auth, WEB_CLIENT_REQUIRE_AND_VERIFY);
    assert_int_equal(web->tls.min_version, CONF_TLS_13);
    assert_true(web->users[0].plain);
    assert_ptr_not_equal(web->users[0].name, keys.username);
    web_conf_free(web);
    keys.password = NULL;
    keys.password_hash = "hunter2";
    assert_null(web_conf_of(&keys, "here", &errors));
    assert_int_equal(strncmp(errors.ptr, "here: basic_auth_password_hash must be a bcrypt hash", 52), 0);
    assert_null(memmem(errors.ptr, errors.len, "hunter2", 7));
    buf_done(&errors);
}

/* docs/web-configuration.md: "```yaml" begins an example of the file, "```yaml agent" one of the agent's. */
static void the_examples_of_the_manual_load(void **state)
{
    struct buf manual, errors;
    struct err err;
    unsigned webs = 0, agents = 0;
    (void)state;
    buf_init(&manual, 1 << 20);
    buf_init(&errors, 1 << 20);
    assert_true(conf_read_text(FIXTURES_DIR "/../../docs/web-configuration.md", &manual, &err));
    buf_char(&manual, '\0');
    for (const char *at = manual.ptr; (at = strstr(at, "```yaml")); at++) {
        const char *text = strchr(at, '\n') + 1;
        struct str kind = {at + 7, (size_t)(text - at - 8)};
        struct str yaml = {text, (size_t)(strstr(text, "```") - text)};
        if (!kind.len) {
            struct web_conf *web = web_conf_parse("manual", yaml, &errors);
            web_conf_free(web);
            webs += web != NULL;
        } else if (str_eq(kind, STR(" agent"))) {
            struct config *config = conf_parse("manual", yaml, &errors);
            conf_free(config);
            agents += config != NULL;
        }
    }
    assert_text(buf_view(&errors), "");
    assert_true(webs == 1 && agents == 1);
    buf_done(&manual);
    buf_done(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_file_asks_for_nothing),
        TEST(every_key_arrives),
        TEST(mistakes_have_a_place),
        TEST(half_a_protection_is_refused),
        TEST(hashes_are_bcrypt_and_never_shown),
        TEST(go_names_become_priorities),
        TEST(the_agents_own_keys_say_the_same),
        TEST(the_examples_of_the_manual_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
