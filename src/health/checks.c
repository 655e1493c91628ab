#include <bluegreen/checks.h>
#include <stdio.h>
#include <string.h>

static void set(struct check_result *result, enum check_status status, const char *reason, const char *text)
{
    result->status = status;
    result->reason = reason;
    snprintf(result->text, sizeof result->text, "%s", text);
}

static void check_reachable(const struct health_input *input, struct check_result *result)
{
    if (input->outcome == ERR_NONE)
        set(result, CHECK_PASS, err_word(ERR_NONE), "the last poll succeeded");
    else if (input->outcome == ERR_PENDING)
        set(result, CHECK_UNKNOWN, err_word(ERR_PENDING), err_sentence(ERR_PENDING));
    else
        set(result, CHECK_FAIL, err_word(input->outcome), input->outcome_text);
}

static void check_fresh(const struct health_input *input, struct check_result *result)
{
    if (!input->snapshot) {
        set(result, CHECK_UNKNOWN, err_word(ERR_PENDING), "no poll has succeeded yet");
        return;
    }
    bool stale = input->age_seconds > input->stale_after_seconds;
    result->has_value = true;
    result->value = input->age_seconds;
    result->limit = input->stale_after_seconds;
    set(result, stale ? CHECK_FAIL : CHECK_PASS, stale ? "stale" : "ok", "");
    snprintf(result->text, sizeof result->text,
             "the newest answer of the server is %.1f s old, the limit is %g s", input->age_seconds,
             input->stale_after_seconds);
}

static void check_loading(const struct health_input *input, struct check_result *result)
{
    int64_t loading = input->snapshot ? input->snapshot->facts.loading : FACT_UNKNOWN;
    if (loading == 1 || input->outcome == ERR_LOADING)
        set(result, CHECK_FAIL, err_word(ERR_LOADING), "the server is loading its data set");
    else if (loading == 0)
        set(result, CHECK_PASS, "ok", "the data set is loaded");
    else if (input->snapshot && input->snapshot->facts.role == ROLE_SENTINEL)
        set(result, CHECK_PASS, "no_data_set", "a Sentinel has no data set");
    else
        set(result, CHECK_UNKNOWN, "unknown", "INFO does not say whether the server is loading");
}

static void check_replica_link(const struct health_input *input, struct check_result *result)
{
    const struct facts *facts = input->snapshot ? &input->snapshot->facts : NULL;
    if (!facts || facts->role == ROLE_UNKNOWN) {
        set(result, CHECK_UNKNOWN, "unknown", "the role of the server is not known");
    } else if (facts->role != ROLE_REPLICA) {
        set(result, CHECK_PASS, "not_a_replica", "the server follows no other");
    } else if (facts->link_up == 1) {
        set(result, CHECK_PASS, "ok", "the link to the primary is up");
    } else {
        set(result, CHECK_FAIL, facts->sync_in_progress == 1 ? "sync_in_progress" : "link_down", "");
        snprintf(result->text, sizeof result->text, "the link to the primary " STR_FMT ":%lld is down%s",
                 STR_ARG(str_sub(facts->primary_host, 0, 64)), (long long)facts->primary_port,
                 facts->sync_in_progress == 1 ? ", a full copy is being transferred" : "");
    }
}

/* clang-format off */
const struct check checks[CHECK_COUNT] = {
    [CHECK_ID_REACHABLE]    = {"reachable", "The last poll of the server succeeded.", "", check_reachable},
    [CHECK_ID_FRESH]        = {"fresh", "The newest answer of the server is recent enough to be believed.", "s",
                               check_fresh},
    [CHECK_ID_LOADING]      = {"loading", "The server is not loading its data set.", "", check_loading},
    [CHECK_ID_REPLICA_LINK] = {"replica_link", "A replica's link to its primary is up.", "", check_replica_link},
};
/* clang-format on */

/* Unknown is worse than a warning: what is not known must not pass for healthy. */
static int badness(enum check_status status)
{
    static const int order[] = {[CHECK_PASS] = 0, [CHECK_WARN] = 1, [CHECK_UNKNOWN] = 2, [CHECK_FAIL] = 3};
    return order[status];
}

void verdict_judge(const struct health_input *input, struct verdict *ret)
{
    memset(ret, 0, sizeof *ret);
    ret->status = CHECK_PASS;
    for (int i = 0; i < CHECK_COUNT; i++) {
        struct check_result *result = &ret->results[i];
        checks[i].evaluate(input, result);
        if (badness(result->status) > badness(ret->status))
            ret->status = result->status;
    }
}

bool verdict_healthy(const struct verdict *verdict)
{
    return verdict->status == CHECK_PASS || verdict->status == CHECK_WARN;
}

const char *check_status_word(enum check_status status)
{
    static const char *const words[] = {"unknown", "pass", "warn", "fail"};
    return words[status];
}
