/*
 * eval.c - a session against a world made of the input: any record, any trouble, any order, any deadline.
 *
 * The answer to a question depends on its name and type only, so the same session can be played in another order. What
 * the world said is kept in a second, simpler form, and the verdict is held against it: pass only if an answer held
 * the client's address for an allowing record, fail only on what was said, never on trouble.
 */
#include "base/text.h"
#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#define RECORDS_MAX 24
#define RDATA_MAX   32
#define OPEN_MAX    64

static const struct vouch_address client = {.family = 4, .octets = {192, 0, 2, 10}};

/* What the world said in one play. */
struct said {
    bool prohibits, allows, explicit_parent;
    bool matched;         /* an address answer, or Additional data, held the client */
    bool record_trouble;  /* the SRV answer was trouble */
    bool address_trouble; /* an address answer was trouble, late or malformed */
    unsigned questions, rounds_max;
};

/* One answer with the memory that it views. */
struct world {
    struct vouch_answer answer;
    struct vouch_record records[RECORDS_MAX], additional;
    uint8_t rdata[RECORDS_MAX][RDATA_MAX];
};

static const uint8_t names[][13] = {"\4mail\3abc\2xy", "\1a\3abc\2xy", "\1b\3abc\2xy", "\1C\3abc\2xy",
                                    "\1d\3abc\2xy",    "\1e\3abc\2xy", "\0",           "\4MAIL\3abc\2xy"};

/* world_bytes - bytes of the input that belong to this question: from a place that its name and type choose */
static struct fuzz_input world_bytes(const struct fuzz_input *input, const struct vouch_question *question)
{
    uint32_t hash = 2166136261U + (uint32_t)question->type;
    struct fuzz_input bytes = *input;

    for (const char *at = question->name; *at != '\0'; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619U;
    bytes.at = input->size == 0 ? 0 : hash % input->size;
    return bytes;
}

/* world_add - add RDATA to the answer */
static void world_add(struct world *world, const uint8_t *rdata, size_t length)
{
    size_t at = world->answer.records_count++;

    memcpy(world->rdata[at], rdata, length);
    world->records[at].rdata.data = world->rdata[at];
    world->records[at].rdata.length = length;
}

/* world_add_srv - one SRV record, sometimes cut short */
static void world_add_srv(struct world *world, struct fuzz_input *bytes, struct said *said, bool parent)
{
    static const uint16_t priorities[] = {1, 1, 1, 1, 2, 0}, weights[] = {2, 2, 1, 3, 0, 4, 2, 6},
                          ports[] = {0, 1, 443, 2};
    uint16_t priority = FUZZ_PICK(bytes, priorities), weight = FUZZ_PICK(bytes, weights),
             port = FUZZ_PICK(bytes, ports);
    const uint8_t *name = FUZZ_PICK(bytes, names);
    uint8_t rdata[RDATA_MAX] = {0, (uint8_t)priority, 0, (uint8_t)weight, (uint8_t)(port >> 8), (uint8_t)port};
    size_t length = 6 + strlen((const char *)name) + 1;
    uint8_t cut = fuzz_u8(bytes);
    bool whole = cut % 8 != 0, foreign = weight == 0 && port > 1;

    memcpy(rdata + 6, name, length - 6);
    world_add(world, rdata, whole ? length : cut / 8 % length);
    if (!whole || priority != 1 || weight > 3 || foreign)
        return;
    if (parent)
        said->explicit_parent = said->explicit_parent || (port & 1) != 0;
    else {
        said->prohibits = said->prohibits || weight < 2;
        said->allows = said->allows || weight == 2;
    }
}

/* world_add_address - the client's address, another one, or what is none */
static void world_add_address(struct world *world, struct fuzz_input *bytes, struct said *said)
{
    static const uint8_t other[5] = {198, 51, 100, 1, 1};
    uint8_t kind = fuzz_u8(bytes) % 8;

    if (kind == 0) {
        world_add(world, client.octets, 4);
        said->matched = true;
    } else {
        world_add(world, other, kind == 1 ? 3 : kind == 2 ? 5 : 4);
        said->address_trouble = said->address_trouble || kind == 1 || kind == 2;
    }
}

/* world_add_text - a report, or something like it */
static void world_add_text(struct world *world, struct fuzz_input *bytes)
{
    static const char *const texts[] = {"\11MARID,1,A", "\14MARID,1,E;ab", "\11MARID,1,D", "\11MARID,1,F",
                                        "\1x",          "\11MARI"};
    const char *text = FUZZ_PICK(bytes, texts);

    world_add(world, (const uint8_t *)text, strlen(text));
}

/* world_trouble - note what trouble this question had */
static void world_trouble(struct said *said, enum vouch_purpose purpose)
{
    if (purpose == VOUCH_ASK_CSA)
        said->record_trouble = true;
    if (purpose == VOUCH_ASK_ADDRESS || purpose == VOUCH_ASK_TARGET)
        said->address_trouble = true;
}

/* world_fill - records of the type that was asked */
static void world_fill(struct world *world, struct fuzz_input *bytes, const struct vouch_question *question,
                       struct said *said)
{
    static const uint8_t pointer[] = "\6_vouch\5_smtp\1s";
    size_t count = fuzz_u8(bytes) % RECORDS_MAX + 1;

    world->answer.cut = fuzz_u8(bytes) % 16 == 0;
    for (size_t i = 0; i < count; i++) {
        if (question->type == VOUCH_TYPE_SRV)
            world_add_srv(world, bytes, said, question->purpose == VOUCH_ASK_PARENT);
        else if (question->type == VOUCH_TYPE_TXT)
            world_add_text(world, bytes);
        else if (question->type == VOUCH_TYPE_PTR)
            world_add(world, pointer, sizeof pointer);
        else
            world_add_address(world, bytes, said);
    }
    if (question->type == VOUCH_TYPE_A && world->answer.cut)
        said->address_trouble = true;
    if (question->purpose == VOUCH_ASK_CSA && fuzz_u8(bytes) % 4 == 0) {
        world->additional.type = VOUCH_TYPE_A;
        world->additional.owner.data = FUZZ_PICK(bytes, names);
        world->additional.owner.length = strlen((const char *)world->additional.owner.data) + 1;
        world->additional.rdata.data = client.octets;
        world->additional.rdata.length = 4;
        world->answer.additional = &world->additional;
        world->answer.additional_count = 1;
        said->matched = true;
    }
}

/* world_answer - what the world says to a question */
static void world_answer(struct world *world, const struct fuzz_input *input, const struct vouch_question *question,
                         struct said *said)
{
    static const enum vouch_status statuses[] = {VOUCH_FOUND,    VOUCH_FOUND, VOUCH_FOUND,  VOUCH_FOUND,   VOUCH_NODATA,
                                                 VOUCH_NXDOMAIN, VOUCH_CHAIN, VOUCH_FAILED, VOUCH_TIMEOUT, VOUCH_BOGUS};
    struct fuzz_input bytes = world_bytes(input, question);

    memset(world, 0, sizeof *world);
    world->answer.records = world->records;
    world->answer.status = FUZZ_PICK(&bytes, statuses);
    world->answer.secure = fuzz_u8(&bytes) % 2 == 0;
    world->answer.has_ttl = true;
    world->answer.ttl_s = fuzz_u8(&bytes);
    if (question->type == VOUCH_TYPE_NONE) {
        world->answer.listing = (enum vouch_listing)(fuzz_u8(&bytes) % 3);
        world->answer.reputation.score = (int16_t)(fuzz_u8(&bytes) % 201 - 100);
        world->answer.reputation.confidence_milli = 900;
    } else if (world->answer.status == VOUCH_FOUND) {
        world_fill(world, &bytes, question, said);
    } else if (world->answer.status > VOUCH_NXDOMAIN) {
        world_trouble(said, question->purpose);
    }
}

/* play_check_unknown - ids that are none, and answers that come again, change nothing */
static void play_check_unknown(struct vouch_eval *eval, const struct world *world, unsigned answered)
{
    struct vouch_eval before = *eval;

    vouch_eval_answer(eval, answered, &world->answer);
    vouch_eval_answer(eval, 1000, &world->answer);
    REQUIRE(memcmp(&before, eval, sizeof before) == 0);
}

/* play - one session; `order` chooses which open question is answered next, `limit` after how many time is over */
static void play(const struct fuzz_input *input, const struct vouch_settings *settings, struct fuzz_input order,
                 unsigned limit, struct said *said, struct vouch_eval *eval)
{
    struct vouch_facts facts = {.client = client, .helo = text_bytes("mail.abc.xy")};
    struct vouch_question open[OPEN_MAX];
    enum vouch_next next;
    size_t count = 0;

    memset(said, 0, sizeof *said);
    memset(eval, 0, sizeof *eval);
    vouch_eval_init(eval, settings, &facts);
    while ((next = vouch_eval_next(eval, &open[count])) != VOUCH_DONE) {
        struct world world;
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
                world_trouble(said, open[i].purpose);
            vouch_eval_expire(eval);
            count = 0;
            continue;
        }
        at = fuzz_u8(&order) % count;
        world_answer(&world, input, &open[at], said);
        vouch_eval_answer(eval, open[at].id, &world.answer);
        play_check_unknown(eval, &world, open[at].id);
        memmove(&open[at], &open[at + 1], (--count - at) * sizeof open[0]);
    }
}

/* check_verdict - hold the verdict against what the world said */
static void check_verdict(const struct vouch_verdict *verdict, const struct said *said)
{
    int sum = 0;

    REQUIRE(verdict->questions == said->questions);
    if (verdict->csa == VOUCH_CSA_PASS)
        REQUIRE(said->allows && said->matched && !said->record_trouble);
    if (verdict->csa == VOUCH_CSA_FAIL) {
        REQUIRE(!said->record_trouble);
        REQUIRE(verdict->reason != VOUCH_REASON_PROHIBITED || said->prohibits);
        REQUIRE(verdict->reason != VOUCH_REASON_EXPLICIT || said->explicit_parent);
        REQUIRE((verdict->reason != VOUCH_REASON_MISMATCH && verdict->reason != VOUCH_REASON_NO_ADDRESS) ||
                said->allows);
        REQUIRE(verdict->identity == VOUCH_IDENTITY_NONE);
    }
    REQUIRE(verdict->identity != VOUCH_IDENTITY_CSA || verdict->csa == VOUCH_CSA_PASS);
    REQUIRE(verdict->identity != VOUCH_IDENTITY_FORWARD || said->matched);
    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        sum += verdict->evidence[i].points;
        REQUIRE(verdict->csa != VOUCH_CSA_FAIL || verdict->evidence[i].points <= 0);
    }
    REQUIRE(verdict->score == (sum > 100 ? 100 : sum < -100 ? -100 : sum));
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

/* eval_settings - settings that the input chooses */
static void eval_settings(struct vouch_settings *settings, struct fuzz_input *input)
{
    uint8_t options = fuzz_u8(input);

    vouch_settings_init(settings);
    settings->parent_search = (options & 1) == 0;
    settings->strict = (options & 2) != 0;
    settings->require_dnssec = (options & 4) != 0;
    settings->use_reputation = (options & 8) != 0;
    settings->services_count = options / 16 % 9;
    for (unsigned i = 0; i < settings->services_count; i++) {
        struct vouch_service *service = &settings->services[i];

        if (snprintf(service->name, sizeof service->name, i == 0 ? "s" : "s%u", i) < 0)
            continue;
        service->style = i % 4 == 3 ? VOUCH_STYLE_LIST : VOUCH_STYLE_DNA;
        service->weight_milli = (uint16_t)(i % 2 == 0 ? 1000 : 500);
        service->positives = service->negatives = true;
        service->only_if_listed = i % 3 == 0 && service->style == VOUCH_STYLE_DNA;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0}, front = {NULL, 0, 0};
    struct vouch_verdict verdict, other;
    struct vouch_settings settings;
    struct vouch_eval eval;
    struct said said;
    unsigned limit;

    eval_settings(&settings, &input);
    limit = fuzz_u8(&input);
    play(&input, &settings, input, limit, &said, &eval);
    vouch_eval_verdict(&eval, &verdict);
    check_verdict(&verdict, &said);
    check_texts(&verdict);
    if (limit < OPEN_MAX)
        return 0; /* time ran out at a place that depends on the order */
    play(&input, &settings, front, limit, &said, &eval);
    vouch_eval_verdict(&eval, &other);
    REQUIRE(memcmp(&verdict, &other, sizeof verdict) == 0);
    return 0;
}
