/*
 * eval.c - a session against a world made of the input: any record, any trouble, any order, any deadline.
 *
 * The verdict is held against what the world said, in the simpler form of world.h: pass only if an answer held the
 * client's address for an allowing record, fail only on what was said, never on trouble. The same world, told in
 * another order or in upper case, gives the same verdict and trace; with answers lost it never gives a fail that it did
 * not give before.
 */
#include "base/text.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

#define OPEN_MAX    64
#define HELO_TARGET 1U
#define NAMES_ALL   ((1U << WORLD_NAMES) - 1)

/* What one play left behind, as the public functions say it. */
struct outcome {
    struct vouch_verdict verdict;
    struct vouch_report reports[VOUCH_SERVICES_MAX];
    size_t reports_count;
    uint32_t trace; /* hash of the steps */
};

/* play_check_unknown - ids that are none, and answers that come again, change nothing */
static void play_check_unknown(struct vouch_eval *eval, const struct world_answer *answer, unsigned answered)
{
    struct vouch_eval before = *eval;

    vouch_eval_answer(eval, answered, &answer->answer);
    vouch_eval_answer(eval, 1000, &answer->answer);
    vouch_eval_answer(eval, ~0U, &answer->answer);
    REQUIRE(memcmp(&before, eval, sizeof before) == 0);
}

/* play_hash - mix a number into the hash of a trace */
static uint32_t play_hash(uint32_t hash, uint32_t number)
{
    return (hash ^ number) * 16777619U;
}

/* play_outcome - take all that the evaluation says */
static void play_outcome(const struct vouch_eval *eval, struct outcome *outcome)
{
    static struct vouch_step step;
    size_t steps = 0;

    memset(outcome, 0, sizeof *outcome);
    vouch_eval_verdict(eval, &outcome->verdict);
    for (; vouch_eval_step(eval, steps, &step); steps++) {
        REQUIRE(step.round == 1 || step.round == 2);
        outcome->trace = play_hash(play_hash(outcome->trace, step.question.id), step.status);
        outcome->trace = play_hash(play_hash(outcome->trace, step.records), step.answered);
        for (const char *at = step.question.name; *at != '\0'; at++)
            outcome->trace = play_hash(outcome->trace, (uint8_t)*at);
        fuzz_require_clean(step.question.name);
    }
    while (vouch_eval_report(eval, outcome->reports_count, &outcome->reports[outcome->reports_count]))
        REQUIRE(++outcome->reports_count < VOUCH_SERVICES_MAX);
}

/* play - one session; `order` chooses which open question is answered next, `limit` after how many time is over */
static void play(const struct world *world, const struct vouch_settings *settings, struct fuzz_input order,
                 unsigned limit, struct said *said, struct outcome *outcome)
{
    struct vouch_facts facts = {.client = world->client,
                                .helo = text_bytes(world->upper ? world_helo_upper(world) : world_helo(world)),
                                .organization = text_bytes(world->upper ? "ABC.XY" : "abc.xy")};
    static struct vouch_question open[OPEN_MAX];
    static struct world_answer answer;
    struct vouch_eval eval;
    enum vouch_next next;
    size_t count = 0;

    said_init(said);
    memset(&eval, 0, sizeof eval);
    vouch_eval_init(&eval, settings, &facts);
    while ((next = vouch_eval_next(&eval, &open[count])) != VOUCH_DONE) {
        size_t at;

        if (next == VOUCH_ASK) {
            said->questions += open[count].type != VOUCH_TYPE_NONE;
            count++;
            REQUIRE(count < OPEN_MAX && said->questions <= VOUCH_QUESTIONS_MAX);
            continue;
        }
        REQUIRE(count > 0);
        if (limit-- == 0) {
            for (size_t i = 0; i < count; i++)
                world_lose(world, &open[i], said);
            vouch_eval_expire(&eval);
            count = 0;
            continue;
        }
        at = fuzz_u8(&order) % count;
        world_ask(world, &open[at], said, &answer);
        vouch_eval_answer(&eval, open[at].id, &answer.answer);
        play_check_unknown(&eval, &answer, open[at].id);
        memmove(&open[at], &open[at + 1], (--count - at) * sizeof open[0]);
    }
    REQUIRE(count == 0);
    play_outcome(&eval, outcome);
}

/* check_csa - hold the result against what was said */
static void check_csa(const struct vouch_verdict *verdict, const struct said *said)
{
    unsigned targets = said->allowed & NAMES_ALL;

    REQUIRE(!said->record_trouble || verdict->csa == VOUCH_CSA_TEMPERROR);
    switch (verdict->csa) {
    case VOUCH_CSA_PASS:
        REQUIRE((targets & said->matched) != 0 && !said->prohibits);
        break;
    case VOUCH_CSA_FAIL:
        REQUIRE(verdict->reason != VOUCH_REASON_PROHIBITED || said->prohibits);
        REQUIRE(verdict->reason != VOUCH_REASON_EXPLICIT || (said->explicit_parent && said->allowed == 0));
        if (verdict->reason == VOUCH_REASON_MISMATCH || verdict->reason == VOUCH_REASON_NO_ADDRESS) {
            REQUIRE(said->allowed != 0 && !said->cut && (targets & (said->matched | said->trouble)) == 0);
            REQUIRE(__builtin_popcount(targets) <= VOUCH_TARGETS_MAX);
            REQUIRE((verdict->reason == VOUCH_REASON_MISMATCH) == ((targets & said->seen) != 0));
        }
        break;
    case VOUCH_CSA_NONE:
    case VOUCH_CSA_NEUTRAL:
    case VOUCH_CSA_TEMPERROR:
    case VOUCH_CSA_PERMERROR:
        REQUIRE(!said->prohibits || said->record_trouble);
        break;
    }
    REQUIRE((verdict->identity == VOUCH_IDENTITY_CSA) == (verdict->csa == VOUCH_CSA_PASS));
    REQUIRE(
        verdict->identity != VOUCH_IDENTITY_FORWARD ||
        ((said->matched & HELO_TARGET) != 0 && verdict->csa != VOUCH_CSA_FAIL && verdict->csa != VOUCH_CSA_NEUTRAL));
}

/* check_trust - good news only for a proven name, bad news only if somebody said it, and the sum is right */
static void check_trust(const struct vouch_verdict *verdict, const struct vouch_settings *settings,
                        const struct said *said)
{
    bool by_address = verdict->service >= 0 && settings->services[verdict->service].style == VOUCH_STYLE_ADDRESS_LIST;
    int sum = 0;

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];

        sum += row->points;
        REQUIRE(i == 0 || row[-1].token <= row->token);
        REQUIRE(row->why == VOUCH_WITHHELD_NOT || row->points == 0);
        REQUIRE(row->points <= 0 || verdict->identity != VOUCH_IDENTITY_NONE || by_address);
        REQUIRE(row->points <= 0 || verdict->csa != VOUCH_CSA_FAIL);
        REQUIRE(row->points <= 0 || verdict->secure || !settings->require_dnssec);
        REQUIRE(row->points >= 0 || said->blamed || verdict->csa == VOUCH_CSA_FAIL ||
                verdict->reason == VOUCH_REASON_RESERVED_WEIGHT);
        REQUIRE(row->points <= 0 || said->praised || verdict->csa == VOUCH_CSA_PASS);
    }
    REQUIRE(verdict->score == (sum > 100 ? 100 : sum < -100 ? -100 : sum));
    REQUIRE(verdict->hoped >= verdict->score && (!verdict->withheld || verdict->suspended_name[0] != '\0'));
    REQUIRE(verdict->best >= verdict->score && (verdict->best == verdict->score || verdict->incomplete));
    REQUIRE((verdict->level == VOUCH_LEVEL_UNTRUSTED) == (verdict->best <= settings->reject_at));
    REQUIRE((verdict->level == VOUCH_LEVEL_TRUSTED) == (verdict->score >= settings->accept_at));
}

/* check_reports - each service reports the worst letter that it said, and only one report is used */
static void check_reports(const struct outcome *outcome, const struct vouch_settings *settings, const struct said *said)
{
    unsigned used = 0;

    for (size_t i = 0; i < outcome->reports_count; i++) {
        const struct vouch_report *report = &outcome->reports[i];
        int worst = said->worst[report->service];

        used += report->used;
        REQUIRE(report->listed == (worst >= 0));
        REQUIRE((int)report->rating == (worst >= 0 ? worst : VOUCH_RATING_C));
        REQUIRE(!report->used || (report->service == outcome->verdict.service && report->listed));
        REQUIRE(!report->used || !settings->services[report->service].suspended);
        REQUIRE(!report->listed || (report->error == VOUCH_FOUND && !report->too_many));
        REQUIRE(said->errors[report->service] == VOUCH_FOUND || report->error == said->errors[report->service]);
    }
    REQUIRE(used == (outcome->verdict.service >= 0));
}

/* check_texts - nothing hostile gets out, whatever the verdict */
static void check_texts(const struct vouch_verdict *verdict)
{
    char header[VOUCH_HEADER_SIZE], reply[VOUCH_REPLY_SIZE];
    struct vouch_policy policy;

    vouch_policy_init(&policy);
    vouch_policy_header(&policy, verdict, text_bytes("mail.abc.xy"), header);
    vouch_policy_reply(&policy, verdict, NULL, reply);
    fuzz_require_clean(header);
    fuzz_require_clean(reply);
    REQUIRE((reply[0] != '\0') == (verdict->level == VOUCH_LEVEL_UNTRUSTED));
}

/* check - all that holds for one play */
static void check(const struct outcome *outcome, const struct vouch_settings *settings, const struct said *said)
{
    const struct vouch_verdict *verdict = &outcome->verdict;

    REQUIRE(verdict->questions == said->questions);
    REQUIRE(verdict->has_ttl == said->has_ttl && (!said->has_ttl || verdict->ttl_s == said->ttl_s));
    check_csa(verdict, said);
    check_trust(verdict, settings, said);
    check_reports(outcome, settings, said);
    check_texts(verdict);
}

/* check_same - two plays that must not differ */
static void check_same(const struct outcome *a, const struct outcome *b)
{
    REQUIRE(memcmp(&a->verdict, &b->verdict, sizeof a->verdict) == 0);
    REQUIRE(a->trace == b->trace && a->reports_count == b->reports_count);
    for (size_t i = 0; i < a->reports_count; i++) {
        REQUIRE(a->reports[i].service == b->reports[i].service && a->reports[i].rating == b->reports[i].rating);
        REQUIRE(a->reports[i].error == b->reports[i].error && a->reports[i].listed == b->reports[i].listed);
        REQUIRE(strcmp(a->reports[i].info, b->reports[i].info) == 0);
    }
}

/* eval_codes - the table of all lists: 127.0.0.1 to .4 are A, B, D, E, .5 is an error */
static void eval_codes(struct vouch_settings *settings)
{
    static const enum vouch_rating ratings[] = {VOUCH_RATING_A, VOUCH_RATING_B, VOUCH_RATING_D, VOUCH_RATING_E};

    for (uint8_t i = 1; i <= 5; i++) {
        struct vouch_code code = {
            .low = {127, 0, 0, i}, .high = {127, 0, 0, i}, .rating = VOUCH_RATING_C, .error = i == 5};

        if (!code.error)
            code.rating = ratings[i - 1];
        settings->codes[settings->codes_count++] = code;
    }
}

/* eval_services - services that the input chooses: names that the world's pointers know */
static void eval_services(struct vouch_settings *settings, struct fuzz_input *input)
{
    static const enum vouch_style styles[8] = {VOUCH_STYLE_DNA,          VOUCH_STYLE_DNA, VOUCH_STYLE_DNA,
                                               VOUCH_STYLE_VBR,          VOUCH_STYLE_VBR, VOUCH_STYLE_DOMAIN_LIST,
                                               VOUCH_STYLE_ADDRESS_LIST, VOUCH_STYLE_LIST};

    eval_codes(settings);
    settings->services_count = fuzz_u8(input) % VOUCH_SERVICES_MAX;
    for (unsigned i = 0; i < settings->services_count; i++) {
        struct vouch_service *service = &settings->services[i];
        uint8_t options = fuzz_u8(input), more = fuzz_u8(input);

        if (snprintf(service->name, sizeof service->name, "s%u.xy", i) < 0)
            continue;
        service->style = styles[options % 8];
        service->weight_milli = (uint16_t)(options / 8 % 4 * 333);
        service->positives = (options & 32) == 0;
        service->negatives = (options & 64) == 0;
        service->only_if_listed = (options & 128) != 0 && service->style != VOUCH_STYLE_LIST;
        service->ask_organization = more % 4 == 0;
        service->suspended = more / 4 % 4 == 0;
        service->codes_count = settings->codes_count;
    }
}

/* eval_settings - settings that the input chooses, as the configuration allows them */
static void eval_settings(struct vouch_settings *settings, struct fuzz_input *input)
{
    uint8_t options = fuzz_u8(input), floors = fuzz_u8(input);

    vouch_settings_init(settings);
    settings->parent_search = (options & 1) == 0;
    settings->strict = (options & 2) != 0;
    settings->require_dnssec = (options & 4) != 0;
    settings->use_reputation = (options & 8) != 0;
    settings->quorum = (uint8_t)(1 + options / 16 % 4);
    settings->accreditation_floor = (enum vouch_identity)(VOUCH_IDENTITY_FORWARD + floors % 3);
    settings->own_lists_floor = (enum vouch_identity)(VOUCH_IDENTITY_FORWARD + floors / 4 % 3);
    settings->accept_at = (int16_t)(1 + floors / 16 * 6);
    eval_services(settings, input);
}

/* eval_variants - the same session told in other ways */
static void eval_variants(struct world world, const struct vouch_settings *settings, const struct outcome *outcome)
{
    struct fuzz_input front = {NULL, 0, 0};
    struct outcome other;
    struct said said;

    for (unsigned variant = 0; variant < 3; variant++) {
        world.reverse = variant != 0;
        world.upper = variant == 2;
        play(&world, settings, front, OPEN_MAX, &said, &other);
        check_same(outcome, &other);
    }
    world.spoil = true;
    play(&world, settings, front, OPEN_MAX, &said, &other);
    check(&other, settings, &said);
    REQUIRE(other.verdict.csa != VOUCH_CSA_FAIL || outcome->verdict.csa == VOUCH_CSA_FAIL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vouch_address clients[] = {{4, {192, 0, 2, 10}}, {6, {0x20, 1, 0xd, 0xb8, 0, 1}}};
    struct fuzz_input input = {data, size, 0};
    struct world world = {.data = data, .size = size};
    struct vouch_settings settings;
    struct outcome outcome;
    struct said said;
    uint8_t options;
    unsigned limit;

    eval_settings(&settings, &input);
    options = fuzz_u8(&input);
    world.client = clients[options & 1];
    world.deep = (options & 2) != 0;
    world.spoiled = options / 4;
    limit = fuzz_u8(&input);
    play(&world, &settings, input, limit < OPEN_MAX ? limit : OPEN_MAX, &said, &outcome);
    check(&outcome, &settings, &said);
    if (limit >= OPEN_MAX) /* else time ran out at a place that depends on the order */
        eval_variants(world, &settings, &outcome);
    return 0;
}
