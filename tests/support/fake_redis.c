#include "support/fake_redis.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CONNECTIONS_MAX = 64,
    INPUT_MAX = 16384,
    RULES_MAX = 16,
    WORDS_MAX = 8,
    QUEUE_MAX = 64,
    IDLE_MS = 1000
};

struct rule {
    const char *command;
    struct fake_answer answer;
};

struct connection {
    int fd; /* -1: free */
    unsigned number;
    char input[INPUT_MAX];
    size_t input_len;
    struct outgoing {
        struct fake_answer answer;
        int64_t due_ms;
        char echo[160];        /* an answer made for one command only; "" = answer.head */
        size_t sent, repeated; /* of head or unit, and whole units */
    } queue[QUEUE_MAX];
    size_t queue_len;
};

struct fake {
    pthread_t thread;
    pthread_mutex_t lock; /* of everything the test may look at or change */
    int listener, wake[2];
    unsigned port;
    bool seven, stopping;
    const char *info;
    struct rule rules[RULES_MAX];
    size_t rule_count;
    struct fake_command *commands;
    size_t command_count, command_cap;
    unsigned accepted, batches;
    struct connection connections[CONNECTIONS_MAX];
};

/* ---- what it says ----------------------------------------------------------------------------------- */

const char *fake_bulk(const char *text)
{
    return test_text("$%zu\r\n%s\r\n", strlen(text), text);
}

const char *fake_info(const char *version)
{
    return fake_bulk(test_text("# Server\r\nredis_version:%s\r\nredis_mode:standalone\r\n"
                               "run_id:0123456789abcdef0123456789abcdef01234567\r\nuptime_in_seconds:100\r\n"
                               "# Clients\r\nconnected_clients:1\r\nblocked_clients:0\r\n"
                               "# Memory\r\nused_memory:1000000\r\nused_memory_rss:2000000\r\n"
                               "total_system_memory:1000000000\r\n# Persistence\r\nloading:0\r\n"
                               "rdb_changes_since_last_save:0\r\n"
                               "# Stats\r\nevicted_keys:0\r\nrejected_connections:0\r\n"
                               "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n"
                               "# Keyspace\r\ndb0:keys=7,expires=0,avg_ttl=0\r\n",
                               version));
}

static bool begins(const char *command, const char *with)
{
    size_t len = strlen(with);
    return strncasecmp(command, with, len) == 0 && (len == 0 || command[len] == ' ' || command[len] == '\0');
}

static struct fake_answer healthy_answer(const struct fake *fake, const char *command, char *echo,
                                         size_t size)
{
    static const struct {
        const char *command, *answer;
        bool seven_only;
    } known[] = {
        {"AUTH", "+OK\r\n", false},
        {"CLIENT SETNAME", "+OK\r\n", false},
        {"LATENCY LATEST", "*0\r\n", false},
        {"LATENCY HISTOGRAM", "*0\r\n", true},
        {"SLOWLOG LEN", ":0\r\n", false},
        {"SLOWLOG GET", "*0\r\n", false},
        {"ROLE", "*3\r\n$6\r\nmaster\r\n:0\r\n*0\r\n", false},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (begins(command, known[i].command) && (fake->seven || !known[i].seven_only))
            return (struct fake_answer){.head = known[i].answer};
    if (begins(command, "INFO"))
        return (struct fake_answer){.head = fake->info};
    if (begins(command, "CONFIG GET")) {
        const char *name = command + strlen("CONFIG GET ");
        snprintf(echo, size, "*2\r\n$%zu\r\n%s\r\n$3\r\n100\r\n", strlen(name), name);
        return (struct fake_answer){.head = NULL};
    }
    snprintf(echo, size, "-ERR unknown command '%s'\r\n", command);
    return (struct fake_answer){.head = NULL};
}

/* Whether a rule has something to say about <command>; the newest wins. */
static bool ruled_answer(const struct fake *fake, const char *command, struct fake_answer *ret)
{
    for (size_t i = fake->rule_count; i-- > 0;) {
        const char *rule = fake->rules[i].command;
        bool fits = *command ? *rule && (strcmp(rule, "*") == 0 || begins(command, rule)) : !*rule;
        if (fits) {
            *ret = fake->rules[i].answer;
            return true;
        }
    }
    return false;
}

static void enqueue(struct fake *fake, struct connection *c, const char *command)
{
    struct outgoing *out = &c->queue[c->queue_len];
    if (c->queue_len == QUEUE_MAX)
        return;
    *out = (struct outgoing){.sent = 0};
    if (!ruled_answer(fake, command, &out->answer)) {
        if (!*command)
            return;
        out->answer = healthy_answer(fake, command, out->echo, sizeof out->echo);
    }
    out->due_ms = test_now_ms() + out->answer.delay_ms;
    c->queue_len++;
}

/* ---- what it hears ---------------------------------------------------------------------------------- */

static void record(struct fake *fake, const struct connection *c, const char *text)
{
    if (fake->command_count == fake->command_cap) {
        fake->command_cap = fake->command_cap * 2 + 256;
        fake->commands = realloc(fake->commands, fake->command_cap * sizeof *fake->commands);
        if (!fake->commands)
            abort();
    }
    struct fake_command *command = &fake->commands[fake->command_count++];
    *command = (struct fake_command){.connection = c->number, .batch = fake->batches};
    snprintf(command->text, sizeof command->text, "%s", text);
}

/* "*2\r\n$4\r\nINFO\r\n…" at the start of <in>: its words joined, and its length; 0 when it is not whole. */
static size_t read_command(const char *in, size_t len, char *out, size_t size)
{
    const char *at = in, *end = in + len;
    size_t used = 0;
    long words = -1;
    out[0] = '\0';
    for (long i = -1; i < words || words < 0; i++) {
        const char *eol = memmem(at, (size_t)(end - at), "\r\n", 2);
        if (!eol)
            return 0;
        long number = strtol(at + 1, NULL, 10);
        at = eol + 2;
        if (words < 0) {
            words = number;
            continue;
        }
        if (end - at < number + 2)
            return 0;
        used += (size_t)snprintf(out + used, size - used, "%s%.*s", used ? " " : "", (int)number, at);
        if (used >= size)
            used = size - 1;
        at += number + 2;
    }
    return (size_t)(at - in);
}

static void drop(struct connection *c)
{
    close(c->fd);
    c->fd = -1;
    c->queue_len = 0;
    c->input_len = 0;
}

static void hear(struct fake *fake, struct connection *c)
{
    ssize_t got = recv(c->fd, c->input + c->input_len, INPUT_MAX - c->input_len, 0);
    char text[256];
    if (got <= 0) {
        if (got == 0 || errno != EAGAIN)
            drop(c);
        return;
    }
    c->input_len += (size_t)got;
    fake->batches++;
    for (size_t used; (used = read_command(c->input, c->input_len, text, sizeof text)) > 0;) {
        c->input_len -= used;
        memmove(c->input, c->input + used, c->input_len);
        record(fake, c, text);
        enqueue(fake, c, text);
    }
}

/* ---- saying it -------------------------------------------------------------------------------------- */

/* Sends what the socket takes of <text> from *sent on; whether all of it is gone. */
static bool push(struct connection *c, const char *text, size_t *sent, bool *lost)
{
    size_t len = strlen(text);
    while (*sent < len) {
        ssize_t done = send(c->fd, text + *sent, len - *sent, MSG_NOSIGNAL);
        if (done < 0) {
            *lost = errno != EAGAIN;
            return false;
        }
        *sent += (size_t)done;
    }
    return true;
}

/* Whether the answer is said; in pieces, so that an endless one does not keep us from the others. */
static bool say(struct connection *c, struct outgoing *out, bool *lost)
{
    enum { PIECES = 64 };
    const struct fake_answer *answer = &out->answer;
    const char *head = out->echo[0] ? out->echo : answer->head;
    if (head && out->repeated == 0) {
        if (!push(c, head, &out->sent, lost))
            return false;
        out->sent = 0;
        out->repeated = 1;
    }
    out->repeated += !head && out->repeated == 0;
    for (int i = 0; answer->unit && i < PIECES && out->repeated - 1 < answer->times; i++) {
        if (!push(c, answer->unit, &out->sent, lost))
            return false;
        out->sent = 0;
        out->repeated += answer->times != FAKE_ENDLESS;
    }
    return !answer->unit || out->repeated - 1 >= answer->times;
}

/* It has been told to say nothing, and so says nothing after it either. */
static bool is_mute(const struct connection *c)
{
    const struct outgoing *out = &c->queue[0];
    return !out->answer.head && !out->answer.unit && !out->echo[0] && !out->answer.hang_up;
}

static bool has_to_speak(const struct connection *c, int64_t now)
{
    return c->fd >= 0 && c->queue_len && !is_mute(c) && c->queue[0].due_ms <= now;
}

static void speak(struct connection *c)
{
    bool lost = false;
    while (has_to_speak(c, test_now_ms())) {
        struct outgoing *out = &c->queue[0];
        if (!say(c, out, &lost)) {
            if (lost)
                drop(c);
            return;
        }
        if (out->answer.hang_up) {
            drop(c);
            return;
        }
        c->queue_len--;
        memmove(c->queue, c->queue + 1, c->queue_len * sizeof c->queue[0]);
    }
}

static void welcome(struct fake *fake)
{
    int fd = accept4(fake->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (size_t i = 0; fd >= 0 && i < CONNECTIONS_MAX; i++) {
        struct connection *c = &fake->connections[i];
        if (c->fd >= 0)
            continue;
        *c = (struct connection){.fd = fd, .number = ++fake->accepted};
        enqueue(fake, c, "");
        return;
    }
    if (fd >= 0)
        close(fd);
}

/* ---- the thread ------------------------------------------------------------------------------------- */

/* Milliseconds until something is due. */
static int patience(const struct fake *fake)
{
    int64_t now = test_now_ms(), least = IDLE_MS;
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        const struct connection *c = &fake->connections[i];
        if (c->fd >= 0 && c->queue_len && c->queue[0].due_ms > now && c->queue[0].due_ms - now < least)
            least = c->queue[0].due_ms - now;
    }
    return (int)least;
}

static size_t watch(const struct fake *fake, struct pollfd *fds, int *ret_wait)
{
    size_t count = 0;
    int64_t now = test_now_ms();
    *ret_wait = patience(fake);
    fds[count++] = (struct pollfd){.fd = fake->listener, .events = POLLIN};
    fds[count++] = (struct pollfd){.fd = fake->wake[0], .events = POLLIN};
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        const struct connection *c = &fake->connections[i];
        fds[count++] =
            (struct pollfd){.fd = c->fd, .events = has_to_speak(c, now) ? POLLIN | POLLOUT : POLLIN};
    }
    return count;
}

static void *live(void *arg)
{
    struct fake *fake = arg;
    struct pollfd fds[CONNECTIONS_MAX + 2];
    char scrap[64];
    pthread_mutex_lock(&fake->lock);
    while (!fake->stopping) {
        int wait;
        size_t count = watch(fake, fds, &wait);
        pthread_mutex_unlock(&fake->lock);
        poll(fds, count, wait);
        pthread_mutex_lock(&fake->lock);
        if (fds[1].revents)
            (void)!read(fake->wake[0], scrap, sizeof scrap);
        if (fds[0].revents)
            welcome(fake);
        for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
            struct connection *c = &fake->connections[i];
            if (c->fd >= 0 && fds[i + 2].fd == c->fd && fds[i + 2].revents & (POLLIN | POLLHUP | POLLERR))
                hear(fake, c);
            if (c->fd >= 0)
                speak(c);
        }
    }
    pthread_mutex_unlock(&fake->lock);
    return NULL;
}

static void stop(void *arg)
{
    struct fake *fake = arg;
    pthread_mutex_lock(&fake->lock);
    fake->stopping = true;
    pthread_mutex_unlock(&fake->lock);
    (void)!write(fake->wake[1], "x", 1);
    pthread_join(fake->thread, NULL);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        if (fake->connections[i].fd >= 0)
            close(fake->connections[i].fd);
    close(fake->listener);
    close(fake->wake[0]);
    close(fake->wake[1]);
    pthread_mutex_destroy(&fake->lock);
    free(fake->commands);
}

static void listen_somewhere(struct fake *fake)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    fake->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    fake->port = test_free_port();
    address.sin_port = htons((uint16_t)fake->port);
    if (fake->listener < 0 || bind(fake->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fake->listener, 64) != 0 || pipe2(fake->wake, O_CLOEXEC | O_NONBLOCK) != 0)
        fail_msg("the fake cannot listen: %s", strerror(errno));
}

struct fake *fake_start(const char *version)
{
    struct fake *fake = test_alloc(sizeof *fake);
    fake->info = fake_info(version);
    fake->seven = version[0] >= '7';
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        fake->connections[i].fd = -1;
    listen_somewhere(fake);
    pthread_mutex_init(&fake->lock, NULL);
    if (pthread_create(&fake->thread, NULL, live, fake) != 0)
        fail_msg("the fake has no thread");
    test_on_end(stop, fake);
    return fake;
}

/* ---- what the test asks ----------------------------------------------------------------------------- */

unsigned fake_port(const struct fake *fake)
{
    return fake->port;
}

void fake_answer(struct fake *fake, const char *command, const struct fake_answer *answer)
{
    pthread_mutex_lock(&fake->lock);
    bool room = fake->rule_count < RULES_MAX;
    if (room)
        fake->rules[fake->rule_count++] = (struct rule){command, *answer};
    pthread_mutex_unlock(&fake->lock);
    assert_true(room);
}

void fake_heal(struct fake *fake)
{
    pthread_mutex_lock(&fake->lock);
    fake->rule_count = 0;
    pthread_mutex_unlock(&fake->lock);
}

unsigned fake_count(struct fake *fake, const char *command)
{
    unsigned count = 0;
    pthread_mutex_lock(&fake->lock);
    for (size_t i = 0; i < fake->command_count; i++)
        count += begins(fake->commands[i].text, command);
    pthread_mutex_unlock(&fake->lock);
    return count;
}

unsigned fake_connections(struct fake *fake)
{
    pthread_mutex_lock(&fake->lock);
    unsigned count = fake->accepted;
    pthread_mutex_unlock(&fake->lock);
    return count;
}

const struct fake_command *fake_commands(struct fake *fake, size_t *ret_count)
{
    pthread_mutex_lock(&fake->lock);
    size_t size = fake->command_count * sizeof *fake->commands;
    struct fake_command *copy = test_alloc(size);
    if (size)
        memcpy(copy, fake->commands, size);
    *ret_count = fake->command_count;
    pthread_mutex_unlock(&fake->lock);
    return copy;
}
