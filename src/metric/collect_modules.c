/*
 * The modules a server has loaded, one line of INFO each:
 *
 *   module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]
 *
 * The index of INFO keeps the first line of a name; the others follow it in the text. What the modules say of
 * themselves are fields like any other and stand in the catalog.
 */
#include "collectors.h"

static const struct family families[] = {
    {"redis_module_info", METRIC_GAUGE, "name,ver,api,filters,usedby,using",
     "Always 1; the labels say which module is loaded, in which version, and which others it uses "
     "(INFO modules)"},
};

enum { MODULES_MAX = 128, PREFIX = sizeof "module:" - 1 };

static void emit_module(struct str fields, struct samples *samples)
{
    static const char *const names[] = {"name", "ver", "api", "filters", "usedby", "using"};
    enum { COUNT = sizeof names / sizeof names[0] };
    struct label labels[COUNT];
    for (int i = 0; i < COUNT; i++) {
        labels[i] = (struct label){names[i], NO_LABELS};
        info_subfield(fields, str_of(names[i]), &labels[i].value);
    }
    if (labels[0].value.len)
        samples_add(samples, 0, samples_labels(samples, labels, COUNT), 1);
}

static void emit(const struct snapshot *snapshot, const void *part, struct samples *samples)
{
    struct str text = snapshot->info.text, line, fields;
    (void)part;
    if (!info_get(&snapshot->info, STR("module"), &fields))
        return;
    text = str_from(text, (size_t)(fields.ptr - text.ptr) - PREFIX);
    for (int i = 0; i < MODULES_MAX && str_next(&text, '\n', &line) && str_starts(line, STR("module:")); i++)
        emit_module(str_trim(str_from(line, PREFIX)), samples);
}

const struct collector collect_modules = {
    .name = "modules",
    .help = "Modules the server has loaded.",
    .emit = emit,
    FAMILIES(families),
};
