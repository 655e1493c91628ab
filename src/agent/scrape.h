/*
 * scrape: one request for /metrics or /probe, from question to answer.
 *
 * Targets whose newest outcome is older than max_age are polled now, and the request is parked until the last
 * of them is done; requests that come meanwhile join the same rounds. Nobody waits longer than the scraper
 * does, and a target that was down before is given a moment to come back, not the whole deadline: one frozen
 * server must not hold up the others' numbers.
 */
#ifndef AGENT_SCRAPE_H
#define AGENT_SCRAPE_H

#include "agent/agent.h"

/* All targets, pairs and the agent. */
void scrape_begin(struct agent *agent, struct http_exchange *exchange);

/* The target named by the query parameter "target", without a label that says so: the scraper has its own. */
void scrape_probe(struct agent *agent, struct http_exchange *exchange);

/* One target, which need not be of the fleet, in the same way. */
void scrape_one(struct agent *agent, struct http_exchange *exchange, struct target *target);

/* A round ended: scrapes that waited for it go on. */
void scrape_round_done(struct agent *agent, const struct target *target);

/* Something that an answer shows has changed: nobody gets the one that was made before. */
void scrape_outdated(struct agent *agent);

/* Answers every parked scrape with what is known now. */
void scrape_flush(struct agent *agent);

#endif
