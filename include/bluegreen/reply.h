/*
 * reply: one answer of a Redis server as a small tree of our own.
 *
 * No hiredis type appears above io/: collectors and tests see this tree only. RESP3 maps keep their type;
 * RESP2 servers send the same thing as a flat array, and reply_pairs() reads both. All memory belongs to
 * the arena the tree was built in.
 */
#ifndef BLUEGREEN_REPLY_H
#define BLUEGREEN_REPLY_H

#include <bluegreen/err.h>
#include <bluegreen/str.h>
#include <stdint.h>

enum reply_type {
    REPLY_NIL = 0,
    REPLY_STRING, /* bulk, verbatim and simple strings, big numbers: text */
    REPLY_ERROR,  /* text, with its code as first word */
    REPLY_INTEGER,
    REPLY_DOUBLE,
    REPLY_BOOL,  /* integer 0 or 1 */
    REPLY_ARRAY, /* items; sets and pushes too */
    REPLY_MAP    /* items: key, value, key, value, … */
};

/* Deepest nesting we accept; the deepest reply we ask for (LATENCY HISTOGRAM) has three levels. */
#define REPLY_DEPTH_MAX 8

struct reply {
    enum reply_type type;
    int64_t integer;
    double number;
    struct str text;
    const struct reply *items;
    size_t count; /* of items; for a map twice the pairs */
};

/* Number of key/value pairs in a map, or in an array of even length; 0 for anything else. */
size_t reply_pairs(const struct reply *r);

/* The value behind the text key <key> in such pairs, or NULL. */
const struct reply *reply_find(const struct reply *r, struct str key);

/* An integer, or a string that is one. */
bool reply_i64(const struct reply *r, int64_t *ret);

/* The kind of an error reply, from its first word (NOAUTH, WRONGPASS, NOPERM, LOADING, …). */
enum err_kind reply_error_kind(struct str text);

#endif
