/*
 * conf: a tree into a configuration.
 *
 *     read_keys     walks the table and the tree side by side: unknown keys, defaults, values
 *     read_list     the same for every item of targets and pairs
 *     inherit       what a target left out and takes from the agent
 *     conf_check    rules between keys (conf_check.c)
 */
#include "io/conf_keys.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONFIG_MAX = 32 << 20, FIRST_BLOCK = 4096 }; /* bytes of an arena */

static void read_keys(struct conf_walk *walk, struct str prefix, const char *shown,
                      const struct conf_node *node, void *base);

static void report_unknown(struct conf_walk *walk, struct str prefix, const char *shown,
                           const struct conf_node *mapping)
{
    for (const struct conf_node *child = mapping->first; child; child = child->next) {
        if (conf_key_known(prefix, child->key))
            continue;
        char key[CONF_SHOWN_MAX];
        conf_shown_key(child->key, key);
        struct str meant = conf_key_suggest(prefix, child->key);
        if (str_of(key).len < child->key.len && str_starts(child->key, str_of(key)))
            conf_fault(walk->faults, child->key_at, "%s%s must be followed by a colon and a blank", shown,
                       key);
        else if (meant.len)
            conf_fault(walk->faults, child->key_at, "%s%s is not a key; did you mean " STR_FMT "?", shown,
                       key, STR_ARG(meant));
        else
            conf_fault(walk->faults, child->key_at, "%s%s is not a key; --document-config lists them", shown,
                       key);
    }
}

/* The text of a default goes the way of a written value, so that it obeys the same rules. */
static void set_default(struct conf_walk *walk, const struct conf_key *key, const char *shown, void *base)
{
    struct conf_node node = {.kind = CONF_NODE_SCALAR, .text = str_of(key->fallback)};
    if (!key->fallback || key->flags & CONF_INHERITS)
        return;
    if (str_eq(node.text, STR("[]")))
        node.kind = CONF_NODE_SEQUENCE;
    if (str_eq(node.text, STR("{}")))
        node.kind = CONF_NODE_MAPPING;
    conf_type_set(walk, key, shown, &node, base);
}

static void read_key(struct conf_walk *walk, const struct conf_key *key, const char *shown, struct str name,
                     const struct conf_node *mapping, void *base)
{
    char path[CONF_PATH_MAX];
    snprintf(path, sizeof path, "%s" STR_FMT, shown, STR_ARG(name));
    const struct conf_node *node = mapping ? conf_node_get(mapping, name) : NULL;
    set_default(walk, key, path, base);
    if (node)
        conf_type_set(walk, key, path, node, base);
    else if (mapping && key->flags & CONF_REQUIRED)
        conf_fault(walk->faults, mapping->at, "%s is missing; every item of this list needs one", path);
}

/* A section may be left out or empty. NULL then, and when it is something else, which is reported. */
static const struct conf_node *mapping_or_null(struct conf_walk *walk, const struct conf_node *node,
                                               const char *shown)
{
    if (!node || node->kind == CONF_NODE_MAPPING)
        return node;
    if (node->kind != CONF_NODE_BAD && !conf_node_is_null(node))
        conf_fault(walk->faults, node->at, "%s must be a mapping, such as \"key: value\" in lines below it",
                   shown);
    return NULL;
}

static void read_section(struct conf_walk *walk, struct str prefix, const char *shown, struct str section,
                         const struct conf_node *mapping, void *base)
{
    char path[CONF_PATH_MAX], deeper[CONF_PATH_MAX];
    snprintf(path, sizeof path, "%s" STR_FMT, shown, STR_ARG(section));
    const struct conf_node *node =
        mapping_or_null(walk, mapping ? conf_node_get(mapping, section) : NULL, path);
    snprintf(path, sizeof path, "%s" STR_FMT ".", shown, STR_ARG(section));
    snprintf(deeper, sizeof deeper, STR_FMT STR_FMT ".", STR_ARG(prefix), STR_ARG(section));
    read_keys(walk, str_of(deeper), path, node, base);
}

/* Everything below <prefix> but lists of sections. Without <node> the defaults alone. */
static void read_keys(struct conf_walk *walk, struct str prefix, const char *shown,
                      const struct conf_node *node, void *base)
{
    struct str done = STR("");
    if (node)
        report_unknown(walk, prefix, shown, node);
    for (unsigned i = 0; i < conf_keys_count; i++) {
        struct str name;
        if (conf_key_name(&conf_keys[i], prefix, &name)) {
            read_key(walk, &conf_keys[i], shown, name, node, base);
        } else if (conf_key_section(&conf_keys[i], prefix, &name) && !str_ends(name, STR("[]")) &&
                   !str_eq(name, done)) {
            read_section(walk, prefix, shown, name, node, base);
            done = name;
        }
    }
}

/* One struct of <size> bytes per item; NULL when there is none. */
static void *read_list(struct conf_walk *walk, const struct conf_node *list, const char *name, size_t size,
                       unsigned max, unsigned *ret_count)
{
    *ret_count = 0;
    if (!list || list->kind == CONF_NODE_BAD || conf_node_is_null(list))
        return NULL;
    if (list->kind != CONF_NODE_SEQUENCE) {
        conf_fault(walk->faults, list->at, "%s must be a list: lines that begin with \"- name: …\"", name);
        return NULL;
    }
    if (list->count > max) {
        conf_fault(walk->faults, list->at, "%s must have at most %u items, and has %u", name, max,
                   list->count);
        return NULL;
    }
    char *items = arena_array(&walk->config->arena, size, _Alignof(max_align_t), list->count);
    if (!items) {
        conf_fault(walk->faults, list->at, "%s: %s", name, err_sentence(ERR_MEMORY));
        return NULL;
    }
    char prefix[CONF_PATH_MAX], shown[CONF_PATH_MAX];
    snprintf(prefix, sizeof prefix, "%s[].", name);
    for (const struct conf_node *item = list->first; item; item = item->next) {
        snprintf(shown, sizeof shown, "%s[%u]", name, *ret_count);
        const struct conf_node *mapping = mapping_or_null(walk, item, shown);
        if (conf_node_is_null(item))
            conf_fault(walk->faults, item->at, "%s is empty; fill it or remove it", shown);
        snprintf(shown, sizeof shown, "%s[%u].", name, *ret_count);
        read_keys(walk, str_of(prefix), shown, mapping, items + *ret_count * size);
        ++*ret_count;
    }
    return items;
}

/* The row that says what <key> takes over when it is left out. */
static void inherit_key(struct conf_walk *walk, const struct conf_key *key, void *base)
{
    static const char nothing[sizeof(void *)] = {0}; /* NULL, or below every minimum: it was not written */
    const struct conf_key *from = conf_key_find(str_of(key->fallback));
    size_t size = key->type == CONF_RENAMES ? sizeof(void *) : sizeof(uint32_t);
    char *member = (char *)base + key->offset;
    if (memcmp(member, nothing, size) == 0)
        memcpy(member, (const char *)walk->config + from->offset, size);
}

/* What was left out below <prefix> and is taken from the agent, in each of <count> structs of <size>. */
static void inherit(struct conf_walk *walk, struct str prefix, void *base, size_t size, unsigned count)
{
    for (unsigned k = 0; k < conf_keys_count; k++)
        if (conf_keys[k].flags & CONF_INHERITS && str_starts(str_of(conf_keys[k].path), prefix))
            for (unsigned i = 0; i < count; i++)
                inherit_key(walk, &conf_keys[k], (char *)base + i * size);
}

/* Where targets come from beside those that are written down. */
static void read_sources(struct conf_walk *walk, const struct conf_node *root)
{
    struct config *config = walk->config;
    config->discovers = read_list(walk, conf_node_get(root, STR("discover")), "discover",
                                  sizeof *config->discovers, CONF_SOURCES_MAX, &config->discover_count);
    config->allows = read_list(walk, conf_node_get(root, STR("scrape_allow")), "scrape_allow",
                               sizeof *config->allows, CONF_SOURCES_MAX, &config->allow_count);
    inherit(walk, STR("surveys."), config, 0, 1);
    inherit(walk, STR("target_defaults."), config, 0, 1);
    inherit(walk, STR("discover[]."), config->discovers, sizeof *config->discovers, config->discover_count);
    inherit(walk, STR("scrape_allow[]."), config->allows, sizeof *config->allows, config->allow_count);
}

static bool names_targets(const struct config *config)
{
    return config->target_files[0] || config->discover_count || config->allow_count;
}

static void read_root(struct conf_walk *walk, const struct conf_node *root)
{
    struct config *config = walk->config;
    if (root->kind != CONF_NODE_MAPPING) {
        conf_fault(walk->faults, root->at,
                   "the file must be a mapping with the keys agent, targets and pairs");
        return;
    }
    read_keys(walk, STR(""), "", root, config);

    const struct conf_node *targets = conf_node_get(root, STR("targets"));
    walk->targets =
        read_list(walk, targets, "targets", sizeof *walk->targets, CONF_TARGETS_MAX, &config->target_count);
    config->targets = walk->targets;
    read_sources(walk, root);
    if ((!targets || conf_node_is_null(targets) ||
         (targets->kind == CONF_NODE_SEQUENCE && !targets->count)) &&
        !names_targets(config))
        conf_fault(walk->faults, targets ? targets->at : root->at,
                   "targets is %s; name at least one Redis to watch: \"- name: blue\" and \"url: redis://…\"",
                   targets ? "empty" : "missing");
    walk->pairs = read_list(walk, conf_node_get(root, STR("pairs")), "pairs", sizeof *walk->pairs,
                            CONF_PAIRS_MAX, &config->pair_count);
    config->pairs = walk->pairs;
    inherit(walk, STR("targets[]."), walk->targets, sizeof *walk->targets, config->target_count);
    conf_check(walk, root);
}

static void make_filter(struct conf_walk *walk)
{
    struct config *config = walk->config;
    if (!config->hidden.allow[0] && !config->hidden.deny[0] && !config->hidden.series[0])
        return;
    config->filter = filter_new(&config->arena, &config->hidden, str_of(config->namespace_));
    if (!config->filter)
        conf_fault(walk->faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
}

struct config *conf_assemble(const char *path, const struct conf_node *root, struct conf_faults *faults)
{
    struct config *config = calloc(1, sizeof *config);
    if (!config) {
        conf_fault(faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
        return NULL;
    }
    arena_init(&config->arena, FIRST_BLOCK, CONFIG_MAX);
    struct conf_walk walk = {.config = config, .faults = faults};
    if (path) {
        config->path = arena_copy(&config->arena, str_of(path)).ptr;
        if (!config->path)
            conf_fault(faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
    }
    read_root(&walk, root);
    if (faults->count == 0)
        make_filter(&walk);
    if (faults->count == 0)
        return config;
    conf_free(config);
    return NULL;
}

void conf_free(struct config *config)
{
    if (!config)
        return;
    arena_done(&config->arena);
    free(config);
}

static void take_out(struct conf_node *parent, const struct conf_node *child)
{
    struct conf_node *rest = parent->first;
    parent->first = parent->last = NULL;
    parent->count = 0;
    while (rest) {
        struct conf_node *next = rest->next;
        if (rest != child)
            conf_node_add(parent, rest);
        rest = next;
    }
}

static void move_items(struct conf_node *from, struct conf_node *to)
{
    while (from->first) {
        struct conf_node *item = from->first;
        take_out(from, item);
        conf_node_add(to, item);
    }
}

static void overlay_key(struct conf_node *section, struct conf_node *mine)
{
    struct conf_node *theirs = conf_node_get(section, mine->key);
    bool adds_up =
        str_eq(mine->key, STR("disable_collectors")) || str_eq(mine->key, STR("enable_collectors"));
    if (theirs)
        take_out(section, theirs);
    if (theirs && ((adds_up && theirs->kind == CONF_NODE_SEQUENCE) ||
                   (mine->kind == CONF_NODE_MAPPING && theirs->kind == CONF_NODE_MAPPING)))
        move_items(theirs, mine);
    else if (theirs && adds_up && !conf_node_is_null(theirs))
        conf_node_add(mine, theirs);
    conf_node_add(section, mine);
}

static void overlay_section(struct conf_node *root, struct conf_node *over, struct str name)
{
    struct conf_node *above = conf_node_get(over, name);
    if (!above || root->kind != CONF_NODE_MAPPING)
        return;
    struct conf_node *section = conf_node_get(root, name);
    if (!section || conf_node_is_null(section)) {
        if (section)
            take_out(root, section);
        take_out(over, above);
        conf_node_add(root, above);
        return;
    }
    while (section->kind == CONF_NODE_MAPPING && above->first) {
        struct conf_node *mine = above->first;
        take_out(above, mine);
        overlay_key(section, mine);
    }
}

void conf_overlay(struct conf_node *root, struct conf_node *over)
{
    overlay_section(root, over, STR("agent"));
    overlay_section(root, over, STR("surveys"));
}

bool conf_read_text(const char *path, struct buf *out, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, ERR_SYSTEM, "cannot be opened: %s", strerror(errno));
    char block[16384];
    ssize_t got;
    do {
        got = read(fd, block, sizeof block);
        if (got > 0)
            buf_add(out, block, (size_t)got);
    } while ((got > 0 && buf_ok(out)) || (got < 0 && errno == EINTR));
    int why = errno;
    close(fd);
    if (got < 0)
        return err_set(err, ERR_SYSTEM, "cannot be read: %s", strerror(why));
    if (!buf_ok(out))
        return err_set(err, ERR_LIMIT, "larger than %zu bytes, or no memory for it", out->max);
    return true;
}

struct conf_node *conf_read(const char *path, struct arena *arena, struct conf_faults *faults)
{
    struct buf text;
    struct err err;
    struct conf_node *root = NULL;
    buf_init(&text, CONF_FILE_MAX);
    if (conf_read_text(path, &text, &err))
        root = conf_yaml_read(buf_view(&text), arena, faults);
    else
        conf_fault(faults, (struct conf_place){0}, "%s", err.text);
    buf_done(&text);
    return root;
}

struct config *conf_load(const char *path, struct buf *errors)
{
    struct arena arena;
    struct conf_faults faults;
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    struct conf_node *root = conf_read(path, &arena, &faults);
    struct config *config = root ? conf_assemble(path, root, &faults) : NULL;
    conf_faults_show(&faults, path, errors);
    arena_done(&arena);
    return config;
}

struct config *conf_parse(const char *path, struct str yaml, struct buf *errors)
{
    struct arena arena;
    struct conf_faults faults;
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    struct conf_node *root = conf_yaml_read(yaml, &arena, &faults);
    struct config *config = root ? conf_assemble(path, root, &faults) : NULL;
    conf_faults_show(&faults, path, errors);
    arena_done(&arena);
    return config;
}
