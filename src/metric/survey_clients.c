/*
 * survey_clients: one CLIENT LIST, counted by clients.c.
 *
 * The server writes a line for every client in one go, so it is not asked when it has very many: the number
 * is known from INFO before.
 */
#include "clients.h"
#include "collectors.h"
#include "surveys.h"
#include <bluegreen/config_part.h>
#include <bluegreen/version.h>

static const enum cmd_id commands[] = {CMD_CLIENT_LIST, CMD_NONE};

struct state {
    struct clients_options options;
    bool asked;
};

static bool wanted(const struct survey_settings *settings)
{
    return settings->clients || settings->each_client;
}

static void read_limits(const struct snapshot *snapshot, double *limits)
{
    const struct config_part *config = part_data(snapshot, COLLECT_CONFIG);
    for (int i = 0; config && i < CLIENT_CLASS_COUNT; i++)
        if (config->output_buffer[i].known)
            limits[i] = (double)config->output_buffer[i].hard_bytes;
    /* Since 7.0 a replica may always fall behind as far as the backlog reaches. */
    if (config && snapshot->facts.version >= VERSION(7, 0, 0) && limits[CLIENT_REPLICA] > 0 &&
        config->has[CONFIG_REPL_BACKLOG_SIZE] &&
        (double)config->value[CONFIG_REPL_BACKLOG_SIZE] > limits[CLIENT_REPLICA])
        limits[CLIENT_REPLICA] = (double)config->value[CONFIG_REPL_BACKLOG_SIZE];
}

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    const struct survey_settings *settings = run->settings;
    struct state *state = run->state;
    int64_t clients = 0;
    info_i64(&snapshot->info, STR("connected_clients"), &clients);
    if (clients > CLIENTS_MAX)
        return survey_fail(run, ERR_LIMIT, "the server has %lld clients; CLIENT LIST is not sent above %u",
                           (long long)clients, CLIENTS_MAX);
    state->options = (struct clients_options){.top = settings->clients_top,
                                              .each = settings->each_client,
                                              .each_port = settings->each_client_port,
                                              .each_max = settings->series_max,
                                              .now_seconds = snapshot->wall_seconds};
    read_limits(snapshot, state->options.limit_bytes);
    return true;
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    struct state *state = run->state;
    if (state->asked)
        return run->waiting ? SURVEY_WAIT : SURVEY_DONE;
    state->asked = true;
    ret->cmd = CMD_CLIENT_LIST;
    return SURVEY_SEND;
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    const struct state *state = run->state;
    bool truncated = false;
    if (reply->type != REPLY_STRING)
        unexpected_reply(request->cmd, reply, &run->err);
    else if (clients_emit(reply->text, &state->options, &run->work, &run->samples, &truncated, &run->err))
        run->truncated = run->truncated || truncated;
}

const struct survey survey_clients = {
    .name = "clients",
    .families = COLLECT_SURVEY_CLIENTS,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .begin = begin,
    .next = next,
    .take = take,
};
