#include "io/conf_keys.h"
#include "io/flags_given.h"
#include <bluegreen/num.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4096, GIVEN_MAX = 16 << 20 }; /* bytes; the kernel bounds argv below that */

/* Walks argv once. */
struct reader {
    struct flags_given *given;
    struct conf_faults *faults;
    int argc, next;
    char **argv;
    enum flags_action action;
    struct server_kind server;
};

const struct flag_value *flag_last(const struct flags_given *given, const struct flag *flag)
{
    const struct flag_value *value = given->values[flag - flags_table];
    while (value && value->next)
        value = value->next;
    return value;
}

/* ---- values ---------------------------------------------------------------------------------------- */

static bool parse_switch(struct str text, struct str *ret)
{
    static const char *const words[] = {"1",    "0",     "t",    "f",     "T",    "F",
                                        "true", "false", "TRUE", "FALSE", "True", "False"};
    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_eq(text, str_of(words[i]))) {
            *ret = i % 2 ? STR("false") : STR("true");
            return true;
        }
    }
    return false;
}

/* One "1.5s" off the front of a Go duration, in nanoseconds. */
static bool take_go_part(struct str *text, uint64_t *ret_ns)
{
    static const struct {
        struct str name;
        uint64_t ns;
    } units[] = {
        /* "ms" before "m": the longer name first */
        {STR_INIT("ns"), 1},
        {STR_INIT("us"), 1000},
        {STR_INIT("\302\265s"), 1000},
        {STR_INIT("ms"), 1000000},
        {STR_INIT("s"), 1000000000},
        {STR_INIT("m"), 60000000000},
        {STR_INIT("h"), 3600000000000},
    };
    size_t len = 0;
    while (len < text->len && ((text->ptr[len] >= '0' && text->ptr[len] <= '9') || text->ptr[len] == '.'))
        len++;
    double number;
    struct str digits = str_sub(*text, 0, len), rest = str_from(*text, len);
    if (!num_double(digits, &number) || number < 0 || number > 1e9)
        return false;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (str_starts(rest, units[i].name)) {
            *text = str_from(rest, units[i].name.len);
            *ret_ns = (uint64_t)(number * (double)units[i].ns + 0.5);
            return number * (double)units[i].ns < 1e18;
        }
    }
    return false;
}

/* What Go and our own files write; rounded up, so that a positive time does not become none. */
static bool parse_duration(struct str text, uint64_t *ret_ms)
{
    uint64_t total = 0, part;
    if (num_duration_ms(text, ret_ms))
        return true;
    if (text.len == 0)
        return false;
    while (text.len) {
        if (!take_go_part(&text, &part) || total + part > (uint64_t)1 << 62)
            return false;
        total += part;
    }
    *ret_ms = (total + 999999) / 1000000;
    return true;
}

/* A sentence about what is wrong with <text>, or NULL and its canonical form. */
static const char *normalise(const struct flag *flag, struct str text, struct arena *arena, struct str *ret)
{
    int64_t number;
    uint64_t ms;
    struct server_kind server;
    char duration[CONF_DURATION_MAX];
    *ret = text;
    switch (flag->type) {
    case FLAG_SWITCH:
    case FLAG_ACTION:
        if (!parse_switch(text, ret))
            return "must be true or false";
        return NULL;
    case FLAG_NUMBER: return num_i64(text, &number) ? NULL : "must be a whole number";
    case FLAG_DURATION:
        if (!parse_duration(text, &ms))
            return "must be a duration such as 500ms, 15s or 1m30s";
        *ret = arena_copy(arena, str_of(conf_duration_text(ms, duration)));
        return ret->ptr ? NULL : err_sentence(ERR_MEMORY);
    case FLAG_SERVER:
        return server_kind_parse(text, &server) && server.version >= VERSION(6, 0, 0)
                   ? NULL
                   : "must be a server and its version, such as 6.0, 7.0, valkey-8.1 or sentinel-7.0";
    case FLAG_TEXT: break;
    }
    return NULL;
}

/* <text> is copied: what it points to is wiped next. */
static bool add_value(struct flags_given *given, struct conf_faults *faults, const struct flag *flag,
                      const char *origin, struct str text)
{
    struct flag_value **end = &given->values[flag - flags_table];
    uint32_t turn = 1;
    for (; *end; end = &(*end)->next)
        turn++;
    struct conf_place at = {origin, (uint32_t)(flag - flags_table) + 1, turn};
    struct flag_value *value = arena_new(&given->arena, struct flag_value, 1);
    struct str copy = arena_copy(&given->arena, text);
    if (!value || !copy.ptr)
        return conf_fault(faults, at, "%s", err_sentence(ERR_MEMORY));
    const char *wrong = normalise(flag, copy, &given->arena, &value->text);
    if (wrong) {
        char shown[CONF_SHOWN_MAX];
        return flag->secret ? conf_fault(faults, at, "%s", wrong)
                            : conf_fault(faults, at, "%s, and \"%s\" is not", wrong, conf_shown(text, shown));
    }
    value->at = at;
    *end = value;
    return true;
}

/* ---- argv ------------------------------------------------------------------------------------------ */

/* Whoever may list processes reads argv. */
static void wipe(const struct flag *flag, char *value)
{
    size_t len = strlen(value), from = 0;
    if (flag->secret == FLAG_PUBLIC)
        return;
    if (flag->secret == FLAG_SECRET_IN_URL) {
        const char *scheme = strstr(value, "://"), *at = strrchr(value, '@');
        if (!at)
            return;
        from = scheme && scheme < at ? (size_t)(scheme + 3 - value) : 0;
        len = (size_t)(at - value);
        const char *colon = memchr(value + from, ':', len - from);
        if (colon)
            from = (size_t)(colon + 1 - value);
    }
    memset(value + from, 'x', len - from);
}

static void unknown_flag(struct reader *r, struct str name)
{
    char shown[CONF_SHOWN_MAX], origin_text[CONF_SHOWN_MAX + 3];
    const struct flag *best = NULL;
    size_t best_distance = 4;
    for (unsigned i = 0; i < flags_table_count; i++) {
        size_t distance = str_distance(str_of(flags_table[i].name), name);
        if (distance < best_distance && distance * 2 < name.len) {
            best = &flags_table[i];
            best_distance = distance;
        }
    }
    snprintf(origin_text, sizeof origin_text, "--%s", conf_shown(name, shown));
    const char *origin = arena_copy(&r->given->arena, str_of(origin_text)).ptr;
    struct conf_place at = {origin ? origin : "command line", 0, (uint32_t)r->next};
    if (best)
        conf_fault(r->faults, at, "no such flag; did you mean --%s?", best->name);
    else
        conf_fault(r->faults, at, "no such flag; --help lists them");
}

static void take_flag(struct reader *r, const struct flag *flag, char *value)
{
    bool alone = flag->type == FLAG_SWITCH || flag->type == FLAG_ACTION;
    char origin_text[CONF_SHOWN_MAX];
    snprintf(origin_text, sizeof origin_text, "--%s", flag->name);
    const char *origin = arena_copy(&r->given->arena, str_of(origin_text)).ptr;
    struct conf_place at = {origin ? origin : "command line", (uint32_t)(flag - flags_table) + 1, 0};
    if (!value && !alone) {
        if (r->next == r->argc) {
            conf_fault(r->faults, at, "needs a value: --%s=%s", flag->name, flag->value);
            return;
        }
        value = r->argv[r->next++];
    }
    bool ok = add_value(r->given, r->faults, flag, at.origin, value ? str_of(value) : STR("true"));
    if (value)
        wipe(flag, value);
    const struct flag_value *last = flag_last(r->given, flag);
    bool asked = flag->type == FLAG_SERVER || (flag->type == FLAG_ACTION && str_eq(last->text, STR("true")));
    if (!ok || !asked || r->action != FLAGS_RUN)
        return;
    r->action = flag->action;
    if (flag->type == FLAG_SERVER)
        server_kind_parse(last->text, &r->server);
}

/* Go's rules: one dash or two, "=" or the next argument, a switch alone, "--" ends the flags. */
static void read_argv(struct reader *r)
{
    while (r->next < r->argc) {
        char *argument = r->argv[r->next++];
        struct str text = str_of(argument), name, rest;
        bool end = str_eq(text, STR("--"));
        if (end && r->next == r->argc)
            return;
        if (end || text.len < 2 || text.ptr[0] != '-') {
            /* Not repeated in the message: it may be a password behind a stray blank. */
            conf_fault(r->faults, (struct conf_place){"command line", 0, (uint32_t)r->next},
                       "argument %d is not a flag; values follow their flag directly or behind =",
                       end ? r->next : r->next - 1);
            return;
        }
        text = str_from(text, text.ptr[1] == '-' ? 2 : 1);
        bool has_value = str_cut(text, '=', &name, &rest);
        const struct flag *flag = flag_find(name);
        if (flag)
            take_flag(r, flag, has_value ? argument + (rest.ptr - argument) : NULL);
        else
            unknown_flag(r, name);
    }
}

/* ---- environment ----------------------------------------------------------------------------------- */

/* An empty variable is one that was not set: composing tools cannot leave one out. */
static void read_environment(struct flags_given *given, struct conf_faults *faults, char *const *environ_)
{
    for (unsigned i = 0; i < flags_table_count; i++) {
        const struct flag *flag = &flags_table[i];
        for (char *const *entry = environ_; flag->env && !given->values[i] && entry && *entry; entry++) {
            struct str name, value;
            if (!str_cut(str_of(*entry), '=', &name, &value) || !value.len ||
                !str_eq(name, str_of(flag->env)))
                continue;
            if (add_value(given, faults, flag, flag->env, value))
                given->values[i]->from_env = true;
            break;
        }
    }
}

/* ---- the whole ------------------------------------------------------------------------------------- */

static bool wants_config(enum flags_action action)
{
    return action == FLAGS_RUN || action == FLAGS_CHECK_CONFIG || action == FLAGS_PRINT_CONFIG ||
           action == FLAGS_PRINT_ACL;
}

static struct flags_given *given_new(void)
{
    struct flags_given *given = calloc(1, sizeof *given);
    if (!given)
        return NULL;
    arena_init(&given->arena, FIRST_BLOCK, GIVEN_MAX);
    given->values = arena_new(&given->arena, struct flag_value *, flags_table_count);
    if (given->values)
        return given;
    free(given);
    return NULL;
}

static const char *path_of(const struct flags_given *given)
{
    const struct flag_value *config = flag_last(given, flag_find(STR("config")));
    return config && config->text.len ? config->text.ptr : NULL;
}

static void show(struct conf_faults *faults, const struct flags_given *given, struct buf *errors)
{
    const char *path = path_of(given);
    conf_faults_show(faults, path ? path : "command line", errors);
}

struct config *flags_reload(const struct flags *flags, struct buf *errors, struct buf *warnings)
{
    struct arena arena;
    struct conf_faults faults;
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    struct config *config = flags_build(flags->given, &faults, warnings);
    show(&faults, flags->given, errors);
    arena_done(&arena);
    return config;
}

bool flags_parse(int argc, char **argv, char *const *environ_, struct flags *ret, struct buf *errors,
                 struct buf *warnings)
{
    struct arena arena;
    struct conf_faults faults;
    *ret = (struct flags){.given = given_new()};
    if (!ret->given) {
        buf_fmt(errors, "command line: %s\n", err_sentence(ERR_MEMORY));
        return false;
    }
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    struct reader reader = {ret->given, &faults, argc, 1, argv, FLAGS_RUN, {0}};
    read_argv(&reader);
    ret->action = reader.action;
    ret->server = reader.server;
    if (wants_config(ret->action)) {
        read_environment(ret->given, &faults, environ_);
        ret->config_path = path_of(ret->given);
        ret->config = flags_build(ret->given, &faults, warnings);
    }
    bool ok = faults.count == 0;
    show(&faults, ret->given, errors);
    arena_done(&arena);
    if (!ok)
        flags_done(ret);
    return ok;
}

void flags_done(struct flags *flags)
{
    conf_free(flags->config);
    if (flags->given)
        arena_done(&flags->given->arena);
    free(flags->given);
    *flags = (struct flags){0};
}
