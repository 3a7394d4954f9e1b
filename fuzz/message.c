/*
 * message.c - any octets as a DNS response: what is read lies inside the message, and a verdict rests on what it says.
 */
#include "base/text.h"
#include "core/name.h"
#include "fuzz.h"

#include <string.h>

#define RECORDS 64

static const struct vouch_address client = {.family = 4, .octets = {192, 0, 2, 10}};

/* message_is_inside - a view lies within the message */
static bool message_is_inside(struct vouch_bytes view, struct vouch_bytes message)
{
    return view.length == 0 || (view.data >= message.data && view.length <= message.length &&
                                (size_t)(view.data - message.data) <= message.length - view.length);
}

/* message_check - what every answer keeps */
static void message_check(const struct vouch_answer *answer, struct vouch_bytes message)
{
    REQUIRE(!answer->secure);
    REQUIRE(answer->status == VOUCH_FOUND || answer->records_count == 0);
    REQUIRE(answer->status != VOUCH_FOUND || answer->records_count > 0 || answer->cut);
    REQUIRE(answer->status <= VOUCH_CHAIN || !answer->has_ttl);
    REQUIRE(!answer->has_ttl || answer->ttl_s <= INT32_MAX);
    REQUIRE(answer->records_count + answer->additional_count <= RECORDS);
    for (size_t i = 0; i < answer->records_count; i++) {
        REQUIRE(message_is_inside(answer->records[i].rdata, message));
        REQUIRE(message_is_inside(answer->records[i].owner, message));
    }
}

/* message_question - the name that the message itself asks about, so that most inputs get further */
static void message_question(struct vouch_bytes message, char text[VOUCH_NAME_TEXT_SIZE])
{
    struct cursor cursor;
    struct name name;

    cursor_init(&cursor, message);
    cursor_view(&cursor, 12);
    if (name_read(&name, &cursor, message))
        vouch_name_format(name.wire, text);
}

/* message_say - what everybody else says: an allowing record whose target is the HELO name, and nothing more */
static void message_say(const struct vouch_question *question, struct vouch_answer *answer)
{
    static const uint8_t self[] = "\0\1\0\2\0\0\4mail\7example\3org";
    static const struct vouch_record srv = {.type = VOUCH_TYPE_SRV, .rdata = {self, sizeof self}};

    answer->status = VOUCH_NXDOMAIN;
    if (question->purpose != VOUCH_ASK_CSA)
        return;
    answer->status = VOUCH_FOUND;
    answer->records = &srv;
    answer->records_count = 1;
}

/* message_settings - a service that is always asked, and one that is asked only if listed */
static void message_settings(struct vouch_settings *settings)
{
    static const struct vouch_service services[] = {
        {.name = "accred.example",
         .style = VOUCH_STYLE_DNA,
         .weight_milli = 1000,
         .positives = true,
         .negatives = true},
        {.name = "listed.example",
         .style = VOUCH_STYLE_DNA,
         .weight_milli = 1000,
         .positives = true,
         .negatives = true,
         .only_if_listed = true},
    };

    vouch_settings_init(settings);
    memcpy(settings->services, services, sizeof services);
    settings->services_count = FUZZ_COUNT(services);
}

/* message_judge - let the message answer one purpose of a session; how it was read */
static enum vouch_status message_judge(struct vouch_bytes message, enum vouch_purpose purpose,
                                       struct vouch_verdict *verdict)
{
    struct vouch_facts facts = {.client = client, .helo = text_bytes("mail.example.org")};
    enum vouch_status status = VOUCH_FAILED;
    struct vouch_record records[RECORDS];
    struct vouch_question question;
    struct vouch_settings settings;
    struct vouch_eval eval;

    message_settings(&settings);
    vouch_eval_init(&eval, &settings, &facts);
    while (vouch_eval_next(&eval, &question) == VOUCH_ASK) {
        struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};

        if (question.purpose == purpose) {
            vouch_answer_read(&answer, question.name, question.type, message, records, RECORDS);
            status = answer.status;
        } else {
            message_say(&question, &answer);
        }
        vouch_eval_answer(&eval, question.id, &answer);
    }
    vouch_eval_verdict(&eval, verdict);
    return status;
}

/* message_holds - do these octets stand somewhere in the message? */
static bool message_holds(struct vouch_bytes message, const void *octets, size_t length)
{
    return message.data != NULL && memmem(message.data, message.length, octets, length) != NULL;
}

/* message_check_verdicts - the message answers each question in turn: pass, fail and ratings only if it says so */
static void message_check_verdicts(struct vouch_bytes message)
{
    bool holds_client = message_holds(message, client.octets, 4);
    bool holds_report = message_holds(message, "MARID,1,", 8);
    struct vouch_verdict verdict;
    enum vouch_status status = message_judge(message, VOUCH_ASK_ADDRESS, &verdict);

    REQUIRE(verdict.csa != VOUCH_CSA_PASS || (holds_client && status == VOUCH_FOUND));
    REQUIRE(verdict.csa != VOUCH_CSA_FAIL || status <= VOUCH_NXDOMAIN);
    REQUIRE(status < VOUCH_FAILED || verdict.reason == VOUCH_REASON_ADDR_DNS);
    status = message_judge(message, VOUCH_ASK_CSA, &verdict);
    REQUIRE(verdict.csa != VOUCH_CSA_PASS || (holds_client && status == VOUCH_FOUND));
    REQUIRE(verdict.csa != VOUCH_CSA_FAIL || status == VOUCH_FOUND);
    REQUIRE(status < VOUCH_FAILED || verdict.reason == VOUCH_REASON_SRV_DNS);
    status = message_judge(message, VOUCH_ASK_REPORT, &verdict);
    REQUIRE(verdict.service < 0 || (holds_report && status == VOUCH_FOUND));
    message_judge(message, VOUCH_ASK_POINTERS, &verdict);
    REQUIRE(verdict.service < 0);
}

/* message_check_case - a question in upper case is the same question */
static void message_check_case(char *name, enum vouch_type type, struct vouch_bytes message,
                               const struct vouch_answer *expected)
{
    struct vouch_record records[RECORDS];
    struct vouch_answer answer;

    for (char *at = name; *at != '\0'; at++)
        *at = *at >= 'a' && *at <= 'z' ? (char)(*at - 'a' + 'A') : *at;
    vouch_answer_read(&answer, name, type, message, records, RECORDS);
    REQUIRE(answer.status == expected->status && answer.records_count == expected->records_count);
    REQUIRE(answer.ttl_s == expected->ttl_s && answer.additional_count == expected->additional_count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum vouch_type types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_SRV, VOUCH_TYPE_TXT,
                                            VOUCH_TYPE_PTR};
    struct fuzz_input input = {data, size, 0};
    enum vouch_type type = FUZZ_PICK(&input, types);
    struct vouch_bytes message = fuzz_rest(&input);
    struct vouch_record records[RECORDS];
    char name[VOUCH_NAME_TEXT_SIZE] = "mail.example.org";
    struct vouch_answer answer;

    message_question(message, name);
    vouch_answer_read(&answer, name, type, message, records, RECORDS);
    REQUIRE(message.length >= 12 || answer.status == VOUCH_FAILED);
    message_check(&answer, message);
    message_check_case(name, type, message, &answer);
    message_check_verdicts(message);
    return 0;
}
