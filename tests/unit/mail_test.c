/*
 * mail_test.c - recipients and folded fields.
 */
#include "policy/fold.h"
#include "policy/header.h"
#include "policy/recipient.h"
#include "unit.h"

#include <string.h>

struct address {
    const char *argument, *local, *domain;
    bool postmaster;
};

static const struct address addresses[] = {
    {"<user@example.org>", "user", "example.org", false},
    {"user@example.org", "user", "example.org", false},
    {" <user@example.org> SIZE=3", "user", "example.org", false},
    {"<\"a@b\"@example.org>", "a@b", "example.org", false},
    {"<@one.example,@two.example:user@example.org>", "user", "example.org", false},
    {"<user@[192.0.2.1]>", "user", "[192.0.2.1]", false},
    {"<>", "", "", false},
    {"", "", "", false},
    {"<", "", "", false},
    {"@", "", "", false},
    {"<@>", "", "", false},
    {"\"", "\"", "", false},
    {"<Postmaster>", "Postmaster", "", true},
    {"<POSTMASTER@Example.ORG>", "POSTMASTER", "Example.ORG", true},
    {"<\"postmaster\"@example.org>", "postmaster", "example.org", true},
    {"postmaster", "postmaster", "", true},
    {"<postmaster+x@example.org>", "postmaster+x", "example.org", false},
    {"<postmasters@example.org>", "postmasters", "example.org", false},
    {"<user@postmaster>", "user", "postmaster", false},
    {"<user@example.org (a comment)>", "user", "example.org", false},
    {"<user@example.org(a (nested \\) @x) comment)>", "user", "example.org", false},
    {"<user @ example.org >", "user", "example.org", false},
    {"<\"user>x\"@example.org> X=\"@b\"", "user>x", "example.org", false},
    {"<\"a\\\"@b>c\"@example.org>", "a\\\"@b>c", "example.org", false},
    {"<(x@y)postmaster>", "(x@y)postmaster", "", false},
    {"<\"@a:postmaster\"@example.org>", "@a:postmaster", "example.org", false},
    {"<user@example.org", "user", "example.org", false},
    {"<\"user@example.org>", "\"user@example.org>", "", false},
    {"<user\\@example.org>", "user\\", "example.org", false},
};

/* The same as MTAs keep it: nothing is quoted, nothing has a meaning but the last "@". */
static const struct address plain_addresses[] = {
    {"user@example.org", "user", "example.org", false},
    {"<>user@example.org", "<>user", "example.org", false},
    {"@a:postmaster@example.org", "@a:postmaster", "example.org", false},
    {"a@b@example.org", "a@b", "example.org", false},
    {"PostMaster", "PostMaster", "", true},
    {"postmaster@example.org", "postmaster", "example.org", true},
    {"", "", "", false},
    {"@", "", "", false},
};

static void check_view(struct vouch_bytes view, const char *expected)
{
    assert_int_equal(view.length, strlen(expected));
    if (view.length != 0)
        assert_memory_equal(view.data, expected, view.length);
}

static void addresses_come_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(addresses); i++) {
        struct recipient recipient;

        recipient_parse_path(&recipient, text_bytes(addresses[i].argument));
        check_view(recipient.local, addresses[i].local);
        check_view(recipient.domain, addresses[i].domain);
        assert_int_equal(recipient_is_postmaster(&recipient), addresses[i].postmaster);
    }
}

static void plain_addresses_come_apart(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(plain_addresses); i++) {
        struct recipient recipient;

        recipient_parse_address(&recipient, text_bytes(plain_addresses[i].argument));
        check_view(recipient.local, plain_addresses[i].local);
        check_view(recipient.domain, plain_addresses[i].domain);
        assert_int_equal(recipient_is_postmaster(&recipient), plain_addresses[i].postmaster);
    }
}

static void a_long_address_keeps_its_domain(void **state)
{
    char argument[4096];
    char kept[RECIPIENT_SIZE];
    struct recipient recipient;
    struct text text;
    size_t length;

    (void)state;
    for (size_t fill = 0; fill < 2048; fill++) {
        text_init(&text, argument, sizeof argument);
        text_add_char(&text, '<');
        for (size_t i = 0; i < fill; i++)
            text_add_char(&text, 'a');
        text_add(&text, "@csv.example.net>");
        length = recipient_keep(kept, text_bytes(argument));
        assert_true(length <= sizeof kept && (length == text.length || length == sizeof kept));
        recipient_parse_path(&recipient, (struct vouch_bytes){(const uint8_t *)kept, length});
        check_view(recipient.domain, "csv.example.net");
    }
}

/* unfolded - what a reader makes of it [RFC 5322 2.2.3] */
static void unfolded(const char *folded, char *line)
{
    for (; *folded != '\0'; folded++) {
        if (*folded == '\n')
            continue;
        *line++ = (char)(*folded == '\t' ? ' ' : *folded);
    }
    *line = '\0';
}

static void a_field_is_folded_at_blanks(void **state)
{
    static const char value[] = "mx.example.net; csv=pass reason=\"match\" "
                                "smtp.helo=mail.example.org policy.csv-dna=A policy.csv-service=accred.example "
                                "policy.csv-trust=trusted policy.csv-score=70";
    char buffer[1024], line[1024];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof buffer);
    fold_add(&text, HEADER_NAME, value);
    assert_string_equal(buffer, "mx.example.net; csv=pass reason=\"match\"\n"
                                "\tsmtp.helo=mail.example.org policy.csv-dna=A\n"
                                "\tpolicy.csv-service=accred.example policy.csv-trust=trusted\n"
                                "\tpolicy.csv-score=70");
    unfolded(buffer, line);
    assert_string_equal(line, value);
}

static void a_quoted_string_stays_whole(void **state)
{
    static const char value[] =
        "mx.example.net; csv=none reason=\"bad-name\" "
        "smtp.helo=\"a \\\" b c d e f g h i j k l m n o p q r s t u v w x y z a b c d e f\" x=y";
    char buffer[1024], line[1024];
    struct text text;

    (void)state;
    text_init(&text, buffer, sizeof buffer);
    fold_add(&text, HEADER_NAME, value);
    unfolded(buffer, line);
    assert_string_equal(line, value);
    assert_non_null(strstr(buffer, "\n\tsmtp.helo=\"a \\\" b c d e f g h i j k l m n o p q r s t u v w x y z a b"));
}

/* The columns of the name count, the blank behind it with them. */
static void a_first_word_may_be_too_long(void **state)
{
    static const struct {
        const char *name, *value, *folded;
    } rows[] = {
        {"Name", "", ""},
        {"Name", "a", "a"},
        {"Authentication-Results", "a123456789b123456789c123456789d123456789e123456789f12; g",
         "a123456789b123456789c123456789d123456789e123456789f12;\n\tg"}, /* 78 columns with the name */
        {"Authentication-Results", "a123456789b123456789c123456789d123456789e123456789f123; g",
         "\n\ta123456789b123456789c123456789d123456789e123456789f123; g"},
    };
    char buffer[256];
    struct text text;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        text_init(&text, buffer, sizeof buffer);
        fold_add(&text, rows[i].name, rows[i].value);
        assert_string_equal(buffer, rows[i].folded);
    }
}

static void a_field_comes_apart(void **state)
{
    struct vouch_verdict verdict = {
        .csa = VOUCH_CSA_NONE, .reason = VOUCH_REASON_NO_RECORD, .service = -1, .level = VOUCH_LEVEL_NEUTRAL};
    char header[VOUCH_HEADER_SIZE];
    struct vouch_policy policy;

    (void)state;
    vouch_policy_init(&policy);
    vouch_policy_header(&policy, &verdict, text_bytes("mail.example.org"), header);
    assert_string_equal(header_value(header), "localhost; csv=none reason=\"no-record\" smtp.helo=\"mail.example.org\""
                                              " policy.csv-trust=neutral policy.csv-score=0");
    assert_int_equal(strncmp(header, HEADER_NAME ": ", (size_t)(header_value(header) - header)), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_come_apart),
        cmocka_unit_test(plain_addresses_come_apart),
        cmocka_unit_test(a_long_address_keeps_its_domain),
        cmocka_unit_test(a_field_is_folded_at_blanks),
        cmocka_unit_test(a_quoted_string_stays_whole),
        cmocka_unit_test(a_first_word_may_be_too_long),
        cmocka_unit_test(a_field_comes_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
