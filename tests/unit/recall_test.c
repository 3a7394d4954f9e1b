/*
 * recall_test.c - a store that is in trouble, and the memory of what it said.
 */
#include "store/recall.h"

#include "base/text.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AGE_S 3600

static int64_t clock_s;

/* A store that answers what it is told to, at once or when it is let. */
struct stub {
    struct store store;
    struct vouch_answer answer;
    bool late, closed, cancelled;
    store_done *done; /* of the question that is open */
    void *owner;
    unsigned asked;
};

struct world {
    struct stub *stub;
    struct store *recall;
    struct vouch_answer answer;
    char note[VOUCH_INFO_SIZE];
    unsigned answers;
};

static int64_t now_s(void)
{
    return clock_s;
}

static struct store_ticket *stub_ask(struct stub *stub, store_done *done, void *owner)
{
    stub->asked++;
    if (!stub->late) {
        done(owner, &stub->answer);
        return NULL;
    }
    stub->done = done;
    stub->owner = owner;
    return (struct store_ticket *)stub;
}

static struct store_ticket *stub_ask_reputation(struct store *store, const char *name, const char *organization,
                                                store_done *done, void *owner)
{
    (void)name;
    (void)organization;
    return stub_ask((struct stub *)store, done, owner);
}

static struct store_ticket *stub_ask_listing(struct store *store, const char *list, const char *name, store_done *done,
                                             void *owner)
{
    (void)list;
    (void)name;
    return stub_ask((struct stub *)store, done, owner);
}

static void stub_cancel(struct store *store, struct store_ticket *ticket)
{
    assert_ptr_equal(store, ticket);
    ((struct stub *)store)->cancelled = true;
}

static const char *stub_trouble(struct store *store, uint64_t *dropped)
{
    *dropped = 7;
    return ((struct stub *)store)->answer.status == VOUCH_FAILED ? "it is broken" : NULL;
}

static void stub_close(struct store *store)
{
    ((struct stub *)store)->closed = true;
}

static int setup(void **state)
{
    static const struct store_verbs verbs = {.ask_reputation = stub_ask_reputation,
                                             .ask_listing = stub_ask_listing,
                                             .cancel = stub_cancel,
                                             .trouble = stub_trouble,
                                             .close = stub_close};
    struct world *world = calloc(1, sizeof *world);

    assert_non_null(world);
    world->stub = calloc(1, sizeof *world->stub);
    assert_non_null(world->stub);
    world->stub->store.verbs = &verbs;
    clock_s = 1000000;
    world->recall = recall_open(&world->stub->store, AGE_S, now_s);
    assert_non_null(world->recall);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    store_close(world->recall);
    assert_true(world->stub->closed);
    free(world->stub);
    free(world);
    return 0;
}

static void hear(void *owner, const struct vouch_answer *answer)
{
    struct world *world = owner;
    struct text text;

    world->answer = *answer;
    text_init(&text, world->note, sizeof world->note);
    text_add_bytes(&text, answer->note.data, answer->note.length);
    world->answers++;
}

/* says - what the store answers from now on */
static void says(struct world *world, enum vouch_status status, enum vouch_listing listing, uint32_t ham,
                 const char *note)
{
    world->stub->answer = (struct vouch_answer){.status = status, .listing = listing, .note = text_bytes(note)};
    world->stub->answer.reputation = (struct vouch_reputation){.ham = ham, .score = ham > 0 ? 90 : 0};
}

static enum vouch_status standing(struct world *world, const char *name)
{
    unsigned before = world->answers;

    assert_null(store_ask_reputation(world->recall, name, "example", hear, world));
    assert_int_equal(world->answers, before + 1);
    return world->answer.status;
}

static enum vouch_status listing(struct world *world, const char *list, const char *name)
{
    unsigned before = world->answers;

    assert_null(store_ask_listing(world->recall, list, name, hear, world));
    assert_int_equal(world->answers, before + 1);
    return world->answer.status;
}

/* In trouble the last answer is said again, each question's own, and what was never asked stays trouble. */
static void test_said_again(void **state)
{
    struct world *world = *state;

    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 40, "");
    assert_int_equal(standing(world, "good.example"), VOUCH_FOUND);
    assert_string_equal(world->note, "");
    says(world, VOUCH_FOUND, VOUCH_LISTED_BLOCKED, 0, "they know why");
    assert_int_equal(listing(world, "enemies", "bad.example"), VOUCH_FOUND);
    says(world, VOUCH_NXDOMAIN, VOUCH_UNLISTED, 0, "");
    assert_int_equal(listing(world, "enemies", "good.example"), VOUCH_NXDOMAIN);
    assert_null(store_trouble(world->recall, &(uint64_t){0}));
    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    clock_s += 60;
    assert_int_equal(standing(world, "good.example"), VOUCH_FOUND);
    assert_int_equal(world->answer.reputation.ham, 40);
    assert_string_equal(world->note, "remembered for 60 s: it is broken");
    assert_int_equal(listing(world, "enemies", "bad.example"), VOUCH_FOUND);
    assert_int_equal(world->answer.listing, VOUCH_LISTED_BLOCKED);
    assert_string_equal(world->note, "they know why (remembered for 60 s: it is broken)");
    assert_int_equal(listing(world, "enemies", "good.example"), VOUCH_NXDOMAIN);
    assert_int_equal(listing(world, "friends", "good.example"), VOUCH_FAILED);
    assert_int_equal(standing(world, "new.example"), VOUCH_FAILED);
    assert_string_equal(world->note, "it is broken");
}

/* What is new counts at once, and an answer that is too old is trouble. */
static void test_age(void **state)
{
    struct world *world = *state;

    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 40, "");
    (void)standing(world, "good.example");
    clock_s += 10;
    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 7, "");
    (void)standing(world, "good.example");
    assert_int_equal(world->answer.reputation.ham, 7);
    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    clock_s += AGE_S;
    assert_int_equal(standing(world, "good.example"), VOUCH_FOUND);
    assert_int_equal(world->answer.reputation.ham, 7);
    clock_s += 1;
    assert_int_equal(standing(world, "good.example"), VOUCH_FAILED);
    says(world, VOUCH_NXDOMAIN, VOUCH_UNLISTED, 0, "");
    assert_int_equal(standing(world, "good.example"), VOUCH_NXDOMAIN);
    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    assert_int_equal(standing(world, "good.example"), VOUCH_NXDOMAIN);
}

/* Any number of names that anybody can say displaces none that has counts of its own; those are bounded too. */
static void test_bound(void **state)
{
    struct world *world = *state;
    char name[64];

    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 40, "");
    (void)standing(world, "good.example");
    for (unsigned i = 0; i < 2 * RECALL_MAX + 2; i++) {
        snprintf(name, sizeof name, "h%u.example", i);
        says(world, i % 2 == 0 ? VOUCH_NXDOMAIN : VOUCH_FOUND, VOUCH_UNLISTED, 0, "");
        (void)standing(world, name);
    }
    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    assert_int_equal(standing(world, "good.example"), VOUCH_FOUND);
    assert_int_equal(standing(world, "h0.example"), VOUCH_FAILED);
    assert_int_equal(standing(world, name), VOUCH_FOUND);
    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 40, "");
    for (unsigned i = 0; i < RECALL_MAX; i++) {
        snprintf(name, sizeof name, "k%u.example", i);
        (void)standing(world, name);
    }
    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    assert_int_equal(standing(world, "good.example"), VOUCH_FAILED);
    assert_int_equal(standing(world, "k0.example"), VOUCH_FOUND);
}

/* A store that answers later: in its own time, never if it was cancelled, and not after the end. */
static void test_late(void **state)
{
    struct world *world = *state;
    struct store_ticket *ticket;

    world->stub->late = true;
    ticket = store_ask_reputation(world->recall, "good.example", "", hear, world);
    assert_non_null(ticket);
    says(world, VOUCH_FOUND, VOUCH_UNLISTED, 40, "");
    world->stub->done(world->stub->owner, &world->stub->answer);
    assert_int_equal(world->answers, 1);
    ticket = store_ask_reputation(world->recall, "good.example", "", hear, world);
    says(world, VOUCH_TIMEOUT, VOUCH_UNLISTED, 0, "it is slow");
    world->stub->done(world->stub->owner, &world->stub->answer);
    assert_int_equal(world->answer.status, VOUCH_FOUND);
    ticket = store_ask_listing(world->recall, "enemies", "good.example", hear, world);
    store_cancel(world->recall, ticket);
    assert_true(world->stub->cancelled);
    assert_non_null(store_ask_listing(world->recall, "enemies", "good.example", hear, world));
    assert_int_equal(world->answers, 2);
}

/* The trouble of the store is told, with what is made of it. */
static void test_trouble(void **state)
{
    struct world *world = *state;
    uint64_t dropped = 0;

    says(world, VOUCH_FAILED, VOUCH_UNLISTED, 0, "it is broken");
    assert_string_equal(store_trouble(world->recall, &dropped),
                        "it is broken; what it last said of a name counts on for 3600 s where it does not answer");
    assert_int_equal(dropped, 7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_said_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_age, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bound, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_trouble, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
