/*
 * Every setting of a server or a Sentinel: CONFIG GET * and SENTINEL CONFIG GET *. Only for those who ask for
 * it: some 200 series a server. What may hold a secret is dropped as soon as it is read.
 */
#include "collectors.h"
#include <bluegreen/num.h>

enum { KEY_VALUE, VALUE };

static const struct family families[] = {
    [KEY_VALUE] =
        {"redis_config_key_value", METRIC_GAUGE, "key,value",
         "Always 1; the labels are a setting and its value, those with secrets left out (CONFIG GET)"},
    [VALUE] = {"redis_config_value", METRIC_GAUGE, "key",
               "A setting whose value is a number, in the unit of the setting (CONFIG GET)"},
};

static const struct family sentinel_families[] = {
    [KEY_VALUE] =
        {"redis_sentinel_config_key_value", METRIC_GAUGE, "key,value",
         "Always 1; the labels are a setting of the Sentinel and its value, those with secrets left "
         "out (SENTINEL CONFIG GET)"},
    [VALUE] = {"redis_sentinel_config_value", METRIC_GAUGE, "key",
               "A setting of the Sentinel whose value is a number (SENTINEL CONFIG GET)"},
};

enum { SETTINGS_MAX = 2048 };

struct setting {
    struct str key, value;
};

struct settings_part {
    struct setting *settings;
    size_t count;
};

static bool contains(struct str text, struct str part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (str_eq_nocase(str_sub(text, i, part.len), part))
            return true;
    return false;
}

/*
 * masterauth, requirepass, tls-key-file-pass, sentinel-pass, and whatever a module may call its own: by parts
 * of the name, because the next release brings another one. Names of users and of key files are no secrets.
 */
static bool is_secret(struct str key)
{
    static const struct str parts[] = {STR_INIT("pass"),   STR_INIT("masterauth"), STR_INIT("primaryauth"),
                                       STR_INIT("secret"), STR_INIT("token"),      STR_INIT("credential"),
                                       STR_INIT("api-key")};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (contains(key, parts[i]))
            return true;
    return false;
}

static bool has(const struct settings_part *part, struct str key)
{
    for (size_t i = 0; i < part->count; i++)
        if (str_eq(part->settings[i].key, key))
            return true;
    return false;
}

static bool keep(struct settings_part *part, struct setting setting, struct arena *arena)
{
    struct str key = arena_copy(arena, setting.key), value = arena_copy(arena, setting.value);
    if (key.ptr && value.ptr)
        part->settings[part->count++] = (struct setting){key, value};
    return key.ptr && value.ptr;
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct settings_part *part = data;
    if ((reply->type != REPLY_ARRAY && reply->type != REPLY_MAP) || reply->count % 2)
        return unexpected_reply(cmd, reply, err);
    size_t pairs = reply_pairs(reply) < SETTINGS_MAX ? reply_pairs(reply) : SETTINGS_MAX;
    part->settings = arena_new(arena, struct setting, pairs + 1);
    bool ok = part->settings;
    for (size_t i = 0; ok && i < pairs; i++) {
        const struct reply *key = &reply->items[2 * i], *value = key + 1;
        if (key->type != REPLY_STRING || value->type != REPLY_STRING)
            return unexpected_reply(cmd, reply, err);
        if (!is_secret(key->text) && !has(part, key->text))
            ok = keep(part, (struct setting){key->text, value->text}, arena);
    }
    return ok || err_set(err, ERR_MEMORY, "no memory for the settings");
}

static bool copy(const void *data, struct arena *arena, void *ret)
{
    const struct settings_part *from = data;
    struct settings_part *to = ret;
    to->settings = arena_new(arena, struct setting, from->count + 1);
    bool ok = to->settings;
    for (size_t i = 0; ok && i < from->count; i++)
        ok = keep(to, from->settings[i], arena);
    return ok;
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct settings_part *part = data;
    (void)snapshot;
    for (size_t i = 0; i < part->count; i++) {
        const struct setting *setting = &part->settings[i];
        struct label labels[] = {{"key", setting->key}, {"value", setting->value}};
        double value;
        samples_add(samples, KEY_VALUE, samples_labels(samples, labels, 2), 1);
        if (num_double(setting->value, &value))
            samples_add(samples, VALUE, samples_label(samples, "key", setting->key), value);
    }
}

const struct collector collect_config_all = {
    .name = "config_all",
    .help = "Every setting but secrets, with CONFIG GET.",
    .cmds = {CMD_CONFIG_ALL},
    .opt_in = true,
    .interval_ms = 60000,
    .part_size = sizeof(struct settings_part),
    .decode = decode,
    .copy = copy,
    .emit = emit,
    FAMILIES(families),
};

const struct collector collect_sentinel_config = {
    .name = "sentinel_config",
    .help = "Every setting of a Sentinel but secrets, with SENTINEL CONFIG GET.",
    .cmds = {CMD_SENTINEL_CONFIG},
    .opt_in = true,
    .interval_ms = 60000,
    .part_size = sizeof(struct settings_part),
    .decode = decode,
    .copy = copy,
    .emit = emit,
    FAMILIES(sentinel_families),
};
