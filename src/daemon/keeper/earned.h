/*
 * earned.h - writes the earned allow-list for the stages before EHLO: a postscreen cidr table, rbldnsd, a master file,
 * plain text. Each file is replaced as a whole (written beside, synced, renamed), and only if it would change.
 */
#ifndef DAEMON_KEEPER_EARNED_H
#define DAEMON_KEEPER_EARNED_H

#include "conf/conf.h"

#include <stdatomic.h>

struct ledger;

#define EARNED_ERROR_SIZE 512

/*
 * Writes all files that are configured, from what the ledger holds at `now_s`. False: at least one could not be
 * written, or not all of the ledger could be read, with `error` naming the first file and the cause; what stood there
 * stays. So it does once `stop` is set, which another thread may do; null: nobody does.
 */
bool earned_write(const struct conf_earned *conf, struct ledger *ledger, int64_t now_s, const atomic_bool *stop,
                  char error[EARNED_ERROR_SIZE]);

#endif
