/*
 * recall.h - a store that remembers what another one answered, and says it again while that is in trouble.
 *
 * For a server that others share: without it a host that was trusted by its standing, or by a shared list, would be
 * nobody. What was asked is remembered, by the question: standings, entries of lists, and that nothing is known. A
 * remembered answer is as old as the last one that the store gave; one that is too old is trouble again, and so is what
 * was never asked. Everything but questions goes to the store as it comes.
 */
#ifndef STORE_RECALL_H
#define STORE_RECALL_H

#include "store/store.h"

/*
 * Answers that are remembered, of each of two kinds: entries of lists and standings with counts of the host itself;
 * and all others, which anybody can have asked by saying any name. The one that was not asked for longest goes. Some
 * 250 octets each, 1 KiB at most.
 */
#define RECALL_MAX 20000

/*
 * Wraps `store`, which it closes with itself. Remembered answers are given for `age_s` after the store gave them, with
 * a note that says so. `now_s` as in store.h. Null: out of memory, and `store` is as before.
 */
struct store *recall_open(struct store *store, uint32_t age_s, int64_t (*now_s)(void));

#endif
