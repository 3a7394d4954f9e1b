/*
 * verdict_cache.c - a bounded memory of verdicts: hash chains and one list from the most to the least recently used.
 *
 * An entry is one block: the head, then the key, the evidence and the texts, which are mostly parts of each other: the
 * HELO name is part of the key, and the deciding domain is the end of the name.
 */
#include "daemon/judge/verdict_cache.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* What is kept of one row of evidence. */
struct entry_evidence {
    int16_t points;
    uint8_t token, why;
};

struct entry {
    struct entry *next; /* in the chain */
    TAILQ_ENTRY(entry) order;
    uint64_t hash;
    int64_t end_ms;
    uint32_t ttl_s;
    uint32_t ham, spam;
    int16_t reputation;
    uint16_t confidence_milli;
    int16_t score, hoped;
    uint16_t key_length;
    int16_t service;
    uint8_t name_length, domain_length, service_length, suspended_length;
    uint8_t csa, reason, identity, rating, level, evidence_count, questions;
    bool secure, has_ttl, incomplete, withheld;
    char evaluation[DECISION_ID_SIZE];
    bool domain_inside; /* the domain is the end of the name */
    uint8_t octets[];   /* evidence, key, name, domain unless inside, services; texts without NUL */
};

TAILQ_HEAD(entry_list, entry);

struct verdict_cache {
    size_t size, count;
    size_t mask; /* number of chains, less 1 */
    struct entry_list order;
    struct entry *chains[];
};

struct verdict_cache *verdict_cache_open(size_t size)
{
    size_t chains = 1;
    struct verdict_cache *cache;

    while (chains < size && chains < SIZE_MAX / 2 / sizeof(struct entry *))
        chains *= 2;
    cache = calloc(1, sizeof *cache + chains * sizeof cache->chains[0]);
    if (cache == NULL)
        return NULL;
    cache->size = size;
    cache->mask = chains - 1;
    TAILQ_INIT(&cache->order);
    return cache;
}

/* entry_key - where its key is */
static const uint8_t *entry_key(const struct entry *entry)
{
    return entry->octets + entry->evidence_count * sizeof(struct entry_evidence);
}

/* cache_from - what points at the entry of this key, or at the end of its chain */
static struct entry **cache_from(struct verdict_cache *cache, const struct verdict_key *key)
{
    struct entry **from = &cache->chains[key->hash & cache->mask];

    while (*from != NULL && ((*from)->hash != key->hash || (*from)->key_length != key->length ||
                             memcmp(entry_key(*from), key->octets, key->length) != 0))
        from = &(*from)->next;
    return from;
}

/* cache_drop - forget one entry */
static void cache_drop(struct verdict_cache *cache, struct entry **from)
{
    struct entry *entry = *from;

    *from = entry->next;
    TAILQ_REMOVE(&cache->order, entry, order);
    cache->count--;
    free(entry);
}

/* cache_drop_last - forget the least recently used */
static void cache_drop_last(struct verdict_cache *cache)
{
    struct entry *last = TAILQ_LAST(&cache->order, entry_list);
    struct entry **from = &cache->chains[last->hash & cache->mask];

    while (*from != last)
        from = &(*from)->next;
    cache_drop(cache, from);
}

/* entry_add - append octets; returns where they end */
static uint8_t *entry_add(uint8_t *at, const void *octets, size_t length)
{
    if (length != 0)
        memcpy(at, octets, length);
    return at + length;
}

/* entry_fill - the head of an entry */
static void entry_fill(struct entry *entry, const struct vouch_verdict *verdict)
{
    entry->ttl_s = verdict->ttl_s;
    entry->ham = verdict->reputation.ham;
    entry->spam = verdict->reputation.spam;
    entry->reputation = verdict->reputation.score;
    entry->confidence_milli = verdict->reputation.confidence_milli;
    entry->score = verdict->score;
    entry->hoped = verdict->hoped;
    entry->withheld = verdict->withheld;
    entry->service = (int16_t)verdict->service;
    entry->csa = (uint8_t)verdict->csa;
    entry->reason = (uint8_t)verdict->reason;
    entry->identity = (uint8_t)verdict->identity;
    entry->rating = (uint8_t)verdict->rating;
    entry->level = (uint8_t)verdict->level;
    entry->evidence_count = verdict->evidence_count;
    entry->questions = verdict->questions;
    entry->secure = verdict->secure;
    entry->has_ttl = verdict->has_ttl;
    entry->incomplete = verdict->incomplete;
}

/* entry_pack - a new entry, or null: out of memory, or too large */
static struct entry *entry_pack(const struct verdict_key *key, const struct vouch_verdict *verdict)
{
    size_t evidence = verdict->evidence_count * sizeof(struct entry_evidence);
    size_t name = strlen(verdict->name), domain = strlen(verdict->domain), service = strlen(verdict->service_name);
    size_t suspended = strlen(verdict->suspended_name);
    bool inside = domain <= name && memcmp(verdict->name + name - domain, verdict->domain, domain) == 0;
    size_t length = sizeof(struct entry) + evidence + key->length + name + (inside ? 0 : domain) + service + suspended;
    struct entry *entry = length <= VERDICT_ENTRY_MAX ? malloc(length) : NULL;
    uint8_t *at;

    if (entry == NULL)
        return NULL;
    entry_fill(entry, verdict);
    entry->hash = key->hash;
    entry->key_length = (uint16_t)key->length;
    entry->name_length = (uint8_t)name;
    entry->domain_length = (uint8_t)domain;
    entry->service_length = (uint8_t)service;
    entry->suspended_length = (uint8_t)suspended;
    entry->domain_inside = inside;
    at = entry->octets;
    for (unsigned i = 0; i < verdict->evidence_count; i++) {
        const struct vouch_evidence *row = &verdict->evidence[i];
        struct entry_evidence kept = {row->points, (uint8_t)row->token, (uint8_t)row->why};

        at = entry_add(at, &kept, sizeof kept);
    }
    at = entry_add(at, key->octets, key->length);
    at = entry_add(at, verdict->name, name);
    at = entry_add(at, verdict->domain, inside ? 0 : domain);
    at = entry_add(at, verdict->service_name, service);
    entry_add(at, verdict->suspended_name, suspended);
    return entry;
}

/* entry_text - take a text; returns where it ends */
static const uint8_t *entry_text(char text[VOUCH_NAME_SIZE], const uint8_t *at, size_t length)
{
    memcpy(text, at, length);
    text[length] = '\0';
    return at + length;
}

/* entry_unpack - the verdict as it was */
static void entry_unpack(const struct entry *entry, struct vouch_verdict *verdict)
{
    const uint8_t *at = entry->octets;

    verdict->csa = (enum vouch_csa)entry->csa;
    verdict->reason = (enum vouch_reason)entry->reason;
    verdict->secure = entry->secure;
    verdict->identity = (enum vouch_identity)entry->identity;
    verdict->rating = (enum vouch_rating)entry->rating;
    verdict->service = entry->service;
    verdict->reputation = (struct vouch_reputation){.score = entry->reputation,
                                                    .confidence_milli = entry->confidence_milli,
                                                    .ham = entry->ham,
                                                    .spam = entry->spam};
    verdict->level = (enum vouch_level)entry->level;
    verdict->score = entry->score;
    verdict->best = entry->score; /* what rests on trouble is not remembered */
    verdict->hoped = entry->hoped;
    verdict->withheld = entry->withheld;
    verdict->evidence_count = entry->evidence_count;
    verdict->questions = entry->questions;
    verdict->has_ttl = entry->has_ttl;
    verdict->ttl_s = entry->ttl_s;
    verdict->incomplete = entry->incomplete;
    for (unsigned i = 0; i < entry->evidence_count; i++) {
        struct entry_evidence kept;

        memcpy(&kept, at, sizeof kept);
        at += sizeof kept;
        verdict->evidence[i] = (struct vouch_evidence){
            .token = (enum vouch_token)kept.token, .points = kept.points, .why = (enum vouch_withheld)kept.why};
    }
    at = entry_text(verdict->name, at + entry->key_length, entry->name_length);
    if (entry->domain_inside)
        entry_text(verdict->domain, at - entry->domain_length, entry->domain_length);
    else
        at = entry_text(verdict->domain, at, entry->domain_length);
    at = entry_text(verdict->service_name, at, entry->service_length);
    entry_text(verdict->suspended_name, at, entry->suspended_length);
}

void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key, const struct vouch_verdict *verdict,
                       const char evaluation[DECISION_ID_SIZE], int64_t end_ms)
{
    struct entry **from = cache_from(cache, key);
    struct entry *entry;

    if (*from != NULL)
        cache_drop(cache, from);
    if (key->length == 0 || cache->size == 0)
        return;
    entry = entry_pack(key, verdict);
    if (entry == NULL)
        return;
    entry->end_ms = end_ms;
    memcpy(entry->evaluation, evaluation, sizeof entry->evaluation);
    if (cache->count >= cache->size)
        cache_drop_last(cache);
    entry->next = cache->chains[key->hash & cache->mask];
    cache->chains[key->hash & cache->mask] = entry;
    TAILQ_INSERT_HEAD(&cache->order, entry, order);
    cache->count++;
}

bool verdict_cache_find(struct verdict_cache *cache, const struct verdict_key *key, int64_t now_ms,
                        struct vouch_verdict *verdict, char evaluation[DECISION_ID_SIZE])
{
    struct entry **from = cache_from(cache, key);
    struct entry *entry = *from;

    if (entry == NULL || key->length == 0)
        return false;
    if (entry->end_ms <= now_ms) {
        cache_drop(cache, from);
        return false;
    }
    TAILQ_REMOVE(&cache->order, entry, order);
    TAILQ_INSERT_HEAD(&cache->order, entry, order);
    entry_unpack(entry, verdict);
    memcpy(evaluation, entry->evaluation, sizeof entry->evaluation);
    return true;
}

void verdict_cache_clear(struct verdict_cache *cache)
{
    while (!TAILQ_EMPTY(&cache->order))
        cache_drop_last(cache);
}

void verdict_cache_close(struct verdict_cache *cache)
{
    if (cache == NULL)
        return;
    verdict_cache_clear(cache);
    free(cache);
}
