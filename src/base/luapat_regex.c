/*
 * luapat_regex: the common part of regular expressions, as patterns: bytes, . [ ] * + ? ^ $ \d \w \s and
 * alternatives without parentheses.
 */
#include <bluegreen/luapat.h>
#include <string.h>

/* One alternative on its way; nothing becomes longer than seven bytes ([^%w_]). */
struct writing {
    char text[LUAPAT_PATTERN_MAX];
    size_t len;
    bool full;
};

static void put(struct writing *w, const char *bytes, size_t len)
{
    if (w->full || len > sizeof w->text - w->len) {
        w->full = true;
        return;
    }
    memcpy(w->text + w->len, bytes, len);
    w->len += len;
}

static void put_text(struct writing *w, const char *text)
{
    put(w, text, strlen(text));
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* A byte that is to stand for itself. */
static void put_literal(struct writing *w, char c)
{
    if (!is_word(c) && c > ' ' && c <= '~')
        put(w, "%", 1);
    put(w, &c, 1);
}

/* What stands behind a backslash. */
static const char *put_escape(struct writing *w, char c, bool in_set)
{
    if (c == 'd' || c == 'D' || c == 's' || c == 'S') {
        char class[2] = {'%', c};
        put(w, class, 2);
    } else if (c == 'w') {
        put_text(w, in_set ? "%w_" : "[%w_]");
    } else if (c == 'W' && !in_set) {
        put_text(w, "[^%w_]");
    } else if (is_word(c)) {
        return "behind \\ it knows d, D, s, S, w, W and signs only";
    } else {
        put_literal(w, c);
    }
    return NULL;
}

/* The set that begins at <p>; *p moves to its ']'. */
static const char *put_set(struct writing *w, struct str regex, size_t *p)
{
    const char *wrong = NULL;
    size_t first = *p + 1;
    put(w, "[", 1);
    if (first < regex.len && regex.ptr[first] == '^') {
        put(w, "^", 1);
        first++;
    }
    for (*p = first; !wrong && *p < regex.len && (regex.ptr[*p] != ']' || *p == first); ++*p) {
        char c = regex.ptr[*p];
        if (c == '\\' && *p + 1 < regex.len)
            wrong = put_escape(w, regex.ptr[++*p], true);
        else if (c == '[' && *p + 1 < regex.len && regex.ptr[*p + 1] == ':')
            wrong = "it knows no [:classes:]";
        else if (c == '-')
            put(w, &c, 1);
        else
            put_literal(w, c);
    }
    put(w, "]", 1);
    return wrong ? wrong : *p >= regex.len ? "a [ has no ]" : NULL;
}

static bool is_repeat(char c)
{
    return c == '*' || c == '+' || c == '?';
}

/* The alternative from <p> on; *p moves behind it. A sentence when it cannot be said as a pattern. */
static const char *translate(struct str regex, size_t *p, struct writing *w)
{
    const char *wrong = NULL;
    *w = (struct writing){.len = 0};
    for (size_t start = *p; !wrong && *p < regex.len && regex.ptr[*p] != '|'; ++*p) {
        char c = regex.ptr[*p], before = *p > start ? regex.ptr[*p - 1] : '\0';
        bool last = *p + 1 == regex.len || regex.ptr[*p + 1] == '|';
        if (c == '\\' && *p + 1 < regex.len)
            wrong = put_escape(w, regex.ptr[++*p], false);
        else if (c == '[')
            wrong = put_set(w, regex, p);
        else if (str_index(STR("(){}\\"), c) >= 0)
            wrong = "it knows no ( ) and { }";
        else if ((c == '^' && *p > start) || (c == '$' && !last))
            wrong = "^ may stand at the start only, and $ at the end";
        else if (is_repeat(c) &&
                 (*p == start || (is_repeat(before) && (*p < start + 2 || regex.ptr[*p - 2] != '\\'))))
            wrong = "a * + ? must stand behind what it repeats, once";
        else if (is_repeat(c) || c == '.' || c == '^' || c == '$')
            put(w, &c, 1);
        else
            put_literal(w, c);
    }
    return wrong ? wrong : w->full ? "it is too long" : luapat_check((struct str){w->text, w->len});
}

const char *luapat_check_regex(struct str regex)
{
    struct writing w;
    const char *wrong = NULL;
    for (size_t p = 0; !wrong && p <= regex.len; p++)
        wrong = translate(regex, &p, &w);
    return wrong;
}

bool luapat_find_regex(struct str text, struct str regex, struct luapat_match *ret)
{
    struct writing w;
    for (size_t p = 0; p <= regex.len; p++)
        if (!translate(regex, &p, &w) && luapat_find(text, (struct str){w.text, w.len}, ret))
            return true;
    return false;
}
