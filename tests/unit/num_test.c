/* num: strict reading, and printing that reads back as the same number. */
#include "unit/support/check.h"
#include "unit/support/guard.h"
#include <bluegreen/num.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void integers_are_read_to_their_limits_and_no_further(void **state)
{
    static const struct {
        const char *text;
        bool u_ok, i_ok;
        uint64_t u;
        int64_t i;
    } rows[] = {
        {"0", true, true, 0, 0},
        {"7", true, true, 7, 7},
        {"9223372036854775807", true, true, INT64_MAX, INT64_MAX},
        {"9223372036854775808", true, false, (uint64_t)INT64_MAX + 1, 0},
        {"18446744073709551615", true, false, UINT64_MAX, 0},
        {"18446744073709551616", false, false, 0, 0},
        {"18446744073709551620", false, false, 0, 0},
        {"99999999999999999999", false, false, 0, 0},
        {"-1", false, true, 0, -1},
        {"-9223372036854775808", false, true, 0, INT64_MIN},
        {"-9223372036854775809", false, false, 0, 0},
        {"-0", false, false, 0, 0},
        {"", false, false, 0, 0},
        {"-", false, false, 0, 0},
        {"--1", false, false, 0, 0},
        {"+1", false, false, 0, 0},
        {" 1", false, false, 0, 0},
        {"1 ", false, false, 0, 0},
        {"1\n", false, false, 0, 0},
        {"01", false, false, 0, 0},
        {"-01", false, false, 0, 0},
        {"0x10", false, false, 0, 0},
        {"1.0", false, false, 0, 0},
        {"1e3", false, false, 0, 0},
        {"1,000", false, false, 0, 0},
        {"/", false, false, 0, 0},
        {":", false, false, 0, 0},
    };
    (void)state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        EACH_GUARDED(g, str_of(rows[row].text))
        {
            uint64_t u = 77;
            int64_t i = 77;
            if (num_u64(g.slice, &u) != rows[row].u_ok || num_i64(g.slice, &i) != rows[row].i_ok)
                fail_msg("\"%s\" was not judged as it should be", rows[row].text);
            assert_true(u == (rows[row].u_ok ? rows[row].u : 77));
            assert_true(i == (rows[row].i_ok ? rows[row].i : 77));
        }
    }
}

static void doubles_are_decimal_or_the_words_of_info(void **state)
{
    static const struct {
        const char *text;
        double value;
    } rows[] = {
        {"0", 0},
        {"-0", -0.0},
        {"-0.00", -0.0},
        {"3", 3},
        {"3.14", 3.14},
        {"-12.5", -12.5},
        {"0.1", 0.1},
        {"007.50", 7.5},
        {"100000000000000", 1e14},
        {"123456789012345", 123456789012345},
        {"0.00000000000001", 1e-14},
        {"1234567890123456789", 1234567890123456789.0},
        {"0.1234567890123456789", 0.1234567890123456789},
        {"1e22", 1e22},
        {"1E+22", 1e22},
        {"2.5e-3", 0.0025},
        {"1e0", 1},
        {"9007199254740993", 9007199254740992},
        {"1.7976931348623157e308", DBL_MAX},
        {"5e-324", 5e-324},
        {"1e-400", 0},
        {"inf", INFINITY},
        {"-inf", -INFINITY},
        {"nan", NAN},
        {"-nan", NAN},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].text))
        {
            double value = 77;
            if (!num_double(g.slice, &value))
                fail_msg("\"%s\" was not read", rows[i].text);
            if (isnan(rows[i].value))
                assert_true(isnan(value));
            else
                assert_double(value, rows[i].value);
        }
    }
}

static void what_is_not_wholly_a_double_is_refused(void **state)
{
    static const char *const texts[] = {
        "",      "-",     ".",      "1.",    ".5",      "-.5",   "+1",  "1 ",   " 1",   "1..2",     "1.2.3",
        "1e",    "1e+",   "e5",     "1e5x",  "1.5e2.5", "0x1p3", "INF", "Inf",  "+inf", "infinity", "NaN",
        "--nan", "1e999", "-1e999", "1_000", "12a",     "1,5",   "1\t", "inf ", "nan0", "nan(1)"};
    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        EACH_GUARDED(g, str_of(texts[i]))
        {
            double value = 77;
            if (num_double(g.slice, &value))
                fail_msg("\"%s\" was read as %g", texts[i], value);
            assert_double(value, 77);
        }
    }
    double value = 77;
    assert_false(num_double(STR("1\0"), &value));
    assert_false(num_double(STR("1\0"
                                "2"),
                            &value));
    assert_false(num_double((struct str){NULL, 0}, &value));
    assert_double(value, 77);
}

static void long_digits_are_read_or_refused_but_not_cut(void **state)
{
    char digits[600];
    double value = 77;
    (void)state;
    memset(digits, '0', sizeof digits);
    digits[0] = '1';
    assert_true(num_double((struct str){digits, 300}, &value));
    assert_double(value, 1e299);
    value = 77;
    assert_false(num_double((struct str){digits, 600}, &value));
    assert_double(value, 77);
}

/* Every short decimal is read as libc reads it: the fast path divides once, which must round the same. */
static void short_decimals_round_as_libc_rounds_them(void **state)
{
    uint64_t seed = 3;
    char text[64];
    (void)state;
    for (int i = 0; i < 200000; i++) {
        uint64_t digits = next_random(&seed) % 1000000000000000ull;
        int decimals = (int)(next_random(&seed) % 15);
        char whole[32];
        int len = snprintf(whole, sizeof whole, "%0*llu", decimals + 1, (unsigned long long)digits);
        snprintf(text, sizeof text, "%.*s%s%s", len - decimals, whole, decimals ? "." : "",
                 whole + len - decimals);
        double value = 77;
        if (!num_double(str_of(text), &value))
            fail_msg("\"%s\" was not read", text);
        if (value != strtod(text, NULL))
            fail_msg("\"%s\" was read as %.17g", text, value);
    }
}

static void printed_doubles_read_back_as_themselves(void **state)
{
    uint64_t seed = 11;
    (void)state;
    for (int i = 0; i < 300000; i++) {
        uint64_t bits = next_random(&seed);
        double value, again;
        memcpy(&value, &bits, sizeof value);
        if (i % 3 == 0)
            value = (double)(int64_t)(bits >> (i % 60)) / (i % 2 ? 1 : 1000.0); /* numbers INFO has */
        char text[NUM_TEXT_MAX];
        size_t len = num_print(value, text);
        assert_in_range(len, 1, NUM_TEXT_MAX - 1);
        if (isnan(value) || isinf(value))
            continue;
        if (!num_double((struct str){text, len}, &again) || memcmp(&again, &value, sizeof value) != 0)
            fail_msg("%.17g was printed as \"%.*s\"", value, (int)len, text);
    }
}

/* What printf and strtod agree on; num_print() has faster ways for numbers with few decimals. */
static void every_way_of_printing_gives_the_same_text(void **state)
{
    static const double divisors[] = {1, 10, 100, 1e3, 1e5, 1e6, 1e7, 1e9, 3};
    uint64_t seed = 21;
    (void)state;
    for (int i = 0; i < 200000; i++) {
        double value = (double)(next_random(&seed) >> (10 + i % 54)) / divisors[i % COUNT(divisors)];
        char text[NUM_TEXT_MAX], expected[NUM_TEXT_MAX];
        if (i % 2)
            value = -value;
        if (value == trunc(value))
            continue; /* printed as an integer, where printf takes an exponent */
        for (int precision = 15; precision <= 17; precision++) {
            snprintf(expected, sizeof expected, "%.*g", precision, value);
            if (strtod(expected, NULL) == value)
                break;
        }
        assert_text(((struct str){text, num_print(value, text)}), expected);
    }
}

static void doubles_are_printed_as_prometheus_writes_them(void **state)
{
    static const struct {
        double value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-0.0, "-0"},
        {3, "3"},
        {-3, "-3"},
        {0.1, "0.1"},
        {0.3, "0.3"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {1e15, "1000000000000000"},
        {9007199254740991, "9007199254740991"},
        {9007199254740992, "9007199254740992"},
        {1e22, "1e+22"},
        {1e-7, "1e-07"},
        {123456.789, "123456.789"},
        {1699990000.5, "1699990000.5"},
        {INFINITY, "+Inf"},
        {-INFINITY, "-Inf"},
        {NAN, "NaN"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {-DBL_MIN, "-2.2250738585072014e-308"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[NUM_TEXT_MAX];
        assert_text(((struct str){text, num_print(rows[i].value, text)}), rows[i].text);
    }
}

static void unsigned_integers_are_printed_in_full(void **state)
{
    static const struct {
        uint64_t value;
        const char *text;
    } rows[] = {{0, "0"}, {9, "9"}, {10, "10"}, {UINT64_MAX, "18446744073709551615"}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[NUM_TEXT_MAX];
        assert_text(((struct str){text, num_print_u64(rows[i].value, text)}), rows[i].text);
    }
}

static void sizes_know_both_kinds_of_units(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t bytes;
    } rows[] = {
        {"512", true, 512},
        {"0", true, 0},
        {"512b", true, 512},
        {"10kb", true, 10240},
        {"10KB", true, 10240},
        {"10Mb", true, 10485760},
        {"2gb", true, 2147483648},
        {"1tb", true, 1099511627776},
        {"1k", true, 1000},
        {"1m", true, 1000000},
        {"1g", true, 1000000000},
        {"16777215tb", true, 16777215ull << 40},
        {"16777216tb", false, 0},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551615b", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"", false, 0},
        {"kb", false, 0},
        {"10 kb", false, 0},
        {"10kb ", false, 0},
        {"-1", false, 0},
        {"1.5gb", false, 0},
        {"10kib", false, 0},
        {"010kb", false, 0},
        {"1kb2", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].text))
        {
            uint64_t bytes = 77;
            if (num_size(g.slice, &bytes) != rows[i].ok || bytes != (rows[i].ok ? rows[i].bytes : 77))
                fail_msg("\"%s\" was not judged as it should be", rows[i].text);
        }
    }
}

static void durations_add_up_their_parts(void **state)
{
    static const struct {
        const char *text;
        bool ok;
        uint64_t ms;
    } rows[] = {
        {"0", true, 0},
        {"0s", true, 0},
        {"1500ms", true, 1500},
        {"2s", true, 2000},
        {"1m30s", true, 90000},
        {"1h", true, 3600000},
        {"1d", true, 86400000},
        {"1d2h3m4s5ms", true, 93784005},
        {"18446744073709551615ms", true, UINT64_MAX},
        {"18446744073709551615ms1ms", false, 0},
        {"18446744073709551615s", false, 0},
        {"213503982334d", true, 213503982334ull * 86400000},
        {"213503982335d", false, 0},
        {"", false, 0},
        {"5", false, 0},
        {"s", false, 0},
        {"1m30", false, 0},
        {"1 s", false, 0},
        {"1s ", false, 0},
        {"-1s", false, 0},
        {"1.5s", false, 0},
        {"1w", false, 0},
        {"1s-", false, 0},
        {"00s", false, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        EACH_GUARDED(g, str_of(rows[i].text))
        {
            uint64_t ms = 77;
            if (num_duration_ms(g.slice, &ms) != rows[i].ok || ms != (rows[i].ok ? rows[i].ms : 77))
                fail_msg("\"%s\" was not judged as it should be", rows[i].text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(integers_are_read_to_their_limits_and_no_further),
        TEST(doubles_are_decimal_or_the_words_of_info),
        TEST(what_is_not_wholly_a_double_is_refused),
        TEST(long_digits_are_read_or_refused_but_not_cut),
        TEST(short_decimals_round_as_libc_rounds_them),
        TEST(printed_doubles_read_back_as_themselves),
        TEST(every_way_of_printing_gives_the_same_text),
        TEST(doubles_are_printed_as_prometheus_writes_them),
        TEST(unsigned_integers_are_printed_in_full),
        TEST(sizes_know_both_kinds_of_units),
        TEST(durations_add_up_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
