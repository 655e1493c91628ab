/*
 * acl: the least a Redis user must be allowed for what we send, from the table of commands.
 */
#ifndef BLUEGREEN_ACL_H
#define BLUEGREEN_ACL_H

#include <bluegreen/buf.h>
#include <bluegreen/collector.h>
#include <bluegreen/survey.h>

/* Name of the user in the line; whoever pastes it puts his own password for PASSWORD. */
#define ACL_USER "redis-bluegreen"

/*
 * One line "ACL SETUSER …" for <server>, the collectors chosen, the surveys wanted and <more>, which ends
 * with CMD_NONE. With exactly these rights nothing the agent sends is denied.
 */
void acl_line(const struct server_kind *server, bool set_client_name, const struct collector_choice *choice,
              const struct survey_settings *settings, const enum cmd_id *more, struct buf *out);

#endif
