/*
 * csa.c - judgements on SRV and address records.
 */
#include "core/csa.h"

#include "base/address.h"

#include <string.h>

#define SRV_RDLENGTH_MIN 7 /* three integers and at least the root */
#define VERSION          1 /* the Priority of this version of CSA [CSA 4] */
#define PORT_EXPLICIT    1 /* [CSA 4] */

/* csa_judge_fields - what the numbers of a well-formed record say */
static enum csa_kind csa_judge_fields(uint16_t priority, uint16_t weight, uint16_t port)
{
    if (priority != VERSION) /* [CSA 4, CLAUSES csa-version-first] */
        return CSA_OTHER_VERSION;
    switch (weight) {
    case 0: /* may be read as 1 [CSA 4]; with other port bits it is somebody's wildcard [CLAUSES csa-foreign] */
        return (port & ~PORT_EXPLICIT) != 0 ? CSA_FOREIGN : CSA_PROHIBIT;
    case 1:
        return CSA_PROHIBIT; /* even if the address matches [CSA 4, 5] */
    case 2:
        return CSA_ALLOW;
    case 3:
        return CSA_IGNORE_TARGET;
    default:
        return CSA_RESERVED_WEIGHT; /* [CLAUSES csa-reserved-weight] */
    }
}

void csa_judge_record(struct csa_record *record, struct vouch_bytes rdata, struct vouch_bytes message)
{
    struct cursor cursor;

    cursor_init(&cursor, rdata);
    record->priority = cursor_u16(&cursor);
    record->weight = cursor_u16(&cursor);
    record->port = cursor_u16(&cursor);
    if (rdata.length < SRV_RDLENGTH_MIN || !name_read(&record->target, &cursor, message) || cursor_left(&cursor) != 0) {
        record->kind = CSA_BAD_RDATA;
        record->target.length = 0;
        return;
    }
    record->kind = csa_judge_fields(record->priority, record->weight, record->port);
}

int csa_order(const struct csa_record *a, const struct csa_record *b)
{
    bool a_bad = a->kind == CSA_BAD_RDATA;
    bool b_bad = b->kind == CSA_BAD_RDATA;

    if (a_bad || b_bad)
        return (int)a_bad - (int)b_bad;
    if (a->priority != b->priority)
        return a->priority < b->priority ? -1 : 1;
    if (a->weight != b->weight)
        return a->weight < b->weight ? -1 : 1;
    if (a->port != b->port)
        return a->port < b->port ? -1 : 1;
    return name_order(&a->target, &b->target);
}

/* csa_insert - put a record in its place among the first in sorted order; false if one fell off the end */
static bool csa_insert(struct csa_record sorted[VOUCH_SRV_MAX], size_t *count, const struct csa_record *record)
{
    bool full = *count == VOUCH_SRV_MAX;
    size_t at = *count;

    while (at > 0 && csa_order(record, &sorted[at - 1]) < 0)
        at--;
    if (at == VOUCH_SRV_MAX)
        return false;
    memmove(&sorted[at + 1], &sorted[at], (*count - at - (full ? 1 : 0)) * sizeof sorted[0]);
    sorted[at] = *record;
    if (!full)
        (*count)++;
    return !full;
}

/* csa_add_target - remember a target to look up; the root is none [SPEC 8.2 step 5, CLAUSES csa-target-root] */
static void csa_add_target(struct csa_records *records, const struct name *target)
{
    if (name_is_root(target))
        return;
    for (size_t i = 0; i < records->targets_count; i++) {
        if (name_equals(&records->targets[i], target))
            return;
    }
    if (records->targets_count < VOUCH_TARGETS_MAX)
        records->targets[records->targets_count++] = *target;
    else
        records->cut = true;
}

/* csa_add_record - add what one record says to the digest */
static void csa_add_record(struct csa_records *records, const struct csa_record *record)
{
    switch (record->kind) {
    case CSA_PROHIBIT: /* looked for in all records already */
    case CSA_FOREIGN:
        break;
    case CSA_ALLOW:
        records->allows = true;
        csa_add_target(records, &record->target);
        break;
    case CSA_IGNORE_TARGET:
        records->ignores_target = true;
        break;
    case CSA_OTHER_VERSION:
        records->other_version = true;
        break;
    case CSA_RESERVED_WEIGHT:
        records->reserved_weight = true;
        break;
    case CSA_BAD_RDATA:
        records->bad_rdata = true;
        break;
    }
}

/* csa_confirms - is the client in the Additional data of a target? [CSA 4, CLAUSES csa-additional-confirms] */
static bool csa_confirms(const struct csa_records *records, const struct vouch_answer *answer,
                         const struct vouch_address *client)
{
    uint16_t type = client->family == 4 ? VOUCH_TYPE_A : VOUCH_TYPE_AAAA;

    for (size_t i = 0; i < answer->additional_count; i++) {
        const struct vouch_record *record = &answer->additional[i];
        struct name owner;

        if (record->type != type || !address_equals(client, record->rdata) ||
            !name_read_view(&owner, record->owner, answer->message))
            continue;
        for (size_t t = 0; t < records->targets_count; t++) {
            if (name_equals(&owner, &records->targets[t]))
                return true;
        }
    }
    return false;
}

void csa_judge_records(struct csa_records *records, const struct vouch_answer *answer,
                       const struct vouch_address *client)
{
    struct csa_record sorted[VOUCH_SRV_MAX];
    size_t count = 0;

    memset(records, 0, sizeof *records);
    records->cut = answer->cut;
    for (size_t i = 0; i < answer->records_count; i++) {
        struct csa_record record;

        csa_judge_record(&record, answer->records[i].rdata, answer->message);
        if (record.kind == CSA_PROHIBIT)
            records->prohibits = true;
        if (!csa_insert(sorted, &count, &record))
            records->cut = true;
    }
    for (size_t i = 0; i < count; i++)
        csa_add_record(records, &sorted[i]);
    records->confirmed = csa_confirms(records, answer, client);
}

bool csa_is_foreign_only(const struct csa_records *records)
{
    return !records->prohibits && !records->allows && !records->ignores_target && !records->reserved_weight &&
           !records->bad_rdata && !records->other_version && !records->cut;
}

void csa_judge_addresses(struct csa_addresses *addresses, const struct vouch_answer *answer,
                         const struct vouch_address *client)
{
    addresses->matched = false;
    addresses->seen = false;
    addresses->trouble = answer->cut;
    for (size_t i = 0; i < answer->records_count; i++) {
        struct vouch_bytes rdata = answer->records[i].rdata;

        if (address_equals(client, rdata))
            addresses->matched = true;
        if (rdata.length == address_length(client))
            addresses->seen = true;
        else
            addresses->trouble = true;
    }
}

bool csa_asserts_explicit(const struct vouch_answer *answer)
{
    for (size_t i = 0; i < answer->records_count; i++) {
        struct csa_record record;

        csa_judge_record(&record, answer->records[i].rdata, answer->message);
        switch (record.kind) {
        case CSA_PROHIBIT: /* that is about the ancestor itself [CLAUSES explicit-weight-irrelevant] */
        case CSA_ALLOW:
        case CSA_IGNORE_TARGET:
            if ((record.port & PORT_EXPLICIT) != 0)
                return true;
            break;
        case CSA_OTHER_VERSION:
        case CSA_FOREIGN:
        case CSA_RESERVED_WEIGHT:
        case CSA_BAD_RDATA:
            break;
        }
    }
    return false;
}
