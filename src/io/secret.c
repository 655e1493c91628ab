#include "io/secret.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

bool secret_read_file(const char *path, struct secret *ret, struct err *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return err_set(err, ERR_SECRET, "cannot read the password file %s: %s", path, strerror(errno));
    struct secret secret = {.len = 0};
    secret.len = fread(secret.text, 1, sizeof secret.text - 1, file);
    bool failed = ferror(file);
    bool whole = feof(file);
    fclose(file);

    char *end = memchr(secret.text, '\n', secret.len);
    if (end)
        secret.len = (size_t)(end - secret.text);
    if (secret.len && secret.text[secret.len - 1] == '\r')
        secret.len--;
    memset(secret.text + secret.len, 0, sizeof secret.text - secret.len);

    if (failed)
        err_set(err, ERR_SECRET, "cannot read the password file %s: %s", path, strerror(errno));
    else if (!end && !whole)
        err_set(err, ERR_SECRET, "the first line of the password file %s is longer than %d bytes", path,
                SECRET_MAX - 1);
    else if (secret.len == 0)
        err_set(err, ERR_SECRET, "the first line of the password file %s is empty", path);
    else
        *ret = secret;
    bool ok = !failed && (end || whole) && secret.len;
    secret_wipe(&secret);
    return ok;
}

void secret_wipe(struct secret *secret)
{
    explicit_bzero(secret, sizeof *secret);
}
