#include <bluegreen/num.h>
#include <bluegreen/pair.h>
#include <stdlib.h>

static enum side primary_side(const struct pair_view *view)
{
    bool blue = view->blue->facts.role == ROLE_PRIMARY, green = view->green->facts.role == ROLE_PRIMARY;
    return blue == green ? SIDE_NONE : blue ? SIDE_BLUE : SIDE_GREEN;
}

static struct maybe sure(double value)
{
    return (struct maybe){true, value};
}

static void look_at_lag(const struct snapshot *primary, const struct snapshot *replica,
                        struct pair_view *view)
{
    int64_t ahead = primary->facts.repl_offset, behind = replica->facts.repl_offset;
    if (view->replid_match.value != 1 || ahead < 0 || behind < 0)
        return;
    double lag = ahead > behind ? (double)(ahead - behind) : 0;
    double rate = primary->repl_bytes_per_second;
    view->lag_bytes = sure(lag);
    if (lag == 0 || rate > 0)
        view->lag_seconds = sure(lag == 0 ? 0 : lag / rate);

    double history;
    if (!info_double(&primary->info, STR("repl_backlog_histlen"), &history))
        return;
    view->headroom_bytes = sure(history > lag ? history - lag : 0);
    if (rate > 0)
        view->headroom_seconds = sure(view->headroom_bytes.value / rate);
}

void pair_look(const struct snapshot *blue, const struct snapshot *green, struct pair_view *ret)
{
    struct pair_view view = {.blue = blue, .green = green};
    if (blue && green) {
        view.primary = primary_side(&view);
        view.replid_match = sure(blue->facts.replid.len && str_eq(blue->facts.replid, green->facts.replid));
    }
    if (view.primary != SIDE_NONE) {
        const struct snapshot *primary = view.primary == SIDE_BLUE ? blue : green;
        const struct snapshot *replica = view.primary == SIDE_BLUE ? green : blue;
        view.following = view.replid_match.value == 1 && replica->facts.role == ROLE_REPLICA &&
                         replica->facts.link_up == 1;
        look_at_lag(primary, replica, &view);
    }
    *ret = view;
}

const char *side_word(enum side side)
{
    static const char *const words[] = {"none", "blue", "green"};
    return words[side];
}

int64_t pair_keys(const struct snapshot *side, struct str db)
{
    struct str value, text;
    int64_t keys = 0;
    if (info_get(&side->info, db, &value) && info_subfield(value, STR("keys"), &text))
        num_i64(text, &keys);
    return keys;
}

int64_t pair_all_keys(const struct snapshot *side)
{
    uint32_t cursor = 0;
    int64_t keys = 0;
    struct str db, value;
    while (info_next_database(&side->info, &cursor, &db, &value))
        keys += pair_keys(side, db);
    return keys;
}

int64_t pair_key_difference(const struct pair_view *view)
{
    uint32_t cursor = 0;
    int64_t difference = 0;
    struct str db, value;
    while (info_next_database(&view->blue->info, &cursor, &db, &value))
        difference += llabs(pair_keys(view->blue, db) - pair_keys(view->green, db));
    cursor = 0;
    while (info_next_database(&view->green->info, &cursor, &db, &value))
        if (pair_keys(view->blue, db) == 0)
            difference += pair_keys(view->green, db);
    return difference;
}
