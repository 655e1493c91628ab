/*
 * conf_keys: the table of every key of the configuration, and what its types can do.
 *
 * To add a key: a member in conf.h and a row in conf_keys.c. It is then parsed, checked against its bounds,
 * suggested to who mistypes it, printed (or redacted), documented and known to the reload.
 *
 * A path says where a key stands: "agent.listen", "targets[].tls.ca_file". The part before the first dot
 * picks the struct that <offset> counts from: that of the list's items, else config.
 *
 * To add a type: a word in the enum and a row in conf_type.c.
 */
#ifndef IO_CONF_KEYS_H
#define IO_CONF_KEYS_H

#include "io/conf.h"
#include "io/conf_yaml.h"

enum conf_type {
    CONF_DURATION = 0, /* uint32_t, milliseconds */
    CONF_COUNT,        /* uint32_t */
    CONF_SWITCH,       /* bool */
    CONF_WORD,         /* an enum: index in <words> */
    CONF_TEXT,         /* const char *, anything */
    CONF_NAME,         /* const char *, [A-Za-z0-9_.:-] */
    CONF_URL,          /* const char *url of a conf_target; endpoint, username and password with it */
    CONF_ROUTE,        /* const char *, path of a URL */
    CONF_PREFIX,       /* const char *, start of a metric name */
    CONF_LISTEN,       /* const struct conf_listen *, ended by one without text */
    CONF_RENAMES,      /* const struct conf_rename *, a mapping */
    CONF_COLLECTORS,   /* const char *const *, NULL-terminated */
    CONF_FAMILIES,     /* const char *const *, NULL-terminated: patterns of names */
    CONF_SERIES,       /* the same: patterns with a label */
    CONF_KEYS,         /* struct survey_keys */
    CONF_PATTERNS,     /* struct survey_texts, Lua patterns */
    CONF_FILES,        /* struct survey_texts, paths, NUL-terminated */
    CONF_REGEX,        /* struct str, as luapat_check_regex() has it */
    CONF_TARGET,       /* unsigned: index in targets, written as a name */
    CONF_TEXTS,        /* const char *const *, NULL-terminated; <max> of them */
    CONF_SEEDS,        /* struct conf_seeds */
    CONF_TYPE_COUNT
};

enum conf_key_flags {
    CONF_REQUIRED = 1,
    CONF_SECRET = 2,   /* never shown */
    CONF_RESTART = 4,  /* a reload cannot change it */
    CONF_INHERITS = 8, /* <fallback> is the path of the key whose value is taken when this one is left out */
    CONF_EMPTY = 16    /* may be "" */
};

struct conf_key {
    const char *path;
    enum conf_type type;
    uint32_t min, max;        /* of the number; of a text its bytes */
    const char *const *words; /* CONF_WORD: NULL-terminated */
    const char *fallback;     /* as one would write it; NULL: none */
    unsigned flags;
    size_t offset;
    const char *help; /* a sentence without full stop */
};

extern const struct conf_key conf_keys[];
extern const unsigned conf_keys_count;

#define CONF_TARGETS_MAX 8192u
#define CONF_PAIRS_MAX   4096u
#define CONF_SOURCES_MAX 256u /* discoveries, and as many entries that allow scrapes */
#define CONF_LISTEN_MAX  16u
#define CONF_PATH_MAX    96u /* bytes of a path as shown, "targets[8191].tls.ca_file" */

/* The row of a path, or NULL. */
const struct conf_key *conf_key_find(struct str path);

/* The name of <key> below <prefix> ("listen" below "agent."); false when it stands elsewhere or deeper. */
bool conf_key_name(const struct conf_key *key, struct str prefix, struct str *ret_name);

/* The section of <key> below <prefix> ("tls" below "targets[].", "targets[]" below ""); false: none. */
bool conf_key_section(const struct conf_key *key, struct str prefix, struct str *ret_section);

/* Whether <name> is a key or a section below <prefix>. */
bool conf_key_known(struct str prefix, struct str name);

/* What may have been meant by <name>: a neighbour below <prefix>, a path elsewhere, or the empty slice. */
struct str conf_key_suggest(struct str prefix, struct str name);

/* How far a word may be from what was meant: two edits, three from eight letters on. */
size_t conf_near(struct str word);

/* What a walk over a tree carries. */
struct conf_walk {
    struct config *config;       /* being built */
    struct conf_target *targets; /* those of <config>, writable */
    struct conf_pair *pairs;
    struct conf_faults *faults;
};

/*
 * Reads the value of <node> into <base>, or reports what is wrong with it under the name <shown>. <base> is
 * left alone then.
 */
void conf_type_set(struct conf_walk *walk, const struct conf_key *key, const char *shown,
                   const struct conf_node *node, void *base);

/* The value as YAML; nothing and false when there is none. Secrets as "<redacted>". */
bool conf_type_print(const struct conf_key *key, const struct config *config, const void *base,
                     struct buf *out);

bool conf_type_equal(const struct conf_key *key, const void *a, const void *b);

/* Whether the keys below <prefix> ("surveys.") say the same; <a>, <b>: the structs they count from. */
bool conf_section_equal(struct str prefix, const void *a, const void *b);

/* "duration", "50ms to 1h": for the reference. */
void conf_type_describe(const struct conf_key *key, struct buf *out);

/* "1500ms", "90s" as "1m30s": what conf_type_set() reads back. Returns <out>. */
#define CONF_DURATION_MAX 32
const char *conf_duration_text(uint64_t ms, char out[CONF_DURATION_MAX]);

/*
 * A configuration from a tree, for conf.c and flags.c. NULL when <faults> holds any mistake, those noted
 * before the call included.
 */
struct config *conf_assemble(const char *path, const struct conf_node *root, struct conf_faults *faults);

/* All of a file, up to out->max bytes. Reads to the end instead of asking for the size: a pipe is fine too.
 */
bool conf_read_text(const char *path, struct buf *out, struct err *err);

/* The tree of a file; NULL: a mistake is noted. */
struct conf_node *conf_read(const char *path, struct arena *arena, struct conf_faults *faults);

/*
 * Lays the sections "agent" and "surveys" of <over> over those of <root>: their keys replace those of the
 * file, lists of collectors add up. Takes the nodes out of <over>.
 */
void conf_overlay(struct conf_node *root, struct conf_node *over);

/* Rules between keys: names, pairs, secrets, TLS, times. Run when every key was read. */
void conf_check(struct conf_walk *walk, const struct conf_node *root);

/* Those of lists of targets, discoveries and scrapes; completes the seeds with user, password and TLS. */
void conf_check_sources(struct conf_walk *walk, const struct conf_node *root);

/* A value of a mapping, the first item of a list, the text of a scalar; NULL or empty where there is none. */
const struct conf_node *conf_check_get(const struct conf_node *mapping, struct str key);
const struct conf_node *conf_check_first(const struct conf_node *root, struct str list);

/* The names of the items of <list> differ. */
void conf_check_unique(struct conf_walk *walk, const struct conf_node *root, struct str list,
                       const char *what);

/* One password at most, and a client certificate with its key. <shown>: "targets[3]". */
void conf_check_login(struct conf_walk *walk, const struct conf_node *item, const char *shown);

#endif
