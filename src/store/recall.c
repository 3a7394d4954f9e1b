/*
 * recall.c - the last answers, in a tree by question and two lines by age.
 */
#include "store/recall.h"

#include "base/text.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <time.h>

/* What makes a question: two words with a NUL each behind what is asked, 'r' or 'l'. */
struct recall_key {
    size_t length;
    char octets[1 + 2 * VOUCH_NAME_SIZE];
};

enum recall_kind { RECALL_KNOWN, RECALL_OTHER, RECALL_KINDS };

/* An answer. */
struct recall_entry {
    TAILQ_ENTRY(recall_entry) line;
    enum recall_kind kind;
    int64_t time_s; /* when the store gave it */
    enum vouch_status status;
    enum vouch_listing listing;
    struct vouch_reputation reputation;
    size_t key_length, note_length;
    char octets[]; /* key and note */
};

TAILQ_HEAD(recall_line, recall_entry);

/* A question that is out, or just being answered. */
struct recall_question {
    LIST_ENTRY(recall_question) all;
    struct recall *recall;
    struct recall_key key;
    store_done *done;
    void *owner;
    struct store_ticket *inner;
    bool asking, answered; /* the store is being called; it has answered meanwhile */
};

struct recall {
    struct store store;
    struct store *inner;
    uint32_t age_s;
    int64_t (*now_s)(void);
    void *tree; /* of tsearch(3): nodes begin with their entry */
    struct recall_line lines[RECALL_KINDS];
    size_t counts[RECALL_KINDS];
    LIST_HEAD(, recall_question) questions;
    char words[STORE_ERROR_SIZE];
};

/* recall_now - Unix time */
static int64_t recall_now(const struct recall *self)
{
    return self->now_s != NULL ? self->now_s() : (int64_t)time(NULL);
}

/* recall_key - of a question; length 0: it is too long to be remembered */
static void recall_key(struct recall_key *key, char what, const char *first, const char *second)
{
    size_t sizes[] = {strlen(first) + 1, strlen(second) + 1};

    key->length = 0;
    if (sizes[0] > VOUCH_NAME_SIZE || sizes[1] > VOUCH_NAME_SIZE)
        return;
    key->octets[0] = what;
    memcpy(key->octets + 1, first, sizes[0]);
    memcpy(key->octets + 1 + sizes[0], second, sizes[1]);
    key->length = 1 + sizes[0] + sizes[1];
}

/* recall_compare - for the tree */
static int recall_compare(const void *one, const void *other)
{
    const struct recall_entry *a = one, *b = other;

    if (a->key_length != b->key_length)
        return a->key_length < b->key_length ? -1 : 1;
    return memcmp(a->octets, b->octets, a->key_length);
}

/* recall_make - an entry without an answer; null: out of memory */
static struct recall_entry *recall_make(const struct recall_key *key, struct vouch_bytes note)
{
    struct recall_entry *entry = calloc(1, sizeof *entry + key->length + note.length);

    if (entry == NULL)
        return NULL;
    entry->key_length = key->length;
    entry->note_length = note.length;
    memcpy(entry->octets, key->octets, key->length);
    if (note.length != 0)
        memcpy(entry->octets + key->length, note.data, note.length);
    return entry;
}

/* recall_find - what was answered to this question, or null */
static struct recall_entry *recall_find(struct recall *self, const struct recall_key *key)
{
    struct recall_entry *probe = key->length == 0 ? NULL : recall_make(key, (struct vouch_bytes){NULL, 0});
    struct recall_entry **found = probe == NULL ? NULL : tfind(probe, &self->tree, recall_compare);

    free(probe);
    return found == NULL ? NULL : *found;
}

/* recall_forget - an answer goes */
static void recall_forget(struct recall *self, struct recall_entry *entry)
{
    tdelete(entry, &self->tree, recall_compare);
    TAILQ_REMOVE(&self->lines[entry->kind], entry, line);
    self->counts[entry->kind]--;
    free(entry);
}

/* recall_kind - can anybody have an answer of this kind remembered, by asking about any name? */
static enum recall_kind recall_kind(const struct vouch_answer *answer)
{
    bool own = answer->listing != VOUCH_UNLISTED || answer->reputation.ham > 0 || answer->reputation.spam > 0;

    return answer->status == VOUCH_FOUND && own ? RECALL_KNOWN : RECALL_OTHER;
}

/* recall_keep - remembers an answer instead of the last one; without memory for it nothing is remembered */
static void recall_keep(struct recall *self, const struct recall_key *key, const struct vouch_answer *answer)
{
    struct vouch_bytes note = answer->status == VOUCH_FOUND ? answer->note : (struct vouch_bytes){NULL, 0};
    struct recall_entry *entry = recall_find(self, key);

    if (entry != NULL)
        recall_forget(self, entry);
    if (note.length >= VOUCH_INFO_SIZE)
        note.length = VOUCH_INFO_SIZE - 1;
    entry = key->length == 0 ? NULL : recall_make(key, note);
    if (entry == NULL)
        return;
    entry->kind = recall_kind(answer);
    entry->time_s = recall_now(self);
    entry->status = answer->status;
    entry->listing = answer->listing;
    entry->reputation = answer->reputation;
    if (tsearch(entry, &self->tree, recall_compare) == NULL) {
        free(entry);
        return;
    }
    TAILQ_INSERT_TAIL(&self->lines[entry->kind], entry, line);
    if (++self->counts[entry->kind] > RECALL_MAX)
        recall_forget(self, TAILQ_FIRST(&self->lines[entry->kind]));
}

/* recall_say - gives a remembered answer, with a note that says so */
static void recall_say(const struct recall_question *question, const struct recall_entry *entry,
                       const struct vouch_answer *trouble)
{
    int64_t age_s = recall_now(question->recall) - entry->time_s;
    struct vouch_answer answer = {.status = entry->status, .listing = entry->listing, .reputation = entry->reputation};
    char note[VOUCH_INFO_SIZE];
    struct text text;

    text_init(&text, note, sizeof note);
    text_add_bytes(&text, (const uint8_t *)entry->octets + entry->key_length, entry->note_length);
    text_add(&text, entry->note_length != 0 ? " (remembered for " : "remembered for ");
    text_add_unsigned(&text, age_s > 0 ? (uint64_t)age_s : 0);
    text_add(&text, " s: ");
    text_add_bytes(&text, trouble->note.data, trouble->note.length);
    text_add(&text, entry->note_length != 0 ? ")" : "");
    answer.note = text_bytes(note);
    question->done(question->owner, &answer);
}

/* recall_answered - the store has answered: remember it, or remember what it said before */
static void recall_answered(void *owner, const struct vouch_answer *answer)
{
    struct recall_question *question = owner;
    struct recall *self = question->recall;
    bool good = answer->status == VOUCH_FOUND || answer->status == VOUCH_NXDOMAIN;
    struct recall_entry *entry = good ? NULL : recall_find(self, &question->key);

    question->answered = true;
    if (good)
        recall_keep(self, &question->key, answer);
    if (entry != NULL && recall_now(self) - entry->time_s <= (int64_t)self->age_s)
        recall_say(question, entry, answer);
    else
        question->done(question->owner, answer);
    if (question->asking)
        return;
    LIST_REMOVE(question, all);
    free(question);
}

/* recall_question - a question to remember; null: out of memory, and the owner has been told */
static struct recall_question *recall_question(struct recall *self, store_done *done, void *owner)
{
    struct recall_question *question = calloc(1, sizeof *question);
    struct vouch_answer answer = {.status = VOUCH_FAILED, .note = text_bytes("out of memory")};

    if (question == NULL) {
        done(owner, &answer);
        return NULL;
    }
    question->recall = self;
    question->done = done;
    question->owner = owner;
    question->asking = true;
    LIST_INSERT_HEAD(&self->questions, question, all);
    return question;
}

/* recall_asked - the store was asked; null: it has answered */
static struct store_ticket *recall_asked(struct recall_question *question, struct store_ticket *inner)
{
    question->inner = inner;
    question->asking = false;
    if (!question->answered)
        return (struct store_ticket *)question;
    LIST_REMOVE(question, all);
    free(question);
    return NULL;
}

/* recall_ask_reputation - the verb */
static struct store_ticket *recall_ask_reputation(struct store *store, const char *name, const char *organization,
                                                  store_done *done, void *owner)
{
    struct recall *self = (struct recall *)store;
    struct recall_question *question = recall_question(self, done, owner);

    if (question == NULL)
        return NULL;
    recall_key(&question->key, 'r', name, organization);
    return recall_asked(question, store_ask_reputation(self->inner, name, organization, recall_answered, question));
}

/* recall_ask_listing - the verb */
static struct store_ticket *recall_ask_listing(struct store *store, const char *list, const char *name,
                                               store_done *done, void *owner)
{
    struct recall *self = (struct recall *)store;
    struct recall_question *question = recall_question(self, done, owner);

    if (question == NULL)
        return NULL;
    recall_key(&question->key, 'l', list, name);
    return recall_asked(question, store_ask_listing(self->inner, list, name, recall_answered, question));
}

/* recall_cancel - the verb */
static void recall_cancel(struct store *store, struct store_ticket *ticket)
{
    struct recall_question *question = (struct recall_question *)ticket;

    store_cancel(((struct recall *)store)->inner, question->inner);
    LIST_REMOVE(question, all);
    free(question);
}

/* recall_vote, recall_put and so on - verbs that the store serves alone */
static void recall_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner)
{
    store_vote(((struct recall *)store)->inner, vote, voted, owner);
}

static void recall_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    store_put(((struct recall *)store)->inner, row, finished, owner);
}

static void recall_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    store_remove(((struct recall *)store)->inner, row, finished, owner);
}

static void recall_each(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished,
                        void *owner)
{
    store_each(((struct recall *)store)->inner, kind, row, finished, owner);
}

/* recall_trouble - that of the store, and what we make of it */
static const char *recall_trouble(struct store *store, uint64_t *dropped)
{
    struct recall *self = (struct recall *)store;
    const char *trouble = store_trouble(self->inner, dropped);
    struct text text;

    if (trouble == NULL)
        return NULL;
    text_init(&text, self->words, sizeof self->words);
    text_add(&text, trouble);
    text_add(&text, "; what it last said of a name counts on for ");
    text_add_unsigned(&text, self->age_s);
    text_add(&text, " s where it does not answer");
    return self->words;
}

/* recall_close - the verb: with the store and all that is remembered */
static void recall_close(struct store *store)
{
    struct recall *self = (struct recall *)store;
    struct recall_question *question;

    store_close(self->inner);
    while ((question = LIST_FIRST(&self->questions)) != NULL) { /* open questions end without an answer */
        LIST_REMOVE(question, all);
        free(question);
    }
    for (int kind = 0; kind < RECALL_KINDS; kind++)
        while (!TAILQ_EMPTY(&self->lines[kind]))
            recall_forget(self, TAILQ_FIRST(&self->lines[kind]));
    free(self);
}

struct store *recall_open(struct store *store, uint32_t age_s, int64_t (*now_s)(void))
{
    static const struct store_verbs verbs = {
        .ask_reputation = recall_ask_reputation,
        .ask_listing = recall_ask_listing,
        .cancel = recall_cancel,
        .vote = recall_vote,
        .put = recall_put,
        .remove = recall_remove,
        .each = recall_each,
        .trouble = recall_trouble,
        .close = recall_close,
    };
    struct recall *self = calloc(1, sizeof *self);

    if (self == NULL)
        return NULL;
    self->store.verbs = &verbs;
    self->inner = store;
    self->age_s = age_s;
    self->now_s = now_s;
    LIST_INIT(&self->questions);
    for (int kind = 0; kind < RECALL_KINDS; kind++)
        TAILQ_INIT(&self->lines[kind]);
    return &self->store;
}
