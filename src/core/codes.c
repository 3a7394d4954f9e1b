/*
 * codes.c - A records of a list by the exact code table of its service.
 *
 * A list that went away, was blocked or is over its quota answers with addresses too, often for every question. So an
 * address that stands in no row is an error of the service and never a rating, and one such address spoils the answer.
 */
#include "base/text.h"
#include "core/service.h"

#include <string.h>

#define LOOPBACK 127 /* lists answer from 127.0.0.0/8 only [RFC 5782 2.1] */

/* codes_holds - does the address lie within the ranges of a row? */
static bool codes_holds(const struct vouch_code *code, const uint8_t octets[4])
{
    for (unsigned i = 0; i < sizeof code->low; i++) {
        if (octets[i] < code->low[i] || octets[i] > code->high[i])
            return false;
    }
    return true;
}

/* codes_find - the first row of the service's table that holds the address, or null */
static const struct vouch_code *codes_find(const struct vouch_settings *settings, const struct vouch_service *service,
                                           const uint8_t octets[4])
{
    unsigned end = service->codes + (unsigned)service->codes_count;

    if (octets[0] != LOOPBACK)
        return NULL;
    for (unsigned i = service->codes; i < end && i < settings->codes_count && i < VOUCH_CODES_MAX; i++) {
        if (codes_holds(&settings->codes[i], octets))
            return &settings->codes[i];
    }
    return NULL;
}

/* codes_write - "WHAT 127.0.0.2"; a view of it */
static struct vouch_bytes codes_write(char buffer[VOUCH_INFO_SIZE], const char *what, const uint8_t octets[4])
{
    struct vouch_address address = {.family = 4};
    char shown[VOUCH_ADDRESS_SIZE];
    struct text text;

    memcpy(address.octets, octets, 4);
    vouch_address_format(&address, shown);
    text_init(&text, buffer, VOUCH_INFO_SIZE);
    text_add(&text, what);
    text_add(&text, shown);
    return (struct vouch_bytes){(const uint8_t *)buffer, text.length};
}

/* codes_refuse - an error of the service, whatever else stands in its answer */
static void codes_refuse(struct vouch_report *report, const char *cause)
{
    service_reset(report, report->service);
    report->error = VOUCH_FAILED;
    memcpy(report->info, cause, strlen(cause) + 1);
}

void codes_judge(struct vouch_report *report, const struct vouch_settings *settings,
                 const struct vouch_service *service, const struct vouch_answer *answer)
{
    const struct vouch_code *worst_code = NULL;
    const uint8_t *worst = NULL; /* of several bad addresses the lowest is named, so their order does not matter */
    char info[VOUCH_INFO_SIZE];
    bool malformed = false;

    for (size_t i = 0; i < answer->records_count; i++) {
        struct vouch_bytes rdata = answer->records[i].rdata;
        const struct vouch_code *code;

        if (rdata.length != 4) {
            malformed = true;
            continue;
        }
        code = codes_find(settings, service, rdata.data);
        if (code != NULL && !code->error) {
            service_take(report, code->rating, codes_write(info, "code ", rdata.data));
        } else if (worst == NULL || memcmp(rdata.data, worst, 4) < 0) {
            worst = rdata.data;
            worst_code = code;
        }
    }
    if (worst != NULL) {
        codes_write(info, worst_code == NULL ? "unknown code " : "refuses: ", worst);
        codes_refuse(report, info);
        report->refused = true;
    } else if (malformed) {
        codes_refuse(report, "malformed address");
    } else if (answer->cut) {
        codes_refuse(report, "too many addresses"); /* what was cut off might be an error */
    }
}
