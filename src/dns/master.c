/*
 * master.c - reads master files record by record.
 */
#define _GNU_SOURCE
#include "dns/master.h"

#include "base/text.h"
#include "dns/master_rdata.h"
#include "dns/master_scan.h"
#include "dns/master_word.h"
#include "dns/zone_name.h"

#include <stdlib.h>
#include <string.h>

#define WHAT_MAX 80 /* octets of a quoted text in a complaint */

struct master {
    struct master_error error;
    bool has_origin, has_ttl, has_owner;
    bool ttl_is_default; /* it came from $TTL, not from the last record that stated one */
    uint8_t origin[VOUCH_NAME_SIZE];
    uint8_t owner[VOUCH_NAME_SIZE];
    size_t owner_length;
    uint32_t ttl_s; /* for records that state none [RFC 1035 5.1, RFC 2308 4] */
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

/* master_new - what both ways of opening share; null: out of memory */
static struct master *master_new(const uint8_t *origin, const struct master_error *error)
{
    struct master *master = calloc(1, sizeof *master);

    if (master == NULL)
        return NULL;
    master->error = *error;
    if (origin != NULL) {
        memcpy(master->origin, origin, zone_name_length(origin));
        master->has_origin = true;
    }
    return master;
}

struct master *master_open(struct vouch_bytes text, const uint8_t *origin, const struct master_error *error)
{
    struct master *master = master_new(origin, error);

    if (master != NULL)
        master_scan_init(&master->scan, text);
    return master;
}

struct master *master_open_file(FILE *file, const uint8_t *origin, const struct master_error *error)
{
    struct master *master = master_new(origin, error);

    if (master != NULL)
        master_scan_init_file(&master->scan, file);
    return master;
}

uint64_t master_position(const struct master *master)
{
    return master->scan.passed + master->scan.at;
}

void master_set_chunk(struct master *master, size_t chunk)
{
    master->scan.chunk = chunk;
}

void master_close(struct master *master)
{
    free(master);
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
    master->ttl_is_default = true;
    return NULL;
}

/* control_refuse - a control line that would read other files or make records up */
static const char *control_refuse(struct master *master, struct vouch_bytes argument)
{
    (void)master;
    (void)argument;
    return "a control line that is not followed (named-compilezone writes a file without any)";
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
        if (text_is_nocase(word, controls[i].word))
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

    *is_in = text_is_nocase(field, "IN") || (master_word_number(field, "CLASS", &number) && number == 1);
    return *is_in || number != 0 || text_is_nocase(field, "CH") || text_is_nocase(field, "HS") ||
           text_is_nocase(field, "CS");
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
            if (!master->ttl_is_default)
                master->ttl_s = item->record.ttl_s;
            master->has_ttl = true;
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

/* master_complain - say what the text itself has wrong; a file that cannot be read says why */
static void master_complain(const struct master *master)
{
    const struct master_scan *scan = &master->scan;
    const char *why = scan->end_errno != 0 && scan->cause == scan->end_cause ? strerror(scan->end_errno) : NULL;

    master_fail(&master->error, scan->start_line, scan->cause, text_bytes(why));
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
        item->directive.data = (const uint8_t *)master->scan.entry;
        item->directive.length = master->scan.length;
        return true;
    case MASTER_PART_ERROR:
        master_complain(master);
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
