/* catalog: every field a server sends has a row, a reason or a reader, and units do what they say. */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/guard.h"
#include "unit/support/pipeline.h"
#include <bluegreen/catalog.h>
#include <math.h>
#include <stdlib.h>

static void every_field_of_every_server_is_accounted_for(void **state)
{
    unsigned missing = 0;
    (void)state;
    for (size_t f = 0; f < FIXTURES; f++) {
        struct pipeline p;
        struct fixture fixture = fixture_at(f);
        pipeline_init(&p, fixture.server, fixture.state);
        for (uint32_t i = 0; i < p.snapshot->info.count; i++) {
            struct str field = info_name(&p.snapshot->info, i);
            if (catalog_find(field) || catalog_is_ignored(field) || collector_reads_field(field))
                continue;
            missing++;
            print_error("%s/%s: the field " STR_FMT " is neither in the catalog nor ignored\n",
                        fixture.server, fixture.state, STR_ARG(field));
        }
        pipeline_done(&p);
    }
    assert_int_equal(missing, 0);
}

static void every_row_of_a_field_that_is_sent_gives_a_sample_or_says_why_not(void **state)
{
    (void)state;
    for (size_t f = 0; f < FIXTURES; f++) {
        struct pipeline p;
        struct fixture fixture = fixture_at(f);
        pipeline_init(&p, fixture.server, fixture.state);
        for (uint32_t i = 0; i < p.snapshot->info.count; i++) {
            const struct catalog_row *row = catalog_find(info_name(&p.snapshot->info, i));
            double value;
            bool malformed = false;
            if (!row)
                continue;
            bool shown = catalog_value(row->unit, info_value(&p.snapshot->info, i), &value, &malformed);
            if (malformed)
                fail_msg("%s/%s: the value of %s is malformed to its unit", fixture.server, fixture.state,
                         row->field);
            unsigned family = family_base(COLLECT_INFO) + (unsigned)(row - catalog), found = 0;
            for (uint32_t j = 0; j < p.samples.count; j++)
                found += p.samples.items[j].family == family;
            assert_int_equal(found, shown);
        }
        pipeline_done(&p);
    }
}

static void no_field_is_listed_twice(void **state)
{
    (void)state;
    for (unsigned i = 0; i < catalog_count; i++) {
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(catalog[i].field, catalog[j].field);
        if (catalog_is_ignored(str_of(catalog[i].field)))
            fail_msg("%s is in the catalog and on the ignore list", catalog[i].field);
        if (collector_reads_field(str_of(catalog[i].field)))
            fail_msg("%s is in the catalog and read by a collector", catalog[i].field);
        assert_ptr_equal(catalog_find(str_of(catalog[i].field)), &catalog[i]);
    }
    for (unsigned i = 0; i < catalog_ignored_count; i++)
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(catalog_ignored[i].field, catalog_ignored[j].field);
}

static void every_ignored_field_has_its_reason(void **state)
{
    (void)state;
    for (unsigned i = 0; i < catalog_ignored_count; i++) {
        assert_true(strlen(catalog_ignored[i].field) > 1);
        assert_true(strlen(catalog_ignored[i].why) > 10);
        if (!strchr(catalog_ignored[i].field, '*'))
            assert_false(collector_reads_field(str_of(catalog_ignored[i].field)));
    }
}

static void labels_of_rows_are_those_they_get(void **state)
{
    (void)state;
    for (unsigned i = 0; i < catalog_count; i++)
        assert_string_equal(catalog[i].family.labels,
                            catalog[i].labels == LABELS_PRIMARY ? "master_host,master_port" : "");
}

static void units_turn_text_into_base_units(void **state)
{
    enum verdict_ { VALUE, NOTHING, MALFORMED };
    static const struct {
        enum info_unit unit;
        const char *text;
        enum verdict_ verdict;
        double value;
    } rows[] = {
        {UNIT_NONE, "42", VALUE, 42},
        {UNIT_NONE, "-7", VALUE, -7},
        {UNIT_NONE, "1.25", VALUE, 1.25},
        {UNIT_NONE, "18446744073709551615", VALUE, 18446744073709551615.0},
        {UNIT_NONE, "-0.00", VALUE, 0},
        {UNIT_NONE, "inf", VALUE, INFINITY},
        {UNIT_NONE, "nan", NOTHING, 0},
        {UNIT_NONE, "-nan", NOTHING, 0},
        {UNIT_NONE, "", MALFORMED, 0},
        {UNIT_NONE, "12kb", MALFORMED, 0},
        {UNIT_USEC, "1500000", VALUE, 1.5},
        {UNIT_USEC, "0", VALUE, 0},
        {UNIT_USEC, "x", MALFORMED, 0},
        {UNIT_MSEC, "1500", VALUE, 1.5},
        {UNIT_OK, "ok", VALUE, 1},
        {UNIT_OK, "err", VALUE, 0},
        {UNIT_OK, "okay", VALUE, 0},
        {UNIT_UP, "up", VALUE, 1},
        {UNIT_UP, "down", VALUE, 0},
        {UNIT_YES, "yes", VALUE, 1},
        {UNIT_YES, "no", VALUE, 0},
        {UNIT_YES, "maybe", MALFORMED, 0},
        {UNIT_YES, "", MALFORMED, 0},
        {UNIT_PERCENT, "12.50%", VALUE, 0.125},
        {UNIT_PERCENT, "12.50", VALUE, 0.125},
        {UNIT_PERCENT, "-nan", NOTHING, 0},
        {UNIT_PERCENT, "-nan%", NOTHING, 0},
        {UNIT_PERCENT, "-0.00", VALUE, 0},
        {UNIT_PERCENT, "%", MALFORMED, 0},
        {UNIT_PERCENT, "", MALFORMED, 0},
        {UNIT_PERCENT, "50%%", MALFORMED, 0},
        {UNIT_KIB_PER_SEC, "0.50", VALUE, 512},
        {UNIT_KIB_PER_SEC, "2", VALUE, 2048},
        {UNIT_OR_NONE, "5", VALUE, 5},
        {UNIT_OR_NONE, "0", VALUE, 0},
        {UNIT_OR_NONE, "-1", NOTHING, 0},
        {UNIT_OR_NONE, "none", MALFORMED, 0},
        {UNIT_SINCE, "5", VALUE, 5},
        {UNIT_SINCE, "0", VALUE, 0},
        {UNIT_SINCE, "-1", NOTHING, 0},
        {UNIT_SINCE, "1795360624", NOTHING, 0},
        {UNIT_SINCE, "never", MALFORMED, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].text))
        {
            double value = 77;
            bool malformed = true;
            bool shown = catalog_value(rows[i].unit, g.slice, &value, &malformed);
            enum verdict_ verdict = shown ? VALUE : malformed ? MALFORMED : NOTHING;
            if (verdict != rows[i].verdict)
                fail_msg("unit %d, \"%s\": verdict %d", rows[i].unit, rows[i].text, verdict);
            if (shown)
                assert_double(value, rows[i].value);
        }
    }
}

static void a_star_on_the_ignore_list_matches_any_bytes(void **state)
{
    (void)state;
    assert_true(catalog_is_ignored(STR("listener0")));
    assert_true(catalog_is_ignored(STR("db0_distrib_strings_sizes")));
    assert_true(catalog_is_ignored(STR("db15_distrib_hashes_items")));
    assert_false(catalog_is_ignored(STR("db0")));
    assert_false(catalog_is_ignored(STR("db0_distrib")));
    assert_true(catalog_is_ignored(STR("redis_version")));
    assert_false(catalog_is_ignored(STR("redis_version_")));
    assert_false(catalog_is_ignored(STR("redis_versio")));
    assert_false(catalog_is_ignored(STR("")));
    EACH_GUARDED(g, STR("db0_distrib_"))
    assert_true(catalog_is_ignored(g.slice));
}

static void an_unknown_field_has_no_row(void **state)
{
    (void)state;
    assert_null(catalog_find(STR("")));
    assert_null(catalog_find(STR("used_memory_")));
    assert_null(catalog_find(STR("used_memor")));
    EACH_GUARDED(g, STR("used_memory"))
    assert_string_equal(catalog_find(g.slice)->family.name, "redis_memory_used_bytes");
}

/* A server that is not known yet: the field is shown under its own name, once, if it is a number. */
static void fields_newer_than_the_catalog_are_shown_all_the_same(void **state)
{
    struct snapshot *snapshot = snapshot_of(STR("redis_version:99.0.0\nrole:master\nbrand_new_number:12.5\n"
                                                "brand_new_word:hello\nused_memory:abc\nbad line\n"
                                                "hz:nan\nbrand_new_nan:nan\n"));
    struct samples samples;
    (void)state;
    samples_init(&samples, &snapshot->arena, 0);
    collectors_emit(snapshot, &samples);
    const struct sample *sample =
        samples_find(&samples, family_base(COLLECT_INFO_OTHER), STR("field=\"brand_new_number\""));
    assert_non_null(sample);
    assert_double(sample->value, 12.5);
    assert_null(samples_find(&samples, family_base(COLLECT_INFO_OTHER), STR("field=\"brand_new_word\"")));
    sample = samples_find(&samples, family_base(COLLECT_INFO_OTHER) + 1, NO_LABELS);
    assert_non_null(sample);
    assert_double(sample->value, 2); /* the bad line, and used_memory */
    snapshot_free(snapshot);
}

static void not_more_new_fields_than_a_scrape_can_bear(void **state)
{
    struct buf info;
    struct samples samples;
    unsigned shown = 0;
    (void)state;
    buf_init(&info, 1 << 20);
    for (int i = 0; i < 1000; i++)
        buf_fmt(&info, "brand_new_%d:%d\n", i, i);
    struct snapshot *snapshot = snapshot_of(buf_view(&info));
    samples_init(&samples, &snapshot->arena, 0);
    collectors_emit(snapshot, &samples);
    for (uint32_t i = 0; i < samples.count; i++)
        shown += samples.items[i].family == family_base(COLLECT_INFO_OTHER);
    assert_int_equal(shown, 64);
    snapshot_free(snapshot);
    buf_done(&info);
}

static void families_of_a_replica_carry_its_primary_or_are_left_out(void **state)
{
    static const struct {
        const char *info, *labels; /* NULL: no sample */
    } rows[] = {
        {"master_host:10.0.0.1\nmaster_port:6379\nmaster_link_status:up",
         "master_host=\"10.0.0.1\",master_port=\"6379\""},
        {"master_host:::1\nmaster_port:6379\nmaster_link_status:up",
         "master_host=\"::1\",master_port=\"6379\""},
        {"master_port:6379\nmaster_link_status:up", NULL},
        {"master_host:10.0.0.1\nmaster_link_status:up", NULL},
    };
    unsigned family =
        family_base(COLLECT_INFO) + (unsigned)(catalog_find(STR("master_link_status")) - catalog);
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct snapshot *snapshot = snapshot_of(str_of(rows[i].info));
        struct samples samples;
        unsigned found = 0;
        samples_init(&samples, &snapshot->arena, 0);
        collectors_emit(snapshot, &samples);
        for (uint32_t j = 0; j < samples.count; j++)
            found += samples.items[j].family == family;
        assert_int_equal(found, rows[i].labels != NULL);
        if (rows[i].labels)
            assert_double(samples_find(&samples, family, str_of(rows[i].labels))->value, 1);
        snapshot_free(snapshot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_field_of_every_server_is_accounted_for),
        TEST(every_row_of_a_field_that_is_sent_gives_a_sample_or_says_why_not),
        TEST(no_field_is_listed_twice),
        TEST(every_ignored_field_has_its_reason),
        TEST(labels_of_rows_are_those_they_get),
        TEST(units_turn_text_into_base_units),
        TEST(a_star_on_the_ignore_list_matches_any_bytes),
        TEST(an_unknown_field_has_no_row),
        TEST(fields_newer_than_the_catalog_are_shown_all_the_same),
        TEST(not_more_new_fields_than_a_scrape_can_bear),
        TEST(families_of_a_replica_carry_its_primary_or_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
