/*
 * supervisor.c - start, the loop, deaths of processes, the end.
 */
#include "daemon/process/supervisor.h"

#include "daemon/clock.h"
#include "daemon/log/log.h"
#include "daemon/log/logger.h"
#include "daemon/process/pid_file.h"
#include "daemon/process/swap.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define LAST_MS            2000      /* for the writer of the log, at the end */
#define GRACE_MS           5000      /* beyond limits.drain_timeout */
#define PIPE_SIZE          (1 << 20) /* of the log: what a burst may hold */
#define RETIRED_POLLED_MAX 16
#define POLLED_MAX         (1 + CONTROL_POLLED_MAX + 2 * (UINT8_MAX + 2) + RETIRED_POLLED_MAX)

/* supervisor_open_pipe - the pipe of the log */
static bool supervisor_open_pipe(struct log_pipe *log)
{
    int ends[2];

    if (!log_share_drops() || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    log->lines = ends[0];
    log->say = ends[1];
    if (fcntl(log->say, F_SETPIPE_SZ, PIPE_SIZE) < 0 && errno != EPERM) /* else it is smaller, that is all */
        return false;
    return true;
}

/* supervisor_open_signals - signals become readable on a descriptor */
static bool supervisor_open_signals(struct supervisor *supervisor)
{
    static const int taken[] = {SIGHUP, SIGTERM, SIGINT, SIGCHLD};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++)
        sigaddset(&set, taken[i]);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* a parent may have left it ignored: then nobody would be told */
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return supervisor->signals >= 0;
}

/* supervisor_open - all that needs the rights of the beginning, then drop them */
static bool supervisor_open(struct supervisor *supervisor, struct generation *generation, char error[CONF_ERROR_SIZE])
{
    const struct conf *conf = generation->conf;

    if (!supervisor_open_pipe(&supervisor->pipe) || !supervisor_open_signals(supervisor)) {
        if (snprintf(error, CONF_ERROR_SIZE, "cannot begin: %s", strerror(errno)) < 0)
            error[0] = '\0';
        return false;
    }
    if (!privileges_find(&supervisor->us, &conf->daemon, error) ||
        !control_open(&supervisor->control, conf->daemon.control, &supervisor->us, error))
        return false;
    supervisor->pid_file = pid_file_open(conf->daemon.pid_file, error);
    if (error[0] != '\0')
        return false;
    return listen_open(&generation->sockets, conf, NULL, &supervisor->us, error) &&
           privileges_drop(&supervisor->us, error);
}

/* supervisor_stop - SIGTERM: workers drain; once more: they are killed */
static void supervisor_stop(struct supervisor *supervisor)
{
    int number = supervisor->stopping ? SIGKILL : SIGTERM;
    struct generation *current = supervisor->current;
    bool first = !supervisor->stopping;

    if (first && supervisor->next != NULL) {
        swap_fail(supervisor, "told to end before it was ready");
        supervisor->status = 0;
    }
    supervisor->stopping = true;
    if (current == NULL)
        return;
    if (first) {
        log_line(LOG_NOTICE, "ending: sessions have %u s to finish", current->conf->limits.drain_ms / 1000);
        supervisor->stop_ms = clock_ms() + current->conf->limits.drain_ms + GRACE_MS;
        listen_close(&current->sockets);
        control_answer(&supervisor->control, "the daemon ends");
        control_close(&supervisor->control);
        for (size_t i = 0; i < current->workers_count; i++)
            current->workers[i].due_ms = 0;
    }
    generation_signal(current, number);
    for (const struct generation *at = supervisor->retired; at != NULL; at = at->older)
        generation_signal(at, number);
}

/* supervisor_reap_one - a child has ended: say so, and see that it is replaced */
static void supervisor_reap_one(struct supervisor *supervisor, struct generation *generation, struct child *child,
                                int wait_status)
{
    const char *name = generation_name(generation, child);
    bool is_worker = generation_is_worker(generation, child);
    char died[CHILD_TOLD_SIZE];
    bool told = child_read(child) == CHILD_TROUBLE && WIFEXITED(wait_status);

    child_ended(child, name, wait_status, died);
    if (generation == supervisor->next) {
        swap_fail(supervisor, told ? child->told : died);
        return;
    }
    if (generation != supervisor->current) {
        child->due_ms = 0;
        return;
    }
    if (supervisor->stopping && (is_worker || generation->release_ms != 0)) {
        child->due_ms = 0;
        if (WIFSIGNALED(wait_status))
            log_line(LOG_WARNING, "%s", died);
    } else if (!supervisor->finished) {
        log_line(LOG_ERR, "%s%s%s; another is started in %lld ms", died, told ? ": " : "", told ? child->told : "",
                 (long long)(child->due_ms - clock_ms()));
    }
}

/* supervisor_reap - take note of all children that have ended */
static void supervisor_reap(struct supervisor *supervisor)
{
    int wait_status;
    pid_t pid;

    while ((pid = waitpid(-1, &wait_status, WNOHANG)) > 0) {
        struct generation *lists[] = {supervisor->current, supervisor->next, supervisor->retired};
        bool found = false;

        for (size_t i = 0; i < 3 && !found; i++) {
            for (struct generation *at = lists[i]; at != NULL && !found; at = i == 2 ? at->older : NULL) {
                struct child *child = generation_find(at, pid);

                found = child != NULL;
                if (found)
                    supervisor_reap_one(supervisor, at, child, wait_status);
            }
        }
    }
    swap_bury(supervisor);
}

/* supervisor_take_signals - what was sent to us */
static void supervisor_take_signals(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;

    while (read(supervisor->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP)
            supervisor->reload_asked = true;
        else if (info.ssi_signo != SIGCHLD)
            supervisor_stop(supervisor);
    }
    supervisor_reap(supervisor);
}

/* supervisor_watch - the children of a generation that have not spoken yet, and when one is to be started again */
static size_t supervisor_watch(struct generation *generation, struct pollfd *polled, int64_t *due_ms)
{
    const struct child *child;
    size_t count = 0;

    if (generation == NULL)
        return 0;
    for (size_t i = 0; (child = generation_child(generation, i)) != NULL; i++) {
        if (child->status >= 0)
            polled[count++] = (struct pollfd){.fd = child->status, .events = POLLIN};
        if (child->due_ms != 0 && child->due_ms < *due_ms)
            *due_ms = child->due_ms;
    }
    return count;
}

/* supervisor_watch_retired - while a reload is not over: whether retired workers still accept */
static size_t supervisor_watch_retired(const struct supervisor *supervisor, struct pollfd *polled)
{
    size_t count = 0;

    if (!supervisor->swapped)
        return 0;
    for (const struct generation *at = supervisor->retired; at != NULL && count < RETIRED_POLLED_MAX; at = at->older) {
        if (at->accepts[0] >= 0)
            polled[count++] = (struct pollfd){.fd = at->accepts[0], .events = POLLIN};
    }
    return count;
}

/* supervisor_hear - what children say on their pipes */
static void supervisor_hear(struct supervisor *supervisor, struct generation *generation)
{
    struct child *child;

    for (size_t i = 0; generation != NULL && (child = generation_child(generation, i)) != NULL; i++) {
        enum child_news news = child_read(child);

        if (news == CHILD_TROUBLE && generation == supervisor->next) {
            swap_fail(supervisor, child->told);
            return;
        }
        if (news == CHILD_TROUBLE)
            log_line(LOG_ERR, "%s %ld: %s", generation_name(generation, child), (long)child->pid, child->told);
        else if (news == CHILD_READY && generation == supervisor->current)
            log_line(LOG_NOTICE, "%s %ld is there again", generation_name(generation, child), (long)child->pid);
    }
}

/* supervisor_restart - start again who died, once it is due */
static void supervisor_restart(struct supervisor *supervisor, int64_t now)
{
    struct generation *generation = supervisor->current;
    struct child *child;

    for (size_t i = 0; generation != NULL && (child = generation_child(generation, i)) != NULL; i++) {
        if (child->due_ms != 0 && now >= child->due_ms && !supervisor->finished)
            generation_restart(generation, child, &supervisor->pipe);
    }
}

/* supervisor_is_over - while stopping: when the workers have gone, the keeper goes, then the writer of the log, then we
 */
static bool supervisor_is_over(struct supervisor *supervisor, int64_t now)
{
    struct generation *current = supervisor->current;
    size_t alive = swap_bury(supervisor) + (current == NULL ? 0 : generation_alive(current));

    if (alive > 0) {
        if (now >= supervisor->stop_ms) {
            if (current != NULL)
                generation_signal(current, SIGKILL);
            for (const struct generation *at = supervisor->retired; at != NULL; at = at->older)
                generation_signal(at, SIGKILL);
        }
        return false;
    }
    if (current == NULL)
        return true;
    if (generation_release(current, now))
        return false;
    if (!supervisor->finished) {
        supervisor->finished = true;
        supervisor->stop_ms = now + LAST_MS;
        log_line(LOG_NOTICE, "ended");
        generation_order(current, LOGGER_END);
    }
    if (now >= supervisor->stop_ms)
        child_signal(&current->writer, SIGKILL);
    return current->writer.pid == 0;
}

/* supervisor_due_keeper - or when a keeper has had its time to end */
static int64_t supervisor_due_keeper(const struct generation *generation, int64_t due_ms, int64_t now)
{
    return generation->release_ms > now && generation->release_ms < due_ms ? generation->release_ms : due_ms;
}

/* supervisor_due - when something is to be done that no descriptor tells */
static int64_t supervisor_due(const struct supervisor *supervisor, int64_t due_ms, int64_t now)
{
    int64_t due = due_ms;

    if (supervisor->next != NULL && supervisor->start_ms < due)
        due = supervisor->start_ms;
    if (supervisor->retired != NULL && supervisor->writers_ms > now && supervisor->writers_ms < due)
        due = supervisor->writers_ms;
    if (supervisor->stopping && supervisor->stop_ms > now && supervisor->stop_ms < due)
        due = supervisor->stop_ms;
    for (const struct generation *at = supervisor->retired; at != NULL; at = at->older)
        due = supervisor_due_keeper(at, due, now);
    return supervisor->current == NULL ? due : supervisor_due_keeper(supervisor->current, due, now);
}

/* supervisor_wait - until something happens */
static void supervisor_wait(struct supervisor *supervisor)
{
    static struct pollfd polled[POLLED_MAX];
    int64_t now = clock_ms();
    int64_t due = now + 3600000;
    size_t count = 0;

    polled[count++] = (struct pollfd){.fd = supervisor->signals, .events = POLLIN};
    count += control_watch(&supervisor->control, polled + count, &due);
    count += supervisor_watch(supervisor->current, polled + count, &due);
    count += supervisor_watch(supervisor->next, polled + count, &due);
    count += supervisor_watch_retired(supervisor, polled + count);
    due = supervisor_due(supervisor, due, now);
    if (poll(polled, count, due <= now ? 0 : (int)(due - now)) < 0 && errno != EINTR)
        log_line(LOG_ERR, "poll: %s", strerror(errno));
}

/* supervisor_loop - until all is over */
static void supervisor_loop(struct supervisor *supervisor)
{
    for (;;) {
        int64_t now;

        supervisor_wait(supervisor);
        supervisor_hear(supervisor, supervisor->current);
        supervisor_hear(supervisor, supervisor->next);
        supervisor_take_signals(supervisor);
        if (!supervisor->stopping)
            control_serve(&supervisor->control);
        now = clock_ms();
        swap_tick(supervisor, now);
        supervisor_restart(supervisor, now);
        if (supervisor->stopping && supervisor_is_over(supervisor, now))
            return;
        if (!supervisor->stopping && supervisor->current != NULL && supervisor->next == NULL && !supervisor->swapped &&
            (supervisor->reload_asked || control_is_asked(&supervisor->control)))
            swap_reload(supervisor);
    }
}

/* supervisor_close - what is left, whatever happened */
static void supervisor_close(struct supervisor *supervisor, const char *pid_path)
{
    log_open(-1, LOG_ERR); /* the pipe has no reader any more */
    control_close(&supervisor->control);
    pid_file_close(supervisor->pid_file, pid_path);
    generation_close(supervisor->current);
    if (supervisor->pipe.lines >= 0) {
        close(supervisor->pipe.lines);
        close(supervisor->pipe.say);
    }
    if (supervisor->signals >= 0)
        close(supervisor->signals);
}

int supervisor_run(struct conf *conf, const char *path, int ready)
{
    static struct supervisor supervisor; /* one a process, and rather large */
    struct generation *generation = generation_open(conf);
    char error[CONF_ERROR_SIZE] = "out of memory";
    char pid_path[CONF_STRING_SIZE] = "";

    supervisor.path = path;
    supervisor.ready = ready;
    supervisor.signals = supervisor.pid_file = supervisor.pipe.lines = supervisor.control.endpoint.fd = -1;
    if (generation != NULL)
        memcpy(pid_path, conf->daemon.pid_file, sizeof pid_path);
    if (generation == NULL || !supervisor_open(&supervisor, generation, error)) {
        swap_tell(&supervisor, error);
        if (generation != NULL)
            listen_close(&generation->sockets);
        generation_close(generation);
        supervisor.status = 2;
    } else {
        log_open(supervisor.pipe.say, generation->conf->log.level);
        if (!swap_begin(&supervisor, generation, error))
            swap_fail(&supervisor, error);
        supervisor_loop(&supervisor);
    }
    supervisor_close(&supervisor, pid_path);
    return supervisor.status;
}
