/* web_login, web_verdict: who is let in, what that costs, and what is kept of it. */
#include "io/web_login.h"
#include "io/web_verdict.h"
#include "unit/support/check.h"
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>

static uv_loop_t loop;
static char hash[128];
static struct web_user users[2] = {{"prom", hash, false}, {"plain", "open sesame", true}};
static struct web_conf web = {.users = users, .user_count = 1};

struct one {
    struct web_login login;
    unsigned calls;
    bool granted;
};

static void on_done(void *arg, bool granted)
{
    struct one *one = arg;
    one->calls++;
    one->granted = granted;
}

static int set_up(void **state)
{
    char salt[64];
    struct crypt_data *data = calloc(1, sizeof *data);
    (void)state;
    snprintf(salt, sizeof salt, "$2y$04$abcdefghijklmnopqrstuu");
    snprintf(hash, sizeof hash, "%s", crypt_r("hunter2", salt, data));
    free(data);
    return uv_loop_init(&loop);
}

static int tear_down(void **state)
{
    (void)state;
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop);
}

static enum web_answer ask_from(struct web_logins *logins, struct one *one, const char *user,
                                struct str password, const char *client)
{
    *one = (struct one){.login = {.done = on_done, .arg = one}};
    return web_logins_ask(logins, &web, str_of(user), password, str_of(client), &one->login);
}

static enum web_answer ask(struct web_logins *logins, struct one *one, const char *user, const char *password)
{
    return ask_from(logins, one, user, str_of(password), "10.0.0.1");
}

static void a_password_is_checked_once(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    struct one right, same, wrong, stranger;
    (void)state;
    assert_int_equal(ask(logins, &right, "prom", "hunter2"), WEB_WAITS);
    assert_int_equal(ask(logins, &same, "prom", "hunter2"), WEB_WAITS);
    assert_int_equal(ask(logins, &wrong, "prom", "hunter3"), WEB_WAITS);
    assert_int_equal(ask(logins, &stranger, "nobody", "hunter2"), WEB_WAITS);
    assert_int_equal(right.calls, 0);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(right.calls == 1 && right.granted && same.calls == 1 && same.granted);
    assert_true(wrong.calls == 1 && !wrong.granted && stranger.calls == 1 && !stranger.granted);
    assert_int_equal(web_logins_checks(logins), 3);

    assert_int_equal(ask(logins, &right, "prom", "hunter2"), WEB_GRANTED);
    assert_int_equal(ask(logins, &wrong, "prom", "hunter3"), WEB_DENIED);
    assert_int_equal(ask(logins, &stranger, "nobody", "hunter2"), WEB_DENIED);
    assert_int_equal(web_logins_checks(logins), 3);
    web_logins_free(logins);
}

/* bcrypt ends at a NUL: "hunter2\0anything" must not be hunter2. */
static void a_nul_ends_nothing(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    struct one one;
    char longest[2000];
    (void)state;
    memset(longest, 'x', sizeof longest);
    assert_int_equal(ask_from(logins, &one, "prom", (struct str){"hunter2\0more", 12}, "a"), WEB_WAITS);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(one.calls == 1 && !one.granted);
    assert_int_equal(ask_from(logins, &one, "prom", (struct str){longest, sizeof longest}, "a"), WEB_DENIED);
    web_logins_free(logins);
}

static void a_changed_hash_is_another_question(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    struct one one;
    char before = hash[40];
    (void)state;
    assert_int_equal(ask(logins, &one, "prom", "hunter2"), WEB_WAITS);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_true(one.granted);
    hash[40] = before == 'a' ? 'b' : 'a';
    assert_int_equal(ask(logins, &one, "prom", "hunter2"), WEB_WAITS);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_false(one.granted);
    hash[40] = before;
    web_logins_free(logins);
}

static void plain_passwords_need_no_check(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    struct web_conf plain = {.users = users + 1, .user_count = 1};
    struct one one = {.calls = 0};
    static const struct {
        const char *user, *password;
        enum web_answer answer;
    } rows[] = {{"plain", "open sesame", WEB_GRANTED},
                {"plain", "open sesam", WEB_DENIED},
                {"plain", "", WEB_DENIED},
                {"other", "open sesame", WEB_DENIED}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        assert_int_equal(web_logins_ask(logins, &plain, str_of(rows[i].user), str_of(rows[i].password),
                                        STR("a"), &one.login),
                         rows[i].answer);
    assert_int_equal(web_logins_checks(logins), 0);
    web_logins_free(logins);
}

static void the_queue_is_bounded(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    static struct one ones[200];
    unsigned waits = 0;
    char password[32], client[32];
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        snprintf(password, sizeof password, "guess %u", i);
        waits += ask(logins, &ones[i], "prom", password) == WEB_WAITS;
    }
    assert_int_equal(waits, WEB_CLIENT_MAX + 1); /* one of them runs */
    for (unsigned i = 100; i < 200; i++) {
        snprintf(client, sizeof client, "10.1.0.%u", i);
        snprintf(password, sizeof password, "guess %u", i);
        waits += ask_from(logins, &ones[i], "prom", str_of(password), client) == WEB_WAITS;
    }
    assert_int_equal(waits, WEB_QUEUE_MAX + 1);
    for (unsigned i = 0; i < 200; i++)
        web_login_forget(&ones[i].login);
    uv_run(&loop, UV_RUN_DEFAULT);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(ones[i].calls, 0);
    assert_int_equal(web_logins_checks(logins), 1); /* nobody waited for the others any more */
    web_logins_free(logins);
}

/* Freed in the middle of a check: nothing leaks, nobody is called. */
static void it_ends_in_the_middle(void **state)
{
    struct web_logins *logins = web_logins_new(&loop);
    struct one first, second;
    (void)state;
    assert_int_equal(ask(logins, &first, "prom", "a"), WEB_WAITS);
    assert_int_equal(ask(logins, &second, "prom", "b"), WEB_WAITS);
    web_login_forget(&first.login);
    web_login_forget(&second.login);
    web_logins_free(logins);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(first.calls + second.calls, 0);
}

static struct web_digest digest_of(const struct web_verdicts *verdicts, const char *user,
                                   const char *password)
{
    struct web_digest digest;
    assert_true(web_verdicts_digest(verdicts, str_of(user), STR("h"), str_of(password), &digest));
    return digest;
}

static void digests_are_of_this_process_and_of_every_part(void **state)
{
    struct web_verdicts *one = web_verdicts_new(), *two = web_verdicts_new();
    struct web_digest a = digest_of(one, "ab", "c"), b = digest_of(one, "a", "bc"),
                      c = digest_of(two, "ab", "c");
    struct web_digest same = digest_of(one, "ab", "c");
    (void)state;
    assert_memory_equal(&a, &same, sizeof a);
    assert_memory_not_equal(&a, &b, sizeof a);
    assert_memory_not_equal(&a, &c, sizeof a);
    web_verdicts_free(one);
    web_verdicts_free(two);
}

static void wrong_ones_are_forgotten_and_push_out_no_right_one(void **state)
{
    struct web_verdicts *verdicts = web_verdicts_new();
    struct web_digest right = digest_of(verdicts, "u", "right"), wrong = digest_of(verdicts, "u", "wrong");
    char password[32];
    (void)state;
    assert_int_equal(web_verdicts_find(verdicts, &right, 0), WEB_VERDICT_NONE);
    web_verdicts_add(verdicts, &right, true, 1000);
    web_verdicts_add(verdicts, &wrong, false, 1000);
    assert_int_equal(web_verdicts_find(verdicts, &wrong, 1000 + WEB_WRONG_MS - 1), WEB_VERDICT_WRONG);
    assert_int_equal(web_verdicts_find(verdicts, &wrong, 1000 + WEB_WRONG_MS), WEB_VERDICT_NONE);
    for (unsigned i = 0; i < 3 * WEB_VERDICTS_MAX; i++) {
        snprintf(password, sizeof password, "guess %u", i);
        struct web_digest guess = digest_of(verdicts, "u", password);
        web_verdicts_add(verdicts, &guess, false, 2000 + i);
        assert_int_equal(web_verdicts_find(verdicts, &guess, 2000 + i), WEB_VERDICT_WRONG);
    }
    assert_int_equal(web_verdicts_find(verdicts, &wrong, 2000), WEB_VERDICT_NONE);
    assert_int_equal(web_verdicts_find(verdicts, &right, 1u << 30), WEB_VERDICT_RIGHT);
    web_verdicts_free(verdicts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_password_is_checked_once),
        TEST(a_nul_ends_nothing),
        TEST(a_changed_hash_is_another_question),
        TEST(plain_passwords_need_no_check),
        TEST(the_queue_is_bounded),
        TEST(it_ends_in_the_middle),
        TEST(digests_are_of_this_process_and_of_every_part),
        TEST(wrong_ones_are_forgotten_and_push_out_no_right_one),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
