/*
 * top_count.c - counts what happened in the last minutes.
 *
 * The walk is bounded by the time and by COUNTED_MAX decisions, the newest first, however large the ledger is.
 */
#include "base/text.h"
#include "tool/ledger/top.h"
#include "tool/view.h"

#include <stdlib.h>
#include <string.h>

#define COUNTED_MAX 100000
#define SLOWEST     5
#define KEY_SIZE    (2 * VOUCH_NAME_SIZE)

/* What is counted: how often each key came. */
enum tally { TALLY_VERBS, TALLY_CSA, TALLY_IDENTITY, TALLY_NAMES, TALLY_ORGANIZATIONS, TALLY_REFUSED, TALLIES };

/* A table of the result: the members that the two halves of a key have (second null: the key is whole). */
static const struct {
    const char *name, *first, *second;
} tables[TALLIES] = {
    [TALLY_VERBS] = {"verbs", "verb", "mode"},
    [TALLY_CSA] = {"csa", "result", "reason"},
    [TALLY_IDENTITY] = {"identity", "strength", NULL},
    [TALLY_NAMES] = {"names", "name", NULL},
    [TALLY_ORGANIZATIONS] = {"organizations", "name", NULL},
    [TALLY_REFUSED] = {"refused", "name", NULL},
};

struct slow {
    char id[LEDGER_ID_SIZE], name[VOUCH_NAME_SIZE];
    int64_t elapsed_ms;
    unsigned queries;
};

struct counting {
    json_t *tallies[TALLIES]; /* objects: key to count */
    struct slow slowest[SLOWEST];
    size_t slowest_count;
    uint64_t decisions;
    bool cut;
    json_t *lists; /* object: list to count */
    json_t *suspended;
    int64_t now_s;
};

/* count_key - one more of a key */
static void count_key(json_t *tally, const char *key)
{
    json_t *count = json_object_get(tally, key);

    if (count == NULL)
        json_object_set_new_nocheck(tally, key, json_integer(1));
    else
        json_integer_set(count, json_integer_value(count) + 1);
}

/* count_words - one more of two words */
static void count_words(json_t *tally, const char *first, const char *second)
{
    char key[KEY_SIZE];
    struct text text;

    text_init(&text, key, sizeof key);
    text_add(&text, first);
    text_add_char(&text, ' ');
    text_add(&text, second);
    count_key(tally, key);
}

/* count_slow - keep it if it is among the slowest */
static void count_slow(struct counting *counting, const struct ledger_decision *decision)
{
    size_t at = counting->slowest_count;
    struct text text;

    while (at > 0 && counting->slowest[at - 1].elapsed_ms < decision->elapsed_ms)
        at--;
    if (at == SLOWEST)
        return;
    if (counting->slowest_count < SLOWEST)
        counting->slowest_count++;
    memmove(&counting->slowest[at + 1], &counting->slowest[at],
            (counting->slowest_count - at - 1) * sizeof counting->slowest[0]);
    memcpy(counting->slowest[at].id, decision->id, sizeof decision->id);
    text_init(&text, counting->slowest[at].name, sizeof counting->slowest[at].name);
    text_add(&text, decision->name);
    counting->slowest[at].elapsed_ms = decision->elapsed_ms;
    counting->slowest[at].queries = decision->queries;
}

/* count_decision - one decision */
static bool count_decision(void *owner, const struct ledger_decision *decision)
{
    struct counting *counting = owner;
    bool refused = strcmp(decision->verb, vouch_verb_word(VOUCH_VERB_REJECT)) == 0;

    counting->decisions++;
    count_words(counting->tallies[TALLY_VERBS], decision->verb, decision->mode);
    count_words(counting->tallies[TALLY_CSA], decision->csa, decision->reason);
    count_key(counting->tallies[TALLY_IDENTITY], decision->identity);
    if (decision->name[0] != '\0')
        count_key(counting->tallies[TALLY_NAMES], decision->name);
    if (decision->name[0] != '\0' && refused)
        count_key(counting->tallies[TALLY_REFUSED], decision->name);
    if (decision->organization[0] != '\0')
        count_key(counting->tallies[TALLY_ORGANIZATIONS], decision->organization);
    count_slow(counting, decision);
    counting->cut = counting->decisions == COUNTED_MAX;
    return !counting->cut;
}

/* count_entry - one entry of a shared list */
static bool count_entry(void *owner, const struct store_row *row)
{
    struct counting *counting = owner;

    count_key(counting->lists, row->list);
    return true;
}

/* count_suspension - one suspension, if it is not over */
static bool count_suspension(void *owner, const struct store_row *row)
{
    struct counting *counting = owner;
    char until[VIEW_TIME_SIZE];

    if (row->until_s <= counting->now_s)
        return true;
    view_time_utc(row->until_s * 1000, until);
    json_array_append_new(counting->suspended,
                          json_pack("{s:o, s:s, s:I, s:o}", "service", json_text(text_bytes(row->name)), "until", until,
                                    "until_ms", (json_int_t)row->until_s * 1000, "cause",
                                    json_text_or_null(row->text)));
    return true;
}

/* A key and how often it came. */
struct counted {
    const char *key;
    json_int_t count;
};

/* count_order - the most frequent first, then by key */
static int count_order(const void *a, const void *b)
{
    const struct counted *left = a, *right = b;

    if (left->count != right->count)
        return left->count < right->count ? 1 : -1;
    return strcmp(left->key, right->key);
}

/* count_row - a row of a table; the key's halves under their own names */
static json_t *count_row(const struct counted *counted, const char *first, const char *second)
{
    const uint8_t *key = (const uint8_t *)counted->key;
    size_t half = second == NULL ? strlen(counted->key) : strcspn(counted->key, " ");
    json_t *row = json_pack("{s:I}", "count", counted->count);

    json_object_set_new(row, first, json_text((struct vouch_bytes){key, half}));
    if (second != NULL)
        json_object_set_new(row, second, json_text(text_bytes(counted->key + half + (key[half] == ' ' ? 1 : 0))));
    return row;
}

/* count_table - the most frequent keys of a tally; null: out of memory */
static json_t *count_table(json_t *tally, const char *first, const char *second)
{
    size_t size = json_object_size(tally), count = 0;
    struct counted *rows = calloc(size + 1, sizeof *rows);
    json_t *table = json_array(), *value;
    const char *key;

    if (rows == NULL)
        return table;
    json_object_foreach(tally, key, value) rows[count++] = (struct counted){key, json_integer_value(value)};
    qsort(rows, count, sizeof *rows, count_order);
    for (size_t i = 0; i < count && i < TOP_ROWS; i++)
        json_array_append_new(table, count_row(&rows[i], first, second));
    free(rows);
    return table;
}

/* count_slowest - as a table */
static json_t *count_slowest(const struct counting *counting)
{
    json_t *table = json_array();

    for (size_t i = 0; i < counting->slowest_count; i++) {
        const struct slow *slow = &counting->slowest[i];

        json_array_append_new(table, json_pack("{s:o, s:o, s:I, s:i}", "id", json_text(text_bytes(slow->id)), "name",
                                               json_text_or_null(slow->name), "elapsed_ms",
                                               (json_int_t)slow->elapsed_ms, "queries", (int)slow->queries));
    }
    return table;
}

/* count_make - all that was counted as an object */
static json_t *count_make(const struct counting *counting, long minutes, const char *trouble)
{
    char now[VIEW_TIME_SIZE];
    json_t *object;

    view_time_utc(counting->now_s * 1000, now);
    object = json_pack("{s:s, s:I, s:i, s:I, s:b}", "time", now, "time_ms", (json_int_t)counting->now_s * 1000,
                       "minutes", (int)minutes, "decisions", (json_int_t)counting->decisions, "cut", counting->cut);
    for (size_t i = 0; i < TALLIES; i++)
        json_object_set_new(object, tables[i].name,
                            count_table(counting->tallies[i], tables[i].first, tables[i].second));
    json_object_set_new(object, "slowest", count_slowest(counting));
    json_object_set(object, "suspended", counting->suspended);
    json_object_set_new(object, "lists", count_table(counting->lists, "list", NULL));
    json_object_set_new(object, "trouble", trouble == NULL ? json_null() : json_text(text_bytes(trouble)));
    return object;
}

json_t *top_count(struct kept *kept, long minutes)
{
    struct counting counting = {.lists = json_object(), .suspended = json_array(), .now_s = kept_now_ms() / 1000};
    const char *trouble;
    uint64_t dropped;
    json_t *object;

    for (size_t i = 0; i < TALLIES; i++)
        counting.tallies[i] = json_object();
    ledger_decisions(kept->keeping.ledger, (counting.now_s - minutes * 60) * 1000, NULL, count_decision, &counting);
    if (store_trouble(kept->keeping.store, &dropped) == NULL &&
        kept_each(kept, STORE_SUSPENSION, count_suspension, &counting))
        kept_each(kept, STORE_LIST, count_entry, &counting);
    trouble = kept_trouble(kept);
    object = count_make(&counting, minutes, trouble);
    for (size_t i = 0; i < TALLIES; i++)
        json_decref(counting.tallies[i]);
    json_decref(counting.lists);
    json_decref(counting.suspended);
    return object;
}
