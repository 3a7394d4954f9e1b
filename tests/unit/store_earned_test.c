/*
 * store_earned_test.c - the earned list, and what the ledger removes by age and size.
 */
#include "ledger_world.h"
#include "store/ledger_privacy.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_earned(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:", &usual);
    decide(&world, "2001:db8::1", "trusted", "csa", "csa-pass:10");
    decide(&world, "192.0.2.9", "trusted", "forward", "reputation:20");
    decide(&world, "192.0.2.10", "trusted", "tls", "dna-a:20,reputation:3");
    decide(&world, "192.0.2.11", "trusted", "none", "list-trusted:20"); /* proven by nothing */
    decide(&world, "192.0.2.12", "neutral", "csa", "csa-pass:3");
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;192.0.2.10 mail.example.org 0 604800;"
                          "2001:db8::1 mail.example.org 0 604800;");
    clock_s += 100;
    decide(&world, "192.0.2.9", "neutral", "forward", "");                    /* nothing changes */
    decide(&world, "192.0.2.10", "trusted", "forward", "csa-pass:10");        /* stays longer */
    decide(&world, "2001:db8::1", "untrusted", "none", "csa-prohibited:-20"); /* ends it */
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;192.0.2.10 mail.example.org 0 604900;");
    decide(&world, "192.0.2.10", "trusted", "forward", "csa-pass:50,reputation:-10"); /* its own standing is bad */
    decide(&world, "192.0.2.9", "neutral", "forward", "xreputation:-10,dna-e:-1");    /* that is another's */
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;");
    clock_s = START_S + 604800;
    assert_earned(&world, "");
    decide(&world, "192.0.2.9", "trusted", "forward", "reputation:20"); /* again: since now */
    assert_earned(&world, "192.0.2.9 mail.example.org 604800 1209600;");
    decide(&world, "::ffff:192.0.2.9", "neutral", "forward", "reputation:-1");
    assert_earned(&world, "");
    world_close(&world);
}

/* judge - a session of a client with this score, by the profile of its listener and by the evidence */
static void judge(struct world *world, const char *client, const char *level, int score, const char *csa)
{
    struct ledger_decision made = decision("e1", clock_s);

    made.client = address(client);
    made.level = level;
    made.score = score;
    made.csa = csa;
    made.identity = "forward";
    made.reasons = "";
    ledger_decide(world->ledger, &made);
}

/* The list serves all: a place takes the score that the top of the configuration asks for, whatever the listener does.
 */
static void test_earned_by_profiles(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:", &usual);
    judge(&world, "192.0.2.1", "trusted", 49, "none"); /* a listener that trusts more easily */
    judge(&world, "192.0.2.2", "neutral", 50, "none"); /* one that trusts hardly anybody */
    judge(&world, "192.0.2.3", "trusted", 90, "none");
    assert_earned(&world, "192.0.2.2 mail.example.org 0 604800;192.0.2.3 mail.example.org 0 604800;");
    judge(&world, "192.0.2.2", "untrusted", -20, "none"); /* bad news count, whoever says so */
    judge(&world, "192.0.2.3", "neutral", -50, "none");
    assert_earned(&world, "");
    world_close(&world);
}

/* CSA fail ends a place, also where it is worth next to nothing. */
static void test_earned_until_fail(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:", &usual);
    judge(&world, "192.0.2.1", "trusted", 60, "pass");
    judge(&world, "192.0.2.2", "trusted", 60, "pass");
    judge(&world, "192.0.2.1", "neutral", -5, "fail");
    judge(&world, "192.0.2.2", "trusted", 95, "fail"); /* an own list that outweighs it */
    judge(&world, "192.0.2.3", "trusted", 95, "fail");
    assert_earned(&world, "");
    world_close(&world);
}

/* The earned list holds whole addresses, and is there without a ledger. */
static void test_earned_without_ledger(void **state)
{
    struct ledger_rules rules = usual;
    struct ledger_action action = {"d1", 2000, "reject", "rcpt", "default", "", "", true};
    struct ledger_feedback vote = {"d1", 3000, true, "a", "counted", 1};
    struct world world;
    char text[WORLD_TEXT] = "";

    (void)state;
    rules.keep_days = 0;
    rules.address_bits_4 = 8;
    rules.hash_names = true;
    world_open(&world, ":memory:", &rules);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    ledger_act(world.ledger, &action);
    ledger_feedback(world.ledger, &vote);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, text));
    assert_string_equal(text, "");
    assert_true(ledger_earned(world.ledger, show_earned, text));
    assert_memory_equal(text, "192.0.2.9 h:", 12);
    assert_false(holds(world.database, "example"));
    world_close(&world);
}

/* Decisions of so many seconds, one a second, and an action and a vote for each. */
static void fill(struct world *world, int seconds, size_t detail_size)
{
    char *detail = calloc(1, detail_size + 1);

    assert_non_null(detail);
    memset(detail, 'x', detail_size);
    for (int i = 0; i < seconds; i++) {
        char id[LEDGER_ID_SIZE];
        struct ledger_decision made;
        struct ledger_action action = {.time_ms = (START_S + i) * 1000,
                                       .verb = "reject",
                                       .stage = "rcpt",
                                       .profile = "default",
                                       .recipient = "",
                                       .reply = "",
                                       .acted = true};
        struct ledger_feedback vote = {.time_ms = (START_S + i) * 1000, .source = "a", .result = "counted"};

        snprintf(id, sizeof id, "d%d", i);
        made = decision(id, START_S + i);
        made.detail = detail;
        memcpy(action.id, id, sizeof id);
        memcpy(vote.id, id, sizeof id);
        ledger_decide(world->ledger, &made);
        ledger_act(world->ledger, &action);
        ledger_feedback(world->ledger, &vote);
    }
    assert_true(database_commit(world->database));
    free(detail);
}

static int decisions(struct world *world)
{
    int rows = 0;

    assert_true(ledger_decisions(world->ledger, 0, NULL, count, &rows));
    return rows;
}

static void test_age(void **state)
{
    struct world world;
    char text[WORLD_TEXT] = "";
    int calls = 1;

    (void)state;
    world_open(&world, ":memory:", &usual);
    fill(&world, 1700, 10);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    assert_false(ledger_expire(world.ledger));
    assert_int_equal(decisions(&world), 1701);
    clock_s = START_S + 14 * DAY_S + 1690;
    while (ledger_expire(world.ledger))
        assert_true(++calls < 20);
    assert_true(calls >= 4); /* bounded work a call */
    assert_int_equal(decisions(&world), 10);
    assert_true(ledger_actions(world.ledger, "d1689", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1689", show_feedback, text));
    assert_string_equal(text, "");
    assert_true(ledger_actions(world.ledger, "d1690", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1690", show_feedback, text));
    assert_non_null(strstr(text, ";d1690 "));
    clock_s = START_S;
    assert_earned(&world, ""); /* removed, not only hidden */
    world_close(&world);
}

static void test_size(void **state)
{
    char folder[] = "/tmp/vouchsafe-unit-XXXXXX", path[64], text[WORLD_TEXT] = "";
    struct ledger_rules rules = usual;
    struct world world;
    int calls = 0, kept;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/ledger.db", folder);
    rules.size_mib = 4;
    world_open(&world, path, &rules);
    clock_s = START_S + 3000;
    fill(&world, 3000, 4000);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    assert_true(database_commit(world.database));
    assert_true(database_size(world.database) > 12u << 20);
    while (ledger_expire(world.ledger)) {
        assert_true(++calls < 100);
        assert_true(database_commit(world.database));
    }
    assert_true(database_commit(world.database));
    assert_true(database_vacuum(world.database));
    assert_true(database_size(world.database) <= 5u << 20);
    kept = decisions(&world);
    assert_in_range(kept, 200, 1000);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list_one, text));
    assert_string_equal(text, "e1 "); /* what decide() wrote last, the newest */
    text[0] = '\0';
    assert_true(ledger_actions(world.ledger, "d2999", show_action, text));
    assert_string_not_equal(text, "");
    text[0] = '\0';
    assert_true(ledger_actions(world.ledger, "d0", show_action, text));
    assert_string_equal(text, "");
    assert_earned(&world, "192.0.2.9 mail.example.org 3000 607800;"); /* no part of the ledger */
    world_close(&world);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing stays beside a file that is closed */
}

/* put - so many MiB that are not the ledger's */
static void put(struct world *world, unsigned size_mib)
{
    assert_true(database_run(world->database, database_prepare(world->database, "DELETE FROM entry", true)));
    for (unsigned i = 0; i < size_mib * 256; i++)
        assert_true(database_run(world->database,
                                 database_prepare(world->database,
                                                  "INSERT INTO entry SELECT 'l', count(*), 1, hex(zeroblob(2000))"
                                                  " FROM entry",
                                                  true)));
    assert_true(database_commit(world->database));
}

/* expire - until there is nothing more to do */
static void expire(struct world *world)
{
    int calls = 0;

    while (ledger_expire(world->ledger)) {
        assert_true(++calls < 200);
        assert_true(database_commit(world->database));
    }
    assert_true(database_commit(world->database));
}

/* What is not the ledger's pushes no decision out, however large it is, and is told. */
static void test_crowded(void **state)
{
    struct ledger_rules rules = usual;
    struct world world;
    int kept;

    (void)state;
    rules.size_mib = 2;
    world_open(&world, ":memory:", &rules);
    clock_s = START_S + 2000;
    fill(&world, 200, 4000);
    put(&world, 6);
    expire(&world);
    assert_true(ledger_is_crowded(world.ledger));
    assert_int_equal(decisions(&world), 200);
    fill(&world, 1500, 4000);
    expire(&world);
    kept = decisions(&world);
    assert_in_range(kept, 250, 550);
    assert_true(ledger_is_crowded(world.ledger));
    put(&world, 1);
    expire(&world);
    assert_false(ledger_is_crowded(world.ledger));
    assert_int_equal(decisions(&world), kept);
    world_close(&world);
}

/* octets - what tables and indices of the ledger take in truth */
static double octets(struct world *world)
{
    sqlite3_stmt *statement = database_prepare(world->database,
                                               "SELECT sum(pgsize) FROM dbstat WHERE name GLOB 'decision*'"
                                               " OR name GLOB 'action*' OR name GLOB 'feedback*'",
                                               false);
    double sum;
    bool row;

    assert_non_null(statement);
    assert_true(database_step(world->database, statement, &row) && row);
    sum = sqlite3_column_double(statement, 0);
    database_done(statement);
    return sum;
}

/* weigh - the estimate, which takes so many calls */
static uint64_t weigh(struct world *world, int calls)
{
    uint64_t octets = 0;

    for (int i = 1; i < calls; i++)
        assert_false(ledger_weigh(world->ledger, &octets));
    assert_true(ledger_weigh(world->ledger, &octets));
    return octets;
}

/* Of a large ledger, a call counts some rows only; none is left out, or counted twice, also of the same moment. */
static void test_slices(void **state)
{
    static const char sql[] =
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)"
        " INSERT INTO action SELECT 'abcdefghij234', i / 7000, 'reject', 'rcpt', 'default', '', '', 1"
        " FROM n";
    struct world world;
    uint64_t few, many;

    (void)state;
    world_open(&world, ":memory:", &usual);
    fill(&world, 10, 0);
    few = weigh(&world, 3);
    assert_true(database_run(world.database, database_prepare(world.database, sql, true)));
    many = weigh(&world, 3 + 25000 / LEDGER_SLICE);
    assert_in_range(many - few, 25000 * 65, 25000 * 130);
    assert_int_equal(weigh(&world, 3 + 25000 / LEDGER_SLICE), many); /* it begins anew */
    world_close(&world);
}

/* The estimate is right to about a third, whatever the size of the decisions. */
static void test_estimate(void **state)
{
    static const size_t sizes[] = {0, 700, 2500, 4000, 9000, 24000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct world world;
        double real, share;

        world_open(&world, ":memory:", &usual);
        fill(&world, 1000, sizes[i]);
        real = octets(&world);
        share = (double)weigh(&world, 3); /* a call a table */
        if (share < 0.7 * real || share > 1.3 * real)
            fail_msg("details of %zu octets: %.0f instead of %.0f", sizes[i], share, real);
        world_close(&world);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_earned),
        cmocka_unit_test(test_earned_by_profiles),
        cmocka_unit_test(test_earned_until_fail),
        cmocka_unit_test(test_earned_without_ledger),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_crowded),
        cmocka_unit_test(test_estimate),
        cmocka_unit_test(test_slices),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
