/*
 * logger: lines for people and log shippers, on standard error, as logfmt or JSON.
 *
 *   ts=2026-11-22T14:03:11.120Z level=warn msg="target is down" target=blue outcome=connect_refused
 *
 * Only the outer layers log, and on change, not on every poll. Text that a server chose is escaped. Keys and
 * messages are constants; secrets never get here because they are never part of an err text.
 */
#ifndef IO_LOGGER_H
#define IO_LOGGER_H

#include "io/conf.h"
#include <bluegreen/str.h>

struct log_field {
    const char *key;
    struct str value;
};

#define LOG_FIELDS(...)                                                                                      \
    (const struct log_field[])                                                                               \
    {                                                                                                        \
        __VA_ARGS__,                                                                                         \
        {                                                                                                    \
            NULL,                                                                                            \
            {                                                                                                \
                NULL, 0                                                                                      \
            }                                                                                                \
        }                                                                                                    \
    }

/* Until it is called: level info, logfmt. */
void log_configure(enum log_level level, enum log_format format);

/* <fields>: LOG_FIELDS(…), ended by a NULL key; or NULL. A value above 1 kB is cut. */
void log_write(enum log_level level, const char *message, const struct log_field *fields);

#endif
