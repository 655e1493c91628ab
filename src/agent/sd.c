#include "agent/sd.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What the pairs say of a target. */
struct place {
    unsigned sides; /* bits: 1 blue, 2 green */
    const char *pair;
    bool several;
};

static void put_into(struct place *place, unsigned side, const char *pair)
{
    place->several |= place->pair != NULL;
    place->pair = pair;
    place->sides |= side;
}

/* "10.0.0.1:6379", "[::1]:6379", "/run/redis.sock". */
static json_t *instance(const struct endpoint *endpoint)
{
    bool bare = strchr(endpoint->host, ':') != NULL;
    if (endpoint->kind == ENDPOINT_UNIX)
        return json_string(endpoint->host);
    return json_sprintf("%s%s%s:%u", bare ? "[" : "", endpoint->host, bare ? "]" : "",
                        (unsigned)endpoint->port);
}

/* NULL: no memory. What is NULL in it is left out. */
static json_t *labels_of(const struct conf_target *conf, const struct place *place, bool tls)
{
    static const char *const sides[] = {NULL, "blue", "green", NULL};
    const char *name = conf->name[0] ? conf->name : NULL;
    json_t *labels =
        json_pack("{s:s, s:s, s:o, s:s*, s:s*, s:s*, s:s*}", "__metrics_path__", "/probe", "__param_target",
                  conf->name, "instance", instance(&conf->endpoint), "__scheme__", tls ? "https" : NULL,
                  "target", name, "side", sides[place->sides], "pair", place->several ? NULL : place->pair);
    bool ok = labels != NULL;
    for (unsigned i = 0; ok && i < conf->label_count; i++)
        ok = json_object_set_new(labels, conf->labels[i].name, json_string(conf->labels[i].value)) == 0;
    if (ok)
        return labels;
    json_decref(labels);
    return NULL;
}

static json_t *group(const struct target *target, const struct place *place, struct str address, bool tls)
{
    return json_pack("{s:[s%], s:o}", "targets", address.ptr, address.len, "labels",
                     labels_of(target->conf, place, tls));
}

static char *make_text(const struct agent *agent, struct str address)
{
    const struct config *config = agent->config;
    struct place *places = calloc(agent->target_count + 1u, sizeof *places);
    json_t *groups = json_array();
    bool tls = httpd_web(agent->httpd).certificate_end > 0;
    for (unsigned i = 0; places && i < config->pair_count; i++) {
        put_into(&places[config->pairs[i].blue], 1, config->pairs[i].name);
        put_into(&places[config->pairs[i].green], 2, config->pairs[i].name);
    }
    for (unsigned i = 0; places && i < agent->target_count; i++)
        json_array_append_new(groups, group(agent->targets[i], &places[i], address, tls));
    /* A list that lacks some is a lie, and Prometheus would stop scraping them. */
    bool whole = places && json_array_size(groups) == agent->target_count;
    char *text = whole ? json_dumps(groups, JSON_COMPACT) : NULL;
    json_decref(groups);
    free(places);
    return text;
}

void sd_answer(struct agent *agent, struct http_exchange *exchange)
{
    static const struct http_header headers[] = {{"Cache-Control", "no-store"}};
    struct str address = http_request(exchange)->host;
    if (!address.len || !str_is_utf8(address)) {
        http_reply_text(exchange, 400, "the header Host must say under which address I am reached\n");
        return;
    }
    char *text = make_text(agent, address);
    struct http_body *body = text ? http_body_new(text, strlen(text)) : NULL;
    if (!body) {
        http_reply_text(exchange, 500, "no memory for the answer\n");
        return;
    }
    http_reply(exchange, &(struct http_answer){.status = 200,
                                               .content_type = "application/json",
                                               .body = body,
                                               .headers = headers,
                                               .header_count = 1});
    http_body_unref(body);
}
