/* negotiate: what scrapers send, and what they are given. */
#include "unit/support/check.h"
#include <bluegreen/negotiate.h>
#include <stdlib.h>
#include <string.h>

#define PROMETHEUS_2                                                                                         \
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"          \
    "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
#define PROMETHEUS_3                                                                                         \
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"                                 \
    "application/openmetrics-text;version=0.0.1;q=0.5,"                                                      \
    "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
#define PROTOBUF "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
#define BROWSER  "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

static void assert_accept(const char *accept, const char *content_type)
{
    const char *given = negotiate_content_type(negotiate_format(str_of(accept)));
    if (strcmp(given, content_type) != 0)
        fail_msg("\"%s\" gets %s, not %s", accept, given, content_type);
}

static void real_scrapers_get_what_they_like_best(void **state)
{
    (void)state;
    assert_accept(PROMETHEUS_2, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_accept(PROMETHEUS_3,
                  "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
    assert_accept(PROTOBUF PROMETHEUS_2, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_accept("application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.6,*/*;q=0.2",
                  "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores");
    assert_accept("text/plain;version=0.0.4;escaping=underscores;q=0.3",
                  "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
    assert_accept(BROWSER, EXPO_CONTENT_TYPE);
    assert_accept("*/*", EXPO_CONTENT_TYPE);
    assert_accept("", EXPO_CONTENT_TYPE);
}

static void the_highest_q_wins_then_exactness_then_order(void **state)
{
    (void)state;
    assert_accept("application/openmetrics-text;q=0.4, text/plain;q=0.5", EXPO_CONTENT_TYPE);
    assert_accept("application/openmetrics-text;q=0.501, text/plain;q=0.5", EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("application/openmetrics-text, */*", EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("text/plain, application/openmetrics-text", EXPO_CONTENT_TYPE);
    assert_accept("application/openmetrics-text, text/plain", EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("text/plain, application/openmetrics-text; version=1.0.0", EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("application/*", EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("text/*;q=0.1, application/*;q=0.2", EXPO_CONTENT_TYPE_OPENMETRICS);
    /* the clause that names it most exactly speaks for it, not the kindest */
    assert_accept("*/*, application/openmetrics-text;version=1.0.0;q=0.1", EXPO_CONTENT_TYPE);
    assert_accept("*/*;q=0.1, text/plain;q=0", EXPO_CONTENT_TYPE_OPENMETRICS);
}

static void what_is_not_offered_gets_text(void **state)
{
    (void)state;
    assert_accept("application/openmetrics-text;version=0.0.1", EXPO_CONTENT_TYPE);
    assert_accept("application/openmetrics-text;version=2.0.0", EXPO_CONTENT_TYPE);
    assert_accept("text/plain;version=1.0.0", EXPO_CONTENT_TYPE);
    assert_accept("application/json", EXPO_CONTENT_TYPE);
    assert_accept("application/openmetrics-text;q=0", EXPO_CONTENT_TYPE);
    assert_accept("application/openmetrics-text;version=1.0.0;escaping=klingon",
                  EXPO_CONTENT_TYPE_OPENMETRICS);
}

static void spelling_is_free_where_http_says_so(void **state)
{
    (void)state;
    assert_accept(" Application/OpenMetrics-Text ; VERSION = \"1.0.0\" ; Q=0.9 ,\ttext/plain;q=0.3",
                  EXPO_CONTENT_TYPE_OPENMETRICS);
    assert_accept("text/html;x=\"a,b;q=0\\\",\", application/openmetrics-text",
                  EXPO_CONTENT_TYPE_OPENMETRICS);
}

static void a_malformed_clause_counts_as_not_written(void **state)
{
    static const char *const clauses[] = {
        "application/openmetrics-text;q=",
        "application/openmetrics-text;q=2",
        "application/openmetrics-text;q=0.1234",
        "application/openmetrics-text;q=-1",
        "application/openmetrics-text;q=1.001",
        "application/openmetrics-text;q=.5",
        "application/openmetrics-text;q=1x",
        "application/openmetrics-text;q",
        ";;;,,,;q=1",
        "\"application/openmetrics-text",
        "application/openmetrics-text\\",
        "application/openmetrics-text;q=0.",
    };
    (void)state;
    for (size_t i = 0; i < sizeof clauses / sizeof clauses[0]; i++)
        assert_accept(clauses[i], EXPO_CONTENT_TYPE);
}

static void a_long_header_is_read_up_to_a_ceiling(void **state)
{
    char text[NEGOTIATE_CLAUSES_MAX * 4 + 64] = "";
    (void)state;
    for (unsigned i = 0; i < NEGOTIATE_CLAUSES_MAX - 1; i++)
        strcat(text, "a/b,");
    strcat(text, "application/openmetrics-text");
    assert_accept(text, EXPO_CONTENT_TYPE_OPENMETRICS);
    memmove(text + 4, text, strlen(text) + 1);
    assert_accept(text, EXPO_CONTENT_TYPE);
}

static void gzip_only_for_who_asks_for_it(void **state)
{
    static const char *const yes[] = {"gzip",
                                      "x-gzip",
                                      "GZIP;q=0.001",
                                      "deflate, gzip;q=1.0",
                                      "*",
                                      "gzip, identity",
                                      "identity;q=0.5, *;q=1",
                                      "br;q=1, gzip;q=0.5",
                                      " gzip ; q=0.5 "};
    static const char *const no[] = {
        "",      "identity",          "gzip;q=0", "gzip;q=0.000, *", "gzip;q=0.2, identity;q=0.3",
        "*;q=0", "deflate, br, zstd", "gzipped",  "gzip;q=nan"};
    (void)state;
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        if (!negotiate_gzip(str_of(yes[i])))
            fail_msg("\"%s\" does not get gzip", yes[i]);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (negotiate_gzip(str_of(no[i])))
            fail_msg("\"%s\" gets gzip", no[i]);
}

/* Every start of a header, and the header without its start: nothing is read beyond it (guarded memory). */
static void nothing_is_read_beyond_a_header(void **state)
{
    const char *text = PROTOBUF PROMETHEUS_3 ";x=\"\\";
    size_t len = strlen(text);
    (void)state;
    for (size_t i = 0; i <= len; i++) {
        char *copy = malloc(len - i + (i == len)), *start = malloc(i + (i == 0));
        assert_non_null(copy);
        assert_non_null(start);
        memcpy(copy, text + i, len - i);
        memcpy(start, text, i);
        negotiate_format((struct str){copy, len - i});
        negotiate_gzip((struct str){start, i});
        negotiate_format((struct str){start, i});
        free(copy);
        free(start);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(real_scrapers_get_what_they_like_best),
        TEST(the_highest_q_wins_then_exactness_then_order),
        TEST(what_is_not_offered_gets_text),
        TEST(spelling_is_free_where_http_says_so),
        TEST(a_malformed_clause_counts_as_not_written),
        TEST(a_long_header_is_read_up_to_a_ceiling),
        TEST(gzip_only_for_who_asks_for_it),
        TEST(nothing_is_read_beyond_a_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
