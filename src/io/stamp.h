/* stamp: how a file looked when it was read, to see that it has changed. */
#ifndef IO_STAMP_H
#define IO_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* All zeros: it is not there. */
struct stamp {
    uint64_t inode, size;
    int64_t changed_ns;
};

/* To be taken before the file is read, so that one changed meanwhile differs. NULL: zeros. */
struct stamp stamp_of(const char *path);

/* Whether two rows of <count> are equal. */
bool stamps_same(const struct stamp *a, const struct stamp *b, unsigned count);

#endif
