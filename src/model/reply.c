#include <bluegreen/num.h>
#include <bluegreen/reply.h>

size_t reply_pairs(const struct reply *r)
{
    bool paired = r->type == REPLY_MAP || r->type == REPLY_ARRAY;
    return paired && r->count % 2 == 0 ? r->count / 2 : 0;
}

const struct reply *reply_find(const struct reply *r, struct str key)
{
    for (size_t i = 0; i < reply_pairs(r); i++)
        if (r->items[2 * i].type == REPLY_STRING && str_eq(r->items[2 * i].text, key))
            return &r->items[2 * i + 1];
    return NULL;
}

bool reply_i64(const struct reply *r, int64_t *ret)
{
    if (r->type == REPLY_STRING)
        return num_i64(r->text, ret);
    if (r->type != REPLY_INTEGER)
        return false;
    *ret = r->integer;
    return true;
}

enum err_kind reply_error_kind(struct str text)
{
    static const struct {
        struct str start;
        enum err_kind kind;
    } codes[] = {
        {STR_INIT("NOAUTH"), ERR_AUTH_REQUIRED},
        {STR_INIT("WRONGPASS"), ERR_AUTH_FAILED},
        {STR_INIT("ERR invalid password"), ERR_AUTH_FAILED},
        {STR_INIT("ERR AUTH"), ERR_AUTH_FAILED}, /* a password was sent and none is set */
        {STR_INIT("NOPERM"), ERR_NOPERM},
        {STR_INIT("LOADING"), ERR_LOADING},
        {STR_INIT("BUSY "), ERR_BUSY}, /* not BUSYGROUP, BUSYKEY */
        {STR_INIT("MASTERDOWN"), ERR_MASTERDOWN},
        {STR_INIT("DENIED"), ERR_PROTECTED},
        {STR_INIT("ERR max number of clients"), ERR_MAXCLIENTS},
        {STR_INIT("ERR unknown command"), ERR_UNKNOWN_COMMAND},
        {STR_INIT("ERR Unknown subcommand"), ERR_UNKNOWN_COMMAND},
        {STR_INIT("ERR unknown subcommand"), ERR_UNKNOWN_COMMAND},
    };
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (str_starts(text, codes[i].start))
            return codes[i].kind;
    return ERR_REDIS;
}
