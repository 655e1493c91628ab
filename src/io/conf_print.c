/*
 * conf_print: a configuration, and the keys themselves, as text. All of it walks the table.
 */
#include "io/conf_keys.h"
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

void conf_print(const struct config *config, struct buf *out)
{
    buf_text(out, "agent:\n");
    print_keys(config, STR("agent."), config, 1, false, out);
    buf_text(out, "surveys:\n");
    print_keys(config, STR("surveys."), config, 1, false, out);
    buf_text(out, "targets:\n");
    for (unsigned i = 0; i < config->target_count; i++) {
        const struct conf_target *target = &config->targets[i];
        const struct conf_tls *tls = &target->tls;
        print_keys(config, STR("targets[]."), target, 2, true, out);
        if (!tls->ca_file && !tls->cert_file && !tls->server_name && !tls->skip_verify)
            continue;
        buf_text(out, "    tls:\n");
        print_keys(config, STR("targets[].tls."), target, 3, false, out);
    }
    if (config->pair_count)
        buf_text(out, "pairs:\n");
    for (unsigned i = 0; i < config->pair_count; i++)
        print_keys(config, STR("pairs[]."), &config->pairs[i], 2, true, out);
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
