/*
 * certs: authorities and certificates of a test's own, made with openssl(1).
 *
 * NAME stands for <dir>/NAME.pem and <dir>/NAME.key.
 */
#ifndef SUPPORT_CERTS_H
#define SUPPORT_CERTS_H

#include "support/test.h"

/* <dir>/<name>.<ending>, until the test ends. */
const char *certs_file(const char *dir, const char *name, const char *ending);

void certs_authority(const char *dir, const char *name);

/* For <names> ("DNS:localhost,IP:127.0.0.1"), signed by the authority; made again it is another one. */
void certs_issue(const char *dir, const char *name, const char *authority, const char *names);

#endif
