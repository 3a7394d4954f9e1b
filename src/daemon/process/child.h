/*
 * child.h - one process that the supervisor forked: a worker, the keeper or the writer of the log.
 *
 * It starts with nothing of the supervisor's but the descriptors it is meant to have, and tells on a pipe, once, that
 * it is ready or what is wrong.
 */
#ifndef DAEMON_PROCESS_CHILD_H
#define DAEMON_PROCESS_CHILD_H

#include "vouchsafe.h"

#include <sys/types.h>

#define CHILD_TOLD_SIZE 512
#define CHILD_FDS_MAX   (UINT8_MAX + 8) /* the keeper has one a worker */

/* What a child is to do. */
struct child_role {
    const char *name;       /* as in ps(1), 15 octets at most */
    bool follows;           /* gets SIGTERM when the supervisor dies */
    int fds[CHILD_FDS_MAX]; /* what it keeps open, beside 0 to 2 and `status` */
    size_t fds_count;
    int (*run)(const void *context, int status); /* the exit status */
    const void *context;
};

struct child {
    pid_t pid;  /* 0: none */
    int status; /* reading end of its pipe; -1: it has told, or there is none */
    bool ready;
    int64_t started_ms;
    int64_t due_ms;    /* to be started again then; 0: not */
    unsigned failures; /* how often in a row it died right away */
    size_t told_length;
    char told[CHILD_TOLD_SIZE]; /* what it said instead of "ready" */
};

enum child_news { CHILD_SILENT, CHILD_READY, CHILD_TROUBLE };

/* No process. */
void child_init(struct child *child);

/* Forks it; keeps `failures`. False with the cause in `told`. */
bool child_start(struct child *child, const struct child_role *role);

/* Trouble before there is a process: "what: " and errno into `told`; false. */
bool child_fail(struct child *child, const char *what);

/*
 * In the child: says on `status`, once, "ready" or what is wrong, and closes it. False with errno: nobody is there to
 * hear it.
 */
bool child_tell(int status, const char *words);

/* What it says, if anything has come; never blocks. CHILD_TROUBLE: `told` says why. */
enum child_news child_read(struct child *child);

/* It has ended: `died` gets "worker 123 was killed by signal 9 (Killed)"; due again, late if it lives short lives. */
void child_ended(struct child *child, const char *name, int wait_status, char died[CHILD_TOLD_SIZE]);

/* Sends a signal, if there is a process. */
void child_signal(const struct child *child, int number);

#endif
