/* expr_scan: the tokens of an expression, one at a time. */
#ifndef HEALTH_EXPR_SCAN_H
#define HEALTH_EXPR_SCAN_H

#include <bluegreen/err.h>
#include <bluegreen/str.h>

enum token { TOKEN_END = 0, TOKEN_NUMBER, TOKEN_TEXT, TOKEN_NAME, TOKEN_SIGN };

struct scan {
    struct str text;
    size_t at;    /* behind the present token */
    size_t begin; /* of the present token */
    enum token token;
    struct str lexeme; /* a name or text without its quotes, a sign */
    bool quoted;       /* a name in backquotes: never a keyword, a function or a word */
    double number;
    struct err *err;
    unsigned column; /* of the first mistake, from 1; 0: none */
};

/* Goes on to the next token. False: what stands there is none, and the mistake is noted. */
bool scan_next(struct scan *scan);

/* Notes <what> at the present token, unless there was a mistake before. Returns false. */
bool scan_mistake(struct scan *scan, const char *what);

#endif
