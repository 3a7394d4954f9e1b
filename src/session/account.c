/*
 * account.c - the JSON object of one judged session.
 *
 * Every key is always there; what does not apply is null. Text from outside that is not UTF-8 reads \xNN.
 */
#include "session/account.h"

#include "session/json_text.h"

#include <stdlib.h>

/* json_error - why a report is missing, or null */
static json_t *json_error(const struct vouch_report *report)
{
    if (report->too_many)
        return json_string("too-many");
    return report->error == VOUCH_FOUND ? json_null() : json_string(vouch_status_word(report->error));
}

/* json_reports - what each service said */
static json_t *json_reports(const struct account *account, const struct vouch_settings *settings)
{
    json_t *reports = json_array();
    struct vouch_report report;

    for (size_t i = 0; vouch_eval_report(account->eval, i, &report); i++) {
        const struct vouch_service *service = &settings->services[report.service];

        json_array_append_new(reports,
                              json_pack("{s:s, s:s, s:b, s:b, s:s, s:o, s:o, s:b}", "service", service->name, "style",
                                        vouch_style_word(service->style), "listed", report.listed, "used", report.used,
                                        "rating", vouch_rating_word(report.rating), "info",
                                        json_text_or_null(report.info), "error", json_error(&report), "suspended",
                                        service->suspended && service->style != VOUCH_STYLE_LIST));
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
static json_t *json_step(const struct evidence_step *evidence, const struct vouch_step *step)
{
    json_t *records = json_array();

    for (unsigned i = 0; i < evidence->records_count; i++)
        json_array_append_new(records, json_string(evidence->records[i]));
    return json_pack("{s:s, s:s, s:s, s:i, s:s, s:b, s:o, s:i, s:o, s:o}", "purpose",
                     vouch_purpose_word(step->question.purpose), "name", step->question.name, "type",
                     vouch_type_word(step->question.type), "round", (int)step->round, "status",
                     vouch_status_word(step->status), "secure", step->secure, "ttl",
                     step->has_ttl ? json_integer(step->ttl_s) : json_null(), "records_count", (int)step->records,
                     "records", records, "note", json_text_or_null(evidence->note));
}

/* json_trace - all questions, in the order of the plan */
static json_t *json_trace(const struct account *account)
{
    static const struct evidence none;
    const struct evidence *evidence = account->evidence == NULL ? &none : account->evidence;
    json_t *trace = json_array();
    struct vouch_step step;

    for (size_t i = 0; vouch_eval_step(account->eval, i, &step); i++)
        json_array_append_new(trace, json_step(evidence_find(evidence, step.question.id), &step));
    return trace;
}

/* json_csa, json_dna and so on - the parts of the object */
static json_t *json_csa(const struct vouch_verdict *verdict)
{
    return json_pack("{s:s, s:s, s:o, s:b}", "result", vouch_csa_word(verdict->csa), "reason",
                     vouch_reason_word(verdict->reason), "domain", json_text_or_null(verdict->domain), "secure",
                     verdict->secure);
}

static json_t *json_dna(const struct account *account, const struct vouch_settings *settings)
{
    return json_pack("{s:s, s:o, s:o}", "rating", vouch_rating_word(account->verdict->rating), "service",
                     json_text_or_null(account->verdict->service_name), "reports", json_reports(account, settings));
}

static json_t *json_reputation(const struct vouch_reputation *reputation)
{
    return json_pack("{s:i, s:f, s:I, s:I}", "score", reputation->score, "confidence",
                     (double)reputation->confidence_milli / 1000, "ham", (json_int_t)reputation->ham, "spam",
                     (json_int_t)reputation->spam);
}

/* json_trust - `best` stands only where the receiver's own memory did not answer and could have made more of it */
static json_t *json_trust(const struct vouch_verdict *verdict)
{
    json_t *trust = json_pack("{s:s, s:i, s:o}", "level", vouch_level_word(verdict->level), "score", verdict->score,
                              "reasons", json_reasons(verdict));

    if (verdict->best > verdict->score)
        json_object_set_new(trust, "best", json_integer(verdict->best));
    return trust;
}

static json_t *json_action(const struct account *account)
{
    return json_pack("{s:s, s:o, s:s}", "verb", vouch_verb_word(account->verb), "reply",
                     json_text_or_null(account->reply), "mode", vouch_mode_word(account->mode));
}

char *account_format(const struct account *account, const struct vouch_settings *settings, bool lines)
{
    const struct vouch_verdict *verdict = account->verdict;
    char client[VOUCH_ADDRESS_SIZE] = "";
    json_t *object;
    char *text;

    if (account->client->family != 0)
        vouch_address_format(account->client, client);
    object = json_pack("{s:o, s:o, s:o, s:{s:s}, s:o, s:o, s:o, s:o, s:s, s:i, s:o, s:i, s:o}", "client",
                       json_text_or_null(client), "helo", json_text(account->helo), "csa", json_csa(verdict),
                       "identity", "strength", vouch_identity_word(verdict->identity), "dna",
                       json_dna(account, settings), "reputation", json_reputation(&verdict->reputation), "trust",
                       json_trust(verdict), "action", json_action(account), "header", account->header, "queries",
                       (int)verdict->questions, "ttl", verdict->has_ttl ? json_integer(verdict->ttl_s) : json_null(),
                       "elapsed_ms", (int)account->elapsed_ms, "trace", json_trace(account));
    text = object == NULL ? NULL : json_text_dump(object, lines);
    json_decref(object);
    return text;
}
