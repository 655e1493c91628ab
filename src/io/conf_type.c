/*
 * conf_type: what a value of each type looks like, how it is read, shown and compared.
 *
 * A setter either stores the value or reports one sentence that says what the key wants. Members are reached
 * through the offset in the row; the type of the row is the type of the member, and the table is the only
 * place that joins them.
 */
#include "io/conf_type.h"
#include <bluegreen/num.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *value_shown(const struct conf_setting *s, char out[CONF_SHOWN_MAX])
{
    return conf_shown(s->node->text, out);
}

void conf_no_memory(const struct conf_setting *s)
{
    conf_fault(s->walk->faults, s->node->at, "%s: %s", s->shown, err_sentence(ERR_MEMORY));
}

static void expect(const struct conf_setting *s, const char *what)
{
    char text[CONF_SHOWN_MAX];
    conf_fault(s->walk->faults, s->node->at, "%s must be %s, and \"%s\" is not", s->shown, what,
               value_shown(s, text));
}

const char *conf_duration_text(uint64_t ms, char out[CONF_DURATION_MAX])
{
    static const struct {
        uint64_t ms;
        const char *name;
    } units[] = {{3600000, "h"}, {60000, "m"}, {1000, "s"}};
    size_t used = 0;
    out[0] = '\0';
    if (ms == 0 || ms % 1000) {
        snprintf(out, CONF_DURATION_MAX, ms ? "%" PRIu64 "ms" : "0s", ms);
        return out;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (ms >= units[i].ms)
            used += (size_t)snprintf(out + used, CONF_DURATION_MAX - used, "%" PRIu64 "%s", ms / units[i].ms,
                                     units[i].name);
        ms %= units[i].ms;
    }
    return out;
}

static void set_duration(struct conf_setting *s)
{
    uint64_t ms;
    char least[CONF_DURATION_MAX], most[CONF_DURATION_MAX], text[CONF_SHOWN_MAX];
    if (!num_duration_ms(s->node->text, &ms))
        expect(s, "a duration such as 500ms, 2s or 1m30s");
    else if (ms < s->key->min || ms > s->key->max)
        conf_fault(s->walk->faults, s->node->at, "%s must be between %s and %s, and %s is not", s->shown,
                   conf_duration_text(s->key->min, least), conf_duration_text(s->key->max, most),
                   value_shown(s, text));
    else
        *CONF_MEMBER(uint32_t, s->base, s->key) = (uint32_t)ms;
}

static bool print_duration(const struct conf_key *key, const struct config *config, const void *base,
                           struct buf *out)
{
    (void)config;
    char text[CONF_DURATION_MAX];
    buf_text(out, conf_duration_text(*CONF_CONST_MEMBER(uint32_t, base, key), text));
    return true;
}

static void set_count(struct conf_setting *s)
{
    uint64_t number;
    char text[CONF_SHOWN_MAX];
    if (!num_u64(s->node->text, &number))
        expect(s, "a whole number");
    else if (number < s->key->min || number > s->key->max)
        conf_fault(s->walk->faults, s->node->at, "%s must be between %u and %u, and %s is not", s->shown,
                   s->key->min, s->key->max, value_shown(s, text));
    else
        *CONF_MEMBER(uint32_t, s->base, s->key) = (uint32_t)number;
}

static bool print_count(const struct conf_key *key, const struct config *config, const void *base,
                        struct buf *out)
{
    (void)config;
    buf_u64(out, *CONF_CONST_MEMBER(uint32_t, base, key));
    return true;
}

static bool equal_u32(const struct conf_key *key, const void *a, const void *b)
{
    return *CONF_CONST_MEMBER(uint32_t, a, key) == *CONF_CONST_MEMBER(uint32_t, b, key);
}

/* YAML 1.1's words, because people write them. */
static void set_switch(struct conf_setting *s)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq_nocase(s->node->text, str_of(words[i]))) {
            *CONF_MEMBER(bool, s->base, s->key) = i % 2;
            return;
        }
    }
    expect(s, "true or false");
}

static bool print_switch(const struct conf_key *key, const struct config *config, const void *base,
                         struct buf *out)
{
    (void)config;
    buf_text(out, *CONF_CONST_MEMBER(bool, base, key) ? "true" : "false");
    return true;
}

static bool equal_switch(const struct conf_key *key, const void *a, const void *b)
{
    return *CONF_CONST_MEMBER(bool, a, key) == *CONF_CONST_MEMBER(bool, b, key);
}

static void list_words(const struct conf_key *key, struct buf *out)
{
    for (unsigned i = 0; key->words[i]; i++)
        buf_fmt(out, "%s%s", i == 0 ? "" : key->words[i + 1] ? ", " : " or ", key->words[i]);
}

/* Enums have the size of unsigned in every ABI we build for; memcpy keeps the aliasing rules out of it. */
_Static_assert(sizeof(enum log_level) == sizeof(unsigned) && sizeof(enum log_format) == sizeof(unsigned) &&
                   sizeof(enum survey_on) == sizeof(unsigned) &&
                   sizeof(enum conf_tls_version) == sizeof(unsigned),
               "CONF_WORD stores an unsigned");

static void set_word(struct conf_setting *s)
{
    for (unsigned i = 0; s->key->words[i]; i++) {
        if (str_eq(s->node->text, str_of(s->key->words[i]))) {
            memcpy((char *)s->base + s->key->offset, &i, sizeof i);
            return;
        }
    }
    struct buf words;
    buf_init(&words, 256);
    list_words(s->key, &words);
    buf_char(&words, '\0');
    expect(s, buf_ok(&words) ? words.ptr : "one of the known words");
    buf_done(&words);
}

static unsigned word_at(const struct conf_key *key, const void *base)
{
    unsigned value;
    memcpy(&value, (const char *)base + key->offset, sizeof value);
    return value;
}

static bool print_word(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out)
{
    (void)config;
    buf_text(out, key->words[word_at(key, base)]);
    return true;
}

static bool equal_word(const struct conf_key *key, const void *a, const void *b)
{
    return word_at(key, a) == word_at(key, b);
}

static bool check_length(struct conf_setting *s)
{
    size_t len = s->node->text.len;
    if (len == 0 && s->key->flags & CONF_EMPTY)
        return true;
    if (len == 0)
        return conf_fault(s->walk->faults, s->node->at, "%s must not be empty", s->shown);
    if (len < s->key->min || len > s->key->max)
        return conf_fault(s->walk->faults, s->node->at, "%s must have at most %u bytes, and has %zu",
                          s->shown, s->key->max, len);
    return true;
}

/* The value itself is not shown here: it may be a secret. */
static void set_text(struct conf_setting *s)
{
    if (!check_length(s))
        return;
    struct str copy = arena_copy(&s->walk->config->arena, s->node->text);
    if (copy.ptr)
        *CONF_MEMBER(const char *, s->base, s->key) = copy.ptr;
    else
        conf_no_memory(s);
}

static bool print_text(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out)
{
    (void)config;
    const char *text = *CONF_CONST_MEMBER(const char *, base, key);
    if (!text)
        return false;
    conf_text_print(key->flags & CONF_SECRET ? STR("<redacted>") : str_of(text), out);
    return true;
}

static bool equal_text(const struct conf_key *key, const void *a, const void *b)
{
    const char *x = *CONF_CONST_MEMBER(const char *, a, key), *y = *CONF_CONST_MEMBER(const char *, b, key);
    return (!x && !y) || (x && y && strcmp(x, y) == 0);
}

static bool only_bytes(struct str text, struct str extra)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!word && str_index(extra, c) < 0)
            return false;
    }
    return true;
}

/* The colon is there for targets named after their address. */
static void set_name(struct conf_setting *s)
{
    char text[CONF_SHOWN_MAX];
    if (!check_length(s))
        return;
    if (only_bytes(s->node->text, STR("_.:-")))
        set_text(s);
    else
        conf_fault(s->walk->faults, s->node->at,
                   "%s may hold letters, digits, _ . : and - only, and \"%s\" holds something else", s->shown,
                   value_shown(s, text));
}

static void set_route(struct conf_setting *s)
{
    if (s->node->text.len && s->node->text.ptr[0] == '/' && only_bytes(s->node->text, STR("/_.-~")))
        set_text(s);
    else
        expect(s, "a path such as /metrics");
}

static void set_prefix(struct conf_setting *s)
{
    struct str text = s->node->text;
    if (text.len && only_bytes(text, STR("_")) && !(text.ptr[0] >= '0' && text.ptr[0] <= '9'))
        set_text(s);
    else
        expect(s, "letters, digits and _ (no digit first), such as redis");
}

/* User and password of the address land in the members of their own keys, which are read after this one. */
static void set_url(struct conf_setting *s)
{
    struct conf_target *target = s->base;
    struct err err;
    if (!conf_parse_url(s->node->text, &s->walk->config->arena, &target->endpoint, &target->username,
                        &target->password, &target->url, &err))
        conf_fault(s->walk->faults, s->node->at, "%s: %s", s->shown, err.text);
}

static void set_target(struct conf_setting *s)
{
    const struct config *config = s->walk->config;
    struct str best = STR("");
    size_t best_distance = conf_near(s->node->text) + 1;
    for (unsigned i = 0; i < config->target_count; i++) {
        struct str name = str_of(config->targets[i].name);
        if (name.len && str_eq(name, s->node->text)) {
            *CONF_MEMBER(unsigned, s->base, s->key) = i;
            return;
        }
        size_t distance = name.len ? str_distance(name, s->node->text) : best_distance;
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    char text[CONF_SHOWN_MAX], meant[CONF_SHOWN_MAX];
    conf_fault(s->walk->faults, s->node->at,
               best.len ? "%s: no target is named \"%s\"; did you mean %s?"
                        : "%s: no target is named \"%s\"; add it under targets",
               s->shown, value_shown(s, text), conf_shown(best, meant));
}

static bool print_target(const struct conf_key *key, const struct config *config, const void *base,
                         struct buf *out)
{
    conf_text_print(str_of(config->targets[*CONF_CONST_MEMBER(unsigned, base, key)].name), out);
    return true;
}

static bool equal_target(const struct conf_key *key, const void *a, const void *b)
{
    return *CONF_CONST_MEMBER(unsigned, a, key) == *CONF_CONST_MEMBER(unsigned, b, key);
}

/* ---- the table of types ------------------------------------------------------------------------- */

struct type {
    const char *word; /* for the reference */
    bool list;        /* takes a sequence too */
    void (*set)(struct conf_setting *s);
    bool (*print)(const struct conf_key *key, const struct config *config, const void *base, struct buf *out);
    bool (*equal)(const struct conf_key *key, const void *a, const void *b);
};

static const struct type types[CONF_TYPE_COUNT] = {
    [CONF_DURATION] = {"duration", false, set_duration, print_duration, equal_u32},
    [CONF_COUNT] = {"number", false, set_count, print_count, equal_u32},
    [CONF_SWITCH] = {"true or false", false, set_switch, print_switch, equal_switch},
    [CONF_WORD] = {"", false, set_word, print_word, equal_word},
    [CONF_TEXT] = {"text", false, set_text, print_text, equal_text},
    [CONF_NAME] = {"name", false, set_name, print_text, equal_text},
    [CONF_URL] = {"address", false, set_url, print_text, equal_text},
    [CONF_ROUTE] = {"path", false, set_route, print_text, equal_text},
    [CONF_PREFIX] = {"word", false, set_prefix, print_text, equal_text},
    [CONF_LISTEN] = {"address or list", true, conf_set_listen, conf_print_listen, conf_equal_listen},
    [CONF_RENAMES] = {"mapping of words", false, conf_set_renames, conf_print_renames, conf_equal_renames},
    [CONF_COLLECTORS] = {"name or list", true, conf_set_collectors, conf_print_collectors,
                         conf_equal_collectors},
    [CONF_FAMILIES] = {"pattern or list", true, conf_set_patterns, conf_print_texts, conf_equal_texts},
    [CONF_SERIES] = {"pattern or list", true, conf_set_patterns, conf_print_texts, conf_equal_texts},
    [CONF_KEYS] = {"db=key or list", true, conf_set_keys, conf_print_keys, conf_equal_keys},
    [CONF_TEXTS] = {"text or list", true, conf_set_texts, conf_print_texts, conf_equal_texts},
    [CONF_SEEDS] = {"address or list", true, conf_set_seeds, conf_print_seeds, conf_equal_seeds},
    [CONF_PATTERNS] = {"pattern or list", true, conf_set_fields, conf_print_fields, conf_equal_fields},
    [CONF_FILES] = {"path or list", true, conf_set_fields, conf_print_fields, conf_equal_fields},
    [CONF_REGEX] = {"regular expression", false, conf_set_regex, conf_print_regex, conf_equal_regex},
    [CONF_TARGET] = {"name of a target", false, set_target, print_target, equal_target},
};

void conf_type_set(struct conf_walk *walk, const struct conf_key *key, const char *shown,
                   const struct conf_node *node, void *base)
{
    const struct type *type = &types[key->type];
    struct conf_setting setting = {walk, key, shown, node, base};
    if (node->kind == CONF_NODE_BAD)
        return;
    bool any = key->type == CONF_RENAMES; /* it says itself what it wants */
    if (!any && (node->kind == CONF_NODE_MAPPING || (node->kind == CONF_NODE_SEQUENCE && !type->list)))
        conf_fault(walk->faults, node->at, "%s must be a single value%s, not a %s", shown,
                   type->list ? " or a list" : "", node->kind == CONF_NODE_MAPPING ? "mapping" : "list");
    else if (!any && conf_node_is_null(node))
        conf_fault(walk->faults, node->at, "%s has no value; give it one or remove the line", shown);
    else if (node->kind == CONF_NODE_SCALAR && !(key->flags & CONF_SECRET) && !conf_text_ok(node->text))
        conf_fault(walk->faults, node->at, "%s is not valid UTF-8", shown);
    else
        type->set(&setting);
}

bool conf_type_print(const struct conf_key *key, const struct config *config, const void *base,
                     struct buf *out)
{
    return types[key->type].print(key, config, base, out);
}

bool conf_type_equal(const struct conf_key *key, const void *a, const void *b)
{
    return types[key->type].equal(key, a, b);
}

void conf_type_describe(const struct conf_key *key, struct buf *out)
{
    char least[CONF_DURATION_MAX], most[CONF_DURATION_MAX];
    buf_text(out, types[key->type].word);
    if (key->type == CONF_WORD)
        list_words(key, out);
    else if (key->type == CONF_DURATION)
        buf_fmt(out, ", %s to %s", conf_duration_text(key->min, least), conf_duration_text(key->max, most));
    else if (key->type == CONF_COUNT)
        buf_fmt(out, ", %u to %u", key->min, key->max);
}
