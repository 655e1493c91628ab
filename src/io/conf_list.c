/*
 * conf_list: the types that hold several values: listen addresses and names of collectors.
 */
#include "io/conf_type.h"
#include <bluegreen/collector.h>
#include <string.h>

const struct conf_node *conf_first_item(const struct conf_node *node)
{
    return node->kind == CONF_NODE_SEQUENCE ? node->first : node;
}

unsigned conf_item_count(const struct conf_node *node)
{
    return node->kind == CONF_NODE_SEQUENCE ? node->count : 1;
}

const struct conf_node *conf_next_item(const struct conf_node *list, const struct conf_node *item)
{
    return list->kind == CONF_NODE_SEQUENCE ? item->next : NULL;
}

bool conf_item_ok(const struct conf_setting *s, const struct conf_node *item)
{
    if (item->kind == CONF_NODE_SCALAR && !conf_node_is_null(item))
        return true;
    if (item->kind != CONF_NODE_BAD)
        conf_fault(s->walk->faults, item->at, "%s: every item of the list must be a single value", s->shown);
    return false;
}

void conf_set_listen(struct conf_setting *s)
{
    unsigned room = conf_item_count(s->node), count = 0;
    if (room < s->key->min || room > s->key->max) {
        conf_fault(s->walk->faults, s->node->at, "%s must have %u to %u addresses, and has %u", s->shown,
                   s->key->min, s->key->max, room);
        return;
    }
    struct conf_listen *list = arena_new(&s->walk->config->arena, struct conf_listen, room + 1);
    if (!list) {
        conf_no_memory(s);
        return;
    }
    for (const struct conf_node *item = conf_first_item(s->node); item;
         item = conf_next_item(s->node, item)) {
        struct err err;
        if (!conf_item_ok(s, item))
            continue;
        if (conf_parse_listen(item->text, &s->walk->config->arena, &list[count], &err))
            count++;
        else
            conf_fault(s->walk->faults, item->at, "%s: %s", s->shown, err.text);
    }
    list[count] = (struct conf_listen){.text = NULL};
    *CONF_MEMBER(const struct conf_listen *, s->base, s->key) = list;
    if (s->key->offset == offsetof(struct config, listen))
        s->walk->config->listen_count = count;
}

bool conf_print_listen(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out)
{
    (void)config;
    const struct conf_listen *list = *CONF_CONST_MEMBER(const struct conf_listen *, base, key);
    if (!list)
        return false;
    buf_char(out, '[');
    for (const struct conf_listen *item = list; item->text; item++) {
        buf_text(out, item > list ? ", " : "");
        buf_fmt(out, "\"%s\"", item->text); /* its bytes were checked: nothing to escape */
    }
    buf_char(out, ']');
    return true;
}

bool conf_equal_listen(const struct conf_key *key, const void *a, const void *b)
{
    const struct conf_listen *x = *CONF_CONST_MEMBER(const struct conf_listen *, a, key);
    const struct conf_listen *y = *CONF_CONST_MEMBER(const struct conf_listen *, b, key);
    if (!x || !y)
        return x == y;
    for (; x->text && y->text; x++, y++)
        if (x->port != y->port || strcmp(x->host, y->host) != 0)
            return false;
    return !x->text && !y->text;
}

static void unknown_collector(const struct conf_setting *s, const struct conf_node *item, const char *text)
{
    struct buf names;
    struct str best = STR("");
    size_t best_distance = conf_near(item->text) + 1;
    buf_init(&names, 1024);
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        struct str name = str_of(collectors[i]->name);
        if (!collector_optional(collectors[i]))
            continue;
        buf_fmt(&names, "%s" STR_FMT, names.len ? ", " : "", STR_ARG(name));
        size_t distance = str_distance(name, item->text);
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    if (best.len)
        conf_fault(s->walk->faults, item->at, "%s: no collector is named \"%s\"; did you mean " STR_FMT "?",
                   s->shown, text, STR_ARG(best));
    else
        conf_fault(s->walk->faults, item->at, "%s: no collector is named \"%s\"; there are " STR_FMT,
                   s->shown, text, STR_ARG(buf_view(&names)));
    buf_done(&names);
}

/* The registry's own name, or NULL: there is none such, or it cannot be switched off. */
static const char *collector_name(const struct conf_setting *s, const struct conf_node *item)
{
    char text[CONF_SHOWN_MAX];
    const struct collector *found = collector_find(item->text);
    if (found && collector_optional(found))
        return found->name;
    conf_shown(item->text, text);
    if (found)
        conf_fault(s->walk->faults, item->at, "%s: %s has no command of its own and cannot be switched off",
                   s->shown, text);
    else
        unknown_collector(s, item, text);
    return NULL;
}

void conf_set_collectors(struct conf_setting *s)
{
    const char **names =
        arena_new(&s->walk->config->arena, const char *, (size_t)conf_item_count(s->node) + 1);
    size_t count = 0;
    if (!names) {
        conf_no_memory(s);
        return;
    }
    for (const struct conf_node *item = conf_first_item(s->node); item;
         item = conf_next_item(s->node, item)) {
        const char *name = conf_item_ok(s, item) ? collector_name(s, item) : NULL;
        for (size_t i = 0; name && i < count; i++)
            if (names[i] == name)
                name = NULL; /* named twice, by file and flag perhaps */
        if (name)
            names[count++] = name;
    }
    *CONF_MEMBER(const char *const *, s->base, s->key) = names;
}

bool conf_print_collectors(const struct conf_key *key, const struct config *config, const void *base,
                           struct buf *out)
{
    (void)config;
    const char *const *names = *CONF_CONST_MEMBER(const char *const *, base, key);
    buf_char(out, '[');
    for (unsigned i = 0; names[i]; i++)
        buf_fmt(out, "%s%s", i ? ", " : "", names[i]);
    buf_char(out, ']');
    return true;
}

bool conf_equal_collectors(const struct conf_key *key, const void *a, const void *b)
{
    const char *const *x = *CONF_CONST_MEMBER(const char *const *, a, key);
    const char *const *y = *CONF_CONST_MEMBER(const char *const *, b, key);
    size_t i = 0;
    while (x[i] && x[i] == y[i]) /* names are those of the registry, not copies */
        i++;
    return x[i] == y[i];
}
