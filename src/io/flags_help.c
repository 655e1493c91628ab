/*
 * flags_help: the table of flags as --help and as Markdown.
 */
#include "io/flags_table.h"

enum { WIDTH = 100, HELP_COLUMN = 36, LINE_MAX_ = 1024 };

static void pad(struct buf *out, size_t from, size_t to)
{
    for (; from < to; from++)
        buf_char(out, ' ');
}

/* Breaks <text> between words so that it stays right of <column>, where the line stands already. */
static void wrapped(struct buf *out, struct str text, size_t column)
{
    size_t used = column;
    struct str word;
    while (str_next(&text, ' ', &word)) {
        if (used > column && used + 1 + word.len > WIDTH) {
            buf_char(out, '\n');
            pad(out, 0, column);
            used = column;
        }
        if (used > column) {
            buf_char(out, ' ');
            used++;
        }
        buf_str(out, word);
        used += word.len;
    }
    buf_char(out, '\n');
}

static void help_line(struct buf *out, const struct flag *flag)
{
    struct buf text;
    size_t start = out->len;
    buf_fmt(out, "  --%s", flag->name);
    if (flag->alias)
        buf_fmt(out, ", %s%s", str_of(flag->alias).len == 1 ? "-" : "--", flag->alias);
    if (flag->value)
        buf_fmt(out, " %s", flag->value);
    size_t used = out->len - start;
    if (used + 1 > HELP_COLUMN) {
        buf_char(out, '\n');
        used = 0;
    }
    pad(out, used, HELP_COLUMN);

    buf_init(&text, LINE_MAX_);
    buf_text(&text, flag->ignored ? flag->ignored : flag->help);
    if (flag->env)
        buf_fmt(&text, " [%s]", flag->env);
    wrapped(out, buf_view(&text), HELP_COLUMN);
    buf_done(&text);
}

void flags_help(struct buf *out)
{
    buf_text(out,
             "redis-bluegreen-agent watches Redis servers for Prometheus and load balancers.\n\n"
             "  redis-bluegreen-agent --config redis-bluegreen.yml\n"
             "  redis-bluegreen-agent --redis.addr redis://host:6379\n\n"
             "A flag beats its environment variable, shown in brackets; both beat the file. One dash is as\n"
             "good as two, \"=\" as good as a blank.\n");
    for (unsigned group = 0; group < FLAG_GROUP_COUNT; group++) {
        buf_fmt(out, "\n%s:\n", flag_group_titles[group]);
        for (unsigned i = 0; i < flags_table_count; i++)
            if (flags_table[i].group == (enum flag_group)group)
                help_line(out, &flags_table[i]);
    }
}

static void document_flag(struct buf *out, const struct flag *flag)
{
    buf_fmt(out, "| `--%s%s%s` | ", flag->name, flag->value ? " " : "", flag->value ? flag->value : "");
    if (flag->env)
        buf_fmt(out, "`%s` | ", flag->env);
    else
        buf_text(out, "none | ");
    if (flag->key)
        buf_fmt(out, "`%s` | ", flag->key);
    else
        buf_text(out, "nothing | ");
    buf_fmt(out, "%s. |\n", flag->ignored ? flag->ignored : flag->help);
}

void flags_document(struct buf *out)
{
    buf_text(out,
             "# Configuration\n\n"
             "Written by `redis-bluegreen-agent --document-config`.\n\n"
             "Keys of the file given by `--config` come first, flags and environment variables after them. "
             "Durations are written `500ms`, `2s`, `1m30s`, `1h`.\n\n"
             "# The file\n\n");
    conf_document(out);
    buf_text(out,
             "\n# Flags and environment\n\n"
             "A flag beats its environment variable; both beat the file. Names are those of redis_exporter "
             "where it has one.\n");
    for (unsigned group = 0; group < FLAG_GROUP_COUNT; group++) {
        buf_fmt(out, "\n## %s\n\n| flag | environment | sets | meaning |\n| --- | --- | --- | --- |\n",
                flag_group_titles[group]);
        for (unsigned i = 0; i < flags_table_count; i++)
            if (flags_table[i].group == (enum flag_group)group)
                document_flag(out, &flags_table[i]);
    }
}
