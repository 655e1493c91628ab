/*
 * allow: which servers a caller may name.
 *
 *     10.0.0.*:6379   redis-*.example.org:63*   * stands for any bytes of the host, or of the port
 *     10.0.0.0/8:6379   [fd00::]/8:*            a range of addresses; a name never fits it, whatever it
 * resolves to unix:///run/redis/a.sock                  a socket, which no other pattern fits
 *
 * A rule without a port is for 6379. What fits is decided by what the caller wrote, before anything is
 * resolved.
 */
#ifndef IO_ALLOW_H
#define IO_ALLOW_H

#include "io/conf.h"

enum allow_kind { ALLOW_HOSTS = 0, ALLOW_RANGE, ALLOW_SOCKET };

struct allow {
    enum allow_kind kind;
    struct str host; /* pattern, or the path of a socket; a slice of the text it was parsed from */
    struct str port; /* pattern */
    unsigned char address[16];
    unsigned bytes, bits; /* of the address, and how many of them count */
};

/* ERR_INPUT says what is wrong with it. */
bool allow_parse(struct str text, struct allow *ret, struct err *err);

bool allow_fits(const struct allow *rule, const struct endpoint *endpoint);

#endif
