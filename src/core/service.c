/*
 * service.c - one row a style: the name and type of the question, and who reads the answer.
 */
#include "core/service.h"

#include "base/address.h"
#include "base/text.h"
#include "core/dna.h"

#include <string.h>

#define NAME_MAX 253 /* characters of a DNS name as text without its final dot [SPEC 8.3 step 3] */

/* What tells the styles apart. */
struct style {
    enum vouch_type type;
    bool by_address;     /* the question begins with the reversed address of the client, not with a name */
    const char *between; /* stands between that and the service domain */
};

static const struct style styles[] = {
    [VOUCH_STYLE_DNA] = {VOUCH_TYPE_TXT, false, "."},        /* [DNA 4, 6] */
    [VOUCH_STYLE_VBR] = {VOUCH_TYPE_TXT, false, "._vouch."}, /* [RFC 5518 5] */
    [VOUCH_STYLE_DOMAIN_LIST] = {VOUCH_TYPE_A, false, "."},  /* [RFC 5782 2.2] */
    [VOUCH_STYLE_ADDRESS_LIST] = {VOUCH_TYPE_A, true, ""},   /* [RFC 5782 2.1, 2.4] */
    [VOUCH_STYLE_LIST] = {VOUCH_TYPE_NONE, false, ""},
};

/* service_add_reversed - octets of an IPv4 address, nibbles of an IPv6 address, last first, a dot behind each */
static void service_add_reversed(struct text *text, const struct vouch_address *address)
{
    static const char hex[] = "0123456789abcdef";

    for (size_t i = address_length(address); i-- > 0;) {
        uint8_t octet = address->octets[i];
        char nibbles[4] = {hex[octet & 15], '.', hex[octet >> 4], '.'};

        if (address->family == 6) {
            text_add_bytes(text, nibbles, sizeof nibbles);
            continue;
        }
        text_add_unsigned(text, octet);
        text_add_char(text, '.');
    }
}

/* service_reversed_length - characters that service_add_reversed adds */
static size_t service_reversed_length(const struct vouch_address *address)
{
    size_t length = address_length(address) * 4; /* "255." or "f.f." */

    for (size_t i = 0; address->family == 4 && i < 4; i++)
        length -= address->octets[i] < 10 ? 2 : address->octets[i] < 100 ? 1 : 0;
    return length;
}

bool service_fits(const struct vouch_service *service, size_t name_length, const struct vouch_address *address)
{
    const struct style *style = &styles[service->style];
    size_t front = name_length;

    if (style->by_address)
        front = address == NULL ? 0 : service_reversed_length(address);
    return front != 0 && front + strlen(style->between) + strlen(service->name) <= NAME_MAX;
}

bool vouch_service_question(const struct vouch_settings *settings, int index, const char *name,
                            const struct vouch_address *address, struct vouch_question *question)
{
    const struct vouch_service *service = &settings->services[index];
    const struct style *style = &styles[service->style];
    struct text text;

    if (style->type == VOUCH_TYPE_NONE || !service_fits(service, strlen(name), address))
        return false;
    question->id = 0;
    question->purpose = VOUCH_ASK_REPORT;
    question->type = style->type;
    question->service = index;
    text_init(&text, question->name, sizeof question->name);
    if (style->by_address)
        service_add_reversed(&text, address);
    else
        text_add(&text, name);
    text_add(&text, style->between);
    text_add(&text, service->name);
    return true;
}

void service_reset(struct vouch_report *report, int service)
{
    report->service = service;
    report->listed = false;
    report->used = false;
    report->rating = VOUCH_RATING_C;
    report->error = VOUCH_FOUND;
    report->too_many = false;
    report->no_question = false;
    report->refused = false;
    report->info[0] = '\0';
}

void service_take(struct vouch_report *report, enum vouch_rating rating, struct vouch_bytes info)
{
    char copy[VOUCH_INFO_SIZE];
    struct text text;

    text_init(&text, copy, sizeof copy);
    for (size_t i = 0; i < info.length; i++)
        text_add_char(&text, info.data[i] == 0 ? '?' : (char)info.data[i]);
    if (report->listed && (rating < report->rating || (rating == report->rating && strcmp(copy, report->info) >= 0)))
        return; /* [CLAUSES dna-worst-record, dna-equal-records] */
    report->listed = true;
    report->rating = rating;
    memcpy(report->info, copy, text.length + 1);
}

void vouch_service_judge(const struct vouch_settings *settings, int index, const struct vouch_answer *answer,
                         struct vouch_report *report)
{
    const struct vouch_service *service = &settings->services[index];

    service_reset(report, index);
    if (answer->status > VOUCH_NXDOMAIN)
        report->error = answer->status;
    if (answer->status != VOUCH_FOUND)
        return;
    switch (service->style) {
    case VOUCH_STYLE_DNA:
        dna_judge_reports(report, answer);
        break;
    case VOUCH_STYLE_VBR:
        vbr_judge(report, answer);
        break;
    case VOUCH_STYLE_DOMAIN_LIST:
    case VOUCH_STYLE_ADDRESS_LIST:
        codes_judge(report, settings, service, answer);
        break;
    case VOUCH_STYLE_LIST:
        dna_judge_listing(report, answer);
        break;
    }
}
