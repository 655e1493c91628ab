/*
 * conf_check: the rules between keys. Each reports at the value that has to change.
 *
 * The tree is looked at beside the configuration, because the rules speak of what was written: a password
 * may stand in the url and under its own key, and one of the two has lost by now.
 */
#include "io/conf_keys.h"
#include <stdio.h>
#include <stdlib.h>

const struct conf_node *conf_check_get(const struct conf_node *mapping, struct str key)
{
    return mapping && mapping->kind == CONF_NODE_MAPPING ? conf_node_get(mapping, key) : NULL;
}

const struct conf_node *conf_check_first(const struct conf_node *root, struct str list)
{
    const struct conf_node *node = conf_check_get(root, list);
    return node && node->kind == CONF_NODE_SEQUENCE ? node->first : NULL;
}

static unsigned count_of(const struct conf_node *root, struct str list)
{
    const struct conf_node *node = conf_check_get(root, list);
    return node && node->kind == CONF_NODE_SEQUENCE ? node->count : 0;
}

static struct str text_of(const struct conf_node *node)
{
    return node && node->kind == CONF_NODE_SCALAR ? node->text : STR("");
}

/* ---- names ---------------------------------------------------------------------------------------- */

static int by_text(const void *left, const void *right)
{
    const struct conf_node *a = *(const struct conf_node *const *)left;
    const struct conf_node *b = *(const struct conf_node *const *)right;
    int order = str_cmp(a->text, b->text);
    if (order)
        return order;
    if (a->at.line != b->at.line)
        return a->at.line < b->at.line ? -1 : 1;
    return (a->at.column > b->at.column) - (a->at.column < b->at.column);
}

void conf_check_unique(struct conf_walk *walk, const struct conf_node *root, struct str list,
                       const char *what)
{
    size_t count = 0;
    const struct conf_node **names =
        arena_new(walk->faults->arena, const struct conf_node *, count_of(root, list) + 1);
    if (!names) {
        conf_fault(walk->faults, root->at, "%s", err_sentence(ERR_MEMORY));
        return;
    }
    for (const struct conf_node *item = conf_check_first(root, list); item; item = item->next) {
        const struct conf_node *name = conf_check_get(item, STR("name"));
        if (text_of(name).len)
            names[count++] = name;
    }
    qsort(names, count, sizeof *names, by_text);
    for (size_t first = 0, i = 1; i < count; i++) {
        char text[CONF_SHOWN_MAX];
        if (!str_eq(names[first]->text, names[i]->text))
            first = i;
        else if (names[first]->at.origin)
            conf_fault(walk->faults, names[i]->at, "two %ss would be named \"%s\"", what,
                       conf_shown(names[i]->text, text));
        else
            conf_fault(walk->faults, names[i]->at,
                       "the %s in line %u is named \"%s\" already; names must differ", what,
                       names[first]->at.line, conf_shown(names[i]->text, text));
    }
}

static bool more_targets(const struct config *config)
{
    bool more = config->target_count > 1 || config->pair_count || config->target_files[0];
    for (unsigned i = 0; i < config->discover_count; i++)
        more = more || config->discovers[i].watch;
    return more;
}

/* Without a name there is no label, and series of two targets could not be told apart. */
static void check_nameless(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    const struct conf_node *name = conf_check_get(item, STR("name"));
    if (name && name->kind == CONF_NODE_SCALAR && !name->text.len && !conf_node_is_null(name) &&
        more_targets(walk->config))
        conf_fault(
            walk->faults, name->at,
            "targets[%u].name may be empty only when it is the only target, without pairs, target_files "
            "and watched discoveries",
            index);
}

/* ---- one target ----------------------------------------------------------------------------------- */

void conf_check_login(struct conf_walk *walk, const struct conf_node *item, const char *shown)
{
    const struct conf_node *tls = conf_check_get(item, STR("tls"));
    const struct conf_node *cert = conf_check_get(tls, STR("cert_file"));
    const struct conf_node *key = conf_check_get(tls, STR("key_file"));
    const struct conf_node *file = conf_check_get(item, STR("password_file"));
    if (conf_check_get(item, STR("password")) && file)
        conf_fault(walk->faults, file->at, "%s has password and password_file; remove one", shown);
    if (cert && !key)
        conf_fault(walk->faults, cert->at, "%s.tls.cert_file needs key_file, its private key", shown);
    if (key && !cert)
        conf_fault(walk->faults, key->at, "%s.tls.key_file needs cert_file, its certificate", shown);
}

static void check_secrets(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    const struct conf_node *username = conf_check_get(item, STR("username"));
    const struct conf_node *password = conf_check_get(item, STR("password"));
    const struct conf_node *file = conf_check_get(item, STR("password_file"));
    struct str url = text_of(conf_check_get(item, STR("url")));
    struct endpoint endpoint;
    const char *url_user, *url_password, *clean;

    if (!(username || password || file) || str_index(url, '@') < 0 ||
        !conf_parse_url(url, walk->faults->arena, &endpoint, &url_user, &url_password, &clean, NULL))
        return;
    if (username && url_user)
        conf_fault(walk->faults, username->at, "targets[%u].url has a user name already; remove one", index);
    if ((password || file) && url_password)
        conf_fault(walk->faults, password ? password->at : file->at,
                   "targets[%u].url has a password already; remove one", index);
}

static void check_tls(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    const struct conf_target *target = &walk->targets[index];
    const struct conf_node *tls = conf_check_get(item, STR("tls"));
    if (tls && tls->kind == CONF_NODE_MAPPING && tls->count && target->url &&
        target->endpoint.kind != ENDPOINT_TLS)
        conf_fault(
            walk->faults, tls->key_at,
            "targets[%u].tls does nothing, because the url is not rediss://; change the url or remove tls",
            index);
}

/* ---- pairs ---------------------------------------------------------------------------------------- */

static void check_pair(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    const struct conf_node *blue = conf_check_get(item, STR("blue")),
                           *green = conf_check_get(item, STR("green"));
    if (text_of(blue).len && str_eq(text_of(blue), text_of(green)))
        conf_fault(walk->faults, green->at, "pairs[%u].green must be another target than blue", index);
}

/* ---- times ---------------------------------------------------------------------------------------- */

/* Data that is stale before the next poll would make health flap between known and unknown. */
static void check_times(struct conf_walk *walk, const struct conf_node *root)
{
    struct config *config = walk->config;
    const struct conf_node *stale = conf_check_get(conf_check_get(root, STR("agent")), STR("stale_after"));
    char longest_text[CONF_DURATION_MAX], stale_text[CONF_DURATION_MAX];
    uint32_t longest = config->poll_interval_ms;
    for (unsigned i = 0; i < config->target_count; i++)
        if (config->targets[i].poll_interval_ms > longest)
            longest = config->targets[i].poll_interval_ms;

    if (!stale && config->stale_after_ms < 3 * longest)
        config->stale_after_ms = 3 * longest; /* at most 3 h: poll_interval ends at 1 h */
    if (stale && stale->kind == CONF_NODE_SCALAR && config->stale_after_ms < longest)
        conf_fault(walk->faults, stale->at,
                   "agent.stale_after must not be shorter than the longest poll_interval, %s, and %s is",
                   conf_duration_text(longest, longest_text),
                   conf_duration_text(config->stale_after_ms, stale_text));
}

/* ---- who may talk HTTP to us ---------------------------------------------------------------------- */

/* Half a protection is none, and whoever wrote it thinks there is one. */
static void check_needs(struct conf_walk *walk, const struct conf_node *agent, const char *key,
                        const char *needed)
{
    const struct conf_node *node = conf_check_get(agent, str_of(key));
    if (node && !conf_check_get(agent, str_of(needed)))
        conf_fault(walk->faults, node->at, "agent.%s needs %s", key, needed);
}

static void check_web(struct conf_walk *walk, const struct conf_node *root)
{
    static const char *const others[] = {"tls_cert_file",       "tls_key_file",
                                         "tls_client_ca_file",  "basic_auth_username",
                                         "basic_auth_password", "basic_auth_password_hash"};
    const struct conf_node *agent = conf_check_get(root, STR("agent")), *hash;
    const struct conf_node *password = conf_check_get(agent, STR("basic_auth_password"));
    check_needs(walk, agent, "tls_cert_file", "tls_key_file");
    check_needs(walk, agent, "tls_key_file", "tls_cert_file");
    check_needs(walk, agent, "tls_client_ca_file", "tls_cert_file");
    check_needs(walk, agent, "basic_auth_password", "basic_auth_username");
    check_needs(walk, agent, "basic_auth_password_hash", "basic_auth_username");
    hash = conf_check_get(agent, STR("basic_auth_password_hash"));
    if (!password && !hash)
        check_needs(walk, agent, "basic_auth_username", "basic_auth_password");
    if (password && hash)
        conf_fault(walk->faults, hash->at,
                   "agent has basic_auth_password and basic_auth_password_hash; remove one");
    for (unsigned i = 0; conf_check_get(agent, STR("web_config_file")) && i < sizeof others / sizeof *others;
         i++)
        if ((hash = conf_check_get(agent, str_of(others[i]))))
            conf_fault(walk->faults, hash->at,
                       "agent.%s cannot stand beside web_config_file; write it into that file", others[i]);
}

void conf_check(struct conf_walk *walk, const struct conf_node *root)
{
    unsigned index = 0;
    conf_check_unique(walk, root, STR("targets"), "target");
    conf_check_unique(walk, root, STR("pairs"), "pair");
    for (const struct conf_node *item = conf_check_first(root, STR("targets"));
         item && index < walk->config->target_count; item = item->next, index++) {
        char shown[CONF_PATH_MAX];
        snprintf(shown, sizeof shown, "targets[%u]", index);
        conf_check_login(walk, item, shown);
        check_nameless(walk, item, index);
        check_secrets(walk, item, index);
        check_tls(walk, item, index);
    }
    index = 0;
    for (const struct conf_node *item = conf_check_first(root, STR("pairs")); item; item = item->next)
        check_pair(walk, item, index++);
    conf_check_sources(walk, root);
    check_times(walk, root);
    check_web(walk, root);
}
