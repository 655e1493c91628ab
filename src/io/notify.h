/*
 * notify: readiness and watchdog for systemd, by its datagram protocol. Without NOTIFY_SOCKET nothing
 * happens.
 */
#ifndef IO_NOTIFY_H
#define IO_NOTIFY_H

#include <stdint.h>

/* "READY=1", "RELOADING=1", "STOPPING=1", "WATCHDOG=1", "STATUS=…"; several are joined by newlines. */
void notify_send(const char *state);

/* How often WATCHDOG=1 is wanted, half of the time systemd allows; 0 = not at all. */
uint64_t notify_watchdog_ms(void);

#endif
