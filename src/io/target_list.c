#include "io/target_list.h"
#include "io/conf_yaml.h"
#include <bluegreen/collector.h>
#include <bluegreen/samples.h>

enum { FIRST_BLOCK = 4 << 10 };

struct reading {
    struct conf_faults *faults;
    struct roster *roster;
};

/* ---- labels ----------------------------------------------------------------------------------------- */

static bool is_label_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (i && c >= '0' && c <= '9')))
            return false;
    }
    return name.len > 0;
}

static bool in_list(struct str list, struct str name)
{
    struct str item;
    while (str_next(&list, ',', &item))
        if (str_eq(item, name))
            return true;
    return false;
}

/* A second label of the same name would make the series unreadable. */
static bool is_taken(struct str name)
{
    if (in_list(STR("target,side,pair,discovery,replication_group,le,quantile"), name))
        return true;
    for (unsigned i = 0; i < family_count(); i++)
        if (in_list(str_of(family_at(i)->labels), name))
            return true;
    return false;
}

static bool check_label(struct reading *reading, const struct conf_node *node)
{
    char shown[CONF_SHOWN_MAX];
    conf_shown_key(node->key, shown);
    if (!is_label_name(node->key))
        return conf_fault(reading->faults, node->key_at, "%s is no name of a label", shown);
    if (is_taken(node->key))
        return conf_fault(reading->faults, node->key_at,
                          "the label %s cannot be used, because some metrics have a label of that name",
                          shown);
    if (node->kind != CONF_NODE_SCALAR)
        return conf_fault(reading->faults, node->at, "the value of the label %s must be text", shown);
    if (node->text.len > LABEL_VALUE_MAX)
        return conf_fault(reading->faults, node->at, "the value of the label %s is longer than %u bytes",
                          shown, LABEL_VALUE_MAX);
    return true;
}

static bool is_for_relabelling(const struct conf_node *node)
{
    return str_starts(node->key, STR("__"));
}

static const struct conf_label *read_labels(struct reading *reading, const struct conf_node *mapping,
                                            unsigned *ret_count)
{
    struct arena *arena = &reading->roster->arena;
    struct conf_label *labels = arena_new(arena, struct conf_label, TARGET_LIST_LABELS_MAX);
    *ret_count = 0;
    if (mapping->kind != CONF_NODE_MAPPING) {
        conf_fault(reading->faults, mapping->at, "labels must be a mapping of names to values");
        return NULL;
    }
    for (const struct conf_node *node = mapping->first; node && labels; node = node->next) {
        if (is_for_relabelling(node) || !check_label(reading, node) || !node->text.len)
            continue;
        if (*ret_count == TARGET_LIST_LABELS_MAX) {
            conf_fault(reading->faults, node->key_at, "more than %u labels", TARGET_LIST_LABELS_MAX);
            return NULL;
        }
        labels[*ret_count].name = arena_copy(arena, node->key).ptr;
        labels[(*ret_count)++].value = arena_copy(arena, node->text).ptr;
    }
    return labels;
}

/* ---- groups ----------------------------------------------------------------------------------------- */

static void read_targets(struct reading *reading, const struct conf_node *list,
                         const struct conf_label *labels, unsigned label_count)
{
    if (list->kind != CONF_NODE_SEQUENCE) {
        conf_fault(reading->faults, list->at, "targets must be a list of addresses");
        return;
    }
    for (const struct conf_node *node = list->first; node; node = node->next) {
        struct err err;
        if (node->kind != CONF_NODE_SCALAR)
            conf_fault(reading->faults, node->at, "a target must be an address, such as \"10.0.0.1:6379\"");
        else if (!roster_add(reading->roster, node->text, labels, label_count, &err))
            conf_fault(reading->faults, node->at, "%s", err.text);
    }
}

static void read_group(struct reading *reading, const struct conf_node *group)
{
    const struct conf_node *targets = NULL, *labels = NULL;
    const struct conf_label *kept = NULL;
    unsigned label_count = 0;
    if (group->kind != CONF_NODE_MAPPING) {
        conf_fault(reading->faults, group->at, "a group must be a mapping with the keys targets and labels");
        return;
    }
    for (const struct conf_node *node = group->first; node; node = node->next) {
        char shown[CONF_SHOWN_MAX];
        if (str_eq(node->key, STR("targets")))
            targets = node;
        else if (str_eq(node->key, STR("labels")))
            labels = node;
        else
            conf_fault(reading->faults, node->key_at,
                       "%s is not a key of a group; there are targets and labels",
                       conf_shown_key(node->key, shown));
    }
    if (labels && !conf_node_is_null(labels))
        kept = read_labels(reading, labels, &label_count);
    if (targets)
        read_targets(reading, targets, kept, label_count);
    else
        conf_fault(reading->faults, group->at, "a group needs targets");
}

static void read_groups(struct reading *reading, const struct conf_node *root)
{
    if (root->kind != CONF_NODE_SEQUENCE) {
        conf_fault(reading->faults, root->at,
                   "the file must be a list of groups: [{\"targets\": [\"host:port\"], \"labels\": {}}]; one "
                   "without targets is []");
        return;
    }
    for (const struct conf_node *group = root->first; group; group = group->next)
        read_group(reading, group);
}

struct roster *target_list_parse(const char *path, struct str text, const struct conf_target *defaults,
                                 struct buf *errors)
{
    struct arena arena;
    struct conf_faults faults;
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    struct reading reading = {&faults, roster_new(defaults, 0)};
    const struct conf_node *root = conf_yaml_read(text, &arena, &faults);
    if (!reading.roster)
        conf_fault(&faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
    else if (root)
        read_groups(&reading, root);
    conf_faults_show(&faults, path, errors);
    bool ok = faults.count == 0;
    arena_done(&arena);
    if (ok) {
        roster_seal(reading.roster);
        return reading.roster;
    }
    roster_free(reading.roster);
    return NULL;
}
