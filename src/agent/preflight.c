#include "agent/preflight.h"
#include "agent/routes.h"
#include "io/conf_keys.h"
#include "io/health_file.h"
#include "io/httpd.h"
#include "io/secret.h"
#include "io/state_file.h"
#include "io/survey.h"
#include "io/tls.h"
#include <stdio.h>

static bool try_password(const struct conf_target *target, struct err *err)
{
    struct secret secret;
    if (!target->password_file)
        return true;
    bool ok = secret_read_file(target->password_file, &secret, err);
    secret_wipe(&secret);
    return ok;
}

static bool try_tls(struct tls_contexts *contexts, const struct conf_target *target, struct err *err)
{
    if (target->endpoint.kind != ENDPOINT_TLS)
        return true;
    SSL *ssl = tls_client_new(contexts, &target->tls, target->endpoint.host, err);
    SSL_free(ssl);
    return ssl != NULL;
}

static bool try_target(struct tls_contexts *contexts, const struct config *config,
                       const struct conf_target *target, const char *what, struct buf *mistakes)
{
    struct err err;
    if (try_password(target, &err) && try_tls(contexts, target, &err))
        return true;
    buf_fmt(mistakes, "%s: %s: %s\n", config->path ? config->path : "command line", what, err.text);
    return false;
}

/* What many targets have in common is tried as one of them would use it. */
static bool try_common(struct tls_contexts *contexts, const struct config *config,
                       const struct conf_target *common, bool tls, const char *what, struct buf *mistakes)
{
    struct conf_target target = *common;
    target.endpoint.kind = tls ? ENDPOINT_TLS : ENDPOINT_TCP;
    target.endpoint.host = "localhost";
    return try_target(contexts, config, &target, what, mistakes);
}

static bool uses_tls(const struct conf_tls *tls)
{
    return tls->ca_file || tls->cert_file || tls->server_name || tls->skip_verify;
}

static bool try_sources(struct tls_contexts *contexts, const struct config *config, struct buf *mistakes)
{
    bool ok = try_common(contexts, config, &config->target_defaults, uses_tls(&config->target_defaults.tls),
                         "target_defaults", mistakes);
    char what[128];
    for (unsigned i = 0; i < config->discover_count; i++) {
        const struct conf_discover *discover = &config->discovers[i];
        const struct conf_seeds *seeds = discover->cluster.count ? &discover->cluster : &discover->sentinel;
        bool tls = seeds->items[0].endpoint.kind == ENDPOINT_TLS;
        snprintf(what, sizeof what, "discover %s", discover->name);
        ok &= try_target(contexts, config, &seeds->items[0], what, mistakes);
        if (discover->sentinel.count)
            ok &= try_common(contexts, config, &discover->node, tls, what, mistakes);
    }
    for (unsigned i = 0; i < config->allow_count; i++) {
        snprintf(what, sizeof what, "scrape_allow[%u]", i);
        ok &= try_common(contexts, config, &config->allows[i].node, uses_tls(&config->allows[i].node.tls),
                         what, mistakes);
    }
    return ok;
}

/* Behind another page nobody would find the metrics. */
static bool try_path(const struct config *config, struct buf *mistakes)
{
    if (!routes_taken(str_of(config->telemetry_path)))
        return true;
    buf_fmt(mistakes,
            "%s: agent.telemetry_path: %s is one of the agent's own pages; choose another, such as "
            "/metrics\n",
            config->path ? config->path : "command line", config->telemetry_path);
    return false;
}

static bool try_scripts(const struct config *config, struct buf *mistakes)
{
    const struct survey_texts *scripts = &config->surveys.scripts;
    bool all = true;
    for (uint32_t i = 0; i < scripts->count; i++) {
        struct err err;
        struct buf text;
        buf_init(&text, SURVEY_FILE_MAX);
        bool ok = conf_read_text(scripts->items[i].ptr, &text, &err);
        buf_done(&text);
        if (!ok)
            buf_fmt(mistakes, "%s: surveys.scripts: %s: %s\n", config->path ? config->path : "command line",
                    scripts->items[i].ptr, err.text);
        all = all && ok;
    }
    return all;
}

static bool try_state(const struct config *config, struct buf *mistakes)
{
    struct err err;
    struct state_file *state = state_file_open(config->state_file, &err);
    if (!state)
        buf_fmt(mistakes, "agent.state_file: %s\n", err.text);
    state_file_free(state);
    return state != NULL;
}

bool preflight(const struct config *config, struct buf *mistakes)
{
    struct tls_contexts contexts = {NULL};
    bool ok = httpd_try_web(config, mistakes);
    char what[128];
    ok &= try_path(config, mistakes);
    ok &= try_scripts(config, mistakes);
    ok &= try_state(config, mistakes);
    struct health_policy *checks = health_file_load(config->health_checks, mistakes);
    ok &= checks != NULL;
    health_file_free(checks);
    for (unsigned i = 0; i < config->target_count; i++) {
        const struct conf_target *target = &config->targets[i];
        snprintf(what, sizeof what, "target %s", target->name[0] ? target->name : target->url);
        ok &= try_target(&contexts, config, target, what, mistakes);
    }
    ok &= try_sources(&contexts, config, mistakes);
    tls_contexts_done(&contexts);
    return ok;
}
