/*
 * survey: what costs a server more than a moment (keys, streams, scripts, indexes), asked step by step.
 *
 * A survey is a machine without I/O and without a clock. Whoever runs it sends what it asks for and hands it
 * the replies; how fast is his business (io/survey.h keeps to a budget).
 *
 *      survey_run_new ─► survey_next ──SEND──► a command      ┐ several may be under way;
 *                            ▲  │ ─WAIT──► for a reply         │ replies come back in their order
 *                            │  │                              │
 *                      survey_take ◄── reply ──────────────────┘
 *                               └─DONE──► survey_run_seal ─► samples, whole or not at all
 *                               └─FAILED─► run->err
 *
 * To add a survey:
 *   1. src/metric/survey_<topic>.c: its families as a row of collector.c without commands, and its machine;
 *   2. a name in enum survey_id and a row in survey.c; rows in cmd.c for new commands;
 *   3. its settings below, with their rows in io/conf_keys.c.
 * It then has an interval, the budget, the ceilings, success and age metrics and its line in the ACL.
 *
 * Ceilings: keys looked at and series shown, by the settings; memory, by the arenas. What is cut short says
 * so.
 */
#ifndef BLUEGREEN_SURVEY_H
#define BLUEGREEN_SURVEY_H

#include <bluegreen/cmd.h>
#include <bluegreen/collector.h>
#include <bluegreen/reply.h>
#include <bluegreen/samples.h>
#include <bluegreen/snapshot.h>

enum survey_id {
    SURVEY_SINGLE_KEYS = 0,
    SURVEY_KEYS,
    SURVEY_CLIENTS,
    SURVEY_COUNT_KEYS,
    SURVEY_KEY_GROUPS,
    SURVEY_SINGLE_STREAMS,
    SURVEY_STREAMS,
    SURVEY_BIG_KEYS,
    SURVEY_SCRIPTS,
    SURVEY_SEARCH,
    SURVEY_COUNT
};

/* A key, or a pattern as SCAN has it, in a database. */
struct survey_key {
    uint32_t db;
    struct str name;
};

struct survey_keys {
    const struct survey_key *items;
    uint32_t count;
};

struct survey_texts {
    const struct str *items;
    uint32_t count;
};

enum survey_on { SURVEY_ON_ANY = 0, SURVEY_ON_REPLICA };

struct survey_settings {
    uint32_t interval_ms[SURVEY_COUNT]; /* from the end of one to the start of the next */
    uint32_t default_interval_ms;
    uint32_t budget_ms; /* of the server's time in one second, all surveys of a target together */
    enum survey_on on;
    uint32_t batch;      /* keys that one SCAN looks at */
    uint32_t keys_max;   /* looked at by one run */
    uint32_t series_max; /* shown by one run */

    struct survey_keys single_keys;
    struct survey_keys keys;
    bool key_values; /* show those of short strings */
    struct survey_keys count_keys;
    struct survey_texts key_groups; /* patterns that luapat_check() let pass */
    uint32_t key_groups_max;        /* shown by name for each database; the rest is "overflow" */
    struct survey_keys single_streams;
    struct survey_keys streams;
    bool stream_consumers;
    uint32_t big_keys;           /* shown for each type; 0: this survey is not wanted */
    uint32_t big_keys_sample;    /* keys to be measured */
    bool big_keys_names;         /* show them */
    struct survey_texts scripts; /* paths */
    bool search;
    struct str search_indexes; /* what luapat_check_regex() let pass */

    bool clients;          /* counts of clients */
    uint32_t clients_top;  /* names, users and libraries of their own series */
    bool each_client;      /* series for every client */
    bool each_client_port; /* with its port as label */
};

#define SURVEY_ARGS_MAX 7

/* One command. The slices live until the next call of survey_next(). */
struct survey_request {
    enum cmd_id cmd;
    uint32_t db;  /* to be selected before */
    uint32_t tag; /* the machine's own, like group */
    uint32_t group;
    unsigned arg_count;
    struct str args[SURVEY_ARGS_MAX]; /* behind those of the command's row */
};

enum survey_step { SURVEY_SEND = 0, SURVEY_WAIT, SURVEY_DONE, SURVEY_FAILED };

/* One run: the machine while it goes on, its result once it is sealed. */
struct survey_run {
    const struct survey *survey;
    const struct survey_settings *settings; /* borrowed until it is sealed */
    struct server_kind server;              /* in a cluster keys may live elsewhere */

    struct arena arena;     /* labels and samples */
    struct arena work;      /* the machine's, gone when it is sealed */
    struct arena batch;     /* of the keys at hand */
    struct samples samples; /* being added to; sealed at the end */
    void *state;
    struct str *files; /* contents of survey->files, from whoever runs it, before the first survey_next() */

    uint32_t waiting; /* requests without a reply */
    uint64_t keys;    /* looked at */
    bool truncated;   /* a ceiling cut it short */
    struct err err;   /* of SURVEY_FAILED */
};

struct survey {
    const char *name;            /* label collector="…" */
    enum collector_id families;  /* whose it adds */
    const enum cmd_id *commands; /* all it may send, CMD_NONE at the end */
    size_t state_size;
    bool (*wanted)(const struct survey_settings *settings);
    const struct survey_texts *(*files)(const struct survey_settings *settings); /* NULL: reads none */
    /* Reads what it needs of <snapshot>; false: run->err says why not. NULL: nothing to prepare. */
    bool (*begin)(struct survey_run *run, const struct snapshot *snapshot);
    enum survey_step (*next)(struct survey_run *run, struct survey_request *ret);
    /* An error reply comes here only when it is about this one request (MOVED, WRONGTYPE). */
    void (*take)(struct survey_run *run, const struct survey_request *request, const struct reply *reply);
    void (*finish)(struct survey_run *run); /* adds what is known at the end only; NULL: nothing */
    void (*drop)(struct survey_run *run);   /* frees what is not in the arenas; NULL: nothing */
};

extern const struct survey *const surveys[SURVEY_COUNT];

/* <snapshot> is looked at during the call. NULL: no memory. */
struct survey_run *survey_run_new(enum survey_id id, const struct survey_settings *settings,
                                  const struct snapshot *snapshot);
void survey_run_free(struct survey_run *run);

/* What to do next. WAIT only while replies are outstanding; DONE and FAILED stay. */
enum survey_step survey_next(struct survey_run *run, struct survey_request *ret);

/* The reply to <request>; in the order of the requests. */
void survey_take(struct survey_run *run, const struct survey_request *request, const struct reply *reply);

/* After DONE: the samples are sealed, and all that only the machine needed goes. */
void survey_run_seal(struct survey_run *run);

/* Any survey is configured. */
bool surveys_wanted(const struct survey_settings *settings);

#endif
