/*
 * adhoc: /scrape?target=<url>, the way redis_exporter is asked about a server that it does not know.
 *
 *   the url is that of a target ──────────────► that target, with its own login
 *   … of a node of a discovery that is listed ─► asked with the login of that discovery
 *   … fits an entry of scrape_allow ──────────► asked with the login of that entry, or without any
 *   anything else ────────────────────────────► 403, and nothing is sent to anybody
 *
 * So no caller can make the agent show a password to a host that it was not configured for. A server that is
 * asked this way is polled when a scrape asks for it and never by itself; its connection is kept for some
 * minutes after the last one.
 */
#ifndef AGENT_ADHOC_H
#define AGENT_ADHOC_H

#include "agent/agent.h"

#define ADHOC_MAX 1000u /* servers kept; beyond it the one asked longest ago goes */

struct adhoc;

/* NULL: no memory. */
struct adhoc *adhoc_new(struct agent *agent);

/* Forgets every server, because the configuration that allowed them goes. Scrapes were flushed before. */
void adhoc_forget(struct adhoc *adhoc);

void adhoc_free(struct adhoc *adhoc); /* NULL is fine; the memory goes in a later turn of the loop */

void adhoc_answer(struct agent *agent, struct http_exchange *exchange, struct str segment);

/* Servers kept now, and requests that were refused. */
unsigned adhoc_count(const struct adhoc *adhoc);
uint64_t adhoc_refused(const struct adhoc *adhoc);

#endif
