/*
 * config_part: what the config collector keeps of CONFIG GET. Flat, because it is carried from snapshot to
 * snapshot between its slow rounds.
 */
#ifndef BLUEGREEN_CONFIG_PART_H
#define BLUEGREEN_CONFIG_PART_H

#include <bluegreen/client_list.h>
#include <stdbool.h>
#include <stdint.h>

enum config_key {
    CONFIG_MAXCLIENTS = 0,
    CONFIG_MAXMEMORY,         /* bytes; 0 = no limit */
    CONFIG_REPL_BACKLOG_SIZE, /* bytes */
    CONFIG_IO_THREADS,
    CONFIG_DATABASES,
    CONFIG_KEY_COUNT
};

/* client-output-buffer-limit of one class; 0 = no limit. */
struct output_buffer_limit {
    bool known;
    int64_t hard_bytes, soft_bytes, soft_seconds;
};

struct config_part {
    bool has[CONFIG_KEY_COUNT];
    int64_t value[CONFIG_KEY_COUNT];
    struct output_buffer_limit output_buffer[CLIENT_CLASS_COUNT];
};

#endif
