/*
 * outcome_text.c - the verdict for people: first the verdict, then why, then what to do.
 */
#include "base/text.h"
#include "policy/advice.h"
#include "tool/outcome.h"

#define BOLD  "\033[1m"
#define PLAIN "\033[0m"

const char *outcome_verb_meaning(enum vouch_verb verb)
{
    static const char *const meanings[] = {
        [VOUCH_VERB_ACCEPT] = "trusted, block list checks can be skipped",
        [VOUCH_VERB_CONTINUE] = "neither trusted nor untrusted, the usual checks decide",
        [VOUCH_VERB_DEFER] = "asked to come back, the DNS did not answer",
        [VOUCH_VERB_REJECT] = "untrusted, refused",
    };

    return meanings[verb];
}

const char *outcome_identity_meaning(enum vouch_identity identity)
{
    static const char *const meanings[] = {
        [VOUCH_IDENTITY_NONE] = "nothing proves that the client may use this name",
        [VOUCH_IDENTITY_FORWARD] = "the name's own address records hold the client's address",
        [VOUCH_IDENTITY_TLS] = "the client showed a certificate for this name",
        [VOUCH_IDENTITY_CSA] = "the name's CSA record covers the client",
    };

    return meanings[identity];
}

/* print_verdict - the first line: what happens to this client */
static void print_verdict(const struct outcome *outcome, const struct conf *conf, bool colour, FILE *out)
{
    static const char *const colours[] = {
        [VOUCH_VERB_ACCEPT] = "\033[1;32m",
        [VOUCH_VERB_CONTINUE] = "\033[1;36m",
        [VOUCH_VERB_DEFER] = "\033[1;33m",
        [VOUCH_VERB_REJECT] = "\033[1;31m",
    };
    char address[VOUCH_ADDRESS_SIZE];
    char helo[4 * VOUCH_NAME_SIZE + 1];
    struct text text;

    vouch_address_format(&outcome->facts.client, address);
    text_init(&text, helo, sizeof helo);
    text_add_printable(&text, outcome->facts.helo);
    fprintf(out, "%s%s%s  %s [%s]: %s", colour ? colours[outcome->verb] : "", vouch_verb_word(outcome->verb),
            colour ? PLAIN : "", helo[0] == '\0' ? "(no HELO)" : helo, address, outcome_verb_meaning(outcome->verb));
    if (conf->policy.mode == VOUCH_MODE_MONITOR && outcome->verb >= VOUCH_VERB_DEFER)
        fputs(" in mode enforce; the mode is monitor", out);
    fputc('\n', out);
}

/* print_label - the beginning of a line */
static void print_label(const char *label, bool colour, FILE *out)
{
    fprintf(out, "  %s%-10s%s  ", colour ? BOLD : "", label, colour ? PLAIN : "");
}

/* print_csa - result, reason, and what they mean */
static void print_csa(const struct outcome *outcome, bool colour, FILE *out)
{
    const struct vouch_verdict *verdict = &outcome->verdict;
    char buffer[2048];
    struct text text;

    text_init(&text, buffer, sizeof buffer);
    advice_explain(&text, verdict, &outcome->facts.client);
    print_label("csa", colour, out);
    fprintf(out, "%s (%s)%s\n", vouch_csa_word(verdict->csa), vouch_reason_word(verdict->reason),
            verdict->secure ? ", validated by DNSSEC" : "");
    fprintf(out, "              %s\n", buffer);
}

/* print_identity - what proves the name */
static void print_identity(const struct outcome *outcome, bool colour, FILE *out)
{
    print_label("identity", colour, out);
    fprintf(out, "%s: %s\n", vouch_identity_word(outcome->verdict.identity),
            outcome_identity_meaning(outcome->verdict.identity));
}

/* print_silence - why there is no rating: not asked, trouble, or not listed; the service's own words where it has some
 */
static void print_silence(const struct vouch_service *service, const struct vouch_report *report, const char *info,
                          FILE *out)
{
    if (report->too_many)
        fprintf(out, "not asked, %d others were", VOUCH_REPORTS_MAX);
    else if (report->no_question)
        fputs(info, out);
    else if (report->error != VOUCH_FOUND && info[0] != '\0')
        fprintf(out, "no rating, its answer is an error (%s)", info);
    else if (report->error != VOUCH_FOUND)
        fprintf(out, "no answer (%s)", vouch_status_word(report->error));
    else
        fprintf(out, "does not list the %s",
                service->style == VOUCH_STYLE_ADDRESS_LIST ? "address"
                : service->ask_organization                ? "organization"
                                                           : "name");
}

/* print_report - what one accreditor or list said */
static void print_report(const struct vouch_service *service, const struct vouch_report *report, FILE *out)
{
    char info[4 * VOUCH_INFO_SIZE];
    struct text text;

    text_init(&text, info, sizeof info);
    text_add_printable(&text, text_bytes(report->info));
    fprintf(out, "              %s (%s): ", service->name, vouch_style_word(service->style));
    if (report->listed)
        fprintf(out, "%s%s%s%s", vouch_rating_word(report->rating), report->used ? ", counts" : "",
                info[0] == '\0' ? "" : ": ", info);
    else
        print_silence(service, report, info, out);
    fputs(service->suspended && service->style != VOUCH_STYLE_LIST ? "; suspended, does not count\n" : "\n", out);
}

/* print_dna - the rating that counts, and every report */
static void print_dna(const struct outcome *outcome, const struct conf *conf, bool colour, FILE *out)
{
    const struct vouch_verdict *verdict = &outcome->verdict;
    struct vouch_report report;

    print_label("dna", colour, out);
    if (verdict->service >= 0)
        fprintf(out, "%s by %s\n", vouch_rating_word(verdict->rating), verdict->service_name);
    else
        fprintf(out, "%s: %s\n", vouch_rating_word(verdict->rating),
                conf->settings.services_count == 0 ? "no accreditation service is configured"
                                                   : "no accreditation counts");
    for (size_t i = 0; vouch_eval_report(&outcome->eval, i, &report); i++)
        print_report(&conf->settings.services[report.service], &report, out);
}

/* print_reputation - own experience with the name and whose it is, or that the store did not say; if there is any */
static void print_reputation(const struct outcome *outcome, bool colour, FILE *out)
{
    const struct vouch_reputation *reputation = &outcome->verdict.reputation;
    struct vouch_step step;

    for (size_t i = 0; vouch_eval_step(&outcome->eval, i, &step); i++) {
        if (step.question.purpose != VOUCH_ASK_REPUTATION || step.status == VOUCH_FOUND ||
            step.status == VOUCH_NXDOMAIN)
            continue;
        print_label("reputation", colour, out);
        fprintf(out, "no answer of the store (%s)\n", vouch_status_word(step.status));
        return;
    }
    if (reputation->ham == 0 && reputation->spam == 0 && reputation->score == 0)
        return;
    print_label("reputation", colour, out);
    fprintf(out, "score %d, confidence %u.%03u: ", reputation->score, reputation->confidence_milli / 1000U,
            reputation->confidence_milli % 1000U);
    if (reputation->ham == 0 && reputation->spam == 0)
        fputs("that of its organization; nothing was said of the host itself\n", out);
    else
        fprintf(out, "%u ham, %u spam\n", reputation->ham, reputation->spam);
}

/* print_trust - level, score, and the evidence that made it */
static void print_trust(const struct outcome *outcome, bool colour, FILE *out)
{
    const struct vouch_verdict *verdict = &outcome->verdict;

    print_label("trust", colour, out);
    fprintf(out, "%s, score %d", vouch_level_word(verdict->level), verdict->score);
    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];

        fprintf(out, "%s%s %+d", i == 0 ? ": " : ", ", vouch_token_word(row->token), row->points);
        if (row->why != VOUCH_WITHHELD_NOT)
            fprintf(out, " (%s)", vouch_withheld_word(row->why));
    }
    if (verdict->score < 0 && verdict->best > verdict->score && verdict->level != VOUCH_LEVEL_UNTRUSTED)
        fprintf(out, "; what did not answer could have made it %d", verdict->best);
    fputc('\n', out);
}

/* print_advice - one line of what to do, if there is any */
static void print_advice(const char *who, const char *advice, bool colour, FILE *out)
{
    if (advice[0] == '\0')
        return;
    print_label(who, colour, out);
    fprintf(out, "%s\n", advice);
}

/* print_advices - what the name's owner and the operator can do, if anything */
static void print_advices(const struct outcome *outcome, bool colour, FILE *out)
{
    char owner[2048], operator[2048];
    struct text text;

    text_init(&text, owner, sizeof owner);
    advice_for_owner(&text, &outcome->verdict, &outcome->facts.client);
    text_init(&text, operator, sizeof operator);
    advice_for_operator(&text, &outcome->verdict, &outcome->facts.client);
    if (owner[0] == '\0' && operator[0] == '\0')
        return;
    fputs("\nWhat to do\n", out);
    print_advice("owner", owner, colour, out);
    print_advice("operator", operator, colour, out);
}

/* print_step - one question, its answer, TTL and DNSSEC state */
static void print_step(const struct outcome *outcome, const struct vouch_step *step, FILE *out)
{
    const struct evidence_step *evidence = evidence_find(&outcome->evidence, step->question.id);

    fprintf(out, "  %u  %-10s %-5s%s\n", step->round, vouch_purpose_word(step->question.purpose),
            vouch_type_word(step->question.type), step->question.name);
    fprintf(out, "                %s", vouch_status_word(step->status));
    if (step->has_ttl)
        fprintf(out, ", ttl %u", step->ttl_s);
    if (step->status == VOUCH_BOGUS)
        fputs(", DNSSEC: bogus", out);
    else if (step->question.type != VOUCH_TYPE_NONE && step->status <= VOUCH_CHAIN)
        fputs(step->secure ? ", DNSSEC: secure" : ", DNSSEC: insecure", out);
    if (evidence->note[0] != '\0')
        fprintf(out, " (%s)", evidence->note);
    fputc('\n', out);
    for (unsigned i = 0; i < evidence->records_count; i++)
        fprintf(out, "                  %s\n", evidence->records[i]);
    if (step->records > evidence->records_count)
        fprintf(out, "                  and %u more\n", step->records - evidence->records_count);
}

/* print_trace - every question in the order of the plan */
static void print_trace(const struct outcome *outcome, FILE *out)
{
    struct vouch_step step;

    fprintf(out, "\nTrace: %u questions, %u ms\n", outcome->verdict.questions, outcome->elapsed_ms);
    for (size_t i = 0; vouch_eval_step(&outcome->eval, i, &step); i++)
        print_step(outcome, &step, out);
}

void outcome_print_text(const struct outcome *outcome, const struct conf *conf, bool trace, bool colour, FILE *out)
{
    print_verdict(outcome, conf, colour, out);
    fputc('\n', out);
    print_csa(outcome, colour, out);
    print_identity(outcome, colour, out);
    print_dna(outcome, conf, colour, out);
    print_reputation(outcome, colour, out);
    print_trust(outcome, colour, out);
    if (outcome->reply[0] != '\0') {
        print_label("reply", colour, out);
        fprintf(out, "%s\n", outcome->reply);
    }
    print_label("header", colour, out);
    fprintf(out, "%s\n", outcome->header);
    print_advices(outcome, colour, out);
    if (trace)
        print_trace(outcome, out);
}
