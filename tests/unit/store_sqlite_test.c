/*
 * store_sqlite_test.c - votes and standings in the store over SQLite: caps, days, what is forgotten.
 */
#include "sqlite_world.h"
#include "store/calendar.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

static void test_source_cap(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 3), STORE_COUNTED);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 3), STORE_CAPPED); /* one of them */
    assert_int_equal(last_count, 1);
    assert_counts(&world, "mail.example.org", 4, 0);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 1), STORE_CAPPED);
    assert_int_equal(last_count, 0);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", true, 4), STORE_COUNTED); /* another kind */
    assert_int_equal(last_count, 4);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "b", false, 1),
                     STORE_COUNTED); /* another source */
    assert_int_equal(vote(&world, "other.example.org", "example.org", "a", false, 4), STORE_COUNTED); /* another name */
    assert_counts(&world, "mail.example.org", 5, 4);
    assert_counts(&world, "other.example.org", 4, 0);
    assert_true(database_commit(world.database));
    assert_int_equal(database_pending(world.database), 0);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 1), STORE_CAPPED);
    assert_true(database_pending(world.database) > 0); /* it holds the lock, so it has to be ended */
    assert_counts(&world, ".example.org", 9, 4);       /* what was counted, without a cap of its own */
    clock_s += DAY_S;
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 4), STORE_COUNTED); /* another day */
    assert_counts(&world, "mail.example.org", 9, 4);
    world_close(&world);
}

static void test_day_cap(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 1000; i++) {
        char source[16];

        snprintf(source, sizeof source, "s%d", i);
        vote(&world, "mail.example.org", "example.org", source, true, 3);
    }
    assert_counts(&world, "mail.example.org", 0, 10);
    assert_counts(&world, ".example.org", 0, 10);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "x", false, 1), STORE_COUNTED);
    /* the host that is named like its organization is one of its hosts */
    assert_int_equal(vote(&world, "example.org", "example.org", "x", true, 2), STORE_COUNTED);
    assert_counts(&world, "example.org", 0, 2);
    assert_counts(&world, ".example.org", 1, 12);
    assert_int_equal(vote(&world, "example.net", "", "x", true, 2), STORE_COUNTED);
    assert_counts(&world, "example.net", 0, 2);
    world_close(&world);
}

static void test_standing(void **state)
{
    struct world world;
    struct heard heard;

    (void)state;
    world_open(&world, ":memory:");
    heard = ask(&world, "mail.example.org", "example.org");
    assert_int_equal(heard.status, VOUCH_NXDOMAIN);
    for (int day = 0; day < 5; day++) {
        vote(&world, "mail.example.org", "example.org", "a", false, 4);
        clock_s += DAY_S;
    }
    heard = ask(&world, "mail.example.org", "example.org");
    assert_int_equal(heard.status, VOUCH_FOUND);
    assert_true(heard.reputation.score > 50);
    assert_in_range(heard.reputation.ham, 15, 20);
    assert_int_equal(heard.reputation.spam, 0);
    heard = ask(&world, "new.example.org", "example.org"); /* by its organization alone */
    assert_int_equal(heard.status, VOUCH_FOUND);
    assert_int_equal(heard.reputation.ham, 0);
    assert_true(heard.reputation.score > 0);
    heard = ask(&world, "new.example.org", "");
    assert_int_equal(heard.status, VOUCH_NXDOMAIN);
    heard = ask(&world, ".example.org", ""); /* the organization alone */
    assert_int_equal(heard.status, VOUCH_FOUND);
    assert_in_range(heard.reputation.ham, 15, 20);
    clock_s += (int64_t)30 * 12 * DAY_S;
    heard = ask(&world, "mail.example.org", "example.org");
    assert_int_equal(heard.status, VOUCH_NXDOMAIN); /* although nothing was removed yet */
    assert_counts(&world, "mail.example.org", 20, 0);
    world_close(&world);
}

/* What others do does not become what the host did that bears the name of all. */
static void test_namesake(void **state)
{
    struct world world;
    struct heard namesake, sibling, alone;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 100; i++) {
        char name[32];

        snprintf(name, sizeof name, "h%d.example.org", i);
        vote(&world, name, "example.org", "a", true, 4);
    }
    assert_counts(&world, "example.org", 0, 0);
    assert_counts(&world, ".example.org", 0, 4 * STORE_NEW_HOSTS + 4);
    namesake = ask(&world, "example.org", "example.org");
    sibling = ask(&world, "new.example.org", "example.org");
    assert_int_equal(namesake.status, VOUCH_FOUND);
    assert_int_equal(namesake.reputation.spam, 0);
    assert_int_equal(namesake.reputation.score, sibling.reputation.score);
    assert_int_equal(namesake.reputation.confidence_milli, sibling.reputation.confidence_milli);
    assert_int_equal(ask(&world, "example.org", "").status, VOUCH_NXDOMAIN);
    /* and what it did itself counts once: as its own, not as that of others too */
    vote(&world, "example.net", "example.net", "a", false, 4);
    assert_counts(&world, ".example.net", 4, 0);
    namesake = ask(&world, "example.net", "example.net");
    alone = ask(&world, "example.net", "");
    assert_int_equal(namesake.reputation.score, alone.reputation.score);
    assert_int_equal(namesake.reputation.ham, 4);
    world_close(&world);
}

/* A name that leaves no room for the dot has no row for all below it. */
static void test_organization_row(void **state)
{
    char row[VOUCH_NAME_SIZE], longest[VOUCH_NAME_SIZE];

    (void)state;
    assert_string_equal(store_organization_row("", row), "");
    assert_string_equal(store_organization_row("example.org", row), ".example.org");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_string_equal(store_organization_row(longest, row), "");
    assert_int_equal(strlen(store_organization_row(longest + 1, row)), sizeof longest - 1);
}

static int64_t table_rows(struct world *world, const char *sql)
{
    struct sqlite3_stmt *statement = database_prepare(world->database, sql, false);
    bool row = false;
    int64_t rows;

    assert_non_null(statement);
    assert_true(database_step(world->database, statement, &row));
    rows = row ? sqlite3_column_int64(statement, 0) : -1;
    database_done(statement);
    return rows;
}

static void test_forgetting(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 500; i++) {
        char name[32];

        snprintf(name, sizeof name, "h%d.example.org", i % 250);
        vote(&world, name, "", "a", i % 3 == 0, 1);
        clock_s += i == 250 ? DAY_S : 0;
    }
    assert_true(table_rows(&world, "SELECT count(*) FROM reputation") >= 499);
    assert_true(table_rows(&world, "SELECT count(*) FROM share") >= 900);
    for (int week = 0; week < 60; week++) {
        clock_s += (int64_t)CALENDAR_STEP * DAY_S;
        for (int i = 0; i < 200; i++)
            vote(&world, "new.example.net", "", "a", false, 1);
    }
    assert_int_equal(table_rows(&world, "SELECT count(*) FROM reputation WHERE name <> 'new.example.net'"), 0);
    assert_in_range(table_rows(&world, "SELECT count(*) FROM reputation"), 300 / CALENDAR_STEP, 310 / CALENDAR_STEP);
    assert_in_range(table_rows(&world, "SELECT count(*) FROM share"), 2, 4);
    world_close(&world);
}

/* A clock that is years ahead for a day, also over restarts, makes the store forget nothing that counts. */
static void test_clock_ahead(void **state)
{
    struct world world;
    int64_t right;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 20; i++)
        vote(&world, i % 2 == 0 ? "mail.example.org" : "other.example.org", "", "a", false, 1);
    clock_s += (int64_t)30 * DAY_S;
    for (int i = 0; i < 20; i++)
        vote(&world, "mail.example.org", "", "a", false, 1);
    right = clock_s;
    clock_s += (int64_t)4000 * DAY_S;
    for (int i = 0; i < 500; i++)
        vote(&world, i % 2 == 0 ? "mail.example.org" : "other.example.org", "", i % 3 == 0 ? "b" : "a", true, 1);
    assert_int_equal(ask(&world, "mail.example.org", "").reputation.ham, 0); /* so it seems */
    clock_s = right;
    assert_in_range(ask(&world, "mail.example.org", "").reputation.ham, 5, 6);
    assert_int_equal(ask(&world, "mail.example.org", "").reputation.spam,
                     0); /* what is of days to come does not count */
    assert_int_equal(ask(&world, "other.example.org", "").reputation.ham, 2);
    assert_int_equal(vote(&world, "mail.example.org", "", "a", false, 1), STORE_CAPPED); /* shares are there as well */
    world_close(&world);
}

/* Of an organization, so many hosts a day get rows; further ones count for it alone, as if they were one host. */
static void test_new_hosts(void **state)
{
    char name[32];
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 3000; i++) {
        snprintf(name, sizeof name, "h%d.example.org", i);
        vote(&world, name, "example.org", "a", false, 1);
    }
    assert_int_equal(table_rows(&world, "SELECT count(*) FROM reputation"), STORE_NEW_HOSTS + 1);
    assert_int_equal(table_rows(&world, "SELECT count(*) FROM share"), 2 * STORE_NEW_HOSTS + 3);
    assert_counts(&world, ".example.org", STORE_NEW_HOSTS + 4, 0); /* 4 of a source on one host */
    assert_int_equal(ask(&world, name, "").status, VOUCH_NXDOMAIN);
    assert_int_equal(vote(&world, "h1.example.org", "example.org", "b", false, 1), STORE_COUNTED);
    assert_counts(&world, "h1.example.org", 2, 0);
    clock_s += DAY_S;
    vote(&world, name, "example.org", "a", false, 1);
    assert_counts(&world, name, 1, 0);
    world_close(&world);
}

static void voted(void *owner, enum store_counted counted, uint32_t count)
{
    assert_null(owner);
    assert_int_equal(counted, STORE_CAPPED);
    last_count = count;
}

/* The content filter has a cap of its own, and nobody else has it by its name. */
static void test_filter_cap(void **state)
{
    struct store_vote ballot = {.name = "a.example", .organization = "", .source = "filter", .count = 30};
    struct store_config config = {.rules = {30, 200, 10, 4, 10}, .now_s = now_s, .per_filter = 9};
    struct database *database = database_open(":memory:", false);
    struct store *store = sqlite_open(database, &config);

    (void)state;
    assert_non_null(store);
    store_vote(store, &ballot, voted, NULL);
    assert_int_equal(last_count, 4);
    ballot.filter = true;
    store_vote(store, &ballot, voted, NULL);
    assert_int_equal(last_count, 5);
    ballot.filter = false;
    ballot.spam = true;
    store_vote(store, &ballot, voted, NULL);
    assert_int_equal(last_count, 4);
    store_close(store);
    database_close(database);
}

/* The most that one run of any statement costs now, in steps of SQLite's machine. */
static int most_steps(struct world *world)
{
    sqlite3_stmt *statement = database_prepare(world->database, "SELECT 1", false);
    sqlite3 *handle = sqlite3_db_handle(statement);
    int most = 0;

    database_done(statement);
    for (statement = sqlite3_next_stmt(handle, NULL); statement != NULL;
         statement = sqlite3_next_stmt(handle, statement)) {
        int runs = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_RUN, 1);
        int steps = sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_VM_STEP, 1);

        if (runs > 0 && steps / runs > most)
            most = steps / runs;
    }
    return most;
}

/* What a vote costs does not grow with what is in the store, nor on a day on which there is much to forget. */
static void test_bounded(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    for (int i = 0; i < 5000; i++) {
        char name[32];

        snprintf(name, sizeof name, "h%d.example.org", i);
        vote(&world, name, "", "a", false, 1);
    }
    assert_true(most_steps(&world) < 2000);
    for (int days = 1; days <= 512; days *= 8) {
        clock_s += (int64_t)days * DAY_S;
        for (int i = 0; i < 50; i++)
            vote(&world, "mail.example.org", "example.org", "b", true, 1);
        assert_in_range(most_steps(&world), 1, 2000);
    }
    ask(&world, "mail.example.org", "example.org");
    assert_true(most_steps(&world) < 2000);
    world_close(&world);
}

/* What is newer than the clock, and shares of yesterday, stay. */
static void test_not_forgotten(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    vote(&world, "mail.example.org", "", "a", false, 4);
    clock_s += DAY_S;
    for (int i = 0; i < 50; i++)
        vote(&world, "mail.example.net", "", "a", false, 1);
    clock_s -= DAY_S;
    assert_int_equal(vote(&world, "mail.example.org", "", "a", false, 4), STORE_CAPPED);
    assert_counts(&world, "mail.example.org", 4, 0);
    assert_counts(&world, "mail.example.net", 4, 0);
    world_close(&world);
}

/* The most that a count can be is no more and no less after another vote. */
static void test_full_count(void **state)
{
    struct store_row counts = {.kind = STORE_REPUTATION, .name = ".example.org", .day = {20000, UINT32_MAX, 1}};
    struct world world;

    (void)state;
    world_open(&world, ":memory:");
    store_put(world.store, &counts, NULL, NULL);
    assert_int_equal(vote(&world, "mail.example.org", "example.org", "a", false, 4), STORE_COUNTED);
    assert_counts(&world, ".example.org", UINT32_MAX, 1);
    assert_int_equal(ask(&world, "mail.example.org", "example.org").status, VOUCH_FOUND);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_cap),       cmocka_unit_test(test_day_cap),
        cmocka_unit_test(test_standing),         cmocka_unit_test(test_namesake),
        cmocka_unit_test(test_organization_row), cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_clock_ahead),      cmocka_unit_test(test_new_hosts),
        cmocka_unit_test(test_filter_cap),       cmocka_unit_test(test_not_forgotten),
        cmocka_unit_test(test_bounded),          cmocka_unit_test(test_full_count),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
