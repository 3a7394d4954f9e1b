/*
 * line.h - a worker's end of its line to the keeper: packets now or not at all, and records that may wait for
 * room.
 */
#ifndef DAEMON_KEEPER_LINE_H
#define DAEMON_KEEPER_LINE_H

#include "vouchsafe.h"

struct event_base;
struct keeper_line;

/* `queue` records may wait. Null: out of memory. */
struct keeper_line *keeper_line_open(struct event_base *base, int fd, size_t queue);

/* Puts a packet on the line, also before what waits; false: there is no room. */
bool keeper_line_send(struct keeper_line *line, struct vouch_bytes packet);

/*
 * Puts a record on the line when there is room, all in their order; too many are dropped, counted, and told. Urgent
 * ones have room of their own, a quarter more.
 */
void keeper_line_record(struct keeper_line *line, struct vouch_bytes packet, bool urgent);

/* Counts a record that could not even be made into a packet. */
void keeper_line_drop(struct keeper_line *line);

/* How many records were dropped so far. */
uint64_t keeper_line_dropped(const struct keeper_line *line);

/* Tells of dropped records, if that is due. */
void keeper_line_complain(struct keeper_line *line);

/* Gives a keeper that lives a moment to take what waits. Null is allowed. */
void keeper_line_close(struct keeper_line *line);

#endif
