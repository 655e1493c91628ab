/*
 * page_parts: the pieces of the page. Each writes one section, or one kind of cell; whatever a server, a
 * client or a file chose goes through html.h.
 */
#ifndef AGENT_PAGE_PARTS_H
#define AGENT_PAGE_PARTS_H

#include "agent/overview.h"

/* ---- pieces ---- */

/* Icon, word and colour: any one of them is enough. */
void page_badge(struct buf *out, enum check_status status);
const char *page_icon(enum check_status status); /* a character reference */

/* A name somebody chose, kept apart from the text around it. */
void page_name(struct buf *out, struct str name);

/* A table and its heads, NULL-terminated; narrow screens show a label in front of each cell instead. */
void page_table(struct buf *out, const char *const *heads);
void page_table_end(struct buf *out);
void page_cell(struct buf *out, const char *label); /* ends with buf_text(out, "</td>") */

/* ---- sections, in the order of the page ---- */

void page_verdicts(struct buf *out, const struct overview *overview);
void page_problems(struct buf *out, const struct overview *overview);
void page_replication(struct buf *out, const struct overview *overview);
void page_history(struct buf *out, const struct overview *overview);
void page_events(struct buf *out, const struct recall *recall, const struct overview *overview);
void page_answers(struct buf *out, const struct overview *overview);
void page_agent(struct buf *out, const struct agent *agent, const struct overview *overview);

#endif
