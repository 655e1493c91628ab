#include "io/roster.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 4 << 10, ROSTER_BYTES_MAX = 64 << 20 };

struct roster *roster_new(const struct conf_target *defaults, unsigned room)
{
    struct roster *roster = calloc(1, sizeof *roster);
    if (!roster)
        return NULL;
    arena_init(&roster->arena, FIRST_BLOCK, ROSTER_BYTES_MAX);
    roster->defaults = defaults;
    roster->room = room < ROSTER_MAX ? room : ROSTER_MAX;
    roster->targets = arena_new(&roster->arena, struct conf_target, roster->room);
    if (roster->targets)
        return roster;
    roster_free(roster);
    return NULL;
}

void roster_free(struct roster *roster)
{
    if (!roster)
        return;
    arena_done(&roster->arena);
    free(roster);
}

/* What the address does not say itself. */
static void apply_defaults(struct conf_target *target, const struct conf_target *defaults, const char *user,
                           const char *password)
{
    target->username = user ? user : defaults->username;
    target->password = password ? password : defaults->password;
    target->password_file = password ? NULL : defaults->password_file;
    target->tls = target->endpoint.kind == ENDPOINT_TLS ? defaults->tls : (struct conf_tls){.ca_file = NULL};
    target->poll_interval_ms = defaults->poll_interval_ms;
    target->timeout_ms = defaults->timeout_ms;
    target->surveys = defaults->surveys;
    target->renames = defaults->renames;
}

static bool make_room(struct roster *roster, struct err *err)
{
    unsigned room = roster->room ? 2 * roster->room : 16;
    if (roster->count >= ROSTER_MAX)
        return err_set(err, ERR_LIMIT, "there are more than %u targets", ROSTER_MAX);
    if (roster->count < roster->room)
        return true;
    struct conf_target *grown = arena_new(&roster->arena, struct conf_target, room);
    if (!grown)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    memcpy(grown, roster->targets, roster->count * sizeof *grown);
    roster->targets = grown;
    roster->room = room;
    return true;
}

bool roster_add(struct roster *roster, struct str address, const struct conf_label *labels,
                unsigned label_count, struct err *err)
{
    const char *user, *password;
    if (!make_room(roster, err))
        return false;
    struct conf_target *target = &roster->targets[roster->count];
    memset(target, 0, sizeof *target);
    if (!conf_parse_url(address, &roster->arena, &target->endpoint, &user, &password, &target->url, err))
        return false;
    target->name = conf_endpoint_name(&target->endpoint, &roster->arena);
    if (!target->name)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    apply_defaults(target, roster->defaults, user, password);
    target->labels = labels;
    target->label_count = label_count;
    roster->count++;
    return true;
}

static int by_name(const void *left, const void *right)
{
    const struct conf_target *a = left, *b = right;
    return strcmp(a->name, b->name);
}

void roster_seal(struct roster *roster)
{
    unsigned kept = 0;
    if (roster->count)
        qsort(roster->targets, roster->count, sizeof *roster->targets, by_name);
    for (unsigned i = 0; i < roster->count; i++)
        if (kept == 0 || by_name(&roster->targets[kept - 1], &roster->targets[i]) != 0)
            roster->targets[kept++] = roster->targets[i];
    roster->count = kept;
}

static bool copy_text(struct arena *arena, const char **text)
{
    if (*text)
        *text = arena_copy(arena, str_of(*text)).ptr;
    return *text != NULL;
}

static const struct conf_label *copy_labels(struct arena *arena, const struct conf_target *from)
{
    struct conf_label *labels = arena_new(arena, struct conf_label, from->label_count);
    for (unsigned i = 0; labels && i < from->label_count; i++) {
        labels[i] = from->labels[i];
        if (!copy_text(arena, &labels[i].name) || !copy_text(arena, &labels[i].value))
            return NULL;
    }
    return labels;
}

static bool copy_target(struct roster *roster, const struct conf_target *from, const struct conf_target *was)
{
    struct arena *arena = &roster->arena;
    struct conf_target *target = &roster->targets[roster->count];
    const char *user = from->username != was->username ? from->username : NULL;
    const char *password = from->password != was->password ? from->password : NULL;
    *target = *from;
    if (!copy_text(arena, &target->name) || !copy_text(arena, &target->url) ||
        !copy_text(arena, &target->endpoint.host) || (user && !copy_text(arena, &user)) ||
        (password && !copy_text(arena, &password)))
        return false;
    apply_defaults(target, roster->defaults, user, password);
    target->labels = copy_labels(arena, from);
    roster->count++;
    return target->labels != NULL;
}

struct roster *roster_copy(const struct roster *roster, const struct conf_target *defaults)
{
    struct roster *copy = roster_new(defaults, roster->count);
    bool ok = copy != NULL;
    for (unsigned i = 0; ok && i < roster->count; i++)
        ok = copy_target(copy, &roster->targets[i], roster->defaults);
    if (ok)
        return copy;
    roster_free(copy);
    return NULL;
}

static bool same_target(const struct conf_target *a, const struct conf_target *b)
{
    if (strcmp(a->name, b->name) != 0 || strcmp(a->url, b->url) != 0 || a->label_count != b->label_count)
        return false;
    for (unsigned i = 0; i < a->label_count; i++)
        if (strcmp(a->labels[i].name, b->labels[i].name) != 0 ||
            strcmp(a->labels[i].value, b->labels[i].value) != 0)
            return false;
    return true;
}

bool roster_equal(const struct roster *a, const struct roster *b)
{
    unsigned count = a ? a->count : 0;
    if (count != (b ? b->count : 0))
        return false;
    for (unsigned i = 0; i < count; i++)
        if (!same_target(&a->targets[i], &b->targets[i]))
            return false;
    return true;
}
