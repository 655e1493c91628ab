/* health_file: the shipped checks load, and what is wrong with a file is said at its place. */
#include "io/health_file.h"
#include "unit/support/check.h"
#include <string.h>

static void expect_mistake(const char *yaml, const char *says)
{
    struct buf errors;
    buf_init(&errors, 64 << 10);
    struct health_policy *health = health_file_parse("h.yml", str_of(yaml), &errors);
    buf_char(&errors, '\0');
    assert_null(health);
    if (!strstr(errors.ptr, says))
        fail_msg("%s\n---\n%s\n--- does not say: %s", yaml, errors.ptr, says);
    buf_done(&errors);
}

static void the_shipped_file_loads(void **state)
{
    struct buf errors;
    (void)state;
    buf_init(&errors, 64 << 10);
    struct health_policy *health = health_file_load(NULL, &errors);
    if (!health)
        fail_msg("%.*s", STR_ARG(buf_view(&errors)));
    assert_int_equal(errors.len, 0);
    assert_true(health->policy.count > 35);
    const struct check *lag = policy_find(&health->policy, STR("lag_bytes"));
    assert_non_null(lag);
    assert_true(lag->fail.set && lag->fail.enter == 16 << 20 && lag->fail.leave == 8 << 20);
    assert_int_equal(lag->stops, STOPS_REPLICA | STOPS_READ | STOPS_CUTOVER);
    assert_int_equal(lag->hold_ms, 5000);
    assert_string_equal(lag->reason, "lag_bytes");
    assert_null(policy_find(&health->policy, STR("reachable"))->reason);
    health_file_free(health);
    buf_done(&errors);
}

#define ONE(body) "checks:\n  - name: x\n    help: All is well\n" body

static void mistakes_have_a_place(void **state)
{
    (void)state;
    expect_mistake("", "checks must be a list");
    expect_mistake("check:\n  - a\n", "h.yml:1:1: \"check\" is neither defaults nor checks");
    expect_mistake("checks:\n  - 1\n", "h.yml:2:5: a check is a mapping");
    expect_mistake("checks:\n  - when: 1 > 2\n", "a check needs a name");
    expect_mistake("checks:\n  - name: X\n    help: h\n    when: 1\n",
                   "h.yml:2:11: name must be a word of small letters");
    expect_mistake(ONE(""), "either a condition (when) or a number (value)");
    expect_mistake(ONE("    when: 1\n    value: 2\n    warn: {above: 1}\n"), "either a condition");
    expect_mistake(ONE("    value: 2\n"), "needs a limit");
    expect_mistake(ONE("    when: 1\n    warn: {above: 1}\n"), "a condition has severity");
    expect_mistake(ONE("    when: used_memory >\n"),
                   "h.yml:4:24: when: at character 14: the expression ends too early");
    expect_mistake(ONE("    when: blue.used_memory\n"), "in checks of a pair only");
    expect_mistake(ONE("    about: pair\n    when: used_memory\n"), "say whose it is");
    expect_mistake(ONE("    about: both\n    when: 1\n"),
                   "about must be one of target, pair, and \"both\" is not");
    expect_mistake(ONE("    when: 1\n    stops: [primary, writes]\n"),
                   "stops must be one of primary, replica, read, cutover");
    expect_mistake(ONE("    about: pair\n    when: 1\n    stops: [primary]\n"), "can stop the cutover only");
    expect_mistake(ONE("    value: 1\n    warn: {above: 5, until: 6}\n"), "good side");
    expect_mistake(ONE("    value: 1\n    warn: {above: 5}\n    fail: {below: 1}\n"),
                   "both be above, or both below");
    expect_mistake(ONE("    value: 1\n    warn: {above: x}\n"), "above must be a number such as");
    expect_mistake(ONE("    value: 1\n    warn: 5\n"), "either above or below");
    expect_mistake(ONE("    when: 1\n    fall: 0\n"), "looks from 1 to 1000");
    expect_mistake(ONE("    when: 1\n    hold: 2 days\n"), "a time such as 5s");
    expect_mistake(ONE("    whem: 1\n"), "h.yml:4:5: \"whem\" is not a key of a check; did you mean when");
    expect_mistake(ONE("    when: 1\n") "  - name: x\n    help: h\n    when: 1\n", "called x already");
    expect_mistake(ONE("    when: 1\n    todo: [a]\n"), "h.yml:5:11: todo must be one line of text");
    expect_mistake(ONE("    when: 1\n    unit: \"a\\nb\"\n"), "unit must be one line of text");
    expect_mistake("defaults:\n  help: h\n" ONE("    when: 1\n"), "\"help\" is not a key");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shipped_file_loads),
        cmocka_unit_test(mistakes_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
