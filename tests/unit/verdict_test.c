/* verdict: the sentence about a pair in every state of a migration. */
#include "agent/verdict.h"
#include "unit/support/check.h"
#include <bluegreen/snapshot.h>

static const struct check lag = {.name = "lag_bytes",
                                 .unit = "bytes",
                                 .fail = {true, 16 << 20, 8 << 20},
                                 .warn = {true, 1 << 20, 1 << 19}};
static const struct check link_check = {.name = "replica_link"}, save = {.name = "rdb_save"};

/* A pair of which only the roles and what follows from them matter. */
struct scene {
    struct snapshot blue, green;
    struct pair_view view;
    struct verdict_input input;
};

static void set(struct scene *scene, enum role blue, enum role green, enum side designated)
{
    memset(scene, 0, sizeof *scene);
    scene->blue.facts.role = blue;
    scene->green.facts.role = green;
    scene->view = (struct pair_view){.blue = &scene->blue, .green = &scene->green};
    if (blue == ROLE_PRIMARY && green != ROLE_PRIMARY)
        scene->view.primary = SIDE_BLUE;
    if (green == ROLE_PRIMARY && blue != ROLE_PRIMARY)
        scene->view.primary = SIDE_GREEN;
    scene->view.following = scene->view.primary != SIDE_NONE;
    scene->view.lag_bytes = (struct maybe){scene->view.following, 0};
    scene->input = (struct verdict_input){
        .view = &scene->view, .designated = designated, .blue_error = "", .green_error = ""};
}

static void says(const struct scene *scene, enum verdict verdict, double since, const char *sentence)
{
    struct buf out;
    buf_init(&out, 4096);
    assert_int_equal(verdict_of(&scene->input), verdict);
    verdict_text(&scene->input, since, &out);
    assert_text(buf_view(&out), sentence);
    buf_done(&out);
}

static void before_the_cutover(void **state)
{
    struct scene scene;
    struct check_state failing = {
        .status = CHECK_FAIL, .has_value = true, .value = 24 << 20, .limit = 8 << 20};
    (void)state;
    set(&scene, ROLE_PRIMARY, ROLE_REPLICA, SIDE_BLUE);
    scene.input.ready = true;
    says(&scene, VERDICT_READY, 200,
         "Blue takes writes; green follows 0 bytes behind. Ready to switch, for 3 min.");
    says(&scene, VERDICT_READY, -1, "Blue takes writes; green follows 0 bytes behind. Ready to switch.");
    scene.input.paused = true;
    says(&scene, VERDICT_NOT_SAFE, 3,
         "Writes to blue are paused for a cutover, for 3 s. Green follows 0 bytes behind.");
    scene.input.paused = false;
    scene.input.ready = false;
    scene.input.blocker = &lag;
    scene.input.blocker_state = &failing;
    scene.input.blocker_side = SIDE_GREEN;
    says(&scene, VERDICT_NOT_SAFE, 200,
         "Not safe to cut over: green is 24 MB behind (limit 16 MB), for 3 min. Blue takes writes.");
    failing.status = CHECK_WARN;
    failing.value = 2 << 20;
    says(&scene, VERDICT_NOT_SAFE, 5,
         "Not safe to cut over: green is 2 MB behind (limit 1 MB), for 5 s. Blue takes writes.");
}

static void what_else_speaks_against_it(void **state)
{
    struct scene scene;
    struct check_state failing = {.status = CHECK_FAIL}, unknown = {.status = CHECK_UNKNOWN};
    (void)state;
    set(&scene, ROLE_PRIMARY, ROLE_REPLICA, SIDE_BLUE);
    scene.input.blocker = &save;
    scene.input.blocker_state = &failing;
    scene.input.blocker_side = SIDE_BLUE;
    says(
        &scene, VERDICT_NOT_SAFE, 60,
        "Not safe to cut over: the check rdb_save of blue does not pass, for 1 min. Blue takes writes; green "
        "follows 0 bytes behind.");
    scene.input.blocker_state = &unknown;
    scene.input.blocker_side = SIDE_NONE;
    scene.view.lag_bytes.known = false;
    says(&scene, VERDICT_NOT_SAFE, -1,
         "Not safe to cut over: the check rdb_save of the pair is not known. Blue takes writes; green "
         "follows, how "
         "far behind is not known.");
    scene.view.following = false;
    scene.input.blocker = &link_check;
    scene.input.blocker_side = SIDE_GREEN;
    says(&scene, VERDICT_NOT_SAFE, 7200,
         "Not safe to cut over: the link from green to its primary is down, for 2 h. Blue takes writes.");
    scene.input.blocker = NULL;
    says(&scene, VERDICT_NOT_SAFE, -1,
         "Not safe to cut over: green does not follow blue. Blue takes writes.");
}

static void when_roles_are_wrong(void **state)
{
    struct scene scene;
    (void)state;
    set(&scene, ROLE_PRIMARY, ROLE_PRIMARY, SIDE_BLUE);
    says(&scene, VERDICT_BOTH, 10,
         "Split brain: both sides are primaries and take writes, for 10 s. Not safe to cut over.");
    set(&scene, ROLE_REPLICA, ROLE_REPLICA, SIDE_BLUE);
    says(&scene, VERDICT_NOBODY, 10,
         "Nobody takes writes: neither side is a primary, for 10 s. Not safe to cut over.");
    set(&scene, ROLE_REPLICA, ROLE_PRIMARY, SIDE_BLUE);
    says(&scene, VERDICT_WRONG, -1,
         "Green is the primary, but blue was decided to take writes. Not safe to cut over.");
    set(&scene, ROLE_PRIMARY, ROLE_REPLICA, SIDE_BLUE);
    scene.view.green = NULL;
    scene.input.green_error = "refused";
    says(&scene, VERDICT_UNSEEN, 60, "Green does not answer, for 1 min: refused. Not safe to cut over.");
    scene.view.green = &scene.green;
    scene.view.blue = NULL;
    scene.input.blue_error = "too slow";
    says(&scene, VERDICT_UNSEEN, -1,
         "Blue, which should take writes, does not answer: too slow. Not safe to cut over.");
    scene.view.green = NULL;
    says(&scene, VERDICT_UNSEEN, 60, "Neither side answers, for 1 min: too slow.");
}

static void after_the_cutover(void **state)
{
    struct scene scene;
    (void)state;
    set(&scene, ROLE_REPLICA, ROLE_PRIMARY, SIDE_GREEN);
    says(&scene, VERDICT_SWITCHED, 90,
         "Green takes writes; blue follows 0 bytes behind. Cut over, for 1 min.");
    scene.view.following = false;
    says(&scene, VERDICT_SWITCHED, 90, "Green takes writes; blue does not follow. Cut over, for 1 min.");
    set(&scene, ROLE_PRIMARY, ROLE_PRIMARY, SIDE_GREEN);
    says(&scene, VERDICT_SWITCHED, 90,
         "Green takes writes; blue does not follow and still is a primary. Cut over, for 1 min.");
    set(&scene, ROLE_PRIMARY, ROLE_REPLICA, SIDE_GREEN);
    says(&scene, VERDICT_WRONG, -1,
         "Blue is the primary, but green was decided to take writes. Not safe to cut over.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(before_the_cutover),
        TEST(what_else_speaks_against_it),
        TEST(when_roles_are_wrong),
        TEST(after_the_cutover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
