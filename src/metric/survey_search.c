/*
 * survey_search: the search indexes of servers that have the module: FT._LIST, then FT.INFO of each.
 *
 * Whether the module is there is in INFO, so a server without it is not asked at all.
 */
#include "collectors.h"
#include "surveys.h"
#include <bluegreen/luapat.h>

#define MEGABYTE 1048576.0

/* clang-format off */
static const struct {
    struct family family;
    const char *field; /* of FT.INFO */
    double factor;
} rows[] = {
#define ROW(name, field, factor, help) {{"redis_search_index_" name, METRIC_GAUGE, "index_name", help " (FT.INFO " field ")"}, field, factor}
    ROW("num_docs", "num_docs", 1, "Documents in the index"),
    ROW("max_doc_id", "max_doc_id", 1, "Highest number given to a document"),
    ROW("num_terms", "num_terms", 1, "Distinct terms in the index"),
    ROW("num_records", "num_records", 1, "Records in the index"),
    ROW("inverted_size_bytes", "inverted_sz_mb", MEGABYTE, "Memory of the inverted index"),
    ROW("total_inverted_index_blocks", "total_inverted_index_blocks", 1, "Blocks of the inverted index"),
    ROW("vector_index_size_bytes", "vector_index_sz_mb", MEGABYTE, "Memory of the vector index"),
    ROW("offset_vectors_size_bytes", "offset_vectors_sz_mb", MEGABYTE, "Memory of the offset vectors"),
    ROW("doc_table_size_bytes", "doc_table_size_mb", MEGABYTE, "Memory of the table of documents"),
    ROW("sortable_values_size_bytes", "sortable_values_size_mb", MEGABYTE, "Memory of sortable values"),
    ROW("key_table_size_bytes", "key_table_size_mb", MEGABYTE, "Memory of the table of keys"),
    ROW("tag_overhead_size_bytes", "tag_overhead_sz_mb", MEGABYTE, "Memory of the overhead of tags"),
    ROW("text_overhead_size_bytes", "text_overhead_sz_mb", MEGABYTE, "Memory of the overhead of texts"),
    ROW("total_index_memory_size_bytes", "total_index_memory_sz_mb", MEGABYTE, "Memory of the whole index"),
    ROW("geoshapes_size_bytes", "geoshapes_sz_mb", MEGABYTE, "Memory of geographic shapes"),
    ROW("avg_per_doc_records", "records_per_doc_avg", 1, "Records in a document on average"),
    ROW("avg_per_record_bytes", "bytes_per_record_avg", 1, "Bytes of a record on average"),
    ROW("avg_per_term_offsets", "offsets_per_term_avg", 1, "Offsets of a term on average"),
    ROW("avg_per_record_offset_bits", "offset_bits_per_record_avg", 1, "Bits of a record's offsets on average"),
    ROW("indexing", "indexing", 1, "1 while documents are being indexed"),
    ROW("percent_indexed", "percent_indexed", 1, "Part of the documents that is indexed, 0 to 1"),
    ROW("hash_indexing_failures", "hash_indexing_failures", 1, "Documents that could not be indexed"),
    {{"redis_search_index_number_of_uses_total", METRIC_COUNTER, "index_name",
      "Times the index was used (FT.INFO number_of_uses)"}, "number_of_uses", 1},
    ROW("cleaning", "cleaning", 1, "1 while the index is being cleaned"),
#undef ROW
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0] };

const struct collector collect_survey_search = {
    .name = "survey_search",
    .help = "Search indexes.",
    .families = &rows[0].family,
    .family_count = ROWS,
    .family_stride = sizeof rows[0],
};

static const enum cmd_id commands[] = {CMD_FT_LIST, CMD_FT_INFO, CMD_NONE};

struct state {
    bool listed;
    struct str *names;
    uint32_t count, next;
    struct survey_seen seen;
};

static bool has_module(struct str info)
{
    struct str line, name;
    while (str_next(&info, '\n', &line))
        if (str_starts(line, STR("module:")) && info_subfield(str_from(line, 7), STR("name"), &name) &&
            (str_eq(name, STR("search")) || str_eq(name, STR("searchlight")) || str_eq(name, STR("ft"))))
            return true;
    return false;
}

static bool begin(struct survey_run *run, const struct snapshot *snapshot)
{
    return has_module(snapshot->info.text) ||
           survey_fail(run, ERR_UNKNOWN_COMMAND, "this server has no search module (INFO modules)");
}

static enum survey_step next(struct survey_run *run, struct survey_request *ret)
{
    struct state *state = run->state;
    if (run->waiting)
        return SURVEY_WAIT;
    if (!state->listed) {
        state->listed = true;
        *ret = (struct survey_request){.cmd = CMD_FT_LIST};
        return SURVEY_SEND;
    }
    if (state->next == state->count || !survey_room(run, ROWS))
        return SURVEY_DONE;
    survey_ask(ret, CMD_FT_INFO, 0, state->names[state->next], state->next);
    state->next++;
    return SURVEY_SEND;
}

static void take_list(struct survey_run *run, const struct reply *reply)
{
    struct state *state = run->state;
    struct luapat_match found;
    state->names = reply->type == REPLY_ARRAY ? arena_new(&run->work, struct str, reply->count + 1) : NULL;
    if (!state->names) {
        survey_fail(run, ERR_REDIS, "FT._LIST answered in a form this version does not know");
        return;
    }
    for (size_t i = 0; i < reply->count && survey_count_key(run); i++) {
        const struct reply *name = &reply->items[i];
        if (name->type != REPLY_STRING ||
            !luapat_find_regex(name->text, run->settings->search_indexes, &found))
            continue;
        state->names[state->count] = arena_copy(&run->work, name->text);
        state->count += state->names[state->count].ptr != NULL;
    }
}

static void take(struct survey_run *run, const struct survey_request *request, const struct reply *reply)
{
    struct state *state = run->state;
    if (request->cmd == CMD_FT_LIST) {
        take_list(run, reply);
        return;
    }
    struct str labels = samples_label(&run->samples, "index_name", state->names[request->tag]);
    if (reply_pairs(reply) == 0 || !survey_seen_add(&state->seen, labels))
        return;
    for (unsigned i = 0; i < ROWS; i++) {
        const struct reply *value = reply_find(reply, str_of(rows[i].field));
        double number = 0;
        if (!value || (value->type == REPLY_STRING && !num_double(value->text, &number)))
            continue;
        if (value->type == REPLY_INTEGER)
            number = (double)value->integer;
        else if (value->type == REPLY_DOUBLE)
            number = value->number;
        else if (value->type != REPLY_STRING)
            continue;
        samples_add(&run->samples, i, labels, number * rows[i].factor);
    }
}

static void drop(struct survey_run *run)
{
    struct state *state = run->state;
    survey_seen_done(&state->seen);
}

static bool wanted(const struct survey_settings *settings)
{
    return settings->search;
}

const struct survey survey_search = {
    .name = "search_indexes",
    .families = COLLECT_SURVEY_SEARCH,
    .commands = commands,
    .state_size = sizeof(struct state),
    .wanted = wanted,
    .begin = begin,
    .next = next,
    .take = take,
    .drop = drop,
};
