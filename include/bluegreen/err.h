/*
 * err: what went wrong, as a stable code and a sentence.
 *
 * ERR_KINDS is the one list of codes. A row gives the enum, the word that metrics, logs and JSON show
 * (stable: dashboards and alerts match it) and a sentence for people. The code names the layer and the
 * cause, so "why is redis_up 0" never needs the text; the text may hold ports and names and is therefore
 * never a label.
 *
 * Functions that can fail look like  bool f(…, T *ret_x, struct err *err) : true means done, false leaves
 * every output untouched and fills <err>. <err> may be NULL when the caller only wants to know whether.
 */
#ifndef BLUEGREEN_ERR_H
#define BLUEGREEN_ERR_H

#include <stdbool.h>

/* clang-format off */
#define ERR_KINDS(X)                                                                                       \
    X(NONE,              "ok",                "everything is in order")                                    \
    X(PENDING,           "pending",           "nothing is known yet: the first poll has not ended")        \
    X(MEMORY,            "out_of_memory",     "the agent could not allocate memory")                       \
    X(SYSTEM,            "system_error",      "the operating system refused a call")                       \
    X(INPUT,             "malformed_input",   "the input is not of the expected form")                     \
    X(LIMIT,             "limit_exceeded",    "the input is larger than its ceiling")                      \
    X(SECRET,            "secret_unreadable", "a password or key file could not be read")                  \
    X(RESOLVE,           "resolve_failed",    "the host name could not be resolved")                       \
    X(CONNECT_REFUSED,   "connect_refused",   "nobody listens at that address")                            \
    X(CONNECT_FAILED,    "connect_failed",    "the address could not be reached")                          \
    X(CONNECT_TIMEOUT,   "connect_timeout",   "no connection was made within the deadline")                \
    X(TLS,               "tls_failed",        "the TLS handshake failed")                                  \
    X(AUTH_REQUIRED,     "auth_required",     "Redis wants a password and none is configured")             \
    X(AUTH_FAILED,       "auth_failed",       "Redis refused the user name or password")                   \
    X(CLOSED,            "connection_closed", "the peer closed the connection before it answered")         \
    X(TIMEOUT,           "reply_timeout",     "no complete answer came within the deadline")               \
    X(PROTOCOL,          "protocol_error",    "the peer does not speak the Redis protocol")                \
    X(TOO_LARGE,         "reply_too_large",   "the reply is larger than its ceiling")                      \
    X(LOADING,           "redis_loading",     "Redis is loading its data set and refuses commands")        \
    X(BUSY,              "redis_busy",        "Redis is busy running a script")                            \
    X(MASTERDOWN,        "redis_masterdown",  "the replica has lost its primary and refuses stale reads")  \
    X(NOPERM,            "redis_noperm",      "the ACL of this user does not allow the command")           \
    X(UNKNOWN_COMMAND,   "unknown_command",   "the server does not know the command or it was renamed")    \
    X(MAXCLIENTS,        "redis_maxclients",  "Redis has no room for another client")                      \
    X(PROTECTED,         "redis_protected",   "Redis runs in protected mode and accepts local clients only")       \
    X(REDIS,             "redis_error",       "Redis answered with an error")                              \
    X(INFO,              "info_malformed",    "the INFO reply could not be understood")
/* clang-format on */

enum err_kind {
#define X(name, word, sentence) ERR_##name,
    ERR_KINDS(X)
#undef X
        ERR_KIND_COUNT
};

struct err {
    enum err_kind kind;
    char text[512]; /* a sentence without a final full stop; cut when longer */
};

/* The stable word and the sentence of a kind. */
const char *err_word(enum err_kind kind);
const char *err_sentence(enum err_kind kind);

/* Sets <err> (NULL: nothing) and returns false, so that a function can end in  return err_set(…). */
bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "context: " before the text, on the way up. Returns false. */
bool err_wrap(struct err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
