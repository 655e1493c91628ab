/* A few named settings, read slowly: CONFIG GET costs the server more than everything else in a round. */
#include "collectors.h"
#include <bluegreen/config_part.h>
#include <bluegreen/num.h>

enum { MAXCLIENTS, MAXMEMORY, REPL_BACKLOG_SIZE, IO_THREADS, BUFFER_BYTES, BUFFER_SECONDS };

static const struct family families[] = {
    [MAXCLIENTS] = {"redis_config_maxclients", METRIC_GAUGE, "",
                    "Most clients the server accepts at once (CONFIG maxclients)"},
    [MAXMEMORY] = {"redis_config_maxmemory", METRIC_GAUGE, "",
                   "Memory limit of the data set in bytes, 0 when there is none (CONFIG maxmemory)"},
    [REPL_BACKLOG_SIZE] = {"redis_config_repl_backlog_size", METRIC_GAUGE, "",
                           "Configured size of the replication backlog in bytes (CONFIG repl-backlog-size)"},
    [IO_THREADS] = {"redis_config_io_threads", METRIC_GAUGE, "",
                    "Configured number of I/O threads, 1 when there are none (CONFIG io-threads)"},
    [BUFFER_BYTES] =
        {"redis_config_client_output_buffer_limit_bytes", METRIC_GAUGE, "class,limit",
         "Output buffer at which a client of this class is disconnected, 0 when there is no limit "
         "(CONFIG client-output-buffer-limit)"},
    [BUFFER_SECONDS] = {"redis_config_client_output_buffer_limit_overcome_seconds", METRIC_GAUGE,
                        "class,limit",
                        "Time a client may stay above the soft limit before it is disconnected "
                        "(CONFIG client-output-buffer-limit)"},
};

static const struct {
    enum cmd_id cmd;
    enum config_key key;
    int family; /* -1: used by others only */
} settings[] = {
    {CMD_CONFIG_MAXCLIENTS, CONFIG_MAXCLIENTS, MAXCLIENTS},
    {CMD_CONFIG_MAXMEMORY, CONFIG_MAXMEMORY, MAXMEMORY},
    {CMD_CONFIG_REPL_BACKLOG_SIZE, CONFIG_REPL_BACKLOG_SIZE, REPL_BACKLOG_SIZE},
    {CMD_CONFIG_IO_THREADS, CONFIG_IO_THREADS, IO_THREADS},
    {CMD_CONFIG_DATABASES, CONFIG_DATABASES, -1},
};
enum { SETTING_COUNT = sizeof settings / sizeof settings[0] };

/* Redis calls the class "slave" or "replica"; redis_exporter passes on what the server says: "slave". */
static const char *const class_words[] = {"normal", "slave", "pubsub"};

static bool class_of(struct str word, enum client_class *ret)
{
    for (int i = 0; i < CLIENT_CLASS_COUNT; i++) {
        if (str_eq(word, str_of(class_words[i])) || (i == CLIENT_REPLICA && str_eq(word, STR("replica")))) {
            *ret = (enum client_class)i;
            return true;
        }
    }
    return false;
}

/* "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60" */
static void read_output_buffers(struct str text, struct config_part *part)
{
    struct str word, numbers[3];
    while (str_next(&text, ' ', &word)) {
        enum client_class class = CLIENT_NORMAL;
        struct output_buffer_limit limit = {.known = true};
        int64_t *fields[] = {&limit.hard_bytes, &limit.soft_bytes, &limit.soft_seconds};
        bool ok = class_of(word, &class);
        for (int i = 0; i < 3; i++)
            ok = str_next(&text, ' ', &numbers[i]) && num_i64(numbers[i], fields[i]) && ok;
        if (ok)
            part->output_buffer[class] = limit;
    }
}

static bool decode(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *data,
                   struct err *err)
{
    struct config_part *part = data;
    (void)arena;
    if (reply_pairs(reply) == 0 && reply->type != REPLY_ARRAY && reply->type != REPLY_MAP)
        return unexpected_reply(cmd, reply, err);
    /* A setting this server does not have (io-threads on a managed one) is an empty answer, not a failure. */
    if (reply_pairs(reply) == 0)
        return true;
    const struct reply *value = &reply->items[1];
    if (cmd == CMD_CONFIG_OUTPUT_BUFFER_LIMIT)
        read_output_buffers(value->text, part);
    for (int i = 0; i < SETTING_COUNT; i++)
        if (settings[i].cmd == cmd)
            part->has[settings[i].key] = reply_i64(value, &part->value[settings[i].key]);
    return true;
}

static void emit_output_buffers(const struct config_part *part, struct samples *samples)
{
    for (int i = 0; i < CLIENT_CLASS_COUNT; i++) {
        const struct output_buffer_limit *limit = &part->output_buffer[i];
        if (!limit->known)
            continue;
        struct label hard[] = {{"class", str_of(class_words[i])}, {"limit", STR("hard")}};
        struct label soft[] = {{"class", str_of(class_words[i])}, {"limit", STR("soft")}};
        struct str soft_labels = samples_labels(samples, soft, 2);
        samples_add(samples, BUFFER_BYTES, samples_labels(samples, hard, 2), (double)limit->hard_bytes);
        samples_add(samples, BUFFER_BYTES, soft_labels, (double)limit->soft_bytes);
        samples_add(samples, BUFFER_SECONDS, soft_labels, (double)limit->soft_seconds);
    }
}

static void emit(const struct snapshot *snapshot, const void *data, struct samples *samples)
{
    const struct config_part *part = data;
    (void)snapshot;
    for (int i = 0; i < SETTING_COUNT; i++)
        if (settings[i].family >= 0 && part->has[settings[i].key])
            samples_add(samples, (unsigned)settings[i].family, NO_LABELS,
                        (double)part->value[settings[i].key]);
    emit_output_buffers(part, samples);
}

const struct collector collect_config = {
    .name = "config",
    .help = "Named settings, with CONFIG GET.",
    .cmds = {CMD_CONFIG_MAXCLIENTS, CMD_CONFIG_MAXMEMORY, CMD_CONFIG_REPL_BACKLOG_SIZE, CMD_CONFIG_IO_THREADS,
             CMD_CONFIG_DATABASES, CMD_CONFIG_OUTPUT_BUFFER_LIMIT},
    .interval_ms = 60000,
    .part_size = sizeof(struct config_part),
    .decode = decode,
    .emit = emit,
    FAMILIES(families),
};
