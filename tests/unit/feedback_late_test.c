/*
 * feedback_late_test.c - votes that a server counts while the ledger's file takes no rows: the bound of a decision
 * holds, who can vote again is told to, and the rows of all others are written when they can be.
 */
#include "session/feedback.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASKED_MAX 16
#define QUEUE     4

static char folder[] = "/tmp/vouchsafe-unit-XXXXXX", inner[sizeof folder + 8], path[sizeof inner + 8];

/* What the server was asked, and has not answered. */
static struct {
    unsigned count;
    uint32_t counts[ASKED_MAX];
    store_voted *voted[ASKED_MAX];
    void *owners[ASKED_MAX];
} asked;

static struct {
    unsigned count;
    enum feedback_result last;
} told;

static void server_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner)
{
    (void)store;
    assert_in_range(asked.count, 0, ASKED_MAX - 1);
    asked.counts[asked.count] = vote->count;
    asked.voted[asked.count] = voted;
    asked.owners[asked.count++] = owner;
}

static const struct store_verbs server_verbs = {.vote = server_vote};
static struct store server = {&server_verbs};
static struct keeping keeping = {.store = &server};

static void tell(void *owner, enum feedback_result result, uint32_t counted)
{
    (void)owner;
    assert_int_equal(counted, 0);
    told.count++;
    told.last = result;
}

static int setup(void **state)
{
    const struct ledger_rules rules = {.keep_days = 14, .size_mib = 10, .apart = true, .queue = QUEUE};

    (void)state;
    memset(&asked, 0, sizeof asked);
    memset(&told, 0, sizeof told);
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(inner, sizeof inner, "%s/later", folder);
    snprintf(path, sizeof path, "%s/db", inner);
    keeping.database = database_open(path, false);
    keeping.ledger = ledger_open(keeping.database, &rules);
    return keeping.ledger == NULL || database_trouble(keeping.database) == NULL ? -1 : 0;
}

static int teardown(void **state)
{
    (void)state;
    ledger_close(keeping.ledger);
    database_close(keeping.database);
    unlink(path);
    rmdir(inner);
    assert_int_equal(rmdir(folder), 0);
    return 0;
}

/* vote - of the content filter, which nobody says again */
static void vote(const char *id, bool spam, uint32_t count)
{
    struct feedback feedback = {.name = "mail.example.org", .spam = spam, .count = count, .source = "filter"};

    memcpy(feedback.id, id, strlen(id) + 1);
    feedback_take(&keeping, NULL, &feedback, NULL, NULL);
}

static void answer(unsigned number, enum store_counted counted, uint32_t count)
{
    asked.voted[number](asked.owners[number], counted, count);
}

/* mend - there is room for the file */
static void mend(void)
{
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_true(database_commit(keeping.database));
    ledger_feedback_write_late(keeping.ledger);
}

/* note - a row of the ledger as text */
static bool note(void *owner, const struct ledger_feedback *row)
{
    char *text = owner;

    assert_string_equal(row->source, "filter");
    assert_true(row->time_ms > 0);
    snprintf(text + strlen(text), 200 - strlen(text), "%s %s %u;", row->spam ? "spam" : "ham", row->result,
             row->counted);
    return true;
}

static void assert_noted(const char *id, const char *wanted)
{
    char text[200] = "";

    assert_true(ledger_feedbacks(keeping.ledger, id, note, text));
    assert_string_equal(text, wanted);
}

/* Twenty of a kind, of votes that are under way as of those that were counted; then none, until the rows are written.
 */
static void test_bound(void **state)
{
    (void)state;
    vote("one", false, 8);
    vote("one", false, 15);
    vote("one", true, 3);
    vote("one", false, 1);
    assert_int_equal(asked.count, 3);
    assert_int_equal(asked.counts[0], 8);
    assert_int_equal(asked.counts[1], 12);
    assert_int_equal(asked.counts[2], 3);
    answer(1, STORE_CAPPED, 7);
    vote("one", false, 20);
    assert_int_equal(asked.count, 4);
    assert_int_equal(asked.counts[3], 5);
    answer(0, STORE_COUNTED, 8);
    answer(2, STORE_TROUBLE, 3); /* for all that is known */
    answer(3, STORE_TROUBLE, 0);
    assert_int_equal(ledger_feedback_late(keeping.ledger), 3);
    assert_int_equal(ledger_counted(keeping.ledger, "one", false, 20), 15);
    assert_int_equal(ledger_counted(keeping.ledger, "one", true, 20), 3);
    mend();
    assert_int_equal(ledger_feedback_late(keeping.ledger), 0);
    assert_noted("one", "ham capped 7;ham counted 8;spam trouble 3;");
    assert_int_equal(ledger_counted(keeping.ledger, "one", false, 20), 15);
    vote("one", false, 20);
    assert_int_equal(asked.counts[4], 5);
    answer(4, STORE_COUNTED, 5);
}

/* What is under way when the file is there again is written when it is over. */
static void test_under_way(void **state)
{
    (void)state;
    vote("one", false, 20);
    mend();
    assert_noted("one", "");
    vote("one", false, 1);
    assert_int_equal(asked.count, 1);
    assert_noted("one", "ham capped 0;");
    answer(0, STORE_COUNTED, 20);
    ledger_feedback_write_late(keeping.ledger);
    assert_noted("one", "ham capped 0;ham counted 20;");
}

/* No more rows wait than may: what has none is not counted. A row that came to nothing makes room. */
static void test_queue(void **state)
{
    char id[LEDGER_ID_SIZE];

    (void)state;
    for (int i = 0; i < QUEUE + 3; i++) {
        snprintf(id, sizeof id, "id%d", i);
        vote(id, false, 1);
    }
    assert_int_equal(asked.count, QUEUE);
    for (unsigned i = 0; i < QUEUE; i++)
        answer(i, i == 0 ? STORE_TROUBLE : STORE_COUNTED, i != 0);
    vote("more", false, 1);
    vote("most", false, 1);
    assert_int_equal(asked.count, QUEUE + 1);
    answer(QUEUE, STORE_COUNTED, 1);
    assert_int_equal(ledger_feedback_late(keeping.ledger), QUEUE);
    mend();
    assert_noted("id1", "ham counted 1;");
    assert_noted("id0", "");
    assert_noted("more", "ham counted 1;");
    assert_noted("most", "");
}

/* Who can vote again is told trouble, and nothing waits. */
static void test_told(void **state)
{
    const struct feedback feedback = {.id = "one", .name = "mail.example.org", .count = 1, .source = "desk"};

    (void)state;
    feedback_take(&keeping, NULL, &feedback, tell, NULL);
    assert_int_equal(told.count, 1);
    assert_int_equal(told.last, FEEDBACK_TROUBLE);
    assert_int_equal(asked.count, 0);
    mend();
    assert_noted("one", "");
}

/* rows - how many another program sees */
static int rows(void)
{
    sqlite3 *handle = NULL;
    sqlite3_stmt *statement = NULL;
    int count;

    assert_int_equal(sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(handle, "SELECT count(*) FROM feedback", -1, &statement, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    count = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    sqlite3_close(handle);
    return count;
}

/* A row is committed before the server is asked: a keeper that dies in between leaves it. */
static void test_committed(void **state)
{
    (void)state;
    mend();
    vote("one", false, 20);
    assert_int_equal(asked.count, 1);
    assert_int_equal(rows(), 1);
    answer(0, STORE_COUNTED, 20);
    assert_noted("one", "ham counted 20;");
}

/* A file that can be read, and not be written, bounds together with what waits. */
static void test_read_only(void **state)
{
    sqlite3 *handle = NULL;

    (void)state;
    mend();
    vote("one", false, 15);
    answer(0, STORE_COUNTED, 15);
    assert_true(database_commit(keeping.database));
    assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    database_set_patience(keeping.database, 1);
    vote("one", false, 4);
    vote("one", false, 4);
    vote("one", false, 4);
    assert_int_equal(asked.count, 3);
    assert_int_equal(asked.counts[1], 4);
    assert_int_equal(asked.counts[2], 1);
    answer(1, STORE_COUNTED, 4);
    answer(2, STORE_COUNTED, 1);
    assert_int_equal(sqlite3_close(handle), SQLITE_OK);
    assert_true(database_commit(keeping.database));
    ledger_feedback_write_late(keeping.ledger);
    assert_int_equal(ledger_feedback_late(keeping.ledger), 0);
    assert_int_equal(ledger_counted(keeping.ledger, "one", false, 20), 20);
    vote("one", false, 4);
    assert_int_equal(asked.count, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_under_way, setup, teardown),
        cmocka_unit_test_setup_teardown(test_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_told, setup, teardown),
        cmocka_unit_test_setup_teardown(test_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_read_only, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
