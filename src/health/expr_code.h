/* expr_code: what the compiler of expressions makes and the evaluator runs: a program for a stack. */
#ifndef HEALTH_EXPR_CODE_H
#define HEALTH_EXPR_CODE_H

#include <bluegreen/expr.h>

enum expr_op_code {
    OP_CONSTANT = 0, /* value */
    OP_FIELD,        /* whose, name, part */
    OP_WORD,         /* whose, index */
    OP_PAIR_WORD,    /* index */
    OP_METRIC,       /* whose, index, part: the labels */
    OP_SUM,          /* whose, name: a pattern, part */
    OP_MAX,
    OP_RATE, /* index of the track, window in value.number */
    OP_INCREASE,
    OP_CHANGE,
    OP_PRESENT,
    OP_ABS,
    OP_NEGATE,
    OP_NOT,
    OP_DEFAULT, /* from here on two operands */
    OP_LEAST,
    OP_GREATEST,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_LESS,
    OP_LESS_EQUAL,
    OP_GREATER,
    OP_GREATER_EQUAL,
    OP_EQUAL,
    OP_UNEQUAL,
    OP_AND,
    OP_OR
};

struct expr_op {
    enum expr_op_code code;
    enum expr_whose whose;
    int index;
    struct expr_value value;
    struct str name, part;
};

struct expr {
    struct str text;
    const struct expr_op *ops;
    unsigned count, tracks;
};

#endif
