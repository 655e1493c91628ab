#include "io/web_login.h"
#include "io/web_verdict.h"
#include <crypt.h>
#include <stdlib.h>
#include <string.h>

enum { PASSWORD_MAX = 1024, CLIENT_TEXT_MAX = 64 };

/* One question that needs bcrypt; its waiters are those who asked it. */
struct web_check {
    struct web_logins *logins;
    struct web_check *next;
    struct web_login *waiters;
    struct web_digest digest;
    uv_work_t work;
    bool hopeless; /* no such user, or a password that cannot be: checked for the time it takes */
    bool failed;   /* could not be checked */
    bool right;
    char client[CLIENT_TEXT_MAX];
    char hash[64];
    char password[PASSWORD_MAX];
};

struct web_logins {
    uv_loop_t *loop;
    struct web_verdicts *verdicts;
    struct web_check *queue; /* oldest first */
    struct web_check *running;
    bool closing;
    uint64_t checks;
};

struct web_logins *web_logins_new(uv_loop_t *loop)
{
    struct web_logins *logins = calloc(1, sizeof *logins);
    if (!logins)
        return NULL;
    logins->loop = loop;
    logins->verdicts = web_verdicts_new();
    if (logins->verdicts)
        return logins;
    free(logins);
    return NULL;
}

static void drop(struct web_check *check)
{
    explicit_bzero(check, sizeof *check);
    free(check);
}

/* ---- the check -------------------------------------------------------------------------------------- */

/* In a thread of the pool: touches nothing but its check. */
static void work(uv_work_t *request)
{
    struct web_check *check = request->data;
    struct crypt_data *data = calloc(1, sizeof *data);
    const char *made = data ? crypt_r(check->password, check->hash, data) : NULL;
    size_t len = strlen(check->hash);
    check->failed = !made || made[0] == '*';
    check->right =
        !check->failed && strlen(made) == len && web_same_bytes(made, check->hash, len) && !check->hopeless;
    explicit_bzero(check->password, sizeof check->password);
    if (data)
        explicit_bzero(data, sizeof *data);
    free(data);
}

static void start_next(struct web_logins *logins);

static void on_worked(uv_work_t *request, int status)
{
    struct web_check *check = request->data;
    struct web_logins *logins = check->logins;
    logins->running = NULL;
    if (logins->closing) {
        drop(check);
        web_verdicts_free(logins->verdicts);
        free(logins);
        return;
    }
    if (status == 0 && !check->failed)
        web_verdicts_add(logins->verdicts, &check->digest, check->right, uv_now(logins->loop));
    start_next(logins);
    while (check->waiters) { /* done() may forget others */
        struct web_login *login = check->waiters;
        check->waiters = login->next;
        login->check = NULL;
        login->done(login->arg, check->right);
    }
    drop(check);
}

static void start_next(struct web_logins *logins)
{
    struct web_check *check = logins->queue;
    if (!check || logins->running)
        return;
    logins->queue = check->next;
    logins->running = check;
    logins->checks++;
    check->work.data = check;
    uv_queue_work(logins->loop, &check->work, work, on_worked); /* fails without a callback only */
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static struct web_check *find(struct web_logins *logins, const struct web_digest *digest)
{
    struct web_check *check = logins->running;
    if (check && web_same_bytes(check->digest.bytes, digest->bytes, sizeof digest->bytes))
        return check;
    for (check = logins->queue; check; check = check->next)
        if (web_same_bytes(check->digest.bytes, digest->bytes, sizeof digest->bytes))
            return check;
    return NULL;
}

static bool has_room(const struct web_logins *logins, struct str client)
{
    unsigned all = 0, same = 0;
    for (const struct web_check *check = logins->queue; check; check = check->next) {
        all++;
        same += str_eq(str_of(check->client), client);
    }
    return all < WEB_QUEUE_MAX && same < WEB_CLIENT_MAX;
}

static const struct web_user *find_user(const struct web_conf *web, struct str name)
{
    for (unsigned i = 0; i < web->user_count; i++)
        if (str_eq(str_of(web->users[i].name), name))
            return &web->users[i];
    return NULL;
}

/* Whose hash a stranger is measured by: always the same for the same name, as it would be if he existed. */
static const struct web_user *stand_in(const struct web_logins *logins, const struct web_conf *web,
                                       struct str name)
{
    struct web_digest digest;
    if (!web_verdicts_digest(logins->verdicts, name, STR("stand-in"), STR(""), &digest))
        return &web->users[0];
    return &web->users[(digest.bytes[0] | (unsigned)digest.bytes[1] << 8) % web->user_count];
}

static enum web_answer enqueue(struct web_logins *logins, struct web_check *check, struct web_login *login)
{
    struct web_check **end = &logins->queue;
    while (*end)
        end = &(*end)->next;
    *end = check;
    check->waiters = login;
    login->check = check;
    start_next(logins);
    return WEB_WAITS;
}

/* bcrypt looks at 72 bytes and ends at a NUL, which a password must not be able to bring along. */
static enum web_answer ask_bcrypt(struct web_logins *logins, const struct web_user *user, bool known,
                                  struct str password, const struct web_digest *digest, struct str client,
                                  struct web_login *login)
{
    struct web_check *check = has_room(logins, client) ? calloc(1, sizeof *check) : NULL;
    if (!check)
        return WEB_BUSY;
    check->logins = logins;
    check->digest = *digest;
    check->hopeless = !known || str_index(password, '\0') >= 0;
    str_copy(client, check->client, sizeof check->client);
    str_copy(str_of(user->secret), check->hash, sizeof check->hash);
    memcpy(check->password, password.ptr ? password.ptr : "", password.len);
    return enqueue(logins, check, login);
}

static enum web_answer ask_plain(const struct web_logins *logins, const struct web_user *user, bool known,
                                 struct str password)
{
    struct web_digest given, wanted;
    bool same = web_verdicts_digest(logins->verdicts, STR(""), STR(""), password, &given) &&
                web_verdicts_digest(logins->verdicts, STR(""), STR(""), str_of(user->secret), &wanted) &&
                web_same_bytes(given.bytes, wanted.bytes, sizeof given.bytes);
    return same && known ? WEB_GRANTED : WEB_DENIED;
}

enum web_answer web_logins_ask(struct web_logins *logins, const struct web_conf *web, struct str name,
                               struct str password, struct str client, struct web_login *login)
{
    const struct web_user *known = find_user(web, name);
    const struct web_user *user = known ? known : stand_in(logins, web, name);
    struct web_digest digest;
    if (password.len >= PASSWORD_MAX)
        return WEB_DENIED;
    if (user->plain)
        return ask_plain(logins, user, known, password);
    if (!web_verdicts_digest(logins->verdicts, name, str_of(known ? user->secret : ""), password, &digest))
        return WEB_BUSY;
    switch (web_verdicts_find(logins->verdicts, &digest, uv_now(logins->loop))) {
    case WEB_VERDICT_RIGHT: return WEB_GRANTED;
    case WEB_VERDICT_WRONG: return WEB_DENIED;
    case WEB_VERDICT_NONE: break;
    }
    struct web_check *check = find(logins, &digest);
    if (!check)
        return ask_bcrypt(logins, user, known != NULL, password, &digest, client, login);
    login->next = check->waiters;
    check->waiters = login;
    login->check = check;
    return WEB_WAITS;
}

/* ---- leaving ---------------------------------------------------------------------------------------- */

static void unqueue(struct web_logins *logins, struct web_check *check)
{
    for (struct web_check **at = &logins->queue; *at; at = &(*at)->next) {
        if (*at != check)
            continue;
        *at = check->next;
        drop(check);
        return;
    }
}

void web_login_forget(struct web_login *login)
{
    struct web_check *check = login->check;
    if (!check)
        return;
    login->check = NULL;
    for (struct web_login **at = &check->waiters; *at; at = &(*at)->next) {
        if (*at == login) {
            *at = login->next;
            break;
        }
    }
    if (!check->waiters)
        unqueue(check->logins, check); /* a running one ends by itself, and its verdict is kept */
}

uint64_t web_logins_checks(const struct web_logins *logins)
{
    return logins->checks;
}

void web_logins_free(struct web_logins *logins)
{
    if (!logins)
        return;
    while (logins->queue) {
        struct web_check *check = logins->queue;
        logins->queue = check->next;
        drop(check);
    }
    logins->closing = true;
    if (logins->running)
        return;
    web_verdicts_free(logins->verdicts);
    free(logins);
}
