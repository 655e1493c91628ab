#include <bluegreen/arena.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_BLOCK = 4096, LARGEST_STEP = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size, fill; /* of bytes */
    _Alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t first_block, size_t max)
{
    *a = (struct arena){.max = max, .block_size = first_block ? first_block : DEFAULT_BLOCK};
}

static void free_from(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_done(struct arena *a)
{
    free_from(a->blocks);
    a->blocks = NULL;
    a->used = 0;
}

void arena_reset(struct arena *a)
{
    struct arena_block *kept = a->blocks;
    if (kept) {
        free_from(kept->next);
        kept->next = NULL;
        memset(kept->bytes, 0, kept->fill);
        kept->fill = 0;
    }
    a->used = 0;
}

static struct arena_block *grow(struct arena *a, size_t need)
{
    size_t size = a->block_size;
    if (a->blocks)
        size = a->blocks->size < LARGEST_STEP ? a->blocks->size * 2 : LARGEST_STEP;
    if (size < need)
        size = need;
    struct arena_block *block = calloc(1, sizeof *block + size);
    if (!block)
        return NULL;
    block->size = size;
    block->next = a->blocks;
    a->blocks = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
    struct arena_block *block = a->blocks;
    /* bytes[] is aligned to max_align_t, so aligning the offset aligns the pointer. */
    size_t start = block ? (block->fill + align - 1) & ~(align - 1) : 0;
    size_t padding = block ? start - block->fill : 0;
    if (size > a->max || padding > a->max - size || a->used > a->max - size - padding)
        return NULL;
    if (!block || start > block->size || size > block->size - start) {
        block = grow(a, size);
        if (!block)
            return NULL;
        start = padding = 0;
    }
    block->fill = start + size;
    a->used += padding + size;
    return block->bytes + start;
}

void *arena_array(struct arena *a, size_t size, size_t align, size_t count)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(a, size * count, align);
}

struct str arena_copy(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1, 1);
    if (copy && s.len)
        memcpy(copy, s.ptr, s.len);
    return (struct str){copy, copy ? s.len : 0};
}
