/*
 * golden: /metrics and /health of every server, byte for byte as they were when somebody last looked at them.
 *
 * The files beside this one are written by the pure pipeline from tests/fixtures, with a fixed clock. Where
 * one differs, the difference is printed; when it is meant, tests/golden/update writes them anew, and the
 * commit shows what changed for the people who watch.
 */
#include "unit/support/check.h"
#include "unit/support/fixture.h"
#include "unit/support/pipeline.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TEXT_MAX = 16 << 20, FILES_MAX = 64, NAME_SIZE = 64 };

static char seen[FILES_MAX][NAME_SIZE];
static unsigned seen_count;

static bool writing(void)
{
    const char *mode = getenv("BLUEGREEN_GOLDEN");
    return mode && strcmp(mode, "write") == 0;
}

static void write_file(const char *path, struct str text)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* "diff -u old new", which exits with 1 when they differ. */
static bool same_files(const char *old, const char *new)
{
    int status = 0;
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        execlp("diff", "diff", "-u", "--label", old, "--label", "now", old, new, (char *)NULL);
        _exit(127);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Whether the text is that of the golden file <name>; takes the buffer's content. */
static bool is_golden(const char *name, struct buf *text)
{
    char path[512], fresh[NAME_SIZE + 8];
    assert_true(buf_ok(text));
    assert_true(seen_count < FILES_MAX);
    snprintf(seen[seen_count++], NAME_SIZE, "%s", name);
    snprintf(path, sizeof path, GOLDEN_DIR "/%s", name);
    if (writing()) {
        write_file(path, buf_view(text));
        buf_done(text);
        return true;
    }
    snprintf(fresh, sizeof fresh, "%s.now", name);
    write_file(fresh, buf_view(text));
    buf_done(text);
    bool same = same_files(path, fresh);
    unlink(fresh);
    return same;
}

static const char *const suffixes[EXPO_FORMATS] = {"metrics", "openmetrics"};

static bool metrics_are_golden(const char *server, const char *state, enum expo_format format)
{
    struct pipeline p;
    struct buf text;
    char name[NAME_SIZE];
    const char *nameless = NULL;
    pipeline_init(&p, server, state);
    buf_init(&text, TEXT_MAX);
    pipeline_expose(&p, &nameless, 1, false, format, &text);
    snprintf(name, sizeof name, "%s-%s.%s", server, state, suffixes[format]);
    bool same = is_golden(name, &text);
    pipeline_done(&p);
    return same;
}

static bool health_is_golden(const char *server, const char *state)
{
    struct pipeline p;
    struct buf text;
    char name[NAME_SIZE];
    const char *nameless = NULL;
    pipeline_init(&p, server, state);
    buf_init(&text, TEXT_MAX);
    pipeline_health(&p, &nameless, 1, &text);
    snprintf(name, sizeof name, "%s-%s.health.json", server, state);
    bool same = is_golden(name, &text);
    pipeline_done(&p);
    return same;
}

/* The other states are looked at in collector_test.c; here they would be the same families once more. */
static void metrics_of_every_server_are_as_they_were(void **state)
{
    unsigned changed = 0;
    (void)state;
    for (size_t s = 0; s < FIXTURE_SERVERS; s++)
        for (size_t r = 0; r < 2; r++)
            changed += !metrics_are_golden(fixture_servers[s], fixture_states[r], EXPO_TEXT);
    for (size_t f = FIXTURE_SERVERS * FIXTURE_STATES; f < FIXTURES; f++)
        changed += !metrics_are_golden(fixture_at(f).server, fixture_at(f).state, EXPO_TEXT);
    assert_int_equal(changed, 0);
}

/* What differs between the formats is looked at in openmetrics_test.c; here is one whole answer to read. */
static void openmetrics_is_as_it_was(void **state)
{
    (void)state;
    assert_true(metrics_are_golden("redis-8.0", "primary", EXPO_OPENMETRICS));
}

static void health_of_every_server_in_every_state_is_as_it_was(void **state)
{
    unsigned changed = 0;
    (void)state;
    for (size_t f = 0; f < FIXTURES; f++)
        changed += !health_is_golden(fixture_at(f).server, fixture_at(f).state);
    assert_int_equal(changed, 0);
}

/* Blue and green of one migration, and the agent itself: what one scrape of the agent gives. */
static void a_pair_and_the_agent_are_as_they_were(void **state)
{
    static const char *const names[] = {"blue", "green"};
    struct pipeline pair[2];
    struct buf metrics, openmetrics, health;
    (void)state;
    pipeline_init(&pair[0], "redis-6.0", "primary");
    pipeline_init(&pair[1], "redis-7.0", "link-down");
    buf_init(&metrics, TEXT_MAX);
    buf_init(&openmetrics, TEXT_MAX);
    buf_init(&health, TEXT_MAX);
    pipeline_metrics(pair, names, 2, true, &metrics);
    pipeline_expose(pair, names, 2, true, EXPO_OPENMETRICS, &openmetrics);
    pipeline_health(pair, names, 2, &health);
    bool same = is_golden("pair.metrics", &metrics);
    same = is_golden("pair.openmetrics", &openmetrics) && same;
    assert_true(is_golden("pair.health.json", &health) && same);
    pipeline_done(&pair[0]);
    pipeline_done(&pair[1]);
}

static bool was_compared(const char *name)
{
    for (unsigned i = 0; i < seen_count; i++)
        if (strcmp(seen[i], name) == 0)
            return true;
    return false;
}

/* Runs last. */
static void no_golden_file_is_left_over(void **state)
{
    DIR *folder = opendir(GOLDEN_DIR);
    (void)state;
    assert_non_null(folder);
    for (struct dirent *file; (file = readdir(folder));) {
        struct str name = str_of(file->d_name);
        if ((str_ends(name, STR("metrics")) || str_ends(name, STR(".json"))) && !was_compared(file->d_name))
            fail_msg("%s is compared with nothing", file->d_name);
    }
    closedir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(metrics_of_every_server_are_as_they_were),
        TEST(openmetrics_is_as_it_was),
        TEST(health_of_every_server_in_every_state_is_as_it_was),
        TEST(a_pair_and_the_agent_are_as_they_were),
        TEST(no_golden_file_is_left_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
