/*
 * zone_draft.h - a zone while its file is read: records with their lines, checked and sorted at the end.
 */
#ifndef DNS_ZONE_DRAFT_H
#define DNS_ZONE_DRAFT_H

#include "dns/master.h"
#include "dns/zone_tree.h"

struct zone_draft_record {
    struct vouch_record record; /* views into the zone's memory */
    unsigned line;
    bool has_ttl;
};

struct zone_directive {
    unsigned line;
    struct vouch_bytes text; /* what stands behind ";!" */
};

struct zone_draft {
    struct zone *zone;
    const struct master_error *error;
    const struct zones_filter *filter; /* or null */
    struct zone_draft_record *records;
    size_t records_count, records_size;
    struct zone_directive *directives;
    size_t directives_count, directives_size;
    unsigned soa_line;
    size_t soa; /* its place among the records, once there is an apex */
};

/* All return false with a complaint. First every record and directive in the order of the file, then once settle. */
bool zone_draft_add(struct zone_draft *draft, const struct master_item *item);
bool zone_draft_settle(struct zone_draft *draft, unsigned last_line);

/* Obeys one directive; the zone's apex is known by then. */
bool zone_directive_read(struct zone *zone, const struct zone_directive *directive, const struct master_error *error);

#endif
