/*
 * daemon_stream_test.c - one connection over a socket pair: slices, pauses, ends, skipping, others beside it.
 */
#include "side.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

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
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_idle),
    };
    int failed;

    base = event_base_new();
    failed = base == NULL ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
    event_base_free(base);
    return failed;
}
