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
#define NAMES_TRIED   16    /* one after the other, for a free one */
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

/* split_reverse - the address's PTR record names the new name */
static void split_reverse(struct lint_draft *draft, const struct host *host, const struct vouch_record *record,
                          const char *name)
{
    char reverse[VOUCH_NAME_TEXT_SIZE], old[VOUCH_NAME_TEXT_SIZE];
    struct vouch_address address;
    const struct vouch_answer *ptr;

    if (!lint_read_address(&address, record))
        return;
    lint_reverse(reverse, &address);
    ptr = lint_ask(host->run, reverse, VOUCH_TYPE_PTR);
    for (size_t i = 0; i < ptr->records_count; i++) {
        if (!lint_read_name(old, &ptr->records[i], ptr->message, 0) || strcmp(old, host->name) != 0)
            continue;
        lint_delete(draft, reverse, &ptr->records[i], ptr->message);
        lint_add(&draft->mend, "%s. %u IN PTR %s.\n", reverse, (unsigned)lint_ttl(host->run, ptr), name);
    }
}

/* split_name - find a name that is free: the host's with a number behind its first label; false: none is */
static bool split_name(const struct host *host, size_t *number, char name[VOUCH_NAME_TEXT_SIZE])
{
    const char *dot = strchr(host->name, '.');
    size_t label = dot == NULL ? strlen(host->name) : (size_t)(dot - host->name);
    uint8_t wire[VOUCH_NAME_SIZE];
    struct text text;

    for (size_t last = *number + NAMES_TRIED; *number < last;) {
        text_init(&text, name, VOUCH_NAME_TEXT_SIZE);
        text_add_bytes(&text, host->name, label);
        text_add(&text, "-");
        text_add_unsigned(&text, (*number)++);
        text_add(&text, host->name + label);
        if (text.cut || vouch_name_parse(wire, name, text.length) == 0)
            return false;
        if (host_is_free(host->run, name))
            return true;
    }
    return false;
}

/* split_one - an address leaves its name and gets one of its own, with a record, unless it goes anyway; false: there is
 * no name for it */
static bool split_one(struct lint_draft *draft, const struct host *host, const struct vouch_record *record,
                      size_t *number)
{
    char name[VOUCH_NAME_TEXT_SIZE];
    struct lint_srv srv = {2, 0, ""};

    if (csa_mend_deletes(host, host->name, record, host->srv->message))
        return true;
    if (!split_name(host, number, name))
        return false;
    memcpy(srv.target, name, strlen(name) + 1);
    lint_delete(draft, host->name, record, host->srv->message);
    lint_add(&draft->mend, "%s. %u IN ", name, (unsigned)host->ttl_s);
    lint_add_rdata(&draft->mend, record, host->srv->message);
    lint_add(&draft->mend, "\n");
    lint_publish_srv(draft, name, host->ttl_s, &srv);
    split_reverse(draft, host, record, name);
    return true;
}

/* split - all addresses but the first of each family get names of their own; no lines if names run out */
static void split(struct lint_draft *draft, struct host *host, const struct host_addresses *addresses)
{
    size_t number = 2;
    bool named = !host_misses_addresses(host->run, addresses);

    for (size_t i = 1; i < addresses->a->records_count && named; i++)
        named = split_one(draft, host, &addresses->a->records[i], &number);
    for (size_t i = 1; i < addresses->aaaa->records_count && named; i++)
        named = split_one(draft, host, &addresses->aaaa->records[i], &number);
    if (!named)
        lint_clear(&draft->mend);
    if (draft->mend.length != 0)
        csa_mend(draft, host);
    lint_add(&draft->advice, "Give each host its own HELO name.");
}

void size_lint(struct host *host)
{
    const struct host_record *only = host->records_count == 1 ? &host->records[0] : NULL;
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
    if (only != NULL && only->addresses.a != NULL && strcmp(only->target, host->name) == 0)
        split(&draft, host, &only->addresses);
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
