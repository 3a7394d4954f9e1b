/*
 * daemon_judge_test.c - verdicts from memory, from an evaluation that runs, from the queue, at a deadline.
 */
#include "daemon/judge/judge.h"

#include "accredit/health.h"
#include "base/text.h"
#include "dns/flight.h"
#include "dns/zone.h"
#include "session/evidence.h"
#include "session/sources.h"
#include "unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define HOUR_MS 3600000

static const char zone[] = "$ORIGIN example.org.\n$TTL 600\n"
                           "@ SOA ns hostmaster 1 3600 600 86400 600\n"
                           "_client._smtp.mail SRV 1 2 0 mail\n"
                           "mail A 192.0.2.10\n"
                           "_client._smtp.other SRV 1 2 0 other\n"
                           "other A 192.0.2.10\n"
                           "_client._smtp.third SRV 1 2 0 third\n"
                           "third A 192.0.2.10\n"
                           "_client._smtp.short 1 SRV 1 2 0 short\n"
                           "short 1 A 192.0.2.10\n"
                           "_client._smtp.zero 0 SRV 1 2 0 zero\n"
                           "zero 0 A 192.0.2.10\n"
                           "_client._smtp.barred SRV 1 1 0 barred\n"
                           "*.slow A 192.0.2.10\n"
                           "broken A 192.0.2.10\n"
                           ";! fault *.slow A delay 50\n"
                           ";! fault _client._smtp.broken SRV servfail\n"
                           ";! fault *.dead A timeout\n"
                           "*.dead A 192.0.2.10\n"
                           "mixed A 192.0.2.10\n"
                           ";! fault mixed A timeout\n"
                           "_client._smtp.mixed SRV 1 2 0 mixed\n"
                           ";! fault _client._smtp.mixed SRV delay 150\n"
                           "*.silent TXT \"MARID,1,A\"\n"
                           ";! fault *.silent TXT timeout\n";

static struct event_base *base;
static struct sources sources;
static struct conf conf;
static struct judge *judge;

/* One who asks. */
struct asker {
    struct judge_ticket *ticket;
    unsigned served, queries, order;
    struct vouch_verdict verdict;
    char id[DECISION_ID_SIZE], evaluation[DECISION_ID_SIZE]; /* its own decision, and the one it was given */
    bool owns;                                               /* the evaluation is its own */
    unsigned records;                                        /* that its evidence holds */
    void (*then)(struct asker *asker);                       /* runs inside done */
    struct asker *other;
};

static unsigned order, decisions;

/* asker_count - the records that were kept of an evaluation */
static unsigned asker_count(const struct judge_result *result)
{
    struct vouch_step step;
    unsigned count = 0;

    if (result->eval == NULL || result->evidence == NULL)
        return 0;
    for (size_t i = 0; vouch_eval_step(result->eval, i, &step); i++)
        count += evidence_find(result->evidence, step.question.id)->records_count;
    return count;
}

static void asker_done(void *owner, const struct judge_result *result)
{
    struct asker *asker = owner;

    asker->ticket = NULL;
    asker->served++;
    asker->order = ++order;
    asker->queries = result->queries;
    asker->verdict = *result->verdict;
    asker->owns = result->eval != NULL;
    asker->records = asker_count(result);
    memcpy(asker->evaluation, result->evaluation, sizeof asker->evaluation);
    if (asker->then != NULL)
        asker->then(asker);
}

/* ask_as - begin; the facts die at once, as those of a session do */
static void ask_as(struct asker *asker, const char *client, const char *helo, const char *tls_name)
{
    char *helo_copy = strdup(helo), *tls_copy = strdup(tls_name);
    struct vouch_facts facts = {.helo = text_bytes(helo_copy), .tls_name = text_bytes(tls_copy)};
    struct judge_ticket *ticket;
    unsigned served;

    if (client[0] != '\0')
        assert_true(vouch_address_parse(&facts.client, client, strlen(client)));
    asker->served = served = 0;
    assert_true(snprintf(asker->id, sizeof asker->id, "decision%05u", ++decisions) > 0);
    ticket = judge_ask(judge, &facts, asker->id, asker_done, asker);
    assert_int_equal(ticket == NULL, asker->served > served);
    asker->ticket = ticket;
    memset(helo_copy, 'x', strlen(helo));
    free(helo_copy);
    free(tls_copy);
}

static void ask(struct asker *asker, const char *helo)
{
    ask_as(asker, "192.0.2.10", helo, "");
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* await - run the loop until this one is served; generous, for busy machines */
static void await(const struct asker *asker)
{
    int64_t end = now_ms() + 20000;

    while (asker->served == 0 && now_ms() < end) {
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        usleep(1000);
    }
    assert_int_equal(asker->served, 1);
}

/* verdict_of - ask and wait; returns how many questions it took */
static unsigned verdict_of(struct asker *asker, const char *helo)
{
    ask(asker, helo);
    await(asker);
    return asker->queries;
}

static int setup(void **state)
{
    char error[ZONE_ERROR_SIZE];
    struct zones *zones = zones_new();

    (void)state;
    base = event_base_new();
    if (base == NULL || zones == NULL || !zones_read_text(zones, zone, sizeof zone - 1, "zone", error))
        return -1;
    memset(&sources, 0, sizeof sources);
    sources.dns = flight_open(zone_open(base, zones));
    conf_init(&conf);
    conf.dns.timeout_ms = HOUR_MS;
    conf.limits.jobs = 100;
    conf.limits.cache = 100;
    conf.limits.cache_ttl_s = 3600;
    conf.store.type = CONF_STORE_MEMORY;
    sources.settings = conf.settings;
    sources.conf = &conf;
    judge = judge_open(base, &conf, &sources);
    order = 0;
    return judge == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    judge_close(judge);
    sources_close(&sources);
    event_base_free(base);
    return 0;
}

/* reopen - a judge that remembers nothing, with the settings that hold now */
static void reopen(void)
{
    judge_close(judge);
    judge = judge_open(base, &conf, &sources);
    assert_non_null(judge);
}

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

static unsigned suspensions;

static void on_health(void *self, int service, bool suspended, const char *cause)
{
    (void)self;
    (void)service;
    (void)cause;
    suspensions += suspended;
}

/* Who was asked and is silent at the deadline of the last who waits has failed, once; not so where nobody waited. */
static void test_silence(void **state)
{
    static const struct health_rules rules = {.recover = 1, .failures = 2};
    static const struct health_owner owner = {.changed = on_health};
    struct asker first = {0}, last = {0};

    (void)state;
    suspensions = 0;
    memcpy(conf.settings.services[0].name, "s.silent.example.org", sizeof "s.silent.example.org");
    conf.settings.services_count = 1;
    sources.settings = conf.settings;
    sources.health = health_open(&rules, &owner);
    for (unsigned i = 0; i < 3; i++) {
        ask(&first, i == 0 ? "mail.example.org" : i == 1 ? "other.example.org" : "third.example.org");
        judge_cancel(judge, first.ticket);
    }
    conf.dns.timeout_ms = 50;
    reopen();
    ask(&first, "mail.example.org");
    conf.dns.timeout_ms = 150;
    ask(&last, "mail.example.org");
    await(&last);
    assert_int_equal(first.served, 1);
    assert_int_equal(suspensions, 0);
    ask(&first, "other.example.org");
    await(&first);
    assert_int_equal(suspensions, 1);
    assert_true(health_is_silent(sources.health, 0));
    health_close(sources.health);
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

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_memory),       WITH(test_handed_on),       WITH(test_no_ledger),  WITH(test_forgotten),
        WITH(test_joined),       WITH(test_cancelled),       WITH(test_queue),      WITH(test_deadline),
        WITH(test_own_deadline), WITH(test_deadlines_share), WITH(test_silence),    WITH(test_without_questions),
        WITH(test_bound),        WITH(test_inside),          WITH(test_long_queue), WITH(test_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
