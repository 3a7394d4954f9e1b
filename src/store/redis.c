/*
 * redis.c - the store in a Redis server, shared by the hosts of a fleet.
 *
 * A question never waits longer than the store's timeout, and not at all while there is no connection, but for the
 * first one, which is just being made. A row waits in line until the server takes it, and so does a vote that nobody
 * says again. A vote that was sent and whose reply never came is not sent again: nothing is ever counted twice.
 */
#include "store/redis_store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SILENCE_FACTOR 10 /* timeouts after which a connection without replies is given up */
#define SILENCE_MIN_MS 2000
#define DAY_S          86400

int64_t redis_now(const struct redis_store *store)
{
    return store->config.now_s != NULL ? store->config.now_s() : (int64_t)time(NULL);
}

int32_t redis_today(const struct redis_store *store)
{
    return (int32_t)(redis_now(store) / DAY_S);
}

bool redis_key(const struct redis_store *store, char key[REDIS_KEY_SIZE], const char *kind, const char *rest)
{
    struct text text;

    text_init(&text, key, REDIS_KEY_SIZE);
    text_add(&text, store->prefix);
    text_add(&text, ":");
    text_add(&text, kind);
    if (rest != NULL) {
        text_add(&text, ":");
        text_add(&text, rest);
    }
    return !text.cut;
}

void redis_blame(const struct redis_store *store, char words[STORE_ERROR_SIZE], const char *key,
                 const struct redisReply *reply)
{
    struct text text;

    text_init(&text, words, STORE_ERROR_SIZE);
    text_add(&text, "Redis at ");
    text_add(&text, redis_link_where(store->link));
    if (key != NULL) {
        text_add(&text, ", key ");
        text_add_printable(&text, text_bytes(key));
    }
    text_add(&text, ": ");
    redis_reply_words(&text, reply);
}

void redis_note_damage(struct redis_store *store, const char *key, const struct redisReply *reply)
{
    struct text text;

    if (store->damage[0] != '\0')
        return;
    redis_blame(store, store->damage, key, reply);
    text_init(&text, store->damaged, sizeof store->damaged);
    text_add(&text, key);
}

void redis_note_repair(struct redis_store *store, const char *key)
{
    if (store->damage[0] != '\0' && strcmp(store->damaged, key) == 0)
        store->damage[0] = '\0';
}

void redis_start_timer(struct redis_store *store, struct event *timer)
{
    struct timeval time = {store->config.timeout_ms / 1000, store->config.timeout_ms % 1000 * 1000};

    event_add(timer, &time);
}

/* on_ready - the connection is there */
static void on_ready(void *self)
{
    struct redis_store *store = self;

    redis_load_script(store);
    redis_send_questions(store);
    redis_send_walks(store);
    redis_send_writes(store);
}

/* on_lost - it is not */
static void on_lost(void *self)
{
    struct redis_store *store = self;

    redis_fail_questions(store);
    redis_fail_walks(store);
}

/* redis_trouble - the connection before what single commands met */
static const char *redis_trouble(struct store *base, uint64_t *dropped)
{
    struct redis_store *store = (struct redis_store *)base;
    const char *troubles[] = {redis_link_trouble(store->link), store->write_trouble, store->clock_trouble,
                              store->ask_trouble, store->damage};

    if (dropped != NULL)
        *dropped = store->dropped;
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++)
        if (troubles[i] != NULL && troubles[i][0] != '\0')
            return troubles[i];
    return NULL;
}

/* redis_close - writes what can be written within the timeout */
static void redis_close(struct store *base)
{
    struct redis_store *store = (struct redis_store *)base;

    redis_drop_questions(store);
    redis_drop_walks(store);
    redis_link_flush(store->link, store->config.timeout_ms);
    redis_link_end(store->link); /* nothing is under way any more */
    redis_drop_questions(store);
    redis_drop_walks(store);
    redis_drop_writes(store);
    redis_link_close(store->link);
    event_del(&store->hold);
    free(store);
}

static const struct store_verbs redis_verbs = {
    .ask_reputation = redis_ask_reputation,
    .ask_listing = redis_ask_listing,
    .cancel = redis_cancel,
    .vote = redis_vote,
    .put = redis_put,
    .remove = redis_remove,
    .each = redis_each,
    .trouble = redis_trouble,
    .close = redis_close,
};

struct store *redis_open(struct event_base *base, const char *where, const char *password, const char *prefix,
                         const struct store_config *config, char error[STORE_ERROR_SIZE])
{
    struct redis_store *store = calloc(1, sizeof *store);
    struct redis_link_owner owner = {on_ready, on_lost, store};
    uint32_t silence_ms = config->timeout_ms * SILENCE_FACTOR;
    struct text text;

    text_init(&text, error, STORE_ERROR_SIZE);
    if (store == NULL) {
        text_add(&text, "out of memory");
        return NULL;
    }
    store->store.verbs = &redis_verbs;
    store->config = *config;
    store->base = base;
    TAILQ_INIT(&store->questions);
    TAILQ_INIT(&store->walks);
    redis_open_writes(store);
    text_init(&text, store->prefix, sizeof store->prefix);
    text_add(&text, prefix);
    if (silence_ms < SILENCE_MIN_MS)
        silence_ms = SILENCE_MIN_MS;
    store->link = redis_link_open(base, where, password, silence_ms, &owner, error);
    if (store->link == NULL) {
        free(store);
        return NULL;
    }
    return &store->store;
}
