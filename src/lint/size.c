/*
 * size.c - how large the answer is, and how long caches keep its parts. [CSA 6]
 */
#include "lint/host.h"
#include "publish/answer_size.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

#define ADDRESSES_MAX 16    /* hosts behind one name */
#define TTL_MIN_S     60    /* shorter, and nearly every session asks again */
#define TTL_MAX_S     86400 /* longer, and a renumbering takes days */
#define SETS_MAX      3     /* record, A, AAAA */

/* size_of - octets of the answer with the addresses of all targets; 0: cannot be told */
static size_t size_of(const struct host *host)
{
    struct vouch_answer additional[2 * HOST_RECORDS_MAX];
    size_t count = 0;

    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_addresses *addresses = &host->records[i].addresses;

        if (addresses->a == NULL)
            continue;
        if (host_misses_addresses(host->run, addresses))
            return 0;
        additional[count++] = *addresses->a;
        additional[count++] = *addresses->aaaa;
    }
    return answer_size(host->owner, VOUCH_TYPE_SRV, host->srv, additional, count);
}

void size_lint(struct host *host)
{
    size_t size, count = 0;
    struct lint_draft draft;
    bool large;

    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_addresses *addresses = &host->records[i].addresses;

        if (addresses->a != NULL)
            count += addresses->a->records_count + addresses->aaaa->records_count;
    }
    size = size_of(host);
    large = size > ANSWER_SIZE_MAX;
    if (!large && count <= ADDRESSES_MAX)
        return;
    lint_begin(&draft, host->run, large ? LINT_ANSWER_SIZE : LINT_MANY_ADDRESSES, host->owner);
    lint_add(&draft.evidence, "%zu octets, %zu records, %zu addresses", size, host->records_count, count);
    if (count > 1)
        lint_add(&draft.advice,
                 "Give each host a HELO name of its own: publish the new names first, each with its address and its "
                 "record, then let the hosts say them, and only then take their addresses from the old name.");
    lint_end(&draft);
}

/* One set of records and its TTL as published. */
struct ttl_set {
    const char *owner;
    const struct vouch_answer *answer;
    uint32_t ttl_s;
};

/* ttl_add - take one set, if it is there */
static void ttl_add(struct host *host, struct ttl_set *sets, size_t *count, const char *owner, uint16_t type)
{
    const struct vouch_answer *answer = lint_ask_published(host->run, owner, type);

    if (answer == NULL || !lint_is_found(answer))
        return;
    sets[*count] = (struct ttl_set){owner, answer, answer->records[0].ttl_s};
    (*count)++;
}

/* ttl_is_default - is this the TTL of the SOA record, or its minimum? */
static bool ttl_is_default(struct host *host, uint32_t ttl_s)
{
    const struct vouch_answer *soa = NULL;
    uint32_t serial, minimum;

    if (host->run->domain[0] != '\0')
        soa = lint_ask_published(host->run, host->run->domain, VOUCH_TYPE_SOA);
    if (soa == NULL || !lint_is_found(soa) || !lint_read_soa(&soa->records[0], soa->message, &serial, &minimum))
        return false;
    return ttl_s == soa->records[0].ttl_s || ttl_s == minimum;
}

/* ttl_publish - addresses get another TTL, but for those that go anyway */
static void ttl_publish(struct lint_draft *draft, const struct host *host, const struct ttl_set *set, uint32_t ttl_s)
{
    const struct vouch_answer *answer = set->answer;

    for (size_t i = 0; i < answer->records_count; i++) {
        if (csa_mend_deletes(host, set->owner, &answer->records[i], answer->message))
            continue;
        lint_delete(draft, set->owner, &answer->records[i], answer->message);
        lint_publish(draft, set->owner, ttl_s, &answer->records[i], answer->message);
    }
}

/* ttl_mend - all sets get one TTL */
static void ttl_mend(struct host *host, enum lint_word word, const struct ttl_set *sets, size_t count, uint32_t ttl_s)
{
    struct lint_draft draft;

    lint_begin(&draft, host->run, word, host->owner);
    for (size_t i = 0; i < count; i++) {
        lint_add(&draft.evidence, "%s%s ", i == 0 ? "" : ", ", sets[i].owner);
        lint_add_type(&draft.evidence, sets[i].answer->records[0].type);
        lint_add(&draft.evidence, " %u s", (unsigned)sets[i].ttl_s);
        if (sets[i].ttl_s == ttl_s)
            continue;
        if (sets[i].owner != host->owner) {
            ttl_publish(&draft, host, &sets[i], ttl_s);
            continue;
        }
        host->ttl_s = ttl_s;
        host->retimed = true;
    }
    csa_mend(&draft, host);
    lint_end(&draft);
}

/* ttl_lint_sets - judge the TTLs of a record and the addresses that it leads to */
static void ttl_lint_sets(struct host *host, const struct ttl_set *sets, size_t count)
{
    uint32_t lowest = sets[0].ttl_s, highest = sets[0].ttl_s, good = sets[0].ttl_s;
    bool first_is_default, default_seen = false;

    for (size_t i = 1; i < count; i++) {
        lowest = sets[i].ttl_s < lowest ? sets[i].ttl_s : lowest;
        highest = sets[i].ttl_s > highest ? sets[i].ttl_s : highest;
    }
    if (lowest < TTL_MIN_S) {
        ttl_mend(host, LINT_TTL_SHORT, sets, count, highest < TTL_MIN_S || highest > TTL_MAX_S ? LINT_TTL_S : highest);
    } else if (highest > TTL_MAX_S) {
        ttl_mend(host, LINT_TTL_LONG, sets, count, lowest > TTL_MAX_S ? TTL_MAX_S : lowest);
    } else if (lowest != highest) {
        first_is_default = ttl_is_default(host, good);
        for (size_t i = 1; i < count; i++) {
            if (sets[i].ttl_s == sets[0].ttl_s)
                continue;
            default_seen = default_seen || first_is_default || ttl_is_default(host, sets[i].ttl_s);
            if (first_is_default)
                good = sets[i].ttl_s;
        }
        ttl_mend(host, default_seen ? LINT_TTL_SOA_DEFAULT : LINT_TTL_DIFFERS, sets, count, good);
    }
}

void ttl_lint(struct host *host)
{
    struct ttl_set sets[SETS_MAX];
    size_t count = 0;

    ttl_add(host, sets, &count, host->owner, VOUCH_TYPE_SRV);
    if (count == 0)
        return;
    for (size_t i = 0; i < host->records_count; i++) {
        const struct host_record *record = &host->records[i];

        /* Others decide about the TTLs of their targets, and behind an alias stand others' as well. */
        if (record->addresses.a == NULL || !publish_name_is_within(record->target, host->run->domain) ||
            lint_is_found(lint_ask(host->run, record->target, VOUCH_TYPE_CNAME)))
            continue;
        count = 1;
        ttl_add(host, sets, &count, record->target, VOUCH_TYPE_A);
        ttl_add(host, sets, &count, record->target, VOUCH_TYPE_AAAA);
        ttl_lint_sets(host, sets, count);
    }
    if (count == 1)
        ttl_lint_sets(host, sets, count);
}
