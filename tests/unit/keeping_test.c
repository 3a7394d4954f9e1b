/*
 * keeping_test.c - what the configuration names is opened, or the reason why not is named.
 */
#include "session/keeping.h"

#include "core/trust.h"
#include "unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S 86400

static int64_t now_s(void)
{
    return (int64_t)20000 * DAY_S;
}

struct world {
    struct conf *conf;
    struct event_base *base;
    struct keeping keeping;
    char folder[32], error[CONF_ERROR_SIZE];
};

static int world_open(void **state)
{
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    world->conf = calloc(1, sizeof *world->conf);
    world->base = event_base_new();
    assert_non_null(world->conf);
    assert_non_null(world->base);
    conf_init(world->conf);
    snprintf(world->folder, sizeof world->folder, "/tmp/vouchsafe-unit-XXXXXX");
    assert_non_null(mkdtemp(world->folder));
    snprintf(world->conf->store.file, sizeof world->conf->store.file, "%s/keep.db", world->folder);
    *state = world;
    return 0;
}

static int world_close(void **state)
{
    struct world *world = *state;

    unlink(world->conf->store.file);
    if (world->conf->store.redis_password_file[0] != '\0')
        unlink(world->conf->store.redis_password_file);
    assert_int_equal(rmdir(world->folder), 0);
    event_base_free(world->base);
    free(world->conf);
    free(world);
    return 0;
}

static bool open_keeping(struct world *world, enum conf_store_type type, bool read_only)
{
    world->conf->store.type = type;
    world->error[0] = '\0';
    return keeping_open(&world->keeping, world->conf, world->base, read_only, now_s, world->error);
}

/* holds - is this in any column of the shares? */
static bool holds_share(struct world *world, const char *source)
{
    struct sqlite3_stmt *statement = database_prepare(world->keeping.database, source, false);
    bool row = false;

    assert_non_null(statement);
    assert_true(database_step(world->keeping.database, statement, &row));
    database_done(statement);
    return row;
}

/* With hashed names, who voted is kept as a hash, and has one share of the day all the same. */
static void test_hashed_sources(void **state)
{
    static const char plain[] = "SELECT 1 FROM share WHERE source = 'anna'",
                      hashed[] = "SELECT 1 FROM share WHERE source GLOB 'h:*'";
    struct world *world = *state;
    struct store_vote vote = {.name = "mail.example.org", .organization = "", .source = "anna", .count = 7};

    assert_true(open_keeping(world, CONF_STORE_MEMORY, false));
    store_vote(world->keeping.store, &vote, NULL, NULL);
    assert_true(holds_share(world, plain) && !holds_share(world, hashed));
    keeping_close(&world->keeping);
    world->conf->ledger.hash_names = true;
    assert_true(open_keeping(world, CONF_STORE_MEMORY, false));
    store_vote(world->keeping.store, &vote, NULL, NULL);
    assert_true(!holds_share(world, plain) && holds_share(world, hashed));
    keeping_close(&world->keeping);
}

static void hear(void *owner, const struct vouch_answer *answer)
{
    *(struct vouch_answer *)owner = *answer;
}

static void voted(void *owner, enum store_counted counted, uint32_t count)
{
    assert_in_range(count, 0, 5);
    *(enum store_counted *)owner = counted;
}

static void test_none(void **state)
{
    struct world *world = *state;

    assert_false(open_keeping(world, CONF_STORE_NONE, false));
    assert_string_equal(world->error, "store.type: none: nothing is remembered");
    keeping_close(&world->keeping);
}

/* The rules of the configuration reach the store, and those of the ledger the ledger. */
static void test_rules(void **state)
{
    struct world *world = *state;
    struct store_vote vote = {.name = "mail.example.org", .organization = "example.org", .source = "a", .count = 5};
    struct vouch_answer answer = {0};
    enum store_counted counted = STORE_TROUBLE;

    world->conf->reputation.per_source = 4;
    assert_true(open_keeping(world, CONF_STORE_MEMORY, false));
    store_vote(world->keeping.store, &vote, voted, &counted);
    assert_int_equal(counted, STORE_CAPPED);
    store_ask_reputation(world->keeping.store, "mail.example.org", "example.org", hear, &answer);
    assert_int_equal(answer.status, VOUCH_FOUND);
    assert_int_equal(answer.reputation.ham, 4);
    assert_int_equal(access(world->conf->store.file, F_OK), -1);
    keeping_close(&world->keeping);
    assert_null(world->keeping.database);
}

/* points - the standing of a name, as the configuration counts it */
static int points(struct world *world, const char *name)
{
    struct vouch_answer answer = {0};

    store_ask_reputation(world->keeping.store, name, "", hear, &answer);
    assert_int_equal(answer.status, VOUCH_FOUND);
    return trust_reputation_points(&world->conf->settings, &answer.reputation);
}

/* With the settings built in, what one source says in a day neither makes nor breaks a name that nobody knows. */
static void test_one_source(void **state)
{
    struct world *world = *state;
    const struct vouch_settings *settings = &world->conf->settings;
    struct store_vote ham = {.name = "good.example", .organization = "", .source = "a", .count = 1};
    struct store_vote spam = {.name = "bad.example", .organization = "", .source = "a", .spam = true, .count = 1};
    int head_start = settings->points[VOUCH_TOKEN_CSA_PASS];

    assert_true(open_keeping(world, CONF_STORE_MEMORY, false));
    for (unsigned i = 0; i < 1000; i++) {
        store_vote(world->keeping.store, &ham, NULL, NULL);
        store_vote(world->keeping.store, &spam, NULL, NULL);
    }
    assert_true(points(world, "good.example") > 0);
    assert_true(points(world, "good.example") + head_start < settings->accept_at);
    assert_true(points(world, "bad.example") < 0);
    assert_true(points(world, "bad.example") > settings->reject_at);
    ham.source = spam.source = "b"; /* two may: then it was not for the votes being lost */
    for (unsigned i = 0; i < 1000; i++) {
        store_vote(world->keeping.store, &ham, NULL, NULL);
        store_vote(world->keeping.store, &spam, NULL, NULL);
    }
    assert_true(points(world, "good.example") + head_start >= settings->accept_at);
    assert_true(points(world, "bad.example") <= settings->reject_at);
    keeping_close(&world->keeping);
}

static void test_file(void **state)
{
    struct world *world = *state;

    assert_true(open_keeping(world, CONF_STORE_SQLITE, true));
    assert_non_null(database_trouble(world->keeping.database)); /* it is not made by who only looks */
    assert_int_equal(access(world->conf->store.file, F_OK), -1);
    keeping_close(&world->keeping);
    assert_true(open_keeping(world, CONF_STORE_SQLITE, false));
    assert_null(database_trouble(world->keeping.database));
    assert_int_equal(access(world->conf->store.file, F_OK), 0);
    keeping_close(&world->keeping);
    assert_true(open_keeping(world, CONF_STORE_SQLITE, true));
    assert_null(database_trouble(world->keeping.database));
    keeping_close(&world->keeping);
    assert_true(open_keeping(world, CONF_STORE_SQLITE, false)); /* who writes clears away what stands beside the file */
    keeping_close(&world->keeping);
}

static void write_password(struct world *world, const char *text)
{
    FILE *file;

    snprintf(world->conf->store.redis_password_file, sizeof world->conf->store.redis_password_file, "%s/password",
             world->folder);
    file = fopen(world->conf->store.redis_password_file, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void test_redis(void **state)
{
    struct world *world = *state;
    char *longest = calloc(1, 2000);

    assert_non_null(longest);
    memset(longest, 'x', 1999);
    snprintf(world->conf->store.redis, sizeof world->conf->store.redis, "nowhere");
    assert_false(open_keeping(world, CONF_STORE_REDIS, false));
    assert_memory_equal(world->error, "store.redis: ", 13);
    assert_non_null(strstr(world->error, "nowhere"));
    snprintf(world->conf->store.redis, sizeof world->conf->store.redis, "unix:%s/socket", world->folder);
    assert_true(open_keeping(world, CONF_STORE_REDIS, false)); /* a server that is not there is trouble */
    keeping_close(&world->keeping);
    write_password(world, "secret\r\nnot this");
    assert_true(open_keeping(world, CONF_STORE_REDIS, false));
    keeping_close(&world->keeping);
    write_password(world, "\n");
    assert_false(open_keeping(world, CONF_STORE_REDIS, false));
    assert_non_null(strstr(world->error, "/password: holds no password"));
    write_password(world, longest);
    assert_false(open_keeping(world, CONF_STORE_REDIS, false));
    assert_non_null(strstr(world->error, "/password: too long for a password"));
    unlink(world->conf->store.redis_password_file);
    assert_false(open_keeping(world, CONF_STORE_REDIS, false));
    assert_non_null(strstr(world->error, "/password: No such file or directory"));
    keeping_close(&world->keeping);
    free(longest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_none, world_open, world_close),
        cmocka_unit_test_setup_teardown(test_rules, world_open, world_close),
        cmocka_unit_test_setup_teardown(test_hashed_sources, world_open, world_close),
        cmocka_unit_test_setup_teardown(test_one_source, world_open, world_close),
        cmocka_unit_test_setup_teardown(test_file, world_open, world_close),
        cmocka_unit_test_setup_teardown(test_redis, world_open, world_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
