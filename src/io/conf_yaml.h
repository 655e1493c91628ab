/*
 * conf_yaml: YAML text as a tree of nodes that know where they stand; the one place that knows libyaml.
 *
 *     agent:                      mapping ── key "agent" ──► mapping ── key "listen" ──► scalar ":9121"
 *       listen: ":9121"                      line 1, column 1           line 2, column 3  line 2, column 11
 *
 * Only the part of YAML a configuration needs: anchors, aliases and tags are refused with a sentence, because
 * they hide what is in force from the reader. Sizes are bounded here, so that walking a tree needs no care.
 * The flags build the same tree by hand, so one walk reads both.
 */
#ifndef IO_CONF_YAML_H
#define IO_CONF_YAML_H

#include "io/conf_fault.h"

#define CONF_FILE_MAX  (1u << 20) /* bytes */
#define CONF_DEPTH_MAX 16u
#define CONF_NODES_MAX 100000u
#define CONF_TREE_MAX  (32u << 20) /* ceiling of the arena of a tree: the worst legal file needs half */

enum conf_node_kind {
    CONF_NODE_BAD = 0, /* its mistake is reported already; ignored in silence */
    CONF_NODE_SCALAR,
    CONF_NODE_MAPPING,
    CONF_NODE_SEQUENCE
};

struct conf_node {
    enum conf_node_kind kind;
    bool plain;           /* a scalar without quotes */
    uint32_t count;       /* of children */
    struct str text;      /* of a scalar; NUL-terminated */
    struct str key;       /* under which it stands in its mapping */
    struct conf_place at; /* of the value */
    struct conf_place key_at;
    struct conf_node *first, *last; /* children, in the order written */
    struct conf_node *next;
};

/* The whole text; an empty one is an empty mapping. NULL when there is no tree to speak of. */
struct conf_node *conf_yaml_read(struct str text, struct arena *arena, struct conf_faults *faults);

/* NULL: no memory. */
struct conf_node *conf_node_new(struct arena *arena, enum conf_node_kind kind, struct conf_place at);

/* Appends to a sequence, or to a mapping when child->key is set. */
void conf_node_add(struct conf_node *parent, struct conf_node *child);

/* The value of <key> in a mapping, or NULL. */
struct conf_node *conf_node_get(const struct conf_node *mapping, struct str key);

/* Whether a scalar was left empty: "key:", "key: ~", "key: null". */
bool conf_node_is_null(const struct conf_node *node);

/* Whether a text can stand in a file: valid UTF-8 without NUL. What comes from flags need not be. */
bool conf_text_ok(struct str text);

/* A valid text as a YAML scalar: plain where that is safe, else in double quotes. */
void conf_text_print(struct str text, struct buf *out);

#endif
