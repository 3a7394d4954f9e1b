/*
 * zone_read.c - adds a master file to the zones; a file with a fault changes nothing.
 */
#define _GNU_SOURCE
#include "dns/zone_draft.h"
#include "dns/zone_name.h"

#include "base/text.h"

#include <stdlib.h>

/* is_wanted - does the filter keep this record? */
static bool is_wanted(const struct zones_filter *filter, const struct master *master, const struct vouch_record *record)
{
    return filter == NULL || filter->keep(filter->owner, record, master_position(master)) ||
           record->type == VOUCH_TYPE_SOA;
}

/* read_file - collect the records and directives, then check and sort them */
static bool read_file(struct zone_draft *draft, struct master *master, const struct zones_filter *filter)
{
    struct master_item item;

    for (;;) {
        master_next(master, &item);
        switch (item.kind) {
        case MASTER_RECORD:
        case MASTER_DIRECTIVE:
            if ((item.kind == MASTER_DIRECTIVE || is_wanted(filter, master, &item.record)) &&
                !zone_draft_add(draft, &item))
                return false;
            break;
        case MASTER_END:
            return zone_draft_settle(draft, item.line);
        case MASTER_ERROR:
            return false;
        }
    }
}

/* add_zone - put a zone beside the others, unless one has the same apex */
static bool add_zone(struct zones *zones, const struct zone_draft *draft)
{
    char name[VOUCH_NAME_TEXT_SIZE];
    struct zone **grown;

    for (size_t i = 0; i < zones->count; i++) {
        if (!zone_name_equals(zones->zones[i]->apex, draft->zone->apex))
            continue;
        vouch_name_format(draft->zone->apex, name);
        return master_fail(draft->error, draft->soa_line, "another file has an SOA with this owner", text_bytes(name));
    }
    grown = reallocarray(zones->zones, zones->count + 1, sizeof *grown);
    if (grown == NULL)
        return master_fail(draft->error, draft->soa_line, "out of memory", text_bytes(NULL));
    zones->zones = grown;
    grown[zones->count++] = draft->zone;
    return true;
}

/* read_zone - read what `master` has open as one zone, and close it; null: out of memory */
static bool read_zone(struct zones *zones, struct master *master, const struct zones_filter *filter,
                      const struct master_error *complaint)
{
    struct zone_draft draft = {.zone = zone_new(), .error = complaint, .filter = filter};
    bool ok = false;

    complaint->text[0] = '\0';
    if (draft.zone == NULL || master == NULL)
        master_fail(complaint, 1, "out of memory", text_bytes(NULL));
    else
        ok = read_file(&draft, master, filter) && add_zone(zones, &draft);
    if (!ok)
        zone_free(draft.zone);
    free(draft.records);
    free(draft.directives);
    master_close(master);
    return ok;
}

bool zones_read_text(struct zones *zones, const char *text, size_t length, const char *label,
                     char error[ZONE_ERROR_SIZE])
{
    struct master_error complaint = {label, error, ZONE_ERROR_SIZE};
    struct vouch_bytes bytes = {(const uint8_t *)text, length};

    return read_zone(zones, master_open(bytes, NULL, &complaint), NULL, &complaint);
}

bool zones_read(struct zones *zones, FILE *file, const char *label, char error[ZONE_ERROR_SIZE])
{
    return zones_read_some(zones, file, label, NULL, error);
}

bool zones_read_some(struct zones *zones, FILE *file, const char *label, const struct zones_filter *filter,
                     char error[ZONE_ERROR_SIZE])
{
    struct master_error complaint = {label, error, ZONE_ERROR_SIZE};

    return read_zone(zones, master_open_file(file, NULL, &complaint), filter, &complaint);
}
