/* cmd: the table of everything that is ever sent, and its gates. */
#include "unit/support/check.h"
#include <bluegreen/cmd.h>
#include <bluegreen/collector.h>
#include <bluegreen/survey.h>
#include <bluegreen/version.h>

static void every_row_is_filled(void **state)
{
    (void)state;
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT; id++) {
        const struct cmd *cmd = cmd_get(id);
        assert_non_null(cmd->args[0]);
        assert_non_null(cmd->acl);
        assert_non_null(cmd->acl6);
        assert_in_range(cmd->reply_max, 1024, 64 << 20);
        for (int i = 1; i < CMD_ARGS_MAX; i++)
            if (cmd->args[i])
                assert_non_null(cmd->args[i - 1]);
        if (id != CMD_AUTH)
            assert_int_equal(cmd->acl[0], '+');
    }
    assert_null(cmd_get(CMD_NONE)->args[0]);
}

static void no_command_is_in_the_table_twice(void **state)
{
    char a[200], b[200];
    (void)state;
    for (enum cmd_id x = CMD_NONE + 1; x < CMD_COUNT; x++)
        for (enum cmd_id y = CMD_NONE + 1; y < x; y++)
            assert_false(str_eq(cmd_text(x, a, sizeof a), cmd_text(y, b, sizeof b)));
}

static void the_agent_only_reads(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        for (int c = 0; c < COLLECTOR_CMDS_MAX && collectors[i]->cmds[c]; c++)
            assert_int_equal(cmd_get(collectors[i]->cmds[c])->class, CMD_READ);
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        for (int c = 0; c < COLLECTOR_MORE_MAX && collectors[i]->more_cmds[c]; c++)
            assert_int_equal(cmd_get(collectors[i]->more_cmds[c])->class, CMD_READ);
    assert_int_equal(cmd_get(CMD_INFO)->class, CMD_READ);
    assert_int_equal(cmd_get(CMD_CLIENT_SETNAME)->class, CMD_READ);
}

static void every_collector_command_but_none_else_is_polled_once(void **state)
{
    unsigned uses[CMD_COUNT] = {0};
    (void)state;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        for (int c = 0; c < COLLECTOR_CMDS_MAX && collectors[i]->cmds[c]; c++)
            uses[collectors[i]->cmds[c]]++;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        for (int c = 0; c < COLLECTOR_MORE_MAX && collectors[i]->more_cmds[c]; c++)
            uses[collectors[i]->more_cmds[c]]++;
    for (enum cmd_id id = CMD_LATENCY_LATEST; id < CMD_SELECT; id++)
        assert_int_equal(uses[id], cmd_get(id)->class == CMD_READ);
    for (enum cmd_id id = CMD_SELECT; id < CMD_COUNT; id++)
        assert_int_equal(uses[id], 0);
    assert_int_equal(uses[CMD_AUTH] + uses[CMD_CLIENT_SETNAME] + uses[CMD_INFO], 0);
}

static void what_surveys_send_is_in_their_rows_and_reads(void **state)
{
    bool used[CMD_COUNT] = {[CMD_SELECT] = true};
    (void)state;
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        for (const enum cmd_id *cmd = surveys[i]->commands; *cmd; cmd++)
            used[*cmd] = true;
    for (enum cmd_id id = CMD_SELECT; id < CMD_CLUSTER_NODES; id++) {
        assert_int_equal(cmd_get(id)->class, CMD_READ);
        assert_true(used[id]);
    }
}

static bool known(enum cmd_id id, const char *name)
{
    struct server_kind server = {.version = 0};
    assert_true(server_kind_parse(str_of(name), &server));
    return cmd_known(id, &server);
}

static void a_version_knows_what_was_there_before_it(void **state)
{
    (void)state;
    assert_false(known(CMD_LATENCY_HISTOGRAM, "6.0.16"));
    assert_false(known(CMD_LATENCY_HISTOGRAM, "6.255.255"));
    assert_true(known(CMD_LATENCY_HISTOGRAM, "7.0.0"));
    assert_true(known(CMD_LATENCY_HISTOGRAM, "8.0.2"));
    assert_true(known(CMD_LATENCY_LATEST, "6.0.16"));
    assert_true(known(CMD_LATENCY_HISTOGRAM, "valkey-7.2"));
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT; id++) {
        const struct cmd *cmd = cmd_get(id);
        assert_int_equal(known(id, "7.0.0"), cmd->where != ON_SENTINELS && !cmd->valkey_since);
    }
}

static void nobody_is_asked_what_only_others_know(void **state)
{
    static const struct server_kind sentinel = {VERSION(7, 0, 0), 0, MODE_SENTINEL},
                                    alone = {VERSION(7, 0, 0), 0, MODE_STANDALONE},
                                    valkey = {VERSION(7, 2, 4), VERSION(8, 1, 0), MODE_STANDALONE};
    (void)state;
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT; id++) {
        const struct cmd *cmd = cmd_get(id);
        assert_int_equal(cmd_known(id, &sentinel),
                         (cmd->where == ON_SENTINELS || cmd->where == ON_ALL) && !cmd->valkey_since);
        if (cmd->where == ON_CLUSTER_NODES || cmd->where == ON_SENTINELS)
            assert_false(cmd_known(id, &alone));
        if (cmd->valkey_since && cmd->where == ON_DATA_SERVERS)
            assert_int_equal(cmd_known(id, &valkey), cmd->valkey_since <= valkey.valkey_version);
    }
    assert_false(cmd_known(CMD_SLOWLOG_LEN, &sentinel));
    assert_false(cmd_known(CMD_CONFIG_MAXMEMORY, &sentinel));
}

static void an_unknown_server_is_asked_only_what_all_know(void **state)
{
    static const struct server_kind unknown = {0, 0, MODE_UNKNOWN},
                                    hidden = {VERSION(7, 0, 0), 0, MODE_UNKNOWN};
    (void)state;
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT; id++) {
        bool all = id == CMD_AUTH || id == CMD_INFO || id == CMD_INFO_DEFAULT || id == CMD_CLIENT_SETNAME;
        assert_int_equal(cmd_known(id, &unknown), all);
        assert_int_equal(cmd_known(id, &hidden), cmd_get(id)->where == ON_ALL);
    }
}

static void commands_are_shown_as_they_are_typed(void **state)
{
    char text[64], small[16];
    (void)state;
    assert_text(cmd_text(CMD_CONFIG_MAXMEMORY, text, sizeof text), "CONFIG GET maxmemory");
    assert_text(cmd_text(CMD_ROLE, text, sizeof text), "ROLE");
    assert_string_equal(text, "ROLE");
    assert_text(cmd_text(CMD_NONE, text, sizeof text), "");
    assert_text(cmd_text(CMD_CONFIG_MAXMEMORY, small, sizeof small), "CONFIG GET");
    assert_text(cmd_text(CMD_ROLE, small, 5), "ROLE");
    assert_text(cmd_text(CMD_ROLE, small, 4), "");
    assert_text(cmd_text(CMD_ROLE, small, 1), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_row_is_filled),
        TEST(no_command_is_in_the_table_twice),
        TEST(the_agent_only_reads),
        TEST(every_collector_command_but_none_else_is_polled_once),
        TEST(what_surveys_send_is_in_their_rows_and_reads),
        TEST(a_version_knows_what_was_there_before_it),
        TEST(nobody_is_asked_what_only_others_know),
        TEST(an_unknown_server_is_asked_only_what_all_know),
        TEST(commands_are_shown_as_they_are_typed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
