#include "support/peer.h"
#include <stdio.h>
#include <string.h>

enum { ARGS_MAX = 32, ANSWER_MS = 20000 };

/* Asked once in the life of a test program. */
static const char *peer_path(void)
{
    static char path[1024];
    char *out = NULL, *err = NULL;
    if (path[0])
        return path;
    if (proc_run((const char *const[]){SERVERS_SCRIPT, "exporter", NULL}, NULL, &out, &err) != 0)
        fail_msg("%s gives no exporter: %s", SERVERS_SCRIPT, err);
    snprintf(path, sizeof path, "%.*s", (int)strcspn(out, "\n"), out);
    return path;
}

/* HTTP/1.0, so that nothing comes in chunks. */
static struct http_answer ask(const struct peer *peer, const char *path)
{
    return http_raw(peer->port, test_text("GET %s HTTP/1.0\r\n\r\n", path), ANSWER_MS);
}

struct peer *peer_start(const char *const *args)
{
    struct peer *peer = test_alloc(sizeof *peer);
    peer->port = test_free_port();
    const char *argv[ARGS_MAX] = {peer_path(), "--web.listen-address", test_text("127.0.0.1:%u", peer->port)};
    for (size_t i = 3; *args && i < ARGS_MAX - 1; i++)
        argv[i] = *args++;
    peer->proc = proc_start(argv, NULL);
    WAIT_UNTIL(!proc_running(peer->proc) || ask(peer, "/health").status == 200, SOON_MS);
    if (!proc_running(peer->proc))
        fail_msg("redis_exporter does not start:\n%s", proc_err(peer->proc));
    return peer;
}

const char *peer_metrics(const struct peer *peer)
{
    struct http_answer answer = ask(peer, "/metrics");
    assert_int_equal(answer.status, 200);
    return answer.body;
}
