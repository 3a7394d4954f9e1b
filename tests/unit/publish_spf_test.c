/*
 * publish_spf_test.c - SPF records: which terms name hosts, and which do not count.
 */
#include "publish/spf.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OWNER "example.org"

/* wire - TXT RDATA of these strings, parted by "|" */
static struct vouch_bytes wire(uint8_t *data, const char *strings)
{
    size_t length = 0;

    for (const char *at = strings;; at++) {
        size_t piece = strcspn(at, "|");

        data[length++] = (uint8_t)piece;
        memcpy(data + length, at, piece);
        length += piece;
        at += piece;
        if (*at == '\0')
            return (struct vouch_bytes){data, length};
    }
}

/* terms - what a record names, as text: "host NAME; exchangers NAME; address ADDRESS; record NAME; " */
static void terms(char *text, size_t size, const char *strings)
{
    static const char *const kinds[] = {
        [SPF_HOST] = "host", [SPF_EXCHANGERS] = "exchangers", [SPF_ADDRESS] = "address", [SPF_RECORD] = "record"};
    uint8_t data[2048];
    struct spf_term term;
    struct spf spf;

    text[0] = '\0';
    if (!spf_open(&spf, OWNER, wire(data, strings))) {
        assert_true(snprintf(text, size, "none") > 0);
        return;
    }
    while (spf_next(&spf, &term)) {
        size_t length = strlen(text);
        char address[VOUCH_ADDRESS_SIZE];

        assert_int_equal(term.kind == SPF_ADDRESS, term.name[0] == '\0');
        if (term.kind == SPF_ADDRESS)
            vouch_address_format(&term.address, address);
        assert_true(snprintf(text + length, size - length, "%s %s; ", kinds[term.kind],
                             term.kind == SPF_ADDRESS ? address : term.name) > 0);
    }
}

static const struct {
    const char *strings, *expected;
} rows[] = {
    {"v=spf1", ""},
    {"V=SPF1", ""},
    {"v=spf10 a:x.example.org", "none"},
    {"v=spf1a:x.example.org", "none"},
    {" v=spf1 a:x.example.org", "none"},
    {"x", "none"},
    {"", "none"},
    {"v=spf1 a mx -all", "host example.org; exchangers example.org; "},
    {"v=spf1 +a:Out.Example.ORG. +MX:other.example.org", "host out.example.org; exchangers other.example.org; "},
    {"v=spf1  a:x.example.org   a:y.example.org  ", "host x.example.org; host y.example.org; "},
    {"v=spf1 a:x.exam|ple.org", "host x.example.org; "},
    {"v=spf1 -a:x.example.org ~mx ?include:y.example.org -ip4:192.0.2.1", ""},
    {"v=spf1 ip4:192.0.2.1 ip4:192.0.2.2/32 ip6:2001:DB8::1 ip6:2001:db8::2/128",
     "address 192.0.2.1; address 192.0.2.2; address 2001:db8::1; address 2001:db8::2; "},
    {"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/64 ip4:192.0.2.1/ ip6:2001:db8::1/32 ip4 ip4: ip6:x", ""},
    {"v=spf1 a/24 mx/28 a:x.example.org/24 mx:y.example.org//64 a:z.example.org/ a/24//128", ""},
    {"v=spf1 a/32 mx//128 a:x.example.org/32//128", "host example.org; exchangers example.org; host x.example.org; "},
    {"v=spf1 include:y.example.org redirect=z.example.org", "record y.example.org; record z.example.org; "},
    {"v=spf1 include: include redirect= redirect include=y.example.org redirect:z.example.org include:y/24", ""},
    {"v=spf1 redirect=z.example.org -all", ""},
    {"v=spf1 -ALL redirect=z.example.org a:x.example.org", ""},
    {"v=spf1 a:x.example.org all a:y.example.org", "host x.example.org; "},
    {"v=spf1 allow:x a:%{i}.example.org exists:x.example.org ptr ptr:example.org exp=x.example.org a:x..y a: mx: b:x",
     ""},
    {"v=spf1 a=x.example.org mx=x.example.org abc:x.example.org", ""},
};

static void test_terms(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char found[1024];

        terms(found, sizeof found, rows[i].strings);
        if (strcmp(found, rows[i].expected) != 0)
            fail_msg("%s: %s, wanted %s", rows[i].strings, found, rows[i].expected);
    }
}

static void test_malformed(void **state)
{
    static const uint8_t cut[] = "\x20v=spf1 a:x.example.org";
    struct spf spf;

    (void)state;
    assert_false(spf_open(&spf, OWNER, (struct vouch_bytes){cut, sizeof cut - 1}));
    assert_false(spf_open(&spf, OWNER, (struct vouch_bytes){NULL, 0}));
}

/* A record longer than what is looked at names what stands in the part that is. */
static void test_long(void **state)
{
    uint8_t data[2 * SPF_SIZE], *at = data;
    struct spf_term term;
    size_t count = 0;
    struct spf spf;

    (void)state;
    at[0] = 6;
    memcpy(at + 1, "v=spf1", 6);
    at += 7;
    for (size_t i = 0; i < 1000; i++) {
        *at++ = 4;
        memcpy(at, " a:b", 4);
        at += 4;
    }
    assert_true(spf_open(&spf, OWNER, (struct vouch_bytes){data, (size_t)(at - data)}));
    while (spf_next(&spf, &term))
        count++;
    assert_int_equal(count, 1000);
    for (size_t i = 0; i < 100; i++) {
        *at++ = 4;
        memcpy(at, " a:b", 4);
        at += 4;
    }
    assert_true(spf_open(&spf, OWNER, (struct vouch_bytes){data, (size_t)(at - data)}));
    for (count = 0; spf_next(&spf, &term);)
        count++;
    assert_in_range(count, 1000, 1099);
}

/* Addresses are found in records of their type and length only, each with the number that came first. */
static void test_addresses(void **state)
{
    static const struct {
        const char *text;
        size_t number;
    } listed[] = {{"192.0.2.1", 7}, {"2001:db8::1", 8}, {"192.0.2.1", 9}};
    static const uint8_t octets[] = {192, 0, 2, 1, 0}, six[16] = {0x20, 0x01, 0x0d, 0xb8, [15] = 1};
    struct vouch_record record = {.type = VOUCH_TYPE_A, .rdata = {octets, 4}};
    struct spf_addresses addresses = {{NULL}};
    size_t number = 0;

    (void)state;
    assert_false(spf_addresses_find(&addresses, &record, &number));
    for (size_t i = 0; i < COUNT(listed); i++) {
        struct vouch_address address;

        assert_true(vouch_address_parse(&address, listed[i].text, strlen(listed[i].text)));
        assert_true(spf_addresses_add(&addresses, &address, listed[i].number));
    }
    assert_true(spf_addresses_find(&addresses, &record, &number));
    assert_int_equal(number, 7);
    for (size_t length = 0; length <= sizeof octets; length++) {
        record.rdata.length = length;
        assert_int_equal(spf_addresses_find(&addresses, &record, &number), length == 4);
    }
    record = (struct vouch_record){.type = VOUCH_TYPE_AAAA, .rdata = {six, sizeof six}};
    assert_true(spf_addresses_find(&addresses, &record, &number));
    assert_int_equal(number, 8);
    record.type = VOUCH_TYPE_TXT;
    assert_false(spf_addresses_find(&addresses, &record, &number));
    name_index_free(&addresses.index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
