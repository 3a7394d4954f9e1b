/*
 * line.c - the worker's end of a socket for packets, and a queue before it.
 */
#include "daemon/keeper/line.h"

#include "daemon/clock.h"
#include "daemon/keeper/packets.h"
#include "daemon/log/log.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#define COMPLAIN_MS 60000              /* between two lines about records that were dropped */
#define OCTETS_MAX  (16 * 1024 * 1024) /* of records that wait, beside the number of them */
#define LAST_MS     1000               /* for them, at the end */

struct keeper_line {
    int fd;
    struct event *writable;
    bool gone; /* nobody holds the other end, and nobody ever will: only a keeper and its supervisor together do that */
    struct packets waiting; /* the line is full while there are any */
    uint64_t dropped, said; /* records, and how many of them the log knows of */
    int64_t said_ms;        /* when it was told last */
};

/* line_keep - let a record wait; false: there is no room */
static bool line_keep(struct keeper_line *line, struct vouch_bytes packet, bool urgent)
{
    if (line->gone || packets_add(&line->waiting, packet, urgent) == NULL)
        return false;
    if (line->waiting.count == 1 && event_add(line->writable, NULL) != 0)
        log_line(LOG_ERR, "an event cannot be added");
    return true;
}

/* line_drop_all - nothing waits any more */
static void line_drop_all(struct keeper_line *line)
{
    line->dropped += line->waiting.count;
    packets_remove(&line->waiting, line->waiting.count);
}

/* line_end - what waits will never be taken, nor will anything else; said once */
static void line_end(struct keeper_line *line)
{
    line->gone = true;
    event_del(line->writable); /* it would be ready for ever */
    line_drop_all(line);
    log_line(LOG_ERR, "alarm: keeper and supervisor are gone: this worker serves on, and nothing is remembered");
}

/* line_is_over - has the other end gone for good? */
static bool line_is_over(const struct keeper_line *line, int error)
{
    struct pollfd polled = {.fd = line->fd};

    return (error == EPIPE || error == ECONNREFUSED || error == ENOTCONN) && poll(&polled, 1, 0) > 0 &&
           (polled.revents & (POLLHUP | POLLERR)) != 0;
}

bool keeper_line_send(struct keeper_line *line, struct vouch_bytes packet)
{
    ssize_t sent;

    if (line->gone)
        return false;
    do
        sent = send(line->fd, packet.data, packet.length, MSG_DONTWAIT | MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent < 0 && line_is_over(line, errno))
        line_end(line);
    return sent == (ssize_t)packet.length;
}

/* line_push - put on the line what waits, as far as there is room */
static void line_push(struct keeper_line *line)
{
    struct packet *packet;

    while ((packet = packets_first(&line->waiting)) != NULL && keeper_line_send(line, packet_octets(packet)))
        packets_remove(&line->waiting, 1);
}

/* line_write - there is room on the line */
static void line_write(evutil_socket_t fd, short what, void *arg)
{
    struct keeper_line *line = arg;

    (void)fd;
    (void)what;
    line_push(line);
    if (line->waiting.count == 0)
        event_del(line->writable);
}

void keeper_line_record(struct keeper_line *line, struct vouch_bytes packet, bool urgent)
{
    if ((line->waiting.count > 0 || !keeper_line_send(line, packet)) && !line_keep(line, packet, urgent))
        line->dropped++;
    keeper_line_complain(line);
}

void keeper_line_drop(struct keeper_line *line)
{
    line->dropped++;
    keeper_line_complain(line);
}

uint64_t keeper_line_dropped(const struct keeper_line *line)
{
    return line->dropped;
}

/* line_tell - say how many were dropped since that was said last */
static void line_tell(struct keeper_line *line, int64_t now)
{
    log_line(LOG_WARNING, "%" PRIu64 " records of this worker were dropped: the keeper does not take them",
             line->dropped - line->said);
    line->said = line->dropped;
    line->said_ms = now;
}

void keeper_line_complain(struct keeper_line *line)
{
    int64_t now = clock_coarse_ms();

    if (!line->gone && line->dropped != line->said && now - line->said_ms >= COMPLAIN_MS)
        line_tell(line, now);
}

struct keeper_line *keeper_line_open(struct event_base *base, int fd, size_t queue)
{
    struct keeper_line *line = calloc(1, sizeof *line);

    if (line == NULL)
        return NULL;
    line->fd = fd;
    line->said_ms = clock_coarse_ms() - COMPLAIN_MS;
    packets_init(&line->waiting, queue, OCTETS_MAX);
    line->writable = event_new(base, fd, EV_WRITE | EV_PERSIST, line_write, line);
    if (line->writable != NULL)
        return line;
    free(line);
    return NULL;
}

/* line_push_last - give a keeper that lives the time to take what waits; the rest is dropped */
static void line_push_last(struct keeper_line *line)
{
    int64_t end_ms = clock_ms() + LAST_MS;
    struct pollfd polled = {.fd = line->fd, .events = POLLOUT};

    line_push(line);
    while (line->waiting.count > 0 && clock_ms() < end_ms) {
        if (poll(&polled, 1, (int)(end_ms - clock_ms())) < 0 && errno != EINTR)
            break;
        line_push(line);
    }
    line_drop_all(line);
}

void keeper_line_close(struct keeper_line *line)
{
    if (line == NULL)
        return;
    line_push_last(line);
    if (line->dropped != line->said)
        line_tell(line, clock_coarse_ms());
    event_free(line->writable);
    free(line);
}
