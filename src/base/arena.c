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

/* How many bytes to leave unused so that what follows is aligned. */
static size_t padding_for(const struct arena_block *block, size_t align)
{
    uintptr_t at = (uintptr_t)(block->bytes + block->fill);
    return (size_t)(-at & (align - 1));
}

void *arena_alloc(struct arena *a, size_t size, size_t align)
{
    struct arena_block *block = a->blocks;
    size_t padding = block ? padding_for(block, align) : 0;
    if (size > a->max || padding > a->max - size || a->used > a->max - size - padding)
        return NULL;
    if (!block || padding > block->size - block->fill || size > block->size - block->fill - padding) {
        size_t slack = align > _Alignof(max_align_t) ? align : 0;
        block = grow(a, size + slack);
        if (!block)
            return NULL;
        padding = padding_for(block, align);
        if (a->used > a->max - size - padding)
            return NULL;
    }
    void *at = block->bytes + block->fill + padding;
    block->fill += padding + size;
    a->used += padding + size;
    return at;
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
