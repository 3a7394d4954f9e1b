/*
 * keeper.h - the process that remembers: store, ledger and earned list, so that no disk and no Redis stops a worker.
 *
 * The supervisor forks it beside the workers; each worker has a socket pair to it (client.h), which outlives
 * either of them. What workers send is taken in turns; writes are committed several times a second.
 */
#ifndef DAEMON_KEEPER_KEEPER_H
#define DAEMON_KEEPER_KEEPER_H

#include "conf/conf.h"

struct keeper_config {
    const struct conf *conf;
    const int *workers; /* its ends of the socket pairs, non-blocking */
    size_t workers_count;
    int status; /* told once: "ready\n", or what is wrong and "\n"; then closed */
    int log;    /* for log_open */
};

/*
 * Serves until nobody holds the other ends any more, takes what is left in the lines, commits and ends. A file or
 * server that is not there is no reason not to start: it is logged, and tried again. SIGTERM does nothing: who gets it
 * with all processes of a unit has workers that go on for a while. The exit status; 1: it could not start (told on
 * `status`).
 */
int keeper_run(const struct keeper_config *config);

#endif
