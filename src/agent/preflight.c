#include "agent/preflight.h"
#include "io/httpd.h"
#include "io/secret.h"
#include "io/tls.h"

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

bool preflight(const struct config *config, struct buf *mistakes)
{
    struct tls_contexts contexts = {NULL};
    bool ok = httpd_try_web(config, mistakes);
    for (unsigned i = 0; i < config->target_count; i++) {
        const struct conf_target *target = &config->targets[i];
        struct err err;
        if (try_password(target, &err) && try_tls(&contexts, target, &err))
            continue;
        buf_fmt(mistakes, "%s: target %s: %s\n", config->path ? config->path : "command line",
                target->name[0] ? target->name : target->url, err.text);
        ok = false;
    }
    tls_contexts_done(&contexts);
    return ok;
}
