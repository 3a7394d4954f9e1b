/*
 * side.c - a connection under test and the other end of its socket.
 */
#include "side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct event_base *base;

/* side_act - what a frame makes the owner do; STREAM_CLOSE ends */
static size_t side_act(struct side *side, const uint8_t *frame, size_t length)
{
    static char big[BIG];

    switch (frame[1]) {
    case 'P':
        stream_pause(side->stream);
        break;
    case 'R':
        stream_pause(side->stream);
        stream_resume(side->stream);
        break;
    case 'B':
        stream_write(side->stream, big, sizeof big);
        break;
    case 'C':
        stream_close(side->stream);
        assert_int_equal(side->closed, 0);
        break;
    case 'S':
        stream_skip(side->stream, 10);
        break;
    case 'O':
        stream_write(side->other->stream, "other", 5);
        break;
    case 'K':
        stream_close(side->other->stream);
        break;
    case 'E':
        return STREAM_CLOSE;
    default:
        break;
    }
    return length;
}

/* side_frame - one frame; 0: it is not whole, or is left for now, STREAM_CLOSE ends */
static size_t side_frame(struct side *side, struct vouch_bytes bytes)
{
    size_t length = (size_t)bytes.data[0] + 1;

    if (bytes.length < length)
        return 0;
    if (length > 1 && bytes.data[1] == 'L' && side->inputs == 1) {
        stream_pause(side->stream);
        stream_resume(side->stream);
        return 0;
    }
    if (side->frames < sizeof side->heard - 1)
        side->heard[side->frames] = length > 1 ? (char)bytes.data[1] : '0';
    side->frames++;
    stream_write(side->stream, bytes.data, length);
    return length > 1 ? side_act(side, bytes.data, length) : length;
}

/* side_input - take whole frames, up to one that changes the connection */
static size_t side_input(void *self, struct vouch_bytes bytes)
{
    struct side *side = self;
    size_t taken = 0;

    side->inputs++;
    assert_int_equal(side->closed, 0);
    while (taken < bytes.length) {
        struct vouch_bytes rest = {bytes.data + taken, bytes.length - taken};
        size_t done = side_frame(side, rest);

        if (done == STREAM_CLOSE)
            return STREAM_CLOSE;
        taken += done;
        if (done < 2 ? done == 0 : strchr("PRSC", rest.data[1]) != NULL)
            break;
    }
    return taken;
}

static bool side_is_idle(void *self)
{
    return !((struct side *)self)->busy;
}

static void side_closed(void *self)
{
    ((struct side *)self)->closed++;
}

const struct stream_limits usual = {HOUR_MS, HOUR_MS, 1000, 1000000};

void side_open(struct side *side, const struct stream_limits *limits)
{
    struct stream_owner owner = {side_input, side_is_idle, side_closed, side};
    int ends[2];

    memset(side, 0, sizeof *side);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    side->peer = ends[1];
    side->stream = stream_open(base, ends[0], limits);
    assert_non_null(side->stream);
    stream_own(side->stream, &owner);
}

void side_end(struct side *side)
{
    if (side->closed == 0)
        stream_close(side->stream);
    assert_int_equal(side->closed, 1);
    close(side->peer);
}

void say(const struct side *side, const char *octets, size_t length)
{
    assert_int_equal(send(side->peer, octets, length, MSG_NOSIGNAL), length);
}

void turn(void)
{
    assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

void turns(void)
{
    for (int i = 0; i < 20; i++)
        turn();
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void await_close(const struct side *side)
{
    int64_t end = now_ms() + 20000;

    while (side->closed == 0 && now_ms() < end) {
        turn();
        usleep(2000);
    }
    assert_int_equal(side->closed, 1);
}

ssize_t hear(const struct side *side, char *octets, size_t size)
{
    ssize_t got = recv(side->peer, octets, size, MSG_DONTWAIT);

    if (got < 0) {
        assert_true(errno == EAGAIN || errno == ECONNRESET);
        return errno == EAGAIN ? 0 : -1;
    }
    return got == 0 ? -1 : got;
}

void expect(const struct side *side, const char *octets)
{
    char heard[256];
    ssize_t got = hear(side, heard, sizeof heard - 1);

    assert_true(got >= 0);
    heard[got] = '\0';
    assert_string_equal(heard, octets);
}
