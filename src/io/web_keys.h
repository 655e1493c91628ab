/*
 * web_keys: the table of every key of the web configuration file.
 *
 * To add a key: a member in web_conf.h and a row in web_keys.c. A path says where a key stands, its type how
 * it is read; <offset> is the member in a struct web_conf.
 */
#ifndef IO_WEB_KEYS_H
#define IO_WEB_KEYS_H

#include "io/conf_yaml.h"
#include "io/web_conf.h"

enum web_type {
    WEB_TEXT = 0, /* const char *, one line; an empty one is none */
    WEB_SECRET,   /* the same with any bytes, never shown */
    WEB_FILE,     /* const char *, made complete with the folder of the web file */
    WEB_SWITCH,   /* bool */
    WEB_WORD,     /* an enum: index in <words> */
    WEB_CHOICE,   /* const char *: one of <words> as it is, or empty */
    WEB_SANS,     /* const char *const *, NULL-terminated */
    WEB_CIPHERS,  /* the same, known to web_cipher.h */
    WEB_CURVES,
    WEB_DURATION, /* uint32_t, milliseconds */
    WEB_COUNT     /* uint32_t */
};

struct web_key {
    const char *path;
    enum web_type type;
    const char *const *words;
    size_t offset;
};

extern const struct web_key web_keys[];
extern const unsigned web_keys_count;

/* The row of <section>.<name> (or of <name>, without a section), or NULL. */
const struct web_key *web_key_find(struct str section, struct str name);

/* Whether there are keys below <section>.<name>. */
bool web_section_known(struct str section, struct str name);

/* What may have been meant below <section>, or the empty slice. */
struct str web_key_suggest(struct str section, struct str name);

/* Reads a value into <web>, or notes what is wrong with it. */
void web_key_set(const struct web_key *key, const struct conf_node *node, struct web_conf *web,
                 struct conf_faults *faults);

#endif
