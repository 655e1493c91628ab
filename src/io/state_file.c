#include "io/state_file.h"
#include "io/conf_keys.h"
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { VERSION = 1, LOCK_TRIES = 50, LOCK_PAUSE_US = 10000, MODE = 0640 };

/* What stat() says of a file: every change of ours makes another inode. */
struct stamp_of_file {
    bool there;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct state_file {
    char *path;   /* NULL: in memory only */
    char *folder; /* of the file */
    json_t *root;
    struct stamp_of_file stamp;
};

/* ---- what a file may say ---------------------------------------------------------------------------- */

#define ADVICE                                                                                               \
    "; mend it, or move it away and decide anew with \"redis-bluegreen designate\", because who takes "      \
    "writes is not guessed"

static bool broken(const struct state_file *state, struct err *err, const char *what)
{
    return err_set(err, ERR_INPUT, "%s: %s" ADVICE, state->path, what);
}

static bool is_one_of(const json_t *word, const char *const *words)
{
    const char *text = json_string_value(word);
    for (; text && *words; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static const char *check_pair(const json_t *pair)
{
    static const char *const sides[] = {"blue", "green", NULL};
    const json_t *designated = json_object_get(pair, "designated"), *paused = json_object_get(pair, "paused");
    if (!json_is_object(pair))
        return "every member of \"pairs\" must be an object";
    if (designated && !is_one_of(designated, sides))
        return "\"designated\" of a pair must be \"blue\" or \"green\"";
    return paused && !json_is_boolean(paused) ? "\"paused\" of a pair must be true or false" : NULL;
}

static const char *check_target(const json_t *target)
{
    static const char *const services[] = {"ready", "drain", "maint", NULL};
    const json_t *service = json_object_get(target, "service");
    if (!json_is_object(target))
        return "every member of \"targets\" must be an object";
    return service && !is_one_of(service, services)
               ? "\"service\" of a target must be \"ready\", \"drain\" or \"maint\""
               : NULL;
}

static const char *check_each(json_t *list, const char *(*check)(const json_t *item))
{
    const char *name, *wrong = NULL;
    json_t *item;
    if (!list)
        return NULL;
    if (!json_is_object(list))
        return "\"pairs\" and \"targets\" must be objects";
    json_object_foreach(list, name, item)
    {
        if (!wrong)
            wrong = check(item);
    }
    return wrong;
}

static const char *check_root(const json_t *root)
{
    const json_t *version = json_object_get(root, "version");
    if (!json_is_object(root))
        return "it must be a JSON object";
    if (!json_is_integer(version))
        return "\"version\" is missing";
    if (json_integer_value(version) != VERSION)
        return "its version is one that this program does not know";
    const char *wrong = check_each(json_object_get(root, "pairs"), check_pair);
    return wrong ? wrong : check_each(json_object_get(root, "targets"), check_target);
}

/* ---- reading ---------------------------------------------------------------------------------------- */

static struct stamp_of_file stamp_of(const struct stat *st)
{
    return (struct stamp_of_file){true, st->st_ino, st->st_size, st->st_mtim};
}

static bool same_stamp(const struct stamp_of_file *a, const struct stamp_of_file *b)
{
    return a->there == b->there && a->inode == b->inode && a->size == b->size &&
           a->changed.tv_sec == b->changed.tv_sec && a->changed.tv_nsec == b->changed.tv_nsec;
}

static struct stamp_of_file stamp_now(const struct state_file *state)
{
    struct stat st;
    return stat(state->path, &st) == 0 ? stamp_of(&st) : (struct stamp_of_file){.there = false};
}

static json_t *parse(const struct state_file *state, struct str text, struct err *err)
{
    json_error_t why;
    char what[256];
    json_t *root = json_loadb(text.len ? text.ptr : "", text.len, JSON_REJECT_DUPLICATES, &why);
    const char *wrong = root ? check_root(root) : what;
    if (!root)
        snprintf(what, sizeof what, "line %d, column %d: it is not JSON (%.100s)", why.line, why.column,
                 why.text);
    if (!wrong)
        return root;
    json_decref(root);
    broken(state, err, wrong);
    return NULL;
}

/* The file as it is now; when it is not there, what is known of it, at first nothing. NULL: <err>. */
static json_t *read_root(const struct state_file *state, struct stamp_of_file *ret_stamp, struct err *err)
{
    struct buf text;
    json_t *root = NULL;
    *ret_stamp = stamp_now(state); /* first: a change in between is seen at the next look */
    if (!ret_stamp->there && errno == ENOENT) {
        root = state->root ? json_deep_copy(state->root)
                           : json_pack("{s:i,s:{},s:{}}", "version", VERSION, "pairs", "targets");
        if (!root)
            err_set(err, ERR_MEMORY, "%s: %s", state->path, err_sentence(ERR_MEMORY));
        return root;
    }
    buf_init(&text, STATE_FILE_MAX);
    if (conf_read_text(state->path, &text, err))
        root = parse(state, buf_view(&text), err);
    else
        err_wrap(err, "%s", state->path);
    buf_done(&text);
    return root;
}

enum state_news state_file_look(struct state_file *state, struct err *err)
{
    struct stamp_of_file stamp;
    if (!state->path)
        return STATE_SAME;
    stamp = stamp_now(state);
    if (same_stamp(&stamp, &state->stamp))
        return STATE_SAME;
    if (!stamp.there) {
        state->stamp = stamp;
        err_set(err, ERR_SYSTEM, "%s is gone; what it said stays in force until the agent ends", state->path);
        return STATE_BROKEN;
    }
    json_t *root = read_root(state, &state->stamp, err);
    if (!root)
        return STATE_BROKEN;
    json_decref(state->root);
    state->root = root;
    return STATE_CHANGED;
}

/* ---- writing ---------------------------------------------------------------------------------------- */

static bool refused(const struct state_file *state, struct err *err, const char *call)
{
    return err_set(err, ERR_SYSTEM, "%s could not be changed: %s: %s", state->path, call, strerror(errno));
}

/* The folder, locked; -1 and <err>. Closing it unlocks. */
static int lock_folder(const struct state_file *state, struct err *err)
{
    int fd = open(state->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        refused(state, err, "its folder");
        return -1;
    }
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        usleep(LOCK_PAUSE_US);
    }
    refused(state, err, "another program holds the lock of its folder");
    close(fd);
    return -1;
}

/* Root changes a file that an agent without its rights goes on reading and changing. */
static void keep_owner(const struct state_file *state, int folder, int fd)
{
    struct stat st;
    bool known = stat(state->path, &st) == 0 || fstat(folder, &st) == 0;
    if (known && geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) != 0)
        return; /* then it is root's, and an agent that may not read it says so */
}

static bool write_all(int fd, struct str text)
{
    while (text.len) {
        ssize_t n = write(fd, text.ptr, text.len);
        if (n < 0 && errno != EINTR)
            return false;
        text = str_from(text, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* Under the lock: the name beside the file belongs to whoever holds it, and what a crash left there goes. */
static bool replace(const struct state_file *state, int folder, struct str text, struct err *err)
{
    struct buf path;
    buf_init(&path, 8192);
    buf_fmt(&path, "%s.new", state->path);
    buf_char(&path, '\0');
    if (!buf_ok(&path))
        return err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    const char *call = "open";
    unlink(path.ptr);
    int fd = open(path.ptr, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, MODE);
    bool ok = fd >= 0;
    if (ok) {
        keep_owner(state, folder, fd);
        call = "write";
        ok = fchmod(fd, MODE) == 0 && write_all(fd, text) && fsync(fd) == 0;
        close(fd);
    }
    if (ok) {
        call = "rename";
        ok = rename(path.ptr, state->path) == 0 && fsync(folder) == 0;
    }
    if (!ok)
        refused(state, err, call);
    buf_done(&path);
    return ok;
}

static bool save(const struct state_file *state, int folder, const json_t *root, struct err *err)
{
    struct buf text;
    buf_init(&text, STATE_FILE_MAX);
    size_t size = json_dumpb(root, NULL, 0, JSON_INDENT(1));
    bool ok =
        size && buf_reserve(&text, size + 1) && json_dumpb(root, text.ptr, size, JSON_INDENT(1)) == size;
    if (ok) {
        text.len = size;
        buf_char(&text, '\n');
        ok = replace(state, folder, buf_view(&text), err);
    } else {
        err_set(err, ERR_MEMORY, "%s could not be changed: %s", state->path, err_sentence(ERR_MEMORY));
    }
    buf_done(&text);
    return ok;
}

/* <list>.<name>.<member> = <value>, objects in between made as needed. */
static bool put(json_t *root, const char *list_name, const char *name, const char *member, json_t *value)
{
    json_t *list = json_object_get(root, list_name);
    if (!list && json_object_set_new(root, list_name, list = json_object()) != 0)
        list = NULL;
    json_t *item = json_object_get(list, name);
    if (list && !item && json_object_set_new(list, name, item = json_object()) != 0)
        item = NULL;
    return json_object_set(item, member, value) == 0;
}

struct change {
    const char *list, *name, *member;
    json_t *value;
};

/* A copy is changed, so that a failure leaves everything as it was. Takes <root> over. */
static bool keep(struct state_file *state, int folder, json_t *root, const struct change *change,
                 struct err *err)
{
    bool ok = root != NULL;
    if (ok && !put(root, change->list, change->name, change->member, change->value))
        ok = err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    ok = ok && (folder < 0 || save(state, folder, root, err));
    if (!ok) {
        json_decref(root);
        return false;
    }
    json_decref(state->root);
    state->root = root;
    if (folder >= 0)
        state->stamp = stamp_now(state);
    return true;
}

/* Takes <value> over. */
static bool decide(struct state_file *state, const char *list, const char *name, const char *member,
                   json_t *value, struct err *err)
{
    struct change change = {list, name, member, value};
    struct stamp_of_file stamp;
    bool ok = false;
    if (!value) {
        err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    } else if (!state->path) {
        ok = keep(state, -1, json_deep_copy(state->root), &change, err);
    } else {
        int folder = lock_folder(state, err);
        ok = folder >= 0 && keep(state, folder, read_root(state, &stamp, err), &change, err);
        if (folder >= 0)
            close(folder);
    }
    json_decref(value);
    return ok;
}

bool state_file_designate(struct state_file *state, const char *pair, enum side side, struct err *err)
{
    return decide(state, "pairs", pair, "designated", json_string(side_word(side)), err);
}

bool state_file_pause(struct state_file *state, const char *pair, bool paused, struct err *err)
{
    return decide(state, "pairs", pair, "paused", json_boolean(paused), err);
}

bool state_file_serve(struct state_file *state, const char *target, enum service service, struct err *err)
{
    return decide(state, "targets", target, "service", json_string(service_word(service)), err);
}

/* ---- asking ----------------------------------------------------------------------------------------- */

static const json_t *member_of(const struct state_file *state, const char *list, const char *name,
                               const char *member)
{
    return json_object_get(json_object_get(json_object_get(state->root, list), name), member);
}

enum side state_file_designated(const struct state_file *state, const char *pair)
{
    const char *word = json_string_value(member_of(state, "pairs", pair, "designated"));
    return !word ? SIDE_NONE : strcmp(word, "green") == 0 ? SIDE_GREEN : SIDE_BLUE;
}

bool state_file_paused(const struct state_file *state, const char *pair)
{
    return json_is_true(member_of(state, "pairs", pair, "paused"));
}

enum service state_file_service(const struct state_file *state, const char *target)
{
    const char *word = json_string_value(member_of(state, "targets", target, "service"));
    enum service service = SERVICE_MAINT;
    while (word && service > SERVICE_READY && strcmp(word, service_word(service)) != 0)
        service--;
    return word ? service : SERVICE_READY;
}

/* ---- life ------------------------------------------------------------------------------------------- */

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return strdup(".");
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static bool open_file(struct state_file *state, struct err *err)
{
    struct stat st;
    if (stat(state->folder, &st) != 0)
        return err_set(err, ERR_SYSTEM, "%s: its folder: %s; make it, or change agent.state_file",
                       state->path, strerror(errno));
    if (!S_ISDIR(st.st_mode))
        return err_set(err, ERR_SYSTEM, "%s: what stands before the last / is no folder", state->path);
    state->root = read_root(state, &state->stamp, err);
    return state->root != NULL;
}

struct state_file *state_file_open(const char *path, struct err *err)
{
    struct state_file *state = calloc(1, sizeof *state);
    bool ok = state != NULL;
    if (ok && path) {
        state->path = strdup(path);
        state->folder = folder_of(path);
        ok = state->path && state->folder;
    } else if (ok) {
        ok = (state->root = json_object()) != NULL;
    }
    if (!ok)
        err_set(err, ERR_MEMORY, "%s", err_sentence(ERR_MEMORY));
    else if (!path || open_file(state, err))
        return state;
    state_file_free(state);
    return NULL;
}

void state_file_free(struct state_file *state)
{
    if (!state)
        return;
    json_decref(state->root);
    free(state->path);
    free(state->folder);
    free(state);
}
