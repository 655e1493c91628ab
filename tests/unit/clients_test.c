/* clients: a list of clients as series, few of them whatever the clients are called. */
#include "metric/clients.h"
#include "metric/tally.h"
#include "unit/support/check.h"
#include "unit/support/memory.h"
#include "unit/support/pipeline.h"
#include <stdio.h>

struct page {
    struct arena arena, work;
    struct samples samples;
    struct buf text;
    bool truncated;
};

static struct str show(struct page *page, struct str list, struct clients_options options)
{
    uint32_t cursor;
    struct err err;
    arena_init(&page->arena, 0, 16 << 20);
    arena_init(&page->work, 0, 64 << 20);
    samples_init(&page->samples, &page->arena, 0);
    buf_init(&page->text, 16 << 20);
    page->truncated = false;
    assert_true(clients_emit(list, &options, &page->work, &page->samples, &page->truncated, &err));
    samples_seal(&page->samples);
    expo_write(&page->text, &(struct expo_options){STR("redis")},
               &(struct expo_source){NO_LABELS, &page->samples}, 1, &cursor);
    return buf_view(&page->text);
}

static void page_done(struct page *page)
{
    buf_done(&page->text);
    arena_done(&page->work);
    arena_done(&page->arena);
}

static unsigned count_series(struct str text, const char *start)
{
    struct str line;
    unsigned count = 0;
    while (str_next(&text, '\n', &line))
        count += str_starts(line, str_of(start));
    return count;
}

static const char list[] = "id=3 addr=10.0.0.1:5000 name=web age=100 idle=7 flags=N db=0 sub=0 psub=0 ssub=0 "
                           "watch=2 qbuf=1 qbuf-free=2 obl=3 "
                           "oll=4 omem=500 tot-mem=1000 user=app resp=2 lib-name=jedis lib-ver=5.1\n"
                           "id=4 addr=10.0.0.2:5000 name=web age=90 idle=0 flags=bx db=1 sub=0 psub=0 qbuf=0 "
                           "qbuf-free=0 obl=0 oll=0 omem=1500 "
                           "tot-mem=3000 user=app resp=3 lib-name=jedis lib-ver=5.1\n"
                           "id=6 addr=10.0.0.3:5000 name= age=80 idle=0 flags=S db=0 omem=4000 tot-mem=6000 "
                           "user=repl resp=2 lib-name= lib-ver=\n"
                           "id=7 addr=10.0.0.4:5000 name=q=\"1\" age=80 idle=0 flags=P db=0 omem=10 "
                           "tot-mem=20 user=\xff resp=2 lib-name=jedis "
                           "lib-ver=5.0\n"
                           "id=8 addr=10.0.0.4:5001 name= age=80 idle=0 flags=P db=0 omem=30 tot-mem=40 "
                           "user=\xfe resp=2 lib-name=jedis "
                           "lib-ver=5.0\n";

static void clients_are_counted_by_what_they_have_in_common(void **state)
{
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"redis_clients_by_name{name=\"web\"}", 2},
        {"redis_clients_by_name{name=\"\"}", 2},
        {"redis_clients_by_name{name=\"q=\\\"1\\\"\"}", 1},
        {"redis_clients_by_name{name=\"(all others)\"}", 0},
        {"redis_clients_by_user{user=\"app\"}", 2},
        {"redis_clients_by_user{user=\"repl\"}", 1},
        {"redis_clients_by_user{user=\"\xef\xbf\xbd\"}",
         2}, /* two users that look alike once they are UTF-8 */
        {"redis_clients_by_library{library=\"jedis\",version=\"5.1\"}", 2},
        {"redis_clients_by_library{library=\"jedis\",version=\"5.0\"}", 2},
        {"redis_clients_by_library{library=\"\",version=\"\"}", 1},
        {"redis_clients_by_resp{resp=\"2\"}", 4},
        {"redis_clients_by_resp{resp=\"3\"}", 1},
        {"redis_clients_by_flag{flag=\"b\"}", 1},
        {"redis_clients_by_flag{flag=\"x\"}", 1},
        {"redis_clients_by_flag{flag=\"P\"}", 2},
        {"redis_clients_by_class{class=\"normal\"}", 2},
        {"redis_clients_by_class{class=\"replica\"}", 1},
        {"redis_clients_by_class{class=\"pubsub\"}", 2},
        {"redis_client_output_buffer_bytes{class=\"normal\"}", 2000},
        {"redis_client_output_buffer_max_bytes{class=\"normal\"}", 1500},
        {"redis_client_output_buffer_bytes{class=\"replica\"}", 4000},
        {"redis_client_output_buffer_limit_ratio{class=\"replica\"}", 0.5},
        {"redis_replica_output_buffer_bytes{replica_ip=\"10.0.0.3\"}", 4000},
        {"redis_client_output_buffer_bytes{class=\"pubsub\"}", 40},
        {"redis_client_memory_bytes{class=\"normal\"}", 4000},
        {"redis_client_memory_max_bytes{class=\"normal\"}", 3000},
    };
    struct page page;
    (void)state;
    struct str text =
        show(&page, str_of(list), (struct clients_options){.top = 20, .limit_bytes = {0, 8000, 0}});
    for (size_t i = 0; i < COUNT(rows); i++)
        if (metric_value(text, rows[i].series) != rows[i].value)
            fail_msg("%s is %.17g", rows[i].series, metric_value(text, rows[i].series));
    assert_int_equal(count_series(text, "redis_client_output_buffer_limit_ratio{"), 1);
    assert_int_equal(count_series(text, "redis_connected_client_"), 0);
    assert_int_equal(count_series(text, "redis_clients_by_flag{"), 5);
    assert_false(page.truncated);
    page_done(&page);
}

static void only_the_most_frequent_have_a_series(void **state)
{
    struct page page;
    struct buf many;
    (void)state;
    buf_init(&many, 16 << 20);
    for (int i = 0; i < 3000; i++)
        buf_fmt(&many, "id=%d name=%d user=u%d flags=N\n", i + 1, i % 7 ? i : 0, i % 7);
    struct str text = show(&page, buf_view(&many), (struct clients_options){.top = 3});
    assert_int_equal(count_series(text, "redis_clients_by_name{"), 4);
    assert_double(metric_value(text, "redis_clients_by_name{name=\"0\"}"), 429);
    assert_double(metric_value(text, "redis_clients_by_name{name=\"(all others)\"}"), 3000 - 429 - 2);
    assert_double(metric_value(text, "redis_clients_by_user{user=\"u0\"}"), 429);
    assert_double(metric_value(text, "redis_clients_by_user{user=\"(all others)\"}"), 3000 - 3 * 429);
    assert_int_equal(count_series(text, "redis_clients_by_library{"), 0);
    page_done(&page);

    text = show(&page, buf_view(&many), (struct clients_options){.top = 100000});
    assert_int_equal(count_series(text, "redis_clients_by_name{"), CLIENTS_TOP_MAX + 1);
    page_done(&page);
    text = show(&page, buf_view(&many), (struct clients_options){.top = 0});
    assert_double(metric_value(text, "redis_clients_by_name{name=\"(all others)\"}"), 3000);
    page_done(&page);
    buf_done(&many);
}

static void replicas_are_told_apart_by_their_addresses(void **state)
{
    struct page page;
    struct buf many;
    (void)state;
    buf_init(&many, 1 << 20);
    buf_text(&many, "id=1 addr=10.0.0.1:1 flags=S omem=5\nid=2 addr=10.0.0.2:1 flags=S omem=0\n"
                    "id=3 addr=10.0.0.1:2 flags=S omem=9\nid=4 addr=10.0.0.1:3 flags=S omem=7\n"
                    "id=5 addr=10.0.0.3:3 flags=N omem=7\nid=6 addr=10.0.0.4:3 flags=S\n");
    struct str text = show(&page, buf_view(&many), (struct clients_options){.top = 1});
    assert_int_equal(count_series(text, "redis_replica_output_buffer_bytes{"), 2);
    assert_double(metric_value(text, "redis_replica_output_buffer_bytes{replica_ip=\"10.0.0.1\"}"), 9);
    assert_double(metric_value(text, "redis_replica_output_buffer_bytes{replica_ip=\"10.0.0.2\"}"), 0);
    page_done(&page);

    for (int i = 0; i < 300; i++)
        buf_fmt(&many, "id=%d addr=host%d:1 flags=S omem=1\n", i + 7, i);
    text = show(&page, buf_view(&many), (struct clients_options){.top = 1});
    assert_int_equal(count_series(text, "redis_replica_output_buffer_bytes{"), 64);
    assert_true(page.truncated);
    page_done(&page);
    buf_done(&many);
}

static void each_client_is_shown_only_if_asked(void **state)
{
    static const struct {
        const char *series;
        double value;
    } rows[] = {
        {"redis_connected_client_info{id=\"3\",name=\"web\",flags=\"N\",db=\"0\",host=\"10.0.0.1\",port="
         "\"5000\",user=\"app\","
         "resp=\"2\"}",
         1},
        {"redis_connected_client_created_at_timestamp{id=\"3\",name=\"web\"}", 900},
        {"redis_connected_client_idle_since_timestamp{id=\"3\",name=\"web\"}", 993},
        {"redis_connected_client_channel_subscriptions_count{id=\"3\",name=\"web\"}", 0},
        {"redis_connected_client_shard_channel_watched_keys{id=\"3\",name=\"web\"}", 2},
        {"redis_connected_client_query_buffer_length_bytes{id=\"3\",name=\"web\"}", 1},
        {"redis_connected_client_query_buffer_free_space_bytes{id=\"3\",name=\"web\"}", 2},
        {"redis_connected_client_output_buffer_length_bytes{id=\"3\",name=\"web\"}", 3},
        {"redis_connected_client_output_list_length{id=\"3\",name=\"web\"}", 4},
        {"redis_connected_client_output_buffer_memory_usage_bytes{id=\"3\",name=\"web\"}", 500},
        {"redis_connected_client_total_memory_consumed_bytes{id=\"3\",name=\"web\"}", 1000},
    };
    struct clients_options options = {.each = true, .each_port = true, .each_max = 1000, .now_seconds = 1000};
    struct page page;
    (void)state;
    struct str text = show(&page, str_of(list), options);
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_double(metric_value(text, rows[i].series), rows[i].value);
    assert_int_equal(count_series(text, "redis_connected_client_info{"), 5);
    assert_int_equal(count_series(text, "redis_connected_client_shard_channel_watched_keys{"), 1);
    assert_false(page.truncated);
    page_done(&page);

    options.each_port = false;
    text = show(&page, STR("id=1 addr=[::1]:5 name=a flags=N db=0\n"), options);
    assert_true(metric_exists(
        text, "redis_connected_client_info{id=\"1\",name=\"a\",flags=\"N\",db=\"0\",host=\"[::1]\"}"));
    page_done(&page);
}

static void the_series_of_clients_have_a_ceiling_and_come_once(void **state)
{
    struct clients_options options = {.each = true, .each_max = 13 * 2};
    struct page page;
    (void)state;
    struct str text = show(&page, str_of(list), options);
    assert_int_equal(count_series(text, "redis_connected_client_info{"), 2);
    assert_double(metric_value(text, "redis_clients_by_class{class=\"normal\"}"), 2);
    assert_true(page.truncated);
    page_done(&page);

    options.each_max = 1000;
    text = show(
        &page,
        STR("id=5 name=a\nid=4 name=b\nid=5 name=a\nid=4 name=b\nid=05 name=a\nid=x name=c\nid=6 name=d\n"),
        options);
    assert_int_equal(count_series(text, "redis_connected_client_info{"), 3);
    page_done(&page);
}

static void a_list_without_a_client_is_refused(void **state)
{
    static const char *const rows[] = {"", "\n", "OK", "name=x\n", "id=\n"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        struct samples samples;
        struct err err;
        bool truncated;
        arena_init(&arena, 0, 1 << 20);
        samples_init(&samples, &arena, 0);
        assert_false(clients_emit(str_of(rows[i]), &(struct clients_options){.top = 1}, &arena, &samples,
                                  &truncated, &err));
        assert_int_equal(err.kind, ERR_REDIS);
        samples_done(&samples);
        arena_done(&arena);
    }
}

static void a_tally_is_ordered_by_count_and_then_by_name(void **state)
{
    struct tally_key keys[] = {{STR("b"), STR("")},  {STR("a"), STR("2")}, {STR("c"), STR("")},
                               {STR("a"), STR("1")}, {STR("c"), STR("")},  {STR("a"), STR("1")},
                               {STR("a"), STR("1")}, {STR(""), STR("")}};
    static const char *const order[] = {"a", "c", "", "a", "b"};
    static const uint32_t counts[] = {3, 2, 1, 1, 1};
    struct tally_group groups[COUNT(keys)];
    (void)state;
    assert_int_equal(tally(keys, COUNT(keys), groups), COUNT(order));
    for (size_t i = 0; i < COUNT(order); i++) {
        assert_text(groups[i].key.first, order[i]);
        assert_int_equal(groups[i].count, counts[i]);
    }
    assert_text(groups[3].key.second, "2");
    assert_int_equal(tally(NULL, 0, NULL), 0);
}

static void attempt(void *arg)
{
    struct arena arena, work;
    struct samples samples;
    struct err err;
    bool truncated;
    (void)arg;
    arena_init(&arena, 64, 1 << 20);
    arena_init(&work, 64, 1 << 20);
    samples_init(&samples, &arena, 0);
    struct clients_options options = {.top = 20, .each = true, .each_max = 1000};
    bool ok = clients_emit(str_of(list), &options, &work, &samples, &truncated, &err);
    assert_true(ok || (err.kind == ERR_MEMORY && memory_refused()));
    samples_done(&samples);
    arena_done(&work);
    arena_done(&arena);
}

static void without_memory_nothing_is_half(void **state)
{
    (void)state;
    assert_in_range(memory_refuse_each(attempt, NULL), 4, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_are_counted_by_what_they_have_in_common),    TEST(only_the_most_frequent_have_a_series),
        TEST(replicas_are_told_apart_by_their_addresses),         TEST(each_client_is_shown_only_if_asked),
        TEST(the_series_of_clients_have_a_ceiling_and_come_once), TEST(a_list_without_a_client_is_refused),
        TEST(a_tally_is_ordered_by_count_and_then_by_name),       TEST(without_memory_nothing_is_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
