/*
 * child.c - forking, what a child inherits, how it is told from one that keeps dying.
 */
#include "daemon/process/child.h"

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define LONG_LIFE_MS  10000 /* who lived so long may be started again at once */
#define RETRY_MS      100   /* else after this, doubled with every death */
#define RETRY_DOUBLED 8     /* so often: up to 12.8 s */

void child_init(struct child *child)
{
    memset(child, 0, sizeof *child);
    child->status = -1;
}

/* child_order - for qsort: descriptors upwards */
static int child_order(const void *left, const void *right)
{
    return *(const int *)left - *(const int *)right;
}

/* child_close_others - close every descriptor but 0 to 2, `status` and those of the role */
static void child_close_others(const struct child_role *role, int status)
{
    int kept[CHILD_FDS_MAX + 2] = {STDERR_FILENO, status};
    size_t count = 2;

    for (size_t i = 0; i < role->fds_count; i++)
        kept[count++] = role->fds[i];
    qsort(kept, count, sizeof kept[0], child_order);
    for (size_t i = 0; i < count; i++) {
        unsigned first = (unsigned)kept[i] + 1;
        unsigned last = i + 1 < count ? (unsigned)kept[i + 1] - 1 : ~0U;

        if (kept[i] >= STDERR_FILENO && first <= last && close_range(first, last, 0) != 0)
            _exit(1); /* every kernel that this runs on has it */
    }
}

/* child_run - the child's side: its own signals, its own descriptors, its task */
static _Noreturn void child_run(const struct child_role *role, int status, pid_t parent)
{
    static const int ignored[] = {SIGHUP, SIGINT}; /* the supervisor's, but a terminal sends them to all */
    sigset_t none;

    for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
        signal(ignored[i], SIG_IGN);
    signal(SIGTERM, role->follows ? SIG_DFL : SIG_IGN);
    signal(SIGUSR1, SIG_DFL);
    sigemptyset(&none);
    if (prctl(PR_SET_NAME, role->name) != 0 || sigprocmask(SIG_SETMASK, &none, NULL) != 0)
        _exit(1);
    if (role->follows && (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent))
        _exit(1);
    child_close_others(role, status);
    exit(role->run(role->context, status));
}

bool child_fail(struct child *child, const char *what)
{
    child->started_ms = clock_ms();
    child->told_length = 0;
    if (snprintf(child->told, sizeof child->told, "%s: %s", what, strerror(errno)) < 0)
        child->told[0] = '\0';
    return false;
}

bool child_start(struct child *child, const struct child_role *role)
{
    pid_t parent = getpid();
    int ends[2];

    child->ready = false;
    child->told_length = 0;
    child->due_ms = 0;
    child->started_ms = clock_ms();
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return child_fail(child, "pipe");
    child->pid = fork();
    if (child->pid == 0)
        child_run(role, ends[1], parent);
    if (child->pid < 0) {
        child->pid = 0;
        child_fail(child, "fork");
        close(ends[0]);
        close(ends[1]);
        return false;
    }
    close(ends[1]);
    child->status = ends[0];
    return true;
}

/* child_write - all octets; false with errno */
static bool child_write(int fd, const char *octets, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, octets, length);

        if (written < 0 && errno != EINTR)
            return false;
        octets += written < 0 ? 0 : written;
        length -= written < 0 ? 0 : (size_t)written;
    }
    return true;
}

bool child_tell(int status, const char *words)
{
    return child_write(status, words, strlen(words)) && child_write(status, "\n", 1) && close(status) == 0;
}

enum child_news child_read(struct child *child)
{
    size_t room = sizeof child->told - 1 - child->told_length;
    ssize_t got;
    char *end;

    if (child->status < 0)
        return CHILD_SILENT;
    got = read(child->status, child->told + child->told_length, room);
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return CHILD_SILENT;
    if (got > 0)
        child->told_length += (size_t)got;
    child->told[child->told_length] = '\0';
    end = strchr(child->told, '\n');
    if (got > 0 && end == NULL && (size_t)got < room)
        return CHILD_SILENT;
    close(child->status);
    child->status = -1;
    if (child->told_length == 0) /* it has ended, which SIGCHLD tells better */
        return CHILD_SILENT;
    if (end != NULL)
        *end = '\0';
    child->ready = end != NULL && strcmp(child->told, "ready") == 0;
    return child->ready ? CHILD_READY : CHILD_TROUBLE;
}

/* child_wait_ms - how long not to start it again */
static int64_t child_wait_ms(struct child *child, int64_t now)
{
    if (child->ready && now - child->started_ms >= LONG_LIFE_MS) {
        child->failures = 0;
        return 0;
    }
    if (child->failures < RETRY_DOUBLED)
        child->failures++;
    return (int64_t)RETRY_MS << (child->failures - 1);
}

void child_ended(struct child *child, const char *name, int wait_status, char died[CHILD_TOLD_SIZE])
{
    int64_t now = clock_ms();
    int length;

    if (WIFSIGNALED(wait_status))
        length = snprintf(died, CHILD_TOLD_SIZE, "%s %ld was killed by signal %d (%s)", name, (long)child->pid,
                          WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    else
        length = snprintf(died, CHILD_TOLD_SIZE, "%s %ld ended with status %d", name, (long)child->pid,
                          WEXITSTATUS(wait_status));
    if (length < 0)
        died[0] = '\0';
    if (child->status >= 0)
        close(child->status);
    child->status = -1;
    child->due_ms = now + child_wait_ms(child, now);
    child->ready = false;
    child->pid = 0;
}

void child_signal(const struct child *child, int number)
{
    if (child->pid > 0 && kill(child->pid, number) != 0)
        log_line(LOG_ERR, "signal %d for process %ld: %s", number, (long)child->pid, strerror(errno));
}
