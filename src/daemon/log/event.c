/*
 * event.c - the decision log: an event is a list of fields, written as key=value or as JSON.
 */
#include "daemon/log/event.h"

#include "daemon/log/log.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS_MAX   24
#define STRINGS_SIZE 3072

enum field_type { FIELD_TEXT, FIELD_NUMBER, FIELD_BOOL };

struct field {
    const char *key;
    enum field_type type;
    const char *text;
    int64_t number;
};

/* One event while it is put together; `strings` holds the texts that had to be escaped. */
struct event_line {
    struct field fields[FIELDS_MAX];
    size_t count;
    char strings[STRINGS_SIZE];
    size_t strings_length;
};

/* event_add - one field */
static void event_add(struct event_line *line, struct field field)
{
    if (line->count < FIELDS_MAX)
        line->fields[line->count++] = field;
}

/* event_add_text - a text of our own; it must live as long as the line */
static void event_add_text(struct event_line *line, const char *key, const char *text)
{
    event_add(line, (struct field){.key = key, .type = FIELD_TEXT, .text = text});
}

static void event_add_number(struct event_line *line, const char *key, int64_t number)
{
    event_add(line, (struct field){.key = key, .type = FIELD_NUMBER, .number = number});
}

static void event_add_bool(struct event_line *line, const char *key, bool value)
{
    event_add(line, (struct field){.key = key, .type = FIELD_BOOL, .number = value});
}

void event_format_foreign(struct text *text, struct vouch_bytes bytes)
{
    for (size_t i = 0; i < bytes.length && !text->cut; i++) {
        if (bytes.data[i] == '\\')
            text_add(text, "\\x5c");
        else
            text_add_printable(text, (struct vouch_bytes){.data = bytes.data + i, .length = 1});
    }
}

/* event_add_foreign - a text of a peer */
static void event_add_foreign(struct event_line *line, const char *key, struct vouch_bytes bytes)
{
    size_t room = sizeof line->strings - line->strings_length;
    char *at = line->strings + line->strings_length;
    struct text text;

    if (room < EVENT_FOREIGN_SIZE) {
        event_add_text(line, key, "");
        return;
    }
    text_init(&text, at, EVENT_FOREIGN_SIZE);
    event_format_foreign(&text, bytes);
    line->strings_length += text.length + 1;
    event_add_text(line, key, at);
}

/* event_is_bare - can the text stand without quotes? */
static bool event_is_bare(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ' ' || *at == '"' || *at == '=' || *at == '\\')
            return false;
    }
    return *text != '\0';
}

/* event_format_value - bare or quoted */
static void event_format_value(struct text *out, const struct field *field)
{
    if (field->type == FIELD_NUMBER) {
        text_add_signed(out, field->number);
    } else if (field->type == FIELD_BOOL) {
        text_add(out, field->number != 0 ? "yes" : "no");
    } else if (event_is_bare(field->text)) {
        text_add(out, field->text);
    } else {
        text_add_char(out, '"');
        for (const char *at = field->text; *at != '\0'; at++) {
            if (*at == '"')
                text_add_char(out, '\\');
            text_add_char(out, *at);
        }
        text_add_char(out, '"');
    }
}

/* event_write_text - key=value pairs */
static void event_write_text(int priority, const struct event_line *line)
{
    char buffer[LOG_LINE_MAX];
    struct text out;

    text_init(&out, buffer, sizeof buffer);
    for (size_t i = 0; i < line->count; i++) {
        if (i != 0)
            text_add_char(&out, ' ');
        text_add(&out, line->fields[i].key);
        text_add_char(&out, '=');
        event_format_value(&out, &line->fields[i]);
    }
    log_raw(priority, out.data, out.length);
}

/* event_write_json - one object */
static void event_write_json(int priority, const struct event_line *line)
{
    json_t *object = json_object();
    char *text;

    for (size_t i = 0; i < line->count; i++) {
        const struct field *field = &line->fields[i];
        json_t *value = field->type == FIELD_TEXT     ? json_string(field->text)
                        : field->type == FIELD_NUMBER ? json_integer(field->number)
                                                      : json_boolean(field->number != 0);

        if (json_object_set_new(object, field->key, value) != 0)
            break;
    }
    text = json_dumps(object, JSON_COMPACT);
    if (text != NULL)
        log_raw(priority, text, strlen(text));
    free(text);
    json_decref(object);
}

/* event_write - in the format that is configured */
static void event_write(const struct visit *visit, int priority, const struct event_line *line)
{
    if (visit->worker->conf->log.format == CONF_LOG_JSON)
        event_write_json(priority, line);
    else
        event_write_text(priority, line);
}

/* event_start - what every event begins with */
static void event_start(struct event_line *line, const char *event, const struct visit *visit,
                        const struct conf_profile *profile)
{
    line->count = 0;
    line->strings_length = 0;
    event_add_text(line, "event", event);
    event_add_text(line, "id", visit->id);
    event_add_text(line, "protocol", visit->protocol);
    event_add_text(line, "profile", profile->name);
}

/* event_add_client - who came, and what it said */
static void event_add_client(struct event_line *line, const struct visit *visit)
{
    struct vouch_bytes helo = {.data = (const uint8_t *)visit->helo, .length = visit->helo_length};
    char address[VOUCH_ADDRESS_SIZE] = "unknown";

    if (visit->client.family != 0)
        vouch_address_format(&visit->client, address);
    event_add_foreign(line, "client", text_bytes(address));
    event_add_foreign(line, "helo", helo);
}

void event_format_reasons(char reasons[EVENT_REASONS_SIZE], const struct vouch_verdict *verdict)
{
    struct text text;

    text_init(&text, reasons, EVENT_REASONS_SIZE);
    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *evidence = &verdict->evidence[i];

        if (i != 0)
            text_add_char(&text, ',');
        text_add(&text, vouch_token_word(evidence->token));
        text_add_char(&text, ':');
        text_add_signed(&text, evidence->points);
        if (evidence->why != VOUCH_WITHHELD_NOT) {
            text_add_char(&text, ':');
            text_add(&text, vouch_withheld_word(evidence->why));
        }
    }
}

void event_log_decision(const struct visit *visit)
{
    const struct vouch_verdict *verdict = &visit->verdict;
    char reasons[EVENT_REASONS_SIZE];
    struct event_line line;

    if (!log_wants(LOG_INFO))
        return;
    event_start(&line, "decision", visit, visit->profile);
    event_add_client(&line, visit);
    event_add_text(&line, "csa", vouch_csa_word(verdict->csa));
    event_add_text(&line, "reason", vouch_reason_word(verdict->reason));
    event_add_text(&line, "domain", verdict->domain);
    event_add_bool(&line, "secure", verdict->secure);
    event_add_text(&line, "identity", vouch_identity_word(verdict->identity));
    event_add_text(&line, "dna", vouch_rating_word(verdict->rating));
    event_add_text(&line, "service", verdict->service_name);
    event_add_text(&line, "trust", vouch_level_word(verdict->level));
    event_add_number(&line, "score", verdict->score);
    event_format_reasons(reasons, verdict);
    event_add_text(&line, "reasons", reasons);
    event_add_text(&line, "verb", vouch_verb_word(visit_verb(visit)));
    event_add_text(&line, "mode", vouch_mode_word(visit->profile->mode));
    event_add_number(&line, "queries", visit->queries);
    event_add_number(&line, "ms", visit_elapsed_ms(visit));
    if (visit->cut)
        event_add_bool(&line, "cut", true);
    event_write(visit, LOG_INFO, &line);
}

void event_log_action(const struct visit *visit, const struct visit_decision *decision, const char *reply)
{
    struct event_line line;

    if (!log_wants(LOG_NOTICE))
        return;
    event_start(&line, vouch_verb_word(decision->verb), visit, decision->profile);
    event_add_text(&line, "stage", vouch_stage_word(decision->stage));
    event_add_client(&line, visit);
    event_add_foreign(&line, "recipient", decision->recipient);
    event_add_bool(&line, "acted", decision->profile->mode == VOUCH_MODE_ENFORCE);
    event_add_text(&line, "reply", reply);
    event_write(visit, LOG_NOTICE, &line);
}

void event_log_exempt(const struct visit *visit)
{
    int priority = visit->exempt == VISIT_EXEMPT ? LOG_INFO : LOG_DEBUG;
    struct event_line line;

    if (!log_wants(priority))
        return;
    event_start(&line, "exempt", visit, visit->profile);
    event_add_client(&line, visit);
    event_add_text(&line, "why", visit_exempt_word(visit->exempt));
    event_add_foreign(&line, "comment", text_bytes(visit->comment));
    event_write(visit, priority, &line);
}
