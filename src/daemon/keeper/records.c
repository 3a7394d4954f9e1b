/*
 * records.c - a queue of packets.
 *
 * A batch stays in the queue until it is committed. One that fails again and again, although the file can be written,
 * is given up: what it holds is wrong in a way that nobody foresaw, and all others wait behind it.
 */
#include "daemon/keeper/records.h"

#include "daemon/keeper/packets.h"
#include "daemon/keeper/wire.h"

#include <stdlib.h>

#define OCTETS_MAX   (64 * 1024 * 1024)
#define BATCH_MAX    1000 /* a transaction */
#define ATTEMPTS_MAX 3

struct keeper_records {
    struct keeping *keeping;
    struct packets waiting;
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
    packets_init(&records->waiting, queue, OCTETS_MAX);
    return records;
}

void keeper_records_add(struct keeper_records *records, struct vouch_bytes packet, bool urgent)
{
    records->dropped += packets_add(&records->waiting, packet, urgent) == NULL;
}

size_t keeper_records_count(const struct keeper_records *records)
{
    return records->waiting.count;
}

/* records_write_one - a record into the open transaction */
static void records_write_one(struct ledger *ledger, const struct packet *packet)
{
    struct keeper_message message;

    if (!keeper_read(&message, packet_octets(packet)))
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
    struct packet *packet;
    size_t count = 0;

    STAILQ_FOREACH(packet, &records->waiting.list, next)
    {
        if (count == BATCH_MAX || database_trouble(database) != NULL)
            break;
        records_write_one(records->keeping->ledger, packet);
        count++;
    }
    if (database_commit(database) && database_lost(database) == lost) {
        packets_remove(&records->waiting, count);
        records->attempts = 0;
        return true;
    }
    if (++records->attempts < ATTEMPTS_MAX) {
        records->retracted += database_lost(database) - lost;
        return false;
    }
    packets_remove(&records->waiting, count);
    records->attempts = 0;
    return false;
}

void keeper_records_write(struct keeper_records *records)
{
    struct database *database = records->keeping->database;

    if (database_trouble(database) != NULL || (database_pending(database) > 0 && !database_commit(database)))
        return;
    while (records->waiting.count > 0 && records_write_batch(records))
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
    packets_remove(&records->waiting, records->waiting.count);
    free(records);
}
