/*
 * health_answer: the health URLs. Every answer comes from the last snapshot and its age; none makes the agent
 * ask a server. 200 or 503 and nothing else, because load balancers differ in what they make of the rest.
 */
#ifndef AGENT_HEALTH_ANSWER_H
#define AGENT_HEALTH_ANSWER_H

#include "agent/agent.h"

void health_answer_all(struct agent *agent, struct http_exchange *exchange, struct str segment);
void health_answer_target(struct agent *agent, struct http_exchange *exchange, struct str name);
void health_answer_live(struct agent *agent, struct http_exchange *exchange, struct str segment);
void health_answer_ready(struct agent *agent, struct http_exchange *exchange, struct str segment);

/* Fills one entry per target; <ret> has room for agent->target_count. */
struct health_entry;
void health_entries(const struct agent *agent, struct health_entry *ret);

#endif
