/*
 * page: what a person sees at /, the most urgent first. One answer, no script, no outside resource; text that
 * others chose is escaped. docs/status-page.md says what is on it.
 */
#ifndef AGENT_PAGE_H
#define AGENT_PAGE_H

#include "agent/agent.h"

/* ?refresh=off or a number of seconds; 5 without it. */
void page_answer(struct agent *agent, struct http_exchange *exchange);

#endif
