/*
 * client_list: the text of CLIENT LIST, a line for every client.
 *
 *   id=11 addr=127.0.0.1:39368 laddr=… fd=7 name=web age=0 idle=0 flags=N db=0 … user=default resp=2\n
 *
 * Words are parted by one blank, and only the first '=' of a word parts name and value: Redis allows '=' in
 * names of clients, users and libraries, but no blank. A word without '=' (a socket's path with a blank in
 * it) is left out, and of a field that comes twice the last one counts. Fields differ with the version; what
 * is not there has no pointer.
 */
#ifndef BLUEGREEN_CLIENT_LIST_H
#define BLUEGREEN_CLIENT_LIST_H

#include <bluegreen/str.h>
#include <stdint.h>

/* Of client-output-buffer-limit. */
enum client_class { CLIENT_NORMAL = 0, CLIENT_REPLICA, CLIENT_PUBSUB, CLIENT_CLASS_COUNT };

/* In the order in which servers send them. */
enum client_field {
    CLIENT_ID = 0,
    CLIENT_ADDR, /* "ip:port", "[ip6]:port" or "/path:0" */
    CLIENT_LADDR,
    CLIENT_FD,
    CLIENT_NAME,
    CLIENT_AGE,
    CLIENT_IDLE,
    CLIENT_FLAGS, /* a letter each: N normal, S replica, M primary, O monitor, P subscriber, b blocked, … */
    CLIENT_CAPA,
    CLIENT_DB,
    CLIENT_SUB,
    CLIENT_PSUB,
    CLIENT_SSUB,
    CLIENT_MULTI,
    CLIENT_WATCH,
    CLIENT_QBUF,
    CLIENT_QBUF_FREE,
    CLIENT_ARGV_MEM,
    CLIENT_MULTI_MEM,
    CLIENT_RBS,
    CLIENT_RBP,
    CLIENT_OBL,
    CLIENT_OLL,
    CLIENT_OMEM,    /* bytes that the limits of client-output-buffer-limit are held against */
    CLIENT_TOT_MEM, /* bytes, all buffers */
    CLIENT_EVENTS,
    CLIENT_CMD,
    CLIENT_USER,
    CLIENT_REDIR,
    CLIENT_RESP,
    CLIENT_LIB_NAME,
    CLIENT_LIB_VER,
    CLIENT_FIELD_COUNT
};

struct client {
    struct str field[CLIENT_FIELD_COUNT]; /* slices of the text */
};

/* Takes the next line off <rest> that has an id; false when there is none. Other lines are left out. */
bool client_next(struct str *rest, struct client *ret);

/* The field as a number that is not negative; false when it is absent or something else. */
bool client_number(const struct client *client, enum client_field field, int64_t *ret);

/* Whose output buffer limit is held against it. A primary that we replicate from counts as normal, as in
 * Redis. */
enum client_class client_class(const struct client *client);

/* "127.0.0.1" and "6379" of an address; the port is what follows the last colon. */
void client_address(struct str address, struct str *ret_host, struct str *ret_port);

#endif
