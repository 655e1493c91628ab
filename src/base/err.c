#include <bluegreen/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *word, *sentence;
} kinds[] = {
#define X(name, word, sentence) [ERR_##name] = {word, sentence},
    ERR_KINDS(X)
#undef X
};

const char *err_word(enum err_kind kind)
{
    return kinds[kind].word;
}

const char *err_sentence(enum err_kind kind)
{
    return kinds[kind].sentence;
}

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    if (!err)
        return false;
    /* The arguments may be parts of the old text. */
    char text[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    err->kind = kind;
    memcpy(err->text, text, sizeof text);
    return false;
}

bool err_wrap(struct err *err, const char *format, ...)
{
    if (!err)
        return false;
    char context[sizeof err->text];
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof context, format, args);
    va_end(args);

    char cause[sizeof err->text];
    memcpy(cause, err->text, sizeof cause);
    size_t room = sizeof err->text;
    size_t used = (size_t)snprintf(err->text, room, "%s: ", context);
    if (used < room)
        snprintf(err->text + used, room - used, "%s", cause);
    return false;
}
