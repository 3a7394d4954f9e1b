/*
 * outcome_json.c - the JSON object of DESIGN 6.1.
 *
 * Every key is always there; what does not apply is null. Text from outside that is not UTF-8 reads \xNN.
 */
#include "base/text.h"
#include "tool/outcome.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* json_sequence - length of the well-formed UTF-8 character at `at`, 0 if there is none [RFC 3629 4] */
static size_t json_sequence(const uint8_t *at, size_t left)
{
    size_t length = at[0] < 0x80 ? 1 : at[0] >= 0xc2 && at[0] < 0xe0 ? 2 : at[0] >= 0xe0 && at[0] < 0xf0 ? 3 : 4;
    char character[5];
    json_t *probe;

    if (at[0] >= 0xf5 || (at[0] >= 0x80 && at[0] < 0xc2) || length > left)
        return 0;
    memcpy(character, at, length);
    character[length] = '\0';
    probe = json_stringn(character, length); /* checks the continuation octets */
    json_decref(probe);
    return probe == NULL ? 0 : length;
}

/* json_hostile - a string from octets of any kind */
static json_t *json_hostile(struct vouch_bytes bytes)
{
    size_t size = 4 * bytes.length + 1;
    char *buffer = malloc(size);
    struct text text;
    json_t *string;

    if (buffer == NULL)
        return NULL;
    text_init(&text, buffer, size);
    for (size_t at = 0; at < bytes.length;) {
        size_t length = json_sequence(bytes.data + at, bytes.length - at);
        struct vouch_bytes octet = {bytes.data + at, 1};

        if (length == 0)
            text_add_printable(&text, octet);
        else
            text_add_bytes(&text, bytes.data + at, length);
        at += length == 0 ? 1 : length;
    }
    string = json_stringn(text.data, text.length);
    free(buffer);
    return string;
}

/* json_or_null - a string, or null for an empty one */
static json_t *json_or_null(const char *string)
{
    return string[0] == '\0' ? json_null() : json_hostile(text_bytes(string));
}

/* json_error - why a report is missing, or null */
static json_t *json_error(const struct vouch_report *report)
{
    if (report->too_many)
        return json_string("too-many");
    return report->error == VOUCH_FOUND ? json_null() : json_string(vouch_status_word(report->error));
}

/* json_reports - what each service said */
static json_t *json_reports(const struct outcome *outcome, const struct conf *conf)
{
    json_t *reports = json_array();
    struct vouch_report report;

    for (size_t i = 0; vouch_eval_report(&outcome->eval, i, &report); i++) {
        const struct vouch_service *service = &conf->settings.services[report.service];

        json_array_append_new(reports, json_pack("{s:s, s:s, s:b, s:b, s:s, s:o, s:o}", "service", service->name,
                                                 "style", vouch_style_word(service->style), "listed", report.listed,
                                                 "used", report.used, "rating", vouch_rating_word(report.rating),
                                                 "info", json_or_null(report.info), "error", json_error(&report)));
    }
    return reports;
}

/* json_reasons - the evidence behind the score */
static json_t *json_reasons(const struct vouch_verdict *verdict)
{
    json_t *reasons = json_array();

    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];
        json_t *reason = json_pack("{s:s, s:i}", "token", vouch_token_word(row->token), "points", row->points);

        if (row->why != VOUCH_WITHHELD_NOT)
            json_object_set_new(reason, "why", json_string(vouch_withheld_word(row->why)));
        json_array_append_new(reasons, reason);
    }
    return reasons;
}

/* json_step - one question of the trace */
static json_t *json_step(const struct outcome *outcome, const struct vouch_step *step)
{
    const struct evidence_step *evidence = evidence_find(&outcome->evidence, step->question.id);
    json_t *records = json_array();

    for (unsigned i = 0; i < evidence->records_count; i++)
        json_array_append_new(records, json_string(evidence->records[i]));
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:i, s:o, s:o}", "purpose",
                     vouch_purpose_word(step->question.purpose), "name", step->question.name, "type",
                     vouch_type_word(step->question.type), "round", (int)step->round, "status",
                     vouch_status_word(step->status), "secure", step->secure, "ttl",
                     step->has_ttl ? json_integer(step->ttl_s) : json_null(), "records_count", (int)step->records,
                     "records", records, "note", json_or_null(evidence->note));
}

/* json_trace - all questions, in the order of the plan */
static json_t *json_trace(const struct outcome *outcome)
{
    json_t *trace = json_array();
    struct vouch_step step;

    for (size_t i = 0; vouch_eval_step(&outcome->eval, i, &step); i++)
        json_array_append_new(trace, json_step(outcome, &step));
    return trace;
}

/* json_csa, json_dna and so on - the parts of the object */
static json_t *json_csa(const struct vouch_verdict *verdict)
{
    return json_pack("{s:s, s:s, s:o, s:b}", "result", vouch_csa_word(verdict->csa), "reason",
                     vouch_reason_word(verdict->reason), "domain", json_or_null(verdict->domain), "secure",
                     verdict->secure);
}

static json_t *json_dna(const struct outcome *outcome, const struct conf *conf)
{
    return json_pack("{s:s, s:o, s:o}", "rating", vouch_rating_word(outcome->verdict.rating), "service",
                     json_or_null(outcome->verdict.service_name), "reports", json_reports(outcome, conf));
}

static json_t *json_reputation(const struct vouch_reputation *reputation)
{
    return json_pack("{s:i, s:f, s:I, s:I}", "score", reputation->score, "confidence",
                     (double)reputation->confidence_milli / 1000, "ham", (json_int_t)reputation->ham, "spam",
                     (json_int_t)reputation->spam);
}

static json_t *json_trust(const struct vouch_verdict *verdict)
{
    return json_pack("{s:s, s:i, s:o}", "level", vouch_level_word(verdict->level), "score", verdict->score, "reasons",
                     json_reasons(verdict));
}

static json_t *json_action(const struct outcome *outcome, const struct conf *conf)
{
    return json_pack("{s:s, s:o, s:s}", "verb", vouch_verb_word(outcome->verb), "reply", json_or_null(outcome->reply),
                     "mode", vouch_mode_word(conf->policy.mode));
}

/* json_write - print the object in ASCII; DEL, which jansson lets through, is escaped too */
static bool json_write(const json_t *object, FILE *out)
{
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    bool fine = text != NULL;

    for (const char *at = text; fine && *at != '\0'; at++)
        fine = (*at == 127 ? fputs("\\u007f", out) : fputc(*at, out)) != EOF;
    free(text);
    return fine && fputc('\n', out) != EOF;
}

bool outcome_print_json(const struct outcome *outcome, const struct conf *conf, FILE *out)
{
    const struct vouch_verdict *verdict = &outcome->verdict;
    char client[VOUCH_ADDRESS_SIZE];
    json_t *object;
    bool fine;

    vouch_address_format(&outcome->facts.client, client);
    object = json_pack("{s:s, s:o, s:o, s:{s:s}, s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:i, s:o}", "client", client,
                       "helo", json_hostile(outcome->facts.helo), "csa", json_csa(verdict), "identity", "strength",
                       vouch_identity_word(verdict->identity), "dna", json_dna(outcome, conf), "reputation",
                       json_reputation(&verdict->reputation), "trust", json_trust(verdict), "action",
                       json_action(outcome, conf), "header", outcome->header, "queries", (int)verdict->questions, "ttl",
                       verdict->has_ttl ? json_integer(verdict->ttl_s) : json_null(), "elapsed_ms",
                       (int)outcome->elapsed_ms, "trace", json_trace(outcome));
    fine = object != NULL && json_write(object, out);
    json_decref(object);
    return fine;
}
