/*
 * supervisor.h - the parent process: opens listeners, forks the writer of the log, the keeper and the workers, replaces
 * those that die, swaps generations on reload, drains on SIGTERM. It judges nothing and asks no DNS.
 */
#ifndef DAEMON_PROCESS_SUPERVISOR_H
#define DAEMON_PROCESS_SUPERVISOR_H

#include "conf/conf.h"

/*
 * Runs until SIGTERM or SIGINT; the exit status of the daemon. `conf`, from malloc, is freed here; at a reload it is
 * replaced by what `path` then says. `ready` is a descriptor that gets one octet once all workers serve, or text of
 * what is wrong, and is then closed; -1: trouble goes to standard error.
 */
int supervisor_run(struct conf *conf, const char *path, int ready);

#endif
