/*
 * client.c - questions to the keeper with a deadline each, records without an answer.
 *
 * A serial number is the place of its ticket and a count, which is never used twice on a line, also not by the worker
 * that had it before: the first one is random. So an answer finds its question at once, and one that comes too late, or
 * was meant for a worker that died, finds none.
 */
#include "daemon/keeper/client.h"

#include "daemon/clock.h"
#include "daemon/keeper/line.h"
#include "daemon/keeper/wire.h"
#include "daemon/log/log.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>

#define SLACK_MS   1000 /* that an errand waits beyond what the keeper may take for it */
#define IDLE_MS    5000 /* of the timer */
#define SILENT_MAX 5    /* questions in a row without an answer, then nobody is asked */
#define SILENT_MS  2000 /* for so long */
#define READ_MAX   1024 /* packets a turn: more than a line holds */
#define PLACE_BITS 20   /* of a serial number */
#define PLACES_MIN 64

/* Something that waits for an answer. */
struct store_ticket {
    TAILQ_ENTRY(store_ticket) order;
    uint64_t serial;
    int64_t deadline_ms;
    bool errand;               /* in the list of those */
    enum keeper_kind expected; /* what ends it */
    union {
        store_done *answered;
        store_voted *voted;
        store_finished *finished;
        feedback_done *taken;
    } done;
    store_each_row *row;
    void *owner;
};

TAILQ_HEAD(ticket_list, store_ticket);

struct keeper_client {
    struct store store; /* first: a pointer to it is one to the client */
    const struct conf *conf;
    int fd;
    struct keeper_line *line;
    struct event *readable, *timer;
    uint64_t count;               /* of tickets, from a random number on */
    struct store_ticket **places; /* all tickets, each at its place; null: free */
    size_t places_count, places_used;
    size_t place;                          /* the one taken last: the next is probably free */
    struct ticket_list questions, errands; /* each in the order of the deadlines */
    unsigned silent;                       /* questions in a row that nobody answered */
    int64_t silent_until_ms;
    bool alarmed;                      /* the log says that the keeper is silent */
    struct keeper_message message;     /* what is being written or read */
    uint8_t packet[KEEPER_PACKET_MAX]; /* the same in octets */
};

/* What a session hears if nobody answers. */
static const struct vouch_answer client_late = {
    .status = VOUCH_TIMEOUT, .note = {.data = (const uint8_t *)"the store does not answer", .length = 25}};

/* client_of - the client behind its store */
static struct keeper_client *client_of(struct store *store)
{
    return (struct keeper_client *)(void *)store;
}

/* client_list - the list of a ticket */
static struct ticket_list *client_list(struct keeper_client *client, const struct store_ticket *ticket)
{
    return ticket->errand ? &client->errands : &client->questions;
}

/* client_begin - a message to fill in */
static struct keeper_message *client_begin(struct keeper_client *client, enum keeper_kind kind)
{
    struct keeper_message *message = &client->message;

    message->kind = kind;
    message->serial = 0;
    message->until_ms = 0;
    return message;
}

/* client_send - put the message on the line; false: it does not fit, there or at all */
static bool client_send(struct keeper_client *client)
{
    size_t length = keeper_write(client->packet, &client->message);

    return length != 0 && keeper_line_send(client->line, (struct vouch_bytes){client->packet, length});
}

/* client_send_record - send what nobody waits for an answer to, now or when there is room */
static void client_send_record(struct keeper_client *client, bool urgent)
{
    size_t length = keeper_write(client->packet, &client->message);

    if (length != 0)
        keeper_line_record(client->line, (struct vouch_bytes){client->packet, length}, urgent);
    else
        keeper_line_drop(client->line);
}

/* client_arm - let the timer run until the next deadline */
static void client_arm(struct keeper_client *client)
{
    const struct store_ticket *question = TAILQ_FIRST(&client->questions);
    const struct store_ticket *errand = TAILQ_FIRST(&client->errands);
    int64_t due_ms = question == NULL ? INT64_MAX : question->deadline_ms;
    int64_t left_ms;
    struct timeval wait;

    if (errand != NULL && errand->deadline_ms < due_ms)
        due_ms = errand->deadline_ms;
    left_ms = due_ms == INT64_MAX ? IDLE_MS : due_ms - clock_coarse_ms();
    if (left_ms < 1)
        left_ms = 1;
    wait = (struct timeval){left_ms / 1000, left_ms % 1000 * 1000};
    if (evtimer_add(client->timer, &wait) != 0) /* it always runs, so that this needs no memory */
        log_line(LOG_ERR, "a timer cannot be set");
}

/* client_grow - more places for tickets; false: out of memory, or of serial numbers */
static bool client_grow(struct keeper_client *client)
{
    size_t count = client->places_count == 0 ? PLACES_MIN : client->places_count * 2;
    struct store_ticket **places;

    if (count > (size_t)1 << PLACE_BITS)
        return false;
    places = realloc(client->places, count * sizeof *places);
    if (places == NULL)
        return false;
    memset(places + client->places_count, 0, (count - client->places_count) * sizeof *places);
    client->places = places;
    client->place = client->places_count;
    client->places_count = count;
    return true;
}

/* client_seat - give a ticket a place and its serial number; false: there is none */
static bool client_seat(struct keeper_client *client, struct store_ticket *ticket)
{
    if (client->places_used * 2 >= client->places_count && !client_grow(client) &&
        client->places_used == client->places_count)
        return false;
    do
        client->place = (client->place + 1) % client->places_count;
    while (client->places[client->place] != NULL);
    client->places[client->place] = ticket;
    client->places_used++;
    ticket->serial = ++client->count << PLACE_BITS | client->place;
    return true;
}

/* client_unseat - the place of a ticket is free */
static void client_unseat(struct keeper_client *client, const struct store_ticket *ticket)
{
    client->places[ticket->serial & ((1 << PLACE_BITS) - 1)] = NULL;
    client->places_used--;
}

/* client_forget - take a ticket out of its list and its place */
static void client_forget(struct keeper_client *client, struct store_ticket *ticket)
{
    TAILQ_REMOVE(client_list(client, ticket), ticket, order);
    client_unseat(client, ticket);
}

/* client_patience - how long an answer is waited for: to an errand, for longer than the keeper may take for it */
static int64_t client_patience(const struct keeper_client *client, bool errand)
{
    int64_t timeout_ms = client->conf->store.timeout_ms;

    return errand ? KEEPER_PATIENCE_MS + timeout_ms + SLACK_MS : timeout_ms;
}

/* client_wait - send the message; a ticket that waits for its answer, or null: it was not sent */
static struct store_ticket *client_wait(struct keeper_client *client, enum keeper_kind expected)
{
    bool errand = expected != KEEPER_ANSWER;
    struct ticket_list *list = errand ? &client->errands : &client->questions;
    struct store_ticket *ticket = calloc(1, sizeof *ticket);

    if (ticket == NULL || !client_seat(client, ticket)) {
        free(ticket);
        return NULL;
    }
    client->message.serial = ticket->serial;
    client->message.until_ms = clock_coarse_ms() +
                               KEEPER_PATIENCE_MS; /* if it is a vote: told trouble, it counts no more */
    if (!client_send(client)) {
        client_unseat(client, ticket);
        free(ticket);
        return NULL;
    }
    ticket->expected = expected;
    ticket->errand = errand;
    ticket->deadline_ms = clock_coarse_ms() + client_patience(client, errand);
    if (TAILQ_EMPTY(list)) {
        TAILQ_INSERT_TAIL(list, ticket, order);
        client_arm(client);
    } else {
        TAILQ_INSERT_TAIL(list, ticket, order);
    }
    return ticket;
}

/* client_finish - an errand is over */
static void client_finish(const struct store_ticket *ticket, const struct keeper_message *message)
{
    if (ticket->done.finished == NULL)
        return;
    if (message == NULL)
        ticket->done.finished(ticket->owner, "the keeper does not answer");
    else
        ticket->done.finished(ticket->owner, message->trouble[0] == '\0' ? NULL : message->trouble);
}

/* client_tell - the answer to a ticket, which is in no list any more; null: there will be none */
static void client_tell(struct store_ticket *ticket, const struct keeper_message *message)
{
    if (ticket->expected == KEEPER_ANSWER)
        ticket->done.answered(ticket->owner, message == NULL ? &client_late : &message->answer);
    else if (ticket->expected == KEEPER_FINISHED)
        client_finish(ticket, message);
    else if (ticket->expected == KEEPER_VOTED && ticket->done.voted != NULL)
        ticket->done.voted(ticket->owner, message == NULL ? STORE_TROUBLE : message->counted,
                           message == NULL ? 0 : message->count);
    else if (ticket->expected == KEEPER_TAKEN)
        ticket->done.taken(ticket->owner, message == NULL ? FEEDBACK_TROUBLE : message->result,
                           message == NULL ? 0 : message->count);
    free(ticket);
}

/* client_hear - the keeper lives */
static void client_hear(struct keeper_client *client)
{
    client->silent = 0;
    client->silent_until_ms = 0;
    if (client->alarmed)
        log_line(LOG_NOTICE, "the keeper answers again");
    client->alarmed = false;
}

/* client_miss - a question got no answer; after several of those none is asked for a while */
static void client_miss(struct keeper_client *client)
{
    if (++client->silent < SILENT_MAX)
        return;
    client->silent_until_ms = clock_coarse_ms() + SILENT_MS;
    if (!client->alarmed)
        log_line(LOG_ERR, "alarm: the keeper does not answer: sessions go on without own reputation and shared lists");
    client->alarmed = true;
}

/* client_find - the ticket of this number, or null */
static struct store_ticket *client_find(const struct keeper_client *client, uint64_t serial)
{
    size_t place = serial & ((1 << PLACE_BITS) - 1);
    struct store_ticket *ticket = place < client->places_count ? client->places[place] : NULL;

    return ticket != NULL && ticket->serial == serial ? ticket : NULL;
}

/* client_take - one packet of the keeper */
static void client_take(struct keeper_client *client, size_t length)
{
    struct vouch_bytes packet = {client->packet, length};
    struct keeper_message message; /* of its own: who is told may ask anew */
    struct store_ticket *ticket;

    if (!keeper_read(&message, packet))
        return;
    client_hear(client);
    ticket = client_find(client, message.serial);
    if (ticket == NULL)
        return;
    if (message.kind == KEEPER_ROW) {
        if (ticket->row != NULL && !ticket->row(ticket->owner, &message.row))
            ticket->row = NULL;
        return;
    }
    if (message.kind != ticket->expected)
        return;
    client_forget(client, ticket);
    client_tell(ticket, &message);
}

/* client_read - answers have come */
static void client_read(evutil_socket_t fd, short what, void *arg)
{
    struct keeper_client *client = arg;

    (void)what;
    for (int i = 0; i < READ_MAX; i++) {
        ssize_t got = recv(fd, client->packet, sizeof client->packet, MSG_DONTWAIT);

        if (got < 0 && errno == EINTR)
            continue;
        if (got > 0) {
            client_take(client, (size_t)got);
            continue;
        }
        if (got == 0) /* all who held the other end have gone: nothing will come any more */
            event_del(client->readable);
        return;
    }
}

/* client_expire - end what waited too long in one list */
static void client_expire(struct keeper_client *client, struct ticket_list *list, int64_t now_ms)
{
    struct store_ticket *ticket;

    while ((ticket = TAILQ_FIRST(list)) != NULL && ticket->deadline_ms <= now_ms) {
        client_forget(client, ticket);
        client_miss(client);
        client_tell(ticket, NULL);
    }
}

/* client_ring - the timer */
static void client_ring(evutil_socket_t fd, short what, void *arg)
{
    struct keeper_client *client = arg;
    int64_t now_ms = clock_coarse_ms();

    client_read(client->fd, what, client); /* what came while this process was busy is not late */
    (void)fd;
    client_expire(client, &client->questions, now_ms);
    client_expire(client, &client->errands, now_ms);
    keeper_line_complain(client->line);
    client_arm(client);
}

/* client_ask - send a question; null: it is answered already, with trouble */
static struct store_ticket *client_ask(struct keeper_client *client, store_done *done, void *owner)
{
    struct store_ticket *ticket = NULL;

    if (client->silent_until_ms <= clock_coarse_ms()) {
        ticket = client_wait(client, KEEPER_ANSWER);
        if (ticket == NULL)
            client_miss(client);
    }
    if (ticket == NULL) {
        done(owner, &client_late);
        return NULL;
    }
    ticket->done.answered = done;
    ticket->owner = owner;
    return ticket;
}

/* client_ask_reputation, client_ask_listing and so on - the verbs of store.h */
static struct store_ticket *client_ask_reputation(struct store *store, const char *name, const char *organization,
                                                  store_done *done, void *owner)
{
    struct keeper_client *client = client_of(store);
    struct keeper_message *message = client_begin(client, KEEPER_ASK_REPUTATION);

    message->reputation.name = name;
    message->reputation.organization = organization;
    return client_ask(client, done, owner);
}

static struct store_ticket *client_ask_listing(struct store *store, const char *list, const char *name,
                                               store_done *done, void *owner)
{
    struct keeper_client *client = client_of(store);
    struct keeper_message *message = client_begin(client, KEEPER_ASK_LISTING);

    message->listing.list = list;
    message->listing.name = name;
    return client_ask(client, done, owner);
}

static void client_cancel(struct store *store, struct store_ticket *ticket)
{
    client_forget(client_of(store), ticket);
    free(ticket);
}

static void client_vote(struct store *store, const struct store_vote *vote, store_voted *voted, void *owner)
{
    struct keeper_client *client = client_of(store);
    struct store_ticket *ticket;

    client_begin(client, KEEPER_VOTE)->vote = *vote;
    ticket = client_wait(client, KEEPER_VOTED);
    if (ticket != NULL) {
        ticket->done.voted = voted;
        ticket->owner = owner;
    } else if (voted != NULL) {
        voted(owner, STORE_TROUBLE, 0);
    }
}

/* client_run - an errand that ends with `finished`; rows go to `row` */
static void client_run(struct keeper_client *client, store_each_row *row, store_finished *finished, void *owner)
{
    struct store_ticket *ticket = client_wait(client, KEEPER_FINISHED);

    if (ticket != NULL) {
        ticket->row = row;
        ticket->done.finished = finished;
        ticket->owner = owner;
    } else if (finished != NULL) {
        finished(owner, "the line to the keeper is full");
    }
}

static void client_put(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    client_begin(client_of(store), KEEPER_PUT)->row = *row;
    client_run(client_of(store), NULL, finished, owner);
}

static void client_remove(struct store *store, const struct store_row *row, store_finished *finished, void *owner)
{
    client_begin(client_of(store), KEEPER_REMOVE)->row = *row;
    client_run(client_of(store), NULL, finished, owner);
}

static void client_each(struct store *store, enum store_kind kind, store_each_row *row, store_finished *finished,
                        void *owner)
{
    client_begin(client_of(store), KEEPER_EACH)->rows = kind;
    client_run(client_of(store), row, finished, owner);
}

static const char *client_trouble(struct store *store, uint64_t *dropped)
{
    struct keeper_client *client = client_of(store);

    if (dropped != NULL)
        *dropped = keeper_line_dropped(client->line);
    return client->alarmed ? "the keeper does not answer" : NULL;
}

static void client_close_store(struct store *store)
{
    (void)store; /* lives as long as the client */
}

static const struct store_verbs client_verbs = {.ask_reputation = client_ask_reputation,
                                                .ask_listing = client_ask_listing,
                                                .cancel = client_cancel,
                                                .vote = client_vote,
                                                .put = client_put,
                                                .remove = client_remove,
                                                .each = client_each,
                                                .trouble = client_trouble,
                                                .close = client_close_store};

struct keeper_client *keeper_client_open(struct event_base *base, const struct conf *conf, int fd)
{
    struct keeper_client *client = calloc(1, sizeof *client);

    if (client == NULL)
        return NULL;
    client->store.verbs = &client_verbs;
    client->conf = conf;
    client->fd = fd;
    TAILQ_INIT(&client->questions);
    TAILQ_INIT(&client->errands);
    client->readable = event_new(base, fd, EV_READ | EV_PERSIST, client_read, client);
    client->line = keeper_line_open(base, fd, conf->store.queue);
    client->timer = evtimer_new(base, client_ring, client);
    if (client->readable != NULL && client->line != NULL && client->timer != NULL &&
        event_add(client->readable, NULL) == 0 &&
        getrandom(&client->count, sizeof client->count, 0) == (ssize_t)sizeof client->count) {
        client->count >>= PLACE_BITS + 1; /* so that no serial is ever 0, which means that no answer is wanted */
        client_arm(client);
        return client;
    }
    keeper_client_close(client);
    return NULL;
}

struct store *keeper_client_store(struct keeper_client *client)
{
    return &client->store;
}

bool keeper_client_has_ledger(const struct keeper_client *client)
{
    const struct conf_earned *earned = &client->conf->earned;

    return client->conf->ledger.keep_days != 0 || earned->postscreen[0] != '\0' || earned->rbldnsd[0] != '\0' ||
           earned->zone[0] != '\0' || earned->text[0] != '\0';
}

void keeper_client_decide(struct keeper_client *client, const struct ledger_decision *decision)
{
    client_begin(client, KEEPER_DECISION)->decision = *decision;
    client_send_record(client, ledger_decision_ends_place(decision, client->conf->settings.reject_at));
}

void keeper_client_act(struct keeper_client *client, const struct ledger_action *action)
{
    client_begin(client, KEEPER_ACTION)->action = *action;
    client_send_record(client, false);
}

void keeper_client_feedback(struct keeper_client *client, const struct feedback *feedback, feedback_done *done,
                            void *owner)
{
    struct store_ticket *ticket;

    client_begin(client, KEEPER_FEEDBACK)->feedback = *feedback;
    if (done == NULL) {
        client_send_record(client, false);
        return;
    }
    ticket = client_wait(client, KEEPER_TAKEN);
    if (ticket == NULL) {
        done(owner, FEEDBACK_TROUBLE, 0);
        return;
    }
    ticket->done.taken = done;
    ticket->owner = owner;
}

/* client_free_tickets - forget questions without a word */
static void client_free_tickets(struct ticket_list *list)
{
    struct store_ticket *ticket;

    while ((ticket = TAILQ_FIRST(list)) != NULL) {
        TAILQ_REMOVE(list, ticket, order);
        free(ticket);
    }
}

/* client_end_feedback - tell who waits for what became of a vote that nobody will say */
static void client_end_feedback(struct keeper_client *client)
{
    struct store_ticket *ticket, *next;

    for (ticket = TAILQ_FIRST(&client->errands); ticket != NULL; ticket = next) {
        next = TAILQ_NEXT(ticket, order);
        if (ticket->expected == KEEPER_TAKEN) {
            client_forget(client, ticket);
            client_tell(ticket, NULL);
        }
    }
}

void keeper_client_close(struct keeper_client *client)
{
    if (client == NULL)
        return;
    client_end_feedback(client);
    keeper_line_close(client->line);
    client_free_tickets(&client->questions);
    client_free_tickets(&client->errands);
    free(client->places);
    if (client->readable != NULL)
        event_free(client->readable);
    if (client->timer != NULL)
        event_free(client->timer);
    free(client);
}
