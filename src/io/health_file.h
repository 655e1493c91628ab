/*
 * health_file: reads the checks (monitoring/health-checks.yml) into a policy.
 *
 * Strict like the rest of the configuration: an unknown key, a limit without a sense, an expression that does
 * not compile are mistakes with file:line:column, and a file with a mistake is not taken. The shipped file is
 * part of the program, so there is a policy without any file.
 */
#ifndef IO_HEALTH_FILE_H
#define IO_HEALTH_FILE_H

#include <bluegreen/buf.h>
#include <bluegreen/policy.h>

/* A policy and the memory it stands in. */
struct health_policy {
    struct arena arena;
    struct policy policy;
};

/* <path>: NULL for the built-in file. NULL: <errors> has one line per mistake. Freed with health_file_free().
 */
struct health_policy *health_file_load(const char *path, struct buf *errors);

/* The same from text in memory; <path> is for messages only. */
struct health_policy *health_file_parse(const char *path, struct str yaml, struct buf *errors);

void health_file_free(struct health_policy *policy);

/* The shipped file, as it is in monitoring/. */
struct str health_file_builtin(void);

#endif
