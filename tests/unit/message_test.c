/*
 * message_test.c - DNS response messages: sections, CNAME chains, SOA, bounds, and everything that makes one unusable.
 */
#include "builder.h"
#include "unit.h"

#include <string.h>

#define TYPE_NS    2
#define TYPE_OPT   41
#define CLASS_IN   1
#define CLASS_CH   3
#define RESPONSE   0x8180
#define NXDOMAIN   0x8183
#define ASKED      "mail.example.org"
#define SOA_LENGTH 22 /* two root names and five integers */
#define RECORDS    16

/* One record of a message to be built; `name` is RDATA if it is set, else `data`. */
struct row {
    const char *owner;
    unsigned type, class;
    uint32_t ttl_s;
    const char *name;
    const char *data;
    size_t length;
};

struct counts {
    unsigned answers, authorities, additionals;
};

static struct vouch_record records[RECORDS];

static void begin(struct octets *octets, unsigned flags, struct counts counts)
{
    octets->length = 0;
    octets_add_u16(octets, 0x1234);
    octets_add_u16(octets, flags);
    octets_add_u16(octets, 1);
    octets_add_u16(octets, counts.answers);
    octets_add_u16(octets, counts.authorities);
    octets_add_u16(octets, counts.additionals);
    octets_add_name(octets, ASKED);
    octets_add_u16(octets, VOUCH_TYPE_A);
    octets_add_u16(octets, CLASS_IN);
}

static void add(struct octets *octets, const struct row *row)
{
    size_t place;

    octets_add_name(octets, row->owner);
    octets_add_u16(octets, row->type);
    octets_add_u16(octets, row->class);
    octets_add_u32(octets, row->ttl_s);
    place = octets->length;
    octets_add_u16(octets, 0);
    if (row->name != NULL)
        octets_add_name(octets, row->name);
    else
        octets_add(octets, row->data, row->length);
    octets->data[place] = (uint8_t)((octets->length - place - 2) >> 8);
    octets->data[place + 1] = (uint8_t)(octets->length - place - 2);
}

static void read_with(struct vouch_answer *answer, const struct octets *octets, size_t records_max)
{
    vouch_answer_read(answer, ASKED, VOUCH_TYPE_A, octets_view(octets), records, records_max);
}

static void read_all(struct vouch_answer *answer, const struct octets *octets)
{
    read_with(answer, octets, RECORDS);
}

static const char *note(const struct vouch_answer *answer)
{
    return answer->note.length == 0 ? "" : (const char *)answer->note.data;
}

static const struct row address = {ASKED, VOUCH_TYPE_A, CLASS_IN, 300, NULL, "\300\0\2\12", 4};
static const struct row soa = {"example.org",
                               VOUCH_TYPE_SOA,
                               CLASS_IN,
                               900,
                               NULL,
                               "\0\0"
                               "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\1\54",
                               SOA_LENGTH};

static void test_found(void **state)
{
    struct octets octets;
    struct vouch_answer answer;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){1, 0, 0});
    add(&octets, &address);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FOUND);
    assert_int_equal(answer.records_count, 1);
    assert_int_equal(answer.records[0].type, VOUCH_TYPE_A);
    assert_int_equal(answer.records[0].rdata.length, 4);
    assert_memory_equal(answer.records[0].rdata.data, "\300\0\2\12", 4);
    assert_true(answer.has_ttl);
    assert_int_equal(answer.ttl_s, 300);
    assert_false(answer.secure || answer.cut);
    assert_int_equal(answer.additional_count, 0);
}

static const struct {
    unsigned flags;
    enum vouch_status status;
    const char *note;
} header_rows[] = {
    {0x8180, VOUCH_FOUND, ""},
    {0x8000, VOUCH_FOUND, ""},
    {0x85b0, VOUCH_FOUND, ""}, /* AA, AD, CD do not matter */
    {0x8183, VOUCH_FOUND, ""}, /* a record is a record */
    {0x0180, VOUCH_FAILED, "not a response to one question"},
    {0x8980, VOUCH_FAILED, "not a response to one question"},
    {0xf980, VOUCH_FAILED, "not a response to one question"},
    {0x8380, VOUCH_FAILED, "truncated"},
    {0x8383, VOUCH_FAILED, "truncated"},
    {0x8181, VOUCH_FAILED, "FORMERR"},
    {0x8182, VOUCH_FAILED, "SERVFAIL"},
    {0x8184, VOUCH_FAILED, "NOTIMP"},
    {0x8185, VOUCH_FAILED, "REFUSED"},
    {0x8186, VOUCH_FAILED, "unexpected rcode"},
    {0x8189, VOUCH_FAILED, "NOTAUTH"},
    {0x818f, VOUCH_FAILED, "unexpected rcode"},
};

static void test_header(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(header_rows); i++) {
        struct octets octets;
        struct vouch_answer answer;

        begin(&octets, header_rows[i].flags, (struct counts){1, 0, 0});
        add(&octets, &address);
        read_all(&answer, &octets);
        if (answer.status != header_rows[i].status)
            fail_msg("flags %04x: %s", header_rows[i].flags, vouch_status_word(answer.status));
        assert_string_equal(note(&answer), header_rows[i].note);
        if (answer.status == VOUCH_FAILED)
            assert_int_equal(answer.records_count + answer.additional_count + answer.has_ttl, 0);
    }
}

/* The question must be ours: one octet changed makes the response another's; upper case does not. */
static void test_question(void **state)
{
    struct octets octets;
    struct vouch_answer answer;
    size_t question_end;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){1, 0, 0});
    question_end = octets.length;
    add(&octets, &address);
    for (size_t at = 12; at < question_end; at++) {
        octets.data[at] ^= 1;
        read_all(&answer, &octets);
        if (answer.status != VOUCH_FAILED || strcmp(note(&answer), "the response is to another question") != 0)
            fail_msg("octet %zu", at);
        octets.data[at] ^= 1;
    }
    octets.data[13] = 'M';
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FOUND);
    for (unsigned questions = 0; questions < 3; questions++) {
        octets.data[5] = (uint8_t)questions;
        read_all(&answer, &octets);
        assert_int_equal(answer.status, questions == 1 ? VOUCH_FOUND : VOUCH_FAILED);
    }
    octets.data[5] = 1;
    vouch_answer_read(&answer, "no..name", VOUCH_TYPE_A, octets_view(&octets), records, RECORDS);
    assert_int_equal(answer.status, VOUCH_FAILED);
}

/* A message cut anywhere in header, question, answers or authority is malformed; cut in the Additional section not. */
static void test_every_prefix(void **state)
{
    struct octets octets;
    struct vouch_answer answer;
    size_t additional_start;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){2, 1, 1});
    add(&octets, &address);
    add(&octets, &address);
    add(&octets, &soa);
    additional_start = octets.length;
    add(&octets, &address);
    for (size_t length = 0; length <= octets.length; length++) {
        struct octets prefix = {.length = length};
        bool usable = length >= additional_start;

        memcpy(prefix.data, octets.data, length);
        read_all(&answer, &prefix);
        if ((answer.status == VOUCH_FOUND) != usable || (!usable && answer.status != VOUCH_FAILED))
            fail_msg("length %zu: %s", length, vouch_status_word(answer.status));
        assert_int_equal(answer.additional_count, length == octets.length ? 1 : 0);
    }
}

/* What does not belong to the chain is not looked at. */
static void test_other_records_are_left_out(void **state)
{
    static const struct row others[] = {
        {"other.example.org", VOUCH_TYPE_A, CLASS_IN, 1, NULL, "\1\2\3\4", 4},
        {ASKED, VOUCH_TYPE_A, CLASS_CH, 1, NULL, "\1\2\3\4", 4},
        {ASKED, VOUCH_TYPE_AAAA, CLASS_IN, 1, NULL, "abcdefghijklmnop", 16},
        {ASKED, VOUCH_TYPE_TXT, CLASS_IN, 1, NULL, "\1a", 2},
        {"other.example.org", VOUCH_TYPE_CNAME, CLASS_IN, 1, "elsewhere.example.org", NULL, 0},
        {ASKED, VOUCH_TYPE_CNAME, CLASS_CH, 1, "elsewhere.example.org", NULL, 0},
    };
    struct octets octets;
    struct vouch_answer answer;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){COUNT(others) + 1, 0, 0});
    for (size_t i = 0; i < COUNT(others); i++)
        add(&octets, &others[i]);
    add(&octets, &address);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FOUND);
    assert_int_equal(answer.records_count, 1);
    assert_int_equal(answer.ttl_s, 300);
}

/* chain - ASKED -> n1 -> ... -> n<links>, then an address there; `backwards`: in reverse order in the message */
static void chain(struct octets *octets, unsigned links, bool backwards, bool loop)
{
    begin(octets, RESPONSE, (struct counts){links + 1, 0, 0});
    for (unsigned i = 0; i <= links; i++) {
        unsigned link = backwards ? links - i : i;
        char owner[] = "nA.example.org", target[] = "nA.example.org";
        struct row row = {link == 0 ? ASKED : owner, VOUCH_TYPE_CNAME, CLASS_IN, 100 - link, target, NULL, 0};

        owner[1] = (char)('A' + link);
        target[1] = (char)('A' + link + 1);
        if (link == links) {
            row.type = loop ? VOUCH_TYPE_CNAME : VOUCH_TYPE_A;
            row.name = loop ? ASKED : NULL;
            row.data = "\300\0\2\12";
            row.length = 4;
        }
        add(octets, &row);
    }
}

static void test_chains(void **state)
{
    (void)state;
    for (unsigned links = 0; links < 14; links++) {
        for (unsigned variant = 0; variant < 4; variant++) {
            bool backwards = (variant & 1) != 0, loop = (variant & 2) != 0;
            struct octets octets;
            struct vouch_answer answer;

            chain(&octets, links, backwards, loop);
            read_all(&answer, &octets);
            if (answer.status != (!loop && links <= VOUCH_CNAMES_MAX ? VOUCH_FOUND : VOUCH_CHAIN))
                fail_msg("%u links, variant %u: %s", links, variant, vouch_status_word(answer.status));
            assert_int_equal(answer.records_count, answer.status == VOUCH_FOUND ? 1 : 0);
            if (answer.status == VOUCH_FOUND)
                assert_int_equal(answer.ttl_s, 100 - links); /* the lowest of the chain */
        }
    }
}

/* A chain that ends in nothing: NODATA or NXDOMAIN of its last name. A malformed CNAME is trouble. */
static void test_chain_into_nothing(void **state)
{
    static const struct row cname = {ASKED, VOUCH_TYPE_CNAME, CLASS_IN, 60, "there.example.org", NULL, 0};
    static const struct row bad = {ASKED, VOUCH_TYPE_CNAME, CLASS_IN, 60, NULL, "\1a", 2};
    struct octets octets;
    struct vouch_answer answer;

    (void)state;
    for (unsigned nxdomain = 0; nxdomain < 2; nxdomain++) {
        begin(&octets, nxdomain ? NXDOMAIN : RESPONSE, (struct counts){1, 1, 0});
        add(&octets, &cname);
        add(&octets, &soa);
        read_all(&answer, &octets);
        assert_int_equal(answer.status, nxdomain ? VOUCH_NXDOMAIN : VOUCH_NODATA);
        assert_int_equal(answer.ttl_s, 60);
        assert_int_equal(answer.soa_owner.length, 13);
    }
    begin(&octets, RESPONSE, (struct counts){1, 0, 0});
    add(&octets, &bad);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FAILED);
}

/* The negative TTL is the lower of the SOA's own and its last field [RFC 2308 5]; an SOA beside data says nothing. */
static void test_soa(void **state)
{
    static const uint32_t ttls[] = {0, 299, 300, 301, INT32_MAX, UINT32_C(0x80000000), UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(ttls); i++) {
        struct row row = soa;
        struct octets octets;
        struct vouch_answer answer;

        row.ttl_s = ttls[i];
        begin(&octets, NXDOMAIN, (struct counts){0, 2, 0});
        add(&octets, &row);
        add(&octets, &soa);
        read_all(&answer, &octets);
        assert_int_equal(answer.status, VOUCH_NXDOMAIN);
        assert_true(answer.has_ttl);
        assert_int_equal(answer.ttl_s, ttls[i] > INT32_MAX ? 0 : ttls[i] < 300 ? ttls[i] : 300);
        begin(&octets, RESPONSE, (struct counts){1, 1, 0});
        add(&octets, &address);
        add(&octets, &row);
        read_all(&answer, &octets);
        assert_int_equal(answer.ttl_s, 300);
        assert_int_equal(answer.soa_owner.length, 0);
    }
}

/* RDATA of every length around the right one: an SOA is exactly that long. */
static void test_soa_lengths(void **state)
{
    (void)state;
    for (size_t length = 0; length <= SOA_LENGTH + 1; length++) {
        struct row row = soa;
        struct octets octets;
        struct vouch_answer answer;

        row.length = length;
        begin(&octets, NXDOMAIN, (struct counts){0, 1, 0});
        add(&octets, &row);
        read_all(&answer, &octets);
        if (answer.status != (length == SOA_LENGTH ? VOUCH_NXDOMAIN : VOUCH_FAILED))
            fail_msg("length %zu", length);
    }
}

/* Records of the type asked pass with RDATA of any length: judging it is not the reader's business. */
static void test_rdata_lengths(void **state)
{
    (void)state;
    for (size_t length = 0; length <= 17; length++) {
        struct row row = address;
        struct octets octets;
        struct vouch_answer answer;

        row.data = "abcdefghijklmnopq";
        row.length = length;
        begin(&octets, RESPONSE, (struct counts){1, 0, 0});
        add(&octets, &row);
        read_all(&answer, &octets);
        assert_int_equal(answer.status, VOUCH_FOUND);
        assert_int_equal(answer.records[0].rdata.length, length);
        octets.data[octets.length - length - 1]++; /* RDLENGTH leads out of the message */
        read_all(&answer, &octets);
        assert_int_equal(answer.status, VOUCH_FAILED);
    }
}

/* What does not fit into `records` makes the answer cut, never negative. */
static void test_records_max(void **state)
{
    (void)state;
    for (size_t records_max = 0; records_max <= 5; records_max++) {
        struct octets octets;
        struct vouch_answer answer;

        begin(&octets, RESPONSE, (struct counts){3, 0, 2});
        for (unsigned i = 0; i < 5; i++)
            add(&octets, &address);
        read_with(&answer, &octets, records_max);
        if (answer.status != VOUCH_FOUND || answer.cut != (records_max < 3))
            fail_msg("records_max %zu: %s", records_max, vouch_status_word(answer.status));
        assert_int_equal(answer.records_count, records_max < 3 ? records_max : 3);
        assert_int_equal(answer.additional_count, records_max < 3 ? 0 : records_max - 3);
    }
}

/* Of the Additional section only Internet addresses are taken, and OPT and others are stepped over. */
static void test_additional(void **state)
{
    static const struct row rows[] = {
        {".", TYPE_OPT, 1232, 0, NULL, NULL, 0},
        {"a.example.org", VOUCH_TYPE_A, CLASS_IN, 5, NULL, "\1\2\3\4", 4},
        {"a.example.org", VOUCH_TYPE_A, CLASS_CH, 5, NULL, "\1\2\3\4", 4},
        {"a.example.org", VOUCH_TYPE_TXT, CLASS_IN, 5, NULL, "\1a", 2},
        {"a.example.org", VOUCH_TYPE_AAAA, CLASS_IN, 5, NULL, "abcdefghijklmnop", 16},
    };
    struct octets octets;
    struct vouch_answer answer;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){1, 0, COUNT(rows)});
    add(&octets, &address);
    for (size_t i = 0; i < COUNT(rows); i++)
        add(&octets, &rows[i]);
    read_all(&answer, &octets);
    assert_int_equal(answer.records_count, 1);
    assert_int_equal(answer.additional_count, 2);
    assert_int_equal(answer.additional[0].type, VOUCH_TYPE_A);
    assert_int_equal(answer.additional[1].type, VOUCH_TYPE_AAAA);
    assert_int_equal(answer.ttl_s, 300); /* that of the answer section */
}

/* An empty response: NODATA with or without an SOA. With name servers instead it is a referral, no answer at all. */
static void test_nodata_and_referral(void **state)
{
    static const struct row ns = {"example.org", TYPE_NS, CLASS_IN, 60, "ns.example.org", NULL, 0};
    struct octets octets;
    struct vouch_answer answer;

    (void)state;
    begin(&octets, RESPONSE, (struct counts){0, 0, 0});
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_NODATA);
    assert_false(answer.has_ttl);
    begin(&octets, RESPONSE, (struct counts){0, 2, 0});
    add(&octets, &ns);
    add(&octets, &soa);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_NODATA);
    begin(&octets, NXDOMAIN, (struct counts){0, 1, 0});
    add(&octets, &ns);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_NXDOMAIN);
    begin(&octets, RESPONSE, (struct counts){1, 1, 0});
    add(&octets, &address);
    add(&octets, &ns);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FOUND);
    begin(&octets, RESPONSE, (struct counts){0, 1, 0});
    add(&octets, &ns);
    read_all(&answer, &octets);
    assert_int_equal(answer.status, VOUCH_FAILED); /* [RFC 2308 2.2] */
    assert_string_equal(note(&answer), "a referral");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_question),
        cmocka_unit_test(test_every_prefix),
        cmocka_unit_test(test_other_records_are_left_out),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_chain_into_nothing),
        cmocka_unit_test(test_soa),
        cmocka_unit_test(test_soa_lengths),
        cmocka_unit_test(test_rdata_lengths),
        cmocka_unit_test(test_records_max),
        cmocka_unit_test(test_additional),
        cmocka_unit_test(test_nodata_and_referral),
    };

    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
