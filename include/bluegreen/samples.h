/*
 * samples: the numbers one target shows, ordered by family.
 *
 * Collectors add in any order; samples_seal() sorts by family and keeps the order of adding within one, so
 * that the exposition can merge many targets family by family. A sample is 32 bytes; its labels are text
 * already escaped ("cmd=\"get\""), because they are written far more often than they are looked at.
 */
#ifndef BLUEGREEN_SAMPLES_H
#define BLUEGREEN_SAMPLES_H

#include <bluegreen/arena.h>
#include <stdint.h>

#define SAMPLES_MAX 65536u /* per target; what comes above is dropped and counted */

enum sample_suffix { SAMPLE_PLAIN = 0, SAMPLE_BUCKET, SAMPLE_SUM, SAMPLE_COUNT };

struct sample {
    double value;
    double bound;       /* SAMPLE_BUCKET: le; a summary's quantile; else 0 */
    const char *labels; /* escaped, without braces */
    uint16_t labels_len;
    uint16_t family; /* index in the family registry, see collector.h */
    uint8_t suffix;
    bool has_quantile;
};

struct samples {
    struct arena *arena; /* borrowed: owns the labels, and the items once sealed */
    struct sample *items;
    uint32_t count;
    uint32_t cap;     /* of items on the heap; 0 once sealed */
    uint32_t dropped; /* over SAMPLES_MAX, no memory, or labels too long */
    uint16_t base;    /* registry index of the running collector's first family */
};

/* <expected>: how many there will be about, so that the array is allocated once. */
void samples_init(struct samples *s, struct arena *arena, uint32_t expected);
void samples_done(struct samples *s); /* needed only when it was not sealed */

/* <family>: index within the collector's own families. <labels> from the functions below, or NO_LABELS. */
#define NO_LABELS ((struct str){NULL, 0})
void samples_add(struct samples *s, unsigned family, struct str labels, double value);
void samples_add_bucket(struct samples *s, unsigned family, struct str labels, double le, double cumulative);
void samples_add_quantile(struct samples *s, unsigned family, struct str labels, double quantile,
                          double value);
void samples_add_suffix(struct samples *s, unsigned family, struct str labels, enum sample_suffix suffix,
                        double value);

/*
 * Label text in the arena: name="value" pairs, joined by commas. Values are escaped, bytes that are not UTF-8
 * become U+FFFD, and what is beyond LABEL_VALUE_MAX bytes is cut: a server chooses these bytes. An empty
 * slice when there is no memory.
 */
#define LABEL_VALUE_MAX 256u
#define LABELS_MAX      16u
struct label {
    const char *name;
    struct str value;
};
struct str samples_labels(struct samples *s, const struct label *labels, size_t count);
struct str samples_label(struct samples *s, const char *name, struct str value);

/* Sorts by family and moves the items into the arena; nothing is added after it. */
void samples_seal(struct samples *s);

/* The first sample of a sealed set whose family is <family> and whose labels are <labels>, or NULL. */
const struct sample *samples_find(const struct samples *s, unsigned family, struct str labels);

#endif
