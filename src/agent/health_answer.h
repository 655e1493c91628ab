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

void health_answer_pair(struct agent *agent, struct http_exchange *exchange, struct str name);

/* What a load balancer asks about a target, and an operator about a pair: see question.h and health.h. */
void health_answer_primary(struct agent *agent, struct http_exchange *exchange, struct str name);
void health_answer_replica(struct agent *agent, struct http_exchange *exchange, struct str name);
void health_answer_read(struct agent *agent, struct http_exchange *exchange, struct str name);
void health_answer_cutover(struct agent *agent, struct http_exchange *exchange, struct str name);

/* The target that a load balancer means by <name>, or NULL: the nameless one answers to "redis". */
struct target *health_find_target(const struct agent *agent, struct str name);

/* One entry per target and pair, the targets first; <ret> has room for health_entry_count(). */
struct health_entry;
unsigned health_entry_count(const struct agent *agent);
void health_entries(const struct agent *agent, struct health_entry *ret);

#endif
