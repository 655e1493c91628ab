/*
 * flags_table: every flag, its environment variable, and what it means here.
 *
 * To add a flag: one row in flags_table.c. It is then parsed, checked, overridden by nothing but itself,
 * shown in --help and in the reference. A flag that sets a key of the configuration names it; bounds and
 * messages are then those of the key (conf_keys.c). A flag of redis_exporter that means nothing here names
 * the reason instead.
 */
#ifndef IO_FLAGS_TABLE_H
#define IO_FLAGS_TABLE_H

#include "io/flags.h"

enum flag_type {
    FLAG_TEXT = 0,
    FLAG_SWITCH,   /* Go's words: 1 t true 0 f false; alone it is true */
    FLAG_NUMBER,   /* a whole number */
    FLAG_DURATION, /* as Go writes them: 15s, 1m30s, 1.5s */
    FLAG_ACTION,   /* a switch that says what to do instead of running */
    FLAG_SERVER    /* the same for the version of a server: 6.0, 7.0 */
};

enum flag_group {
    FLAG_GROUP_ACTION = 0,
    FLAG_GROUP_TARGET,
    FLAG_GROUP_TLS,
    FLAG_GROUP_POLL,
    FLAG_GROUP_SURVEY,
    FLAG_GROUP_HTTP,
    FLAG_GROUP_WEB,
    FLAG_GROUP_LOG,
    FLAG_GROUP_IGNORED,
    FLAG_GROUP_COUNT
};

/* What of a value in argv other users of the machine may not see. */
enum flag_secret {
    FLAG_PUBLIC = 0,
    FLAG_SECRET,       /* all of it */
    FLAG_SECRET_IN_URL /* what stands before an @ */
};

struct flag {
    const char *name;
    const char *alias; /* NULL: none */
    const char *env;   /* NULL: none */
    enum flag_type type;
    enum flag_group group;
    const char *value;    /* placeholder in --help; NULL of a switch */
    const char *fallback; /* its default; a value equal to it is no news */
    const char *key;      /* of the configuration; NULL: none */
    /*
     * How values are translated for the key: "txt=logfmt json=json"; NULL: as they are. A value that is not
     * listed: <otherwise> NULL makes it a mistake, "" leaves the key alone, a sentence is a warning.
     */
    const char *map;
    const char *otherwise;
    const char *ignored; /* the reason, when the flag has no meaning here; a sentence without full stop */
    const char *help;
    enum flag_secret secret;
    enum flags_action action;
    bool repeatable;
};

extern const struct flag flags_table[];
extern const unsigned flags_table_count;
extern const char *const flag_group_titles[FLAG_GROUP_COUNT];

/* The row of a name or alias, without dashes; NULL. */
const struct flag *flag_find(struct str name);

#endif
