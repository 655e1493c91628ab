#include <bluegreen/acl.h>

static const char *rule_of(enum cmd_id cmd, uint32_t version)
{
    return version >= VERSION(7, 0, 0) ? cmd_get(cmd)->acl : cmd_get(cmd)->acl6;
}

/* Several commands may need the same rule. */
static bool said_before(const struct buf *out, const char *rule)
{
    struct str words = buf_view(out), word;
    while (str_next(&words, ' ', &word))
        if (str_eq(word, str_of(rule)))
            return true;
    return false;
}

static void allow(enum cmd_id cmd, const struct server_kind *server, struct buf *out)
{
    const char *rule = rule_of(cmd, server->version);
    if (cmd_known(cmd, server) && *rule && !said_before(out, rule))
        buf_fmt(out, " %s", rule);
}

/* Reading keys is a right of its own since 7.0; on 6.0 only the commands keep a user from writing them. */
static void allow_surveys(const struct server_kind *server, const struct survey_settings *settings,
                          struct buf *out)
{
    if (!surveys_wanted(settings))
        return;
    buf_text(out, server->version >= VERSION(7, 0, 0) ? " %R~*" : " ~*");
    allow(CMD_SELECT, server, out);
    for (unsigned i = 0; i < SURVEY_COUNT; i++)
        for (const enum cmd_id *cmd = surveys[i]->commands; surveys[i]->wanted(settings) && *cmd; cmd++)
            allow(*cmd, server, out);
}

void acl_line(const struct server_kind *server, bool set_client_name, const struct collector_choice *choice,
              const struct survey_settings *settings, const enum cmd_id *more, struct buf *out)
{
    buf_text(out, "ACL SETUSER " ACL_USER " reset on >PASSWORD");
    if (set_client_name)
        allow(CMD_CLIENT_SETNAME, server, out);
    allow(CMD_INFO, server, out);
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        if (!collector_chosen(collectors[i], choice) || !collector_known(collectors[i], server))
            continue;
        for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collectors[i]->cmds[c]; c++)
            allow(collectors[i]->cmds[c], server, out);
        for (unsigned c = 0; c < COLLECTOR_MORE_MAX && collectors[i]->more_cmds[c]; c++)
            allow(collectors[i]->more_cmds[c], server, out);
    }
    allow_surveys(server, settings, out);
    for (; *more; more++)
        allow(*more, server, out);
    buf_char(out, '\n');
}
