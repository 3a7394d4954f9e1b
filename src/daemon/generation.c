/*
 * generation.c - the processes of one configuration.
 */
#include "daemon/generation.h"

#include "daemon/log.h"
#include "daemon/logger.h"
#include "daemon/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RETRY_MS 1000 /* no process could be had */

struct generation *generation_open(struct conf *conf)
{
    struct generation *generation = calloc(1, sizeof *generation);

    if (generation == NULL) {
        free(conf);
        return NULL;
    }
    if (pipe2(generation->accepts, O_CLOEXEC | O_NONBLOCK) != 0) {
        free(generation);
        free(conf);
        return NULL;
    }
    generation->conf = conf;
    generation->orders = -1;
    generation->workers_count = conf->daemon.workers;
    child_init(&generation->writer);
    for (size_t i = 0; i < generation->workers_count; i++)
        child_init(&generation->workers[i]);
    return generation;
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
    struct worker_config config = {
        .conf = generation->conf, .log = pipe->say, .accepts = generation->accepts[1], .keeper = -1};
    struct child_role role = {.name = "vouchsafed:work", .follows = true, .run = generation_run_worker};

    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++)
        config.listeners[i] = -1;
    for (size_t i = 0; i < generation->sockets.count; i++) {
        config.listeners[i] = generation->sockets.sockets[i].fd;
        role.fds[role.fds_count++] = generation->sockets.sockets[i].fd;
    }
    role.fds[role.fds_count++] = pipe->say;
    role.fds[role.fds_count++] = generation->accepts[1];
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

/* generation_start_child - any of them */
static bool generation_start_child(struct generation *generation, struct child *child, const struct log_pipe *pipe)
{
    return child == &generation->writer ? generation_start_writer(generation, pipe)
                                        : generation_start_worker(generation, child, pipe);
}

bool generation_start(struct generation *generation, const struct log_pipe *pipe, char error[CONF_ERROR_SIZE])
{
    const struct child *child = &generation->writer;
    bool started = generation_start_child(generation, &generation->writer, pipe);

    for (size_t i = 0; started && i < generation->workers_count; i++) {
        child = &generation->workers[i];
        started = generation_start_child(generation, &generation->workers[i], pipe);
    }
    if (!started && snprintf(error, CONF_ERROR_SIZE, "%s: %.300s", generation_name(generation, child), child->told) < 0)
        error[0] = '\0';
    return started;
}

void generation_restart(struct generation *generation, struct child *child, const struct log_pipe *pipe)
{
    if (generation_start_child(generation, child, pipe))
        return;
    log_line(LOG_ERR, "%s cannot be started: %s", generation_name(generation, child), child->told);
    child->due_ms = child->started_ms + RETRY_MS;
}

struct child *generation_find(struct generation *generation, pid_t pid)
{
    if (generation->writer.pid == pid)
        return &generation->writer;
    for (size_t i = 0; i < generation->workers_count; i++) {
        if (generation->workers[i].pid == pid)
            return &generation->workers[i];
    }
    return NULL;
}

const char *generation_name(const struct generation *generation, const struct child *child)
{
    return child == &generation->writer ? "log writer" : "worker";
}

bool generation_is_ready(const struct generation *generation)
{
    if (!generation->writer.ready)
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

void generation_close(struct generation *generation)
{
    if (generation == NULL)
        return;
    generation_close_end(&generation->accepts[0]);
    generation_close_end(&generation->accepts[1]);
    if (generation->orders >= 0)
        close(generation->orders);
    if (generation->writer.status >= 0)
        close(generation->writer.status);
    for (size_t i = 0; i < generation->workers_count; i++) {
        if (generation->workers[i].status >= 0)
            close(generation->workers[i].status);
    }
    free(generation->conf);
    free(generation);
}
