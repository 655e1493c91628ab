#include "io/tls.h"
#include "io/resolve.h"
#include <openssl/err.h>
#include <openssl/x509v3.h>

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

SSL *tls_client_new(const struct conf_tls *tls, const char *host, struct err *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL *ssl = NULL;
    if (!context) {
        err_set(err, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_verify(context, tls->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, NULL);
    if (load_files(context, tls, err)) {
        ssl = SSL_new(context);
        if (!ssl || !expect_name(ssl, tls->server_name ? tls->server_name : host)) {
            fail(err, "server name", tls->server_name ? tls->server_name : host);
            SSL_free(ssl);
            ssl = NULL;
        }
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
