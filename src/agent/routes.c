#include "agent/routes.h"
#include "agent/adhoc.h"
#include "agent/decide.h"
#include "agent/health_answer.h"
#include "agent/nodes_answer.h"
#include "agent/page.h"
#include "agent/scrape.h"
#include "agent/sd.h"
#include "agent/status_json.h"
#include "agent/view.h"

static void handle_metrics(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    scrape_begin(agent, exchange);
}

static void handle_probe(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    scrape_probe(agent, exchange);
}

static void handle_sd(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    sd_answer(agent, exchange);
}

static void handle_page(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    page_answer(agent, exchange);
}

static void handle_status(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    (void)segment;
    status_json_answer(agent, exchange);
}

static void handle_reload(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    struct buf mistakes;
    (void)segment;
    buf_init(&mistakes, 64 << 10);
    if (agent_reload(agent, &mistakes)) {
        http_reply_text(exchange, 200, "the configuration was reloaded\n");
    } else {
        buf_char(&mistakes, '\0');
        http_reply_text(exchange, 500,
                        buf_ok(&mistakes) ? mistakes.ptr : "the configuration was not reloaded\n");
    }
    buf_done(&mistakes);
}

static const char *const metrics_params[] = {VIEW_PARAMS, NULL};
static const char *const probe_params[] = {"target", VIEW_PARAMS, NULL};
static const char *const page_params[] = {"refresh", NULL};
static const char *const health_params[] = {"verbose", NULL};
static const char *const question_params[] = {"verbose", "exclude", NULL};
static const char *const replica_params[] = {"verbose", "exclude", "max_lag", "max_lag_seconds", NULL};
static const char *const designate_params[] = {"side", NULL};

/* "/metrics" stands for whatever telemetry_path says. */
const struct route routes[] = {
    {"/", HTTP_GET, page_params, handle_page, "this page; ?refresh=off or a number of seconds"},
    {"/status.json", HTTP_GET, NULL, handle_status, "what this page shows, as JSON"},
    {"/metrics", HTTP_GET, metrics_params, handle_metrics, "all numbers, for Prometheus"},
    {"/probe", HTTP_GET, probe_params, handle_probe, "the numbers of one target, ?target=<name>"},
    {"/sd", HTTP_GET, NULL, handle_sd, "the targets as scrape targets of /probe, for http_sd_configs"},
    {"/health", HTTP_GET, health_params, health_answer_all,
     "200 when every target is healthy, else 503; JSON"},
    {"/health/live", HTTP_GET, NULL, health_answer_live, "200 as long as the agent itself runs"},
    {"/health/ready", HTTP_GET, NULL, health_answer_ready,
     "200 once every target was polled, whatever came of it"},
    {"/health/pair/{pair}", HTTP_GET, health_params, health_answer_pair,
     "200 when no check of this pair fails, else 503; JSON"},
    {"/health/pair/{pair}/cutover", HTTP_GET, health_params, health_answer_cutover,
     "200 when the pair could be switched now, else 503 with every reason"},
    {"/health/{target}", HTTP_GET, health_params, health_answer_target,
     "200 when this target is healthy, else 503; JSON"},
    {"/scrape", HTTP_GET, probe_params, adhoc_answer,
     "the numbers of one server, ?target=<url>, if scrape_allow lists it"},
    {"/health/{target}/primary", HTTP_GET, question_params, health_answer_primary,
     "200 when it may take writes: primary, designated, fresh and up for a while"},
    {"/health/{target}/replica", HTTP_GET, replica_params, health_answer_replica,
     "200 when it is a replica fit for reads; ?max_lag=10mb&max_lag_seconds=2"},
    {"/health/{target}/read", HTTP_GET, replica_params, health_answer_read,
     "200 when it may be read, be it primary or replica"},
    {"/primary/{target}", HTTP_GET, question_params, health_answer_primary,
     "the same as /health/{target}/primary"},
    {"/replica/{target}", HTTP_GET, replica_params, health_answer_replica,
     "the same as /health/{target}/replica"},
    {"/livez", HTTP_GET, NULL, health_answer_live, "the same as /health/live"},
    {"/readyz", HTTP_GET, NULL, health_answer_ready, "the same as /health/ready"},
    {"/discover-cluster-nodes", HTTP_GET, NULL, nodes_answer,
     "the nodes of the Clusters that are discovered, for http_sd_configs"},
    {"/-/healthy", HTTP_GET, NULL, health_answer_live, "the same as /health/live"},
    {"/-/ready", HTTP_GET, NULL, health_answer_ready, "the same as /health/ready"},
    {"/-/reload", HTTP_POST, NULL, handle_reload, "read the configuration file again"},
    {"/-/drain/{target}", HTTP_POST, NULL, decide_drain, "send it no new traffic", .admin = true},
    {"/-/maint/{target}", HTTP_POST, NULL, decide_maint, "send it no traffic", .admin = true},
    {"/-/ready/{target}", HTTP_POST, NULL, decide_ready, "send it traffic again", .admin = true},
    {"/-/designate/{pair}", HTTP_POST, designate_params, decide_designate,
     "the side that takes writes, ?side=green", .admin = true},
};
const unsigned route_count = sizeof routes / sizeof routes[0];

static bool match_pattern(struct str pattern, struct str path, struct str *ret_segment)
{
    ptrdiff_t brace = str_index(pattern, '{');
    *ret_segment = (struct str){NULL, 0};
    if (brace < 0)
        return str_eq(pattern, path);
    struct str stem = str_sub(pattern, 0, (size_t)brace);
    struct str tail = str_from(pattern, (size_t)str_index(pattern, '}') + 1);
    if (!str_starts(path, stem) || !str_ends(path, tail) || path.len <= stem.len + tail.len)
        return false;
    *ret_segment = str_sub(path, stem.len, path.len - stem.len - tail.len);
    return str_index(*ret_segment, '/') < 0;
}

bool routes_is_probe(const struct http_request *request)
{
    static const char *const paths[] = {"/health", "/health/*", "/primary/*", "/replica/*",
                                        "/livez",  "/readyz",   "/-/healthy", "/-/ready"};
    for (unsigned i = 0; i < sizeof paths / sizeof paths[0]; i++)
        if (str_glob(request->path, str_of(paths[i])))
            return true;
    return false;
}

static bool match(const struct route *route, const struct agent *agent, struct str path,
                  struct str *ret_segment)
{
    bool metrics = route->handle == handle_metrics;
    return match_pattern(str_of(metrics ? agent->config->telemetry_path : route->path), path, ret_segment);
}

bool routes_taken(struct str path)
{
    struct str segment;
    for (unsigned i = 0; i < route_count; i++)
        if (routes[i].handle != handle_metrics && match_pattern(str_of(routes[i].path), path, &segment))
            return true;
    return false;
}

static bool param_known(const struct route *route, struct str name)
{
    for (const char *const *known = route->params; known && *known; known++)
        if (str_eq(name, str_of(*known)))
            return true;
    return false;
}

static bool params_known(const struct route *route, const struct http_request *request)
{
    if (request->query_overflow)
        return false;
    for (unsigned i = 0; i < request->query_count; i++)
        if (!param_known(route, request->query[i].name))
            return false;
    return true;
}

static bool method_fits(const struct route *route, enum http_method method)
{
    if (route->method == HTTP_GET)
        return method == HTTP_GET || method == HTTP_HEAD || method == HTTP_OPTIONS;
    return method == route->method;
}

static void wrong_method(const struct route *route, struct http_exchange *exchange)
{
    struct http_header allow = {"Allow", route->method == HTTP_GET ? "GET, HEAD, OPTIONS" : "POST"};
    http_reply(exchange, &(struct http_answer){.status = 405, .headers = &allow, .header_count = 1});
}

void routes_handle(void *arg, struct http_exchange *exchange)
{
    struct agent *agent = arg;
    const struct http_request *request = http_request(exchange);
    struct str segment;
    for (unsigned i = 0; i < route_count; i++) {
        if ((routes[i].admin && !request->admin) || !match(&routes[i], agent, request->path, &segment))
            continue;
        if (!method_fits(&routes[i], request->method))
            wrong_method(&routes[i], exchange);
        else if (!params_known(&routes[i], request))
            http_reply_text(exchange, 400, "unknown query parameter\n");
        else
            routes[i].handle(agent, exchange, segment);
        return;
    }
    http_reply_text(exchange, 404, "there is nothing at this path; / lists what there is\n");
}
