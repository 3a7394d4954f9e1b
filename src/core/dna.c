/*
 * dna.c - judgements on PTR and TXT records of accreditation, and the rating that counts.
 */
#include "core/dna.h"

#include "base/text.h"
#include "core/name.h"
#include "core/service.h"

#include <string.h>

#define REPORT_START  "MARID,1," /* service and level that CSV knows [DNA 6] */
#define REPORT_LETTER (sizeof REPORT_START - 1)

/* dna_read_pointer - the service that a pointer names; false if it is no pointer of ours [DNA 7] */
static bool dna_read_pointer(struct name *service, struct vouch_bytes rdata, struct vouch_bytes message)
{
    static const uint8_t prefix[] = "\6_vouch\5_smtp";
    const size_t length = sizeof prefix - 1;

    if (!name_read_view(service, rdata, message))
        return false;
    if (service->length <= length + 1 || memcmp(service->wire, prefix, length) != 0)
        return false;
    memmove(service->wire, service->wire + length, service->length - length);
    service->length = (uint8_t)(service->length - length);
    return true;
}

uint32_t dna_judge_pointers(const struct vouch_answer *answer, const struct vouch_settings *settings)
{
    uint32_t named = 0;

    for (size_t i = 0; i < answer->records_count; i++) {
        struct name pointer;

        if (!dna_read_pointer(&pointer, answer->records[i].rdata, answer->message))
            continue;
        for (unsigned s = 0; s < settings->services_count; s++) {
            struct name service;

            if (name_set(&service, settings->services[s].name, strlen(settings->services[s].name)) &&
                name_equals(&service, &pointer))
                named |= UINT32_C(1) << s;
        }
    }
    return named;
}

size_t dna_join_text(char *text, size_t size, struct vouch_bytes rdata)
{
    struct cursor cursor;
    struct text joined;

    cursor_init(&cursor, rdata);
    text_init(&joined, text, size);
    while (cursor_ok(&cursor) && cursor_left(&cursor) != 0) {
        struct vouch_bytes string = cursor_view(&cursor, cursor_u8(&cursor));

        text_add_bytes(&joined, string.data, string.length); /* without separator [CLAUSES dna-join] */
    }
    return cursor_ok(&cursor) ? joined.length : 0;
}

bool dna_judge_report(enum vouch_rating *rating, struct vouch_bytes *info, struct vouch_bytes text)
{
    uint8_t letter;

    if (text.length <= REPORT_LETTER || memcmp(text.data, REPORT_START, REPORT_LETTER) != 0)
        return false; /* for another service, or none, or not in capitals: ignored [DNA 6, CLAUSES dna-svc] */
    letter = text.data[REPORT_LETTER];
    if (letter < 'A' || letter > 'E')
        return false;
    if (text.length > REPORT_LETTER + 1 && text.data[REPORT_LETTER + 1] != ';')
        return false;
    *rating = (enum vouch_rating)(letter - 'A');
    info->length = text.length > REPORT_LETTER + 2 ? text.length - REPORT_LETTER - 2 : 0;
    info->data = info->length != 0 ? text.data + REPORT_LETTER + 2 : NULL;
    return true;
}

void dna_judge_reports(struct vouch_report *report, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        char text[REPORT_LETTER + 2 + VOUCH_INFO_SIZE];
        struct vouch_bytes view = {(const uint8_t *)text, 0};
        struct vouch_bytes info;
        enum vouch_rating rating;

        view.length = dna_join_text(text, sizeof text, answer->records[i].rdata);
        if (dna_judge_report(&rating, &info, view))
            service_take(report, rating, info);
    }
}

void dna_judge_listing(struct vouch_report *report, const struct vouch_answer *answer)
{
    if (answer->listing != VOUCH_UNLISTED)
        service_take(report, answer->listing == VOUCH_LISTED_TRUSTED ? VOUCH_RATING_A : VOUCH_RATING_E, answer->note);
}

/* Which services are looked at. */
struct dna_search {
    bool suspended, weighted;
};

/* What they say: services, or -1. */
struct dna_found {
    int worst;       /* D or E */
    unsigned blames; /* so many say D or E */
    int best;        /* A or B that counts */
    int withheld;    /* A or B that does not count now */
};

/* dna_prefers - does service `a` name the outcome rather than `b`, both with the same letter? [SPEC 8.3 step 4] */
static bool dna_prefers(const struct vouch_service *a, const struct vouch_service *b)
{
    if (a->weight_milli != b->weight_milli)
        return a->weight_milli > b->weight_milli;
    return strcmp(a->name, b->name) < 0;
}

/* dna_has_voice - may the service's praise, or its blame, be counted or shown at all? `search`: among which services */
static bool dna_has_voice(const struct vouch_service *service, const struct vouch_report *report, bool praise,
                          const struct dna_search *search)
{
    if (service->style == VOUCH_STYLE_LIST || !report->listed || service->suspended != search->suspended ||
        (service->weight_milli != 0) != search->weighted)
        return false;
    return praise ? service->positives && report->rating <= VOUCH_RATING_B
                  : service->negatives && report->rating >= VOUCH_RATING_D;
}

/* dna_find_worst - the worst D or E, or -1; how many said so */
static int dna_find_worst(const struct dna_case *dna, const struct dna_search *search, unsigned *count)
{
    const struct vouch_service *services = dna->settings->services;
    const struct vouch_report *reports = dna->reports;
    int found = -1;

    *count = 0;
    for (int i = 0; i < dna->settings->services_count; i++) {
        if (!dna_has_voice(&services[i], &reports[i], false, search))
            continue;
        (*count)++;
        if (found < 0 || reports[i].rating > reports[found].rating ||
            (reports[i].rating == reports[found].rating && dna_prefers(&services[i], &services[found])))
            found = i;
    }
    return found;
}

/* dna_why - why praise of this service does not count now */
static enum vouch_withheld dna_why(const struct dna_case *dna, int service)
{
    if (dna->settings->services[service].suspended)
        return VOUCH_WITHHELD_SUSPENDED;
    return dna->settings->services[service].style == VOUCH_STYLE_ADDRESS_LIST ? dna->address_why : dna->name_why;
}

/* dna_find_best - the best A or B that counts, or that is withheld for what the session shows; or -1 */
static int dna_find_best(const struct dna_case *dna, const struct dna_search *search, bool withheld)
{
    const struct vouch_service *services = dna->settings->services;
    const struct vouch_report *reports = dna->reports;
    int found = -1;

    for (int i = 0; i < dna->settings->services_count; i++) {
        if (!dna_has_voice(&services[i], &reports[i], true, search) ||
            (dna_why(dna, i) != VOUCH_WITHHELD_NOT) != withheld)
            continue;
        if (found < 0 || reports[i].rating < reports[found].rating ||
            (reports[i].rating == reports[found].rating && dna_prefers(&services[i], &services[found])))
            found = i;
    }
    return found;
}

/* dna_find - what the services of a search say; false: nothing */
static bool dna_find(struct dna_found *found, const struct dna_case *dna, const struct dna_search *search)
{
    found->worst = dna_find_worst(dna, search, &found->blames);
    found->best = dna_find_best(dna, search, false);
    found->withheld = dna_find_best(dna, search, true);
    return found->worst >= 0 || found->best >= 0 || found->withheld >= 0;
}

/* dna_hear - what services say; those without weight only where no other says anything [CLAUSES dna-weightless] */
static struct dna_found dna_hear(const struct dna_case *dna, bool suspended)
{
    struct dna_found found;

    if (!dna_find(&found, dna, &(struct dna_search){.suspended = suspended, .weighted = true}))
        dna_find(&found, dna, &(struct dna_search){.suspended = suspended, .weighted = false});
    return found;
}

void dna_decide(struct dna_outcome *outcome, const struct dna_case *dna)
{
    const struct vouch_report *reports = dna->reports;
    struct dna_found heard = dna_hear(dna, false), unheard = dna_hear(dna, true);

    outcome->rating = VOUCH_RATING_C;
    outcome->service = -1;
    outcome->blame = heard.worst >= 0 && heard.blames < dna->settings->quorum ? heard.worst : -1;
    if (heard.worst >= 0 && outcome->blame < 0)
        outcome->service = heard.worst; /* bad news at once [CLAUSES dna-negative-at-once] */
    else
        outcome->service = heard.best;
    if (outcome->service >= 0)
        outcome->rating = reports[outcome->service].rating;
    outcome->praise = heard.withheld;
    if (heard.withheld >= 0 && outcome->rating <= reports[heard.withheld].rating)
        outcome->praise = -1; /* praise that counts says as much [CLAUSES dna-withheld-better] */
    outcome->praise_why = heard.withheld >= 0 ? dna_why(dna, heard.withheld) : VOUCH_WITHHELD_NOT;
    outcome->suspended_praise = unheard.withheld;
    outcome->suspended_blame = unheard.worst;
}
