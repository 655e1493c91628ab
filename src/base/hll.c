#include <bluegreen/hll.h>
#include <math.h>
#include <string.h>

enum { HEADER = 16, REGISTERS = 16384, BITS = 6, VALUE_MAX = 50 + 1, DENSE = 0, SPARSE = 1 };

/* How many registers have each value: all the estimate needs. */
struct histogram {
    unsigned of[1 << BITS];
    unsigned total;
};

bool hll_is(struct str bytes)
{
    return bytes.len >= HEADER && str_starts(bytes, STR("HYLL")) && (unsigned char)bytes.ptr[4] <= SPARSE;
}

static void add(struct histogram *h, unsigned value, unsigned times)
{
    h->of[value] += times;
    h->total += times;
}

static bool read_dense(const unsigned char *bytes, size_t len, struct histogram *h)
{
    if (len != REGISTERS * BITS / 8)
        return false;
    for (size_t i = 0; i < REGISTERS; i++) {
        size_t at = i * BITS / 8, shift = i * BITS % 8;
        unsigned two = bytes[at] | (at + 1 < len ? (unsigned)bytes[at + 1] << 8 : 0u);
        add(h, two >> shift & ((1u << BITS) - 1), 1);
    }
    return true;
}

/* Runs: 00llllll zeros, 01llllll llllllll zeros, 1vvvvvll a value; lengths and values less one. */
static bool read_sparse(const unsigned char *bytes, size_t len, struct histogram *h)
{
    for (size_t i = 0; i < len && h->total <= REGISTERS; i++) {
        if (bytes[i] & 0x80) {
            add(h, (bytes[i] >> 2 & 31u) + 1, (bytes[i] & 3u) + 1);
        } else if (!(bytes[i] & 0x40)) {
            add(h, 0, (bytes[i] & 63u) + 1);
        } else {
            if (i + 1 == len)
                return false;
            add(h, 0, ((bytes[i] & 63u) << 8 | bytes[i + 1]) + 1);
            i++;
        }
    }
    return h->total == REGISTERS;
}

static double tau(double x)
{
    double y = 1, z = 1 - x, before;
    if (x == 0 || x == 1)
        return 0;
    do {
        x = pow(x, 0.5);
        before = z;
        y *= 0.5;
        z -= (1 - x) * (1 - x) * y;
    } while (before != z);
    return z / 3;
}

/* Of x below 1. */
static double sigma(double x)
{
    double y = 1, z = x, before;
    do {
        x *= x;
        before = z;
        z += x * y;
        y += y;
    } while (before != z);
    return z;
}

static uint64_t estimate(const struct histogram *h)
{
    static const double alpha = 0.721347520444481703680; /* 1 / (2 ln 2) */
    const double m = REGISTERS;
    if (h->of[0] == REGISTERS)
        return 0;
    double z = m * tau((m - h->of[VALUE_MAX]) / m);
    for (int i = VALUE_MAX - 1; i >= 1; i--)
        z = (z + h->of[i]) * 0.5;
    z += m * sigma(h->of[0] / m);
    return (uint64_t)round(alpha * m * m / z);
}

bool hll_count(struct str bytes, uint64_t *ret)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr;
    struct histogram h = {.total = 0};
    if (!hll_is(bytes))
        return false;
    if (!(b[15] & 0x80)) { /* what the last PFCOUNT found still holds */
        *ret = 0;
        for (int i = 15; i >= 8; i--)
            *ret = *ret << 8 | b[i];
        return true;
    }
    if (!(b[4] == DENSE ? read_dense : read_sparse)(b + HEADER, bytes.len - HEADER, &h))
        return false;
    *ret = estimate(&h);
    return true;
}
