/*
 * sink.c - lines in the shape of their destination.
 */
#include "daemon/log/sink.h"

#include "daemon/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define IDENT "vouchsafed"

static const char journal_path[] = "/run/systemd/journal/socket";

/* log_sink_is_journal - does standard error lead to the journal? [systemd.exec(5) JOURNAL_STREAM] */
static bool log_sink_is_journal(void)
{
    const char *stream = getenv("JOURNAL_STREAM");
    uintmax_t device;
    uintmax_t inode;
    struct stat status;

    return stream != NULL && sscanf(stream, "%ju:%ju", &device, &inode) == 2 && fstat(STDERR_FILENO, &status) == 0 &&
           status.st_dev == device && status.st_ino == inode;
}

/* log_sink_fail - the cause into `error`; false */
static bool log_sink_fail(char error[CONF_ERROR_SIZE], const char *what, const char *cause)
{
    struct text text;

    text_init(&text, error, CONF_ERROR_SIZE);
    text_add(&text, "log.file ");
    text_add_printable(&text, text_bytes(what));
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

/* log_sink_open_file - the file, at its end */
static bool log_sink_open_file(struct log_sink *sink, const char *path, char error[CONF_ERROR_SIZE])
{
    if (path[0] == '\0')
        return log_sink_fail(error, "\"\"", "log.to = file needs the name of one");
    /* not blocking: a FIFO without a reader is an error, not a wait */
    sink->fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0640);
    return sink->fd >= 0 || log_sink_fail(error, path, strerror(errno));
}

bool log_sink_open(struct log_sink *sink, const struct conf_log *log, char error[CONF_ERROR_SIZE])
{
    sink->to = log->to;
    sink->format = log->format;
    sink->fd = -1;
    sink->to_journal = false;
    sink->torn = false;
    sink->error = 0;
    sink->lines = 0;
    sink->time.second = -1;
    text_init(&sink->text, sink->buffer, sizeof sink->buffer);
    switch (log->to) {
    case CONF_LOG_FILE:
        return log_sink_open_file(sink, log->file, error);
    case CONF_LOG_STDERR:
        sink->fd = STDERR_FILENO;
        sink->to_journal = log_sink_is_journal();
        return true;
    case CONF_LOG_JOURNAL:
        sink->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0); /* -1: everything goes to syslog */
        return true;
    case CONF_LOG_SYSLOG:
        return true;
    }
    return false;
}

/* log_sink_format_time - a second as RFC 3339 says, in two parts, between which the milliseconds stand; false: no such
 * time */
static bool log_sink_format_time(struct log_time *time, time_t second)
{
    struct tm local;
    long offset;

    time->second = second;
    if (localtime_r(&second, &local) == NULL ||
        strftime(time->stamp, sizeof time->stamp, "%Y-%m-%dT%H:%M:%S", &local) == 0)
        return false;
    offset = labs(local.tm_gmtoff) / 60;
    return snprintf(time->offset, sizeof time->offset, "%c%02ld:%02ld", local.tm_gmtoff < 0 ? '-' : '+', offset / 60,
                    offset % 60) > 0;
}

/* log_sink_add_time - now, with the offset of this machine; a second is formatted once */
static void log_sink_add_time(struct log_sink *sink, struct text *text)
{
    struct timespec now;
    char digits[8];

    if (clock_gettime(CLOCK_REALTIME, &now) != 0 ||
        (now.tv_sec != sink->time.second && !log_sink_format_time(&sink->time, now.tv_sec)))
        return;
    digits[0] = '.';
    digits[1] = (char)('0' + now.tv_nsec / 100000000);
    digits[2] = (char)('0' + now.tv_nsec / 10000000 % 10);
    digits[3] = (char)('0' + now.tv_nsec / 1000000 % 10);
    digits[4] = '\0';
    text_add(text, sink->time.stamp);
    text_add(text, digits);
    text_add(text, sink->time.offset);
}

/* log_sink_level - the word of log.level */
static const char *log_sink_level(int priority)
{
    static const char *const words[] = {"error", "error", "error", "error", "warning", "notice", "info", "debug"};

    return words[priority & 7];
}

/* log_sink_add_object - the line as a JSON object: an event is one already */
static void log_sink_add_object(struct log_sink *sink, struct text *text, const struct log_record *record)
{
    text_add(text, "{\"time\":\"");
    log_sink_add_time(sink, text);
    text_add(text, "\",");
    if (record->kind == LOG_KIND_EVENT && record->length > 1 && record->line[0] == '{') {
        text_add_bytes(text, record->line + 1, record->length - 1);
        return;
    }
    text_add(text, "\"level\":\"");
    text_add(text, log_sink_level(record->priority));
    text_add(text, "\",\"message\":\"");
    for (size_t i = 0; i < record->length; i++) {
        if (record->line[i] == '"' || record->line[i] == '\\')
            text_add_char(text, '\\');
        text_add_char(text, record->line[i]);
    }
    text_add(text, "\"}");
}

/* log_sink_add_line - what follows time and name, or stands alone in syslog and journal */
static void log_sink_add_line(struct log_sink *sink, struct text *text, const struct log_record *record)
{
    if (sink->format == CONF_LOG_JSON)
        log_sink_add_object(sink, text, record);
    else
        text_add_bytes(text, record->line, record->length);
}

/* log_sink_write_syslog - to the C library, with the PID of who said it instead of ours */
static void log_sink_write_syslog(struct log_sink *sink, const struct log_record *record)
{
    static char ident[sizeof IDENT + 24]; /* the C library keeps the pointer */
    char message[2 * LOG_RECORD_MAX];
    struct text text;

    text_init(&text, ident, sizeof ident);
    text_add(&text, IDENT "[");
    text_add_signed(&text, record->pid);
    text_add_char(&text, ']');
    text_init(&text, message, sizeof message);
    log_sink_add_line(sink, &text, record);
    openlog(ident, 0, LOG_MAIL);
    syslog(record->priority, "%s", message);
}

/* log_sink_write_journal - one datagram of fields [systemd.journal-fields(7)]; false: nobody takes it */
static bool log_sink_write_journal(struct log_sink *sink, const struct log_record *record)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char message[2 * LOG_RECORD_MAX];
    struct text text;

    if (sink->fd < 0)
        return false;
    memcpy(address.sun_path, journal_path, sizeof journal_path);
    text_init(&text, message, sizeof message);
    text_add(&text, "PRIORITY=");
    text_add_signed(&text, record->priority);
    text_add(&text, "\nSYSLOG_FACILITY=2\nSYSLOG_IDENTIFIER=" IDENT "\nSYSLOG_PID=");
    text_add_signed(&text, record->pid);
    text_add(&text, "\nMESSAGE=");
    log_sink_add_line(sink, &text, record);
    text_add_char(&text, '\n');
    return sendto(sink->fd, message, text.length, MSG_NOSIGNAL, (const struct sockaddr *)&address, sizeof address) >= 0;
}

/* log_sink_keep - the line as it stands in a file, behind those that wait to be written */
static void log_sink_keep(struct log_sink *sink, const struct log_record *record)
{
    struct text *text = &sink->text;

    if (text->size - text->length < 3 * LOG_RECORD_MAX) /* time and escapes included */
        log_sink_flush(sink);
    if (sink->torn && sink->lines == 0)
        text_add_char(text, '\n');
    if (sink->to_journal) {
        text_add_char(text, '<');
        text_add_signed(text, record->priority);
        text_add_char(text, '>');
    } else if (sink->format == CONF_LOG_TEXT) {
        log_sink_add_time(sink, text);
        text_add(text, " " IDENT "[");
        text_add_signed(text, record->pid);
        text_add(text, "]: ");
    }
    log_sink_add_line(sink, text, record);
    text_add_char(text, '\n');
    sink->lines++;
}

void log_sink_write(struct log_sink *sink, const struct log_record *record)
{
    if (sink->to == CONF_LOG_FILE || sink->to == CONF_LOG_STDERR)
        log_sink_keep(sink, record);
    else if (sink->to == CONF_LOG_SYSLOG || !log_sink_write_journal(sink, record))
        log_sink_write_syslog(sink, record);
}

/* log_sink_count - how many whole lines stand in this much text */
static unsigned long log_sink_count(const char *data, size_t length)
{
    unsigned long lines = 0;

    for (size_t i = 0; i < length; i++)
        lines += data[i] == '\n';
    return lines;
}

bool log_sink_flush(struct log_sink *sink)
{
    size_t done = 0;
    bool fine = true;

    while (done < sink->text.length && fine) {
        ssize_t written = write(sink->fd, sink->buffer + done, sink->text.length - done);

        fine = written >= 0 || errno == EINTR;
        if (written >= 0)
            done += (size_t)written;
        else if (!fine)
            sink->error = errno;
    }
    if (!fine)
        log_drop(log_sink_count(sink->buffer + done, sink->text.length - done) - (done == 0 && sink->torn));
    if (done > 0)
        sink->torn = sink->buffer[done - 1] != '\n';
    sink->lines = 0;
    text_init(&sink->text, sink->buffer, sizeof sink->buffer);
    return fine;
}
