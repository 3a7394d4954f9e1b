/*
 * keeping.h - opens what the configuration names to remember with: the database, the store, the ledger.
 */
#ifndef SESSION_KEEPING_H
#define SESSION_KEEPING_H

#include "conf/conf.h"
#include "store/database.h"
#include "store/ledger.h"
#include "store/store.h"

struct keeping {
    struct database *database;
    struct store *store;
    struct ledger *ledger;
};

/*
 * Opens them; a file or server that is not there now is trouble (database_trouble, store_trouble) and no error. With
 * `read_only` the file is neither created nor written. `now_s` as in store.h. False with `error`: conf->store.type is
 * none, a password file cannot be read, memory is out.
 */
bool keeping_open(struct keeping *keeping, const struct conf *conf, struct event_base *base, bool read_only,
                  int64_t (*now_s)(void), char error[CONF_ERROR_SIZE]);

/* Safe after a failed keeping_open. */
void keeping_close(struct keeping *keeping);

#endif
