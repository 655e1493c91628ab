/*
 * conf_rename: commands that a server knows by another word, as its own configuration says it:
 *
 *     rename-command CONFIG abc123      rename_commands: {CONFIG: abc123}
 *     rename-command CONFIG ""          rename_commands: {CONFIG: ""}
 *
 * People rename commands to keep others from using them, so the new words are treated as secrets.
 */
#include "io/conf_type.h"
#include <bluegreen/cmd.h>
#include <string.h>

const char *conf_command(const struct conf_target *target, const char *word)
{
    for (const struct conf_rename *rename = target->renames; rename && rename->word; rename++)
        if (strcmp(rename->word, word) == 0)
            return rename->to;
    return word;
}

/* The first word of some row of the table of commands, or NULL. */
static const char *known_word(struct str text)
{
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT; id++)
        if (str_eq_nocase(text, str_of(cmd_get(id)->args[0])))
            return cmd_get(id)->args[0];
    return NULL;
}

static void unknown_word(const struct conf_setting *s, const struct conf_node *item)
{
    char shown[CONF_SHOWN_MAX];
    struct str best = STR("");
    size_t best_distance = conf_near(item->key) + 1;
    conf_shown_key(item->key, shown);
    for (enum cmd_id id = CMD_NONE + 1; id < CMD_COUNT && item->key.len <= 64; id++) {
        struct str word = str_of(cmd_get(id)->args[0]);
        size_t distance = str_distance(word, item->key);
        if (distance < best_distance) {
            best = word;
            best_distance = distance;
        }
    }
    if (best.len)
        conf_fault(s->walk->faults, item->key_at,
                   "%s: the agent sends no command %s; did you mean " STR_FMT "?", s->shown, shown,
                   STR_ARG(best));
    else
        conf_fault(s->walk->faults, item->key_at, "%s: the agent sends no command %s", s->shown, shown);
}

/* The new word is not repeated in messages. */
static bool word_ok(const struct conf_setting *s, const struct conf_node *item, const char *word)
{
    if (item->kind != CONF_NODE_SCALAR || (conf_node_is_null(item) && item->plain))
        return conf_fault(s->walk->faults, item->at,
                          "%s.%s must be the word the server knows it by, or \"\" when it has none", s->shown,
                          word);
    if (item->text.len == 0 && (strcmp(word, "INFO") == 0 || strcmp(word, "AUTH") == 0))
        return conf_fault(s->walk->faults, item->at, "%s.%s: nothing can be polled without it", s->shown,
                          word);
    bool blank = false;
    for (size_t i = 0; i < item->text.len; i++)
        blank = blank || (unsigned char)item->text.ptr[i] <= ' ';
    if (blank || item->text.len > s->key->max)
        return conf_fault(s->walk->faults, item->at, "%s.%s must be one word of at most %u bytes", s->shown,
                          word, s->key->max);
    return true;
}

static bool is_listed(const struct conf_rename *list, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (list[i].word == word)
            return true;
    return false;
}

void conf_set_renames(struct conf_setting *s)
{
    struct arena *arena = &s->walk->config->arena;
    struct conf_rename *list = NULL;
    size_t count = 0;
    if (s->node->kind == CONF_NODE_MAPPING)
        list = arena_new(arena, struct conf_rename, (size_t)s->node->count + 1);
    else
        conf_fault(s->walk->faults, s->node->at, "%s must be a mapping, such as {CONFIG: \"its new name\"}",
                   s->shown);
    if (!list)
        return;
    for (const struct conf_node *item = s->node->first; item; item = item->next) {
        const char *word = known_word(item->key);
        if (!word)
            unknown_word(s, item);
        if (!word || !word_ok(s, item, word) || is_listed(list, count, word))
            continue;
        list[count] = (struct conf_rename){word, arena_copy(arena, item->text).ptr};
        if (!list[count++].to)
            conf_no_memory(s);
    }
    *CONF_MEMBER(const struct conf_rename *, s->base, s->key) = list;
}

bool conf_print_renames(const struct conf_key *key, const struct config *config, const void *base,
                        struct buf *out)
{
    const struct conf_rename *list = *CONF_CONST_MEMBER(const struct conf_rename *, base, key);
    (void)config;
    buf_char(out, '{');
    for (size_t i = 0; list && list[i].word; i++)
        buf_fmt(out, "%s%s: %s", i ? ", " : "", list[i].word, list[i].to[0] ? "\"<redacted>\"" : "\"\"");
    buf_char(out, '}');
    return list;
}

bool conf_same_renames(const struct conf_rename *a, const struct conf_rename *b)
{
    size_t i = 0;
    while (a && b && a[i].word && a[i].word == b[i].word && strcmp(a[i].to, b[i].to) == 0)
        i++;
    return (!a || !a[i].word) && (!b || !b[i].word);
}

bool conf_equal_renames(const struct conf_key *key, const void *a, const void *b)
{
    return conf_same_renames(*CONF_CONST_MEMBER(const struct conf_rename *, a, key),
                             *CONF_CONST_MEMBER(const struct conf_rename *, b, key));
}
