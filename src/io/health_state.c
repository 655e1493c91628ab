#include "io/health_state.h"

struct teller {
    health_decided decided;
    void *arg;
};

static void tell(const struct teller *teller, const struct health_pair *pair, const struct target *target,
                 const char *what, const char *was, const char *is)
{
    if (teller->decided)
        teller->decided(teller->arg, pair, target, what, was, is);
}

static const char *switch_word(bool on)
{
    return on ? "true" : "false";
}

static void apply_pair(struct health_pair *pair, const struct state_file *state, const struct teller *teller)
{
    enum side was = pair->designated, is = state_file_designated(state, pair->conf->name);
    bool paused = pair->paused;
    pair->designated = is == SIDE_NONE ? was : is;
    pair->paused = state_file_paused(state, pair->conf->name);
    if (pair->designated != was)
        tell(teller, pair, NULL, "designated", side_word(was), side_word(is));
    if (pair->paused != paused)
        tell(teller, pair, NULL, "paused", switch_word(paused), switch_word(pair->paused));
}

static void apply_target(struct target *target, const struct state_file *state, const struct teller *teller)
{
    enum service was = target->service;
    target->service = state_file_service(state, target->conf->name);
    if (target->service != was)
        tell(teller, NULL, target, "service", service_word(was), service_word(target->service));
}

void health_state_apply(struct health *health, struct target **targets, unsigned count,
                        const struct state_file *state, health_decided decided, void *arg)
{
    struct teller teller = {decided, arg};
    for (unsigned i = 0; i < health->pair_count; i++)
        apply_pair(&health->pairs[i], state, &teller);
    for (unsigned i = 0; i < count; i++)
        apply_target(targets[i], state, &teller);
}

bool health_side_parse(struct str word, enum side *ret)
{
    for (enum side side = SIDE_BLUE; side <= SIDE_GREEN; side++) {
        if (!str_eq(word, str_of(side_word(side))))
            continue;
        *ret = side;
        return true;
    }
    return false;
}

bool health_service_parse(struct str word, enum service *ret)
{
    for (enum service service = SERVICE_READY; service <= SERVICE_MAINT; service++) {
        if (!str_eq(word, str_of(service_word(service))))
            continue;
        *ret = service;
        return true;
    }
    return false;
}
