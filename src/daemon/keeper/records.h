/*
 * records.h - decisions and actions on their way into the ledger: gathered, and written in one short
 * transaction, so that a file that several processes write is never locked for long. While the file has trouble they
 * wait, up to a bound.
 */
#ifndef DAEMON_KEEPER_RECORDS_H
#define DAEMON_KEEPER_RECORDS_H

#include "session/keeping.h"

struct keeper_records;

/* Room for `queue` records at most. Null: out of memory. */
struct keeper_records *keeper_records_open(struct keeping *keeping, size_t queue);

/* Takes the packet of a decision or an action; dropped and counted if there is no room, of which urgent ones have more.
 */
void keeper_records_add(struct keeper_records *records, struct vouch_bytes packet, bool urgent);

/* How many wait. */
size_t keeper_records_count(const struct keeper_records *records);

/* Writes and commits all that wait, and what else is pending; while the file has trouble, nothing. */
void keeper_records_write(struct keeper_records *records);

/* How many writes were lost: dropped here, or lost by the database. */
uint64_t keeper_records_lost(const struct keeper_records *records);

/* Frees it; writes nothing. Null is allowed. */
void keeper_records_close(struct keeper_records *records);

#endif
