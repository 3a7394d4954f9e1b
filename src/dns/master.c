/*
 * master.c - reads master files record by record.
 */
#include "dns/master.h"

#include "base/text.h"
#include "dns/master_rdata.h"
#include "dns/master_scan.h"
#include "dns/zone_name.h"

#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>

#define WHAT_MAX 80 /* octets of a quoted text in a complaint */

struct master {
    struct master_error error;
    bool has_origin, has_ttl, has_owner;
    uint8_t origin[VOUCH_NAME_SIZE];
    uint8_t owner[VOUCH_NAME_SIZE];
    size_t owner_length;
    uint32_t ttl_s; /* of $TTL */
    struct master_rdata rdata;
    struct master_scan scan;
};

bool master_fail(const struct master_error *error, unsigned line, const char *cause, struct vouch_bytes what)
{
    struct text text;
    bool cut = what.length > WHAT_MAX;

    text_init(&text, error->text, error->size);
    text_add(&text, error->label);
    text_add_char(&text, ':');
    text_add_unsigned(&text, line);
    text_add(&text, ": ");
    text_add(&text, cause);
    if (what.length == 0)
        return false;
    if (cut)
        what.length = WHAT_MAX;
    text_add(&text, ": ");
    text_add_printable(&text, what);
    text_add(&text, cut ? "..." : "");
    return false;
}

struct master *master_open(struct vouch_bytes text, const uint8_t *origin, const struct master_error *error)
{
    struct master *master = calloc(1, sizeof *master);

    if (master == NULL)
        return NULL;
    master->error = *error;
    if (origin != NULL) {
        memcpy(master->origin, origin, zone_name_length(origin));
        master->has_origin = true;
    }
    master_scan_init(&master->scan, text);
    return master;
}

void master_close(struct master *master)
{
    free(master);
}

bool master_number_parse(struct vouch_bytes text, uint32_t max, uint32_t *number)
{
    uint64_t value = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (!text_is_digit((char)text.data[i]))
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
        if (value > max)
            return false;
    }
    *number = (uint32_t)value;
    return text.length != 0;
}

/* period_unit - seconds of a unit's letter, 0 if it is none */
static uint32_t period_unit(uint8_t letter)
{
    switch (text_lower((char)letter)) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 3600;
    case 'd':
        return 86400;
    case 'w':
        return 604800;
    default:
        return 0;
    }
}

bool master_period_parse(struct vouch_bytes text, uint32_t *seconds)
{
    uint64_t total = 0;

    do {
        struct vouch_bytes digits = {text.data, 0};
        uint32_t number, unit = 1;

        while (digits.length < text.length && text_is_digit((char)text.data[digits.length]))
            digits.length++;
        if (!master_number_parse(digits, UINT32_MAX, &number))
            return false;
        text.data += digits.length;
        text.length -= digits.length;
        if (text.length != 0) {
            unit = period_unit(text.data[0]);
            text.data++;
            text.length--;
        }
        total += (uint64_t)number * unit;
        if (unit == 0 || total > UINT32_MAX)
            return false;
    } while (text.length != 0);
    *seconds = (uint32_t)total;
    return true;
}

/* field_equals - compare with a word, without case */
static bool field_equals(struct vouch_bytes field, const char *word)
{
    if (field.length != strlen(word))
        return false;
    for (size_t i = 0; i < field.length; i++) {
        if (text_lower((char)field.data[i]) != text_lower(word[i]))
            return false;
    }
    return true;
}

/* field_number - take a number behind a word, as in TYPE33 or CLASS1; false if the field is something else */
static bool field_number(struct vouch_bytes field, const char *word, uint32_t *number)
{
    size_t length = strlen(word);
    struct vouch_bytes head = {field.data, length};
    struct vouch_bytes digits = {field.data + length, field.length - length};

    return field.length > length && field_equals(head, word) && master_number_parse(digits, UINT16_MAX, number);
}

uint16_t master_type_parse(struct vouch_bytes text)
{
    char word[LDNS_MAX_KEYWORDLEN + 1];
    struct text out;
    uint32_t type;

    if (!field_number(text, "TYPE", &type)) {
        struct vouch_bytes head = {text.data, 4};

        if (text.length >= 4 && field_equals(head, "TYPE"))
            return 0; /* libldns would take the digits of TYPE33x */
        text_init(&out, word, sizeof word);
        text_add_bytes(&out, text.data, text.length);
        type = out.cut ? 0 : (uint32_t)ldns_get_rr_type_by_name(word);
    }
    /* OPT, and the range of meta types and question types [RFC 6895 3.1] */
    return type > UINT16_MAX || type == LDNS_RR_TYPE_OPT || (type >= 128 && type <= 255) ? 0 : (uint16_t)type;
}

/* master_name - read a name of a control line or an owner */
static size_t master_name(struct master *master, uint8_t wire[VOUCH_NAME_SIZE], struct vouch_bytes text)
{
    const uint8_t *origin = master->has_origin ? master->origin : NULL;

    if (text.length != 0 && text.data[0] == '"')
        return 0;
    return zone_name_parse(wire, text, origin);
}

/* control_origin - $ORIGIN NAME */
static const char *control_origin(struct master *master, struct vouch_bytes argument)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = master_name(master, wire, argument);

    if (length == 0)
        return "malformed $ORIGIN";
    memcpy(master->origin, wire, length);
    master->has_origin = true;
    return NULL;
}

/* control_ttl - $TTL SECONDS [RFC 2308 4] */
static const char *control_ttl(struct master *master, struct vouch_bytes argument)
{
    uint32_t ttl_s;

    if (argument.length == 0 || !master_period_parse(argument, &ttl_s) || ttl_s > INT32_MAX)
        return "malformed $TTL";
    master->ttl_s = ttl_s;
    master->has_ttl = true;
    return NULL;
}

/* control_refuse - a control line that would read other files or make records up */
static const char *control_refuse(struct master *master, struct vouch_bytes argument)
{
    (void)master;
    (void)argument;
    return "a control line that is not supported";
}

static const struct {
    const char *word;
    const char *(*read)(struct master *master, struct vouch_bytes argument);
} controls[] = {
    {"$ORIGIN", control_origin},
    {"$TTL", control_ttl},
    {"$INCLUDE", control_refuse},
    {"$GENERATE", control_refuse},
};

/* master_control - read a line that begins with "$" */
static bool master_control(struct master *master)
{
    const char *rest = master->scan.entry;
    struct vouch_bytes word = master_scan_field(&rest);
    struct vouch_bytes argument = master_scan_field(&rest);
    const char *cause = "an unknown control line";

    for (size_t i = 0; i < sizeof controls / sizeof controls[0]; i++) {
        if (field_equals(word, controls[i].word))
            cause = controls[i].read(master, argument);
    }
    if (cause == NULL && *rest != '\0')
        cause = "text behind a control line";
    return cause == NULL || master_fail(&master->error, master->scan.start_line, cause, text_bytes(master->scan.entry));
}

/* record_owner - read the owner, or take that of the record before */
static const char *record_owner(struct master *master, const char **rest)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    struct vouch_bytes field;
    size_t length;

    if (master->scan.begins_blank)
        return master->has_owner ? NULL : "a record without an owner";
    field = master_scan_field(rest);
    length = master_name(master, wire, field);
    if (length == 0)
        return master->has_origin ? "an owner that is no name" : "an owner that is no name or lacks $ORIGIN";
    memcpy(master->owner, wire, length);
    master->owner_length = length;
    master->has_owner = true;
    return NULL;
}

/* field_is_class - any class, and whether it is IN */
static bool field_is_class(struct vouch_bytes field, bool *is_in)
{
    uint32_t number = 0;

    *is_in = field_equals(field, "IN") || (field_number(field, "CLASS", &number) && number == 1);
    return *is_in || number != 0 || field_equals(field, "CH") || field_equals(field, "HS") || field_equals(field, "CS");
}

/* record_head - read [TTL] [CLASS] TYPE, the first two in any order */
static const char *record_head(struct master *master, struct master_item *item, const char **rest)
{
    bool has_ttl = false, has_class = false, is_in;

    item->has_ttl = master->has_ttl;
    item->record.ttl_s = master->ttl_s;
    for (;;) {
        struct vouch_bytes field = master_scan_field(rest);

        if (field.length != 0 && text_is_digit((char)field.data[0]) && !has_ttl) {
            if (!master_period_parse(field, &item->record.ttl_s) || item->record.ttl_s > INT32_MAX)
                return "a malformed TTL";
            item->has_ttl = has_ttl = true;
        } else if (field_is_class(field, &is_in)) {
            if (!is_in || has_class)
                return "a class other than IN, or two";
            has_class = true;
        } else {
            item->record.type = master_type_parse(field);
            return item->record.type == 0 ? "no type of record" : NULL;
        }
    }
}

/* record_rdata - read what is left of the record */
static const char *record_rdata(struct master *master, struct master_item *item, const char *rest)
{
    const char *cause;

    if (!master->has_origin) {
        if (item->record.type != VOUCH_TYPE_SOA)
            return "a record before the SOA and before any $ORIGIN";
        memcpy(master->origin, master->owner, master->owner_length);
        master->has_origin = true;
    }
    cause = master_rdata_parse(&master->rdata, item->record.type, rest, master->origin);
    item->record.owner.data = master->owner;
    item->record.owner.length = master->owner_length;
    item->record.rdata.data = master->rdata.octets;
    item->record.rdata.length = master->rdata.length;
    return cause;
}

/* master_record - read a record; false with a complaint for a malformed one */
static bool master_record(struct master *master, struct master_item *item)
{
    const char *rest = master->scan.entry;
    const char *cause = record_owner(master, &rest);

    if (cause == NULL)
        cause = record_head(master, item, &rest);
    if (cause == NULL)
        cause = record_rdata(master, item, rest);
    return cause == NULL || master_fail(&master->error, item->line, cause, text_bytes(master->scan.entry));
}

/* master_step - read one part of the file into the item; false if it was a control line */
static bool master_step(struct master *master, struct master_item *item)
{
    enum master_part part = master_scan_next(&master->scan);

    memset(item, 0, sizeof *item);
    item->line = master->scan.start_line;
    item->kind = MASTER_ERROR;
    switch (part) {
    case MASTER_PART_END:
        item->kind = MASTER_END;
        return true;
    case MASTER_PART_DIRECTIVE:
        item->kind = MASTER_DIRECTIVE;
        item->directive = master->scan.directive;
        return true;
    case MASTER_PART_ERROR:
        master_fail(&master->error, item->line, master->scan.cause, text_bytes(NULL));
        return true;
    case MASTER_PART_ENTRY:
        break;
    }
    if (master->scan.entry[0] == '$' && !master->scan.begins_blank)
        return !master_control(master);
    if (master_record(master, item))
        item->kind = MASTER_RECORD;
    return true;
}

void master_next(struct master *master, struct master_item *item)
{
    while (!master_step(master, item))
        continue;
}
