/*
 * verdict: one sentence about a pair, for somebody who was woken up: who takes writes, does the other side
 * follow, and may one switch now.
 */
#ifndef AGENT_VERDICT_H
#define AGENT_VERDICT_H

#include <bluegreen/judge.h>

enum verdict {
    VERDICT_NONE = 0,
    VERDICT_UNSEEN,   /* a side did not answer its last poll */
    VERDICT_BOTH,     /* both sides are primaries, and nobody has switched */
    VERDICT_NOBODY,   /* neither is */
    VERDICT_WRONG,    /* the primary is not the side that was decided on */
    VERDICT_NOT_SAFE, /* one side takes writes, and something speaks against a switch */
    VERDICT_READY,    /* one could switch now */
    VERDICT_SWITCHED, /* green takes writes, as decided */
    VERDICT_COUNT
};

struct verdict_input {
    const struct pair_view *view;
    enum side designated;
    bool paused, ready;
    const char *blue_error, *green_error; /* why a side was not seen; "" when it was */
    /* The worst check that stops a cutover; NULL: none. Its side is NONE when it is the pair's. */
    const struct check *blocker;
    const struct check_state *blocker_state;
    enum side blocker_side;
};

enum verdict verdict_of(const struct verdict_input *input);

/* <since_seconds>: for how long; negative: not known. Plain text, not escaped. */
void verdict_text(const struct verdict_input *input, double since_seconds, struct buf *out);

/* How bad it is. */
enum check_status verdict_status(enum verdict verdict);

const char *verdict_label(enum verdict verdict); /* for people: "ready to switch" */
const char *verdict_word(enum verdict verdict);  /* stable: "unseen", "both_primary", "ready", … */

#endif
