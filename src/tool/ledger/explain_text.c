/*
 * explain_text.c - the reasoning of a decision for people: the verdict first, then why, then what came of it.
 */
#include "base/text.h"
#include "tool/ledger/explain.h"
#include "tool/ledger/view.h"
#include "tool/outcome.h"
#include "tool/view.h"

#include <inttypes.h>
#include <string.h>

#define BOLD   "\033[1m"
#define PLAIN  "\033[0m"
#define INDENT "              "

/* print_heading - the beginning of a part */
static void print_heading(const char *heading, bool colour)
{
    printf("\n%s%s%s\n", colour ? BOLD : "", heading, colour ? PLAIN : "");
}

/* print_line - a label and a text */
static void print_line(const char *label, const char *text)
{
    view_label(stdout, label);
    view_print(stdout, text);
    puts("");
}

/* print_verdict - the first line: what the decision was */
static void print_verdict(const json_t *object, bool colour)
{
    const char *helo = view_text(object, "helo"), *client = view_text(object, "client");
    const char *mode = view_text(json_object_get(object, "action"), "mode");
    enum vouch_verb verb;
    bool known = ledger_view_verb(object, &verb);

    fputs(colour ? BOLD : "", stdout);
    view_print(stdout, view_text(json_object_get(object, "action"), "verb"));
    printf("%s  ", colour ? PLAIN : "");
    view_print(stdout, helo[0] == '\0' ? "(no HELO)" : helo);
    fputs(" [", stdout);
    view_print(stdout, client[0] == '\0' ? "address not known" : client);
    printf("]%s%s", known ? ": " : "", known ? outcome_verb_meaning(verb) : "");
    if (strcmp(mode, vouch_mode_word(VOUCH_MODE_MONITOR)) == 0 && verb >= VOUCH_VERB_DEFER)
        fputs(" in mode enforce; the mode was monitor", stdout);
    puts("");
}

/* print_session - when, who, and through which door */
static void print_session(const json_t *object)
{
    char when[VIEW_TIME_SIZE];

    view_time(view_number(object, "time_ms"), when);
    print_line("decision", view_text(object, "id"));
    view_label(stdout, "when");
    printf("%s, after %" PRId64 " ms and %" PRId64 " questions to the DNS\n", when, view_number(object, "elapsed_ms"),
           view_number(object, "queries"));
    view_label(stdout, "session");
    view_print(stdout, view_text(object, "protocol"));
    fputs(", profile ", stdout);
    view_print(stdout, view_text(object, "profile"));
    fputs(", mode ", stdout);
    view_print(stdout, view_text(json_object_get(object, "action"), "mode"));
    puts("");
    view_label(stdout, "name");
    view_print(stdout,
               view_text(object, "name")[0] == '\0' ? "none that could be looked up" : view_text(object, "name"));
    if (view_text(object, "organization")[0] != '\0') {
        fputs(", of ", stdout);
        view_print(stdout, view_text(object, "organization"));
    }
    puts("");
}

/* print_csa - result, reason, and what they mean */
static void print_csa(const json_t *object)
{
    const json_t *csa = json_object_get(object, "csa");
    const char *why = view_text(json_object_get(object, "advice"), "why");

    view_label(stdout, "csa");
    view_print(stdout, view_text(csa, "result"));
    fputs(" (", stdout);
    view_print(stdout, view_text(csa, "reason"));
    fputs(")", stdout);
    if (view_text(csa, "domain")[0] != '\0') {
        fputs(", record of ", stdout);
        view_print(stdout, view_text(csa, "domain"));
    }
    puts(view_bool(csa, "secure") ? ", validated by DNSSEC" : "");
    if (why[0] != '\0') {
        fputs(INDENT, stdout);
        view_print(stdout, why);
        puts("");
    }
}

/* print_identity - what proved the name */
static void print_identity(const json_t *object)
{
    enum vouch_identity identity;
    bool known = ledger_view_identity(object, &identity);

    view_label(stdout, "identity");
    view_print(stdout, view_text(json_object_get(object, "identity"), "strength"));
    printf("%s%s\n", known ? ": " : "", known ? outcome_identity_meaning(identity) : "");
}

/* print_is_unasked - was there nothing to ask this one about? Its words say so in the place of what it would list */
static bool print_is_unasked(const json_t *report, const char *info)
{
    return !view_bool(report, "listed") && strncmp(info, VOUCH_NOT_ASKED, strlen(VOUCH_NOT_ASKED)) == 0;
}

/* print_report - what one accreditor or list said */
static void print_report(const json_t *report)
{
    const char *error = view_text(report, "error"), *info = view_text(report, "info");

    fputs(INDENT, stdout);
    view_print(stdout, view_text(report, "service"));
    fputs(" (", stdout);
    view_print(stdout, view_text(report, "style"));
    fputs("): ", stdout);
    if (error[0] != '\0') {
        fputs(strcmp(error, "too-many") == 0 ? "not asked (" : "no answer (", stdout);
        view_print(stdout, error);
        fputs(")", stdout);
    } else if (print_is_unasked(report, info)) {
        view_print(stdout, info);
        info = "";
    } else if (!view_bool(report, "listed")) {
        fputs("does not list it", stdout);
    } else {
        view_print(stdout, view_text(report, "rating"));
        fputs(view_bool(report, "used") ? ", counts" : "", stdout);
    }
    fputs(info[0] == '\0' ? "" : ": ", stdout);
    view_print(stdout, info);
    puts(view_bool(report, "suspended") ? "; suspended, does not count" : "");
}

/* print_dna - the rating that counted, and every report */
static void print_dna(const json_t *object)
{
    const json_t *dna = json_object_get(object, "dna"), *reports = json_object_get(dna, "reports");
    const char *service = view_text(dna, "service");

    view_label(stdout, "dna");
    view_print(stdout, view_text(dna, "rating"));
    fputs(service[0] == '\0' ? ": no accreditation counted" : " by ", stdout);
    view_print(stdout, service);
    puts("");
    for (size_t i = 0; i < json_array_size(reports); i++)
        print_report(json_array_get(reports, i));
}

/* find_silence - how the question about the standing ended, if the store did not answer it; else "" */
static const char *find_silence(const json_t *object)
{
    const json_t *step, *trace = json_object_get(object, "trace");

    for (size_t i = 0; (step = json_array_get(trace, i)) != NULL; i++) {
        const char *status = view_text(step, "status");

        if (strcmp(view_text(step, "purpose"), vouch_purpose_word(VOUCH_ASK_REPUTATION)) == 0 &&
            strcmp(status, vouch_status_word(VOUCH_FOUND)) != 0 &&
            strcmp(status, vouch_status_word(VOUCH_NXDOMAIN)) != 0)
            return status;
    }
    return "";
}

/* print_reputation - the standing at that time, and whose it is */
static void print_reputation(const json_t *object)
{
    const json_t *reputation = json_object_get(object, "reputation");
    const char *silence = find_silence(object), *organization = view_text(object, "organization");

    if (!json_is_object(reputation))
        return;
    view_label(stdout, "reputation");
    if (silence[0] != '\0') {
        fputs("no answer of the store (", stdout);
        view_print(stdout, silence);
        puts(")");
        return;
    }
    printf("score %+" PRId64 ", confidence %.2f: ", view_number(reputation, "score"),
           json_number_value(json_object_get(reputation, "confidence")));
    if (view_number(reputation, "ham") != 0 || view_number(reputation, "spam") != 0) {
        printf("%" PRId64 " ham, %" PRId64 " spam at that time\n", view_number(reputation, "ham"),
               view_number(reputation, "spam"));
    } else if (view_number(reputation, "score") != 0) {
        fputs("that of its organization", stdout);
        fputs(organization[0] == '\0' ? "" : ", ", stdout);
        view_print(stdout, organization);
        puts("; nothing was said of the host itself");
    } else {
        puts("nothing was said of it or its organization");
    }
}

/* print_trust - level, score, and each row of evidence, with what was withheld and why */
static void print_trust(const json_t *object)
{
    static const struct {
        const char *word, *meaning;
    } whys[] = {
        {"unproven-name", "the name is not proven well enough for praise to count"},
        {"no-dnssec", "DNSSEC did not validate the CSA result, which dnssec.require_for_trust wants"},
        {"quorum", "too few services say so"},
        {"suspended", "the service failed its checks at that time"},
    };
    const json_t *trust = json_object_get(object, "trust"), *reason, *reasons = json_object_get(trust, "reasons");

    view_label(stdout, "trust");
    view_print(stdout, view_text(trust, "level"));
    printf(", score %+" PRId64 "\n", view_number(trust, "score"));
    for (size_t i = 0; (reason = json_array_get(reasons, i)) != NULL; i++) {
        const char *why = view_text(reason, "why");

        printf(INDENT "%+5" PRId64 "  ", view_number(reason, "points"));
        view_print(stdout, view_text(reason, "token"));
        if (why[0] != '\0') {
            fputs(", withheld: ", stdout);
            view_print(stdout, why);
        }
        for (size_t row = 0; row < sizeof whys / sizeof whys[0]; row++)
            printf("%s%s", strcmp(why, whys[row].word) == 0 ? ": " : "",
                   strcmp(why, whys[row].word) == 0 ? whys[row].meaning : "");
        puts("");
    }
    if (json_array_size(reasons) == 0)
        puts(INDENT "there was no evidence for or against the session");
    if (json_is_integer(json_object_get(trust, "best")) && strcmp(view_text(trust, "level"), "untrusted") != 0)
        printf(INDENT "what this receiver remembers did not answer, and could have made it %+" PRId64
                      ": nobody is refused for want of memory\n",
               view_number(trust, "best"));
}

/* print_actions - what was done with it, and when */
static void print_actions(const json_t *object, bool colour)
{
    const json_t *action, *actions = json_object_get(object, "actions");
    const char *trusted = view_text(json_object_get(object, "advice"), "trusted");
    enum vouch_verb verb;

    print_heading("What was done", colour);
    for (size_t i = 0; (action = json_array_get(actions, i)) != NULL; i++) {
        const char *recipient = view_text(action, "recipient"), *reply = view_text(action, "reply");
        char when[VIEW_TIME_SIZE];

        view_time(view_number(action, "time_ms"), when);
        printf("  %s  ", when);
        view_print(stdout, view_text(action, "verb"));
        fputs(" at ", stdout);
        view_print(stdout, view_text(action, "stage"));
        fputs(", profile ", stdout);
        view_print(stdout, view_text(action, "profile"));
        fputs(recipient[0] == '\0' ? "" : ", recipient ", stdout);
        view_print(stdout, recipient);
        puts(view_bool(action, "acted") ? "" : ": only noted (mode monitor)");
        if (reply[0] != '\0') {
            fputs(INDENT, stdout);
            view_print(stdout, reply);
            puts("");
        }
    }
    if (trusted[0] != '\0') {
        fputs("  ", stdout);
        view_print(stdout, trusted);
        puts("");
    }
    if (json_array_size(actions) != 0)
        return;
    puts(ledger_view_verb(object, &verb) && verb >= VOUCH_VERB_DEFER
             ? "  nothing: the session did not come to the stage at which it would have been refused or deferred, or "
               "its recipients are exempt"
             : "  nothing was refused or deferred");
}

/* print_feedback - what was said of its mail later */
static void print_feedback(const json_t *object, bool colour)
{
    const json_t *feedback, *feedbacks = json_object_get(object, "feedback");

    if (json_array_size(feedbacks) == 0)
        return;
    print_heading("What was said of its mail", colour);
    for (size_t i = 0; (feedback = json_array_get(feedbacks, i)) != NULL; i++) {
        char when[VIEW_TIME_SIZE];

        view_time(view_number(feedback, "time_ms"), when);
        printf("  %s  %s, by ", when, view_text(feedback, "kind"));
        view_print(stdout, view_text(feedback, "source"));
        fputs(": ", stdout);
        view_print(stdout, view_text(feedback, "result"));
        if (strcmp(view_text(feedback, "result"), "trouble") == 0 && view_number(feedback, "counted") > 0)
            printf(" (no answer yet, or never: %" PRId64 " may count)", view_number(feedback, "counted"));
        else if (view_number(feedback, "counted") > 1 || strcmp(view_text(feedback, "result"), "capped") == 0)
            printf(" (%" PRId64 " counted)", view_number(feedback, "counted"));
        puts("");
    }
}

/* print_step - one question, its answer, TTL and DNSSEC state */
static void print_step(const json_t *step)
{
    const json_t *records = json_object_get(step, "records");
    const char *status = view_text(step, "status"), *note = view_text(step, "note");
    bool asked = strcmp(view_text(step, "type"), "-") != 0;

    printf("  %" PRId64 "  ", view_number(step, "round"));
    view_print_cell(stdout, view_text(step, "purpose"), 10);
    fputs(" ", stdout);
    view_print_cell(stdout, view_text(step, "type"), 5);
    fputs(" ", stdout);
    view_print(stdout, view_text(step, "name"));
    fputs("\n                ", stdout);
    view_print(stdout, status);
    if (json_is_integer(json_object_get(step, "ttl")))
        printf(", ttl %" PRId64, view_number(step, "ttl"));
    if (strcmp(status, vouch_status_word(VOUCH_BOGUS)) == 0)
        fputs(", DNSSEC: bogus", stdout);
    else if (asked && strcmp(status, vouch_status_word(VOUCH_FAILED)) != 0 &&
             strcmp(status, vouch_status_word(VOUCH_TIMEOUT)) != 0)
        fputs(view_bool(step, "secure") ? ", DNSSEC: secure" : ", DNSSEC: insecure", stdout);
    fputs(note[0] == '\0' ? "" : " (", stdout);
    view_print(stdout, note);
    puts(note[0] == '\0' ? "" : ")");
    for (size_t i = 0; i < json_array_size(records); i++) {
        const char *record = json_string_value(json_array_get(records, i));

        fputs("                  ", stdout);
        view_print(stdout, record == NULL ? "?" : record);
        puts("");
    }
    if (view_number(step, "records_count") > (int64_t)json_array_size(records))
        printf("                  and %" PRId64 " more\n",
               view_number(step, "records_count") - (int64_t)json_array_size(records));
}

/* print_trace - every question in the order of the plan, and whose they were */
static void print_trace(const json_t *object, bool colour)
{
    const json_t *trace = json_object_get(object, "trace");

    print_heading("Questions and answers", colour);
    if (view_bool(object, "from_memory")) {
        fputs("  From memory: they were asked for decision ", stdout);
        view_print(stdout, view_text(object, "evaluation"));
        puts(view_bool(object, "has_detail") ? "" : ", which the ledger no longer has");
    } else if (!view_bool(object, "has_detail")) {
        puts(strncmp(view_text(object, "name"), "h:", 2) == 0 ? "  They were not kept (ledger.hash_names)."
                                                              : "  The ledger does not have them.");
    }
    for (size_t i = 0; i < json_array_size(trace); i++)
        print_step(json_array_get(trace, i));
}

/* print_advice - what the name's owner and the operator can do, if anything */
static void print_advice(const json_t *object, bool colour)
{
    const json_t *advice = json_object_get(object, "advice");
    const char *owner = view_text(advice, "owner"), *operator= view_text(advice, "operator");

    if (owner[0] == '\0' && operator[0] == '\0')
        return;
    print_heading("What to do", colour);
    if (owner[0] != '\0')
        print_line("owner", owner);
    if (operator[0] != '\0')
        print_line("operator", operator);
}

void explain_print(const json_t *object, bool colour)
{
    print_verdict(object, colour);
    print_session(object);
    print_heading("Why", colour);
    print_csa(object);
    print_identity(object);
    print_dna(object);
    print_reputation(object);
    print_trust(object);
    print_actions(object, colour);
    print_feedback(object, colour);
    print_advice(object, colour);
    print_trace(object, colour);
}

void explain_print_table(const json_t *decisions)
{
    const json_t *decision;

    printf("%-25s  %-13s  %-8s  %-22s  %-15s  %s\n", "when", "decision", "verb", "csa", "client", "HELO");
    for (size_t i = 0; (decision = json_array_get(decisions, i)) != NULL; i++) {
        const json_t *csa = json_object_get(decision, "csa");
        char when[VIEW_TIME_SIZE], result[128];
        struct text text;

        view_time(view_number(decision, "time_ms"), when);
        text_init(&text, result, sizeof result);
        text_add(&text, view_text(csa, "result"));
        text_add_char(&text, ' ');
        text_add(&text, view_text(csa, "reason"));
        printf("%-25s  ", when);
        view_print_cell(stdout, view_text(decision, "id"), 13);
        fputs("  ", stdout);
        view_print_cell(stdout, view_text(json_object_get(decision, "action"), "verb"), 8);
        fputs("  ", stdout);
        view_print_cell(stdout, result, 22);
        fputs("  ", stdout);
        view_print_cell(stdout, view_text(decision, "client"), 15);
        fputs("  ", stdout);
        view_print(stdout, view_text(decision, "helo")[0] == '\0' ? "(none)" : view_text(decision, "helo"));
        puts("");
    }
    if (json_array_size(decisions) == 0)
        puts("(none)");
}
