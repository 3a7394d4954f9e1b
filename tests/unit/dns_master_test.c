/*
 * dns_master_test.c - what zone files may not say: every complaint with its line, and that a bad file changes nothing;
 * and that a file says the same as a stream, wherever its chunks end.
 */
#include "dns/master.h"
#include "dns/master_word.h"
#include "dns/zone.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOA  "@ 60 SOA . . 1 2 3 4 60\n"
#define HEAD "$ORIGIN e.test.\n" SOA

struct vector {
    const char *text;
    const char *error;
};

/* Lines count from 1; HEAD has two. */
static const struct vector vectors[] = {
    {"", "z:1: the file has no SOA"},
    {"; nothing\n\n", "z:3: the file has no SOA"},
    {"$ORIGIN e.test.\nwww A 192.0.2.1\n", "z:3: the file has no SOA"},
    {"www A 192.0.2.1\n", "z:1: an owner that is no name or lacks $ORIGIN: www A 192.0.2.1"},
    {"www. A 192.0.2.1\n", "z:1: a record before the SOA and before any $ORIGIN: www. A 192.0.2.1"},
    {SOA, "z:1: an owner that is no name or lacks $ORIGIN: @ 60 SOA . . 1 2 3 4 60"},
    {HEAD "@ 60 SOA . . 2 2 3 4 60\n", "z:3: a second SOA: e.test"},
    {HEAD "x 60 SOA . . 1 2 3 4 60\n", "z:3: a second SOA: x.e.test"},
    {HEAD "\nx.y.test. A 192.0.2.1\n", "z:4: a record outside the zone: x.y.test"},
    {HEAD "xe.test. A 192.0.2.1\n", "z:3: a record outside the zone: xe.test"},
    {HEAD "a CNAME b\n\na A 192.0.2.1\n", "z:5: a CNAME beside other data: a.e.test"},
    {HEAD "a A 192.0.2.1\nb A 192.0.2.1\nA CNAME b\n", "z:5: a CNAME beside other data: A.e.test"},
    {HEAD "a CNAME b\na CNAME c\n", "z:4: a CNAME beside other data: a.e.test"},
    {HEAD "@ CNAME b\n", "z:3: a CNAME beside other data: e.test"},
    {HEAD "x.y.a A 192.0.2.1\n\na DNAME b\n", "z:3: a record below a DNAME: x.y.a.e.test"},
    {HEAD "aa A 192.0.2.1\na DNAME b\na DNAME c\n", "z:5: a second DNAME: a.e.test"},
    {HEAD "@ DNAME b.test.\nwww A 192.0.2.1\n", "z:4: a record below a DNAME: www.e.test"},
    {HEAD "a CNAME b\na DNAME c\n", "z:4: a CNAME beside other data: a.e.test"},
    {"$ORIGIN e.test.\n@ SOA \\# 3 000000\n", "z:2: an SOA with malformed RDATA: e.test"},
    {"$ORIGIN e.test.\n@ SOA . . 1 2 3 4 4294967295\n", "z:2: an SOA with malformed RDATA: e.test"},
    /* text */
    {HEAD "a TXT \"open\nb TXT x\n", "z:3: a quoted string that is not closed on its line"},
    {HEAD "a TXT \"open", "z:3: a quoted string that is not closed on its line"},
    {HEAD "a TXT (\nb\n", "z:3: a parenthesis that is not closed"},
    {HEAD "a TXT b )\n", "z:3: a closing parenthesis without an opening one"},
    {HEAD "a TXT b\\\n", "z:3: a backslash at the end of a line"},
    {HEAD "a TXT \"b\\\nc\"\n", "z:3: a backslash at the end of a line"},
    {HEAD "a TXT (\n;! secure\nb )\n", "z:4: a directive inside parentheses"},
    {" A 192.0.2.1\n", "z:1: a record without an owner: A 192.0.2.1"},
    {HEAD "a..b A 192.0.2.1\n", "z:3: an owner that is no name: a..b A 192.0.2.1"},
    {HEAD "\"a\" A 192.0.2.1\n", "z:3: an owner that is no name: \"a\" A 192.0.2.1"},
    {HEAD "\\256 A 192.0.2.1\n", "z:3: an owner that is no name: \\256 A 192.0.2.1"},
    {HEAD "b\xff.. A 192.0.2.1\n", "z:3: an owner that is no name: b\\xff.. A 192.0.2.1"},
    /* head of a record */
    {HEAD "a\n", "z:3: no type of record: a"},
    {HEAD "a 60\n", "z:3: no type of record: a 60"},
    {HEAD "a NOTYPE 1\n", "z:3: no type of record: a NOTYPE 1"},
    {HEAD "a ANY 1\n", "z:3: no type of record: a ANY 1"},
    {HEAD "a OPT 1\n", "z:3: no type of record: a OPT 1"},
    {HEAD "a TYPE0 \\# 0\n", "z:3: no type of record: a TYPE0 \\# 0"},
    {HEAD "a TYPE65536 \\# 0\n", "z:3: no type of record: a TYPE65536 \\# 0"},
    {HEAD "a TYPE33x \\# 0\n", "z:3: no type of record: a TYPE33x \\# 0"},
    {HEAD "a 60 60 A 192.0.2.1\n", "z:3: no type of record: a 60 60 A 192.0.2.1"},
    {HEAD "a 1x A 192.0.2.1\n", "z:3: a malformed TTL: a 1x A 192.0.2.1"},
    {HEAD "a 2147483648 A 192.0.2.1\n", "z:3: a malformed TTL: a 2147483648 A 192.0.2.1"},
    {HEAD "a 99999w A 192.0.2.1\n", "z:3: a malformed TTL: a 99999w A 192.0.2.1"},
    {HEAD "a CH TXT x\n", "z:3: a class other than IN, or two: a CH TXT x"},
    {HEAD "a CLASS3 TXT x\n", "z:3: a class other than IN, or two: a CLASS3 TXT x"},
    {HEAD "a IN IN TXT x\n", "z:3: a class other than IN, or two: a IN IN TXT x"},
    /* RDATA */
    {HEAD "a A\n", "z:3: malformed RDATA: a A"},
    {HEAD "a A 192.0.2\n", "z:3: malformed RDATA: a A 192.0.2"},
    {HEAD "a A 192.0.2.1 x\n", "z:3: malformed RDATA: a A 192.0.2.1 x"},
    {HEAD "a AAAA 192.0.2.1\n", "z:3: malformed RDATA: a AAAA 192.0.2.1"},
    {HEAD "a SRV 1 2 b\n", "z:3: a malformed number in RDATA: a SRV 1 2 b"},
    {HEAD "a SRV 1 65536 0 b\n", "z:3: a malformed number in RDATA: a SRV 1 65536 0 b"},
    {HEAD "a SRV 1 -1 0 b\n", "z:3: a malformed number in RDATA: a SRV 1 -1 0 b"},
    {HEAD "a SRV 1 2 0 b c\n", "z:3: malformed RDATA: a SRV 1 2 0 b c"},
    {HEAD "a SRV 1 2 0 b..\n", "z:3: malformed RDATA: a SRV 1 2 0 b.."},
    {HEAD "a SRV (\n1\n2 0 b.. )\n", "z:3: malformed RDATA: a SRV 1 2 0 b.."},
    {HEAD "a TYPE65280 x\n", "z:3: a type whose RDATA must be written as \\# LENGTH HEX: a TYPE65280 x"},
    {HEAD "a SRV \\# 4 000102\n", "z:3: RDATA of another length than it says: a SRV \\# 4 000102"},
    {HEAD "a SRV \\# 1 000102\n", "z:3: RDATA of another length than it says: a SRV \\# 1 000102"},
    {HEAD "a SRV \\# 1 0\n", "z:3: malformed hexadecimal RDATA: a SRV \\# 1 0"},
    {HEAD "a SRV \\# 1 0g\n", "z:3: malformed hexadecimal RDATA: a SRV \\# 1 0g"},
    {HEAD "a SRV \\#\n", "z:3: malformed length of RDATA: a SRV \\#"},
    {HEAD "a SRV \\# 65536 00\n", "z:3: malformed length of RDATA: a SRV \\# 65536 00"},
    /* control lines */
    {"$INCLUDE /etc/passwd\n",
     "z:1: a control line that is not followed (named-compilezone writes a file without any): $INCLUDE /etc/passwd"},
    {HEAD "$GENERATE 1-2 a$ A 192.0.2.$\n",
     "z:3: a control line that is not followed (named-compilezone writes a file without any): $GENERATE 1-2 a$ A 192.0.2.$"},
    {HEAD "$NOTHING\n", "z:3: an unknown control line: $NOTHING"},
    {HEAD "$TTL\n", "z:3: malformed $TTL: $TTL"},
    {HEAD "$TTL x\n", "z:3: malformed $TTL: $TTL x"},
    {HEAD "$TTL 1 2\n", "z:3: text behind a control line: $TTL 1 2"},
    {"$ORIGIN e.test\n", "z:1: malformed $ORIGIN: $ORIGIN e.test"},
    {"$ORIGIN\n", "z:1: malformed $ORIGIN: $ORIGIN"},
    /* directives */
    {";!\n" HEAD, "z:1: an unknown directive"},
    {HEAD ";! nothing\n", "z:3: an unknown directive: nothing"},
    {HEAD ";! secure x\n", "z:3: text behind a directive: secure x"},
    {HEAD ";! additional MX\n", "z:3: additional is for A or AAAA: additional MX"},
    {HEAD ";! additional A AAAA\n", "z:3: text behind a directive: additional A AAAA"},
    {HEAD "\n;! fault\n", "z:4: a fault whose owner is no name: fault"},
    {HEAD ";! fault a..b A timeout\n", "z:3: a fault whose owner is no name: fault a..b A timeout"},
    {HEAD ";! fault x.y.test. A timeout\n", "z:3: a fault outside the zone: fault x.y.test. A timeout"},
    {HEAD ";! fault a\n", "z:3: a fault whose type is none: fault a"},
    {HEAD ";! fault a ANY timeout\n", "z:3: a fault whose type is none: fault a ANY timeout"},
    {HEAD ";! fault a A\n", "z:3: an unknown fault: fault a A"},
    {HEAD ";! fault a A gone\n", "z:3: an unknown fault: fault a A gone"},
    {HEAD ";! fault a A timeout 3\n", "z:3: text behind a directive: fault a A timeout 3"},
    {HEAD ";! fault a A delay\n", "z:3: a delay that is no number of milliseconds: fault a A delay"},
    {HEAD ";! fault a A delay 1s\n", "z:3: a delay that is no number of milliseconds: fault a A delay 1s"},
    {HEAD ";! fault a A delay 4294967295\n",
     "z:3: a delay that is no number of milliseconds: fault a A delay 4294967295"},
    {HEAD ";! fault a A raw\n", "z:3: a raw fault without a message: fault a A raw"},
    {HEAD ";! fault a A raw 000\n", "z:3: a raw message in malformed hexadecimal: fault a A raw 000"},
    {HEAD ";! fault a A raw 0g\n", "z:3: a raw message in malformed hexadecimal: fault a A raw 0g"},
};

/* stream_of - a text as a file; the empty one too */
static FILE *stream_of(const char *text, size_t length)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, length, "r");

    assert_non_null(file);
    return file;
}

/* item_equals - two readers gave the same */
static bool item_equals(const struct master_item *a, const struct master_item *b)
{
    return a->kind == b->kind && a->line == b->line && a->has_ttl == b->has_ttl &&
           a->directive.length == b->directive.length &&
           (a->directive.length == 0 || memcmp(a->directive.data, b->directive.data, a->directive.length) == 0) &&
           (a->kind != MASTER_RECORD ||
            (a->record.type == b->record.type && a->record.ttl_s == b->record.ttl_s &&
             a->record.owner.length == b->record.owner.length &&
             memcmp(a->record.owner.data, b->record.owner.data, a->record.owner.length) == 0 &&
             a->record.rdata.length == b->record.rdata.length &&
             memcmp(a->record.rdata.data, b->record.rdata.data, a->record.rdata.length) == 0));
}

/* same_in_chunks - the text, read as a stream in chunks of this size, gives the same items and complaints */
static void same_in_chunks(const char *text, size_t length, size_t chunk)
{
    struct vouch_bytes bytes = {(const uint8_t *)text, length};
    char error[ZONE_ERROR_SIZE] = "", stream_error[ZONE_ERROR_SIZE] = "";
    struct master_error complaint = {"z", error, sizeof error}, stream_complaint = {"z", stream_error, sizeof error};
    FILE *file = stream_of(text, length);
    struct master *whole = master_open(bytes, NULL, &complaint);
    struct master *stream = master_open_file(file, NULL, &stream_complaint);
    struct master_item item, stream_item;

    assert_non_null(whole);
    assert_non_null(stream);
    if (chunk != 0)
        master_set_chunk(stream, chunk);
    do {
        master_next(whole, &item);
        master_next(stream, &stream_item);
        if (!item_equals(&item, &stream_item) || strcmp(error, stream_error) != 0)
            fail_msg("chunks of %zu octets at line %u: %s / %s\n%s", chunk, item.line, error, stream_error, text);
        assert_int_equal(master_position(whole), master_position(stream));
    } while (item.kind != MASTER_END && item.kind != MASTER_ERROR);
    if (item.kind == MASTER_END)
        assert_int_equal(master_position(stream), length);
    master_close(whole);
    master_close(stream);
    fclose(file);
}

/* read_both - read a zone as a text and as a stream; both say the same */
static bool read_both(const char *text, size_t length, char error[ZONE_ERROR_SIZE])
{
    char stream_error[ZONE_ERROR_SIZE];
    struct zones *zones = zones_new(), *streamed = zones_new();
    FILE *file = stream_of(text, length);
    bool ok = zones_read_text(zones, text, length, "z", error);

    assert_int_equal(zones_read(streamed, file, "z", stream_error), ok);
    assert_string_equal(error, stream_error);
    for (size_t chunk = 0; chunk < 6; chunk++)
        same_in_chunks(text, length, chunk);
    fclose(file);
    zones_free(zones);
    zones_free(streamed);
    return ok;
}

static void complaints(void **state)
{
    char error[ZONE_ERROR_SIZE];

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        if (read_both(vectors[i].text, strlen(vectors[i].text), error))
            fail_msg("accepted:\n%s", vectors[i].text);
        if (strcmp(error, vectors[i].error) != 0)
            fail_msg("%s\n  got      %s\n  expected %s", vectors[i].text, error, vectors[i].error);
    }
}

/* nul_octet - a NUL anywhere is a complaint about its line; what it cut off is none */
static void nul_octet(void **state)
{
    static const struct {
        const char *head, *error;
    } cuts[] = {
        {HEAD "a A 192.0.2.1\n; com", "z:4: a NUL octet"},
        {HEAD "a A 192.0.2.1", "z:3: a NUL octet"},
        {HEAD "a TXT \"open", "z:3: a NUL octet"},
        {HEAD "a TXT open\\", "z:3: a NUL octet"},
        {HEAD "a TXT (\n\nopen", "z:5: a NUL octet"},
        {HEAD ";! secure", "z:3: a NUL octet"},
        {HEAD, "z:3: a NUL octet"},
        {"", "z:1: a NUL octet"},
        {HEAD "a B\n", "z:3: no type of record: a B"},
    };
    char error[ZONE_ERROR_SIZE];
    char text[256];

    (void)state;
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        size_t length = strlen(cuts[i].head);

        memcpy(text, cuts[i].head, length);
        memcpy(text + length, "\0b\n", 4);
        assert_false(read_both(text, length + 3, error));
        assert_string_equal(error, cuts[i].error);
    }
}

/* long_lines - a record or a directive may be long, but not endless; comments may */
static void long_lines(void **state)
{
    static const char head[] = HEAD "a TXT ";
    static const char comment[] = HEAD ";";
    static const char directive[] = HEAD ";! fault a A raw ";
    size_t size = 1000000;
    char *text = malloc(size);
    char error[ZONE_ERROR_SIZE];

    (void)state;
    assert_non_null(text);
    memset(text, '0', size);
    memcpy(text, comment, sizeof comment - 1);
    assert_true(read_both(text, size, error));
    memcpy(text, directive, sizeof directive - 1);
    assert_false(read_both(text, size, error));
    assert_string_equal(error, "z:3: a directive that is too long");
    assert_true(read_both(text, sizeof directive - 1 + 131070, error));
    memcpy(text, head, sizeof head - 1);
    assert_false(read_both(text, size, error));
    assert_string_equal(error, "z:3: a record that is too long");
    for (size_t at = sizeof head - 1; at < size; at += 200)
        text[at] = ' ';
    assert_true(read_both(text, 60000, error));
    free(text);
}

/* two_files - a second file with the same SOA owner is refused, and the first still answers */
static void two_files(void **state)
{
    static const char first[] = HEAD "a A 192.0.2.1\n";
    static const char second[] = "\nE.test. 60 SOA . . 1 2 3 4 60\na A 192.0.2.2\n";
    static const char broken[] = "f.test. 60 SOA . . 1 2 3 4 60\na B\n";
    struct zones *zones = zones_new();
    struct vouch_answer answer;
    char error[ZONE_ERROR_SIZE];

    (void)state;
    assert_true(zones_read_text(zones, first, sizeof first - 1, "one", error));
    assert_false(zones_read_text(zones, second, sizeof second - 1, "two", error));
    assert_string_equal(error, "two:2: another file has an SOA with this owner: E.test");
    assert_false(zones_read_text(zones, broken, sizeof broken - 1, "three", error));
    assert_string_equal(error, "three:2: no type of record: a B");
    assert_int_equal(zones_answer(zones, "a.e.test", VOUCH_TYPE_A, &answer), 0);
    assert_int_equal(answer.records_count, 1);
    assert_int_equal(answer.records[0].rdata.data[3], 1);
    assert_int_equal(zones_answer(zones, "a.f.test", VOUCH_TYPE_A, &answer), 0);
    assert_int_equal(answer.status, VOUCH_NXDOMAIN);
    assert_int_equal(answer.ttl_s, 900);
    zones_free(zones);
}

/* streams - zones_read reads to the end of the file, and names one that cannot be read */
static void streams(void **state)
{
    FILE *file = tmpfile();
    struct zones *zones = zones_new();
    struct vouch_answer answer;
    char error[ZONE_ERROR_SIZE];

    (void)state;
    assert_non_null(file);
    assert_true(fputs(HEAD, file) >= 0);
    for (int i = 0; i < 10000; i++)
        assert_true(fprintf(file, "host%d A 192.0.2.%d\n", i, i % 256) > 0);
    rewind(file);
    assert_true(zones_read(zones, file, "file", error));
    fclose(file);
    zones_answer(zones, "host9999.e.test", VOUCH_TYPE_A, &answer);
    assert_int_equal(answer.status, VOUCH_FOUND);
    assert_int_equal(answer.records[0].rdata.data[3], 9999 % 256);
    file = fopen("/", "r");
    assert_non_null(file);
    assert_false(zones_read(zones, file, "folder", error));
    assert_string_equal(error, "folder:1: cannot be read: Is a directory");
    fclose(file);
    zones_free(zones);
}

/* every_cut - a file that ends anywhere is read or complained about, never worse */
static void every_cut(void **state)
{
    static const char text[] = HEAD ";! fault a A raw 00\n;! additional\n$TTL 1h\na ( SRV 1\n2 ) 0 b ; c\n"
                                    "b TXT \"x\\\"y\" \\# z\n\tA 192.0.2.1\nc TYPE33 \\# 2 00\\\n01\n";
    char error[ZONE_ERROR_SIZE];

    (void)state;
    for (size_t length = 0; length < sizeof text; length++) {
        char *copy = malloc(length == 0 ? 1 : length); /* of exact size, so that a read too far is seen */

        assert_non_null(copy);
        memcpy(copy, text, length);
        if (!read_both(copy, length, error))
            assert_memory_equal(error, "z:", 2);
        free(copy);
    }
}

/* cookie_read - a file of 200,000 records that stands nowhere: line after line, and then a read that fails */
static ssize_t cookie_read(void *cookie, char *octets, size_t size)
{
    unsigned *line = cookie;
    size_t length = 0;

    while (size - length > 64 && *line <= 200001) {
        int count = *line == 0 ? snprintf(octets + length, 64, SOA)
                               : snprintf(octets + length, 64, "host%u ( A ; one\n 192.0.2.1 )\n", *line);

        assert_true(count > 0 && count < 64);
        length += (size_t)count;
        ++*line;
    }
    if (length != 0)
        return (ssize_t)length;
    errno = EIO;
    return -1;
}

/* long_file - memory does not grow with the file, and a read that fails at its end is not taken for the end */
static void long_file(void **state)
{
    static const uint8_t origin[] = "\1e\4test";
    char error[ZONE_ERROR_SIZE] = "";
    struct master_error complaint = {"z", error, sizeof error};
    unsigned line = 0;
    FILE *file = fopencookie(&line, "r", (cookie_io_functions_t){.read = cookie_read});
    struct master *master = master_open_file(file, origin, &complaint);
    struct master_item item;
    size_t records = 0, used = 0;

    (void)state;
    assert_non_null(file);
    assert_non_null(master);
    for (master_next(master, &item); item.kind == MASTER_RECORD; master_next(master, &item)) {
        records++;
        if (records == 1000)
            used = mallinfo2().uordblks + mallinfo2().hblkhd;
    }
    assert_int_equal(item.kind, MASTER_ERROR);
    assert_string_equal(error, "z:400004: cannot be read: Input/output error");
    assert_int_equal(records, 200002);
    assert_int_equal(mallinfo2().uordblks + mallinfo2().hblkhd, used);
    assert_true(master_position(master) > 6000000);
    master_close(master);
    fclose(file);
}

static void words(void **state)
{
    uint32_t number;

    (void)state;
    assert_true(master_period_parse(text_bytes("1w2d3h4m5s"), &number));
    assert_int_equal(number, 604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
    assert_true(master_period_parse(text_bytes("4294967295"), &number));
    assert_false(master_period_parse(text_bytes("4294967296"), &number));
    assert_false(master_period_parse(text_bytes("4294967295s1"), &number));
    assert_false(master_period_parse(text_bytes(""), &number));
    assert_false(master_period_parse(text_bytes("h"), &number));
    assert_int_equal(master_type_parse(text_bytes("srv")), VOUCH_TYPE_SRV);
    assert_int_equal(master_type_parse(text_bytes("type65535")), 65535);
    assert_int_equal(master_type_parse(text_bytes("")), 0);
    assert_int_equal(master_type_parse(text_bytes("AXFR")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(complaints), cmocka_unit_test(nul_octet), cmocka_unit_test(long_lines),
        cmocka_unit_test(two_files),  cmocka_unit_test(streams),   cmocka_unit_test(every_cut),
        cmocka_unit_test(long_file),  cmocka_unit_test(words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
