/*
 * helo.c - any HELO argument: questions ask for host names only, case does not matter, nothing hostile gets out.
 */
#include "base/text.h"
#include "fuzz.h"

#include <string.h>

/* helo_check_question - a name of letters, digits, hyphens, underscores and dots in lower case, within bounds */
static void helo_check_question(const struct vouch_question *question)
{
    size_t length = strlen(question->name);

    REQUIRE(length > 0 && length <= 253);
    for (size_t i = 0; i < length; i++) {
        char character = question->name[i];

        REQUIRE(text_is_alnum(character) || strchr("-_.", character) != NULL);
        REQUIRE(text_lower(character) == character);
    }
}

/* helo_judge_all - ask everything, answer nothing, and look at what comes out */
static void helo_judge_all(const struct vouch_settings *settings, struct vouch_bytes helo,
                           struct vouch_verdict *verdict)
{
    struct vouch_facts facts = {.client = {.family = 4, .octets = {192, 0, 2, 10}}, .helo = helo};
    char header[VOUCH_HEADER_SIZE], reply[VOUCH_REPLY_SIZE];
    struct vouch_question question;
    struct vouch_policy policy;
    struct vouch_eval eval;
    unsigned asked = 0;

    vouch_policy_init(&policy);
    policy.defer_temperror = true;
    vouch_eval_init(&eval, settings, &facts);
    while (vouch_eval_next(&eval, &question) == VOUCH_ASK) {
        helo_check_question(&question);
        asked++;
    }
    vouch_eval_expire(&eval);
    REQUIRE(vouch_eval_next(&eval, &question) == VOUCH_DONE);
    vouch_eval_verdict(&eval, verdict);
    REQUIRE(asked <= VOUCH_QUESTIONS_MAX && verdict->questions == asked);
    REQUIRE(verdict->csa == VOUCH_CSA_NONE || verdict->csa == VOUCH_CSA_TEMPERROR);
    REQUIRE(strlen(verdict->name) <= VOUCH_HELO_MAX);
    vouch_policy_header(&policy, verdict, helo, header);
    vouch_policy_reply(&policy, verdict, "abc", reply);
    fuzz_require_clean(header);
    fuzz_require_clean(reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0};
    struct vouch_verdict verdict, upper_verdict;
    struct vouch_settings settings;
    struct vouch_bytes helo;
    char upper[512];
    struct vouch_bytes upper_view = {(const uint8_t *)upper, 0};
    uint8_t options = fuzz_u8(&input);

    vouch_settings_init(&settings);
    settings.allow_underscore = (options & 1) != 0;
    settings.reverse_names = (options & 2) != 0;
    helo = fuzz_rest(&input);
    helo_judge_all(&settings, helo, &verdict);
    if (helo.length > sizeof upper)
        return 0;
    for (size_t i = 0; i < helo.length; i++) {
        char character = (char)helo.data[i];

        upper[i] = character >= 'a' && character <= 'z' ? (char)(character - 'a' + 'A') : character;
    }
    upper_view.length = helo.length;
    helo_judge_all(&settings, upper_view, &upper_verdict);
    REQUIRE(memcmp(&verdict, &upper_verdict, sizeof verdict) == 0);
    return 0;
}
