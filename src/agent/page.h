/*
 * page: what a person sees at /: each target in one line, and every URL. No script, no outside resource; text
 * that a server chose is escaped.
 */
#ifndef AGENT_PAGE_H
#define AGENT_PAGE_H

#include "agent/agent.h"

void page_answer(struct agent *agent, struct http_exchange *exchange);

#endif
