/*
 * flags: the command line and environment of the agent.
 *
 * Go style, as redis_exporter's users have it in their units and manifests: one or two dashes, "=" or a
 * space, booleans without a value; a flag beats its environment variable, which beats the default. One table:
 * flag, environment variable, type, what it sets, help. Flags of redis_exporter that have no meaning here are
 * known and named with the reason, so an existing invocation starts unchanged and says once what it ignores.
 */
#ifndef IO_FLAGS_H
#define IO_FLAGS_H

#include "io/conf.h"

enum flags_action {
    FLAGS_RUN = 0,
    FLAGS_CHECK_CONFIG, /* --check-config */
    FLAGS_PRINT_CONFIG, /* --print-config */
    FLAGS_LIST_METRICS, /* --list-metrics */
    FLAGS_VERSION,      /* --version, -v */
    FLAGS_HELP,         /* --help, -h */
    FLAGS_PRINT_ACL,    /* --print-acl VERSION */
    FLAGS_DOCUMENT,     /* --document-config: the reference of keys and flags, in Markdown */
    FLAGS_WORDS         /* --document-health: the words that health checks may use, in Markdown */
};

struct flags {
    enum flags_action action;
    const char *config_path; /* --config FILE, --config.file; NULL: none */
    /*
     * Loaded from the file, or built from flags; NULL for LIST, VERSION, HELP and DOCUMENT. flags_done()
     * frees it unless the caller takes it over and leaves NULL.
     */
    struct config *config;
    struct server_kind server; /* of --print-acl */
    struct flags_given *given; /* what was given, for flags_reload() */
};

/*
 * Reads argv and environ. False: mistakes are in <errors>, one line each, exit 2. <warnings> gets one line
 * per ignored flag or useless environment variable. --redis.addr is repeatable; with exactly one and no file
 * the target is nameless (no target label), with several each is named host:port. --config and --redis.addr
 * together are a mistake. Passwords given in argv are overwritten there after they were read.
 */
bool flags_parse(int argc, char **argv, char *const *environ_, struct flags *ret, struct buf *errors,
                 struct buf *warnings);

/*
 * The configuration once more: the file (or the password file) as it is now, under the same flags and
 * environment. NULL: mistakes are in <errors>, and the old configuration stays in force.
 */
struct config *flags_reload(const struct flags *flags, struct buf *errors, struct buf *warnings);

void flags_help(struct buf *out);

/* FLAGS_DOCUMENT: keys and flags in Markdown, from both tables. */
void flags_document(struct buf *out);

void flags_done(struct flags *flags);

#endif
