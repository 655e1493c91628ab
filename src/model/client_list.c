#include <bluegreen/client_list.h>
#include <bluegreen/num.h>

static const struct str field_names[CLIENT_FIELD_COUNT] = {
    [CLIENT_ID] = STR_INIT("id"),
    [CLIENT_ADDR] = STR_INIT("addr"),
    [CLIENT_LADDR] = STR_INIT("laddr"),
    [CLIENT_FD] = STR_INIT("fd"),
    [CLIENT_NAME] = STR_INIT("name"),
    [CLIENT_AGE] = STR_INIT("age"),
    [CLIENT_IDLE] = STR_INIT("idle"),
    [CLIENT_FLAGS] = STR_INIT("flags"),
    [CLIENT_CAPA] = STR_INIT("capa"),
    [CLIENT_DB] = STR_INIT("db"),
    [CLIENT_SUB] = STR_INIT("sub"),
    [CLIENT_PSUB] = STR_INIT("psub"),
    [CLIENT_SSUB] = STR_INIT("ssub"),
    [CLIENT_MULTI] = STR_INIT("multi"),
    [CLIENT_WATCH] = STR_INIT("watch"),
    [CLIENT_QBUF] = STR_INIT("qbuf"),
    [CLIENT_QBUF_FREE] = STR_INIT("qbuf-free"),
    [CLIENT_ARGV_MEM] = STR_INIT("argv-mem"),
    [CLIENT_MULTI_MEM] = STR_INIT("multi-mem"),
    [CLIENT_RBS] = STR_INIT("rbs"),
    [CLIENT_RBP] = STR_INIT("rbp"),
    [CLIENT_OBL] = STR_INIT("obl"),
    [CLIENT_OLL] = STR_INIT("oll"),
    [CLIENT_OMEM] = STR_INIT("omem"),
    [CLIENT_TOT_MEM] = STR_INIT("tot-mem"),
    [CLIENT_EVENTS] = STR_INIT("events"),
    [CLIENT_CMD] = STR_INIT("cmd"),
    [CLIENT_USER] = STR_INIT("user"),
    [CLIENT_REDIR] = STR_INIT("redir"),
    [CLIENT_RESP] = STR_INIT("resp"),
    [CLIENT_LIB_NAME] = STR_INIT("lib-name"),
    [CLIENT_LIB_VER] = STR_INIT("lib-ver"),
};

/* The field called <name>, looked for from <from> on: fields come in the order of the table. */
static int find_field(struct str name, int from)
{
    for (int i = 0; i < CLIENT_FIELD_COUNT; i++) {
        int field = (from + i) % CLIENT_FIELD_COUNT;
        if (str_eq(name, field_names[field]))
            return field;
    }
    return -1;
}

static void read_line(struct str line, struct client *ret)
{
    struct str word, name, value;
    int next = 0;
    *ret = (struct client){.field = {{NULL, 0}}};
    while (str_next(&line, ' ', &word)) {
        int field = str_cut(word, '=', &name, &value) ? find_field(name, next) : -1;
        if (field < 0)
            continue;
        ret->field[field] = value;
        next = field + 1;
    }
}

bool client_next(struct str *rest, struct client *ret)
{
    struct str line;
    while (str_next(rest, '\n', &line)) {
        read_line(str_trim(line), ret);
        if (ret->field[CLIENT_ID].len)
            return true;
    }
    return false;
}

bool client_number(const struct client *client, enum client_field field, int64_t *ret)
{
    int64_t number;
    if (!num_i64(client->field[field], &number) || number < 0)
        return false;
    *ret = number;
    return true;
}

enum client_class client_class(const struct client *client)
{
    struct str flags = client->field[CLIENT_FLAGS];
    if (str_index(flags, 'S') >= 0)
        return CLIENT_REPLICA;
    return str_index(flags, 'P') >= 0 ? CLIENT_PUBSUB : CLIENT_NORMAL;
}

void client_address(struct str address, struct str *ret_host, struct str *ret_port)
{
    size_t colon = address.len;
    while (colon > 0 && address.ptr[colon - 1] != ':')
        colon--;
    *ret_host = colon ? str_sub(address, 0, colon - 1) : address;
    *ret_port = colon ? str_from(address, colon) : (struct str){NULL, 0};
}
