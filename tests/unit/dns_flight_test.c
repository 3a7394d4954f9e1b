/*
 * dns_flight_test.c - single flight over a scripted inner source: what is asked, who is served, who may leave when.
 */
#include "dns/flight.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 64

/* What the inner source was asked; it answers when the test says so, or at once. */
struct inner_question {
    char name[VOUCH_NAME_TEXT_SIZE];
    enum vouch_type type;
    dns_done *done; /* null: answered or cancelled */
    void *owner;
};

struct inner {
    struct dns_source source;
    struct inner_question questions[QUESTIONS_MAX];
    size_t asked, cancelled, closed;
    bool at_once;
    void (*while_asking)(void); /* runs inside ask */
};

static struct inner inner;
static struct dns_source *flight;

/* inner_answer - answer one question */
static void inner_answer(size_t index)
{
    struct vouch_answer answer = {.status = VOUCH_NODATA, .ttl_s = (uint32_t)index};
    struct inner_question *question = &inner.questions[index];
    dns_done *done = question->done;

    assert_non_null(done);
    question->done = NULL;
    done(question->owner, &answer);
}

static struct dns_ticket *inner_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                    void *owner)
{
    struct inner_question *question = &inner.questions[inner.asked++];
    void (*while_asking)(void) = inner.while_asking;
    struct text text;

    assert_ptr_equal(source, &inner.source);
    assert_true(inner.asked <= QUESTIONS_MAX);
    text_init(&text, question->name, sizeof question->name);
    text_add(&text, name);
    question->type = type;
    question->done = done;
    question->owner = owner;
    inner.while_asking = NULL;
    if (while_asking != NULL)
        while_asking();
    if (!inner.at_once)
        return (struct dns_ticket *)question;
    inner_answer((size_t)(question - inner.questions));
    return NULL;
}

static void inner_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    struct inner_question *question = (struct inner_question *)ticket;

    assert_ptr_equal(source, &inner.source);
    assert_non_null(question->done);
    question->done = NULL;
    inner.cancelled++;
}

static void inner_close(struct dns_source *source)
{
    assert_ptr_equal(source, &inner.source);
    inner.closed++;
}

static const struct dns_source_verbs inner_verbs = {inner_ask, inner_cancel, inner_close};

/* One who asks. */
struct asker {
    struct dns_ticket *ticket;
    unsigned served;
    uint32_t ttl_s;
    void (*then)(struct asker *asker); /* runs inside done */
    struct asker *other;
    unsigned order;
};

static unsigned order;

static void asker_done(void *owner, const struct vouch_answer *answer)
{
    struct asker *asker = owner;

    asker->ticket = NULL;
    asker->served++;
    asker->ttl_s = answer->ttl_s;
    asker->order = ++order;
    if (asker->then != NULL)
        asker->then(asker);
    assert_int_equal(answer->status, VOUCH_NODATA); /* still there */
}

static void ask(struct asker *asker, const char *name, enum vouch_type type)
{
    unsigned served = asker->served;

    asker->ticket = dns_ask(flight, name, type, asker_done, asker);
    assert_int_equal(asker->ticket == NULL, asker->served != served);
}

static void cancel(struct asker *asker)
{
    dns_cancel(flight, asker->ticket);
    asker->ticket = NULL;
}

static int set_up(void **state)
{
    (void)state;
    memset(&inner, 0, sizeof inner);
    inner.source.verbs = &inner_verbs;
    order = 0;
    flight = flight_open(&inner.source);
    return flight == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    dns_close(flight);
    return inner.closed != 1;
}

/* shared - same name and type, whatever the case, is asked once; waiters are served in their order */
static void shared(void **state)
{
    struct asker a[5] = {0};

    (void)state;
    ask(&a[0], "Host.Example", VOUCH_TYPE_A);
    ask(&a[1], "host.example", VOUCH_TYPE_A);
    ask(&a[2], "host.example", VOUCH_TYPE_AAAA);
    ask(&a[3], "host.exampl", VOUCH_TYPE_A);
    ask(&a[4], "HOST.EXAMPLE", VOUCH_TYPE_A);
    assert_int_equal(inner.asked, 3);
    assert_string_equal(inner.questions[0].name, "host.example");
    assert_int_equal(inner.questions[1].type, VOUCH_TYPE_AAAA);
    inner_answer(0);
    assert_int_equal(a[0].served + a[1].served + a[4].served, 3);
    assert_true(a[0].order < a[1].order && a[1].order < a[4].order);
    assert_int_equal(a[2].served + a[3].served, 0);
    inner_answer(2);
    inner_answer(1);
    assert_int_equal(a[2].ttl_s, 1);
    assert_int_equal(a[3].ttl_s, 2);
    ask(&a[0], "host.example", VOUCH_TYPE_A);
    assert_int_equal(inner.asked, 4);
    inner_answer(3);
    assert_int_equal(a[0].served, 2);
    assert_int_equal(inner.cancelled, 0);
}

/* cancelled - three waiters leave in every order: the inner question goes with the last, and who stays is served */
static void cancelled(void **state)
{
    static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    (void)state;
    for (size_t i = 0; i < 6; i++) {
        for (size_t leave = 0; leave <= 3; leave++) {
            struct asker a[3] = {0};
            size_t before = inner.asked, cancelled_before = inner.cancelled;

            if (before + 2 > QUESTIONS_MAX)
                inner.asked = before = 0;
            for (size_t j = 0; j < 3; j++)
                ask(&a[j], "x.example", VOUCH_TYPE_A);
            assert_int_equal(inner.asked, before + 1);
            for (size_t j = 0; j < leave; j++)
                cancel(&a[orders[i][j]]);
            assert_int_equal(inner.cancelled - cancelled_before, leave == 3);
            if (leave < 3)
                inner_answer(before);
            for (size_t j = 0; j < 3; j++)
                assert_int_equal(a[orders[i][j]].served, j >= leave);
        }
    }
}

/* at_once - the inner source answers before it returns */
static void at_once(void **state)
{
    struct asker a = {0};

    (void)state;
    inner.at_once = true;
    ask(&a, "x.example", VOUCH_TYPE_A);
    ask(&a, "x.example", VOUCH_TYPE_A);
    assert_int_equal(a.served, 2);
    assert_int_equal(inner.asked, 2);
}

static void then_ask_again(struct asker *asker)
{
    asker->then = NULL;
    ask(asker, "x.example", VOUCH_TYPE_A);
}

static void then_cancel_other(struct asker *asker)
{
    cancel(asker->other);
}

static void then_ask_for_other(struct asker *asker)
{
    ask(asker->other, "x.example", VOUCH_TYPE_A);
}

/* asks_in_done - the same question asked inside done is a new one, at once or later */
static void asks_in_done(void **state)
{
    struct asker a = {.then = then_ask_again}, b = {0};

    (void)state;
    ask(&a, "x.example", VOUCH_TYPE_A);
    ask(&b, "x.example", VOUCH_TYPE_A);
    inner_answer(0);
    assert_int_equal(inner.asked, 2);
    assert_int_equal(a.served, 1);
    assert_int_equal(b.served, 1);
    inner_answer(1);
    assert_int_equal(a.served, 2);
    inner.at_once = true;
    a.then = then_ask_again;
    ask(&b, "y.example", VOUCH_TYPE_A);
    a.ticket = dns_ask(flight, "x.example", VOUCH_TYPE_A, asker_done, &a);
    assert_null(a.ticket);
    assert_int_equal(a.served, 4);
    assert_int_equal(inner.asked, 5);
}

/* cancels_in_done - one waiter's done cancels the ones behind it, and the last one gets a new question */
static void cancels_in_done(void **state)
{
    struct asker a = {.then = then_cancel_other}, b = {0}, c = {.then = then_ask_for_other}, d = {0};

    (void)state;
    a.other = &b;
    c.other = &d;
    ask(&a, "x.example", VOUCH_TYPE_A);
    ask(&b, "x.example", VOUCH_TYPE_A);
    ask(&c, "x.example", VOUCH_TYPE_A);
    inner_answer(0);
    assert_int_equal(a.served, 1);
    assert_int_equal(b.served, 0);
    assert_int_equal(c.served, 1);
    assert_int_equal(d.served, 0);
    assert_int_equal(inner.cancelled, 0);
    assert_int_equal(inner.asked, 2);
    cancel(&d);
    assert_int_equal(inner.cancelled, 1);
    a.then = then_cancel_other;
    ask(&a, "x.example", VOUCH_TYPE_A);
    ask(&b, "x.example", VOUCH_TYPE_A);
    inner_answer(2);
    assert_int_equal(b.served, 0);
}

/* cancels_other_question - a done cancels a waiter of another question */
static void cancels_other_question(void **state)
{
    struct asker a = {.then = then_cancel_other}, b = {0};

    (void)state;
    a.other = &b;
    ask(&a, "x.example", VOUCH_TYPE_A);
    ask(&b, "y.example", VOUCH_TYPE_A);
    inner_answer(0);
    assert_int_equal(inner.cancelled, 1);
    assert_int_equal(b.served, 0);
}

static struct asker joiner;

static void join(void)
{
    ask(&joiner, "x.example", VOUCH_TYPE_A);
}

static void join_and_leave(void)
{
    join();
    cancel(&joiner);
}

/* joins_while_asking - somebody joins, and leaves, while the inner source still is being asked */
static void joins_while_asking(void **state)
{
    struct asker a = {0};

    (void)state;
    memset(&joiner, 0, sizeof joiner);
    inner.while_asking = join_and_leave;
    ask(&a, "x.example", VOUCH_TYPE_A);
    assert_int_equal(inner.asked, 1);
    inner_answer(0);
    assert_int_equal(a.served, 1);
    assert_int_equal(joiner.served, 0);
    inner.while_asking = join;
    inner.at_once = true;
    ask(&a, "x.example", VOUCH_TYPE_A);
    assert_int_equal(inner.asked, 2);
    assert_int_equal(a.served, 2);
    assert_int_equal(joiner.served, 1);
}

/* closes_open - open questions end without their done */
static void closes_open(void **state)
{
    struct asker a[3] = {0};

    (void)state;
    ask(&a[0], "x.example", VOUCH_TYPE_A);
    ask(&a[1], "x.example", VOUCH_TYPE_A);
    ask(&a[2], "y.example", VOUCH_TYPE_A);
    dns_close(flight);
    assert_int_equal(inner.closed, 1);
    assert_int_equal(a[0].served + a[1].served + a[2].served, 0);
    dns_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(asks_in_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancels_in_done, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancels_other_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(joins_while_asking, set_up, tear_down),
        cmocka_unit_test_setup(closes_open, set_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
