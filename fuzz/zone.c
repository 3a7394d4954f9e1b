/*
 * zone.c - any text as a master file: it is read and answers within bounds, or it is refused with place and cause.
 */
#include "dns/zone.h"
#include "fuzz.h"

#include <string.h>

/* zone_check_answer - what every answer keeps */
static void zone_check_answer(const struct vouch_answer *answer, uint32_t delay_ms)
{
    REQUIRE(delay_ms != ZONE_NEVER || answer->status == VOUCH_TIMEOUT);
    REQUIRE(answer->status != VOUCH_FOUND || answer->records_count > 0 || answer->cut);
    REQUIRE(answer->status == VOUCH_FOUND || answer->records_count == 0);
    REQUIRE(!answer->secure || answer->status <= VOUCH_NXDOMAIN);
}

/* zone_check_stream - the same file as a stream is taken, or refused with the same words */
static void zone_check_stream(const uint8_t *data, size_t size, bool taken, const char *error)
{
    FILE *file = fmemopen((void *)(uintptr_t)data, size, "r");
    struct zones *zones = zones_new();
    char streamed[ZONE_ERROR_SIZE] = "";

    if (file != NULL && zones != NULL) {
        REQUIRE(zones_read(zones, file, "zone", streamed) == taken);
        REQUIRE(strcmp(streamed, error) == 0);
    }
    zones_free(zones);
    if (file != NULL)
        fclose(file);
}

/* zone_check_verdict - judge a session against the zones, answers at once */
static void zone_check_verdict(struct zones *zones, const char *helo)
{
    struct vouch_facts facts = {.client = {.family = 4, .octets = {192, 0, 2, 10}},
                                .helo = {(const uint8_t *)helo, strlen(helo)}};
    struct vouch_question question;
    struct vouch_settings settings;
    struct vouch_verdict verdict;
    struct vouch_eval eval;

    vouch_settings_init(&settings);
    vouch_eval_init(&eval, &settings, &facts);
    while (vouch_eval_next(&eval, &question) == VOUCH_ASK) {
        struct vouch_answer answer;

        zone_check_answer(&answer, zones_answer(zones, question.name, question.type, &answer));
        vouch_eval_answer(&eval, question.id, &answer);
    }
    vouch_eval_verdict(&eval, &verdict);
    REQUIRE(verdict.questions <= VOUCH_QUESTIONS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"example.org", "mail.example.org", "a.b.example.org", "nowhere.example.net"};
    static const enum vouch_type types[] = {VOUCH_TYPE_A, VOUCH_TYPE_AAAA, VOUCH_TYPE_SRV, VOUCH_TYPE_TXT,
                                            VOUCH_TYPE_PTR};
    struct zones *zones = zones_new();
    char error[ZONE_ERROR_SIZE] = "";
    bool taken;

    if (zones == NULL)
        return 0;
    taken = zones_read_text(zones, (const char *)data, size, "zone", error);
    zone_check_stream(data, size, taken, error);
    if (!taken) {
        REQUIRE(strncmp(error, "zone", 4) == 0);
        fuzz_require_clean(error);
    }
    for (size_t i = 0; i < FUZZ_COUNT(names); i++) {
        for (size_t t = 0; t < FUZZ_COUNT(types); t++) {
            struct vouch_answer answer;
            uint32_t delay_ms = zones_answer(zones, names[i], types[t], &answer);

            zone_check_answer(&answer, delay_ms);
        }
        zone_check_verdict(zones, names[i]);
    }
    zones_free(zones);
    return 0;
}
