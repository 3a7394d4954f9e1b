/*
 * daemon_stream_bounds_test.c - the bounds of a connection: deadlines, octets that wait, turns, memory.
 */
#include "side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <malloc.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
    assert_true(flooding.frames <= 16384);
    turns();
    assert_int_equal(flooding.frames, sent);
    side_end(&flooding);
    side_end(&good);
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
        cmocka_unit_test(test_deadlines), cmocka_unit_test(test_unread), cmocka_unit_test(test_unsent),
        cmocka_unit_test(test_turns),     cmocka_unit_test(test_cost),
    };
    int failed;

    base = event_base_new();
    failed = base == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    event_base_free(base);
    return failed;
}
