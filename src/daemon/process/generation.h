/*
 * generation.h - one configuration, its sockets, and the processes that serve with it.
 *
 * A generation begins with all its processes and is ready once each of them said so. Until then the trouble of one is
 * the end of all; later a process that dies is started again.
 */
#ifndef DAEMON_PROCESS_GENERATION_H
#define DAEMON_PROCESS_GENERATION_H

#include "daemon/listen/listen.h"
#include "daemon/process/child.h"

struct generation {
    struct generation *older; /* for whoever keeps several */
    struct conf *conf;        /* owned */
    struct listen_set sockets;
    struct child writer;
    int orders;          /* writing end of the writer's pipe of orders; -1: none */
    bool writer_going;   /* the writer has been told to take lines */
    int accepts[2];      /* a pipe whose writing end is open wherever connections may be accepted; -1: closed here */
    struct child keeper; /* there is none if nothing is remembered */
    bool has_keeper;
    int64_t release_ms; /* the keeper is to end, for nobody will say anything more to it, until then; 0: not yet */
    struct child workers[UINT8_MAX];
    size_t workers_count;
    struct generation_line { /* between a worker and the keeper; both ends stay open here, so that each may die */
        int worker, keeper;  /* -1: none, or released */
    } lines[UINT8_MAX];
};

/* The pipe of log.h; both ends stay open here, so that lines wait in it while no writer lives. */
struct log_pipe {
    int lines, say; /* reading, writing */
};

/* Takes over `conf`; no process and no listening socket yet. Null: out of memory or descriptors, `conf` is freed. */
struct generation *generation_open(struct conf *conf);

/* Starts all processes. False with `error`; those that started live and must be killed. */
bool generation_start(struct generation *generation, const struct log_pipe *pipe, char error[CONF_ERROR_SIZE]);

/* Starts the one process again; what fails is tried again later, and logged. */
void generation_restart(struct generation *generation, struct child *child, const struct log_pipe *pipe);

/* The child of this PID, or null. */
struct child *generation_find(struct generation *generation, pid_t pid);

/* The child number `index`, from 0; null past the last. */
struct child *generation_child(struct generation *generation, size_t index);

/* Is it a worker? */
bool generation_is_worker(const struct generation *generation, const struct child *child);

/* What a child is called in the log. */
const char *generation_name(const struct generation *generation, const struct child *child);

/* Has every process said that it is ready? */
bool generation_is_ready(const struct generation *generation);

/* Sends a signal to all workers. */
void generation_signal(const struct generation *generation, int number);

/* Its workers have been told to accept no more connections; from now on generation_accepts tells whether they do. */
void generation_retire(struct generation *generation);

/* Could a worker of a retired generation still accept a connection? */
bool generation_accepts(struct generation *generation);

/* Sends an order of logger.h to the writer. */
void generation_order(struct generation *generation, char order);

/*
 * Its workers have gone: the keeper is to write what it has, and end; if it takes too long it is killed. Does it still
 * live?
 */
bool generation_release(struct generation *generation, int64_t now);

/* How many workers live. */
size_t generation_alive(const struct generation *generation);

/* Frees it; kills nobody, closes no socket. Null is allowed. */
void generation_close(struct generation *generation);

#endif
