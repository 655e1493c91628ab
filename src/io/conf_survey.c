/*
 * conf_survey: the types of what is surveyed, written as redis_exporter's flags have them.
 *
 *     db0=user:*,db3=cart%2C1       a list of YAML, or one text with commas, or both
 *
 * Between the commas stand an optional database and a name; %XX is a byte, + a blank, as in a URL.
 */
#include "io/conf_type.h"
#include <bluegreen/luapat.h>
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

/* ---- patterns and paths ---------------------------------------------------------------------------- */

/*
 * The next text of a line of CSV, copied: "a ""quoted"" one" may hold commas. False at the end, and when
 * there is no memory.
 */
static bool next_field(struct str *rest, struct arena *arena, struct str *ret)
{
    if (rest->len == 0)
        return false;
    char *out = arena_alloc(arena, rest->len, 1);
    size_t len = 0, i;
    if (!out)
        return false;
    bool quoted = rest->ptr[0] == '"';
    for (i = quoted; i < rest->len && (quoted || rest->ptr[i] != ','); i++) {
        if (quoted && rest->ptr[i] == '"') {
            quoted = i + 1 < rest->len && rest->ptr[i + 1] == '"';
            if (!quoted)
                continue;
            i++;
        }
        out[len++] = rest->ptr[i];
    }
    *rest = str_from(*rest, i + 1);
    *ret = str_trim((struct str){out, len});
    return true;
}

static void add_text(struct conf_setting *s, const struct conf_node *item, struct str text, struct str *texts,
                     uint32_t *count)
{
    char shown[CONF_SHOWN_MAX];
    const char *wrong = s->key->type == CONF_PATTERNS ? luapat_check(text) : NULL;
    struct str copy = arena_copy(&s->walk->config->arena, text);
    if (text.len == 0)
        return;
    if (wrong)
        conf_fault(s->walk->faults, item->at, "%s: \"%s\" is no Lua pattern: %s", s->shown,
                   conf_shown(text, shown), wrong);
    else if (!copy.ptr)
        conf_no_memory(s);
    else
        texts[(*count)++] = copy;
}

/* Items of a list are taken as they are; one text is a line with commas, as redis_exporter's flags have it.
 */
void conf_set_fields(struct conf_setting *s)
{
    bool list = s->node->kind == CONF_NODE_SEQUENCE;
    unsigned room = list ? s->node->count : count_texts(s->node);
    struct survey_texts texts = {.count = 0};
    struct str rest = s->node->text, text;
    struct str *items = arena_new(&s->walk->config->arena, struct str, (size_t)room + 1);
    if (room > s->key->max || !items) {
        conf_fault(s->walk->faults, s->node->at, "%s must have at most %u items, and has %u", s->shown,
                   s->key->max, room);
        return;
    }
    for (const struct conf_node *item = list ? s->node->first : NULL; item; item = item->next) {
        if (item->kind == CONF_NODE_SCALAR && !conf_node_is_null(item))
            add_text(s, item, item->text, items, &texts.count);
        else if (item->kind != CONF_NODE_BAD)
            conf_fault(s->walk->faults, item->at, "%s: every item of the list must be a single value",
                       s->shown);
    }
    while (!list && next_field(&rest, s->walk->faults->arena, &text))
        add_text(s, s->node, text, items, &texts.count);
    texts.items = items;
    *CONF_MEMBER(struct survey_texts, s->base, s->key) = texts;
}

bool conf_print_fields(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out)
{
    const struct survey_texts *texts = CONF_CONST_MEMBER(struct survey_texts, base, key);
    (void)config;
    buf_char(out, '[');
    for (uint32_t i = 0; i < texts->count; i++) {
        buf_text(out, i ? ", " : "");
        conf_text_print(texts->items[i], out);
    }
    buf_char(out, ']');
    return true;
}

bool conf_equal_fields(const struct conf_key *key, const void *a, const void *b)
{
    const struct survey_texts *x = CONF_CONST_MEMBER(struct survey_texts, a, key);
    const struct survey_texts *y = CONF_CONST_MEMBER(struct survey_texts, b, key);
    bool equal = x->count == y->count;
    for (uint32_t i = 0; equal && i < x->count; i++)
        equal = str_eq(x->items[i], y->items[i]);
    return equal;
}

void conf_set_regex(struct conf_setting *s)
{
    char shown[CONF_SHOWN_MAX];
    const char *wrong = luapat_check_regex(s->node->text);
    struct str copy = arena_copy(&s->walk->config->arena, s->node->text);
    if (wrong)
        conf_fault(s->walk->faults, s->node->at, "%s: \"%s\" cannot be used: %s", s->shown,
                   conf_shown(s->node->text, shown), wrong);
    else if (!copy.ptr)
        conf_no_memory(s);
    else
        *CONF_MEMBER(struct str, s->base, s->key) = copy;
}

bool conf_print_regex(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out)
{
    (void)config;
    conf_text_print(*CONF_CONST_MEMBER(struct str, base, key), out);
    return true;
}

bool conf_equal_regex(const struct conf_key *key, const void *a, const void *b)
{
    return str_eq(*CONF_CONST_MEMBER(struct str, a, key), *CONF_CONST_MEMBER(struct str, b, key));
}
