/*
 * logger.h - the process that writes the log, so that no disk and no syslog ever stops a worker.
 */
#ifndef DAEMON_LOG_LOGGER_H
#define DAEMON_LOG_LOGGER_H

#include "conf/conf.h"

#define LOGGER_GO  'g' /* take lines from now on: whoever did before has ended */
#define LOGGER_END 'e' /* write what the pipe holds now, then end */

struct logger_config {
    const struct conf_log *log;
    int lines;  /* reading end of the pipe of log.h, non-blocking */
    int orders; /* reading end of a pipe of LOGGER_* octets */
    int status; /* told once: "ready\n", or what is wrong and "\n"; then closed */
};

/*
 * Writes lines until it is told to end, or, without a supervisor, until nobody holds the other end of the pipe any
 * more. The exit status of the process; 1: it could not start (told on `status`).
 */
int logger_run(const struct logger_config *config);

#endif
