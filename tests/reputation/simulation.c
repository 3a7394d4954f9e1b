/*
 * simulation.c - reputation under attack: days pass by a fake clock, votes come by a generator with a seed, and the
 * bounds of doc/reputation.md must hold.
 *
 *     reputation_simulation tables                       the tables of the document
 *     reputation_simulation memory|redis:WHERE SEED      the attacks, a line for each state of a name
 */
#include "points.h"
#include "session/feedback.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW     200
#define PER_DAY    100
#define PER_SOURCE 10
#define PER_FILTER 100
#define FILTER     "filter"
#define DAY_S      86400

static int64_t today = 10000; /* long ago: a server takes no votes of days to come */
static unsigned passed, failed;
static uint64_t generator;

struct world {
    struct event_base *base;
    struct keeping keeping;
    bool done; /* what is waited for has come */
    struct vouch_answer answer;
    enum store_counted counted;
    enum feedback_result result;
    uint64_t ham, spam, rows; /* of the rows that a walk saw */
};

/* now_s - noon of today */
static int64_t now_s(void)
{
    return today * DAY_S + DAY_S / 2;
}

/* dice - a number below `sides` */
static uint32_t dice(uint32_t sides)
{
    generator = generator * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(generator >> 33) % sides;
}

/* expect - counts whether a bound holds */
static void expect(bool holds, const char *bound)
{
    if (holds)
        passed++;
    else
        printf("day %lld: does not hold: %s\n", (long long)today, bound);
    failed += !holds;
}

/* await - runs the loop until it has come */
static void await(struct world *world)
{
    while (!world->done)
        event_base_loop(world->base, EVLOOP_ONCE);
    world->done = false;
}

/* on_answer - takes the standing */
static void on_answer(void *owner, const struct vouch_answer *answer)
{
    struct world *world = owner;

    world->answer = *answer;
    world->done = true;
}

/* on_voted - takes what became of a vote */
static void on_voted(void *owner, enum store_counted counted, uint32_t count)
{
    struct world *world = owner;

    (void)count;
    world->counted = counted;
    world->done = true;
}

/* on_taken - the same, of feedback */
static void on_taken(void *owner, enum feedback_result result, uint32_t counted)
{
    struct world *world = owner;

    (void)counted;
    world->result = result;
    world->done = true;
}

/* on_row - adds up what the store holds */
static bool on_row(void *owner, const struct store_row *row)
{
    struct world *world = owner;

    world->rows++;
    world->ham += row->day.ham;
    world->spam += row->day.spam;
    return true;
}

/* on_finished - the walk is over */
static void on_finished(void *owner, const char *trouble)
{
    struct world *world = owner;

    expect(trouble == NULL, "a walk without trouble");
    world->done = true;
}

/* add_up - all that the store holds */
static void add_up(struct world *world)
{
    world->ham = world->spam = world->rows = 0;
    store_each(world->keeping.store, STORE_REPUTATION, on_row, on_finished, world);
    await(world);
}

/* cast - one vote of so many observations; how many of them were counted is not said */
static enum store_counted cast(struct world *world, const char *name, const char *source, bool spam, uint32_t count)
{
    /* the organization is what stands behind the first dot; a name of one label is its own */
    const char *dot = strchr(name, '.');
    struct store_vote ballot = {.name = name,
                                .organization = dot != NULL ? dot + 1 : name,
                                .source = source,
                                .spam = spam,
                                .count = count,
                                .filter = strcmp(source, FILTER) == 0};

    store_vote(world->keeping.store, &ballot, on_voted, world);
    await(world);
    expect(world->counted != STORE_TROUBLE, "no trouble");
    return world->counted;
}

/* vote - one of a source that has a number */
static enum store_counted vote(struct world *world, const char *name, unsigned source, bool spam, uint32_t count)
{
    char text[32];

    snprintf(text, sizeof text, "source%u", source);
    return cast(world, name, text, spam, count);
}

/* points - the standing of a name now, printed */
static int points(struct world *world, const char *name, const char *organization)
{
    const struct vouch_reputation *found = &world->answer.reputation;

    store_ask_reputation(world->keeping.store, name, organization, on_answer, world);
    await(world);
    printf("%lld %s %s: %u ham, %u spam, score %d, confidence %u\n", (long long)today, name,
           vouch_status_word(world->answer.status), found->ham, found->spam, found->score, found->confidence_milli);
    return world->answer.status == VOUCH_FOUND ? points_of(found) : 0;
}

/* Sessions that use a name without right: what proves nothing, or less than CSA refutes. */
static const struct {
    const char *id, *identity, *csa;
} forgeries[] = {{"forged1", "none", "none"},
                 {"forged2", "none", "temperror"},
                 {"forged3", "none", "fail"},
                 {"forged4", "forward", "fail"},
                 {"forged5", "tls", "fail"}};

/* forge - the ledger knows these sessions */
static void forge(struct world *world, const char *name)
{
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        struct ledger_decision decision = {.time_ms = now_s() * 1000,
                                           .protocol = "milter",
                                           .profile = "default",
                                           .client = {.family = 4},
                                           .helo = name,
                                           .name = name,
                                           .organization = "",
                                           .csa = forgeries[i].csa,
                                           .reason = "",
                                           .domain = "",
                                           .rating = "C",
                                           .identity = forgeries[i].identity,
                                           .service = "",
                                           .level = "neutral",
                                           .verb = "continue",
                                           .mode = "enforce",
                                           .reasons = "",
                                           .detail = ""};

        snprintf(decision.id, sizeof decision.id, "%s", forgeries[i].id);
        snprintf(decision.evaluation, sizeof decision.evaluation, "%s", forgeries[i].id);
        ledger_decide(world->keeping.ledger, &decision);
    }
    expect(database_commit(world->keeping.database), "the ledger takes decisions");
}

/*
 * flood - ten thousand votes on names that nothing proved, by name and by session: no row, no count, and no harm to a
 * name that is used without right
 */
static void flood(struct world *world)
{
    uint64_t ham, spam;
    int before;

    for (unsigned i = 0; i < 5; i++)
        vote(world, "victim.example", i, false, 10);
    before = points(world, "victim.example", "");
    forge(world, "victim.example");
    add_up(world);
    ham = world->ham;
    spam = world->spam;
    for (unsigned i = 0; i < 10000; i++) {
        struct feedback feedback = {.spam = dice(2) == 0, .count = 1 + dice(1000)};

        if (i % 2 == 0)
            snprintf(feedback.id, sizeof feedback.id, "%s", forgeries[dice(sizeof forgeries / sizeof forgeries[0])].id);
        else
            snprintf(feedback.name, sizeof feedback.name, i % 10 == 1 ? "victim.example" : "x%u.example",
                     dice(1u << 30));
        snprintf(feedback.source, sizeof feedback.source, "source%u", dice(100));
        feedback_take(&world->keeping, NULL, &feedback, on_taken, world);
        await(world);
        if (world->result != FEEDBACK_UNPROVEN)
            expect(false, "a name that nothing proved is not counted");
    }
    add_up(world);
    expect(world->ham == ham && world->spam == spam, "a flood of unproven names leaves no trace");
    expect(points(world, "victim.example", "") == before, "a flood of unproven names changes no standing");
}

/* one_source - a thousand votes a day: against a name that is known as good, and for one that nobody knows */
static void one_source(struct world *world)
{
    bool fresh_trusted = false;

    for (unsigned day = 0; day < 30; day++, today++) {
        uint32_t ham, spam, times = day < 2 ? 1000 : 60;

        for (unsigned i = 0; i < 10; i++) /* honest: a hundred a day */
            vote(world, "good.example", i, false, 10);
        points(world, "good.example", "");
        ham = world->answer.reputation.ham;
        spam = world->answer.reputation.spam;
        for (unsigned i = 0; i < times; i++) {
            vote(world, "good.example", 99, true, 1);
            vote(world, "stuffed.example", 99, false, 1 + dice(10));
            if (day == 0)
                vote(world, "smeared.example", 99, true, 1 + dice(10));
        }
        expect(!points_refuse(points(world, "good.example", "")),
               "one source of eleven does not get a good name refused");
        expect(world->answer.reputation.spam <= spam + PER_SOURCE && world->answer.reputation.ham <= ham,
               "one source moves a name by at most per_source a day");
        fresh_trusted = points_trust(points(world, "stuffed.example", ""));
        expect(world->answer.reputation.ham <= PER_SOURCE * (day + 1), "the same in favour");
        if (day == 0) {
            expect(!fresh_trusted, "one source alone needs more than a day to make a name trusted");
            expect(!points_refuse(points(world, "smeared.example", "")),
                   "one source alone needs more than a day to have a name refused");
        }
    }
    expect(fresh_trusted, "in the end it does");
    points(world, "other.example", "example");
    expect(!points_trust(points_of(&world->answer.reputation)), "an organization alone makes nobody trusted");
}

/* many_sources - a hundred sources against a good name: per_day is all they have */
static void many_sources(struct world *world)
{
    unsigned day;

    for (day = 0; day < 2; day++, today++)
        for (unsigned i = 0; i < 10; i++)
            vote(world, "target.example", i, false, 10);
    expect(points_trust(points(world, "target.example", "")), "two days of ham from ten sources make a name trusted");
    for (day = 1; day <= 4; day++, today++) {
        for (unsigned i = 0; i < 100; i++)
            vote(world, "target.example", 100 + i, true, 1 + dice(1000));
        int now = points(world, "target.example", "");

        expect(world->answer.reputation.spam <= PER_DAY * day, "all sources together move a name by at most per_day");
        if (day * PER_DAY < points_spam_to_refuse(WINDOW))
            expect(!points_refuse(now), "a full window of ham is not refused before so much spam was counted");
        else
            expect(points_refuse(now), "and then it is");
    }
}

/* namesake - a flood of votes on its siblings does not decide about the host that is named like the organization */
static void namesake(struct world *world, const char *name, bool spam)
{
    char sibling[64];
    int now, other;

    for (unsigned day = 0; day < 5; day++, today++)
        for (unsigned i = 0; i < 200; i++) {
            snprintf(sibling, sizeof sibling, "h%u.%s", i, name);
            for (unsigned source = 0; source < 10; source++)
                vote(world, sibling, source, spam, 10);
        }
    now = points(world, name, name);
    expect(world->answer.reputation.ham == 0 && world->answer.reputation.spam == 0, "nobody spoke of the namesake");
    snprintf(sibling, sizeof sibling, "new.%s", name);
    other = points(world, sibling, name);
    expect(now == other && now != 0, "a host that is named like its organization inherits what any other host does");
    expect(!points_trust(now) && !points_refuse(now), "a flood of siblings decides nothing about their namesake");
    points(world, name, "");
    expect(world->answer.status == VOUCH_NXDOMAIN, "and by itself it is not known");
}

/* first_day - the content filter is the only one who says anything, and a host that nobody knew is trusted before the
 * day is over, is not any more as it turns bad, and is refused on the next day */
static void first_day(struct world *world)
{
    uint32_t spam = 0;
    int now = 0;

    for (uint32_t mail = 1; mail <= 300; mail++) {
        cast(world, "newcomer.test", FILTER, mail % 100 == 50, 1); /* the filter errs once in a hundred */
        now = points(world, "newcomer.test", "");
    }
    expect(points_trust(now), "300 messages of a day, 1 % of them called spam, make a host trusted");
    expect(world->answer.reputation.ham == PER_FILTER, "and no more than per_filter count");
    for (today++; points_trust(now) && spam < PER_FILTER; spam++) {
        cast(world, "newcomer.test", FILTER, true, 1);
        now = points(world, "newcomer.test", "");
    }
    expect(spam <= points_spam_to_distrust(WINDOW), "it loses that with the spam of the next day");
    for (unsigned day = 0; day < 2; day++, today++)
        cast(world, "newcomer.test", FILTER, true, 1000);
    expect(points_refuse(points(world, "newcomer.test", "")), "and is refused after two days of spam");
    cast(world, "spammer.test", FILTER, true, 14);
    expect(!points_refuse(points(world, "spammer.test", "")), "a host of 14 messages of spam is not refused");
    cast(world, "spammer.test", FILTER, true, 1);
    expect(points_refuse(points(world, "spammer.test", "")), "and with the 15th it is");
    cast(world, "filter.test", "filter2", false, 1000);
    points(world, "filter.test", "");
    expect(world->answer.reputation.ham == PER_SOURCE, "nobody else has the cap of the filter");
}

/* wildcard - one who can prove any name below his domain: a bounded number of rows a day, and all of it counts for the
 * organization, as if the hosts without rows were one */
static void wildcard(struct world *world)
{
    uint64_t rows;
    char name[64];

    add_up(world);
    rows = world->rows;
    for (unsigned day = 0; day < 3; day++, today++) {
        for (unsigned i = 0; i < 1000; i++) {
            snprintf(name, sizeof name, "h%u.wild.test", dice(1u << 30));
            cast(world, name, FILTER, true, 1);
        }
        points(world, ".wild.test", "");
        expect(world->answer.reputation.spam + 10 >= STORE_NEW_HOSTS + PER_FILTER && world->answer.reputation.ham == 0,
               "what they do is the organization's");
    }
    add_up(world);
    expect(world->rows - rows == 3 * (STORE_NEW_HOSTS + 1), "no more than so many new hosts of a day get rows");
    points(world, name, "");
    expect(world->answer.status == VOUCH_NXDOMAIN, "and none of the others does");
}

/* sleeper - good for weeks, in whatever measure, then bad: what it may do before it is stopped */
static void sleeper(struct world *world, unsigned number)
{
    uint32_t counted = 0, weeks = 1 + dice(20), a_day = 1 + dice(PER_DAY);
    char name[64];
    int now;

    snprintf(name, sizeof name, "sleeper%u.example", number);
    for (unsigned day = 0; day < weeks * 7; day++, today++)
        for (uint32_t i = 0; i * PER_SOURCE < a_day; i++)
            vote(world, name, i, false, a_day - i * PER_SOURCE < PER_SOURCE ? a_day - i * PER_SOURCE : PER_SOURCE);
    now = points(world, name, "");
    while (!points_refuse(now) && counted < 10 * WINDOW) {
        uint32_t part = 1 + dice(3);
        unsigned source = dice(40);

        if (vote(world, name, source, true, part) == STORE_COUNTED)
            counted += part;
        else
            today += dice(5) == 0; /* some got in perhaps: that only makes the bound easier to break */
        now = points(world, name, "");
        if (counted >= points_spam_to_distrust(WINDOW))
            expect(!points_trust(now), "a sleeper is not trusted any more after so much spam");
        if (counted >= points_spam_to_refuse(WINDOW))
            expect(points_refuse(now), "a sleeper is refused after so much spam");
    }
    expect(points_refuse(now), "a sleeper is refused in the end");
}

/* recovery - a host that was bad through and through becomes good */
static void recovery(struct world *world)
{
    uint32_t ham = 0;
    int now;

    for (unsigned day = 0; day < 10; day++, today++)
        for (unsigned i = 0; i < 10; i++)
            vote(world, "penitent.example", i, true, 10);
    expect(points_refuse(points(world, "penitent.example", "")), "nothing but spam is refused");
    for (unsigned day = 0; day < 4; day++, today++)
        for (unsigned i = 0; i < 50; i++) {
            expect(vote(world, "penitent.example", i, false, 1) == STORE_COUNTED, "ham counts");
            ham++;
            now = points(world, "penitent.example", "");
            if (ham >= points_ham_to_pardon(WINDOW))
                expect(!points_refuse(now), "not refused any more after so much ham");
            if (ham >= points_ham_to_trust(WINDOW))
                expect(points_trust(now), "trusted after so much ham");
        }
    for (unsigned i = 0; i < 10; i++)
        vote(world, "forgotten.example", i, true, 10);
    expect(points_refuse(points(world, "forgotten.example", "")), "a day of spam is refused");
    today += 10 * 30 + 1;
    expect(points(world, "forgotten.example", "") == 0, "after ten half-lives nothing is left");
}

/* world_open - the store, and a ledger in which no name was ever proven */
static bool world_open(struct world *world, const char *where)
{
    const struct store_config config = {.rules = {30, WINDOW, PER_DAY, PER_SOURCE, 10},
                                        .per_filter = PER_FILTER,
                                        .timeout_ms = 5000,
                                        .queue = 1000,
                                        .now_s = now_s};
    const struct ledger_rules rules = {.keep_days = 14, .size_mib = 10, .earned_days = 7, .now_s = now_s};
    char error[STORE_ERROR_SIZE] = "out of memory";

    world->base = event_base_new();
    world->keeping.database = database_open(":memory:", false);
    if (world->base == NULL || world->keeping.database == NULL)
        return false;
    world->keeping.ledger = ledger_open(world->keeping.database, &rules);
    if (strncmp(where, "redis:", 6) == 0)
        world->keeping.store = redis_open(world->base, where + 6, NULL, "vouchsafe", &config, error);
    else
        world->keeping.store = sqlite_open(world->keeping.database, &config);
    if (world->keeping.store == NULL)
        fprintf(stderr, "%s\n", error);
    return world->keeping.store != NULL && world->keeping.ledger != NULL;
}

int main(int argc, char **argv)
{
    struct world world = {.base = NULL};

    if (argc == 2 && strcmp(argv[1], "tables") == 0) {
        points_print_tables();
        return 0;
    }
    if (argc != 3 || !world_open(&world, argv[1]))
        return 2;
    generator = strtoull(argv[2], NULL, 10);
    flood(&world);
    one_source(&world);
    many_sources(&world);
    namesake(&world, "bad.test", true);
    namesake(&world, "good.test", false);
    first_day(&world);
    wildcard(&world);
    for (unsigned i = 0; i < 5; i++)
        sleeper(&world, i);
    recovery(&world);
    store_close(world.keeping.store);
    ledger_close(world.keeping.ledger);
    database_close(world.keeping.database);
    event_base_free(world.base);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
