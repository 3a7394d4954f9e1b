/*
 * base_test.c - bytes and text: the bounded cursor, the text builder, addresses.
 */
#include "base/address.h"
#include "base/cursor.h"
#include "base/text.h"
#include "unit.h"

#include <arpa/inet.h>
#include <string.h>

static void test_cursor_reads_big_endian(void **state)
{
    static const uint8_t octets[] = {1, 2, 3, 4, 5, 6, 7, 8};
    struct vouch_bytes bytes = {octets, sizeof octets}, view;
    struct cursor cursor;

    (void)state;
    cursor_init(&cursor, bytes);
    assert_int_equal(cursor_u8(&cursor), 1);
    assert_int_equal(cursor_u16(&cursor), 0x0203);
    assert_int_equal(cursor_u32(&cursor), 0x04050607);
    assert_int_equal(cursor_left(&cursor), 1);
    view = cursor_view(&cursor, 1);
    assert_ptr_equal(view.data, octets + 7);
    assert_int_equal(view.length, 1);
    assert_int_equal(cursor_left(&cursor), 0);
    assert_true(cursor_ok(&cursor));
    view = cursor_view(&cursor, 0);
    assert_int_equal(view.length, 0);
    assert_true(cursor_ok(&cursor));
}

/* Whatever is read past the end: zeros, a sticky error, and nothing left. */
static void test_cursor_failure_sticks(void **state)
{
    static const uint8_t octets[] = {9, 9, 9};
    struct vouch_bytes bytes = {octets, sizeof octets};
    struct cursor cursor;

    (void)state;
    cursor_init(&cursor, bytes);
    assert_int_equal(cursor_u32(&cursor), 0);
    assert_false(cursor_ok(&cursor));
    assert_int_equal(cursor_left(&cursor), 0);
    assert_int_equal(cursor_u8(&cursor), 0);
    assert_int_equal(cursor_u16(&cursor), 0);
    assert_int_equal(cursor_view(&cursor, 0).length, 0);
    cursor_init(&cursor, bytes);
    assert_int_equal(cursor_view(&cursor, SIZE_MAX).length, 0);
    assert_false(cursor_ok(&cursor));
}

static void test_text_is_cut_at_its_size(void **state)
{
    char data[6];
    struct text text;

    (void)state;
    text_init(&text, data, sizeof data);
    text_add(&text, "abc");
    assert_false(text.cut);
    text_add(&text, "defg");
    assert_true(text.cut);
    assert_string_equal(data, "abcde");
    text_add_char(&text, 'x');
    assert_string_equal(data, "abcde");
    text_init(&text, data, 1);
    text_add(&text, "a");
    assert_true(text.cut);
    assert_string_equal(data, "");
}

/* A word is itself, and neither more nor less; only the second form is blind to the case of letters. */
static void test_text_is(void **state)
{
    static const struct {
        const char *octets;
        size_t length;
        const char *word;
        bool is, is_nocase;
    } rows[] = {
        {"reload", 6, "reload", true, true},
        {"Reload", 6, "reload", false, true},
        {"reload", 6, "RELOAD", false, true},
        {"reload", 5, "reload", false, false},
        {"reloads", 7, "reload", false, false},
        {"reload\0", 7, "reload", false, false},
        {"re\0oad", 6, "reload", false, false},
        {"reloaf", 6, "reload", false, false},
        {"xeload", 6, "reload", false, false},
        {"", 0, "", true, true},
        {"", 0, "a", false, false},
        {"a", 1, "", false, false},
        {"[", 1, "{", false, false}, /* 0x20 apart, but no letters */
        {"@", 1, "`", false, false},
        {"\xc4", 1, "\xe4", false, false},
        {"\xe4", 1, "\xe4", true, true},
    };
    struct vouch_bytes none = {NULL, 0};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_bytes bytes = {(const uint8_t *)rows[i].octets, rows[i].length};

        if (text_is(bytes, rows[i].word) != rows[i].is || text_is_nocase(bytes, rows[i].word) != rows[i].is_nocase)
            fail_msg("row %zu: %s", i, rows[i].word);
    }
    assert_true(text_is(none, "") && text_is_nocase(none, ""));
    assert_false(text_is(none, "a") || text_is_nocase(none, "a"));
}

static void test_text_numbers(void **state)
{
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {
        {0, "0"},
        {7, "7"},
        {-7, "-7"},
        {100, "100"},
        {-100, "-100"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "-9223372036854775808"},
    };
    char data[32];
    struct text text;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        text_init(&text, data, sizeof data);
        text_add_signed(&text, rows[i].number);
        assert_string_equal(data, rows[i].text);
    }
    text_init(&text, data, sizeof data);
    text_add_unsigned(&text, UINT64_MAX);
    assert_string_equal(data, "18446744073709551615");
}

/* Every octet: printable ones as they are, the rest as \xNN, nothing else gets out. */
static void test_text_printable(void **state)
{
    (void)state;
    for (unsigned octet = 0; octet < 256; octet++) {
        uint8_t byte = (uint8_t)octet;
        struct vouch_bytes bytes = {&byte, 1};
        char data[8];
        struct text text;

        text_init(&text, data, sizeof data);
        text_add_printable(&text, bytes);
        assert_int_equal(text.length, octet >= 0x20 && octet < 0x7f ? 1 : 4);
        for (size_t i = 0; i < text.length; i++)
            assert_in_range(data[i], 0x20, 0x7e);
        if (text.length == 4)
            assert_memory_equal(data, "\\x", 2);
    }
}

static void test_text_characters(void **state)
{
    static const char lower[] = "abcdefghijklmnopqrstuvwxyz", upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char digits[] = "0123456789";

    (void)state;
    for (int value = -128; value < 128; value++) {
        char character = (char)value;
        const char *found = character == '\0' ? NULL : strchr(upper, character);
        bool digit = character != '\0' && strchr(digits, character) != NULL;
        bool letter = found != NULL || (character != '\0' && strchr(lower, character) != NULL);

        assert_int_equal(text_lower(character), found == NULL ? character : lower[found - upper]);
        assert_int_equal(text_is_digit(character), digit);
        assert_int_equal(text_is_alnum(character), digit || letter);
    }
    assert_int_equal(text_bytes(NULL).length, 0);
    assert_int_equal(text_bytes("abc").length, 3);
}

static const struct {
    const char *text;
    const char *canonical; /* null: no address */
} address_rows[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"256.0.2.1", NULL},
    {"192.0.2", NULL},
    {"192.0.2.1.", NULL},
    {"192.0.2.01", NULL},
    {"0x7f.0.0.1", NULL},
    {" 192.0.2.1", NULL},
    {"192.0.2.1 ", NULL},
    {"", NULL},
    {".", NULL},
    {":", NULL},
    {"::", "::"},
    {"::1", "::1"},
    {"1::", "1::"},
    {"2001:db8::1", "2001:db8::1"},
    /* RFC 5952 4.1 to 4.3 */
    {"2001:0DB8::0001", "2001:db8::1"},
    {"2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
    {"2001:db8::0:1", "2001:db8::1"},
    {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
    {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
    {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
    {"0:0:1:2:3:4:5:6", "::1:2:3:4:5:6"},
    {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
    {"0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7"},
    {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::FFFF:c000:0201", "192.0.2.1"},
    {"::ffff:0:192.0.2.1", "::ffff:0:c000:201"},
    {"64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
    {"::192.0.2.1", "::c000:201"},
    {"1:2:3:4:5:6:7", NULL},
    {"1:2:3:4:5:6:7:8:9", NULL},
    {"1::2::3", NULL},
    {"12345::", NULL},
    {"::g", NULL},
    {"fe80::1%eth0", NULL},
    {"[::1]", NULL},
    {"abcd:ef01:2345:6789:abcd:ef01:255.255.255.2555", NULL},
    {"0000:0000:0000:0000:0000:0000:0000:0000:0000:0000", NULL},
};

static void test_address_table(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(address_rows); i++) {
        struct vouch_address address;
        char text[VOUCH_ADDRESS_SIZE];
        bool is = vouch_address_parse(&address, address_rows[i].text, strlen(address_rows[i].text));

        if (is != (address_rows[i].canonical != NULL))
            fail_msg("%s", address_rows[i].text);
        vouch_address_format(&address, text);
        assert_string_equal(text, is ? address_rows[i].canonical : "");
        if (!is)
            assert_int_equal(address.family, 0);
    }
}

static void test_address_with_nul_is_none(void **state)
{
    struct vouch_address address;

    (void)state;
    assert_false(vouch_address_parse(&address, "::1\0", 4));
    assert_false(vouch_address_parse(&address, "1.2.3.4\0x", 9));
    assert_true(vouch_address_parse(&address, "1.2.3.4x", 7));
}

/* Each block's first and last address, and their neighbours. */
static const struct {
    const char *text;
    enum address_use use;
} use_rows[] = {
    {"0.0.0.0", ADDRESS_LOCAL},
    {"0.255.255.255", ADDRESS_LOCAL},
    {"1.0.0.0", ADDRESS_PUBLIC},
    {"9.255.255.255", ADDRESS_PUBLIC},
    {"10.0.0.0", ADDRESS_LOCAL},
    {"10.255.255.255", ADDRESS_LOCAL},
    {"11.0.0.0", ADDRESS_PUBLIC},
    {"100.63.255.255", ADDRESS_PUBLIC},
    {"100.64.0.0", ADDRESS_LOCAL},
    {"100.127.255.255", ADDRESS_LOCAL},
    {"100.128.0.0", ADDRESS_PUBLIC},
    {"127.0.0.1", ADDRESS_LOCAL},
    {"128.0.0.0", ADDRESS_PUBLIC},
    {"169.253.255.255", ADDRESS_PUBLIC},
    {"169.254.0.0", ADDRESS_LOCAL},
    {"169.255.0.0", ADDRESS_PUBLIC},
    {"172.15.255.255", ADDRESS_PUBLIC},
    {"172.16.0.0", ADDRESS_LOCAL},
    {"172.31.255.255", ADDRESS_LOCAL},
    {"172.32.0.0", ADDRESS_PUBLIC},
    {"192.0.1.255", ADDRESS_PUBLIC},
    {"192.0.2.0", ADDRESS_DOCUMENTATION},
    {"192.0.3.0", ADDRESS_PUBLIC},
    {"192.168.255.255", ADDRESS_LOCAL},
    {"192.169.0.0", ADDRESS_PUBLIC},
    {"198.17.255.255", ADDRESS_PUBLIC},
    {"198.18.0.0", ADDRESS_LOCAL},
    {"198.19.255.255", ADDRESS_LOCAL},
    {"198.20.0.0", ADDRESS_PUBLIC},
    {"198.51.100.255", ADDRESS_DOCUMENTATION},
    {"198.51.101.0", ADDRESS_PUBLIC},
    {"203.0.113.1", ADDRESS_DOCUMENTATION},
    {"223.255.255.255", ADDRESS_PUBLIC},
    {"224.0.0.1", ADDRESS_LOCAL},
    {"255.255.255.255", ADDRESS_LOCAL},
    {"::", ADDRESS_LOCAL},
    {"::1", ADDRESS_LOCAL},
    {"64:ff9b::1", ADDRESS_LOCAL},
    {"1fff:ffff::1", ADDRESS_LOCAL},
    {"2000::", ADDRESS_PUBLIC},
    {"2001:2::1", ADDRESS_LOCAL},
    {"2001:2:1::1", ADDRESS_PUBLIC},
    {"2001:db7::1", ADDRESS_PUBLIC},
    {"2001:db8::1", ADDRESS_DOCUMENTATION},
    {"2001:db9::1", ADDRESS_PUBLIC},
    {"3fff:fff::1", ADDRESS_DOCUMENTATION},
    {"3fff:1000::1", ADDRESS_PUBLIC},
    {"4000::", ADDRESS_LOCAL},
    {"fc00::1", ADDRESS_LOCAL},
    {"fe80::1", ADDRESS_LOCAL},
    {"ff02::1", ADDRESS_LOCAL},
    {"::ffff:10.0.0.1", ADDRESS_LOCAL},
    {"::ffff:11.0.0.1", ADDRESS_PUBLIC},
};

/* test_address_use - what an address can be used for */
static void test_address_use(void **state)
{
    struct vouch_address address = {0};

    (void)state;
    assert_int_equal(address_use(&address), ADDRESS_LOCAL);
    for (size_t i = 0; i < COUNT(use_rows); i++) {
        assert_true(vouch_address_parse(&address, use_rows[i].text, strlen(use_rows[i].text)));
        if (address_use(&address) != use_rows[i].use)
            fail_msg("%s", use_rows[i].text);
    }
}

/* All patterns of zero, short and long groups, against the C library, which writes some as dotted IPv4. */
static void test_address_against_inet_ntop(void **state)
{
    static const uint16_t groups[] = {0, 0x1, 0xabcd};

    (void)state;
    for (unsigned pattern = 0; pattern < 6561; pattern++) {
        struct vouch_address address = {.family = 6}, again;
        char text[VOUCH_ADDRESS_SIZE], other[INET6_ADDRSTRLEN];
        unsigned rest = pattern;

        for (size_t i = 0; i < 8; i++, rest /= 3) {
            address.octets[2 * i] = (uint8_t)(groups[rest % 3] >> 8);
            address.octets[2 * i + 1] = (uint8_t)groups[rest % 3];
        }
        vouch_address_format(&address, text);
        assert_non_null(inet_ntop(AF_INET6, address.octets, other, sizeof other));
        if (strchr(other, '.') == NULL)
            assert_string_equal(text, other);
        assert_true(vouch_address_parse(&again, text, strlen(text)));
        assert_memory_equal(&address, &again, sizeof address);
    }
}

static void test_address_compares_family_and_octets(void **state)
{
    static const uint8_t octets[16] = {192, 0, 2, 1};
    struct vouch_address four = {4, {192, 0, 2, 1}}, six = {6, {192, 0, 2, 1}}, none = {0, {0}};
    struct vouch_bytes short_bytes = {octets, 4}, long_bytes = {octets, 16}, no_bytes = {octets, 0};

    (void)state;
    assert_true(address_equals(&four, short_bytes));
    assert_false(address_equals(&four, long_bytes));
    assert_false(address_equals(&four, no_bytes));
    assert_true(address_equals(&six, long_bytes));
    assert_false(address_equals(&six, short_bytes));
    assert_false(address_equals(&none, no_bytes));
    four.octets[3] = 2;
    assert_false(address_equals(&four, short_bytes));
}

/* Words with blanks around them, and none; other control characters part nothing. */
static void test_text_words(void **state)
{
    static const char text[] = " \t one\ttwo \n3\0 \t";
    static const char *const words[] = {"one", "two"};
    struct vouch_bytes rest = {(const uint8_t *)text, sizeof text - 1}, none = {NULL, 0}, word;

    (void)state;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        assert_true(text_is(text_take_word(&rest, " \t"), words[i]));
    word = text_take_word(&rest, " \t");
    assert_int_equal(word.length, 3);
    assert_memory_equal(word.data, "\n3", 3);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(text_take_word(&rest, " \t").length, 0);
    assert_int_equal(rest.length, 0);
    assert_int_equal(text_take_word(&none, " \t").length, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cursor_reads_big_endian),
        cmocka_unit_test(test_cursor_failure_sticks),
        cmocka_unit_test(test_text_is_cut_at_its_size),
        cmocka_unit_test(test_text_is),
        cmocka_unit_test(test_text_words),
        cmocka_unit_test(test_text_numbers),
        cmocka_unit_test(test_text_printable),
        cmocka_unit_test(test_text_characters),
        cmocka_unit_test(test_address_table),
        cmocka_unit_test(test_address_with_nul_is_none),
        cmocka_unit_test(test_address_use),
        cmocka_unit_test(test_address_against_inet_ntop),
        cmocka_unit_test(test_address_compares_family_and_octets),
    };

    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
