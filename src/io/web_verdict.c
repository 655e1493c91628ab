#include "io/web_verdict.h"
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct entry {
    struct web_digest digest;
    uint64_t used_ms; /* right: last seen; wrong: when it was checked */
    bool taken;
};

struct web_verdicts {
    unsigned char key[32];
    struct entry right[WEB_VERDICTS_MAX], wrong[WEB_VERDICTS_MAX];
};

struct web_verdicts *web_verdicts_new(void)
{
    struct web_verdicts *verdicts = calloc(1, sizeof *verdicts);
    if (verdicts && getrandom(verdicts->key, sizeof verdicts->key, 0) == sizeof verdicts->key)
        return verdicts;
    free(verdicts);
    return NULL;
}

void web_verdicts_free(struct web_verdicts *verdicts)
{
    if (verdicts)
        explicit_bzero(verdicts, sizeof *verdicts);
    free(verdicts);
}

bool web_same_bytes(const void *a, const void *b, size_t len)
{
    return gnutls_memcmp(a, b, len) == 0;
}

/* With its length before it, so that no two lists of parts are the same bytes. */
static bool add_part(gnutls_hmac_hd_t hmac, struct str part)
{
    uint64_t len = part.len;
    return gnutls_hmac(hmac, &len, sizeof len) == 0 &&
           (part.len == 0 || gnutls_hmac(hmac, part.ptr, part.len) == 0);
}

bool web_verdicts_digest(const struct web_verdicts *verdicts, struct str user, struct str secret,
                         struct str password, struct web_digest *ret)
{
    gnutls_hmac_hd_t hmac;
    if (gnutls_hmac_init(&hmac, GNUTLS_MAC_SHA256, verdicts->key, sizeof verdicts->key) != 0)
        return false;
    bool ok = add_part(hmac, user) && add_part(hmac, secret) && add_part(hmac, password);
    gnutls_hmac_deinit(hmac, ret->bytes);
    return ok;
}

static struct entry *find(struct entry *entries, const struct web_digest *digest)
{
    for (unsigned i = 0; i < WEB_VERDICTS_MAX; i++)
        if (entries[i].taken && web_same_bytes(entries[i].digest.bytes, digest->bytes, sizeof digest->bytes))
            return &entries[i];
    return NULL;
}

/* A free one, or the one used longest ago. */
static struct entry *victim(struct entry *entries)
{
    struct entry *oldest = entries;
    for (unsigned i = 0; i < WEB_VERDICTS_MAX; i++) {
        if (!entries[i].taken)
            return &entries[i];
        if (entries[i].used_ms < oldest->used_ms)
            oldest = &entries[i];
    }
    return oldest;
}

enum web_verdict web_verdicts_find(struct web_verdicts *verdicts, const struct web_digest *digest,
                                   uint64_t now_ms)
{
    struct entry *entry = find(verdicts->right, digest);
    if (entry) {
        entry->used_ms = now_ms;
        return WEB_VERDICT_RIGHT;
    }
    entry = find(verdicts->wrong, digest);
    return entry && now_ms - entry->used_ms < WEB_WRONG_MS ? WEB_VERDICT_WRONG : WEB_VERDICT_NONE;
}

void web_verdicts_add(struct web_verdicts *verdicts, const struct web_digest *digest, bool right,
                      uint64_t now_ms)
{
    struct entry *entries = right ? verdicts->right : verdicts->wrong;
    struct entry *entry = find(entries, digest);
    if (!entry)
        entry = victim(entries);
    *entry = (struct entry){*digest, now_ms, true};
}
