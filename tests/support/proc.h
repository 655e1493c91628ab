/*
 * proc: programs that a test starts, and ends.
 *
 * Each runs with a clean environment and its output in two files. None outlives its test: it is killed at the
 * end of the test that started it, and by the kernel when the test program itself dies. Signals go to that
 * one process, by its id.
 */
#ifndef SUPPORT_PROC_H
#define SUPPORT_PROC_H

#include "support/test.h"
#include <signal.h>
#include <sys/types.h>

struct proc;

/* Both lists end with NULL; argv[0] is the path; <env> ("NAME=value") is added to the clean environment. */
struct proc *proc_start(const char *const *argv, const char *const *env);

pid_t proc_pid(const struct proc *proc);
bool proc_running(struct proc *proc);
void proc_signal(struct proc *proc, int number);

/* Its exit code, or 256 + the signal that ended it; fails the test when it still runs after <ms>. */
int proc_wait(struct proc *proc, int ms);

/* Ends it now, frozen or not. */
void proc_kill(struct proc *proc);

/* What it has written so far to stdout and stderr. */
char *proc_out(const struct proc *proc);
char *proc_err(const struct proc *proc);

/* A number of /proc/PID/status in kB, such as "VmRSS". */
long proc_status_kb(const struct proc *proc, const char *name);

/* How many TCP connections to <port> are not closed yet at their client side, whoever has them. */
unsigned proc_connections_to(unsigned port);

/* Runs it to its end and returns the exit code; <ret_out>, <ret_err> may be NULL. */
int proc_run(const char *const *argv, const char *const *env, char **ret_out, char **ret_err);

#endif
