/* nodes_answer: /discover-cluster-nodes, the nodes of all Clusters that are discovered, for http_sd_configs.
 */
#ifndef AGENT_NODES_ANSWER_H
#define AGENT_NODES_ANSWER_H

#include "agent/agent.h"

void nodes_answer(struct agent *agent, struct http_exchange *exchange, struct str segment);

#endif
