/*
 * dna.c - judgements on PTR and TXT records of accreditation, and the rating that counts.
 */
#include "core/dna.h"

#include "base/text.h"
#include "core/name.h"

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

/* dna_copy_info - copy free text into its field, cut there; NUL reads "?" */
static void dna_copy_info(char out[VOUCH_INFO_SIZE], struct vouch_bytes info)
{
    struct text text;

    text_init(&text, out, VOUCH_INFO_SIZE);
    for (size_t i = 0; i < info.length; i++)
        text_add_char(&text, info.data[i] == 0 ? '?' : (char)info.data[i]);
}

void dna_judge_reports(struct vouch_report *report, const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        char text[REPORT_LETTER + 2 + VOUCH_INFO_SIZE];
        char copy[VOUCH_INFO_SIZE];
        struct vouch_bytes view = {(const uint8_t *)text, 0};
        struct vouch_bytes info;
        enum vouch_rating rating;

        view.length = dna_join_text(text, sizeof text, answer->records[i].rdata);
        if (!dna_judge_report(&rating, &info, view))
            continue;
        dna_copy_info(copy, info);
        if (report->listed &&
            (rating < report->rating || (rating == report->rating && strcmp(copy, report->info) >= 0)))
            continue; /* the worst letter [CLAUSES dna-worst-record]; of equal ones the first in byte order */
        report->listed = true;
        report->rating = rating;
        memcpy(report->info, copy, strlen(copy) + 1);
    }
}

void dna_judge_listing(struct vouch_report *report, const struct vouch_answer *answer)
{
    if (answer->status > VOUCH_NXDOMAIN) {
        report->error = answer->status;
        return;
    }
    if (answer->status != VOUCH_FOUND || answer->listing == VOUCH_UNLISTED)
        return;
    report->listed = true;
    report->rating = answer->listing == VOUCH_LISTED_TRUSTED ? VOUCH_RATING_A : VOUCH_RATING_E;
    dna_copy_info(report->info, answer->note);
}

/* dna_prefers - does service `a` name the outcome rather than `b`, both with the same letter? [SPEC 8.3 step 4] */
static bool dna_prefers(const struct vouch_service *a, const struct vouch_service *b)
{
    if (a->weight_milli != b->weight_milli)
        return a->weight_milli > b->weight_milli;
    return strcmp(a->name, b->name) < 0;
}

/* dna_find_worst - the service with the worst trusted D or E, or -1; how many said so */
static int dna_find_worst(const struct vouch_settings *settings, const struct vouch_report *reports, unsigned *count)
{
    int found = -1;

    *count = 0;
    for (int i = 0; i < settings->services_count; i++) {
        const struct vouch_service *service = &settings->services[i];
        enum vouch_rating rating = reports[i].rating;

        if (service->style == VOUCH_STYLE_LIST || !service->negatives || !reports[i].listed || rating < VOUCH_RATING_D)
            continue;
        (*count)++;
        if (found < 0 || rating > reports[found].rating ||
            (rating == reports[found].rating && dna_prefers(service, &settings->services[found])))
            found = i;
    }
    return found;
}

/* dna_find_best - the service with the best trusted A or B, or -1 */
static int dna_find_best(const struct vouch_settings *settings, const struct vouch_report *reports)
{
    int found = -1;

    for (int i = 0; i < settings->services_count; i++) {
        const struct vouch_service *service = &settings->services[i];
        enum vouch_rating rating = reports[i].rating;

        if (service->style == VOUCH_STYLE_LIST || !service->positives || !reports[i].listed || rating > VOUCH_RATING_B)
            continue;
        if (found < 0 || rating < reports[found].rating ||
            (rating == reports[found].rating && dna_prefers(service, &settings->services[found])))
            found = i;
    }
    return found;
}

void dna_decide(struct dna_outcome *outcome, const struct vouch_settings *settings, const struct vouch_report *reports,
                enum vouch_withheld praise_why)
{
    unsigned blames;
    int worst = dna_find_worst(settings, reports, &blames);
    int best = dna_find_best(settings, reports);

    outcome->rating = VOUCH_RATING_C;
    outcome->service = -1;
    outcome->blame = worst >= 0 && blames < settings->quorum ? worst : -1;
    outcome->praise = best >= 0 && praise_why != VOUCH_WITHHELD_NOT ? best : -1;
    outcome->praise_why = praise_why;
    if (worst >= 0 && outcome->blame < 0)
        outcome->service = worst; /* bad news at once [CLAUSES dna-negative-at-once] */
    else if (best >= 0 && outcome->praise < 0)
        outcome->service = best;
    if (outcome->service >= 0)
        outcome->rating = reports[outcome->service].rating;
}
