/*
 * zone_tree.c - the records of zones in canonical order, and how names exist in them.
 */
#define _GNU_SOURCE
#include "dns/zone_tree.h"

#include "dns/zone_name.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_SIZE      16384
#define BLOCK_SIZE_MORE 262144 /* of a large zone: out of the heap, whose end libldns moves with every record */

struct zone_block {
    struct zone_block *next;
    size_t used, size;
    uint8_t octets[];
};

struct zone *zone_new(void)
{
    return calloc(1, sizeof(struct zone));
}

void zone_free(struct zone *zone)
{
    if (zone == NULL)
        return;
    while (zone->blocks != NULL) {
        struct zone_block *next = zone->blocks->next;

        free(zone->blocks);
        zone->blocks = next;
    }
    free(zone->faults);
    free(zone->records);
    free(zone);
}

const uint8_t *zone_keep(struct zone *zone, const uint8_t *octets, size_t length)
{
    struct zone_block *block = zone->blocks;
    uint8_t *place;

    if (block == NULL || length > block->size - block->used) {
        size_t size = block == NULL ? BLOCK_SIZE : BLOCK_SIZE_MORE;

        size = length > size ? length : size;
        block = malloc(sizeof *block + size);
        if (block == NULL)
            return NULL;
        block->next = zone->blocks;
        block->used = 0;
        block->size = size;
        zone->blocks = block;
    }
    place = block->octets + block->used;
    if (length != 0)
        memcpy(place, octets, length);
    block->used += length;
    return place;
}

/* zone_seek - the index of the first record at or behind this owner and type */
static size_t zone_seek(const struct zone *zone, const uint8_t *owner, uint16_t type)
{
    size_t low = 0, high = zone->records_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct vouch_record *record = &zone->records[middle];
        int order = zone_name_order(record->owner.data, owner);

        if (order < 0 || (order == 0 && record->type < type))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct zone_slice zone_find(const struct zone *zone, const uint8_t *owner, uint16_t type)
{
    size_t at = zone_seek(zone, owner, type);
    struct zone_slice slice = {zone->records + at, 0};

    while (at + slice.count < zone->records_count && slice.records[slice.count].type == type &&
           zone_name_equals(slice.records[slice.count].owner.data, owner))
        slice.count++;
    return slice;
}

bool zone_has(const struct zone *zone, const uint8_t *name)
{
    size_t at = zone_seek(zone, name, 0);

    return at < zone->records_count && zone_name_is_below(zone->records[at].owner.data, name);
}

bool zone_is_cut(const struct zone *zone, const uint8_t *name)
{
    if (!zone->has_cuts)
        return false;
    for (const uint8_t *at = name;; at = zone_name_parent(at)) {
        bool apex = zone_name_equals(at, zone->apex);

        if (at != name && zone_find(zone, at, ZONE_TYPE_DNAME).count != 0)
            return true;
        if (!apex && zone_find(zone, at, ZONE_TYPE_NS).count != 0)
            return true;
        if (apex)
            return false;
    }
}

const struct zone *zones_find(const struct zones *zones, const uint8_t *name)
{
    const struct zone *best = NULL;

    for (size_t i = 0; i < zones->count; i++) {
        const struct zone *zone = zones->zones[i];

        if (zone_name_is_below(name, zone->apex) && (best == NULL || zone_name_is_below(zone->apex, best->apex)))
            best = zone;
    }
    return best;
}

void zones_each(const struct zones *zones, void *owner, void (*see)(void *owner, const struct vouch_record *record))
{
    for (size_t i = 0; i < zones->count; i++) {
        for (size_t j = 0; j < zones->zones[i]->records_count; j++)
            see(owner, &zones->zones[i]->records[j]);
    }
}

bool zone_list_add(struct zone_list *list, const struct vouch_record *record)
{
    if (list->count == list->size) {
        size_t size = list->size == 0 ? 8 : list->size * 2;
        struct vouch_record *records = reallocarray(list->records, size, sizeof *records);

        if (records == NULL)
            return false;
        list->records = records;
        list->size = size;
    }
    list->records[list->count++] = *record;
    return true;
}

void zone_scratch_reset(struct zone_scratch *scratch)
{
    free(scratch->records.records);
    free(scratch->additional.records);
    memset(scratch, 0, sizeof *scratch);
}

struct zones *zones_new(void)
{
    return calloc(1, sizeof(struct zones));
}

void zones_free(struct zones *zones)
{
    if (zones == NULL)
        return;
    for (size_t i = 0; i < zones->count; i++)
        zone_free(zones->zones[i]);
    zone_scratch_reset(&zones->scratch);
    free(zones->zones);
    free(zones);
}
