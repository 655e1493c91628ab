/*
 * conf_survey: the types of what is surveyed, written as redis_exporter's flags have them.
 *
 *     db0=user:*,db3=cart%2C1       a list of YAML, or one text with commas, or both
 *
 * Between the commas stand an optional database and a name; %XX is a byte, + a blank, as in a URL.
 */
#include "io/conf_type.h"
#include <bluegreen/num.h>
#include <string.h>

enum { NAME_MAX_BYTES = 4096, DATABASE_MAX = INT32_MAX };

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* In place; false: a % is not followed by two hex digits. */
static bool decode(char *text, size_t *len)
{
    size_t out = 0;
    for (size_t i = 0; i < *len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < *len ? hex_digit(text[i + 1]) : -1,
                low = high >= 0 ? hex_digit(text[i + 2]) : -1;
            if (low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        }
        text[out++] = text[i] == '+' ? ' ' : c;
    }
    *len = out;
    return true;
}

/* A sentence about what is wrong with <text>, or NULL and the key. */
static const char *parse_key(struct str text, struct arena *arena, struct survey_key *ret)
{
    struct str database, name;
    uint64_t db = 0;
    if (!str_cut(text, '=', &database, &name)) {
        name = text;
    } else {
        database = str_trim(database);
        if (str_starts(database, STR("db")))
            database = str_from(database, 2);
        if (!num_u64(database, &db) || db > DATABASE_MAX)
            return "what stands before = must be a database such as db0; an = in a name is written %3D";
    }
    name = str_trim(name);
    if (str_index(name, '=') >= 0)
        return "an = in a name is written %3D";
    if (name.len == 0 || name.len > NAME_MAX_BYTES)
        return "a name must have 1 to 4096 bytes";
    struct str copy = arena_copy(arena, name);
    if (!copy.ptr)
        return err_sentence(ERR_MEMORY);
    size_t len = copy.len;
    if (!decode((char *)(uintptr_t)copy.ptr, &len))
        return "a % must be followed by two hexadecimal digits; the sign itself is written %25";
    *ret = (struct survey_key){(uint32_t)db, {copy.ptr, len}};
    return NULL;
}

/* At most so many names: one for each item, and one more for each comma in it. */
static unsigned count_texts(const struct conf_node *node)
{
    bool list = node->kind == CONF_NODE_SEQUENCE;
    unsigned count = list ? node->count : 1;
    for (const struct conf_node *item = list ? node->first : node; item; item = list ? item->next : NULL)
        for (size_t i = 0; i < item->text.len; i++)
            count += item->text.ptr[i] == ',';
    return count;
}

static bool add_texts(struct conf_setting *s, const struct conf_node *item, struct survey_key *keys,
                      uint32_t *count)
{
    struct str rest = item->text, text;
    char shown[CONF_SHOWN_MAX];
    if (item->kind == CONF_NODE_BAD)
        return false;
    if (item->kind != CONF_NODE_SCALAR || conf_node_is_null(item))
        return conf_fault(s->walk->faults, item->at, "%s: every item of the list must be a single value",
                          s->shown);
    while (str_next(&rest, ',', &text)) {
        if (str_trim(text).len == 0)
            continue;
        const char *wrong = parse_key(text, &s->walk->config->arena, &keys[*count]);
        if (wrong)
            return conf_fault(s->walk->faults, item->at, "%s: \"%s\": %s", s->shown, conf_shown(text, shown),
                              wrong);
        ++*count;
    }
    return true;
}

void conf_set_keys(struct conf_setting *s)
{
    bool list = s->node->kind == CONF_NODE_SEQUENCE;
    unsigned room = count_texts(s->node);
    struct survey_keys keys = {.count = 0};
    if (room > s->key->max) {
        conf_fault(s->walk->faults, s->node->at, "%s must have at most %u names, and has %u", s->shown,
                   s->key->max, room);
        return;
    }
    struct survey_key *items = arena_new(&s->walk->config->arena, struct survey_key, (size_t)room + 1);
    if (!items) {
        conf_no_memory(s);
        return;
    }
    for (const struct conf_node *item = list ? s->node->first : s->node; item;
         item = list ? item->next : NULL)
        add_texts(s, item, items, &keys.count);
    keys.items = items;
    *CONF_MEMBER(struct survey_keys, s->base, s->key) = keys;
}

static void print_name(struct str name, struct buf *out)
{
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c > '~' || strchr(",=%+\"\\", c))
            buf_fmt(out, "%%%02X", c);
        else
            buf_char(out, (char)c);
    }
}

bool conf_print_keys(const struct conf_key *key, const struct config *config, const void *base,
                     struct buf *out)
{
    const struct survey_keys *keys = CONF_CONST_MEMBER(struct survey_keys, base, key);
    (void)config;
    buf_char(out, '[');
    for (uint32_t i = 0; i < keys->count; i++) {
        buf_fmt(out, "%s\"db%u=", i ? ", " : "", keys->items[i].db);
        print_name(keys->items[i].name, out);
        buf_char(out, '"');
    }
    buf_char(out, ']');
    return true;
}

bool conf_equal_keys(const struct conf_key *key, const void *a, const void *b)
{
    const struct survey_keys *x = CONF_CONST_MEMBER(struct survey_keys, a, key);
    const struct survey_keys *y = CONF_CONST_MEMBER(struct survey_keys, b, key);
    bool equal = x->count == y->count;
    for (uint32_t i = 0; equal && i < x->count; i++)
        equal = x->items[i].db == y->items[i].db && str_eq(x->items[i].name, y->items[i].name);
    return equal;
}
