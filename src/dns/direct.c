/*
 * direct.c - asks one server: UDP with EDNS, again over TCP if the answer is truncated. libldns writes and sends.
 *
 * libldns does not look at what comes back: that it is the answer to our question is checked here, by the id, and by
 * vouch_answer_read.
 */
#define _GNU_SOURCE
#include "dns/direct.h"

#include "base/text.h"
#include "dns/master_word.h"

#include <arpa/inet.h>
#include <ldns/ldns.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    TRIES = 2,
    SILENT_MAX = 3,
    EDNS_SIZE = 1232,
    RECORD_LENGTH_MIN = 11,
    HEADER_LENGTH = 12,
    FLAG_TC = 0x02,
    FLAG_AA = 0x04
};

struct direct_source {
    struct dns_source source; /* first: a pointer to it is one to this */
    struct direct_config config;
    struct sockaddr_storage place;
    socklen_t place_length;
    uint16_t id;
    bool answered;   /* it ever did */
    unsigned silent; /* so many questions in a row had no answer */
};

/* One answer as it came. */
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
static ldns_buffer *question_write(struct direct_source *direct, const char *name, enum vouch_type type)
{
    uint8_t wire[VOUCH_NAME_SIZE];
    size_t length = vouch_name_parse(wire, name, strlen(name));
    ldns_buffer *question = length == 0 ? NULL : ldns_buffer_new(HEADER_LENGTH + length + 4 + 11);

    if (question == NULL)
        return NULL;
    direct->id = ldns_get_random();
    ldns_buffer_write_u16(question, direct->id);
    ldns_buffer_write_u16(question, direct->config.recursion ? 0x0100 : 0);
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

/* message_is_ours - an answer to this very question? */
static bool message_is_ours(const struct direct_source *direct, const struct direct_message *message)
{
    return message->length >= HEADER_LENGTH && ldns_read_uint16(message->data) == direct->id;
}

/* direct_exchange - send the question, wait for the answer; false: none came */
static bool direct_exchange(struct direct_source *direct, ldns_buffer *question, struct direct_message *message)
{
    struct timeval timeout = {direct->config.timeout_ms / 1000, (suseconds_t)(direct->config.timeout_ms % 1000) * 1000};
    bool truncated = false;

    for (unsigned i = 0; i < TRIES && !message_is_ours(direct, message); i++) {
        free(message->data);
        memset(message, 0, sizeof *message);
        if (ldns_udp_send(&message->data, question, &direct->place, direct->place_length, timeout, &message->length) !=
            LDNS_STATUS_OK)
            memset(message, 0, sizeof *message);
    }
    if (!message_is_ours(direct, message))
        return false;
    truncated = (message->data[2] & FLAG_TC) != 0;
    if (!truncated)
        return true;
    free(message->data);
    memset(message, 0, sizeof *message);
    if (ldns_tcp_send(&message->data, question, &direct->place, direct->place_length, timeout, &message->length) !=
        LDNS_STATUS_OK)
        memset(message, 0, sizeof *message);
    return message_is_ours(direct, message);
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
static void direct_read(struct direct_source *direct, const char *name, enum vouch_type type,
                        const struct direct_message *message, struct vouch_answer *answer, struct vouch_record *records)
{
    struct vouch_bytes bytes = {message->data, message->length};

    if (!direct->config.recursion && read_referral(name, type, message, answer, records))
        return;
    vouch_answer_read(answer, name, type, bytes, records, message->length / RECORD_LENGTH_MIN + 1);
    if (direct->config.recursion || answer->status > VOUCH_CHAIN || (message->data[2] & FLAG_AA) != 0)
        return;
    memset(answer, 0, sizeof *answer);
    answer->status = VOUCH_FAILED;
    answer->note = text_bytes("not authoritative");
}

static struct dns_ticket *direct_ask(struct dns_source *source, const char *name, enum vouch_type type, dns_done *done,
                                     void *owner)
{
    struct direct_source *direct = (struct direct_source *)source;
    struct vouch_answer answer = {.status = VOUCH_FAILED, .note = text_bytes("out of memory")};
    ldns_buffer *question = question_write(direct, name, type);
    struct direct_message message = {NULL, 0};
    struct vouch_record *records = NULL;

    if (question != NULL && (direct_is_dead(direct) || !direct_exchange(direct, question, &message))) {
        direct->silent++;
        answer.status = VOUCH_TIMEOUT;
        answer.note = text_bytes("no answer");
    } else if (question != NULL) {
        direct->answered = true;
        direct->silent = 0;
        records = calloc(message.length / RECORD_LENGTH_MIN + 1, sizeof *records);
        if (records != NULL)
            direct_read(direct, name, type, &message, &answer, records);
    }
    done(owner, &answer);
    free(records);
    free(message.data);
    ldns_buffer_free(question);
    return NULL;
}

static void direct_cancel(struct dns_source *source, struct dns_ticket *ticket)
{
    (void)source; /* nothing is ever open */
    (void)ticket;
}

static void direct_close(struct dns_source *source)
{
    free(source);
}

static const struct dns_source_verbs direct_verbs = {direct_ask, direct_cancel, direct_close};

struct dns_source *direct_open(const struct direct_config *config)
{
    struct direct_source *direct = calloc(1, sizeof *direct);

    if (direct == NULL)
        return NULL;
    direct->source.verbs = &direct_verbs;
    direct->config = *config;
    direct->place_length = address_place(&direct->place, &config->address, config->port == 0 ? 53 : config->port);
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
