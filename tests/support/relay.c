#include "support/relay.h"
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LOOK_MS = 20 };

struct relay {
    unsigned port, to;
    int listener;
    atomic_bool held, stop;
    pthread_t thread;
};

static struct sockaddr_in loopback(unsigned port)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* False at the end of the stream. */
static bool pass(int from, int to)
{
    char bytes[16384];
    ssize_t got = recv(from, bytes, sizeof bytes, 0);
    for (ssize_t sent = 0, n; sent < got; sent += n) {
        n = send(to, bytes + sent, (size_t)(got - sent), MSG_NOSIGNAL);
        if (n <= 0)
            return false;
    }
    return got > 0;
}

static void relay_one(struct relay *relay, int client, int server)
{
    bool open = true;
    while (open && !atomic_load(&relay->stop)) {
        bool held = atomic_load(&relay->held);
        struct pollfd fds[] = {{.fd = client, .events = POLLIN},
                               {.fd = held ? -1 : server, .events = POLLIN}};
        if (poll(fds, 2, LOOK_MS) <= 0)
            continue;
        open = (!fds[0].revents || pass(client, server)) && (!fds[1].revents || pass(server, client));
    }
}

static void *relay_all(void *arg)
{
    struct relay *relay = arg;
    while (!atomic_load(&relay->stop)) {
        struct pollfd fd = {.fd = relay->listener, .events = POLLIN};
        if (poll(&fd, 1, LOOK_MS) != 1)
            continue;
        struct sockaddr_in address = loopback(relay->to);
        int client = accept(relay->listener, NULL, NULL);
        int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (client >= 0 && connect(server, (struct sockaddr *)&address, sizeof address) == 0)
            relay_one(relay, client, server);
        close(client);
        close(server);
    }
    return NULL;
}

static void end(void *arg)
{
    struct relay *relay = arg;
    atomic_store(&relay->stop, true);
    pthread_join(relay->thread, NULL);
}

struct relay *relay_start(unsigned port)
{
    struct relay *relay = test_alloc(sizeof *relay);
    relay->to = port;
    relay->port = test_free_port();
    struct sockaddr_in address = loopback(relay->port);
    relay->listener = test_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    assert_int_equal(bind(relay->listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(relay->listener, 8), 0);
    assert_int_equal(pthread_create(&relay->thread, NULL, relay_all, relay), 0);
    test_on_end(end, relay);
    return relay;
}

unsigned relay_port(const struct relay *relay)
{
    return relay->port;
}

void relay_hold(struct relay *relay, bool held)
{
    atomic_store(&relay->held, held);
}
