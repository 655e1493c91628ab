/*
 * routes: the table of URLs.
 *
 * To add one: a handler and a row. The row says which methods it takes, which query parameters it knows (any
 * other is answered with 400, so a typing mistake in a load balancer's configuration is seen), and what it is
 * for; GET implies HEAD, and OPTIONS gives the status of GET without its body, as HAProxy's default check
 * wants.
 */
#ifndef AGENT_ROUTES_H
#define AGENT_ROUTES_H

#include "agent/agent.h"

/* The one http_handler; <arg> is the agent. */
void routes_handle(void *arg, struct http_exchange *exchange);

/* Whether a request asks for health. */
bool routes_is_probe(const struct http_request *request);

/* Whether a page other than that of the metrics is at <path>. */
bool routes_taken(struct str path);

struct route {
    const char *path;          /* "/health/{target}/read": one segment is open, and given to the handler */
    enum http_method method;   /* HTTP_GET or HTTP_POST */
    const char *const *params; /* NULL-terminated; NULL: none */
    void (*handle)(struct agent *agent, struct http_exchange *exchange, struct str segment);
    const char *help;
    bool admin; /* only on an admin listener; elsewhere there is nothing at that path */
};

extern const struct route routes[];
extern const unsigned route_count;

#endif
