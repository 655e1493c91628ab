/*
 * Level 1: a page of 80 kB takes 0.4 ms and becomes a fifth; level 6 takes more than twice the time to save
 * another tenth. The 256 kB of state are made for every use, which costs a fifth of that time: kept, they
 * would be an eighth of all the memory that the agent may have.
 */
#include "io/gzip.h"
#include <zlib.h>

enum { LEVEL = 1, WINDOW_GZIP = 15 + 16, MEMORY = 8 };

static bool deflate_into(z_stream *stream, struct buf *out, struct str plain)
{
    size_t room = deflateBound(stream, plain.len);
    if (plain.len > UINT32_MAX / 2 || !buf_reserve(out, room))
        return false;
    stream->next_in = (z_const Bytef *)plain.ptr;
    stream->avail_in = (uInt)plain.len;
    stream->next_out = (Bytef *)out->ptr + out->len;
    stream->avail_out = (uInt)room;
    if (deflate(stream, Z_FINISH) != Z_STREAM_END)
        return false;
    out->len += room - stream->avail_out;
    return true;
}

bool gzip_add(struct buf *out, struct str plain)
{
    z_stream stream = {.zalloc = Z_NULL};
    if (deflateInit2(&stream, LEVEL, Z_DEFLATED, WINDOW_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    bool ok = deflate_into(&stream, out, plain);
    deflateEnd(&stream);
    return ok;
}
