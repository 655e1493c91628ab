#include "io/secret.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The first line in <bytes>; false when it does not end in there. */
static bool first_line(char *bytes, size_t len, bool whole, size_t *ret_len)
{
    char *end = memchr(bytes, '\n', len);
    size_t line = end ? (size_t)(end - bytes) : len;
    if (line && bytes[line - 1] == '\r')
        line--;
    *ret_len = line;
    return end || whole;
}

static bool take_line(const char *path, char *bytes, size_t len, bool whole, struct secret *ret,
                      struct err *err)
{
    size_t line;
    if (!first_line(bytes, len, whole, &line) || line >= SECRET_MAX)
        return err_set(err, ERR_SECRET, "the first line of the password file %s is longer than %d bytes",
                       path, SECRET_MAX - 1);
    if (line == 0)
        return err_set(err, ERR_SECRET, "the first line of the password file %s is empty", path);
    memcpy(ret->text, bytes, line);
    memset(ret->text + line, 0, SECRET_MAX - line);
    ret->len = line;
    return true;
}

bool secret_read_file(const char *path, struct secret *ret, struct err *err)
{
    char bytes[SECRET_MAX + 2]; /* the longest secret and its line end */
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, ERR_SECRET, "cannot read the password file %s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IONBF, 0); /* no copy that nobody wipes */
    size_t len = fread(bytes, 1, sizeof bytes, file);
    bool failed = ferror(file), whole = feof(file);
    int why = errno;
    fclose(file);
    bool ok = failed ? err_set(err, ERR_SECRET, "cannot read the password file %s: %s", path, strerror(why))
                     : take_line(path, bytes, len, whole, ret, err);
    explicit_bzero(bytes, sizeof bytes);
    return ok;
}

void secret_wipe(struct secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}
