/*
 * daemon_judge_test.c - verdicts from memory, from an evaluation that runs, from the queue, at a deadline.
 */
#include "asker.h"
#include "base/text.h"
#include "dns/flight.h"
#include "unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_memory(void **state)
{
    struct asker first = {0}, again = {0};

    (void)state;
    assert_true(verdict_of(&first, "mail.example.org") > 0);
    assert_int_equal(first.verdict.csa, VOUCH_CSA_PASS);
    ask(&again, "MAIL.example.ORG");
    assert_int_equal(again.served, 1); /* at once */
    assert_int_equal(again.queries, 0);
    assert_true(first.owns && first.records == 2); /* the SRV record and the address */
    assert_string_equal(first.evaluation, first.id);
    assert_false(again.owns);
    assert_string_equal(again.evaluation, first.id);
    assert_int_equal(again.verdict.csa, VOUCH_CSA_PASS);
    assert_int_equal(again.verdict.score, first.verdict.score);
    assert_string_equal(again.verdict.domain, "mail.example.org");
    assert_string_equal(again.verdict.name, "mail.example.org");
    assert_int_equal(again.verdict.ttl_s, first.verdict.ttl_s);
    ask_as(&again, "192.0.2.11", "mail.example.org", "");
    await(&again);
    assert_true(again.queries > 0);
    assert_int_equal(again.verdict.csa, VOUCH_CSA_FAIL);
    ask_as(&again, "192.0.2.10", "mail.example.org", "mail.example.org");
    await(&again);
    assert_true(again.queries > 0);
    ask_as(&again, "192.0.2.10", "mail.example.orgm", "ail.example.org"); /* parts do not run together */
    await(&again);
    assert_true(again.queries > 0);
    assert_int_equal(verdict_of(&again, "mail.example.org"), 0);
}

static void test_forgotten(void **state)
{
    static const char *const trouble[] = {"broken.example.org", "zero.example.org"};
    struct asker asker = {0};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_true(verdict_of(&asker, trouble[i]) > 0);
        assert_true(verdict_of(&asker, trouble[i]) > 0);
    }
    ask_as(&asker, "", "mail.example.org", ""); /* a client that is not known is trouble too */
    await(&asker);
    assert_int_equal(asker.verdict.csa, VOUCH_CSA_TEMPERROR);
    ask_as(&asker, "", "mail.example.org", "");
    await(&asker);
    assert_true(asker.queries > 0);
    conf.limits.cache_ttl_s = 1; /* the lower of both lives counts */
    assert_true(verdict_of(&asker, "mail.example.org") > 0);
    conf.limits.cache_ttl_s = 3600;
    assert_true(verdict_of(&asker, "short.example.org") > 0);
    assert_true(verdict_of(&asker, "other.example.org") > 0);
    for (int64_t end = now_ms() + 1500; now_ms() < end;)
        usleep(100000);
    assert_true(verdict_of(&asker, "mail.example.org") > 0);
    assert_true(verdict_of(&asker, "short.example.org") > 0);
    assert_int_equal(verdict_of(&asker, "other.example.org"), 0);
}

static void test_joined(void **state)
{
    struct asker askers[4] = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ask(&askers[i], "one.slow.example.org");
    ask(&askers[3], "two.slow.example.org");
    assert_int_equal(judge_load(judge), 2);
    judge_cancel(judge, askers[1].ticket);
    assert_int_equal(judge_load(judge), 2);
    await(&askers[0]);
    assert_int_equal(askers[2].served, 1);
    assert_true(askers[0].order < askers[2].order);
    assert_true(askers[2].queries > 0);
    assert_true(askers[0].owns && !askers[2].owns);
    assert_string_equal(askers[0].evaluation, askers[0].id);
    assert_string_equal(askers[2].evaluation, askers[0].id);
    await(&askers[3]);
    assert_int_equal(askers[1].served, 0);
    assert_int_equal(judge_load(judge), 0);
}

/* The evaluation of who went away is that of the next one; what is forgotten while it runs is not remembered. */
static void test_handed_on(void **state)
{
    struct asker askers[3] = {0}, later = {0};

    (void)state;
    for (size_t i = 0; i < 3; i++)
        ask(&askers[i], "one.slow.example.org");
    judge_cancel(judge, askers[0].ticket);
    judge_forget(judge);
    await(&askers[2]);
    assert_true(askers[1].owns && askers[1].records > 0 && !askers[2].owns);
    assert_string_equal(askers[1].evaluation, askers[1].id);
    assert_string_equal(askers[2].evaluation, askers[1].id);
    assert_true(verdict_of(&later, "one.slow.example.org") > 0);
    assert_true(later.owns);
    assert_int_equal(verdict_of(&askers[0], "one.slow.example.org"), 0);
    assert_string_equal(askers[0].evaluation, later.id);
    judge_forget(judge);
    assert_true(verdict_of(&askers[0], "one.slow.example.org") > 0);
}

/* Without a ledger nobody keeps what answers hold. */
static void test_no_ledger(void **state)
{
    struct asker asker = {0};

    (void)state;
    conf.ledger.keep_days = 0;
    reopen();
    assert_true(verdict_of(&asker, "mail.example.org") > 0);
    assert_true(asker.owns && asker.records == 0);
}

static void test_cancelled(void **state)
{
    struct asker asker = {0}, other = {0};

    (void)state;
    ask(&asker, "one.dead.example.org");
    ask(&other, "one.dead.example.org");
    judge_cancel(judge, asker.ticket);
    assert_int_equal(judge_load(judge), 1);
    judge_cancel(judge, other.ticket);
    assert_int_equal(judge_load(judge), 0);
    assert_true(verdict_of(&other, "mail.example.org") > 0);
    assert_int_equal(asker.served, 0);
}

static void test_queue(void **state)
{
    static struct asker askers[5];
    char helo[64];

    (void)state;
    memset(askers, 0, sizeof askers);
    conf.limits.jobs = 2;
    for (size_t i = 0; i < 5; i++) {
        assert_true(snprintf(helo, sizeof helo, "q%zu.dead.example.org", i) > 0);
        ask(&askers[i], i < 2 ? helo : i == 2 ? "mail.example.org" : "other.example.org");
        assert_int_equal(judge_load(judge), i < 4 ? i + 1 : 4); /* who waits in the queue is joined too */
    }
    for (int i = 0; i < 20; i++)
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(askers[i].served, 0);
    judge_cancel(judge, askers[4].ticket);
    judge_cancel(judge, askers[1].ticket);
    await(&askers[2]);
    await(&askers[3]);
    assert_true(askers[2].order < askers[3].order);
    assert_int_equal(askers[2].verdict.csa, VOUCH_CSA_PASS);
    ask(&askers[1], "q1.dead.example.org");
    ask(&askers[2], "third.example.org");
    judge_cancel(judge, askers[2].ticket); /* the last one who waits, in the queue */
    assert_int_equal(judge_load(judge), 2);
}

static void test_deadline(void **state)
{
    struct asker runs = {0}, keeps = {0}, queued = {0}, later = {0};

    (void)state;
    conf.limits.jobs = 1;
    conf.dns.timeout_ms = 100;
    reopen();
    ask(&runs, "one.dead.example.org");
    ask(&queued, "barred.example.org"); /* would fail, had anybody the time to ask */
    conf.dns.timeout_ms = HOUR_MS;
    ask(&keeps, "one.dead.example.org"); /* has more time: nobody else gets his turn */
    assert_int_equal(judge_load(judge), 2);
    await(&runs);
    await(&queued);
    assert_int_equal(runs.verdict.csa, VOUCH_CSA_NONE); /* its SRV question was answered: there is none */
    assert_true(runs.verdict.incomplete);
    assert_true(runs.queries > 0);
    assert_int_equal(queued.verdict.csa, VOUCH_CSA_TEMPERROR);
    assert_true(queued.verdict.incomplete);
    assert_int_equal(keeps.served, 0);
    judge_cancel(judge, keeps.ticket);
    assert_int_equal(judge_load(judge), 0);
    assert_true(verdict_of(&later, "barred.example.org") > 0);
    assert_int_equal(later.verdict.csa, VOUCH_CSA_FAIL);
}

/* then_check - whoever came later still waits, and the evaluation goes on for him */
static void then_check(struct asker *asker)
{
    assert_int_equal(asker->other->served, 0);
    assert_int_equal(judge_load(judge), 1);
}

static void test_own_deadline(void **state)
{
    struct asker first = {.then = then_check}, later = {0};

    (void)state;
    first.other = &later;
    conf.dns.timeout_ms = 50;
    reopen();
    ask(&first, "one.dead.example.org");
    conf.dns.timeout_ms = 250;
    ask(&later, "one.dead.example.org");
    await(&first);
    await(&later);
    assert_true(first.owns && !later.owns); /* nothing was heard in between: it is the same */
    assert_string_equal(first.evaluation, first.id);
    assert_string_equal(later.evaluation, first.id);
    assert_true(later.verdict.incomplete);
    assert_int_equal(judge_load(judge), 0);
}

/* Of those whose time is over at one moment only the first one's record has what is known; who knows more has it too.
 */
static void test_deadlines_share(void **state)
{
    struct asker askers[4] = {0};

    (void)state;
    conf.dns.timeout_ms = 50;
    reopen();
    ask(&askers[0], "mixed.example.org");
    ask(&askers[1], "mixed.example.org");
    conf.dns.timeout_ms = 400; /* the SRV record comes after 150 */
    ask(&askers[2], "mixed.example.org");
    ask(&askers[3], "mixed.example.org");
    for (size_t i = 0; i < 4; i++)
        await(&askers[i]);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(askers[i].owns, i % 2 == 0);
        assert_string_equal(askers[i].evaluation, askers[i / 2 * 2].id);
        assert_int_equal(askers[i].records, i == 2); /* the SRV record */
        assert_true(askers[i].verdict.incomplete);
    }
}
static void test_without_questions(void **state)
{
    static const char *const helos[] = {"", "[192.0.2.10]", "bad_name!", "\x01\xff"};
    struct asker busy = {0}, asker = {0};
    char *endless = malloc(5001);

    (void)state;
    conf.limits.jobs = 1;
    for (size_t i = 0; i < 4; i++)
        verdict_of(&asker, helos[i]);
    ask(&busy, "one.dead.example.org");
    for (size_t i = 0; i < 4; i++) {
        ask(&asker, helos[i]);
        assert_int_equal(asker.served, 1); /* from memory: an evaluation would have had to wait */
        assert_int_equal(asker.verdict.csa, VOUCH_CSA_NONE);
    }
    judge_cancel(judge, busy.ticket);
    memset(endless, 'a', 5000);
    endless[5000] = '\0';
    verdict_of(&asker, endless);
    assert_int_equal(asker.verdict.reason, VOUCH_REASON_BAD_NAME);
    ask(&busy, "one.dead.example.org");
    ask(&asker, endless); /* too long to be remembered, and no harm */
    assert_int_equal(asker.served, 0);
    judge_cancel(judge, busy.ticket);
    await(&asker);
    free(endless);
}

static void test_bound(void **state)
{
    struct asker asker = {0};

    (void)state;
    conf.limits.cache = 2;
    reopen();
    verdict_of(&asker, "mail.example.org");
    verdict_of(&asker, "other.example.org");
    assert_int_equal(verdict_of(&asker, "mail.example.org"), 0);
    verdict_of(&asker, "third.example.org");
    assert_int_equal(verdict_of(&asker, "mail.example.org"), 0);
    assert_true(verdict_of(&asker, "other.example.org") > 0);
    conf.limits.cache = 0;
    reopen();
    assert_true(verdict_of(&asker, "mail.example.org") > 0);
    assert_true(verdict_of(&asker, "mail.example.org") > 0);
}

/* then_more - ask for the same and for another, and take back who waits behind */
static void then_more(struct asker *asker)
{
    static struct asker same, new;

    memset(&same, 0, sizeof same);
    memset(&new, 0, sizeof new);
    judge_cancel(judge, asker->other->ticket);
    ask(&same, "one.slow.example.org");
    assert_int_equal(same.served, 1); /* remembered already */
    ask(&new, "two.slow.example.org");
    judge_cancel(judge, new.ticket);
    ask(&new, "mail.example.org");
    if (new.ticket != NULL)
        judge_cancel(judge, new.ticket);
}

static void test_inside(void **state)
{
    struct asker first = {.then = then_more}, behind = {0}, last = {0};

    (void)state;
    first.other = &behind;
    ask(&first, "one.slow.example.org");
    ask(&behind, "one.slow.example.org");
    ask(&last, "one.slow.example.org");
    await(&first);
    assert_int_equal(last.served, 1);
    assert_int_equal(behind.served, 0);
    assert_int_equal(judge_load(judge), 0);
}

static void test_long_queue(void **state)
{
    static struct asker askers[5000];
    struct asker busy = {0};
    char helo[32];

    (void)state;
    memset(askers, 0, sizeof askers);
    conf.limits.jobs = 1;
    ask(&busy, "one.dead.example.org");
    for (unsigned i = 0; i < 5000; i++) {
        assert_true(snprintf(helo, sizeof helo, "[nothing%u]", i) > 0);
        ask(&askers[i], helo);
    }
    assert_int_equal(judge_load(judge), 5001);
    judge_cancel(judge, busy.ticket);
    for (unsigned i = 0; i < 5000; i++)
        await(&askers[i]);
    assert_int_equal(judge_load(judge), 0);
}

static void test_close(void **state)
{
    struct asker asker = {0}, same = {0}, queued = {0};

    (void)state;
    conf.limits.jobs = 1;
    ask(&asker, "one.dead.example.org");
    ask(&same, "one.dead.example.org");
    ask(&queued, "two.dead.example.org");
    judge_close(judge);
    judge = NULL;
    assert_int_equal(asker.served + same.served + queued.served, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_memory),
        WITH(test_handed_on),
        WITH(test_no_ledger),
        WITH(test_forgotten),
        WITH(test_joined),
        WITH(test_cancelled),
        WITH(test_queue),
        WITH(test_deadline),
        WITH(test_own_deadline),
        WITH(test_deadlines_share),
        WITH(test_without_questions),
        WITH(test_bound),
        WITH(test_inside),
        WITH(test_long_queue),
        WITH(test_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
