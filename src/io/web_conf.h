/*
 * web_conf: who may talk HTTP to the agent, and how: the web configuration file of the Prometheus exporters
 * (--web.config.file), or the few settings of redis_exporter's flags.
 *
 *      web.yml ──conf_yaml──► tree with line:column ──web key table──┐
 *                                                                    ├──► const struct web_conf
 *      agent.tls_cert_file, agent.basic_auth_username, … ────────────┘
 *
 * The format is the exporter-toolkit's, key by key, and as strict. Files it names are relative to its own
 * folder. Two things are stricter here: what would leave the port less protected than its author thought
 * (TLS settings without a certificate, a rate without a burst) is a mistake, and so is a bcrypt cost above
 * WEB_COST_MAX, because every login would take seconds.
 */
#ifndef IO_WEB_CONF_H
#define IO_WEB_CONF_H

#include "io/conf.h"

#define WEB_HEADERS   5u
#define WEB_USERS_MAX 1024u
#define WEB_LIST_MAX  64u
#define WEB_COST_MAX  16u

/* In the order of the words in the file. */
enum web_client_auth {
    WEB_CLIENT_NONE = 0,
    WEB_CLIENT_REQUEST,     /* asked for, not looked at */
    WEB_CLIENT_REQUIRE_ANY, /* has to come, not verified */
    WEB_CLIENT_VERIFY_IF_GIVEN,
    WEB_CLIENT_REQUIRE_AND_VERIFY,
    WEB_CLIENT_REQUIRE_ANY_OLD /* an older word for the same; never stays in a web_conf */
};

struct web_tls {
    const char *cert_file, *key_file, *client_ca_file; /* complete paths, or NULL */
    const char *cert, *key, *client_ca;                /* PEM in place instead, or NULL; key is secret */
    enum web_client_auth client_auth;
    const char *const *client_allowed_sans; /* NULL-terminated; NULL: any */
    enum conf_tls_version min_version, max_version;
    const char *const *cipher_suites;     /* known to web_cipher.h; NULL-terminated; NULL: the library's */
    const char *const *curve_preferences; /* the same */
    bool prefer_server_cipher_suites;
};

struct web_user {
    const char *name;
    const char *secret; /* bcrypt hash, or the password itself */
    bool plain;         /* it is the password, of --basic-auth-password */
};

struct web_conf {
    struct arena arena;
    const char *path;       /* of the file; NULL: from the agent's keys, or nothing was configured */
    struct conf_web origin; /* what it was made of, copied, for making it anew */
    const char *where;      /* … and where that was written, for messages */
    bool tls_given;         /* HTTPS */
    struct web_tls tls;
    const char *headers[WEB_HEADERS]; /* values by web_header_names; NULL: not sent */
    const struct web_user *users;
    unsigned user_count;       /* 0: everybody */
    uint32_t rate_interval_ms; /* between two requests in the long run; 0: no limit */
    uint32_t rate_burst;
    bool http2; /* taken and without effect */
};

extern const char *const web_header_names[WEB_HEADERS];

/*
 * What the agent's settings come to; <where> they stand is for messages. NULL: all that is wrong is in
 * <errors>, one line each. The caller owns the result, which borrows nothing.
 */
struct web_conf *web_conf_of(const struct conf_web *origin, const char *where, struct buf *errors);

/* The file alone; and from text in memory, <path> is for messages and for relative names. */
struct web_conf *web_conf_load(const char *path, struct buf *errors);
struct web_conf *web_conf_parse(const char *path, struct str yaml, struct buf *errors);

void web_conf_free(struct web_conf *web);

/* Whether a text is a bcrypt hash that can be checked here, and its cost. */
bool web_hash_ok(struct str hash, unsigned *ret_cost);

#endif
