/*
 * worker.h - one process that serves: one loop, one libunbound context, and one thread, but for those that read private
 * lists anew.
 *
 * The supervisor (supervisor.h) forks it with listening sockets that are open already. It never returns to the
 * supervisor's code. Signals: SIGTERM drains for at most limits.drain, then ends; SIGUSR1 retires: no new connection,
 * end once the last one has gone.
 */
#ifndef DAEMON_PROCESS_WORKER_H
#define DAEMON_PROCESS_WORKER_H

#include "conf/conf.h"

struct canaries;
struct event_base;
struct judge;
struct keeper_client;
struct sources;
struct stream;

struct worker_config {
    const struct conf *conf;
    int listeners[CONF_LISTENERS_MAX]; /* listening sockets, by index of conf->listeners; non-blocking */
    int status;                        /* told once: "ready\n", or what is wrong and "\n"; then closed */
    int log;                           /* for log_open */
    int accepts;                       /* closed once no connection will be accepted any more */
    unsigned number;                   /* of the worker among those of its generation, from 0 */
    int keeper;                        /* this worker's line to the keeper; -1: nothing is remembered */
};

/* What the protocols see of their worker. */
struct worker {
    const struct conf *conf;
    struct event_base *base;
    struct judge *judge;
    const struct sources *sources;
    struct keeper_client *keeper; /* null: nothing is remembered */
};

/* Serves until it is told to end; the exit status of the process. 1: it could not start (told on `status`). */
int worker_run(const struct worker_config *config);

#endif
