/*
 * relay: a TCP relay on a loopback port that can be told to pass nothing on, so that a replica falls behind
 * while its link stays up.
 */
#ifndef SUPPORT_RELAY_H
#define SUPPORT_RELAY_H

#include "support/test.h"

struct relay;

/* Relays one connection at a time to <port>; gone with the test. */
struct relay *relay_start(unsigned port);
unsigned relay_port(const struct relay *relay);

/* While held, what the server sends stays where it is. */
void relay_hold(struct relay *relay, bool held);

#endif
