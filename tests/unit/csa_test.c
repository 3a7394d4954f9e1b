/*
 * csa_test.c - judgements on SRV and address records: all the numbers there are, malformed RDATA, caps and order.
 *
 * The expectations are written from SPEC 2 and 8.2, not from the code.
 */
#include "builder.h"
#include "core/csa.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define NUMBERS 65536

static const struct vouch_address client = {4, {192, 0, 2, 10}};

/* expect - what SPEC 8.2 step 4 says of a record's numbers */
static enum csa_kind expect(unsigned priority, unsigned weight, unsigned port)
{
    if (priority != 1)
        return CSA_OTHER_VERSION;
    if ((weight & ~3U) != 0)
        return CSA_RESERVED_WEIGHT;
    if (weight == 0 && (port & ~1U) != 0)
        return CSA_FOREIGN;
    if (weight <= 1)
        return CSA_PROHIBIT;
    return weight == 2 ? CSA_ALLOW : CSA_IGNORE_TARGET;
}

/* check - judge one record and ask whether an ancestor with it asserts Explicit */
static void check(unsigned priority, unsigned weight, unsigned port)
{
    uint8_t rdata[] = {(uint8_t)(priority >> 8),
                       (uint8_t)priority,
                       (uint8_t)(weight >> 8),
                       (uint8_t)weight,
                       (uint8_t)(port >> 8),
                       (uint8_t)port,
                       1,
                       'T',
                       0};
    struct vouch_bytes view = {rdata, sizeof rdata}, none = {NULL, 0};
    struct vouch_record answer_record = {.type = VOUCH_TYPE_SRV, .rdata = view};
    struct vouch_answer answer = {.records = &answer_record, .records_count = 1};
    enum csa_kind kind = expect(priority, weight, port);
    bool asserts = (kind == CSA_PROHIBIT || kind == CSA_ALLOW || kind == CSA_IGNORE_TARGET) && (port & 1) != 0;
    struct csa_record record;

    csa_judge_record(&record, view, none);
    if (record.kind != kind || record.priority != priority || record.weight != weight || record.port != port ||
        record.target.length != 3 || record.target.wire[1] != 't' || csa_asserts_explicit(&answer) != asserts)
        fail_msg("%u %u %u", priority, weight, port);
}

static void test_all_weights(void **state)
{
    static const unsigned priorities[] = {0, 1, 2, 3, 255, 256, 257, 32768, 65535};
    static const unsigned ports[] = {0, 1, 2, 3, 25, 255, 256, 257, 443, 32768, 65534, 65535};

    (void)state;
    for (size_t i = 0; i < COUNT(priorities); i++) {
        for (size_t j = 0; j < COUNT(ports); j++) {
            for (unsigned weight = 0; weight < NUMBERS; weight++)
                check(priorities[i], weight, ports[j]);
        }
    }
}

static void test_all_ports_and_priorities(void **state)
{
    (void)state;
    for (unsigned weight = 0; weight <= 4; weight++) {
        for (unsigned number = 0; number < NUMBERS; number++) {
            check(1, weight, number);
            check(number, weight, 0);
            check(number, weight, 1);
        }
    }
}

/* Every length from nothing to one octet too many: only the exact one is a record. */
static void test_rdata_lengths(void **state)
{
    static const uint8_t octets[] = {0, 1, 0, 2, 0, 0, 1, 'a', 0, 0};
    struct vouch_bytes none = {NULL, 0};

    (void)state;
    for (size_t length = 0; length <= sizeof octets; length++) {
        struct vouch_bytes rdata = {octets, length};
        struct csa_record record;

        csa_judge_record(&record, rdata, none);
        if (record.kind != (length == 9 ? CSA_ALLOW : CSA_BAD_RDATA))
            fail_msg("length %zu", length);
        assert_int_equal(record.target.length, length == 9 ? 3 : 0);
    }
}

/* The target may be compressed into the message, though senders should not; a pointer elsewhere is malformed. */
static void test_compressed_target(void **state)
{
    static const uint8_t message_octets[] = {1, 'A', 0, 0, 1, 0, 2, 0, 0, 0xc0, 0, 0, 1, 0, 2, 0, 0, 0xc0, 17};
    struct vouch_bytes message = {message_octets, sizeof message_octets}, none = {NULL, 0};
    struct vouch_bytes good = {message_octets + 3, 8}, self = {message_octets + 11, 8};
    struct csa_record record;

    (void)state;
    csa_judge_record(&record, good, message);
    assert_int_equal(record.kind, CSA_ALLOW);
    assert_memory_equal(record.target.wire, "\1a", 3);
    csa_judge_record(&record, good, none);
    assert_int_equal(record.kind, CSA_BAD_RDATA);
    csa_judge_record(&record, self, message);
    assert_int_equal(record.kind, CSA_BAD_RDATA);
}

/* One record of each kind. */
static void add_kind(struct made *made, enum csa_kind kind)
{
    static const struct {
        uint16_t priority, weight, port;
    } numbers[] = {
        [CSA_PROHIBIT] = {1, 1, 0},      [CSA_ALLOW] = {1, 2, 0},     [CSA_IGNORE_TARGET] = {1, 3, 0},
        [CSA_OTHER_VERSION] = {2, 2, 0}, [CSA_FOREIGN] = {1, 0, 443}, [CSA_RESERVED_WEIGHT] = {1, 4, 0},
    };

    if (kind == CSA_BAD_RDATA)
        made_add(made, VOUCH_TYPE_SRV, "\0\0\0\0", 4); /* would sort first if it were one */
    else
        made_add_srv(made, numbers[kind].priority, numbers[kind].weight, numbers[kind].port, "t.example");
}

/* same_digest - equal flags and targets; octets behind a target's end do not matter */
static bool same_digest(const struct csa_records *a, const struct csa_records *b)
{
    if (a->targets_count != b->targets_count)
        return false;
    for (unsigned i = 0; i < a->targets_count; i++) {
        if (!name_equals(&a->targets[i], &b->targets[i]))
            return false;
    }
    return memcmp(a, b, offsetof(struct csa_records, targets_count)) == 0;
}

/* Every set of kinds, in the order given and reversed: the digest says exactly what is in it. */
static void test_every_set_of_kinds(void **state)
{
    (void)state;
    for (unsigned set = 0; set < 1U << (CSA_BAD_RDATA + 1); set++) {
        struct csa_records first, second;
        struct made made;

        made_init(&made, VOUCH_FOUND);
        for (unsigned kind = CSA_PROHIBIT; kind <= CSA_BAD_RDATA; kind++) {
            if ((set & 1U << kind) != 0)
                add_kind(&made, (enum csa_kind)kind);
        }
        csa_judge_records(&first, &made.answer, &client);
        made_init(&made, VOUCH_FOUND);
        for (unsigned kind = CSA_BAD_RDATA + 1; kind-- > 0;) {
            if ((set & 1U << kind) != 0)
                add_kind(&made, (enum csa_kind)kind);
        }
        csa_judge_records(&second, &made.answer, &client);
        assert_true(same_digest(&first, &second));
        assert_int_equal(first.prohibits, (set >> CSA_PROHIBIT & 1));
        assert_int_equal(first.allows, (set >> CSA_ALLOW & 1));
        assert_int_equal(first.ignores_target, (set >> CSA_IGNORE_TARGET & 1));
        assert_int_equal(first.other_version, (set >> CSA_OTHER_VERSION & 1));
        assert_int_equal(first.reserved_weight, (set >> CSA_RESERVED_WEIGHT & 1));
        assert_int_equal(first.bad_rdata, (set >> CSA_BAD_RDATA & 1));
        assert_int_equal(first.targets_count, first.allows);
        assert_false(first.cut || first.confirmed);
        assert_int_equal(csa_is_foreign_only(&first), (set & ~(1U << CSA_FOREIGN)) == 0);
    }
}

/* The client's own address in the Additional section: where its owner is a target that counts, and only there. */
static void test_confirmation(void **state)
{
    static const struct {
        uint16_t weight;
        const char *owner, *address;
        bool confirmed;
    } rows[] = {
        {2, "t.example", "192.0.2.10", true},  {2, "T.Example", "192.0.2.10", true},
        {2, "t.example", "192.0.2.11", false}, {2, "u.example", "192.0.2.10", false},
        {2, "t.example", "c000:20a::", false}, {3, "t.example", "192.0.2.10", false},
        {1, "t.example", "192.0.2.10", false}, {4, "t.example", "192.0.2.10", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct csa_records records;
        struct made made;

        made_init(&made, VOUCH_FOUND);
        made_add_srv(&made, 1, rows[i].weight, 0, "t.example");
        made_add_additional(&made, "other.example", "192.0.2.10");
        made_add_additional(&made, rows[i].owner, rows[i].address);
        csa_judge_records(&records, &made.answer, &client);
        if (records.confirmed != rows[i].confirmed)
            fail_msg("row %zu", i);
    }
}

/* A malformed owner, and an address of the wrong length, confirm nothing. */
static void test_malformed_additional(void **state)
{
    struct csa_records records;
    struct made made;

    (void)state;
    made_init(&made, VOUCH_FOUND);
    made_add_srv(&made, 1, 2, 0, "t.example");
    made_add_additional(&made, "t.example", "192.0.2.10");
    made.additional[0].owner.length--;
    csa_judge_records(&records, &made.answer, &client);
    assert_false(records.confirmed);
    made.additional[0].owner.length++;
    made.additional[0].rdata.length--;
    csa_judge_records(&records, &made.answer, &client);
    assert_false(records.confirmed);
    made.additional[0].rdata.length++;
    csa_judge_records(&records, &made.answer, &client);
    assert_true(records.confirmed);
}

/* add_shuffled - `count` allowing records with targets t00, t01, ... in an order that `seed` makes */
static void add_shuffled(struct made *made, unsigned count, unsigned seed)
{
    unsigned order[MADE_RECORDS_MAX];

    for (unsigned i = 0; i < count; i++)
        order[i] = i;
    for (unsigned i = count; i > 1; i--) {
        unsigned j, swap = order[i - 1];

        seed = seed * 1103515245U + 12345U;
        j = (seed >> 16) % i;
        order[i - 1] = order[j];
        order[j] = swap;
    }
    made_init(made, VOUCH_FOUND);
    for (unsigned i = 0; i < count; i++) {
        char target[] = "t00.example";

        target[1] = (char)('0' + order[i] / 10);
        target[2] = (char)('0' + order[i] % 10);
        made_add_srv(made, 1, 2, 0, target);
    }
}

/* Any number of records in many orders: the first four targets of the sorted list, and "cut" from five on. */
static void test_caps_do_not_depend_on_order(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= 20; count++) {
        for (unsigned seed = 0; seed < 50; seed++) {
            struct csa_records records;
            struct made made;
            unsigned kept = count < VOUCH_TARGETS_MAX ? count : VOUCH_TARGETS_MAX;

            add_shuffled(&made, count, seed);
            csa_judge_records(&records, &made.answer, &client);
            assert_int_equal(records.targets_count, kept);
            assert_int_equal(records.cut, count > VOUCH_TARGETS_MAX);
            for (unsigned i = 0; i < kept; i++) {
                char expected[] = "\3t00";

                expected[3] = (char)('0' + i);
                assert_memory_equal(records.targets[i].wire, expected, 4);
            }
        }
    }
}

/* Prohibition is found behind any number of records; 16 are judged, 17 are cut; doubled targets count once. */
static void test_caps(void **state)
{
    struct csa_records records;
    struct made made;

    (void)state;
    for (unsigned before = 0; before <= 20; before++) {
        made_init(&made, VOUCH_FOUND);
        for (unsigned i = 0; i < before; i++)
            made_add_srv(&made, 1, 0, (uint16_t)(443 + i), "www.example");
        made_add_srv(&made, 1, 1, 0, "t.example");
        made_add_srv(&made, 1, 2, 0, "t.example");
        csa_judge_records(&records, &made.answer, &client);
        assert_true(records.prohibits);
        assert_int_equal(records.cut, before + 2 > VOUCH_SRV_MAX);
        assert_int_equal(records.allows, before + 2 <= VOUCH_SRV_MAX);
        assert_false(csa_is_foreign_only(&records));
    }
    made_init(&made, VOUCH_FOUND);
    for (unsigned i = 0; i < 16; i++)
        made_add_srv(&made, 1, 2, (uint16_t)i, i % 2 == 0 ? "t.example" : "T.EXAMPLE");
    csa_judge_records(&records, &made.answer, &client);
    assert_int_equal(records.targets_count, 1);
    assert_false(records.cut);
    made.answer.cut = true;
    csa_judge_records(&records, &made.answer, &client);
    assert_true(records.cut);
}

/* Malformed records sort last: they never push a good one out, and 17 of anything are cut. */
static void test_malformed_sort_last(void **state)
{
    struct csa_records records;
    struct made made;

    (void)state;
    made_init(&made, VOUCH_FOUND);
    for (unsigned i = 0; i < 16; i++)
        add_kind(&made, CSA_BAD_RDATA);
    add_kind(&made, CSA_ALLOW);
    csa_judge_records(&records, &made.answer, &client);
    assert_true(records.allows && records.bad_rdata && records.cut);
    made_init(&made, VOUCH_FOUND);
    for (unsigned i = 0; i < 16; i++)
        made_add_srv(&made, 1, 4, (uint16_t)i, "t.example");
    add_kind(&made, CSA_BAD_RDATA);
    csa_judge_records(&records, &made.answer, &client);
    assert_true(records.reserved_weight && records.cut);
    assert_false(records.bad_rdata);
}

static void test_root_is_no_target(void **state)
{
    struct csa_records records;
    struct made made;

    (void)state;
    made_init(&made, VOUCH_FOUND);
    for (unsigned i = 0; i < 6; i++)
        made_add_srv(&made, 1, 2, (uint16_t)i, ".");
    csa_judge_records(&records, &made.answer, &client);
    assert_true(records.allows);
    assert_int_equal(records.targets_count, 0);
    assert_false(records.cut);
}

/* A records of 0 to 5 octets, AAAA of 0 to 17: the client's own matches, one of the right length was seen. */
static void test_address_lengths(void **state)
{
    static const struct vouch_address six = {6, {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}};

    (void)state;
    for (unsigned family = 4; family <= 6; family += 2) {
        const struct vouch_address *address = family == 4 ? &client : &six;
        size_t right = family == 4 ? 4 : 16;

        for (size_t length = 0; length <= right + 1; length++) {
            uint8_t octets[17] = {0};
            struct csa_addresses addresses;
            struct made made;

            memcpy(octets, address->octets, sizeof address->octets);
            made_init(&made, VOUCH_FOUND);
            made_add(&made, VOUCH_TYPE_A, octets, length);
            csa_judge_addresses(&addresses, &made.answer, address);
            assert_int_equal(addresses.matched, length == right);
            assert_int_equal(addresses.seen, length == right);
            assert_int_equal(addresses.trouble, length != right);
        }
    }
}

static void test_addresses(void **state)
{
    struct csa_addresses addresses;
    struct made made;

    (void)state;
    made_init(&made, VOUCH_FOUND);
    csa_judge_addresses(&addresses, &made.answer, &client);
    assert_false(addresses.matched || addresses.seen || addresses.trouble);
    made.answer.cut = true;
    csa_judge_addresses(&addresses, &made.answer, &client);
    assert_true(addresses.trouble);
    made_init(&made, VOUCH_FOUND);
    for (unsigned i = 0; i < 60; i++)
        made_add_address(&made, "192.0.2.99");
    csa_judge_addresses(&addresses, &made.answer, &client);
    assert_true(addresses.seen && !addresses.matched && !addresses.trouble);
    made_add_address(&made, "192.0.2.10");
    csa_judge_addresses(&addresses, &made.answer, &client);
    assert_true(addresses.seen && addresses.matched && !addresses.trouble);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_weights),
        cmocka_unit_test(test_all_ports_and_priorities),
        cmocka_unit_test(test_rdata_lengths),
        cmocka_unit_test(test_compressed_target),
        cmocka_unit_test(test_every_set_of_kinds),
        cmocka_unit_test(test_confirmation),
        cmocka_unit_test(test_malformed_additional),
        cmocka_unit_test(test_caps_do_not_depend_on_order),
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_malformed_sort_last),
        cmocka_unit_test(test_root_is_no_target),
        cmocka_unit_test(test_address_lengths),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests_name("csa", tests, NULL, NULL);
}
