/*
 * store_ledger_test.c - the ledger: what is written is found again, privacy, what is removed, the earned list.
 */
#include "store/database.h"
#include "store/ledger.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAY_S   86400
#define START_S ((int64_t)20000 * DAY_S)

static int64_t clock_s;

static int64_t now_s(void)
{
    return clock_s;
}

struct world {
    struct database *database;
    struct ledger *ledger;
    char path[64];
};

static const struct ledger_rules usual = {
    .keep_days = 14, .size_mib = 100, .address_bits_4 = 32, .address_bits_6 = 128, .earned_days = 7, .now_s = now_s};

static void world_open(struct world *world, const char *path, const struct ledger_rules *rules)
{
    clock_s = START_S;
    snprintf(world->path, sizeof world->path, "%s", path);
    world->database = database_open(path, false);
    assert_non_null(world->database);
    assert_null(database_trouble(world->database));
    world->ledger = ledger_open(world->database, rules);
    assert_non_null(world->ledger);
}

static void world_close(struct world *world)
{
    ledger_close(world->ledger);
    database_close(world->database);
}

/* The same database under other rules. */
static void world_rule(struct world *world, const struct ledger_rules *rules)
{
    ledger_close(world->ledger);
    world->ledger = ledger_open(world->database, rules);
    assert_non_null(world->ledger);
}

static struct vouch_address address(const char *text)
{
    struct vouch_address parsed;

    assert_true(vouch_address_parse(&parsed, text, strlen(text)));
    return parsed;
}

static struct ledger_decision decision(const char *id, int64_t time_s)
{
    struct ledger_decision made = {.time_ms = time_s * 1000,
                                   .protocol = "milter",
                                   .profile = "default",
                                   .helo = "Mail.Example.ORG",
                                   .name = "mail.example.org",
                                   .organization = "example.org",
                                   .csa = "none",
                                   .reason = "no-record",
                                   .domain = "zone.example.org",
                                   .identity = "forward",
                                   .rating = "A",
                                   .service = "list.example",
                                   .level = "neutral",
                                   .verb = "continue",
                                   .mode = "enforce",
                                   .secure = true,
                                   .score = -12,
                                   .reasons = "dna-a:0:unproven-name",
                                   .queries = 5,
                                   .elapsed_ms = 17,
                                   .detail = "{\"csa\":\"none\"}"};

    snprintf(made.id, sizeof made.id, "%s", id);
    snprintf(made.evaluation, sizeof made.evaluation, "%s", id);
    made.client = address("192.0.2.77");
    return made;
}

/* Everything that a row holds, as one text. */
static bool show(void *owner, const struct ledger_decision *row)
{
    char *text = owner, client[VOUCH_ADDRESS_SIZE] = "";
    size_t length = strlen(text);

    if (row->client.family != 0)
        vouch_address_format(&row->client, client);
    snprintf(text + length, 2048 - length,
             "%s %s %lld %s %s [%s] %s %s %s %s %s %s %s %s %s %s %s %s %d %d %s %u %lld %s\n", row->id,
             row->evaluation, (long long)row->time_ms, row->protocol, row->profile, client, row->helo, row->name,
             row->organization, row->csa, row->reason, row->domain, row->identity, row->rating, row->service,
             row->level, row->verb, row->mode, row->secure, row->score, row->reasons, row->queries,
             (long long)row->elapsed_ms, row->detail);
    return true;
}

/* Only the ids. */
static bool list(void *owner, const struct ledger_decision *row)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, 2048 - length, "%s ", row->id);
    return true;
}

static bool list_one(void *owner, const struct ledger_decision *row)
{
    list(owner, row);
    return false;
}

static bool count(void *owner, const struct ledger_decision *row)
{
    (void)row;
    ++*(int *)owner;
    return true;
}

static void test_decision(void **state)
{
    struct ledger_decision made = decision("d1", START_S), from_memory = decision("d2", START_S);
    struct world world;
    char text[2048] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, text));
    assert_string_equal(text, "d1 d1 1728000000000 milter default [192.0.2.77] Mail.Example.ORG mail.example.org "
                              "example.org none no-record zone.example.org forward A list.example neutral continue "
                              "enforce 1 -12 dna-a:0:unproven-name 5 17 {\"csa\":\"none\"}\n");
    text[0] = '\0';
    assert_true(ledger_find(world.ledger, "d3", show, text));
    assert_string_equal(text, ""); /* there is none: no trouble */
    memcpy(from_memory.evaluation, "d1", 3);
    memset(&from_memory.client, 0, sizeof from_memory.client);
    from_memory.detail = "";
    from_memory.helo = "x'); DROP TABLE decision; --";
    from_memory.name = from_memory.organization = "";
    ledger_decide(world.ledger, &from_memory);
    assert_true(ledger_find(world.ledger, "d2", show, text));
    assert_non_null(strstr(text, "d2 d1 1728000000000 milter default [] x'); DROP TABLE decision; --   none"));
    world_close(&world);
}

/* Ends what one query gave. */
static char *bar(char *text)
{
    size_t length = strlen(text);

    assert_true(length < 2000);
    memcpy(text + length, "|", 2);
    return text;
}

static void test_queries(void **state)
{
    static const struct {
        const char *id, *name, *organization, *identity;
        int age_s;
    } rows[] = {
        {"a", "mail.example.org", "example.org", "none", 50}, {"b", "example.org", "example.org", "forward", 40},
        {"c", "mail.example.net", "example.net", "tls", 30},  {"d", "mail.example.org", "example.org", "none", 20},
        {"e", "other.example.org", "example.org", "csa", 10}, {"f", "", "", "forward", 0},
    };
    struct world world;
    char text[2048] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    for (size_t i = COUNT(rows); i-- > 0;) {
        struct ledger_decision made = decision(rows[i].id, START_S - rows[i].age_s);

        made.name = rows[i].name;
        made.organization = rows[i].organization;
        made.identity = rows[i].identity;
        ledger_decide(world.ledger, &made);
    }
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_decisions(world.ledger, (START_S - 20) * 1000, NULL, list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, (START_S - 39) * 1000, "example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "x' OR '1'='1", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, NULL, list_one, bar(text)));
    assert_string_equal(text, "f e d c b a |f e d |d a |e d b a |e d ||f ");
    assert_true(ledger_is_proven(world.ledger, "example.org"));
    assert_true(ledger_is_proven(world.ledger, "mail.example.net"));
    assert_true(ledger_is_proven(world.ledger, "other.example.org"));
    assert_false(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_is_proven(world.ledger, "example.net"));
    assert_false(ledger_is_proven(world.ledger, ""));
    world_close(&world);
}

static bool show_action(void *owner, const struct ledger_action *action)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, 2048 - length, "%s %lld %s %s %s %s %s %d;", action->id, (long long)action->time_ms,
             action->verb, action->stage, action->profile, action->recipient, action->reply, action->acted);
    return true;
}

static bool show_feedback(void *owner, const struct ledger_feedback *feedback)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, 2048 - length, "%s %lld %d %s %s;", feedback->id, (long long)feedback->time_ms,
             feedback->spam, feedback->source, feedback->result);
    return true;
}

static void test_consequences(void **state)
{
    struct ledger_action late = {"d1", 2000, "reject", "rcpt", "default", "a@example.com", "550 no", true};
    struct ledger_action early = {"d1", 1000, "defer", "helo", "strict", "", "", false};
    struct ledger_action other = {"d2", 1000, "defer", "helo", "strict", "", "", false};
    struct ledger_feedback vote = {"d1", 3000, true, "learn:root", "counted"};
    struct world world;
    char text[2048] = "";

    (void)state;
    world_open(&world, ":memory:", &usual);
    ledger_act(world.ledger, &late);
    ledger_act(world.ledger, &other);
    ledger_act(world.ledger, &early);
    ledger_feedback(world.ledger, &vote);
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, bar(text)));
    assert_true(ledger_feedbacks(world.ledger, "d2", show_feedback, bar(text)));
    assert_string_equal(text, "d1 1000 defer helo strict   0;d1 2000 reject rcpt default a@example.com 550 no 1;|"
                              "d1 3000 1 learn:root counted;|");
    world_close(&world);
}

/* The text of the whole file, as somebody who steals it would search it. */
static bool holds(struct database *database, const char *needle)
{
    static const char *const columns[] = {
        "SELECT helo || ' ' || name || ' ' || organization || ' ' || domain || ' ' || detail || ' ' || reasons FROM decision",
        "SELECT recipient || ' ' || reply FROM action",
        "SELECT name FROM earned",
    };

    for (size_t i = 0; i < COUNT(columns); i++) {
        struct sqlite3_stmt *statement = database_prepare(database, columns[i], false);
        bool row = true, found = false;

        assert_non_null(statement);
        while (row) {
            assert_true(database_step(database, statement, &row));
            found = found || (row && strstr((const char *)sqlite3_column_text(statement, 0), needle) != NULL);
        }
        database_done(statement);
        if (found)
            return true;
    }
    return false;
}

static void test_hashed_names(void **state)
{
    struct ledger_decision made = decision("d1", START_S), again = decision("d2", START_S + 1);
    struct ledger_action action = {"d1", 2000, "reject", "rcpt", "default", "a@example.org", "550 example.org", true};
    struct ledger_rules rules = usual;
    struct world world;
    char text[2048] = "", other[2048] = "", *hash;

    (void)state;
    rules.hash_names = true;
    world_open(&world, ":memory:", &rules);
    made.level = again.level = "trusted";
    made.detail = "{\"name\":\"mail.example.org\"}";
    ledger_decide(world.ledger, &made);
    ledger_decide(world.ledger, &again);
    ledger_act(world.ledger, &action);
    assert_false(holds(world.database, "xample"));
    assert_true(holds(world.database, "h:"));
    assert_true(ledger_find(world.ledger, "d1", show, text));
    hash = strstr(text, " h:");
    assert_non_null(hash);
    assert_int_equal(strcspn(hash + 3, " "), 26);
    assert_int_equal(strspn(hash + 3, "abcdefghijklmnopqrstuvwxyz234567"), 26);
    assert_non_null(strstr(text, "list.example")); /* a service is ours */
    text[0] = '\0';
    assert_true(ledger_decisions(world.ledger, 0, "example.org", list, text));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "example.net", list, bar(text)));
    assert_string_equal(text, "d2 d1 |d2 d1 |");
    assert_true(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_is_proven(world.ledger, "mail.example.net"));
    text[0] = '\0';
    assert_true(ledger_find(world.ledger, "d1", show, text));
    world_close(&world);

    world_open(&world, ":memory:", &rules); /* another file, another secret */
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, other));
    assert_string_not_equal(text, other);
    world_close(&world);
}

static void assert_kept(const struct ledger_rules *rules, const char *client, const char *kept)
{
    struct ledger_decision made = decision("d1", START_S);
    struct world world;
    char text[2048] = "", wanted[VOUCH_ADDRESS_SIZE + 2];

    world_open(&world, ":memory:", rules);
    made.client = address(client);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_find(world.ledger, "d1", show, text));
    snprintf(wanted, sizeof wanted, "[%s]", kept);
    assert_non_null(strstr(text, wanted));
    world_close(&world);
}

static void test_short_addresses(void **state)
{
    struct ledger_rules rules = usual;

    (void)state;
    rules.address_bits_4 = 24;
    rules.address_bits_6 = 48;
    assert_kept(&rules, "192.0.2.255", "192.0.2.0");
    assert_kept(&rules, "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1::");
    rules.address_bits_4 = 25;
    rules.address_bits_6 = 51;
    assert_kept(&rules, "192.0.2.255", "192.0.2.128");
    assert_kept(&rules, "2001:db8:1:ffff:ffff:ffff:ffff:ffff", "2001:db8:1:e000::");
    rules.address_bits_4 = 0;
    rules.address_bits_6 = 128;
    assert_kept(&rules, "192.0.2.255", "0.0.0.0");
    assert_kept(&rules, "2001:db8::ff", "2001:db8::ff");
    rules.address_bits_4 = 24;
    assert_kept(&rules, "::ffff:192.0.2.255", "192.0.2.0");
}

static bool show_earned(void *owner, const struct ledger_earned *earned)
{
    char *text = owner, client[VOUCH_ADDRESS_SIZE];
    size_t length = strlen(text);

    vouch_address_format(&earned->address, client);
    snprintf(text + length, 2048 - length, "%s %s %lld %lld;", client, earned->name,
             (long long)(earned->since_s - START_S), (long long)(earned->until_s - START_S));
    return true;
}

static void assert_earned(struct world *world, const char *wanted)
{
    char text[2048] = "";

    assert_true(ledger_earned(world->ledger, show_earned, text));
    assert_string_equal(text, wanted);
}

static void decide(struct world *world, const char *client, const char *level, const char *identity,
                   const char *reasons)
{
    struct ledger_decision made = decision("e1", clock_s);

    made.client = address(client);
    made.level = level;
    made.identity = identity;
    made.reasons = reasons;
    ledger_decide(world->ledger, &made);
}

static void test_earned(void **state)
{
    struct world world;

    (void)state;
    world_open(&world, ":memory:", &usual);
    decide(&world, "2001:db8::1", "trusted", "csa", "csa-pass:10");
    decide(&world, "192.0.2.9", "trusted", "forward", "reputation:20");
    decide(&world, "192.0.2.10", "trusted", "tls", "dna-a:20,reputation:3");
    decide(&world, "192.0.2.11", "trusted", "none", "list-trusted:20"); /* proven by nothing */
    decide(&world, "192.0.2.12", "neutral", "csa", "csa-pass:3");
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;192.0.2.10 mail.example.org 0 604800;"
                          "2001:db8::1 mail.example.org 0 604800;");
    clock_s += 100;
    decide(&world, "192.0.2.9", "neutral", "forward", "");                    /* nothing changes */
    decide(&world, "192.0.2.10", "trusted", "forward", "csa-pass:10");        /* stays longer */
    decide(&world, "2001:db8::1", "untrusted", "none", "csa-prohibited:-20"); /* ends it */
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;192.0.2.10 mail.example.org 0 604900;");
    decide(&world, "192.0.2.10", "trusted", "forward", "csa-pass:50,reputation:-10"); /* its own standing is bad */
    decide(&world, "192.0.2.9", "neutral", "forward", "xreputation:-10,dna-e:-1");    /* that is another's */
    assert_earned(&world, "192.0.2.9 mail.example.org 0 604800;");
    clock_s = START_S + 604800;
    assert_earned(&world, "");
    decide(&world, "192.0.2.9", "trusted", "forward", "reputation:20"); /* again: since now */
    assert_earned(&world, "192.0.2.9 mail.example.org 604800 1209600;");
    decide(&world, "::ffff:192.0.2.9", "neutral", "forward", "reputation:-1");
    assert_earned(&world, "");
    world_close(&world);
}

/* The earned list holds whole addresses, and is there without a ledger. */
static void test_earned_without_ledger(void **state)
{
    struct ledger_rules rules = usual;
    struct ledger_action action = {"d1", 2000, "reject", "rcpt", "default", "", "", true};
    struct ledger_feedback vote = {"d1", 3000, true, "a", "counted"};
    struct world world;
    char text[2048] = "";

    (void)state;
    rules.keep_days = 0;
    rules.address_bits_4 = 8;
    rules.hash_names = true;
    world_open(&world, ":memory:", &rules);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    ledger_act(world.ledger, &action);
    ledger_feedback(world.ledger, &vote);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_actions(world.ledger, "d1", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1", show_feedback, text));
    assert_string_equal(text, "");
    assert_true(ledger_earned(world.ledger, show_earned, text));
    assert_memory_equal(text, "192.0.2.9 h:", 12);
    assert_false(holds(world.database, "example"));
    world_close(&world);
}

/* Decisions of so many seconds, one a second, and an action and a vote for each. */
static void fill(struct world *world, int seconds, size_t detail_size)
{
    char *detail = calloc(1, detail_size + 1);

    assert_non_null(detail);
    memset(detail, 'x', detail_size);
    for (int i = 0; i < seconds; i++) {
        char id[LEDGER_ID_SIZE];
        struct ledger_decision made;
        struct ledger_action action = {.time_ms = (START_S + i) * 1000,
                                       .verb = "reject",
                                       .stage = "rcpt",
                                       .profile = "default",
                                       .recipient = "",
                                       .reply = "",
                                       .acted = true};
        struct ledger_feedback vote = {.time_ms = (START_S + i) * 1000, .source = "a", .result = "counted"};

        snprintf(id, sizeof id, "d%d", i);
        made = decision(id, START_S + i);
        made.detail = detail;
        memcpy(action.id, id, sizeof id);
        memcpy(vote.id, id, sizeof id);
        ledger_decide(world->ledger, &made);
        ledger_act(world->ledger, &action);
        ledger_feedback(world->ledger, &vote);
    }
    assert_true(database_commit(world->database));
    free(detail);
}

static int decisions(struct world *world)
{
    int rows = 0;

    assert_true(ledger_decisions(world->ledger, 0, NULL, count, &rows));
    return rows;
}

static void test_age(void **state)
{
    struct world world;
    char text[2048] = "";
    int calls = 1;

    (void)state;
    world_open(&world, ":memory:", &usual);
    fill(&world, 1700, 10);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    assert_false(ledger_expire(world.ledger));
    assert_int_equal(decisions(&world), 1701);
    clock_s = START_S + 14 * DAY_S + 1690;
    while (ledger_expire(world.ledger))
        assert_true(++calls < 20);
    assert_true(calls >= 4); /* bounded work a call */
    assert_int_equal(decisions(&world), 10);
    assert_true(ledger_actions(world.ledger, "d1689", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1689", show_feedback, text));
    assert_string_equal(text, "");
    assert_true(ledger_actions(world.ledger, "d1690", show_action, text));
    assert_true(ledger_feedbacks(world.ledger, "d1690", show_feedback, text));
    assert_non_null(strstr(text, ";d1690 "));
    clock_s = START_S;
    assert_earned(&world, ""); /* removed, not only hidden */
    world_close(&world);
}

static void test_size(void **state)
{
    char folder[] = "/tmp/vouchsafe-unit-XXXXXX", path[64], text[2048] = "";
    struct ledger_rules rules = usual;
    struct world world;
    int calls = 0, kept;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/ledger.db", folder);
    rules.size_mib = 4;
    world_open(&world, path, &rules);
    clock_s = START_S + 3000;
    fill(&world, 3000, 4000);
    decide(&world, "192.0.2.9", "trusted", "csa", "csa-pass:10");
    assert_true(database_commit(world.database));
    assert_true(database_size(world.database) > 12u << 20);
    while (ledger_expire(world.ledger)) {
        assert_true(++calls < 100);
        assert_true(database_commit(world.database));
    }
    assert_true(database_commit(world.database));
    assert_true(database_vacuum(world.database));
    assert_true(database_size(world.database) <= 4u << 20);
    kept = decisions(&world);
    assert_in_range(kept, 200, 1000);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list_one, text));
    assert_string_equal(text, "e1 "); /* what decide() wrote last, the newest */
    text[0] = '\0';
    assert_true(ledger_actions(world.ledger, "d2999", show_action, text));
    assert_string_not_equal(text, "");
    text[0] = '\0';
    assert_true(ledger_actions(world.ledger, "d0", show_action, text));
    assert_string_equal(text, "");
    assert_earned(&world, "192.0.2.9 mail.example.org 3000 607800;"); /* no part of the ledger */
    world_close(&world);
    unlink(path);
    assert_int_equal(rmdir(folder), 0); /* nothing stays beside a file that is closed */
}

/* Rules change at a reload: what was written under the old ones is still there. */
static void test_other_rules(void **state)
{
    struct ledger_rules hashed = usual;
    struct ledger_decision made = decision("d2", START_S);
    struct world world;
    char text[2048] = "";

    (void)state;
    hashed.hash_names = true;
    world_open(&world, ":memory:", &usual);
    fill(&world, 1, 10);
    world_rule(&world, &hashed);
    ledger_decide(world.ledger, &made);
    assert_true(ledger_decisions(world.ledger, 0, NULL, list, text));
    assert_true(ledger_find(world.ledger, "d0", list, bar(text)));
    assert_true(ledger_decisions(world.ledger, 0, "mail.example.org", list, bar(text)));
    assert_string_equal(strchr(text, '|'), "|d0 |d2 ");
    world_close(&world);
}

/* Trouble with the file is no trouble for who writes. */
static void test_trouble(void **state)
{
    struct ledger_decision made = decision("d1", START_S);
    struct ledger_rules rules = usual;
    struct world world;
    int rows = 0;

    (void)state;
    rules.hash_names = true;
    world.database = database_open("/nowhere/at/all.db", false);
    assert_non_null(world.database);
    world.ledger = ledger_open(world.database, &usual);
    made.level = "trusted";
    ledger_decide(world.ledger, &made);
    assert_int_equal(database_lost(world.database), 1);
    assert_false(ledger_decisions(world.ledger, 0, NULL, count, &rows));
    assert_false(ledger_find(world.ledger, "d1", count, &rows));
    assert_false(ledger_earned(world.ledger, show_earned, &rows));
    assert_false(ledger_is_proven(world.ledger, "mail.example.org"));
    assert_false(ledger_expire(world.ledger));
    assert_int_equal(rows, 0);
    world_rule(&world, &rules);
    assert_false(ledger_decisions(world.ledger, 0, "example.org", count, &rows));
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decision),
        cmocka_unit_test(test_queries),
        cmocka_unit_test(test_consequences),
        cmocka_unit_test(test_hashed_names),
        cmocka_unit_test(test_short_addresses),
        cmocka_unit_test(test_earned),
        cmocka_unit_test(test_earned_without_ledger),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_other_rules),
        cmocka_unit_test(test_trouble),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
