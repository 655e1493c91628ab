#include "agent/view.h"
#include <bluegreen/collector.h>

_Static_assert(COLLECTOR_COUNT <= 64, "a set of collectors is a word of 64 bits");

/* The name nearest to a wrong one, or all of them. */
static void unknown_collector(struct str name, struct buf *mistake)
{
    struct str best = STR("");
    size_t best_distance = name.len / 3 + 1;
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++) {
        size_t distance = str_distance(str_of(collectors[i]->name), name);
        if (distance <= best_distance) {
            best = str_of(collectors[i]->name);
            best_distance = distance;
        }
    }
    buf_text(mistake, "no collector is named \"");
    buf_str(mistake, str_clip(name, 64));
    if (best.len) {
        buf_fmt(mistake, "\"; did you mean " STR_FMT "?\n", STR_ARG(best));
        return;
    }
    buf_text(mistake, "\"; there are ");
    for (unsigned i = 0; i < COLLECTOR_COUNT; i++)
        buf_fmt(mistake, "%s%s", i ? ", " : "", collectors[i]->name);
    buf_char(mistake, '\n');
}

/* Adds those that the query names in <param> to <set>. */
static bool read_set(const struct http_request *request, struct str param, uint64_t *set, struct buf *mistake)
{
    for (unsigned i = 0; i < request->query_count; i++) {
        if (!str_eq(request->query[i].name, param))
            continue;
        unsigned c = 0;
        while (c < COLLECTOR_COUNT && !str_eq(request->query[i].value, str_of(collectors[c]->name)))
            c++;
        if (c == COLLECTOR_COUNT) {
            unknown_collector(request->query[i].value, mistake);
            return false;
        }
        *set |= UINT64_C(1) << c;
    }
    return true;
}

bool view_read(const struct http_request *request, struct view *ret, struct buf *mistake)
{
    uint64_t wanted = 0, unwanted = 0;
    *ret = (struct view){.negotiated = negotiate_format(request->accept),
                         .gzip = negotiate_gzip(request->accept_encoding)};
    if (!read_set(request, STR("collect[]"), &wanted, mistake) ||
        !read_set(request, STR("exclude[]"), &unwanted, mistake))
        return false;
    if (wanted && unwanted) {
        buf_text(mistake, "collect[] and exclude[] cannot be used together\n");
        return false;
    }
    ret->hidden = wanted ? ~(wanted | UINT64_C(1) << COLLECT_TARGET) : unwanted;
    return true;
}
