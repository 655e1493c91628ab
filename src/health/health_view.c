#include <bluegreen/health_view.h>
#include <bluegreen/num.h>
#include <string.h>

const char *const health_server_words[] = {
#define X(id, word, help) word,
    HEALTH_SERVER_WORDS(X)
#undef X
        NULL};

const char *const health_pair_words[] = {
#define X(id, word, help) word,
    HEALTH_PAIR_WORDS(X)
#undef X
        NULL};

static void put_fact(struct expr_value *word, int64_t fact)
{
    if (fact != FACT_UNKNOWN)
        *word = expr_number((double)fact);
}

static void put_maybe(struct expr_value *word, struct maybe number)
{
    if (number.known)
        *word = expr_number(number.value);
}

/*
 * The server's clock minus ours. 7.0 tells it to the microsecond; before, there is only lru_clock: the low 24
 * bits of its seconds.
 */
static bool clock_skew(const struct snapshot *snapshot, double *ret)
{
    enum { LRU_BITS = 24 };
    int64_t clock, wrap = (int64_t)1 << LRU_BITS;
    if (info_i64(&snapshot->info, STR("server_time_usec"), &clock)) {
        *ret = (double)clock / 1e6 - snapshot->wall_seconds;
        return true;
    }
    if (!info_i64(&snapshot->info, STR("lru_clock"), &clock))
        return false;
    int64_t apart = (clock - (int64_t)snapshot->wall_seconds) % wrap;
    apart += apart < 0 ? wrap : 0;
    *ret = (double)(apart >= wrap / 2 ? apart - wrap : apart);
    return true;
}

static void put_facts(const struct snapshot *snapshot, struct expr_value *words)
{
    const struct facts *facts = &snapshot->facts;
    double skew;
    if (facts->role != ROLE_UNKNOWN) {
        words[HEALTH_WORD_IS_PRIMARY] = expr_number(facts->role == ROLE_PRIMARY);
        words[HEALTH_WORD_IS_REPLICA] = expr_number(facts->role == ROLE_REPLICA);
    }
    put_fact(&words[HEALTH_WORD_LOADING], facts->loading);
    put_fact(&words[HEALTH_WORD_UPTIME_SECONDS], facts->uptime_seconds);
    words[HEALTH_WORD_VERSION_MAJOR] = expr_number(facts->version >> 16);
    if (facts->role == ROLE_REPLICA) {
        put_fact(&words[HEALTH_WORD_LINK_UP], facts->link_up);
        put_fact(&words[HEALTH_WORD_LINK_DOWN_SECONDS], facts->link_down_seconds);
        put_fact(&words[HEALTH_WORD_SYNC_IN_PROGRESS], facts->sync_in_progress);
    } else if (facts->role == ROLE_PRIMARY) {
        words[HEALTH_WORD_WRITE_RATE] = expr_number(snapshot->repl_bytes_per_second);
    }
    words[HEALTH_WORD_TIME_SECONDS] = expr_number(snapshot->wall_seconds);
    if (clock_skew(snapshot, &skew))
        words[HEALTH_WORD_CLOCK_SKEW_SECONDS] = expr_number(skew);
}

/* What is older than its limit says nothing any more. */
static const struct snapshot *believed(const struct health_server *server)
{
    bool fresh = server->snapshot && server->age_seconds <= server->stale_after_seconds;
    return fresh ? server->snapshot : NULL;
}

static void fill_server(const struct health_server *server, struct expr_value *words, struct expr_server *ret)
{
    const struct snapshot *snapshot = believed(server);
    memset(words, 0, HEALTH_SERVER_WORD_COUNT * sizeof *words);
    if (server->snapshot)
        words[HEALTH_WORD_AGE_SECONDS] = expr_number(server->age_seconds);
    words[HEALTH_WORD_STALE_AFTER_SECONDS] = expr_number(server->stale_after_seconds);
    if (server->outcome != ERR_PENDING)
        words[HEALTH_WORD_OUTCOME] = expr_text_value(str_of(err_word(server->outcome)));
    put_maybe(&words[HEALTH_WORD_REWRITES], server->rewrites);
    words[HEALTH_WORD_LINK_FLAPS] = expr_number(server->link_flaps);
    words[HEALTH_WORD_RESTARTS] = expr_number(server->restarts);
    if (snapshot)
        put_facts(snapshot, words);
    if (server->outcome == ERR_LOADING)
        words[HEALTH_WORD_LOADING] = expr_number(1);
    *ret = (struct expr_server){snapshot ? &snapshot->info : NULL, words, server->samples};
}

/* What a pair knows of one of its sides. */
static void put_side(const struct health_subject *subject, enum side side, struct expr_value *words)
{
    const struct pair_view *pair = subject->pair;
    words[HEALTH_WORD_IS_DESIGNATED] = expr_number(subject->designated == side);
    if (pair->primary == SIDE_NONE || pair->primary == side)
        return;
    put_maybe(&words[HEALTH_WORD_LAG_BYTES], pair->lag_bytes);
    put_maybe(&words[HEALTH_WORD_LAG_SECONDS], pair->lag_seconds);
    put_maybe(&words[HEALTH_WORD_HEADROOM_BYTES], pair->headroom_bytes);
    put_maybe(&words[HEALTH_WORD_HEADROOM_SECONDS], pair->headroom_seconds);
}

static void fill_pair(const struct health_subject *subject, struct expr_value *words)
{
    const struct pair_view *pair = subject->pair;
    memset(words, 0, HEALTH_PAIR_WORD_COUNT * sizeof *words);
    put_maybe(&words[HEALTH_PAIR_LAG_BYTES], pair->lag_bytes);
    put_maybe(&words[HEALTH_PAIR_LAG_SECONDS], pair->lag_seconds);
    put_maybe(&words[HEALTH_PAIR_HEADROOM_BYTES], pair->headroom_bytes);
    put_maybe(&words[HEALTH_PAIR_HEADROOM_SECONDS], pair->headroom_seconds);
    put_maybe(&words[HEALTH_PAIR_REPLID_MATCH], pair->replid_match);
    words[HEALTH_PAIR_DESIGNATED] = expr_text_value(str_of(side_word(subject->designated)));
    if (!pair->blue || !pair->green)
        return;
    words[HEALTH_PAIR_PRIMARY] = expr_text_value(str_of(side_word(pair->primary)));
    words[HEALTH_PAIR_FOLLOWING] = expr_number(pair->following);
    words[HEALTH_PAIR_WRITABLE_SIDES] =
        expr_number((pair->blue->facts.role == ROLE_PRIMARY) + (pair->green->facts.role == ROLE_PRIMARY));
    words[HEALTH_PAIR_KEY_DIFFERENCE] = expr_number((double)pair_key_difference(pair));
    if (pair->primary != SIDE_NONE)
        words[HEALTH_PAIR_KEYS] =
            expr_number((double)pair_all_keys(pair->primary == SIDE_BLUE ? pair->blue : pair->green));
}

void health_view_fill(const struct health_subject *subject, struct health_view *ret)
{
    struct expr_server *servers = ret->expr.servers;
    ret->expr = (struct expr_view){.metric = subject->metric, .now_ms = subject->now_ms};
    if (subject->self)
        fill_server(subject->self, ret->self, &servers[EXPR_SELF]);
    if (!subject->pair)
        return;
    if (subject->self) {
        put_side(subject, subject->side, ret->self);
        return;
    }
    fill_server(subject->blue, ret->blue, &servers[EXPR_BLUE]);
    fill_server(subject->green, ret->green, &servers[EXPR_GREEN]);
    put_side(subject, SIDE_BLUE, ret->blue);
    put_side(subject, SIDE_GREEN, ret->green);
    fill_pair(subject, ret->pair);
    ret->expr.pair_words = ret->pair;
    if (subject->pair->primary != SIDE_NONE) {
        bool blue = subject->pair->primary == SIDE_BLUE;
        servers[EXPR_PRIMARY] = servers[blue ? EXPR_BLUE : EXPR_GREEN];
        servers[EXPR_REPLICA] = servers[blue ? EXPR_GREEN : EXPR_BLUE];
    }
}

/* ---- documentation ---------------------------------------------------------------------------------- */

static void put_words(struct buf *out, const char *title, const char *prefix, const char *const (*rows)[2],
                      unsigned count)
{
    buf_fmt(out, "%s\n\n| word | meaning |\n| --- | --- |\n", title);
    for (unsigned i = 0; i < count; i++)
        buf_fmt(out, "| `%s%s` | %s |\n", prefix, rows[i][0], rows[i][1]);
}

void health_view_document(struct buf *out)
{
#define X(id, word, help) {word, help},
    static const char *const server[][2] = {HEALTH_SERVER_WORDS(X)};
    static const char *const pair[][2] = {HEALTH_PAIR_WORDS(X)};
#undef X
    put_words(out, "Of a server:", "", server, HEALTH_SERVER_WORD_COUNT);
    buf_char(out, '\n');
    put_words(out, "Of a pair:", "pair.", pair, HEALTH_PAIR_WORD_COUNT);
}
