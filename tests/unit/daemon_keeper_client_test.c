/*
 * daemon_keeper_client_test.c - a worker's line to a keeper that this test plays: answers, silence, late and foreign
 * packets, a full line; and what an alarm says.
 */
#include "daemon/keeper/client.h"

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/keeper/wire.h"
#include "daemon/log/alarm.h"
#include "daemon/log/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct event_base *base;
static struct conf *conf;
static struct keeper_client *client;
static int ends[2]; /* the client's, ours */
static int lines[2];
static uint8_t packet[KEEPER_PACKET_MAX];

/* What was heard last, and how often something was. */
static struct heard {
    unsigned times;
    enum vouch_status status;
    struct vouch_reputation reputation;
    enum vouch_listing listing;
    enum store_counted counted;
    enum feedback_result result;
    uint32_t observations;
    unsigned rows;
    char trouble[STORE_ERROR_SIZE];
} heard;

static void answered(void *owner, const struct vouch_answer *answer)
{
    (void)owner;
    heard.times++;
    heard.status = answer->status;
    heard.reputation = answer->reputation;
    heard.listing = answer->listing;
}

static void voted(void *owner, enum store_counted counted, uint32_t count)
{
    (void)owner;
    heard.times++;
    heard.counted = counted;
    heard.observations = count;
}

static void taken(void *owner, enum feedback_result result, uint32_t counted)
{
    (void)owner;
    heard.times++;
    heard.result = result;
    heard.observations = counted;
}

static bool row(void *owner, const struct store_row *given)
{
    (void)owner;
    (void)given;
    return ++heard.rows < 2;
}

static void finished(void *owner, const char *trouble)
{
    (void)owner;
    heard.times++;
    snprintf(heard.trouble, sizeof heard.trouble, "%s", trouble == NULL ? "none" : trouble);
}

/* say - a packet of the keeper */
static void say(const struct keeper_message *message)
{
    size_t length = keeper_write(packet, message);

    assert_int_equal(send(ends[1], packet, length, MSG_DONTWAIT), length);
}

/* hear - the next packet of the worker; false: none */
static bool hear(struct keeper_message *message)
{
    ssize_t got = recv(ends[1], packet, sizeof packet, MSG_DONTWAIT);

    if (got <= 0)
        return false;
    assert_true(keeper_read(message, (struct vouch_bytes){packet, (size_t)got}));
    return true;
}

/* await - run the loop until so much was heard */
static void await(unsigned times)
{
    for (int i = 0; heard.times < times && i < 20000; i++) {
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        usleep(1000);
    }
    assert_int_equal(heard.times, times);
}

/* said - did the log say so since it was looked at last? */
static bool said(const char *words)
{
    static char text[65536];
    ssize_t got = read(lines[0], text, sizeof text - 1);

    text[got > 0 ? got : 0] = '\0';
    return strstr(text, words) != NULL;
}

static int setup(void **state)
{
    (void)state;
    memset(&heard, 0, sizeof heard);
    conf = calloc(1, sizeof *conf);
    base = event_base_new();
    if (conf == NULL || base == NULL || pipe2(lines, O_NONBLOCK) != 0 ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) != 0)
        return -1;
    log_open(lines[1], LOG_INFO);
    conf_init(conf);
    conf->store.timeout_ms = 60000;
    client = keeper_client_open(base, conf, ends[0]);
    return client == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    keeper_client_close(client);
    event_base_free(base);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        close(lines[i]);
    }
    log_open(-1, LOG_ERR);
    free(conf);
    return 0;
}

static void test_answers(void **state)
{
    struct store *store = keeper_client_store(client);
    struct keeper_message first, second, answer = {.kind = KEEPER_ANSWER};

    (void)state;
    assert_non_null(store_ask_reputation(store, "mail.example.org", "example.org", answered, NULL));
    assert_non_null(store_ask_listing(store, "friends", "mail.example.org", answered, NULL));
    assert_true(hear(&first) && first.kind == KEEPER_ASK_REPUTATION);
    assert_true(first.serial != 0);
    assert_true(hear(&second) && second.kind == KEEPER_ASK_LISTING && second.serial != first.serial);
    answer.serial = second.serial; /* in another order */
    answer.answer = (struct vouch_answer){.status = VOUCH_FOUND, .listing = VOUCH_LISTED_BLOCKED};
    say(&answer);
    await(1);
    assert_int_equal(heard.listing, VOUCH_LISTED_BLOCKED);
    say(&answer);                            /* twice is once */
    answer.serial = first.serial ^ 1U << 31; /* for a worker that had the line before */
    say(&answer);
    answer.serial = first.serial;
    answer.answer = (struct vouch_answer){.status = VOUCH_FOUND, .reputation = {.score = 40, .ham = 7}};
    say(&answer);
    await(2);
    assert_int_equal(heard.reputation.score, 40);
    assert_int_equal(heard.listing, VOUCH_UNLISTED);
}

/* is_soon - the time after which a vote counts no more: before its worker gives up */
static bool is_soon(int64_t until_ms)
{
    return until_ms > clock_ms() && until_ms <= clock_ms() + KEEPER_PATIENCE_MS;
}

static void test_errands(void **state)
{
    struct store *store = keeper_client_store(client);
    struct store_vote vote = {.name = "a.example", .organization = "", .source = "s", .count = 1};
    struct store_row suspension = {.kind = STORE_SUSPENSION, .name = "a.example"};
    struct feedback feedback = {.id = "abcdefghij234", .count = 1, .source = "s"};
    struct keeper_message asked, answer = {.kind = KEEPER_VOTED, .count = 2, .counted = STORE_CAPPED};

    (void)state;
    store_vote(store, &vote, voted, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_VOTE && is_soon(asked.until_ms));
    answer.serial = asked.serial;
    say(&answer);
    await(1);
    assert_int_equal(heard.counted, STORE_CAPPED);
    assert_int_equal(heard.observations, 2);
    store_each(store, STORE_SUSPENSION, row, finished, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_EACH && asked.rows == STORE_SUSPENSION);
    answer = (struct keeper_message){.kind = KEEPER_ROW, .serial = asked.serial, .row = suspension};
    for (int i = 0; i < 3; i++)
        say(&answer);
    answer = (struct keeper_message){.kind = KEEPER_FINISHED, .serial = asked.serial, .trouble = ""};
    say(&answer);
    await(2);
    assert_int_equal(heard.rows, 2); /* who has enough gets no more */
    assert_string_equal(heard.trouble, "none");
    store_put(store, &suspension, finished, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_PUT);
    answer = (struct keeper_message){.kind = KEEPER_FINISHED, .serial = asked.serial, .trouble = "disk full"};
    say(&answer);
    await(3);
    assert_string_equal(heard.trouble, "disk full");
    store_remove(store, &suspension, NULL, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_REMOVE);
    keeper_client_feedback(client, &feedback, taken, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_FEEDBACK && asked.serial != 0 && is_soon(asked.until_ms));
    answer = (struct keeper_message){.kind = KEEPER_TAKEN, .serial = asked.serial, .result = FEEDBACK_UNPROVEN};
    say(&answer);
    await(4);
    assert_int_equal(heard.result, FEEDBACK_UNPROVEN);
    keeper_client_feedback(client, &feedback, NULL, NULL);
    assert_true(hear(&asked) && asked.kind == KEEPER_FEEDBACK && asked.serial == 0 && asked.until_ms == 0);
}

/* At the end of the client, who waits for what became of a vote is told: it may have memory to give back. */
static void test_end(void **state)
{
    struct feedback feedback = {.id = "abcdefghij234", .count = 1, .source = "s"};

    (void)state;
    heard.result = FEEDBACK_COUNTED;
    keeper_client_feedback(client, &feedback, taken, NULL);
    assert_non_null(store_ask_reputation(keeper_client_store(client), "a.example", "", answered, NULL));
    keeper_client_feedback(client, &feedback, taken, NULL);
    keeper_client_close(client);
    client = NULL;
    assert_int_equal(heard.times, 2);
    assert_int_equal(heard.result, FEEDBACK_TROUBLE);
}

/* Five questions without an answer, and none is asked for a while; one answer, however late, and all is well. */
static void test_silence(void **state)
{
    struct store *store = keeper_client_store(client);
    struct keeper_message asked, answer = {.kind = KEEPER_ANSWER};
    struct store_ticket *ticket;

    (void)state;
    conf->store.timeout_ms = 20;
    for (unsigned i = 1; i <= 5; i++) {
        assert_non_null(store_ask_reputation(store, "a.example", "", answered, NULL));
        assert_false(said("alarm"));
        await(i);
        assert_int_equal(heard.status, VOUCH_TIMEOUT);
    }
    assert_true(said("alarm: the keeper does not answer"));
    for (unsigned i = 0; i < 5; i++)
        assert_true(hear(&asked));
    assert_null(store_ask_reputation(store, "a.example", "", answered, NULL));
    assert_int_equal(heard.times, 6);
    assert_int_equal(heard.status, VOUCH_TIMEOUT);
    assert_false(hear(&asked) || said("alarm"));
    assert_non_null(store_trouble(store, NULL));
    answer.serial = 1;
    say(&answer);
    for (int i = 0; i < 1000 && store_trouble(store, NULL) != NULL; i++) {
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        usleep(1000);
    }
    assert_true(said("the keeper answers again"));
    conf->store.timeout_ms = 60000;
    ticket = store_ask_reputation(store, "a.example", "", answered, NULL);
    assert_non_null(ticket);
    assert_true(hear(&asked));
    store_cancel(store, ticket);
    answer.serial = asked.serial;
    say(&answer);
    assert_true(event_base_loop(base, EVLOOP_ONCE) >= 0);
    assert_int_equal(heard.times, 6); /* who cancelled hears nothing */
}

static void test_full_line(void **state)
{
    struct ledger_action action = {
        .id = "abcdefghij234", .verb = "reject", .stage = "rcpt", .profile = "p", .recipient = "", .reply = ""};
    struct store *store = keeper_client_store(client);
    struct keeper_message taken_over;
    uint64_t dropped = 0;
    unsigned sent = 0, received = 0;

    (void)state;
    conf->store.queue = 500;
    for (; dropped < 3 && sent < 100000; sent++) {
        action.time_ms = sent;
        keeper_client_act(client, &action);
        store_trouble(store, &dropped);
    }
    assert_int_equal(dropped, 3);
    assert_true(said("1 records of this worker were dropped")); /* at once, and the others later */
    assert_null(store_ask_reputation(store, "a.example", "", answered, NULL));
    assert_int_equal(heard.status, VOUCH_TIMEOUT);
    for (int i = 0; i < 20000 && received + dropped < sent; i++) { /* what waited comes when there is room, in order */
        while (hear(&taken_over)) {
            assert_int_equal(taken_over.kind, KEEPER_ACTION);
            assert_int_equal(taken_over.action.time_ms, received++);
        }
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
    }
    assert_int_equal(received + dropped, sent);
    keeper_client_close(client);
    client = NULL;
    assert_true(said("2 records of this worker were dropped"));
}

/* What ends a place on the earned list finds room where other records are dropped. */
static void test_urgent(void **state)
{
    struct ledger_decision decision = {.protocol = "",
                                       .profile = "",
                                       .helo = "",
                                       .name = "",
                                       .organization = "",
                                       .csa = "none",
                                       .reason = "",
                                       .domain = "",
                                       .identity = "none",
                                       .rating = "",
                                       .service = "",
                                       .level = "neutral",
                                       .verb = "",
                                       .mode = "",
                                       .reasons = "",
                                       .detail = "",
                                       .evaluation = "abcdefghij234",
                                       .id = "abcdefghij234"};
    struct store *store;
    uint64_t dropped = 0;

    (void)state;
    conf->store.queue = 8;
    keeper_client_close(client);
    client = keeper_client_open(base, conf, ends[0]);
    assert_non_null(client);
    store = keeper_client_store(client);
    while (dropped == 0) {
        keeper_client_decide(client, &decision);
        store_trouble(store, &dropped);
    }
    decision.csa = "fail";
    keeper_client_decide(client, &decision);
    decision.csa = "none";
    decision.level = "untrusted";
    keeper_client_decide(client, &decision);
    store_trouble(store, &dropped);
    assert_int_equal(dropped, 1);
    keeper_client_decide(client, &decision); /* a quarter of 8 is 2 */
    store_trouble(store, &dropped);
    assert_int_equal(dropped, 2);
}

/* Keeper and supervisor are gone: nothing waits for room that never comes, and that is said once. */
static void test_gone(void **state)
{
    struct ledger_action action = {
        .id = "abcdefghij234", .verb = "reject", .stage = "rcpt", .profile = "p", .recipient = "", .reply = ""};
    struct store *store = keeper_client_store(client);
    int events = event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED);
    uint64_t dropped = 0;

    (void)state;
    conf->store.queue = 500;
    while (event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) == events)
        keeper_client_act(client, &action); /* until one waits for room */
    for (int i = 0; i < 20; i++)
        keeper_client_act(client, &action);
    assert_false(said("gone"));
    close(ends[1]);
    ends[1] = -1;
    for (int i = 0; i < 1000 && dropped == 0; i++) {
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        store_trouble(store, &dropped);
        usleep(1000);
    }
    assert_int_equal(dropped, 21);
    assert_true(said("keeper and supervisor are gone"));
    assert_true(event_base_get_num_events(base, EVENT_BASE_COUNT_ADDED) <= events);
    keeper_client_act(client, &action);
    store_trouble(store, &dropped);
    assert_int_equal(dropped, 22);
    assert_null(store_ask_reputation(store, "a.example", "", answered, NULL));
    assert_false(said("a"));
}

/* Many questions at once, answered in any order; places are used again, serial numbers are not. */
static void test_many(void **state)
{
    enum { MANY = 1000 };
    static uint64_t serials[MANY];
    struct store *store = keeper_client_store(client);
    struct keeper_message asked, answer = {.kind = KEEPER_ANSWER, .answer = {.status = VOUCH_FOUND}};

    (void)state;
    for (unsigned round = 1; round <= 3; round++) {
        for (unsigned i = 0; i < MANY; i++) {
            assert_non_null(store_ask_reputation(store, "a.example", "", answered, NULL));
            assert_true(hear(&asked));
            answer.serial = serials[i];
            serials[i] = asked.serial;
            if (round > 1)
                say(&answer); /* that of the last round again */
            assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        }
        assert_int_equal(heard.times, (round - 1) * MANY);
        for (unsigned i = 0; i < MANY; i++) {
            answer.serial = serials[(i * 7 + round) % MANY];
            say(&answer);
            await((round - 1) * MANY + i + 1);
        }
    }
}

static void test_ledger(void **state)
{
    (void)state;
    assert_true(keeper_client_has_ledger(client));
    conf->ledger.keep_days = 0;
    assert_false(keeper_client_has_ledger(client));
    memcpy(conf->earned.zone, "/x", 3); /* which lives on decisions */
    assert_true(keeper_client_has_ledger(client));
}

static void test_alarm(void **state)
{
    struct alarm alarm = {.patience = 2};

    (void)state;
    alarm_look(&alarm, NULL, 0);
    assert_false(said("a"));
    alarm_look(&alarm, "disk full", 1);
    assert_true(said("alarm: disk full"));
    for (int i = 0; i < 5; i++)
        alarm_look(&alarm, "disk full", 2);
    alarm_look(&alarm, NULL, 3); /* not yet over: it may come back at once */
    alarm_look(&alarm, "disk full", 4);
    alarm_look(&alarm, NULL, 4);
    assert_false(said("a"));
    alarm_look(&alarm, NULL, 5);
    assert_true(said("all clear: over: disk full; writes that were lost since the last count: 5"));
    alarm_look(&alarm, NULL, 5);
    assert_false(said("a"));
    alarm_look(&alarm, "read-only", 5);
    assert_true(said("alarm: read-only"));
    alarm.said_ms -= 61000;
    alarm_look(&alarm, "read-only", 9);
    assert_true(said("4 writes were lost: read-only"));
    alarm_look(&alarm, "read-only", 10);
    assert_false(said("lost"));
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(test_answers), WITH(test_errands), WITH(test_end),  WITH(test_silence), WITH(test_full_line),
        WITH(test_urgent),  WITH(test_gone),    WITH(test_many), WITH(test_ledger),  WITH(test_alarm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
