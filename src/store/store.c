/*
 * store.c - calls an implementation through its verbs; what all implementations share.
 */
#include "store/store.h"
#include "base/text.h"

const char *store_organization_row(const char *organization, char row[VOUCH_NAME_SIZE])
{
    struct text text;

    text_init(&text, row, VOUCH_NAME_SIZE);
    if (organization[0] != '\0') {
        text_add(&text, ".");
        text_add(&text, organization);
    }
    return text.cut ? "" : row;
}

uint32_t store_source_cap(const struct store_config *config, const struct store_vote *vote)
{
    return vote->filter && config->per_filter != 0 ? config->per_filter : config->rules.per_source;
}

struct store_ticket *store_ask_reputation(struct store *store, const char *name, const char *organization,
                                          store_done *done, void *owner)
{
    return store->verbs->ask_reputation(store, name, organization, done, owner);
}

struct store_ticket *store_ask_listing(struct store *store, const char *list, const char *name, store_done *done,
                                       void *owner)
{
    return store->verbs->ask_listing(store, list, name, done, owner);
}

void store_cancel(struct store *store, struct store_ticket *ticket)
{
    store->verbs->cancel(store, ticket);
}

void store_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner)
{
    store->verbs->vote(store, vote, voted, owner);
}

void store_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    store->verbs->put(store, row, finished, owner);
}

void store_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    store->verbs->remove(store, row, finished, owner);
}

void store_each(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished, void *owner)
{
    store->verbs->each(store, kind, row, finished, owner);
}

const char *store_trouble(struct store *store, uint64_t *dropped)
{
    return store->verbs->trouble(store, dropped);
}

void store_close(struct store *store)
{
    if (store != NULL)
        store->verbs->close(store);
}
