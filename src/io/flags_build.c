/*
 * flags_build: flags as the tree a file would have given, so that one walk (conf.c) reads and checks both.
 *
 *     --log-level DEBUG                     agent:
 *     --redis.addr rediss://a  ──────────►    log_level: debug
 *     --redis.addr rediss://b               targets:
 *     --tls-ca-cert-file f                    - {name: "a:6379", url: rediss://a, tls: {ca_file: f}}
 *                                             - {name: "b:6379", url: rediss://b, tls: {ca_file: f}}
 *
 * With --config the sections "agent" and "surveys" are laid over those of the file. Every node remembers its
 * flag or variable, so messages name what the user wrote.
 */
#include "io/conf_keys.h"
#include "io/flags_given.h"
#include <string.h>

#define FLAG_PREFIX_TARGET   "targets[]."
#define FLAG_PREFIX_DISCOVER "discover[]."
#define FLAG_PREFIX_TLS      "targets[].tls."

struct builder {
    const struct flags_given *given;
    struct arena *arena; /* of the tree */
    struct conf_faults *faults;
    struct buf *warnings;
    struct conf_node *root;
    struct flags_secret secret; /* of --redis.password-file, once it was opened */
    unsigned tls_targets;
};

static bool no_memory(struct builder *b)
{
    return conf_fault(b->faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
}

/* ---- nodes ----------------------------------------------------------------------------------------- */

static struct conf_node *put_node(struct builder *b, struct conf_node *parent, enum conf_node_kind kind,
                                  const char *key, struct conf_place at)
{
    struct conf_node *node = conf_node_new(b->arena, kind, at);
    if (!node) {
        no_memory(b);
        return NULL;
    }
    node->key = str_of(key);
    node->key_at = at;
    conf_node_add(parent, node);
    return node;
}

static void put_text(struct builder *b, struct conf_node *parent, const char *key, struct str text,
                     struct conf_place at)
{
    struct conf_node *node = put_node(b, parent, CONF_NODE_SCALAR, key, at);
    struct str copy = arena_copy(b->arena, text);
    if (!copy.ptr)
        no_memory(b);
    else if (node)
        node->text = copy;
}

/* The child <key>, made when it is not there; NULL: no memory. */
static struct conf_node *child(struct builder *b, struct conf_node *parent, enum conf_node_kind kind,
                               const char *key, struct conf_place at)
{
    struct conf_node *found = conf_node_get(parent, str_of(key));
    return found ? found : put_node(b, parent, kind, key, at);
}

/* ---- the agent's keys ------------------------------------------------------------------------------ */

static void warn(struct builder *b, const struct flag_value *value, const char *format, const char *text)
{
    buf_fmt(b->warnings, "%s: ", value->at.origin);
    buf_fmt(b->warnings, format, text);
    buf_char(b->warnings, '\n');
}

static void bad_word(struct builder *b, const struct flag *flag, const struct flag_value *value)
{
    struct str rest = str_of(flag->map), item, from, to;
    struct buf words;
    char shown[CONF_SHOWN_MAX];
    buf_init(&words, 256);
    while (str_next(&rest, ' ', &item)) {
        str_cut(item, '=', &from, &to);
        buf_fmt(&words, "%s" STR_FMT, words.len ? ", " : "", STR_ARG(from));
    }
    conf_fault(b->faults, value->at, "must be one of " STR_FMT ", and \"%s\" is not",
               STR_ARG(buf_view(&words)), conf_shown(value->text, shown));
    buf_done(&words);
}

/* The text for the key; false: the key stays as it is. */
static bool translate(struct builder *b, const struct flag *flag, const struct flag_value *value,
                      struct str *ret_text)
{
    struct str rest = str_of(flag->map), item, from;
    *ret_text = value->text;
    if (!flag->map)
        return true;
    while (str_next(&rest, ' ', &item))
        if (str_cut(item, '=', &from, ret_text) && str_eq_nocase(from, value->text))
            return true;
    if (!flag->otherwise)
        bad_word(b, flag, value);
    else if (flag->otherwise[0] && !str_eq_nocase(value->text, str_of(flag->fallback)))
        warn(b, value, "%s", flag->otherwise);
    return false;
}

/* Of "agent" and "surveys". Lists grow, everything else is what was said last. */
static void set_agent_key(struct builder *b, const char *path, struct str text, struct conf_place at)
{
    const struct conf_key *key = conf_key_find(str_of(path));
    const char *name = strchr(path, '.') + 1;
    struct str section = arena_copy(b->arena, (struct str){path, (size_t)(name - 1 - path)});
    struct conf_node *agent = section.ptr ? child(b, b->root, CONF_NODE_MAPPING, section.ptr, at) : NULL;
    if (!agent)
        return;
    if (key->type == CONF_LISTEN || key->type == CONF_COLLECTORS) {
        struct conf_node *list = child(b, agent, CONF_NODE_SEQUENCE, name, at);
        if (list)
            put_text(b, list, NULL, text, at);
        return;
    }
    struct conf_node *node = conf_node_get(agent, str_of(name));
    if (node) {
        node->text = text;
        node->at = at;
    } else {
        put_text(b, agent, name, text, at);
    }
}

/* Several names in one, for switches that stand for several collectors. */
static void set_agent_keys(struct builder *b, const char *path, struct str text, struct conf_place at)
{
    struct str item;
    while (str_next(&text, '+', &item))
        set_agent_key(b, path, item, at);
}

/* The default of such a flag is the command, its value what the servers call it. */
static void put_rename(struct builder *b, const struct flag *flag, struct str to, struct conf_place at)
{
    struct conf_node *agent = child(b, b->root, CONF_NODE_MAPPING, "agent", at);
    struct conf_node *renames =
        agent ? child(b, agent, CONF_NODE_MAPPING, flag->key + sizeof "agent." - 1, at) : NULL;
    if (renames && !str_eq(to, str_of(flag->fallback)))
        put_text(b, renames, flag->fallback, to, at);
}

static void set_agent(struct builder *b, const struct flag *flag)
{
    const struct flag_value *value =
        flag->repeatable ? b->given->values[flag - flags_table] : flag_last(b->given, flag);
    for (; value; value = value->next) {
        struct str text;
        if (value->text.len == 0 && str_eq(value->text, str_of(flag->fallback)))
            continue;
        if (conf_key_find(str_of(flag->key))->type == CONF_RENAMES)
            put_rename(b, flag, str_eq(value->text, STR("-")) ? STR("") : value->text, value->at);
        else if (flag->map && translate(b, flag, value, &text))
            set_agent_keys(b, flag->key, text, value->at);
        else if (!flag->map)
            set_agent_key(b, flag->key, value->text, value->at);
    }
}

static void warn_ignored(struct builder *b, const struct flag *flag)
{
    const struct flag_value *value = flag_last(b->given, flag);
    if (value && !str_eq(value->text, str_of(flag->fallback)))
        warn(b, value, "ignored; %s", flag->ignored);
}

/* A text or a mapping of texts, once more; NULL is nothing. */
static void put_copy(struct builder *b, struct conf_node *parent, const struct conf_node *from)
{
    if (!from)
        return;
    struct conf_node *copy = put_node(b, parent, from->kind, from->key.ptr, from->at);
    if (copy && from->kind == CONF_NODE_SCALAR)
        copy->text = from->text;
    for (const struct conf_node *child = from->first; copy && child; child = child->next)
        put_text(b, copy, child->key.ptr, child->text, child->at);
}

/* ---- targets --------------------------------------------------------------------------------------- */

static bool is_target_flag(const struct flag *flag)
{
    return flag->key && (str_starts(str_of(flag->key), STR(FLAG_PREFIX_TARGET)) ||
                         str_starts(str_of(flag->key), STR(FLAG_PREFIX_DISCOVER)));
}

/* The value that counts of the flag of a key, or NULL when it was not given or is what it is anyway. */
static const struct flag_value *value_of(const struct builder *b, const char *name)
{
    const struct flag *flag = flag_find(str_of(name));
    const struct flag_value *value = flag_last(b->given, flag);
    return value && !str_eq(value->text, str_of(flag->fallback)) ? value : NULL;
}

/* A name for one of several: its address. */
static void put_name(struct builder *b, struct conf_node *target, const struct endpoint *endpoint,
                     struct conf_place at)
{
    const char *name = conf_endpoint_name(endpoint, b->arena);
    if (name)
        put_text(b, target, "name", str_of(name), at);
    else
        no_memory(b);
}

static void open_secret(struct builder *b)
{
    const struct flag_value *file = value_of(b, "redis.password-file");
    struct err err;
    if (!file)
        return;
    if (value_of(b, "redis.password"))
        warn(b, file, "not read, because %s is given", value_of(b, "redis.password")->at.origin);
    else if (!flags_secret_open(file->text.ptr, &b->secret, &err))
        conf_fault(b->faults, file->at, "%s", err.text);
}

static void put_password(struct builder *b, struct conf_node *target, struct str given, const char *clean,
                         const char *user)
{
    const struct flag_value *password = value_of(b, "redis.password");
    const struct flag_value *file = value_of(b, "redis.password-file");
    if (password) {
        put_text(b, target, "password", password->text, password->at);
    } else if (b->secret.path && !b->secret.map) {
        put_text(b, target, "password_file", file->text, file->at);
    } else if (b->secret.map) {
        const char *found = flags_secret_find(&b->secret, given, str_of(clean), user);
        if (found)
            put_text(b, target, "password", str_of(found), file->at);
        else
            warn(b, file, "no password for %s in it; this target is asked without one", clean);
    }
}

static void put_tls(struct builder *b, struct conf_node *target)
{
    b->tls_targets++;
    for (unsigned i = 0; i < flags_table_count; i++) {
        const struct flag *flag = &flags_table[i];
        if (!flag->key || !str_starts(str_of(flag->key), STR(FLAG_PREFIX_TLS)))
            continue;
        const struct flag_value *value = value_of(b, flag->name);
        if (!value)
            continue;
        struct conf_node *tls = child(b, target, CONF_NODE_MAPPING, "tls", value->at);
        if (tls)
            put_text(b, tls, flag->key + sizeof FLAG_PREFIX_TLS - 1, value->text, value->at);
    }
}

/* User and password of the address win over those of the flags, as they do in redis_exporter. */
static void put_target(struct builder *b, struct conf_node *targets, struct str url, struct conf_place at,
                       bool alone)
{
    struct conf_node *target = put_node(b, targets, CONF_NODE_MAPPING, NULL, at);
    struct endpoint endpoint;
    const char *user, *password, *clean;
    struct err err;
    if (!target)
        return;
    if (!conf_parse_url(url, b->arena, &endpoint, &user, &password, &clean, &err)) {
        target->kind = CONF_NODE_BAD; /* it is still a target: that there is none is not the mistake */
        conf_fault(b->faults, at, "%s", err.text);
        return;
    }
    const struct flag_value *user_flag = value_of(b, "redis.user");
    if (alone)
        put_text(b, target, "name", STR(""), at);
    else
        put_name(b, target, &endpoint, at);
    put_text(b, target, "url", str_of(clean), at);
    if (user)
        put_text(b, target, "username", str_of(user), at);
    else if (user_flag)
        put_text(b, target, "username", user_flag->text, user_flag->at);
    if (!user && user_flag)
        user = user_flag->text.ptr;
    if (password)
        put_text(b, target, "password", str_of(password), at);
    else
        put_password(b, target, url, clean, user);
    if (endpoint.kind == ENDPOINT_TLS)
        put_tls(b, target);
}

static void put_targets(struct builder *b)
{
    const struct flag *flag = flag_find(STR("redis.addr"));
    const struct flag_value *first = b->given->values[flag - flags_table];
    struct conf_place at = {flag->env, 0, 0};
    struct conf_node *targets = put_node(b, b->root, CONF_NODE_SEQUENCE, "targets", first ? first->at : at);
    if (!targets)
        return;
    open_secret(b);
    for (const struct flag_value *value = first; value; value = value->next)
        put_target(b, targets, value->text, value->at, !first->next);
    if (!first)
        put_target(b, targets, str_of(flag->fallback), at, true);
    flags_secret_done(&b->secret);

    for (unsigned i = 0; !b->tls_targets && i < flags_table_count; i++) {
        const struct flag_value *value = flag_last(b->given, &flags_table[i]);
        if (flags_table[i].group == FLAG_GROUP_TLS && value && value_of(b, flags_table[i].name))
            warn(b, value, "does nothing, because %s", "no address is rediss://");
    }
}

/* ---- a Cluster ------------------------------------------------------------------------------------- */

/* The addresses become seeds, and the login of the first of them is that of all nodes. */
static void put_cluster(struct builder *b)
{
    static const char *const shared[] = {"username", "password", "password_file", "tls"};
    const struct flag_value *is_cluster = value_of(b, "is-cluster");
    const struct flag_value *hostnames = value_of(b, "cluster-discover-hostnames");
    const struct conf_node *targets = conf_node_get(b->root, STR("targets"));
    if (!is_cluster || !targets || !targets->first || targets->first->kind != CONF_NODE_MAPPING)
        return;
    struct conf_node *list = put_node(b, b->root, CONF_NODE_SEQUENCE, "discover", is_cluster->at);
    struct conf_node *entry = list ? put_node(b, list, CONF_NODE_MAPPING, NULL, is_cluster->at) : NULL;
    struct conf_node *seeds =
        entry ? put_node(b, entry, CONF_NODE_SEQUENCE, "cluster", is_cluster->at) : NULL;
    if (!seeds)
        return;
    put_text(b, entry, "name", STR("cluster"), is_cluster->at);
    put_text(b, entry, "watch", STR("false"), is_cluster->at);
    if (hostnames)
        put_text(b, entry, "hostnames", STR("true"), hostnames->at);
    for (const struct conf_node *target = targets->first; target; target = target->next) {
        const struct conf_node *url =
            target->kind == CONF_NODE_MAPPING ? conf_node_get(target, STR("url")) : NULL;
        if (url)
            put_text(b, seeds, NULL, url->text, url->at);
    }
    for (unsigned i = 0; i < sizeof shared / sizeof shared[0]; i++)
        put_copy(b, entry, conf_node_get(targets->first, str_of(shared[i])));
}

/* ---- the whole ------------------------------------------------------------------------------------- */

/* The file names the targets; a flag beside it contradicts, a variable is left over from elsewhere. */
static void refuse_target_flags(struct builder *b, const char *path)
{
    for (unsigned i = 0; i < flags_table_count; i++) {
        const struct flag_value *value = flag_last(b->given, &flags_table[i]);
        if (!value || !is_target_flag(&flags_table[i]))
            continue;
        if (value->from_env)
            warn(b, value, "not used, because %s names the targets", path);
        else
            conf_fault(b->faults, value->at, "cannot stand beside --config; write it into %s as %s", path,
                       flags_table[i].key);
    }
}

struct config *flags_build(const struct flags_given *given, struct conf_faults *faults, struct buf *warnings)
{
    struct builder b = {.given = given, .arena = faults->arena, .faults = faults, .warnings = warnings};
    const struct flag_value *config = flag_last(given, flag_find(STR("config")));
    const char *path = config && config->text.len ? config->text.ptr : NULL;
    b.root = conf_node_new(b.arena, CONF_NODE_MAPPING, (struct conf_place){"command line", 0, 0});
    if (!b.root) {
        no_memory(&b);
        return NULL;
    }
    for (unsigned i = 0; i < flags_table_count; i++) {
        if (flags_table[i].ignored)
            warn_ignored(&b, &flags_table[i]);
        else if (flags_table[i].key && !is_target_flag(&flags_table[i]))
            set_agent(&b, &flags_table[i]);
    }
    if (!path) {
        put_targets(&b);
        put_cluster(&b);
        return conf_assemble(NULL, b.root, faults);
    }
    refuse_target_flags(&b, path);
    struct conf_node *root = conf_read(path, b.arena, faults);
    if (!root)
        return NULL;
    conf_overlay(root, b.root);
    return conf_assemble(path, root, faults);
}
