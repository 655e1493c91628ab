/* status_json: what the page shows, for programs. The names of its members are stable; docs/status-page.md.
 */
#ifndef AGENT_STATUS_JSON_H
#define AGENT_STATUS_JSON_H

#include "agent/agent.h"

void status_json_answer(struct agent *agent, struct http_exchange *exchange);

#endif
