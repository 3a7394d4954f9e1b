/*
 * proto_exim_test.c - lines as Exim's ${quote:} makes them, lines put together without it, and the answer.
 */
#include "proto/exim.h"
#include "unit.h"

#include <string.h>

/* read_line - read text that holds no NUL */
static enum exim_read read_line(const char *line, struct exim_request *request)
{
    size_t used;
    enum exim_read read = exim_read(text_bytes(line), request, &used);

    assert_int_equal(used, read == EXIM_MORE ? 0 : strlen(line));
    assert_int_equal(request->cause != NULL, read == EXIM_BAD);
    return read;
}

static void test_request(void **state)
{
    struct exim_request request;

    (void)state;
    assert_int_equal(read_line("client=192.0.2.10 helo=\"mail.example.org\" stage=rcpt recipient=\"user@example.net\" "
                               "auth=\"alice\" tls=\"CN=mail.example.org,O=Example \\\"Mail\\\"\"\n",
                               &request),
                     EXIM_REQUEST);
    assert_string_equal(request.client, "192.0.2.10");
    assert_string_equal(request.helo, "mail.example.org");
    assert_int_equal(request.helo_length, 16);
    assert_string_equal(request.stage, "rcpt");
    assert_string_equal(request.recipient, "user@example.net");
    assert_string_equal(request.authenticated, "alice");
    assert_string_equal(request.tls_name, "CN=mail.example.org,O=Example \"Mail\"");
}

static void test_absent_and_unknown_keys(void **state)
{
    struct exim_request request;

    (void)state;
    assert_int_equal(read_line("\n", &request), EXIM_REQUEST);
    assert_int_equal(read_line(" \t \r\n", &request), EXIM_REQUEST);
    assert_string_equal(request.client, "");
    assert_string_equal(request.helo, "");
    assert_int_equal(request.helo_length, 0);
    assert_string_equal(request.stage, "");
    assert_string_equal(request.recipient, "");
    assert_string_equal(request.authenticated, "");
    assert_string_equal(request.tls_name, "");

    assert_int_equal(read_line(" x=1  x=\"2\" CLIENT=a hel=b helox=c\tclient=::1\thelo= auth=\"\" \r\n", &request),
                     EXIM_REQUEST);
    assert_string_equal(request.client, "::1");
    assert_string_equal(request.helo, "");
    assert_string_equal(request.authenticated, "");

    for (const char *const *stage = (const char *const[]){"helo", "mail", "rcpt", "\"\"", NULL}; *stage != NULL;
         stage++) {
        char line[40];
        struct text text;

        text_init(&text, line, sizeof line);
        text_add(&text, "stage=");
        text_add(&text, *stage);
        text_add(&text, "\n");
        assert_int_equal(read_line(line, &request), EXIM_REQUEST);
        assert_string_equal(request.stage, **stage == '"' ? "" : *stage);
    }
}

/* What ${quote:} of Exim writes, or a bare value, and what it says. */
static const struct {
    const char *value, *helo;
} value_rows[] = {
    {"mail.example.org", "mail.example.org"},
    {"[192.0.2.10]", "[192.0.2.10]"},
    {"a=b", "a=b"},
    {"=", "="},
    {"\xc3\xa9\xff", "\xc3\xa9\xff"},
    {"\"\"", ""},
    {"\"a b\"", "a b"},
    {"\"a\\\"b\\\\c\\nd\\re\"", "a\"b\\c\nd\re"},
    {"\"\\\\n\"", "\\n"},
    {"\"\\\\\"", "\\"},
    {"\"\\\" stage=helo client=192.0.2.1 \\\"\"", "\" stage=helo client=192.0.2.1 \""},
    {"\"\x01\t\x7f\xff\x1b[0m\"", "\x01\t\x7f\xff\x1b[0m"},
    {"\"${run{x}} $h_x: {}\"", "${run{x}} $h_x: {}"},
    {"\"a\rb\"", "a\rb"},
};

static void test_values(void **state)
{
    struct exim_request request;

    (void)state;
    for (size_t i = 0; i < COUNT(value_rows); i++) {
        for (int end = 0; end < 4; end++) {
            char line[200];
            struct text text;

            text_init(&text, line, sizeof line);
            text_add(&text, (end & 1) != 0 ? "client=192.0.2.10 helo=" : "helo=");
            text_add(&text, value_rows[i].value);
            text_add(&text, (end & 1) != 0 ? "" : " client=192.0.2.10");
            text_add(&text, (end & 2) != 0 ? "\r\n" : "\n");
            assert_int_equal(read_line(line, &request), EXIM_REQUEST);
            assert_string_equal(request.helo, value_rows[i].helo);
            assert_int_equal(request.helo_length, strlen(value_rows[i].helo));
            assert_string_equal(request.client, "192.0.2.10");
            assert_string_equal(request.stage, "");
        }
    }
}

static const struct {
    const char *line, *cause;
} bad_rows[] = {
    {"client\n", "a word that is not KEY=VALUE"},
    {"helo=a client\n", "a word that is not KEY=VALUE"},
    {"=x\n", "a word that is not KEY=VALUE"},
    {"client =x\n", "a word that is not KEY=VALUE"},
    {"\"client\"=x\n", "a word that is not KEY=VALUE"},
    {"GET / HTTP/1.0\r\n", "a word that is not KEY=VALUE"},
    {"helo=a b\n", "a word that is not KEY=VALUE"},
    {"helo=a\"b\n", "a value that wants quotes"},
    {"helo=a\\b\n", "a value that wants quotes"},
    {"helo=a\x01\n", "a value that wants quotes"},
    {"helo=a\x7f\n", "a value that wants quotes"},
    {"helo=a\r\r\n", "a value that wants quotes"},
    {"x=a\"\n", "a value that wants quotes"},
    {"helo=\"a\"b\n", "text behind a quoted value"},
    {"helo=\"a\"\"b\"\n", "text behind a quoted value"},
    {"helo=\"a\"client=x\n", "text behind a quoted value"},
    {"helo=\"a\\tb\"\n", "an unknown escape"},
    {"helo=\"a\\x41\"\n", "an unknown escape"},
    {"helo=\"a\\\n", "an unknown escape"},
    {"helo=\"\n", "a quote that is not closed"},
    {"helo=\"a\\\"\n", "a quote that is not closed"},
    {"x=\"a\n", "a quote that is not closed"},
    {"helo=a helo=b\n", "a key given twice"},
    {"helo= helo=a\n", "a key given twice"},
    {"client=192.0.2.10 helo=x client=192.0.2.1\n", "a key given twice"},
    {"stage=data\n", "an unknown stage"},
    {"stage=RCPT\n", "an unknown stage"},
    {"stage=0123456789abcdef\n", "a value that is too long"},
    {"stage=\"0123456789abcdef\"\n", "a value that is too long"},
};

static void test_malformed_lines(void **state)
{
    static const char nul[] = "helo=a\0b\n", quoted[] = "helo=\"a\0\"\n", alone[] = "\0\n";
    static const struct vouch_bytes nuls[] = {
        {(const uint8_t *)nul, sizeof nul - 1},
        {(const uint8_t *)quoted, sizeof quoted - 1},
        {(const uint8_t *)alone, sizeof alone - 1},
    };
    struct exim_request request;
    size_t used;

    (void)state;
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        assert_int_equal(read_line(bad_rows[i].line, &request), EXIM_BAD);
        assert_string_equal(request.cause, bad_rows[i].cause);
    }
    for (size_t i = 0; i < COUNT(nuls); i++) {
        assert_int_equal(exim_read(nuls[i], &request, &used), EXIM_BAD);
        assert_int_equal(used, nuls[i].length);
        assert_string_equal(request.cause, "a NUL in the line");
    }
}

static void test_slices_and_pipelining(void **state)
{
    static const char lines[] = "client=192.0.2.10 helo=\"a\\\"b\" stage=mail\r\nhelo=c\nhelo=";
    struct vouch_bytes bytes = {(const uint8_t *)lines, 0};
    size_t first = strlen("client=192.0.2.10 helo=\"a\\\"b\" stage=mail\r\n");
    struct exim_request request;
    size_t used;

    (void)state;
    for (; bytes.length < first; bytes.length++) {
        assert_int_equal(exim_read(bytes, &request, &used), EXIM_MORE);
        assert_int_equal(used, 0);
    }
    for (; bytes.length < sizeof lines; bytes.length++) {
        assert_int_equal(exim_read(bytes, &request, &used), EXIM_REQUEST);
        assert_int_equal(used, first);
        assert_string_equal(request.helo, "a\"b");
        assert_string_equal(request.stage, "mail");
    }
    assert_int_equal(exim_read(text_bytes(lines + first), &request, &used), EXIM_REQUEST);
    assert_int_equal(used, strlen("helo=c\n"));
    assert_string_equal(request.helo, "c");
    assert_string_equal(request.stage, "");
    assert_int_equal(exim_read(text_bytes(lines + first + used), &request, &used), EXIM_MORE);
    assert_int_equal(used, 0);
}

/* long_value - "KEY=xxx", its value of this length, quoted or not; returns the length of the line */
static size_t long_value(char *line, size_t size, const char *key, size_t length, bool quoted)
{
    struct text text;

    text_init(&text, line, size);
    text_add(&text, key);
    text_add(&text, quoted ? "=\"" : "=");
    for (size_t i = 0; i < length; i++)
        text_add_char(&text, 'x');
    text_add(&text, quoted ? "\"\n" : "\n");
    assert_false(text.cut);
    return text.length;
}

/* Of a recipient that is too long the middle goes: who asks for a strict domain does not get around it. */
static void test_long_recipients_keep_their_domain(void **state)
{
    static char line[EXIM_LINE_MAX];
    struct exim_request request;

    (void)state;
    for (size_t fill = 0; fill < 5000; fill += 7) {
        size_t length = 0;
        struct text text;

        text_init(&text, line, sizeof line);
        text_add(&text, "recipient=\"");
        for (size_t i = 0; i < fill; i++)
            text_add_char(&text, 'a');
        text_add(&text, "@csv.example.net\"\n");
        assert_int_equal(read_line(line, &request), EXIM_REQUEST);
        length = strlen(request.recipient);
        assert_true(length < EXIM_VALUE_MAX && length >= strlen("@csv.example.net"));
        assert_string_equal(request.recipient + length - strlen("@csv.example.net"), "@csv.example.net");
        assert_int_equal(length == fill + strlen("@csv.example.net"),
                         fill + strlen("@csv.example.net") < EXIM_VALUE_MAX);
    }
}

static void test_bounds(void **state)
{
    static char line[2 * EXIM_LINE_MAX];
    static const char *const keys[] = {"client", "helo", "recipient", "auth", "tls"};
    struct vouch_bytes bytes = {(const uint8_t *)line, 0};
    struct exim_request request;
    size_t used;

    (void)state;
    for (size_t i = 0; i < 2 * COUNT(keys); i++) {
        long_value(line, sizeof line, keys[i / 2], EXIM_VALUE_MAX - 1, i % 2 == 1);
        assert_int_equal(read_line(line, &request), EXIM_REQUEST);
        assert_int_equal(request.helo_length, i / 2 == 1 ? EXIM_VALUE_MAX - 1 : 0);
        long_value(line, sizeof line, keys[i / 2], EXIM_VALUE_MAX, i % 2 == 1);
        assert_int_equal(read_line(line, &request), EXIM_REQUEST);
        assert_int_equal(request.helo_length, i / 2 == 1 ? EXIM_VALUE_MAX - EXIM_VALUE_MAX / 4 : 0);
    }
    /* An unknown key may fill the line. */
    bytes.length = long_value(line, sizeof line, "unknown", EXIM_LINE_MAX - strlen("unknown=\n"), false);
    assert_int_equal(bytes.length, EXIM_LINE_MAX);
    assert_int_equal(exim_read(bytes, &request, &used), EXIM_REQUEST);
    bytes.length--;
    assert_int_equal(exim_read(bytes, &request, &used), EXIM_MORE);
    long_value(line, sizeof line, "unknown", EXIM_LINE_MAX, false);
    for (bytes.length = EXIM_LINE_MAX; bytes.length < EXIM_LINE_MAX + 20; bytes.length++) {
        assert_int_equal(exim_read(bytes, &request, &used), EXIM_BAD);
        assert_int_equal(used, EXIM_LINE_MAX);
        assert_string_equal(request.cause, "a line that is too long");
    }
}

static void test_answer(void **state)
{
    char out[600];
    struct text text;

    (void)state;
    text_init(&text, out, sizeof out);
    exim_add(&text, "act", "reject");
    exim_add(&text, "score", "-100");
    exim_add(&text, "empty", "");
    exim_add(&text, "reply", "550 5.7.1 no");
    exim_add(&text, "sum", "a=b");
    exim_add(&text, "quote", "\"");
    exim_add(&text, "back", "\\x41");
    exim_add(&text, "control", "\r\n\t\x1b\xff\x7f");
    exim_end(&text);
    exim_add(&text, "next", "{$x}");
    exim_end(&text);
    assert_string_equal(out, "act=reject score=-100 empty=\"\" reply=\"550 5.7.1 no\" sum=a=b quote=\"\\\"\" "
                             "back=\"\\\\x41\" control=\"\\\\x0d\\\\x0a\\\\x09\\\\x1b\\\\xff\\\\x7f\"\nnext={$x}\n");
    assert_false(text.cut);
}

/* Whatever the value, the answer is one line that reads back as the value in printable ASCII. */
static void test_any_octet_in_the_answer(void **state)
{
    struct exim_request request;

    (void)state;
    for (int octet = 1; octet < 256; octet++) {
        char value[] = {'a', (char)octet, 'b', '\0'}, out[60], printable[20];
        struct text text, expected;

        text_init(&text, out, sizeof out);
        exim_add(&text, "helo", value);
        exim_add(&text, "client", value + 1);
        exim_end(&text);
        text_init(&expected, printable, sizeof printable);
        text_add_printable(&expected, text_bytes(value));
        assert_int_equal(read_line(out, &request), EXIM_REQUEST);
        assert_string_equal(request.helo, printable);
        assert_string_equal(request.client, printable + 1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request),
        cmocka_unit_test(test_absent_and_unknown_keys),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_malformed_lines),
        cmocka_unit_test(test_long_recipients_keep_their_domain),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_slices_and_pipelining),
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_any_octet_in_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
