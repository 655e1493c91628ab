#include "io/stamp.h"
#include <stddef.h>
#include <sys/stat.h>

struct stamp stamp_of(const char *path)
{
    struct stat st;
    if (!path || stat(path, &st) != 0)
        return (struct stamp){0};
    return (struct stamp){st.st_ino, (uint64_t)st.st_size,
                          st.st_mtim.tv_sec * INT64_C(1000000000) + st.st_mtim.tv_nsec};
}

bool stamps_same(const struct stamp *a, const struct stamp *b, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (a[i].inode != b[i].inode || a[i].size != b[i].size || a[i].changed_ns != b[i].changed_ns)
            return false;
    return true;
}
