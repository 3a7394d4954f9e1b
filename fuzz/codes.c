/*
 * codes.c - any text as a row of a code table: refused with its cause, or a row that holds exactly what it says.
 *
 * Each line of the input is a value of the option `codes`. What is read judges its own ends as its rating, or as the
 * error that it is, and nothing beside them.
 */
#include "conf/conf.h"
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

/* codes_judge_one - what the table makes of one address */
static void codes_judge_one(const struct conf_accreditor *accreditor, const uint8_t octets[4],
                            struct vouch_report *report)
{
    static struct vouch_settings settings;
    struct vouch_record record = {.type = VOUCH_TYPE_A, .rdata = {octets, 4}};
    struct vouch_answer answer = {.status = VOUCH_FOUND, .records = &record, .records_count = 1};

    settings.services_count = 1;
    settings.services[0] = accreditor->service;
    settings.services[0].style = VOUCH_STYLE_DOMAIN_LIST;
    settings.services[0].codes_count = settings.codes_count = 1;
    settings.codes[0] = accreditor->codes.codes[0];
    vouch_service_judge(&settings, 0, &answer, report);
}

/* codes_check - a row that was read */
static void codes_check(const struct conf_accreditor *accreditor)
{
    const struct vouch_code *code = &accreditor->codes.codes[0];
    struct vouch_report report;

    REQUIRE(accreditor->codes.count == 1 && code->low[0] == 127 && code->high[0] == 127);
    REQUIRE(code->rating <= VOUCH_RATING_E && (!code->error || code->rating == VOUCH_RATING_C));
    for (unsigned i = 0; i < 4; i++) {
        uint8_t octets[4];

        REQUIRE(code->low[i] <= code->high[i]);
        memcpy(octets, code->low, sizeof octets);
        codes_judge_one(accreditor, octets, &report);
        REQUIRE(report.listed == !code->error && report.rating == code->rating);
        octets[i] = code->high[i];
        codes_judge_one(accreditor, octets, &report);
        REQUIRE(report.listed == !code->error && report.rating == code->rating);
        if (code->high[i] == 255)
            continue;
        octets[i] = (uint8_t)(code->high[i] + 1);
        codes_judge_one(accreditor, octets, &report);
        REQUIRE(!report.listed && report.error == VOUCH_FAILED && strncmp(report.info, "unknown code ", 13) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct conf_option *option = conf_find(conf_accreditor_options, conf_accreditor_options_count, "codes");
    static struct conf_accreditor accreditor;
    char error[CONF_ERROR_SIZE];
    char *text = malloc(size + 1);

    REQUIRE(option != NULL && option->type == CONF_CODES);
    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    for (char *line = text, *end = line; end != NULL; line = end == NULL ? line : end + 1) {
        end = strchr(line, '\n');
        if (end != NULL)
            *end = '\0';
        conf_clear(option, &accreditor);
        if (conf_set(option, &accreditor, line, error))
            codes_check(&accreditor);
        else
            REQUIRE(accreditor.codes.count == 0 && strncmp(error, "codes", 5) == 0);
    }
    free(text);
    return 0;
}
