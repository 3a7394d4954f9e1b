/*
 * log.c - the side that says something: one write to a pipe a line, without waiting.
 */
#include "daemon/log.h"

#include "base/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

static int log_fd = -1;
static int log_level = LOG_INFO;
static atomic_ulong own_drops;
static atomic_ulong *drops = &own_drops;

void log_open(int fd, int level)
{
    log_fd = fd;
    log_level = level;
}

bool log_wants(int priority)
{
    return priority <= log_level;
}

/* log_write - one line into the pipe, or to standard error */
static void log_write(int priority, char kind, const char *line, size_t length)
{
    char record[LOG_RECORD_MAX];
    struct text text;
    ssize_t written;

    text_init(&text, record, sizeof record);
    if (log_fd >= 0) {
        text_add_unsigned(&text, (uint64_t)priority);
        text_add_char(&text, kind);
        text_add_unsigned(&text, (uint64_t)getpid());
        text_add_char(&text, ' ');
    } else {
        text_add(&text, "vouchsafed: ");
    }
    text_add_bytes(&text, line, length);
    text_add_char(&text, '\n');
    do
        written = write(log_fd >= 0 ? log_fd : STDERR_FILENO, record, text.length);
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)text.length)
        log_drop(1);
}

void log_line(int priority, const char *format, ...)
{
    char message[LOG_LINE_MAX + 1];
    char safe[LOG_LINE_MAX + 1];
    struct text text;
    va_list arguments;
    int length;

    if (!log_wants(priority))
        return;
    va_start(arguments, format);
    length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    text_init(&text, safe, sizeof safe);
    if (length > 0)
        text_add_printable(&text, text_bytes(message));
    log_write(priority, LOG_KIND_WORDS, safe, text.length);
}

void log_raw(int priority, const char *line, size_t length)
{
    if (!log_wants(priority))
        return;
    if (length > LOG_LINE_MAX) /* half an object would be none */
        log_line(priority, "an event of %zu octets is too long for the log: %.200s", length, line);
    else
        log_write(priority, LOG_KIND_EVENT, line, length);
}

bool log_share_drops(void)
{
    atomic_ulong *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (shared == MAP_FAILED)
        return false;
    atomic_init(shared, 0);
    drops = shared;
    return true;
}

void log_drop(unsigned long lines)
{
    atomic_fetch_add(drops, lines);
}

unsigned long log_drops(void)
{
    return atomic_load(drops);
}

unsigned long log_take_drops(void)
{
    return atomic_exchange(drops, 0);
}
