/*
 * agent_check: what HAProxy's agent-check is told about a target.
 *
 *     agent-send "blue\n"             may blue be read?          up ready 75%
 *     agent-send "green replica\n"    is it a replica to read?   down ready #lag: The replica is close
 * behind: … agent-send "blue primary\n"     may it take writes?        up drain 100%
 *
 * HAProxy keeps each word until another of the same kind comes: after "drain" only "ready" brings a server
 * back, after "down" only "up". So every answer says all of it: the verdict (up, down), what the operator
 * decided (ready, drain, maint), and the share of reads as a weight. Answers come from what was settled at
 * the last round; none makes the agent ask a server.
 *
 * Before the first round ended it says nothing about reads, which HAProxy takes for "as before": a restart of
 * the agent is no reason to send readers away.
 */
#ifndef AGENT_AGENT_CHECK_H
#define AGENT_AGENT_CHECK_H

#include "agent/agent.h"

/* A line_answer; <arg> is the agent. Says nothing to an empty line. */
void agent_check_answer(void *arg, struct str line, struct buf *out);

#endif
