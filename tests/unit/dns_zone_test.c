/*
 * dns_zone_test.c - looks names up in zone files: RFC 4592's example, CNAMEs, negative answers, faults, RDATA.
 *
 * An answer is compared as one line of text: status, then what is set of it. Times are in the vector, not in the run.
 */
#include "base/text.h"
#include "dns/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define LINE_SIZE 2048
#define FILES_MAX 4

struct vector {
    const char *name;
    enum vouch_type type;
    const char *answer;
};

/* add_record - one record as "OWNER TYPE HEX" */
static void add_record(struct text *line, const char *mark, const struct vouch_record *record)
{
    static const char hex[] = "0123456789abcdef";
    char owner[VOUCH_NAME_TEXT_SIZE] = "^"; /* a pointer into the message */

    if (record->owner.data[0] < 0xc0)
        vouch_name_format(record->owner.data, owner);
    text_add(line, mark);
    text_add(line, owner);
    text_add_char(line, ' ');
    text_add(line, vouch_type_word((enum vouch_type)record->type));
    text_add_char(line, ' ');
    for (size_t i = 0; i < record->rdata.length; i++) {
        text_add_char(line, hex[record->rdata.data[i] >> 4]);
        text_add_char(line, hex[record->rdata.data[i] & 15]);
    }
}

/* describe - the whole answer as one line */
static void describe(const struct vouch_answer *answer, uint32_t delay_ms, char out[LINE_SIZE])
{
    char soa[VOUCH_NAME_TEXT_SIZE];
    struct text line;

    text_init(&line, out, LINE_SIZE);
    text_add(&line, vouch_status_word(answer->status));
    text_add(&line, answer->secure ? " secure" : "");
    if (answer->has_ttl) {
        text_add(&line, " ttl ");
        text_add_unsigned(&line, answer->ttl_s);
    }
    if (answer->soa_owner.length != 0) {
        vouch_name_format(answer->soa_owner.data, soa);
        text_add(&line, " soa ");
        text_add(&line, soa);
    }
    for (size_t i = 0; i < answer->records_count; i++)
        add_record(&line, " | ", &answer->records[i]);
    for (size_t i = 0; i < answer->additional_count; i++)
        add_record(&line, " + ", &answer->additional[i]);
    if (answer->note.length != 0)
        text_add(&line, " note ");
    text_add_bytes(&line, answer->note.data, answer->note.length);
    if (delay_ms != 0) {
        text_add(&line, " after ");
        text_add_unsigned(&line, delay_ms);
    }
    assert_false(line.cut);
}

/* play - read the files and compare the answers to all vectors */
static void play(const char *const files[FILES_MAX], const struct vector *vectors, size_t count)
{
    struct zones *zones = zones_new();
    char error[ZONE_ERROR_SIZE];
    char line[LINE_SIZE];

    assert_non_null(zones);
    for (size_t i = 0; i < FILES_MAX && files[i] != NULL; i++) {
        if (!zones_read_text(zones, files[i], strlen(files[i]), "file", error))
            fail_msg("%s", error);
        assert_string_equal(error, "");
    }
    for (size_t i = 0; i < count; i++) {
        struct vouch_answer answer;
        uint32_t delay_ms = zones_answer(zones, vectors[i].name, vectors[i].type, &answer);

        describe(&answer, delay_ms, line);
        if (strcmp(line, vectors[i].answer) != 0)
            fail_msg("%s %s:\n  got      %s\n  expected %s", vectors[i].name, vouch_type_word(vectors[i].type), line,
                     vectors[i].answer);
    }
    zones_free(zones);
}

#define PLAY(files, vectors) play(files, vectors, sizeof vectors / sizeof vectors[0])

#define MX ((enum vouch_type)15)

/* RFC 4592 2.2.1, and what 2.2.1 and 2.2.2 say about it; a delegation is not followed, so nothing stands below it. */
static void wildcards(void **state)
{
    static const char *const files[FILES_MAX] = {
        "$ORIGIN example.\n"
        "example.                 3600 IN  SOA   ns.example.com. h 1 2 3 4 300\n"
        "example.                 3600     NS    ns.example.com.\n"
        "example.                 3600     NS    ns.example.net.\n"
        "*.example.               3600     TXT   \"this is a wildcard\"\n"
        "*.example.               3600     MX    10 host1.example.\n"
        "sub.*.example.           3600     TXT   \"this is not a wildcard\"\n"
        "host1.example.           3600     A     192.0.2.1\n"
        "_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1\n"
        "_ssh._tcp.host2.example. 3600     SRV   0 0 22 host1\n"
        "subdel.example.          3600     NS    ns.example.com.\n"
        "subdel.example.          3600     NS    ns.example.net.\n"
        "*.alias 60 CNAME host1\n"
        "x.*.ent TXT x\n"};
    static const struct vector vectors[] = {
        {"host3.example", MX, "found ttl 3600 | host3.example ? 000a05686f737431076578616d706c6500"},
        {"host3.example", VOUCH_TYPE_A, "nodata ttl 300 soa example"},
        {"foo.bar.example", VOUCH_TYPE_TXT,
         "found ttl 3600 | foo.bar.example TXT 127468697320697320612077696c6463617264"},
        {"host1.example", MX, "nodata ttl 300 soa example"},
        {"sub.*.example", MX, "nodata ttl 300 soa example"},
        {"_telnet._tcp.host1.example", VOUCH_TYPE_SRV, "nxdomain ttl 300 soa example"},
        {"host.subdel.example", VOUCH_TYPE_A, "nxdomain ttl 300 soa example"},
        {"ghost.*.example", MX, "nxdomain ttl 300 soa example"},
        {"*.example", VOUCH_TYPE_TXT, "found ttl 3600 | *.example TXT 127468697320697320612077696c6463617264"},
        {"_tcp.host1.example", VOUCH_TYPE_TXT, "nodata ttl 300 soa example"},
        {"host2.example", VOUCH_TYPE_TXT, "nodata ttl 300 soa example"},
        {"a.host2.example", VOUCH_TYPE_TXT, "nxdomain ttl 300 soa example"},
        {"a.alias.example", VOUCH_TYPE_A, "found ttl 60 | host1.example A c0000201"},
        {"a.alias.example", VOUCH_TYPE_CNAME, "found ttl 60 | a.alias.example CNAME 05686f737431076578616d706c6500"},
        {"alias.example", VOUCH_TYPE_A, "nodata ttl 300 soa example"},
        {"a.ent.example", VOUCH_TYPE_TXT, "nodata ttl 300 soa example"},
        {"HOST1.eXample.", VOUCH_TYPE_A, "found ttl 3600 | host1.example A c0000201"},
        {"example", VOUCH_TYPE_A, "nodata ttl 300 soa example"},
        {"host1.example.net", VOUCH_TYPE_A, "nxdomain ttl 900 soa ."},
        {".", VOUCH_TYPE_A, "nxdomain ttl 900 soa ."},
        {"a..example", VOUCH_TYPE_A, "failed note no domain name"},
        {"", VOUCH_TYPE_A, "failed note no domain name"},
    };

    (void)state;
    PLAY(files, vectors);
}

/* chains - CNAMEs inside a file, across files, out of all files, in a loop, and one link too many */
static void chains(void **state)
{
    static const char *const files[FILES_MAX] = {
        "$ORIGIN a.test.\n$TTL 1000\n@ SOA . . 1 2 3 4 300\n"
        "in 50 CNAME host\nhost A 192.0.2.1\nover CNAME host.b.test.\nout 100 CNAME nowhere.example.\n"
        "gone 200 CNAME none\nnodata CNAME host\nhost2.sub AAAA ::1\nsub.sub CNAME x.c.b.test.\n"
        "loop CNAME pool\npool CNAME loop\nself CNAME self\n"
        "c1 CNAME c2\nc2 CNAME c3\nc3 CNAME c4\nc4 CNAME c5\nc5 CNAME c6\nc6 CNAME c7\nc7 CNAME c8\nc8 CNAME host\n"
        "c0 CNAME c1\nbad CNAME \\# 2 0161\n",
        "b.test. 400 SOA . . 1 2 3 4 5000\nhost 10 A 192.0.2.2\nback 20 CNAME in.a.test.\n",
        "c.b.test. SOA . . 1 2 3 4 7\n@ A 192.0.2.3\n"};
    static const struct vector vectors[] = {
        {"in.a.test", VOUCH_TYPE_A, "found ttl 50 | host.a.test A c0000201"},
        {"over.a.test", VOUCH_TYPE_A, "found ttl 10 | host.b.test A c0000202"},
        {"back.b.test", VOUCH_TYPE_A, "found ttl 20 | host.a.test A c0000201"},
        {"out.a.test", VOUCH_TYPE_A, "nxdomain ttl 100 soa ."},
        {"gone.a.test", VOUCH_TYPE_A, "nxdomain ttl 200 soa a.test"},
        {"nodata.a.test", VOUCH_TYPE_TXT, "nodata ttl 300 soa a.test"},
        {"sub.sub.a.test", VOUCH_TYPE_A, "nxdomain ttl 7 soa c.b.test"},
        {"none.b.test", VOUCH_TYPE_A, "nxdomain ttl 400 soa b.test"},
        {"c.b.test", VOUCH_TYPE_A, "found ttl 7 | c.b.test A c0000203"},
        {"loop.a.test", VOUCH_TYPE_A, "chain ttl 1000"},
        {"self.a.test", VOUCH_TYPE_A, "chain ttl 1000"},
        {"c1.a.test", VOUCH_TYPE_A, "found ttl 1000 | host.a.test A c0000201"},
        {"c0.a.test", VOUCH_TYPE_A, "chain ttl 1000"},
        {"bad.a.test", VOUCH_TYPE_A, "failed note a CNAME with malformed RDATA"},
        {"bad.a.test", VOUCH_TYPE_CNAME, "found ttl 1000 | bad.a.test CNAME 0161"},
        {"test", VOUCH_TYPE_A, "nxdomain ttl 900 soa ."},
    };

    (void)state;
    PLAY(files, vectors);
}

#define LABEL_63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* dnames - names below one are aliases, inside a file and across files; the name itself has its own records [RFC 6672]
 */
static void dnames(void **state)
{
    static const char *const files[FILES_MAX] = {
        "$ORIGIN a.test.\n$TTL 1000\n@ SOA . . 1 2 3 4 300\n"
        "old 50 DNAME new\nold A 192.0.2.1\nhost.new A 192.0.2.2\nhost.New TXT x\nover DNAME b.test.\n"
        "older A 192.0.2.3\nloop DNAME x.loop\nbad DNAME \\# 2 0161\n*.w A 192.0.2.4\nto.w DNAME new\nlink CNAME host.old\n"
        "long DNAME " LABEL_63 "." LABEL_63 "." LABEL_63 ".a.test.\n;! fault slow.old A servfail\n",
        "b.test. 400 SOA . . 1 2 3 4 5000\n@ 10 DNAME a.test.\n"};
    static const struct vector vectors[] = {
        {"host.old.a.test", VOUCH_TYPE_A, "found ttl 50 | host.new.a.test A c0000202"},
        {"HOST.old.a.test", VOUCH_TYPE_CNAME,
         "found ttl 50 | HOST.old.a.test CNAME 04484f5354036e65770161047465737400"},
        {"host.old.a.test", (enum vouch_type)39, "nodata ttl 50 soa a.test"},
        {"old.a.test", VOUCH_TYPE_A, "found ttl 1000 | old.a.test A c0000201"},
        {"old.a.test", VOUCH_TYPE_AAAA, "nodata ttl 300 soa a.test"},
        {"old.a.test", (enum vouch_type)39, "found ttl 50 | old.a.test ? 036e65770161047465737400"},
        {"older.a.test", VOUCH_TYPE_A, "found ttl 1000 | older.a.test A c0000203"},
        {"x.host.old.a.test", VOUCH_TYPE_A, "nxdomain ttl 50 soa a.test"},
        {"older.over.a.test", VOUCH_TYPE_A, "found ttl 10 | older.a.test A c0000203"},
        {"link.a.test", VOUCH_TYPE_A, "found ttl 50 | host.new.a.test A c0000202"},
        {"x.loop.a.test", VOUCH_TYPE_A, "chain ttl 1000"},
        {"x.bad.a.test", VOUCH_TYPE_A, "failed note a DNAME with malformed RDATA"},
        {"to.w.a.test", VOUCH_TYPE_A, "nodata ttl 300 soa a.test"},
        {"host.to.w.a.test", VOUCH_TYPE_A, "found ttl 1000 | host.new.a.test A c0000202"},
        {"slow.old.a.test", VOUCH_TYPE_A, "failed note SERVFAIL"},
        {LABEL_63 ".long.a.test", VOUCH_TYPE_A, "failed note YXDOMAIN"},
        {"x.long.a.test", VOUCH_TYPE_A, "nxdomain ttl 300 soa a.test"},
    };

    (void)state;
    PLAY(files, vectors);
}

/* secure_and_additional - an answer is secure if every file it touches is; additional addresses of targets */
static void secure_and_additional(void **state)
{
    static const char *const files[FILES_MAX] = {
        "$ORIGIN s.test.\n  ;! secure\n;! additional\n@ 60 SOA . . 1 2 3 4 60\n"
        "srv SRV 1 2 0 host\nsrv SRV 2 2 0 HOST\nfar SRV 1 2 0 host.i.test.\nhost A 192.0.2.1\nhost AAAA ::1\n"
        "over CNAME host.i.test.\nout CNAME x.example.\nbad SRV \\# 4 00010002\nbad2 SRV \\# 8 0001000200000161\n"
        "wild SRV 1 2 0 a.w\n*.w A 192.0.2.7\nc SRV 1 2 0 cn\ncn CNAME host\n",
        ("i.test. 60 SOA . . 1 2 3 4 60\nhost A 192.0.2.2\nover CNAME host.s.test.\n;!additional A\n"
         "srv SRV 1 2 0 host.s.test.\n"),
        "n.test. 60 SOA . . 1 2 3 4 60\nsrv SRV 1 2 0 host.s.test.\n"};
    static const struct vector vectors[] = {
        {"host.s.test", VOUCH_TYPE_A, "found secure ttl 60 | host.s.test A c0000201"},
        {"none.s.test", VOUCH_TYPE_A, "nxdomain secure ttl 60 soa s.test"},
        {"srv.s.test", VOUCH_TYPE_A, "nodata secure ttl 60 soa s.test"},
        {"over.s.test", VOUCH_TYPE_A, "found ttl 60 | host.i.test A c0000202"},
        {"over.i.test", VOUCH_TYPE_A, "found ttl 60 | host.s.test A c0000201"},
        {"out.s.test", VOUCH_TYPE_A, "nxdomain ttl 60 soa ."},
        {"srv.s.test", VOUCH_TYPE_SRV,
         "found secure ttl 60 | srv.s.test SRV 00010002000004686f7374017304746573740"
         "0 | srv.s.test SRV 00020002000004484f5354017304746573740"
         "0 + host.s.test A c0000201 + host.s.test AAAA 00000000000000000000000000000001"},
        {"far.s.test", VOUCH_TYPE_SRV, "found secure ttl 60 | far.s.test SRV 00010002000004686f73740169047465737400"},
        {"srv.i.test", VOUCH_TYPE_SRV,
         "found ttl 60 | srv.i.test SRV 00010002000004686f73740173047465737400 + host.s.test A c0000201"},
        {"srv.n.test", VOUCH_TYPE_SRV, "found ttl 60 | srv.n.test SRV 00010002000004686f73740173047465737400"},
        {"bad.s.test", VOUCH_TYPE_SRV, "found secure ttl 60 | bad.s.test SRV 00010002"},
        {"bad2.s.test", VOUCH_TYPE_SRV, "found secure ttl 60 | bad2.s.test SRV 0001000200000161"},
        {"wild.s.test", VOUCH_TYPE_SRV,
         "found secure ttl 60 | wild.s.test SRV 000100020000016101770173047465737400 + a.w.s.test A c0000207"},
        {"c.s.test", VOUCH_TYPE_SRV, "found secure ttl 60 | c.s.test SRV 00010002000002636e0173047465737400"},
    };

    (void)state;
    PLAY(files, vectors);
}

/* faults - each kind, at the name, behind a CNAME, at a wildcard, for one type and for all */
static void faults(void **state)
{
    static const char *const files[FILES_MAX] = {
        ";! fault dead A timeout\n$ORIGIN elsewhere.\n;! secure\n"
        "f.test. 60 SOA . . 1 2 3 4 60\n$ORIGIN f.test.\n"
        ";! fault servfail * servfail\n;! fault refused.f.test. A refused\n;! fault tc TYPE1 truncated\n"
        ";! fault forged * bogus\n;! fault slow A delay 20\n;! fault slow2 A delay 5\n;! fault slow2 * servfail\n"
        ";! fault slowest A delay 4294967294\n;! fault @ TXT servfail\n"
        ";! fault raw A raw 0001 8580 0001 0001 0000 0000 03726177016604746573740000010001\r\n"
        ";! fault other A raw 00018580000100010000000003726177016604746573740000010001c00c00010001000000"
        "3c0004c0000209\n"
        ";! fault right A raw 0001858000010001000000000572696768740166047465737400"
        "00010001c00c000100010000003c0004c0000209\n"
        ";! fault short A raw 00\n;! fault *.w A bogus\n;! fault late.sub.f.test. A delay 3\n"
        "slow A 192.0.2.1\nslow TXT x\nlink CNAME slow\nlink2 CNAME dead\n*.w A 192.0.2.1\nmine.w A 192.0.2.2\n",
        "sub.f.test. 60 SOA . . 1 2 3 4 60\n;! secure\nlate A 192.0.2.1\n"};
    static const struct vector vectors[] = {
        {"dead.f.test", VOUCH_TYPE_A, "timeout note timeout after 4294967295"},
        {"dead.f.test", VOUCH_TYPE_TXT, "nxdomain secure ttl 60 soa f.test"},
        {"servfail.f.test", VOUCH_TYPE_A, "failed note SERVFAIL"},
        {"servfail.f.test", VOUCH_TYPE_SRV, "failed note SERVFAIL"},
        {"REFUSED.f.test", VOUCH_TYPE_A, "failed note REFUSED"},
        {"tc.f.test", VOUCH_TYPE_A, "failed note truncated"},
        {"forged.f.test", VOUCH_TYPE_A, "bogus note bogus"},
        {"slow.f.test", VOUCH_TYPE_A, "found secure ttl 60 | slow.f.test A c0000201 after 20"},
        {"slow.f.test", VOUCH_TYPE_TXT, "found secure ttl 60 | slow.f.test TXT 0178"},
        {"slow2.f.test", VOUCH_TYPE_A, "failed note SERVFAIL after 5"},
        {"slowest.f.test", VOUCH_TYPE_A, "nxdomain secure ttl 60 soa f.test after 4294967294"},
        {"f.test", VOUCH_TYPE_TXT, "failed note SERVFAIL"},
        {"link.f.test", VOUCH_TYPE_A, "found secure ttl 60 | slow.f.test A c0000201 after 20"},
        {"link2.f.test", VOUCH_TYPE_A, "timeout note timeout after 4294967295"},
        {"link2.f.test", VOUCH_TYPE_CNAME, "found secure ttl 60 | link2.f.test CNAME 04646561640166047465737400"},
        {"raw.f.test", VOUCH_TYPE_A, "failed note malformed message"},
        {"other.f.test", VOUCH_TYPE_A, "failed note the response is to another question"},
        {"right.f.test", VOUCH_TYPE_A, "found secure ttl 60 | ^ A c0000209"},
        {"short.f.test", VOUCH_TYPE_A, "failed note message too short"},
        {"any.w.f.test", VOUCH_TYPE_A, "bogus note bogus"},
        {"any.w.f.test", VOUCH_TYPE_TXT, "nodata secure ttl 60 soa f.test"},
        {"mine.w.f.test", VOUCH_TYPE_A, "found secure ttl 60 | mine.w.f.test A c0000202"},
        {"late.sub.f.test", VOUCH_TYPE_A, "found secure ttl 60 | late.sub.f.test A c0000201 after 3"},
    };

    (void)state;
    PLAY(files, vectors);
}

/* master_files - origins, TTLs, owners, parentheses, quotes, escapes, numbers, unknown types */
static void master_files(void **state)
{
    static const char *const files[FILES_MAX] = {
        "; no $ORIGIN: the SOA's owner is one, for the SOA as well\r\n"
        "m.test. IN SOA ns host\\.master ( 1 ; serial\n  1h 15M\n\t4w2d 300 )\n"
        "a A 192.0.2.1\n\tTXT \"two\" words ; comment\n  30 IN TXT \"; no ( comment\"\n"
        "IN 40 A 192.0.2.9\n"
        "$TTL 1h30m\n"
        "b IN 20 A 192.0.2.2\nb 10 IN AAAA 2001:DB8::1\nb MX 10 @\n"
        "$origin sub ; relative\n@ A 192.0.2.3\n\\097\\.\\@ A 192.0.2.4\n$ORIGIN m.test.\n"
        "t TXT \"\" a\\032b \"\\\"\\\\\\255\\000\"\n"
        "u TYPE33 \\# 4 0001 00 02\nu type65280 \\# 0\nu TYPE1 192.0.2.5\n"
        "twice A 192.0.2.6\nTWICE A 192.0.2.6\n"
        "(p A\n192.0.2.7)\n"
        "z CLASS1 A 192.0.2.8"};
    static const struct vector vectors[] = {
        {"m.test", VOUCH_TYPE_SOA,
         "found ttl 300 | m.test SOA 026e73016d04746573740"
         "00b686f73742e6d6173746572016d0474657374000000000100000e100000038400278d000000012c"},
        {"a.m.test", VOUCH_TYPE_A, "found ttl 300 | a.m.test A c0000201"},
        {"a.m.test", VOUCH_TYPE_TXT,
         "found ttl 30 | a.m.test TXT 0374776f05776f726473 | a.m.test TXT 0e3b206e6f202820636f6d6d656e74"},
        {"in.m.test", VOUCH_TYPE_A, "found ttl 40 | IN.m.test A c0000209"},
        {"b.m.test", VOUCH_TYPE_A, "found ttl 20 | b.m.test A c0000202"},
        {"b.m.test", VOUCH_TYPE_AAAA, "found ttl 10 | b.m.test AAAA 20010db8000000000000000000000001"},
        {"b.m.test", MX, "found ttl 5400 | b.m.test ? 000a016d047465737400"},
        {"sub.m.test", VOUCH_TYPE_A, "found ttl 5400 | sub.m.test A c0000203"},
        {"A\\.\\064.sub.m.test", VOUCH_TYPE_A, "found ttl 5400 | a\\.\\@.sub.m.test A c0000204"},
        {"t.m.test", VOUCH_TYPE_TXT, "found ttl 5400 | t.m.test TXT 000361206204225cff00"},
        {"u.m.test", VOUCH_TYPE_SRV, "found ttl 5400 | u.m.test SRV 00010002"},
        {"u.m.test", (enum vouch_type)65280, "found ttl 5400 | u.m.test ? "},
        {"u.m.test", VOUCH_TYPE_A, "found ttl 5400 | u.m.test A c0000205"},
        {"twice.m.test", VOUCH_TYPE_A, "found ttl 5400 | twice.m.test A c0000206"},
        {"p.m.test", VOUCH_TYPE_A, "found ttl 5400 | p.m.test A c0000207"},
        {"z.m.test", VOUCH_TYPE_A, "found ttl 5400 | z.m.test A c0000208"},
        {"none.m.test", VOUCH_TYPE_A, "nxdomain ttl 300 soa m.test"},
    };

    (void)state;
    PLAY(files, vectors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wildcards), cmocka_unit_test(chains),
        cmocka_unit_test(dnames),    cmocka_unit_test(secure_and_additional),
        cmocka_unit_test(faults),    cmocka_unit_test(master_files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
