#include "agent/nodes_answer.h"

enum { ANSWER_MAX = 16 << 20 };

static bool is_cluster(const struct discover *discover)
{
    return discover_conf(discover)->cluster.count > 0;
}

/* How many Clusters there are, and of how many the nodes are known. */
static unsigned count_clusters(const struct agent *agent, unsigned *ret_known)
{
    unsigned count = 0;
    *ret_known = 0;
    for (unsigned i = 0; i < agent->sources.discover_count; i++) {
        const struct discover *discover = agent->sources.discovers[i];
        count += is_cluster(discover);
        *ret_known += is_cluster(discover) && discover_roster(discover);
    }
    return count;
}

/* Addresses hold no byte that JSON would want escaped: conf_parse_url() lets none through. */
static void put_nodes(const struct agent *agent, struct buf *out)
{
    const char *comma = "";
    buf_text(out, "[{\"targets\": [");
    for (unsigned i = 0; i < agent->sources.discover_count; i++) {
        const struct discover *discover = agent->sources.discovers[i];
        const struct roster *roster = is_cluster(discover) ? discover_roster(discover) : NULL;
        for (unsigned n = 0; roster && n < roster->count; n++) {
            buf_fmt(out, "%s\"%s\"", comma, roster->targets[n].url);
            comma = ", ";
        }
    }
    buf_text(out, "], \"labels\": {}}]\n");
}

void nodes_answer(struct agent *agent, struct http_exchange *exchange, struct str segment)
{
    struct buf out;
    size_t len = 0;
    unsigned known;
    (void)segment;
    if (count_clusters(agent, &known) == 0) {
        http_reply_text(exchange, 400,
                        "no Cluster is discovered; --is-cluster or the key discover says which\n");
        return;
    }
    if (known == 0) { /* an error, so that Prometheus keeps the list it has */
        http_reply_text(exchange, 500, "no seed of the Cluster has answered yet; the log says why\n");
        return;
    }
    buf_init(&out, ANSWER_MAX);
    put_nodes(agent, &out);
    char *bytes = buf_steal(&out, &len);
    struct http_body *body = bytes ? http_body_new(bytes, len) : NULL;
    http_reply(exchange, &(struct http_answer){
                             .status = body ? 200 : 500, .content_type = "application/json", .body = body});
    http_body_unref(body);
}
