#include "io/health_file.h"
#include "io/conf_keys.h"
#include "io/conf_yaml.h"
#include <bluegreen/collector.h>
#include <bluegreen/health_view.h>
#include <bluegreen/num.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the keys of a check ---------------------------------------------------------------------------- */

enum kind {
    KIND_NAME,
    KIND_TEXT,
    KIND_WORD,
    KIND_ABOUT,
    KIND_SEVERITY,
    KIND_SIDES,
    KIND_ROLES,
    KIND_STOPS,
    KIND_TARGETS,
    KIND_EXPR,
    KIND_LIMIT,
    KIND_COUNT,
    KIND_HOLD
};

struct key {
    const char *name;
    enum kind kind;
    size_t offset;
};

#define CHECK(member) offsetof(struct check, member)

static const struct key keys[] = {
    {"name", KIND_NAME, CHECK(name)},
    {"about", KIND_ABOUT, CHECK(about)}, /* before the expressions: it decides which names they may use */
    {"help", KIND_TEXT, CHECK(help)},
    {"reason", KIND_WORD, CHECK(reason)},
    {"unit", KIND_TEXT, CHECK(unit)},
    {"todo", KIND_TEXT, CHECK(todo)},
    {"runbook", KIND_TEXT, CHECK(runbook)},
    {"sides", KIND_SIDES, CHECK(sides)},
    {"roles", KIND_ROLES, CHECK(roles)},
    {"targets", KIND_TARGETS, CHECK(targets)},
    {"if", KIND_EXPR, CHECK(applies)},
    {"when", KIND_EXPR, CHECK(when)},
    {"value", KIND_EXPR, CHECK(value)},
    {"warn", KIND_LIMIT, CHECK(warn)},
    {"fail", KIND_LIMIT, CHECK(fail)},
    {"severity", KIND_SEVERITY, CHECK(severity)},
    {"stops", KIND_STOPS, CHECK(stops)},
    {"fall", KIND_COUNT, CHECK(fall)},
    {"rise", KIND_COUNT, CHECK(rise)},
    {"hold", KIND_HOLD, CHECK(hold_ms)},
};

enum { KEY_COUNT = sizeof keys / sizeof keys[0], LOOKS_MAX = 1000, HOLD_MAX_MS = 3600000, TEXT_MAX = 1000 };

/* What `defaults` may set. */
static const char *const default_keys[] = {"fall", "rise", "hold", "severity", NULL};

struct word {
    const char *name;
    unsigned value;
};

static const struct word about_words[] = {{"target", ABOUT_TARGET}, {"pair", ABOUT_PAIR}, {NULL, 0}};
static const struct word severity_words[] = {{"fail", SEVERITY_FAIL}, {"warn", SEVERITY_WARN}, {NULL, 0}};
static const struct word side_words[] = {
    {"blue", ON_BLUE}, {"green", ON_GREEN}, {"alone", ON_ALONE}, {NULL, 0}};
static const struct word role_words[] = {{"primary", 1u << ROLE_PRIMARY},
                                         {"replica", 1u << ROLE_REPLICA},
                                         {"sentinel", 1u << ROLE_SENTINEL},
                                         {NULL, 0}};
static const struct word stops_words[] = {{"primary", STOPS_PRIMARY},
                                          {"replica", STOPS_REPLICA},
                                          {"read", STOPS_READ},
                                          {"cutover", STOPS_CUTOVER},
                                          {NULL, 0}};

/* ---- values ----------------------------------------------------------------------------------------- */

struct reader {
    struct arena *arena;
    struct conf_faults *faults;
    struct check *check;
    bool below_seen, above_seen;
};

#define MEMBER(T, r, key) ((T *)(void *)((char *)(r)->check + (key)->offset))

static bool wrong(struct reader *r, const struct conf_node *node, const char *key, const char *wanted)
{
    char text[CONF_SHOWN_MAX];
    return conf_fault(r->faults, node->at, "%s must be %s, and \"%s\" is not", key, wanted,
                      conf_shown(node->text, text));
}

static const char *copy_text(struct reader *r, const struct conf_node *node)
{
    const char *copy = arena_copy(r->arena, node->text).ptr;
    if (!copy)
        conf_fault(r->faults, node->at, "%s", err_sentence(ERR_MEMORY));
    return copy;
}

/* It is shown in a line of its own, beside numbers of ours. */
static bool is_line(struct str text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < ' ' || text.ptr[i] == 0x7f)
            return false;
    return text.len <= TEXT_MAX && str_is_utf8(text);
}

static void set_text(struct reader *r, const struct key *key, const struct conf_node *node)
{
    if (node->kind != CONF_NODE_SCALAR || !is_line(node->text))
        conf_fault(r->faults, node->at, "%s must be one line of text, of at most %d bytes", key->name,
                   TEXT_MAX);
    else
        *MEMBER(const char *, r, key) = copy_text(r, node);
}

static bool is_word(struct str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'))
            return false;
    }
    return text.len > 0 && text.len <= 64;
}

static void set_word(struct reader *r, const struct key *key, const struct conf_node *node)
{
    if (!is_word(node->text)) {
        wrong(r, node, key->name, "a word of small letters, digits and _");
        return;
    }
    /* The outcome of the last poll says more than any one word: it stays open until then. */
    bool open = key->kind == KIND_WORD && str_eq(node->text, STR("outcome"));
    *MEMBER(const char *, r, key) = open ? NULL : copy_text(r, node);
}

static bool word_value(struct reader *r, const struct key *key, const struct conf_node *node,
                       const struct word *words, unsigned *ret)
{
    char known[128] = "";
    size_t used = 0;
    for (; words->name; words++) {
        if (node->kind == CONF_NODE_SCALAR && str_eq(node->text, str_of(words->name))) {
            *ret = words->value;
            return true;
        }
        used +=
            (size_t)snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "one of ", words->name);
    }
    return wrong(r, node, key->name, known);
}

static unsigned word_bits(struct reader *r, const struct key *key, const struct conf_node *node,
                          const struct word *words)
{
    unsigned bits = 0, bit = 0;
    if (node->kind != CONF_NODE_SEQUENCE)
        return word_value(r, key, node, words, &bit) ? bit : 0;
    for (const struct conf_node *item = node->first; item; item = item->next)
        if (word_value(r, key, item, words, &bit))
            bits |= bit;
    return bits;
}

static void set_targets(struct reader *r, const struct key *key, const struct conf_node *node)
{
    const char **names = arena_new(r->arena, const char *, node->count + 1u);
    unsigned count = 0;
    if (node->kind != CONF_NODE_SEQUENCE) {
        wrong(r, node, key->name, "a list of names, in which * stands for anything");
        return;
    }
    for (const struct conf_node *item = node->first; names && item; item = item->next)
        names[count++] = copy_text(r, item);
    *MEMBER(const char *const *, r, key) = names;
}

static int family_of(struct str name)
{
    for (unsigned i = 0; i < family_count(); i++)
        if (str_eq(name, str_of(family_at(i)->name)))
            return (int)i;
    return -1;
}

static void set_expr(struct reader *r, const struct key *key, const struct conf_node *node)
{
    bool pair = r->check->about == ABOUT_PAIR;
    struct expr_names names = {health_server_words, health_pair_words, family_of, !pair, pair};
    struct err err;
    unsigned column;
    const struct expr *expr = expr_compile(node->text, &names, r->arena, &err, &column);
    struct conf_place at = node->at;
    *MEMBER(const struct expr *, r, key) = expr;
    if (expr)
        return;
    if (node->plain)
        at.column += column - 1;
    conf_fault(r->faults, at, "%s: at character %u: %s", key->name, column, err.text);
}

/* A number as expressions have it: 10mb, 5s, 90%. */
static bool amount(struct reader *r, const struct conf_node *node, const char *key, double *ret)
{
    static const struct expr_names none = {.has_self = true};
    struct expr_view nothing = {.now_ms = 0};
    unsigned column;
    const struct expr *expr =
        node->kind == CONF_NODE_SCALAR ? expr_compile(node->text, &none, r->arena, NULL, &column) : NULL;
    if (expr && expr_as_number(expr_eval(expr, &nothing, NULL), ret))
        return true;
    return wrong(r, node, key, "a number such as 0.9, 90%, 10mb or 5s");
}

static void set_limit(struct reader *r, const struct key *key, const struct conf_node *node)
{
    struct check_limit limit = {.set = true};
    const struct conf_node *above = conf_node_get(node, STR("above")),
                           *below = conf_node_get(node, STR("below"));
    const struct conf_node *until = conf_node_get(node, STR("until"));
    if (node->kind != CONF_NODE_MAPPING || !above == !below || node->count != (until ? 2u : 1u)) {
        conf_fault(r->faults, node->at,
                   "%s must have either above or below, and may have until: {above: 10mb, until: 8mb}",
                   key->name);
        return;
    }
    if (!amount(r, above ? above : below, above ? "above" : "below", &limit.enter) ||
        (until && !amount(r, until, "until", &limit.leave)))
        return;
    if (!until)
        limit.leave = limit.enter;
    r->above_seen |= above != NULL;
    r->below_seen |= below != NULL;
    r->check->bad_below = below != NULL;
    if (until && (above ? limit.leave > limit.enter : limit.leave < limit.enter))
        conf_fault(r->faults, until->at, "until must be on the good side of %s", above ? "above" : "below");
    *MEMBER(struct check_limit, r, key) = limit;
}

static void set_count(struct reader *r, const struct key *key, const struct conf_node *node)
{
    uint64_t number;
    if (num_u64(node->text, &number) && number >= 1 && number <= LOOKS_MAX)
        *MEMBER(unsigned, r, key) = (unsigned)number;
    else
        wrong(r, node, key->name, "a number of looks from 1 to 1000");
}

static void set_hold(struct reader *r, const struct key *key, const struct conf_node *node)
{
    uint64_t ms;
    if (num_duration_ms(node->text, &ms) && ms <= HOLD_MAX_MS)
        *MEMBER(uint32_t, r, key) = (uint32_t)ms;
    else
        wrong(r, node, key->name, "a time such as 5s, of one hour at most");
}

static void set(struct reader *r, const struct key *key, const struct conf_node *node)
{
    unsigned value;
    switch (key->kind) {
    case KIND_NAME:
    case KIND_WORD: set_word(r, key, node); break;
    case KIND_TEXT: set_text(r, key, node); break;
    case KIND_ABOUT:
        if (word_value(r, key, node, about_words, &value))
            r->check->about = (enum check_about)value;
        break;
    case KIND_SEVERITY:
        if (word_value(r, key, node, severity_words, &value))
            r->check->severity = (enum check_severity)value;
        break;
    case KIND_SIDES: *MEMBER(unsigned, r, key) = word_bits(r, key, node, side_words); break;
    case KIND_ROLES: *MEMBER(unsigned, r, key) = word_bits(r, key, node, role_words); break;
    case KIND_STOPS: *MEMBER(unsigned, r, key) = word_bits(r, key, node, stops_words); break;
    case KIND_TARGETS: set_targets(r, key, node); break;
    case KIND_EXPR: set_expr(r, key, node); break;
    case KIND_LIMIT: set_limit(r, key, node); break;
    case KIND_COUNT: set_count(r, key, node); break;
    case KIND_HOLD: set_hold(r, key, node); break;
    }
}

/* ---- a check ---------------------------------------------------------------------------------------- */

static const struct key *key_of(struct str name, const char *const *among)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        bool allowed = among == NULL;
        for (const char *const *one = among; one && *one; one++)
            allowed |= strcmp(*one, keys[i].name) == 0;
        if (allowed && str_eq(str_of(keys[i].name), name))
            return &keys[i];
    }
    return NULL;
}

static void refuse_unknown(struct reader *r, const struct conf_node *mapping, const char *const *among)
{
    for (const struct conf_node *child = mapping->first; child; child = child->next) {
        char shown[CONF_SHOWN_MAX];
        const char *near = NULL;
        if (key_of(child->key, among))
            continue;
        for (unsigned i = 0; i < KEY_COUNT && !near; i++)
            if (key_of(str_of(keys[i].name), among) &&
                str_distance(child->key, str_of(keys[i].name)) <= conf_near(child->key))
                near = keys[i].name;
        conf_fault(r->faults, child->key_at, "\"%s\" is not a key of a check%s%s",
                   conf_shown_key(child->key, shown), near ? "; did you mean " : "", near ? near : "");
    }
}

/* In the order of the table, because `about` decides what the expressions may say. */
static void read_keys(struct reader *r, const struct conf_node *mapping, const char *const *among)
{
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        const struct conf_node *node = conf_node_get(mapping, str_of(keys[i].name));
        if (node && node->kind != CONF_NODE_BAD && key_of(str_of(keys[i].name), among))
            set(r, &keys[i], node);
    }
    refuse_unknown(r, mapping, among);
}

static void require(struct reader *r, const struct conf_node *node)
{
    const struct check *check = r->check;
    bool has_limit = check->warn.set || check->fail.set;
    bool when = conf_node_get(node, STR("when")) != NULL, value = conf_node_get(node, STR("value")) != NULL;
    if (!check->name)
        conf_fault(r->faults, node->at, "a check needs a name");
    if (!check->help[0])
        conf_fault(r->faults, node->at, "a check needs help: the sentence that is true when all is well");
    if (when == value)
        conf_fault(r->faults, node->at, "a check has either a condition (when) or a number (value)");
    else if (value && !has_limit && !conf_node_get(node, STR("warn")) && !conf_node_get(node, STR("fail")))
        conf_fault(r->faults, node->at, "a check with a value needs a limit: warn or fail");
    else if (when && has_limit)
        conf_fault(r->faults, node->at, "warn and fail are limits of a value; a condition has severity");
    if (r->above_seen && r->below_seen)
        conf_fault(r->faults, node->at, "warn and fail must both be above, or both below");
    if (check->about == ABOUT_PAIR && check->stops & ~(unsigned)STOPS_CUTOVER)
        conf_fault(r->faults, node->at, "a check of a pair can stop the cutover only");
}

static void read_check(struct reader *r, const struct conf_node *node, const struct check *defaults)
{
    *r->check = *defaults;
    if (node->kind != CONF_NODE_MAPPING) {
        conf_fault(r->faults, node->at, "a check is a mapping that begins with its name");
        return;
    }
    read_keys(r, node, NULL);
    require(r, node);
    if (!conf_node_get(node, STR("reason")))
        r->check->reason = r->check->name;
}

/* ---- the file --------------------------------------------------------------------------------------- */

static unsigned tracks_of(const struct check *check)
{
    const struct expr *exprs[] = {check->applies, check->when, check->value};
    unsigned tracks = 0;
    for (unsigned i = 0; i < 3; i++)
        tracks += exprs[i] ? expr_track_count(exprs[i]) : 0;
    return tracks;
}

static void refuse_twins(struct conf_faults *faults, const struct conf_node *list, const struct check *checks,
                         unsigned count)
{
    const struct conf_node *node = list->first;
    for (unsigned i = 0; i < count && node; i++, node = node->next)
        for (unsigned j = 0; j < i; j++)
            if (checks[i].name && checks[j].name && strcmp(checks[i].name, checks[j].name) == 0)
                conf_fault(faults, node->at, "there is a check called %s already", checks[i].name);
}

static void read_checks(struct health_policy *health, struct conf_faults *faults,
                        const struct conf_node *list, const struct check *defaults)
{
    struct policy *policy = &health->policy;
    if (!list || list->kind != CONF_NODE_SEQUENCE || list->count > POLICY_CHECKS_MAX) {
        conf_fault(faults, list ? list->at : (struct conf_place){.line = 0},
                   "checks must be a list of at most %u checks", POLICY_CHECKS_MAX);
        return;
    }
    struct check *checks = arena_new(&health->arena, struct check, list->count);
    if (!checks)
        return;
    for (const struct conf_node *node = list->first; node; node = node->next) {
        struct check *check = &checks[policy->count++];
        struct reader r = {.arena = &health->arena, .faults = faults, .check = check};
        read_check(&r, node, defaults);
        check->first_track = policy->tracks;
        policy->tracks += tracks_of(check);
    }
    policy->checks = checks;
    refuse_twins(faults, list, checks, policy->count);
}

static void read_file(struct health_policy *health, struct conf_faults *faults, const struct conf_node *root)
{
    struct check defaults = {.help = "",
                             .unit = "",
                             .todo = "",
                             .runbook = "",
                             .roles = 1u << ROLE_PRIMARY | 1u << ROLE_REPLICA,
                             .fall = 1,
                             .rise = 1};
    struct reader r = {.arena = &health->arena, .faults = faults, .check = &defaults};
    const struct conf_node *node =
        root->kind == CONF_NODE_MAPPING ? conf_node_get(root, STR("defaults")) : NULL;
    if (node && node->kind == CONF_NODE_MAPPING)
        read_keys(&r, node, default_keys);
    for (const struct conf_node *child = root->first; child; child = child->next) {
        char shown[CONF_SHOWN_MAX];
        if (!str_eq(child->key, STR("defaults")) && !str_eq(child->key, STR("checks")))
            conf_fault(faults, child->key_at, "\"%s\" is neither defaults nor checks",
                       conf_shown_key(child->key, shown));
    }
    read_checks(health, faults, root->kind == CONF_NODE_MAPPING ? conf_node_get(root, STR("checks")) : NULL,
                &defaults);
}

/* <yaml>: NULL to read the file at <path>. */
static struct health_policy *load(const char *path, const struct str *yaml, struct buf *errors)
{
    struct health_policy *health = calloc(1, sizeof *health);
    struct conf_faults faults;
    struct arena tree;
    if (!health) {
        buf_text(errors, "no memory for the health checks\n");
        return NULL;
    }
    arena_init(&health->arena, 64 << 10, CONF_TREE_MAX);
    arena_init(&tree, 64 << 10, CONF_TREE_MAX);
    conf_faults_init(&faults, &tree);
    struct conf_node *root = yaml ? conf_yaml_read(*yaml, &tree, &faults) : conf_read(path, &tree, &faults);
    if (root)
        read_file(health, &faults, root);
    bool ok = root && faults.count == 0 && health->policy.checks;
    conf_faults_show(&faults, path, errors);
    arena_done(&tree);
    if (ok)
        return health;
    health_file_free(health);
    return NULL;
}

struct health_policy *health_file_parse(const char *path, struct str yaml, struct buf *errors)
{
    return load(path, &yaml, errors);
}

struct health_policy *health_file_load(const char *path, struct buf *errors)
{
    struct str builtin = health_file_builtin();
    return load(path ? path : "health-checks.yml (built in)", path ? NULL : &builtin, errors);
}

void health_file_free(struct health_policy *policy)
{
    if (!policy)
        return;
    arena_done(&policy->arena);
    free(policy);
}
