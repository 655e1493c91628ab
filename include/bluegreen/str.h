/*
 * str: a slice of somebody else's bytes, passed by value.
 *
 * Everything that is parsed (INFO, replies, URLs, headers) is looked at through slices; nothing is
 * copied and nothing is NUL-terminated unless a libc or library border asks for it. A slice owns
 * nothing: it lives as long as the memory it points into. {NULL, 0} is the empty slice.
 */
#ifndef BLUEGREEN_STR_H
#define BLUEGREEN_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
    const char *ptr;
    size_t len;
};

/* A slice of a string literal, usable in static initialisers through STR_INIT. */
#define STR_INIT(literal)                                                                                    \
    {                                                                                                        \
        (literal), sizeof(literal) - 1                                                                       \
    }
#define STR(literal) ((struct str)STR_INIT(literal))

/* For printf: printf("field " STR_FMT "\n", STR_ARG(name)); */
#define STR_FMT    "%.*s"
#define STR_ARG(s) (int)(s).len, (s).ptr ? (s).ptr : ""

/* The slice of a NUL-terminated string; NULL gives the empty slice. */
struct str str_of(const char *text);

bool str_eq(struct str a, struct str b);
bool str_eq_nocase(struct str a, struct str b); /* ASCII letters only */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);

/* Byte order, shorter first when one is a prefix of the other: <0, 0, >0. */
int str_cmp(struct str a, struct str b);

/* Position of <byte>, or -1. */
ptrdiff_t str_index(struct str s, char byte);

/* The part from <from> on, and the part of <len> bytes from there; both clamp to <s>. */
struct str str_from(struct str s, size_t from);
struct str str_sub(struct str s, size_t from, size_t len);

/* Bytes of the UTF-8 character that <s>, which is not empty, begins with; 0 when it begins with none. */
size_t str_utf8_length(struct str s);
bool str_is_utf8(struct str s);

/* The longest start of <s> of at most <max> bytes that does not end inside a UTF-8 character. */
struct str str_clip(struct str s, size_t max);

/*
 * Split <s> at the first <sep>: true and both sides when there is one; false, all of <s> as head and an
 * empty tail when there is none.
 */
bool str_cut(struct str s, char sep, struct str *ret_head, struct str *ret_tail);

/* Walk "a,b,c": takes the next item off <rest>; false when nothing is left. */
bool str_next(struct str *rest, char sep, struct str *ret_item);

/* Whether <s> is like <pattern>, in which each '*' stands for any bytes, also none. */
bool str_glob(struct str s, struct str pattern);

/* Without blanks (space, tab, CR, LF) at both ends. */
struct str str_trim(struct str s);

/* Edits (insert, delete, replace, swap of neighbours) from <a> to <b>, for "did you mean". Ends at 64 bytes.
 */
size_t str_distance(struct str a, struct str b);

/* Copies to <out>, NUL-terminated; false and "" when it does not fit into <size> or holds a NUL. */
bool str_copy(struct str s, char *out, size_t size);

#endif
