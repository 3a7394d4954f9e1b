/*
 * swap.h - what the supervisor knows, and how one generation takes the place of another.
 *
 * `next` begins beside `current`. When it is ready, `current` retires: its workers end with their last connection, its
 * writer of the log at once, and only then the new writer takes lines, so that a rotated file is left for good.
 */
#ifndef DAEMON_PROCESS_SWAP_H
#define DAEMON_PROCESS_SWAP_H

#include "daemon/process/control.h"
#include "daemon/process/generation.h"

struct supervisor {
    const char *path; /* of the configuration */
    int ready;        /* for the answer to whoever started us; -1: standard error, or it was told */
    int signals;      /* a signalfd */
    int pid_file;
    struct log_pipe pipe;
    struct privileges us;
    struct control control;
    struct generation *current, *next; /* null: none */
    struct generation *retired;        /* a list: they end when their last connection has gone */
    bool reload_asked;                 /* SIGHUP came */
    bool swapped;                      /* the new writer of the log is to begin, then a reload is over */
    bool has_served;                   /* what begins now is no start but a reload */
    bool stopping, finished;           /* SIGTERM came; the writer of the log was told to end */
    int64_t start_ms;                  /* until then `next` must be ready */
    int64_t writers_ms;                /* until then writers that are to end must have ended */
    int64_t stop_ms;                   /* until then all must have ended; then they are killed */
    int status;                        /* of the daemon */
};

/* A generation of this configuration begins, with the first sockets opened already or with those of `current` kept. */
bool swap_begin(struct supervisor *supervisor, struct generation *generation, char error[CONF_ERROR_SIZE]);

/* SIGHUP, or the control socket: reads the configuration anew and begins a generation; if it is wrong, says so. */
void swap_reload(struct supervisor *supervisor);

/* `next` will not do: it is killed, who asked for it is told; without a `current` the daemon ends. */
void swap_fail(struct supervisor *supervisor, const char *cause);

/* Goes on with a swap as far as it has come. */
void swap_tick(struct supervisor *supervisor, int64_t now);

/* Tells who started us: null, it serves; else why not. Once. */
void swap_tell(struct supervisor *supervisor, const char *cause);

/* Frees the retired generations of which no process is left; how many stay. */
size_t swap_bury(struct supervisor *supervisor);

#endif
