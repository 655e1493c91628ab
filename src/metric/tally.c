#include "tally.h"
#include <stdlib.h>

static int compare_keys(const void *a, const void *b)
{
    const struct tally_key *x = a, *y = b;
    int order = str_cmp(x->first, y->first);
    return order ? order : str_cmp(x->second, y->second);
}

static int compare_groups(const void *a, const void *b)
{
    const struct tally_group *x = a, *y = b;
    int order = (x->count < y->count) - (x->count > y->count);
    return order ? order : compare_keys(&x->key, &y->key);
}

uint32_t tally(struct tally_key *keys, uint32_t count, struct tally_group *groups)
{
    uint32_t groups_count = 0;
    if (count == 0)
        return 0;
    qsort(keys, count, sizeof *keys, compare_keys);
    for (uint32_t i = 0; i < count; i++) {
        if (i == 0 || compare_keys(&keys[i], &groups[groups_count - 1].key) != 0)
            groups[groups_count++] = (struct tally_group){.key = keys[i]};
        groups[groups_count - 1].count++;
    }
    qsort(groups, groups_count, sizeof *groups, compare_groups);
    return groups_count;
}
