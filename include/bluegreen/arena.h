/*
 * arena: memory of one generation (a poll round, a request, a configuration), freed in one go.
 *
 * Allocation is a pointer bump; there is no free of a single object. The ceiling bounds what a peer can
 * make us keep. Memory comes zeroed.
 */
#ifndef BLUEGREEN_ARENA_H
#define BLUEGREEN_ARENA_H

#include <bluegreen/str.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes handed out, padding included */
    size_t max;                 /* ceiling of used */
    size_t block_size;          /* size of the first block; later blocks double */
};

/* <first_block>: what a typical generation needs, so that it is one block; 0 takes a small default. */
void arena_init(struct arena *a, size_t first_block, size_t max);
void arena_done(struct arena *a);  /* frees everything; the arena is as after arena_init */
void arena_reset(struct arena *a); /* forgets the content and keeps one block for the next use */

/* <size> zeroed bytes aligned to <align> (a power of two), or NULL: no memory, or the ceiling. */
void *arena_alloc(struct arena *a, size_t size, size_t align);

/* Room for <count> objects of type T, zeroed; NULL on failure or when the size overflows. */
#define arena_new(a, T, count) ((T *)arena_array((a), sizeof(T), _Alignof(T), (count)))
void *arena_array(struct arena *a, size_t size, size_t align, size_t count);

/* A NUL-terminated copy; ptr is NULL on failure. */
struct str arena_copy(struct arena *a, struct str s);

#endif
