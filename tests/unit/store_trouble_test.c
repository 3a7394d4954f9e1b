/*
 * store_trouble_test.c - a database in trouble: the words say what is wrong now, and what is lost is counted.
 */
#include "store/database.h"
#include "store/store.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/vouchsafe-unit-XXXXXX", path[sizeof folder + 8];

static int setup(void **state)
{
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/db", folder);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* run - a statement that gives at most a number; the number */
static int64_t run(struct database *database, const char *sql)
{
    sqlite3_stmt *statement = database_prepare(database, sql, false);
    int64_t value = 0;
    bool row;

    assert_non_null(statement);
    assert_true(database_step(database, statement, &row));
    if (row)
        value = sqlite3_column_int64(statement, 0);
    database_done(statement);
    return value;
}

/* set_pages - how many the file may have */
static void set_pages(struct database *database, int64_t pages)
{
    static char words[2][64]; /* whose addresses are keys */
    static unsigned count;
    char *sql = words[count++];

    assert_in_range(count, 1, COUNT(words));
    snprintf(sql, sizeof words[0], "PRAGMA max_page_count = %lld", (long long)pages);
    (void)run(database, sql);
}

static bool says(const struct database *database, const char *words)
{
    return database_trouble(database) != NULL && strstr(database_trouble(database), words) != NULL;
}

/* Trouble that begins as a lock and goes on as a full disk is told as that, and the other way round. */
static void test_changing_face(void **state)
{
    struct database *database = database_open(path, false);
    int64_t pages;
    sqlite3 *other;

    (void)state;
    assert_non_null(database);
    database_set_patience(database, 1);
    pages = run(database, "PRAGMA page_count");
    assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(database_can_write(database));
    assert_true(says(database, "locked by another program") && database_is_locked(database));
    assert_false(database_commit(database));
    assert_true(says(database, "locked by another program") && database_is_locked(database));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    set_pages(database, pages);
    assert_false(database_commit(database));
    assert_true(says(database, "disk full") && !says(database, "locked") && !database_is_locked(database));
    assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_false(database_commit(database));
    assert_true(says(database, "locked by another program") && database_is_locked(database));
    assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other);
    set_pages(database, pages + 100);
    assert_true(database_commit(database));
    assert_null(database_trouble(database));
    assert_false(database_is_locked(database));
    database_close(database);
}

/* voted - what became of a vote */
static void voted(void *owner, enum store_counted counted, uint32_t count)
{
    assert_int_equal(count, 0);
    *(enum store_counted *)owner = counted;
}

/* A vote that could not be counted because something could not be read is lost, and counted as lost. */
static void test_unreadable(void **state)
{
    static const char *const harms[] = {"DELETE FROM meta WHERE key = 'name_key'", "DROP TABLE reputation"};
    const struct store_vote vote = {.name = "a.example", .organization = "", .source = "s", .count = 1};

    (void)state;
    for (size_t i = 0; i < COUNT(harms); i++) {
        struct store_config config = {.rules = {.half_life_days = 30, .window = 200, .per_day = 10, .per_source = 4},
                                      .hash_sources = true};
        struct database *database = database_open(":memory:", false);
        struct store *store = sqlite_open(database, &config);
        enum store_counted counted = STORE_COUNTED;
        uint64_t dropped = 9;

        assert_non_null(store);
        (void)run(database, harms[i]);
        store_vote(store, &vote, voted, &counted);
        assert_int_equal(counted, STORE_TROUBLE);
        store_trouble(store, &dropped);
        assert_int_equal(dropped, 1);
        store_close(store);
        database_close(database);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changing_face, setup, teardown),
        cmocka_unit_test(test_unreadable),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
