/*
 * evaluate.c - pure evaluations, again and again: what one costs in instructions (bench/callgrind) and time.
 *
 * usage: evaluate VARIANT REPETITIONS
 *
 * The DNS is a handful of response messages, written before the first evaluation. Where a variant does not read
 * messages, they are read before too, so that only the evaluator is counted. The verdict is compared with the
 * expected one: a benchmark of a wrong verdict is worth nothing.
 */
#include "base/text.h"
#include "vouchsafe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CLIENT   "192.0.2.10"
#define STRANGER "192.0.2.99"
#define SERVICE  "accred.example"
#define REPORT   "MARID,1,A;member"

enum { MESSAGE_SIZE = 512, RECORDS_MAX = 8, CLASS_IN = 1, FLAGS_FOUND = 0x8180, FLAGS_NXDOMAIN = 0x8183, TTL_S = 3600 };

/* One kind of session, and how much of the work around the evaluator is done in each repetition. */
struct variant {
    const char *name, *helo, *client;
    bool has_record;
    bool accredited;
    bool reads_messages;
    bool acts; /* policy: action, reply, header */
    enum vouch_csa csa;
    enum vouch_level level;
    const char *help;
};

static const struct variant variants[] = {
    {"usual", "mail.example.org", CLIENT, true, false, false, false, VOUCH_CSA_PASS, VOUCH_LEVEL_NEUTRAL,
     "one SRV record whose target is the HELO name, the address matches"},
    {"none", "mail.a.b.c.example.org", CLIENT, false, false, false, false, VOUCH_CSA_NONE, VOUCH_LEVEL_NEUTRAL,
     "no record, four ancestors without one"},
    {"accredited", "mail.example.org", CLIENT, true, true, false, false, VOUCH_CSA_PASS, VOUCH_LEVEL_TRUSTED,
     "usual, and one accreditor says A"},
    {"policy", "mail.example.org", CLIENT, true, false, false, true, VOUCH_CSA_PASS, VOUCH_LEVEL_NEUTRAL,
     "usual, then action and header"},
    {"refused", "mail.example.org", STRANGER, true, false, false, true, VOUCH_CSA_FAIL, VOUCH_LEVEL_UNTRUSTED,
     "the address does not match; action, reply and header"},
    {"messages", "mail.example.org", CLIENT, true, false, true, false, VOUCH_CSA_PASS, VOUCH_LEVEL_NEUTRAL,
     "usual, the answers read from DNS messages"},
    {"whole", "mail.example.org", CLIENT, true, true, true, true, VOUCH_CSA_PASS, VOUCH_LEVEL_TRUSTED,
     "accredited, from DNS messages to the header"},
};

struct message {
    size_t length;
    uint8_t octets[MESSAGE_SIZE];
};

/* A question of the variant and its answer. */
struct exchange {
    struct vouch_question question;
    struct message message;
    struct vouch_record records[RECORDS_MAX];
    struct vouch_answer answer;
};

struct bench {
    const struct variant *variant;
    struct vouch_settings settings;
    struct vouch_policy policy;
    struct vouch_facts facts;
    size_t exchanges_count;
    struct exchange exchanges[VOUCH_QUESTIONS_MAX];
    struct vouch_eval eval;
    struct vouch_verdict verdict;
    char reply[VOUCH_REPLY_SIZE];
    char header[VOUCH_HEADER_SIZE];
};

/* message_check - the messages are ours: one that does not fit is a mistake here */
static void message_check(bool fine)
{
    if (!fine)
        abort();
}

static void message_put(struct message *message, const void *octets, size_t length)
{
    message_check(length <= MESSAGE_SIZE - message->length);
    memcpy(message->octets + message->length, octets, length);
    message->length += length;
}

/* message_put16 - in network order */
static void message_put16(struct message *message, unsigned value)
{
    uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};

    message_put(message, octets, sizeof octets);
}

static void message_put_name(struct message *message, const char *name)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = vouch_name_parse(wire, name, strlen(name));

    message_check(length != 0);
    message_put(message, wire, length);
}

/* message_put_head - header and question */
static void message_put_head(struct message *message, const struct vouch_question *question, unsigned flags,
                             unsigned answers, unsigned authorities)
{
    const unsigned words[6] = {0, flags, 1, answers, authorities, 0};

    message->length = 0;
    for (size_t i = 0; i < 6; i++)
        message_put16(message, words[i]);
    message_put_name(message, question->name);
    message_put16(message, question->type);
    message_put16(message, CLASS_IN);
}

/* message_put_record - a record with RDATA as it stands in `rdata`; its owner is the name asked, or `owner` */
static void message_put_record(struct message *message, const char *owner, enum vouch_type type,
                               const struct message *rdata)
{
    if (owner == NULL)
        message_put16(message, 0xc00c);
    else
        message_put_name(message, owner);
    message_put16(message, type);
    message_put16(message, CLASS_IN);
    message_put16(message, 0);
    message_put16(message, TTL_S);
    message_put16(message, (unsigned)rdata->length);
    message_put(message, rdata->octets, rdata->length);
}

/* message_found - one record of the type asked */
static void message_found(struct message *message, const struct vouch_question *question, const char *helo)
{
    static const unsigned authorize[3] = {1, 2, 0}; /* priority, weight, port [CSA 4] */
    struct vouch_address address;
    struct message rdata = {.length = 0};

    if (question->type == VOUCH_TYPE_SRV) {
        for (size_t i = 0; i < 3; i++)
            message_put16(&rdata, authorize[i]);
        message_put_name(&rdata, helo);
    } else if (question->type == VOUCH_TYPE_A) {
        message_check(vouch_address_parse(&address, CLIENT, strlen(CLIENT)));
        message_put(&rdata, address.octets, 4);
    } else {
        message_put(&rdata, (const uint8_t[1]){sizeof REPORT - 1}, 1);
        message_put(&rdata, REPORT, sizeof REPORT - 1);
    }
    message_put_head(message, question, FLAGS_FOUND, 1, 0);
    message_put_record(message, NULL, question->type, &rdata);
}

/* message_nxdomain - no such name, with the SOA of the zone that says so */
static void message_nxdomain(struct message *message, const struct vouch_question *question)
{
    struct message rdata = {.length = 0};

    message_put_name(&rdata, "ns.example.org");
    message_put_name(&rdata, "hostmaster.example.org");
    for (size_t i = 0; i < 5; i++) {
        message_put16(&rdata, 0);
        message_put16(&rdata, TTL_S);
    }
    message_put_head(message, question, FLAGS_NXDOMAIN, 0, 1);
    message_put_record(message, "example.org", VOUCH_TYPE_SOA, &rdata);
}

/* exchange_read - the answer from its message */
static void exchange_read(struct exchange *exchange)
{
    struct vouch_bytes bytes = {exchange->message.octets, exchange->message.length};

    vouch_answer_read(&exchange->answer, exchange->question.name, exchange->question.type, bytes, exchange->records,
                      RECORDS_MAX);
}

/* exchange_write - what the variant's DNS answers */
static void exchange_write(struct exchange *exchange, const struct variant *variant)
{
    switch (exchange->question.purpose) {
    case VOUCH_ASK_CSA:
        if (variant->has_record)
            message_found(&exchange->message, &exchange->question, variant->helo);
        else
            message_nxdomain(&exchange->message, &exchange->question);
        break;
    case VOUCH_ASK_ADDRESS:
    case VOUCH_ASK_REPORT:
        message_found(&exchange->message, &exchange->question, variant->helo);
        break;
    case VOUCH_ASK_PARENT:
    case VOUCH_ASK_POINTERS:
    case VOUCH_ASK_TARGET:
    case VOUCH_ASK_LIST:
    case VOUCH_ASK_REPUTATION:
        message_nxdomain(&exchange->message, &exchange->question);
        break;
    }
    exchange_read(exchange);
}

/* bench_ask - take the questions that are ready, from number `count` on; returns how many there are now */
static size_t bench_ask(struct bench *bench, size_t count, bool rehearsal)
{
    struct vouch_question question;

    while (vouch_eval_next(&bench->eval, &question) == VOUCH_ASK) {
        if (rehearsal) {
            bench->exchanges[count].question = question;
            exchange_write(&bench->exchanges[count], bench->variant);
        }
        count++;
    }
    return count;
}

/* bench_evaluate - one evaluation; the rehearsal writes the messages */
static void bench_evaluate(struct bench *bench, bool rehearsal)
{
    const struct variant *variant = bench->variant;
    size_t answered = 0;

    vouch_eval_init(&bench->eval, &bench->settings, &bench->facts);
    while ((bench->exchanges_count = bench_ask(bench, answered, rehearsal)) != answered) {
        for (; answered < bench->exchanges_count; answered++) {
            struct exchange *exchange = &bench->exchanges[answered];

            if (variant->reads_messages)
                exchange_read(exchange);
            vouch_eval_answer(&bench->eval, exchange->question.id, &exchange->answer);
        }
    }
    vouch_eval_verdict(&bench->eval, &bench->verdict);
    if (!variant->acts)
        return;
    vouch_policy_reply(&bench->policy, &bench->verdict, "k3j5h2n4m6p7q", bench->reply);
    vouch_policy_header(&bench->policy, &bench->verdict, bench->facts.helo, bench->header);
}

/* bench_prepare - settings, facts, and a rehearsal that writes the messages */
static bool bench_prepare(struct bench *bench)
{
    const struct variant *variant = bench->variant;
    struct vouch_service service = {.name = SERVICE, .weight_milli = 1000, .positives = true, .negatives = true};

    vouch_settings_init(&bench->settings);
    vouch_policy_init(&bench->policy);
    if (variant->accredited)
        bench->settings.services[bench->settings.services_count++] = service;
    bench->facts.helo = text_bytes(variant->helo);
    message_check(vouch_address_parse(&bench->facts.client, variant->client, strlen(variant->client)));
    bench_evaluate(bench, true);
    return bench->verdict.csa == variant->csa && bench->verdict.level == variant->level;
}

/* find_variant - null: no such variant */
static const struct variant *find_variant(const char *name)
{
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++) {
        if (strcmp(variants[i].name, name) == 0)
            return &variants[i];
    }
    return NULL;
}

static int print_usage(void)
{
    fputs("usage: evaluate VARIANT REPETITIONS\n", stderr);
    for (size_t i = 0; i < sizeof variants / sizeof variants[0]; i++)
        fprintf(stderr, "  %-12s%s\n", variants[i].name, variants[i].help);
    return 2;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    unsigned long repetitions;
    clock_t begin;

    bench.variant = argc == 3 ? find_variant(argv[1]) : NULL;
    repetitions = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
    if (bench.variant == NULL || repetitions == 0)
        return print_usage();
    if (!bench_prepare(&bench)) {
        fprintf(stderr, "evaluate %s: unexpected verdict: %s %s %s\n", bench.variant->name,
                vouch_csa_word(bench.verdict.csa), vouch_reason_word(bench.verdict.reason),
                vouch_level_word(bench.verdict.level));
        return 1;
    }
    begin = clock();
    for (unsigned long i = 0; i < repetitions; i++)
        bench_evaluate(&bench, false);
    printf("variant=%s repetitions=%lu ns=%.0f questions=%u csa=%s reason=%s trust=%s\n", bench.variant->name,
           repetitions, (double)(clock() - begin) * 1e9 / CLOCKS_PER_SEC / (double)repetitions,
           (unsigned)bench.verdict.questions, vouch_csa_word(bench.verdict.csa),
           vouch_reason_word(bench.verdict.reason), vouch_level_word(bench.verdict.level));
    return 0;
}
