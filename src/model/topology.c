#include <bluegreen/num.h>
#include <bluegreen/topology.h>
#include <string.h>

static bool read_port(struct str text, uint16_t *ret)
{
    uint64_t port;
    if (!num_u64(text, &port) || port == 0 || port > UINT16_MAX)
        return false;
    *ret = (uint16_t)port;
    return true;
}

/* Whether <word> is among "a,b,c". */
static bool has_word(struct str list, struct str word)
{
    struct str item;
    while (str_next(&list, ',', &item))
        if (str_eq(item, word))
            return true;
    return false;
}

static bool make_room(struct topology *ret, size_t room, struct arena *arena, struct err *err)
{
    if (room > TOPOLOGY_NODES_MAX)
        return err_set(err, ERR_LIMIT, "there are more than %u nodes", TOPOLOGY_NODES_MAX);
    *ret = (struct topology){.nodes = arena_new(arena, struct node, room), .room = (unsigned)room};
    if (ret->nodes)
        return true;
    err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    return false;
}

/* ---- CLUSTER NODES ---------------------------------------------------------------------------------- */

/* "10.0.0.1:6379@16379,name,tls-port=6380" or "10.0.0.1:6379"; an IPv6 address has no brackets. */
static bool read_address(struct str text, struct node *ret)
{
    struct str address, extras, place, bus, aux;
    str_cut(text, ',', &address, &extras);
    str_cut(address, '@', &place, &bus);
    size_t colon = place.len;
    while (colon > 0 && place.ptr[colon - 1] != ':')
        colon--;
    if (colon == 0)
        return false;
    ret->host = str_sub(place, 0, colon - 1);
    str_cut(extras, ',', &ret->hostname, &aux);
    if (str_index(ret->hostname, '=') >= 0)
        ret->hostname = STR(""); /* no name, and what follows it */
    struct str port = str_from(place, colon);
    if (str_eq(port, STR("0"))) /* known of, and no port for this kind of connection */
        return true;
    return read_port(port, &ret->port);
}

/* id, address, flags, …; *ret_listed: it has an address and belongs to the others. */
static bool read_line(struct str line, struct node *ret, bool *ret_listed)
{
    struct str id, address, flags;
    *ret = (struct node){.port = 0};
    if (!str_next(&line, ' ', &id) || !str_next(&line, ' ', &address) || !str_next(&line, ' ', &flags) ||
        id.len != 40 || !read_address(address, ret))
        return false;
    ret->primary = has_word(flags, STR("master"));
    *ret_listed = ret->port && !has_word(flags, STR("noaddr")) && !has_word(flags, STR("handshake")) &&
                  (ret->host.len || has_word(flags, STR("myself")));
    return true;
}

static size_t count_lines(struct str text)
{
    size_t count = 1;
    for (size_t i = 0; i < text.len; i++)
        count += text.ptr[i] == '\n';
    return count;
}

bool topology_read_cluster(struct str text, struct arena *arena, struct topology *ret, struct err *err)
{
    struct topology found = {.count = 0};
    struct str line;
    if (!make_room(&found, count_lines(text), arena, err))
        return false;
    while (str_next(&text, '\n', &line)) {
        struct node node;
        bool listed = false;
        line = str_trim(line);
        if (line.len == 0)
            continue;
        if (!read_line(line, &node, &listed))
            return err_set(err, ERR_INPUT, "a line of CLUSTER NODES is not of the expected form");
        if (listed && found.count < found.room)
            found.nodes[found.count++] = node;
    }
    if (found.count == 0)
        return err_set(err, ERR_INPUT, "CLUSTER NODES lists no node");
    *ret = found;
    return true;
}

/* ---- SENTINEL --------------------------------------------------------------------------------------- */

static struct str text_of(const struct reply *map, struct str key)
{
    const struct reply *value = reply_find(map, key);
    return value && value->type == REPLY_STRING ? value->text : STR("");
}

static bool read_instance(const struct reply *map, bool primary, struct node *ret)
{
    *ret = (struct node){.host = text_of(map, STR("ip")), .primary = primary};
    return ret->host.len && read_port(text_of(map, STR("port")), &ret->port);
}

static bool is_list(const struct reply *reply, const char *command, struct err *err)
{
    if (reply->type == REPLY_ERROR)
        return err_set(err, reply_error_kind(reply->text), "%s: " STR_FMT, command, STR_ARG(reply->text));
    return reply->type == REPLY_ARRAY ||
           err_set(err, ERR_PROTOCOL, "%s was not answered with a list", command);
}

bool topology_read_masters(const struct reply *reply, struct arena *arena, struct watched **ret_watched,
                           unsigned *ret_count, struct err *err)
{
    if (!is_list(reply, "SENTINEL MASTERS", err))
        return false;
    if (reply->count > TOPOLOGY_NODES_MAX)
        return err_set(err, ERR_LIMIT, "there are more than %u primaries", TOPOLOGY_NODES_MAX);
    struct watched *watched = arena_new(arena, struct watched, reply->count);
    if (!watched)
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    for (size_t i = 0; i < reply->count; i++) {
        watched[i].name = text_of(&reply->items[i], STR("name"));
        if (!watched[i].name.len || !read_instance(&reply->items[i], true, &watched[i].primary))
            return err_set(err, ERR_INPUT, "an entry of SENTINEL MASTERS is not of the expected form");
    }
    *ret_watched = watched;
    *ret_count = (unsigned)reply->count;
    return true;
}

bool topology_read_replicas(const struct reply *reply, struct arena *arena, struct topology *ret,
                            struct err *err)
{
    struct topology found = {.count = 0};
    if (!is_list(reply, "SENTINEL REPLICAS", err) || !make_room(&found, reply->count, arena, err))
        return false;
    for (; found.count < found.room; found.count++)
        if (!read_instance(&reply->items[found.count], false, &found.nodes[found.count]))
            return err_set(err, ERR_INPUT, "an entry of SENTINEL REPLICAS is not of the expected form");
    *ret = found;
    return true;
}
