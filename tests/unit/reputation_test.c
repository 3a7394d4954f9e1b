/*
 * reputation_test.c - the standing of a host: against the textbook's form of the formula, and what must always hold.
 */
#include "store/reputation.h"
#include "unit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TODAY 20000
#define EXACT 1e-9L /* as good as the same */

static const struct reputation_rules defaults = {30, 200, 100, 20, 10};
static const struct reputation_days none = {NULL, 0};

/* weigh - the standing of a host with these days, and of its organization with those */
static struct vouch_reputation weigh(const struct reputation_rules *rules, struct reputation_days host,
                                     struct reputation_days organization)
{
    struct vouch_reputation result;

    memset(&result, 0x55, sizeof result);
    reputation_weigh(rules, TODAY, host, organization, &result);
    return result;
}

/* weigh_today - the standing of a host that did this today, in a window that holds it all */
static struct vouch_reputation weigh_today(uint32_t ham, uint32_t spam)
{
    struct reputation_day day = {TODAY, ham, spam};
    struct reputation_rules rules = defaults;

    rules.window = UINT32_MAX;
    return weigh(&rules, (struct reputation_days){&day, 1}, none);
}

/* points - what it adds to the score of trust with the default shares */
static int points(struct vouch_reputation reputation)
{
    double certain = reputation.score * reputation.confidence_milli / 1000.0;

    return (int)lround(certain * (certain > 0 ? 0.6 : 0.8));
}

/* assert_near - a whole number is the exact one, rounded */
static void assert_near(long found, long double exact)
{
    if (fabsl((long double)found - exact) > 0.5L + EXACT)
        fail_msg("%ld instead of %Lf", found, exact);
}

/* assert_textbook - the standing is that of h and s by the formula as it stands in books */
static void assert_textbook(struct vouch_reputation found, long double h, long double s)
{
    const long double z = 1.96L;
    long double n = h + s, p = h / n;
    long double centre = (p + z * z / (2 * n)) / (1 + z * z / n);
    long double width = 2 * z / (1 + z * z / n) * sqrtl(p * (1 - p) / n + z * z / (4 * n * n));

    assert_near(found.score, 100 * (2 * centre - 1));
    assert_near(found.confidence_milli, 1000 * (1 - width));
}

/* test_textbook - all small counts, and some large ones */
static void test_textbook(void **state)
{
    static const uint32_t large[] = {1000, 65535, 65536, 1000000, INT32_MAX, UINT32_MAX - 1, UINT32_MAX};

    (void)state;
    for (uint32_t ham = 0; ham <= 120; ham++)
        for (uint32_t spam = ham == 0; spam <= 120; spam++) {
            struct vouch_reputation found = weigh_today(ham, spam);

            assert_textbook(found, ham, spam);
            assert_int_equal(found.ham, ham);
            assert_int_equal(found.spam, spam);
        }
    for (size_t i = 0; i < COUNT(large); i++)
        for (uint32_t spam = 0; spam <= 40; spam++)
            assert_textbook(weigh_today(large[i] - spam, spam), large[i] - spam, spam);
}

/* test_nothing - nothing known is nothing said, whatever the rules */
static void test_nothing(void **state)
{
    struct reputation_day zero = {TODAY, 0, 0};
    struct reputation_day one = {TODAY, 1, 0};
    struct reputation_rules no_window = {30, 0, 100, 20, 10};
    struct vouch_reputation found[] = {weigh(&defaults, none, none),
                                       weigh(&defaults, (struct reputation_days){&zero, 1}, none),
                                       weigh(&defaults, none, (struct reputation_days){&zero, 1}),
                                       weigh(&no_window, (struct reputation_days){&one, 1}, none)};

    (void)state;
    for (size_t i = 0; i < COUNT(found); i++) {
        assert_int_equal(found[i].score, 0);
        assert_int_equal(found[i].confidence_milli, 0);
        assert_int_equal(found[i].ham, 0);
        assert_int_equal(found[i].spam, 0);
    }
}

/* test_symmetry - ham and spam that change places change the sign, and nothing else */
static void test_symmetry(void **state)
{
    (void)state;
    for (uint32_t i = 0; i <= 120; i++)
        for (uint32_t k = 0; k <= 120; k++) {
            struct vouch_reputation here = weigh_today(i, k), there = weigh_today(k, i);

            assert_int_equal(here.score, -there.score);
            assert_int_equal(here.confidence_milli, there.confidence_milli);
        }
}

/* certain - score times confidence before anything is rounded */
static long double certain(uint32_t ham, uint32_t spam)
{
    const long double z = 1.96L;
    long double h = ham, n = (long double)ham + spam;
    long double low = (h + z * z / 2 - z * sqrtl(h * (n - h) / n + z * z / 4)) / (n + z * z);
    long double high = (h + z * z / 2 + z * sqrtl(h * (n - h) / n + z * z / 4)) / (n + z * z);

    return n == 0 ? 0 : (low + high - 1) * (1 - (high - low));
}

/*
 * test_monotony - one more ham never makes it worse, and one more spam never better: not the score, not what it adds to
 * trust, but for one point of rounding
 */
static void test_monotony(void **state)
{
    (void)state;
    for (uint32_t ham = 0; ham <= 120; ham++)
        for (uint32_t spam = 0; spam <= 120; spam++) {
            struct vouch_reputation now = weigh_today(ham, spam);
            struct vouch_reputation better = weigh_today(ham + 1, spam), worse = weigh_today(ham, spam + 1);

            assert_true(better.score >= now.score && worse.score <= now.score);
            assert_true(points(better) >= points(now) - 1 && points(worse) <= points(now) + 1);
            assert_true(certain(ham + 1, spam) > certain(ham, spam) && certain(ham, spam + 1) < certain(ham, spam));
        }
}

/* test_bounds - no counts get out of the range */
static void test_bounds(void **state)
{
    static const uint32_t counts[] = {0, 1, 255, 65536, INT32_MAX, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < COUNT(counts); i++)
        for (size_t k = 0; k < COUNT(counts); k++) {
            struct reputation_day days[2] = {{TODAY, counts[i], counts[k]}, {TODAY - 1, counts[k], counts[i]}};
            struct reputation_rules rules = {3650, UINT32_MAX, 1, 1, UINT32_MAX};
            struct vouch_reputation found = weigh(&rules, (struct reputation_days){days, 2},
                                                  (struct reputation_days){days, 1});

            assert_in_range(found.score + 100, 0, 200);
            assert_in_range(found.confidence_milli, 0, 1000);
        }
    assert_int_equal(weigh_today(UINT32_MAX, 0).score, 100);
    assert_int_equal(weigh_today(UINT32_MAX, 0).confidence_milli, 1000);
    assert_int_equal(weigh_today(0, UINT32_MAX).score, -100);
    assert_int_equal(weigh_today(UINT32_MAX, 0).ham, UINT32_MAX);
}

/* test_decay - a half-life halves, tomorrow is of today, later days are not yet, and after ten half-lives nothing is
 * left */
static void test_decay(void **state)
{
    struct reputation_rules rules = {30, 100000, 100, 20, 10};

    (void)state;
    for (int age = -40; age <= 400; age++) {
        struct reputation_day day = {TODAY - age, 300, 100};
        struct vouch_reputation found = weigh(&rules, (struct reputation_days){&day, 1}, none);
        long double factor = age < 0 ? 1 : powl(0.5L, age / 30.0L);

        if (age > 300 || age < -1) {
            assert_int_equal(found.ham + found.spam + found.confidence_milli, 0);
            assert_int_equal(found.score, 0);
            continue;
        }
        assert_textbook(found, 300 * factor, 100 * factor);
        assert_near(found.ham, 300 * factor);
        assert_near(found.spam, 100 * factor);
    }
    assert_int_equal(reputation_oldest(&rules, TODAY), TODAY - 300);
    assert_int_equal(reputation_oldest(&rules, INT32_MIN + 5), INT32_MIN);
}

/* test_far_days - days at the ends of the scale do not count */
static void test_far_days(void **state)
{
    struct reputation_day days[2] = {{INT32_MIN, 50, 0}, {INT32_MAX, 0, 7}};

    (void)state;
    assert_textbook(weigh(&defaults, (struct reputation_days){days, 2}, none), 0, 0);
    assert_int_equal(weigh(&defaults, (struct reputation_days){days, 1}, none).ham, 0);
}

/* test_window - the newest observations count, the last day in part, in any order of the days */
static void test_window(void **state)
{
    struct reputation_rules rules = {3650, 100, 100, 20, 10};
    struct reputation_day days[3] = {{TODAY - 1, 80, 40}, {TODAY - 2, 1000, 0}, {TODAY, 10, 30}};
    struct reputation_day sorted[3] = {days[2], days[0], days[1]};
    long double factor = powl(0.5L, 1 / 3650.0L) / 2; /* 60 of the 120 of yesterday */

    (void)state;
    assert_textbook(weigh(&rules, (struct reputation_days){days, 3}, none), 10 + 80 * factor, 30 + 40 * factor);
    assert_textbook(weigh(&rules, (struct reputation_days){sorted, 3}, none), 10 + 80 * factor, 30 + 40 * factor);
    rules.window = 40;
    assert_textbook(weigh(&rules, (struct reputation_days){days, 3}, none), 10, 30);
    rules.window = 20;
    assert_textbook(weigh(&rules, (struct reputation_days){days, 3}, none), 5, 15);
}

/* test_displacement - whatever was there before, a window of spam is all that counts */
static void test_displacement(void **state)
{
    (void)state;
    for (uint32_t past = 0; past <= 10; past++) {
        struct reputation_day days[12] = {{TODAY, 0, 100}, {TODAY - 1, 0, 100}};

        for (uint32_t i = 0; i < past; i++)
            days[2 + i] = (struct reputation_day){TODAY - 2 - (int32_t)i, 100, 0};
        assert_textbook(weigh(&defaults, (struct reputation_days){days, 2 + past}, none), 0,
                        100 + 100 * powl(0.5L, 1 / 30.0L));
    }
}

/* test_organization - its other hosts count for at most their weight, in the proportion of their counts */
static void test_organization(void **state)
{
    struct reputation_day host[2] = {{TODAY, 3, 1}, {TODAY - 30, 8, 0}};
    struct reputation_day all[3] = {{TODAY - 30, 8, 0}, {TODAY, 93, 31}, {TODAY - 60, 0, 0}};
    struct reputation_days own = {host, 2}, whole = {all, 3};
    struct reputation_rules rules = defaults;

    (void)state;
    assert_textbook(weigh(&defaults, own, none), 3 + 4, 1);
    assert_textbook(weigh(&defaults, own, whole), 7 + 7.5L, 1 + 2.5L); /* 90 ham, 30 spam of others: 10 in all */
    assert_int_equal(weigh(&defaults, own, whole).ham, 7);
    assert_int_equal(weigh(&defaults, own, whole).spam, 1);
    assert_textbook(weigh(&defaults, none, whole), 10 * (93 + 4) / 128.0L, 10 * 31 / 128.0L);
    assert_textbook(weigh(&defaults, own, own), 7, 1); /* it is its only host */
    assert_textbook(weigh(&defaults, whole, own), 93 + 4, 31);
    rules.organization_weight = 0;
    assert_textbook(weigh(&rules, own, whole), 7, 1);
    rules.organization_weight = 1000;                           /* more than there is */
    assert_textbook(weigh(&rules, own, whole), 7 + 42, 1 + 30); /* of 90 ham 12 more than spam */
}

/* test_thresholds - what the defaults and the greatest weight of an organization are chosen for */
static void test_thresholds(void **state)
{
    struct reputation_rules rules = defaults;
    struct reputation_day ham = {TODAY, 100000, 0}, spam = {TODAY, 0, 100000};

    (void)state;
    assert_true(points(weigh_today(37, 0)) < 50 && points(weigh_today(38, 0)) >= 50);
    assert_true(points(weigh_today(0, 14)) > -50 && points(weigh_today(0, 15)) <= -50);
    for (rules.organization_weight = 12; rules.organization_weight <= 200; rules.organization_weight++) {
        int blame = points(weigh(&rules, none, (struct reputation_days){&spam, 1}));

        assert_int_equal(points(weigh(&rules, none, (struct reputation_days){&ham, 1})), 35);
        assert_true(rules.organization_weight < 15 ? blame > -50 : blame <= -50);
    }
}

/* test_random - days in any order, with and without an organization, against a slow and simple computation */
static void test_random(void **state)
{
    (void)state;
    srand(5);
    for (unsigned round = 0; round < 2000; round++) {
        struct reputation_rules rules = {1 + (uint32_t)rand() % 60, (uint32_t)rand() % 300, 1, 1,
                                         (uint32_t)rand() % 40};
        struct reputation_day host[8], all[8];
        long double sum[2][2] = {{0, 0}, {0, 0}}, share;
        long double room[2] = {rules.window, rules.window};

        for (int i = 0; i < 8; i++) {
            int turned = round % 2 ? i : (i * 5 + 3) % 8;

            host[turned] = (struct reputation_day){TODAY + 4 - i * 3, (uint32_t)rand() % 50, (uint32_t)rand() % 50};
            all[turned] = host[turned];
            all[turned].ham += (uint32_t)rand() % 50;
            all[turned].spam += (uint32_t)rand() % 50;
        }
        for (int32_t day = TODAY + 1; day > TODAY + 4 - 24 && TODAY - day <= 10 * (int32_t)rules.half_life_days; day--)
            for (size_t i = 0; i < 8; i++)
                for (size_t which = 0; which < 2 && host[i].day == day; which++) {
                    long double h = which ? all[i].ham - host[i].ham : host[i].ham;
                    long double s = which ? all[i].spam - host[i].spam : host[i].spam;
                    long double part = h + s > room[which] ? room[which] / (h + s) : 1;

                    part *= day > TODAY ? 1 : expl(logl(0.5L) * (TODAY - day) / rules.half_life_days);
                    room[which] = h + s > room[which] ? 0 : room[which] - h - s;
                    sum[which][0] += h * part;
                    sum[which][1] += s * part;
                }
        share = sum[1][0] + sum[1][1] > rules.organization_weight ? rules.organization_weight / (sum[1][0] + sum[1][1])
                                                                  : 1;
        if (rules.window > 0)
            assert_textbook(weigh(&rules, (struct reputation_days){host, 8}, (struct reputation_days){all, 8}),
                            sum[0][0] + fminl(share * sum[1][0], share * sum[1][1] + 12),
                            sum[0][1] + share * sum[1][1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_textbook),     cmocka_unit_test(test_nothing),    cmocka_unit_test(test_symmetry),
        cmocka_unit_test(test_monotony),     cmocka_unit_test(test_bounds),     cmocka_unit_test(test_decay),
        cmocka_unit_test(test_far_days),     cmocka_unit_test(test_window),     cmocka_unit_test(test_displacement),
        cmocka_unit_test(test_organization), cmocka_unit_test(test_thresholds), cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
