#include "support/https.h"
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { PATIENCE_SECONDS = 30, ANSWER_MAX = 4 << 20 };

struct https {
    SSL_CTX *context;
    SSL *ssl;
};

static void release(void *arg)
{
    struct https *https = arg;
    SSL_free(https->ssl);
    SSL_CTX_free(https->context);
    https->ssl = NULL;
    https->context = NULL;
}

static bool prepare(struct https *https, const struct https_files *files)
{
    SSL_CTX_set_verify(https->context, files->ca ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    if (files->max_version)
        SSL_CTX_set_max_proto_version(https->context, files->max_version);
    return (!files->ca || SSL_CTX_load_verify_locations(https->context, files->ca, NULL) == 1) &&
           (!files->cert || SSL_CTX_use_certificate_chain_file(https->context, files->cert) == 1) &&
           (!files->key || SSL_CTX_use_PrivateKey_file(https->context, files->key, SSL_FILETYPE_PEM) == 1);
}

struct https *https_connect(unsigned port, const struct https_files *files)
{
    struct timeval patience = {.tv_sec = PATIENCE_SECONDS};
    struct https *https = test_alloc(sizeof *https);
    int fd = http_connect(port);
    signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
    https->context = SSL_CTX_new(TLS_client_method());
    https->ssl = NULL;
    test_on_end(release, https);
    if (fd < 0 || !prepare(https, files))
        return NULL;
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    https->ssl = SSL_new(https->context);
    SSL_set_fd(https->ssl, fd);
    SSL_set_tlsext_host_name(https->ssl, "localhost");
    SSL_set1_host(https->ssl, "localhost");
    return SSL_connect(https->ssl) == 1 ? https : NULL;
}

struct http_answer https_ask(struct https *https, const char *path, const char *headers)
{
    struct http_answer answer = {.head = "", .body = ""};
    const char *request = test_text("GET %s HTTP/1.1\r\nHost: localhost\r\n%s\r\n", path, headers);
    char *text = test_alloc(ANSWER_MAX);
    size_t len = 0, wanted = 0;
    int64_t start = test_now_ms();
    if (SSL_write(https->ssl, request, (int)strlen(request)) <= 0)
        return answer;
    while (!wanted || len < wanted) {
        int got = SSL_read(https->ssl, text + len, (int)(ANSWER_MAX - 1 - len));
        if (got <= 0)
            return answer;
        len += (size_t)got;
        text[len] = '\0';
        char *end = strstr(text, "\r\n\r\n");
        if (wanted || !end)
            continue;
        answer.head = test_text("%.*s", (int)(end + 4 - text), text);
        wanted = (size_t)(end + 4 - text) + strtoul(http_header(&answer, "Content-Length"), NULL, 10);
    }
    answer.status = atoi(text + 9);
    answer.body = strstr(text, "\r\n\r\n") + 4;
    answer.body_len = strlen(answer.body);
    answer.seconds = (double)(test_now_ms() - start) / 1e3;
    return answer;
}

const char *https_serial(struct https *https)
{
    X509 *certificate = SSL_get1_peer_certificate(https->ssl);
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), NULL);
    char *hex = BN_bn2hex(number);
    const char *text = test_text("%s", hex);
    OPENSSL_free(hex);
    BN_free(number);
    X509_free(certificate);
    return text;
}

void https_close(struct https *https)
{
    SSL_shutdown(https->ssl);
    shutdown(SSL_get_fd(https->ssl), SHUT_RDWR);
}
