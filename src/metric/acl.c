#include <bluegreen/acl.h>
#include <bluegreen/collector.h>
#include <bluegreen/version.h>

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

static void allow(enum cmd_id cmd, uint32_t version, struct buf *out)
{
    const char *rule = rule_of(cmd, version);
    if (cmd_known(cmd, version) && *rule && !said_before(out, rule))
        buf_fmt(out, " %s", rule);
}

void acl_line(uint32_t version, bool set_client_name, const char *const *disabled, struct buf *out)
{
    buf_text(out, "ACL SETUSER " ACL_USER " reset on >PASSWORD");
    if (set_client_name)
        allow(CMD_CLIENT_SETNAME, version, out);
    allow(CMD_INFO, version, out);
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collectors[i]->cmds[c]; c++)
            if (!collector_named(collectors[i], disabled))
                allow(collectors[i]->cmds[c], version, out);
    buf_char(out, '\n');
}
