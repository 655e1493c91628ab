/*
 * sd: the targets in the form of Prometheus' http_sd_configs: one group per target, whose address is the
 * agent itself and whose labels lead to /probe.
 *
 *     [{"targets": ["agent:9121"], "labels": {"__metrics_path__": "/probe", "__param_target": "blue",
 *       "instance": "10.0.0.1:6379", "target": "blue", "side": "blue", "pair": "orders"}}]
 *
 * The labels that a list or a discovery gives a target are there as well. The agent's address is the one it
 * was asked under (header Host). A target in no pair has neither pair nor side; one in several has no pair,
 * and a side only when it is the same in all.
 */
#ifndef AGENT_SD_H
#define AGENT_SD_H

#include "agent/agent.h"

void sd_answer(struct agent *agent, struct http_exchange *exchange);

#endif
