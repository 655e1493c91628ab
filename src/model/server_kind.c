#include <bluegreen/server_kind.h>

/* What every Valkey says of itself in redis_version. */
#define VALKEY_AS_REDIS VERSION(7, 2, 4)

bool server_kind_parse(struct str text, struct server_kind *ret)
{
    struct str kind, number;
    bool named = str_cut(text, '-', &kind, &number);
    uint32_t version = version_parse(named ? number : text);
    if (!version)
        return false;
    if (!named || str_eq(kind, STR("redis")))
        *ret = (struct server_kind){version, 0, MODE_CLUSTER};
    else if (str_eq(kind, STR("sentinel")))
        *ret = (struct server_kind){version, 0, MODE_SENTINEL};
    else if (str_eq(kind, STR("valkey")))
        *ret = (struct server_kind){VALKEY_AS_REDIS, version, MODE_CLUSTER};
    else
        return false;
    return true;
}
