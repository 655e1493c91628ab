/*
 * conf_type: what the files that implement types share.
 */
#ifndef IO_CONF_TYPE_H
#define IO_CONF_TYPE_H

#include "io/conf_keys.h"

/* One value on its way from a node into a struct. */
struct conf_setting {
    struct conf_walk *walk;
    const struct conf_key *key;
    const char *shown; /* path in messages */
    const struct conf_node *node;
    void *base;
};

/* The member of type T that the row <key> speaks of. */
#define CONF_MEMBER(T, base, key)       ((T *)(void *)((char *)(base) + (key)->offset))
#define CONF_CONST_MEMBER(T, base, key) ((T const *)(const void *)((const char *)(base) + (key)->offset))

void conf_no_memory(const struct conf_setting *s);

void conf_set_listen(struct conf_setting *s);
bool conf_print_listen(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out);
bool conf_equal_listen(const struct conf_key *key, const void *a, const void *b);

void conf_set_renames(struct conf_setting *s);
bool conf_print_renames(const struct conf_key *key, const struct config *config, const void *base,
                        struct buf *out);
bool conf_equal_renames(const struct conf_key *key, const void *a, const void *b);

void conf_set_collectors(struct conf_setting *s);
bool conf_print_collectors(const struct conf_key *key, const struct config *config, const void *base,
                           struct buf *out);
bool conf_equal_collectors(const struct conf_key *key, const void *a, const void *b);

void conf_set_keys(struct conf_setting *s);
bool conf_print_keys(const struct conf_key *key, const struct config *config, const void *base,
                     struct buf *out);
bool conf_equal_keys(const struct conf_key *key, const void *a, const void *b);
void conf_set_texts(struct conf_setting *s);
bool conf_print_texts(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out);
bool conf_equal_texts(const struct conf_key *key, const void *a, const void *b);
void conf_set_patterns(struct conf_setting *s); /* they are texts otherwise */

void conf_set_seeds(struct conf_setting *s);
bool conf_print_seeds(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out);
bool conf_equal_seeds(const struct conf_key *key, const void *a, const void *b);

/* The items of a list; a single value is a list of one. NULL ends it. */
const struct conf_node *conf_first_item(const struct conf_node *node);
const struct conf_node *conf_next_item(const struct conf_node *list, const struct conf_node *item);
unsigned conf_item_count(const struct conf_node *node);

/* Whether it is a single value; what else it is, is reported. */
bool conf_item_ok(const struct conf_setting *s, const struct conf_node *item);

void conf_set_fields(struct conf_setting *s);
bool conf_print_fields(const struct conf_key *key, const struct config *config, const void *base,
                       struct buf *out);
bool conf_equal_fields(const struct conf_key *key, const void *a, const void *b);

void conf_set_regex(struct conf_setting *s);
bool conf_print_regex(const struct conf_key *key, const struct config *config, const void *base,
                      struct buf *out);
bool conf_equal_regex(const struct conf_key *key, const void *a, const void *b);

#endif
