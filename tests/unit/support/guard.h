/*
 * guard: input that ends where the process may not read on.
 *
 *      | no access | …text | no access |   first:  one byte past the end is a fault
 *      | no access | text… | no access |   second: so is one byte before the start
 *
 * A parser is given slices, which have no NUL at their end; this shows that it does not lean on one.
 *
 *      EACH_GUARDED(input, STR("role:master\r\n"))
 *          assert_true(info_parse(input.slice, …));
 */
#ifndef TEST_GUARD_H
#define TEST_GUARD_H

#include <bluegreen/str.h>

struct guard {
    struct str slice; /* the text between the pages; its memory may be written */
    struct str text;
    char *map;
    size_t pages, turn;
};

struct guard guard_begin(struct str text);
bool guard_next(struct guard *guard);

#define EACH_GUARDED(name, text) for (struct guard name = guard_begin(text); guard_next(&name);)

#endif
