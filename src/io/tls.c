#include "io/tls.h"
#include "io/resolve.h"
#include "io/stamp.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

static bool fail(struct err *err, const char *what, const char *file)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    err_set(err, ERR_TLS, "cannot use the %s %s: %s", what, file,
            reason ? reason : "OpenSSL does not say why");
    ERR_clear_error();
    return false;
}

static bool load_files(SSL_CTX *context, const struct conf_tls *tls, struct err *err)
{
    if (tls->ca_file && SSL_CTX_load_verify_locations(context, tls->ca_file, NULL) != 1)
        return fail(err, "CA file", tls->ca_file);
    if (!tls->ca_file && SSL_CTX_set_default_verify_paths(context) != 1)
        return fail(err, "certificates of the", "system");
    if (tls->cert_file && SSL_CTX_use_certificate_chain_file(context, tls->cert_file) != 1)
        return fail(err, "certificate", tls->cert_file);
    if (tls->key_file && SSL_CTX_use_PrivateKey_file(context, tls->key_file, SSL_FILETYPE_PEM) != 1)
        return fail(err, "private key", tls->key_file);
    if (tls->cert_file && tls->key_file && SSL_CTX_check_private_key(context) != 1)
        return fail(err, "private key (it does not belong to the certificate)", tls->key_file);
    return true;
}

/* The server's certificate must be for <name>; SNI carries names only, never addresses. */
static bool expect_name(SSL *ssl, const char *name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (resolve_is_numeric(name))
        return X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1;
    return X509_VERIFY_PARAM_set1_host(param, name, 0) == 1 && SSL_set_tlsext_host_name(ssl, name) == 1;
}

static SSL_CTX *make_context(const struct conf_tls *tls, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        err_set(err, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, tls->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (load_files(context, tls, err))
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* ---- contexts that are kept ------------------------------------------------------------------------- */

enum { FILES = 3 };

struct tls_context {
    struct tls_context *older;
    SSL_CTX *context;
    struct stamp stamps[FILES];
    bool skip_verify;
    char *files[FILES]; /* authorities, certificate, key; NULL: none */
};

static const char *system_authorities(void)
{
    const char *file = getenv(X509_get_default_cert_file_env());
    return file ? file : X509_get_default_cert_file();
}

static void take_stamps(const struct conf_tls *tls, struct stamp stamps[FILES])
{
    const char *const files[FILES] = {tls->ca_file ? tls->ca_file : system_authorities(), tls->cert_file,
                                      tls->key_file};
    for (unsigned i = 0; i < FILES; i++)
        stamps[i] = stamp_of(files[i]);
}

static void drop(struct tls_context *kept)
{
    SSL_CTX_free(kept->context);
    for (unsigned i = 0; i < FILES; i++)
        free(kept->files[i]);
    free(kept);
}

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool made_of(const struct tls_context *kept, const struct conf_tls *tls)
{
    return kept->skip_verify == tls->skip_verify && same_text(kept->files[0], tls->ca_file) &&
           same_text(kept->files[1], tls->cert_file) && same_text(kept->files[2], tls->key_file);
}

/* Takes it out of the list; NULL: there is none. */
static struct tls_context *take(struct tls_contexts *contexts, const struct conf_tls *tls)
{
    for (struct tls_context **at = &contexts->newest; *at; at = &(*at)->older) {
        struct tls_context *kept = *at;
        if (!made_of(kept, tls))
            continue;
        *at = kept->older;
        return kept;
    }
    return NULL;
}

static struct tls_context *keep(SSL_CTX *context, const struct conf_tls *tls,
                                const struct stamp stamps[FILES])
{
    const char *const files[FILES] = {tls->ca_file, tls->cert_file, tls->key_file};
    struct tls_context *kept = calloc(1, sizeof *kept);
    bool ok = kept != NULL;
    if (!kept)
        return NULL;
    kept->skip_verify = tls->skip_verify;
    for (unsigned i = 0; i < FILES; i++) {
        kept->stamps[i] = stamps[i];
        kept->files[i] = files[i] ? strdup(files[i]) : NULL;
        ok = ok && (kept->files[i] || !files[i]);
    }
    if (ok && SSL_CTX_up_ref(context)) {
        kept->context = context;
        return kept;
    }
    drop(kept);
    return NULL;
}

static void put(struct tls_contexts *contexts, struct tls_context *kept)
{
    unsigned count = 0;
    kept->older = contexts->newest;
    contexts->newest = kept;
    for (struct tls_context **at = &contexts->newest; *at; at = &(*at)->older) {
        if (++count <= TLS_CONTEXTS_MAX)
            continue;
        struct tls_context *last = *at;
        *at = last->older;
        drop(last);
        return;
    }
}

/* A reference of the caller's own; NULL: the files cannot be used. */
static SSL_CTX *context_for(struct tls_contexts *contexts, const struct conf_tls *tls, struct err *err)
{
    struct stamp stamps[FILES];
    struct tls_context *kept = take(contexts, tls);
    take_stamps(tls, stamps);
    if (kept && stamps_same(kept->stamps, stamps, FILES) && SSL_CTX_up_ref(kept->context)) {
        put(contexts, kept);
        return kept->context;
    }
    if (kept)
        drop(kept);
    SSL_CTX *context = make_context(tls, err);
    kept = context ? keep(context, tls, stamps) : NULL;
    if (kept)
        put(contexts, kept);
    return context;
}

void tls_contexts_done(struct tls_contexts *contexts)
{
    while (contexts->newest) {
        struct tls_context *kept = contexts->newest;
        contexts->newest = kept->older;
        drop(kept);
    }
}

unsigned tls_contexts_count(const struct tls_contexts *contexts)
{
    unsigned count = 0;
    for (const struct tls_context *kept = contexts->newest; kept; kept = kept->older)
        count++;
    return count;
}

/* ---- a connection ----------------------------------------------------------------------------------- */

SSL *tls_client_new(struct tls_contexts *contexts, const struct conf_tls *tls, const char *host,
                    struct err *err)
{
    SSL_CTX *context = context_for(contexts, tls, err);
    if (!context)
        return NULL;
    SSL *ssl = SSL_new(context);
    if (!ssl || !expect_name(ssl, tls->server_name ? tls->server_name : host)) {
        fail(err, "server name", tls->server_name ? tls->server_name : host);
        SSL_free(ssl);
        ssl = NULL;
    }
    SSL_CTX_free(context); /* the SSL keeps its own reference */
    return ssl;
}

const char *tls_failure(const SSL *ssl)
{
    long verdict = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;
    if (verdict != X509_V_OK)
        return X509_verify_cert_error_string(verdict);
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "the peer ended the handshake";
}
