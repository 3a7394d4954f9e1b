/*
 * proto_milter_test.c - the milter protocol, what the MTA says: octets as the protocol's documents have them, and every
 * way in which they may be cut short, too long or malformed.
 */
#include "frames.h"
#include "proto/milter.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* describe - one line of all that is set in an event */
static const char *describe(const struct milter_event *event, char line_data[FRAME_LINE_SIZE])
{
    char client[VOUCH_ADDRESS_SIZE];
    struct text line;

    text_init(&line, line_data, FRAME_LINE_SIZE);
    text_add_char(&line, (char)event->command);
    frames_add_number(&line, "version", event->version);
    frames_add_number(&line, "actions", event->actions);
    frames_add_number(&line, "steps", event->steps);
    frames_add_octets(&line, "host", event->host);
    if (event->family != '\0')
        frames_add_octets(&line, "family", (struct vouch_bytes){(const uint8_t *)&event->family, 1});
    frames_add_number(&line, "port", event->port);
    vouch_address_format(&event->client, client);
    frames_add_octets(&line, "client", text_bytes(client));
    frames_add_octets(&line, "argument", event->argument);
    frames_add_octets(&line, "name", event->name);
    frames_add_octets(&line, "value", event->value);
    if (event->macros_for != 0) {
        uint8_t octet = (uint8_t)event->macros_for;

        frames_add_octets(&line, "for", (struct vouch_bytes){&octet, 1});
    }
    frames_add_octets(&line, "macros", event->macros);
    frames_add_number(&line, "cut", event->cut);
    frames_add_number(&line, "skip", event->skip);
    return line_data;
}

/* ---- what the MTA says ---- */

static const struct frame_vector commands[] = {
    {FRAME("\0\0\0\015O\0\0\0\002\0\0\0\077\0\0\0\177"), "O version=2 actions=63 steps=127"},
    {FRAME("\0\0\0\015O\0\0\0\006\0\0\001\377\0\037\377\377"), "O version=6 actions=511 steps=2097151"},
    {FRAME("\0\0\0\021O\0\0\0\007\0\0\0\001\0\0\0\002more"), "O version=7 actions=1 steps=2"},
    {FRAME("\0\0\0\040Cmail.example.org\0004\0\031192.0.2.10\0"),
     "C host=mail.example.org family=4 port=25 client=192.0.2.10"},
    {FRAME("\0\0\0\030Cmx.test\0006\234\1002001:DB8::1\0"), "C host=mx.test family=6 port=40000 client=2001:db8::1"},
    {FRAME("\0\0\0\035Cmx.test\0006\234\100IPv6:2001:db8::1\0"),
     "C host=mx.test family=6 port=40000 client=2001:db8::1"},
    {FRAME("\0\0\0\017Ca\0006\0\001ipV6:::1\0"), "C host=a family=6 port=1 client=::1"},
    {FRAME("\0\0\0\030Ca\0006\0\001::ffff:192.0.2.10\0"), "C host=a family=6 port=1 client=192.0.2.10"},
    {FRAME("\0\0\0\035Ca\0006\0\001IPv6:::ffff:192.0.2.10\0"), "C host=a family=6 port=1 client=192.0.2.10"},
    {FRAME("\0\0\0\023Clocalhost\0L\0\0/s/x\0"), "C host=localhost family=L"},
    {FRAME("\0\0\0\012Ca\0L\0\0::1\0"), "C host=a family=L"},
    {FRAME("\0\0\0\014Clocalhost\0U"), "C host=localhost family=U"},
    {FRAME("\0\0\0\020Ca\0U\0\031192.0.2.1\0"), "C host=a family=U"},
    {FRAME("\0\0\0\017C\0004\0\031192.0.2.1\0"), "C family=4 port=25 client=192.0.2.1"},
    {FRAME("\0\0\0\007Ca\0004\0\031\0"), "C host=a family=4 port=25"},
    {FRAME("\0\0\0\016Ca\0004\0\031unknown\0"), "C host=a family=4 port=25"},
    {FRAME("\0\0\0\016Ca\0004\0\031192.0.2\0"), "C host=a family=4 port=25"},
    {FRAME("\0\0\0\021Ca\0004\0\031192.0.2.1 \0"), "C host=a family=4 port=25"},
    {FRAME("\0\0\0\022Ca\0004\0\031192.0.2.256\0"), "C host=a family=4 port=25"},
    {FRAME("\0\0\0\013Ca\0006\0\031I::1\0"), "C host=a family=6 port=25"},
    {FRAME("\0\0\0\014Ca\0006\0\031IPv6:\0"), "C host=a family=6 port=25"},
    {FRAME("\0\0\0\020Ca\0006\0\031IPv6::::1\0"), "C host=a family=6 port=25"},
    {FRAME("\0\0\0\023Ca\0006\0\031fe80::1%eth0\0"), "C host=a family=6 port=25"},
    {FRAME("\0\0\0\070Ca\0006\0\0311111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa\0"), "C host=a family=6 port=25"},
    {FRAME("\0\0\0\022Hmail.example.org\0"), "H argument=mail.example.org"},
    {FRAME("\0\0\0\002H\0"), "H"},
    {FRAME("\0\0\0\006H\r\n\033\377\0"), "H argument=\\x0d\\x0a\\x1b\\xff"},
    {FRAME("\0\0\0\005Ha\0b\0"), "H argument=a"},
    {FRAME("\0\0\0\021M<a@example.org>\0"), "M argument=<a@example.org>"},
    {FRAME("\0\0\0\035M<a@example.org>\0SIZE=123456\0"), "M argument=<a@example.org>"},
    {FRAME("\0\0\0\004M<>\0"), "M argument=<>"},
    {FRAME("\0\0\0\050R<b@example.net>\0NOTIFY=NEVER\0ORCPT=x;y\0"), "R argument=<b@example.net>"},
    {FRAME("\0\0\0\001T"), "T"},
    {FRAME("\0\0\0\017LSubject\0hello\0"), "L name=Subject value=hello"},
    {FRAME("\0\0\0\012LSubject\0\0"), "L name=Subject"},
    {FRAME("\0\0\0\017LA\0 b\n\tc\r\n d\xff\0\0"), "L name=A value= b\\x0a\\x09c\\x0d\\x0a d\\xff"},
    {FRAME("\0\0\0\003L\0\0"), "L"},
    {FRAME("\0\0\0\001N"), "N"},
    {FRAME("\0\0\0\006Bbody\n"), "B"},
    {FRAME("\0\0\0\001B"), "B"},
    {FRAME("\0\0\0\001E"), "E"},
    {FRAME("\0\0\0\005Erest"), "E"},
    {FRAME("\0\0\0\001A"), "A"},
    {FRAME("\0\0\0\001Q"), "Q"},
    {FRAME("\0\0\0\001K"), "K"},
    {FRAME("\0\0\0\007UWIZ x\0"), "U argument=WIZ x"},
    {FRAME("\0\0\0\002DM"), "D for=M"},
    {FRAME("\0\0\0\030DCj\0mx.test\0{tls}\0TLSv1\0"), "D for=C macros=j\\x00mx.test\\x00{tls}\\x00TLSv1\\x00"},
    {FRAME("\0\0\0\006D?i\0x\0"), "D for=? macros=i\\x00x\\x00"},
};

static const struct frame_vector malformed[] = {
    {FRAME("\0\0\0\0"), "impossible length of a frame"},
    {FRAME("\377\377\377\377"), "impossible length of a frame"},
    {FRAME("\020\0\0\001"), "impossible length of a frame"},
    {FRAME("GET / HTTP/1.0\r\n"), "impossible length of a frame"},
    {FRAME("\0\0\0\001Z"), "unknown command"},
    {FRAME("\0\0\0\001\0"), "unknown command"},
    {FRAME("\0\0\0\377c"), "unknown command"},
    {FRAME("\0\001\0\002M"), "command is too long"},
    {FRAME("\0\001\0\002E"), "command is too long"},
    {FRAME("\020\0\0\0D"), "command is too long"},
    {FRAME("\0\0\0\001O"), "negotiation is cut short"},
    {FRAME("\0\0\0\014O\0\0\0\006\0\0\0\001\0\0\0"), "negotiation is cut short"},
    {FRAME("\0\0\0\015O\0\0\0\001\0\0\0\077\0\0\0\177"), "milter protocol version below 2"},
    {FRAME("\0\0\0\001C"), "connect without a host"},
    {FRAME("\0\0\0\005Cmail"), "connect without a host"},
    {FRAME("\0\0\0\003Ca\0"), "connect of no known family"},
    {FRAME("\0\0\0\014Ca\0X\0\0311.2.3\0"), "connect of no known family"},
    {FRAME("\0\0\0\004Ca\0004"), "connect without an address"},
    {FRAME("\0\0\0\005Ca\0004\0"), "connect without an address"},
    {FRAME("\0\0\0\006Ca\0006\0\031"), "connect without an address"},
    {FRAME("\0\0\0\017Ca\0004\0\031192.0.2.1"), "connect without an address"},
    {FRAME("\0\0\0\006Ca\0L\0\0"), "connect without an address"},
    {FRAME("\0\0\0\001H"), "argument without an end"},
    {FRAME("\0\0\0\005Hmail"), "argument without an end"},
    {FRAME("\0\0\0\001M"), "argument without an end"},
    {FRAME("\0\0\0\001R"), "argument without an end"},
    {FRAME("\0\0\0\006R<>\0ab"), "argument without an end"},
    {FRAME("\0\0\0\001U"), "argument without an end"},
    {FRAME("\0\0\0\001L"), "header without an end"},
    {FRAME("\0\0\0\005LName"), "header without an end"},
    {FRAME("\0\0\0\006LName\0"), "header without a value"},
    {FRAME("\0\0\0\006LA\0abc"), "header without an end"},
    {FRAME("\0\0\0\001D"), "macros for no command"},
    {FRAME("\0\0\0\005DCi\0x"), "macro without an end"},
};

/* check_parts - nothing shorter than the frame is an event, or malformed */
static void check_parts(struct vouch_bytes frame)
{
    for (size_t length = 0; length < frame.length; length++) {
        struct vouch_bytes part = frames_copy(frame, length);
        struct milter_event event;
        size_t used = 99;

        assert_int_equal(milter_read(part, &event, &used), MILTER_MORE);
        assert_int_equal(used, 0);
        assert_null(event.cause);
        free((void *)part.data);
    }
}

static void test_commands_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct vouch_bytes frame = frames_copy(commands[i].frame, commands[i].frame.length);
        struct milter_event event;
        char line[FRAME_LINE_SIZE];
        size_t used;

        frames_check_length(&frame);
        check_parts(frame);
        assert_int_equal(milter_read(frame, &event, &used), MILTER_EVENT);
        assert_int_equal(used, frame.length);
        assert_string_equal(describe(&event, line), commands[i].expected);
        free((void *)frame.data);
    }
}

static void test_malformed_commands_are_bad(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(malformed); i++) {
        struct vouch_bytes frame = frames_copy(malformed[i].frame, malformed[i].frame.length);
        struct milter_event event;
        char line[FRAME_LINE_SIZE];
        size_t used = 99;

        assert_int_equal(milter_read(frame, &event, &used), MILTER_BAD);
        assert_int_equal(used, 0);
        assert_string_equal(event.cause, malformed[i].expected);
        assert_int_equal(describe(&event, line)[0], 0);
        free((void *)frame.data);
    }
}

/* A session in one block of octets: each frame takes its own octets and no more. */
static void test_frames_follow_each_other(void **state)
{
    char data[4096], line[FRAME_LINE_SIZE];
    struct vouch_bytes left;
    struct text all;

    (void)state;
    text_init(&all, data, sizeof data);
    for (size_t i = 0; i < COUNT(commands); i++)
        text_add_bytes(&all, commands[i].frame.data, commands[i].frame.length);
    assert_false(all.cut);
    left = (struct vouch_bytes){(const uint8_t *)data, all.length};
    for (size_t i = 0; i < COUNT(commands); i++) {
        struct milter_event event;
        size_t used;

        assert_int_equal(milter_read(left, &event, &used), MILTER_EVENT);
        assert_string_equal(describe(&event, line), commands[i].expected);
        assert_int_equal(used, commands[i].frame.length);
        left.data += used;
        left.length -= used;
    }
    assert_int_equal(left.length, 0);
}

/* ---- frames that are longer than what is looked at ---- */

/* A frame of `size` data octets: 'x' all over, and NUL where told; of it, `given` octets. */
struct long_frame {
    char command;
    size_t size, nul_at, given;
    enum milter_read read;
    size_t name, value, argument; /* lengths */
    size_t skip;
};

static void test_long_frames(void **state)
{
    const size_t max = MILTER_FRAME_MAX, none = SIZE_MAX;
    const struct long_frame cases[] = {
        {'L', max, 4, max, MILTER_EVENT, 4, max - 6, 0, 0},
        {'L', max, 4, max - 1, MILTER_MORE, 0, 0, 0, 0},
        {'L', max + 1, 4, max, MILTER_EVENT, 4, max - 5, 0, 1},
        {'L', max + 1, 4, max - 1, MILTER_MORE, 0, 0, 0, 0},
        {'L', max + 1, max - 1, max, MILTER_EVENT, max - 1, 0, 0, 1},
        {'L', max + 9, none, max + 7, MILTER_EVENT, max, 0, 0, 9},
        {'L', 102400, 7, max, MILTER_EVENT, 7, max - 8, 0, 102400 - max},
        {'B', max, none, max, MILTER_EVENT, 0, 0, 0, 0},
        {'B', MILTER_LENGTH_MAX - 1, none, max, MILTER_EVENT, 0, 0, 0, MILTER_LENGTH_MAX - 1 - max},
        {'B', max + 2, none, max - 1, MILTER_MORE, 0, 0, 0, 0},
        {'U', max + 1, none, max, MILTER_EVENT, 0, 0, max, 1},
        {'U', max + 1, 8, max, MILTER_EVENT, 0, 0, 8, 1},
        {'H', max, none, max, MILTER_EVENT, 0, 0, max - 1, 0},
        {'H', max + 1, none, max, MILTER_BAD, 0, 0, 0, 0},
        {'C', max + 1, 4, 0, MILTER_BAD, 0, 0, 0, 0},
        {'D', max + 1, 4, 0, MILTER_BAD, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct long_frame *row = &cases[i];
        uint32_t length = (uint32_t)row->size + 1;
        struct milter_event event;
        size_t used;
        uint8_t *data = malloc(FRAME_HEAD_SIZE + row->given);

        assert_non_null(data);
        for (size_t octet = 0; octet < 4; octet++)
            data[octet] = (uint8_t)(length >> (24 - 8 * octet));
        data[4] = (uint8_t)row->command;
        memset(data + FRAME_HEAD_SIZE, 'x', row->given);
        if (row->nul_at < row->given)
            data[FRAME_HEAD_SIZE + row->nul_at] = '\0';
        if (row->given == row->size)
            data[FRAME_HEAD_SIZE + row->size - 1] = '\0';
        assert_int_equal(milter_read((struct vouch_bytes){data, FRAME_HEAD_SIZE + row->given}, &event, &used),
                         row->read);
        assert_int_equal(used, row->read == MILTER_EVENT ? FRAME_HEAD_SIZE + MILTER_FRAME_MAX : 0);
        assert_int_equal(event.name.length, row->name);
        assert_int_equal(event.value.length, row->value);
        assert_int_equal(event.argument.length, row->argument);
        assert_int_equal(event.skip, row->skip);
        assert_int_equal(event.cut, row->skip != 0);
        free(data);
    }
}

/* ---- macros ---- */

/* Lists, and what the walk over them gives; a rest that is no pair ends it. */
static void test_macros_are_walked_over(void **state)
{
    static const struct frame_vector lists[] = {
        {FRAME(""), ""},
        {FRAME("j\0mx.test\0"), " j=mx.test"},
        {FRAME("{auth_type}\0\0i\0004Xy\0"), " {auth_type}= i=4Xy"},
        {FRAME("a\0b\0odd\0"), " a=b"},
        {FRAME("odd\0"), ""},
        {FRAME("a\0b\0c\0without an end"), " a=b"},
        {FRAME("a\0b\0c"), " a=b"},
        {FRAME("x"), ""},
        {FRAME("\0\0\0\0"), " = ="},
        {FRAME("a\0\r\n\0"), " a=\\x0d\\x0a"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(lists); i++) {
        struct vouch_bytes all = frames_copy(lists[i].frame, lists[i].frame.length), left = all, name, value;
        char line_data[FRAME_LINE_SIZE];
        struct text line;

        text_init(&line, line_data, sizeof line_data);
        while (milter_macro_next(&left, &name, &value)) {
            text_add_char(&line, ' ');
            text_add_printable(&line, name);
            text_add_char(&line, '=');
            text_add_printable(&line, value);
            assert_false(line.cut);
        }
        assert_string_equal(line_data, lists[i].expected);
        assert_int_equal(left.length, 0);
        assert_int_equal(name.length + value.length, 0);
        assert_false(milter_macro_next(&left, &name, &value));
        free((void *)all.data);
    }
}

/* ---- the MTA's side writes what the filter's side reads ---- */

/* check_written - what was written is this frame, and reads so */
static void check_written(struct text *out, struct vouch_bytes frame, const char *expected)
{
    struct milter_event event;
    char line[FRAME_LINE_SIZE];
    size_t used;

    assert_false(out->cut);
    assert_int_equal(out->length, frame.length);
    assert_memory_equal(out->data, frame.data, frame.length);
    assert_int_equal(milter_read((struct vouch_bytes){(uint8_t *)out->data, out->length}, &event, &used), MILTER_EVENT);
    assert_int_equal(used, frame.length);
    assert_string_equal(describe(&event, line), expected);
    text_init(out, out->data, out->size);
}

#define CHECK_WRITTEN(out, literal, expected) check_written((out), (struct vouch_bytes)FRAME(literal), (expected))

static void test_the_other_side_writes(void **state)
{
    static const struct vouch_address four = {4, {192, 0, 2, 10}}, six = {6, {0x20, 1, 0x0d, 0xb8}}, none = {0, {0}};
    static const char bare[] = "TNEAQK";
    char data[256];
    struct text out;

    (void)state;
    text_init(&out, data, sizeof data);
    milter_add_offer(&out, 6, 0x1ff, 0x1fffff);
    CHECK_WRITTEN(&out, "\0\0\0\015O\0\0\0\006\0\0\001\377\0\037\377\377", "O version=6 actions=511 steps=2097151");
    milter_add_connect(&out, "mx", &four, 40000);
    CHECK_WRITTEN(&out, "\0\0\0\022Cmx\0004\234\100192.0.2.10\0", "C host=mx family=4 port=40000 client=192.0.2.10");
    milter_add_connect(&out, "mx", &six, 25);
    CHECK_WRITTEN(&out, "\0\0\0\022Cmx\0006\0\0312001:db8::\0", "C host=mx family=6 port=25 client=2001:db8::");
    milter_add_connect(&out, "mx", &none, 25);
    CHECK_WRITTEN(&out, "\0\0\0\005Cmx\0U", "C host=mx family=U");
    milter_add_command(&out, MILTER_HELO, text_bytes("mx"));
    CHECK_WRITTEN(&out, "\0\0\0\004Hmx\0", "H argument=mx");
    milter_add_command(&out, MILTER_HELO, text_bytes(NULL));
    CHECK_WRITTEN(&out, "\0\0\0\002H\0", "H");
    milter_add_command(&out, MILTER_MAIL, (struct vouch_bytes){(const uint8_t *)"<>\0SIZE=1", 9});
    CHECK_WRITTEN(&out, "\0\0\0\013M<>\0SIZE=1\0", "M argument=<>");
    milter_add_command(&out, MILTER_RCPT, text_bytes("<b>"));
    CHECK_WRITTEN(&out, "\0\0\0\005R<b>\0", "R argument=<b>");
    milter_add_command(&out, MILTER_UNKNOWN, text_bytes("WIZ"));
    CHECK_WRITTEN(&out, "\0\0\0\005UWIZ\0", "U argument=WIZ");
    milter_add_header(&out, "To", "\xff\n b");
    CHECK_WRITTEN(&out, "\0\0\0\011LTo\0\xff\n b\0", "L name=To value=\\xff\\x0a b");
    milter_add_macro(&out, MILTER_MAIL, "{auth_type}", "");
    CHECK_WRITTEN(&out, "\0\0\0\017DM{auth_type}\0\0", "D for=M macros={auth_type}\\x00\\x00");
    for (size_t i = 0; bare[i] != '\0'; i++) {
        uint8_t frame[FRAME_HEAD_SIZE] = {0, 0, 0, 1, (uint8_t)bare[i]};
        char expected[] = {bare[i], '\0'};

        milter_add_bare(&out, (enum milter_command)bare[i]);
        check_written(&out, (struct vouch_bytes){frame, sizeof frame}, expected);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commands_are_read),        cmocka_unit_test(test_malformed_commands_are_bad),
        cmocka_unit_test(test_frames_follow_each_other), cmocka_unit_test(test_long_frames),
        cmocka_unit_test(test_macros_are_walked_over),   cmocka_unit_test(test_the_other_side_writes),
    };

    return cmocka_run_group_tests_name("proto_milter", tests, NULL, NULL);
}
