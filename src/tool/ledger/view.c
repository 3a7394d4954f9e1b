/*
 * view.c - rows of the ledger as JSON objects, and back to the words' values for advice.
 */
#include "tool/ledger/view.h"

#include "base/text.h"
#include "tool/view.h"

#include <stdlib.h>
#include <string.h>

#define WORD_SIZE 64

/* ledger_view_reason - "csa-pass:10" or "dna-a:0:unproven-name" as an object */
static json_t *ledger_view_reason(const char *start, size_t length)
{
    char copy[3 * WORD_SIZE];
    char *points, *why;
    struct text text;
    json_t *reason;

    text_init(&text, copy, sizeof copy);
    text_add_bytes(&text, start, length);
    points = strchr(copy, ':');
    if (points == NULL)
        return NULL;
    *points++ = '\0';
    why = strchr(points, ':');
    if (why != NULL)
        *why++ = '\0';
    reason = json_pack("{s:o, s:i}", "token", json_text(text_bytes(copy)), "points", (int)strtol(points, NULL, 10));
    if (why != NULL)
        json_object_set_new(reason, "why", json_text(text_bytes(why)));
    return reason;
}

/* ledger_view_reasons - the evidence behind a score */
static json_t *ledger_view_reasons(const char *reasons)
{
    json_t *array = json_array();

    for (const char *at = reasons; *at != '\0';) {
        size_t length = strcspn(at, ",");
        json_t *reason = ledger_view_reason(at, length);

        if (reason != NULL)
            json_array_append_new(array, reason);
        at += length + (at[length] == ',' ? 1 : 0);
    }
    return array;
}

/* ledger_view_set - a text, null for an empty one */
static void ledger_view_set(json_t *object, const char *key, const char *value)
{
    json_object_set_new(object, key, json_text_or_null(value));
}

/* ledger_view_set_time - a time as programs read it */
static void ledger_view_set_time(json_t *object, int64_t time_ms)
{
    char text[VIEW_TIME_SIZE];

    view_time_utc(time_ms, text);
    json_object_set_new(object, "time", json_string(text));
    json_object_set_new(object, "time_ms", json_integer(time_ms));
}

/* ledger_view_results - what was found */
static void ledger_view_results(json_t *object, const struct ledger_decision *decision)
{
    json_t *csa = json_pack("{s:b}", "secure", decision->secure), *identity = json_object();
    json_t *dna = json_pack("{s:[]}", "reports"), *action = json_object();
    json_t *trust = json_pack("{s:i, s:o}", "score", decision->score, "reasons",
                              ledger_view_reasons(decision->reasons));

    ledger_view_set(csa, "result", decision->csa);
    ledger_view_set(csa, "reason", decision->reason);
    ledger_view_set(csa, "domain", decision->domain);
    ledger_view_set(identity, "strength", decision->identity);
    ledger_view_set(dna, "rating", decision->rating);
    ledger_view_set(dna, "service", decision->service);
    ledger_view_set(trust, "level", decision->level);
    ledger_view_set(action, "verb", decision->verb);
    ledger_view_set(action, "mode", decision->mode);
    json_object_set_new(object, "csa", csa);
    json_object_set_new(object, "identity", identity);
    json_object_set_new(object, "dna", dna);
    json_object_set_new(object, "trust", trust);
    json_object_set_new(object, "action", action);
}

json_t *ledger_view_decision(const struct ledger_decision *decision)
{
    json_t *object = json_object();
    char client[VOUCH_ADDRESS_SIZE] = "";

    if (object == NULL)
        return NULL;
    if (decision->client.family != 0)
        vouch_address_format(&decision->client, client);
    ledger_view_set(object, "id", decision->id);
    ledger_view_set(object, "evaluation", decision->evaluation);
    ledger_view_set_time(object, decision->time_ms);
    ledger_view_set(object, "protocol", decision->protocol);
    ledger_view_set(object, "profile", decision->profile);
    ledger_view_set(object, "client", client);
    ledger_view_set(object, "helo", decision->helo);
    ledger_view_set(object, "name", decision->name);
    ledger_view_set(object, "organization", decision->organization);
    ledger_view_results(object, decision);
    json_object_set_new(object, "queries", json_integer(decision->queries));
    json_object_set_new(object, "elapsed_ms", json_integer(decision->elapsed_ms));
    return object;
}

void ledger_view_add_detail(json_t *object, const char *detail)
{
    json_t *loaded = json_loads(detail, 0, NULL);
    json_t *reports = json_object_get(json_object_get(loaded, "dna"), "reports");
    json_t *trace = json_object_get(loaded, "trace"), *best = json_object_get(json_object_get(loaded, "trust"), "best");
    json_t *reputation = json_object_get(loaded, "reputation");
    json_t *ttl = json_object_get(loaded, "ttl"), *header = json_object_get(loaded, "header");

    if (json_is_array(reports))
        json_object_set(json_object_get(object, "dna"), "reports", reports);
    if (json_is_integer(best))
        json_object_set(json_object_get(object, "trust"), "best", best);
    json_object_set(object, "reputation", json_is_object(reputation) ? reputation : json_null());
    json_object_set(object, "header", json_is_string(header) ? header : json_null());
    json_object_set(object, "ttl", json_is_integer(ttl) ? ttl : json_null());
    json_object_set_new(object, "trace", json_is_array(trace) ? json_incref(trace) : json_array());
    json_decref(loaded);
}

json_t *ledger_view_action(const struct ledger_action *action)
{
    json_t *object = json_pack("{s:b}", "acted", action->acted);

    if (object == NULL)
        return NULL;
    ledger_view_set_time(object, action->time_ms);
    ledger_view_set(object, "verb", action->verb);
    ledger_view_set(object, "stage", action->stage);
    ledger_view_set(object, "profile", action->profile);
    ledger_view_set(object, "recipient", action->recipient);
    ledger_view_set(object, "reply", action->reply);
    return object;
}

json_t *ledger_view_feedback(const struct ledger_feedback *feedback)
{
    json_t *object = json_pack("{s:s, s:I}", "kind", feedback->spam ? "spam" : "ham", "counted",
                               (json_int_t)feedback->counted);

    if (object == NULL)
        return NULL;
    ledger_view_set_time(object, feedback->time_ms);
    ledger_view_set(object, "source", feedback->source);
    ledger_view_set(object, "result", feedback->result);
    return object;
}

/* reason_word, token_word and so on - the words of any value below a count */
static const char *reason_word(unsigned value)
{
    return vouch_reason_word((enum vouch_reason)value);
}

static const char *token_word(unsigned value)
{
    return vouch_token_word((enum vouch_token)value);
}

static const char *verb_word(unsigned value)
{
    return vouch_verb_word((enum vouch_verb)value);
}

static const char *level_word(unsigned value)
{
    return vouch_level_word((enum vouch_level)value);
}

static const char *identity_word(unsigned value)
{
    return vouch_identity_word((enum vouch_identity)value);
}

/* ledger_view_find - the value of a word, up to `last`; false: it has none */
static bool ledger_view_find(const char *(*word_of)(unsigned value), unsigned last, const char *word, unsigned *value)
{
    for (*value = 0; *value <= last; ++*value) {
        if (strcmp(word_of(*value), word) == 0)
            return true;
    }
    return false;
}

bool ledger_view_verb(const json_t *object, enum vouch_verb *verb)
{
    unsigned value;
    bool found = ledger_view_find(verb_word, VOUCH_VERB_REJECT, view_text(json_object_get(object, "action"), "verb"),
                                  &value);

    *verb = found ? (enum vouch_verb)value : VOUCH_VERB_CONTINUE;
    return found;
}

bool ledger_view_identity(const json_t *object, enum vouch_identity *identity)
{
    unsigned value;
    bool found = ledger_view_find(identity_word, VOUCH_IDENTITY_CSA,
                                  view_text(json_object_get(object, "identity"), "strength"), &value);

    *identity = found ? (enum vouch_identity)value : VOUCH_IDENTITY_NONE;
    return found;
}

/* ledger_view_copy - a name, or what stands for one of which there is only a hash */
static void ledger_view_copy(char name[VOUCH_NAME_SIZE], const char *kept)
{
    struct text text;

    text_init(&text, name, VOUCH_NAME_SIZE);
    text_add(&text, strncmp(kept, "h:", 2) == 0 ? "NAME" : kept);
}

/* view_points - a number of the ledger within the bounds of a score */
static int16_t view_points(int64_t points)
{
    return (int16_t)(points > 100 ? 100 : points < -100 ? -100 : points);
}

bool ledger_view_verdict(const json_t *object, struct vouch_verdict *verdict)
{
    const json_t *csa = json_object_get(object, "csa"), *dna = json_object_get(object, "dna");
    const json_t *trust = json_object_get(object, "trust"), *reason, *reasons = json_object_get(trust, "reasons");
    unsigned value;

    *verdict = (struct vouch_verdict){.service = -1, .score = view_points(view_number(trust, "score"))};
    if (ledger_view_find(level_word, VOUCH_LEVEL_TRUSTED, view_text(trust, "level"), &value))
        verdict->level = (enum vouch_level)value;
    verdict->best = json_is_integer(json_object_get(trust, "best")) ? view_points(view_number(trust, "best"))
                                                                    : verdict->score;
    if (!ledger_view_find(reason_word, VOUCH_REASON_TOO_MANY, view_text(csa, "reason"), &value))
        return false;
    verdict->reason = (enum vouch_reason)value;
    ledger_view_copy(verdict->name, view_text(object, "name"));
    ledger_view_copy(verdict->domain, view_text(csa, "domain"));
    ledger_view_copy(verdict->service_name, view_text(dna, "service"));
    for (size_t i = 0; (reason = json_array_get(reasons, i)) != NULL; i++) {
        if (verdict->evidence_count == VOUCH_EVIDENCE_MAX)
            break;
        if (ledger_view_find(token_word, VOUCH_TOKENS - 1, view_text(reason, "token"), &value))
            verdict->evidence[verdict->evidence_count++] = (struct vouch_evidence){
                .token = (enum vouch_token)value,
                .points = view_points(view_number(reason, "points")),
            };
    }
    return true;
}
