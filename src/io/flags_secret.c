/*
 * flags_secret: --redis.password-file in both forms, redis_exporter's and ours.
 *
 *     {"redis://blue:6379": "one", "redis://app@green:6379": "two"}     one file for many addresses
 *     one                                                               a plain secret, as mounted by others
 */
#include "io/conf_keys.h"
#include "io/flags_given.h"
#include <jansson.h>
#include <string.h>

bool flags_secret_open(const char *path, struct flags_secret *ret, struct err *err)
{
    struct buf text;
    buf_init(&text, CONF_FILE_MAX);
    *ret = (struct flags_secret){.path = path};
    bool ok = conf_read_text(path, &text, err);
    if (!ok) {
        err->kind = ERR_SECRET;
        err_wrap(err, "%s", path);
    } else if (str_starts(str_trim(buf_view(&text)), STR("{"))) {
        json_error_t why; /* its text repeats the content, so only the place is used */
        ret->map = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, &why);
        if (!ret->map)
            ok = err_set(err, ERR_SECRET,
                         "%s begins like a JSON object and is none from line %d, column %d on", path,
                         why.line, why.column);
    }
    if (text.ptr)
        explicit_bzero(text.ptr, text.len);
    buf_done(&text);
    return ok;
}

static const char *look_up(const struct flags_secret *secret, struct str scheme, const char *user,
                           struct str rest)
{
    struct buf key;
    buf_init(&key, 4096);
    buf_str(&key, scheme);
    if (user) {
        buf_text(&key, user);
        buf_char(&key, '@');
    }
    buf_str(&key, rest);
    buf_char(&key, '\0');
    const char *found = buf_ok(&key) ? json_string_value(json_object_get(secret->map, key.ptr)) : NULL;
    buf_done(&key);
    return found;
}

const char *flags_secret_find(const struct flags_secret *secret, struct str given, struct str clean,
                              const char *user)
{
    struct str scheme = STR("redis://"), rest = clean;
    for (size_t i = 0; i + 3 <= clean.len; i++) {
        if (str_eq(str_sub(clean, i, 3), STR("://"))) {
            scheme = str_sub(clean, 0, i + 3);
            rest = str_from(clean, i + 3);
            break;
        }
    }
    const char *found = user ? look_up(secret, scheme, user, rest) : NULL;
    if (!found)
        found = look_up(secret, STR(""), NULL, given);
    if (!found)
        found = look_up(secret, scheme, NULL, rest);
    if (!found && user)
        found = look_up(secret, STR(""), user, rest);
    if (!found)
        found = look_up(secret, STR(""), NULL, rest);
    return found;
}

void flags_secret_done(struct flags_secret *secret)
{
    json_decref(secret->map);
    secret->map = NULL;
}
