#include "agent/recall.h"
#include "io/clock.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void name_set(struct recall_name *name, struct str text)
{
    str_copy(str_clip(text, sizeof name->text - 1), name->text, sizeof name->text);
}

static bool name_is(const struct recall_name *name, struct str text)
{
    return str_eq(str_of(name->text), str_clip(text, sizeof name->text - 1));
}

/* ---- targets ---------------------------------------------------------------------------------------- */

/* A reload may have moved the targets; then slots change places with them. */
static void claim(struct recall *recall, unsigned place, struct str name)
{
    struct recall_slot *slot = recall->slots[place];
    if (slot && name_is(&slot->name, name))
        return;
    for (unsigned i = 0; i < RECALL_TARGETS; i++) {
        if (recall->slots[i] && name_is(&recall->slots[i]->name, name)) {
            recall->slots[place] = recall->slots[i];
            recall->slots[i] = slot;
            return;
        }
    }
    if (!slot)
        slot = recall->slots[place] = malloc(sizeof *slot);
    if (!slot)
        return;
    memset(slot, 0, sizeof *slot);
    slot->errors = NAN;
    name_set(&slot->name, name);
}

const struct recall_slot *recall_of(const struct recall *recall, const struct target *target)
{
    const struct recall_slot *slot = target->place < RECALL_TARGETS ? recall->slots[target->place] : NULL;
    return slot && name_is(&slot->name, str_of(target_shown_name(target))) ? slot : NULL;
}

static double field(const struct snapshot *snapshot, struct str name)
{
    double value;
    return info_double(&snapshot->info, name, &value) ? value : NAN;
}

/* Growth per second since the last poll; a restart makes a gap. */
static double error_rate(struct recall_slot *slot, const struct snapshot *snapshot)
{
    double now = field(snapshot, STR("total_error_replies"));
    double seconds = (double)(snapshot->taken_ms - slot->errors_ms) / 1e3;
    double rate = now >= slot->errors && seconds > 0 ? (now - slot->errors) / seconds : NAN;
    slot->errors = now;
    slot->errors_ms = snapshot->taken_ms;
    return rate;
}

static double lag_of(const struct target *target)
{
    struct pair_view view;
    if (!target->pair)
        return NAN;
    health_pair_view(target->pair, &view);
    bool replica = view.primary != SIDE_NONE && view.primary != health_side(target);
    return replica && view.lag_bytes.known ? view.lag_bytes.value : NAN;
}

void recall_round(struct recall *recall, const struct target *target)
{
    if (target->place >= RECALL_TARGETS)
        return;
    claim(recall, target->place, str_of(target_shown_name(target)));
    struct recall_slot *slot = recall->slots[target->place];
    const struct snapshot *snapshot = target->current;
    if (!slot || !snapshot || !target_is_up(target))
        return;
    history_add(&slot->history, target_now_ms(target),
                (const double[HISTORY_LINES]){
                    [HISTORY_OPS] = field(snapshot, STR("instantaneous_ops_per_sec")),
                    [HISTORY_LAG] = lag_of(target),
                    [HISTORY_MEMORY] = field(snapshot, STR("used_memory")),
                    [HISTORY_ERRORS] = error_rate(slot, snapshot),
                });
}

void recall_asked(struct recall *recall, const struct target *target, enum question question,
                  struct str client)
{
    struct recall_slot *slot = target->place < RECALL_TARGETS ? recall->slots[target->place] : NULL;
    if (!slot || !name_is(&slot->name, str_of(target_shown_name(target))))
        return;
    struct recall_asked *asked = &slot->asked[question];
    str_copy(str_clip(client, sizeof asked->client - 1), asked->client, sizeof asked->client);
    asked->wall_seconds = wall_clock_seconds();
    asked->count++;
}

/* ---- what changed ----------------------------------------------------------------------------------- */

void recall_event(struct recall *recall, enum recall_kind kind, enum check_status status, struct str subject,
                  struct str text)
{
    struct recall_event *event = &recall->events[recall->event_count++ % RECALL_EVENTS];
    *event = (struct recall_event){.wall_seconds = wall_clock_seconds(), .kind = kind, .status = status};
    name_set(&event->subject, subject);
    str_copy(str_clip(text, sizeof event->text - 1), event->text, sizeof event->text);
}

const struct recall_event *recall_event_at(const struct recall *recall, unsigned age)
{
    uint64_t kept = recall->event_count < RECALL_EVENTS ? recall->event_count : RECALL_EVENTS;
    return age < kept ? &recall->events[(recall->event_count - 1 - age) % RECALL_EVENTS] : NULL;
}

const char *recall_kind_word(enum recall_kind kind)
{
    static const char *const words[] = {"check", "role", "restart", "link", "verdict", "reload"};
    return words[kind];
}

/* ---- pairs ------------------------------------------------------------------------------------------ */

static void tell_verdict(struct recall *recall, const char *name, enum verdict was, enum verdict is)
{
    struct buf text;
    buf_init(&text, 256);
    buf_text(&text, verdict_label(is));
    if (was != VERDICT_NONE)
        buf_fmt(&text, "; before: %s", verdict_label(was));
    recall_event(recall, RECALL_VERDICT, verdict_status(is), str_of(name), buf_view(&text));
    buf_done(&text);
}

void recall_verdict(struct recall *recall, unsigned place, const char *name, enum verdict verdict,
                    int64_t now_ms)
{
    if (place >= RECALL_PAIRS)
        return;
    struct recall_pair *pair = &recall->pairs[place];
    bool same = pair->verdict != VERDICT_NONE && name_is(&pair->name, str_of(name));
    if (same && pair->verdict == verdict)
        return;
    tell_verdict(recall, name, same ? pair->verdict : VERDICT_NONE, verdict);
    name_set(&pair->name, str_of(name));
    pair->verdict = verdict;
    pair->since_ms = now_ms;
}

int64_t recall_verdict_since(const struct recall *recall, unsigned place, const char *name,
                             enum verdict verdict)
{
    const struct recall_pair *pair = place < RECALL_PAIRS ? &recall->pairs[place] : NULL;
    return pair && pair->verdict == verdict && name_is(&pair->name, str_of(name)) ? pair->since_ms : -1;
}

void recall_done(struct recall *recall)
{
    for (unsigned i = 0; i < RECALL_TARGETS; i++) {
        free(recall->slots[i]);
        recall->slots[i] = NULL;
    }
}
