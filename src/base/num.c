#include <bluegreen/num.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool num_u64(struct str s, uint64_t *ret)
{
    uint64_t value = 0;
    if (s.len == 0 || (s.len > 1 && s.ptr[0] == '0'))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned digit = (unsigned char)s.ptr[i] - '0';
        if (digit > 9 || value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret = value;
    return true;
}

bool num_i64(struct str s, int64_t *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t size;
    if (!num_u64(str_from(s, negative), &size) || size > (uint64_t)INT64_MAX + negative ||
        (negative && size == 0))
        return false;
    *ret = negative ? (int64_t)-size : (int64_t)size;
    return true;
}

static bool special_double(struct str s, double *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    struct str word = str_from(s, negative);
    if (str_eq(word, STR("inf")))
        *ret = negative ? -INFINITY : INFINITY;
    else if (str_eq(word, STR("nan")))
        *ret = NAN;
    else
        return false;
    return true;
}

/*
 * Up to 15 digits and a power of ten up to 22 are exact doubles, so one division rounds correctly. That is
 * every fraction INFO prints; the rest goes to strtod.
 */
static bool short_double(struct str s, double *ret)
{
    static const double powers[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = s.len && s.ptr[0] == '-';
    uint64_t digits = 0;
    size_t count = 0, decimals = 0;
    bool point = false;
    for (size_t i = negative; i < s.len; i++) {
        unsigned digit = (unsigned char)s.ptr[i] - '0';
        if (digit <= 9) {
            digits = digits * 10 + digit;
            decimals += point;
            if (++count > 15)
                return false;
        } else if (s.ptr[i] == '.' && !point && count) {
            point = true;
        } else {
            return false;
        }
    }
    if (count == 0 || (point && decimals == 0))
        return false;
    double value = (double)digits / powers[decimals];
    *ret = negative ? -value : value;
    return true;
}

/* strtod takes blanks, hex and words as well; what reaches it is digits, one point, one exponent. */
static bool decimal_form(struct str s)
{
    size_t i = s.len && s.ptr[0] == '-';
    size_t digits = 0;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        digits++;
    if (i < s.len && s.ptr[i] == '.' && digits) {
        size_t point = ++i;
        for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
            ;
        if (i == point)
            return false;
    }
    if (!digits || i == s.len)
        return digits > 0;
    if (s.ptr[i] != 'e' && s.ptr[i] != 'E')
        return false;
    i++;
    if (i < s.len && (s.ptr[i] == '+' || s.ptr[i] == '-'))
        i++;
    size_t exponent = i;
    for (; i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9'; i++)
        ;
    return i == s.len && i > exponent;
}

bool num_double(struct str s, double *ret)
{
    if (short_double(s, ret) || special_double(s, ret))
        return true;
    char text[400];
    if (!decimal_form(s) || !str_copy(s, text, sizeof text))
        return false;
    double value = strtod(text, NULL);
    if (!isfinite(value))
        return false;
    *ret = value;
    return true;
}

/* Splits "10mb" into 10 and "mb". */
static bool number_and_unit(struct str s, uint64_t *ret_number, struct str *ret_unit)
{
    size_t digits = 0;
    while (digits < s.len && s.ptr[digits] >= '0' && s.ptr[digits] <= '9')
        digits++;
    *ret_unit = str_from(s, digits);
    return num_u64(str_sub(s, 0, digits), ret_number);
}

struct unit {
    const char *name;
    uint64_t factor;
};

static bool scaled(uint64_t number, struct str name, const struct unit *units, size_t count, uint64_t *ret)
{
    for (size_t i = 0; i < count; i++) {
        if (!str_eq_nocase(name, str_of(units[i].name)))
            continue;
        if (number > UINT64_MAX / units[i].factor)
            return false;
        *ret = number * units[i].factor;
        return true;
    }
    return false;
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

bool num_size(struct str s, uint64_t *ret_bytes)
{
    static const struct unit units[] = {
        {"", 1},         {"b", 1},          {"k", 1000},        {"kb", 1ull << 10},   {"m", 1000000},
        {"mb", 1 << 20}, {"g", 1000000000}, {"gb", 1ull << 30}, {"t", 1000000000000}, {"tb", 1ull << 40}};
    uint64_t number;
    struct str unit;
    return number_and_unit(s, &number, &unit) && scaled(number, unit, units, COUNT(units), ret_bytes);
}

bool num_duration_ms(struct str s, uint64_t *ret_ms)
{
    static const struct unit units[] = {
        {"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    if (str_eq(s, STR("0"))) {
        *ret_ms = 0;
        return true;
    }
    uint64_t total = 0;
    while (s.len) {
        uint64_t number, part;
        struct str rest;
        if (!number_and_unit(s, &number, &rest))
            return false;
        size_t letters = 0;
        while (letters < rest.len && (rest.ptr[letters] < '0' || rest.ptr[letters] > '9'))
            letters++;
        if (!scaled(number, str_sub(rest, 0, letters), units, COUNT(units), &part) ||
            total > UINT64_MAX - part)
            return false;
        total += part;
        s = str_from(rest, letters);
        if (s.len == 0) {
            *ret_ms = total;
            return true;
        }
    }
    return false;
}

size_t num_print_u64(uint64_t value, char out[NUM_TEXT_MAX])
{
    char reversed[NUM_TEXT_MAX];
    size_t len = 0;
    do {
        reversed[len++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = 0; i < len; i++)
        out[i] = reversed[len - 1 - i];
    return len;
}

/*
 * Most of what is not whole are microseconds and ratios with a few decimals. If the value is a whole number
 * of millionths and reads back the same, its digits are those, without the noughts at the end; 15 digits are
 * always the shortest form of what they read back as.
 */
static size_t print_millionths(double value, char out[NUM_TEXT_MAX])
{
    double scaled = fabs(value) * 1e6;
    if (scaled >= 1e15)
        return 0;
    uint64_t millionths = (uint64_t)(scaled + 0.5);
    if ((double)millionths / 1e6 != fabs(value))
        return 0;
    char *at = out;
    if (value < 0)
        *at++ = '-';
    at += num_print_u64(millionths / 1000000, at);
    *at++ = '.';
    unsigned fraction = (unsigned)(millionths % 1000000);
    for (unsigned place = 100000; fraction; place /= 10) {
        *at++ = (char)('0' + fraction / place);
        fraction %= place;
    }
    return (size_t)(at - out);
}

/* 3e-06, 1.2e-05: a command's few microseconds, in the form printf would choose. */
static size_t print_micros(double value, char out[NUM_TEXT_MAX])
{
    double scaled = value * 1e6;
    unsigned micros = scaled > 0 && scaled < 99.5 ? (unsigned)(scaled + 0.5) : 0;
    if (!micros || (double)micros / 1e6 != value)
        return 0;
    char *at = out;
    *at++ = (char)('0' + (micros < 10 ? micros : micros / 10));
    if (micros >= 10 && micros % 10) {
        *at++ = '.';
        *at++ = (char)('0' + micros % 10);
    }
    for (const char *exponent = micros < 10 ? "e-06" : "e-05"; *exponent; exponent++)
        *at++ = *exponent;
    return (size_t)(at - out);
}

static size_t print_shortest(double value, char out[NUM_TEXT_MAX])
{
    int len = 0;
    for (int precision = 15; precision <= 17; precision++) {
        len = snprintf(out, NUM_TEXT_MAX, "%.*g", precision, value);
        if (strtod(out, NULL) == value)
            break;
    }
    return (size_t)len;
}

size_t num_print(double value, char out[NUM_TEXT_MAX])
{
    if (isnan(value))
        return (size_t)snprintf(out, NUM_TEXT_MAX, "NaN");
    if (isinf(value))
        return (size_t)snprintf(out, NUM_TEXT_MAX, value > 0 ? "+Inf" : "-Inf");
    /* Whole numbers that a double holds exactly are most of what we print. */
    if (fabs(value) < 9007199254740992.0 && value == (double)(int64_t)value &&
        !(value == 0 && signbit(value))) {
        out[0] = '-';
        bool negative = value < 0;
        return num_print_u64((uint64_t)fabs(value), out + negative) + negative;
    }
    size_t len = fabs(value) >= 1e-4 ? print_millionths(value, out) : print_micros(value, out);
    return len ? len : print_shortest(value, out);
}
