/*
 * log.h - log lines from any process of the daemon to the one that writes them.
 *
 * A line goes into a pipe without waiting; if the writer cannot keep up, or a disk stalls, lines are dropped and
 * counted, and the count is logged. No octet of a peer reaches a line unencoded.
 *
 * In the pipe a line reads "PRIORITY KIND PID TEXT\n" without the first two blanks: priority is one digit, kind "w" for
 * words or "e" for an event that is formatted already, PID that of the process that says it.
 */
#ifndef DAEMON_LOG_LOG_H
#define DAEMON_LOG_LOG_H

#include "vouchsafe.h"

#include <syslog.h>

#define LOG_LINE_MAX   4000 /* octets of one line; one write to a pipe of this size is not torn [POSIX PIPE_BUF] */
#define LOG_RECORD_MAX (LOG_LINE_MAX + 32) /* the same in the pipe */
#define LOG_KIND_WORDS 'w'
#define LOG_KIND_EVENT 'e'

/* All lines of this process go to `fd` from now on, those above `level` (LOG_INFO, ...) nowhere. -1: standard error. */
void log_open(int fd, int level);

/* Is a line of this priority wanted? For callers that would have to build one. */
bool log_wants(int priority);

/* One line of text, printable ASCII; anything else in it is escaped. */
void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* One line as it is, printable ASCII or UTF-8 without control characters: events that are formatted already. */
void log_raw(int priority, const char *line, size_t length);

/*
 * Gathers the lines of this process until log_flush, or until there are as many as one write can put into the pipe: a
 * write a line is what costs most. For a loop that calls log_flush at the end of each turn.
 */
void log_gather(bool yes);
void log_flush(void);

/* Counts dropped lines in memory that processes forked from now on share. False: out of memory. */
bool log_share_drops(void);

/* Counts dropped lines. */
void log_drop(unsigned long lines);

/* How many were dropped since the last log_take_drops; the second starts to count anew. */
unsigned long log_drops(void);
unsigned long log_take_drops(void);

#endif
