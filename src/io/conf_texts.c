/*
 * conf_texts: the types that hold several texts: paths, names, patterns, and addresses to begin with.
 */
#include "io/conf_type.h"
#include <string.h>

enum { ITEM_MAX = 4095 };

static bool count_ok(const struct conf_setting *s)
{
    unsigned count = conf_item_count(s->node);
    if (count >= s->key->min && count <= s->key->max)
        return true;
    return conf_fault(s->walk->faults, s->node->at, "%s must have %u to %u items, and has %u", s->shown,
                      s->key->min, s->key->max, count);
}

static bool text_ok(const struct conf_setting *s, const struct conf_node *item)
{
    if (!conf_item_ok(s, item))
        return false;
    if (item->text.len == 0 || item->text.len > ITEM_MAX || !conf_text_ok(item->text))
        return conf_fault(s->walk->faults, item->at, "%s: an item must be text of 1 to %d bytes", s->shown,
                          ITEM_MAX);
    return true;
}

void conf_set_texts(struct conf_setting *s)
{
    size_t count = 0;
    if (!count_ok(s))
        return;
    const char **texts =
        arena_new(&s->walk->config->arena, const char *, (size_t)conf_item_count(s->node) + 1);
    if (!texts) {
        conf_no_memory(s);
        return;
    }
    for (const struct conf_node *item = conf_first_item(s->node); item;
         item = conf_next_item(s->node, item)) {
        if (!text_ok(s, item))
            continue;
        texts[count] = arena_copy(&s->walk->config->arena, item->text).ptr;
        if (!texts[count++])
            conf_no_memory(s);
    }
    *CONF_MEMBER(const char *const *, s->base, s->key) = texts;
}

bool conf_print_texts(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out)
{
    const char *const *texts = *CONF_CONST_MEMBER(const char *const *, base, key);
    (void)config;
    buf_char(out, '[');
    for (unsigned i = 0; texts && texts[i]; i++) {
        buf_text(out, i ? ", " : "");
        conf_text_print(str_of(texts[i]), out);
    }
    buf_char(out, ']');
    return true;
}

bool conf_equal_texts(const struct conf_key *key, const void *a, const void *b)
{
    const char *const *x = *CONF_CONST_MEMBER(const char *const *, a, key);
    const char *const *y = *CONF_CONST_MEMBER(const char *const *, b, key);
    size_t i = 0;
    while (x[i] && y[i] && strcmp(x[i], y[i]) == 0)
        i++;
    return !x[i] && !y[i];
}

static void check_pattern(const struct conf_setting *s, const struct conf_node *item)
{
    char shown[CONF_SHOWN_MAX];
    struct filter_pattern pattern;
    bool series = s->key->type == CONF_SERIES;
    conf_shown(item->text, shown);
    if (!filter_pattern_parse(item->text, &pattern) || (pattern.label.len > 0) != series)
        conf_fault(s->walk->faults, item->at, "%s: \"%s\" is no %s", s->shown, shown,
                   series ? "series with a label, such as redis_db_keys{db=\"db1*\"}"
                          : "name of metrics, such as redis_config_*");
    else if (!filter_pattern_known(&pattern, str_of(s->walk->config->namespace_)))
        conf_fault(s->walk->faults, item->at, "%s: no metric has a name like \"%s\"; --list-metrics has all",
                   s->shown, shown);
}

/* The namespace stands before the patterns in the table of keys, and is known. */
void conf_set_patterns(struct conf_setting *s)
{
    for (const struct conf_node *item = conf_first_item(s->node); item; item = conf_next_item(s->node, item))
        if (item->kind == CONF_NODE_SCALAR && item->text.len)
            check_pattern(s, item);
    conf_set_texts(s);
}

void conf_set_seeds(struct conf_setting *s)
{
    struct conf_seeds *seeds = CONF_MEMBER(struct conf_seeds, s->base, s->key);
    struct arena *arena = &s->walk->config->arena;
    if (!count_ok(s))
        return;
    seeds->items = arena_new(arena, struct conf_target, conf_item_count(s->node));
    if (!seeds->items) {
        conf_no_memory(s);
        return;
    }
    for (const struct conf_node *item = conf_first_item(s->node); item;
         item = conf_next_item(s->node, item)) {
        struct conf_target *seed = &seeds->items[seeds->count];
        struct err err;
        if (!conf_item_ok(s, item))
            continue;
        seed->name = "";
        if (conf_parse_url(item->text, arena, &seed->endpoint, &seed->username, &seed->password, &seed->url,
                           &err))
            seeds->count++;
        else
            conf_fault(s->walk->faults, item->at, "%s: %s", s->shown, err.text);
    }
}

bool conf_print_seeds(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out)
{
    const struct conf_seeds *seeds = CONF_CONST_MEMBER(struct conf_seeds, base, key);
    (void)config;
    if (!seeds->count)
        return false;
    buf_char(out, '[');
    for (unsigned i = 0; i < seeds->count; i++) {
        buf_text(out, i ? ", " : "");
        conf_text_print(str_of(seeds->items[i].url), out);
    }
    buf_char(out, ']');
    return true;
}

bool conf_equal_seeds(const struct conf_key *key, const void *a, const void *b)
{
    const struct conf_seeds *x = CONF_CONST_MEMBER(struct conf_seeds, a, key);
    const struct conf_seeds *y = CONF_CONST_MEMBER(struct conf_seeds, b, key);
    bool equal = x->count == y->count;
    for (unsigned i = 0; equal && i < x->count; i++)
        equal = strcmp(x->items[i].url, y->items[i].url) == 0;
    return equal;
}
