/*
 * verdict_cache.h - a bounded memory of verdicts by key: packed, least recently used first out, each with an end.
 */
#ifndef DAEMON_JUDGE_VERDICT_CACHE_H
#define DAEMON_JUDGE_VERDICT_CACHE_H

#include "daemon/judge/decision_id.h"
#include "daemon/siphash_key.h"

#define VERDICT_KEY_MAX   800  /* octets of a key that can be remembered */
#define VERDICT_ENTRY_MAX 1024 /* octets of an entry, all included */

struct verdict_cache;

/* Octets that name a verdict, and their hash. */
struct verdict_key {
    size_t length; /* 0: too long for the memory */
    uint64_t hash;
    uint8_t octets[VERDICT_KEY_MAX];
};

/* Room for `size` verdicts, 0 for none. Null: out of memory. */
struct verdict_cache *verdict_cache_open(size_t size);

/*
 * Remembers until `end_ms`, instead of what was there, and of which decision the evaluation was. What cannot be
 * remembered is not.
 */
void verdict_cache_put(struct verdict_cache *cache, const struct verdict_key *key, const struct vouch_verdict *verdict,
                       const char evaluation[DECISION_ID_SIZE], int64_t end_ms);

/* Finds what is remembered and not over at `now_ms`. */
bool verdict_cache_find(struct verdict_cache *cache, const struct verdict_key *key, int64_t now_ms,
                        struct vouch_verdict *verdict, char evaluation[DECISION_ID_SIZE]);

/* Forgets all. */
void verdict_cache_clear(struct verdict_cache *cache);

/* Null is allowed. */
void verdict_cache_close(struct verdict_cache *cache);

#endif
