/*
 * authres_test.c - which Authentication-Results fields only we may have written.
 */
#include "base/text.h"
#include "policy/authres.h"
#include "unit.h"

#include <string.h>

#define ID     "mx.example.net"
#define METHOD "csv"

enum whose { OURS, FOREIGN, BESIDE /* our id, but another filter's results */ };

static const struct {
    const char *value;
    enum whose whose;
} rows[] = {
    /* The id. */
    {"mx.example.net; csv=pass", OURS},
    {" mx.example.net; csv=pass", OURS},
    {"MX.Example.NET; CSV=pass", OURS},
    {"\r\n\tmx.example.net;\r\n\tcsv=pass", OURS},
    {"\n mx.example.net\n ;\n csv\n =\n pass\n", OURS},
    {"mx.example.net;csv=pass", OURS},
    {"\"mx.example.net\"; csv=pass", OURS},
    {"\"MX\\.example\\.net\" 1; csv=pass", OURS},
    {"\"mx.example\r\n.net\"; csv=pass", OURS},
    {"mx.example.net 1; csv=pass", OURS},
    {"mx.example.net (a) 12 (b); csv=pass", OURS},
    {"(a (b \\) \\( ((c))) d)mx.example.net(e); csv=pass", OURS},
    {"(\"mx.example.com;\") mx.example.net; csv=pass", OURS},
    {"\x01\x7f\v\fmx.example.net; csv=pass", OURS},
    {"", FOREIGN},
    {" \r\n ", FOREIGN},
    {";", FOREIGN},
    {"; csv=pass", FOREIGN},
    {"mx.example.net.evil; csv=pass", FOREIGN},
    {"mx.example.net-evil; csv=pass", FOREIGN},
    {"mx.example.ne; csv=pass", FOREIGN},
    {"evil.mx.example.net; csv=pass", FOREIGN},
    {"mx.example.com; csv=pass mx.example.net; csv=pass", FOREIGN},
    {"mx.example.com (mx.example.net); csv=pass", FOREIGN},
    {"(mx.example.net;) mx.example.com; csv=pass", FOREIGN},
    {"csv=pass; mx.example.net", FOREIGN},
    {"mx.example.net/1; csv=pass", FOREIGN},
    {"\"mx.example.net \"; csv=pass", FOREIGN},
    {"\" mx.example.net\"; csv=pass", FOREIGN},
    {"\"mx.example.net.evil\"; csv=pass", FOREIGN},
    {"\"mx.example.ne\"t; csv=pass", FOREIGN},
    {"\"mx\\\\.example.net\"; csv=pass", FOREIGN},
    {"\"\"; csv=pass", FOREIGN},
    {"(mx.example.net; csv=pass", FOREIGN},
    {"(mx.example.net\\) mx.example.net; csv=pass\\", FOREIGN},

    /* The method. */
    {"mx.example.net; csv/1=pass", OURS},
    {"mx.example.net; csv / 2 = none", OURS},
    {"mx.example.net; csv(x)/(x)2(x)=(x)none", OURS},
    {"mx.example.net; spf=pass smtp.mailfrom=a@example.org; csv=fail", OURS},
    {"mx.example.net; csv=fail; spf=pass smtp.mailfrom=a@example.org", OURS},
    {"mx.example.net; dkim=pass (good; csv) header.d=x; csv=fail; spf=pass", OURS},
    {"mx.example.net; none", BESIDE},
    {"mx.example.net 1 ; (nothing) none (at all)", BESIDE},
    {"mx.example.net; spf=pass", BESIDE},
    {"mx.example.net; spf/1=pass; dkim=none", BESIDE},
    {"mx.example.net; csv-x=pass", BESIDE},
    {"mx.example.net; x-csv=pass", BESIDE},
    {"mx.example.net; csv2=pass", BESIDE},
    {"mx.example.net; cs=v", BESIDE},

    /* Our method's name where it is none. */
    {"mx.example.net; spf=csv", BESIDE},
    {"mx.example.net; spf=pass smtp.helo=csv", BESIDE},
    {"mx.example.net; spf=pass header.csv=pass", BESIDE},
    {"mx.example.net; spf=pass csv.header=pass", BESIDE},
    {"mx.example.net; spf=pass header . csv = pass", BESIDE},
    {"mx.example.net; spf=pass reason=\"; csv=pass\"", BESIDE},
    {"mx.example.net; spf=pass reason=\"\\\"; csv=pass\" header.d=x", BESIDE},
    {"mx.example.net; spf=pass (; csv=pass)", BESIDE},
    {"mx.example.net; spf=pass (\\); csv=pass)", BESIDE},
    {"mx.example.net; spf=pass smtp.mailfrom=csv=pass@example.org", BESIDE},
    {"mx.example.net; spf=pass smtp.mailfrom=csv/1=pass@example.org", BESIDE},
    {"mx.example.net; spf=pass smtp.mailfrom=\"csv=pass; csv=pass\"@example.org", BESIDE},
    {"mx.example.net; dkim=pass header.b=xcsv=pass", BESIDE},

    /* What filters write, strict or not. */
    {"mx.example.net;\r\n\tdkim=pass (1024-bit key; unprotected) header.d=example.com\r\n\theader.i=@example.com "
     "header.a=rsa-sha256 header.s=s1 header.b=\"aB+/cd12\";\r\n\tdkim-atps=neutral",
     BESIDE},
    {"mx.example.net; dkim=fail reason=\"signature verification failed\" (2048-bit key) header.b=aB+/cd1=", BESIDE},
    {"mx.example.net (amavisd-new); dkim=pass reason=\"pass (just generated, assumed good)\" header.d=x", BESIDE},
    {"mx.example.net; spf=pass (sender SPF authorized) smtp.mailfrom=example.org (client-ip=192.0.2.1; "
     "helo=mail.example.org; envelope-from=a@example.org; receiver=<UNKNOWN>)",
     BESIDE},
    {"mx.example.net; iprev=pass (mail.example.org) smtp.remote-ip=2001:db8::1;\n\tauth=pass (plain) "
     "smtp.auth=alice@example.net; arc=none",
     BESIDE},
    {"mx.example.net; dmarc=pass (p=none dis=none) action=none header.from=example.org; compauth=pass reason=100",
     BESIDE},
    {"mx.example.net; spf=none smtp.mailfrom=<>; spf=none smtp.mailfrom=; spf=none smtp.helo= ;", BESIDE},
    {"mx.example.net;; spf=pass ; ;", BESIDE},

    /* Our id, and malformed behind it. */
    {"mx.example.net", OURS},
    {"\"mx.example.net\"", OURS},
    {"mx.example.net;", OURS},
    {"mx.example.net; ;", OURS},
    {"mx.example.net 1", OURS},
    {"mx.example.net 1x; spf=pass", OURS},
    {"mx.example.net evil; spf=pass", OURS},
    {"mx.example.net 1 2; spf=pass", OURS},
    {"\"mx.example.net\"evil; spf=pass", OURS},
    {"mx.example.net\"evil\"; spf=pass", OURS},
    {"\"mx.example.net; spf=pass", OURS},
    {"\"mx.example.net; csv=pass\\", OURS},
    {"mx.example.net (; spf=pass", OURS},
    {"mx.example.net; (spf=pass", OURS},
    {"mx.example.net); spf=pass", OURS},
    {"mx.example.net; csv", OURS},
    {"mx.example.net; spf", OURS},
    {"mx.example.net; spf=", OURS},
    {"mx.example.net; spf=;", OURS},
    {"mx.example.net; =pass", OURS},
    {"mx.example.net; spf/=pass", OURS},
    {"mx.example.net; spf/x=pass", OURS},
    {"mx.example.net; \"csv\"=pass", OURS},
    {"mx.example.net; <csv=pass", OURS},
    {"mx.example.net; none; spf=pass", OURS},
    {"mx.example.net; spf=pass; none", OURS},
    {"mx.example.net; none spf=pass", OURS},
    {"mx.example.net; none (", OURS},
    {"mx.example.net; spf=pass csv=pass", OURS},
    {"mx.example.net; spf=pass csv/1=pass", OURS},
    {"mx.example.net; spf=pass smtp.helo=x csv=pass", OURS},
    {"mx.example.net; spf=pass smtp.helo= csv=pass", OURS},
    {"mx.example.net; spf=pass smtp.helo=csv=pass", OURS},
    {"mx.example.net; spf=pass smtp.helo=csv=pass a@b.c=d", OURS},
    {"mx.example.net; spf=pass smtp.helo=csv = pass", OURS},
    {"mx.example.net; spf=pass \"csv\"=pass", OURS},
    {"mx.example.net; spf=pass smtp.=x", OURS},
    {"mx.example.net; spf=pass .x=y", OURS},
    {"mx.example.net; spf=pass word", OURS},
    {"mx.example.net; spf=pass smtp.helo=x)", BESIDE},
    {"mx.example.net; spf=pass smtp.helo=\"x", OURS},
    {"mx.example.net; spf=pass smtp.helo=\"x\\", OURS},
    {"mx.example.net; spf=pass (x", OURS},
    {"mx.example.net; spf=pass (x\\", OURS},
    {"mx.example.net; spf=pass, csv=pass", OURS},
};

static void test_fields(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_bytes value = text_bytes(rows[i].value);

        if (authres_is_ours(value, ID, METHOD) != (rows[i].whose == OURS))
            fail_msg("ours, or not: %s", rows[i].value);
        if (authres_is_ours(value, ID, NULL) != (rows[i].whose != FOREIGN))
            fail_msg("our id, or not: %s", rows[i].value);
        assert_int_equal(authres_is_ours(value, "Mx.eXample.nEt", "CsV"), rows[i].whose == OURS);
        assert_false(authres_is_ours(value, "mx.example.org", METHOD));
        assert_false(authres_is_ours(value, "", METHOD));
        assert_false(authres_is_ours(value, "", NULL));
    }
}

static void test_fields_that_are_cut(void **state)
{
    static const char value[] = "(c) mx.example.net 1; spf=pass (x) smtp.helo=\"a\"; csv=pass";
    size_t id = strlen("(c) mx.example.net");

    (void)state;
    for (size_t length = 0; length < sizeof value; length++) {
        struct vouch_bytes cut = {(const uint8_t *)value, length};

        assert_int_equal(authres_is_ours(cut, ID, NULL), length >= id);
        assert_true(length >= id || !authres_is_ours(cut, ID, METHOD));
    }
    assert_true(authres_is_ours((struct vouch_bytes){(const uint8_t *)value, sizeof value - 1}, ID, METHOD));
}

/* repeat - `count` times `piece` behind `head`, then `tail` */
static struct vouch_bytes repeat(const char *head, const char *piece, size_t count, const char *tail)
{
    static char data[400000];
    struct text text;

    text_init(&text, data, sizeof data);
    text_add(&text, head);
    for (size_t i = 0; i < count; i++)
        text_add(&text, piece);
    text_add(&text, tail);
    assert_false(text.cut);
    return text_bytes(data);
}

static void test_long_fields(void **state)
{
    (void)state;
    assert_false(authres_is_ours(repeat("", "(", 65536, ""), ID, METHOD));
    assert_false(authres_is_ours(repeat("", "(", 65536, "mx.example.net; csv=pass"), ID, METHOD));
    assert_true(authres_is_ours(repeat("", "()", 32768, "mx.example.net; csv=pass"), ID, METHOD));
    assert_true(authres_is_ours(repeat("mx.example.net; spf=pass ", "(", 65536, ""), ID, METHOD));
    assert_true(authres_is_ours(repeat("mx.example.net", ";", 65536, " csv=pass"), ID, METHOD));
    assert_false(authres_is_ours(repeat("mx.example.net", ";", 65536, " spf=pass"), ID, METHOD));
    assert_false(authres_is_ours(repeat("mx.example.net", "; spf(c)=pass a.b=\"c\"", 16384, ""), ID, METHOD));
    assert_true(authres_is_ours(repeat("mx.example.net", "; spf(c)=pass a.b=\"c\"", 16384, "; csv=x"), ID, METHOD));
    assert_false(authres_is_ours(repeat("mx.example.net", "x", 65536, "; csv=pass"), ID, METHOD));
    assert_false(authres_is_ours(repeat("mx.example.net; spf=pass ", "a.b=csv=x@y ", 16384, ""), ID, METHOD));
}

/* Our own field, as the policy writes it, and a method or an id of its own. */
static void test_other_settings(void **state)
{
    struct vouch_policy policy;
    struct vouch_verdict verdict;
    char header[VOUCH_HEADER_SIZE];
    const char *value;

    (void)state;
    memset(&verdict, 0, sizeof verdict);
    verdict.service = -1;
    vouch_policy_init(&policy);
    vouch_policy_header(&policy, &verdict, text_bytes("\"; x=(\\"), header);
    value = strchr(header, ':') + 1;
    assert_true(authres_is_ours(text_bytes(value), "localhost", "csv"));
    assert_false(authres_is_ours(text_bytes(value), "localhost", "spf"));
    assert_false(authres_is_ours(text_bytes(value), "localhost", "policy"));
    assert_true(authres_is_ours(text_bytes("x_y; x-csv_1=pass"), "x_y", "x-csv_1"));
    assert_false(authres_is_ours((struct vouch_bytes){NULL, 0}, ID, METHOD));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_fields_that_are_cut),
        cmocka_unit_test(test_long_fields),
        cmocka_unit_test(test_other_settings),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
