/*
 * plan_size.c - measures answers before they are published.
 */
#include "publish/plan_size.h"

#include "publish/answer_size.h"

#include <stdlib.h>
#include <string.h>

/* The octets of one record of the plan. */
struct wire {
    uint8_t owner[VOUCH_NAME_SIZE];
    uint8_t rdata[VOUCH_NAME_SIZE + 6];
    struct vouch_record record;
};

/* wire_set - a record of the plan as it goes over the wire */
static void wire_set(struct wire *wire, const struct plan_record *record, uint32_t ttl_s)
{
    const uint16_t numbers[] = {record->priority, record->weight, record->port};
    size_t length = 0;

    if (record->type == VOUCH_TYPE_A || record->type == VOUCH_TYPE_AAAA) {
        length = record->type == VOUCH_TYPE_A ? 4 : 16;
        memcpy(wire->rdata, record->address.octets, length);
    } else {
        for (size_t i = 0; record->type == VOUCH_TYPE_SRV && i < sizeof numbers / sizeof numbers[0]; i++) {
            wire->rdata[length++] = (uint8_t)(numbers[i] >> 8);
            wire->rdata[length++] = (uint8_t)numbers[i];
        }
        length += vouch_name_parse(wire->rdata + length, record->target, strlen(record->target));
    }
    wire->record.type = record->type;
    wire->record.ttl_s = ttl_s;
    wire->record.owner.data = wire->owner;
    wire->record.owner.length = vouch_name_parse(wire->owner, record->owner, strlen(record->owner));
    wire->record.rdata.data = wire->rdata;
    wire->record.rdata.length = length;
}

size_t plan_size(const struct plan *plan, size_t first, uint16_t type, size_t addresses_max)
{
    size_t span = plan_span(plan, first), size = 0;
    struct wire *wires = calloc(span + 1, sizeof *wires);
    struct vouch_record *records = calloc(2 * span + 1, sizeof *records), *more = records + span;
    struct vouch_answer answer = {.records = records}, additional = {.records = more};
    const char *owner = first < plan->records_count ? plan->records[first].host : "";

    for (size_t i = 0; wires != NULL && records != NULL && i < span; i++) {
        const struct plan_record *record = &plan->records[first + i];

        wire_set(&wires[i], record, plan->ttl_s);
        if (record->type == type) {
            owner = record->owner;
            records[answer.records_count++] = wires[i].record;
        } else if (record->type != VOUCH_TYPE_PTR && type == VOUCH_TYPE_SRV &&
                   additional.records_count < addresses_max) {
            more[additional.records_count++] = wires[i].record;
        }
    }
    if (wires != NULL && records != NULL)
        size = answer_size(owner, type, &answer, &additional, 1);
    free(wires);
    free(records);
    return size;
}

size_t plan_answer_size(const struct plan *plan, const char *host)
{
    const struct plan_record *record = plan_find(plan, host);

    return record == NULL ? 0 : plan_size(plan, (size_t)(record - plan->records), VOUCH_TYPE_SRV, SIZE_MAX);
}
