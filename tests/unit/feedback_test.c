/*
 * feedback_test.c - what a vote counts for: names that were proven, by id and by name, and nothing else.
 */
#include "session/feedback.h"

#include "accredit/organization.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_S 1000000000

static struct keeping keeping;
static struct organizations *organizations;

/* What became of the votes so far. */
static struct {
    unsigned count;
    enum feedback_result last;
    uint32_t counted;
} told;

static int64_t test_now(void)
{
    return NOW_S;
}

static void tell(void *owner, enum feedback_result result, uint32_t counted)
{
    assert_ptr_equal(owner, &told);
    told.count++;
    told.last = result;
    told.counted = counted;
}

static int open_keeping(bool hash_names)
{
    const struct ledger_rules ledger = {.keep_days = 14,
                                        .size_mib = 100,
                                        .address_bits_4 = 32,
                                        .address_bits_6 = 128,
                                        .hash_names = hash_names,
                                        .earned_days = 7,
                                        .now_s = test_now};
    const struct store_config store = {
        .rules = {.half_life_days = 30, .window = 200, .per_day = 100, .per_source = 10, .organization_weight = 10},
        .timeout_ms = 100,
        .queue = 100,
        .now_s = test_now};

    memset(&told, 0, sizeof told);
    keeping.database = database_open(":memory:", false);
    assert_non_null(keeping.database);
    assert_null(database_trouble(keeping.database));
    keeping.ledger = ledger_open(keeping.database, &ledger);
    keeping.store = sqlite_open(keeping.database, &store);
    return keeping.ledger != NULL && keeping.store != NULL ? 0 : -1;
}

static int setup(void **state)
{
    char error[ORGANIZATION_ERROR_SIZE];

    (void)state;
    organizations = organizations_open("", error);
    return organizations == NULL ? -1 : open_keeping(false);
}

static int teardown(void **state)
{
    (void)state;
    store_close(keeping.store);
    ledger_close(keeping.ledger);
    database_close(keeping.database);
    organizations_close(organizations);
    return 0;
}

/* decide - put a decision into the ledger */
static void decide(const char *id, const char *name, const char *identity, const char *csa)
{
    struct ledger_decision decision = {
        .time_ms = (int64_t)NOW_S * 1000,
        .protocol = "milter",
        .profile = "default",
        .client = {.family = 4, .octets = {192, 0, 2, 10}},
        .helo = name,
        .name = name,
        .organization = "",
        .csa = csa,
        .reason = "match",
        .domain = name,
        .identity = identity,
        .rating = "C",
        .service = "",
        .level = "neutral",
        .verb = "continue",
        .mode = "enforce",
        .reasons = "",
        .detail = "",
    };

    memcpy(decision.id, id, strlen(id) + 1);
    memcpy(decision.evaluation, id, strlen(id) + 1);
    ledger_decide(keeping.ledger, &decision);
}

static enum feedback_result vote_on(const char *id, const char *name, bool spam, const char *source, uint32_t count)
{
    struct feedback feedback = {.spam = spam, .count = count};
    unsigned before = told.count;

    memcpy(feedback.id, id, strlen(id) + 1);
    memcpy(feedback.name, name, strlen(name) + 1);
    memcpy(feedback.source, source, strlen(source) + 1);
    feedback_take(&keeping, organizations, &feedback, tell, &told);
    assert_int_equal(told.count, before + 1);
    return told.last;
}

static enum feedback_result vote_as(const char *id, const char *name, bool spam, const char *source)
{
    return vote_on(id, name, spam, source, 1);
}

static enum feedback_result vote(const char *id, const char *name)
{
    return vote_as(id, name, false, "test");
}

/* A row of reputation that is looked for. */
struct sought {
    const char *name;
    uint32_t ham, spam;
};

static bool seek(void *owner, const struct store_row *row)
{
    struct sought *sought = owner;

    if (strcmp(row->name, sought->name) == 0) {
        sought->ham += row->day.ham;
        sought->spam += row->day.spam;
    }
    return true;
}

static void finished(void *owner, const char *trouble)
{
    (void)owner;
    assert_null(trouble);
}

/* check_counts - what the store holds of a name */
static void check_counts(const char *name, uint32_t ham, uint32_t spam)
{
    struct sought sought = {.name = name};

    store_each(keeping.store, STORE_REPUTATION, seek, finished, &sought);
    assert_int_equal(sought.ham, ham);
    assert_int_equal(sought.spam, spam);
}

/* Votes that the ledger notes of a decision. */
struct noted {
    unsigned count;
    char result[32], source[STORE_SOURCE_SIZE];
    bool spam;
    int64_t time_ms;
    uint32_t counted;
};

static bool note(void *owner, const struct ledger_feedback *feedback)
{
    struct noted *noted = owner;

    noted->count++;
    noted->spam = feedback->spam;
    noted->counted = feedback->counted;
    noted->time_ms = feedback->time_ms;
    snprintf(noted->result, sizeof noted->result, "%s", feedback->result);
    snprintf(noted->source, sizeof noted->source, "%s", feedback->source);
    return true;
}

static struct noted notes(const char *id)
{
    struct noted noted = {0};

    assert_true(ledger_feedbacks(keeping.ledger, id, note, &noted));
    return noted;
}

/* What a decision must say for a vote on its name to count. */
static const struct {
    const char *name, *identity, *csa;
    enum feedback_result result;
} decisions[] = {
    {"mail.example.org", "forward", "none", FEEDBACK_COUNTED},
    {"mail.example.org", "tls", "neutral", FEEDBACK_COUNTED},
    {"mail.example.org", "csa", "pass", FEEDBACK_COUNTED},
    {"mail.example.org", "forward", "temperror", FEEDBACK_COUNTED},
    {"mail.example.org", "none", "none", FEEDBACK_UNPROVEN},
    {"mail.example.org", "none", "fail", FEEDBACK_UNPROVEN},
    {"mail.example.org", "forward", "fail", FEEDBACK_UNPROVEN},
    {"mail.example.org", "csa", "fail", FEEDBACK_UNPROVEN},
    {"mail.example.org", "", "pass", FEEDBACK_UNPROVEN},
    {"mail.example.org", "forwards", "none", FEEDBACK_UNPROVEN},
    {"", "forward", "none", FEEDBACK_UNPROVEN},
};

static void test_by_id(void **state)
{
    uint32_t counted = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(decisions); i++) {
        char id[LEDGER_ID_SIZE];
        struct noted noted;

        snprintf(id, sizeof id, "decision%zu", i);
        decide(id, decisions[i].name, decisions[i].identity, decisions[i].csa);
        if (vote_as(id, "", true, "test") != decisions[i].result)
            fail_msg("row %zu: %s", i, feedback_word(told.last));
        counted += told.last == FEEDBACK_COUNTED ? 1 : 0;
        noted = notes(id);
        assert_int_equal(noted.count, 1);
        assert_string_equal(noted.result, feedback_word(decisions[i].result));
        assert_string_equal(noted.source, "test");
        assert_true(noted.spam);
        assert_int_equal(noted.time_ms, (int64_t)NOW_S * 1000);
    }
    check_counts("mail.example.org", 0, counted);
    check_counts(".example.org", 0, counted);
    assert_int_equal(vote("nothing", ""), FEEDBACK_UNKNOWN);
    assert_int_equal(notes("nothing").count, 0);
}

static void test_by_name(void **state)
{
    (void)state;
    assert_int_equal(vote("", "mail.example.org"), FEEDBACK_UNPROVEN);
    decide("one", "mail.example.org", "none", "none");
    assert_int_equal(vote("", "mail.example.org"), FEEDBACK_UNPROVEN);
    decide("two", "mail.example.org", "forward", "none");
    assert_int_equal(vote("", "mail.example.org"), FEEDBACK_COUNTED);
    assert_int_equal(vote("", "Mail.EXAMPLE.org."), FEEDBACK_COUNTED);
    check_counts("mail.example.org", 2, 0);
    decide("three", "other.example.org", "forward", "fail");
    assert_int_equal(vote("three", ""), FEEDBACK_UNPROVEN);
    assert_int_equal(vote("", "other.example.org"), FEEDBACK_UNPROVEN);
    assert_int_equal(vote("", "h:abcdefghijklmnopqrstuvwxyz"), FEEDBACK_UNPROVEN);
    assert_int_equal(vote("", ""), FEEDBACK_UNPROVEN);
    assert_int_equal(notes("two").count, 0);
}

/* Who gives both knows that the name was proven: the ledger may not have the decision yet. */
static void test_by_both(void **state)
{
    (void)state;
    assert_int_equal(vote("visit", "mail.example.org"), FEEDBACK_COUNTED);
    check_counts("mail.example.org", 1, 0);
    assert_int_equal(notes("visit").count, 1);
}

/* Of hashed names the ledger knows no name to vote on; who knows it can. */
static void test_hashed(void **state)
{
    (void)state;
    store_close(keeping.store);
    ledger_close(keeping.ledger);
    database_close(keeping.database);
    assert_int_equal(open_keeping(true), 0);
    decide("one", "mail.example.org", "csa", "pass");
    assert_int_equal(vote("one", ""), FEEDBACK_UNKNOWN);
    assert_int_equal(vote("", "other.example.org"), FEEDBACK_UNPROVEN);
    assert_int_equal(vote("", "mail.example.org"), FEEDBACK_COUNTED);
    assert_int_equal(vote("one", "mail.example.org"), FEEDBACK_COUNTED);
    check_counts("mail.example.org", 2, 0);
    decide("cut", "*.2.0.192.in-addr.arpa", "csa", "pass"); /* of many hosts */
    assert_int_equal(vote("cut", ""), FEEDBACK_UNKNOWN);
    assert_int_equal(vote("", "*.2.0.192.in-addr.arpa"), FEEDBACK_UNPROVEN);
}

static void test_caps(void **state)
{
    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(vote("one", ""), FEEDBACK_COUNTED);
    assert_int_equal(vote("one", ""), FEEDBACK_CAPPED);
    check_counts("mail.example.org", 10, 0);
    assert_int_equal(vote_as("one", "", false, "somebody else"), FEEDBACK_COUNTED);
    assert_string_equal(notes("one").result, "counted");
    assert_int_equal(notes("one").count, 12);
}

/* Who calls himself something else each time has no more votes of a kind on one decision than all others together. */
static void test_decision_cap(void **state)
{
    char source[16];

    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    decide("two", "mail.example.org", "csa", "pass");
    for (unsigned i = 0; i < 4 * FEEDBACK_PER_ID; i++) {
        snprintf(source, sizeof source, "user%u", i);
        if (vote_as("one", "", i % 2 == 0, source) != (i < 2 * FEEDBACK_PER_ID ? FEEDBACK_COUNTED : FEEDBACK_CAPPED))
            fail_msg("vote %u: %s", i, feedback_word(told.last));
    }
    check_counts("mail.example.org", FEEDBACK_PER_ID, FEEDBACK_PER_ID);
    check_counts(".example.org", FEEDBACK_PER_ID, FEEDBACK_PER_ID);
    assert_int_equal(notes("one").count, 4 * FEEDBACK_PER_ID);
    assert_string_equal(notes("one").result, "capped");
    /* nor by who knows the name; another decision, or none, has its own */
    assert_int_equal(vote_as("one", "mail.example.org", true, "filter"), FEEDBACK_CAPPED);
    assert_int_equal(vote_as("two", "mail.example.org", true, "filter"), FEEDBACK_COUNTED);
    assert_int_equal(vote_as("two", "", true, "user0"), FEEDBACK_COUNTED);
    assert_int_equal(vote_as("", "mail.example.org", true, "operator"), FEEDBACK_COUNTED);
    check_counts("mail.example.org", FEEDBACK_PER_ID, FEEDBACK_PER_ID + 3);
}

/* Votes that did not count take no room. */
static void test_decision_cap_counted(void **state)
{
    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    for (unsigned i = 0; i < 3 * FEEDBACK_PER_ID; i++)
        vote("one", "");
    check_counts("mail.example.org", 10, 0);
    assert_int_equal(vote_as("one", "", true, "somebody else"), FEEDBACK_COUNTED);
}

/* What counts is how many messages a vote is about, not how many votes there are; votes that are cut count in part. */
static void test_decision_cap_messages(void **state)
{
    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    assert_int_equal(vote_on("one", "", true, "a", 7), FEEDBACK_COUNTED);
    assert_int_equal(told.counted, 7);
    assert_int_equal(vote_on("one", "", true, "a", 100), FEEDBACK_CAPPED); /* the source has 10 */
    assert_int_equal(told.counted, 3);
    assert_int_equal(notes("one").counted, 3);
    assert_string_equal(notes("one").result, "capped");
    assert_int_equal(vote_on("one", "", true, "b", 8), FEEDBACK_COUNTED);
    assert_int_equal(vote_on("one", "", true, "c", 8), FEEDBACK_CAPPED); /* the decision has 20 */
    assert_int_equal(told.counted, 2);
    check_counts("mail.example.org", 0, FEEDBACK_PER_ID);
    assert_int_equal(vote_on("one", "mail.example.org", true, "d", 1), FEEDBACK_CAPPED);
    assert_int_equal(told.counted, 0);
    check_counts("mail.example.org", 0, FEEDBACK_PER_ID);
    assert_int_equal(vote_on("one", "", false, "d", 9), FEEDBACK_COUNTED); /* praise has room of its own */
    assert_int_equal(vote_on("", "mail.example.org", true, "d", 10), FEEDBACK_COUNTED);
    check_counts("mail.example.org", 9, FEEDBACK_PER_ID + 10);
}

/* Who posts for ever does not fill the ledger; what counts is written all the same. */
static void test_rows(void **state)
{
    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    decide("two", "mail.example.org", "none", "none");
    for (unsigned i = 0; i < 3 * LEDGER_FEEDBACK_MAX; i++) {
        vote_as("one", "", true, "test");
        assert_int_equal(vote_as("two", "", true, "test"), FEEDBACK_UNPROVEN);
    }
    assert_int_equal(notes("one").count, LEDGER_FEEDBACK_MAX);
    assert_int_equal(notes("two").count, LEDGER_FEEDBACK_MAX);
    assert_int_equal(vote_as("one", "", true, "other"), FEEDBACK_COUNTED);
    assert_int_equal(notes("one").count, LEDGER_FEEDBACK_MAX + 1);
}

static void test_source(void **state)
{
    char longest[STORE_SOURCE_SIZE];

    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    assert_int_equal(vote_as("one", "", false, "a\nb\x1b[31m"), FEEDBACK_COUNTED);
    assert_string_equal(notes("one").source, "a\\x0ab\\x1b[31m");
    assert_int_equal(vote_as("one", "", false, ""), FEEDBACK_COUNTED);
    assert_string_equal(notes("one").source, "unnamed");
    memset(longest, '\xff', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    assert_int_equal(vote_as("one", "", false, longest), FEEDBACK_COUNTED);
    assert_int_equal(strspn(notes("one").source, "\\xf"), sizeof longest - 1);
}

/* A store that answers when it is told to. */
static bool late_waits;
static store_voted *late_voted;
static void *late_owner;

static void late_vote(struct store *store, const struct store_vote *given, store_voted *voted, void *owner)
{
    (void)store;
    assert_string_equal(given->name, "mail.example.org");
    assert_string_equal(given->organization, "example.org");
    assert_int_equal(given->count, 3);
    late_waits = given->waits;
    late_voted = voted;
    late_owner = owner;
}

static void test_late(void **state)
{
    static const struct {
        enum store_counted counted;
        uint32_t count;
        enum feedback_result result;
    } ends[] = {{STORE_COUNTED, 3, FEEDBACK_COUNTED},
                {STORE_CAPPED, 2, FEEDBACK_CAPPED},
                {STORE_CAPPED, 0, FEEDBACK_CAPPED},
                {STORE_TROUBLE, 0, FEEDBACK_TROUBLE}};
    const struct feedback quiet = {.id = "one", .count = 3, .source = "test"};
    const struct store_verbs verbs = {.vote = late_vote};
    struct store late = {&verbs};
    struct keeping other = {keeping.database, &late, keeping.ledger};

    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    for (size_t i = 0; i < COUNT(ends); i++) {
        struct feedback feedback = quiet;
        unsigned before = told.count;

        feedback_take(&other, organizations, &feedback, tell, &told);
        memset(&feedback, 0, sizeof feedback);
        assert_int_equal(told.count, before);
        assert_false(late_waits); /* who is told may vote again */
        late_voted(late_owner, ends[i].counted, ends[i].count);
        assert_int_equal(told.count, before + 1);
        assert_int_equal(told.last, ends[i].result);
        assert_int_equal(told.counted, ends[i].count);
        assert_int_equal(notes("one").counted, ends[i].count);
        assert_int_equal(notes("one").count, i + 1);
        assert_string_equal(notes("one").result, feedback_word(ends[i].result));
    }
    feedback_take(&other, organizations, &quiet, NULL, NULL);
    assert_true(late_waits);
    late_voted(late_owner, STORE_COUNTED, 3);
    assert_int_equal(notes("one").count, COUNT(ends) + 1);
}

/* Nobody wants to know, and nobody knows organizations. */
static void test_quiet(void **state)
{
    const struct feedback feedback = {.id = "one", .source = "test"};

    (void)state;
    decide("one", "mail.example.org", "csa", "pass");
    feedback_take(&keeping, NULL, &feedback, NULL, NULL);
    check_counts("mail.example.org", 1, 0);
    check_counts(".example.org", 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_by_id, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_by_both, setup, teardown),
        cmocka_unit_test_setup_teardown(test_hashed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_caps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decision_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decision_cap_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_decision_cap_messages, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
        cmocka_unit_test_setup_teardown(test_source, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late, setup, teardown),
        cmocka_unit_test_setup_teardown(test_quiet, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
