#include "io/link.h"
#include "io/redis_poll.h"
#include "io/reply_hiredis.h"
#include "io/resolve.h"
#include "io/secret.h"
#include "io/tls.h"
#include <errno.h>
#include <hiredis/async.h>
#include <hiredis/hiredis_ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SCRATCH_FIRST = 64 << 10,
    SCRATCH_MAX = 64 << 20,
    ELEMENTS_MAX = 1 << 18, /* announced by one array */
    READ_SLACK = 64 << 10   /* one read may bring the start of the next replies */
};

enum phase { SHUT = 0, RESOLVING, CONNECTING, OPEN };

struct pending {
    enum cmd_id cmd;
    link_reply reply; /* NULL: part of the handshake */
    void *arg;
};

struct link {
    struct link_env *env;
    const struct conf_target *target;
    enum cmd_class class;
    bool set_client_name;
    struct link_hooks hooks;
    void *arg;

    enum phase phase;
    struct resolve *resolve;
    struct addresses addresses; /* of the name; those not tried yet are from <address> on */
    unsigned address;
    uint64_t started_ns;
    double connect_seconds;

    redisAsyncContext *ac;
    SSL *ssl;                           /* of ac; NULL without TLS */
    redisContextFuncs transport;        /* hiredis' own functions of this connection */
    redisContextFuncs counted;          /* the same with our read() */
    redisReplyObjectFunctions builders; /* of this connection's reader */
    bool answered;                      /* a reply came on this connection */
    struct pending pending[LINK_PIPELINE_MAX];
    unsigned first, count; /* ring of pending */
    size_t reply_bytes;    /* read since the last complete reply */
    struct err broken;     /* what we found wrong ourselves; kind NONE: nothing */
};

/* ---- ending ----------------------------------------------------------------------------------------- */

/* Forgets the connection without a word; hiredis frees it now, or after the callback it is in. */
static void detach(struct link *link, bool hiredis_frees)
{
    redisAsyncContext *ac = link->ac;
    resolve_forget(link->resolve);
    link->resolve = NULL;
    link->ac = NULL;
    link->ssl = NULL;
    link->phase = SHUT;
    link->first = link->count = 0;
    if (!ac)
        return;
    ac->data = NULL;
    if (!hiredis_frees)
        redisAsyncFree(ac);
}

static void report(struct link *link, const struct err *why, bool hiredis_frees)
{
    struct err copy = *why;
    detach(link, hiredis_frees);
    link->hooks.closed(link->arg, &copy);
}

static void fail(struct link *link, enum err_kind kind, const char *text)
{
    struct err err;
    err_set(&err, kind, "%s: %s", link->target->url, text);
    report(link, &err, false);
}

static bool in_tls_handshake(const struct link *link)
{
    return link->ssl && !SSL_is_init_finished(link->ssl);
}

static void describe_loss(const struct link *link, const redisAsyncContext *ac, struct err *err)
{
    if (link->broken.kind != ERR_NONE)
        *err = link->broken;
    else if (in_tls_handshake(link))
        err_set(err, ERR_TLS, "the TLS handshake failed: %s", tls_failure(link->ssl));
    else if (link->ssl && !link->answered && !link->target->tls.cert_file)
        err_set(err, ERR_TLS,
                "the server ended the connection right after the TLS handshake: %s; it may want a client "
                "certificate (cert_file and key_file)",
                ac->err ? ac->errstr : "without a word");
    else if (ac->err == REDIS_ERR_PROTOCOL)
        err_set(err, ERR_PROTOCOL, "the peer does not speak the Redis protocol: %s", ac->errstr);
    else if (ac->err == REDIS_ERR_OOM)
        err_set(err, ERR_PROTOCOL, "the reply is nested deeper than %d levels, or there is no memory for it",
                REPLY_DEPTH_MAX);
    else
        err_set(err, ERR_CLOSED, "the connection was lost: %s",
                ac->err ? ac->errstr : "the server closed it");
    err_wrap(err, "%s", link->target->url);
}

static void on_disconnect(const redisAsyncContext *ac, int status)
{
    struct link *link = ac->data;
    struct err err;
    (void)status;
    if (!link)
        return;
    describe_loss(link, ac, &err);
    report(link, &err, true);
}

/* ---- replies ---------------------------------------------------------------------------------------- */

/* Reads like the transport does, and counts, so that a peer cannot make us keep more than the ceiling. */
static ssize_t counted_read(redisContext *c, char *bytes, size_t size)
{
    struct link *link = c->privdata;
    ssize_t got = link->transport.read(c, bytes, size);
    if (got <= 0)
        return got;
    link->reply_bytes += (size_t)got;
    const struct cmd *cmd = cmd_get(link->count ? link->pending[link->first].cmd : CMD_NONE);
    if (link->reply_bytes <= (size_t)cmd->reply_max + READ_SLACK)
        return got;
    char name[64];
    err_set(&link->broken, ERR_TOO_LARGE, "the reply to " STR_FMT " is larger than its ceiling of %u bytes",
            STR_ARG(cmd_text(link->count ? link->pending[link->first].cmd : CMD_NONE, name, sizeof name)),
            cmd->reply_max);
    c->err = REDIS_ERR_OTHER;
    snprintf(c->errstr, sizeof c->errstr, "reply too large");
    return -1;
}

/*
 * What the handshake's answers mean. A user who may not call CLIENT SETNAME is no reason to stay away, but a
 * server that does not let us in says so in whichever answer comes first.
 */
static void handshake_reply(struct link *link, enum cmd_id cmd, const struct reply *reply)
{
    if (reply->type != REPLY_ERROR)
        return;
    enum err_kind kind = reply_error_kind(reply->text);
    bool locked_out = kind == ERR_AUTH_REQUIRED || kind == ERR_MAXCLIENTS || kind == ERR_PROTECTED;
    if (cmd == CMD_AUTH && kind == ERR_REDIS)
        kind = ERR_AUTH_FAILED;
    /* "ERR unknown command" repeats its arguments: here, the password. */
    if (cmd == CMD_AUTH && kind == ERR_UNKNOWN_COMMAND)
        fail(link, kind, "AUTH: the server does not know the command, or by another word (rename_commands)");
    else if (cmd == CMD_AUTH || locked_out)
        fail(link, kind, reply->text.ptr);
}

static void on_reply(redisAsyncContext *ac, void *raw, void *privdata)
{
    struct link *link = ac->data;
    (void)privdata;
    if (!link || !raw || link->count == 0)
        return;
    link->answered = true;
    struct pending pending = link->pending[link->first];
    link->first = (link->first + 1) % LINK_PIPELINE_MAX;
    link->count--;
    link->reply_bytes = ac->c.reader->len - ac->c.reader->pos;

    struct reply reply;
    bool understood = reply_from_hiredis(raw, &link->env->scratch, &reply);
    if (!understood)
        fail(link, ERR_TOO_LARGE, "there is no memory for a reply");
    else if (pending.reply)
        pending.reply(pending.arg, pending.cmd, &reply);
    else
        handshake_reply(link, pending.cmd, &reply);
    arena_reset(&link->env->scratch);
    if (link->ac && link->count == 0)
        reader_rest(link->ac->c.reader);
}

/* One command in the making: the words of its row, then what is behind them. */
struct words {
    size_t count;
    const char *text[CMD_ARGS_MAX + LINK_EXTRA_MAX];
    size_t len[CMD_ARGS_MAX + LINK_EXTRA_MAX];
};

static void add_word(struct words *words, struct str word)
{
    words->text[words->count] = word.ptr;
    words->len[words->count++] = word.len;
}

/* The first word is the one that a server may know by another name. */
static struct words row_words(const struct link *link, enum cmd_id cmd)
{
    struct words words = {.count = 0};
    add_word(&words, str_of(conf_command(link->target, cmd_get(cmd)->args[0])));
    for (int i = 1; i < CMD_ARGS_MAX && cmd_get(cmd)->args[i]; i++)
        add_word(&words, str_of(cmd_get(cmd)->args[i]));
    return words;
}

static bool queue(struct link *link, const struct pending *pending, const struct words *words,
                  struct err *err)
{
    if (redisAsyncCommandArgv(link->ac, on_reply, NULL, (int)words->count, (const char **)words->text,
                              words->len) != REDIS_OK)
        return err_set(err, ERR_MEMORY, "%s: the command could not be queued", link->target->url);
    link->pending[(link->first + link->count++) % LINK_PIPELINE_MAX] = *pending;
    return true;
}

bool link_send_with(struct link *link, enum cmd_id cmd, const struct str *extra, unsigned extra_count,
                    link_reply reply, void *arg, struct err *err)
{
    struct words words = row_words(link, cmd);
    char text[64];
    if (words.len[0] == 0)
        return err_set(err, ERR_UNKNOWN_COMMAND, "%s: rename_commands says that the server has no %s",
                       link->target->url, cmd_get(cmd)->args[0]);
    if (link->phase != OPEN)
        return err_set(err, ERR_CLOSED, "%s: the connection is not open", link->target->url);
    if (cmd_get(cmd)->class > link->class)
        return err_set(err, ERR_INPUT, STR_FMT " changes things and this connection may only read",
                       STR_ARG(cmd_text(cmd, text, sizeof text)));
    if (link->count == LINK_PIPELINE_MAX)
        return err_set(err, ERR_LIMIT, "%s: %d commands are waiting for their replies already",
                       link->target->url, LINK_PIPELINE_MAX);
    if (extra_count > LINK_EXTRA_MAX)
        return err_set(err, ERR_LIMIT, STR_FMT " has more than %d arguments",
                       STR_ARG(cmd_text(cmd, text, sizeof text)), LINK_EXTRA_MAX);
    for (unsigned i = 0; i < extra_count; i++)
        add_word(&words, extra[i]);
    return queue(link, &(struct pending){cmd, reply, arg}, &words, err);
}

bool link_send(struct link *link, enum cmd_id cmd, link_reply reply, void *arg, struct err *err)
{
    return link_send_with(link, cmd, NULL, 0, reply, arg, err);
}

/* ---- opening ---------------------------------------------------------------------------------------- */

static bool send_auth(struct link *link, struct err *err)
{
    const struct conf_target *target = link->target;
    struct words words = row_words(link, CMD_AUTH);
    struct secret secret = {.len = 0};
    if (!target->password && !target->password_file)
        return true;
    if (target->password_file && !secret_read_file(target->password_file, &secret, err))
        return false;
    if (target->username)
        add_word(&words, str_of(target->username));
    add_word(&words, str_of(target->password_file ? secret.text : target->password));
    bool ok = queue(link, &(struct pending){CMD_AUTH, NULL, NULL}, &words, err);
    secret_wipe(&secret);
    return ok;
}

static bool start_tls(struct link *link, redisAsyncContext *ac, struct err *err)
{
    const struct conf_target *target = link->target;
    if (target->endpoint.kind != ENDPOINT_TLS)
        return true;
    SSL *ssl = tls_client_new(&link->env->tls, &target->tls, target->endpoint.host, err);
    if (!ssl)
        return false;
    link->ssl = ssl;
    if (redisInitiateSSL(&ac->c, ssl) == REDIS_OK)
        return true;
    err_set(err, ERR_TLS, "the TLS handshake failed: %s", tls_failure(ssl));
    SSL_free(ssl); /* hiredis takes it over on success only */
    link->ssl = NULL;
    return false;
}

static void count_reads(struct link *link, redisContext *c)
{
    link->transport = link->counted = *c->funcs;
    link->counted.read = counted_read;
    c->funcs = &link->counted;
    reader_guard(c->reader, &link->builders, ELEMENTS_MAX);
}

static void connect_to(struct link *link, const char *address);

/* A name may have several addresses, of which the server listens on some: localhost is the usual one. */
static void connect_failed(struct link *link, const char *why)
{
    char text[256];
    if (link->address < link->addresses.count) {
        connect_to(link, link->addresses.text[link->address++]);
        return;
    }
    bool refused = strstr(why, strerror(ECONNREFUSED)) != NULL;
    snprintf(text, sizeof text, "cannot connect: %s", why);
    fail(link, refused ? ERR_CONNECT_REFUSED : ERR_CONNECT_FAILED, text);
}

static void on_connect(redisAsyncContext *ac, int status)
{
    struct link *link = ac->data;
    struct err err;
    if (!link)
        return;
    if (status != REDIS_OK) {
        ac->data = NULL; /* hiredis frees it */
        link->ac = NULL;
        connect_failed(link, ac->errstr);
        return;
    }
    bool ok = start_tls(link, ac, &err);
    if (ok) {
        count_reads(link, &ac->c);
        link->phase = OPEN;
        link->connect_seconds = (double)(uv_hrtime() - link->started_ns) / 1e9;
        ok = send_auth(link, &err);
    }
    struct words words = row_words(link, CMD_CLIENT_SETNAME);
    if (ok && link->set_client_name && words.len[0]) {
        ok = queue(link, &(struct pending){CMD_CLIENT_SETNAME, NULL, NULL}, &words, &err);
    }
    if (!ok) {
        err_wrap(&err, "%s", link->target->url);
        report(link, &err, false);
        return;
    }
    link->hooks.opened(link->arg);
}

static void connect_to(struct link *link, const char *address)
{
    const struct endpoint *endpoint = &link->target->endpoint;
    redisOptions options = {.privdata = link};
    if (endpoint->kind == ENDPOINT_UNIX) {
        options.type = REDIS_CONN_UNIX;
        options.endpoint.unix_socket = address;
    } else {
        options.type = REDIS_CONN_TCP;
        options.endpoint.tcp.ip = address;
        options.endpoint.tcp.port = endpoint->port;
        options.options = strchr(address, ':') ? REDIS_OPT_PREFER_IPV6 : REDIS_OPT_PREFER_IPV4;
    }
    redisAsyncContext *ac = redisAsyncConnectWithOptions(&options);
    if (!ac || ac->err || !redis_poll_attach(link->env->loop, ac)) {
        char text[sizeof ac->c.errstr];
        snprintf(text, sizeof text, "%s", ac && ac->err ? ac->errstr : "no memory");
        if (ac)
            redisAsyncFree(ac);
        connect_failed(link, text);
        return;
    }
    ac->data = link;
    link->ac = ac;
    link->phase = CONNECTING;
    redisAsyncSetConnectCallbackNC(ac, on_connect);
    redisAsyncSetDisconnectCallback(ac, on_disconnect);
}

static void on_resolved(void *arg, const struct addresses *found, const struct err *why)
{
    struct link *link = arg;
    link->resolve = NULL;
    if (!found) {
        fail(link, why->kind, why->text);
        return;
    }
    link->addresses = *found;
    connect_to(link, link->addresses.text[link->address++]);
}

void link_open(struct link *link)
{
    const struct endpoint *endpoint = &link->target->endpoint;
    detach(link, false);
    link->broken.kind = ERR_NONE;
    link->reply_bytes = 0;
    link->answered = false;
    link->address = link->addresses.count = 0;
    link->started_ns = uv_hrtime();
    if (endpoint->kind == ENDPOINT_UNIX || resolve_is_numeric(endpoint->host)) {
        connect_to(link, endpoint->host);
        return;
    }
    link->phase = RESOLVING;
    link->resolve = resolve_start(link->env->loop, endpoint->host, on_resolved, link);
    if (!link->resolve)
        fail(link, ERR_RESOLVE, "the name resolution could not be started");
}

/* ---- the rest --------------------------------------------------------------------------------------- */

void link_expire(struct link *link, uint32_t ms)
{
    static const struct {
        enum err_kind kind;
        const char *text;
    } waits[] = {
        [SHUT] = {ERR_TIMEOUT, "nothing happened"},
        [RESOLVING] = {ERR_RESOLVE, "the host name was not resolved"},
        [CONNECTING] = {ERR_CONNECT_TIMEOUT, "the connection was not made"},
        [OPEN] = {ERR_TIMEOUT, "the server did not answer"},
    };
    char text[160];
    bool tls = in_tls_handshake(link);
    snprintf(text, sizeof text, "%s within %u ms",
             tls ? "the TLS handshake was not finished" : waits[link->phase].text, ms);
    fail(link, tls ? ERR_TLS : waits[link->phase].kind, text);
}

struct link *link_new(struct link_env *env, const struct conf_target *target, enum cmd_class class,
                      bool set_client_name, const struct link_hooks *hooks, void *arg)
{
    struct link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    link->env = env;
    link->target = target;
    link->class = class;
    link->set_client_name = set_client_name;
    link->hooks = *hooks;
    link->arg = arg;
    return link;
}

void link_free(struct link *link)
{
    if (!link)
        return;
    detach(link, false);
    free(link);
}

void link_retarget(struct link *link, const struct conf_target *target, bool set_client_name)
{
    link->target = target;
    link->set_client_name = set_client_name;
}

void link_close(struct link *link)
{
    detach(link, false);
}

bool link_is_open(const struct link *link)
{
    return link->phase == OPEN;
}

double link_connect_seconds(const struct link *link)
{
    return link->connect_seconds;
}

void link_env_init(struct link_env *env, uv_loop_t *loop)
{
    env->loop = loop;
    env->tls = (struct tls_contexts){NULL};
    arena_init(&env->scratch, SCRATCH_FIRST, SCRATCH_MAX);
}

void link_env_done(struct link_env *env)
{
    arena_done(&env->scratch);
    tls_contexts_done(&env->tls);
}
