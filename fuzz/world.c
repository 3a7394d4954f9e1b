/*
 * world.c - answers made of the input, and the simpler form of what they say.
 */
#include "world.h"

#include "base/text.h"

#include <string.h>

#define REPORTS_INFO_AT 10 /* octets of a report before its free text */

/* Targets in wire form. The first and the last are the HELO name, which world_target puts in. */
static const char *const targets[WORLD_NAMES] = {
    "", "\1a\3abc\2xy", "\1B\3abc\2xy", "\1c\3abc\2xy", "\1d\3abc\2xy", "\1e\3abc\2xy", "\1f\3net", ""};
static const char *const target_texts[WORLD_NAMES] = {"",         "a.abc.xy", "b.abc.xy", "c.abc.xy",
                                                      "d.abc.xy", "e.abc.xy", "f.net",    ""};

const char *world_helo(const struct world *world)
{
    return world->deep ? "mail.1.2.3.4.abc.xy" : "mail.abc.xy";
}

const char *world_helo_upper(const struct world *world)
{
    return world->deep ? "MAIL.1.2.3.4.ABC.XY" : "MAIL.ABC.XY";
}

void said_init(struct said *said)
{
    memset(said, 0, sizeof *said);
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++)
        said->worst[i] = -1;
}

/* world_bytes - bytes of the input that belong to this question: from a place that its name and type choose */
static struct fuzz_input world_bytes(const struct world *world, const struct vouch_question *question, uint32_t *hash)
{
    struct fuzz_input bytes = {world->data, world->size, 0};

    *hash = 2166136261U + (uint32_t)question->type;
    for (const char *at = question->name; *at != '\0'; at++)
        *hash = (*hash ^ (uint8_t)*at) * 16777619U;
    bytes.at = world->size == 0 ? 0 : (*hash >> 8) % world->size;
    return bytes;
}

/* world_index - the set that holds this name alone; the HELO name is number 0 */
static unsigned world_index(const struct world *world, const char *name)
{
    if (strcmp(name, world_helo(world)) == 0)
        return 1;
    for (unsigned i = 1; i < WORLD_NAMES; i++) {
        if (strcmp(name, target_texts[i]) == 0)
            return 1U << i;
    }
    return 0;
}

/* world_target - write a target in wire form, sometimes the root; its length */
static size_t world_target(const struct world *world, unsigned number, uint8_t *wire)
{
    size_t length;

    if (number == WORLD_NAMES) {
        wire[0] = 0;
        return 1;
    }
    if (number == 0 || number == WORLD_NAMES - 1)
        length = vouch_name_parse(wire, world_helo(world), strlen(world_helo(world)));
    else {
        length = strlen(targets[number]) + 1;
        memcpy(wire, targets[number], length);
    }
    for (size_t i = 0; i < length && (world->upper || number == WORLD_NAMES - 1); i++)
        wire[i] = wire[i] >= 'a' && wire[i] <= 'z' ? (uint8_t)(wire[i] - 'a' + 'A') : wire[i];
    return length;
}

/* world_add - add RDATA to the answer */
static void world_add(struct world_answer *out, const void *rdata, size_t length)
{
    size_t at = out->answer.records_count++;

    REQUIRE(at < WORLD_RECORDS_MAX && length <= WORLD_RDATA_MAX);
    memcpy(out->rdata[at], rdata, length);
    out->records[at].rdata.data = out->rdata[at];
    out->records[at].rdata.length = length;
}

/* world_add_srv - one SRV record, sometimes cut short */
static void world_add_srv(const struct world *world, struct world_answer *out, struct fuzz_input *bytes,
                          struct said *said, bool parent)
{
    static const uint16_t priorities[] = {1, 1, 1, 1, 1, 1, 2, 0}, weights[] = {2, 2, 2, 3, 0, 4, 2, 6, 1, 2, 2, 2},
                          ports[] = {0, 1, 443, 2};
    uint16_t priority = FUZZ_PICK(bytes, priorities), weight = FUZZ_PICK(bytes, weights),
             port = FUZZ_PICK(bytes, ports);
    unsigned number = fuzz_u8(bytes) % (WORLD_NAMES + 1);
    uint8_t rdata[WORLD_RDATA_MAX] = {0, (uint8_t)priority, 0, (uint8_t)weight, (uint8_t)(port >> 8), (uint8_t)port};
    size_t length = 6 + world_target(world, number, rdata + 6);
    uint8_t cut = fuzz_u8(bytes);

    world_add(out, rdata, cut % 16 != 0 ? length : cut / 16 % length);
    if (cut % 16 == 0 || priority != 1 || weight > 3 || (weight == 0 && port > 1))
        return;
    if (parent) {
        said->explicit_parent = said->explicit_parent || (port & 1) != 0;
    } else if (weight < 2) {
        said->prohibits = true;
    } else if (weight == 2) {
        said->allowed |= number == WORLD_NAMES - 1 ? 1 : number == WORLD_NAMES ? 0 : 1U << number;
        said->allowed |= 1U << WORLD_NAMES; /* some record allows, if only the root */
    }
}

/* world_add_address - the client's address, another one, or what is none */
static void world_add_address(const struct world *world, struct world_answer *out, struct fuzz_input *bytes,
                              unsigned name, struct said *said)
{
    static const uint8_t other[17] = {198, 51, 100, 1};
    size_t length = world->client.family == 4 ? 4 : 16;
    uint8_t kind = fuzz_u8(bytes) % 8;

    if (kind == 0) {
        world_add(out, world->client.octets, length);
        said->matched |= name;
    } else {
        world_add(out, other, kind == 1 ? length - 1 : kind == 2 ? length + 1 : length);
        said->trouble |= kind == 1 || kind == 2 ? name : 0;
    }
    said->seen |= kind == 1 || kind == 2 ? 0 : name;
}

/* world_add_text - a report, or something like it; free text may hold anything */
static void world_add_text(struct world_answer *out, struct fuzz_input *bytes, int service, struct said *said)
{
    static const char letters[] = "AABBCDEF";
    uint8_t rdata[WORLD_RDATA_MAX] = "\12MARID,1,A;";
    uint8_t letter = (uint8_t)letters[fuzz_u8(bytes) % (sizeof letters - 1)], extra = fuzz_u8(bytes);

    rdata[REPORTS_INFO_AT - 1] = letter;
    for (size_t i = 0; i < extra % 8U; i++)
        rdata[1 + REPORTS_INFO_AT + i] = fuzz_u8(bytes);
    rdata[0] = (uint8_t)(REPORTS_INFO_AT + extra % 8);
    if (extra >= 240) /* the character-string leads out of the RDATA */
        rdata[0]++;
    world_add(out, rdata, (size_t)(1 + REPORTS_INFO_AT + extra % 8));
    if (extra >= 240 || letter == 'F')
        return;
    if (letter - 'A' > said->worst[service])
        said->worst[service] = letter - 'A';
}

/* world_add_words - a record of VBR, or something like it */
static void world_add_words(struct world_answer *out, struct fuzz_input *bytes, int service, struct said *said)
{
    static const struct {
        const char *text;
        int rating; /* -1: it is none */
    } records[] = {{"all", VOUCH_RATING_A},
                   {"list", VOUCH_RATING_C},
                   {"list all", VOUCH_RATING_A},
                   {"All", -1},
                   {"list  x", VOUCH_RATING_C},
                   {"all ", -1},
                   {"", -1},
                   {"all;", -1}};
    unsigned number = fuzz_u8(bytes) % FUZZ_COUNT(records);
    uint8_t rdata[WORLD_RDATA_MAX];

    rdata[0] = (uint8_t)strlen(records[number].text);
    memcpy(rdata + 1, records[number].text, rdata[0]);
    world_add(out, rdata, rdata[0] + 1U);
    if (records[number].rating > said->worst[service])
        said->worst[service] = records[number].rating;
}

/* world_add_code - an address of a list: 127.0.0.1 to .4 are A, B, D, E (world.h), others are errors or unknown */
static void world_add_code(struct world_answer *out, struct fuzz_input *bytes, int service, struct said *said)
{
    static const enum vouch_rating ratings[] = {VOUCH_RATING_A, VOUCH_RATING_B, VOUCH_RATING_D, VOUCH_RATING_E};
    const uint8_t kind = fuzz_u8(bytes);
    uint8_t rdata[5] = {127, 0, 0, (uint8_t)(1 + kind % 6), 0};

    if (kind % 16 == 15)
        rdata[0] = kind;
    world_add(out, rdata, kind % 32 == 30 ? 3 : kind % 32 == 31 ? 5 : 4);
    if (kind % 32 >= 30 || rdata[0] != 127 || rdata[3] > FUZZ_COUNT(ratings))
        said->errors[service] = VOUCH_FAILED;
    else if ((int)ratings[rdata[3] - 1] > said->worst[service])
        said->worst[service] = (int)ratings[rdata[3] - 1];
}

/* world_end_report - an error in a list's answer spoils what else it said */
static void world_end_report(struct world_answer *out, const struct vouch_question *question, struct said *said)
{
    if (question->type == VOUCH_TYPE_A && out->answer.cut)
        said->errors[question->service] = VOUCH_FAILED;
    if (said->errors[question->service] != VOUCH_FOUND)
        said->worst[question->service] = -1;
}

/* world_add_report - a record of an accreditor, by the style that its question shows */
static void world_add_report(struct world_answer *out, struct fuzz_input *bytes, const struct vouch_question *question,
                             struct said *said)
{
    if (question->type == VOUCH_TYPE_A)
        world_add_code(out, bytes, question->service, said);
    else if (strstr(question->name, "._vouch.") != NULL)
        world_add_words(out, bytes, question->service, said);
    else
        world_add_text(out, bytes, question->service, said);
}

/* world_add_additional - an address beside the SRV answer */
static void world_add_additional(const struct world *world, struct world_answer *out, struct fuzz_input *bytes,
                                 struct said *said)
{
    unsigned number = fuzz_u8(bytes) % WORLD_NAMES;

    if (fuzz_u8(bytes) % 4 != 0)
        return;
    out->additional.type = world->client.family == 4 ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA;
    out->additional.owner.data = out->owner;
    out->additional.owner.length = world_target(world, number, out->owner);
    out->additional.rdata.data = world->client.octets;
    out->additional.rdata.length = world->client.family == 4 ? 4 : 16;
    out->answer.additional = &out->additional;
    out->answer.additional_count = 1;
    said->matched |= number == WORLD_NAMES - 1 ? 1 : 1U << number;
}

/* world_fill - records of the type that was asked */
static void world_fill(const struct world *world, struct world_answer *out, struct fuzz_input *bytes,
                       const struct vouch_question *question, struct said *said)
{
    static const char pointer[] = "\6_vouch\5_smtp\2s0\2xy";
    unsigned name = world_index(world, question->name);
    size_t count = fuzz_u8(bytes) % WORLD_RECORDS_MAX;

    count = count < WORLD_RECORDS_MAX / 2 ? count % 4 + 1 : count;
    out->answer.cut = fuzz_u8(bytes) % 16 == 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t rdata[sizeof pointer];

        if (question->type == VOUCH_TYPE_SRV) {
            world_add_srv(world, out, bytes, said, question->purpose == VOUCH_ASK_PARENT);
        } else if (question->purpose == VOUCH_ASK_REPORT) {
            world_add_report(out, bytes, question, said);
        } else if (question->type == VOUCH_TYPE_PTR) {
            memcpy(rdata, pointer, sizeof rdata);
            rdata[15] = (uint8_t)('0' + fuzz_u8(bytes) % 10);
            world_add(out, rdata, sizeof rdata);
        } else {
            world_add_address(world, out, bytes, name, said);
        }
    }
    if (question->purpose == VOUCH_ASK_CSA) {
        said->cut = out->answer.cut;
        world_add_additional(world, out, bytes, said);
    } else if (question->purpose == VOUCH_ASK_REPORT) {
        world_end_report(out, question, said);
    } else if (out->answer.cut && (question->type == VOUCH_TYPE_A || question->type == VOUCH_TYPE_AAAA)) {
        said->trouble |= name;
    }
}

void world_lose(const struct world *world, const struct vouch_question *question, struct said *said)
{
    if (question->purpose == VOUCH_ASK_CSA)
        said->record_trouble = true;
    if (question->purpose == VOUCH_ASK_ADDRESS || question->purpose == VOUCH_ASK_TARGET)
        said->trouble |= world_index(world, question->name);
    if (question->service >= 0)
        said->errors[question->service] = VOUCH_TIMEOUT;
}

/* world_tell - the same records in reverse */
static void world_tell(const struct world *world, struct world_answer *out)
{
    for (size_t i = 0; world->reverse && i < out->answer.records_count / 2; i++) {
        struct vouch_record record = out->records[i];

        out->records[i] = out->records[out->answer.records_count - 1 - i];
        out->records[out->answer.records_count - 1 - i] = record;
    }
}

/* world_ask_local - what a private list or the reputation store says */
static void world_ask_local(struct fuzz_input *bytes, const struct vouch_question *question, struct said *said,
                            struct vouch_answer *answer)
{
    answer->listing = (enum vouch_listing)(fuzz_u8(bytes) % 3);
    answer->reputation.score = (int16_t)(fuzz_u8(bytes) % 201 - 100);
    answer->reputation.confidence_milli = (uint16_t)(fuzz_u8(bytes) * 1000 / 255);
    if (answer->status != VOUCH_FOUND)
        return;
    if (question->purpose == VOUCH_ASK_LIST && answer->listing != VOUCH_UNLISTED)
        said->worst[question->service] = answer->listing == VOUCH_LISTED_TRUSTED ? VOUCH_RATING_A : VOUCH_RATING_E;
    if (question->purpose == VOUCH_ASK_REPUTATION) {
        said->praised = said->praised || answer->reputation.score > 0;
        said->blamed = said->blamed || answer->reputation.score < 0;
    }
}

void world_ask(const struct world *world, const struct vouch_question *question, struct said *said,
               struct world_answer *out)
{
    static const enum vouch_status statuses[] = {VOUCH_FOUND,  VOUCH_FOUND,    VOUCH_FOUND, VOUCH_FOUND,  VOUCH_FOUND,
                                                 VOUCH_NODATA, VOUCH_NXDOMAIN, VOUCH_CHAIN, VOUCH_FAILED, VOUCH_BOGUS};
    uint32_t hash;
    struct fuzz_input bytes = world_bytes(world, question, &hash);

    memset(out, 0, sizeof *out);
    out->answer.records = out->records;
    out->answer.status = FUZZ_PICK(&bytes, statuses);
    if (world->spoil && hash % 4 == world->spoiled % 4)
        out->answer.status = VOUCH_FAILED;
    out->answer.secure = fuzz_u8(&bytes) % 2 == 0;
    out->answer.ttl_s = fuzz_u8(&bytes);
    out->answer.has_ttl = out->answer.ttl_s % 4 != 0;
    if (question->type == VOUCH_TYPE_NONE) {
        world_ask_local(&bytes, question, said, &out->answer);
    } else {
        if (out->answer.has_ttl && (!said->has_ttl || out->answer.ttl_s < said->ttl_s))
            said->ttl_s = out->answer.ttl_s;
        said->has_ttl = said->has_ttl || out->answer.has_ttl;
    }
    if (question->type != VOUCH_TYPE_NONE && out->answer.status == VOUCH_FOUND)
        world_fill(world, out, &bytes, question, said);
    else if (out->answer.status == VOUCH_FAILED || out->answer.status == VOUCH_BOGUS)
        world_lose(world, question, said);
    if (question->service >= 0 && out->answer.status > VOUCH_NXDOMAIN)
        said->errors[question->service] = out->answer.status;
    if (question->service >= 0 && said->worst[question->service] >= 0) {
        said->praised = said->praised || said->worst[question->service] < VOUCH_RATING_C;
        said->blamed = said->blamed || said->worst[question->service] > VOUCH_RATING_C;
    }
    world_tell(world, out);
}
