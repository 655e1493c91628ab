#include "io/target_lists.h"
#include "io/clock.h"
#include "io/conf_keys.h"
#include "io/logger.h"
#include "io/target_list.h"
#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LOOK_MS = 2000, OWN_MAX = 16 << 20, ERRORS_MAX = 16 << 10 };

/* What is different after a change. */
struct print {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written, changed;
};

enum file_look { FILE_SAME = 0, FILE_READ, FILE_BROKEN, FILE_GONE };

struct file {
    char *path; /* owned */
    struct print print;
    enum file_look look;   /* of a look: what was found */
    struct roster *roster; /* owned; of a look: what was read */
    char *why;             /* of a look: the mistakes; owned */
    bool ok, literal;
    double success_seconds;
};

/* In the order of their paths, each once. */
struct files {
    struct file *items;
    unsigned count;
};

/* Everything that the work thread may touch; it outlives the lists when they are freed during a look. */
struct look {
    struct arena own; /* patterns and defaults, copied */
    const char *const *patterns;
    struct conf_target defaults;
    struct files known; /* paths and prints of the files as they were */
    struct files found;
    bool failed; /* no memory */
};

struct target_lists {
    uv_loop_t *loop;
    uv_timer_t timer;
    uv_work_t work;
    bool working, freed;
    struct look look;
    struct files files;
    struct roster *retired;
    target_lists_changed changed;
    void *arg;
};

/* ---- files ------------------------------------------------------------------------------------------ */

static void file_done(struct file *file)
{
    free(file->path);
    free(file->why);
    roster_free(file->roster);
}

static void files_done(struct files *files)
{
    for (unsigned i = 0; i < files->count; i++)
        file_done(&files->items[i]);
    free(files->items);
    *files = (struct files){.count = 0};
}

static int by_path(const void *left, const void *right)
{
    const struct file *a = left, *b = right;
    return strcmp(a->path, b->path);
}

static struct file *find_file(const struct files *files, const char *path)
{
    struct file key = {.path = (char *)(uintptr_t)path};
    return files->count ? bsearch(&key, files->items, files->count, sizeof *files->items, by_path) : NULL;
}

static bool add_file(struct files *files, const char *path, bool literal)
{
    if (files->count == TARGET_LISTS_MAX)
        return true; /* so many are a mistake of the pattern; metrics show how many are read */
    struct file *grown = realloc(files->items, (files->count + 1) * sizeof *grown);
    if (!grown)
        return false;
    files->items = grown;
    grown[files->count] = (struct file){.path = strdup(path), .literal = literal};
    return grown[files->count++].path != NULL;
}

static void sort_files(struct files *files)
{
    unsigned kept = 0;
    if (files->count)
        qsort(files->items, files->count, sizeof *files->items, by_path);
    for (unsigned i = 0; i < files->count; i++) {
        if (kept && by_path(&files->items[kept - 1], &files->items[i]) == 0)
            file_done(&files->items[i]);
        else
            files->items[kept++] = files->items[i];
    }
    files->count = kept;
}

/* ---- a look, in the work thread --------------------------------------------------------------------- */

static bool expand(const char *pattern, struct files *files)
{
    glob_t paths;
    bool literal = !strpbrk(pattern, "*?["), ok = true;
    if (literal)
        return add_file(files, pattern, true);
    int failed = glob(pattern, 0, NULL, &paths);
    for (size_t i = 0; !failed && ok && i < paths.gl_pathc; i++)
        ok = add_file(files, paths.gl_pathv[i], false);
    if (!failed)
        globfree(&paths);
    return ok && failed != GLOB_NOSPACE;
}

static struct print print_of(const struct stat *st)
{
    struct print print;
    memset(&print, 0, sizeof print); /* it is compared as a whole */
    print.device = st->st_dev;
    print.inode = st->st_ino;
    print.size = st->st_size;
    print.written = st->st_mtim;
    print.changed = st->st_ctim;
    return print;
}

static void say_why(struct file *file, struct buf *text)
{
    buf_char(text, '\0');
    file->why = buf_steal(text, &(size_t){0});
}

static void read_file(struct file *file, const struct conf_target *defaults)
{
    struct buf text, errors;
    struct err err;
    buf_init(&text, CONF_FILE_MAX);
    buf_init(&errors, ERRORS_MAX);
    file->look = FILE_BROKEN;
    if (conf_read_text(file->path, &text, &err))
        file->roster = target_list_parse(file->path, buf_view(&text), defaults, &errors);
    else
        buf_fmt(&errors, "%s: %s\n", file->path, err.text);
    if (file->roster)
        file->look = FILE_READ;
    say_why(file, &errors);
    buf_done(&text);
    buf_done(&errors);
}

static void look_at(struct file *file, const struct look *look)
{
    const struct file *known = find_file(&look->known, file->path);
    struct stat st;
    struct buf why;
    if (stat(file->path, &st) != 0) {
        buf_init(&why, ERRORS_MAX);
        buf_fmt(&why, "%s: cannot be opened: %s\n", file->path, strerror(errno));
        say_why(file, &why);
        file->look = FILE_GONE;
        return;
    }
    file->print = print_of(&st);
    if (!known || known->look == FILE_GONE || memcmp(&known->print, &file->print, sizeof file->print) != 0)
        read_file(file, &look->defaults);
}

static void look_around(struct look *look)
{
    look->failed = false;
    for (unsigned i = 0; look->patterns[i] && !look->failed; i++)
        look->failed = !expand(look->patterns[i], &look->found);
    sort_files(&look->found);
    for (unsigned i = 0; i < look->found.count && !look->failed; i++)
        look_at(&look->found.items[i], look);
}

/* ---- taking over ------------------------------------------------------------------------------------ */

static void log_file(const struct file *file, bool was_ok)
{
    struct str lines = str_of(file->why), line;
    struct str path = str_of(file->path);
    if (file->ok) {
        log_write(LOG_INFO_, was_ok ? "list of targets was read again" : "list of targets was read",
                  LOG_FIELDS({"file", path}));
        return;
    }
    while (str_next(&lines, '\n', &line))
        if (line.len)
            log_write(LOG_ERROR_, "list of targets cannot be read, its targets stay as they were",
                      LOG_FIELDS({"error", line}));
}

static void retire(struct target_lists *lists, struct roster *roster)
{
    if (!roster)
        return;
    roster->next = lists->retired;
    lists->retired = roster;
}

/* What <found> is from now on, given what it was. Returns whether its targets are others. */
static bool take_file(struct target_lists *lists, struct file *found, struct file *was)
{
    bool was_ok = was && was->ok, changed = found->look == FILE_READ;
    found->ok = found->look == FILE_READ || (found->look == FILE_SAME && was_ok);
    found->success_seconds = was ? was->success_seconds : 0;
    if (found->look == FILE_READ) {
        found->success_seconds = wall_clock_seconds();
        retire(lists, was ? was->roster : NULL);
    } else if (found->look == FILE_GONE && was && was->look == FILE_GONE) {
        changed = was->roster != NULL; /* gone for good */
        retire(lists, was->roster);
    } else if (was) {
        found->roster = was->roster;
    }
    if (was)
        was->roster = NULL;
    if (found->look == FILE_READ ||
        (found->look != FILE_SAME && (was_ok || !was || was->look != found->look)))
        log_file(found, was_ok);
    return changed;
}

/* Files that the patterns do not give any more; for one look they stay as gone. */
static bool keep_missed(struct target_lists *lists, struct files *next)
{
    bool changed = false;
    unsigned known = next->count; /* sorted up to here */
    struct files sorted = {next->items, known};
    for (unsigned i = 0; i < lists->files.count; i++) {
        struct file *was = &lists->files.items[i];
        sorted.items = next->items;
        if (find_file(&sorted, was->path))
            continue;
        if (was->look == FILE_GONE || !add_file(next, was->path, false)) {
            changed = changed || was->roster;
            retire(lists, was->roster);
        } else {
            struct file *kept = &next->items[next->count - 1];
            kept->look = FILE_GONE;
            kept->roster = was->roster;
            kept->success_seconds = was->success_seconds;
        }
        was->roster = NULL;
    }
    return changed;
}

/* Puts what was found in the place of what was known. */
static bool take_look(struct target_lists *lists)
{
    struct files next = lists->look.found;
    bool changed = false;
    lists->look.found = (struct files){.count = 0};
    for (unsigned i = 0; i < next.count; i++)
        changed |= take_file(lists, &next.items[i], find_file(&lists->files, next.items[i].path));
    changed |= keep_missed(lists, &next);
    sort_files(&next);
    files_done(&lists->files);
    lists->files = next;
    return changed;
}

/* ---- watching --------------------------------------------------------------------------------------- */

static void free_retired(struct target_lists *lists)
{
    while (lists->retired) {
        struct roster *next = lists->retired->next;
        roster_free(lists->retired);
        lists->retired = next;
    }
}

static void release(struct target_lists *lists)
{
    files_done(&lists->look.known);
    files_done(&lists->look.found);
    files_done(&lists->files);
    free_retired(lists);
    arena_done(&lists->look.own);
    free(lists);
}

static bool prepare(struct target_lists *lists)
{
    struct files *known = &lists->look.known;
    files_done(known);
    for (unsigned i = 0; i < lists->files.count; i++) {
        const struct file *file = &lists->files.items[i];
        if (!add_file(known, file->path, file->literal))
            return false;
        known->items[i].print = file->print;
        known->items[i].look = file->look;
    }
    return true;
}

static void on_work(uv_work_t *work)
{
    struct target_lists *lists = work->data;
    look_around(&lists->look);
}

static void on_closed(uv_handle_t *handle)
{
    struct target_lists *lists = handle->data;
    lists->freed = true;
    if (!lists->working)
        release(lists);
}

static void on_worked(uv_work_t *work, int status)
{
    struct target_lists *lists = work->data;
    lists->working = false;
    if (lists->freed) {
        release(lists);
        return;
    }
    if (uv_is_closing((uv_handle_t *)&lists->timer))
        return; /* on_closed() releases it */
    if (status != 0 || lists->look.failed)
        files_done(&lists->look.found);
    else if ((take_look(lists) || lists->retired) && lists->changed(lists->arg))
        free_retired(lists);
}

static void on_look_due(uv_timer_t *timer)
{
    struct target_lists *lists = timer->data;
    if (!lists->working && prepare(lists))
        lists->working = uv_queue_work(lists->loop, &lists->work, on_work, on_worked) == 0;
}

/* ---- life ------------------------------------------------------------------------------------------- */

static bool keep_text(struct arena *arena, const char **text)
{
    if (*text)
        *text = arena_copy(arena, str_of(*text)).ptr;
    return true;
}

static bool copy_settings(struct look *look, const struct config *config)
{
    struct conf_target *defaults = &look->defaults;
    const char **texts[] = {&defaults->username,       &defaults->password,      &defaults->password_file,
                            &defaults->tls.ca_file,    &defaults->tls.cert_file, &defaults->tls.key_file,
                            &defaults->tls.server_name};
    unsigned count = 0;
    while (config->target_files[count])
        count++;
    const char **patterns = arena_new(&look->own, const char *, (size_t)count + 1);
    *defaults = config->target_defaults;
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
        keep_text(&look->own, texts[i]);
    for (unsigned i = 0; patterns && i < count; i++) {
        patterns[i] = config->target_files[i];
        keep_text(&look->own, &patterns[i]);
        if (!patterns[i])
            return false;
    }
    look->patterns = patterns;
    return patterns != NULL;
}

/* Broken files keep what they said before a reload. */
static bool inherit(struct target_lists *lists, const struct target_lists *before)
{
    for (unsigned i = 0; before && i < lists->files.count; i++) {
        struct file *file = &lists->files.items[i];
        const struct file *was = find_file(&before->files, file->path);
        if (file->roster || !was || !was->roster)
            continue;
        file->roster = roster_copy(was->roster, &lists->look.defaults);
        file->success_seconds = was->success_seconds;
        if (!file->roster)
            return false;
    }
    return true;
}

struct target_lists *target_lists_new(uv_loop_t *loop, const struct config *config,
                                      const struct target_lists *before, target_lists_changed changed,
                                      void *arg)
{
    struct target_lists *lists = calloc(1, sizeof *lists);
    if (!lists)
        return NULL;
    lists->loop = loop;
    lists->changed = changed;
    lists->arg = arg;
    lists->timer.data = lists->work.data = lists;
    arena_init(&lists->look.own, 0, OWN_MAX);
    bool ok = copy_settings(&lists->look, config);
    if (ok) {
        look_around(&lists->look);
        take_look(lists);
        ok = !lists->look.failed && inherit(lists, before);
    }
    if (!ok) {
        release(lists);
        return NULL;
    }
    uv_timer_init(loop, &lists->timer);
    if (lists->look.patterns[0])
        uv_timer_start(&lists->timer, on_look_due, LOOK_MS, LOOK_MS);
    return lists;
}

void target_lists_free(struct target_lists *lists)
{
    if (lists)
        uv_close((uv_handle_t *)&lists->timer, on_closed);
}

unsigned target_lists_count(const struct target_lists *lists)
{
    return lists->files.count;
}

struct target_list_state target_lists_at(const struct target_lists *lists, unsigned i)
{
    const struct file *file = &lists->files.items[i];
    return (struct target_list_state){file->path, file->roster, file->ok, file->success_seconds};
}
