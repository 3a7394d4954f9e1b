/*
 * proto_postfix_test.c - requests of Postfix as it writes them, in any slices; what is no request; the reply.
 */
#include "proto/postfix.h"
#include "unit.h"

#include <string.h>

#define FIRST "request=smtpd_access_policy\n"

/* A request of Postfix 3.7 at RCPT. */
static const char at_rcpt[] = FIRST "protocol_state=RCPT\n"
                                    "protocol_name=ESMTP\n"
                                    "client_address=192.0.2.10\n"
                                    "client_name=mail.example.org\n"
                                    "client_port=41310\n"
                                    "reverse_client_name=mail.example.org\n"
                                    "server_address=192.0.2.1\n"
                                    "server_port=25\n"
                                    "helo_name=mail.example.org\n"
                                    "sender=alice@example.org\n"
                                    "recipient=bob@example.net\n"
                                    "recipient_count=0\n"
                                    "queue_id=\n"
                                    "instance=100b8.59a471b5.5f0ac.0\n"
                                    "size=1056\n"
                                    "etrn_domain=\n"
                                    "stress=\n"
                                    "sasl_method=plain\n"
                                    "sasl_username=alice\n"
                                    "sasl_sender=\n"
                                    "ccert_subject=mail.example.org\n"
                                    "ccert_issuer=Example+20CA\n"
                                    "ccert_fingerprint=DE:AD:BE:EF\n"
                                    "ccert_pubkey_fingerprint=DE:AD:BE:EF\n"
                                    "encryption_protocol=TLSv1.3\n"
                                    "encryption_cipher=TLS_AES_256_GCM_SHA384\n"
                                    "encryption_keysize=256\n"
                                    "policy_context=\n"
                                    "\n";

/* A request of Postfix 2.1 at HELO, IPv6. */
static const char at_helo[] = FIRST "protocol_state=HELO\n"
                                    "protocol_name=SMTP\n"
                                    "helo_name=mail.example.org\n"
                                    "queue_id=\n"
                                    "sender=\n"
                                    "recipient=\n"
                                    "client_address=2001:db8::1\n"
                                    "client_name=unknown\n"
                                    "\n";

/* check_view - the view holds this text */
static void check_view(struct vouch_bytes view, const char *text)
{
    assert_int_equal(view.length, strlen(text));
    if (view.length > 0)
        assert_memory_equal(view.data, text, view.length);
}

/* check_rcpt - the request is at_rcpt */
static void check_rcpt(const struct postfix_request *request)
{
    check_view(request->request, "smtpd_access_policy");
    check_view(request->protocol_state, "RCPT");
    check_view(request->client_address, "192.0.2.10");
    check_view(request->helo_name, "mail.example.org");
    check_view(request->sender, "alice@example.org");
    check_view(request->recipient, "bob@example.net");
    check_view(request->recipient_count, "0");
    check_view(request->instance, "100b8.59a471b5.5f0ac.0");
    check_view(request->queue_id, "");
    check_view(request->sasl_method, "plain");
    check_view(request->sasl_username, "alice");
    check_view(request->ccert_subject, "mail.example.org");
    assert_null(request->cause);
}

/* check_helo - the request is at_helo */
static void check_helo(const struct postfix_request *request)
{
    check_view(request->protocol_state, "HELO");
    check_view(request->client_address, "2001:db8::1");
    check_view(request->helo_name, "mail.example.org");
    check_view(request->sender, "");
    check_view(request->recipient, "");
    check_view(request->recipient_count, "");
    check_view(request->instance, "");
    check_view(request->sasl_method, "");
    check_view(request->ccert_subject, "");
}

static void test_requests_of_postfix(void **state)
{
    struct postfix_request request;
    size_t used;

    (void)state;
    assert_int_equal(postfix_read(text_bytes(at_rcpt), &request, &used), POSTFIX_REQUEST);
    assert_int_equal(used, strlen(at_rcpt));
    check_rcpt(&request);
    assert_int_equal(postfix_read(text_bytes(at_helo), &request, &used), POSTFIX_REQUEST);
    assert_int_equal(used, strlen(at_helo));
    check_helo(&request);
}

static void test_slices_at_every_octet(void **state)
{
    struct postfix_request request;
    size_t used = 1;

    (void)state;
    for (size_t length = 0; length < strlen(at_rcpt); length++) {
        struct vouch_bytes slice = {(const uint8_t *)at_rcpt, length};

        assert_int_equal(postfix_read(slice, &request, &used), POSTFIX_MORE);
        assert_int_equal(used, 0);
    }
}

static void test_pipelined_requests(void **state)
{
    char both[sizeof at_rcpt + sizeof at_helo + sizeof at_rcpt];
    struct vouch_bytes bytes = {(const uint8_t *)both, 0};
    struct postfix_request request;
    struct text text;
    size_t used;

    (void)state;
    text_init(&text, both, sizeof both);
    text_add(&text, at_rcpt);
    text_add(&text, at_helo);
    text_add_bytes(&text, at_rcpt, 40);
    bytes.length = text.length;
    assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_REQUEST);
    assert_int_equal(used, strlen(at_rcpt));
    check_rcpt(&request);
    bytes.data += used;
    bytes.length -= used;
    assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_REQUEST);
    assert_int_equal(used, strlen(at_helo));
    check_helo(&request);
    bytes.data += used;
    bytes.length -= used;
    assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_MORE);
    assert_int_equal(used, 0);
}

static void test_lines_may_end_in_cr_lf(void **state)
{
    char lines[2 * sizeof at_rcpt];
    struct postfix_request request;
    struct text text;
    size_t used;

    (void)state;
    text_init(&text, lines, sizeof lines);
    for (const char *at = at_rcpt; *at != '\0'; at++) {
        if (*at == '\n')
            text_add_char(&text, '\r');
        text_add_char(&text, *at);
    }
    assert_int_equal(postfix_read(text_bytes(lines), &request, &used), POSTFIX_REQUEST);
    assert_int_equal(used, strlen(lines));
    check_rcpt(&request);
}

static void test_values(void **state)
{
    struct postfix_request request;
    size_t used;

    (void)state;
    assert_int_equal(
        postfix_read(text_bytes(FIRST "sender=a=b==c@example.org\nhelo_name==\nrecipient= x \n\n"), &request, &used),
        POSTFIX_REQUEST);
    check_view(request.sender, "a=b==c@example.org");
    check_view(request.helo_name, "=");
    check_view(request.recipient, " x ");

    /* Of a doubled attribute the last one counts, also if it is empty. */
    assert_int_equal(postfix_read(text_bytes("request=x\nhelo_name=a\nsender=a\n" FIRST "helo_name=b\nsender=\n\n"),
                                  &request, &used),
                     POSTFIX_REQUEST);
    check_view(request.helo_name, "b");
    check_view(request.sender, "");

    /* Names that are not ours, but look like it. */
    assert_int_equal(
        postfix_read(text_bytes(FIRST "=x\nhelo_name2=x\nhelo=x\nHELO_NAME=x\n helo_name=x\n\n"), &request, &used),
        POSTFIX_REQUEST);
    check_view(request.helo_name, "");

    /* Octets of the client come as they are. */
    assert_int_equal(postfix_read(text_bytes(FIRST "helo_name=\xff\x01\ra\r\r\n\n"), &request, &used), POSTFIX_REQUEST);
    check_view(request.helo_name, "\xff\x01\ra\r");
}

#define BAD_ROW(text, cause)                                                                                           \
    {                                                                                                                  \
        text, sizeof(text) - 1, cause                                                                                  \
    }

static const struct {
    const char *text;
    size_t length;
    const char *cause;
} bad_rows[] = {
    BAD_ROW("\n", "not a request for smtpd_access_policy"),
    BAD_ROW("\r\n", "not a request for smtpd_access_policy"),
    BAD_ROW("request=\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW("helo_name=mail.example.org\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW("request=smtpd_access_policy2\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW("request=smtpd_access_polic\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW("request=SMTPD_ACCESS_POLICY\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW(FIRST "request=junk\n\n", "not a request for smtpd_access_policy"),
    BAD_ROW("EHLO mail.example.org\n", "a line without \"=\""),
    BAD_ROW(FIRST "helo_name\n", "a line without \"=\""),
    BAD_ROW(FIRST " \n", "a line without \"=\""),
    BAD_ROW(FIRST "\r\r\n", "a line without \"=\""),
    BAD_ROW("\0\n", "a NUL in a line"),
    BAD_ROW(FIRST "helo_name=a\0b\n", "a NUL in a line"),
    BAD_ROW(FIRST "helo\0_name=a\n", "a NUL in a line"),
    BAD_ROW(FIRST "x=a\0\r\n", "a NUL in a line"),
};

static void test_what_is_no_request(void **state)
{
    struct postfix_request request;
    size_t used = 1;

    (void)state;
    for (size_t i = 0; i < COUNT(bad_rows); i++) {
        struct vouch_bytes bytes = {(const uint8_t *)bad_rows[i].text, bad_rows[i].length};

        assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_BAD);
        assert_int_equal(used, 0);
        assert_string_equal(request.cause, bad_rows[i].cause);
        bytes.length--;
        assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_MORE);
    }
}

/* fill - a request of exactly `size` octets: one long value, or many short lines */
static void fill(struct text *text, char *data, size_t size, bool lines)
{
    text_init(text, data, size + 1);
    text_add(text, FIRST);
    if (!lines)
        text_add(text, "helo_name=");
    while (text->length + 4 < size)
        text_add(text, lines ? "a=\n" : "x");
    while (text->length + 2 < size)
        text_add_char(text, '=');
    text_add(text, "\n\n");
    assert_int_equal(text->length, size);
}

static void test_bound(void **state)
{
    static char data[POSTFIX_REQUEST_MAX + 2];
    struct postfix_request request;
    struct vouch_bytes bytes = {(const uint8_t *)data, 0};
    struct text text;
    size_t used;

    (void)state;
    for (int lines = 0; lines <= 1; lines++) {
        fill(&text, data, POSTFIX_REQUEST_MAX, lines == 1);
        bytes.length = POSTFIX_REQUEST_MAX;
        assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_REQUEST);
        assert_int_equal(used, POSTFIX_REQUEST_MAX);
        assert_int_equal(request.helo_name.length > 65000, lines == 0);
        bytes.length--;
        assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_MORE);

        fill(&text, data, POSTFIX_REQUEST_MAX + 1, lines == 1);
        bytes.length = POSTFIX_REQUEST_MAX - 1;
        assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_MORE);
        for (bytes.length = POSTFIX_REQUEST_MAX; bytes.length <= POSTFIX_REQUEST_MAX + 1; bytes.length++) {
            assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_BAD);
            assert_int_equal(used, 0);
            assert_string_equal(request.cause, "a request that is too long");
        }
    }
    memset(data, 'x', sizeof data);
    bytes.length = sizeof data;
    assert_int_equal(postfix_read(bytes, &request, &used), POSTFIX_BAD);
}

static void test_reply(void **state)
{
    char out[200], small[12];
    struct text text;

    (void)state;
    text_init(&text, out, sizeof out);
    postfix_add_action(&text, "550 5.7.1 mail.example.org: no");
    postfix_add_action(&text, "DUNNO");
    assert_string_equal(out, "action=550 5.7.1 mail.example.org: no\n\naction=DUNNO\n\n");
    text_init(&text, out, sizeof out);
    postfix_add_action(&text, "PREPEND X: a\r\nY: \xff\t\x7f");
    assert_string_equal(out, "action=PREPEND X: a\\x0d\\x0aY: \\xff\\x09\\x7f\n\n");
    assert_false(text.cut);
    text_init(&text, small, sizeof small);
    postfix_add_action(&text, "DUNNO");
    assert_true(text.cut);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_of_postfix),
        cmocka_unit_test(test_slices_at_every_octet),
        cmocka_unit_test(test_pipelined_requests),
        cmocka_unit_test(test_lines_may_end_in_cr_lf),
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_what_is_no_request),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_reply),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
