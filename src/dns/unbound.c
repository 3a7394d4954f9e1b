/*
 * unbound.c - the libunbound driver: questions in, answers out.
 *
 * libunbound hands over forged data with rcode 0, so its word on security comes before everything else. With another
 * rcode than 0 there is no message worth reading; with 0 the rcode that counts is that of the message. It may answer
 * before it returns, never answers what was cancelled, and answers all that is open when its context is deleted.
 */
#include "dns/unbound.h"

#include "base/text.h"
#include "dns/unbound_context.h"

#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

enum { CLASS_IN = 1, SECURITY_BOGUS = 1, SECURITY_SECURE = 2, RECORD_LENGTH_MIN = 11 };

struct unbound_ticket;

struct unbound_source {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct ub_ctx *context;
    struct unbound_ticket *open;
    bool closing;
};

struct unbound_ticket {
    struct unbound_ticket *next, **from; /* `from` points at what points here */
    struct unbound_source *unbound;
    dns_done *done;
    void *owner;
    int id;        /* libunbound's */
    bool asking;   /* libunbound has not returned from the question yet */
    bool answered; /* out of the list, `done` has run or runs */
    enum vouch_type type;
    char name[];
};

/* ticket_new - a ticket in the list of open ones; null: out of memory */
static struct unbound_ticket *ticket_new(struct unbound_source *unbound, const char *name, enum vouch_type type)
{
    size_t size = strlen(name) + 1;
    struct unbound_ticket *ticket = calloc(1, sizeof *ticket + size);

    if (ticket == NULL)
        return NULL;
    memcpy(ticket->name, name, size);
    ticket->type = type;
    ticket->unbound = unbound;
    ticket->next = unbound->open;
    ticket->from = &unbound->open;
    if (ticket->next != NULL)
        ticket->next->from = &ticket->next;
    unbound->open = ticket;
    return ticket;
}

/* ticket_unlink - take a ticket out of the list */
static void ticket_unlink(struct unbound_ticket *ticket)
{
    *ticket->from = ticket->next;
    if (ticket->next != NULL)
        ticket->next->from = ticket->from;
}

/* trouble - an answer that says why there is none */
static struct vouch_answer trouble(enum vouch_status status, const char *note)
{
    struct vouch_answer answer = {.status = status, .note = text_bytes(note)};

    return answer;
}

/* ticket_deliver - take the ticket out of the list and hand the answer over */
static void ticket_deliver(struct unbound_ticket *ticket, const struct vouch_answer *answer)
{
    ticket_unlink(ticket);
    ticket->answered = true;
    ticket->done(ticket->owner, answer);
}

/* ticket_decode - hand over what the packet says */
static void ticket_decode(struct unbound_ticket *ticket, struct vouch_bytes packet, bool secure)
{
    size_t records_max = packet.length / RECORD_LENGTH_MIN + 1;
    struct vouch_record *records = calloc(records_max, sizeof *records);
    struct vouch_answer answer = trouble(VOUCH_FAILED, "out of memory");

    if (records != NULL) {
        vouch_answer_read(&answer, ticket->name, ticket->type, packet, records, records_max);
        answer.secure = secure && answer.status <= VOUCH_NXDOMAIN;
    }
    ticket_deliver(ticket, &answer);
    free(records);
}

/* unbound_done - take what libunbound has found; who asks still needs the ticket if it is found at once */
static void unbound_done(void *data, int rcode, void *packet, int length, int security, char *why, int limited)
{
    struct unbound_ticket *ticket = data;
    struct vouch_bytes bytes = {packet, length > 0 ? (size_t)length : 0};
    struct vouch_answer answer = trouble(VOUCH_FAILED, "SERVFAIL");
    bool is_message = rcode == 0 && packet != NULL && bytes.length != 0;

    if (ticket->unbound->closing)
        return;
    if (security == SECURITY_BOGUS)
        answer = trouble(VOUCH_BOGUS, why == NULL ? "bogus" : why);
    else if (limited != 0)
        answer = trouble(VOUCH_FAILED, "rate limit of the resolver");
    if (security != SECURITY_BOGUS && limited == 0 && is_message)
        ticket_decode(ticket, bytes, security == SECURITY_SECURE);
    else
        ticket_deliver(ticket, &answer);
    if (!ticket->asking)
        free(ticket);
}

static struct dns_ticket *unbound_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                      void *owner)
{
    struct unbound_ticket *ticket = ticket_new((struct unbound_source *)source, name, type);
    struct vouch_answer answer = trouble(VOUCH_FAILED, "out of memory");
    int status;

    if (ticket == NULL) {
        done(owner, &answer);
        return NULL;
    }
    ticket->done = done;
    ticket->owner = owner;
    ticket->asking = true;
    status = ub_resolve_event(ticket->unbound->context, name, (int)type, CLASS_IN, ticket, unbound_done, &ticket->id);
    if (status != 0 && !ticket->answered) {
        answer = trouble(VOUCH_FAILED, ub_strerror(status));
        ticket_deliver(ticket, &answer);
    }
    ticket->asking = false;
    if (!ticket->answered)
        return (struct dns_ticket *)ticket;
    free(ticket);
    return NULL;
}

static void unbound_cancel(struct dns_source *source, struct dns_ticket *open)
{
    struct unbound_source *unbound = (struct unbound_source *)source;
    struct unbound_ticket *ticket = (struct unbound_ticket *)open;

    ub_cancel(unbound->context, ticket->id);
    ticket_unlink(ticket);
    free(ticket);
}

static void unbound_close(struct dns_source *source)
{
    struct unbound_source *unbound = (struct unbound_source *)source;

    unbound->closing = true;
    ub_ctx_delete(unbound->context);
    while (unbound->open != NULL) {
        struct unbound_ticket *ticket = unbound->open;

        ticket_unlink(ticket);
        free(ticket);
    }
    free(unbound);
}

static const struct dns_source_verbs unbound_verbs = {unbound_ask, unbound_cancel, unbound_close};

/* unbound_start - open a context, look at its anchors, and replace it if some must be left out */
static struct ub_ctx *unbound_start(struct event_base *base, const struct unbound_config *config,
                                    struct unbound_anchors *anchors, struct text *notice,
                                    char error[UNBOUND_ERROR_SIZE])
{
    struct ub_ctx *context = unbound_context_open(base, config, anchors, error);

    if (context == NULL || unbound_probe(base, context, anchors, config->probe_ms, notice))
        return context;
    ub_ctx_delete(context);
    return unbound_context_open(base, config, anchors, error);
}

struct dns_source *unbound_open(struct event_base *base, const struct unbound_config *config,
                                char notice[UNBOUND_ERROR_SIZE], char error[UNBOUND_ERROR_SIZE])
{
    struct unbound_source *unbound = calloc(1, sizeof *unbound);
    struct unbound_anchors anchors = {NULL, 0};
    struct text notes;

    text_init(&notes, notice, UNBOUND_ERROR_SIZE);
    error[0] = '\0';
    if (unbound == NULL)
        unbound_fail(error, "libunbound", "", "out of memory");
    else if (unbound_anchors_read(&anchors, config->trust_anchor, &notes, error))
        unbound->context = unbound_start(base, config, &anchors, &notes, error);
    unbound_anchors_free(&anchors);
    if (unbound == NULL || unbound->context == NULL) {
        free(unbound);
        return NULL;
    }
    unbound->source.verbs = &unbound_verbs;
    return &unbound->source;
}
