/* recall: what is remembered is bounded, and stays with the name it belongs to. */
#include "agent/recall.h"
#include "unit/support/check.h"

static void the_newest_events_are_kept(void **state)
{
    struct recall recall = {.event_count = 0};
    (void)state;
    assert_null(recall_event_at(&recall, 0));
    for (int i = 0; i < 120; i++) {
        char text[16];
        snprintf(text, sizeof text, "event %d", i);
        recall_event(&recall, RECALL_CHECK, CHECK_FAIL, STR("blue"), str_of(text));
    }
    assert_string_equal(recall_event_at(&recall, 0)->text, "event 119");
    assert_string_equal(recall_event_at(&recall, RECALL_EVENTS - 1)->text, "event 70");
    assert_null(recall_event_at(&recall, RECALL_EVENTS));
}

static void long_texts_are_clipped_between_characters(void **state)
{
    struct recall recall = {.event_count = 0};
    char text[4001];
    (void)state;
    for (size_t i = 0; i + 1 < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xbc", 2);
    recall_event(&recall, RECALL_ROLE, CHECK_PASS, (struct str){text, 4000}, (struct str){text, 4000});
    const struct recall_event *event = recall_event_at(&recall, 0);
    assert_int_equal(strlen(event->text), sizeof event->text - 2);
    assert_true(str_is_utf8(str_of(event->text)));
    assert_true(str_is_utf8(str_of(event->subject.text)) && event->subject.text[0]);
}

static void a_verdict_stands_since_it_changed(void **state)
{
    struct recall recall = {.event_count = 0};
    (void)state;
    assert_int_equal(recall_verdict_since(&recall, 0, "p", VERDICT_READY), -1);
    recall_verdict(&recall, 0, "p", VERDICT_READY, 1000);
    recall_verdict(&recall, 0, "p", VERDICT_READY, 5000);
    assert_int_equal(recall_verdict_since(&recall, 0, "p", VERDICT_READY), 1000);
    assert_int_equal(recall.event_count, 1);
    recall_verdict(&recall, 0, "p", VERDICT_BOTH, 6000);
    assert_int_equal(recall_verdict_since(&recall, 0, "p", VERDICT_READY), -1);
    assert_int_equal(recall_verdict_since(&recall, 0, "p", VERDICT_BOTH), 6000);
    assert_string_equal(recall_event_at(&recall, 0)->text,
                        "both sides are primaries; before: ready to switch");
    /* After a reload another pair may have its place; and there are more pairs than places. */
    assert_int_equal(recall_verdict_since(&recall, 0, "q", VERDICT_BOTH), -1);
    recall_verdict(&recall, 0, "q", VERDICT_BOTH, 7000);
    assert_string_equal(recall_event_at(&recall, 0)->text, "both sides are primaries");
    recall_verdict(&recall, RECALL_PAIRS, "r", VERDICT_BOTH, 7000);
    assert_int_equal(recall_verdict_since(&recall, RECALL_PAIRS, "r", VERDICT_BOTH), -1);
}

/* Targets that never were polled, as a fleet has them: a name and a place are all that matters here. */
static struct target named(const char *name, unsigned place, struct conf_target *conf, struct target_env *env)
{
    *conf = (struct conf_target){.name = name, .url = "redis://h"};
    return (struct target){.env = env, .conf = conf, .place = place};
}

static void who_asked_goes_where_the_target_goes(void **state)
{
    struct recall recall = {.event_count = 0};
    struct conf_target confs[3];
    struct target_env env = {.changed = NULL};
    struct target one = named("one", 0, &confs[0], &env), two = named("two", 1, &confs[1], &env);
    struct target far = named("far", RECALL_TARGETS, &confs[2], &env);
    (void)state;
    recall_asked(&recall, &one, QUESTION_READ, STR("10.0.0.1")); /* not polled yet: nobody remembers */
    assert_null(recall_of(&recall, &one));
    recall_round(&recall, &one);
    recall_round(&recall, &two);
    recall_round(&recall, &far);
    assert_null(recall_of(&recall, &far));
    recall_asked(&recall, &one, QUESTION_READ, STR("10.0.0.1"));
    recall_asked(&recall, &one, QUESTION_READ, STR("10.0.0.2"));
    assert_string_equal(recall_of(&recall, &one)->asked[QUESTION_READ].client, "10.0.0.2");
    assert_int_equal(recall_of(&recall, &one)->asked[QUESTION_READ].count, 2);
    assert_int_equal(recall_of(&recall, &one)->asked[QUESTION_PRIMARY].count, 0);

    one.place = 1; /* a reload has turned them round */
    two.place = 0;
    assert_null(recall_of(&recall, &one));
    recall_round(&recall, &one);
    assert_int_equal(recall_of(&recall, &one)->asked[QUESTION_READ].count, 2);
    assert_int_equal(recall_of(&recall, &two)->asked[QUESTION_READ].count, 0);
    recall_done(&recall);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_newest_events_are_kept),
        TEST(long_texts_are_clipped_between_characters),
        TEST(a_verdict_stands_since_it_changed),
        TEST(who_asked_goes_where_the_target_goes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
