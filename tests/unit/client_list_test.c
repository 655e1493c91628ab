/* client_list: real lines of all servers, and what clients may have written into them. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/client_list.h>

#define LINE_6_0                                                                                             \
    "id=4 addr=127.0.0.1:60460 fd=7 name= age=3 idle=1 flags=N db=0 sub=0 psub=0 multi=-1 qbuf=26 "          \
    "qbuf-free=32742 argv-mem=10 obl=0 oll=0 omem=0 tot-mem=61466 events=r cmd=client user=default\n"
#define LINE_8_0                                                                                             \
    "id=12 addr=[::1]:46594 laddr=[::1]:27678 fd=12 name=a=b age=0 idle=0 flags=PbS db=3 sub=1 psub=2 "      \
    "ssub=4 "                                                                                                \
    "multi=-1 watch=5 qbuf=26 qbuf-free=20448 argv-mem=10 multi-mem=0 rbs=16384 rbp=16384 obl=6 oll=7 "      \
    "omem=8 "                                                                                                \
    "tot-mem=37786 events=r cmd=client|list user=us=er redir=-1 resp=3 lib-name=redis-py lib-ver=5.0 "       \
    "io-thread=0\n"

static int64_t number(const struct client *client, enum client_field field)
{
    int64_t value = -1;
    return client_number(client, field, &value) ? value : -1;
}

static void lines_of_old_and_new_servers_are_read(void **state)
{
    (void)state;
    EACH_GUARDED(g, STR(LINE_6_0 LINE_8_0))
    {
        struct str rest = g.slice;
        struct client client;
        assert_true(client_next(&rest, &client));
        assert_text(client.field[CLIENT_ID], "4");
        assert_non_null(client.field[CLIENT_NAME].ptr);
        assert_int_equal(client.field[CLIENT_NAME].len, 0);
        assert_null(client.field[CLIENT_RESP].ptr);
        assert_text(client.field[CLIENT_USER], "default");
        assert_int_equal(number(&client, CLIENT_AGE), 3);
        assert_int_equal(number(&client, CLIENT_QBUF_FREE), 32742);
        assert_int_equal(number(&client, CLIENT_MULTI), -1); /* -1 is no number of anything */

        assert_true(client_next(&rest, &client));
        assert_text(client.field[CLIENT_NAME], "a=b");
        assert_text(client.field[CLIENT_USER], "us=er");
        assert_text(client.field[CLIENT_LIB_NAME], "redis-py");
        assert_text(client.field[CLIENT_LIB_VER], "5.0");
        assert_int_equal(number(&client, CLIENT_SSUB), 4);
        assert_int_equal(number(&client, CLIENT_WATCH), 5);
        assert_int_equal(number(&client, CLIENT_OBL), 6);
        assert_int_equal(number(&client, CLIENT_OMEM), 8);
        assert_int_equal(number(&client, CLIENT_TOT_MEM), 37786);
        assert_false(client_next(&rest, &client));
    }
}

static void odd_lines_are_left_out_and_odd_words_skipped(void **state)
{
    struct client client;
    struct str rest =
        STR("\n \nname=x\nid= name=y\n=\nid=1 addr=/tmp/a b/c:0 laddr name=x  = omem=9 name=z\r\nid=2");
    (void)state;
    assert_true(client_next(&rest, &client));
    assert_text(client.field[CLIENT_ID], "1");
    assert_text(client.field[CLIENT_ADDR], "/tmp/a");
    assert_null(client.field[CLIENT_LADDR].ptr);
    assert_text(client.field[CLIENT_NAME], "z");
    assert_int_equal(number(&client, CLIENT_OMEM), 9);
    assert_true(client_next(&rest, &client));
    assert_text(client.field[CLIENT_ID], "2");
    assert_false(client_next(&rest, &client));
    assert_false(client_next(&rest, &client));
}

static void fields_are_found_in_any_order(void **state)
{
    struct client client;
    struct str rest = STR("lib-ver=1 user=u id=9 lib-name=l new-field=7 fd=3 addr=h:1");
    (void)state;
    assert_true(client_next(&rest, &client));
    assert_text(client.field[CLIENT_LIB_VER], "1");
    assert_text(client.field[CLIENT_LIB_NAME], "l");
    assert_text(client.field[CLIENT_USER], "u");
    assert_text(client.field[CLIENT_FD], "3");
    assert_text(client.field[CLIENT_ADDR], "h:1");
}

static void the_class_follows_from_the_flags(void **state)
{
    static const struct {
        const char *flags;
        enum client_class class;
    } rows[] = {{"N", CLIENT_NORMAL}, {"S", CLIENT_REPLICA}, {"P", CLIENT_PUBSUB}, {"xP", CLIENT_PUBSUB},
                {"M", CLIENT_NORMAL}, {"O", CLIENT_NORMAL},  {"", CLIENT_NORMAL},  {"PS", CLIENT_REPLICA}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct client client = {.field = {[CLIENT_FLAGS] = str_of(rows[i].flags)}};
        assert_int_equal(client_class(&client), rows[i].class);
    }
}

static void addresses_are_cut_at_their_last_colon(void **state)
{
    static const struct {
        const char *address, *host, *port;
    } rows[] = {{"127.0.0.1:6379", "127.0.0.1", "6379"},
                {"[::1]:6379", "[::1]", "6379"},
                {"/tmp/s:0", "/tmp/s", "0"},
                {"?:0", "?", "0"},
                {"host", "host", ""},
                {"", "", ""},
                {":", "", ""}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct str host, port;
        client_address(str_of(rows[i].address), &host, &port);
        assert_text(host, rows[i].host);
        assert_text(port, rows[i].port);
    }
}

static void numbers_are_whole_and_not_negative(void **state)
{
    static const char *const odd[] = {"", "-1", "x", "1x", "1.5", "99999999999999999999"};
    (void)state;
    for (size_t i = 0; i < COUNT(odd); i++) {
        struct client client = {.field = {[CLIENT_OMEM] = str_of(odd[i])}};
        assert_int_equal(number(&client, CLIENT_OMEM), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_of_old_and_new_servers_are_read), TEST(odd_lines_are_left_out_and_odd_words_skipped),
        TEST(fields_are_found_in_any_order),         TEST(the_class_follows_from_the_flags),
        TEST(addresses_are_cut_at_their_last_colon), TEST(numbers_are_whole_and_not_negative),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
