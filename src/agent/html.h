/*
 * html: text of others in a page, as text.
 *
 * Names, versions, addresses and errors come from servers, clients and files. Whatever they hold, it stays
 * what is read, not what is done: markup is escaped, control characters go, bytes that are not UTF-8 are
 * shown as such.
 */
#ifndef AGENT_HTML_H
#define AGENT_HTML_H

#include <bluegreen/buf.h>

/* As an element's text, and as the value of an attribute in double quotes. */
void html_text(struct buf *out, struct str s);

/* One segment of a URL's path, percent-encoded. */
void html_segment(struct buf *out, struct str s);

/* "12 s", "3 min", "2 h 5 min", "3 d 4 h". */
void html_age(struct buf *out, double seconds);

/* "2026-11-22 03:14:15 UTC" */
void html_time(struct buf *out, double wall_seconds);

/* Whether a link may lead there: http and https only. */
bool html_may_link(struct str url);

#endif
