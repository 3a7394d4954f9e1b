/*
 * report.c - any TXT RDATA as an accreditation report: only what the format allows counts. [DNA 6]
 */
#include "core/dna.h"
#include "fuzz.h"

#include <string.h>

/* report_is_one - the format, said once more in another way */
static bool report_is_one(const char *text, size_t length)
{
    static const char start[] = "MARID,1,";

    if (length < sizeof start || strncmp(text, start, sizeof start - 1) != 0)
        return false;
    return strchr("ABCDE", text[8]) != NULL && text[8] != '\0' && (length == 9 || text[9] == ';');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vouch_bytes rdata = {data, size};
    struct vouch_record record = {.type = VOUCH_TYPE_TXT, .rdata = rdata};
    struct vouch_answer answer = {.records = &record, .records_count = 1};
    struct vouch_report report = {.rating = VOUCH_RATING_C};
    char text[66000];
    size_t length = dna_join_text(text, sizeof text, rdata);

    REQUIRE(length <= size);
    dna_judge_reports(&report, &answer);
    REQUIRE(report.listed == report_is_one(text, length));
    if (!report.listed) {
        REQUIRE(report.rating == VOUCH_RATING_C && report.info[0] == '\0');
        return 0;
    }
    REQUIRE((int)report.rating == text[8] - 'A');
    REQUIRE(strlen(report.info) == (length < 10                     ? 0
                                    : length - 10 < VOUCH_INFO_SIZE ? length - 10
                                                                    : VOUCH_INFO_SIZE - 1));
    return 0;
}
