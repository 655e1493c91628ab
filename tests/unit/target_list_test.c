/* target_list: lists of targets as people and programs write them, and what is wrong with the others. */
#include "io/target_list.h"
#include "unit/support/check.h"
#include <stdio.h>

static const struct conf_target defaults = {.username = "u",
                                            .password_file = "/secret",
                                            .tls = {.ca_file = "/ca"},
                                            .poll_interval_ms = 1000,
                                            .timeout_ms = 500};

static struct roster *parse(const char *text, struct buf *errors)
{
    buf_init(errors, 1 << 16);
    struct roster *roster = target_list_parse("l.yml", str_of(text), &defaults, errors);
    return roster;
}

static void both_forms_are_read(void **state)
{
    static const char *const forms[] = {
        "[{\"targets\": [\"b:2\", \"rediss:\\/\\/a\"], \"labels\": {\"team\": \"x\", \"__y\": \"z\", "
        "\"empty\": \"\"}},\n\t{\"targets\": [\"u:p@c\"]}]",
        "- targets: [b:2, rediss://a]\n  labels: {team: x, __y: z, empty: ''}\n- targets:\n  - u:p@c\n",
    };
    (void)state;
    for (size_t i = 0; i < COUNT(forms); i++) {
        struct buf errors;
        struct roster *roster = parse(forms[i], &errors);
        if (!roster)
            fail_msg(STR_FMT, STR_ARG(buf_view(&errors)));
        assert_int_equal(roster->count, 3);
        const struct conf_target *a = &roster->targets[0], *b = &roster->targets[1], *c = &roster->targets[2];
        assert_string_equal(a->name, "a:6379");
        assert_string_equal(b->name, "b:2");
        assert_int_equal(a->endpoint.kind, ENDPOINT_TLS);
        assert_string_equal(a->tls.ca_file, "/ca");
        assert_null(b->tls.ca_file);
        assert_string_equal(b->username, "u");
        assert_string_equal(b->password_file, "/secret");
        assert_int_equal(b->label_count, 1);
        assert_string_equal(b->labels[0].name, "team");
        assert_string_equal(b->labels[0].value, "x");
        assert_string_equal(c->password, "p");
        assert_null(c->password_file);
        assert_int_equal(c->label_count, 0);
        roster_free(roster);
        buf_done(&errors);
    }
}

static void mistakes_have_a_place(void **state)
{
    static const struct {
        const char *text, *error;
    } rows[] = {
        {"", "l.yml:1:1: the file must be a list of groups"},
        {"{}", "l.yml:1:1: the file must be a list of groups"},
        {"[{\"targets\": [\"a\"]", "l.yml:"},
        {"- a", "l.yml:1:3: a group must be a mapping"},
        {"- labels: {}", "l.yml:1:3: a group needs targets"},
        {"- targets: a", "l.yml:1:12: targets must be a list"},
        {"- targets: [[]]", "l.yml:1:13: a target must be an address"},
        {"- targets: [\"a:b\"]", "l.yml:1:13: the port must be a number"},
        {"- targets: [\"secret:pw@h:x\"]", "l.yml:1:13: the port must be a number"},
        {"- targets: []\n  source: x", "l.yml:2:3: source is not a key of a group"},
        {"- targets: []\n  labels: []", "l.yml:2:11: labels must be a mapping"},
        {"- targets: []\n  labels: {target: x}", "l.yml:2:12: the label target cannot be used"},
        {"- targets: []\n  labels: {cmd: x}", "l.yml:2:12: the label cmd cannot be used"},
        {"- targets: []\n  labels: {le: x}", "l.yml:2:12: the label le cannot be used"},
        {"- targets: []\n  labels: {a-b: x}", "l.yml:2:12: a-b is no name of a label"},
        {"- targets: []\n  labels: {a: [x]}", "l.yml:2:15: the value of the label a must be text"},
        {"- targets: []\n  labels: {a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1, h: 1, i: 1}",
         "more than 8 labels"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf errors;
        assert_null(parse(rows[i].text, &errors));
        buf_char(&errors, '\0');
        if (!strstr(errors.ptr, rows[i].error))
            fail_msg("\"%s\": %s", rows[i].text, errors.ptr);
        assert_null(strstr(errors.ptr, "secret"));
        buf_done(&errors);
    }
}

static void there_is_a_ceiling(void **state)
{
    struct buf text, errors;
    (void)state;
    buf_init(&text, 1 << 20);
    buf_text(&text, "- targets: [");
    for (unsigned i = 0; i <= ROSTER_MAX; i++)
        buf_fmt(&text, "h%u, ", i);
    buf_text(&text, "]\n");
    buf_char(&text, '\0');
    assert_null(parse(text.ptr, &errors));
    buf_char(&errors, '\0');
    assert_non_null(strstr(errors.ptr, "there are more than 10000 targets"));
    buf_done(&errors);
    buf_done(&text);
}

static void a_copy_has_other_defaults_and_its_own_secrets(void **state)
{
    struct conf_target others = {.username = "v", .password = "q", .poll_interval_ms = 7};
    struct buf errors;
    (void)state;
    struct roster *roster = parse("- targets: [a, x:y@b]\n  labels: {team: t}\n", &errors);
    struct roster *copy = roster_copy(roster, &others);
    assert_non_null(copy);
    assert_true(roster_equal(roster, copy));
    roster_free(roster);
    assert_string_equal(copy->targets[0].username, "v");
    assert_string_equal(copy->targets[0].password, "q");
    assert_string_equal(copy->targets[1].username, "x");
    assert_string_equal(copy->targets[1].password, "y");
    assert_string_equal(copy->targets[1].labels[0].value, "t");
    assert_int_equal(copy->targets[0].poll_interval_ms, 7);
    roster_free(copy);
    buf_done(&errors);
}

static void the_same_name_counts_once(void **state)
{
    struct buf errors;
    (void)state;
    struct roster *roster = parse("- targets: [a, a:6379, redis://a]\n- targets: [b]\n", &errors);
    assert_int_equal(roster->count, 2);
    assert_false(roster_equal(roster, NULL));
    roster_free(roster);
    buf_done(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_forms_are_read),       TEST(mistakes_have_a_place),
        TEST(there_is_a_ceiling),        TEST(a_copy_has_other_defaults_and_its_own_secrets),
        TEST(the_same_name_counts_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
