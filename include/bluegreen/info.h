/*
 * info: the text of INFO as a sorted index of slices.
 *
 *   # Memory                          field           value
 *   used_memory:870912        ──►     used_memory  →  870912         (sliced, never copied)
 *   cmdstat_get:calls=3,usec=9        cmdstat_get  →  calls=3,usec=9
 *
 * The index costs 8 bytes a field, because a thousand targets keep one each. The text must outlive it.
 * Lines that are neither a heading, nor empty, nor "name:value" are counted as malformed and left out;
 * of a field that comes twice the first one wins.
 */
#ifndef BLUEGREEN_INFO_H
#define BLUEGREEN_INFO_H

#include <bluegreen/arena.h>
#include <bluegreen/err.h>
#include <bluegreen/str.h>
#include <stdint.h>

#define INFO_TEXT_MAX   (8u << 20) /* bytes; 7.0 with every section sends 9 kB */
#define INFO_FIELDS_MAX 65536u
#define INFO_NAME_MAX   512u

struct info_field {
    uint32_t start;     /* of the name, in text */
    uint16_t name_len;  /* the value starts behind the colon */
    uint16_t value_len; /* a longer value makes the line malformed */
};

struct info {
    struct str text;
    const struct info_field *fields; /* sorted by name */
    uint32_t count;
    uint32_t malformed; /* lines that were not understood */
};

/*
 * Fails with ERR_INFO when <text> has no field at all, ERR_LIMIT when it is longer than INFO_TEXT_MAX,
 * ERR_MEMORY. Lines above INFO_FIELDS_MAX count as malformed.
 */
bool info_parse(struct str text, struct arena *arena, struct info *ret, struct err *err);

struct str info_name(const struct info *info, uint32_t index);
struct str info_value(const struct info *info, uint32_t index);

/* First index whose name is not below <name>; with a prefix, that is where its fields begin. */
uint32_t info_lower_bound(const struct info *info, struct str name);

bool info_get(const struct info *info, struct str name, struct str *ret_value);
bool info_i64(const struct info *info, struct str name, int64_t *ret);
bool info_double(const struct info *info, struct str name, double *ret);

/*
 * Walks all fields that start with <prefix>: set *cursor to 0 before the first call. <ret_rest> is the name
 * without the prefix ("get" of "cmdstat_get").
 */
bool info_next(const struct info *info, struct str prefix, uint32_t *cursor, struct str *ret_rest,
               struct str *ret_value);

/* The same for the databases of the section keyspace: "db0" and its "keys=1,expires=0". */
bool info_next_database(const struct info *info, uint32_t *cursor, struct str *ret_name,
                        struct str *ret_value);

/* The value of <key> in "calls=3,usec=9"; false when it is not there. */
bool info_subfield(struct str value, struct str key, struct str *ret);

#endif
