/*
 * daemon_stream_test.c - one connection over a socket pair: slices, pauses, ends, bounds, deadlines, turns.
 *
 * The owner speaks frames: an octet with the length of the rest, then the rest, whose first octet says what the owner
 * does with it. Every frame is echoed whole.
 */
#include "daemon/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <event2/event.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define HOUR_MS 3600000
#define BIG     300000 /* more than a socket buffer takes */

/* The owner's side, and the other end of the socket. */
struct side {
    struct stream *stream;
    int peer;
    unsigned inputs, frames, closed;
    bool busy;          /* answer to is_idle is no */
    struct side *other; /* for frames that act on another connection */
    char heard[64];     /* first octets of the frames */
};

static struct event_base *base;

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

static const struct stream_limits usual = {HOUR_MS, HOUR_MS, 1000, 1000000};

/* side_open - a connection with these limits */
static void side_open(struct side *side, const struct stream_limits *limits)
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

/* side_end - both ends */
static void side_end(struct side *side)
{
    if (side->closed == 0)
        stream_close(side->stream);
    assert_int_equal(side->closed, 1);
    close(side->peer);
}

/* say - send all; the socket must have room */
static void say(const struct side *side, const char *octets, size_t length)
{
    assert_int_equal(send(side->peer, octets, length, MSG_NOSIGNAL), length);
}

/* SAY - a literal with its inner NULs */
#define SAY(side, literal) say(side, literal, sizeof literal - 1)

/* turn - one pass of the loop without waiting */
static void turn(void)
{
    assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
}

/* turns - enough passes for whatever is under way */
static void turns(void)
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

/* await_close - let time pass until the connection ends; generous, for busy machines */
static void await_close(const struct side *side)
{
    int64_t end = now_ms() + 20000;

    while (side->closed == 0 && now_ms() < end) {
        turn();
        usleep(2000);
    }
    assert_int_equal(side->closed, 1);
}

/* hear - what the peer can read now; returns its length, -1 at the end of the stream */
static ssize_t hear(const struct side *side, char *octets, size_t size)
{
    ssize_t got = recv(side->peer, octets, size, MSG_DONTWAIT);

    if (got < 0) {
        assert_true(errno == EAGAIN || errno == ECONNRESET);
        return errno == EAGAIN ? 0 : -1;
    }
    return got == 0 ? -1 : got;
}

/* expect - the peer reads exactly this now */
static void expect(const struct side *side, const char *octets)
{
    char heard[256];
    ssize_t got = hear(side, heard, sizeof heard - 1);

    assert_true(got >= 0);
    heard[got] = '\0';
    assert_string_equal(heard, octets);
}

static void test_slices(void **state)
{
    static const char frames[] = "\003abc\001d\007efghijk\001l\002mn";
    size_t length = sizeof frames - 1;

    (void)state;
    for (size_t slice = 1; slice <= length; slice++) {
        struct side side;
        char heard[64];

        side_open(&side, &usual);
        for (size_t at = 0; at < length; at += slice) {
            say(&side, frames + at, at + slice < length ? slice : length - at);
            turns();
        }
        assert_int_equal(side.frames, 5);
        assert_string_equal(side.heard, "adelm");
        assert_int_equal(hear(&side, heard, sizeof heard), length);
        assert_memory_equal(heard, frames, length);
        side_end(&side);
    }
}

static void test_pause(void **state)
{
    struct side side;

    (void)state;
    side_open(&side, &usual);
    SAY(&side, "\001a\001P\001b\001c");
    turns();
    expect(&side, "\001a\001P");
    SAY(&side, "\001d");
    turns();
    assert_string_equal(side.heard, "aP");
    stream_resume(side.stream);
    assert_string_equal(side.heard, "aP"); /* from the loop only */
    turns();
    assert_string_equal(side.heard, "aPbcd");
    expect(&side, "\001b\001c\001d");
    stream_pause(side.stream);
    stream_resume(side.stream);
    stream_pause(side.stream);
    SAY(&side, "\001e");
    turns();
    assert_string_equal(side.heard, "aPbcd"); /* the last word counts */
    stream_resume(side.stream);
    turns();
    assert_string_equal(side.heard, "aPbcde");
    side_end(&side);
}

static void test_resume_inside(void **state)
{
    struct side side;

    (void)state;
    side_open(&side, &usual);
    SAY(&side, "\001L\001R\001a\001R\001b\001");
    turns();
    assert_string_equal(side.heard, "LRaRb");
    SAY(&side, "c");
    turns();
    assert_string_equal(side.heard, "LRaRbc");
    side_end(&side);
}

static void test_close_inside(void **state)
{
    struct side side;
    char heard[64];

    (void)state;
    side_open(&side, &usual);
    SAY(&side, "\001a\001C\001b");
    turns();
    assert_int_equal(side.closed, 1);
    assert_string_equal(side.heard, "aC");
    assert_int_equal(hear(&side, heard, sizeof heard), 4); /* what was written before is out */
    assert_int_equal(hear(&side, heard, sizeof heard), -1);
    assert_int_equal(stream_count(), 0);
    side_end(&side);
}

static void test_end_after_writing(void **state)
{
    struct side side;
    static char heard[BIG];
    size_t all = 0;
    ssize_t got = 0;

    (void)state;
    side_open(&side, &usual);
    SAY(&side, "\001B\001E\001a");
    turns();
    assert_int_equal(side.closed, 0); /* the peer has not taken it all */
    for (int i = 0; i < 1000 && got >= 0; i++) {
        got = hear(&side, heard, sizeof heard);
        all += got > 0 ? (size_t)got : 0;
        turn();
    }
    assert_int_equal(got, -1);
    assert_int_equal(all, 2 + BIG + 2);
    assert_string_equal(side.heard, "BE");
    side_end(&side);
}

static void test_half_close(void **state)
{
    struct side side;
    char heard[64];

    (void)state;
    side_open(&side, &usual);
    SAY(&side, "\001a\001P\001b");
    shutdown(side.peer, SHUT_WR);
    turns();
    assert_int_equal(side.closed, 0);
    stream_resume(side.stream);
    turns();
    assert_int_equal(side.closed, 1);
    assert_int_equal(hear(&side, heard, sizeof heard), 6);
    assert_memory_equal(heard, "\001a\001P\001b", 6);
    assert_int_equal(hear(&side, heard, sizeof heard), -1);
    side_end(&side);

    side_open(&side, &usual); /* in the middle of a frame, and when nothing was said */
    SAY(&side, "\005a");
    shutdown(side.peer, SHUT_WR);
    turns();
    assert_int_equal(side.closed, 1);
    side_end(&side);
    side_open(&side, &usual);
    close(side.peer);
    turns();
    assert_int_equal(side.closed, 1);
}

static void test_skip(void **state)
{
    struct side side;
    static char garbage[50000];

    (void)state;
    memset(garbage, 0xff, sizeof garbage);
    side_open(&side, &usual);
    SAY(&side, "\001S0123456789\001a\001S01234");
    turns();
    assert_string_equal(side.heard, "SaS");
    SAY(&side, "567");
    turns();
    SAY(&side, "89\001b");
    turns();
    assert_string_equal(side.heard, "SaSb");
    SAY(&side, "\001P\001c"); /* from outside, with octets that wait already */
    turns();
    stream_skip(side.stream, 3);
    stream_resume(side.stream);
    SAY(&side, "x\001d");
    turns();
    assert_string_equal(side.heard, "SaSbPd");
    stream_skip(side.stream, 1UL << 32);
    stream_skip(side.stream, SIZE_MAX);
    for (int i = 0; i < 20; i++) {
        say(&side, garbage, sizeof garbage);
        turns();
    }
    assert_string_equal(side.heard, "SaSbPd");
    assert_int_equal(side.closed, 0);
    side_end(&side);
}

static void test_deadlines(void **state)
{
    struct stream_limits idle = {50, HOUR_MS, 1000, 1000000};
    struct stream_limits frame = {HOUR_MS, 300, 1000, 1000000};
    struct side side;

    (void)state;
    side_open(&side, &idle);
    await_close(&side);
    side_end(&side);

    side_open(&side, &idle); /* in the middle of a frame, and while paused, the idle deadline rests */
    SAY(&side, "\002a");
    turns();
    usleep(200000);
    turns();
    assert_int_equal(side.closed, 0);
    SAY(&side, "b\001P");
    turns();
    usleep(200000);
    turns();
    assert_int_equal(side.closed, 0);
    stream_resume(side.stream);
    await_close(&side);
    side_end(&side);

    side_open(&side, &frame); /* a peer that trickles gains no time */
    SAY(&side, "\377");
    for (int i = 0; i < 200 && side.closed == 0; i++) {
        send(side.peer, "x", 1, MSG_NOSIGNAL);
        turn();
        usleep(10000);
    }
    assert_int_equal(side.closed, 1);
    side_end(&side);

    side_open(&side, &frame); /* skipping is part of a frame */
    stream_skip(side.stream, 100);
    await_close(&side);
    side_end(&side);

    side_open(&side, &frame); /* nobody takes the reply */
    SAY(&side, "\001B");
    await_close(&side);
    side_end(&side);
}

static void test_unread(void **state)
{
    static char flood[BIG];
    struct stream_limits small = {HOUR_MS, HOUR_MS, 100, 2000000};
    struct side side;
    size_t sent = 0;
    ssize_t got;

    (void)state;
    side_open(&side, &small); /* a frame of 100 octets is kept while it is not whole, one of 102 is not */
    flood[0] = 101;
    say(&side, flood, 100);
    turns();
    assert_int_equal(side.closed, 0);
    say(&side, flood, 2);
    turns();
    assert_int_equal(side.frames, 1);
    say(&side, flood, 101);
    turns();
    assert_int_equal(side.closed, 1);
    side_end(&side);

    side_open(&side, &small); /* while paused nothing ends, but reading does */
    SAY(&side, "\001P");
    turns();
    for (size_t i = 0; i < sizeof flood; i += 2)
        memcpy(flood + i, "\001y", 2);
    for (int i = 0; i < 1000; i++) {
        got = send(side.peer, flood + sent, sizeof flood - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += got > 0 ? (size_t)got : 0;
        turn();
    }
    assert_true(sent < sizeof flood);
    assert_int_equal(side.closed, 0);
    stream_resume(side.stream);
    while (sent < sizeof flood) {
        got = send(side.peer, flood + sent, sizeof flood - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
        sent += got > 0 ? (size_t)got : 0;
        turn();
    }
    for (int i = 0; i < 100; i++) {
        static char heard[BIG];

        turn();
        hear(&side, heard, sizeof heard);
    }
    assert_int_equal(side.frames, 1 + sizeof flood / 2);
    assert_int_equal(side.closed, 0);
    side_end(&side);
}

static void test_unsent(void **state)
{
    struct stream_limits small = {HOUR_MS, HOUR_MS, 1000, 100000};
    static char big[BIG];
    struct side side;

    (void)state;
    side_open(&side, &small);
    for (int i = 0; i < 10; i++)
        stream_write(side.stream, big, sizeof big / 10);
    stream_write(side.stream, big, sizeof big);
    stream_write(side.stream, big, 1);
    assert_int_equal(side.closed, 0); /* from the loop only */
    turns();
    assert_int_equal(side.closed, 1);
    side_end(&side);

    side_open(&side, &small); /* a peer that has gone */
    close(side.peer);
    stream_write(side.stream, big, 10);
    assert_int_equal(side.closed, 0);
    turns();
    assert_int_equal(side.closed, 1);

    side_open(&side, &small); /* who does not take replies is not read either */
    for (int i = 0; i < 20000 && side.closed == 0; i++) {
        send(side.peer, "\001a\001b\001c\001d\001e\001f\001g\001h", 16, MSG_DONTWAIT | MSG_NOSIGNAL);
        turn();
    }
    assert_int_equal(side.closed, 0);
    assert_true(side.frames > 1000);
    side_end(&side);
}

static void test_turns(void **state)
{
    static char flood[100000];
    struct side flooding, good;
    ssize_t sent;

    (void)state;
    memset(flood, '\0', sizeof flood); /* empty frames */
    side_open(&flooding, &usual);
    side_open(&good, &usual);
    sent = send(flooding.peer, flood, sizeof flood, MSG_DONTWAIT | MSG_NOSIGNAL);
    assert_true(sent > 50000);
    SAY(&good, "\001a");
    while (good.frames == 0)
        turn();
    assert_true(flooding.frames <= 2 * 16384);
    turns();
    assert_int_equal(flooding.frames, sent);
    side_end(&flooding);
    side_end(&good);
}

static void test_others(void **state)
{
    struct side one, two;

    (void)state;
    side_open(&one, &usual);
    side_open(&two, &usual);
    one.other = &two;
    SAY(&one, "\001O\001a");
    turns();
    expect(&one, "\001O\001a");
    expect(&two, "other");
    SAY(&one, "\001K\001b");
    SAY(&two, "\001z");
    turns();
    assert_int_equal(two.closed, 1);
    expect(&one, "\001K\001b");
    side_end(&one);
    side_end(&two);
}

static void test_idle(void **state)
{
    struct side sides[8];

    (void)state;
    for (size_t i = 0; i < 8; i++) {
        side_open(&sides[i], &usual);
        if (i != 6) /* this one is new, and about to say something */
            SAY(&sides[i], "\001a");
    }
    turns();
    assert_int_equal(stream_count(), 8);
    SAY(&sides[1], "\002a");
    SAY(&sides[2], "\001P");
    sides[3].busy = true;
    stream_skip(sides[4].stream, 1);
    turns();
    SAY(&sides[7], "\001a"); /* has come, is not read */
    stream_close_idle();
    assert_int_equal(stream_count(), 6);
    for (size_t i = 0; i < 8; i++)
        assert_int_equal(sides[i].closed, i == 0 || i == 5);
    SAY(&sides[1], "b");
    stream_resume(sides[2].stream);
    stream_close_idle();
    assert_int_equal(stream_count(), 6);
    turns();
    stream_close_idle();
    assert_int_equal(stream_count(), 3);
    stream_close_all();
    assert_int_equal(stream_count(), 0);
    for (size_t i = 0; i < 8; i++)
        side_end(&sides[i]);
}

static void test_cost(void **state)
{
    static struct side sides[400];
    size_t before, cost;

    (void)state;
    side_open(&sides[0], &usual);
    turns();
    before = mallinfo2().uordblks;
    for (size_t i = 1; i < 400; i++) {
        side_open(&sides[i], &usual);
        SAY(&sides[i], "\003ab"); /* served, and with a frame begun and ended */
        turn();
        SAY(&sides[i], "c\001d");
        turn();
    }
    turns();
    cost = (mallinfo2().uordblks - before) / 399;
    print_message("an idle connection takes %zu octets\n", cost);
    assert_true(cost < 1024);
    for (size_t i = 0; i < 400; i++)
        side_end(&sides[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slices),
        cmocka_unit_test(test_pause),
        cmocka_unit_test(test_resume_inside),
        cmocka_unit_test(test_close_inside),
        cmocka_unit_test(test_end_after_writing),
        cmocka_unit_test(test_half_close),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_unsent),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_cost),
    };
    int failed;

    base = event_base_new();
    failed = base == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    event_base_free(base);
    return failed;
}
