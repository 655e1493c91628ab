/*
 * exposition: a whole /metrics page as sorted series, so that two pages can be laid side by side.
 *
 * Labels are in the order of their names, and those with an empty value are left out: for Prometheus an empty
 * label and a missing one are the same.
 */
#ifndef SUPPORT_EXPOSITION_H
#define SUPPORT_EXPOSITION_H

#include "support/test.h"

enum { SERIES_LABELS_MAX = 24 };

struct series_label {
    const char *name, *value; /* the value as it is written, escapes and all */
};

struct series {
    const char *name;   /* as on its line: with _bucket, _sum, _count */
    const char *family; /* the one announced above it */
    const char *key;    /* name and labels, in order: what two pages are compared by */
    double value;
    struct series_label labels[SERIES_LABELS_MAX];
    size_t label_count;
};

struct exposition_family {
    const char *name, *type;
};

struct exposition {
    struct series *series; /* by key */
    size_t count;
    struct exposition_family *families; /* by name */
    size_t family_count;
};

/* Fails on a line that is neither a comment nor a sample. Lives until the end of the test. */
struct exposition exposition_read(const char *text);

/* NULL when it is not there. */
const struct series *exposition_find(const struct exposition *page, const char *key);

/* The type of a family as its TYPE line has it; NULL when the page does not announce it. */
const char *exposition_type(const struct exposition *page, const char *family);

/* The value of a label, "" when it is not there. */
const char *series_label(const struct series *series, const char *name);

/* The key the series would have without the label <name>. */
const char *series_key_without(const struct series *series, const char *name);

#endif
