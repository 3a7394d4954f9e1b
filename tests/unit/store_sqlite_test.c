/*
 * store_sqlite_test.c - the store over SQLite: caps, days, what is forgotten, lists, suspensions, rows.
 */
#include "store/database.h"
#include "store/store.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#define DAY_S 86400

static int64_t clock_s;
static uint32_t last_count; /* of the last vote, how many were counted */

static int64_t now_s(void)
{
    return clock_s;
}

/* What an answer said. */
struct heard {
    int count;
    enum vouch_status status;
    struct vouch_reputation reputation;
    enum vouch_listing listing;
    char note[VOUCH_INFO_SIZE];
};

static void hear(void *owner, const struct vouch_answer *answer)
{
    struct heard *heard = owner;

    heard->count++;
    heard->status = answer->status;
    heard->reputation = answer->reputation;
    heard->listing = answer->listing;
    assert_true(answer->note.length < sizeof heard->note);
    if (answer->note.length > 0)
        memcpy(heard->note, answer->note.data, answer->note.length);
    heard->note[answer->note.length] = '\0';
}

static void counted(void *owner, enum store_counted result, uint32_t count)
{
    *(int *)owner = (int)result;
    last_count = count;
}

static void finished(void *owner, const char *trouble)
{
    if (trouble != NULL)
        fail_msg("%s", trouble);
    ++*(int *)owner;
}

struct world {
    struct database *database;
    struct store *store;
};

static void world_open(struct world *world, const char *path)
{
    struct store_config config = {
        .rules = {.half_life_days = 30, .window = 200, .per_day = 10, .per_source = 4, .organization_weight = 10},
        .timeout_ms = 100,
        .queue = 100,
        .now_s = now_s};

    clock_s = (int64_t)20000 * DAY_S + 100;
    world->database = database_open(path, false);
    assert_non_null(world->database);
    assert_null(database_trouble(world->database));
    world->store = sqlite_open(world->database, &config);
    assert_non_null(world->store);
}

static void world_close(struct world *world)
{
    store_close(world->store);
    database_close(world->database);
}

static enum store_counted vote(struct world *world, const char *name, const char *organization, const char *source,
                               bool spam, uint32_t count)
{
    struct store_vote one = {name, organization, source, spam, count, false};
    int result = -1;

    store_vote(world->store, &one, counted, &result);
    assert_true(result >= 0);
    return (enum store_counted)result;
}

static struct heard ask(struct world *world, const char *name, const char *organization)
{
    struct heard heard = {0};

    assert_null(store_ask_reputation(world->store, name, organization, hear, &heard));
    assert_int_equal(heard.count, 1);
    return heard;
}

/* Counts of a name and day as `each` gives them. */
struct sum {
    const char *name;
    int32_t day; /* 0: all */
    uint32_t ham, spam;
    int rows;
};

static bool add(void *owner, const struct store_row *row)
{
    struct sum *sum = owner;

    if (strcmp(row->name, sum->name) == 0 && (sum->day == 0 || row->day.day == sum->day)) {
        sum->ham += row->day.ham;
        sum->spam += row->day.spam;
        sum->rows++;
    }
    return true;
}

static void assert_counts(struct world *world, const char *name, uint32_t ham, uint32_t spam)
{
    struct sum sum = {.name = name};

    store_each(world->store, STORE_REPUTATION, add, NULL, &sum);
    assert_int_equal(sum.ham, ham);
    assert_int_equal(sum.spam, spam);
}

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
    assert_counts(&world, ".example.org", 0, 400);
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
        vote(&world, name, "example.org", "a", i % 3 == 0, 1);
        clock_s += i == 250 ? DAY_S : 0;
    }
    assert_true(table_rows(&world, "SELECT count(*) FROM reputation") >= 500);
    assert_true(table_rows(&world, "SELECT count(*) FROM share") >= 900);
    clock_s += (int64_t)400 * DAY_S;
    for (int i = 0; i < 200; i++)
        vote(&world, "new.example.net", "example.net", "a", false, 1);
    assert_int_equal(table_rows(&world, "SELECT count(*) FROM reputation"), 2);
    assert_int_equal(table_rows(&world, "SELECT count(*) FROM share"), 2);
    assert_counts(&world, "new.example.net", 4, 0);
    world_close(&world);
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
        vote(&world, name, "example.org", "a", false, 1);
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

static void put_entry(struct world *world, const char *list, const char *name, enum vouch_listing listing,
                      const char *text)
{
    struct store_row row = {.kind = STORE_LIST, .listing = listing};
    int done = 0;

    snprintf(row.list, sizeof row.list, "%s", list);
    snprintf(row.name, sizeof row.name, "%s", name);
    snprintf(row.text, sizeof row.text, "%s", text);
    store_put(world->store, &row, finished, &done);
    assert_int_equal(done, 1);
}

static const struct {
    const char *list, *name;
    enum vouch_status status;
    enum vouch_listing listing;
    const char *note;
} listings[] = {
    {"own", "mail.example.org", VOUCH_FOUND, VOUCH_LISTED_TRUSTED, "a good friend"},
    {"own", "other.example.org", VOUCH_FOUND, VOUCH_LISTED_BLOCKED, "the rest"},
    {"own", "a.b.c.example.org", VOUCH_FOUND, VOUCH_LISTED_BLOCKED, "the rest"},
    {"own", "x.mail.example.org", VOUCH_FOUND, VOUCH_LISTED_BLOCKED, "the rest"},
    {"own", "x.y.sub.example.org", VOUCH_FOUND, VOUCH_LISTED_TRUSTED, ""},
    {"own", "sub.example.org", VOUCH_FOUND, VOUCH_LISTED_BLOCKED, "the rest"},
    {"own", "example.org", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"own", "xexample.org", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"own", "", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"own", "org", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"own", "x' OR '1'='1", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"x' OR '1'='1", "mail.example.org", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
    {"other", "mail.example.org", VOUCH_FOUND, VOUCH_LISTED_BLOCKED, "x'; DROP TABLE entry; --"},
    {"other", "other.example.org", VOUCH_NXDOMAIN, VOUCH_UNLISTED, ""},
};

static struct heard ask_listing(struct world *world, const char *list, const char *name)
{
    struct heard heard = {0};

    assert_null(store_ask_listing(world->store, list, name, hear, &heard));
    assert_int_equal(heard.count, 1);
    return heard;
}

static void test_lists(void **state)
{
    struct store_row gone = {.kind = STORE_LIST, .name = ".example.org", .list = "own"};
    struct world world;
    int done = 0;

    (void)state;
    world_open(&world, ":memory:");
    put_entry(&world, "own", "mail.example.org", VOUCH_LISTED_BLOCKED, "replaced");
    put_entry(&world, "own", "mail.example.org", VOUCH_LISTED_TRUSTED, "a good friend");
    put_entry(&world, "own", ".example.org", VOUCH_LISTED_BLOCKED, "the rest");
    put_entry(&world, "own", ".sub.example.org", VOUCH_LISTED_TRUSTED, "");
    put_entry(&world, "other", "mail.example.org", VOUCH_LISTED_BLOCKED, "x'; DROP TABLE entry; --");
    for (size_t i = 0; i < COUNT(listings); i++) {
        struct heard heard = ask_listing(&world, listings[i].list, listings[i].name);

        assert_int_equal(heard.status, listings[i].status);
        assert_int_equal(heard.listing, listings[i].listing);
        assert_string_equal(heard.note, listings[i].note);
    }
    store_remove(world.store, &gone, finished, &done);
    store_remove(world.store, &gone, finished, &done); /* not there is no trouble */
    assert_int_equal(done, 2);
    assert_int_equal(ask_listing(&world, "own", "other.example.org").status, VOUCH_NXDOMAIN);
    assert_int_equal(ask_listing(&world, "own", "x.sub.example.org").status, VOUCH_FOUND);
    world_close(&world);
}

/* Rows of a kind, as one text. */
static bool collect(void *owner, const struct store_row *row)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, 512 - length, "%s|%s|%d|%u|%u|%d|%lld|%s;", row->name, row->list, row->day.day,
             row->day.ham, row->day.spam, (int)row->listing, (long long)row->until_s, row->text);
    return true;
}

/* find_finder - who suspended, of all rows */
static bool find_finder(void *owner, const struct store_row *row)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, 512 - length, "%s;", row->finder);
    return true;
}

static bool first_only(void *owner, const struct store_row *row)
{
    (void)row;
    ++*(int *)owner;
    return false;
}

static void test_rows(void **state)
{
    struct store_row suspension = {
        .kind = STORE_SUSPENSION, .name = "list.example", .finder = "mx1/7/0", .text = "lies (mx1)"};
    struct store_row other;
    struct store_row counts = {.kind = STORE_REPUTATION, .name = "a.example", .day = {19990, 7, 8}};
    struct world world;
    char text[512] = "";
    int done = 0, seen = 0;

    (void)state;
    world_open(&world, ":memory:");
    suspension.until_s = clock_s + 60;
    store_put(world.store, &suspension, finished, &done);
    store_put(world.store, &suspension, NULL, NULL);
    store_each(world.store, STORE_SUSPENSION, collect, NULL, text);
    assert_string_equal(text, "list.example||0|0|0|0|1728000160|lies (mx1);");
    clock_s += 60;
    text[0] = '\0';
    store_each(world.store, STORE_SUSPENSION, collect, NULL, text);
    assert_string_equal(text, ""); /* over */
    clock_s -= 60;
    other = suspension;
    memcpy(other.finder, "mx2/9/0", sizeof "mx2/9/0");
    store_put(world.store, &other, NULL, NULL);
    store_remove(world.store, &suspension, finished, &done); /* of one finder, not of the other */
    store_each(world.store, STORE_SUSPENSION, find_finder, NULL, text);
    assert_string_equal(text, "mx2/9/0;");
    suspension.until_s = clock_s;
    store_put(world.store, &suspension, NULL, NULL);
    for (int i = 0; i < 2; i++) { /* what is long over goes when another is written, and not before: clocks differ */
        clock_s = suspension.until_s + STORE_OVER_KEPT_S + i;
        store_put(world.store, &other, NULL, NULL);
        clock_s = suspension.until_s - 1;
        text[0] = '\0';
        store_each(world.store, STORE_SUSPENSION, find_finder, NULL, text);
        assert_string_equal(text, i == 0 ? "mx1/7/0;mx2/9/0;" : "mx2/9/0;");
    }
    clock_s = suspension.until_s;
    store_remove(world.store, &other, NULL, NULL);
    text[0] = '\0';
    store_each(world.store, STORE_SUSPENSION, collect, NULL, text);
    assert_string_equal(text, "");

    store_put(world.store, &counts, finished, &done);
    counts.day.ham = 9;
    store_put(world.store, &counts, finished, &done); /* instead of what was there */
    counts.day.day++;
    store_put(world.store, &counts, finished, &done);
    store_each(world.store, STORE_REPUTATION, collect, NULL, text);
    assert_string_equal(text, "a.example||19990|9|8|0|0|;a.example||19991|9|8|0|0|;");
    store_each(world.store, STORE_REPUTATION, first_only, finished, &seen);
    assert_int_equal(seen, 2);                           /* one row, and the end */
    store_remove(world.store, &counts, finished, &done); /* with all its days */
    assert_counts(&world, "a.example", 0, 0);
    assert_int_equal(done, 6);
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

/* Without a file everything fails, softly and in words. */
static void told(void *owner, const char *trouble)
{
    assert_non_null(trouble);
    assert_non_null(strstr(trouble, "/nowhere/at/all.db"));
    ++*(int *)owner;
}

static void test_trouble(void **state)
{
    struct store_config config = {.rules = {30, 200, 10, 4, 10}, .now_s = now_s};
    struct store_row row = {.kind = STORE_LIST, .name = "a", .list = "b"};
    struct world world;
    struct heard heard;
    uint64_t dropped = 0;
    int done = 0;

    (void)state;
    world.database = database_open("/nowhere/at/all.db", false);
    assert_non_null(world.database);
    world.store = sqlite_open(world.database, &config);
    assert_non_null(world.store);
    assert_non_null(strstr(store_trouble(world.store, &dropped), "No such file"));
    assert_int_equal(dropped, 0);
    heard = ask(&world, "a", "b");
    assert_int_equal(heard.status, VOUCH_FAILED);
    assert_non_null(strstr(heard.note, "/nowhere/at/all.db"));
    assert_int_equal(ask_listing(&world, "own", "a").status, VOUCH_FAILED);
    assert_int_equal(vote(&world, "a", "b", "c", true, 1), STORE_TROUBLE);
    store_put(world.store, &row, told, &done);
    store_remove(world.store, &row, told, &done);
    store_each(world.store, STORE_LIST, collect, told, &done);
    assert_int_equal(done, 3);
    store_trouble(world.store, &dropped);
    assert_int_equal(dropped, 3);
    assert_false(database_commit(world.database));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_source_cap),
        cmocka_unit_test(test_day_cap),
        cmocka_unit_test(test_standing),
        cmocka_unit_test(test_namesake),
        cmocka_unit_test(test_organization_row),
        cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_not_forgotten),
        cmocka_unit_test(test_bounded),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_rows),

        cmocka_unit_test(test_full_count),
        cmocka_unit_test(test_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
