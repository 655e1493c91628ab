#include "agent/adhoc.h"
#include "agent/fleet.h"
#include "agent/scrape.h"
#include "io/allow.h"
#include <stdlib.h>
#include <string.h>

enum { KEEP_MS = 300000, SWEEP_MS = 30000, URL_ARENA_MAX = 16 << 10 };

/* A server that was asked for. */
struct guest {
    struct guest *next;             /* asked longer ago */
    struct roster *roster;          /* of one: its settings */
    const struct conf_target *like; /* the settings it was allowed with */
    struct target *target;
    int64_t asked_ms; /* loop clock */
};

struct adhoc {
    struct agent *agent;
    struct target_env env; /* its rounds end here, and not in the fleet */
    uv_timer_t sweep;
    struct guest *guests; /* asked last first */
    unsigned count;
    uint64_t refused;
};

/* ---- guests ----------------------------------------------------------------------------------------- */

static void on_round(void *arg, struct target *target)
{
    struct adhoc *adhoc = arg;
    health_look(&adhoc->agent->health, target);
    scrape_round_done(adhoc->agent, target);
}

static void guest_free(struct guest *guest)
{
    target_free(guest->target);
    roster_free(guest->roster);
    free(guest);
}

static void drop(struct adhoc *adhoc, struct guest **at)
{
    struct guest *guest = *at;
    *at = guest->next;
    adhoc->count--;
    guest_free(guest);
}

/* A scrape waits as long as the round runs. */
static bool is_busy(const struct guest *guest)
{
    return guest->target->round.running;
}

static void on_sweep(uv_timer_t *timer)
{
    struct adhoc *adhoc = timer->data;
    int64_t now = (int64_t)uv_now(timer->loop);
    for (struct guest **at = &adhoc->guests; *at;) {
        if (now - (*at)->asked_ms > KEEP_MS && !is_busy(*at))
            drop(adhoc, at);
        else
            at = &(*at)->next;
    }
}

/* The one asked longest ago that nobody waits for. False: all are waited for. */
static bool make_room(struct adhoc *adhoc)
{
    struct guest **oldest = NULL;
    for (struct guest **at = &adhoc->guests; *at; at = &(*at)->next)
        if (!is_busy(*at))
            oldest = at;
    if (oldest)
        drop(adhoc, oldest);
    return oldest != NULL;
}

static bool same_endpoint(const struct endpoint *a, const struct endpoint *b)
{
    return a->kind == b->kind && a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* Takes it to the front. */
static struct guest *find_guest(struct adhoc *adhoc, const struct endpoint *endpoint,
                                const struct conf_target *like)
{
    for (struct guest **at = &adhoc->guests; *at; at = &(*at)->next) {
        struct guest *guest = *at;
        if (guest->like != like || !same_endpoint(&guest->target->conf->endpoint, endpoint))
            continue;
        *at = guest->next;
        guest->next = adhoc->guests;
        adhoc->guests = guest;
        return guest;
    }
    return NULL;
}

static struct guest *new_guest(struct adhoc *adhoc, struct str url, const struct conf_target *like)
{
    struct guest *guest = calloc(1, sizeof *guest);
    if (!guest)
        return NULL;
    guest->like = like;
    guest->roster = roster_new(like, 1);
    if (guest->roster && roster_add(guest->roster, url, NULL, 0, NULL)) {
        guest->roster->targets[0].surveys = false; /* strangers choose no work for a server */
        guest->target = target_new(&adhoc->env, &guest->roster->targets[0]);
    }
    if (!guest->target) {
        roster_free(guest->roster);
        free(guest);
        return NULL;
    }
    guest->target->on_demand = true;
    guest->next = adhoc->guests;
    adhoc->guests = guest;
    adhoc->count++;
    return guest;
}

/* ---- who may be asked ------------------------------------------------------------------------------- */

static const struct conf_target *allowed_by_discovery(const struct agent *agent,
                                                      const struct endpoint *endpoint)
{
    for (unsigned i = 0; i < agent->sources.discover_count; i++) {
        const struct roster *roster = discover_roster(agent->sources.discovers[i]);
        for (unsigned n = 0; roster && n < roster->count; n++)
            if (same_endpoint(&roster->targets[n].endpoint, endpoint))
                return &discover_conf(agent->sources.discovers[i])->node;
    }
    return NULL;
}

/* An entry with settings for TLS is not for a connection that anybody on the way can read. */
static bool kind_fits(const struct conf_tls *tls, const struct endpoint *endpoint)
{
    bool wants_tls = tls->ca_file || tls->cert_file || tls->server_name || tls->skip_verify;
    return !wants_tls || endpoint->kind == ENDPOINT_TLS;
}

/* The first entry that fits. */
static const struct conf_target *allowed_by_rule(const struct config *config, const struct endpoint *endpoint)
{
    for (unsigned i = 0; i < config->allow_count; i++) {
        for (const char *const *host = config->allows[i].hosts; *host; host++) {
            struct allow rule;
            if (kind_fits(&config->allows[i].node.tls, endpoint) && allow_parse(str_of(*host), &rule, NULL) &&
                allow_fits(&rule, endpoint))
                return &config->allows[i].node;
        }
    }
    return NULL;
}

/* ---- answering -------------------------------------------------------------------------------------- */

static void refuse(struct adhoc *adhoc, struct http_exchange *exchange, unsigned status, const char *text)
{
    adhoc->refused++;
    http_reply_text(exchange, status, text);
}

static bool has_login(struct str url)
{
    return str_index(url, '@') >= 0;
}

static void scrape_guest(struct adhoc *adhoc, struct http_exchange *exchange, struct str url,
                         const struct endpoint *endpoint, const struct conf_target *like)
{
    struct guest *guest = find_guest(adhoc, endpoint, like);
    if (!guest && adhoc->count >= ADHOC_MAX && !make_room(adhoc)) {
        refuse(adhoc, exchange, 503, "too many servers are asked at once; try again\n");
        return;
    }
    if (!guest)
        guest = new_guest(adhoc, url, like);
    if (!guest) {
        http_reply_text(exchange, 500, "no memory for the server\n");
        return;
    }
    guest->asked_ms = (int64_t)uv_now(&adhoc->agent->loop);
    scrape_one(adhoc->agent, exchange, guest->target);
}

static void scrape_endpoint(struct agent *agent, struct http_exchange *exchange, struct str url,
                            const struct endpoint *endpoint)
{
    struct target *target = fleet_find_endpoint(agent, endpoint);
    if (target) {
        scrape_one(agent, exchange, target);
        return;
    }
    const struct conf_target *like = allowed_by_discovery(agent, endpoint);
    if (!like)
        like = allowed_by_rule(agent->config, endpoint);
    if (like)
        scrape_guest(agent->adhoc, exchange, url, endpoint, like);
    else
        refuse(
            agent->adhoc, exchange, 403,
            "this server is not asked: it is no target, and scrape_allow in the configuration does not list "
            "it\n");
}

void adhoc_answer(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    struct str url = STR("");
    const char *user, *password, *clean;
    struct endpoint endpoint;
    struct arena arena;
    (void)segment;
    if (!agent->config->scrape_endpoint) {
        refuse(agent->adhoc, exchange, 404, "/scrape is switched off by scrape_endpoint\n");
        return;
    }
    if (!http_query(exchange, STR("target"), &url) || !url.len) {
        refuse(agent->adhoc, exchange, 400, "/scrape?target=<url> wants the address of a server\n");
        return;
    }
    if (has_login(url)) {
        refuse(agent->adhoc, exchange, 400,
               "no user and password in target, please: they would be in logs; scrape_allow has keys for "
               "them\n");
        return;
    }
    arena_init(&arena, 0, URL_ARENA_MAX);
    if (conf_parse_url(url, &arena, &endpoint, &user, &password, &clean, NULL))
        scrape_endpoint(agent, exchange, url, &endpoint);
    else
        refuse(agent->adhoc, exchange, 400, "target is no address of a Redis; write redis://host:port\n");
    arena_done(&arena);
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct adhoc *adhoc_new(struct agent *agent)
{
    struct adhoc *adhoc = calloc(1, sizeof *adhoc);
    if (!adhoc)
        return NULL;
    adhoc->agent = agent;
    adhoc->env = (struct target_env){.config = agent->config, .done = on_round, .arg = adhoc};
    link_env_init(&adhoc->env.link, &agent->loop);
    uv_timer_init(&agent->loop, &adhoc->sweep);
    adhoc->sweep.data = adhoc;
    uv_timer_start(&adhoc->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
    return adhoc;
}

void adhoc_forget(struct adhoc *adhoc)
{
    while (adhoc->guests)
        drop(adhoc, &adhoc->guests);
    adhoc->env.config = adhoc->agent->config;
}

static void on_sweep_closed(uv_handle_t *handle)
{
    struct adhoc *adhoc = handle->data;
    link_env_done(&adhoc->env.link);
    free(adhoc);
}

void adhoc_free(struct adhoc *adhoc)
{
    if (!adhoc)
        return;
    adhoc_forget(adhoc);
    uv_close((uv_handle_t *)&adhoc->sweep, on_sweep_closed);
}

unsigned adhoc_count(const struct adhoc *adhoc)
{
    return adhoc->count;
}

uint64_t adhoc_refused(const struct adhoc *adhoc)
{
    return adhoc->refused;
}
