#include "unit/support/guard.h"
#include "unit/support/check.h"
#include <sys/mman.h>
#include <unistd.h>

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

struct guard guard_begin(struct str text)
{
    struct guard guard = {.text = text};
    guard.pages = text.len / page_size() + 3;
    guard.map = mmap(NULL, guard.pages * page_size(), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(guard.map, MAP_FAILED);
    assert_int_equal(
        mprotect(guard.map + page_size(), (guard.pages - 2) * page_size(), PROT_READ | PROT_WRITE), 0);
    return guard;
}

bool guard_next(struct guard *guard)
{
    char *first = guard->map + page_size();
    char *end = guard->map + (guard->pages - 1) * page_size();
    if (guard->turn == 2) {
        munmap(guard->map, guard->pages * page_size());
        return false;
    }
    char *place = guard->turn == 0 ? end - guard->text.len : first;
    if (guard->text.len)
        memcpy(place, guard->text.ptr, guard->text.len);
    guard->slice = (struct str){place, guard->text.len};
    guard->turn++;
    return true;
}
