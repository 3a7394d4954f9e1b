/*
 * direct.c - asks one server: writes questions with EDNS, lets so many out at the same time, reads the answers.
 *
 * Nothing is believed that the kernel took from another address, that has another id (direct_exchange.c), or that is no
 * answer to the very question (vouch_answer_read).
 */
#define _GNU_SOURCE
#include "dns/direct.h"

#include "base/text.h"
#include "dns/direct_exchange.h"
#include "dns/master_word.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENCE "no answer"

enum {
    OUT_MAX = 8, /* questions to a server at the same time */
    SILENT_MAX = 3,
    EDNS_SIZE = 1232,
    RECORD_LENGTH_MIN = 11,
    FLAG_AA = 0x04
};

struct direct_source;

struct direct_ticket {
    TAILQ_ENTRY(direct_ticket) link; /* of those that are out, or that wait */
    struct direct_source *direct;
    struct exchange *exchange; /* null: it waits */
    dns_done *done;
    void *owner;
    enum vouch_type type;
    char name[];
};

TAILQ_HEAD(direct_tickets, direct_ticket);

struct direct_source {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct event_base *base;
    struct exchange_place place;
    bool recursion;
    struct direct_tickets out, waiting;
    size_t out_count;
    bool answered;   /* it ever did */
    unsigned silent; /* so many questions in a row had no answer */
};

/* One answer as it came: a whole header at least. */
struct direct_message {
    uint8_t *data;
    size_t length;
};

/* address_place - a socket address */
static socklen_t address_place(struct sockaddr_storage *place, const struct vouch_address *address, uint16_t port)
{
    struct sockaddr_in *four = (struct sockaddr_in *)place;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *)place;

    memset(place, 0, sizeof *place);
    if (address->family == 4) {
        four->sin_family = AF_INET;
        four->sin_port = htons(port);
        memcpy(&four->sin_addr, address->octets, 4);
        return sizeof *four;
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    memcpy(&six->sin6_addr, address->octets, 16);
    return sizeof *six;
}

/* direct_is_dead - has it been silent so long that waiting for more would be a waste? */
static bool direct_is_dead(const struct direct_source *direct)
{
    return direct->silent >= (direct->answered ? SILENT_MAX : 1);
}

/* question_write - the question as octets; null: out of memory, or no name */
static ldns_buffer *question_write(const struct direct_source *direct, const char *name, enum vouch_type type)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = vouch_name_parse(wire, name, strlen(name));
    ldns_buffer *question = length == 0 ? NULL : ldns_buffer_new(EXCHANGE_HEADER_LENGTH + length + 4 + 11);

    if (question == NULL)
        return NULL;
    ldns_buffer_write_u16(question, ldns_get_random());
    ldns_buffer_write_u16(question, direct->recursion ? 0x0100 : 0);
    ldns_buffer_write_u16(question, 1);
    ldns_buffer_write_u16(question, 0);
    ldns_buffer_write_u16(question, 0);
    ldns_buffer_write_u16(question, 1);
    ldns_buffer_write(question, wire, length);
    ldns_buffer_write_u16(question, (uint16_t)type);
    ldns_buffer_write_u16(question, LDNS_RR_CLASS_IN);
    ldns_buffer_write_u8(question, 0); /* EDNS [RFC 6891 6.1.2] */
    ldns_buffer_write_u16(question, LDNS_RR_TYPE_OPT);
    ldns_buffer_write_u16(question, EDNS_SIZE);
    ldns_buffer_write_u16(question, 0);
    ldns_buffer_write_u16(question, 0);
    ldns_buffer_write_u16(question, 0);
    return question;
}

/* read_referral - read the NS records of a referral, which stand first behind the question, as the answer they would be
 * one level below; false: they are not of the very name */
static bool read_referral(const char *name, enum vouch_type type, const struct direct_message *message,
                          struct vouch_answer *answer, struct vouch_record *records)
{
    struct vouch_bytes bytes = {message->data, message->length};
    uint8_t *counts = message->data + 6, authority[2];

    if ((unsigned)type != LDNS_RR_TYPE_NS || (message->data[2] & FLAG_AA) != 0 || ldns_read_uint16(counts) != 0)
        return false;
    memcpy(authority, counts + 2, 2);
    memcpy(counts, authority, 2);
    memset(counts + 2, 0, 2);
    vouch_answer_read(answer, name, type, bytes, records, message->length / RECORD_LENGTH_MIN + 1);
    if (answer->status == VOUCH_FOUND)
        return true;
    memset(counts, 0, 2);
    memcpy(counts + 2, authority, 2);
    return false;
}

/* direct_read - hand over what the message says */
static void direct_read(const struct direct_source *direct, const char *name, enum vouch_type type,
                        const struct direct_message *message, struct vouch_answer *answer, struct vouch_record *records)
{
    struct vouch_bytes bytes = {message->data, message->length};

    if (!direct->recursion && read_referral(name, type, message, answer, records))
        return;
    vouch_answer_read(answer, name, type, bytes, records, message->length / RECORD_LENGTH_MIN + 1);
    if (direct->recursion || answer->status > VOUCH_CHAIN || (message->data[2] & FLAG_AA) != 0)
        return;
    memset(answer, 0, sizeof *answer);
    answer->status = VOUCH_FAILED;
    answer->note = text_bytes("not authoritative");
}

/* ticket_fail - hand over why there is no answer */
static void ticket_fail(const struct direct_ticket *ticket, enum vouch_status status, const char *note)
{
    const struct vouch_answer answer = {.status = status, .note = text_bytes(note)};

    ticket->done(ticket->owner, &answer);
}

/* ticket_read - hand over what came */
static void ticket_read(const struct direct_ticket *ticket, const struct direct_message *message)
{
    struct vouch_record *records = calloc(message->length / RECORD_LENGTH_MIN + 1, sizeof *records);
    struct vouch_answer answer;

    if (records == NULL) {
        ticket_fail(ticket, VOUCH_FAILED, "out of memory");
        return;
    }
    direct_read(ticket->direct, ticket->name, ticket->type, message, &answer, records);
    ticket->done(ticket->owner, &answer);
    free(records);
}

static void ticket_done(void *data, uint8_t *octets, size_t length);

/* ticket_send - send the question; false: it cannot be */
static bool ticket_send(struct direct_ticket *ticket)
{
    struct direct_source *direct = ticket->direct;
    ldns_buffer *question = question_write(direct, ticket->name, ticket->type);
    struct vouch_bytes octets;

    if (question == NULL)
        return false;
    octets = (struct vouch_bytes){ldns_buffer_begin(question), ldns_buffer_position(question)};
    ticket->exchange = exchange_open(direct->base, &direct->place, octets, ticket_done, ticket);
    ldns_buffer_free(question);
    return ticket->exchange != NULL;
}

/* ticket_start - let a question out; false: it is answered already, with trouble */
static bool ticket_start(struct direct_ticket *ticket)
{
    struct direct_source *direct = ticket->direct;

    if (direct_is_dead(direct)) {
        ticket_fail(ticket, VOUCH_TIMEOUT, SILENCE);
        return false;
    }
    if (!ticket_send(ticket)) {
        ticket_fail(ticket, VOUCH_FAILED, "the question could not be written");
        return false;
    }
    TAILQ_INSERT_TAIL(&direct->out, ticket, link);
    direct->out_count++;
    return true;
}

/* direct_go_on - let questions out that wait; all of them, to be answered at once, if the server is dead */
static void direct_go_on(struct direct_source *direct)
{
    while (!TAILQ_EMPTY(&direct->waiting) && (direct->out_count < OUT_MAX || direct_is_dead(direct))) {
        struct direct_ticket *ticket = TAILQ_FIRST(&direct->waiting);

        TAILQ_REMOVE(&direct->waiting, ticket, link);
        if (!ticket_start(ticket))
            free(ticket);
    }
}

/* ticket_done - take what came, or that nothing did, and let the next question out */
static void ticket_done(void *data, uint8_t *octets, size_t length)
{
    const struct direct_message message = {octets, length};
    struct direct_ticket *ticket = data;
    struct direct_source *direct = ticket->direct;

    TAILQ_REMOVE(&direct->out, ticket, link);
    direct->out_count--;
    direct->answered = direct->answered || length != 0;
    direct->silent = length == 0 ? direct->silent + 1 : 0;
    if (length != 0)
        ticket_read(ticket, &message);
    else
        ticket_fail(ticket, VOUCH_TIMEOUT, SILENCE);
    free(ticket);
    direct_go_on(direct);
}

static struct dns_ticket *direct_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                     void *owner)
{
    struct direct_source *direct = (struct direct_source *)source;
    size_t size = strlen(name) + 1;
    struct direct_ticket *ticket = calloc(1, sizeof *ticket + size);
    struct direct_ticket now = {.direct = direct, .done = done, .owner = owner, .type = type};

    if (ticket == NULL) {
        ticket_fail(&now, VOUCH_FAILED, "out of memory");
        return NULL;
    }
    *ticket = now;
    memcpy(ticket->name, name, size);
    if (direct->out_count == OUT_MAX && !direct_is_dead(direct)) {
        TAILQ_INSERT_TAIL(&direct->waiting, ticket, link);
    } else if (!ticket_start(ticket)) {
        free(ticket);
        ticket = NULL;
    }
    return (struct dns_ticket *)ticket;
}

/* ticket_forget - drop a question, which is out or waits */
static void ticket_forget(struct direct_ticket *ticket)
{
    struct direct_source *direct = ticket->direct;

    if (ticket->exchange != NULL) {
        exchange_close(ticket->exchange);
        TAILQ_REMOVE(&direct->out, ticket, link);
        direct->out_count--;
    } else {
        TAILQ_REMOVE(&direct->waiting, ticket, link);
    }
    free(ticket);
}

static void direct_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    ticket_forget((struct direct_ticket *)ticket);
    direct_go_on((struct direct_source *)source);
}

static void direct_close(struct dns_source *source)
{
    struct direct_source *direct = (struct direct_source *)source;

    while (!TAILQ_EMPTY(&direct->out))
        ticket_forget(TAILQ_FIRST(&direct->out));
    while (!TAILQ_EMPTY(&direct->waiting))
        ticket_forget(TAILQ_FIRST(&direct->waiting));
    free(direct);
}

static const struct dns_source_verbs direct_verbs = {direct_ask, direct_cancel, direct_close};

struct dns_source *direct_open(struct event_base *base, const struct direct_config *config)
{
    struct direct_source *direct = calloc(1, sizeof *direct);

    if (direct == NULL)
        return NULL;
    direct->source.verbs = &direct_verbs;
    direct->base = base;
    direct->recursion = config->recursion;
    direct->place.timeout_ms = config->timeout_ms;
    direct->place.length = address_place(&direct->place.address, &config->address,
                                         config->port == 0 ? 53 : config->port);
    TAILQ_INIT(&direct->out);
    TAILQ_INIT(&direct->waiting);
    return &direct->source;
}

bool direct_parse(struct direct_config *config, const char *text)
{
    size_t length = strcspn(text, "@");
    uint32_t port = 0;

    if (text[length] == '@' && (!master_number_parse(text_bytes(text + length + 1), UINT16_MAX, &port) || port == 0))
        return false;
    config->port = (uint16_t)port;
    return vouch_address_parse(&config->address, text, length);
}

bool direct_has_route(const struct vouch_address *address)
{
    struct sockaddr_storage place;
    socklen_t length = address_place(&place, address, 53);
    int fd = socket(place.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool route = fd >= 0 && connect(fd, (struct sockaddr *)&place, length) == 0;

    if (fd >= 0)
        close(fd);
    return route;
}
