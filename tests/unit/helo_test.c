/*
 * helo_test.c - the HELO argument: which texts are names, literals or neither, and the ancestors of names.
 */
#include "base/text.h"
#include "core/helo.h"
#include "unit.h"

#include <string.h>

#define L60  "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwx"
#define L63  L60 "yz0"
#define N239 L63 "." L63 "." L63 ".abcdefghijklmnopqrstuvwxyz0123456789abcdefghijk"

enum option { PLAIN = 0, UNDERSCORE = 1, REVERSE = 2 };

static const struct {
    const char *argument;
    enum helo_form form;
    unsigned options;
    const char *name; /* of HELO_NAME */
} rows[] = {
    {"", HELO_ABSENT, PLAIN, ""},
    {"mail.example.org", HELO_NAME, PLAIN, "mail.example.org"},
    {"MAIL.Example.Org", HELO_NAME, PLAIN, "mail.example.org"},
    {"mail.example.org.", HELO_NAME, PLAIN, "mail.example.org"},
    {"mail.example.org..", HELO_BAD, PLAIN, ""},
    {"example.org", HELO_NAME, PLAIN, "example.org"},
    {"org", HELO_BAD, PLAIN, ""},
    {"org.", HELO_BAD, PLAIN, ""},
    {"localhost", HELO_BAD, PLAIN, ""},
    {".", HELO_BAD, PLAIN, ""},
    {"..", HELO_BAD, PLAIN, ""},
    {".example.org", HELO_BAD, PLAIN, ""},
    {"mail..org", HELO_BAD, PLAIN, ""},
    {"a.b", HELO_NAME, PLAIN, "a.b"},
    {"1.b", HELO_NAME, PLAIN, "1.b"},
    {"b.1", HELO_BAD, PLAIN, ""},
    {"b.123.", HELO_BAD, PLAIN, ""},
    {"b.1a", HELO_NAME, PLAIN, "b.1a"},
    {"x--y.b", HELO_NAME, PLAIN, "x--y.b"},
    {"xn--bcher-kva.example", HELO_NAME, PLAIN, "xn--bcher-kva.example"},
    {"-x.example", HELO_BAD, PLAIN, ""},
    {"x-.example", HELO_BAD, PLAIN, ""},
    {"x.-example", HELO_BAD, PLAIN, ""},
    {"x.example-", HELO_BAD, PLAIN, ""},
    {"-.example", HELO_BAD, PLAIN, ""},
    {"x_y.example", HELO_BAD, PLAIN, ""},
    {"x_y.example", HELO_NAME, UNDERSCORE, "x_y.example"},
    {"_x.example", HELO_NAME, UNDERSCORE, "_x.example"},
    {"x_.example", HELO_NAME, UNDERSCORE, "x_.example"},
    {"_.example", HELO_NAME, UNDERSCORE, "_.example"},
    {"-_.example", HELO_BAD, UNDERSCORE, ""},
    {"mail example.org", HELO_BAD, PLAIN, ""},
    {" mail.example.org", HELO_BAD, PLAIN, ""},
    {"mail.example.org\t", HELO_BAD, PLAIN, ""},
    {"mail.example.org\r\n", HELO_BAD, PLAIN, ""},
    {"b\xc3\xbc"
     "cher.example",
     HELO_BAD, PLAIN, ""},
    {"mail.ex\\097mple.org", HELO_BAD, PLAIN, ""},
    {"mail.example.org:25", HELO_BAD, PLAIN, ""},
    {L63 ".example", HELO_NAME, PLAIN, L63 ".example"},
    {L63 "1.example", HELO_BAD, PLAIN, ""},
    {N239, HELO_NAME, PLAIN, N239},
    {N239 ".", HELO_NAME, PLAIN, N239},
    {N239 "x", HELO_BAD, PLAIN, ""},
    {"192.0.2.1", HELO_LITERAL, PLAIN, ""},
    {"192.0.2.1.", HELO_LITERAL, PLAIN, ""},
    {"192.0.2.256", HELO_BAD, PLAIN, ""},
    {"2001:db8::1", HELO_LITERAL, PLAIN, ""},
    {"[192.0.2.1]", HELO_LITERAL, PLAIN, ""},
    {"[IPv6:2001:db8::1]", HELO_LITERAL, PLAIN, ""},
    {"[2001:db8::1]", HELO_LITERAL, PLAIN, ""},
    {"[mail.example.org]", HELO_LITERAL, PLAIN, ""},
    {"[]", HELO_LITERAL, PLAIN, ""},
    {"[", HELO_BAD, PLAIN, ""},
    {"]", HELO_BAD, PLAIN, ""},
    {"[192.0.2.1", HELO_BAD, PLAIN, ""},
    {"192.0.2.1]", HELO_BAD, PLAIN, ""},
    {"[192.0.2.95]", HELO_NAME, REVERSE, "95.2.0.192.in-addr.arpa"},
    {"192.0.2.95", HELO_NAME, REVERSE, "95.2.0.192.in-addr.arpa"},
    {"[255.255.255.255]", HELO_NAME, REVERSE, "255.255.255.255.in-addr.arpa"},
    {"[IPv6:2001:db8::1]", HELO_NAME, REVERSE,
     "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    {"[2001:db8::1]", HELO_NAME, REVERSE, "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    {"[IPv6:::ffff:192.0.2.95]", HELO_NAME, REVERSE, "95.2.0.192.in-addr.arpa"},
    {"[IPv6:]", HELO_LITERAL, REVERSE, ""},
    {"[IPv6:192.0.2]", HELO_LITERAL, REVERSE, ""},
    {"[x400:c=de]", HELO_LITERAL, REVERSE, ""},
};

static void judge(struct helo *helo, const char *argument, size_t length, unsigned options)
{
    struct vouch_bytes bytes = {(const uint8_t *)argument, length};
    struct vouch_settings settings;

    vouch_settings_init(&settings);
    settings.allow_underscore = (options & UNDERSCORE) != 0;
    settings.reverse_names = (options & REVERSE) != 0;
    helo_judge(helo, bytes, &settings);
}

static void test_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct helo helo;

        judge(&helo, rows[i].argument, strlen(rows[i].argument), rows[i].options);
        if (helo.form != rows[i].form)
            fail_msg("row %zu, %s: form %d", i, rows[i].argument, (int)helo.form);
        assert_string_equal(helo.name, rows[i].name);
        assert_int_equal(helo.length, strlen(rows[i].name));
    }
}

/* Each octet as a label of its own, at the edge and in the middle of one. */
static void test_every_octet(void **state)
{
    static const char *const templates[] = {"?.example", "?b.example", "a?.example", "a?b.example", "a.?x"};

    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        for (size_t i = 0; i < COUNT(templates); i++) {
            char text[16];
            struct helo helo;
            char character = (char)octet;
            bool inside = i == 3;
            bool good = text_is_alnum(character) || (character == '-' && inside) || (character == '.' && inside);

            memcpy(text, templates[i], strlen(templates[i]) + 1);
            *strchr(text, '?') = character;
            judge(&helo, text, strlen(templates[i]), PLAIN);
            if ((helo.form == HELO_NAME) != good)
                fail_msg("octet %u in %s", octet, templates[i]);
        }
    }
}

static const struct {
    const char *argument;
    const char *ancestors[VOUCH_ANCESTORS_MAX + 1];
} ancestor_rows[] = {
    {"example.org", {NULL}},
    {"mail.example.org", {"example.org", NULL}},
    {"a.b.c.d.e.f.example.com",
     {"example.com", "f.example.com", "e.f.example.com", "d.e.f.example.com", "c.d.e.f.example.com", NULL}},
    {"3.4.5.6.example.com", {"example.com", "6.example.com", "5.6.example.com", "4.5.6.example.com", NULL}},
    {"2.3.4.5.6.example.com",
     {"example.com", "6.example.com", "5.6.example.com", "4.5.6.example.com", "3.4.5.6.example.com", NULL}},
    {"[192.0.2.95]", {"192.in-addr.arpa", "0.192.in-addr.arpa", "2.0.192.in-addr.arpa", NULL}},
    {"[IPv6:2001:db8:1:2:3:4:5:6]",
     {"1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa", "1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa",
      "2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "3.0.0.0.2.0.0.0.1.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", NULL}},
};

static void test_ancestors(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(ancestor_rows); i++) {
        const char *const *expected = ancestor_rows[i].ancestors;
        struct helo helo;
        size_t at;

        judge(&helo, ancestor_rows[i].argument, strlen(ancestor_rows[i].argument), REVERSE);
        assert_int_equal(helo.form, HELO_NAME);
        for (at = 0; helo_ancestor(&helo, at) != 0; at++) {
            assert_non_null(expected[at]);
            assert_string_equal(helo_suffix(&helo, helo_ancestor(&helo, at)), expected[at]);
        }
        assert_null(expected[at]);
        assert_int_equal(helo_ancestor(&helo, VOUCH_ANCESTORS_MAX), 0);
    }
}

static void test_suffix(void **state)
{
    struct helo helo;

    (void)state;
    judge(&helo, "a.bc.example.org", 16, PLAIN);
    assert_int_equal(helo.labels, 4);
    assert_string_equal(helo_suffix(&helo, 1), "org");
    assert_string_equal(helo_suffix(&helo, 3), "bc.example.org");
    assert_string_equal(helo_suffix(&helo, 4), "a.bc.example.org");
    assert_string_equal(helo_suffix(&helo, 9), "a.bc.example.org");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_every_octet),
        cmocka_unit_test(test_ancestors),
        cmocka_unit_test(test_suffix),
    };

    return cmocka_run_group_tests_name("helo", tests, NULL, NULL);
}
