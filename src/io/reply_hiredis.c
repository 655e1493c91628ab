#include "io/reply_hiredis.h"
#include <hiredis/sds.h>

static bool convert(const redisReply *from, struct arena *arena, struct reply *to, unsigned depth)
{
    static const enum reply_type types[] = {
        [REDIS_REPLY_STRING] = REPLY_STRING,   [REDIS_REPLY_ARRAY] = REPLY_ARRAY,
        [REDIS_REPLY_INTEGER] = REPLY_INTEGER, [REDIS_REPLY_NIL] = REPLY_NIL,
        [REDIS_REPLY_STATUS] = REPLY_STRING,   [REDIS_REPLY_ERROR] = REPLY_ERROR,
        [REDIS_REPLY_DOUBLE] = REPLY_DOUBLE,   [REDIS_REPLY_BOOL] = REPLY_BOOL,
        [REDIS_REPLY_MAP] = REPLY_MAP,         [REDIS_REPLY_SET] = REPLY_ARRAY,
        [REDIS_REPLY_ATTR] = REPLY_MAP,        [REDIS_REPLY_PUSH] = REPLY_ARRAY,
        [REDIS_REPLY_BIGNUM] = REPLY_STRING,   [REDIS_REPLY_VERB] = REPLY_STRING,
    };
    if (depth > REPLY_DEPTH_MAX || from->type < 0 || (size_t)from->type >= sizeof types / sizeof types[0])
        return false;
    *to = (struct reply){.type = types[from->type], .integer = from->integer, .number = from->dval};
    if (to->type == REPLY_STRING || to->type == REPLY_ERROR) {
        to->text = arena_copy(arena, (struct str){from->str, from->len});
        return to->text.ptr != NULL;
    }
    if (to->type != REPLY_ARRAY && to->type != REPLY_MAP)
        return true;
    struct reply *items = arena_new(arena, struct reply, from->elements);
    if (!items)
        return false;
    for (size_t i = 0; i < from->elements; i++)
        if (!from->element[i] || !convert(from->element[i], arena, &items[i], depth + 1))
            return false;
    to->items = items;
    to->count = from->elements;
    return true;
}

bool reply_from_hiredis(const redisReply *from, struct arena *arena, struct reply *ret)
{
    return convert(from, arena, ret, 0);
}

/* hiredis' own constructor, found in the first reader we guard. */
static void *(*create_array)(const redisReadTask *task, size_t elements);

static void *create_shallow_array(const redisReadTask *task, size_t elements)
{
    unsigned depth = 0;
    for (const redisReadTask *parent = task->parent; parent; parent = parent->parent)
        depth++;
    /* NULL is "out of memory" to hiredis, which drops the connection. */
    return depth > REPLY_DEPTH_MAX ? NULL : create_array(task, elements);
}

void reader_guard(redisReader *reader, redisReplyObjectFunctions *functions, long long elements_max)
{
    *functions = *reader->fn;
    if (functions->createArray != create_shallow_array)
        create_array = functions->createArray;
    functions->createArray = create_shallow_array;
    reader->fn = functions;
    reader->maxelements = elements_max;
}

void reader_rest(redisReader *reader)
{
    enum { SMALL = 1024 };
    if (reader->err || !reader->buf || reader->pos < reader->len || sdsalloc(reader->buf) <= SMALL)
        return;
    sds empty = sdsempty();
    if (!empty)
        return;
    sdsfree(reader->buf);
    reader->buf = empty;
    reader->pos = reader->len = 0;
}
