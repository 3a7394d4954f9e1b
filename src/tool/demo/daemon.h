/*
 * daemon.h - a vouchsafed of the demo's own, in a temporary folder with a world of master files.
 */
#ifndef TOOL_DEMO_DAEMON_H
#define TOOL_DEMO_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define DEMO_NAME      "demo"
#define DEMO_PATH_SIZE 128

struct demo_daemon {
    char folder[DEMO_PATH_SIZE]; /* empty: none */
    char config[DEMO_PATH_SIZE];
    char milter[DEMO_PATH_SIZE], policy[DEMO_PATH_SIZE]; /* sockets */
    pid_t pid;                                           /* 0: none */
};

/* What it serves. */
struct demo_world {
    const char *const *zones;
    size_t zones_count;
    const char *options; /* text of the configuration, without listeners and zone files */
};

/*
 * Writes the files, starts vouchsafed (beside our own executable, else in PATH) and waits until it listens. False with
 * a message on standard error, or without one after a signal; demo_daemon_stop in any case. SIGINT, SIGTERM and SIGHUP
 * are caught from now on.
 */
bool demo_daemon_start(struct demo_daemon *daemon, const struct demo_world *world);

/* Ends the daemon and removes the folder. */
void demo_daemon_stop(struct demo_daemon *daemon);

/* The signal that came, or 0. */
int demo_signal(void);

#endif
