/*
 * generation.c - the processes of one configuration.
 */
#include "daemon/process/generation.h"

#include "daemon/keeper/keeper.h"
#include "daemon/log/log.h"
#include "daemon/log/logger.h"
#include "daemon/process/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define RETRY_MS  1000      /* no process could be had */
#define KEEPER_MS 5000      /* for a keeper to write its last records */
#define LINE_SIZE (1 << 20) /* octets that a line to the keeper may hold; the system may allow fewer */

/* generation_open_line - a socket pair for packets */
static bool generation_open_line(struct generation_line *line)
{
    int size = LINE_SIZE, ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return false;
    line->worker = ends[0];
    line->keeper = ends[1];
    return setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0 &&
           setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size) == 0;
}

/* generation_open_lines - a line from each worker to the keeper, if there is to be one; and the pipe of who accepts */
static bool generation_open_lines(struct generation *generation)
{
    if (pipe2(generation->accepts, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    for (size_t i = 0; generation->has_keeper && i < generation->workers_count; i++) {
        if (!generation_open_line(&generation->lines[i]))
            return false;
    }
    return true;
}

struct generation *generation_open(struct conf *conf)
{
    struct generation *generation = calloc(1, sizeof *generation);

    if (generation == NULL) {
        free(conf);
        return NULL;
    }
    generation->conf = conf;
    generation->orders = -1;
    generation->accepts[0] = generation->accepts[1] = -1;
    generation->workers_count = conf->daemon.workers;
    generation->has_keeper = conf->store.type != CONF_STORE_NONE;
    child_init(&generation->writer);
    child_init(&generation->keeper);
    for (size_t i = 0; i < UINT8_MAX; i++) {
        child_init(&generation->workers[i]);
        generation->lines[i].worker = generation->lines[i].keeper = -1;
    }
    if (generation_open_lines(generation))
        return generation;
    generation_close(generation);
    return NULL;
}

/* generation_run_worker - in the child: serve */
static int generation_run_worker(const void *context, int status)
{
    struct worker_config config = *(const struct worker_config *)context;

    config.status = status;
    return worker_run(&config);
}

/* generation_start_worker - one worker, with all sockets */
static bool generation_start_worker(struct generation *generation, struct child *child, const struct log_pipe *pipe)
{
    struct worker_config config = {.conf = generation->conf,
                                   .log = pipe->say,
                                   .accepts = generation->accepts[1],
                                   .number = (unsigned)(child - generation->workers),
                                   .keeper = generation->lines[child - generation->workers].worker};
    struct child_role role = {.name = "vouchsafed:work", .follows = true, .run = generation_run_worker};

    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++)
        config.listeners[i] = -1;
    for (size_t i = 0; i < generation->sockets.count; i++) {
        config.listeners[i] = generation->sockets.sockets[i].fd;
        role.fds[role.fds_count++] = generation->sockets.sockets[i].fd;
    }
    role.fds[role.fds_count++] = pipe->say;
    role.fds[role.fds_count++] = generation->accepts[1];
    if (config.keeper >= 0)
        role.fds[role.fds_count++] = config.keeper;
    role.context = &config;
    return child_start(child, &role);
}

/* generation_run_writer - in the child: write */
static int generation_run_writer(const void *context, int status)
{
    struct logger_config config = *(const struct logger_config *)context;

    config.status = status;
    return logger_run(&config);
}

/* generation_start_writer - the writer of the log, with a new pipe of orders */
static bool generation_start_writer(struct generation *generation, const struct log_pipe *pipe)
{
    struct logger_config config = {.log = &generation->conf->log, .lines = pipe->lines};
    struct child_role role = {.name = "vouchsafed:log", .run = generation_run_writer, .context = &config};
    int ends[2];
    bool started;

    generation->writer_going = false;
    if (generation->orders >= 0)
        close(generation->orders);
    generation->orders = -1;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return child_fail(&generation->writer, "pipe");
    config.orders = ends[0];
    role.fds[role.fds_count++] = pipe->lines;
    role.fds[role.fds_count++] = ends[0];
    started = child_start(&generation->writer, &role);
    close(ends[0]);
    if (started)
        generation->orders = ends[1];
    else
        close(ends[1]);
    return started;
}

/* generation_run_keeper - in the child: remember */
static int generation_run_keeper(const void *context, int status)
{
    struct keeper_config config = *(const struct keeper_config *)context;

    config.status = status;
    return keeper_run(&config);
}

/* generation_start_keeper - who remembers, with its ends of the lines */
static bool generation_start_keeper(struct generation *generation, const struct log_pipe *pipe)
{
    int ends[UINT8_MAX];
    struct keeper_config config = {
        .conf = generation->conf, .workers = ends, .workers_count = generation->workers_count, .log = pipe->say};
    struct child_role role = {.name = "vouchsafed:keep", .run = generation_run_keeper, .context = &config};

    for (size_t i = 0; i < generation->workers_count; i++)
        role.fds[role.fds_count++] = ends[i] = generation->lines[i].keeper;
    role.fds[role.fds_count++] = pipe->say;
    return child_start(&generation->keeper, &role);
}

/* generation_start_child - any of them */
static bool generation_start_child(struct generation *generation, struct child *child, const struct log_pipe *pipe)
{
    if (child == &generation->writer)
        return generation_start_writer(generation, pipe);
    if (child == &generation->keeper)
        return !generation->has_keeper || generation_start_keeper(generation, pipe);
    return generation_start_worker(generation, child, pipe);
}

bool generation_start(struct generation *generation, const struct log_pipe *pipe, char error[CONF_ERROR_SIZE])
{
    struct child *child;

    for (size_t i = 0; (child = generation_child(generation, i)) != NULL; i++) {
        if (generation_start_child(generation, child, pipe))
            continue;
        if (snprintf(error, CONF_ERROR_SIZE, "%s: %.300s", generation_name(generation, child), child->told) < 0)
            error[0] = '\0';
        return false;
    }
    return true;
}

void generation_restart(struct generation *generation, struct child *child, const struct log_pipe *pipe)
{
    if (generation_start_child(generation, child, pipe))
        return;
    log_line(LOG_ERR, "%s cannot be started: %s", generation_name(generation, child), child->told);
    child->due_ms = child->started_ms + RETRY_MS;
}

struct child *generation_child(struct generation *generation, size_t index)
{
    if (index < 2)
        return index == 0 ? &generation->writer : &generation->keeper;
    return index - 2 < generation->workers_count ? &generation->workers[index - 2] : NULL;
}

bool generation_is_worker(const struct generation *generation, const struct child *child)
{
    return child != &generation->writer && child != &generation->keeper;
}

struct child *generation_find(struct generation *generation, pid_t pid)
{
    struct child *child;

    for (size_t i = 0; (child = generation_child(generation, i)) != NULL; i++) {
        if (child->pid == pid)
            return child;
    }
    return NULL;
}

const char *generation_name(const struct generation *generation, const struct child *child)
{
    if (child == &generation->writer)
        return "log writer";
    return child == &generation->keeper ? "keeper" : "worker";
}

bool generation_is_ready(const struct generation *generation)
{
    if (!generation->writer.ready || (generation->has_keeper && !generation->keeper.ready))
        return false;
    for (size_t i = 0; i < generation->workers_count; i++) {
        if (!generation->workers[i].ready)
            return false;
    }
    return true;
}

void generation_signal(const struct generation *generation, int number)
{
    for (size_t i = 0; i < generation->workers_count; i++)
        child_signal(&generation->workers[i], number);
}

/* generation_close_end - one end of the pipe of those that accept */
static void generation_close_end(int *end)
{
    if (*end >= 0)
        close(*end);
    *end = -1;
}

void generation_retire(struct generation *generation)
{
    generation_close_end(&generation->accepts[1]);
}

bool generation_accepts(struct generation *generation)
{
    char octet;

    if (generation->accepts[0] >= 0 && read(generation->accepts[0], &octet, 1) == 0)
        generation_close_end(&generation->accepts[0]);
    return generation->accepts[0] >= 0;
}

void generation_order(struct generation *generation, char order)
{
    if (generation->orders < 0 || generation->writer.pid == 0)
        return;
    if (write(generation->orders, &order, 1) != 1) /* it has died or hangs; who waits for it has a deadline */
        log_line(LOG_WARNING, "log writer %ld takes no orders: %s", (long)generation->writer.pid, strerror(errno));
    if (order == LOGGER_GO)
        generation->writer_going = true;
}

size_t generation_alive(const struct generation *generation)
{
    size_t alive = 0;

    for (size_t i = 0; i < generation->workers_count; i++)
        alive += generation->workers[i].pid != 0;
    return alive;
}

bool generation_release(struct generation *generation, int64_t now)
{
    if (generation->release_ms == 0)
        generation->release_ms = now + KEEPER_MS;
    generation->keeper.due_ms = 0;
    for (size_t i = 0; i < generation->workers_count; i++) { /* which it hears, once all others have closed theirs */
        generation_close_end(&generation->lines[i].worker);
        generation_close_end(&generation->lines[i].keeper);
    }
    if (now >= generation->release_ms)
        child_signal(&generation->keeper, SIGKILL);
    return generation->keeper.pid != 0;
}

void generation_close(struct generation *generation)
{
    struct child *child;

    if (generation == NULL)
        return;
    generation_release(generation, 0);
    generation_close_end(&generation->accepts[0]);
    generation_close_end(&generation->accepts[1]);
    if (generation->orders >= 0)
        close(generation->orders);
    for (size_t i = 0; (child = generation_child(generation, i)) != NULL; i++) {
        if (child->status >= 0)
            close(child->status);
    }
    free(generation->conf);
    free(generation);
}
