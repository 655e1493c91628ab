#include "support/proc.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ENV_MAX = 64 };

struct proc {
    pid_t pid;
    bool ended;
    int status;
    char *out_path, *err_path;
};

/* Of our own environment only what a program needs to run, and how the sanitizers are set. */
static char **clean_environment(const char *const *more)
{
    static const char *const kept[] = {"PATH",         "HOME",          "TMPDIR",
                                       "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"};
    char **env = test_alloc(ENV_MAX * sizeof *env);
    size_t count = 0;
    for (; more && *more && count < ENV_MAX - 8; more++)
        env[count++] = test_text("%s", *more);
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++)
        if (getenv(kept[i]))
            env[count++] = test_text("%s=%s", kept[i], getenv(kept[i]));
    env[count++] = test_text("LC_ALL=C");
    return env;
}

static void become(char **argv, char **env, const char *out, const char *err, pid_t parent)
{
    int in_fd = open("/dev/null", O_RDONLY);
    int out_fd = open(out, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int err_fd = open(err, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (in_fd < 0 || out_fd < 0 || err_fd < 0 || dup2(in_fd, 0) < 0 || dup2(out_fd, 1) < 0 ||
        dup2(err_fd, 2) < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent)
        _exit(126);
    closefrom(3);
    execve(argv[0], argv, env);
    _exit(127);
}

static void forget(void *arg)
{
    proc_kill(arg);
}

struct proc *proc_start(const char *const *argv, const char *const *env)
{
    struct proc *proc = test_alloc(sizeof *proc);
    const char *dir = test_dir();
    char **clean = clean_environment(env);
    pid_t parent = getpid();
    proc->out_path = test_text("%s/stdout", dir);
    proc->err_path = test_text("%s/stderr", dir);
    proc->pid = fork();
    if (proc->pid == 0)
        become((char **)argv, clean, proc->out_path, proc->err_path, parent);
    if (proc->pid < 0)
        fail_msg("fork: %s", strerror(errno));
    test_on_end(forget, proc);
    return proc;
}

pid_t proc_pid(const struct proc *proc)
{
    return proc->pid;
}

bool proc_running(struct proc *proc)
{
    if (!proc->ended)
        proc->ended = waitpid(proc->pid, &proc->status, WNOHANG) == proc->pid;
    return !proc->ended;
}

void proc_signal(struct proc *proc, int number)
{
    if (proc_running(proc))
        kill(proc->pid, number);
}

static int exit_code(const struct proc *proc)
{
    return WIFSIGNALED(proc->status) ? 256 + WTERMSIG(proc->status) : WEXITSTATUS(proc->status);
}

int proc_wait(struct proc *proc, int ms)
{
    int64_t end = test_now_ms() + ms;
    while (proc_running(proc)) {
        if (test_now_ms() > end)
            fail_msg("process %d still runs after %d ms; its stderr:\n%s", (int)proc->pid, ms,
                     proc_err(proc));
        test_tick();
    }
    return exit_code(proc);
}

void proc_kill(struct proc *proc)
{
    if (!proc_running(proc))
        return;
    kill(proc->pid, SIGKILL);
    waitpid(proc->pid, &proc->status, 0);
    proc->ended = true;
}

char *proc_out(const struct proc *proc)
{
    return test_read(proc->out_path);
}

char *proc_err(const struct proc *proc)
{
    return test_read(proc->err_path);
}

long proc_status_kb(const struct proc *proc, const char *name)
{
    const char *text = test_read(test_text("/proc/%d/status", (int)proc->pid));
    const char *line = strstr(text, test_text("\n%s:", name));
    if (!line)
        fail_msg("/proc/%d/status has no %s", (int)proc->pid, name);
    return strtol(line + strlen(name) + 2, NULL, 10);
}

unsigned proc_connections_to(unsigned port)
{
    enum { ESTABLISHED = 1, CLOSE_WAIT = 8 };
    unsigned count = 0, remote, state;
    FILE *file = fopen("/proc/net/tcp", "re");
    char line[512];
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, " %*u: %*x:%*x %*x:%x %x", &remote, &state) == 2 && remote == port)
            count += state == ESTABLISHED || state == CLOSE_WAIT;
    if (file)
        fclose(file);
    return count;
}

int proc_run(const char *const *argv, const char *const *env, char **ret_out, char **ret_err)
{
    struct proc *proc = proc_start(argv, env);
    int code = proc_wait(proc, 60000);
    if (ret_out)
        *ret_out = proc_out(proc);
    if (ret_err)
        *ret_err = proc_err(proc);
    return code;
}
