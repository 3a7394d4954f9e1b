/*
 * keeper_records.c - a queue of packets.
 *
 * A batch stays in the queue until it is committed. One that fails again and again, although the file can be written,
 * is given up: what it holds is wrong in a way that nobody foresaw, and all others wait behind it.
 */
#include "daemon/keeper_records.h"

#include "daemon/keeper_wire.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define OCTETS_MAX   (64 * 1024 * 1024)
#define BATCH_MAX    1000 /* a transaction */
#define ATTEMPTS_MAX 3

struct record {
    STAILQ_ENTRY(record) next;
    size_t length;
    uint8_t packet[];
};

STAILQ_HEAD(record_list, record);

struct keeper_records {
    struct keeping *keeping;
    struct record_list list;
    size_t count, queue, octets;
    unsigned attempts;  /* that the first batch has failed */
    uint64_t dropped;   /* here */
    uint64_t retracted; /* that the database counts as lost, and that are still here */
};

struct keeper_records *keeper_records_open(struct keeping *keeping, size_t queue)
{
    struct keeper_records *records = calloc(1, sizeof *records);

    if (records == NULL)
        return NULL;
    records->keeping = keeping;
    records->queue = queue;
    STAILQ_INIT(&records->list);
    return records;
}

void keeper_records_add(struct keeper_records *records, struct vouch_bytes packet)
{
    struct record *record = NULL;

    if (records->count < records->queue && records->octets < OCTETS_MAX)
        record = malloc(sizeof *record + packet.length);
    if (record == NULL) {
        records->dropped++;
        return;
    }
    record->length = packet.length;
    memcpy(record->packet, packet.data, packet.length);
    STAILQ_INSERT_TAIL(&records->list, record, next);
    records->octets += record->length;
    records->count++;
}

size_t keeper_records_count(const struct keeper_records *records)
{
    return records->count;
}

/* records_remove - the first ones, which are written or given up */
static void records_remove(struct keeper_records *records, size_t count)
{
    while (count-- > 0) {
        struct record *record = STAILQ_FIRST(&records->list);

        STAILQ_REMOVE_HEAD(&records->list, next);
        records->octets -= record->length;
        records->count--;
        free(record);
    }
}

/* records_write_one - a record into the open transaction */
static void records_write_one(struct ledger *ledger, const struct record *record)
{
    struct keeper_message message;

    if (!keeper_read(&message, (struct vouch_bytes){record->packet, record->length}))
        return;
    if (message.kind == KEEPER_DECISION)
        ledger_decide(ledger, &message.decision);
    else if (message.kind == KEEPER_ACTION)
        ledger_act(ledger, &message.action);
}

/* records_write_batch - the first ones in a transaction; false: trouble, and they stay */
static bool records_write_batch(struct keeper_records *records)
{
    struct database *database = records->keeping->database;
    uint64_t lost = database_lost(database);
    struct record *record;
    size_t count = 0;

    STAILQ_FOREACH(record, &records->list, next)
    {
        if (count == BATCH_MAX || database_trouble(database) != NULL)
            break;
        records_write_one(records->keeping->ledger, record);
        count++;
    }
    if (database_commit(database) && database_lost(database) == lost) {
        records_remove(records, count);
        records->attempts = 0;
        return true;
    }
    if (++records->attempts < ATTEMPTS_MAX) {
        records->retracted += database_lost(database) - lost;
        return false;
    }
    records_remove(records, count);
    records->attempts = 0;
    return false;
}

void keeper_records_write(struct keeper_records *records)
{
    struct database *database = records->keeping->database;

    if (database_trouble(database) != NULL || (database_pending(database) > 0 && !database_commit(database)))
        return;
    while (records->count > 0 && records_write_batch(records))
        continue;
}

uint64_t keeper_records_lost(const struct keeper_records *records)
{
    return records->dropped + database_lost(records->keeping->database) - records->retracted;
}

void keeper_records_close(struct keeper_records *records)
{
    if (records == NULL)
        return;
    records_remove(records, records->count);
    free(records);
}
