/*
 * daemon_judge_health_test.c - what the judge tells of accreditors that do not answer, and remembers while one is
 * suspended.
 */
#include "accredit/health.h"
#include "asker.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

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

/* While a service is suspended, which may take days, verdicts are remembered, with what they might have been. */
static void test_suspended(void **state)
{
    struct asker first = {0}, again = {0};

    (void)state;
    memcpy(conf.settings.services[0].name, "s.failing.example.org", sizeof "s.failing.example.org");
    conf.settings.services[0].positives = true;
    conf.settings.services[0].weight_milli = 1000;
    conf.settings.services_count = 1;
    sources.settings = conf.settings;
    assert_true(verdict_of(&first, "mail.example.org") > 0);
    assert_true(first.verdict.incomplete && !first.verdict.withheld);
    assert_true(verdict_of(&first, "mail.example.org") > 0); /* trouble is not remembered */
    sources.settings.services[0].suspended = true;
    assert_true(verdict_of(&first, "mail.example.org") > 0);
    assert_int_equal(verdict_of(&again, "mail.example.org"), 0);
    assert_true(again.verdict.withheld && again.verdict.hoped == first.verdict.hoped);
    assert_string_equal(again.verdict.suspended_name, "s.failing.example.org");
    judge_forget(judge); /* as at the end of the suspension */
    sources.settings.services[0].suspended = false;
    assert_true(verdict_of(&again, "mail.example.org") > 0);
}

/* A job that waited for its turn, and had no time of its own any more, says nothing about those who were asked then. */
static void test_silence_queued(void **state)
{
    static const struct health_rules rules = {.recover = 1, .failures = 2};
    static const struct health_owner owner = {.changed = on_health};
    struct asker busy = {0}, queued[8];
    char helo[32];

    (void)state;
    suspensions = 0;
    memset(queued, 0, sizeof queued);
    memcpy(conf.settings.services[0].name, "s.silent.example.org", sizeof "s.silent.example.org");
    conf.settings.services_count = 1;
    sources.settings = conf.settings;
    sources.health = health_open(&rules, &owner);
    conf.limits.jobs = 1;
    conf.dns.timeout_ms = 300;
    reopen();
    ask(&busy, "mail.example.org"); /* the only one that was out for its whole time */
    for (unsigned i = 0; i < 8; i++) {
        assert_true(snprintf(helo, sizeof helo, "queued%u.example.org", i) > 0);
        ask(&queued[i], helo);
    }
    for (unsigned i = 0; i < 8; i++)
        await(&queued[i]);
    assert_int_equal(busy.served, 1);
    assert_int_equal(suspensions, 0);
    ask(&busy, "other.example.org");
    await(&busy);
    assert_int_equal(suspensions, 1);
    health_close(sources.health);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH(test_silence),
        WITH(test_suspended),
        WITH(test_silence_queued),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
