/*
 * stream.c - one connection over a raw socket and two embedded events.
 *
 * `io` waits for the socket; activated by hand with EV_TIMEOUT it says: go on with what waits, or end. `timer` is the
 * one deadline that counts now: it hangs in one of libevent's queues of common timeouts, so starting it anew costs no
 * heap work. What was decided inside a callback is put into effect at its end, in stream_settle; what was decided
 * outside, at once, in stream_arm, which never calls the owner.
 */
#include "daemon/listen/stream.h"

#include "daemon/clock.h"
#include "daemon/octets.h"

#include <errno.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE  8192  /* octets that one wake-up takes from one peer */
#define SILENT_MS  5000  /* so long a new connection is not idle though nothing came: the first request is on its way */
#define WRITE_SIZE 16384 /* octets that one run of input may write before the socket is asked */

enum stream_wait { WAIT_NOTHING, WAIT_IDLE, WAIT_FRAME };

struct stream {
    struct event io, timer;
    LIST_ENTRY(stream) link;
    struct stream_owner owner;
    const struct timeval *idle, *frame; /* belong to the base */
    struct octets unread, unsent;
    int64_t silent_ms; /* when it was opened; 0: something came since */
    size_t skip;
    uint32_t unread_max, unsent_max;
    uint8_t wait; /* enum stream_wait that `timer` is set for */
    bool fresh;   /* the frame deadline begins anew */
    bool running; /* inside a callback of ours */
    bool paused;
    bool again;   /* input is to run although nothing came */
    bool ended;   /* the peer shut down its side */
    bool closing; /* end once all is written */
    bool broken;  /* end now */
    bool dead;    /* `closed` has been called */
};

/* What all streams of the process share. */
static struct {
    LIST_HEAD(, stream) open;
    size_t count;
    struct stream *next;    /* where a walk over all goes on */
    struct stream *running; /* the stream whose input runs: its writes are gathered in `out` */
    size_t out_length;
    uint8_t out[WRITE_SIZE];
    uint8_t in[READ_SIZE];
} streams;

static void stream_arm(struct stream *stream);

/* stream_end - close, tell the owner, free */
static void stream_end(struct stream *stream)
{
    evutil_socket_t fd = event_get_fd(&stream->io);

    if (streams.next == stream)
        streams.next = LIST_NEXT(stream, link);
    LIST_REMOVE(stream, link);
    streams.count--;
    event_del(&stream->io);
    event_del(&stream->timer);
    close(fd);
    octets_drop(&stream->unread, SIZE_MAX);
    octets_drop(&stream->unsent, SIZE_MAX);
    stream->dead = true;
    if (stream->owner.closed != NULL)
        stream->owner.closed(stream->owner.self);
    free(stream);
}

/* stream_send - put octets on the socket; returns how many it took */
static size_t stream_send(struct stream *stream, const uint8_t *bytes, size_t length)
{
    ssize_t sent;

    do
        sent = send(event_get_fd(&stream->io), bytes, length, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return (size_t)sent;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        stream->broken = true;
    return 0;
}

/* stream_put - write, and keep what the socket does not take */
static void stream_put(struct stream *stream, const uint8_t *bytes, size_t length)
{
    size_t sent = 0;

    if (stream->broken || length == 0)
        return;
    if (stream->unsent.length == 0)
        sent = stream_send(stream, bytes, length);
    if (stream->broken || sent == length)
        return;
    if (stream->unsent.length == 0)
        stream->fresh = true;
    if (length - sent > stream->unsent_max || stream->unsent.length > stream->unsent_max - (length - sent) ||
        !octets_add(&stream->unsent, bytes + sent, length - sent))
        stream->broken = true;
}

/* stream_gathered - write what one run of input left in `out` */
static void stream_gathered(struct stream *stream)
{
    size_t length = streams.out_length;

    streams.out_length = 0;
    stream_put(stream, streams.out, length);
}

void stream_write(struct stream *stream, const void *bytes, size_t length)
{
    if (stream->dead || stream->broken || length == 0)
        return;
    if (streams.running != stream) {
        stream_put(stream, bytes, length);
        stream_arm(stream);
        return;
    }
    if (length > sizeof streams.out - streams.out_length)
        stream_gathered(stream);
    if (length > sizeof streams.out) {
        stream_put(stream, bytes, length);
        return;
    }
    memcpy(streams.out + streams.out_length, bytes, length);
    streams.out_length += length;
}

/* stream_flush - the socket takes octets again */
static void stream_flush(struct stream *stream)
{
    if (stream->unsent.length == 0)
        return;
    octets_drop(&stream->unsent, stream_send(stream, stream->unsent.data, stream->unsent.length));
    if (stream->unsent.length == 0)
        stream->fresh = true;
}

/* stream_pass - drop the octets at the front that are to be skipped; returns how many */
static size_t stream_pass(struct stream *stream, size_t length)
{
    size_t passed = stream->skip < length ? stream->skip : length;

    stream->skip -= passed;
    if (passed != 0 && stream->skip == 0)
        stream->fresh = true;
    return passed;
}

/* stream_input - let the owner take octets; returns how many are done with */
static size_t stream_input(struct stream *stream, struct vouch_bytes bytes)
{
    size_t done = stream_pass(stream, bytes.length);
    bool moved = true; /* twice without progress ends it, whatever the owner wants */

    while (done < bytes.length && !stream->paused && !stream->closing && !stream->broken) {
        struct vouch_bytes rest = {bytes.data + done, bytes.length - done};
        size_t taken, passed;

        stream->again = false;
        taken = stream->owner.input(stream->owner.self, rest);
        if (taken == STREAM_CLOSE) {
            stream->closing = true;
            return bytes.length;
        }
        if (taken > rest.length)
            taken = rest.length;
        passed = stream_pass(stream, rest.length - taken);
        done += taken + passed;
        if (taken != 0)
            stream->fresh = true;
        if (!stream->again && passed == 0)
            break;
        if (taken + passed == 0 && !moved)
            break;
        moved = taken + passed != 0;
    }
    return done;
}

/* stream_run - input over what waits and what came; the rest is kept */
static void stream_run(struct stream *stream, struct vouch_bytes came)
{
    bool keeps = stream->unread.length != 0;
    size_t done;

    if (keeps) {
        if (!octets_add(&stream->unread, came.data, came.length)) {
            stream->broken = true;
            return;
        }
        came.data = stream->unread.data;
        came.length = stream->unread.length;
    }
    streams.running = stream;
    streams.out_length = 0;
    done = stream_input(stream, came);
    stream_gathered(stream);
    streams.running = NULL;
    if (keeps)
        octets_drop(&stream->unread, done);
    else if (!octets_add(&stream->unread, came.data + done, came.length - done))
        stream->broken = true;
    stream->again = false;
    if (!stream->paused && !stream->closing && stream->unread.length > stream->unread_max)
        stream->broken = true;
}

/* stream_read - take what has come, a bounded amount */
static void stream_read(struct stream *stream)
{
    ssize_t got = recv(event_get_fd(&stream->io), streams.in, sizeof streams.in, MSG_DONTWAIT);

    if (got > 0) {
        stream->silent_ms = 0;
        stream_run(stream, (struct vouch_bytes){streams.in, (size_t)got});
        return;
    }
    if (got == 0)
        stream->ended = true;
    else if (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        stream->broken = true;
}

/* stream_interest - which events of the socket matter now */
static short stream_interest(const struct stream *stream)
{
    bool full = stream->paused && stream->unread.length >= stream->unread_max;
    bool reads = !stream->ended && !stream->closing && !full && stream->unsent.length <= stream->unsent_max / 2;

    return (short)((reads ? EV_READ : 0) | (stream->unsent.length != 0 ? EV_WRITE : 0));
}

/* stream_awaits - which deadline counts now */
static enum stream_wait stream_awaits(const struct stream *stream)
{
    if (stream->unsent.length != 0)
        return WAIT_FRAME;
    if (stream->paused)
        return WAIT_NOTHING;
    return stream->unread.length != 0 || stream->skip != 0 ? WAIT_FRAME : WAIT_IDLE;
}

/* stream_ready - the socket is ready, or something is to go on */
static void stream_ready(evutil_socket_t fd, short what, void *arg);

/* stream_watch - wait for these events of the socket */
static bool stream_watch(struct stream *stream, short interest)
{
    struct event_base *base = event_get_base(&stream->io);
    evutil_socket_t fd = event_get_fd(&stream->io);

    if ((event_get_events(&stream->io) & (EV_READ | EV_WRITE)) == interest)
        return true;
    event_del(&stream->io);
    if (event_assign(&stream->io, base, fd, (short)(interest | EV_PERSIST), stream_ready, stream) != 0)
        return false;
    return interest == 0 || event_add(&stream->io, NULL) == 0;
}

/* stream_deadline - set the timer for what is awaited */
static bool stream_deadline(struct stream *stream)
{
    enum stream_wait wait = stream_awaits(stream);
    bool fresh = wait == WAIT_IDLE || stream->fresh || wait != (enum stream_wait)stream->wait;

    stream->fresh = false;
    if (!fresh)
        return true;
    stream->wait = (uint8_t)wait;
    if (wait == WAIT_NOTHING)
        return event_del(&stream->timer) == 0;
    return event_add(&stream->timer, wait == WAIT_IDLE ? stream->idle : stream->frame) == 0;
}

/* stream_arm - wait for what matters now; inside a callback of ours that is done at its end */
static void stream_arm(struct stream *stream)
{
    if (stream->running || stream->dead)
        return;
    if (!stream->broken && (!stream_watch(stream, stream_interest(stream)) || !stream_deadline(stream)))
        stream->broken = true;
    if (stream->broken || stream->again)
        event_active(&stream->io, EV_TIMEOUT, 0);
}

/* stream_settle - the end of a callback: end the connection, or wait again */
static void stream_settle(struct stream *stream)
{
    if (stream->ended && !stream->paused && !stream->again)
        stream->closing = true;
    if (stream->closing && stream->unsent.length == 0)
        stream->broken = true;
    stream->running = false;
    if (!stream->broken)
        stream_arm(stream);
    if (stream->broken)
        stream_end(stream);
}

static void stream_ready(evutil_socket_t fd, short what, void *arg)
{
    struct stream *stream = arg;

    (void)fd;
    stream->running = true;
    if ((what & EV_WRITE) != 0 && !stream->broken)
        stream_flush(stream);
    if (stream->again && !stream->paused && !stream->closing && !stream->broken) {
        stream->again = false;
        if (stream->unread.length != 0)
            stream_run(stream, (struct vouch_bytes){NULL, 0});
    }
    if ((what & EV_READ) != 0 && (stream_interest(stream) & EV_READ) != 0 && !stream->broken)
        stream_read(stream);
    stream_settle(stream);
}

/* stream_expired - a deadline passed */
static void stream_expired(evutil_socket_t fd, short what, void *arg)
{
    (void)fd;
    (void)what;
    stream_end(arg);
}

struct stream *stream_open(struct event_base *base, int fd, const struct stream_limits *limits)
{
    struct timeval idle = {limits->idle_ms / 1000, limits->idle_ms % 1000 * 1000};
    struct timeval frame = {limits->frame_ms / 1000, limits->frame_ms % 1000 * 1000};
    struct stream *stream = calloc(1, sizeof *stream);

    if (stream == NULL) {
        close(fd);
        return NULL;
    }
    stream->silent_ms = clock_ms();
    stream->idle = event_base_init_common_timeout(base, &idle);
    stream->frame = event_base_init_common_timeout(base, &frame);
    stream->unread_max = limits->unread_max < UINT32_MAX ? (uint32_t)limits->unread_max : UINT32_MAX;
    stream->unsent_max = limits->unsent_max < UINT32_MAX ? (uint32_t)limits->unsent_max : UINT32_MAX;
    if (stream->idle == NULL || stream->frame == NULL ||
        event_assign(&stream->io, base, fd, EV_PERSIST, stream_ready, stream) != 0 ||
        event_assign(&stream->timer, base, -1, 0, stream_expired, stream) != 0) {
        close(fd);
        free(stream);
        return NULL;
    }
    LIST_INSERT_HEAD(&streams.open, stream, link);
    streams.count++;
    return stream;
}

void stream_own(struct stream *stream, const struct stream_owner *owner)
{
    stream->owner = *owner;
    stream_arm(stream);
}

void stream_skip(struct stream *stream, size_t octets)
{
    stream->skip += octets < SIZE_MAX - stream->skip ? octets : SIZE_MAX - stream->skip;
    if (stream->running)
        return;
    octets_drop(&stream->unread, stream_pass(stream, stream->unread.length));
    stream_arm(stream);
}

void stream_pause(struct stream *stream)
{
    stream->paused = true;
    stream->again = false;
    stream_arm(stream);
}

void stream_resume(struct stream *stream)
{
    stream->paused = false;
    stream->again = true;
    stream->fresh = true;
    stream_arm(stream);
}

void stream_close(struct stream *stream)
{
    if (stream->dead)
        return;
    if (streams.running == stream)
        stream_gathered(stream);
    stream->broken = true;
    if (!stream->running)
        stream_end(stream);
}

size_t stream_count(void)
{
    return streams.count;
}

/* stream_is_quiet - has nothing come that was not read yet, and is nothing about to? */
static bool stream_is_quiet(const struct stream *stream)
{
    uint8_t octet;

    if (stream->silent_ms != 0 && clock_ms() - stream->silent_ms < SILENT_MS)
        return false;
    return recv(event_get_fd(&stream->io), &octet, sizeof octet, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

/* stream_is_idle - nothing is under way in either direction */
static bool stream_is_idle(const struct stream *stream)
{
    return !stream->paused && !stream->running && !stream->again && stream->unread.length == 0 &&
           stream->unsent.length == 0 && stream->skip == 0 && stream->owner.is_idle(stream->owner.self) &&
           stream_is_quiet(stream);
}

void stream_close_idle(void)
{
    for (struct stream *stream = LIST_FIRST(&streams.open); stream != NULL; stream = streams.next) {
        streams.next = LIST_NEXT(stream, link);
        if (stream_is_idle(stream))
            stream_close(stream);
    }
}

void stream_close_all(void)
{
    while (!LIST_EMPTY(&streams.open))
        stream_end(LIST_FIRST(&streams.open));
}
