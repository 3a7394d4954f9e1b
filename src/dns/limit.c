/*
 * limit.c - a time limit over another source.
 *
 * A question that takes too long is taken back below; the driver may still learn its answer, for the next who asks.
 */
#include "dns/limit.h"

#include "base/text.h"

#include <event2/event.h>
#include <stdlib.h>

struct limit_ticket;

struct limit {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct event_base *base;
    struct dns_source *below;
    struct timeval timeout;
    struct limit_ticket *open;
};

struct limit_ticket {
    struct limit_ticket *next, **from; /* `from` points at what points here */
    struct limit *limit;
    struct dns_ticket *below;
    struct event *timer;
    dns_done *done;
    void *owner;
    bool asking;   /* the source below has not returned from ask yet */
    bool answered; /* while it had not */
};

/* ticket_free - forget a question that is not out below any more */
static void ticket_free(struct limit_ticket *ticket)
{
    if (ticket->next != NULL)
        ticket->next->from = ticket->from;
    *ticket->from = ticket->next;
    event_free(ticket->timer);
    free(ticket);
}

/* ticket_late - the time of a question is over */
static void ticket_late(evutil_socket_t fd, short events, void *data)
{
    static const struct vouch_answer late = {.status = VOUCH_TIMEOUT};
    struct limit_ticket *ticket = data;
    dns_done *done = ticket->done;
    void *owner = ticket->owner;

    (void)fd;
    (void)events;
    dns_cancel(ticket->limit->below, ticket->below);
    ticket_free(ticket);
    done(owner, &late);
}

/* ticket_done - the source below answered */
static void ticket_done(void *data, const struct vouch_answer *answer)
{
    struct limit_ticket *ticket = data;
    dns_done *done = ticket->done;
    void *owner = ticket->owner;

    if (ticket->asking)
        ticket->answered = true;
    else
        ticket_free(ticket);
    done(owner, answer);
}

/* ticket_new - a question whose timer runs, or null: out of memory */
static struct limit_ticket *ticket_new(struct limit *limit, dns_done *done, void *owner)
{
    struct limit_ticket *ticket = calloc(1, sizeof *ticket);

    if (ticket == NULL)
        return NULL;
    ticket->timer = evtimer_new(limit->base, ticket_late, ticket);
    if (ticket->timer == NULL || evtimer_add(ticket->timer, &limit->timeout) != 0) {
        if (ticket->timer != NULL)
            event_free(ticket->timer);
        free(ticket);
        return NULL;
    }
    ticket->limit = limit;
    ticket->done = done;
    ticket->owner = owner;
    ticket->next = limit->open;
    ticket->from = &limit->open;
    if (ticket->next != NULL)
        ticket->next->from = &ticket->next;
    limit->open = ticket;
    return ticket;
}

static struct dns_ticket *limit_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                    void *owner)
{
    struct vouch_answer trouble = {.status = VOUCH_FAILED, .note = text_bytes("out of memory")};
    struct limit *limit = (struct limit *)source;
    struct limit_ticket *ticket = ticket_new(limit, done, owner);

    if (ticket == NULL) {
        done(owner, &trouble);
        return NULL;
    }
    ticket->asking = true;
    ticket->below = dns_ask(limit->below, name, type, ticket_done, ticket);
    ticket->asking = false;
    if (!ticket->answered)
        return (struct dns_ticket *)ticket;
    ticket_free(ticket);
    return NULL;
}

static void limit_cancel(struct dns_source *source, struct dns_ticket *given)
{
    struct limit_ticket *ticket = (struct limit_ticket *)given;

    dns_cancel(((struct limit *)source)->below, ticket->below);
    ticket_free(ticket);
}

static void limit_close(struct dns_source *source)
{
    struct limit *limit = (struct limit *)source;

    while (limit->open != NULL)
        limit_cancel(source, (struct dns_ticket *)limit->open);
    free(limit);
}

static const struct dns_source_verbs limit_verbs = {limit_ask, limit_cancel, limit_close};

struct dns_source *limit_open(struct event_base *base, struct dns_source *below, uint32_t timeout_ms)
{
    struct limit *limit = calloc(1, sizeof *limit);

    if (limit == NULL)
        return NULL;
    limit->source.verbs = &limit_verbs;
    limit->base = base;
    limit->below = below;
    limit->timeout = (struct timeval){(time_t)(timeout_ms / 1000), (suseconds_t)(timeout_ms % 1000 * 1000)};
    return &limit->source;
}
