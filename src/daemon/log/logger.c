/*
 * logger.c - the loop of the process that writes the log: lines from the pipe, at most log.rate a second, to the sink.
 *
 * What is dropped here or in front of the pipe is one count, and at most once a second it becomes a line.
 */
#include "daemon/log/logger.h"

#include "daemon/clock.h"
#include "daemon/log/log.h"
#include "daemon/log/sink.h"
#include "daemon/process/child.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define REPORT_MS 1000
#define CHUNK     16384 /* read at once; what a writer that is killed can lose */

struct logger {
    struct log_sink sink;
    int lines, orders;
    bool going, ending;
    size_t left;   /* octets still to be read once it is ending */
    uint32_t rate; /* 0: no bound */
    struct allowance {
        uint64_t left; /* thousandths of a line */
        int64_t when_ms;
    } usual, important; /* so that a flood of decisions drops no refusal and no trouble */
    int64_t report_ms;  /* when drops were last reported */
    size_t length;
    char bytes[CHUNK + LOG_RECORD_MAX]; /* read, not yet a whole line */
};

/* logger_may_write - is this line within log.rate? A second's worth may come at once. */
static bool logger_may_write(struct logger *logger, int priority)
{
    struct allowance *allowance = priority <= LOG_NOTICE ? &logger->important : &logger->usual;
    int64_t now = clock_ms();

    if (logger->rate == 0)
        return true;
    allowance->left += (uint64_t)(now - allowance->when_ms) * logger->rate;
    allowance->when_ms = now;
    if (allowance->left > (uint64_t)logger->rate * 1000)
        allowance->left = (uint64_t)logger->rate * 1000;
    if (allowance->left < 1000)
        return false;
    allowance->left -= 1000;
    return true;
}

/* logger_parse - a record of log.h; false: half of one, which a writer that died has left */
static bool logger_parse(const char *line, size_t length, struct log_record *record)
{
    size_t at = 2;
    long pid = 0;

    if (length < 4 || line[0] < '0' || line[0] > '7' || (line[1] != LOG_KIND_WORDS && line[1] != LOG_KIND_EVENT))
        return false;
    while (at < length && text_is_digit(line[at]) && pid < 100000000)
        pid = pid * 10 + (line[at++] - '0');
    if (at == 2 || at == length || line[at] != ' ')
        return false;
    record->priority = line[0] - '0';
    record->kind = line[1];
    record->pid = (pid_t)pid;
    record->line = line + at + 1;
    record->length = length - at - 1;
    return true;
}

/* logger_take - write one line, or count it */
static void logger_take(struct logger *logger, const char *line, size_t length)
{
    struct log_record record;

    if (logger_parse(line, length, &record) && logger_may_write(logger, record.priority))
        log_sink_write(&logger->sink, &record);
    else
        log_drop(1);
}

/* logger_split - take the whole lines out of what was read */
static void logger_split(struct logger *logger)
{
    size_t at = 0;

    for (;;) {
        const char *line = logger->bytes + at;
        const char *end = memchr(line, '\n', logger->length - at);

        if (end == NULL)
            break;
        logger_take(logger, line, (size_t)(end - line));
        at += (size_t)(end - line) + 1;
    }
    logger->length -= at;
    memmove(logger->bytes, logger->bytes + at, logger->length);
    if (logger->length > LOG_RECORD_MAX) { /* no line is so long: a torn one */
        logger->length = 0;
        log_drop(1);
    }
    log_sink_flush(&logger->sink);
}

/* logger_report - say how many lines were dropped; `now` 0: whenever that was said last */
static void logger_report(struct logger *logger, int64_t now)
{
    unsigned long drops;
    char line[256];
    struct log_record record = {.priority = LOG_WARNING, .kind = LOG_KIND_WORDS, .pid = getpid(), .line = line};
    int length;

    if (log_drops() == 0 || (now != 0 && now - logger->report_ms < REPORT_MS))
        return;
    logger->report_ms = now;
    drops = log_take_drops();
    length = snprintf(line, sizeof line, "%lu log lines were dropped%s%s", drops, logger->sink.error == 0 ? "" : ": ",
                      logger->sink.error == 0 ? "" : strerror(logger->sink.error));
    if (length <= 0)
        return;
    record.length = (size_t)length;
    logger->sink.error = 0;
    log_sink_write(&logger->sink, &record);
    if (!log_sink_flush(&logger->sink))
        log_drop(drops - 1); /* the flush has counted this line */
}

/* logger_read - read from the pipe and write; false: it is over */
static bool logger_read(struct logger *logger)
{
    size_t wanted = CHUNK;
    ssize_t got;

    if (logger->ending && logger->left == 0)
        wanted = 1; /* to the end of the line; its rest is in the pipe, as a line is one write */
    else if (logger->ending && logger->left < wanted)
        wanted = logger->left;
    got = read(logger->lines, logger->bytes + logger->length, wanted);
    if (got < 0)
        return errno == EINTR || (errno == EAGAIN && !logger->ending);
    if (got == 0)
        return false;
    logger->left -= logger->left < (size_t)got ? logger->left : (size_t)got;
    logger->length += (size_t)got;
    logger_split(logger);
    return !logger->ending || logger->left > 0 || logger->length > 0;
}

/* logger_obey - take an order; false: end at once */
static bool logger_obey(struct logger *logger)
{
    char order;
    ssize_t got = read(logger->orders, &order, 1);
    int waiting = 0;

    if (got < 0)
        return errno == EINTR || errno == EAGAIN;
    if (got == 0) { /* the supervisor was killed: workers may have something to say until they end */
        logger->orders = -1;
        return logger->going;
    }
    if (order == LOGGER_GO)
        logger->going = true;
    if (order != LOGGER_END)
        return true;
    logger->ending = true;
    if (ioctl(logger->lines, FIONREAD, &waiting) == 0 && waiting > 0)
        logger->left = (size_t)waiting;
    return logger->going && (logger->left > 0 || logger->length > 0);
}

/* logger_serve - the loop */
static void logger_serve(struct logger *logger)
{
    for (;;) {
        struct pollfd waiting[] = {{.fd = logger->orders, .events = POLLIN},
                                   {.fd = logger->going ? logger->lines : -1, .events = POLLIN}};
        int timeout_ms = logger->going && log_drops() > 0 ? REPORT_MS : -1;

        if (logger->ending)
            timeout_ms = 0;
        if (poll(waiting, 2, timeout_ms) < 0 && errno != EINTR)
            return;
        if (logger->orders >= 0 && waiting[0].revents != 0 && !logger_obey(logger))
            return;
        if (logger->going && (waiting[1].revents != 0 || logger->ending) && !logger_read(logger))
            return;
        if (logger->going)
            logger_report(logger, clock_ms());
    }
}

/* logger_tell - how the start went; the one that writes the log cannot say there that nobody heard it */
static void logger_tell(int status, const char *words)
{
    if (!child_tell(status, words))
        log_drop(1);
}

int logger_run(const struct logger_config *config)
{
    static struct logger logger; /* too large for a stack, and the process has one */
    char error[CONF_ERROR_SIZE];

    logger.lines = config->lines;
    logger.orders = config->orders;
    logger.rate = config->log->rate;
    logger.usual = (struct allowance){.left = (uint64_t)logger.rate * 1000, .when_ms = clock_ms()};
    logger.important = logger.usual;
    logger.report_ms = logger.usual.when_ms - REPORT_MS;
    if (!log_sink_open(&logger.sink, config->log, error)) {
        logger_tell(config->status, error);
        return 1;
    }
    logger_tell(config->status, "ready");
    logger_serve(&logger);
    if (logger.going)
        logger_report(&logger, 0);
    return 0;
}
