#include "unit/support/memory.h"
#include "unit/support/check.h"

enum { ATTEMPTS_MAX = 5000 };

static struct {
    bool armed, all_after, refused;
    unsigned long at, seen; /* allocations since it was armed */
    unsigned long allocations;
    long live; /* blocks */
} memory;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
void __wrap_free(void *block);

static bool refuse(void)
{
    if (!memory.armed)
        return false;
    unsigned long n = memory.seen++;
    bool refused = n == memory.at || (memory.all_after && n > memory.at);
    memory.refused |= refused;
    return refused;
}

static void *count(void *block)
{
    memory.live += block != NULL;
    memory.allocations += block != NULL;
    return block;
}

void *__wrap_malloc(size_t size)
{
    return refuse() ? NULL : count(__real_malloc(size));
}

void *__wrap_calloc(size_t items, size_t size)
{
    return refuse() ? NULL : count(__real_calloc(items, size));
}

void *__wrap_realloc(void *block, size_t size)
{
    if (refuse())
        return NULL;
    void *moved = __real_realloc(block, size);
    memory.allocations += moved != NULL;
    memory.live += !block && moved;
    return moved;
}

void __wrap_free(void *block)
{
    memory.live -= block != NULL;
    __real_free(block);
}

bool memory_refused(void)
{
    return memory.refused;
}

unsigned long memory_allocations(void)
{
    return memory.allocations;
}

static bool attempt_at(unsigned long at, bool all_after, void (*attempt)(void *arg), void *arg)
{
    long before = memory.live;
    memory.at = at;
    memory.all_after = all_after;
    memory.seen = 0;
    memory.refused = false;
    memory.armed = true;
    attempt(arg);
    memory.armed = false;
    if (memory.live != before)
        fail_msg("%ld blocks are left after allocation %lu was refused", memory.live - before, at);
    return memory.refused;
}

unsigned memory_refuse_each(void (*attempt)(void *arg), void *arg)
{
    unsigned refused = 0;
    for (int all_after = 0; all_after < 2; all_after++) {
        unsigned long at = 0;
        while (attempt_at(at, all_after, attempt, arg)) {
            refused++;
            assert_in_range(++at, 1, ATTEMPTS_MAX);
        }
    }
    return refused;
}
