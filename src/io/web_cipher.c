#include "io/web_cipher.h"

/* A suite in the words of Go, of GnuTLS, and in the parts of a GnuTLS priority; TLS 1.3 has no key exchange.
 */
struct cipher {
    const char *name, *suite, *exchange, *cipher, *mac;
};

/* clang-format off */
#define AEAD "AEAD"
static const struct cipher ciphers[] = {
    {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_AES_128_GCM_SHA256", "ECDHE-ECDSA", "AES-128-GCM", AEAD},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_ECDSA_AES_256_GCM_SHA384", "ECDHE-ECDSA", "AES-256-GCM", AEAD},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_ECDSA_CHACHA20_POLY1305", "ECDHE-ECDSA", "CHACHA20-POLY1305", AEAD},
    {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_ECDSA_CHACHA20_POLY1305", "ECDHE-ECDSA", "CHACHA20-POLY1305", AEAD},
    {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_ECDSA_AES_128_CBC_SHA1", "ECDHE-ECDSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_ECDSA_AES_256_CBC_SHA1", "ECDHE-ECDSA", "AES-256-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_RSA_AES_128_GCM_SHA256", "ECDHE-RSA", "AES-128-GCM", AEAD},
    {"TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_AES_256_GCM_SHA384", "ECDHE-RSA", "AES-256-GCM", AEAD},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_ECDHE_RSA_CHACHA20_POLY1305", "ECDHE-RSA", "CHACHA20-POLY1305", AEAD},
    {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305", "TLS_ECDHE_RSA_CHACHA20_POLY1305", "ECDHE-RSA", "CHACHA20-POLY1305", AEAD},
    {"TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", "TLS_ECDHE_RSA_AES_128_CBC_SHA1", "ECDHE-RSA", "AES-128-CBC", "SHA1"},
    {"TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA", "TLS_ECDHE_RSA_AES_256_CBC_SHA1", "ECDHE-RSA", "AES-256-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_128_GCM_SHA256", "TLS_RSA_AES_128_GCM_SHA256", "RSA", "AES-128-GCM", AEAD},
    {"TLS_RSA_WITH_AES_256_GCM_SHA384", "TLS_RSA_AES_256_GCM_SHA384", "RSA", "AES-256-GCM", AEAD},
    {"TLS_RSA_WITH_AES_128_CBC_SHA", "TLS_RSA_AES_128_CBC_SHA1", "RSA", "AES-128-CBC", "SHA1"},
    {"TLS_RSA_WITH_AES_256_CBC_SHA", "TLS_RSA_AES_256_CBC_SHA1", "RSA", "AES-256-CBC", "SHA1"},
    {"TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", NULL, "AES-128-GCM", AEAD},
    {"TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", NULL, "AES-256-GCM", AEAD},
    {"TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", NULL, "CHACHA20-POLY1305", AEAD},
};

static const struct {
    const char *name, *group;
} curves[] = {
    {"CurveP256", "SECP256R1"},
    {"CurveP384", "SECP384R1"},
    {"CurveP521", "SECP521R1"},
    {"X25519", "X25519"},
};
/* clang-format on */

enum { CIPHERS = sizeof ciphers / sizeof *ciphers, CURVES = sizeof curves / sizeof *curves };

static const struct cipher *find(struct str name)
{
    for (unsigned i = 0; i < CIPHERS; i++)
        if (str_eq(name, str_of(ciphers[i].name)))
            return &ciphers[i];
    return NULL;
}

bool web_cipher_known(struct str name)
{
    return find(name) != NULL;
}

static const char *group_of(struct str name)
{
    for (unsigned i = 0; i < CURVES; i++)
        if (str_eq(name, str_of(curves[i].name)))
            return curves[i].group;
    return NULL;
}

bool web_curve_known(struct str name)
{
    return group_of(name) != NULL;
}

void web_cipher_names(struct buf *out)
{
    for (unsigned i = 0; i < CIPHERS; i++)
        buf_fmt(out, "%s%s", i ? ", " : "", ciphers[i].name);
}

void web_curve_names(struct buf *out)
{
    for (unsigned i = 0; i < CURVES; i++)
        buf_fmt(out, "%s%s", i ? ", " : "", curves[i].name);
}

static bool has_aead(const struct web_tls *tls)
{
    for (const char *const *name = tls->cipher_suites; name && *name; name++)
        if (str_eq(str_of(find(str_of(*name))->mac), STR(AEAD)))
            return true;
    return !tls->cipher_suites;
}

/* TLS 1.3 without any cipher of its own would end the handshake instead of going on with 1.2. */
static void add_versions(const struct web_tls *tls, struct buf *out)
{
    static const char *const words[] = {"1.0", "1.1", "1.2", "1.3"};
    for (unsigned v = tls->max_version + 1; v-- > (unsigned)tls->min_version;)
        if (v != CONF_TLS_13 || has_aead(tls))
            buf_fmt(out, ":+VERS-TLS%s", words[v]);
}

/* A part may come twice: GnuTLS keeps the first. */
static void add_ciphers(const struct web_tls *tls, struct buf *out)
{
    for (const char *const *name = tls->cipher_suites; *name; name++) {
        const struct cipher *cipher = find(str_of(*name));
        if (cipher->exchange)
            buf_fmt(out, ":+%s", cipher->exchange);
        buf_fmt(out, ":+%s:+%s", cipher->cipher, cipher->mac);
    }
}

void web_priority(const struct web_tls *tls, struct buf *out)
{
    buf_text(out, tls->cipher_suites ? "NONE:+COMP-NULL:+CTYPE-X509:+SIGN-ALL:+GROUP-ALL"
                                     : "NORMAL:-RSA:-DHE-RSA:-DHE-DSS:-VERS-ALL");
    add_versions(tls, out);
    if (tls->cipher_suites)
        add_ciphers(tls, out);
    if (tls->curve_preferences)
        buf_text(out, ":-GROUP-ALL");
    for (const char *const *name = tls->curve_preferences; name && *name; name++)
        buf_fmt(out, ":+GROUP-%s", group_of(str_of(*name)));
    if (tls->prefer_server_cipher_suites)
        buf_text(out, ":%SERVER_PRECEDENCE");
    buf_char(out, '\0');
}

static bool is_tls13(struct str suite)
{
    return str_starts(suite, STR("TLS_AES_")) || str_starts(suite, STR("TLS_CHACHA20_"));
}

bool web_cipher_listed(const struct web_tls *tls, const char *suite)
{
    if (!tls->cipher_suites || is_tls13(str_of(suite)))
        return true;
    for (const char *const *name = tls->cipher_suites; *name; name++)
        if (str_eq(str_of(find(str_of(*name))->suite), str_of(suite)))
            return true;
    return false;
}
