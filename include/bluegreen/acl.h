/*
 * acl: the least a Redis user must be allowed for what we send, from the table of commands.
 */
#ifndef BLUEGREEN_ACL_H
#define BLUEGREEN_ACL_H

#include <bluegreen/buf.h>

/* Name of the user in the line; whoever pastes it puts his own password for PASSWORD. */
#define ACL_USER "redis-bluegreen"

/*
 * One line "ACL SETUSER …" for a server of <version>, for every collector but those in <disabled> (names,
 * ended by NULL, or NULL itself). With exactly these rights nothing the agent sends is denied.
 */
void acl_line(uint32_t version, bool set_client_name, const char *const *disabled, struct buf *out);

#endif
