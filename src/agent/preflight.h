/*
 * preflight: tries what the configuration names and only use would prove: password files, certificates, keys,
 * the web configuration. Done before a configuration is taken, at start and at reload alike.
 */
#ifndef AGENT_PREFLIGHT_H
#define AGENT_PREFLIGHT_H

#include "io/conf.h"

/* One line in <mistakes> per file that cannot be used. True: none. */
bool preflight(const struct config *config, struct buf *mistakes);

#endif
