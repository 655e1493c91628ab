/*
 * collector: the contract of one topic, and the table of all of them.
 *
 * To add a topic:
 *   1. collect_<topic>.c: its families, decode() if it has a command of its own, emit();
 *   2. a row in the table of collector.c; a row in cmd.c for a new command.
 * It then has an enable key, a gate (it is asked of servers that know all its commands, see cmd.h), success,
 * error and age metrics, and its line in the ACL.
 *
 *        reply ──decode──► part (in the snapshot's arena) ──emit──► samples
 *
 * decode() is called once per command of the collector, in the order of <cmds>, with the same part; it may
 * keep slices of the reply only by copying them into the arena. emit() is a pure function of the snapshot.
 *
 * Where the arguments of a command are known only from those replies (SENTINEL MASTERS gives the names that
 * SENTINEL REPLICAS wants), a second round trip of the same round asks it: more() names the calls one after
 * the other, more_decode() reads their replies.
 */
#ifndef BLUEGREEN_COLLECTOR_H
#define BLUEGREEN_COLLECTOR_H

#include <bluegreen/cmd.h>
#include <bluegreen/family.h>
#include <bluegreen/reply.h>
#include <bluegreen/samples.h>
#include <bluegreen/snapshot.h>

#define COLLECTOR_CMDS_MAX 8
#define COLLECTOR_MORE_MAX 4
#define MORE_CALLS_MAX     1024u /* of one collector in one round */

/* In the order of the table, which is the order of families on /metrics. */
enum collector_id {
    COLLECT_TARGET = 0, /* families only: what the agent knows of a target, see status.h */
    COLLECT_INFO,
    COLLECT_INFO_OTHER,
    COLLECT_SERVER,
    COLLECT_KEYSPACE,
    COLLECT_COMMANDSTATS,
    COLLECT_ERRORSTATS,
    COLLECT_LATENCYSTATS,
    COLLECT_REPLICAS,
    COLLECT_ROLE,
    COLLECT_LATENCY_LATEST,
    COLLECT_LATENCY_HISTOGRAM,
    COLLECT_SLOWLOG,
    COLLECT_SLOWLOG_LONGEST,
    COLLECT_CONFIG,
    COLLECT_CONFIG_ALL,
    COLLECT_COMMANDLOG,
    COLLECT_COMMANDLOG_LIMITS,
    COLLECT_MODULES,
    COLLECT_CLUSTER,
    COLLECT_SENTINEL,
    COLLECT_SENTINEL_PEERS,
    COLLECT_SENTINEL_CONFIG,
    COLLECT_HEALTH,  /* families only: verdicts, see status.h */
    COLLECT_SURVEYS, /* families only, from here to the pairs: see survey.h */
    COLLECT_SURVEY_KEYS,
    COLLECT_SURVEY_CLIENTS,
    COLLECT_SURVEY_COUNT,
    COLLECT_SURVEY_GROUPS,
    COLLECT_SURVEY_STREAMS,
    COLLECT_SURVEY_BIG,
    COLLECT_SURVEY_SCRIPTS,
    COLLECT_SURVEY_SEARCH,
    COLLECT_PAIR,   /* families only: blue and green together, see status.h */
    COLLECT_SOURCE, /* families only: lists of targets and discoveries, see status.h */
    COLLECT_AGENT,  /* families only: the agent itself, see status.h */
    COLLECTOR_COUNT
};

/* A command with arguments behind those of its row; they live as long as the part that gave them. */
#define CALL_ARGS_MAX 2
struct cmd_call {
    enum cmd_id cmd;
    unsigned count;
    struct str args[CALL_ARGS_MAX];
};

struct collector {
    const char *name;
    const char *help;                     /* what it reads, one sentence */
    enum cmd_id cmds[COLLECTOR_CMDS_MAX]; /* empty: it lives on INFO, which every round reads */
    bool opt_in;                          /* runs only when agent.enable_collectors names it */
    uint32_t interval_ms; /* 0 = every round; else its part is carried over from snapshot to snapshot */
    size_t part_size;
    bool (*decode)(enum cmd_id cmd, const struct reply *reply, struct arena *arena, void *part,
                   struct err *err);
    /* Carries a part over: NULL when it is flat (no pointers), else a deep copy; false: no memory. */
    bool (*copy)(const void *part, struct arena *arena, void *ret);
    enum cmd_id more_cmds[COLLECTOR_MORE_MAX]; /* all that more() may name */
    /* The call <index> (0, 1, …); false: there are no more. Asked again for an index it says the same. */
    bool (*more)(const void *part, unsigned index, struct cmd_call *ret);
    /* Its reply, errors included: where they are an answer, they are no failure. */
    bool (*more_decode)(unsigned index, const struct reply *reply, struct arena *arena, void *part,
                        struct err *err);
    enum collector_id part_of; /* not 0: no commands, it shows more of the part of that collector */
    void (*emit)(const struct snapshot *snapshot, const void *part, struct samples *samples);
    const struct family *families;
    unsigned family_count;
    size_t family_stride; /* bytes from one family to the next: they may sit inside larger rows */
};

extern const struct collector *const collectors[COLLECTOR_COUNT];

/* The collector of that name, or NULL; COLLECTOR_COUNT rows are searched. */
const struct collector *collector_find(struct str name);

/* Whether it is among <names>, which end with NULL or are NULL. */
bool collector_named(const struct collector *collector, const char *const *names);

/* Whether it can be switched off: it has commands of its own, or those of another. */
bool collector_optional(const struct collector *collector);

/* Which collectors the configuration chose: lists of names that end with NULL, or NULL. */
struct collector_choice {
    const char *const *disabled;
    const char *const *enabled; /* matters for those that are opt_in */
};

/* Whether it runs by that choice; "disabled" wins. */
bool collector_chosen(const struct collector *collector, const struct collector_choice *choice);

/* Whether <server> knows all its commands. */
bool collector_known(const struct collector *collector, const struct server_kind *server);

/*
 * The registry of all families, in the order of /metrics: those of each collector after the other. An index
 * into it is what samples carry. family_base() is the index of a collector's first.
 */
unsigned family_count(void);
const struct family *family_at(unsigned index);
unsigned family_base(enum collector_id id);

/* Runs every emit() whose part is there over a sealed snapshot, and seals the samples. */
void collectors_emit(const struct snapshot *snapshot, struct samples *samples);

/* The same for those collectors whose bit is set in <which>. */
void collectors_emit_some(const struct snapshot *snapshot, uint64_t which, struct samples *samples);

/* For families that belong to no part of a snapshot: makes samples_add() count from this collector's first.
 */
void collector_begin(enum collector_id id, struct samples *samples);

/* Prefixes of INFO fields that a collector reads as a structure (cmdstat_, db0, slave0): for the coverage
 * test. */
bool collector_reads_field(struct str field);

#endif
