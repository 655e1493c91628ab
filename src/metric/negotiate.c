#include <bluegreen/negotiate.h>

enum { Q_ONE = 1000, Q_NONE = -1 };

/* ---- clauses: "type/subtype;name=value;q=0.5, …" ---------------------------------------------------- */

struct clause {
    struct str value;    /* before the first semicolon */
    struct str version;  /* parameter, or empty */
    struct str escaping; /* parameter, or empty */
    int q;               /* thousandths */
    bool ok;
};

/* Like str_next(), but a separator inside of "…" does not count. */
static bool next_part(struct str *rest, char separator, struct str *ret)
{
    bool quoted = false;
    size_t i = 0;
    if (!rest->len)
        return false;
    for (; i < rest->len && (quoted || rest->ptr[i] != separator); i++) {
        if (quoted && rest->ptr[i] == '\\')
            i++;
        else if (rest->ptr[i] == '"')
            quoted = !quoted;
    }
    *ret = str_trim(str_sub(*rest, 0, i));
    *rest = str_from(*rest, i + 1);
    return true;
}

static struct str unquoted(struct str text)
{
    bool quoted = text.len >= 2 && text.ptr[0] == '"' && text.ptr[text.len - 1] == '"';
    return quoted ? str_sub(text, 1, text.len - 2) : text;
}

/* "1", "0.75", "1.000": at most three decimals, at most one. Q_NONE: it is none. */
static int read_q(struct str text)
{
    int q = 0, place = Q_ONE;
    if (text.len == 0 || text.len > 5 || (text.len > 1 && text.ptr[1] != '.'))
        return Q_NONE;
    for (size_t i = 0; i < text.len; i += i == 0 ? 2 : 1, place /= 10) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return Q_NONE;
        q += (text.ptr[i] - '0') * place;
    }
    return q <= Q_ONE ? q : Q_NONE;
}

static void read_param(struct clause *clause, struct str param)
{
    struct str name, value;
    str_cut(param, '=', &name, &value);
    name = str_trim(name);
    value = unquoted(str_trim(value));
    if (str_eq_nocase(name, STR("q"))) {
        clause->q = read_q(value);
        clause->ok &= clause->q != Q_NONE;
    } else if (str_eq_nocase(name, STR("version"))) {
        clause->version = value;
    } else if (str_eq_nocase(name, STR("escaping"))) {
        clause->escaping = value;
    }
}

static bool next_clause(struct str *rest, struct clause *ret)
{
    struct str text, param;
    if (!next_part(rest, ',', &text))
        return false;
    *ret = (struct clause){.q = Q_ONE};
    ret->ok = next_part(&text, ';', &ret->value) && ret->value.len > 0;
    while (next_part(&text, ';', &param))
        read_param(ret, param);
    return true;
}

/* ---- escaping and Content-Type ---------------------------------------------------------------------- */

#define TYPES(escaping)                                                                                      \
    {                                                                                                        \
        EXPO_CONTENT_TYPE escaping, EXPO_CONTENT_TYPE_OPENMETRICS escaping                                   \
    }

static const struct {
    struct str word;
    const char *content_types[EXPO_FORMATS]; /* by format */
} escapings[ESCAPING_COUNT] = {
    [ESCAPING_UNASKED] = {STR_INIT(""), TYPES("")},
    [ESCAPING_UNDERSCORES] = {STR_INIT("underscores"), TYPES("; escaping=underscores")},
    [ESCAPING_DOTS] = {STR_INIT("dots"), TYPES("; escaping=dots")},
    [ESCAPING_VALUES] = {STR_INIT("values"), TYPES("; escaping=values")},
    [ESCAPING_ALLOW_UTF8] = {STR_INIT("allow-utf-8"), TYPES("; escaping=allow-utf-8")},
};

static enum expo_escaping escaping_of(struct str word)
{
    for (unsigned i = 1; i < ESCAPING_COUNT; i++)
        if (str_eq_nocase(word, escapings[i].word))
            return (enum expo_escaping)i;
    return ESCAPING_UNASKED;
}

const char *negotiate_content_type(struct negotiated negotiated)
{
    return escapings[negotiated.escaping].content_types[negotiated.format];
}

/* ---- formats ---------------------------------------------------------------------------------------- */

struct offer {
    struct str type, wild, version;
};

static const struct offer offers[EXPO_FORMATS] = {
    [EXPO_TEXT] = {STR_INIT("text/plain"), STR_INIT("text/*"), STR_INIT("0.0.4")},
    [EXPO_OPENMETRICS] = {STR_INIT("application/openmetrics-text"), STR_INIT("application/*"),
                          STR_INIT("1.0.0")},
};

/* How exactly a clause names an offer. */
enum exactness { EXACT_NOT = 0, EXACT_ANY, EXACT_WILD, EXACT_TYPE, EXACT_VERSION };

static enum exactness exactness(const struct clause *clause, const struct offer *offer)
{
    if (str_eq(clause->value, STR("*/*")))
        return EXACT_ANY;
    if (str_eq_nocase(clause->value, offer->wild))
        return EXACT_WILD;
    if (!str_eq_nocase(clause->value, offer->type))
        return EXACT_NOT;
    if (!clause->version.len)
        return EXACT_TYPE;
    return str_eq(clause->version, offer->version) ? EXACT_VERSION : EXACT_NOT;
}

/* The clause that speaks of an offer most exactly. */
struct match {
    enum exactness exactness;
    int q;
    unsigned place; /* of the clause in the header */
    struct str escaping;
};

static bool better(const struct match *a, const struct match *b)
{
    if (a->q == 0 || a->q != b->q)
        return a->q > b->q;
    if (a->exactness != b->exactness)
        return a->exactness > b->exactness;
    return a->exactness >= EXACT_TYPE && a->place < b->place;
}

struct negotiated negotiate_format(struct str accept)
{
    struct match matches[EXPO_FORMATS] = {{EXACT_NOT}};
    struct clause clause;
    for (unsigned place = 0; place < NEGOTIATE_CLAUSES_MAX && next_clause(&accept, &clause); place++) {
        for (unsigned i = 0; clause.ok && i < EXPO_FORMATS; i++) {
            enum exactness exact = exactness(&clause, &offers[i]);
            if (exact > matches[i].exactness)
                matches[i] = (struct match){exact, clause.q, place, clause.escaping};
        }
    }
    struct negotiated result = {EXPO_TEXT, ESCAPING_UNASKED};
    for (unsigned i = 0; i < EXPO_FORMATS; i++)
        if (better(&matches[i], &matches[result.format]))
            result.format = (enum expo_format)i;
    result.escaping = escaping_of(matches[result.format].escaping);
    return result;
}

/* ---- encodings -------------------------------------------------------------------------------------- */

bool negotiate_gzip(struct str accept_encoding)
{
    int gzip = Q_NONE, identity = Q_NONE, any = Q_NONE;
    struct clause clause;
    for (unsigned i = 0; i < NEGOTIATE_CLAUSES_MAX && next_clause(&accept_encoding, &clause); i++) {
        if (!clause.ok)
            continue;
        if (str_eq_nocase(clause.value, STR("gzip")) || str_eq_nocase(clause.value, STR("x-gzip")))
            gzip = clause.q;
        else if (str_eq_nocase(clause.value, STR("identity")))
            identity = clause.q;
        else if (str_eq(clause.value, STR("*")))
            any = clause.q;
    }
    if (gzip == Q_NONE)
        gzip = any;
    return gzip > 0 && gzip >= identity;
}
