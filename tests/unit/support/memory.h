/*
 * memory: what the code under test does when there is none.
 *
 * All test programs are linked with --wrap=malloc and its like, so every allocation of our own libraries (and
 * of hiredis where it is linked statically) comes through here.
 */
#ifndef TEST_MEMORY_H
#define TEST_MEMORY_H

#include <stdbool.h>

/*
 * Runs <attempt> with its first allocation refused, then its second, and so on until none is; then the same
 * once more, with all allocations after the refused one refused too. After each the number of live blocks has
 * to be what it was. Returns how many attempts had an allocation refused, so that a test can see that it
 * tested something.
 *
 * <attempt> does the whole thing from scratch, asserts what a failure has to look like, and frees everything.
 */
unsigned memory_refuse_each(void (*attempt)(void *arg), void *arg);

/* Whether an allocation was refused since the current attempt began. */
bool memory_refused(void);

/* Allocations since the program started, failed ones not counted. */
unsigned long memory_allocations(void);

#endif
