/*
 * secret: passwords, read when they are needed and wiped when they were used.
 */
#ifndef IO_SECRET_H
#define IO_SECRET_H

#include <bluegreen/err.h>
#include <bluegreen/str.h>

#define SECRET_MAX 4096

struct secret {
    char text[SECRET_MAX]; /* NUL-terminated */
    size_t len;
};

/* The first line of a file, without its line end. ERR_SECRET names the file and the reason, never the
 * content. */
bool secret_read_file(const char *path, struct secret *ret, struct err *err);

void secret_wipe(struct secret *secret);

#endif
