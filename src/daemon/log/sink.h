/*
 * sink.h - where log lines end up: syslog, the journal, standard error or a file.
 *
 * Only the process that writes the log uses it; any call may block for as long as a disk or a peer likes.
 */
#ifndef DAEMON_LOG_SINK_H
#define DAEMON_LOG_SINK_H

#include "base/text.h"
#include "conf/conf.h"

#include <sys/types.h>
#include <time.h>

/* One line out of the pipe. */
struct log_record {
    int priority;
    char kind; /* LOG_KIND_* */
    pid_t pid;
    const char *line; /* a view, no newline */
    size_t length;
};

/* A second that was formatted already. */
struct log_time {
    time_t second;
    char stamp[32], offset[24]; /* milliseconds stand between them */
};

struct log_sink {
    enum conf_log_to to;
    enum conf_log_format format;
    int fd;
    bool to_journal;     /* standard error is a stream of the journal: "<6>" stands before a line, and no time */
    bool torn;           /* the last write ended within a line */
    int error;           /* errno of the last write that failed, until the reader clears it */
    unsigned long lines; /* in the buffer */
    struct log_time time;
    struct text text;
    char buffer[32768];
};

/* Opens what log.to names; false with `error`. */
bool log_sink_open(struct log_sink *sink, const struct conf_log *log, char error[CONF_ERROR_SIZE]);

/* Writes a record, or keeps it for log_sink_flush. */
void log_sink_write(struct log_sink *sink, const struct log_record *record);

/* Writes what was kept. False: lines could not be written, and were counted with log_drop. */
bool log_sink_flush(struct log_sink *sink);

#endif
