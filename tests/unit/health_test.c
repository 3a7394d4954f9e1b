/*
 * health_test.c - the state machine of accreditors: every short history is played against a model that is written the
 * other way round (what the whole history says, not what the last event changed); and the words that come out.
 */
#include "accredit/health.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVICE        3
#define HISTORY_LENGTH 5

/* What can happen to a service. */
enum happening {
    SESSION_FINE,
    SESSION_TROUBLE,       /* about a name that was not asked for before */
    SESSION_TROUBLE_AGAIN, /* always about the same name */
    CANARY_FINE,
    CANARY_TROUBLE,
    CANARY_LIE,
    CANARY_REFUSAL,
    ROUND_OVER,
    IMPOSED,
    LIFTED,
    ADOPTED,
    HAPPENINGS /* how many */
};

/* What the owner was told. */
struct heard {
    unsigned times;
    int service;
    bool suspended;
    char cause[HEALTH_CAUSE_SIZE];
};

static void on_changed(void *self, int service, bool suspended, const char *cause)
{
    struct heard *heard = self;

    heard->times++;
    heard->service = service;
    heard->suspended = suspended;
    snprintf(heard->cause, sizeof heard->cause, "%s", cause);
}

static struct health *open_health(uint8_t recover, uint8_t failures, struct heard *heard)
{
    struct health_rules rules = {.recover = recover, .failures = failures};
    struct health_owner owner = {.changed = on_changed, .self = heard};
    struct health *health = health_open(&rules, &owner);

    memset(heard, 0, sizeof *heard);
    assert_non_null(health);
    return health;
}

static struct vouch_report report_of(bool listed, enum vouch_status error, const char *info)
{
    struct vouch_report report = {.service = SERVICE, .listed = listed, .error = error};

    snprintf(report.info, sizeof report.info, "%s", info);
    return report;
}

/* refusal_of - an answer that no row of a code table makes a rating */
static struct vouch_report refusal_of(const char *info)
{
    struct vouch_report report = report_of(false, VOUCH_FAILED, info);

    report.refused = true;
    return report;
}

static uint64_t abouts; /* names that were asked for so far, each for the first time */

/* happen - one event */
static void happen(struct health *health, enum happening happening)
{
    struct vouch_report fine = report_of(false, VOUCH_FOUND, "");
    struct vouch_report trouble = report_of(false, VOUCH_TIMEOUT, "");
    struct vouch_report lie = report_of(true, VOUCH_FOUND, "127.0.0.2");
    struct vouch_report refusal = refusal_of("refuses: 127.255.255.254");

    switch (happening) {
    case SESSION_FINE:
        health_heard(health, SERVICE, ++abouts, &fine);
        break;
    case SESSION_TROUBLE:
        health_heard(health, SERVICE, ++abouts, &trouble);
        break;
    case SESSION_TROUBLE_AGAIN:
        health_heard(health, SERVICE, 0, &trouble);
        break;
    case CANARY_FINE:
        health_canary(health, SERVICE, HEALTH_RANDOM, &fine);
        break;
    case CANARY_TROUBLE:
        health_canary(health, SERVICE, HEALTH_RANDOM, &trouble);
        break;
    case CANARY_LIE:
        health_canary(health, SERVICE, HEALTH_RANDOM, &lie);
        break;
    case CANARY_REFUSAL:
        health_canary(health, SERVICE, HEALTH_RANDOM, &refusal);
        break;
    case ROUND_OVER:
        health_round_over(health, SERVICE);
        break;
    case IMPOSED:
        health_impose(health, SERVICE, "elsewhere");
        break;
    case LIFTED:
        health_impose(health, SERVICE, NULL);
        break;
    case ADOPTED:
        health_adopt(health, SERVICE, "before");
        break;
    case HAPPENINGS:
        break;
    }
}

/* What a whole history means. */
struct meaning {
    bool own, silent, mute, imposed;
};

static bool is_trouble(enum happening happening)
{
    return happening == SESSION_TROUBLE || happening == SESSION_TROUBLE_AGAIN || happening == CANARY_TROUBLE ||
           happening == CANARY_REFUSAL;
}

static bool is_answer(enum happening happening)
{
    return happening == SESSION_FINE || happening == CANARY_FINE || happening == CANARY_LIE;
}

/* troubles_at - how many different answers in a row, up to and with `at`, did not come, since the service came back */
static unsigned troubles_at(const enum happening *history, size_t since, size_t at)
{
    unsigned troubles = 0;
    bool again = false;

    for (size_t i = at + 1; i-- > since && !is_answer(history[i]);) {
        if (history[i] == SESSION_TROUBLE_AGAIN)
            again = true;
        else
            troubles += is_trouble(history[i]);
    }
    return troubles + again;
}

static bool is_fault(enum happening happening)
{
    return happening == CANARY_TROUBLE || happening == CANARY_LIE || happening == CANARY_REFUSAL;
}

/* good_rounds_at - how many rounds up to `at` end after the last fault's own, and after the suspension began anew */
static unsigned good_rounds_at(const enum happening *history, size_t begun, size_t at)
{
    unsigned rounds = 0;

    for (size_t i = at + 1; i-- > 0;) {
        if (is_fault(history[i]))
            return rounds == 0 ? 0 : rounds - 1;
        if (history[i] == ROUND_OVER && i < begun)
            return rounds;
        rounds += history[i] == ROUND_OVER;
    }
    return rounds;
}

/* is_mute_at - was no canary answered in the last round that ended at or before `at`, though one was asked? */
static bool is_mute_at(const enum happening *history, size_t at)
{
    bool asked = false, in_round = false;

    for (size_t i = at + 1; i-- > 0;) {
        if (history[i] == ROUND_OVER && in_round)
            break;
        in_round |= history[i] == ROUND_OVER;
        if (in_round && (history[i] == CANARY_FINE || history[i] == CANARY_LIE))
            return false;
        asked |= in_round && is_fault(history[i]);
    }
    return asked;
}

/* mean - the meaning of a history */
static struct meaning mean(const enum happening *history, size_t length, unsigned recover, unsigned failures)
{
    struct meaning meaning = {false, false, false, false};
    size_t back = 0, begun = 0; /* when it came back last; when it fell silent, or was adopted, last */

    for (size_t i = 0; i < length; i++) {
        if (history[i] == IMPOSED || history[i] == LIFTED)
            meaning.imposed = history[i] == IMPOSED;
        if (!meaning.silent && is_trouble(history[i]) && troubles_at(history, back, i) >= failures) {
            meaning.own = meaning.silent = true;
            begun = i;
        }
        if (history[i] == ADOPTED && !meaning.own) {
            meaning.own = true;
            begun = i;
        }
        if (history[i] == CANARY_LIE || history[i] == CANARY_REFUSAL)
            meaning.own = true;
        if (history[i] == ROUND_OVER && meaning.own && good_rounds_at(history, begun, i) >= recover) {
            meaning.own = meaning.silent = false;
            back = i + 1;
        }
        meaning.mute = is_mute_at(history, i);
    }
    return meaning;
}

/* play - one history, the service checked after each step */
static void play(const enum happening *history, size_t length, uint8_t recover, uint8_t failures)
{
    struct heard heard;
    struct health *health = open_health(recover, failures, &heard);
    bool before = false;

    for (size_t i = 0; i < length; i++) {
        unsigned times = heard.times;
        struct meaning meaning;

        happen(health, history[i]);
        meaning = mean(history, i + 1, recover, failures);
        assert_int_equal(health_is_own(health, SERVICE), meaning.own);
        assert_int_equal(health_is_silent(health, SERVICE),
                         meaning.silent || (meaning.mute && (meaning.own || meaning.imposed)));
        assert_int_equal(health_is_suspended(health, SERVICE), meaning.own || meaning.imposed);
        assert_int_equal(heard.times - times, (meaning.own || meaning.imposed) != before);
        before = meaning.own || meaning.imposed;
        if (heard.times != 0)
            assert_int_equal(heard.suspended, before);
        assert_int_equal(health_cause(health, SERVICE)[0] != '\0', before);
        assert_false(health_is_suspended(health, SERVICE + 1));
    }
    health_close(health);
}

/* All histories of HISTORY_LENGTH events, for several rules. */
static void test_all_histories(void **state)
{
    static const uint8_t rules[][2] = {{1, 1}, {2, 2}, {1, 3}, {3, 1}}; /* recover, failures */
    enum happening history[HISTORY_LENGTH];
    unsigned long count = 1;

    (void)state;
    for (size_t i = 0; i < HISTORY_LENGTH; i++)
        count *= HAPPENINGS;
    for (unsigned long number = 0; number < count; number++) {
        unsigned long rest = number;

        for (size_t i = 0; i < HISTORY_LENGTH; i++) {
            history[i] = (enum happening)(rest % HAPPENINGS);
            rest /= HAPPENINGS;
        }
        for (size_t i = 0; i < COUNT(rules); i++)
            play(history, HISTORY_LENGTH, rules[i][0], rules[i][1]);
    }
}

/* Long ones, of numbers that look random, so that the counters are driven past what a few events can do. */
static void test_long_histories(void **state)
{
    enum happening history[40];
    uint32_t number = 1;

    (void)state;
    for (unsigned round = 0; round < 20000; round++) {
        for (size_t i = 0; i < COUNT(history); i++) {
            number = number * 1664525 + 1013904223;
            history[i] = (number >> 24) % 3 == 0 ? ROUND_OVER : (enum happening)((number >> 16) % HAPPENINGS);
        }
        play(history, COUNT(history), (uint8_t)(1 + round % 4), (uint8_t)(1 + round / 4 % 6));
    }
}

/* What each canary makes of each kind of answer, and the cause in words. */
static void test_canaries(void **state)
{
    static const struct {
        enum health_canary canary;
        bool listed;
        enum vouch_status error;
        const char *info;
        const char *cause; /* null: not suspended */
        bool refused;
    } rows[] = {
        {HEALTH_LISTED, true, VOUCH_FOUND, "", NULL, false},
        {HEALTH_LISTED, false, VOUCH_FOUND, "", "does not list its canary_listed", false},
        {HEALTH_LISTED, false, VOUCH_TIMEOUT, "", NULL, false},
        {HEALTH_LISTED, false, VOUCH_FAILED, "SERVFAIL", NULL, false},
        {HEALTH_LISTED, false, VOUCH_FAILED, "the service refuses: x", NULL, false},
        {HEALTH_LISTED, false, VOUCH_FAILED, "unknown code 127.0.4.57",
         "answers a check with no rating: unknown code 127.0.4.57", true},
        {HEALTH_LISTED, false, VOUCH_FAILED, "unknown code 127.0.4.57", NULL, false}, /* words are no proof */
        {HEALTH_LISTED, false, VOUCH_FAILED, "", "answers a check with no rating: failed", true},
        {HEALTH_UNLISTED, false, VOUCH_FOUND, "", NULL, false},
        {HEALTH_UNLISTED, true, VOUCH_FOUND, "", "lists its canary_unlisted", false},
        {HEALTH_UNLISTED, false, VOUCH_BOGUS, "", NULL, false},
        {HEALTH_UNLISTED, false, VOUCH_FAILED, "refuses: 127.255.255.254",
         "answers a check with no rating: refuses: 127.255.255.254", true},
        {HEALTH_RANDOM, false, VOUCH_FOUND, "", NULL, false},
        {HEALTH_RANDOM, true, VOUCH_FOUND, "127.0.10.3", "lists what was made up at random: 127.0.10.3", false},
        {HEALTH_RANDOM, true, VOUCH_FOUND, "\r\n\x1b[2J", "lists what was made up at random: \\x0d\\x0a\\x1b[2J",
         false},
        {HEALTH_RANDOM, false, VOUCH_CHAIN, "", NULL, false},
        {HEALTH_RANDOM, false, VOUCH_FAILED, "unknown code 127.0.0.255",
         "answers a check with no rating: unknown code 127.0.0.255", true},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vouch_report report = report_of(rows[i].listed, rows[i].error, rows[i].info);
        struct heard heard;
        struct health *health = open_health(3, 5, &heard);

        report.refused = rows[i].refused;
        health_canary(health, SERVICE, rows[i].canary, &report);
        assert_string_equal(health_cause(health, SERVICE), rows[i].cause == NULL ? "" : rows[i].cause);
        assert_int_equal(heard.times, rows[i].cause != NULL);
        assert_string_equal(heard.cause, rows[i].cause == NULL ? "" : rows[i].cause);
        assert_false(health_is_silent(health, SERVICE));
        if (heard.times != 0)
            assert_int_equal(heard.service, SERVICE);
        health_close(health);
    }
}

/* A cause is cut, and stays printable, however long the info is. */
static void test_long_info(void **state)
{
    struct vouch_report report = report_of(true, VOUCH_FOUND, "");
    struct heard heard;
    struct health *health = open_health(3, 5, &heard);

    (void)state;
    memset(report.info, 0xff, sizeof report.info - 1);
    health_canary(health, SERVICE, HEALTH_RANDOM, &report);
    assert_int_equal(strlen(health_cause(health, SERVICE)), HEALTH_CAUSE_SIZE - 1);
    for (const char *at = health_cause(health, SERVICE); *at != '\0'; at++)
        assert_true(*at >= ' ' && *at <= '~');
    health_close(health);
}

/*
 * Refusals in sessions are not believed at once, but a row of them about different names is; the answer about one name
 * may come from a memory, as often as it is asked for. Questions that were never asked are nothing.
 */
static void test_sessions(void **state)
{
    struct vouch_report refusal = refusal_of("refuses: 127.255.255.254");
    struct vouch_report unasked = report_of(false, VOUCH_TIMEOUT, "");
    struct heard heard;
    struct health *health = open_health(3, 3, &heard);

    (void)state;
    unasked.too_many = true;
    for (unsigned i = 0; i < 10; i++)
        health_heard(health, SERVICE, i, &unasked);
    unasked = report_of(false, VOUCH_TIMEOUT, "");
    unasked.no_question = true;
    for (unsigned i = 0; i < 10; i++)
        health_heard(health, SERVICE, i, &unasked);
    for (unsigned i = 0; i < 10; i++)
        health_heard(health, SERVICE, 1, &refusal);
    health_heard(health, SERVICE, 2, &refusal);
    health_heard(health, SERVICE, 1, &refusal);
    assert_false(health_is_suspended(health, SERVICE));
    health_heard(health, SERVICE, 3, &refusal);
    assert_true(health_is_silent(health, SERVICE));
    assert_string_equal(heard.cause, "3 answers in a row without a rating: refuses: 127.255.255.254");
    health_close(health);
}

/* What others suspended, or this host did before it started anew, is not asked by sessions if it does not answer here.
 */
static void test_mute(void **state)
{
    struct heard heard;
    struct health *health = open_health(2, 100, &heard);

    (void)state;
    happen(health, CANARY_TROUBLE);
    happen(health, ROUND_OVER);
    assert_false(health_is_silent(health, SERVICE)); /* one failure suspends nobody */
    happen(health, IMPOSED);
    assert_true(health_is_silent(health, SERVICE) && !health_is_own(health, SERVICE));
    happen(health, CANARY_FINE);
    happen(health, CANARY_TROUBLE);
    happen(health, ROUND_OVER);
    assert_false(health_is_silent(health, SERVICE));
    happen(health, LIFTED);
    assert_false(health_is_suspended(health, SERVICE));
    happen(health, ADOPTED);
    happen(health, CANARY_TROUBLE);
    happen(health, ROUND_OVER);
    assert_true(health_is_silent(health, SERVICE) && health_is_own(health, SERVICE));
    assert_string_equal(health_cause(health, SERVICE), "before");
    for (unsigned i = 0; i < 2; i++) {
        happen(health, CANARY_FINE);
        happen(health, ROUND_OVER);
    }
    assert_false(health_is_suspended(health, SERVICE));
    health_close(health);
}

/* Only a wrong answer is proof for others, while we hear enough to repeat it: silence and refusals may be meant for us.
 */
static void test_proven(void **state)
{
    static const enum happening local[] = {CANARY_TROUBLE, CANARY_REFUSAL, SESSION_TROUBLE};
    struct heard heard;

    (void)state;
    for (size_t i = 0; i < COUNT(local); i++) {
        struct health *health = open_health(2, 1, &heard);

        happen(health, local[i]);
        happen(health, ROUND_OVER);
        assert_true(health_is_own(health, SERVICE) && !health_is_proven(health, SERVICE));
        happen(health, CANARY_LIE);
        assert_true(health_is_proven(health, SERVICE));
        happen(health, local[i]);
        happen(health, ROUND_OVER);
        assert_true(health_is_proven(health, SERVICE));
        assert_int_equal(strncmp(health_cause(health, SERVICE), "lists what", 10), 0);
        happen(health, CANARY_REFUSAL);
        assert_int_equal(strncmp(health_cause(health, SERVICE), "lists what", 10), 0);
        happen(health, CANARY_FINE);
        happen(health, ROUND_OVER);
        assert_true(health_is_own(health, SERVICE) && !health_is_proven(health, SERVICE));
        happen(health, CANARY_FINE);
        happen(health, ROUND_OVER);
        assert_true(health_is_proven(health, SERVICE));
        happen(health, CANARY_FINE);
        happen(health, ROUND_OVER);
        assert_false(health_is_own(health, SERVICE) || health_is_proven(health, SERVICE));
        happen(health, local[i]);
        assert_true(health_is_own(health, SERVICE) && !health_is_proven(health, SERVICE));
        health_close(health);
    }
}

/* What others found ends when they say so, what was found here does not; each keeps its cause. */
static void test_imposed(void **state)
{
    struct heard heard;
    struct health *health = open_health(1, 5, &heard);

    (void)state;
    health_impose(health, SERVICE, "lists all (mx2 17)\n");
    assert_string_equal(heard.cause, "lists all (mx2 17)\\x0a");
    assert_false(health_is_own(health, SERVICE));
    happen(health, CANARY_LIE);
    assert_int_equal(heard.times, 1);
    assert_string_equal(health_cause(health, SERVICE), "lists what was made up at random: 127.0.0.2");
    health_impose(health, SERVICE, NULL);
    assert_true(health_is_suspended(health, SERVICE));
    health_impose(health, SERVICE, "again");
    happen(health, ROUND_OVER);
    happen(health, CANARY_FINE);
    happen(health, ROUND_OVER);
    assert_false(health_is_own(health, SERVICE));
    assert_string_equal(health_cause(health, SERVICE), "again");
    health_impose(health, SERVICE, NULL);
    assert_int_equal(heard.times, 2);
    assert_false(heard.suspended);
    assert_string_equal(heard.cause, "");
    health_close(health);
}

/* Numbers that are no service change nothing. */
static void test_no_service(void **state)
{
    static const int numbers[] = {-1, VOUCH_SERVICES_MAX, VOUCH_SERVICES_MAX + 1};
    struct vouch_report lie = report_of(true, VOUCH_FOUND, "");
    struct heard heard;
    struct health *health = open_health(1, 1, &heard);

    (void)state;
    for (size_t i = 0; i < COUNT(numbers); i++) {
        health_heard(health, numbers[i], 1, &lie);
        health_canary(health, numbers[i], HEALTH_RANDOM, &lie);
        health_round_over(health, numbers[i]);
        health_impose(health, numbers[i], "x");
        health_adopt(health, numbers[i], "x");
        assert_false(health_is_suspended(health, numbers[i]));
        assert_false(health_is_silent(health, numbers[i]));
        assert_false(health_is_own(health, numbers[i]));
        assert_string_equal(health_cause(health, numbers[i]), "");
    }
    assert_int_equal(heard.times, 0);
    health_close(health);
    health_close(NULL);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_histories), cmocka_unit_test(test_long_histories), cmocka_unit_test(test_canaries),
        cmocka_unit_test(test_long_info),     cmocka_unit_test(test_sessions),       cmocka_unit_test(test_mute),
        cmocka_unit_test(test_proven),        cmocka_unit_test(test_imposed),        cmocka_unit_test(test_no_service),
    };

    return cmocka_run_group_tests_name("health", tests, NULL, NULL);
}
