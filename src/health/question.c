#include <bluegreen/question.h>

/* ---- the conditions --------------------------------------------------------------------------------- */

static bool known(const struct question_input *in)
{
    return in->server->snapshot != NULL;
}

static const struct facts *facts_of(const struct question_input *in)
{
    return &in->server->snapshot->facts;
}

static bool in_service(const struct question_input *in)
{
    return in->service == SERVICE_READY;
}

static bool not_stale(const struct question_input *in)
{
    return in->server->age_seconds <= in->server->stale_after_seconds;
}

static bool not_stale_to_read(const struct question_input *in)
{
    return in->stale_reads || not_stale(in);
}

static bool loaded(const struct question_input *in)
{
    return facts_of(in)->loading != 1 && in->server->outcome != ERR_LOADING;
}

static bool is_primary(const struct question_input *in)
{
    return facts_of(in)->role == ROLE_PRIMARY;
}

static bool is_designated(const struct question_input *in)
{
    return in->side == SIDE_NONE || in->side == in->designated;
}

static bool up_for_a_while(const struct question_input *in)
{
    return (double)facts_of(in)->uptime_seconds >= in->min_uptime_seconds;
}

static bool not_paused(const struct question_input *in)
{
    return !in->paused;
}

static bool is_replica(const struct question_input *in)
{
    return facts_of(in)->role == ROLE_REPLICA;
}

static bool has_role(const struct question_input *in)
{
    return is_replica(in) || is_primary(in);
}

static bool link_up(const struct question_input *in)
{
    return !is_replica(in) || facts_of(in)->link_up == 1;
}

static bool not_syncing(const struct question_input *in)
{
    return !is_replica(in) || facts_of(in)->sync_in_progress != 1;
}

static bool below(struct maybe value, struct maybe limit)
{
    return !limit.known || (value.known && value.value <= limit.value);
}

static bool close_behind(const struct question_input *in)
{
    return !is_replica(in) ||
           (below(in->lag_bytes, in->max_lag_bytes) && below(in->lag_seconds, in->max_lag_seconds));
}

enum {
    WRITES = 1 << QUESTION_PRIMARY,
    REPLICAS = 1 << QUESTION_REPLICA,
    READS = 1 << QUESTION_READ,
    ALL = WRITES | REPLICAS | READS
};

static const struct condition {
    const char *name, *reason;
    unsigned questions;
    bool (*holds)(const struct question_input *in);
    const char *help; /* true when it holds */
} conditions[] = {
    /* The first one guards the others: they look into the snapshot. */
    {"polled", "pending", ALL, known, "The server answered the agent at least once"},
    {"service", NULL, ALL, in_service, "No operator took it out of service"},
    {"stale", "stale", WRITES | REPLICAS, not_stale, "Its newest answer is recent enough to be believed"},
    {"stale", "stale", READS, not_stale_to_read, "Its newest answer is recent enough to be believed"},
    {"loading", "redis_loading", ALL, loaded, "It is not loading its data set"},
    {"role", "not_primary", WRITES, is_primary, "Its role is primary"},
    {"role", "not_replica", REPLICAS, is_replica, "Its role is replica"},
    {"role", "no_role", READS, has_role, "Its role is primary or replica"},
    {"designated", "not_designated", WRITES, is_designated,
     "Its side of the pair is designated to take writes"},
    {"uptime", "just_started", WRITES, up_for_a_while, "It was not started a moment ago"},
    {"pause", "paused", WRITES, not_paused, "Writes are not paused for a cutover"},
    {"link", "link_down", REPLICAS | READS, link_up, "Its link to the primary is up"},
    {"sync", "sync_in_progress", REPLICAS | READS, not_syncing, "It is not receiving a full copy"},
    {"max_lag", "lag", REPLICAS | READS, close_behind, "It is no further behind than was asked for"},
};

/* ---- asking ----------------------------------------------------------------------------------------- */

static const char *reason_of(const struct condition *condition, const struct question_input *in)
{
    return condition->reason ? condition->reason : service_word(in->service);
}

static unsigned stops_of(enum question question)
{
    static const unsigned stops[] = {STOPS_PRIMARY, STOPS_REPLICA, STOPS_READ};
    return stops[question];
}

static bool excluded(const struct question_input *in, const struct check *check)
{
    for (unsigned i = 0; i < in->exclude_count; i++)
        if (str_eq(in->excludes[i], str_of(check->name)))
            return true;
    return false;
}

static const char *ask_conditions(enum question question, const struct question_input *in,
                                  question_visit visit, void *arg)
{
    const char *first = NULL;
    for (unsigned i = 0; i < sizeof conditions / sizeof conditions[0]; i++) {
        const struct condition *condition = &conditions[i];
        if (!(condition->questions & 1u << question))
            continue;
        bool ok = condition->holds(in);
        const char *reason = ok ? err_word(ERR_NONE) : reason_of(condition, in);
        if (visit)
            visit(arg, condition->name, ok, reason, str_of(condition->help));
        if (!ok && !first)
            first = reason;
        if (!known(in))
            break;
    }
    return first;
}

void question_visit_check(const char *name, const struct check *check, const struct check_state *state,
                          bool ok, question_visit visit, void *arg)
{
    enum { TEXT_MAX = 1024 };
    struct buf text;
    buf_init(&text, TEXT_MAX);
    judge_text(check, state, &text);
    visit(arg, name, ok, judge_reason(check, state), buf_view(&text));
    buf_done(&text);
}

static const char *ask_checks(enum question question, const struct question_input *in, question_visit visit,
                              void *arg)
{
    const char *first = NULL;
    for (unsigned i = 0; i < in->policy->count; i++) {
        const struct check *check = &in->policy->checks[i];
        const struct check_state *state = &in->subject->states[i];
        if (check->about != ABOUT_TARGET || !(check->stops & stops_of(question)) || !state->looked ||
            excluded(in, check))
            continue;
        bool ok = !judge_stops(check, state, stops_of(question));
        if (visit)
            question_visit_check(check->name, check, state, ok, visit, arg);
        if (!ok && !first)
            first = judge_reason(check, state);
    }
    return first;
}

static const char *ask(enum question question, const struct question_input *in, question_visit visit,
                       void *arg)
{
    const char *first = ask_conditions(question, in, visit, arg);
    if (first && !visit)
        return first;
    const char *second = ask_checks(question, in, visit, arg);
    return first ? first : second;
}

bool question_ask(enum question question, const struct question_input *input, question_visit visit, void *arg)
{
    return ask(question, input, visit, arg) == NULL;
}

const char *question_reason(enum question question, const struct question_input *input)
{
    const char *reason = ask(question, input, NULL, NULL);
    return reason ? reason : err_word(ERR_NONE);
}

const char *question_word(enum question question)
{
    static const char *const words[] = {"primary", "replica", "read"};
    return words[question];
}

const char *service_word(enum service service)
{
    static const char *const words[] = {"ready", "drain", "maint"};
    return words[service];
}
