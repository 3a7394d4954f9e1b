/*
 * daemon_keeper_wire_test.c - packets between worker and keeper: what is written reads back equal, in every field, and
 * nothing that is not whole is read.
 */
#include "daemon/keeper/wire.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

static uint8_t packet[KEEPER_PACKET_MAX], again[KEEPER_PACKET_MAX];

/* carry - write a message and read it; each shorter packet, and a longer one, is none */
static struct keeper_message carry(const struct keeper_message *message)
{
    struct keeper_message read, other;
    size_t length = keeper_write(packet, message);

    assert_in_range(length, 10, KEEPER_PACKET_MAX - 1);
    for (size_t cut = 0; cut < length; cut++)
        assert_false(keeper_read(&other, (struct vouch_bytes){packet, cut}));
    packet[length] = '\0';
    assert_false(keeper_read(&other, (struct vouch_bytes){packet, length + 1}));
    assert_true(keeper_read(&read, (struct vouch_bytes){packet, length}));
    assert_int_equal(read.kind, message->kind);
    assert_true(read.serial == message->serial);
    assert_int_equal(keeper_write(again, &read), length);
    assert_memory_equal(again, packet, length);
    return read;
}

static const struct keeper_message decision = {
    .kind = KEEPER_DECISION,
    .decision = {.id = "abcdefghij234",
                 .evaluation = "bbcdefghij234",
                 .time_ms = 1700000000123,
                 .protocol = "milter",
                 .profile = "default",
                 .client = {.family = 6, .octets = {0x20, 1, 0xd, 0xb8, [15] = 1}},
                 .helo = "Mail.example.org",
                 .name = "mail.example.org",
                 .organization = "example.org",
                 .csa = "pass",
                 .reason = "match",
                 .domain = "d.example.org",
                 .identity = "csa",
                 .rating = "A",
                 .service = "accred.example",
                 .level = "trusted",
                 .verb = "accept",
                 .mode = "monitor",
                 .secure = true,
                 .score = -73,
                 .reasons = "csa-pass:10",
                 .queries = 14,
                 .elapsed_ms = 5000000000,
                 .detail = "{\"helo\":\"\xc3\xbc\"}"},
};

static void test_decision(void **state)
{
    const struct ledger_decision *sent = &decision.decision;
    struct keeper_message read = carry(&decision), other = decision;
    const struct ledger_decision *got = &read.decision;

    (void)state;
    assert_string_equal(got->id, sent->id);
    assert_string_equal(got->evaluation, sent->evaluation);
    assert_true(got->time_ms == sent->time_ms && got->elapsed_ms == sent->elapsed_ms);
    assert_memory_equal(&got->client, &sent->client, sizeof got->client);
    assert_string_equal(got->protocol, sent->protocol);
    assert_string_equal(got->profile, sent->profile);
    assert_string_equal(got->helo, sent->helo);
    assert_string_equal(got->name, sent->name);
    assert_string_equal(got->organization, sent->organization);
    assert_string_equal(got->csa, sent->csa);
    assert_string_equal(got->reason, sent->reason);
    assert_string_equal(got->domain, sent->domain);
    assert_string_equal(got->identity, sent->identity);
    assert_string_equal(got->rating, sent->rating);
    assert_string_equal(got->service, sent->service);
    assert_string_equal(got->level, sent->level);
    assert_string_equal(got->verb, sent->verb);
    assert_string_equal(got->mode, sent->mode);
    assert_string_equal(got->reasons, sent->reasons);
    assert_string_equal(got->detail, sent->detail);
    assert_true(got->secure);
    assert_int_equal(got->score, -73);
    assert_int_equal(got->queries, 14);
    other.decision.client = (struct vouch_address){.family = 0};
    read = carry(&other);
    assert_int_equal(read.decision.client.family, 0);
}

static void test_action_and_feedback(void **state)
{
    struct keeper_message action = {.kind = KEEPER_ACTION,
                                    .action = {.id = "abcdefghij234",
                                               .time_ms = 17,
                                               .verb = "reject",
                                               .stage = "rcpt",
                                               .profile = "strict",
                                               .recipient = "user@example.net",
                                               .reply = "550 no",
                                               .acted = true}};
    struct keeper_message feedback = {.kind = KEEPER_FEEDBACK,
                                      .serial = UINT64_MAX,
                                      .until_ms = 0x0102030405060708,
                                      .feedback = {.id = "abcdefghij234",
                                                   .name = "mail.example.org",
                                                   .spam = true,
                                                   .count = 9,
                                                   .source = "user",
                                                   .filter = true}};
    struct keeper_message read = carry(&action);

    (void)state;
    assert_string_equal(read.action.id, "abcdefghij234");
    assert_string_equal(read.action.verb, "reject");
    assert_string_equal(read.action.stage, "rcpt");
    assert_string_equal(read.action.profile, "strict");
    assert_string_equal(read.action.recipient, "user@example.net");
    assert_string_equal(read.action.reply, "550 no");
    assert_true(read.action.acted && read.action.time_ms == 17);
    read = carry(&feedback);
    assert_string_equal(read.feedback.id, "abcdefghij234");
    assert_string_equal(read.feedback.name, "mail.example.org");
    assert_string_equal(read.feedback.source, "user");
    assert_true(read.feedback.spam && read.feedback.count == 9 && read.feedback.filter);
    assert_true(read.until_ms == 0x0102030405060708);
    feedback.feedback.count = 0; /* a vote of nothing is none */
    assert_false(keeper_read(&read, (struct vouch_bytes){packet, keeper_write(packet, &feedback)}));
}

static void test_questions(void **state)
{
    struct keeper_message reputation = {.kind = KEEPER_ASK_REPUTATION, .serial = 0x0102030405060708};
    struct keeper_message listing = {.kind = KEEPER_ASK_LISTING, .serial = 2};
    struct keeper_message vote = {.kind = KEEPER_VOTE,
                                  .until_ms = -1,
                                  .vote = {.name = "a.example", .organization = "", .source = "s", .count = 70000}};
    struct keeper_message each = {.kind = KEEPER_EACH, .rows = STORE_SUSPENSION};
    struct keeper_message read;

    (void)state;
    reputation.reputation.name = "mail.example.org";
    reputation.reputation.organization = "example.org";
    read = carry(&reputation);
    assert_string_equal(read.reputation.name, "mail.example.org");
    assert_string_equal(read.reputation.organization, "example.org");
    listing.listing.list = "friends";
    listing.listing.name = "mail.example.org";
    read = carry(&listing);
    assert_string_equal(read.listing.list, "friends");
    assert_string_equal(read.listing.name, "mail.example.org");
    read = carry(&vote);
    assert_string_equal(read.vote.name, "a.example");
    assert_string_equal(read.vote.organization, "");
    assert_string_equal(read.vote.source, "s");
    assert_true(!read.vote.spam && read.vote.count == 70000 && read.until_ms == -1);
    read = carry(&each);
    assert_int_equal(read.rows, STORE_SUSPENSION);
}

static void test_rows(void **state)
{
    struct keeper_message row = {
        .kind = KEEPER_ROW,
        .row = {.kind = STORE_SUSPENSION, .name = "a.example", .finder = "mx1/7/0", .until_s = -5, .text = "why"}};
    struct keeper_message read = carry(&row);

    (void)state;
    assert_int_equal(read.row.kind, STORE_SUSPENSION);
    assert_string_equal(read.row.finder, "mx1/7/0");
    assert_string_equal(read.row.name, "a.example");
    assert_string_equal(read.row.text, "why");
    assert_true(read.row.until_s == -5);
    row.kind = KEEPER_PUT;
    row.row.kind = STORE_LIST;
    row.row.listing = VOUCH_LISTED_BLOCKED;
    memcpy(row.row.list, "friends", 8);
    read = carry(&row);
    assert_string_equal(read.row.list, "friends");
    assert_int_equal(read.row.listing, VOUCH_LISTED_BLOCKED);
    row.kind = KEEPER_REMOVE;
    row.row.kind = STORE_REPUTATION;
    row.row.day = (struct reputation_day){.day = -1, .ham = UINT32_MAX, .spam = 1};
    read = carry(&row);
    assert_int_equal(read.row.day.day, -1);
    assert_true(read.row.day.ham == UINT32_MAX && read.row.day.spam == 1);
}

static void test_answers(void **state)
{
    struct keeper_message answer = {
        .kind = KEEPER_ANSWER,
        .serial = 1,
        .answer = {.status = VOUCH_FOUND,
                   .has_ttl = true,
                   .ttl_s = 60,
                   .listing = VOUCH_LISTED_TRUSTED,
                   .note = {(const uint8_t *)"note", 4},
                   .reputation = {.score = -100, .confidence_milli = 1000, .ham = UINT32_MAX, .spam = 3}}};
    struct keeper_message voted = {.kind = KEEPER_VOTED, .count = 3, .counted = STORE_CAPPED};
    struct keeper_message finished = {.kind = KEEPER_FINISHED, .trouble = "disk full"};
    struct keeper_message taken = {.kind = KEEPER_TAKEN, .count = 70000, .result = FEEDBACK_UNKNOWN};
    struct keeper_message read = carry(&answer);

    (void)state;
    assert_int_equal(read.answer.status, VOUCH_FOUND);
    assert_int_equal(read.answer.listing, VOUCH_LISTED_TRUSTED);
    assert_int_equal(read.answer.reputation.score, -100);
    assert_int_equal(read.answer.reputation.confidence_milli, 1000);
    assert_true(read.answer.reputation.ham == UINT32_MAX && read.answer.reputation.spam == 3);
    assert_true(read.answer.has_ttl && read.answer.ttl_s == 60);
    assert_true(text_is(read.answer.note, "note"));
    read = carry(&voted);
    assert_int_equal(read.counted, STORE_CAPPED);
    assert_int_equal(read.count, 3);
    read = carry(&finished);
    assert_string_equal(read.trouble, "disk full");
    read = carry(&taken);
    assert_int_equal(read.result, FEEDBACK_UNKNOWN);
    assert_int_equal(read.count, 70000);
    answer.answer.reputation.score = 101;
    assert_false(keeper_read(&read, (struct vouch_bytes){packet, keeper_write(packet, &answer)}));
}

/* What does not fit is not written, and no enum holds what it has no word for. */
static void test_bounds(void **state)
{
    struct keeper_message message = decision, read;
    char *endless = malloc(KEEPER_PACKET_MAX);
    size_t length;

    (void)state;
    memset(endless, 'x', KEEPER_PACKET_MAX);
    endless[KEEPER_PACKET_MAX - 1] = '\0';
    message.decision.detail = endless;
    assert_int_equal(keeper_write(packet, &message), 0);
    message.decision.detail = endless + 1024;
    assert_true(keeper_write(packet, &message) > KEEPER_PACKET_MAX - 1024);
    for (unsigned kind = 0; kind < KEEPER_KINDS; kind++) {
        static const uint8_t last[] = {
            [KEEPER_EACH] = STORE_SUSPENSION, [KEEPER_VOTED] = STORE_TROUBLE, [KEEPER_TAKEN] = FEEDBACK_TROUBLE};

        if (kind >= sizeof last || last[kind] == 0)
            continue;
        message = (struct keeper_message){.kind = (enum keeper_kind)kind};
        length = keeper_write(packet, &message);
        packet[length - 1] = last[kind];
        assert_true(keeper_read(&read, (struct vouch_bytes){packet, length}));
        packet[length - 1]++;
        assert_false(keeper_read(&read, (struct vouch_bytes){packet, length}));
    }
    packet[0] = KEEPER_KINDS;
    assert_false(keeper_read(&read, (struct vouch_bytes){packet, 9}));
    free(endless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision),  cmocka_unit_test(test_action_and_feedback),
        cmocka_unit_test(test_questions), cmocka_unit_test(test_rows),
        cmocka_unit_test(test_answers),   cmocka_unit_test(test_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
