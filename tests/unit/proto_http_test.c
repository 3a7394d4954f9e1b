/*
 * proto_http_test.c - heads of requests as clients write them, in any slices; what is no request; answers.
 */
#include "proto/http.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST "POST /v1/feedback HTTP/1.1\r\n"
#define HOST  "Host: localhost\r\n"

/* As curl sends it. */
static const char usual[] = FIRST "Host: 127.0.0.1:8893\r\n"
                                  "User-Agent: curl/7.88.1\r\n"
                                  "Accept: */*\r\n"
                                  "Authorization: Bearer 0123456789abcdef\r\n"
                                  "Content-Type: application/json\r\n"
                                  "Content-Length: 45\r\n"
                                  "\r\n";

static enum http_read read_text(const char *text, struct http_request *request, size_t *used)
{
    size_t length = strlen(text);
    uint8_t *copy = malloc(length + 1); /* a block of its own: the sanitizer sees what is read behind it */
    enum http_read read;

    assert_non_null(copy);
    memcpy(copy, text, length);
    read = http_read((struct vouch_bytes){copy, length}, request, used);
    free(copy);
    return read;
}

static void check_view(struct vouch_bytes view, const char *text)
{
    assert_int_equal(view.length, strlen(text));
    if (view.length != 0)
        assert_memory_equal(view.data, text, view.length);
}

static void test_usual(void **state)
{
    struct http_request request;
    size_t used;

    (void)state;
    assert_int_equal(http_read(text_bytes(usual), &request, &used), HTTP_REQUEST);
    assert_int_equal(used, sizeof usual - 1);
    check_view(request.method, "POST");
    check_view(request.path, "/v1/feedback");
    check_view(request.authorization, "Bearer 0123456789abcdef");
    check_view(request.content_type, "application/json");
    assert_true(request.has_length);
    assert_int_equal(request.length, 45);
    assert_false(request.chunked || request.expects || request.closes);
}

/* Cut anywhere, it is not whole; what follows is not looked at. */
static void test_slices(void **state)
{
    struct http_request request;
    size_t used;

    (void)state;
    for (size_t length = 0; length < sizeof usual - 1; length++) {
        assert_int_equal(http_read((struct vouch_bytes){(const uint8_t *)usual, length}, &request, &used), HTTP_MORE);
        assert_int_equal(used, 0);
    }
    assert_int_equal(read_text(FIRST HOST "\r\n\r\n\x01garbage", &request, &used), HTTP_REQUEST);
    assert_int_equal(used, strlen(FIRST HOST "\r\n"));
}

/* Heads that are requests, and the field of `struct http_request` that each is about. */
static const struct {
    const char *head, *path;
    bool has_length, chunked, expects, closes;
    uint64_t length;
} good[] = {
    {FIRST HOST "\r\n", "/v1/feedback", false, false, false, false, 0},
    {"\r\n" FIRST HOST "\r\n", "/v1/feedback", false, false, false, false, 0},
    {"\n" FIRST HOST "\r\n", "/v1/feedback", false, false, false, false, 0},
    {"POST /v1/feedback HTTP/1.1\nHost: x\n\n", "/v1/feedback", false, false, false, false, 0},
    {"GET / HTTP/1.0\r\n\r\n", "/", false, false, false, true, 0},
    {"GET / HTTP/1.9\r\nHost:\r\n\r\n", "/", false, false, false, false, 0},
    {"GET /?a=b?c HTTP/1.1\r\n" HOST "\r\n", "/", false, false, false, false, 0},
    {"GET ? HTTP/1.1\r\n" HOST "\r\n", "", false, false, false, false, 0},
    {"OPTIONS * HTTP/1.1\r\n" HOST "\r\n", "*", false, false, false, false, 0},
    {"GET http://x/ HTTP/1.1\r\n" HOST "\r\n", "http://x/", false, false, false, false, 0},
    {FIRST "hOST:\t x \t\r\n\r\n", "/v1/feedback", false, false, false, false, 0},
    {FIRST HOST "Content-Length: 0\r\n\r\n", "/v1/feedback", true, false, false, false, 0},
    {FIRST HOST "Content-Length:000000000000045\r\n\r\n", "/v1/feedback", true, false, false, false, 45},
    {FIRST HOST "Content-Length: 999999999999999\r\n\r\n", "/v1/feedback", true, false, false, false, 999999999999999},
    {FIRST HOST "Transfer-Encoding: chunked\r\n\r\n", "/v1/feedback", false, true, false, false, 0},
    {FIRST HOST "Expect: 100-Continue\r\n\r\n", "/v1/feedback", false, false, true, false, 0},
    {FIRST HOST "Connection: Close\r\n\r\n", "/v1/feedback", false, false, false, true, 0},
    {FIRST HOST "Connection: keep-alive , CLOSE ,x\r\n\r\n", "/v1/feedback", false, false, false, true, 0},
    {FIRST HOST "Connection: closed, enclose\r\n\r\n", "/v1/feedback", false, false, false, false, 0},
    {FIRST HOST "X: \xff\xc3\xbc\r\n\r\n", "/v1/feedback", false, false, false, false, 0},
};

static void test_good(void **state)
{
    struct http_request request;
    size_t used;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        if (http_read(text_bytes(good[i].head), &request, &used) != HTTP_REQUEST)
            fail_msg("row %zu: %u %s", i, request.status, request.text);
        assert_int_equal(used, strlen(good[i].head));
        check_view(request.path, good[i].path);
        if (request.has_length != good[i].has_length || request.chunked != good[i].chunked ||
            request.expects != good[i].expects || request.closes != good[i].closes || request.length != good[i].length)
            fail_msg("row %zu", i);
    }
}

/* Octets that are no request, and with what they are refused. */
static const struct {
    const char *head;
    unsigned status;
} bad[] = {
    {"\r\n\r\n", 400},
    {"\r\n\r\n" FIRST HOST "\r\n", 400},
    {"GET\r\n\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {" GET / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /  HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
    {"GET / x HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET\t/ HTTP/1.1\r\n" HOST "\r\n", 400},
    {"G(T / HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\xc3\xbc HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400},
    {"GET / http/1.1\r\n" HOST "\r\n", 400},
    {"GET / HTTP/11\r\n" HOST "\r\n", 400},
    {"GET / HTTP/1.x\r\n" HOST "\r\n", 400},
    {"GET / HTTP/2.0\r\n" HOST "\r\n", 505},
    {"GET / HTTP/0.9\r\n\r\n", 505},
    {"GET /\r HTTP/1.1\r\n" HOST "\r\n", 400},
    {"request=smtpd_access_policy\n\n", 400},
    {FIRST "\r\n", 400},
    {FIRST HOST HOST "\r\n", 400},
    {FIRST HOST "X\r\n\r\n", 400},
    {FIRST HOST ": x\r\n\r\n", 400},
    {FIRST HOST "X : y\r\n\r\n", 400},
    {FIRST HOST " folded\r\n\r\n", 400},
    {FIRST " Host: x\r\n\r\n", 400},
    {FIRST HOST "X: a\rb\r\n\r\n", 400},
    {FIRST HOST "X: a\x01\r\n\r\n", 400},
    {FIRST HOST "X: a\x7f\r\n\r\n", 400},
    {FIRST HOST "Content-Length:\r\n\r\n", 400},
    {FIRST HOST "Content-Length: -1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: +1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: 0x1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: 1 1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: 1, 1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
    {FIRST HOST "Content-Length: 1000000000000000\r\n\r\n", 413},
    {FIRST HOST "Content-Length: 18446744073709551617\r\n\r\n", 413},
    {FIRST HOST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {FIRST HOST "Transfer-Encoding: identity\r\nContent-Length: 1\r\n\r\n", 400},
    {FIRST HOST "Authorization: a\r\nAuthorization: b\r\n\r\n", 400},
    {FIRST HOST "Content-Type: a\r\ncontent-type: a\r\n\r\n", 400},
    {FIRST HOST "Expect: x\r\n\r\n", 417},
    {FIRST HOST "Expect: 100-continue\r\nExpect: 100-continue\r\n\r\n", 400},
};

static void test_bad(void **state)
{
    struct http_request request;
    size_t used;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (read_text(bad[i].head, &request, &used) != HTTP_BAD || request.status != bad[i].status)
            fail_msg("row %zu: %u instead of %u", i, request.status, bad[i].status);
        assert_int_equal(used, 0);
        assert_non_null(request.text);
        assert_null(strpbrk(request.text, "\"\\"));
    }
}

/* A NUL is no text, wherever it stands. */
static void test_nul(void **state)
{
    char copy[sizeof usual];
    struct http_request request;
    size_t used;

    (void)state;
    for (size_t i = 0; i + 2 < sizeof usual; i++) {
        memcpy(copy, usual, sizeof usual);
        copy[i] = '\0';
        if (usual[i] != '\r' && usual[i] != '\n' &&
            http_read((struct vouch_bytes){(const uint8_t *)copy, sizeof usual - 1}, &request, &used) != HTTP_BAD)
            fail_msg("octet %zu", i);
    }
}

/* A head of `length` octets in all, or, with fields, of that many of them. */
static enum http_read read_large(size_t length, size_t fields, struct http_request *request)
{
    static char head[4 * HTTP_HEAD_MAX];
    size_t used, end;

    end = (size_t)snprintf(head, sizeof head, FIRST HOST "X: ");
    if (fields == 0) {
        memset(head + end, 'x', length - end - 4);
        end = length - 4;
    }
    for (size_t i = 2; i < fields; i++)
        end += (size_t)snprintf(head + end, sizeof head - end, "\r\nX: y");
    snprintf(head + end, sizeof head - end, "\r\n\r\n");
    return http_read(text_bytes(head), request, &used);
}

static void test_large(void **state)
{
    static uint8_t endless[HTTP_HEAD_MAX + 1];
    struct http_request request;
    size_t used;

    (void)state;
    assert_int_equal(read_large(HTTP_HEAD_MAX, 0, &request), HTTP_REQUEST);
    assert_int_equal(read_large(HTTP_HEAD_MAX + 1, 0, &request), HTTP_BAD);
    assert_int_equal(request.status, 431);
    assert_int_equal(read_large(0, HTTP_FIELDS_MAX, &request), HTTP_REQUEST);
    assert_int_equal(read_large(0, HTTP_FIELDS_MAX + 1, &request), HTTP_BAD);
    assert_int_equal(request.status, 431);
    memset(endless, 'x', sizeof endless);
    assert_int_equal(http_read((struct vouch_bytes){endless, HTTP_HEAD_MAX}, &request, &used), HTTP_MORE);
    assert_int_equal(http_read((struct vouch_bytes){endless, HTTP_HEAD_MAX + 1}, &request, &used), HTTP_BAD);
    assert_int_equal(request.status, 431);
}

static void check_answer(const struct http_answer *answer, const char *expected)
{
    char buffer[1024];
    struct text out;

    text_init(&out, buffer, sizeof buffer);
    http_add_answer(&out, answer);
    assert_string_equal(buffer, expected);
}

static void test_answers(void **state)
{
    const struct http_answer plain = {.status = 200, .body = "{}"};
    const struct http_answer full = {.status = 405,
                                     .body = "{}",
                                     .date = "Thu, 01 Jan 1970 00:00:00 GMT",
                                     .allow = "POST",
                                     .retry_after_s = 30,
                                     .headless = true,
                                     .closes = true};
    const struct http_answer stranger = {.status = 401, .body = "{}"};

    (void)state;
    check_answer(&plain, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                         "Content-Length: 3\r\n\r\n{}\n");
    check_answer(&full, "HTTP/1.1 405 Method Not Allowed\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\n"
                        "Content-Type: application/json\r\nCache-Control: no-store\r\nAllow: POST\r\n"
                        "Connection: close\r\nRetry-After: 30\r\nContent-Length: 3\r\n\r\n");
    check_answer(&stranger, "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
                            "WWW-Authenticate: Bearer\r\nContent-Length: 3\r\n\r\n{}\n");
}

/* Every status that a request is refused with has a name. */
static void test_phrases(void **state)
{
    char buffer[1024];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        const struct http_answer answer = {.status = bad[i].status, .body = ""};
        struct text out;

        text_init(&out, buffer, sizeof buffer);
        http_add_answer(&out, &answer);
        assert_null(strstr(buffer, "Unknown"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_usual),   cmocka_unit_test(test_slices),  cmocka_unit_test(test_good),
        cmocka_unit_test(test_bad),     cmocka_unit_test(test_nul),     cmocka_unit_test(test_large),
        cmocka_unit_test(test_answers), cmocka_unit_test(test_phrases),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
