/* html: whatever others call themselves, it stays text. */
#include "agent/html.h"
#include "unit/support/check.h"
#include <math.h>

static void same(struct buf *out, const char *expected)
{
    assert_text(buf_view(out), expected);
    buf_clear(out);
}

static void markup_is_text(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    html_text(&out, STR("<b a=\"1\" c='2'>&amp;"));
    same(&out, "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    html_text(&out, STR("a\0b\r\nc\x1b[0m\x7f"));
    same(&out, "abc[0m");
    html_text(&out, STR("gr\xc3\xbcn \xff<\xc3"));
    same(&out, "gr\xc3\xbcn \xef\xbf\xbd&lt;\xef\xbf\xbd");
    html_text(&out, (struct str){NULL, 0});
    same(&out, "");
    buf_done(&out);
}

/* No byte sequence at all gives one of the characters that end a text or an attribute. */
static void no_bytes_break_out(void **state)
{
    uint64_t seed = 11;
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    for (int i = 0; i < 5000; i++) {
        char bytes[16];
        for (size_t b = 0; b < sizeof bytes; b++)
            bytes[b] = next_random(&seed) % 3 ? (char)next_random(&seed)
                                              : "<>&\"'\xc3\xe2\xf0"[next_random(&seed) % 8];
        html_text(&out, (struct str){bytes, sizeof bytes});
        assert_true(str_is_utf8(buf_view(&out)));
        assert_true(str_index(buf_view(&out), '<') < 0 && str_index(buf_view(&out), '>') < 0);
        assert_true(str_index(buf_view(&out), '"') < 0 && str_index(buf_view(&out), '\'') < 0);
        buf_clear(&out);
        html_segment(&out, (struct str){bytes, sizeof bytes});
        for (const char *c = "<>&\"'/?# "; *c; c++)
            assert_true(str_index(buf_view(&out), *c) < 0);
        buf_clear(&out);
    }
    buf_done(&out);
}

static void ages_and_times_are_short(void **state)
{
    static const struct {
        double seconds;
        const char *text;
    } rows[] = {{0, "0 s"},          {59.9, "59 s"}, {60, "1 min"},       {3599, "59 min"}, {3600, "1 h"},
                {7500, "2 h 5 min"}, {86400, "1 d"}, {273600, "3 d 4 h"}, {-1, "0 s"},      {NAN, "0 s"}};
    struct buf out;
    (void)state;
    buf_init(&out, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        html_age(&out, rows[i].seconds);
        same(&out, rows[i].text);
    }
    html_time(&out, 1795317255.9);
    same(&out, "2026-11-22 03:14:15 UTC");
    html_segment(&out, STR("a b/c:1?\xc3\xbc"));
    same(&out, "a%20b%2Fc:1%3F%C3%BC");
    buf_done(&out);
}

static void links_lead_to_the_web_only(void **state)
{
    (void)state;
    assert_true(html_may_link(STR("https://example.com/a")));
    assert_true(html_may_link(STR("http://example.com")));
    assert_false(html_may_link(STR("javascript:alert(1)")));
    assert_false(html_may_link(STR("data:text/html,x")));
    assert_false(html_may_link(STR("docs/runbooks/RedisDown.md")));
    assert_false(html_may_link(STR("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(markup_is_text),
        TEST(no_bytes_break_out),
        TEST(ages_and_times_are_short),
        TEST(links_lead_to_the_web_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
