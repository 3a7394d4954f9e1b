/*
 * store_rows_test.c - rows of the store over SQLite: lists, suspensions, all that is exported; and a store without a
 * file.
 */
#include "sqlite_world.h"

#include <stdio.h>
#include <string.h>

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
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
