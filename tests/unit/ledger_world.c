/*
 * ledger_world.c - a ledger for its tests.
 */
#include "ledger_world.h"
#include "unit.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

int64_t clock_s;

static int64_t now_s(void)
{
    return clock_s;
}

const struct ledger_rules usual = {.keep_days = 14,
                                   .size_mib = 100,
                                   .address_bits_4 = 32,
                                   .address_bits_6 = 128,
                                   .earned_days = 7,
                                   .accept_at = 50,
                                   .reject_at = -50,
                                   .now_s = now_s};

void world_open(struct world *world, const char *path, const struct ledger_rules *rules)
{
    clock_s = START_S;
    world->database = database_open(path, false);
    assert_non_null(world->database);
    assert_null(database_trouble(world->database));
    world->ledger = ledger_open(world->database, rules);
    assert_non_null(world->ledger);
}

void world_close(struct world *world)
{
    ledger_close(world->ledger);
    database_close(world->database);
}

void world_rule(struct world *world, const struct ledger_rules *rules)
{
    ledger_close(world->ledger);
    world->ledger = ledger_open(world->database, rules);
    assert_non_null(world->ledger);
}

struct vouch_address address(const char *text)
{
    struct vouch_address parsed;

    assert_true(vouch_address_parse(&parsed, text, strlen(text)));
    return parsed;
}

struct ledger_decision decision(const char *id, int64_t time_s)
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

void decide(struct world *world, const char *client, const char *level, const char *identity, const char *reasons)
{
    struct ledger_decision made = decision("e1", clock_s);

    made.client = address(client);
    made.level = level;
    made.score = strcmp(level, "trusted") == 0 ? 50 : strcmp(level, "untrusted") == 0 ? -50 : 10;
    made.identity = identity;
    made.reasons = reasons;
    ledger_decide(world->ledger, &made);
}

bool show(void *owner, const struct ledger_decision *row)
{
    char *text = owner, client[VOUCH_ADDRESS_SIZE] = "";
    size_t length = strlen(text);

    if (row->client.family != 0)
        vouch_address_format(&row->client, client);
    snprintf(text + length, WORLD_TEXT - length,
             "%s %s %lld %s %s [%s] %s %s %s %s %s %s %s %s %s %s %s %s %d %d %s %u %lld %s\n", row->id,
             row->evaluation, (long long)row->time_ms, row->protocol, row->profile, client, row->helo, row->name,
             row->organization, row->csa, row->reason, row->domain, row->identity, row->rating, row->service,
             row->level, row->verb, row->mode, row->secure, row->score, row->reasons, row->queries,
             (long long)row->elapsed_ms, row->detail);
    return true;
}

bool list(void *owner, const struct ledger_decision *row)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, WORLD_TEXT - length, "%s ", row->id);
    return true;
}

bool list_one(void *owner, const struct ledger_decision *row)
{
    list(owner, row);
    return false;
}

bool count(void *owner, const struct ledger_decision *row)
{
    (void)row;
    ++*(int *)owner;
    return true;
}

char *bar(char *text)
{
    size_t length = strlen(text);

    assert_true(length < 2000);
    memcpy(text + length, "|", 2);
    return text;
}

bool show_action(void *owner, const struct ledger_action *action)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, WORLD_TEXT - length, "%s %lld %s %s %s %s %s %d;", action->id, (long long)action->time_ms,
             action->verb, action->stage, action->profile, action->recipient, action->reply, action->acted);
    return true;
}

bool show_feedback(void *owner, const struct ledger_feedback *feedback)
{
    char *text = owner;
    size_t length = strlen(text);

    snprintf(text + length, WORLD_TEXT - length, "%s %lld %d %s %s %u;", feedback->id, (long long)feedback->time_ms,
             feedback->spam, feedback->source, feedback->result, feedback->counted);
    return true;
}

bool show_earned(void *owner, const struct ledger_earned *earned)
{
    char *text = owner, client[VOUCH_ADDRESS_SIZE];
    size_t length = strlen(text);

    vouch_address_format(&earned->address, client);
    snprintf(text + length, WORLD_TEXT - length, "%s %s %lld %lld;", client, earned->name,
             (long long)(earned->since_s - START_S), (long long)(earned->until_s - START_S));
    return true;
}

void assert_earned(struct world *world, const char *wanted)
{
    char text[WORLD_TEXT] = "";

    assert_true(ledger_earned(world->ledger, show_earned, text));
    assert_string_equal(text, wanted);
}

bool holds(struct database *database, const char *needle)
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
