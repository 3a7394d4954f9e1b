/*
 * service.c - rules about the services that pointers name, and about their reports. [DNA 4, 6, 7]
 */
#include "lint/host.h"

#include "base/text.h"
#include "core/dna.h"

#include <string.h>

#define REPORT_SIZE 1024

/* What the TXT records at one name say about it. */
struct reports {
    size_t valid, similar; /* reports, and those that look as if they were meant to be */
    enum vouch_rating worst;
};

/* read_report - one TXT record: is it a report, and does it look like one? */
static bool read_report(const struct vouch_record *record, enum vouch_rating *rating, bool *similar)
{
    char text[REPORT_SIZE];
    struct vouch_bytes view = {(const uint8_t *)text, dna_join_text(text, sizeof text, record->rdata)};
    struct vouch_bytes info, word;

    while (view.length != 0 && view.data[0] == ' ') {
        view.data++;
        view.length--;
    }
    word.data = view.data;
    word.length = view.length < 5 ? view.length : 5;
    *similar = text_is_nocase(word, "MARID");
    view.length += (size_t)(view.data - (const uint8_t *)text);
    view.data = (const uint8_t *)text;
    return dna_judge_report(rating, &info, view);
}

/* read_reports - all TXT records at one name */
static void read_reports(struct reports *reports, const struct vouch_answer *txt)
{
    memset(reports, 0, sizeof *reports);
    for (size_t i = 0; i < txt->records_count; i++) {
        enum vouch_rating rating;
        bool similar;

        if (read_report(&txt->records[i], &rating, &similar)) {
            reports->worst = reports->valid == 0 || rating > reports->worst ? rating : reports->worst;
            reports->valid++;
        } else {
            reports->similar += similar;
        }
    }
}

/* letter_meant - the letter that a malformed report was meant to say; 0: cannot be told */
static char letter_meant(const struct vouch_record *record)
{
    char text[REPORT_SIZE];
    size_t length = dna_join_text(text, sizeof text, record->rdata);
    size_t end = 0;

    while (end < length && text[end] != ';')
        end++;
    while (end > 0 && text[end - 1] == ' ')
        end--;
    if (end < 2 || (text[end - 2] != ',' && text[end - 2] != ' '))
        return 0;
    text[end - 1] = text_lower(text[end - 1]);
    return text[end - 1] >= 'a' && text[end - 1] <= 'e' ? (char)(text[end - 1] - 'a' + 'A') : 0;
}

/* unparsable_lint - the reports at a name that are none */
static void unparsable_lint(struct lint_run *run, const char *name, const struct vouch_answer *txt)
{
    for (size_t i = 0; i < txt->records_count; i++) {
        enum vouch_rating rating;
        struct lint_draft draft;
        bool similar;
        char letter;

        if (read_report(&txt->records[i], &rating, &similar) || !similar)
            continue;
        letter = letter_meant(&txt->records[i]);
        lint_begin(&draft, run, LINT_REPORT_UNPARSABLE, name);
        lint_add_rdata(&draft.evidence, &txt->records[i], txt->message);
        lint_delete(&draft, name, &txt->records[i], txt->message);
        if (letter != 0)
            lint_add(&draft.mend, "%s. %u IN TXT \"MARID,1,%c\"\n", name, (unsigned)lint_ttl(run, txt), letter);
        lint_end(&draft);
    }
}

/* several_lint - of several reports the worst stays */
static void several_lint(struct lint_run *run, const char *name, const struct vouch_answer *txt,
                         const struct reports *reports)
{
    struct lint_draft draft;
    bool kept = false;

    lint_begin(&draft, run, LINT_REPORT_SEVERAL, name);
    lint_add_answer(&draft.evidence, txt);
    for (size_t i = 0; i < txt->records_count; i++) {
        enum vouch_rating rating;
        bool similar;

        if (!read_report(&txt->records[i], &rating, &similar))
            continue;
        if (kept || rating != reports->worst)
            lint_delete(&draft, name, &txt->records[i], txt->message);
        kept = kept || rating == reports->worst;
    }
    lint_end(&draft);
}

/* collision_lint - is the label below the service a host of the service, too? [DNA 7] */
static void collision_lint(struct lint_run *run, const char *name)
{
    const char *collides = lint_suffix(name, publish_name_labels(run->domain) + 1);
    struct host_addresses addresses;
    struct lint_draft draft;

    if (run->domain[0] == '\0' || strcmp(name, run->domain) == 0 || strcmp(collides, name) == 0)
        return;
    host_ask_addresses(run, collides, &addresses);
    if (!host_has_addresses(&addresses))
        return;
    lint_begin(&draft, run, LINT_REPORT_COLLISION, collides);
    lint_add(&draft.evidence, "%s has addresses, and reports stand below it", collides);
    lint_delete_all(&draft, collides, addresses.a);
    lint_delete_all(&draft, collides, addresses.aaaa);
    lint_add(&draft.advice, "Give the host another name.");
    lint_end(&draft);
}

void report_lint(struct lint_run *run, const char *name, const struct vouch_answer *txt)
{
    struct reports reports;

    read_reports(&reports, txt);
    if (reports.valid > 1)
        several_lint(run, name, txt, &reports);
    if (reports.valid != 0)
        collision_lint(run, name);
    unparsable_lint(run, name, txt);
}

/* begin - a finding about a pointer */
static void begin(struct lint_draft *draft, struct host *host, enum lint_word word, const struct vouch_answer *ptr,
                  size_t at)
{
    lint_begin(draft, host->run, word, host->name);
    lint_add_rdata(&draft->evidence, &ptr->records[at], ptr->message);
}

/* dead_lint - a service that is not in the DNS at all; true if so */
static bool dead_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *service)
{
    const struct vouch_answer *soa = lint_ask(host->run, service, VOUCH_TYPE_SOA);
    struct lint_draft draft;

    if (soa->status != VOUCH_NXDOMAIN || !lint_is_absent(host->run, soa))
        return false;
    begin(&draft, host, LINT_SERVICE_DEAD, ptr, at);
    lint_add(&draft.evidence, "; %s: nxdomain", service);
    lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
    lint_end(&draft);
    return true;
}

/* access_lint - can people find out what the service asks of its members? [DNA 4] */
static void access_lint(struct host *host, const char *service)
{
    char owner[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *srv;
    struct lint_draft draft;

    if (!lint_join(owner, "_vouch._smtp", service))
        return;
    srv = lint_ask(host->run, owner, VOUCH_TYPE_SRV);
    if (!lint_is_absent(host->run, srv))
        return;
    lint_begin(&draft, host->run, LINT_SERVICE_NO_ACCESS, service);
    lint_add(&draft.evidence, "%s SRV: %s", owner, vouch_status_word(srv->status));
    lint_end(&draft);
}

/* rating_lint - what the service says about the name */
static void rating_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *question,
                        const struct vouch_answer *txt)
{
    struct reports reports;
    struct lint_draft draft;
    enum lint_word word;

    read_reports(&reports, txt);
    report_lint(host->run, question, txt);
    if (reports.valid == 0 && reports.similar != 0)
        return; /* said already: it was meant to be a report */
    if (reports.valid != 0 && reports.worst < VOUCH_RATING_C)
        return;
    word = reports.valid == 0                ? LINT_SERVICE_UNLISTED
           : reports.worst == VOUCH_RATING_C ? LINT_SERVICE_NEUTRAL
                                             : LINT_SERVICE_UNTRUSTING;
    begin(&draft, host, word, ptr, at);
    lint_add(&draft.evidence, "; %s ", question);
    lint_add_answer(&draft.evidence, txt);
    if (word != LINT_SERVICE_NEUTRAL)
        lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
    lint_add(&draft.advice, "%s",
             word == LINT_SERVICE_UNTRUSTING ? "Settle it with the service: receivers that use it "
                                               "refuse the name with or without the pointer."
                                             : "");
    lint_end(&draft);
}

void service_lint(struct host *host, const struct vouch_answer *ptr, size_t at, const char *service)
{
    char question[VOUCH_NAME_TEXT_SIZE];
    const struct vouch_answer *txt;
    struct lint_draft draft;

    if (!lint_join(question, host->name, service)) {
        begin(&draft, host, LINT_POINTER_TOO_LONG, ptr, at);
        lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
        lint_end(&draft);
        return;
    }
    if ((host->run->roles & LINT_WILDCARD) != 0) {
        if (!dead_lint(host, ptr, at, service)) /* the names that it gives pointers to may be listed one by one */
            access_lint(host, service);
        return;
    }
    txt = lint_ask(host->run, question, VOUCH_TYPE_TXT);
    if (lint_is_found(txt)) {
        rating_lint(host, ptr, at, question, txt);
        access_lint(host, service);
    } else if (txt->status > VOUCH_CHAIN && !host->run->pending) {
        begin(&draft, host, LINT_SERVICE_SILENT, ptr, at);
        lint_add(&draft.evidence, "; %s TXT: ", question);
        lint_add_trouble(&draft.evidence, txt);
        lint_add(&draft.advice, "If that lasts, delete the pointer.");
        lint_end(&draft);
    } else if (lint_is_absent(host->run, txt) && !dead_lint(host, ptr, at, service)) {
        begin(&draft, host, LINT_SERVICE_UNLISTED, ptr, at);
        lint_add(&draft.evidence, "; %s TXT: %s", question, vouch_status_word(txt->status));
        lint_delete(&draft, host->name, &ptr->records[at], ptr->message);
        lint_end(&draft);
        access_lint(host, service);
    }
}
