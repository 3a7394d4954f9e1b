/*
 * control.h - daemon.control: the unix socket through which `vouchsafe reload` speaks to the supervisor.
 *
 * A peer says "reload\n" and is told "ok\n" or "error: ...\n" when that is over. It has a deadline, a line of bounded
 * length and one of few places; what it does otherwise harms nobody.
 */
#ifndef DAEMON_PROCESS_CONTROL_H
#define DAEMON_PROCESS_CONTROL_H

#include "daemon/listen/listen.h"

#include <poll.h>

#define CONTROL_PEERS_MAX  8
#define CONTROL_LINE_MAX   64
#define CONTROL_POLLED_MAX (CONTROL_PEERS_MAX + 1)

enum control_state { CONTROL_FREE, CONTROL_READING, CONTROL_ASKED, CONTROL_WAITING };

struct control_peer {
    enum control_state state;
    int fd;
    int64_t deadline_ms; /* while reading */
    size_t length;
    char line[CONTROL_LINE_MAX];
};

struct control {
    struct listen_socket endpoint; /* fd -1: there is none */
    int64_t paused_ms;             /* accept fails: not before this */
    struct control_peer peers[CONTROL_PEERS_MAX];
};

/* Opens it, the folder too if only that is missing; empty path: none. False with `error`, also if another answers. */
bool control_open(struct control *control, const char *path, const struct privileges *us, char error[CONF_ERROR_SIZE]);

/* What to wait for: the number of entries written; the deadline, if earlier than `*due_ms`, there. */
size_t control_watch(const struct control *control, struct pollfd polled[CONTROL_POLLED_MAX], int64_t *due_ms);

/* Accepts, reads, ends what takes too long; never blocks. */
void control_serve(struct control *control);

/* Has somebody asked for a reload that has not begun yet? control_begin: it begins now. */
bool control_is_asked(const struct control *control);
void control_begin(struct control *control);

/* The reload is over: tells all who wait for it, null: "ok", else the cause. */
void control_answer(struct control *control, const char *cause);

/* Ends all. */
void control_close(struct control *control);

#endif
