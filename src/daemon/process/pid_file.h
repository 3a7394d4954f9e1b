/*
 * pid_file.h - daemon.pid_file: the supervisor's process number, and a lock against a second supervisor.
 */
#ifndef DAEMON_PROCESS_PID_FILE_H
#define DAEMON_PROCESS_PID_FILE_H

#include "conf/conf.h"

/* Writes it; empty path: nothing. The descriptor to keep, -1 if there is none or (with `error`) on trouble. */
int pid_file_open(const char *path, char error[CONF_ERROR_SIZE]);

/* Removes it, or, where the folder forbids that by now, empties it. */
void pid_file_close(int fd, const char *path);

#endif
