/*
 * name_test.c - DNS names: master-file text in and out, compressed wire names, order.
 */
#include "builder.h"
#include "core/name.h"
#include "unit.h"

#include <string.h>

#define L63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567890"

static const struct {
    const char *text;
    const char *formatted; /* null: no name */
    size_t length;         /* in wire form */
} text_rows[] = {
    {".", ".", 1},
    {"a", "a", 3},
    {"a.", "a", 3},
    {"Mail.Example.ORG", "Mail.Example.ORG", 18},
    {"mail.example.org.", "mail.example.org", 18},
    {"_client._smtp.x", "_client._smtp.x", 17},
    {"", NULL, 0},
    {"..", NULL, 0},
    {".a", NULL, 0},
    {"a..b", NULL, 0},
    {"a..", NULL, 0},
    {"a\\.b.c", "a\\.b.c", 7},
    {"a\\046b.c", "a\\.b.c", 7},
    {"\\000", "\\000", 3},
    {"\\255", "\\255", 3},
    {"\\256", NULL, 0},
    {"\\999", NULL, 0},
    {"\\25", NULL, 0},
    {"\\2x5", NULL, 0},
    {"\\25x", NULL, 0},
    {"\\", NULL, 0},
    {"a\\", NULL, 0},
    {"\\a", "a", 3},
    {"\\\\", "\\\\", 3},
    {"a b", "a\\032b", 5},
    {"\"();@$", "\\\"\\(\\)\\;\\@\\$", 8},
    {L63 ".x", L63 ".x", 67},
    {L63 "4.x", NULL, 0},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678",
     L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678",
     255},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678.",
     L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678",
     255},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz012345678..",
     NULL, 0},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456789",
     NULL, 0},
    {L63 "." L63 "." L63 "." L63, NULL, 0},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456.x",
     L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz0123456.x",
     255},
    {L63 "." L63 "." L63 "."
         "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz01234567.x",
     NULL, 0},
};

static void test_text_to_wire_and_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(text_rows); i++) {
        uint8_t wire[VOUCH_NAME_SIZE];
        char text[VOUCH_NAME_TEXT_SIZE];
        size_t length = vouch_name_parse(wire, text_rows[i].text, strlen(text_rows[i].text));

        if (length != text_rows[i].length)
            fail_msg("row %zu, %s: %zu", i, text_rows[i].text, length);
        if (length == 0)
            continue;
        vouch_name_format(wire, text);
        assert_string_equal(text, text_rows[i].formatted);
    }
}

/* Every pair of octets as a label: formatted text is harmless ASCII and reads back as the same wire name. */
static void test_every_octet_round_trips(void **state)
{
    (void)state;
    for (unsigned pair = 0; pair < 65536; pair++) {
        uint8_t wire[VOUCH_NAME_SIZE] = {2, (uint8_t)(pair >> 8), (uint8_t)pair, 0}, again[VOUCH_NAME_SIZE];
        char text[VOUCH_NAME_TEXT_SIZE];

        vouch_name_format(wire, text);
        for (const char *at = text; *at != '\0'; at++) {
            if (*at <= ' ' || *at > '~')
                fail_msg("octets %04x", pair);
        }
        if (vouch_name_parse(again, text, strlen(text)) != 4 || memcmp(again, wire, 4) != 0)
            fail_msg("octets %04x", pair);
    }
}

/* The longest text there is: 255 octets in wire form, each octet of a label four characters. */
static void test_longest_text_fits(void **state)
{
    uint8_t wire[VOUCH_NAME_SIZE] = {0}, again[VOUCH_NAME_SIZE];
    char text[VOUCH_NAME_TEXT_SIZE];

    (void)state;
    for (size_t at = 0; at < 254; at += 64)
        wire[at] = at == 192 ? 61 : 63;
    vouch_name_format(wire, text);
    assert_int_equal(strlen(text), 4 * 250 + 3);
    assert_int_equal(vouch_name_parse(again, text, strlen(text)), 255);
    assert_memory_equal(again, wire, 255);
}

/* A whole message: name rows begin at `at`. Offsets count from the message's first octet. */
static const struct {
    const char *what;
    const char *octets;
    size_t length, at;
    const char *name; /* null: malformed */
    size_t end;       /* where the cursor stands behind it */
} wire_rows[] = {
    {"plain", "\1a\2BC\0x", 7, 0, "a.bc", 6},
    {"root", "\0x", 2, 0, ".", 1},
    {"nothing", "", 0, 0, NULL, 0},
    {"label cut", "\3ab", 3, 0, NULL, 0},
    {"no root", "\1a", 2, 0, NULL, 0},
    {"pointer to an earlier name", "\1a\0\1b\xc0\0y", 8, 3, "b.a", 7},
    {"pointer only", "\1a\0\xc0\0", 5, 3, "a", 5},
    {"pointer to a pointer", "\1a\0\1b\xc0\0\1c\xc0\3", 11, 7, "c.b.a", 11},
    {"pointer into a name", "\1a\1b\0\xc0\2", 7, 5, "b", 7},
    {"pointer cut", "\1a\0\xc0", 4, 3, NULL, 0},
    {"pointer past the end", "\1a\0\xc0\7", 5, 3, NULL, 0},
    {"pointer to itself", "\1a\0\xc0\3", 5, 3, NULL, 0},
    {"pointer to its own label", "\1a\0\1b\xc0\3", 7, 3, NULL, 0},
    {"pointer forward", "\xc0\2\1a\0", 5, 0, NULL, 0},
    {"pointer forward behind a label", "\1b\xc0\4\1a\0", 7, 0, NULL, 0},
    {"pointers in a circle", "\xc0\2\xc0\0", 4, 2, NULL, 0},
    {"label type 01",
     "\x41"
     "a\0",
     3, 0, NULL, 0},
    {"label type 10",
     "\x81"
     "a\0",
     3, 0, NULL, 0},
};

static void test_wire_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wire_rows); i++) {
        struct vouch_bytes message = {(const uint8_t *)wire_rows[i].octets, wire_rows[i].length};
        struct cursor cursor;
        struct name name;
        char text[VOUCH_NAME_TEXT_SIZE];
        bool is;

        cursor_init(&cursor, message);
        cursor_view(&cursor, wire_rows[i].at);
        is = name_read(&name, &cursor, message);
        if (is != (wire_rows[i].name != NULL) || is != cursor_ok(&cursor))
            fail_msg("%s", wire_rows[i].what);
        if (!is) {
            assert_int_equal(name.length, 0);
            continue;
        }
        vouch_name_format(name.wire, text);
        assert_string_equal(text, wire_rows[i].name);
        assert_int_equal(cursor.at, wire_rows[i].end);
    }
}

/* A pointer inside RDATA that lies outside the message can lead anywhere in it: there is no "before". */
static void test_view_outside_the_message(void **state)
{
    static const uint8_t message_octets[] = "\0\0\1a\0", rdata_octets[] = "\1b\xc0\2", rest[] = "\1b\0x";
    struct vouch_bytes message = {message_octets, 5}, rdata = {rdata_octets, 4}, none = {NULL, 0};
    struct vouch_bytes longer = {rest, 4};
    struct name name;
    char text[VOUCH_NAME_TEXT_SIZE];

    (void)state;
    assert_true(name_read_view(&name, rdata, message));
    vouch_name_format(name.wire, text);
    assert_string_equal(text, "b.a");
    assert_false(name_read_view(&name, rdata, none));
    assert_false(name_read_view(&name, longer, message)); /* octets behind the name */
    assert_int_equal(name.length, 0);
    assert_false(name_read_view(&name, none, message));
}

/* Names of exactly 255 octets are names, also through a pointer; one more is none. */
static void test_longest_wire_name(void **state)
{
    static const char *const first[] = {"abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxy",
                                        "abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"};

    (void)state;
    for (size_t i = 0; i < COUNT(first); i++) {
        struct octets octets = {0};
        struct cursor cursor;
        struct name name;

        octets_add_name(&octets, L63 "." L63 "." L63);
        octets_add_u8(&octets, (unsigned)strlen(first[i]));
        octets_add(&octets, first[i], strlen(first[i]));
        octets_add_u16(&octets, 0xc000);
        cursor_init(&cursor, octets_view(&octets));
        cursor_view(&cursor, 193);
        assert_int_equal(name_read(&name, &cursor, octets_view(&octets)), i == 0);
        assert_int_equal(name.length, i == 0 ? 255 : 0);
    }
}

static void set(struct name *name, const char *text)
{
    assert_true(name_set(name, text, strlen(text)));
}

static void test_set_and_compare(void **state)
{
    struct name a, b;

    (void)state;
    set(&a, "Mail.Example.ORG");
    set(&b, "mail.example.org.");
    assert_true(name_equals(&a, &b));
    assert_false(name_is_root(&a));
    set(&b, ".");
    assert_true(name_is_root(&b));
    assert_false(name_equals(&a, &b));
    assert_false(name_set(&b, "", 0));
    assert_int_equal(b.length, 0);
}

/* The order of SPEC 8.2 step 4: lower-case text without the final dot, in byte order. */
static void test_order(void **state)
{
    static const char *const sorted[] = {".", "0.x", "a", "a-b.x", "a.b.x", "a.x", "a0.x", "a\\.b.x", "aa.x", "b"};

    (void)state;
    for (size_t i = 0; i < COUNT(sorted); i++) {
        for (size_t j = 0; j < COUNT(sorted); j++) {
            struct name a, b;
            int order;

            set(&a, sorted[i]);
            set(&b, sorted[j]);
            order = name_order(&a, &b);
            if ((order < 0) != (i < j) || (order > 0) != (i > j))
                fail_msg("%s, %s", sorted[i], sorted[j]);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_to_wire_and_back),    cmocka_unit_test(test_every_octet_round_trips),
        cmocka_unit_test(test_longest_text_fits),        cmocka_unit_test(test_wire_names),
        cmocka_unit_test(test_view_outside_the_message), cmocka_unit_test(test_longest_wire_name),
        cmocka_unit_test(test_set_and_compare),          cmocka_unit_test(test_order),
    };

    return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
