#include "io/round.h"
#include "io/clock.h"
#include <stdlib.h>
#include <string.h>

enum { INFO_HINT = 32 << 10, MORE_IN_FLIGHT = 16 };

static void finish_parts(const struct target *target, struct snapshot *snapshot)
{
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        struct part *part = &snapshot->parts[i];
        if (part->state != PART_ABSENT && !part->taken_ms)
            part->taken_ms = snapshot->taken_ms;
    }
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        if (collectors[i]->part_of && collector_chosen(collectors[i], &target->env->config->collectors))
            snapshot->parts[i] = snapshot->parts[collectors[i]->part_of];
}

static void end(struct target *target, const struct err *why)
{
    struct snapshot *snapshot = target->round.snapshot;
    target->round.snapshot = NULL;
    target->round.running = false;
    uv_timer_stop(&target->deadline);
    if (why) {
        snapshot_free(snapshot);
        snapshot = NULL;
        target->round.server.version = 0;
    } else {
        snapshot->taken_ms = target_now_ms(target);
        snapshot->wall_seconds = wall_clock_seconds();
        snapshot->connect_seconds = link_connect_seconds(target->link);
        snapshot->hide_empty_databases = !target->env->config->empty_databases;
        snapshot->round_seconds = (double)(uv_hrtime() - target->round.started_ns) / 1e9;
        finish_parts(target, snapshot);
    }
    round_done(target, snapshot, why);
}

/* What makes the rest of the round useless: the connection goes, so that the next round starts clean. */
static void fail(struct target *target, const struct err *why)
{
    struct err copy = *why;
    link_close(target->link);
    end(target, &copy);
}

static void got_reply(struct target *target)
{
    if (--target->round.waiting == 0)
        end(target, NULL);
}

/* ---- collectors ------------------------------------------------------------------------------------- */

static bool sends(const struct collector *collector, enum cmd_id cmd)
{
    for (unsigned c = 0; c < COLLECTOR_CMDS_MAX; c++)
        if (collector->cmds[c] == cmd)
            return true;
    for (unsigned c = 0; c < COLLECTOR_MORE_MAX; c++)
        if (collector->more_cmds[c] == cmd)
            return true;
    return false;
}

static unsigned collector_of(enum cmd_id cmd)
{
    unsigned i = 0;
    while (!sends(collectors[i], cmd)) /* only what a collector sends comes here */
        i++;
    return i;
}

static void part_failed(struct target *target, unsigned i, enum err_kind kind)
{
    struct part *part = &target->round.snapshot->parts[i];
    part->state = PART_FAILED;
    part->error = kind;
    if (kind == ERR_NOPERM || kind == ERR_UNKNOWN_COMMAND)
        target->round.refused[i] = kind;
}

static bool request(struct target *target, const struct cmd_call *call, link_reply reply, struct err *err)
{
    if (!link_send_with(target->link, call->cmd, call->args, call->count, reply, target, err))
        return false;
    target->round.waiting++;
    return true;
}

static void on_more(void *arg, enum cmd_id cmd, const struct reply *reply);

/* As many of its follow-up calls as may be in flight at once. */
static bool send_more(struct target *target, unsigned i, struct err *err)
{
    const struct part *part = &target->round.snapshot->parts[i];
    struct round_more *more = &target->round.more[i];
    struct cmd_call call;
    while (part->state == PART_OK && more->asked < MORE_CALLS_MAX &&
           more->asked - more->answered < MORE_IN_FLIGHT &&
           collectors[i]->more(part->data, more->asked, &call)) {
        if (!request(target, &call, on_more, err))
            return false;
        more->asked++;
    }
    return true;
}

static void go_on(struct target *target, unsigned i)
{
    struct err err;
    if (collectors[i]->more && target->round.more[i].first == 0 && !send_more(target, i, &err))
        fail(target, &err);
    else
        got_reply(target);
}

static void on_more(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct target *target = arg;
    struct snapshot *snapshot = target->round.snapshot;
    unsigned i = collector_of(cmd), index = target->round.more[i].answered++;
    struct part *part = &snapshot->parts[i];
    struct err err = {.kind = ERR_NONE};
    if (part->state == PART_OK &&
        !collectors[i]->more_decode(index, reply, &snapshot->arena, (void *)part->data, &err))
        part_failed(target, i, err.kind);
    go_on(target, i);
}

static void on_part(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct target *target = arg;
    struct snapshot *snapshot = target->round.snapshot;
    unsigned i = collector_of(cmd);
    struct part *part = &snapshot->parts[i];
    struct err err = {.kind = ERR_NONE};
    /* A part that is absent was dropped: the server is another one than at the last poll. */
    if (reply->type == REPLY_ERROR && part->state != PART_ABSENT)
        part_failed(target, i, reply_error_kind(reply->text));
    else if (part->state == PART_OK &&
             !collectors[i]->decode(cmd, reply, &snapshot->arena, (void *)part->data, &err))
        part_failed(target, i, err.kind);
    target->round.more[i].first--;
    go_on(target, i);
}

static bool has_words(const struct conf_target *conf, const enum cmd_id *cmds, unsigned max)
{
    for (unsigned c = 0; c < max && cmds[c]; c++)
        if (!conf_command(conf, cmd_get(cmds[c])->args[0])[0])
            return false;
    return true;
}

static bool wanted(const struct target *target, unsigned i)
{
    return collectors[i]->cmds[0] && collector_chosen(collectors[i], &target->env->config->collectors) &&
           collector_known(collectors[i], &target->round.server) &&
           has_words(target->conf, collectors[i]->cmds, COLLECTOR_CMDS_MAX) &&
           has_words(target->conf, collectors[i]->more_cmds, COLLECTOR_MORE_MAX);
}

/* NULL: no memory. */
static void *copy_part(const struct collector *collector, const void *data, struct arena *arena)
{
    void *copy = arena_alloc(arena, collector->part_size, _Alignof(max_align_t));
    if (copy && collector->copy)
        return collector->copy(data, arena, copy) ? copy : NULL;
    return copy ? memcpy(copy, data, collector->part_size) : NULL;
}

/* A slow collector's part of the last snapshot, as long as it is young enough. */
static bool carry_over(struct target *target, unsigned i)
{
    const struct snapshot *last = target->current;
    struct part *part = &target->round.snapshot->parts[i];
    if (!collectors[i]->interval_ms || !last || last->facts.run_id.len == 0 ||
        !str_eq(last->facts.run_id, target->round.snapshot->facts.run_id) ||
        last->parts[i].state == PART_ABSENT ||
        target_now_ms(target) - last->parts[i].taken_ms >= collectors[i]->interval_ms)
        return false;
    *part = last->parts[i];
    part->data = NULL;
    if (part->state != PART_OK)
        return true;
    part->data = copy_part(collectors[i], last->parts[i].data, &target->round.snapshot->arena);
    if (!part->data)
        *part = (struct part){.state = PART_ABSENT};
    return part->data;
}

static bool send_collector(struct target *target, unsigned i, struct err *err)
{
    const struct collector *collector = collectors[i];
    struct part *part = &target->round.snapshot->parts[i];
    target->round.asked |= 1ull << i;
    if (target->round.refused[i] != ERR_NONE) {
        part->state = PART_FAILED;
        part->error = (enum err_kind)target->round.refused[i];
        return true;
    }
    part->data = arena_alloc(&target->round.snapshot->arena, collector->part_size, _Alignof(max_align_t));
    if (!part->data)
        return err_set(err, ERR_MEMORY, "no memory for the part of the collector %s", collector->name);
    part->state = PART_OK;
    for (unsigned c = 0; c < COLLECTOR_CMDS_MAX && collector->cmds[c]; c++) {
        if (!request(target, &(struct cmd_call){collector->cmds[c]}, on_part, err))
            return false;
        target->round.more[i].first++;
    }
    return true;
}

/*
 * On a kept connection this runs before INFO is answered, with what the server was at the last poll, and once
 * more after it: what it turned out not to be is dropped, what it has become is asked in a second round trip.
 */
static bool send_collectors(struct target *target, struct err *err)
{
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        struct part *part = &target->round.snapshot->parts[i];
        if (!wanted(target, i))
            *part = (struct part){.state = PART_ABSENT};
        else if (!(target->round.asked & 1ull << i) && part->state == PART_ABSENT && !carry_over(target, i) &&
                 !send_collector(target, i, err))
            return false;
    }
    return true;
}

/* ---- INFO ------------------------------------------------------------------------------------------- */

static bool read_info(struct target *target, const struct reply *reply, struct err *err)
{
    struct snapshot *snapshot = target->round.snapshot;
    const char *url = target->conf->url;
    /* "ERR unknown command" repeats the word that was sent, which rename_commands keeps secret. */
    if (reply->type == REPLY_ERROR && reply_error_kind(reply->text) == ERR_UNKNOWN_COMMAND)
        return err_set(err, ERR_UNKNOWN_COMMAND, "%s: INFO: %s", url, err_sentence(ERR_UNKNOWN_COMMAND));
    if (reply->type == REPLY_ERROR)
        return err_set(err, reply_error_kind(reply->text), "%s: INFO: " STR_FMT, url, STR_ARG(reply->text));
    if (reply->type != REPLY_STRING)
        return err_set(err, ERR_PROTOCOL, "%s: INFO was not answered with a string", url);
    struct str text = arena_copy(&snapshot->arena, reply->text);
    if (!text.ptr)
        return err_set(err, ERR_MEMORY, "%s: no memory for INFO", url);
    if (!info_parse(text, &snapshot->arena, &snapshot->info, err))
        return err_wrap(err, "%s", url);
    facts_read(&snapshot->info, &snapshot->facts);
    if (!snapshot->facts.version)
        return err_set(err, ERR_INFO, "%s: INFO has no redis_version that could be understood", url);
    return true;
}

static void on_info(void *arg, enum cmd_id cmd, const struct reply *reply);

static bool request_info(struct target *target, struct err *err)
{
    enum cmd_id cmd = target->round.plain_info ? CMD_INFO_DEFAULT : CMD_INFO;
    target->round.asked_ns = uv_hrtime();
    return request(target, &(struct cmd_call){cmd}, on_info, err);
}

static void on_info(void *arg, enum cmd_id cmd, const struct reply *reply)
{
    struct target *target = arg;
    struct err err;
    bool ok;
    target->round.snapshot->first_reply_seconds = (double)(uv_hrtime() - target->round.asked_ns) / 1e9;
    if (cmd == CMD_INFO && reply->type == REPLY_STRING && reply->text.len == 0) {
        target->round.plain_info = true;
        ok = request_info(target, &err);
    } else if ((ok = read_info(target, reply, &err))) {
        target->round.server = facts_server_kind(&target->round.snapshot->facts);
        ok = send_collectors(target, &err);
    }
    if (ok)
        got_reply(target);
    else
        fail(target, &err);
}

/* ---- beginning and end ------------------------------------------------------------------------------ */

/* The run id that carry_over() compares is known only after INFO; on a kept connection it cannot change. */
static void assume_same_server(struct target *target)
{
    if (target->current)
        target->round.snapshot->facts.run_id = target->current->facts.run_id;
}

static void on_opened(void *arg)
{
    struct target *target = arg;
    struct err err;
    target->round.server.version = 0;
    memset(target->round.refused, ERR_NONE, sizeof target->round.refused);
    target->round.plain_info = false;
    target->counters.connections++;
    if (target->round.running && !request_info(target, &err))
        fail(target, &err);
}

static void on_closed(void *arg, const struct err *why)
{
    struct target *target = arg;
    target->round.server.version = 0;
    if (target->round.running)
        end(target, why);
}

const struct link_hooks round_link_hooks = {on_opened, on_closed};

static void on_deadline(uv_timer_t *timer)
{
    struct target *target = timer->data;
    link_expire(target->link, target->conf->timeout_ms);
}

void round_start(struct target *target)
{
    struct round *round = &target->round;
    struct err err;
    if (round->running)
        return;
    uv_update_time(target->env->link.loop);
    round->running = true;
    round->waiting = 0;
    round->asked = 0;
    memset(round->more, 0, sizeof round->more);
    round->started_ns = uv_hrtime();
    round->snapshot = snapshot_new(target->current ? target->current->arena.used + 256 : INFO_HINT);
    if (!round->snapshot) {
        err_set(&err, ERR_MEMORY, "%s: no memory for a snapshot", target->conf->url);
        end(target, &err);
        return;
    }
    uv_timer_start(&target->deadline, on_deadline, target->conf->timeout_ms, 0);
    if (!link_is_open(target->link)) {
        link_open(target->link);
        return;
    }
    assume_same_server(target);
    bool ok = request_info(target, &err);
    if (ok && round->server.version)
        ok = send_collectors(target, &err);
    if (!ok)
        fail(target, &err);
}

void round_abandon(struct target *target)
{
    snapshot_free(target->round.snapshot);
    target->round.snapshot = NULL;
    target->round.running = false;
    uv_timer_stop(&target->deadline);
}
