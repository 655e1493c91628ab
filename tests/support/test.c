#define CMOCKA_NO_ASSERT_COMPAT
#include "support/test.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* ---- what has to be released ------------------------------------------------------------------------ */

struct release {
    struct release *below;
    void (*call)(void *arg); /* NULL: where a test began */
    void *arg;
};

static struct release *top;

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    abort();
}

static void unwind_all(void);

void test_on_end(void (*call)(void *arg), void *arg)
{
    static bool armed;
    struct release *release = malloc(sizeof *release);
    must(release && (armed || atexit(unwind_all) == 0), "no memory");
    armed = true;
    *release = (struct release){top, call, arg};
    top = release;
}

/* Down to where the test began, or to the ground. */
static void unwind(bool all)
{
    bool mark = false;
    while (top && (all || !mark)) {
        struct release release = *top;
        free(top);
        top = release.below;
        mark = !release.call;
        if (release.call)
            release.call(release.arg);
    }
}

static void unwind_all(void)
{
    unwind(true);
}

int test_setup(void **state)
{
    (void)state;
    test_on_end(NULL, NULL);
    return 0;
}

int test_teardown(void **state)
{
    (void)state;
    unwind(false);
    return 0;
}

static bool group_ended;

int test_group_teardown(void **state)
{
    (void)state;
    unwind(true);
    group_ended = true;
    return 0;
}

int test_result(int failed)
{
    return failed || !group_ended;
}

/* ---- memory and text -------------------------------------------------------------------------------- */

void *test_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    must(memory, "calloc");
    test_on_end(free, memory);
    return memory;
}

char *test_vtext(const char *format, va_list args)
{
    char *text;
    must(vasprintf(&text, format, args) >= 0, "vasprintf");
    test_on_end(free, text);
    return text;
}

char *test_text(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *text = test_vtext(format, args);
    va_end(args);
    return text;
}

size_t test_occurrences(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + strlen(part), part))
        count++;
    return count;
}

void test_assert_contains(const char *text, const char *part, const char *file, int line)
{
    if (strstr(text, part))
        return;
    fprintf(stderr, "\"%s\" is not in:\n%s\n", part, text); /* cmocka would cut it */
    _fail(file, line);
}

void test_assert_lacks(const char *text, const char *part, const char *file, int line)
{
    if (!strstr(text, part))
        return;
    fprintf(stderr, "\"%s\" is in:\n%s\n", part, text);
    _fail(file, line);
}

/* ---- files ------------------------------------------------------------------------------------------ */

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void)info;
    (void)type;
    (void)where;
    remove(path);
    return 0;
}

static void remove_dir(void *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}

/* Short, because the path of a unix socket may not be long. */
const char *test_dir(void)
{
    char *path = strdup("/tmp/bluegreen-XXXXXX");
    must(path && mkdtemp(path), "mkdtemp");
    test_on_end(remove_dir, path);
    return path;
}

void test_write(const char *path, const char *text)
{
    /* Written beside and moved: whoever reads it meanwhile sees the old or the new one. */
    char *part = test_text("%s.part", path);
    FILE *file = fopen(part, "we");
    must(file && fputs(text, file) >= 0 && fclose(file) == 0 && rename(part, path) == 0, path);
}

char *test_file(const char *name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *path = test_text("%s/%s", test_dir(), name);
    test_write(path, test_vtext(format, args));
    va_end(args);
    return path;
}

char *test_read(const char *path)
{
    FILE *file = fopen(path, "re");
    size_t len = 0, cap = 4096;
    char *text = malloc(cap);
    must(text, "malloc");
    for (size_t got; file && (got = fread(text + len, 1, cap - len - 1, file)) > 0;) {
        len += got;
        if (cap - len < 2) {
            cap *= 2;
            text = realloc(text, cap);
            must(text, "realloc");
        }
    }
    text[len] = '\0';
    if (file)
        fclose(file);
    test_on_end(free, text);
    return text;
}

/* ---- descriptors and ports -------------------------------------------------------------------------- */

static void close_fd(void *arg)
{
    close((int)(intptr_t)arg);
}

int test_fd(int fd)
{
    test_on_end(close_fd, (void *)(intptr_t)fd);
    return fd;
}

static unsigned first_outgoing_port(void)
{
    unsigned first = 32768;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");
    if (file && fscanf(file, "%u", &first) != 1)
        first = 32768;
    if (file)
        fclose(file);
    return first > 21000 ? first : 32768;
}

static bool port_is_free(unsigned port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (fd >= 0)
        close(fd);
    return ok;
}

unsigned test_free_port(void)
{
    enum { BUS = 10000 }; /* a cluster node listens that much above its port too */
    unsigned first = 10000, last = first_outgoing_port() - BUS, random, port;
    unsigned count = last - first;
    do {
        must(getrandom(&random, sizeof random, 0) == sizeof random, "getrandom");
        port = first + random % count;
    } while (!port_is_free(port) || !port_is_free(port + BUS));
    return port;
}

/* ---- time ------------------------------------------------------------------------------------------- */

int64_t test_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void test_tick(void)
{
    nanosleep(&(struct timespec){.tv_nsec = TEST_TICK_MS * 1000000L}, NULL);
}
