#include "clients.h"
#include "collectors.h"
#include "tally.h"
#include <string.h>

enum {
    BY_NAME,
    BY_USER,
    BY_LIBRARY,
    BY_RESP,
    BY_FLAG,
    BY_CLASS,
    BUFFER,
    BUFFER_MAX,
    BUFFER_RATIO,
    REPLICA_BUFFER,
    MEMORY,
    MEMORY_MAX,
    EACH_INFO,
    EACH_FIRST_NUMBER,
};

#define EACH "id,name"

/* clang-format off */
static const struct family families[] = {
    [BY_NAME] = {"redis_clients_by_name", METRIC_GAUGE, "name",
        "Connected clients with this name, empty for those without; beyond the most frequent names they are in "
        "\"(all others)\" (CLIENT LIST name=)"},
    [BY_USER] = {"redis_clients_by_user", METRIC_GAUGE, "user",
        "Connected clients authenticated as this ACL user; beyond the most frequent users they are in \"(all others)\" "
        "(CLIENT LIST user=)"},
    [BY_LIBRARY] = {"redis_clients_by_library", METRIC_GAUGE, "library,version",
        "Connected clients that use this library, as they say themselves; beyond the most frequent they are in "
        "\"(all others)\" (CLIENT LIST lib-name= and lib-ver=, since 7.2)"},
    [BY_RESP] = {"redis_clients_by_resp", METRIC_GAUGE, "resp",
        "Connected clients that speak this version of the protocol (CLIENT LIST resp=, since 7.0)"},
    [BY_FLAG] = {"redis_clients_by_flag", METRIC_GAUGE, "flag",
        "Connected clients with this flag, a letter as in CLIENT LIST: N normal, S replica, P subscriber, b blocked, O "
        "monitor; a client may have several (CLIENT LIST flags=)"},
    [BY_CLASS] = {"redis_clients_by_class", METRIC_GAUGE, "class",
        "Connected clients by the class whose output buffer limit holds for them (CLIENT LIST flags=)"},
    [BUFFER] = {"redis_client_output_buffer_bytes", METRIC_GAUGE, "class",
        "Output buffers of all clients of this class together (CLIENT LIST omem=)"},
    [BUFFER_MAX] = {"redis_client_output_buffer_max_bytes", METRIC_GAUGE, "class",
        "Largest output buffer of a single client of this class, which is what the limit is held against (CLIENT LIST "
        "omem=)"},
    [BUFFER_RATIO] = {"redis_client_output_buffer_limit_ratio", METRIC_GAUGE, "class",
        "Largest output buffer of a single client of this class by its hard limit: at 1 the client is disconnected; absent "
        "when there is no limit (CLIENT LIST omem= and CONFIG client-output-buffer-limit)"},
    [REPLICA_BUFFER] = {"redis_replica_output_buffer_bytes", METRIC_GAUGE, "replica_ip",
        "Output buffer for the replica at this address, the largest when there are several: at the limit it is "
        "disconnected and needs a full copy (CLIENT LIST omem=)"},
    [MEMORY] = {"redis_client_memory_bytes", METRIC_GAUGE, "class",
        "Memory of all buffers of all clients of this class together (CLIENT LIST tot-mem=)"},
    [MEMORY_MAX] = {"redis_client_memory_max_bytes", METRIC_GAUGE, "class",
        "Memory of all buffers of the single client of this class that uses most (CLIENT LIST tot-mem=)"},
    [EACH_INFO] = {"redis_connected_client_info", METRIC_GAUGE, "id,name,flags,db,host,port,user,resp",
        "Always 1 for every connected client; only if asked for (CLIENT LIST)"},
    {"redis_connected_client_created_at_timestamp", METRIC_GAUGE, EACH,
        "When the client connected, Unix time, to within a poll (CLIENT LIST age=)"},
    {"redis_connected_client_idle_since_timestamp", METRIC_GAUGE, EACH,
        "When the client sent its last command, Unix time, to within a poll (CLIENT LIST idle=)"},
    {"redis_connected_client_channel_subscriptions_count", METRIC_GAUGE, EACH,
        "Channels the client is subscribed to (CLIENT LIST sub=)", FAMILY_INHERITED},
    {"redis_connected_client_pattern_matching_subscriptions_count", METRIC_GAUGE, EACH,
        "Patterns the client is subscribed to (CLIENT LIST psub=)", FAMILY_INHERITED},
    {"redis_connected_client_shard_channel_subscriptions_count", METRIC_GAUGE, EACH,
        "Shard channels the client is subscribed to (CLIENT LIST ssub=, since 7.0)", FAMILY_INHERITED},
    {"redis_connected_client_shard_channel_watched_keys", METRIC_GAUGE, EACH,
        "Keys the client watches; the name is redis_exporter's, shards have no part in it (CLIENT LIST watch=, since 7.4)"},
    {"redis_connected_client_query_buffer_length_bytes", METRIC_GAUGE, EACH,
        "Bytes in the client's query buffer (CLIENT LIST qbuf=)"},
    {"redis_connected_client_query_buffer_free_space_bytes", METRIC_GAUGE, EACH,
        "Free space in the client's query buffer (CLIENT LIST qbuf-free=)"},
    {"redis_connected_client_output_buffer_length_bytes", METRIC_GAUGE, EACH,
        "Bytes in the client's fixed output buffer (CLIENT LIST obl=)"},
    {"redis_connected_client_output_buffer_memory_usage_bytes", METRIC_GAUGE, EACH,
        "Bytes in the client's output list, which its limit is held against (CLIENT LIST omem=)"},
    {"redis_connected_client_output_list_length", METRIC_GAUGE, EACH,
        "Replies in the client's output list (CLIENT LIST oll=)"},
    {"redis_connected_client_total_memory_consumed_bytes", METRIC_GAUGE, EACH,
        "Memory of all the client's buffers (CLIENT LIST tot-mem=)"},
};
/* clang-format on */

const struct collector collect_survey_clients = {
    .name = "clients",
    .help = "Clients by name, user, library, protocol and flags, and their buffers against the limits.",
    FAMILIES(families),
};

/* In the order of the families from EACH_FIRST_NUMBER on. */
static const struct {
    enum client_field field;
    bool is_age; /* shown as the moment it began */
} numbers[] = {{CLIENT_AGE, true}, {CLIENT_IDLE, true}, {CLIENT_SUB},  {CLIENT_PSUB},
               {CLIENT_SSUB},      {CLIENT_WATCH},      {CLIENT_QBUF}, {CLIENT_QBUF_FREE},
               {CLIENT_OBL},       {CLIENT_OMEM},       {CLIENT_OLL},  {CLIENT_TOT_MEM}};
enum { NUMBER_COUNT = sizeof numbers / sizeof numbers[0] };

static const char *const class_words[CLIENT_CLASS_COUNT] = {"normal", "replica", "pubsub"};

/* A name that no client, user or library can have: Redis allows no blank in them. */
#define OTHERS STR("(all others)")

enum dimension { DIM_NAME = 0, DIM_USER, DIM_LIBRARY, DIM_COUNT };

struct class_sums {
    uint64_t clients;
    bool has_buffer, has_memory;
    double buffer, buffer_max, memory, memory_max;
};

struct shown {
    struct str labels;
    uint64_t clients;
};

/* More replicas than anybody has at one primary. */
enum { REPLICAS_MAX = 64 };

struct replica {
    struct str labels;
    double buffer;
};

struct view {
    const struct clients_options *options;
    struct samples *samples;
    struct tally_key *keys[DIM_COUNT];
    uint32_t key_count[DIM_COUNT];
    uint32_t clients, each_count;
    int64_t each_highest, *each_ids; /* of the clients shown, each_max of them */
    uint64_t flags[128], resp[10];
    struct class_sums classes[CLIENT_CLASS_COUNT];
    struct replica replicas[REPLICAS_MAX];
    uint32_t replica_count;
    bool truncated;
};

static void add_key(struct view *view, enum dimension dimension, struct str first, struct str second)
{
    if (first.ptr)
        view->keys[dimension][view->key_count[dimension]++] = (struct tally_key){first, second};
}

/* What is longer than a label may be is cut there: two names that differ behind it are one series. */
static struct str label_part(struct str value)
{
    return str_clip(value, LABEL_VALUE_MAX);
}

static void count_flags(struct view *view, struct str flags)
{
    bool seen[128] = {false};
    for (size_t i = 0; i < flags.len; i++) {
        unsigned char flag = (unsigned char)flags.ptr[i];
        if (flag <= ' ' || flag >= 127 || seen[flag])
            continue;
        seen[flag] = true;
        view->flags[flag]++;
    }
}

static void add_use(const struct client *client, enum client_field field, bool *has, double *sum, double *max)
{
    int64_t bytes;
    if (!client_number(client, field, &bytes))
        return;
    *has = true;
    *sum += (double)bytes;
    *max = (double)bytes > *max ? (double)bytes : *max;
}

static void count_replica(struct view *view, const struct client *client)
{
    struct str host, port;
    int64_t bytes;
    uint32_t i = 0;
    client_address(client->field[CLIENT_ADDR], &host, &port);
    if (!host.len || !client_number(client, CLIENT_OMEM, &bytes))
        return;
    struct str labels = samples_label(view->samples, "replica_ip", host);
    while (i < view->replica_count && !str_eq(view->replicas[i].labels, labels))
        i++;
    if (i == REPLICAS_MAX) {
        view->truncated = true;
        return;
    }
    if (i == view->replica_count)
        view->replicas[view->replica_count++] = (struct replica){.labels = labels};
    if ((double)bytes > view->replicas[i].buffer)
        view->replicas[i].buffer = (double)bytes;
}

static void count_client(struct view *view, const struct client *client)
{
    struct class_sums *sums = &view->classes[client_class(client)];
    struct str resp = client->field[CLIENT_RESP];
    add_key(view, DIM_NAME, label_part(client->field[CLIENT_NAME]), NO_LABELS);
    add_key(view, DIM_USER, label_part(client->field[CLIENT_USER]), NO_LABELS);
    add_key(view, DIM_LIBRARY, label_part(client->field[CLIENT_LIB_NAME]),
            label_part(client->field[CLIENT_LIB_VER]));
    count_flags(view, client->field[CLIENT_FLAGS]);
    if (resp.len == 1 && resp.ptr[0] >= '0' && resp.ptr[0] <= '9')
        view->resp[resp.ptr[0] - '0']++;
    if (client_class(client) == CLIENT_REPLICA)
        count_replica(view, client);
    sums->clients++;
    add_use(client, CLIENT_OMEM, &sums->has_buffer, &sums->buffer, &sums->buffer_max);
    add_use(client, CLIENT_TOT_MEM, &sums->has_memory, &sums->memory, &sums->memory_max);
    view->clients++;
}

/* ---- a client of its own ---------------------------------------------------------------------------- */

static uint32_t each_most(const struct clients_options *options)
{
    uint32_t most = options->each ? options->each_max / (1 + NUMBER_COUNT) : 0;
    return most < CLIENTS_MAX ? most : CLIENTS_MAX;
}

static void emit_info(struct view *view, const struct client *client)
{
    struct label labels[8] = {{"id", client->field[CLIENT_ID]},
                              {"name", client->field[CLIENT_NAME]},
                              {"flags", client->field[CLIENT_FLAGS]},
                              {"db", client->field[CLIENT_DB]},
                              {"host", NO_LABELS}};
    size_t count = 5;
    struct str port;
    client_address(client->field[CLIENT_ADDR], &labels[4].value, &port);
    if (view->options->each_port)
        labels[count++] = (struct label){"port", port};
    if (client->field[CLIENT_USER].ptr)
        labels[count++] = (struct label){"user", client->field[CLIENT_USER]};
    if (client->field[CLIENT_RESP].ptr)
        labels[count++] = (struct label){"resp", client->field[CLIENT_RESP]};
    samples_add(view->samples, EACH_INFO, samples_labels(view->samples, labels, count), 1);
}

/* Ids rise from line to line. No server sends one twice; a series that comes twice would cost the whole
 * scrape. */
static bool take_id(struct view *view, const struct client *client)
{
    int64_t id;
    uint32_t i = view->each_count;
    if (i == each_most(view->options) || !client_number(client, CLIENT_ID, &id))
        return false;
    if (id <= view->each_highest)
        while (i-- > 0)
            if (view->each_ids[i] == id)
                return false;
    view->each_highest = id > view->each_highest ? id : view->each_highest;
    view->each_ids[view->each_count++] = id;
    return true;
}

static void emit_each(struct view *view, const struct client *client)
{
    struct label labels[] = {{"id", client->field[CLIENT_ID]}, {"name", client->field[CLIENT_NAME]}};
    if (!take_id(view, client)) {
        view->truncated = true;
        return;
    }
    emit_info(view, client);
    struct str text = samples_labels(view->samples, labels, 2);
    for (unsigned i = 0; i < NUMBER_COUNT; i++) {
        int64_t number;
        if (client_number(client, numbers[i].field, &number))
            samples_add(view->samples, EACH_FIRST_NUMBER + i, text,
                        numbers[i].is_age ? view->options->now_seconds - (double)number : (double)number);
    }
}

/* ---- all of them ------------------------------------------------------------------------------------ */

static struct str group_labels(struct view *view, enum dimension dimension, const struct tally_key *key)
{
    static const char *const names[][2] = {{"name"}, {"user"}, {"library", "version"}};
    struct label labels[] = {{names[dimension][0], key->first}, {names[dimension][1], key->second}};
    return samples_labels(view->samples, labels, names[dimension][1] ? 2 : 1);
}

/* Of bytes that are not UTF-8 different ones look alike as labels: such groups are one series. */
static bool add_to_shown(struct str labels, struct shown *shown, uint32_t count, uint32_t clients)
{
    for (uint32_t i = 0; i < count; i++) {
        if (str_eq(shown[i].labels, labels)) {
            shown[i].clients += clients;
            return true;
        }
    }
    return false;
}

static void emit_dimension(struct view *view, enum dimension dimension, struct tally_group *groups)
{
    static const unsigned by[] = {BY_NAME, BY_USER, BY_LIBRARY};
    struct shown shown[CLIENTS_TOP_MAX];
    uint32_t count = tally(view->keys[dimension], view->key_count[dimension], groups), shown_count = 0;
    uint32_t top = view->options->top < CLIENTS_TOP_MAX ? view->options->top : CLIENTS_TOP_MAX;
    uint64_t others = 0;
    for (uint32_t i = 0; i < count && i < top; i++) {
        struct str labels = group_labels(view, dimension, &groups[i].key);
        if (!add_to_shown(labels, shown, shown_count, groups[i].count))
            shown[shown_count++] = (struct shown){labels, groups[i].count};
    }
    for (uint32_t i = top; i < count; i++)
        others += groups[i].count;
    for (uint32_t i = 0; i < shown_count; i++)
        samples_add(view->samples, by[dimension], shown[i].labels, (double)shown[i].clients);
    if (count)
        samples_add(view->samples, by[dimension],
                    group_labels(view, dimension, &(struct tally_key){OTHERS, NO_LABELS}), (double)others);
}

static void emit_letters(struct view *view, unsigned family, const char *label, const uint64_t *counts,
                         char first, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char letter = (char)(first + (char)i);
        if (counts[i])
            samples_add(view->samples, family, samples_label(view->samples, label, (struct str){&letter, 1}),
                        (double)counts[i]);
    }
}

static void emit_classes(struct view *view)
{
    for (int i = 0; i < CLIENT_CLASS_COUNT; i++) {
        const struct class_sums *sums = &view->classes[i];
        struct str labels = samples_label(view->samples, "class", str_of(class_words[i]));
        samples_add(view->samples, BY_CLASS, labels, (double)sums->clients);
        if (sums->has_buffer || !sums->clients) {
            samples_add(view->samples, BUFFER, labels, sums->buffer);
            samples_add(view->samples, BUFFER_MAX, labels, sums->buffer_max);
            if (view->options->limit_bytes[i] > 0)
                samples_add(view->samples, BUFFER_RATIO, labels,
                            sums->buffer_max / view->options->limit_bytes[i]);
        }
        if (sums->has_memory || !sums->clients) {
            samples_add(view->samples, MEMORY, labels, sums->memory);
            samples_add(view->samples, MEMORY_MAX, labels, sums->memory_max);
        }
    }
}

static uint32_t count_lines(struct str text)
{
    struct str line;
    uint32_t lines = 0;
    while (lines < CLIENTS_MAX && str_next(&text, '\n', &line))
        lines++;
    return lines;
}

bool clients_emit(struct str text, const struct clients_options *options, struct arena *work,
                  struct samples *samples, bool *ret_truncated, struct err *err)
{
    struct view view = {.options = options, .samples = samples, .each_highest = -1};
    struct client client;
    uint32_t most = count_lines(text);
    struct tally_group *groups = arena_new(work, struct tally_group, most);
    view.each_ids = arena_new(work, int64_t, each_most(options));
    for (int i = 0; i < DIM_COUNT; i++)
        view.keys[i] = arena_new(work, struct tally_key, most);
    if (!groups || !view.each_ids || !view.keys[DIM_NAME] || !view.keys[DIM_USER] || !view.keys[DIM_LIBRARY])
        return err_set(err, ERR_MEMORY, "no memory for %u clients", most);
    collector_begin(COLLECT_SURVEY_CLIENTS, samples);
    while (view.clients < most && client_next(&text, &client)) {
        count_client(&view, &client);
        if (options->each)
            emit_each(&view, &client);
    }
    if (!view.clients)
        return err_set(err, ERR_REDIS, "CLIENT LIST named no client in a form this version knows");
    for (int i = 0; i < DIM_COUNT; i++)
        emit_dimension(&view, (enum dimension)i, groups);
    emit_letters(&view, BY_RESP, "resp", view.resp, '0', 10);
    emit_letters(&view, BY_FLAG, "flag", view.flags, 0, 128);
    emit_classes(&view);
    for (uint32_t i = 0; i < view.replica_count; i++)
        samples_add(samples, REPLICA_BUFFER, view.replicas[i].labels, view.replicas[i].buffer);
    *ret_truncated = view.truncated || client_next(&text, &client);
    return true;
}
