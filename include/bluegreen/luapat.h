/*
 * luapat: patterns of Lua 5.1, the language inside Redis, so that groups of keys are written as
 * redis_exporter has them, without a script on the server.
 *
 *      ^(.*)_[^_]+$     on  user_session_7   captures  user_session
 *
 * Everything of string.find() but its numbers: . %a %c %d %l %p %s %u %w %x %z, their capitals, sets, * + -
 * ?, ^ $, captures, () positions, %1, %b(), %f[]. Where Lua takes as long as it takes, this gives up.
 */
#ifndef BLUEGREEN_LUAPAT_H
#define BLUEGREEN_LUAPAT_H

#include <bluegreen/str.h>

#define LUAPAT_CAPTURES_MAX 32u
#define LUAPAT_STEPS_MAX    100000u /* of one search; a sane pattern needs a few for each byte */
#define LUAPAT_PATTERN_MAX  1024u   /* bytes */

struct luapat_match {
    unsigned count;
    struct luapat_capture {
        struct str text; /* part of the searched text */
        size_t position; /* not 0: a () capture, the place in the text counted from 1 */
    } captures[LUAPAT_CAPTURES_MAX];
};

/* What is wrong with a pattern, as a sentence, or NULL. */
const char *luapat_check(struct str pattern);

/*
 * The first place in <text> where a pattern that luapat_check() let pass matches. False: there is none, or it
 * took more than LUAPAT_STEPS_MAX.
 */
bool luapat_find(struct str text, struct str pattern, struct luapat_match *ret);

/*
 * The same for a regular expression as far as it can be said in such patterns: . [ ] * + ? ^ $ | \d \w \s.
 * luapat_check_regex() says what is not, or NULL.
 */
const char *luapat_check_regex(struct str regex);
bool luapat_find_regex(struct str text, struct str regex, struct luapat_match *ret);

#endif
