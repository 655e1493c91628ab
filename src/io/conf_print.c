/*
 * conf_print: a configuration, and the keys themselves, as text. All of it walks the table.
 */
#include "io/conf_keys.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_MAX = 1 << 20 };

static void indent(struct buf *out, unsigned depth)
{
    for (unsigned i = 0; i < depth; i++)
        buf_text(out, "  ");
}

/*
 * The keys right below <prefix>. Those of a section in a target are shown when one of them was set, because
 * tls on a target without TLS is a mistake. <dash> begins an item of a list.
 */
static void print_keys(const struct config *config, struct str prefix, const void *base, unsigned depth,
                       bool dash, struct buf *out)
{
    for (unsigned i = 0; i < conf_keys_count; i++) {
        struct str name;
        struct buf value;
        if (!conf_key_name(&conf_keys[i], prefix, &name))
            continue;
        buf_init(&value, VALUE_MAX);
        if (conf_type_print(&conf_keys[i], config, base, &value)) {
            indent(out, dash ? depth - 1 : depth);
            buf_text(out, dash ? "- " : "");
            dash = false;
            buf_fmt(out, STR_FMT ": ", STR_ARG(name));
            buf_str(out, buf_view(&value));
            buf_char(out, '\n');
        }
        if (!buf_ok(&value))
            buf_reserve(out, SIZE_MAX); /* fails it: a key would be missing */
        buf_done(&value);
    }
}

static void print_tls(const struct config *config, struct str prefix, const void *base,
                      const struct conf_tls *tls, unsigned depth, struct buf *out)
{
    if (!tls->ca_file && !tls->cert_file && !tls->server_name && !tls->skip_verify)
        return;
    indent(out, depth);
    buf_text(out, "tls:\n");
    print_keys(config, prefix, base, depth + 1, false, out);
}

/* The items of a list: <prefix> "targets[]." of structs whose tls is at <tls>; SIZE_MAX: they have none. */
static void print_list(const struct config *config, struct str prefix, const void *items, unsigned count,
                       size_t size, size_t tls_offset, struct buf *out)
{
    char deeper[CONF_PATH_MAX];
    if (!count)
        return;
    buf_fmt(out, STR_FMT ":\n", STR_ARG(str_sub(prefix, 0, prefix.len - sizeof "[]." + 1)));
    snprintf(deeper, sizeof deeper, STR_FMT "tls.", STR_ARG(prefix));
    for (unsigned i = 0; i < count; i++) {
        const char *item = (const char *)items + i * size;
        print_keys(config, prefix, item, 2, true, out);
        if (tls_offset != SIZE_MAX)
            print_tls(config, str_of(deeper), item, (const void *)(item + tls_offset), 2, out);
    }
}

void conf_print(const struct config *config, struct buf *out)
{
    buf_text(out, "agent:\n");
    print_keys(config, STR("agent."), config, 1, false, out);
    buf_text(out, "surveys:\n");
    print_keys(config, STR("surveys."), config, 1, false, out);
    if (!config->target_count)
        buf_text(out, "targets: []\n");
    print_list(config, STR("targets[]."), config->targets, config->target_count, sizeof *config->targets,
               offsetof(struct conf_target, tls), out);
    print_list(config, STR("pairs[]."), config->pairs, config->pair_count, sizeof *config->pairs, SIZE_MAX,
               out);
    if (config->target_files[0]) {
        buf_text(out, "target_defaults:\n");
        print_keys(config, STR("target_defaults."), config, 1, false, out);
        print_tls(config, STR("target_defaults.tls."), config, &config->target_defaults.tls, 1, out);
    }
    print_list(config, STR("discover[]."), config->discovers, config->discover_count,
               sizeof *config->discovers, offsetof(struct conf_discover, node.tls), out);
    print_list(config, STR("scrape_allow[]."), config->allows, config->allow_count, sizeof *config->allows,
               offsetof(struct conf_allow, node.tls), out);
}

/* ---- reference ------------------------------------------------------------------------------------ */

static const struct {
    const char *prefix, *text;
} sections[] = {
    {"agent.", "The agent itself: where it listens, how often it asks, what it logs. May be left out.\n"},
    {"surveys.", "What costs a server more than a moment: it is asked in the background, on a connection of "
                 "its own, within a\n"
                 "budget; no scrape waits for it. May be left out: nothing is surveyed then. Lists of keys "
                 "are written as\n"
                 "redis_exporter has them: `db0=user:*`, without `db0=` it is database 0; `%2C` and the like "
                 "stand for bytes\n"
                 "that mean something here (`,` `=` `%` `+` and blanks).\n"},
    {"targets[].", "A list of the Redis servers to watch; at least one.\n"},
    {"targets[].tls.", "Only for `rediss://` addresses. May be left out.\n"},
    {"pairs[].", "A list of blue-green pairs. Without it every target stands for itself.\n"},
    {"target_defaults.", "What the targets in `agent.target_files` have in common. Password and client "
                         "certificate given here are\n"
                         "sent to every server those files name, so whoever may write the files decides who "
                         "gets them. An address\n"
                         "`redis://user:password@host:port` in a file has its own.\n"},
    {"target_defaults.tls.", "For the `rediss://` addresses in those files. May be left out.\n"},
    {"discover[].", "A list of Clusters and Sentinels whose nodes become targets, named `host:port`, as long "
                    "as they belong to\n"
                    "them. The login given here is sent to every node that a seed names. Nodes are reached "
                    "by TLS when their\n"
                    "seed's address is `rediss://`.\n"},
    {"discover[].tls.", "For `rediss://` seeds and their nodes. May be left out.\n"},
    {"scrape_allow[].", "Servers that `/scrape?target=` may name beside the targets themselves; without it "
                        "there are none. The login\n"
                        "given here is sent to every server that `hosts` fits and a caller names. A "
                        "configured target is asked with\n"
                        "its own login, whatever stands here.\n"},
    {"scrape_allow[].tls.", "For `rediss://` addresses. May be left out.\n"},
};

static void document_key(const struct conf_key *key, struct str name, struct buf *out)
{
    buf_fmt(out, "| `" STR_FMT "` | ", STR_ARG(name));
    conf_type_describe(key, out);
    if (key->flags & CONF_REQUIRED)
        buf_text(out, " | required | ");
    else if (key->fallback)
        buf_fmt(out, " | `%s` | ", key->fallback);
    else
        buf_text(out, " | none | ");
    buf_fmt(out, "%s | %s%s. |\n", key->flags & CONF_RESTART ? "restart" : "reload", key->help,
            key->flags & CONF_SECRET ? "; secret: never shown" : "");
}

void conf_document(struct buf *out)
{
    for (unsigned s = 0; s < sizeof sections / sizeof sections[0]; s++) {
        struct str prefix = str_of(sections[s].prefix);
        buf_fmt(out, "%s## `" STR_FMT "`\n\n%s\n", s ? "\n" : "", STR_ARG(str_sub(prefix, 0, prefix.len - 1)),
                sections[s].text);
        buf_text(out, "| key | value | default | changed by | meaning |\n| --- | --- | --- | --- | --- |\n");
        for (unsigned i = 0; i < conf_keys_count; i++) {
            struct str name;
            if (conf_key_name(&conf_keys[i], prefix, &name))
                document_key(&conf_keys[i], name, out);
        }
    }
}

void conf_unreloadable(const struct config *a, const struct config *b, struct buf *out)
{
    bool first = true;
    for (unsigned i = 0; i < conf_keys_count; i++) {
        const struct conf_key *key = &conf_keys[i];
        if (!(key->flags & CONF_RESTART) || conf_type_equal(key, a, b))
            continue;
        buf_fmt(out, "%s%s", first ? "" : ", ", key->path);
        first = false;
    }
}

bool conf_section_equal(struct str prefix, const void *a, const void *b)
{
    struct str name;
    for (unsigned i = 0; i < conf_keys_count; i++)
        if (conf_key_name(&conf_keys[i], prefix, &name) && !conf_type_equal(&conf_keys[i], a, b))
            return false;
    return true;
}
