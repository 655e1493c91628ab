#include <bluegreen/facts.h>
#include <bluegreen/num.h>
#include <bluegreen/version.h>
#include <stddef.h>

static const struct {
    struct str field;
    size_t place;
} integers[] = {
    {STR_INIT("uptime_in_seconds"), offsetof(struct facts, uptime_seconds)},
    {STR_INIT("master_port"), offsetof(struct facts, primary_port)},
    {STR_INIT("master_link_down_since_seconds"), offsetof(struct facts, link_down_seconds)},
    {STR_INIT("master_sync_in_progress"), offsetof(struct facts, sync_in_progress)},
    {STR_INIT("connected_slaves"), offsetof(struct facts, connected_replicas)},
};

static const struct {
    struct str field;
    size_t place;
} texts[] = {
    {STR_INIT("run_id"), offsetof(struct facts, run_id)},
    {STR_INIT("master_replid"), offsetof(struct facts, replid)},
    {STR_INIT("master_host"), offsetof(struct facts, primary_host)},
    {STR_INIT("redis_version"), offsetof(struct facts, version_text)},
    {STR_INIT("valkey_version"), offsetof(struct facts, version_text)},
};

/* A server that hides its mode and has a role is no Sentinel. */
static enum server_mode read_mode(const struct info *info)
{
    struct str mode = STR(""), role;
    int64_t cluster;
    /* Valkey says server_mode. */
    if (!info_get(info, STR("redis_mode"), &mode))
        info_get(info, STR("server_mode"), &mode);
    if (str_eq(mode, STR("sentinel")))
        return MODE_SENTINEL;
    if (str_eq(mode, STR("cluster")) || (info_i64(info, STR("cluster_enabled"), &cluster) && cluster == 1))
        return MODE_CLUSTER;
    return mode.len || info_get(info, STR("role"), &role) ? MODE_STANDALONE : MODE_UNKNOWN;
}

static enum role read_role(const struct info *info, enum server_mode mode)
{
    struct str text;
    if (mode == MODE_SENTINEL)
        return ROLE_SENTINEL;
    if (!info_get(info, STR("role"), &text))
        return ROLE_UNKNOWN;
    return str_eq(text, STR("master"))  ? ROLE_PRIMARY
           : str_eq(text, STR("slave")) ? ROLE_REPLICA
                                        : ROLE_UNKNOWN;
}

static int64_t read_loading(const struct info *info)
{
    int64_t loading, async;
    if (!info_i64(info, STR("loading"), &loading))
        return FACT_UNKNOWN;
    return loading || (info_i64(info, STR("async_loading"), &async) && async);
}

void facts_read(const struct info *info, struct facts *ret)
{
    struct facts facts = {.server_name = STR("redis")};
    struct str text;
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        int64_t *place = (int64_t *)((char *)&facts + integers[i].place);
        if (!info_i64(info, integers[i].field, place))
            *place = FACT_UNKNOWN;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        info_get(info, texts[i].field, (struct str *)((char *)&facts + texts[i].place));

    info_get(info, STR("server_name"), &facts.server_name);
    if (info_get(info, STR("redis_version"), &text))
        facts.version = version_parse(text);
    if (info_get(info, STR("valkey_version"), &text))
        facts.valkey_version = version_parse(text);
    facts.mode = read_mode(info);
    /* 6.0 counts from 1970 when the link was never up. */
    if (facts.link_down_seconds < 0 || facts.link_down_seconds > facts.uptime_seconds)
        facts.link_down_seconds = FACT_UNKNOWN;
    facts.role = read_role(info, facts.mode);
    facts.loading = read_loading(info);
    facts.link_up = FACT_UNKNOWN;
    if (info_get(info, STR("master_link_status"), &text))
        facts.link_up = str_eq(text, STR("up"));
    struct str offset_field =
        facts.role == ROLE_REPLICA ? STR("slave_repl_offset") : STR("master_repl_offset");
    if (!info_i64(info, offset_field, &facts.repl_offset))
        facts.repl_offset = FACT_UNKNOWN;
    *ret = facts;
}

struct server_kind facts_server_kind(const struct facts *facts)
{
    return (struct server_kind){facts->version, facts->valkey_version, facts->mode};
}

const char *role_word(enum role role)
{
    static const char *const words[] = {"unknown", "primary", "replica", "sentinel"};
    return words[role];
}
