/*
 * sqlite_world.c - a store over SQLite for its tests.
 */
#include "sqlite_world.h"

#include <string.h>

int64_t clock_s;
uint32_t last_count;

int64_t now_s(void)
{
    return clock_s;
}

void hear(void *owner, const struct vouch_answer *answer)
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

void finished(void *owner, const char *trouble)
{
    if (trouble != NULL)
        fail_msg("%s", trouble);
    ++*(int *)owner;
}

void world_open(struct world *world, const char *path)
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

void world_close(struct world *world)
{
    store_close(world->store);
    database_close(world->database);
}

enum store_counted vote(struct world *world, const char *name, const char *organization, const char *source, bool spam,
                        uint32_t count)
{
    struct store_vote one = {
        .name = name, .organization = organization, .source = source, .spam = spam, .count = count};
    int result = -1;

    store_vote(world->store, &one, counted, &result);
    assert_true(result >= 0);
    return (enum store_counted)result;
}

struct heard ask(struct world *world, const char *name, const char *organization)
{
    struct heard heard = {0};

    assert_null(store_ask_reputation(world->store, name, organization, hear, &heard));
    assert_int_equal(heard.count, 1);
    return heard;
}

bool add(void *owner, const struct store_row *row)
{
    struct sum *sum = owner;

    if (strcmp(row->name, sum->name) == 0 && (sum->day == 0 || row->day.day == sum->day)) {
        sum->ham += row->day.ham;
        sum->spam += row->day.spam;
        sum->rows++;
    }
    return true;
}

void assert_counts(struct world *world, const char *name, uint32_t ham, uint32_t spam)
{
    struct sum sum = {.name = name};

    store_each(world->store, STORE_REPUTATION, add, NULL, &sum);
    assert_int_equal(sum.ham, ham);
    assert_int_equal(sum.spam, spam);
}
