/*
 * ledger_earned.c - the earned list: which decisions give an address a place, which end it, and who has one.
 *
 * One list serves all, so a place is weighed with the thresholds at the top of the configuration, whatever those of the
 * listener are; what ends it may come from any of them.
 */
#include "base/address.h"
#include "store/column.h"
#include "store/database.h"
#include "store/ledger_privacy.h"

#include <sqlite3.h>
#include <string.h>

#define DAY_S 86400

/* is_word - is the word this value's? */
static bool is_word(const char *word, const char *value)
{
    return word != NULL && strcmp(word, value) == 0;
}

/* has_bad_reputation - do the reasons hold negative points for own experience? */
static bool has_bad_reputation(const char *reasons)
{
    const char *token = vouch_token_word(VOUCH_TOKEN_REPUTATION);
    size_t length = strlen(token);

    for (const char *at = reasons; at != NULL; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, token, length) == 0 && at[length] == ':' && at[length + 1] == '-')
            return true;
    }
    return false;
}

/* earn - the address stays from now on */
static bool earn(struct ledger *ledger, const struct vouch_address *address, const char *name, int64_t now_s)
{
    sqlite3_stmt *statement = database_prepare(
        ledger->database,
        "INSERT INTO earned VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET name = excluded.name,"
        " since_s = CASE WHEN until_s > excluded.since_s THEN since_s ELSE excluded.since_s END,"
        " until_s = max(excluded.until_s, until_s)",
        true);

    if (statement != NULL) {
        column_bind_address(statement, 1, address);
        column_bind_text(statement, 2, name);
        sqlite3_bind_int64(statement, 3, now_s);
        sqlite3_bind_int64(statement, 4, now_s + (int64_t)ledger->rules.earned_days * DAY_S);
    }
    return database_run(ledger->database, statement);
}

/* end_earned - the address has no place any more */
static bool end_earned(struct ledger *ledger, const struct vouch_address *address)
{
    sqlite3_stmt *statement = database_prepare(ledger->database, "DELETE FROM earned WHERE address = ?1", true);

    if (statement != NULL)
        column_bind_address(statement, 1, address);
    return database_run(ledger->database, statement);
}

bool ledger_decision_is_proven(const struct ledger_decision *decision)
{
    if (is_word(decision->csa, vouch_csa_word(VOUCH_CSA_FAIL)))
        return false;
    for (int i = VOUCH_IDENTITY_FORWARD; i <= VOUCH_IDENTITY_CSA; i++)
        if (is_word(decision->identity, vouch_identity_word((enum vouch_identity)i)))
            return true;
    return false;
}

bool ledger_decision_ends_place(const struct ledger_decision *decision, int reject_at)
{
    return is_word(decision->level, vouch_level_word(VOUCH_LEVEL_UNTRUSTED)) || decision->score <= reject_at ||
           is_word(decision->csa, vouch_csa_word(VOUCH_CSA_FAIL)) || has_bad_reputation(decision->reasons);
}

bool ledger_keep_earned(struct ledger *ledger, const struct ledger_decision *decision, const char *name)
{
    struct vouch_address address = decision->client;

    address_unmap(&address);
    if (address_length(&address) == 0)
        return true;
    if (ledger_decision_ends_place(decision, ledger->rules.reject_at))
        return end_earned(ledger, &address);
    if (decision->score > 0 && decision->score >= ledger->rules.accept_at && ledger_decision_is_proven(decision))
        return earn(ledger, &address, name, decision->time_ms / 1000);
    return true;
}

/* walk - the places of one family, in the order of the addresses; `more`: nobody has had enough. False: trouble */
static bool walk(struct ledger *ledger, int octets, ledger_each_earned *each, void *owner, bool *more)
{
    sqlite3_stmt *statement = database_prepare(ledger->database,
                                               "SELECT address, name, since_s, until_s FROM earned WHERE until_s > ?1"
                                               " AND length(address) = ?2 ORDER BY address",
                                               false);
    bool row = false, fine;

    if (statement == NULL)
        return false;
    sqlite3_bind_int64(statement, 1, ledger_now(ledger));
    sqlite3_bind_int(statement, 2, octets);
    while ((fine = database_step(ledger->database, statement, &row)) && row && *more) {
        struct ledger_earned earned = {.name = column_text(statement, 1),
                                       .since_s = sqlite3_column_int64(statement, 2),
                                       .until_s = sqlite3_column_int64(statement, 3)};

        column_address(statement, 0, &earned.address);
        *more = each(owner, &earned);
    }
    database_done(statement);
    return fine;
}

bool ledger_earned(struct ledger *ledger, ledger_each_earned *each, void *owner)
{
    bool more = true;

    /* two walks along the key need no room to sort */
    return walk(ledger, 4, each, owner, &more) && walk(ledger, 16, each, owner, &more);
}
