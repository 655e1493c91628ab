/*
 * body: the text of one answer about servers: which targets, in which form, without what.
 *
 * scrape.c decides when an answer is made and who was silent; this makes it. Nothing here waits or replies.
 */
#ifndef AGENT_BODY_H
#define AGENT_BODY_H

#include "agent/agent.h"
#include "agent/view.h"

struct body_request {
    struct target *const *targets; /* whose numbers; the array is borrowed */
    unsigned target_count;
    const uint8_t *silent; /* by target: not 0 means asked for this answer and silent until its deadline: what
                            * it said before is not shown as new; NULL: nobody */
    bool whole;            /* <targets> are all of the agent's: label them, add the pairs and the agent */
    struct view view;
};

/* NULL when there is no memory. <ret_gzip>: whether it is compressed; short ones never are. */
struct http_body *body_make(struct agent *agent, const struct body_request *request, bool *ret_gzip);

#endif
