/*
 * web_verdict: what is known of user names and passwords that were checked before.
 *
 * A bcrypt check costs tens of milliseconds, and Prometheus comes with the same password every few seconds.
 * What is kept is a digest (HMAC-SHA-256 under a key of this process, from the kernel) of user, stored hash
 * and password together, never the password; a changed hash in the file is therefore another digest. Right
 * and wrong ones live apart, so that a flood of wrong ones cannot push the right ones out, and wrong ones are
 * forgotten soon.
 */
#ifndef IO_WEB_VERDICT_H
#define IO_WEB_VERDICT_H

#include <bluegreen/str.h>
#include <stdint.h>

#define WEB_VERDICTS_MAX 256u /* of each kind; the one used longest ago goes */
#define WEB_WRONG_MS     30000u

enum web_verdict { WEB_VERDICT_NONE = 0, WEB_VERDICT_RIGHT, WEB_VERDICT_WRONG };

struct web_digest {
    unsigned char bytes[32];
};

struct web_verdicts;

/* NULL: no memory, or no randomness. */
struct web_verdicts *web_verdicts_new(void);
void web_verdicts_free(struct web_verdicts *verdicts);

/* False: the digest could not be made. */
bool web_verdicts_digest(const struct web_verdicts *verdicts, struct str user, struct str secret,
                         struct str password, struct web_digest *ret);

enum web_verdict web_verdicts_find(struct web_verdicts *verdicts, const struct web_digest *digest,
                                   uint64_t now_ms);
void web_verdicts_add(struct web_verdicts *verdicts, const struct web_digest *digest, bool right,
                      uint64_t now_ms);

/* Equal bytes, in a time that depends on <len> only. */
bool web_same_bytes(const void *a, const void *b, size_t len);

#endif
