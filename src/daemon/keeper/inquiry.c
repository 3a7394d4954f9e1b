/*
 * inquiry.c - puts questions of workers to store and feedback, and what those say on the worker's line.
 *
 * SQLite is asked and answers at once; Redis answers later, so that each question of a worker is an inquiry until then.
 */
#include "daemon/keeper/inquiry.h"

#include "base/text.h"
#include "daemon/clock.h"

#include <stdlib.h>
#include <sys/socket.h>

struct inquiry {
    LIST_ENTRY(inquiry) all;
    struct inquiries *inquiries;
    const int *fd; /* of the worker */
    uint64_t serial;
    bool cut; /* a row did not fit into the line */
};

/* inquiry_send - a message to the worker; false: its line is full, or gone. It waits no longer than its deadline. */
static bool inquiry_send(const struct inquiry *inquiry, const struct keeper_message *message)
{
    size_t length = keeper_write(inquiry->inquiries->packet, message);

    return *inquiry->fd >= 0 && length != 0 &&
           send(*inquiry->fd, inquiry->inquiries->packet, length, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)length;
}

/* inquiry_forget - it is over */
static void inquiry_forget(struct inquiry *inquiry)
{
    LIST_REMOVE(inquiry, all);
    free(inquiry);
}

/* inquiry_end - answer and forget; an answer that does not fit into the line is lost, and the worker has a deadline */
static void inquiry_end(struct inquiry *inquiry, struct keeper_message *message)
{
    message->serial = inquiry->serial;
    if (inquiry->serial != 0)
        (void)inquiry_send(inquiry, message);
    inquiry_forget(inquiry);
}

/* inquiry_answered, inquiry_voted and so on - what store and feedback say */
static void inquiry_answered(void *owner, const struct vouch_answer *answer)
{
    struct keeper_message message = {.kind = KEEPER_ANSWER, .answer = *answer};

    inquiry_end(owner, &message);
}

static void inquiry_voted(void *owner, enum store_counted counted, uint32_t count)
{
    struct keeper_message message = {.kind = KEEPER_VOTED, .count = count, .counted = counted};

    inquiry_end(owner, &message);
}

static void inquiry_taken(void *owner, enum feedback_result result, uint32_t counted)
{
    struct keeper_message message = {.kind = KEEPER_TAKEN, .count = counted, .result = result};
    const struct inquiries *inquiries = ((struct inquiry *)owner)->inquiries;

    inquiries->written(inquiries->owner); /* what the ledger says of it, when Redis has answered */
    inquiry_end(owner, &message);
}

static bool inquiry_row(void *owner, const struct store_row *row)
{
    struct inquiry *inquiry = owner;
    struct keeper_message message = {.kind = KEEPER_ROW, .serial = inquiry->serial, .row = *row};

    inquiry->cut = !inquiry_send(inquiry, &message);
    return !inquiry->cut;
}

static void inquiry_finished(void *owner, const char *trouble)
{
    struct inquiry *inquiry = owner;
    struct keeper_message message = {.kind = KEEPER_FINISHED};
    char words[STORE_ERROR_SIZE];
    struct text text;

    text_init(&text, words, sizeof words);
    text_add(&text, trouble != NULL ? trouble : inquiry->cut ? "too many rows for the line" : "");
    message.trouble = words;
    inquiry_end(inquiry, &message);
}

/* inquiry_begin - a question of this worker; null: out of memory */
static struct inquiry *inquiry_begin(struct inquiries *inquiries, const int *fd, const struct keeper_message *message)
{
    struct inquiry *inquiry = calloc(1, sizeof *inquiry);

    if (inquiry == NULL)
        return NULL;
    inquiry->inquiries = inquiries;
    inquiry->fd = fd;
    inquiry->serial = message->serial;
    LIST_INSERT_HEAD(&inquiries->list, inquiry, all);
    return inquiry;
}

/* inquiry_is_late - refuse a vote whose worker will have said trouble before it hears of it; true: it was one */
static bool inquiry_is_late(struct inquiry *inquiry, const struct keeper_message *message)
{
    if (message->until_ms == 0 || clock_coarse_ms() < message->until_ms)
        return false;
    if (message->kind == KEEPER_VOTE)
        inquiry_voted(inquiry, STORE_TROUBLE, 0);
    else
        inquiry_taken(inquiry, FEEDBACK_TROUBLE, 0);
    return true;
}

void inquiries_ask(struct inquiries *inquiries, const int *fd, const struct keeper_message *message)
{
    struct store *store = inquiries->keeping->store;
    struct inquiry *inquiry = inquiry_begin(inquiries, fd, message);

    if (inquiry == NULL || inquiry_is_late(inquiry, message))
        return; /* its worker has a deadline */
    switch (message->kind) {
    case KEEPER_ASK_REPUTATION:
        store_ask_reputation(store, message->reputation.name, message->reputation.organization, inquiry_answered,
                             inquiry);
        break;
    case KEEPER_ASK_LISTING:
        store_ask_listing(store, message->listing.list, message->listing.name, inquiry_answered, inquiry);
        break;
    case KEEPER_VOTE:
        store_vote(store, &message->vote, inquiry_voted, inquiry);
        break;
    case KEEPER_PUT:
        store_put(store, &message->row, inquiry_finished, inquiry);
        break;
    case KEEPER_REMOVE:
        store_remove(store, &message->row, inquiry_finished, inquiry);
        break;
    case KEEPER_EACH:
        store_each(store, message->rows, inquiry_row, inquiry_finished, inquiry);
        break;
    case KEEPER_FEEDBACK:
        feedback_take(inquiries->keeping, inquiries->organizations, &message->feedback,
                      message->serial != 0 ? inquiry_taken : NULL, inquiry);
        if (message->serial == 0)
            inquiry_forget(inquiry);
        break;
    case KEEPER_DECISION:
    case KEEPER_ACTION:
    case KEEPER_ANSWER:
    case KEEPER_VOTED:
    case KEEPER_FINISHED:
    case KEEPER_ROW:
    case KEEPER_TAKEN:
    case KEEPER_KINDS:
        inquiry_forget(inquiry); /* nothing that a worker says */
        break;
    }
}

void inquiries_init(struct inquiries *inquiries, struct keeping *keeping, const struct organizations *organizations,
                    inquiries_written *written, void *owner)
{
    LIST_INIT(&inquiries->list);
    inquiries->keeping = keeping;
    inquiries->organizations = organizations;
    inquiries->written = written;
    inquiries->owner = owner;
}

void inquiries_close(struct inquiries *inquiries)
{
    struct inquiry *inquiry;

    while ((inquiry = LIST_FIRST(&inquiries->list)) != NULL)
        inquiry_forget(inquiry);
}
