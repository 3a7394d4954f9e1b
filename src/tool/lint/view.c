/*
 * view.c - a view for the rules over zone files or a source of answers, with a table of what was asked.
 */
#include "tool/lint/view.h"

#include "base/text.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024 /* a power of two */

/* One question, and its answer once it is there. */
struct entry {
    struct entry *next; /* of the same bucket */
    struct lint_table *table;
    struct dns_ticket *ticket; /* it is out */
    bool answered;
    uint16_t type;
    struct vouch_answer answer; /* views into `memory` */
    uint8_t *memory;
    char name[];
};

struct lint_table {
    struct zones *zones;
    struct dns_source *source;
    struct lint_round *round; /* null: files */
    TAILQ_ENTRY(lint_table) link;
    struct entry *buckets[BUCKETS];
    char label[];
};

/* answer_fail - make the answer one of trouble */
static void answer_fail(struct vouch_answer *answer, enum vouch_status status, const char *note)
{
    memset(answer, 0, sizeof *answer);
    answer->status = status;
    answer->note = text_bytes(note);
}

/* table_hash - the bucket of a question */
static size_t table_hash(const char *name, uint16_t type)
{
    size_t hash = 5381U + type;

    for (const char *at = name; *at != '\0'; at++)
        hash = hash * 33 + (unsigned char)*at;
    return hash & (BUCKETS - 1);
}

/* Memory that an answer is copied into. */
struct copy {
    uint8_t *at;
    struct vouch_bytes from, to; /* the message, as it was and as it is */
};

/* copy_view - copy octets; those of the message stand in its copy already */
static struct vouch_bytes copy_view(struct copy *copy, struct vouch_bytes view)
{
    uintptr_t place = (uintptr_t)view.data - (uintptr_t)copy->from.data;
    struct vouch_bytes made = {copy->at, view.length};

    if (copy->from.length != 0 && view.data != NULL && place < copy->from.length) {
        made.data = copy->to.data + place;
        return made;
    }
    if (view.length != 0)
        memcpy(copy->at, view.data, view.length);
    copy->at += view.length;
    return made;
}

/* records_size - octets that the copy of records needs, their table not counted */
static size_t records_size(const struct vouch_record *records, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += records[i].owner.length + records[i].rdata.length;
    return size;
}

/* entry_take - keep a copy of the answer, the Additional section left out */
static void entry_take(struct entry *entry, const struct vouch_answer *answer)
{
    size_t table = answer->records_count * sizeof *answer->records;
    size_t size = table + answer->message.length + answer->soa_owner.length + answer->note.length +
                  records_size(answer->records, answer->records_count);
    struct vouch_record *records = malloc(size == 0 ? 1 : size);
    struct copy copy;

    entry->answered = true;
    entry->memory = (uint8_t *)records;
    if (records == NULL) {
        answer_fail(&entry->answer, VOUCH_FAILED, "out of memory");
        return;
    }
    entry->answer = *answer;
    copy = (struct copy){entry->memory + table, {NULL, 0}, {NULL, 0}};
    entry->answer.message = copy_view(&copy, answer->message);
    copy.from = answer->message;
    copy.to = entry->answer.message;
    for (size_t i = 0; i < answer->records_count; i++) {
        records[i] = answer->records[i];
        records[i].owner = copy_view(&copy, answer->records[i].owner);
        records[i].rdata = copy_view(&copy, answer->records[i].rdata);
    }
    entry->answer.soa_owner = copy_view(&copy, answer->soa_owner);
    entry->answer.note = copy_view(&copy, answer->note);
    entry->answer.records = records;
    entry->answer.additional = NULL;
    entry->answer.additional_count = 0;
}

/* round_defer - the time without an answer begins anew; false: it cannot be watched */
static bool round_defer(struct lint_round *round)
{
    const struct timeval timeout = {round->timeout_ms / 1000, (suseconds_t)(round->timeout_ms % 1000) * 1000};

    return evtimer_add(round->late, &timeout) == 0;
}

/* entry_done - an answer came */
static void entry_done(void *owner, const struct vouch_answer *answer)
{
    struct entry *entry = owner;
    struct lint_round *round = entry->table->round;

    entry->ticket = NULL;
    entry_take(entry, answer);
    round->open--;
    if (round->open == 0)
        event_base_loopbreak(round->base);
    else if (evtimer_pending(round->late, NULL))
        round_defer(round);
}

/* table_add - ask a question that was not asked before; null: out of memory */
static struct entry *table_add(struct lint_table *table, const char *name, uint16_t type)
{
    size_t size = strlen(name) + 1, bucket = table_hash(name, type);
    struct entry *entry = calloc(1, sizeof *entry + size);
    struct vouch_answer answer;

    if (entry == NULL)
        return NULL;
    memcpy(entry->name, name, size);
    entry->type = type;
    entry->table = table;
    entry->next = table->buckets[bucket];
    table->buckets[bucket] = entry;
    if (table->zones != NULL) {
        zones_answer(table->zones, name, (enum vouch_type)type, &answer);
        entry_take(entry, &answer);
        return entry;
    }
    table->round->open++;
    entry->ticket = dns_ask(table->source, name, (enum vouch_type)type, entry_done, entry);
    return entry;
}

/* view_ask - the answer, or null while it is missing */
static const struct vouch_answer *view_ask(void *owner, const char *name, uint16_t type)
{
    static const struct vouch_answer failed = {.status = VOUCH_FAILED};
    struct lint_table *table = owner;
    struct entry *entry = table->buckets[table_hash(name, type)];

    while (entry != NULL && (entry->type != type || strcmp(entry->name, name) != 0))
        entry = entry->next;
    if (entry == NULL)
        entry = table_add(table, name, type);
    if (entry == NULL)
        return &failed;
    return entry->answered ? &entry->answer : NULL;
}

/* entry_cancel - take a question back that is out */
static void entry_cancel(struct entry *entry)
{
    if (entry->answered)
        return;
    dns_cancel(entry->table->source, entry->ticket);
    entry->ticket = NULL;
    entry->table->round->open--;
}

/* table_cancel - what is still out has timed out */
static void table_cancel(struct lint_table *table)
{
    struct vouch_answer timeout;

    answer_fail(&timeout, VOUCH_TIMEOUT, "no answer");
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct entry *entry = table->buckets[i]; entry != NULL; entry = entry->next) {
            if (entry->answered)
                continue;
            entry_cancel(entry);
            entry_take(entry, &timeout);
        }
    }
}

/* round_late - no answer came for too long */
static void round_late(evutil_socket_t fd, short events, void *data)
{
    struct lint_round *round = data;

    (void)fd;
    (void)events;
    event_base_loopbreak(round->base);
}

bool lint_round_open(struct lint_round *round, struct event_base *base, unsigned timeout_ms)
{
    memset(round, 0, sizeof *round);
    TAILQ_INIT(&round->tables);
    round->base = base;
    round->timeout_ms = timeout_ms;
    round->late = evtimer_new(base, round_late, round);
    return round->late != NULL;
}

void lint_round_close(struct lint_round *round)
{
    if (round->late != NULL)
        event_free(round->late);
    round->late = NULL;
}

void lint_round_wait(struct lint_round *round)
{
    struct lint_table *table;

    if (round->open == 0)
        return;
    if (round_defer(round))
        event_base_dispatch(round->base);
    event_del(round->late);
    TAILQ_FOREACH(table, &round->tables, link)
    {
        if (round->open != 0)
            table_cancel(table);
    }
}

void lint_view_forget(struct lint_view *view)
{
    struct lint_table *table = view->owner;

    for (size_t i = 0; i < BUCKETS; i++) {
        while (table->buckets[i] != NULL) {
            struct entry *entry = table->buckets[i];

            table->buckets[i] = entry->next;
            entry_cancel(entry);
            free(entry->memory);
            free(entry);
        }
    }
}

/* view_open - an empty table and the view of it; null: out of memory */
static struct lint_table *view_open(struct lint_view *view, const char *label)
{
    size_t size = strlen(label) + 1;
    struct lint_table *table = calloc(1, sizeof *table + size);

    memset(view, 0, sizeof *view);
    if (table == NULL)
        return NULL;
    memcpy(table->label, label, size);
    view->label = table->label;
    view->owner = table;
    view->ask = view_ask;
    return table;
}

bool lint_view_open_files(struct lint_view *view, const char *label, struct zones *zones)
{
    struct lint_table *table = view_open(view, label);

    if (table == NULL)
        return false;
    table->zones = zones;
    view->is_files = true;
    return true;
}

bool lint_view_open_source(struct lint_view *view, const char *label, struct dns_source *source,
                           struct lint_round *round)
{
    struct lint_table *table = source == NULL ? NULL : view_open(view, label);

    if (table == NULL) {
        dns_close(source);
        return false;
    }
    table->source = source;
    table->round = round;
    TAILQ_INSERT_TAIL(&round->tables, table, link);
    return true;
}

void lint_view_close(struct lint_view *view)
{
    struct lint_table *table = view->owner;

    if (table == NULL)
        return;
    lint_view_forget(view);
    if (table->round != NULL)
        TAILQ_REMOVE(&table->round->tables, table, link);
    dns_close(table->source);
    free(table);
    view->owner = NULL;
}
