/*
 * zone.c - puts zones on an event loop as a source of answers: delays and timeouts take their time here.
 *
 * Each question has scratch memory of its own, so a `done` may ask on while it still reads its answer.
 */
#include "dns/zone.h"

#include "base/text.h"
#include "dns/zone_tree.h"

#include <event2/event.h>
#include <stdlib.h>

struct zone_ticket;

struct zone_source {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct event_base *base;
    struct zones *zones;
    struct zone_ticket *open; /* questions that wait */
};

struct zone_ticket {
    struct zone_ticket *next, **from; /* `from` points at what points here */
    dns_done *done;
    void *owner;
    struct event *timer; /* null: the question is never answered */
    struct vouch_answer answer;
    struct zone_scratch scratch;
};

/* ticket_free - forget a question, wherever it stands */
static void ticket_free(struct zone_ticket *ticket)
{
    if (ticket->from != NULL)
        *ticket->from = ticket->next;
    if (ticket->next != NULL)
        ticket->next->from = ticket->from;
    if (ticket->timer != NULL)
        event_free(ticket->timer);
    zone_scratch_reset(&ticket->scratch);
    free(ticket);
}

/* ticket_deliver - take the ticket out of the list, hand the answer over, then free it */
static void ticket_deliver(struct zone_ticket *ticket)
{
    if (ticket->from != NULL)
        *ticket->from = ticket->next;
    if (ticket->next != NULL)
        ticket->next->from = ticket->from;
    ticket->next = NULL;
    ticket->from = NULL;
    ticket->done(ticket->owner, &ticket->answer);
    ticket_free(ticket);
}

/* ticket_due - the delay is over */
static void ticket_due(evutil_socket_t fd, short events, void *data)
{
    (void)fd;
    (void)events;
    ticket_deliver(data);
}

/* ticket_start - set the timer; false: out of memory */
static bool ticket_start(struct zone_source *zone, struct zone_ticket *ticket, uint32_t delay_ms)
{
    struct timeval delay = {(time_t)(delay_ms / 1000), (suseconds_t)(delay_ms % 1000 * 1000)};

    ticket->timer = evtimer_new(zone->base, ticket_due, ticket);
    return ticket->timer != NULL && evtimer_add(ticket->timer, &delay) == 0;
}

/* ticket_link - put a ticket among those that wait */
static void ticket_link(struct zone_source *zone, struct zone_ticket *ticket)
{
    ticket->next = zone->open;
    ticket->from = &zone->open;
    if (ticket->next != NULL)
        ticket->next->from = &ticket->next;
    zone->open = ticket;
}

static struct dns_ticket *zone_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                   void *owner)
{
    struct zone_source *zone = (struct zone_source *)source;
    struct zone_ticket *ticket = calloc(1, sizeof *ticket);
    struct vouch_answer trouble = {.status = VOUCH_FAILED, .note = text_bytes("out of memory")};
    uint32_t delay_ms;

    if (ticket == NULL) {
        done(owner, &trouble);
        return NULL;
    }
    ticket->done = done;
    ticket->owner = owner;
    delay_ms = zones_look_up(zone->zones, &ticket->scratch, name, type, &ticket->answer);
    if (delay_ms != 0 && delay_ms != ZONE_NEVER && !ticket_start(zone, ticket, delay_ms)) {
        ticket->answer = trouble;
        delay_ms = 0;
    }
    if (delay_ms == 0) {
        ticket_deliver(ticket);
        return NULL;
    }
    ticket_link(zone, ticket);
    return (struct dns_ticket *)ticket;
}

static void zone_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    (void)source;
    ticket_free((struct zone_ticket *)ticket);
}

static void zone_close(struct dns_source *source)
{
    struct zone_source *zone = (struct zone_source *)source;

    while (zone->open != NULL)
        ticket_free(zone->open);
    zones_free(zone->zones);
    free(zone);
}

static const struct dns_source_verbs zone_verbs = {zone_ask, zone_cancel, zone_close};

struct dns_source *zone_open(struct event_base *base, struct zones *zones)
{
    struct zone_source *zone = calloc(1, sizeof *zone);

    if (zone == NULL) {
        zones_free(zones);
        return NULL;
    }
    zone->source.verbs = &zone_verbs;
    zone->base = base;
    zone->zones = zones;
    return &zone->source;
}
