/*
 * feedback_read_test.c - votes from outside: in JSON, and the token's file.
 */
#include "session/feedback.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_json(void **state)
{
    static const struct {
        const char *json, *source;
        bool spam;
    } good[] = {
        {"{\"id\":\"abcdefghij234\",\"verdict\":\"ham\"}", "http", false},
        {"{\"id\":\"ABCDEFGHIJ234\",\"verdict\":\"spam\"}", "http", true},
        {" {\"verdict\":\"spam\",\"more\":[{}],\"id\":\"abcdefghij234\"}\n", "http", true},
        {"{\"id\":\"abcdefghij234\",\"verdict\":\"ham\",\"source\":\"\"}", "http", false},
        {"{\"id\":\"abcdefghij234\",\"verdict\":\"ham\",\"source\":\"us\\u00fc\\n\"}", "us\\xc3\\xbc\\x0a", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct feedback feedback;
        const char *wrong;

        if (!feedback_read(&feedback, (struct vouch_bytes){(const uint8_t *)good[i].json, strlen(good[i].json)},
                           &wrong))
            fail_msg("row %zu: %s", i, wrong);
        assert_string_equal(feedback.id, "abcdefghij234");
        assert_string_equal(feedback.name, "");
        assert_string_equal(feedback.source, good[i].source);
        assert_int_equal(feedback.spam, good[i].spam);
        assert_int_equal(feedback.count, 1);
    }
}

static void test_bad_json(void **state)
{
    static const struct {
        const char *json, *key;
    } bad[] = {
        {"", "body"},
        {"{", "body"},
        {"null", "body"},
        {"[]", "body"},
        {"\"id\"", "body"},
        {"{\"id\":\"a\",\"verdict\":\"ham\"}x", "body"},
        {"{\"id\":\"a\",\"id\":\"b\",\"verdict\":\"ham\"}", "body"},
        {"{\"id\":\"a\xff\",\"verdict\":\"ham\"}", "body"},
        {"{\"id\":\"a\\u0000\",\"verdict\":\"ham\"}", "body"},
        {"{}", "id: is missing"},
        {"{\"verdict\":\"ham\"}", "id: is missing"},
        {"{\"id\":null,\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":7,\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":\"\",\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":\"a b\",\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":\"a'--\",\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":\"abcdefghijklmnop\",\"verdict\":\"ham\"}", "id: is no"},
        {"{\"id\":\"a\"}", "verdict: is missing"},
        {"{\"id\":\"a\",\"verdict\":true}", "verdict: is neither"},
        {"{\"id\":\"a\",\"verdict\":\"Spam\"}", "verdict: is neither"},
        {"{\"id\":\"a\",\"verdict\":\"\"}", "verdict: is neither"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"source\":1}", "source: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"source\":null}", "source: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":null}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":\"2\"}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":2.5}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":0}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":-1}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":101}", "count: is no"},
        {"{\"id\":\"a\",\"verdict\":\"ham\",\"count\":4294967297}", "count: is no"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct feedback feedback;
        const char *wrong = "";

        if (feedback_read(&feedback, (struct vouch_bytes){(const uint8_t *)bad[i].json, strlen(bad[i].json)}, &wrong) ||
            strstr(wrong, bad[i].key) == NULL)
            fail_msg("row %zu: %s", i, wrong);
        assert_null(strpbrk(wrong, "\"\\\n"));
    }
}

/* Nested deeper than a stack holds, or longer than a body may be. */
static void test_large_json(void **state)
{
    static char json[FEEDBACK_BODY_MAX + 2];
    struct feedback feedback;
    const char *wrong;

    (void)state;
    memset(json, '[', FEEDBACK_BODY_MAX);
    assert_false(feedback_read(&feedback, (struct vouch_bytes){(uint8_t *)json, FEEDBACK_BODY_MAX}, &wrong));
    memset(json, ' ', sizeof json);
    memcpy(json, "{\"id\":\"a\",\"verdict\":\"ham\"}", 26);
    assert_true(feedback_read(&feedback, (struct vouch_bytes){(uint8_t *)json, FEEDBACK_BODY_MAX}, &wrong));
    assert_false(feedback_read(&feedback, (struct vouch_bytes){(uint8_t *)json, FEEDBACK_BODY_MAX + 1}, &wrong));
    assert_non_null(strstr(wrong, "4096"));
}

/* token_of - what is read from a file that holds this; "" and the error: nothing */
static const char *token_of(const char *text, char error[CONF_ERROR_SIZE])
{
    static char token[FEEDBACK_TOKEN_SIZE];
    char path[] = "/tmp/feedback-XXXXXX";
    int fd = mkstemp(path);
    bool fine;

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    error[0] = '\0';
    fine = feedback_read_token(path, token, error);
    if (!fine)
        assert_non_null(strstr(error, path));
    unlink(path);
    return fine ? token : "";
}

static void test_token(void **state)
{
    char error[CONF_ERROR_SIZE], longest[FEEDBACK_TOKEN_SIZE + 2];

    (void)state;
    assert_string_equal(token_of("0123456789abcdef", error), "0123456789abcdef");
    assert_string_equal(token_of("0123456789abcdef\n", error), "0123456789abcdef");
    assert_string_equal(token_of("0123456789abcdef\r\nmore\n", error), "0123456789abcdef");
    assert_string_equal(token_of("0123456789abcde\n", error), "");
    assert_string_equal(token_of("", error), "");
    assert_string_equal(token_of("\n0123456789abcdef\n", error), "");
    assert_string_equal(token_of("0123456789abcdef 0\n", error), "");
    assert_string_equal(token_of("0123456789abcdef\x7f\n", error), "");
    assert_string_equal(token_of("0123456789abcdef\xc3\xbc\n", error), "");
    memset(longest, 'x', sizeof longest);
    longest[FEEDBACK_TOKEN_SIZE - 1] = '\0';
    assert_string_equal(token_of(longest, error), longest);
    longest[FEEDBACK_TOKEN_SIZE - 1] = 'x';
    longest[FEEDBACK_TOKEN_SIZE] = '\0';
    assert_string_equal(token_of(longest, error), "");
    assert_false(feedback_read_token("/nonexistent/token", longest, error));
    assert_non_null(strstr(error, "/nonexistent/token: No such file"));
    assert_false(feedback_read_token("/", longest, error));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_bad_json),
        cmocka_unit_test(test_large_json),
        cmocka_unit_test(test_token),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
