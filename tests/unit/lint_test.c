/*
 * lint_test.c - the pure parts of lint: names and records as text, and every SRV number: what is loud, what mends it.
 */
#include "dns/direct.h"
#include "dns/zone.h"
#include "lint/record.h"
#include "lint/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD                                                                                                           \
    "example.org. 3600 IN SOA ns1.example.org. h.example.org. 1 3600 900 604800 300\n"                                 \
    "mail.example.org. 3600 IN A 192.0.2.10\n"
#define ANSWERS_MAX 512

static void test_labels(void **state)
{
    (void)state;
    assert_int_equal(publish_name_labels(""), 0);
    assert_int_equal(publish_name_labels("."), 0);
    assert_int_equal(publish_name_labels("org"), 1);
    assert_int_equal(publish_name_labels("mail.example.org"), 3);
    assert_string_equal(lint_suffix("mail.example.org", 2), "example.org");
    assert_string_equal(lint_suffix("mail.example.org", 3), "mail.example.org");
    assert_string_equal(lint_suffix("mail.example.org", 9), "mail.example.org");
    assert_true(publish_name_is_within("mail.example.org", "example.org"));
    assert_true(publish_name_is_within("example.org", "example.org"));
    assert_true(publish_name_is_within("example.org", "."));
    assert_false(publish_name_is_within("badexample.org", "example.org"));
    assert_false(publish_name_is_within("org", "example.org"));
}

static void test_join(void **state)
{
    char joined[VOUCH_NAME_TEXT_SIZE], longest[260];

    (void)state;
    assert_true(lint_join(joined, "_client._smtp", "mail.example.org"));
    assert_string_equal(joined, "_client._smtp.mail.example.org");
    memset(longest, 'a', sizeof longest);
    for (size_t i = 50; i < sizeof longest; i += 51)
        longest[i] = '.';
    longest[239] = '\0';
    assert_true(lint_join(joined, "_client._smtp", longest));
    longest[239] = 'a';
    longest[240] = '\0';
    assert_false(lint_join(joined, "_client._smtp", longest));
    assert_string_equal(joined, "");
}

static void test_reverse(void **state)
{
    static const char *const pairs[][2] = {
        {"192.0.2.10", "10.2.0.192.in-addr.arpa"},
        {"2001:db8::10", "0.1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        struct vouch_address address;
        char name[VOUCH_NAME_TEXT_SIZE];

        assert_true(vouch_address_parse(&address, pairs[i][0], strlen(pairs[i][0])));
        lint_reverse(name, &address);
        assert_string_equal(name, pairs[i][1]);
    }
}

/* One record's RDATA and its text. */
struct row {
    uint16_t type;
    size_t length;
    const char *rdata, *text;
};

static void test_rdata(void **state)
{
    static const struct row rows[] = {
        {VOUCH_TYPE_A, 4, "\300\0\2\12", "A 192.0.2.10"},
        {VOUCH_TYPE_A, 3, "\300\0\2", "A \\# 3 c00002"},
        {VOUCH_TYPE_AAAA, 0, "", "AAAA \\# 0"},
        {VOUCH_TYPE_SRV, 10, "\0\1\0\2\0\0\2MX\0", "SRV 1 2 0 mx."},
        {VOUCH_TYPE_SRV, 7, "\0\1\0\2\0\1\0", "SRV 1 2 1 ."},
        {VOUCH_TYPE_SRV, 6, "\0\1\0\2\0\1", "SRV \\# 6 000100020001"},
        {VOUCH_TYPE_SRV, 11, "\0\1\0\2\0\0\3a.\x1b\0", "SRV 1 2 0 a\\.\\027."},
        {VOUCH_TYPE_PTR, 4, "\2\"\n\0", "PTR \\\"\\010."},
        {LINT_TYPE_MX, 5, "\0\12\1a\0", "MX 10 a."},
        {LINT_TYPE_MX, 2, "\0\12", "MX \\# 2 000a"},
        {VOUCH_TYPE_TXT, 8, "\3a\"\\\3\x1b\n\x80", "TXT \"a\\\"\\\\\" \"\\027\\010\\128\""},
        {VOUCH_TYPE_TXT, 1, "\0", "TXT \"\""},
        {VOUCH_TYPE_TXT, 2, "\5a", "TXT \\# 2 0561"},
        {VOUCH_TYPE_TXT, 0, "", "TXT \\# 0"},
        {99, 1, "x", "TYPE99 \\# 1 78"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct vouch_record record = {.type = rows[i].type, .rdata = {(const uint8_t *)rows[i].rdata, rows[i].length}};
        struct vouch_bytes message = {NULL, 0};
        struct lint_text text = {NULL, 0, 0, false};

        lint_add_rdata(&text, &record, message);
        assert_false(text.failed);
        assert_string_equal(text.data, rows[i].text);
        free(text.data);
    }
}

static void test_equal(void **state)
{
    struct vouch_record one[2] = {{.type = VOUCH_TYPE_A, .ttl_s = 1, .rdata = {(const uint8_t *)"\1\2\3\4", 4}},
                                  {.type = VOUCH_TYPE_A, .ttl_s = 2, .rdata = {(const uint8_t *)"\4\3\2\1", 4}}};
    struct vouch_record other[2] = {one[1], one[0]};
    struct vouch_answer a = {.status = VOUCH_FOUND, .records = one, .records_count = 2};
    struct vouch_answer b = {.status = VOUCH_FOUND, .records = other, .records_count = 2};
    struct vouch_answer none = {.status = VOUCH_NODATA}, nothing = {.status = VOUCH_NXDOMAIN};

    (void)state;
    other[0].ttl_s = 99;
    assert_true(lint_equal(&a, &b));
    b.records_count = 1;
    assert_false(lint_equal(&a, &b));
    assert_false(lint_equal(&a, &none));
    assert_true(lint_equal(&none, &nothing));
}

static void test_table(void **state)
{
    (void)state;
    assert_int_equal(lint_rules_count, LINT_WORDS);
    for (size_t i = 0; i < lint_rules_count; i++) {
        assert_non_null(lint_rules[i].word);
        assert_true(strlen(lint_rules[i].clause) >= 5);
        assert_int_equal(lint_rules[i].title[strlen(lint_rules[i].title) - 1], '.');
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(lint_rules[i].word, lint_rules[j].word);
    }
}

/* A zone as a view; the answers live until the next zone. */
struct world {
    struct zones *zones;
    struct vouch_answer answers[ANSWERS_MAX];
    struct vouch_record records[ANSWERS_MAX][4];
    size_t count;
};

/* world_ask - the answer of the zone, its records copied */
static const struct vouch_answer *world_ask(void *owner, const char *name, uint16_t type)
{
    struct world *world = owner;
    struct vouch_answer *answer = &world->answers[world->count];

    assert_true(world->count < ANSWERS_MAX);
    zones_answer(world->zones, name, (enum vouch_type)type, answer);
    assert_true(answer->records_count <= 4);
    for (size_t i = 0; i < answer->records_count; i++)
        world->records[world->count][i] = answer->records[i];
    answer->records = world->records[world->count++];
    return answer;
}

/* look - lint mail.example.org in a zone with this record */
static void look(struct world *world, struct lint_result *result, const char *record)
{
    struct lint_view view = {.label = "zone", .owner = world, .ask = world_ask, .is_files = true};
    struct lint_world rules = {.views = &view, .views_count = 1};
    char text[1024], error[ZONE_ERROR_SIZE];
    int length = snprintf(text, sizeof text, HEAD "%s\n", record);

    world->zones = zones_new();
    world->count = 0;
    assert_non_null(world->zones);
    assert_true(zones_read_text(world->zones, text, (size_t)length, "zone", error));
    lint_result_init(result);
    assert_true(lint_host(result, &rules, "mail.example.org", LINT_HELO | LINT_ALONE));
    assert_false(result->failed);
    assert_true(result->complete);
    zones_free(world->zones);
}

/* mend_record - the record that the mend of a loud finding publishes, empty if none can be told; false: nothing is loud
 */
static bool mend_record(const struct lint_result *result, char record[512])
{
    for (size_t i = 0; i < result->findings_count; i++) {
        const char *mend = result->findings[i].mend;

        if (result->findings[i].rule->severity == LINT_NOTE)
            continue;
        record[0] = '\0';
        if (mend[0] == '\0')
            return true;
        assert_memory_equal(mend, "; delete: ", 10);
        mend = strchr(mend, '\n');
        assert_non_null(mend);
        assert_true(strlen(mend) < 512);
        memcpy(record, mend + 1, strlen(mend));
        record[strcspn(record, "\n")] = '\0';
        return true;
    }
    return false;
}

/* Only Priority 1, Weight 1 to 3 and a Port that reads as bits or asserts nothing are quiet, and the mend of all else
 * is. No mend makes a host that is said to send one that never does: where the low bits of a Weight that receivers do
 * not read say so, there is none.
 */
static void test_numbers(void **state)
{
    static const unsigned priorities[] = {0, 1, 2, 10, 65535};
    static const unsigned weights[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 255, 256, 65535};
    static const unsigned ports[] = {0, 1, 2, 3, 4, 15, 16, 17, 25, 443, 587, 65534, 65535};
    static struct world world;
    struct lint_result result;
    char record[512], better[512];

    (void)state;
    for (size_t p = 0; p < sizeof priorities / sizeof priorities[0]; p++) {
        for (size_t w = 0; w < sizeof weights / sizeof weights[0]; w++) {
            for (size_t q = 0; q < sizeof ports / sizeof ports[0]; q++) {
                bool bits = ports[q] <= 15 || ports[q] % 2 == 0;
                bool good = priorities[p] == 1 && weights[w] >= 1 && weights[w] <= 3 && bits;
                bool never = priorities[p] == 1 ? weights[w] == 5 : weights[w] == 1;
                int length = snprintf(record, sizeof record,
                                      "_client._smtp.mail.example.org. 3600 IN SRV %u %u %u mail.example.org.",
                                      priorities[p], weights[w], ports[q]);

                assert_true(length > 0);
                look(&world, &result, record);
                assert_int_equal(mend_record(&result, better), !good);
                lint_result_clear(&result);
                if (good)
                    continue;
                assert_int_equal(better[0] == '\0', never);
                if (never)
                    continue;
                look(&world, &result, better);
                assert_false(mend_record(&result, record));
                lint_result_clear(&result);
            }
        }
    }
}

static void test_direct_parse(void **state)
{
    static const char *const wrong[] = {
        "", "@", "x", "192.0.2.1@", "192.0.2.1@0", "192.0.2.1@65536", "192.0.2.1@5x", "192.0.2.1 @53"};
    struct direct_config config = {.port = 0};

    (void)state;
    assert_true(direct_parse(&config, "192.0.2.1"));
    assert_int_equal(config.port, 0);
    assert_true(direct_parse(&config, "2001:db8::1@5300"));
    assert_int_equal(config.address.family, 6);
    assert_int_equal(config.port, 5300);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(direct_parse(&config, wrong[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels),  cmocka_unit_test(test_join),         cmocka_unit_test(test_reverse),
        cmocka_unit_test(test_rdata),   cmocka_unit_test(test_equal),        cmocka_unit_test(test_table),
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_direct_parse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
