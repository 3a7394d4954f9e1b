/*
 * zone_directive.c - the ";!" lines of zone.h: faults, and what else a master file cannot say.
 */
#define _GNU_SOURCE
#include "dns/zone_draft.h"

#include "base/text.h"
#include "dns/master_rdata.h"
#include "dns/master_word.h"
#include "dns/zone_name.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;
    enum zone_fault_kind kind;
} fault_words[] = {
    {"timeout", ZONE_FAULT_TIMEOUT}, {"servfail", ZONE_FAULT_SERVFAIL},
    {"refused", ZONE_FAULT_REFUSED}, {"truncated", ZONE_FAULT_TRUNCATED},
    {"bogus", ZONE_FAULT_BOGUS},     {"delay", ZONE_FAULT_DELAY},
    {"raw", ZONE_FAULT_RAW},
};

/* word_next - take the next word, empty at the end */
static struct vouch_bytes word_next(struct vouch_bytes *rest)
{
    return text_take_word(rest, " \t\r");
}

/* fault_owner - read the owner of a fault into the zone's memory */
static const char *fault_owner(struct zone *zone, struct zone_fault *fault, struct vouch_bytes word)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = zone_name_parse(wire, word, zone->apex);

    if (length == 0)
        return "a fault whose owner is no name";
    if (!zone_name_is_below(wire, zone->apex))
        return "a fault outside the zone";
    fault->owner = zone_keep(zone, wire, length);
    return fault->owner == NULL ? "out of memory" : NULL;
}

/* fault_kind - read which fault it is */
static const char *fault_kind(struct zone_fault *fault, struct vouch_bytes word)
{
    for (size_t i = 0; i < sizeof fault_words / sizeof fault_words[0]; i++) {
        if (text_is(word, fault_words[i].word)) {
            fault->kind = fault_words[i].kind;
            return NULL;
        }
    }
    return "an unknown fault";
}

/* fault_message - read a message in hexadecimal, blanks allowed, into the zone's memory */
static const char *fault_message(struct zone *zone, struct zone_fault *fault, struct vouch_bytes *rest)
{
    struct master_rdata *hex = malloc(sizeof *hex);
    const char *cause = NULL;

    if (hex == NULL)
        return "out of memory";
    hex->length = 0;
    for (struct vouch_bytes word = word_next(rest); word.length != 0; word = word_next(rest)) {
        if (!master_rdata_add_hex(hex, word))
            cause = "a raw message in malformed hexadecimal";
    }
    if (hex->length == 0 && cause == NULL)
        cause = "a raw fault without a message";
    fault->message.length = hex->length;
    fault->message.data = zone_keep(zone, hex->octets, hex->length);
    if (fault->message.data == NULL)
        cause = "out of memory";
    free(hex);
    return cause;
}

/* fault_add - put a fault behind those that the zone has */
static const char *fault_add(struct zone *zone, const struct zone_fault *fault)
{
    struct zone_fault *faults = reallocarray(zone->faults, zone->faults_count + 1, sizeof *faults);

    if (faults == NULL)
        return "out of memory";
    zone->faults = faults;
    faults[zone->faults_count++] = *fault;
    return NULL;
}

/* directive_fault - OWNER TYPE FAULT [ARGUMENT] */
static const char *directive_fault(struct zone *zone, struct vouch_bytes *rest)
{
    struct zone_fault fault = {0};
    struct vouch_bytes type;
    const char *cause = fault_owner(zone, &fault, word_next(rest));

    type = word_next(rest);
    fault.type = master_type_parse(type);
    if (cause == NULL && fault.type == 0 && !text_is(type, "*"))
        cause = "a fault whose type is none";
    if (cause == NULL)
        cause = fault_kind(&fault, word_next(rest));
    if (cause == NULL && fault.kind == ZONE_FAULT_DELAY &&
        !master_number_parse(word_next(rest), ZONE_NEVER - 1, &fault.delay_ms))
        cause = "a delay that is no number of milliseconds";
    if (cause == NULL && fault.kind == ZONE_FAULT_RAW)
        cause = fault_message(zone, &fault, rest);
    return cause == NULL ? fault_add(zone, &fault) : cause;
}

/* directive_secure - no argument */
static const char *directive_secure(struct zone *zone, struct vouch_bytes *rest)
{
    (void)rest;
    zone->secure = true;
    return NULL;
}

/* directive_additional - [A|AAAA], without one both */
static const char *directive_additional(struct zone *zone, struct vouch_bytes *rest)
{
    struct vouch_bytes word = word_next(rest);

    if (word.length != 0 && !text_is(word, "A") && !text_is(word, "AAAA"))
        return "additional is for A or AAAA";
    zone->additional_a = zone->additional_a || !text_is(word, "AAAA");
    zone->additional_aaaa = zone->additional_aaaa || !text_is(word, "A");
    return NULL;
}

static const struct {
    const char *word;
    const char *(*read)(struct zone *zone, struct vouch_bytes *rest);
} directives[] = {
    {"fault", directive_fault},
    {"secure", directive_secure},
    {"additional", directive_additional},
};

bool zone_directive_read(struct zone *zone, const struct zone_directive *directive, const struct master_error *error)
{
    struct vouch_bytes rest = directive->text;
    struct vouch_bytes word = word_next(&rest);
    const char *cause = "an unknown directive";

    for (size_t i = 0; i < sizeof directives / sizeof directives[0]; i++) {
        if (text_is(word, directives[i].word))
            cause = directives[i].read(zone, &rest);
    }
    if (cause == NULL && word_next(&rest).length != 0)
        cause = "text behind a directive";
    return cause == NULL || master_fail(error, directive->line, cause, directive->text);
}
