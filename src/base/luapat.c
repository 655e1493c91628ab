#include <bluegreen/luapat.h>
#include <stdint.h>

enum { DEPTH_MAX = 200, CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };

/* A search under way. Offsets, so that a place behind the end is as good as any other. */
struct search {
    struct str text, pattern;
    unsigned steps, depth;
    unsigned level; /* captures begun */
    struct {
        size_t start;
        ptrdiff_t len; /* or CAPTURE_OPEN, CAPTURE_POSITION */
    } captures[LUAPAT_CAPTURES_MAX];
};

#define NOWHERE SIZE_MAX

/* ---- one byte against one class --------------------------------------------------------------------- */

static bool is_between(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

static bool is_letter(unsigned char c)
{
    return is_between(c | 32u, 'a', 'z') && c < 128;
}

static bool is_digit(unsigned char c)
{
    return is_between(c, '0', '9');
}

static bool in_class(unsigned char c, char class)
{
    bool in;
    switch (class | 32) {
    case 'a': in = is_letter(c); break;
    case 'c': in = c < 32 || c == 127; break;
    case 'd': in = is_digit(c); break;
    case 'l': in = is_between(c, 'a', 'z'); break;
    case 'p': in = is_between(c, 33, 126) && !is_letter(c) && !is_digit(c); break;
    case 's': in = c == ' ' || is_between(c, 9, 13); break;
    case 'u': in = is_between(c, 'A', 'Z'); break;
    case 'w': in = is_letter(c) || is_digit(c); break;
    case 'x': in = is_digit(c) || is_between(c | 32u, 'a', 'f'); break;
    case 'z': in = c == 0; break;
    default: return (char)c == class;
    }
    return is_letter((unsigned char)class) && class < 'a' ? !in : in;
}

/* Behind the ']' of the set that begins at <p>; NOWHERE when there is none. A first ']' is a member. */
static size_t set_end(struct str pattern, size_t p)
{
    p++;
    if (p < pattern.len && pattern.ptr[p] == '^')
        p++;
    do {
        if (p >= pattern.len)
            return NOWHERE;
        p += pattern.ptr[p] == '%' ? 2 : 1;
    } while (p >= pattern.len || pattern.ptr[p] != ']');
    return p + 1;
}

/* Behind the single class (a byte, %a, a set) at <p>; NOWHERE when it does not end. */
static size_t class_end(struct str pattern, size_t p)
{
    if (pattern.ptr[p] == '%')
        return p + 1 < pattern.len ? p + 2 : NOWHERE;
    return pattern.ptr[p] == '[' ? set_end(pattern, p) : p + 1;
}

/* <end>: behind the set's ']'. */
static bool in_set(unsigned char c, struct str pattern, size_t p, size_t end)
{
    bool in = true;
    p++;
    if (pattern.ptr[p] == '^') {
        in = false;
        p++;
    }
    for (; p < end - 1; p++) {
        if (pattern.ptr[p] == '%') {
            if (in_class(c, pattern.ptr[++p]))
                return in;
        } else if (p + 2 < end - 1 && pattern.ptr[p + 1] == '-') {
            if (is_between(c, (unsigned char)pattern.ptr[p], (unsigned char)pattern.ptr[p + 2]))
                return in;
            p += 2;
        } else if ((unsigned char)pattern.ptr[p] == c) {
            return in;
        }
    }
    return !in;
}

static bool is_single(struct search *s, size_t at, size_t p, size_t end)
{
    unsigned char c;
    s->steps++;
    if (at >= s->text.len)
        return false;
    c = (unsigned char)s->text.ptr[at];
    switch (s->pattern.ptr[p]) {
    case '.': return true;
    case '%': return in_class(c, s->pattern.ptr[p + 1]);
    case '[': return in_set(c, s->pattern, p, end);
    default: return (unsigned char)s->pattern.ptr[p] == c;
    }
}

/* ---- matching --------------------------------------------------------------------------------------- */

static size_t match(struct search *s, size_t at, size_t p);

static bool tired(const struct search *s)
{
    return s->steps > LUAPAT_STEPS_MAX;
}

static size_t match_greedy(struct search *s, size_t at, size_t p, size_t end)
{
    size_t count = 0;
    while (is_single(s, at + count, p, end))
        count++;
    for (;; count--) {
        size_t found = match(s, at + count, end + 1);
        if (found != NOWHERE || count == 0 || tired(s))
            return found;
    }
}

static size_t match_lazy(struct search *s, size_t at, size_t p, size_t end)
{
    for (;; at++) {
        size_t found = match(s, at, end + 1);
        if (found != NOWHERE || tired(s) || !is_single(s, at, p, end))
            return found;
    }
}

static size_t match_balance(struct search *s, size_t at, size_t p)
{
    char open = s->pattern.ptr[p + 2], close = s->pattern.ptr[p + 3];
    size_t depth = 1;
    if (at >= s->text.len || s->text.ptr[at] != open)
        return NOWHERE;
    while (++at < s->text.len) {
        s->steps++;
        if (s->text.ptr[at] == close) {
            if (--depth == 0)
                return match(s, at + 1, p + 4);
        } else if (s->text.ptr[at] == open) {
            depth++;
        }
    }
    return NOWHERE;
}

static size_t match_frontier(struct search *s, size_t at, size_t p)
{
    size_t end = set_end(s->pattern, p + 2);
    unsigned char before = at > 0 ? (unsigned char)s->text.ptr[at - 1] : 0;
    unsigned char here = at < s->text.len ? (unsigned char)s->text.ptr[at] : 0;
    if (in_set(before, s->pattern, p + 2, end) || !in_set(here, s->pattern, p + 2, end))
        return NOWHERE;
    return match(s, at, end);
}

static size_t match_again(struct search *s, size_t at, size_t p)
{
    unsigned index = (unsigned)(s->pattern.ptr[p + 1] - '1');
    struct str seen = str_sub(s->text, s->captures[index].start, (size_t)s->captures[index].len);
    s->steps += (unsigned)(seen.len < LUAPAT_STEPS_MAX ? seen.len : LUAPAT_STEPS_MAX);
    if (s->captures[index].len < 0 || !str_starts(str_from(s->text, at), seen))
        return NOWHERE;
    return match(s, at + seen.len, p + 2);
}

static size_t begin_capture(struct search *s, size_t at, size_t p)
{
    bool position = p + 1 < s->pattern.len && s->pattern.ptr[p + 1] == ')';
    s->captures[s->level].start = at;
    s->captures[s->level].len = position ? CAPTURE_POSITION : CAPTURE_OPEN;
    s->level++;
    size_t found = match(s, at, position ? p + 2 : p + 1);
    if (found == NOWHERE)
        s->level--;
    return found;
}

static size_t end_capture(struct search *s, size_t at, size_t p)
{
    unsigned i = s->level;
    while (i > 0 && s->captures[i - 1].len != CAPTURE_OPEN)
        i--;
    if (i == 0)
        return NOWHERE;
    s->captures[i - 1].len = (ptrdiff_t)(at - s->captures[i - 1].start);
    size_t found = match(s, at, p + 1);
    if (found == NOWHERE)
        s->captures[i - 1].len = CAPTURE_OPEN;
    return found;
}

/* What is no single class; false: it is one. */
static bool match_special(struct search *s, size_t at, size_t p, size_t *ret)
{
    char c = s->pattern.ptr[p], next = p + 1 < s->pattern.len ? s->pattern.ptr[p + 1] : '\0';
    if (c == '(')
        *ret = begin_capture(s, at, p);
    else if (c == ')')
        *ret = end_capture(s, at, p);
    else if (c == '$' && p + 1 == s->pattern.len)
        *ret = at == s->text.len ? at : NOWHERE;
    else if (c == '%' && next == 'b')
        *ret = match_balance(s, at, p);
    else if (c == '%' && next == 'f')
        *ret = match_frontier(s, at, p);
    else if (c == '%' && is_digit((unsigned char)next))
        *ret = match_again(s, at, p);
    else
        return false;
    return true;
}

static size_t match_here(struct search *s, size_t at, size_t p)
{
    size_t found;
    while (p < s->pattern.len) {
        if (match_special(s, at, p, &found))
            return found;
        size_t end = class_end(s->pattern, p);
        char suffix = end < s->pattern.len ? s->pattern.ptr[end] : '\0';
        if (suffix == '*')
            return match_greedy(s, at, p, end);
        if (suffix == '+')
            return is_single(s, at, p, end) ? match_greedy(s, at + 1, p, end) : NOWHERE;
        if (suffix == '-')
            return match_lazy(s, at, p, end);
        bool is = is_single(s, at, p, end);
        if (suffix == '?') {
            if (is && (found = match(s, at + 1, end + 1)) != NOWHERE)
                return found;
            p = end + 1;
        } else if (!is) {
            return NOWHERE;
        } else {
            at++;
            p = end;
        }
    }
    return at;
}

static size_t match(struct search *s, size_t at, size_t p)
{
    if (++s->steps > LUAPAT_STEPS_MAX || s->depth == DEPTH_MAX)
        return NOWHERE;
    s->depth++;
    size_t found = match_here(s, at, p);
    s->depth--;
    return found;
}

static void read_captures(const struct search *s, struct luapat_match *ret)
{
    ret->count = s->level;
    for (unsigned i = 0; i < s->level; i++) {
        bool position = s->captures[i].len == CAPTURE_POSITION;
        ret->captures[i].position = position ? s->captures[i].start + 1 : 0;
        ret->captures[i].text =
            str_sub(s->text, s->captures[i].start, position ? 0 : (size_t)s->captures[i].len);
    }
}

bool luapat_find(struct str text, struct str pattern, struct luapat_match *ret)
{
    bool anchored = pattern.len > 0 && pattern.ptr[0] == '^';
    struct search s = {.text = text, .pattern = str_from(pattern, anchored)};
    for (size_t at = 0; at <= text.len && !tired(&s); at++) {
        s.level = 0;
        if (match(&s, at, 0) != NOWHERE) {
            read_captures(&s, ret);
            return true;
        }
        if (anchored)
            break;
    }
    return false;
}

/* ---- checking --------------------------------------------------------------------------------------- */

/* What is open while a pattern is read. */
struct reading {
    unsigned level, open_count;
    bool open[LUAPAT_CAPTURES_MAX];
};

static const char *read_parenthesis(struct reading *r, char c, bool position)
{
    unsigned i = r->level;
    if (c == '(') {
        if (r->level == LUAPAT_CAPTURES_MAX)
            return "it has more than 32 captures";
        r->open[r->level++] = !position;
        r->open_count += !position;
        return NULL;
    }
    while (i > 0 && !r->open[i - 1])
        i--;
    if (i == 0)
        return "a ) has no (";
    r->open[i - 1] = false;
    r->open_count--;
    return NULL;
}

static const char *read_again(const struct reading *r, char digit)
{
    unsigned index = (unsigned)(digit - '0');
    return index == 0 || index > r->level || r->open[index - 1]
               ? "a % with a digit must name a capture that was closed before it"
               : NULL;
}

/* One element from <p> on; *p moves behind it. */
static const char *read_element(struct reading *r, struct str pattern, size_t *p)
{
    char c = pattern.ptr[*p], next = *p + 1 < pattern.len ? pattern.ptr[*p + 1] : '\0';
    size_t end;
    if (c == '(' || c == ')') {
        bool position = c == '(' && next == ')';
        *p += position ? 2 : 1;
        return read_parenthesis(r, c, position);
    }
    if (c == '%' && next == 'b') {
        *p += 4;
        return *p > pattern.len ? "%b needs two characters behind it" : NULL;
    }
    if (c == '%' && next == 'f') {
        end = *p + 2 < pattern.len && pattern.ptr[*p + 2] == '[' ? set_end(pattern, *p + 2) : NOWHERE;
        *p = end;
        return end == NOWHERE ? "%f needs a set in [ ] behind it" : NULL;
    }
    if (c == '%' && is_digit((unsigned char)next)) {
        *p += 2;
        return read_again(r, next);
    }
    end = class_end(pattern, *p);
    *p = end;
    if (end == NOWHERE)
        return c == '%' ? "it ends with a single %" : "a [ has no ]";
    if (end < pattern.len && str_index(STR("*+-?"), pattern.ptr[end]) >= 0)
        ++*p;
    return NULL;
}

const char *luapat_check(struct str pattern)
{
    struct reading r = {0};
    const char *wrong = pattern.len > LUAPAT_PATTERN_MAX ? "it is longer than 1024 bytes" : NULL;
    for (size_t p = pattern.len && pattern.ptr[0] == '^'; !wrong && p < pattern.len;)
        wrong = read_element(&r, pattern, &p);
    return wrong ? wrong : r.open_count ? "a ( has no )" : NULL;
}
