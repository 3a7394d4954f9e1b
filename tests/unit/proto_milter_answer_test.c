/*
 * proto_milter_answer_test.c - the milter protocol, what the filter answers: octets as the protocol's documents have
 * them, whole frames only, and no control character of a peer's gets out.
 */
#include "frames.h"
#include "proto/milter.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* describe_said - one line of all that is set in an answer */
static const char *describe_said(const struct milter_said *said, char line_data[FRAME_LINE_SIZE])
{
    struct text line;

    text_init(&line, line_data, FRAME_LINE_SIZE);
    text_add_char(&line, (char)said->answer);
    frames_add_number(&line, "version", said->version);
    frames_add_number(&line, "actions", said->actions);
    frames_add_number(&line, "steps", said->steps);
    frames_add_octets(&line, "reply", said->reply);
    frames_add_number(&line, "index", said->index);
    frames_add_octets(&line, "name", said->name);
    frames_add_octets(&line, "value", said->value);
    return line_data;
}

static const struct frame_vector answers[] = {
    {FRAME("\0\0\0\015O\0\0\0\002\0\0\0\021\0\0\0\160"), "O version=2 actions=17 steps=112"},
    {FRAME("\0\0\0\061O\0\0\0\006\0\0\001\021\0\0\0\0\0\0\0\0j {daemon_name}\0\0\0\0\002{auth_type}\0"),
     "O version=6 actions=273"},
    {FRAME("\0\0\0\001c"), "c"},
    {FRAME("\0\0\0\001a"), "a"},
    {FRAME("\0\0\0\001r"), "r"},
    {FRAME("\0\0\0\001t"), "t"},
    {FRAME("\0\0\0\001d"), "d"},
    {FRAME("\0\0\0\001s"), "s"},
    {FRAME("\0\0\0\001p"), "p"},
    {FRAME("\0\0\0\021y550 5.7.1 100%%\0"), "y reply=550 5.7.1 100%%"},
    {FRAME("\0\0\0\017i\0\0\0\001Name\0a\n\tb\0"), "i index=1 name=Name value=a\\x0a\\x09b"},
    {FRAME("\0\0\0\013m\0\0\0\003Name\0\0"), "m index=3 name=Name"},
    {FRAME("\0\0\0\010hName\0v\0"), "h name=Name value=v"},
};

static const struct vouch_bytes malformed_answers[] = {
    FRAME("\0\0\0\0"),
    FRAME("\377\377\377\377"),
    FRAME("\0\001\0\002i"),
    FRAME("\0\0\0\001O"),
    FRAME("\0\0\0\014O\0\0\0\002\0\0\0\021\0\0\0"),
    FRAME("\0\0\0\016O\0\0\0\002\0\0\0\021\0\0\0\160x"),
    FRAME("\0\0\0\022O\0\0\0\002\0\0\0\021\0\0\0\160\0\0\0\0j"),
    FRAME("\0\0\0\002cx"),
    FRAME("\0\0\0\001y"),
    FRAME("\0\0\0\005y550 "),
    FRAME("\0\0\0\007y550 \0x"),
    FRAME("\0\0\0\004i\0\0\0"),
    FRAME("\0\0\0\011i\0\0\0\001Name"),
    FRAME("\0\0\0\012m\0\0\0\001Name\0"),
    FRAME("\0\0\0\006hName\0"),
    FRAME("\0\0\0\011hName\0v\0x"),
    FRAME("\0\0\0\001Z"),
};

static void test_answers_are_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(answers); i++) {
        struct milter_said said;
        char line[FRAME_LINE_SIZE];
        size_t used = 99;

        frames_check_length(&answers[i].frame);
        for (size_t length = 0; length <= answers[i].frame.length; length++) {
            bool is_whole = length == answers[i].frame.length;
            struct vouch_bytes part = frames_copy(answers[i].frame, length);

            assert_int_equal(milter_read_answer(part, &said, &used), is_whole ? MILTER_EVENT : MILTER_MORE);
            assert_int_equal(used, is_whole ? length : 0);
            if (is_whole)
                assert_string_equal(describe_said(&said, line), answers[i].expected);
            free((void *)part.data);
        }
    }
    for (size_t i = 0; i < COUNT(malformed_answers); i++) {
        struct milter_said said;
        size_t used = 99;

        assert_int_equal(milter_read_answer(malformed_answers[i], &said, &used), MILTER_BAD);
        assert_int_equal(used, 0);
    }
}

/* write_answer - write the answer of table row `index` as the daemon would */
static void write_answer(struct text *out, size_t index)
{
    static const struct milter_macros_wanted macros[] = {{MILTER_AT_CONNECT, "j {daemon_name}"},
                                                         {MILTER_AT_MAIL, "{auth_type}"}};

    switch (answers[index].expected[0]) {
    case 'O':
        if (index == 0)
            milter_add_options(out, 2, MILTER_CAN_ADD_HEADERS | MILTER_CAN_CHANGE_HEADERS,
                               MILTER_NO_BODY | MILTER_NO_HEADERS | MILTER_NO_END_OF_HEADERS, NULL, 0);
        else
            milter_add_options(out, 6, MILTER_CAN_ADD_HEADERS | MILTER_CAN_CHANGE_HEADERS | MILTER_CAN_SET_MACROS, 0,
                               macros, COUNT(macros));
        break;
    case 'y':
        milter_add_reply(out, "550 5.7.1 100%");
        break;
    case 'i':
        milter_add_insert_header(out, 1, "Name", "a\n\tb");
        break;
    case 'm':
        milter_add_delete_header(out, 3, "Name");
        break;
    default:
        milter_add_answer(out, (enum milter_answer)answers[index].expected[0]);
    }
}

/* Each answer goes out as the table has it; in a buffer that is too small nothing of it does, nor of a later one. */
static void test_answers_are_written(void **state)
{
    (void)state;
    for (size_t i = 0; i + 1 < COUNT(answers); i++) {
        for (size_t size = 1; size <= answers[i].frame.length + 4; size++) {
            bool fits = size >= 3 + answers[i].frame.length + 1;
            char *data = malloc(size < 4 ? 4 : size);
            struct text out;

            assert_non_null(data);
            text_init(&out, data, size < 4 ? 4 : size);
            text_add(&out, "old");
            write_answer(&out, i);
            assert_int_equal(out.cut, !fits);
            assert_int_equal(out.length, fits ? 3 + answers[i].frame.length : 3);
            assert_memory_equal(data, "old", 3);
            if (fits)
                assert_memory_equal(data + 3, answers[i].frame.data, answers[i].frame.length);
            free(data);
        }
    }
}

static void test_nothing_follows_a_lost_frame(void **state)
{
    char data[12];
    struct text out;

    (void)state;
    text_init(&out, data, sizeof data);
    milter_add_answer(&out, MILTER_PROGRESS);
    milter_add_reply(&out, "550 no room");
    milter_add_answer(&out, MILTER_CONTINUE);
    assert_true(out.cut);
    assert_int_equal(out.length, 5);
    assert_memory_equal(data, "\0\0\0\001p", 6);
}

/* All octets as text of a peer's in a reply and in a header: printable ASCII comes out, and folds of a header. */
static void test_written_text_is_clean(void **state)
{
    char data[8192], every[256];
    struct milter_said said;
    struct text out;
    size_t used;

    (void)state;
    for (size_t i = 0; i < 255; i++)
        every[i] = (char)(i + 1);
    every[255] = '\0';
    text_init(&out, data, sizeof data);
    milter_add_reply(&out, every);
    assert_int_equal(milter_read_answer((struct vouch_bytes){(uint8_t *)data, out.length}, &said, &used), MILTER_EVENT);
    assert_int_equal(said.reply.length, 95 + 1 + 4 * (255 - 95));
    for (size_t i = 0; i < said.reply.length; i++)
        assert_true(text_is_printable((char)said.reply.data[i]));

    text_init(&out, data, sizeof data);
    milter_add_reply(&out, "550 a%s\r\n250 b%%");
    assert_string_equal(data + FRAME_HEAD_SIZE, "550 a%%s\\x0d\\x0a250 b%%%%");

    text_init(&out, data, sizeof data);
    milter_add_insert_header(&out, 0, "X-\r\nY", "a\n b\n\tc\td\r\n e\nEvil: x\n\n f\377\n");
    assert_int_equal(milter_read_answer((struct vouch_bytes){(uint8_t *)data, out.length}, &said, &used), MILTER_EVENT);
    assert_string_equal((const char *)said.name.data, "X-\\x0d\\x0aY");
    assert_string_equal((const char *)said.value.data, "a\n b\n\tc\td\\x0d\n e\\x0aEvil: x\\x0a\n f\\xff\\x0a");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_read),
        cmocka_unit_test(test_answers_are_written),
        cmocka_unit_test(test_nothing_follows_a_lost_frame),
        cmocka_unit_test(test_written_text_is_clean),
    };

    return cmocka_run_group_tests_name("proto_milter_answer", tests, NULL, NULL);
}
