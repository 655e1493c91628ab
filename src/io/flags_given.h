/*
 * flags_given: what stood in argv and environ, and the configuration made of it.
 */
#ifndef IO_FLAGS_GIVEN_H
#define IO_FLAGS_GIVEN_H

#include "io/conf_fault.h"
#include "io/flags_table.h"

struct flag_value {
    struct str text;      /* NUL-terminated; a switch is "true" or "false", a duration "1500ms" */
    struct conf_place at; /* origin: "--redis.addr" or "REDIS_ADDR" */
    bool from_env;
    struct flag_value *next;
};

struct flags_given {
    struct arena arena;
    struct flag_value **values; /* by row of the table, each a list in the order given */
};

/* The last value of a flag, which is the one that counts; NULL: not given. */
const struct flag_value *flag_last(const struct flags_given *given, const struct flag *flag);

/*
 * The configuration of these flags, over that of --config if given. The tree lives in the arena of <faults>.
 * NULL: mistakes are noted.
 */
struct config *flags_build(const struct flags_given *given, struct conf_faults *faults, struct buf *warnings);

/* The password of one address from --redis.password-file. */
struct flags_secret {
    const char *path;
    struct json_t *map; /* NULL: a plain file, to be read at every connection */
};

/* ERR_SECRET without any part of the content. */
bool flags_secret_open(const char *path, struct flags_secret *ret, struct err *err);

/*
 * Looks for the address with the user, if there is one (as redis_exporter does), then as given, without user
 * and password, and these without scheme. NULL: there is none. Valid until flags_secret_done().
 */
const char *flags_secret_find(const struct flags_secret *secret, struct str given, struct str clean,
                              const char *user);
void flags_secret_done(struct flags_secret *secret);

#endif
