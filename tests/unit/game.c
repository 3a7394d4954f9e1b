/*
 * game.c - playing an evaluator, and expectations from the facts of the answers alone (SPEC 8.1, 8.2).
 */
#include "game.h"

#include "unit.h"

#include <stdlib.h>
#include <string.h>

void game_settings(struct vouch_settings *settings)
{
    static const struct vouch_service services[] = {
        {.name = SERVICE(0), .style = VOUCH_STYLE_DNA, .weight_milli = 1000, .positives = true, .negatives = true},
        {.name = SERVICE(1), .style = VOUCH_STYLE_DNA, .weight_milli = 500, .positives = true, .negatives = true},
        {.name = SERVICE(2),
         .style = VOUCH_STYLE_DNA,
         .weight_milli = 1000,
         .positives = true,
         .negatives = true,
         .only_if_listed = true},
        {.name = "own", .style = VOUCH_STYLE_LIST, .weight_milli = 1000, .positives = true, .negatives = true},
    };

    vouch_settings_init(settings);
    memcpy(settings->services, services, sizeof services);
    settings->services_count = COUNT(services);
    settings->use_reputation = true;
}

void game_start(struct game *game, const struct run *run)
{
    struct vouch_facts facts = {.helo = {(const uint8_t *)run->helo, strlen(run->helo)}};

    assert_true(vouch_address_parse(&facts.client, CLIENT, strlen(CLIENT)));
    memset(game, 0, sizeof *game);
    vouch_eval_init(&game->eval, run->settings, &facts);
}

struct ask *game_find(struct game *game, enum progress progress)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].progress == progress)
            return &game->asks[i];
    }
    return NULL;
}

void game_add(struct game *game, const struct vouch_question *question)
{
    struct ask ask = {question->id, question->purpose, question->type, OPEN, 0, NULL};

    game->asks[game->asks_count++] = ask;
}

void game_hear(struct game *game)
{
    enum vouch_next next;
    struct vouch_question question;

    while ((next = vouch_eval_next(&game->eval, &question)) == VOUCH_ASK) {
        assert_in_range(question.id, 0, IDS_MAX - 1);
        assert_true(game->asks_count < ASKS_MAX);
        for (size_t i = 0; i < game->asks_count; i++)
            assert_int_not_equal(game->asks[i].id, question.id);
        game_add(game, &question);
    }
    if (next == VOUCH_DONE)
        assert_null(game_find(game, OPEN));
    else
        assert_true(game_find(game, OPEN) != NULL || game_find(game, NEVER) != NULL);
}

/* game_any - does any answer of this purpose have one of these facts? */
static bool game_any(const struct game *game, enum vouch_purpose purpose, unsigned facts)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == purpose && kind_has(game->asks[i].kind, facts))
            return true;
    }
    return false;
}

/* game_trouble - did any answer of this purpose leave the truth unknown? */
static bool game_trouble(const struct game *game, enum vouch_purpose purpose)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == purpose && kind_is_trouble(game->asks[i].kind))
            return true;
    }
    return false;
}

/* game_chain - did any answer of this purpose end in a CNAME loop? */
static bool game_chain(const struct game *game, enum vouch_purpose purpose)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == purpose && game->asks[i].kind != NULL &&
            game->asks[i].kind->made.answer.status == VOUCH_CHAIN)
            return true;
    }
    return false;
}

/* game_records - the kind of answer to the SRV question, or null */
static const struct kind *game_records(const struct game *game)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == VOUCH_ASK_CSA)
            return game->asks[i].kind;
    }
    return NULL;
}

/* expect_target - SPEC 8.2 step 5; the HELO name's own addresses count where it is a target */
static enum vouch_reason expect_target(const struct game *game, const struct kind *records)
{
    bool self = kind_has(records, FACT_SELF);

    if (kind_has(records, FACT_CONFIRMED) || game_any(game, VOUCH_ASK_TARGET, FACT_HIT) ||
        (self && game_any(game, VOUCH_ASK_ADDRESS, FACT_HIT)))
        return VOUCH_REASON_MATCH;
    if (game_trouble(game, VOUCH_ASK_TARGET) || (self && game_trouble(game, VOUCH_ASK_ADDRESS)))
        return VOUCH_REASON_ADDR_DNS;
    if (game_chain(game, VOUCH_ASK_TARGET) || (self && game_chain(game, VOUCH_ASK_ADDRESS)))
        return VOUCH_REASON_CHAIN;
    if (kind_has(records, FACT_TOO_MANY))
        return VOUCH_REASON_TOO_MANY;
    if (game_any(game, VOUCH_ASK_TARGET, FACT_SEEN) || (self && game_any(game, VOUCH_ASK_ADDRESS, FACT_SEEN)))
        return VOUCH_REASON_MISMATCH;
    return VOUCH_REASON_NO_ADDRESS;
}

/* expect_parent - SPEC 8.2 step 6 */
static enum vouch_reason expect_parent(const struct game *game)
{
    if (game_any(game, VOUCH_ASK_PARENT, FACT_HIT))
        return VOUCH_REASON_EXPLICIT;
    return game_trouble(game, VOUCH_ASK_PARENT) ? VOUCH_REASON_PARENT_DNS : VOUCH_REASON_NO_RECORD;
}

/* expect_reason - SPEC 8.2 steps 3 to 6 on what was played so far; what is open counts as timed out */
static enum vouch_reason expect_reason(const struct game *game)
{
    const struct kind *records = game_records(game);
    enum vouch_status status = records == NULL ? VOUCH_TIMEOUT : records->made.answer.status;

    if (records == NULL || kind_is_trouble(records))
        return VOUCH_REASON_SRV_DNS;
    if (status == VOUCH_CHAIN)
        return VOUCH_REASON_CHAIN;
    if (status != VOUCH_FOUND)
        return expect_parent(game);
    if (kind_has(records, FACT_PROHIBITS))
        return VOUCH_REASON_PROHIBITED;
    if (kind_has(records, FACT_ALLOWS))
        return expect_target(game, records);
    if (kind_has(records, FACT_IGNORES_TARGET))
        return VOUCH_REASON_IGNORE_TARGET;
    if (kind_has(records, FACT_RESERVED_WEIGHT))
        return VOUCH_REASON_RESERVED_WEIGHT;
    if (kind_has(records, FACT_BAD_RDATA))
        return VOUCH_REASON_BAD_RDATA;
    if (kind_has(records, FACT_TOO_MANY))
        return VOUCH_REASON_TOO_MANY;
    return kind_has(records, FACT_OTHER_VERSION) ? VOUCH_REASON_OTHER_VERSION : expect_parent(game);
}

/* result_of - the one result that has this reason [SPEC 8.1] */
static enum vouch_csa result_of(enum vouch_reason reason)
{
    static const enum vouch_csa results[] = {
        [VOUCH_REASON_MATCH] = VOUCH_CSA_PASS,
        [VOUCH_REASON_PROHIBITED] = VOUCH_CSA_FAIL,
        [VOUCH_REASON_MISMATCH] = VOUCH_CSA_FAIL,
        [VOUCH_REASON_NO_ADDRESS] = VOUCH_CSA_FAIL,
        [VOUCH_REASON_EXPLICIT] = VOUCH_CSA_FAIL,
        [VOUCH_REASON_IGNORE_TARGET] = VOUCH_CSA_NEUTRAL,
        [VOUCH_REASON_NO_RECORD] = VOUCH_CSA_NONE,
        [VOUCH_REASON_NO_HELO] = VOUCH_CSA_NONE,
        [VOUCH_REASON_LITERAL] = VOUCH_CSA_NONE,
        [VOUCH_REASON_BAD_NAME] = VOUCH_CSA_NONE,
        [VOUCH_REASON_OTHER_VERSION] = VOUCH_CSA_NONE,
        [VOUCH_REASON_SRV_DNS] = VOUCH_CSA_TEMPERROR,
        [VOUCH_REASON_ADDR_DNS] = VOUCH_CSA_TEMPERROR,
        [VOUCH_REASON_PARENT_DNS] = VOUCH_CSA_TEMPERROR,
        [VOUCH_REASON_RESERVED_WEIGHT] = VOUCH_CSA_PERMERROR,
        [VOUCH_REASON_BAD_RDATA] = VOUCH_CSA_PERMERROR,
        [VOUCH_REASON_CHAIN] = VOUCH_CSA_PERMERROR,
        [VOUCH_REASON_TOO_MANY] = VOUCH_CSA_PERMERROR,
    };

    return results[reason];
}

void game_print(const struct game *game)
{
    for (size_t i = 0; i < game->asks_count; i++)
        print_error("  %s: %s\n", vouch_purpose_word(game->asks[i].purpose),
                    game->asks[i].kind == NULL ? "-" : game->asks[i].kind->what);
}

/* check_trust - good news counts only for a proven name, bad news only if somebody said it */
static bool check_trust(const struct game *game, const struct vouch_verdict *verdict)
{
    bool blamed = game_any(game, VOUCH_ASK_REPORT, FACT_BLAME) || game_any(game, VOUCH_ASK_LIST, FACT_BLAME) ||
                  game_any(game, VOUCH_ASK_REPUTATION, FACT_BLAME) || verdict->csa == VOUCH_CSA_FAIL;
    bool praised = game_any(game, VOUCH_ASK_REPORT, FACT_PRAISE) || game_any(game, VOUCH_ASK_LIST, FACT_PRAISE) ||
                   game_any(game, VOUCH_ASK_REPUTATION, FACT_PRAISE);

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];

        if (row->points > 0 && (verdict->identity == VOUCH_IDENTITY_NONE || verdict->csa == VOUCH_CSA_FAIL))
            return false;
        if (row->points < 0 && !blamed)
            return false;
        if (row->why != VOUCH_WITHHELD_NOT && row->points != 0)
            return false;
    }
    if (verdict->level == VOUCH_LEVEL_UNTRUSTED && !blamed)
        return false;
    return verdict->level != VOUCH_LEVEL_TRUSTED || praised;
}

void game_check(const struct game *game)
{
    enum vouch_reason reason = expect_reason(game);
    struct vouch_verdict verdict;
    unsigned questions = 0;

    for (size_t i = 0; i < game->asks_count; i++)
        questions += game->asks[i].type != VOUCH_TYPE_NONE;
    vouch_eval_verdict(&game->eval, &verdict);
    if (verdict.reason == reason && verdict.csa == result_of(reason) && check_trust(game, &verdict) &&
        verdict.questions == questions && questions <= VOUCH_QUESTIONS_MAX && verdict.score >= -100 &&
        verdict.score <= 100)
        return;
    game_print(game);
    fail_msg("expected %s, found %s %s, score %d, %u questions", vouch_reason_word(reason), vouch_csa_word(verdict.csa),
             vouch_reason_word(verdict.reason), verdict.score, verdict.questions);
}

void game_answer(struct game *game, struct ask *ask, size_t index, const struct kind *kind)
{
    ask->progress = GIVEN;
    ask->index = index;
    ask->kind = kind;
    vouch_eval_answer(&game->eval, ask->id, &kind->made.answer);
}

const struct ask *game_asked(const struct game *game, unsigned id)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].id == id)
            return &game->asks[i];
    }
    return NULL;
}
