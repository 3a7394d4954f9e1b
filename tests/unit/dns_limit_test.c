/*
 * dns_limit_test.c - a time limit over a scripted source: what answers in time, what does not, and who may leave when.
 */
#include "dns/limit.h"
#include "unit.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 16
#define SHORT_MS      20
#define LONG_MS       3600000

/* What the source below was asked; it answers when the test says so, or at once. */
struct below_question {
    char name[VOUCH_NAME_SIZE];
    enum vouch_type type;
    dns_done *done; /* null: answered or cancelled */
    void *owner;
};

struct below {
    struct dns_source source;
    struct below_question questions[QUESTIONS_MAX];
    size_t asked, cancelled, closed;
    bool at_once;
};

static struct below below;
static struct event_base *base;

static void below_answer(size_t index)
{
    struct vouch_answer answer = {.status = VOUCH_NODATA, .ttl_s = (uint32_t)index + 100};
    struct below_question *question = &below.questions[index];
    dns_done *done = question->done;

    assert_non_null(done);
    question->done = NULL;
    done(question->owner, &answer);
}

static struct dns_ticket *below_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                    void *owner)
{
    struct below_question *question = &below.questions[below.asked++];

    assert_ptr_equal(source, &below.source);
    assert_true(below.asked <= QUESTIONS_MAX && strlen(name) < sizeof question->name);
    memcpy(question->name, name, strlen(name) + 1);
    question->type = type;
    question->done = done;
    question->owner = owner;
    if (!below.at_once)
        return (struct dns_ticket *)question;
    below_answer((size_t)(question - below.questions));
    return NULL;
}

static void below_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    struct below_question *question = (struct below_question *)ticket;

    assert_ptr_equal(source, &below.source);
    assert_non_null(question);
    assert_non_null(question->done);
    question->done = NULL;
    below.cancelled++;
}

static void below_close(struct dns_source *source)
{
    (void)source;
    below.closed++;
}

static const struct dns_source_verbs below_verbs = {below_ask, below_cancel, below_close};

/* One who asks. */
struct asker {
    struct dns_source *limit;
    struct dns_ticket *ticket;
    unsigned served;
    enum vouch_status status;
    uint32_t ttl_s;
    void (*then)(struct asker *asker); /* runs inside done */
    struct asker *other;
};

static void asker_done(void *owner, const struct vouch_answer *answer)
{
    struct asker *asker = owner;

    asker->ticket = NULL;
    asker->served++;
    asker->status = answer->status;
    if (asker->then != NULL)
        asker->then(asker);
    asker->ttl_s = answer->ttl_s; /* still there */
}

static void ask(struct asker *asker, struct dns_source *limit)
{
    asker->limit = limit;
    asker->ticket = dns_ask(limit, "a.example", VOUCH_TYPE_TXT, asker_done, asker);
}

static struct dns_source *open_limit(uint32_t timeout_ms)
{
    struct dns_source *limit;

    memset(&below, 0, sizeof below);
    below.source.verbs = &below_verbs;
    base = event_base_new();
    assert_non_null(base);
    limit = limit_open(base, &below.source, timeout_ms);
    assert_non_null(limit);
    return limit;
}

static void close_limit(struct dns_source *limit)
{
    dns_close(limit);
    event_base_free(base);
    assert_int_equal(below.closed, 0); /* it belongs to somebody else */
}

static void test_in_time(void **state)
{
    struct dns_source *limit = open_limit(LONG_MS);
    struct asker asker = {0};

    (void)state;
    ask(&asker, limit);
    assert_non_null(asker.ticket);
    assert_string_equal(below.questions[0].name, "a.example");
    assert_int_equal(below.questions[0].type, VOUCH_TYPE_TXT);
    below_answer(0);
    assert_int_equal(asker.served, 1);
    assert_int_equal(asker.status, VOUCH_NODATA);
    assert_int_equal(asker.ttl_s, 100);
    assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0); /* no timer is left behind */
    close_limit(limit);
    assert_int_equal(below.cancelled, 0);
}

static void test_at_once(void **state)
{
    struct dns_source *limit = open_limit(LONG_MS);
    struct asker asker = {0};

    (void)state;
    below.at_once = true;
    ask(&asker, limit);
    assert_null(asker.ticket);
    assert_int_equal(asker.served, 1);
    assert_int_equal(asker.ttl_s, 100);
    assert_int_equal(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED), 0);
    close_limit(limit);
    assert_int_equal(below.cancelled, 0);
}

/* Two that take too long, one that was answered: the two are told so, once, and taken back below. */
static void test_too_late(void **state)
{
    struct dns_source *limit = open_limit(SHORT_MS);
    struct asker askers[3] = {{0}};

    (void)state;
    for (size_t i = 0; i < COUNT(askers); i++)
        ask(&askers[i], limit);
    below_answer(1);
    assert_int_equal(event_base_dispatch(base), 1); /* until nothing is left to wait for */
    for (size_t i = 0; i < COUNT(askers); i++) {
        assert_int_equal(askers[i].served, 1);
        assert_int_equal(askers[i].status, i == 1 ? VOUCH_NODATA : VOUCH_TIMEOUT);
    }
    assert_int_equal(below.cancelled, 2);
    close_limit(limit);
    assert_int_equal(below.cancelled, 2);
}

static void test_cancel(void **state)
{
    struct dns_source *limit = open_limit(SHORT_MS);
    struct asker askers[2] = {{0}};

    (void)state;
    ask(&askers[0], limit);
    ask(&askers[1], limit);
    dns_cancel(limit, askers[0].ticket);
    assert_int_equal(below.cancelled, 1);
    assert_non_null(below.questions[1].done);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(askers[0].served, 0);
    assert_int_equal(askers[1].served, 1);
    close_limit(limit);
}

/* Open questions end without a word, and are taken back below. */
static void test_close(void **state)
{
    struct dns_source *limit = open_limit(SHORT_MS);
    struct asker askers[3] = {{0}};

    (void)state;
    for (size_t i = 0; i < COUNT(askers); i++)
        ask(&askers[i], limit);
    dns_close(limit);
    assert_int_equal(below.cancelled, 3);
    assert_int_equal(event_base_dispatch(base), 1);
    event_base_free(base);
    for (size_t i = 0; i < COUNT(askers); i++)
        assert_int_equal(askers[i].served, 0);
}

static void cancel_other(struct asker *asker)
{
    dns_cancel(asker->limit, asker->other->ticket);
}

static void ask_other(struct asker *asker)
{
    ask(asker->other, asker->limit);
}

/* Inside the `done` of an answer, another question is cancelled, or asked. */
static void test_inside_answer(void **state)
{
    struct dns_source *limit = open_limit(SHORT_MS);
    struct asker other = {0}, third = {0};
    struct asker first = {.then = cancel_other, .other = &other}, second = {.then = ask_other, .other = &third};

    (void)state;
    ask(&first, limit);
    ask(&other, limit);
    ask(&second, limit);
    below_answer(0);
    below_answer(2);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(first.served, 1);
    assert_int_equal(other.served, 0);
    assert_int_equal(second.served, 1);
    assert_int_equal(third.served, 1);
    assert_int_equal(third.status, VOUCH_TIMEOUT);
    close_limit(limit);
}

/* The same inside a timeout; a limit that is longer leaves time to cancel. */
static void test_inside_timeout(void **state)
{
    struct dns_source *limit = open_limit(SHORT_MS);
    struct dns_source *longer = limit_open(base, &below.source, LONG_MS);
    struct asker other = {.limit = longer}, third = {0};
    struct asker second = {.then = ask_other, .other = &third};

    (void)state;
    assert_non_null(longer);
    ask(&second, limit);
    ask(&other, longer);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(second.status, VOUCH_TIMEOUT);
    assert_non_null(third.ticket);
    dns_cancel(longer, other.ticket);
    assert_int_equal(event_base_dispatch(base), 1);
    assert_int_equal(third.status, VOUCH_TIMEOUT);
    assert_int_equal(third.served, 1);
    assert_int_equal(other.served, 0);
    dns_close(longer);
    close_limit(limit);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_time),        cmocka_unit_test(test_at_once), cmocka_unit_test(test_too_late),
        cmocka_unit_test(test_cancel),         cmocka_unit_test(test_close),   cmocka_unit_test(test_inside_answer),
        cmocka_unit_test(test_inside_timeout),
    };

    return cmocka_run_group_tests_name("dns_limit", tests, NULL, NULL);
}
