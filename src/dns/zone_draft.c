/*
 * zone_draft.c - a zone while its file is read: records with their lines, checked and sorted at the end.
 */
#define _GNU_SOURCE
#include "dns/zone_draft.h"

#include "base/cursor.h"
#include "base/text.h"
#include "dns/zone_name.h"

#include <stdlib.h>
#include <string.h>

#define SOA_NUMBERS 20 /* octets behind the names of a SOA record */

enum { TYPE_MX = 15, TYPE_KEY = 25, TYPE_DS = 43, TYPE_RRSIG = 46, TYPE_NSEC = 47 };

/* draft_fail - complain about a record and name its owner */
static bool draft_fail(const struct zone_draft *draft, unsigned line, const char *cause, const uint8_t *owner)
{
    char name[VOUCH_NAME_TEXT_SIZE];

    vouch_name_format(owner, name);
    return master_fail(draft->error, line, cause, text_bytes(name));
}

/* draft_is_tolerant - are records out of place told, and left out? */
static bool draft_is_tolerant(const struct zone_draft *draft)
{
    return draft->filter != NULL && draft->filter->misplaced != NULL;
}

/* draft_leave_out - tell of a record out of place */
static void draft_leave_out(const struct zone_draft *draft, enum zone_misplaced how,
                            const struct zone_draft_record *record)
{
    draft->filter->misplaced(draft->filter->owner, how, record->line, &record->record);
}

/* draft_grow - make room for one more element; null: out of memory, and the old array stays */
static void *draft_grow(void *array, size_t count, size_t *size, size_t element)
{
    size_t wanted = *size == 0 ? 64 : *size * 2;
    void *grown = array;

    if (count < *size)
        return array;
    grown = reallocarray(array, wanted, element);
    if (grown != NULL)
        *size = wanted;
    return grown;
}

/* draft_keep - copy a record into the zone's memory; the owner of the record before is shared */
static bool draft_keep(struct zone_draft *draft, const struct vouch_record *from, struct vouch_record *to)
{
    const struct vouch_record *before = NULL;

    *to = *from;
    if (draft->records_count != 0)
        before = &draft->records[draft->records_count - 1].record;
    if (before != NULL && before->owner.length == from->owner.length &&
        memcmp(before->owner.data, from->owner.data, from->owner.length) == 0)
        to->owner = before->owner;
    else
        to->owner.data = zone_keep(draft->zone, from->owner.data, from->owner.length);
    to->rdata.data = zone_keep(draft->zone, from->rdata.data, from->rdata.length);
    return to->owner.data != NULL && to->rdata.data != NULL;
}

/* names_skip - where the names in the RDATA of a type begin; beyond the end: it has none */
static size_t names_skip(uint16_t type)
{
    switch ((unsigned)type) {
    case VOUCH_TYPE_SOA:
    case VOUCH_TYPE_CNAME:
    case VOUCH_TYPE_PTR:
    case ZONE_TYPE_NS:
    case ZONE_TYPE_DNAME:
        return 0;
    case TYPE_MX:
        return 2;
    case VOUCH_TYPE_SRV:
        return 6;
    default:
        return SIZE_MAX;
    }
}

/* rdata_order - order RDATA of one type octet by octet, names without case, the shorter first. Lengths of labels are
 * below the letters, so the fold leaves them alone. */
static int rdata_order(uint16_t type, struct vouch_bytes a, struct vouch_bytes b)
{
    size_t from = names_skip(type), numbers = type == VOUCH_TYPE_SOA ? SOA_NUMBERS : 0;

    for (size_t i = 0; i < a.length && i < b.length; i++) {
        uint8_t in_a = a.data[i], in_b = b.data[i];

        if (i >= from && i + numbers < a.length && i + numbers < b.length) {
            in_a = (uint8_t)text_lower((char)in_a);
            in_b = (uint8_t)text_lower((char)in_b);
        }
        if (in_a != in_b)
            return in_a < in_b ? -1 : 1;
    }
    return a.length == b.length ? 0 : a.length < b.length ? -1 : 1;
}

/* draft_is_twin - the same record once more; record sets hold each once [RFC 2181 5] */
static bool draft_is_twin(const struct vouch_record *a, const struct vouch_record *b)
{
    return a->type == b->type && rdata_order(a->type, a->rdata, b->rdata) == 0 &&
           zone_name_equals(a->owner.data, b->owner.data);
}

/* draft_add_record - take one record over; zone transfers end with the SOA once more [RFC 5936 2.2] */
static bool draft_add_record(struct zone_draft *draft, const struct master_item *item)
{
    struct zone_draft_record *records = draft_grow(draft->records, draft->records_count, &draft->records_size,
                                                   sizeof *records);
    struct zone_draft_record *record;

    if (item->record.type == VOUCH_TYPE_SOA && draft->zone->apex != NULL)
        return draft_is_twin(&draft->records[draft->soa].record, &item->record) ||
               draft_fail(draft, item->line, "a second SOA", item->record.owner.data);
    if (records == NULL)
        return master_fail(draft->error, item->line, "out of memory", text_bytes(NULL));
    draft->records = records;
    record = &records[draft->records_count];
    record->line = item->line;
    record->has_ttl = item->has_ttl;
    if (!draft_keep(draft, &item->record, &record->record))
        return master_fail(draft->error, item->line, "out of memory", text_bytes(NULL));
    draft->records_count++;
    if (item->record.type != VOUCH_TYPE_SOA)
        return true;
    draft->zone->apex = record->record.owner.data;
    draft->soa_line = item->line;
    draft->soa = draft->records_count - 1;
    return true;
}

bool zone_draft_add(struct zone_draft *draft, const struct master_item *item)
{
    struct zone_directive *directives;
    struct vouch_bytes text = item->directive;

    if (item->kind == MASTER_RECORD)
        return draft_add_record(draft, item);
    directives = draft_grow(draft->directives, draft->directives_count, &draft->directives_size, sizeof *directives);
    if (directives == NULL)
        return master_fail(draft->error, item->line, "out of memory", text_bytes(NULL));
    draft->directives = directives;
    text.data = zone_keep(draft->zone, text.data, text.length);
    if (text.data == NULL)
        return master_fail(draft->error, item->line, "out of memory", text_bytes(NULL));
    directives[draft->directives_count].line = item->line;
    directives[draft->directives_count].text = text;
    draft->directives_count++;
    return true;
}

/* draft_minimum - read the last field of the SOA's RDATA; false if the RDATA is malformed */
static bool draft_minimum(struct vouch_bytes rdata, uint32_t *minimum_s)
{
    struct cursor cursor;
    uint8_t label;

    cursor_init(&cursor, rdata);
    for (int names = 0; names < 2; names++) {
        do {
            label = cursor_u8(&cursor);
            cursor_view(&cursor, label);
        } while (label != 0);
    }
    cursor_view(&cursor, 16); /* serial, refresh, retry, expire */
    *minimum_s = cursor_u32(&cursor);
    return cursor_ok(&cursor) && cursor_left(&cursor) == 0 && *minimum_s <= INT32_MAX;
}

/* draft_drop_outside - leave out the records outside the zone */
static void draft_drop_outside(struct zone_draft *draft)
{
    size_t kept = 0;

    for (size_t i = 0; i < draft->records_count; i++) {
        if (zone_name_is_below(draft->records[i].record.owner.data, draft->zone->apex))
            draft->records[kept++] = draft->records[i];
        else
            draft_leave_out(draft, ZONE_OUTSIDE, &draft->records[i]);
    }
    draft->records_count = kept;
}

/* draft_place - check that every record stands in the zone, and give TTLs to those without [RFC 2308 4, 5] */
static bool draft_place(struct zone_draft *draft)
{
    const uint8_t *apex = draft->zone->apex;
    uint32_t minimum_s = 0;

    if (draft_is_tolerant(draft))
        draft_drop_outside(draft);
    for (size_t i = 0; i < draft->records_count; i++) {
        const struct vouch_record *record = &draft->records[i].record;

        if (record->type == VOUCH_TYPE_SOA && !draft_minimum(record->rdata, &minimum_s))
            return draft_fail(draft, draft->records[i].line, "an SOA with malformed RDATA", apex);
        if (!zone_name_is_below(record->owner.data, apex))
            return draft_fail(draft, draft->records[i].line, "a record outside the zone", record->owner.data);
    }
    draft->zone->negative_ttl_s = minimum_s;
    for (size_t i = 0; i < draft->records_count; i++) {
        struct vouch_record *record = &draft->records[i].record;

        if (!draft->records[i].has_ttl)
            record->ttl_s = minimum_s;
        if (record->type == VOUCH_TYPE_SOA && record->ttl_s < minimum_s)
            draft->zone->negative_ttl_s = record->ttl_s;
    }
    return true;
}

/* draft_order - canonical owner, type, RDATA, line */
static int draft_order(const void *left, const void *right)
{
    const struct zone_draft_record *a = left;
    const struct zone_draft_record *b = right;
    int order = zone_name_order(a->record.owner.data, b->record.owner.data);

    if (order == 0 && a->record.type != b->record.type)
        order = a->record.type < b->record.type ? -1 : 1;
    if (order == 0)
        order = rdata_order(a->record.type, a->record.rdata, b->record.rdata);
    if (order == 0)
        order = a->line < b->line ? -1 : 1;
    return order;
}

/* type_joins_cname - types that may stand beside a CNAME [RFC 4034 2.5, RFC 4035 2.5] */
static bool type_joins_cname(uint16_t type)
{
    return type == TYPE_RRSIG || type == TYPE_NSEC || type == TYPE_KEY;
}

/* draft_check_cname - check that the sorted records from `first` on, all of one owner, keep to the CNAME rule */
static bool draft_check_cname(const struct zone_draft *draft, size_t first, size_t end)
{
    const struct zone_draft_record *cname = NULL, *other = NULL;

    for (size_t i = first; i < end; i++) {
        const struct zone_draft_record *record = &draft->records[i];

        if (record->record.type == VOUCH_TYPE_CNAME && cname == NULL)
            cname = record;
        else if (!type_joins_cname(record->record.type) && other == NULL)
            other = record;
    }
    if (cname == NULL || other == NULL)
        return true;
    return draft_fail(draft, cname->line > other->line ? cname->line : other->line, "a CNAME beside other data",
                      cname->record.owner.data);
}

/* draft_owner_end - behind the sorted records that share the owner of the one at `first` */
static size_t draft_owner_end(const struct zone_draft *draft, size_t first)
{
    size_t end = first + 1;

    while (end < draft->records_count &&
           zone_name_equals(draft->records[end].record.owner.data, draft->records[first].record.owner.data))
        end++;
    return end;
}

/* draft_check_dname - check that a name has one DNAME at most; `above`: the last one above it, or null [RFC 6672 2.4]
 */
static bool draft_check_dname(const struct zone_draft *draft, size_t first, size_t end, const uint8_t **above)
{
    const struct zone_draft_record *record = &draft->records[first];
    bool found = false;

    if (*above != NULL && zone_name_is_below(record->record.owner.data, *above))
        return draft_fail(draft, record->line, "a record below a DNAME", record->record.owner.data);
    for (; first < end; first++) {
        if (draft->records[first].record.type != ZONE_TYPE_DNAME)
            continue;
        if (found)
            return draft_fail(draft, draft->records[first].line, "a second DNAME", record->record.owner.data);
        found = true;
        *above = record->record.owner.data;
    }
    return true;
}

/* draft_check_owners - check the records of each owner together; those below a name follow right behind it */
static bool draft_check_owners(const struct zone_draft *draft)
{
    const uint8_t *dname = NULL;

    for (size_t first = 0, end; first < draft->records_count; first = end) {
        end = draft_owner_end(draft, first);
        if (!draft_check_cname(draft, first, end) || !draft_check_dname(draft, first, end, &dname))
            return false;
    }
    draft->zone->has_dnames = dname != NULL;
    return true;
}

/* draft_has_other - do the records of one owner hold more than a CNAME and what may stand beside it? */
static bool draft_has_other(const struct zone_draft *draft, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++) {
        uint16_t type = draft->records[i].record.type;

        if (type != VOUCH_TYPE_CNAME && !type_joins_cname(type))
            return true;
    }
    return false;
}

/* draft_has - is there one of this type among the records of one owner? */
static bool draft_has(const struct zone_draft *draft, size_t first, size_t end, uint16_t type)
{
    for (size_t i = first; i < end; i++) {
        if (draft->records[i].record.type == type)
            return true;
    }
    return false;
}

/* type_stays_at_cut - types that the zone itself has at a cut [RFC 4035 2.3, 2.4] */
static bool type_stays_at_cut(uint16_t type)
{
    return type == ZONE_TYPE_NS || type == TYPE_DS || type_joins_cname(type);
}

/* draft_drop_hidden - leave out CNAMEs beside other data and what stands below a cut; all are sorted */
static void draft_drop_hidden(struct zone_draft *draft)
{
    const uint8_t *cut = NULL;
    size_t kept = 0;

    for (size_t first = 0, end; first < draft->records_count; first = end) {
        const uint8_t *owner = draft->records[first].record.owner.data;
        bool below = cut != NULL && zone_name_is_below(owner, cut), other, alias = false, delegated;

        end = draft_owner_end(draft, first);
        other = draft_has_other(draft, first, end);
        delegated = !below && draft_has(draft, first, end, ZONE_TYPE_NS) && !zone_name_equals(owner, draft->zone->apex);
        if (!below && (delegated || draft_has(draft, first, end, ZONE_TYPE_DNAME)))
            cut = owner;
        for (size_t i = first; i < end; i++) {
            uint16_t type = draft->records[i].record.type;

            if (below || (delegated && !type_stays_at_cut(type)))
                draft_leave_out(draft, ZONE_BELOW_CUT, &draft->records[i]);
            else if (type == VOUCH_TYPE_CNAME && (other || alias))
                draft_leave_out(draft, ZONE_BESIDE_ALIAS, &draft->records[i]);
            else
                draft->records[kept++] = draft->records[i];
            alias = alias || type == VOUCH_TYPE_CNAME;
        }
    }
    draft->records_count = kept;
    draft->zone->has_cuts = cut != NULL;
}

/* draft_unique - leave out twins of sorted records */
static void draft_unique(struct zone_draft *draft)
{
    size_t kept = 0;

    for (size_t i = 0; i < draft->records_count; i++) {
        if (kept == 0 || !draft_is_twin(&draft->records[kept - 1].record, &draft->records[i].record))
            draft->records[kept++] = draft->records[i];
    }
    draft->records_count = kept;
}

bool zone_draft_settle(struct zone_draft *draft, unsigned last_line)
{
    struct zone *zone = draft->zone;

    if (zone->apex == NULL)
        return master_fail(draft->error, last_line, "the file has no SOA", text_bytes(NULL));
    if (!draft_place(draft))
        return false;
    for (size_t i = 0; i < draft->directives_count; i++) {
        if (!zone_directive_read(zone, &draft->directives[i], draft->error))
            return false;
    }
    qsort(draft->records, draft->records_count, sizeof draft->records[0], draft_order);
    draft_unique(draft);
    if (draft_is_tolerant(draft))
        draft_drop_hidden(draft);
    else if (!draft_check_owners(draft))
        return false;
    zone->records = calloc(draft->records_count, sizeof *zone->records);
    if (zone->records == NULL)
        return master_fail(draft->error, last_line, "out of memory", text_bytes(NULL));
    for (size_t i = 0; i < draft->records_count; i++)
        zone->records[zone->records_count++] = draft->records[i].record;
    return true;
}
