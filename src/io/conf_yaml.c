#include "io/conf_yaml.h"
#include <bluegreen/err.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

/* A mapping or sequence that is still open. */
struct frame {
    struct conf_node *node;
    bool has_key; /* the next node is its value */
    bool key_bad; /* … which nobody can ask for */
    struct str key;
    struct conf_place key_at;
};

struct reader {
    yaml_parser_t parser;
    struct str text;
    struct arena *arena;
    struct conf_faults *faults;
    struct conf_node *root;
    struct frame frames[CONF_DEPTH_MAX];
    unsigned depth;
    unsigned nodes;
    unsigned documents;
};

struct conf_node *conf_node_new(struct arena *arena, enum conf_node_kind kind, struct conf_place at)
{
    struct conf_node *node = arena_new(arena, struct conf_node, 1);
    if (node) {
        node->kind = kind;
        node->at = at;
    }
    return node;
}

void conf_node_add(struct conf_node *parent, struct conf_node *child)
{
    child->next = NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    parent->last = child;
    parent->count++;
}

struct conf_node *conf_node_get(const struct conf_node *mapping, struct str key)
{
    for (struct conf_node *child = mapping->first; child; child = child->next)
        if (str_eq(child->key, key))
            return child;
    return NULL;
}

bool conf_node_is_null(const struct conf_node *node)
{
    return node->kind == CONF_NODE_SCALAR && node->plain &&
           (node->text.len == 0 || str_eq(node->text, STR("~")) || str_eq_nocase(node->text, STR("null")));
}

static struct conf_place place_of(yaml_mark_t mark)
{
    return (struct conf_place){NULL, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

/* Errors below the characters (bad UTF-8) come with an offset in bytes instead of a mark. */
static struct conf_place place_of_offset(struct str text, size_t offset)
{
    struct conf_place at = {NULL, 1, 1};
    for (size_t i = 0; i < offset && i < text.len; i++) {
        at.column++;
        if (text.ptr[i] == '\n') {
            at.line++;
            at.column = 1;
        }
    }
    return at;
}

static bool is_tab(struct str text, yaml_mark_t mark)
{
    struct str line;
    for (size_t i = 0; i <= mark.line; i++)
        if (!str_next(&text, '\n', &line))
            return false;
    return mark.column < line.len && line.ptr[mark.column] == '\t';
}

static bool syntax_fault(struct reader *r)
{
    const yaml_parser_t *p = &r->parser;
    const char *problem = p->problem ? p->problem : "unreadable";
    if (p->error == YAML_MEMORY_ERROR)
        return conf_fault(r->faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
    if (p->error == YAML_READER_ERROR)
        return conf_fault(r->faults, place_of_offset(r->text, p->problem_offset), "not valid YAML: %s",
                          problem);

    struct conf_place at = place_of(p->problem_mark);
    if (is_tab(r->text, p->problem_mark))
        return conf_fault(r->faults, at, "not valid YAML: a tab; indent with spaces");
    if (p->context && p->context_mark.line != p->problem_mark.line)
        return conf_fault(r->faults, at, "not valid YAML: %s, %s that begins in line %zu", problem,
                          p->context, p->context_mark.line + 1);
    return conf_fault(r->faults, at, "not valid YAML: %s", problem);
}

static int by_key(const void *left, const void *right)
{
    const struct conf_node *a = *(struct conf_node *const *)left;
    const struct conf_node *b = *(struct conf_node *const *)right;
    int order = str_cmp(a->key, b->key);
    if (order)
        return order;
    if (a->key_at.line != b->key_at.line)
        return a->key_at.line < b->key_at.line ? -1 : 1;
    return (a->key_at.column > b->key_at.column) - (a->key_at.column < b->key_at.column);
}

/* Sorted instead of pairwise, so that a mapping of a hundred thousand keys costs no more than its size. */
static bool find_duplicates(struct reader *r, const struct conf_node *mapping)
{
    if (mapping->count < 2)
        return true;
    const struct conf_node **sorted = arena_new(r->arena, const struct conf_node *, mapping->count);
    if (!sorted)
        return conf_fault(r->faults, mapping->at, "%s", err_sentence(ERR_MEMORY));
    size_t count = 0;
    for (const struct conf_node *child = mapping->first; child; child = child->next)
        sorted[count++] = child;
    qsort(sorted, count, sizeof *sorted, by_key);

    size_t first = 0;
    for (size_t i = 1; i < count; i++) {
        char key[CONF_SHOWN_MAX];
        if (str_eq(sorted[first]->key, sorted[i]->key))
            conf_fault(r->faults, sorted[i]->key_at, "%s stands in line %u already; remove one of them",
                       conf_shown_key(sorted[i]->key, key), sorted[first]->key_at.line);
        else
            first = i;
    }
    return true;
}

/* Puts a finished scalar, or a mapping or sequence that just begins, where it belongs. */
static bool attach(struct reader *r, struct conf_node *node)
{
    if (r->depth == 0) {
        r->root = node;
        return true;
    }
    struct frame *frame = &r->frames[r->depth - 1];
    if (frame->node->kind == CONF_NODE_SEQUENCE) {
        conf_node_add(frame->node, node);
        return true;
    }
    if (!frame->has_key) {
        frame->has_key = true;
        frame->key_bad = node->kind != CONF_NODE_SCALAR;
        frame->key = node->text;
        frame->key_at = node->at;
        if (frame->key_bad && node->kind != CONF_NODE_BAD)
            conf_fault(r->faults, node->at, "a key must be a single word, not a list or mapping");
        return true;
    }
    frame->has_key = false;
    node->key = frame->key;
    node->key_at = frame->key_at;
    if (!frame->key_bad)
        conf_node_add(frame->node, node);
    return true;
}

static void refuse_extras(struct reader *r, struct conf_place at, const yaml_char_t *anchor,
                          const yaml_char_t *tag)
{
    if (anchor)
        conf_fault(r->faults, at, "anchors (&name) are not read here; write the value out");
    if (tag)
        conf_fault(r->faults, at, "tags (!name) are not read here; remove it");
}

static struct conf_node *new_node(struct reader *r, enum conf_node_kind kind, yaml_mark_t mark)
{
    struct conf_place at = place_of(mark);
    if (++r->nodes > CONF_NODES_MAX) {
        conf_fault(r->faults, at, "more than %u values; no configuration is that large", CONF_NODES_MAX);
        return NULL;
    }
    struct conf_node *node = conf_node_new(r->arena, kind, at);
    if (!node)
        conf_fault(r->faults, at, "%s", err_sentence(ERR_MEMORY));
    return node;
}

static bool take_scalar(struct reader *r, const yaml_event_t *event)
{
    struct conf_node *node = new_node(r, CONF_NODE_SCALAR, event->start_mark);
    if (!node)
        return false;
    refuse_extras(r, node->at, event->data.scalar.anchor, event->data.scalar.tag);
    struct str text = {(const char *)event->data.scalar.value, event->data.scalar.length};
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_copy(r->arena, text);
    if (!node->text.ptr)
        return conf_fault(r->faults, node->at, "%s", err_sentence(ERR_MEMORY));
    if (str_index(text, '\0') >= 0) {
        conf_fault(r->faults, node->at, "this value holds a NUL byte; remove it");
        node->kind = CONF_NODE_BAD;
    }
    return attach(r, node);
}

static bool take_start(struct reader *r, enum conf_node_kind kind, const yaml_event_t *event,
                       const yaml_char_t *anchor, const yaml_char_t *tag)
{
    struct conf_node *node = new_node(r, kind, event->start_mark);
    if (!node)
        return false;
    refuse_extras(r, node->at, anchor, tag);
    if (r->depth == CONF_DEPTH_MAX)
        return conf_fault(r->faults, node->at, "nested deeper than %u levels", CONF_DEPTH_MAX);
    attach(r, node);
    r->frames[r->depth++] = (struct frame){.node = node};
    return true;
}

static bool take_end(struct reader *r)
{
    const struct conf_node *node = r->frames[--r->depth].node;
    return node->kind != CONF_NODE_MAPPING || find_duplicates(r, node);
}

static bool take_alias(struct reader *r, const yaml_event_t *event)
{
    struct conf_node *node = new_node(r, CONF_NODE_BAD, event->start_mark);
    if (!node)
        return false;
    conf_fault(r->faults, node->at, "aliases (*name) are not read here; write the value out");
    return attach(r, node);
}

static bool take_event(struct reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (r->documents++)
            return conf_fault(r->faults, place_of(event->start_mark),
                              "a second document begins; keep everything in one");
        return true;
    case YAML_SCALAR_EVENT: return take_scalar(r, event);
    case YAML_ALIAS_EVENT: return take_alias(r, event);
    case YAML_MAPPING_START_EVENT:
        return take_start(r, CONF_NODE_MAPPING, event, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag);
    case YAML_SEQUENCE_START_EVENT:
        return take_start(r, CONF_NODE_SEQUENCE, event, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag);
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT: return take_end(r);
    default: return true;
    }
}

static bool read_stream(struct reader *r)
{
    bool ok = true, end = false;
    while (ok && !end) {
        yaml_event_t event;
        if (!yaml_parser_parse(&r->parser, &event))
            return syntax_fault(r);
        end = event.type == YAML_STREAM_END_EVENT;
        ok = take_event(r, &event);
        yaml_event_delete(&event);
    }
    return ok;
}

struct conf_node *conf_yaml_read(struct str text, struct arena *arena, struct conf_faults *faults)
{
    struct reader r = {.text = text, .arena = arena, .faults = faults};
    const struct conf_place whole = {0};
    if (text.len > CONF_FILE_MAX) {
        conf_fault(faults, whole, "larger than %u bytes; no configuration is that large", CONF_FILE_MAX);
        return NULL;
    }
    if (!yaml_parser_initialize(&r.parser)) {
        conf_fault(faults, whole, "%s", err_sentence(ERR_MEMORY));
        return NULL;
    }
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.ptr ? text.ptr : ""), text.len);
    bool ok = read_stream(&r);
    yaml_parser_delete(&r.parser);
    if (!ok)
        return NULL;
    if (r.root && !conf_node_is_null(r.root))
        return r.root;
    struct conf_node *empty = conf_node_new(arena, CONF_NODE_MAPPING, (struct conf_place){NULL, 1, 1});
    if (!empty)
        conf_fault(faults, whole, "%s", err_sentence(ERR_MEMORY));
    return empty;
}
