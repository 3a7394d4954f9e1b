/*
 * redis_ask.c - questions to Redis: the standing of a host, the entry of a list.
 *
 * A question lives until it has been answered to its owner and all its replies are there, whichever comes last: so a
 * late reply finds it, and changes nothing.
 */
#include "store/redis_store.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define QUESTIONS_MAX 1024 /* that are out at once */
#define DAYS_MAX      1024 /* days of a name that count, the newest */

/* One half of a question: the days of a host, or of its organization. */
struct redis_part {
    struct redis_question *question;
    char key[REDIS_KEY_SIZE];
    struct reputation_day *days;
    size_t count;
};

struct redis_question {
    TAILQ_ENTRY(redis_question) link;
    struct redis_store *store;
    struct event timer;
    store_done *done; /* null: the owner knows all it wants */
    void *owner;
    enum vouch_status status;
    bool sent;
    unsigned open; /* replies that are still to come */
    unsigned parts_count;
    struct redis_part parts[2];
    char name[VOUCH_NAME_SIZE];   /* of a listing; empty: a reputation is asked for */
    char words[STORE_ERROR_SIZE]; /* of trouble */
};

/* question_free - nobody waits for it and nothing comes for it any more */
static void question_free(struct redis_question *question)
{
    TAILQ_REMOVE(&question->store->questions, question, link);
    question->store->questions_count--;
    event_del(&question->timer);
    free(question->parts[0].days);
    free(question->parts[1].days);
    free(question);
}

/* question_answer - tells the owner, once */
static void question_answer(struct redis_question *question, struct vouch_answer *answer)
{
    store_done *done = question->done;

    question->done = NULL;
    event_del(&question->timer);
    if (answer->status != VOUCH_FOUND && answer->status != VOUCH_NXDOMAIN)
        answer->note = text_bytes(question->words);
    if (done != NULL)
        done(question->owner, answer);
}

/* question_fail - answers with trouble */
static void question_fail(struct redis_question *question, enum vouch_status status)
{
    struct vouch_answer answer = {.status = status};

    question_answer(question, &answer);
}

/* on_timeout - the owner has waited long enough */
static void on_timeout(evutil_socket_t fd, short what, void *self)
{
    struct redis_question *question = self;
    struct text text;

    (void)fd;
    (void)what;
    text_init(&text, question->words, sizeof question->words);
    text_add(&text, "Redis at ");
    text_add(&text, redis_link_where(question->store->link));
    text_add(&text, " does not answer in time");
    memcpy(question->store->ask_trouble, question->words, sizeof question->words);
    question_fail(question, VOUCH_TIMEOUT);
    if (question->open == 0)
        question_free(question);
}

/* question_weigh - answers what the counts amount to */
static void question_weigh(struct redis_question *question)
{
    const struct redis_store *store = question->store;
    struct reputation_days host = {question->parts[0].days, question->parts[0].count};
    struct reputation_days organization = {question->parts[1].days, question->parts[1].count};
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};

    if (host.count + organization.count > 0) {
        answer.status = VOUCH_FOUND;
        reputation_weigh(&store->config.rules, redis_today(store), host, organization, &answer.reputation);
    }
    question_answer(question, &answer);
}

/* part_trouble - what is wrong with a reply, for the owner and for the store's own words */
static void part_trouble(struct redis_part *part, const struct redisReply *reply)
{
    struct redis_question *question = part->question;
    struct redis_store *store = question->store;

    question->status = VOUCH_FAILED;
    if (reply == NULL) {
        const char *trouble = redis_link_trouble(store->link);
        struct text text;

        text_init(&text, question->words, sizeof question->words);
        text_add(&text, trouble != NULL ? trouble : "Redis is not connected");
        return;
    }
    redis_blame(store, question->words, part->key, reply);
    if (redis_reply_is_passing(reply))
        redis_blame(store, store->ask_trouble, NULL, reply);
    else
        redis_note_damage(store, part->key, reply);
}

/* part_good - a reply that makes sense came in time: what was wrong with that is over */
static void part_good(struct redis_part *part)
{
    struct redis_store *store = part->question->store;

    redis_note_repair(store, part->key);
    if (part->question->done != NULL)
        store->ask_trouble[0] = '\0';
}

/* part_trim - leaves out what is too old, and what is more than is looked at */
static void part_trim(struct redis_part *part)
{
    const struct redis_store *store = part->question->store;
    int32_t oldest = reputation_oldest(&store->config.rules, redis_today(store));

    if (part->count > DAYS_MAX)
        part->count = DAYS_MAX;
    while (part->count > 0 && part->days[part->count - 1].day < oldest)
        part->count--;
}

/* on_days - the counts of a host or an organization */
static void on_days(void *owner, const struct redisReply *reply)
{
    struct redis_part *part = owner;
    struct redis_question *question = part->question;

    question->open--;
    if (reply == NULL || !redis_read_days(reply, &part->days, &part->count))
        part_trouble(part, reply);
    else
        part_good(part);
    part_trim(part);
    if (question->open > 0)
        return;
    if (question->status == VOUCH_FOUND)
        question_weigh(question);
    else
        question_fail(question, question->status);
    question_free(question);
}

/* read_entry - "trusted COMMENT" or "blocked COMMENT"; false: neither */
static bool read_entry(struct vouch_bytes bytes, struct vouch_answer *answer, char note[VOUCH_INFO_SIZE])
{
    struct vouch_bytes word = redis_read_word(&bytes);

    answer->listing = text_is(word, "trusted")   ? VOUCH_LISTED_TRUSTED
                      : text_is(word, "blocked") ? VOUCH_LISTED_BLOCKED
                                                 : VOUCH_UNLISTED;
    redis_read_text(bytes, note);
    answer->note = text_bytes(note);
    answer->status = VOUCH_FOUND;
    return answer->listing != VOUCH_UNLISTED;
}

/* on_entries - what stands under the name and its suffixes, the longest first */
static void on_entries(void *owner, const struct redisReply *reply)
{
    struct redis_part *part = owner;
    struct redis_question *question = part->question;
    struct vouch_answer answer = {.status = VOUCH_NXDOMAIN};
    char note[VOUCH_INFO_SIZE];
    size_t i = 0;
    bool good = reply != NULL && reply->type == REDIS_REPLY_ARRAY;

    question->open--;
    while (good && i < reply->elements && reply->element[i]->type == REDIS_REPLY_NIL)
        i++;
    if (good && i < reply->elements)
        good = read_entry(redis_reply_text(reply->element[i]), &answer, note);
    if (good) {
        part_good(part);
        question_answer(question, &answer);
    } else {
        part_trouble(part, reply);
        question_fail(question, question->status);
    }
    question_free(question);
}

/* question_send - puts its commands on the way; false: there is no way */
static bool question_send(struct redis_question *question)
{
    struct redis_link *link = question->store->link;
    struct redis_command command = {.count = 0};

    question->sent = true;
    if (question->name[0] != '\0') {
        redis_command_add(&command, "HMGET");
        redis_command_add(&command, question->parts[0].key);
        redis_command_add(&command, question->name);
        for (const char *dot = strchr(question->name + 1, '.'); dot != NULL; dot = strchr(dot + 1, '.'))
            redis_command_add(&command, dot);
        question->open += redis_link_send(link, &command, on_entries, &question->parts[0]);
        return question->open > 0;
    }
    for (unsigned i = 0; i < question->parts_count; i++) {
        command.count = 0;
        redis_command_add(&command, "HGETALL");
        redis_command_add(&command, question->parts[i].key);
        if (redis_link_send(link, &command, on_days, &question->parts[i]))
            question->open++;
        else
            part_trouble(&question->parts[i], NULL);
    }
    return question->open > 0;
}

/* question_new - a question without its keys, or null: the owner has been told that there is none */
static struct redis_question *question_new(struct redis_store *store, store_done *done, void *owner)
{
    struct redis_question *question = NULL;

    if (store->questions_count < QUESTIONS_MAX)
        question = calloc(1, sizeof *question);
    if (question == NULL) {
        struct vouch_answer answer = {.status = VOUCH_FAILED,
                                      .note = text_bytes("too many questions to Redis at once")};

        done(owner, &answer);
        return NULL;
    }
    question->store = store;
    question->done = done;
    question->owner = owner;
    question->status = VOUCH_FOUND;
    question->parts[0].question = question->parts[1].question = question;
    event_assign(&question->timer, store->base, -1, 0, on_timeout, question);
    TAILQ_INSERT_TAIL(&store->questions, question, link);
    store->questions_count++;
    return question;
}

/* question_start - sends it, or keeps it for the first connection, or fails it at once */
static struct store_ticket *question_start(struct redis_question *question, bool fits)
{
    struct redis_link *link = question->store->link;

    redis_start_timer(question->store, &question->timer);
    if (fits && !redis_link_is_ready(link) && redis_link_is_fresh(link))
        return (struct store_ticket *)question;
    if (!fits || !question_send(question)) {
        part_trouble(&question->parts[0], NULL);
        question_fail(question, VOUCH_FAILED);
        question_free(question);
        return NULL;
    }
    return (struct store_ticket *)question;
}

struct store_ticket *redis_ask_reputation(struct store *base, const char *name, const char *organization,
                                          store_done *done, void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct redis_question *question = question_new(store, done, owner);
    char buffer[VOUCH_NAME_SIZE];
    const char *all = store_organization_row(organization, buffer);
    bool fits;

    if (question == NULL)
        return NULL;
    question->parts_count = 1;
    fits = redis_key(store, question->parts[0].key, "reputation", name);
    if (all[0] != '\0') {
        question->parts_count = 2;
        fits = redis_key(store, question->parts[1].key, "reputation", all) && fits;
    }
    return question_start(question, fits);
}

struct store_ticket *redis_ask_listing(struct store *base, const char *list, const char *name, store_done *done,
                                       void *owner)
{
    struct redis_store *store = (struct redis_store *)base;
    struct redis_question *question = question_new(store, done, owner);
    struct text text;

    if (question == NULL)
        return NULL;
    question->parts_count = 1;
    text_init(&text, question->name, sizeof question->name);
    text_add(&text, name);
    return question_start(question,
                          redis_key(store, question->parts[0].key, "list", list) && !text.cut && name[0] != '\0');
}

void redis_cancel(struct store *base, struct store_ticket *ticket)
{
    struct redis_question *question = (struct redis_question *)ticket;

    (void)base;
    question->done = NULL;
    event_del(&question->timer);
    if (question->open == 0)
        question_free(question);
}

/* find_unsent - a question that waits for the first connection; owners may cancel others in between */
static struct redis_question *find_unsent(struct redis_store *store)
{
    struct redis_question *question;

    TAILQ_FOREACH(question, &store->questions, link)
    if (!question->sent)
        break;
    return question;
}

void redis_send_questions(struct redis_store *store)
{
    struct redis_question *question;

    while ((question = find_unsent(store)) != NULL)
        if (!question_send(question)) {
            part_trouble(&question->parts[0], NULL);
            question_fail(question, VOUCH_FAILED);
            question_free(question);
        }
}

void redis_fail_questions(struct redis_store *store)
{
    struct redis_question *question;

    while ((question = find_unsent(store)) != NULL) {
        question->sent = true;
        part_trouble(&question->parts[0], NULL);
        question_fail(question, VOUCH_FAILED);
        question_free(question);
    }
}

void redis_drop_questions(struct redis_store *store)
{
    struct redis_question *question, *next;

    for (question = TAILQ_FIRST(&store->questions); question != NULL; question = next) {
        next = TAILQ_NEXT(question, link);
        question->done = NULL;
        if (question->open == 0)
            question_free(question);
    }
}
