/*
 * supervisor.h - the parent process: opens listeners, forks the writer of the log and the workers, replaces those that
 * die, swaps generations on reload, drains on SIGTERM. It judges nothing and asks no DNS.
 */
#ifndef DAEMON_SUPERVISOR_H
#define DAEMON_SUPERVISOR_H

#include "conf/conf.h"

/*
 * Runs until SIGTERM or SIGINT; the exit status of the daemon. `conf` is replaced at a reload, by what `path` then
 * says. `ready` is a descriptor that gets one octet once all workers serve, or text of what is wrong; -1: none.
 */
int supervisor_run(struct conf *conf, const char *path, int ready);

#endif
