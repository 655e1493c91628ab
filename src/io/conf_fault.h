/*
 * conf_fault: mistakes in a configuration, each with its place, gathered and shown in the order of the file.
 *
 * Checks run in whatever order suits them and never stop at the first mistake; the list sorts itself when it
 * is shown. Texts never hold secrets: whoever reports a mistake shows a value through conf_shown() or not at
 * all.
 */
#ifndef IO_CONF_FAULT_H
#define IO_CONF_FAULT_H

#include <bluegreen/arena.h>
#include <bluegreen/buf.h>
#include <stdint.h>

#define CONF_FAULTS_MAX 200u /* beyond it nobody reads; the rest is counted */
#define CONF_SHOWN_MAX  72u

/* Where a value was written. Flags come before files; line 0 is the file as a whole. */
struct conf_place {
    const char *origin;    /* "--redis.addr" or "REDIS_ADDR"; NULL: the file */
    uint32_t line, column; /* from 1; of a flag: numbers that keep the order of the table */
};

struct conf_fault {
    struct conf_place at;
    const char *text;
    unsigned turn; /* keeps the order of reporting at one place */
};

struct conf_faults {
    struct arena *arena; /* borrowed: holds the texts */
    struct conf_fault items[CONF_FAULTS_MAX];
    unsigned count;
    unsigned dropped; /* beyond CONF_FAULTS_MAX */
};

void conf_faults_init(struct conf_faults *faults, struct arena *arena);

/* Notes a mistake and returns false, so that a check can end in  return conf_fault(…). */
bool conf_fault(struct conf_faults *faults, struct conf_place at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Sorts, then adds one line "path:line:column: sentence" each; of a flag "--flag: sentence". */
void conf_faults_show(struct conf_faults *faults, const char *path, struct buf *out);

/* <text> as it may stand in a message: control bytes as '?', long ones cut. Returns <out>. */
const char *conf_shown(struct str text, char out[CONF_SHOWN_MAX]);

/* The same of a key, up to a ':' or '=': "password:secret" without a blank is one long key to YAML. */
const char *conf_shown_key(struct str key, char out[CONF_SHOWN_MAX]);

#endif
