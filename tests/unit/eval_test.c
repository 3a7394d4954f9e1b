/*
 * eval_test.c - the evaluator forked by memcpy at every question with every kind of answer, over whole sessions.
 *
 * The games are explored depth first: each open question is answered with each kind of its alphabet, and never. Targets
 * are alike, so only sorted choices of their answers are played. At every node the verdict is checked against
 * expectations drawn from the facts of the answers (game.c); at every leaf the same answers are played again in other
 * orders.
 */
#include "game.h"
#include "unit.h"

#include <stdlib.h>
#include <string.h>

/* check_deaf - ids that are unknown, not asked or answered already change nothing */
static void check_deaf(struct game *game)
{
    static const unsigned unknown[] = {IDS_MAX, 1000, INT32_MAX, UINT32_MAX};
    size_t count;
    const struct kind *kinds = kinds_of(VOUCH_ASK_CSA, &count);
    struct vouch_eval before = game->eval;
    bool asked[IDS_MAX] = {false};

    for (size_t i = 0; i < game->asks_count; i++)
        asked[game->asks[i].id] = game->asks[i].progress != GIVEN;
    for (unsigned id = 0; id < IDS_MAX; id++) {
        if (!asked[id])
            vouch_eval_answer(&game->eval, id, &kinds[id % count].made.answer);
    }
    for (size_t i = 0; i < COUNT(unknown); i++)
        vouch_eval_answer(&game->eval, unknown[i], &kinds[i].made.answer);
    assert_true(memcmp(&before, &game->eval, sizeof before) == 0);
}

/* One question of the trace without its name. */
struct step {
    unsigned id;
    enum vouch_purpose purpose;
    enum vouch_type type;
    unsigned round, status, records, ttl_s;
    bool answered, secure;
};

/* All that the public functions say about an evaluation; the same bytes for the same words. */
struct summary {
    struct vouch_verdict verdict;
    size_t steps_count, reports_count;
    struct step steps[ASKS_MAX];
    struct vouch_report reports[SERVICES + 1];
};

static void summary_take(struct summary *summary, const struct game *game)
{
    static struct vouch_step step;
    struct vouch_report report;

    memset(summary, 0, sizeof *summary);
    vouch_eval_verdict(&game->eval, &summary->verdict);
    for (size_t i = 0; vouch_eval_step(&game->eval, i, &step); i++) {
        struct step *to = &summary->steps[summary->steps_count++];

        to->id = step.question.id;
        to->purpose = step.question.purpose;
        to->type = step.question.type;
        to->round = step.round;
        to->status = step.status;
        to->records = step.records;
        to->ttl_s = step.has_ttl ? step.ttl_s : UINT32_MAX;
        to->answered = step.answered;
        to->secure = step.secure;
    }
    for (size_t i = 0; vouch_eval_report(&game->eval, i, &report); i++) {
        struct vouch_report *to = &summary->reports[summary->reports_count++];

        to->service = report.service;
        to->listed = report.listed;
        to->used = report.used;
        to->rating = report.rating;
        to->error = report.error;
        to->too_many = report.too_many;
        memcpy(to->info, report.info, strlen(report.info) + 1);
    }
}

/* check_steps - the trace holds what was played, in two rounds at most */
static void check_steps(const struct game *game, const struct summary *summary)
{
    assert_int_equal(summary->steps_count, game->asks_count);
    for (size_t i = 0; i < summary->steps_count; i++) {
        const struct step *step = &summary->steps[i];
        const struct ask *ask = game_asked(game, step->id);

        assert_non_null(ask);
        assert_in_range(step->round, 1, 2);
        assert_int_equal(step->purpose, ask->purpose);
        assert_int_equal(step->type, ask->type);
        assert_int_equal(step->answered, ask->kind != NULL);
        assert_int_equal(step->status, ask->kind == NULL ? VOUCH_TIMEOUT : ask->kind->made.answer.status);
    }
}

/* answer_to - the kind of answer to the only question of this purpose; null if there is none */
static const struct kind *answer_to(const struct game *game, enum vouch_purpose purpose)
{
    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == purpose)
            return game->asks[i].kind;
    }
    return NULL;
}

/* check_plan - the second round asked for the targets that were allowed, or for all ancestors, and nothing else */
static void check_plan(const struct game *game, const struct run *run)
{
    const struct kind *records = answer_to(game, VOUCH_ASK_CSA);
    size_t targets = 0, ancestors = 0, expected = 0;

    for (size_t i = 0; i < game->asks_count; i++) {
        targets += game->asks[i].purpose == VOUCH_ASK_TARGET;
        ancestors += game->asks[i].purpose == VOUCH_ASK_PARENT;
    }
    assert_int_equal(targets, records == NULL ? 0 : records->targets);
    if (records != NULL && records->facts == 0 && records->made.answer.status <= VOUCH_NXDOMAIN)
        expected = run->ancestors; /* no record, or only foreign ones */
    assert_int_equal(ancestors, expected);
}

/* check_reports - who is always asked reports; who is asked if listed, only if listed or if nobody knows */
static void check_reports(const struct game *game, const struct run *run, const struct summary *summary)
{
    const struct kind *pointers = answer_to(game, VOUCH_ASK_POINTERS);
    bool unknown = kind_is_trouble(pointers) || pointers->made.answer.status == VOUCH_CHAIN;
    size_t expected = 0;

    if (kind_has(pointers, FACT_LISTED))
        unknown = false;
    for (unsigned i = 0; i < run->settings->services_count; i++)
        expected += !run->settings->services[i].only_if_listed || unknown || kind_has(pointers, FACT_LISTED);
    assert_int_equal(summary->reports_count, expected);
    for (size_t i = 0; i < summary->reports_count; i++) {
        const struct vouch_report *report = &summary->reports[i];

        if (!run->settings->services[report->service].only_if_listed || !unknown)
            continue;
        assert_int_equal(report->error, pointers == NULL ? VOUCH_TIMEOUT : pointers->made.answer.status);
        assert_false(report->listed);
    }
}

/* replay_pick - the last open question that has an answer, or null */
static struct ask *replay_pick(struct game *again, const struct game *game)
{
    for (size_t i = again->asks_count; i-- > 0;) {
        const struct ask *ask = game_asked(game, again->asks[i].id);

        assert_non_null(ask);
        if (again->asks[i].progress == OPEN && ask->kind != NULL)
            return &again->asks[i];
    }
    return NULL;
}

/* replay - the same answers with the last question first, or each as soon as it is asked; each answer comes twice */
static void replay(const struct game *game, const struct run *run, bool at_once, struct summary *summary)
{
    static struct game again;
    static struct vouch_question question;
    enum vouch_next next;

    game_start(&again, run);
    while ((next = vouch_eval_next(&again.eval, &question)) != VOUCH_DONE) {
        struct ask *open;

        if (next == VOUCH_ASK) {
            game_add(&again, &question);
            if (!at_once)
                continue;
        }
        open = replay_pick(&again, game);
        if (open != NULL) {
            const struct vouch_answer *answer = &game_asked(game, open->id)->kind->made.answer;

            open->progress = GIVEN;
            vouch_eval_answer(&again.eval, open->id, answer);
            vouch_eval_answer(&again.eval, open->id, answer);
        } else if (next == VOUCH_WAIT) {
            vouch_eval_expire(&again.eval);
        }
    }
    summary_take(summary, &again);
}

/* check_leaf - done; late answers change nothing; the order of the answers changed nothing */
static void check_leaf(struct game *game, struct run *run)
{
    static struct summary first, second;
    struct vouch_eval before;
    size_t count;
    const struct kind *kinds = kinds_of(VOUCH_ASK_CSA, &count);

    run->leaves++;
    summary_take(&first, game);
    check_steps(game, &first);
    check_plan(game, run);
    check_reports(game, run, &first);
    before = game->eval;
    for (size_t i = 0; i < game->asks_count; i++)
        vouch_eval_answer(&game->eval, game->asks[i].id, &kinds[i % count].made.answer);
    assert_true(memcmp(&before, &game->eval, sizeof before) == 0);
    for (unsigned at_once = 0; at_once < 2; at_once++) {
        replay(game, run, at_once != 0, &second);
        if (memcmp(&first, &second, sizeof first) == 0)
            continue;
        game_print(game);
        fail_msg("other order, other outcome: %s", vouch_reason_word(second.verdict.reason));
    }
}

/* check_expired - the deadline may pass at any node */
static void check_expired(const struct game *game)
{
    struct game late = *game;
    struct vouch_question question;

    vouch_eval_expire(&late.eval);
    assert_int_equal(vouch_eval_next(&late.eval, &question), VOUCH_DONE);
    for (size_t i = 0; i < late.asks_count; i++) {
        if (late.asks[i].progress == OPEN)
            late.asks[i].progress = NEVER;
    }
    game_check(&late);
}

/* last_target - the index of the last answer to a target: targets are alike, so their answers are played sorted */
static size_t last_target(const struct game *game)
{
    size_t last = 0;

    for (size_t i = 0; i < game->asks_count; i++) {
        if (game->asks[i].purpose == VOUCH_ASK_TARGET && game->asks[i].progress != OPEN)
            last = game->asks[i].index;
    }
    return last;
}

static void explore(struct game *game, struct run *run);

/* explore_ask - play every answer to one question */
static void explore_ask(const struct game *game, struct run *run, size_t at)
{
    enum vouch_purpose purpose = game->asks[at].purpose;
    size_t count, first = purpose == VOUCH_ASK_TARGET ? last_target(game) : 0;
    const struct kind *kinds = kinds_of(purpose, &count);

    for (size_t i = first; i < count; i++) {
        struct game fork;

        if ((run->alphabets[purpose] & UINT32_C(1) << i) == 0)
            continue;
        fork = *game;
        game_answer(&fork, &fork.asks[at], i, &kinds[i]);
        explore(&fork, run);
    }
    if (run->never) {
        struct game fork = *game;

        fork.asks[at].progress = NEVER;
        fork.asks[at].index = count;
        explore(&fork, run);
    }
}

/* explore - all that can follow */
static void explore(struct game *game, struct run *run)
{
    struct ask *open;

    game_hear(game);
    game_check(game);
    check_expired(game);
    open = game_find(game, OPEN);
    if (open != NULL) {
        explore_ask(game, run, (size_t)(open - game->asks));
        return;
    }
    check_deaf(game);
    if (game_find(game, NEVER) != NULL)
        vouch_eval_expire(&game->eval);
    game_check(game);
    check_leaf(game, run);
}

static void play(struct run *run)
{
    static struct game game;

    game_start(&game, run);
    explore(&game, run);
    print_message("             %s: %zu sessions\n", run->what, run->leaves);
}

/* set_of - a bit mask of kinds by name */
static uint32_t set_of(enum vouch_purpose purpose, const char *const *names, size_t names_count)
{
    size_t count;
    const struct kind *kinds = kinds_of(purpose, &count);
    uint32_t set = 0;

    for (size_t i = 0; i < names_count; i++) {
        size_t at = 0;

        while (at < count && strcmp(kinds[at].what, names[i]) != 0)
            at++;
        assert_true(at < count);
        set |= UINT32_C(1) << at;
    }
    return set;
}

#define SET(purpose, ...)                                                                                              \
    set_of(purpose, (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))

/* run_init - every kind of answer to everything */
static void run_init(struct run *run, const char *what, struct vouch_settings *settings)
{
    memset(run, 0, sizeof *run);
    memset(run->alphabets, 0xff, sizeof run->alphabets);
    game_settings(settings);
    run->what = what;
    run->settings = settings;
    run->helo = SELF;
    run->ancestors = 2;
    run->never = true;
}

/* Every SRV answer, every address of the HELO name, every target, every ancestor; one service. */
static void test_every_csa_answer(void **state)
{
    struct vouch_settings settings;
    struct run run;
    uint32_t many;

    (void)state;
    run_init(&run, "few targets, or ancestors", &settings);
    settings.services_count = 1;
    settings.use_reputation = false;
    many = SET(VOUCH_ASK_CSA, "allows four", "allows five");
    run.alphabets[VOUCH_ASK_CSA] = ~many;
    run.alphabets[VOUCH_ASK_REPORT] = SET(VOUCH_ASK_REPORT, "A");
    play(&run);
    run.what = "four targets";
    run.leaves = 0;
    run.alphabets[VOUCH_ASK_CSA] = many;
    run.alphabets[VOUCH_ASK_ADDRESS] = SET(VOUCH_ASK_ADDRESS, "the client", "another");
    play(&run);
}

/* Every report of one service, every pointer, every report of the service it names. */
static void test_every_dna_answer(void **state)
{
    struct vouch_settings settings;
    struct run run;

    (void)state;
    run_init(&run, "one service, one if listed, a list", &settings);
    settings.services[1] = settings.services[3];
    settings.services_count = 3;
    settings.use_reputation = false;
    run.alphabets[VOUCH_ASK_CSA] = SET(VOUCH_ASK_CSA, "allows self", "prohibits", "ignores its target");
    run.alphabets[VOUCH_ASK_ADDRESS] = SET(VOUCH_ASK_ADDRESS, "the client", "another");
    play(&run);
}

/* Three services, a list and the store together. */
static void test_everybody_speaks(void **state)
{
    struct vouch_settings settings;
    struct run run;

    (void)state;
    run_init(&run, "three services, a list, reputation", &settings);
    run.alphabets[VOUCH_ASK_CSA] = SET(VOUCH_ASK_CSA, "allows self", "prohibits", "nxdomain of the root");
    run.alphabets[VOUCH_ASK_ADDRESS] = SET(VOUCH_ASK_ADDRESS, "the client");
    run.alphabets[VOUCH_ASK_REPORT] = SET(VOUCH_ASK_REPORT, "A", "D", "failed");
    run.alphabets[VOUCH_ASK_POINTERS] = SET(VOUCH_ASK_POINTERS, "names the service", "nodata", "failed");
    play(&run);
}

/* Five ancestors, in every combination of what they may say. */
static void test_five_ancestors(void **state)
{
    struct vouch_settings settings;
    struct run run;

    (void)state;
    run_init(&run, "five ancestors", &settings);
    settings.services_count = 0;
    settings.use_reputation = false;
    run.helo = "a.b.c.d.e.f.g.example.org";
    run.ancestors = 5;
    run.alphabets[VOUCH_ASK_CSA] = SET(VOUCH_ASK_CSA, "nodata", "foreign");
    run.alphabets[VOUCH_ASK_ADDRESS] = SET(VOUCH_ASK_ADDRESS, "the client");
    run.alphabets[VOUCH_ASK_PARENT] = SET(VOUCH_ASK_PARENT, "explicit", "nxdomain", "failed");
    play(&run);
}

/* pick - the answer that a question gets in assignment `seed`, whatever the order */
static const struct kind *pick(const struct ask *ask, unsigned seed)
{
    size_t count;
    const struct kind *kinds = kinds_of(ask->purpose, &count);

    seed = (seed * 32 + ask->id) * 2654435761U;
    return &kinds[(seed >> 16) % count];
}

/* orders - answer what is open in every order; all must end alike */
static void orders(struct game *game, unsigned seed, struct summary *expected, size_t *count)
{
    static struct summary summary;

    game_hear(game);
    if (game_find(game, OPEN) == NULL) {
        summary_take(&summary, game);
        if ((*count)++ == 0)
            *expected = summary;
        else if (memcmp(expected, &summary, sizeof summary) != 0) {
            game_print(game);
            fail_msg("assignment %u, order %zu", seed, *count);
        }
        return;
    }
    for (size_t i = 0; i < game->asks_count; i++) {
        struct game fork;

        if (game->asks[i].progress != OPEN)
            continue;
        fork = *game;
        game_answer(&fork, &fork.asks[i], 0, pick(&fork.asks[i], seed));
        orders(&fork, seed, expected, count);
    }
}

/* All orders of the answers of some sessions: one verdict, one trace. */
static void test_every_order(void **state)
{
    static struct summary expected;
    struct vouch_settings settings;
    struct run run;
    size_t total = 0;

    (void)state;
    run_init(&run, "all orders", &settings);
    settings.services[1] = settings.services[2];
    settings.services_count = 2;
    settings.use_reputation = false;
    for (unsigned seed = 0; seed < 80; seed++) {
        static struct game game;
        size_t count = 0;

        game_start(&game, &run);
        orders(&game, seed, &expected, &count);
        total += count;
    }
    print_message("             %s: %zu sessions\n", run.what, total);
}

/* After the deadline there is nothing to ask, also if nothing was asked yet. */
static void test_expired_at_once(void **state)
{
    static struct game game;
    struct vouch_settings settings;
    struct run run;

    (void)state;
    run_init(&run, "expired", &settings);
    game_start(&game, &run);
    vouch_eval_expire(&game.eval);
    game_hear(&game);
    assert_int_equal(game.asks_count, 0);
    game_check(&game);
    check_deaf(&game);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_csa_answer), cmocka_unit_test(test_every_dna_answer),
        cmocka_unit_test(test_everybody_speaks), cmocka_unit_test(test_five_ancestors),
        cmocka_unit_test(test_every_order),      cmocka_unit_test(test_expired_at_once),
    };

    kinds_init();
    return cmocka_run_group_tests_name("eval", tests, NULL, NULL);
}
