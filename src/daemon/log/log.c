/*
 * log.c - the side that says something: whole lines into a pipe, without waiting.
 */
#include "daemon/log/log.h"

#include "base/text.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int log_fd = -1;
static int log_level = LOG_INFO;
static bool gathering;
static struct {
    size_t length, lines;
    char octets[PIPE_BUF]; /* what one write puts into the pipe as a whole, or not at all [POSIX write()] */
} gathered;
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

/* log_put - octets that make so many lines to where they go; all of them, or they count as dropped */
static void log_put(const char *octets, size_t length, size_t lines)
{
    ssize_t written;

    do
        written = write(log_fd >= 0 ? log_fd : STDERR_FILENO, octets, length);
    while (written < 0 && errno == EINTR);
    if (written != (ssize_t)length)
        log_drop(lines);
}

void log_flush(void)
{
    if (gathered.lines != 0)
        log_put(gathered.octets, gathered.length, gathered.lines);
    gathered.length = gathered.lines = 0;
}

void log_gather(bool yes)
{
    gathering = yes;
    log_flush();
}

/* log_write - one line into the pipe, or to standard error */
static void log_write(int priority, char kind, const char *line, size_t length)
{
    char record[LOG_RECORD_MAX];
    struct text text;

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
    if (!gathering || log_fd < 0) {
        log_put(text.data, text.length, 1);
        return;
    }
    if (text.length > sizeof gathered.octets - gathered.length)
        log_flush();
    memcpy(gathered.octets + gathered.length, text.data, text.length);
    gathered.length += text.length;
    gathered.lines++;
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

_Static_assert(LOG_RECORD_MAX <= PIPE_BUF, "a line is one write that is not torn");

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
