#include "cli/args.h"
#include "io/flags_table.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct walk {
    int argc, next;
    char **argv;
    struct args *args;
};

static bool mistake(const struct walk *walk, const char *what, const char *argument)
{
    fprintf(stderr, "redis-bluegreen %s: %s \"%s\"\n", walk->argv[0], what, argument);
    return false;
}

/* The value of <argument>: behind its "=", or the next argument. NULL: there is none. */
static char *value_of(struct walk *walk, char *argument)
{
    char *equals = strchr(argument, '=');
    if (equals)
        return equals + 1;
    return walk->next < walk->argc ? walk->argv[walk->next++] : NULL;
}

static bool take_option(struct walk *walk, const struct args_option *option, char *argument)
{
    if (option->on && strchr(argument, '='))
        return mistake(walk, "no value is wanted by", option->name);
    if (option->on)
        *option->on = true;
    else if (!(*option->value = value_of(walk, argument)))
        return mistake(walk, "a value is missing behind", option->name);
    return true;
}

static bool take_flag(struct walk *walk, const struct flag *flag, char *argument)
{
    struct args *args = walk->args;
    bool alone = flag->type == FLAG_SWITCH || strchr(argument, '=');
    if (args->flag_count + 2 > ARGS_FLAGS_MAX)
        return mistake(walk, "there are too many flags before", argument);
    if (!alone && walk->next == walk->argc)
        return mistake(walk, "a value is missing behind", argument);
    args->flags[args->flag_count++] = argument;
    if (!alone)
        args->flags[args->flag_count++] = walk->argv[walk->next++];
    return true;
}

static bool take_dashed(struct walk *walk, const struct args_option *options, char *argument)
{
    struct str name = str_of(argument), bare, rest;
    str_cut(name, '=', &name, &rest);
    for (; options->name; options++)
        if (str_eq(name, str_of(options->name)))
            return take_option(walk, options, argument);
    bare = str_from(name, name.len > 1 && name.ptr[1] == '-' ? 2 : 1);
    const struct flag *flag = flag_find(bare);
    if (flag && flag->type != FLAG_ACTION && flag->type != FLAG_SERVER)
        return take_flag(walk, flag, argument);
    return mistake(walk, "what is", argument);
}

bool args_parse(int argc, char **argv, const struct args_option *options, struct args *ret)
{
    static char program[] = "redis-bluegreen";
    struct walk walk = {argc, 1, argv, ret};
    *ret = (struct args){.flags = {program}, .flag_count = 1};
    while (walk.next < argc) {
        char *argument = argv[walk.next++];
        if (argument[0] == '-') {
            if (!take_dashed(&walk, options, argument))
                return false;
        } else if (ret->word_count + 1 < ARGS_WORDS_MAX) {
            ret->words[ret->word_count++] = argument;
        } else {
            return mistake(&walk, "what is", argument);
        }
    }
    if (ret->flag_count > 1 || getenv("REDIS_BLUEGREEN_CONFIG") || getenv("REDIS_ADDR"))
        return true;
    fprintf(stderr, "redis-bluegreen %s: --config FILE is missing\n", argv[0]);
    return false;
}
