#include "io/httpd_tls.h"
#include "io/conf_keys.h"
#include "io/httpd_tcp.h"
#include "io/web_cipher.h"
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { PEM_MAX = 1 << 20, PEM_FIRST = 64 << 10 };

struct tls_server {
    const struct web_tls *conf; /* borrowed */
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priority;
};

/* ---- files ------------------------------------------------------------------------------------------ */

/* PEM from the file or from the configuration itself. */
struct pem {
    const char *what, *file;
    struct buf text;
};

static bool pem_open(struct pem *pem, const char *what, const char *file, const char *text, struct err *err)
{
    struct err why;
    *pem = (struct pem){what, file ? file : "in the web configuration", {0}};
    buf_init(&pem->text, PEM_MAX);
    if (!file) {
        buf_text(&pem->text, text);
        return true;
    }
    buf_reserve(&pem->text, PEM_FIRST); /* at once, so that a key leaves no copies behind */
    return conf_read_text(file, &pem->text, &why) ||
           err_set(err, ERR_TLS, "the %s %s %s", what, file, why.text);
}

static gnutls_datum_t pem_datum(const struct pem *pem)
{
    struct str view = buf_view(&pem->text);
    return (gnutls_datum_t){(unsigned char *)view.ptr, (unsigned)view.len};
}

static void pem_done(struct pem *pem)
{
    if (pem->text.ptr)
        explicit_bzero(pem->text.ptr, pem->text.len);
    buf_done(&pem->text);
}

static bool cannot_use(struct err *err, const struct pem *pem, int code)
{
    return err_set(err, ERR_TLS, "cannot use the %s %s: %s", pem->what, pem->file,
                   code == GNUTLS_E_CERTIFICATE_KEY_MISMATCH ? "it does not belong to the certificate"
                   : code == 0                               ? "there is no certificate in it"
                                                             : gnutls_strerror(code));
}

/* Each alone first, so that the message names the one that is at fault. */
static bool check_certificate(const struct pem *pem, struct err *err)
{
    gnutls_datum_t datum = pem_datum(pem);
    gnutls_x509_crt_t *list;
    unsigned count = 0;
    int code = gnutls_x509_crt_list_import2(&list, &count, &datum, GNUTLS_X509_FMT_PEM, 0);
    if (code < 0)
        return cannot_use(err, pem, code);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return true;
}

static bool load_pair(struct tls_server *server, const struct web_tls *tls, struct err *err)
{
    struct pem cert, key = {.text = {0}};
    bool ok = pem_open(&cert, "certificate", tls->cert_file, tls->cert, err) &&
              pem_open(&key, "private key", tls->key_file, tls->key, err) && check_certificate(&cert, err);
    if (ok) {
        gnutls_datum_t cert_datum = pem_datum(&cert), key_datum = pem_datum(&key);
        int code = gnutls_certificate_set_x509_key_mem2(server->credentials, &cert_datum, &key_datum,
                                                        GNUTLS_X509_FMT_PEM, NULL, 0);
        ok = code >= 0 || cannot_use(err, &key, code);
    }
    pem_done(&cert);
    pem_done(&key);
    return ok;
}

static bool load_authorities(struct tls_server *server, const struct web_tls *tls, struct err *err)
{
    struct pem pem;
    if (!tls->client_ca_file && !tls->client_ca)
        return true;
    bool ok = pem_open(&pem, "client CA file", tls->client_ca_file, tls->client_ca, err);
    if (ok) {
        gnutls_datum_t datum = pem_datum(&pem);
        int code = gnutls_certificate_set_x509_trust_mem(server->credentials, &datum, GNUTLS_X509_FMT_PEM);
        ok = code > 0 || cannot_use(err, &pem, code);
    }
    pem_done(&pem);
    return ok;
}

/* ---- versions and ciphers --------------------------------------------------------------------------- */

/* GnuTLS may have made more of the list than it says. */
static bool check_suites(const struct tls_server *server, const struct web_tls *tls, struct err *err)
{
    unsigned suite;
    int code;
    for (unsigned i = 0; (code = gnutls_priority_get_cipher_suite_index(server->priority, i, &suite)) !=
                         GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE;
         i++) {
        const char *name = code == 0 ? gnutls_cipher_suite_info(suite, NULL, NULL, NULL, NULL, NULL) : NULL;
        if (name && !web_cipher_listed(tls, name))
            return err_set(
                err, ERR_TLS,
                "tls_server_config.cipher_suites cannot be had without %s as well (GnuTLS combines "
                "key exchanges and ciphers); add that one or remove its parts",
                name);
    }
    return true;
}

static bool set_priority(struct tls_server *server, const struct web_tls *tls, struct err *err)
{
    struct buf text;
    buf_init(&text, 4096);
    web_priority(tls, &text);
    const char *wrong = "";
    int code =
        buf_ok(&text) ? gnutls_priority_init(&server->priority, text.ptr, &wrong) : GNUTLS_E_MEMORY_ERROR;
    bool ok =
        code == 0 || err_set(err, ERR_TLS, "these TLS versions, ciphers and curves cannot be had: %s at %s",
                             gnutls_strerror(code), wrong);
    buf_done(&text);
    return ok && check_suites(server, tls, err);
}

/* ---- who the client is ------------------------------------------------------------------------------ */

static bool is_allowed(const struct web_tls *tls, struct str name)
{
    for (const char *const *allowed = tls->client_allowed_sans; *allowed; allowed++)
        if (str_eq(name, str_of(*allowed)))
            return true;
    return false;
}

/* Names, addresses, mail addresses and URIs of the certificate, one by one. */
static bool has_allowed_name(const struct web_tls *tls, gnutls_x509_crt_t crt)
{
    char san[1024], text[INET6_ADDRSTRLEN];
    for (unsigned i = 0;; i++) {
        size_t size = sizeof san;
        int type = gnutls_x509_crt_get_subject_alt_name(crt, i, san, &size, NULL);
        if (type == GNUTLS_E_SHORT_MEMORY_BUFFER)
            continue;
        if (type < 0)
            return false;
        if (type == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16))
            inet_ntop(size == 4 ? AF_INET : AF_INET6, san, text, sizeof text);
        struct str name = type == GNUTLS_SAN_IPADDRESS ? str_of(text) : (struct str){san, size};
        bool readable = type == GNUTLS_SAN_DNSNAME || type == GNUTLS_SAN_RFC822NAME ||
                        type == GNUTLS_SAN_URI || (type == GNUTLS_SAN_IPADDRESS && (size == 4 || size == 16));
        if (readable && is_allowed(tls, name))
            return true;
    }
}

static bool name_fits(const struct web_tls *tls, const gnutls_datum_t *certificate)
{
    gnutls_x509_crt_t crt;
    if (!tls->client_allowed_sans)
        return true;
    if (!certificate || gnutls_x509_crt_init(&crt) != 0)
        return false;
    bool ok =
        gnutls_x509_crt_import(crt, certificate, GNUTLS_X509_FMT_DER) == 0 && has_allowed_name(tls, crt);
    gnutls_x509_crt_deinit(crt);
    return ok;
}

static int on_verify(gnutls_session_t session)
{
    const struct tls_peer *peer = gnutls_session_get_ptr(session);
    const struct web_tls *tls = peer->server->conf;
    gnutls_typed_vdata_st purpose = {GNUTLS_DT_KEY_PURPOSE_OID, (void *)GNUTLS_KP_TLS_WWW_CLIENT, 0};
    unsigned count = 0, status = 0;
    const gnutls_datum_t *certificate = gnutls_certificate_get_peers(session, &count);
    bool verifies =
        tls->client_auth == WEB_CLIENT_VERIFY_IF_GIVEN || tls->client_auth == WEB_CLIENT_REQUIRE_AND_VERIFY;
    if (tls->client_auth == WEB_CLIENT_NONE)
        return 0;
    if (!count &&
        (tls->client_auth == WEB_CLIENT_REQUIRE_ANY || tls->client_auth == WEB_CLIENT_REQUIRE_AND_VERIFY))
        return GNUTLS_E_CERTIFICATE_REQUIRED;
    if (count && verifies && (gnutls_certificate_verify_peers(session, &purpose, 1, &status) != 0 || status))
        return GNUTLS_E_CERTIFICATE_ERROR;
    return name_fits(tls, count ? certificate : NULL) ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

/* ---- a connection ----------------------------------------------------------------------------------- */

static void tell_plain_client(int fd)
{
    static const char answer[] = "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
                                 "Connection: close\r\n\r\nthis port speaks HTTPS; use https://\n";
    (void)!send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* Every record of a handshake begins with 22, every request in plain HTTP with a capital letter. */
static ssize_t on_pull(gnutls_transport_ptr_t ptr, void *bytes, size_t size)
{
    struct tls_peer *peer = ptr;
    ssize_t got = recv(peer->fd, bytes, size, 0);
    if (got >= 0 || errno != EAGAIN)
        ++*peer->moves;
    if (got <= 0 || peer->greeted)
        return got;
    peer->greeted = true;
    char first = *(const char *)bytes;
    if (first < 'A' || first > 'Z')
        return got;
    tell_plain_client(peer->fd);
    return 0;
}

static ssize_t on_push(gnutls_transport_ptr_t ptr, const giovec_t *parts, int count)
{
    const struct tls_peer *peer = ptr;
    struct msghdr message = {.msg_iov = (struct iovec *)parts, .msg_iovlen = (size_t)count};
    ssize_t sent = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
    if (sent >= 0 || errno != EAGAIN)
        ++*peer->moves;
    return sent;
}

static int on_pull_timeout(gnutls_transport_ptr_t ptr, unsigned ms)
{
    const struct tls_peer *peer = ptr;
    struct pollfd fd = {.fd = peer->fd, .events = POLLIN};
    (void)ms; /* never waits: the loop does */
    return poll(&fd, 1, 0);
}

static int on_finished(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                       const gnutls_datum_t *message)
{
    struct tls_peer *peer = gnutls_session_get_ptr(session);
    (void)type;
    (void)when;
    (void)message;
    if (incoming && !peer->finished) {
        peer->finished = true;
        peer->handshake_bytes = tcp_progress(peer->fd).received;
    }
    return 0;
}

bool tls_server_dress(const struct tls_server *server, void *session, int fd, uint64_t *moves,
                      struct tls_peer *peer)
{
    static const gnutls_certificate_request_t requests[] = {
        [WEB_CLIENT_NONE] = GNUTLS_CERT_IGNORE,
        [WEB_CLIENT_REQUEST] = GNUTLS_CERT_REQUEST,
        [WEB_CLIENT_REQUIRE_ANY] = GNUTLS_CERT_REQUIRE,
        [WEB_CLIENT_VERIFY_IF_GIVEN] = GNUTLS_CERT_REQUEST,
        [WEB_CLIENT_REQUIRE_AND_VERIFY] = GNUTLS_CERT_REQUIRE,
    };
    *peer = (struct tls_peer){.server = server, .fd = fd};
    peer->moves = moves;
    gnutls_session_set_ptr(session, peer);
    gnutls_transport_set_ptr(session, peer);
    gnutls_transport_set_vec_push_function(session, on_push);
    gnutls_transport_set_pull_function(session, on_pull);
    gnutls_transport_set_pull_timeout_function(session, on_pull_timeout);
    gnutls_handshake_set_hook_function(session, GNUTLS_HANDSHAKE_FINISHED, GNUTLS_HOOK_POST, on_finished);
    gnutls_certificate_server_set_request(session, requests[server->conf->client_auth]);
    return gnutls_priority_set(session, server->priority) == 0 &&
           gnutls_credentials_set(session, GNUTLS_CRD_CERTIFICATE, server->credentials) == 0;
}

/* ---- life ------------------------------------------------------------------------------------------- */

struct tls_server *tls_server_new(const struct web_tls *tls, struct err *err)
{
    struct tls_server *server = calloc(1, sizeof *server);
    if (!server || gnutls_certificate_allocate_credentials(&server->credentials) != 0) {
        free(server);
        err_set(err, ERR_MEMORY, "no memory for TLS");
        return NULL;
    }
    server->conf = tls;
    gnutls_certificate_set_verify_function(server->credentials, on_verify);
    if (load_pair(server, tls, err) && load_authorities(server, tls, err) && set_priority(server, tls, err))
        return server;
    tls_server_free(server);
    return NULL;
}

void tls_server_free(struct tls_server *server)
{
    if (!server)
        return;
    gnutls_certificate_free_credentials(server->credentials);
    if (server->priority)
        gnutls_priority_deinit(server->priority);
    free(server);
}

double tls_server_expiry(const struct tls_server *server)
{
    gnutls_x509_crt_t *list;
    unsigned count = 0;
    time_t end = 0;
    if (gnutls_certificate_get_x509_crt(server->credentials, 0, &list, &count) != 0)
        return 0;
    if (count)
        end = gnutls_x509_crt_get_expiration_time(list[0]);
    for (unsigned i = 0; i < count; i++)
        gnutls_x509_crt_deinit(list[i]);
    gnutls_free(list);
    return (double)end;
}
