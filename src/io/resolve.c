#include "io/resolve.h"
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

bool resolve_is_numeric(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

struct resolve {
    uv_getaddrinfo_t request;
    void (*done)(void *arg, const struct addresses *found, const struct err *why); /* NULL: forgotten */
    void *arg;
    char host[256];
};

static void collect(const struct addrinfo *list, struct addresses *found)
{
    for (; list && found->count < RESOLVE_ADDRESSES_MAX; list = list->ai_next) {
        char *text = found->text[found->count];
        int failed = 1;
        if (list->ai_family == AF_INET)
            failed = uv_ip4_name((const struct sockaddr_in *)list->ai_addr, text, RESOLVE_TEXT_MAX);
        else if (list->ai_family == AF_INET6)
            failed = uv_ip6_name((const struct sockaddr_in6 *)list->ai_addr, text, RESOLVE_TEXT_MAX);
        found->count += !failed;
    }
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *list)
{
    struct resolve *resolve = request->data;
    struct addresses found = {.count = 0};
    struct err err;
    collect(list, &found);
    uv_freeaddrinfo(list);
    if (resolve->done && found.count)
        resolve->done(resolve->arg, &found, NULL);
    else if (resolve->done) {
        err_set(&err, ERR_RESOLVE, "cannot resolve the host name %s: %s", resolve->host,
                status ? uv_strerror(status) : "it has no address");
        resolve->done(resolve->arg, NULL, &err);
    }
    free(resolve);
}

struct resolve *resolve_start(uv_loop_t *loop, const char *host,
                              void (*done)(void *arg, const struct addresses *found, const struct err *why),
                              void *arg)
{
    struct resolve *resolve = calloc(1, sizeof *resolve);
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
    if (!resolve)
        return NULL;
    resolve->done = done;
    resolve->arg = arg;
    resolve->request.data = resolve;
    snprintf(resolve->host, sizeof resolve->host, "%s", host);
    if (uv_getaddrinfo(loop, &resolve->request, on_resolved, host, NULL, &hints) != 0) {
        free(resolve);
        return NULL;
    }
    return resolve;
}

void resolve_forget(struct resolve *resolve)
{
    if (!resolve)
        return;
    resolve->done = NULL;
    /* Still queued: it ends at once with UV_ECANCELED. Already running: it ends when it ends. */
    uv_cancel((uv_req_t *)&resolve->request);
}
