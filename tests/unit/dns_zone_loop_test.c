/*
 * dns_zone_loop_test.c - zones on an event loop: answers at once, later, never; cancelled, nested, closed while open.
 *
 * Delays are a few milliseconds of real time; nothing depends on how long they take, only on their order.
 */
#include "dns/zone.h"

#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

static const char world[] = "$ORIGIN z.test.\n@ 60 SOA . . 1 2 3 4 60\n"
                            ";! fault late A delay 20\n;! fault later A delay 40\n;! fault never A timeout\n"
                            ";! fault bad A delay 1\n;! fault bad A servfail\n"
                            "late A 192.0.2.1\nlater A 192.0.2.2\n*.w A 192.0.2.3\nsoon A 192.0.2.4\n";

static struct event_base *base;
static struct dns_source *source;

struct asker {
    struct dns_ticket *ticket;
    unsigned served;
    enum vouch_status status;
    uint8_t octet;  /* last of the address */
    uint8_t letter; /* first of the owner */
    const char *then_ask;
};

static void asker_done(void *owner, const struct vouch_answer *answer)
{
    struct asker *asker = owner;
    struct asker nested = {0};

    asker->ticket = NULL;
    asker->served++;
    asker->status = answer->status;
    if (asker->then_ask != NULL) {
        assert_null(dns_ask(source, asker->then_ask, VOUCH_TYPE_A, asker_done, &nested));
        assert_int_equal(nested.served, 1);
    }
    if (answer->records_count == 0)
        return;
    asker->octet = answer->records[0].rdata.data[3]; /* still what it was, whatever was asked in between */
    asker->letter = answer->records[0].owner.data[1];
}

static int set_up(void **state)
{
    struct zones *zones = zones_new();
    char error[ZONE_ERROR_SIZE];

    (void)state;
    base = event_base_new();
    if (base == NULL || zones == NULL || !zones_read_text(zones, world, strlen(world), "world", error))
        return -1;
    source = zone_open(base, zones);
    return source == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    dns_close(source);
    event_base_free(base);
    return 0;
}

static void at_once_and_nested(void **state)
{
    struct asker a = {.then_ask = "b.w.z.test"};

    (void)state;
    assert_null(dns_ask(source, "a.w.z.test", VOUCH_TYPE_A, asker_done, &a));
    assert_int_equal(a.served, 1);
    assert_int_equal(a.octet, 3);
    assert_int_equal(a.letter, 'a');
    a.then_ask = "none.z.test";
    assert_null(dns_ask(source, "soon.z.test", VOUCH_TYPE_A, asker_done, &a));
    assert_int_equal(a.octet, 4);
    assert_null(dns_ask(source, "soon..test", VOUCH_TYPE_A, asker_done, &a));
    assert_int_equal(a.status, VOUCH_FAILED);
}

static void later(void **state)
{
    struct asker a = {.then_ask = "a.w.z.test"}, b = {0}, c = {0};

    (void)state;
    assert_non_null(dns_ask(source, "later.z.test", VOUCH_TYPE_A, asker_done, &b));
    assert_non_null(dns_ask(source, "late.z.test", VOUCH_TYPE_A, asker_done, &a));
    assert_non_null(dns_ask(source, "bad.z.test", VOUCH_TYPE_A, asker_done, &c));
    assert_int_equal(a.served + b.served + c.served, 0);
    while (a.served == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(a.octet, 1);
    assert_int_equal(c.status, VOUCH_FAILED);
    while (b.served == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(b.octet, 2);
    assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 1); /* nothing is left */
}

static void cancelled(void **state)
{
    struct asker a = {0}, b = {0}, c = {0};

    (void)state;
    a.ticket = dns_ask(source, "late.z.test", VOUCH_TYPE_A, asker_done, &a);
    b.ticket = dns_ask(source, "never.z.test", VOUCH_TYPE_A, asker_done, &b);
    c.ticket = dns_ask(source, "late.z.test", VOUCH_TYPE_A, asker_done, &c);
    dns_cancel(source, b.ticket);
    dns_cancel(source, a.ticket);
    while (c.served == 0)
        assert_int_equal(event_base_loop(base, EVLOOP_ONCE), 0);
    assert_int_equal(a.served + b.served, 0);
}

static void closed_while_open(void **state)
{
    struct asker a = {0};

    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_non_null(dns_ask(source, "never.z.test", VOUCH_TYPE_A, asker_done, &a));
        assert_non_null(dns_ask(source, "late.z.test", VOUCH_TYPE_A, asker_done, &a));
    }
    dns_close(source);
    source = NULL;
    assert_int_equal(event_base_loop(base, EVLOOP_NONBLOCK), 1);
    assert_int_equal(a.served, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(at_once_and_nested, set_up, tear_down),
        cmocka_unit_test_setup_teardown(later, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(closed_while_open, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
