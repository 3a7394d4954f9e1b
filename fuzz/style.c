/*
 * style.c - any answer to an accreditor's question: it is read the same in any order, and an address that no row of
 * the code table holds, or one that means an error, is never a rating.
 *
 * The input is the style, the rows of a code table, and then records: a length and so many octets.
 */
#include "base/text.h"
#include "core/service.h"
#include "fuzz.h"

#include <string.h>

#define RECORDS_MAX 16

/* style_settings - one service, and up to seven rows of codes as the configuration allows them */
static void style_settings(struct vouch_settings *settings, struct fuzz_input *input)
{
    static const char name[] = "s.test";
    struct vouch_service *service = &settings->services[0];

    vouch_settings_init(settings);
    settings->services_count = 1;
    memcpy(service->name, name, sizeof name);
    service->style = (enum vouch_style)(fuzz_u8(input) % VOUCH_STYLE_LIST);
    settings->codes_count = fuzz_u8(input) % 8;
    service->codes_count = settings->codes_count;
    for (unsigned i = 0; i < settings->codes_count; i++) {
        struct vouch_code *code = &settings->codes[i];
        uint8_t what = fuzz_u8(input);

        code->rating = (enum vouch_rating)(what % 5);
        code->error = what >= 200;
        code->low[0] = code->high[0] = 127;
        for (unsigned octet = 1; octet < 4; octet++) {
            uint8_t a = fuzz_u8(input), b = fuzz_u8(input);

            code->low[octet] = a < b ? a : b;
            code->high[octet] = a < b ? b : a;
        }
    }
}

/* style_find - the row that decides, or null: the last one that holds, looked for from the end */
static const struct vouch_code *style_find(const struct vouch_settings *settings, struct vouch_bytes rdata)
{
    const struct vouch_code *found = NULL;

    for (unsigned i = settings->codes_count; i-- > 0 && rdata.length == 4;) {
        bool holds = true;

        for (unsigned octet = 0; octet < 4; octet++)
            holds = holds && rdata.data[octet] - settings->codes[i].low[octet] >= 0 &&
                    settings->codes[i].high[octet] - rdata.data[octet] >= 0;
        if (holds)
            found = &settings->codes[i];
    }
    return found;
}

/* style_check_codes - hold the report of a list against every record */
static void style_check_codes(const struct vouch_settings *settings, const struct vouch_answer *answer,
                              const struct vouch_report *report)
{
    int worst = -1;
    bool bad = answer->cut;

    for (size_t i = 0; i < answer->records_count; i++) {
        const struct vouch_code *code = style_find(settings, answer->records[i].rdata);

        bad = bad || code == NULL || code->error;
        if (code != NULL && (int)code->rating > worst)
            worst = (int)code->rating;
    }
    REQUIRE(report->error == (bad ? VOUCH_FAILED : VOUCH_FOUND));
    REQUIRE(report->listed == (!bad && worst >= 0));
    REQUIRE((int)report->rating == (report->listed ? worst : VOUCH_RATING_C));
    REQUIRE((report->info[0] != '\0') == (bad || report->listed));
}

/* style_check - what holds for every report */
static void style_check(const struct vouch_settings *settings, const struct vouch_answer *answer,
                        const struct vouch_report *report)
{
    REQUIRE(report->service == 0 && !report->used && !report->too_many);
    REQUIRE(report->listed || report->rating == VOUCH_RATING_C);
    REQUIRE(!report->listed || report->error == VOUCH_FOUND);
    REQUIRE(memchr(report->info, '\0', sizeof report->info) != NULL);
    switch (settings->services[0].style) {
    case VOUCH_STYLE_DOMAIN_LIST:
    case VOUCH_STYLE_ADDRESS_LIST:
        style_check_codes(settings, answer, report);
        fuzz_require_clean(report->info);
        break;
    case VOUCH_STYLE_VBR:
        REQUIRE(report->rating == VOUCH_RATING_A || report->rating == VOUCH_RATING_C);
        REQUIRE(report->listed == (report->info[0] != '\0'));
        fuzz_require_clean(report->info);
        break;
    case VOUCH_STYLE_DNA:
    case VOUCH_STYLE_LIST:
        REQUIRE(report->error == VOUCH_FOUND);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size, 0};
    struct vouch_record records[RECORDS_MAX] = {0}, backwards[RECORDS_MAX];
    struct vouch_answer answer = {.status = VOUCH_FOUND, .records = records};
    struct vouch_report report, other;
    static struct vouch_settings settings;

    style_settings(&settings, &input);
    answer.cut = fuzz_u8(&input) == 255;
    while (input.at < size && answer.records_count < RECORDS_MAX) {
        size_t length = fuzz_u8(&input);
        struct vouch_bytes rest = fuzz_rest(&input);

        records[answer.records_count].rdata.data = rest.data;
        records[answer.records_count++].rdata.length = length < rest.length ? length : rest.length;
        input.at += length < rest.length ? length : rest.length;
    }
    vouch_service_judge(&settings, 0, &answer, &report);
    style_check(&settings, &answer, &report);
    for (size_t i = 0; i < answer.records_count; i++)
        backwards[i] = records[answer.records_count - 1 - i];
    answer.records = backwards;
    vouch_service_judge(&settings, 0, &answer, &other);
    REQUIRE(other.listed == report.listed && other.rating == report.rating && other.error == report.error);
    REQUIRE(strcmp(other.info, report.info) == 0);
    return 0;
}
