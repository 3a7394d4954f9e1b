/*
 * keeping.c - opens database, store and ledger.
 */
#include "session/keeping.h"
#include "base/text.h"
#include "store/recall.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PASSWORD_SIZE 1024 /* with the final NUL */

/* keeping_fail - a cause, with the file it belongs to in front, if there is one; false */
static bool keeping_fail(char error[CONF_ERROR_SIZE], const char *path, const char *cause)
{
    struct text text;

    text_init(&text, error, CONF_ERROR_SIZE);
    text_add_printable(&text, text_bytes(path));
    text_add(&text, path[0] != '\0' ? ": " : "");
    text_add(&text, cause);
    return false;
}

/* keeping_read_password - the first line of a file */
static bool keeping_read_password(const char *path, char password[PASSWORD_SIZE], char error[CONF_ERROR_SIZE])
{
    FILE *file = fopen(path, "re");
    size_t length;
    bool fine;

    if (file == NULL)
        return keeping_fail(error, path, strerror(errno));
    length = fread(password, 1, PASSWORD_SIZE - 1, file);
    fine = ferror(file) == 0 || keeping_fail(error, path, strerror(errno));
    if (fine && length == PASSWORD_SIZE - 1)
        fine = keeping_fail(error, path, "too long for a password");
    fclose(file);
    password[length] = '\0';
    password[strcspn(password, "\r\n")] = '\0';
    if (fine && password[0] == '\0')
        fine = keeping_fail(error, path, "holds no password");
    return fine;
}

/* keeping_open_recall - the store behind a memory of what it said, if the configuration wants one; null: no memory */
static struct store *keeping_open_recall(struct store *store, uint32_t age_s, const struct store_config *config,
                                         char error[CONF_ERROR_SIZE])
{
    struct store *recall = age_s == 0 ? store : recall_open(store, age_s, config->now_s);

    if (recall == NULL) {
        store_close(store);
        keeping_fail(error, "", "out of memory");
    }
    return recall;
}

/* keeping_open_redis - with the password of its file */
static struct store *keeping_open_redis(const struct conf *conf, struct event_base *base,
                                        const struct store_config *config, char error[CONF_ERROR_SIZE])
{
    const char *path = conf->store.redis_password_file;
    char password[PASSWORD_SIZE], cause[STORE_ERROR_SIZE] = "out of memory";
    struct store *store = NULL;

    if (path[0] == '\0' || keeping_read_password(path, password, error)) {
        store = redis_open(base, conf->store.redis, path[0] != '\0' ? password : NULL, conf->store.prefix, config,
                           cause);
        if (store == NULL)
            keeping_fail(error, "store.redis", cause);
        else
            store = keeping_open_recall(store, conf->store.recall_s, config, error);
    }
    explicit_bzero(password, sizeof password);
    return store;
}

/* keeping_open_store - where the configuration wants it */
static struct store *keeping_open_store(struct database *database, const struct conf *conf, struct event_base *base,
                                        int64_t (*now_s)(void), char error[CONF_ERROR_SIZE])
{
    const struct conf_reputation *rules = &conf->reputation;
    struct store_config config = {.rules = {.half_life_days = rules->half_life_days,
                                            .window = rules->window,
                                            .per_day = rules->per_day,
                                            .per_source = rules->per_source,
                                            .organization_weight = rules->organization_weight},
                                  .per_filter = rules->per_filter,
                                  .timeout_ms = conf->store.timeout_ms,
                                  .queue = conf->store.queue,
                                  .hash_sources = conf->ledger.hash_names,
                                  .now_s = now_s};
    struct store *store;

    if (conf->store.type == CONF_STORE_REDIS)
        return keeping_open_redis(conf, base, &config, error);
    store = sqlite_open(database, &config);
    if (store == NULL)
        keeping_fail(error, "", "out of memory");
    return store;
}

bool keeping_open(struct keeping *keeping, const struct conf *conf, struct event_base *base, bool read_only,
                  int64_t (*now_s)(void), char error[CONF_ERROR_SIZE])
{
    struct ledger_rules rules = {.keep_days = conf->ledger.keep_days,
                                 .size_mib = conf->ledger.size_mib,
                                 .address_bits_4 = conf->ledger.address_bits_4,
                                 .address_bits_6 = conf->ledger.address_bits_6,
                                 .hash_names = conf->ledger.hash_names,
                                 .earned_days = conf->earned.lifetime_days,
                                 .accept_at = conf->settings.accept_at,
                                 .reject_at = conf->settings.reject_at,
                                 .apart = conf->store.type == CONF_STORE_REDIS,
                                 .queue = conf->store.queue,
                                 .now_s = now_s};

    memset(keeping, 0, sizeof *keeping);
    if (conf->store.type == CONF_STORE_NONE)
        return keeping_fail(error, "store.type", "none: nothing is remembered");
    keeping->database = database_open(conf->store.type == CONF_STORE_MEMORY ? ":memory:" : conf->store.file, read_only);
    if (keeping->database != NULL) {
        keeping->store = keeping_open_store(keeping->database, conf, base, now_s, error);
        keeping->ledger = keeping->store != NULL ? ledger_open(keeping->database, &rules) : NULL;
    }
    if (keeping->ledger == NULL) {
        if (keeping->database == NULL || keeping->store != NULL)
            keeping_fail(error, "", "out of memory");
        keeping_close(keeping);
        return false;
    }
    return true;
}

void keeping_close(struct keeping *keeping)
{
    store_close(keeping->store); /* its last answers go into the ledger */
    if (keeping->ledger != NULL)
        ledger_close(keeping->ledger);
    database_close(keeping->database);
    memset(keeping, 0, sizeof *keeping);
}
