/*
 * conf_check_sources: rules for where targets come from beside those that are written down: lists of targets,
 * discoveries, and servers that a scrape may name.
 */
#include "io/allow.h"
#include "io/conf_keys.h"
#include <stdio.h>

static void check_seeds(struct conf_walk *walk, const struct conf_node *item,
                        const struct conf_discover *discover, const char *shown)
{
    const struct conf_seeds *seeds = discover->cluster.count ? &discover->cluster : &discover->sentinel;
    const struct conf_node *cluster = conf_check_get(item, STR("cluster"));
    const struct conf_node *sentinel = conf_check_get(item, STR("sentinel"));
    const struct conf_node *given = cluster ? cluster : sentinel;
    if (cluster && sentinel)
        conf_fault(walk->faults, sentinel->at, "%s has cluster and sentinel; make two entries of it", shown);
    else if (!cluster && !sentinel && item->kind == CONF_NODE_MAPPING)
        conf_fault(walk->faults, item->at, "%s needs cluster or sentinel: addresses to begin with", shown);
    for (unsigned i = 0; given && i < seeds->count; i++) {
        if (seeds->items[i].username || seeds->items[i].password)
            conf_fault(walk->faults, given->at,
                       "%s: write user and password under their own keys, not into the address of a seed",
                       shown);
        if (seeds->items[i].endpoint.kind != seeds->items[0].endpoint.kind)
            conf_fault(walk->faults, given->at,
                       "%s: some seeds have TLS and some have not; the nodes are reached like their seeds",
                       shown);
    }
}

/* Keys that say nothing about a Cluster. */
static void check_sentinel_keys(struct conf_walk *walk, const struct conf_node *item, const char *shown)
{
    static const char *const keys[] = {"masters", "seed_username", "seed_password", "seed_password_file"};
    if (!conf_check_get(item, STR("cluster")))
        return;
    for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const struct conf_node *node = conf_check_get(item, str_of(keys[i]));
        if (node && !(node->kind == CONF_NODE_SEQUENCE && !node->count))
            conf_fault(walk->faults, node->at, "%s.%s is for a Sentinel; a Cluster has no such thing", shown,
                       keys[i]);
    }
}

static bool seeds_have_tls(const struct conf_discover *discover)
{
    const struct conf_seeds *seeds = discover->cluster.count ? &discover->cluster : &discover->sentinel;
    return seeds->count == 0 || seeds->items[0].endpoint.kind == ENDPOINT_TLS;
}

/* Seeds of a Cluster are nodes like the others; Sentinels have a login of their own, and the rest from the
 * nodes. */
static void complete_seeds(struct conf_discover *discover)
{
    const struct conf_target *node = &discover->node;
    for (unsigned i = 0; i < discover->cluster.count; i++) {
        struct conf_target *seed = &discover->cluster.items[i];
        seed->username = node->username;
        seed->password = node->password;
        seed->password_file = node->password_file;
        seed->renames = node->renames;
    }
    for (unsigned i = 0; i < discover->sentinel.count; i++) {
        struct conf_target *seed = &discover->sentinel.items[i];
        seed->username = discover->seed_username;
        seed->password = discover->seed_password;
        seed->password_file = discover->seed_password_file;
    }
    for (unsigned i = 0; i < discover->cluster.count + discover->sentinel.count; i++) {
        struct conf_target *seed = i < discover->cluster.count
                                       ? &discover->cluster.items[i]
                                       : &discover->sentinel.items[i - discover->cluster.count];
        seed->tls = node->tls;
        seed->timeout_ms = node->timeout_ms;
        seed->poll_interval_ms = discover->interval_ms;
    }
}

static void check_discover(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    struct conf_discover *discover = &walk->config->discovers[index];
    const struct conf_node *tls = conf_check_get(item, STR("tls"));
    const struct conf_node *file = conf_check_get(item, STR("seed_password_file"));
    char shown[CONF_PATH_MAX];
    snprintf(shown, sizeof shown, "discover[%u]", index);
    check_seeds(walk, item, discover, shown);
    check_sentinel_keys(walk, item, shown);
    conf_check_login(walk, item, shown);
    if (file && conf_check_get(item, STR("seed_password")))
        conf_fault(walk->faults, file->at, "%s has seed_password and seed_password_file; remove one", shown);
    if (tls && tls->kind == CONF_NODE_MAPPING && tls->count && !seeds_have_tls(discover))
        conf_fault(walk->faults, tls->key_at,
                   "%s.tls does nothing, because the seeds are not rediss://; change them or remove tls",
                   shown);
    complete_seeds(discover);
}

static void check_allow(struct conf_walk *walk, const struct conf_node *item, unsigned index)
{
    const struct conf_allow *allow = &walk->config->allows[index];
    const struct conf_node *hosts = conf_check_get(item, STR("hosts"));
    char shown[CONF_PATH_MAX];
    snprintf(shown, sizeof shown, "scrape_allow[%u]", index);
    conf_check_login(walk, item, shown);
    for (unsigned i = 0; allow->hosts && allow->hosts[i]; i++) {
        struct allow rule;
        struct err err;
        if (!allow_parse(str_of(allow->hosts[i]), &rule, &err))
            conf_fault(walk->faults, hosts->at, "%s.hosts: item %u: %s", shown, i + 1, err.text);
    }
}

void conf_check_sources(struct conf_walk *walk, const struct conf_node *root)
{
    unsigned index = 0;
    conf_check_unique(walk, root, STR("discover"), "discover entry");
    conf_check_login(walk, conf_check_get(root, STR("target_defaults")), "target_defaults");
    for (const struct conf_node *item = conf_check_first(root, STR("discover"));
         item && index < walk->config->discover_count; item = item->next)
        check_discover(walk, item, index++);
    index = 0;
    for (const struct conf_node *item = conf_check_first(root, STR("scrape_allow"));
         item && index < walk->config->allow_count; item = item->next)
        check_allow(walk, item, index++);
}
