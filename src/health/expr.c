/*
 * The compiler: a scanner that hands out one token at a time, and a recursive descent over it that emits the
 * program in postfix order. Nesting, length and program are bounded, so a hostile text costs nothing.
 */
#include "expr_code.h"
#include "expr_scan.h"
#include <string.h>

struct compiler {
    struct scan scan;
    const struct expr_names *names;
    struct expr_op ops[EXPR_OPS_MAX];
    unsigned count, tracks, depth, stack;
};

/* ---- tokens ----------------------------------------------------------------------------------------- */

static bool mistake(struct compiler *c, const char *what)
{
    return scan_mistake(&c->scan, what);
}

static bool next(struct compiler *c)
{
    return scan_next(&c->scan);
}

static bool skip(struct compiler *c, int tokens)
{
    while (tokens-- > 0)
        if (!next(c))
            return false;
    return true;
}

static bool is_followed_by(const struct compiler *c, char sign)
{
    return c->scan.at < c->scan.text.len && c->scan.text.ptr[c->scan.at] == sign;
}

static bool at_sign(const struct compiler *c, const char *sign)
{
    return c->scan.token == TOKEN_SIGN && str_eq(c->scan.lexeme, str_of(sign));
}

static bool at_word(const struct compiler *c, const char *word)
{
    return c->scan.token == TOKEN_NAME && !c->scan.quoted && str_eq(c->scan.lexeme, str_of(word));
}

static bool expect(struct compiler *c, const char *sign, const char *complaint)
{
    return at_sign(c, sign) ? next(c) : mistake(c, complaint);
}

/* ---- the program ------------------------------------------------------------------------------------ */

/* <taken>: operands it takes off the stack; it leaves one. */
static bool emit(struct compiler *c, struct expr_op op, unsigned taken)
{
    if (c->count == EXPR_OPS_MAX)
        return mistake(c, "the expression is too long");
    c->stack = c->stack - taken + 1;
    if (c->stack > EXPR_DEPTH_MAX)
        return mistake(c, "the expression is nested too deeply");
    c->ops[c->count++] = op;
    return true;
}

static bool emit_simple(struct compiler *c, enum expr_op_code code)
{
    return emit(c, (struct expr_op){.code = code}, code >= OP_DEFAULT ? 2 : 1);
}

static int word_index(const char *const *words, struct str name)
{
    for (int i = 0; words && words[i]; i++)
        if (str_eq(str_of(words[i]), name))
            return i;
    return -1;
}

/* ---- names ------------------------------------------------------------------------------------------ */

static bool whose_of(const struct compiler *c, enum expr_whose *ret)
{
    static const char *const words[] = {[EXPR_SELF] = "self",
                                        [EXPR_BLUE] = "blue",
                                        [EXPR_GREEN] = "green",
                                        [EXPR_PRIMARY] = "primary",
                                        [EXPR_REPLICA] = "replica"};
    for (int i = 0; i < EXPR_WHOSE_COUNT; i++) {
        if (at_word(c, words[i])) {
            *ret = (enum expr_whose)i;
            return true;
        }
    }
    return false;
}

/* {db="db0"}: kept as it is written, which is how samples have their labels; {*} is the largest of all. */
static bool parse_labels(struct compiler *c, struct str *ret)
{
    *ret = STR("");
    if (!at_sign(c, "{"))
        return true;
    size_t begin = c->scan.at;
    while (!at_sign(c, "}")) {
        if (c->scan.token == TOKEN_END)
            return mistake(c, "the labels are not closed with }");
        if (!next(c))
            return false;
    }
    *ret = str_sub(c->scan.text, begin, c->scan.at - 1 - begin);
    return next(c);
}

static bool parse_metric(struct compiler *c, enum expr_whose whose, int family)
{
    struct expr_op op = {.code = OP_METRIC, .whose = whose, .index = family};
    return next(c) && parse_labels(c, &op.part) && emit(c, op, 0);
}

static bool parse_field(struct compiler *c, enum expr_whose whose)
{
    struct expr_op op = {.code = OP_FIELD, .whose = whose, .name = c->scan.lexeme};
    if (!next(c))
        return false;
    if (at_sign(c, ":")) {
        if (!next(c))
            return false;
        if (c->scan.token != TOKEN_NAME && c->scan.token != TOKEN_TEXT)
            return mistake(c, "after the colon comes a part of the field, as in db0:keys");
        op.part = c->scan.lexeme;
        if (!next(c))
            return false;
    }
    if (at_sign(c, "{"))
        return mistake(c, "there is no metric of that name");
    return emit(c, op, 0);
}

static bool check_whose(struct compiler *c, enum expr_whose whose)
{
    if (whose == EXPR_SELF && !c->names->has_self)
        return mistake(c, "say whose it is: blue, green, primary or replica, and a dot before the name");
    if (whose != EXPR_SELF && !c->names->has_pair)
        return mistake(c, "blue, green, primary and replica are known in checks of a pair only");
    return true;
}

static bool parse_server_name(struct compiler *c, enum expr_whose whose)
{
    if (c->scan.token != TOKEN_NAME)
        return mistake(c, "a name is missing here");
    if (!check_whose(c, whose))
        return false;
    int word = c->scan.quoted ? -1 : word_index(c->names->server_words, c->scan.lexeme);
    if (word >= 0)
        return next(c) && emit(c, (struct expr_op){.code = OP_WORD, .whose = whose, .index = word}, 0);
    int family = c->names->family && !c->scan.quoted ? c->names->family(c->scan.lexeme) : -1;
    return family >= 0 ? parse_metric(c, whose, family) : parse_field(c, whose);
}

static bool parse_pair_name(struct compiler *c)
{
    if (!c->names->has_pair)
        return mistake(c, "pair is known in checks of a pair only");
    if (!next(c) || !expect(c, ".", "after pair comes a dot and a name"))
        return false;
    int word = c->scan.token == TOKEN_NAME ? word_index(c->names->pair_words, c->scan.lexeme) : -1;
    if (word < 0)
        return mistake(c, "the pair has no such name");
    return next(c) && emit(c, (struct expr_op){.code = OP_PAIR_WORD, .index = word}, 0);
}

static bool parse_name(struct compiler *c)
{
    enum expr_whose whose;
    if (at_word(c, "pair"))
        return parse_pair_name(c);
    if (whose_of(c, &whose) && is_followed_by(c, '.'))
        return skip(c, 2) && parse_server_name(c, whose);
    return parse_server_name(c, EXPR_SELF);
}

/* ---- functions -------------------------------------------------------------------------------------- */

static bool parse_or(struct compiler *c);

static bool parse_window(struct compiler *c, struct expr_op *op)
{
    op->value = expr_number(10);
    if (at_sign(c, ",")) {
        if (!next(c))
            return false;
        if (c->scan.token != TOKEN_NUMBER ||
            !(c->scan.number >= EXPR_WINDOW_LEAST && c->scan.number <= EXPR_WINDOW_MAX))
            return mistake(c, "the window must be a time between 1s and 24h");
        op->value = expr_number(c->scan.number);
        if (!next(c))
            return false;
    }
    op->index = (int)c->tracks++;
    return true;
}

static bool parse_pattern(struct compiler *c, struct expr_op *op)
{
    if (whose_of(c, &op->whose)) {
        if (!next(c) || !expect(c, ".", "after the side comes a dot and a pattern"))
            return false;
    }
    if (!check_whose(c, op->whose))
        return false;
    if (c->scan.token != TOKEN_TEXT || str_index(c->scan.lexeme, '*') < 0)
        return mistake(c, "here comes a pattern with a star in double quotes, as in \"errorstat_*\"");
    op->name = c->scan.lexeme;
    if (!next(c) || !expect(c, ",", "here comes a comma and the part of the field to take"))
        return false;
    if (c->scan.token != TOKEN_TEXT)
        return mistake(c, "here comes the part of the field in double quotes, \"\" for the whole value");
    op->part = c->scan.lexeme;
    return next(c);
}

static bool parse_arguments(struct compiler *c, struct expr_op *op)
{
    if (op->code == OP_SUM || op->code == OP_MAX)
        return parse_pattern(c, op);
    if (!parse_or(c))
        return false;
    if (op->code <= OP_CHANGE)
        return parse_window(c, op);
    if (op->code < OP_DEFAULT)
        return true;
    return expect(c, ",", "here comes a comma and a second argument") && parse_or(c);
}

static bool function_of(const struct compiler *c, enum expr_op_code *ret)
{
    static const struct {
        const char *name;
        enum expr_op_code code;
    } functions[] = {
        {"rate", OP_RATE},       {"increase", OP_INCREASE}, {"change", OP_CHANGE}, {"present", OP_PRESENT},
        {"default", OP_DEFAULT}, {"abs", OP_ABS},           {"least", OP_LEAST},   {"greatest", OP_GREATEST},
        {"sum", OP_SUM},         {"max", OP_MAX},
    };
    for (unsigned i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (at_word(c, functions[i].name) && is_followed_by(c, '(')) {
            *ret = functions[i].code;
            return true;
        }
    }
    return false;
}

static bool parse_function(struct compiler *c, enum expr_op_code code)
{
    struct expr_op op = {.code = code};
    if (!skip(c, 2) || !parse_arguments(c, &op) ||
        !expect(c, ")", "here the bracket of the function's arguments must be closed"))
        return false;
    return emit(c, op, code == OP_SUM || code == OP_MAX ? 0 : code >= OP_DEFAULT ? 2 : 1);
}

/* ---- operators, from the tightest to the loosest ------------------------------------------------------ */

static bool parse_primary(struct compiler *c)
{
    enum expr_op_code function;
    if (c->scan.token == TOKEN_NUMBER || c->scan.token == TOKEN_TEXT) {
        struct expr_value value =
            c->scan.token == TOKEN_NUMBER ? expr_number(c->scan.number) : expr_text_value(c->scan.lexeme);
        return next(c) && emit(c, (struct expr_op){.code = OP_CONSTANT, .value = value}, 0);
    }
    if (at_sign(c, "("))
        return next(c) && parse_or(c) && expect(c, ")", "here a bracket must be closed");
    if (at_word(c, "and") || at_word(c, "or") || c->scan.token != TOKEN_NAME)
        return mistake(c, c->scan.token == TOKEN_END ? "the expression ends too early"
                                                     : "a value is missing here");
    return function_of(c, &function) ? parse_function(c, function) : parse_name(c);
}

static bool parse_unary(struct compiler *c)
{
    if (!at_sign(c, "-"))
        return parse_primary(c);
    if (++c->depth > EXPR_DEPTH_MAX)
        return mistake(c, "the expression is nested too deeply");
    bool ok = next(c) && parse_unary(c) && emit_simple(c, OP_NEGATE);
    c->depth--;
    return ok;
}

struct infix {
    const char *sign;
    enum expr_op_code code;
};

static const struct infix *infix_of(const struct compiler *c, const struct infix *signs)
{
    for (; signs->sign; signs++)
        if (at_sign(c, signs->sign))
            return signs;
    return NULL;
}

static bool parse_product(struct compiler *c)
{
    static const struct infix signs[] = {{"*", OP_MULTIPLY}, {"/", OP_DIVIDE}, {NULL, OP_ADD}};
    const struct infix *infix;
    bool ok = parse_unary(c);
    while (ok && (infix = infix_of(c, signs)))
        ok = next(c) && parse_unary(c) && emit_simple(c, infix->code);
    return ok;
}

static bool parse_sum(struct compiler *c)
{
    static const struct infix signs[] = {{"+", OP_ADD}, {"-", OP_SUBTRACT}, {NULL, OP_ADD}};
    const struct infix *infix;
    bool ok = parse_product(c);
    while (ok && (infix = infix_of(c, signs)))
        ok = next(c) && parse_product(c) && emit_simple(c, infix->code);
    return ok;
}

static bool parse_comparison(struct compiler *c)
{
    static const struct infix signs[] = {{"<=", OP_LESS_EQUAL}, {">=", OP_GREATER_EQUAL}, {"==", OP_EQUAL},
                                         {"!=", OP_UNEQUAL},    {"<", OP_LESS},           {">", OP_GREATER},
                                         {NULL, OP_ADD}};
    if (!parse_sum(c))
        return false;
    const struct infix *infix = infix_of(c, signs);
    if (!infix)
        return at_sign(c, "=") ? mistake(c, "two values are compared with ==") : true;
    if (!next(c) || !parse_sum(c) || !emit_simple(c, infix->code))
        return false;
    return infix_of(c, signs) ? mistake(c, "comparisons cannot be chained: write a < b and b < c") : true;
}

static bool parse_not(struct compiler *c)
{
    if (++c->depth > EXPR_DEPTH_MAX)
        return mistake(c, "the expression is nested too deeply");
    bool ok = at_word(c, "not") ? next(c) && parse_not(c) && emit_simple(c, OP_NOT) : parse_comparison(c);
    c->depth--;
    return ok;
}

static bool parse_and(struct compiler *c)
{
    bool ok = parse_not(c);
    while (ok && at_word(c, "and"))
        ok = next(c) && parse_not(c) && emit_simple(c, OP_AND);
    return ok;
}

static bool parse_or(struct compiler *c)
{
    bool ok = parse_and(c);
    while (ok && at_word(c, "or"))
        ok = next(c) && parse_and(c) && emit_simple(c, OP_OR);
    return ok;
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static bool parse(struct compiler *c)
{
    if (c->scan.text.len > EXPR_TEXT_MAX)
        return mistake(c, "the expression is too long");
    if (!next(c) || !parse_or(c))
        return false;
    return c->scan.token == TOKEN_END ? true : mistake(c, "the expression should have ended here");
}

const struct expr *expr_compile(struct str text, const struct expr_names *names, struct arena *arena,
                                struct err *err, unsigned *ret_column)
{
    struct compiler c = {.scan = {.err = err}, .names = names};
    c.scan.text = arena_copy(arena, text);
    struct expr *expr = arena_new(arena, struct expr, 1);
    *ret_column = 1;
    if (!c.scan.text.ptr || !expr) {
        err_set(err, ERR_MEMORY, "no memory for an expression");
        return NULL;
    }
    if (!parse(&c)) {
        *ret_column = c.scan.column;
        return NULL;
    }
    struct expr_op *ops = arena_new(arena, struct expr_op, c.count);
    if (!ops) {
        err_set(err, ERR_MEMORY, "no memory for an expression");
        return NULL;
    }
    memcpy(ops, c.ops, c.count * sizeof *ops);
    *expr = (struct expr){.text = c.scan.text, .ops = ops, .count = c.count, .tracks = c.tracks};
    return expr;
}

unsigned expr_track_count(const struct expr *expr)
{
    return expr->tracks;
}

struct str expr_text(const struct expr *expr)
{
    return expr->text;
}

void expr_metrics(const struct expr *expr, void (*visit)(void *arg, int family), void *arg)
{
    for (unsigned i = 0; i < expr->count; i++)
        if (expr->ops[i].code == OP_METRIC)
            visit(arg, expr->ops[i].index);
}
