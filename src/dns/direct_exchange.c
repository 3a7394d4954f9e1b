/*
 * direct_exchange.c - one question to one server and its answer.
 *
 * Each try over UDP has a connected socket of its own, so the kernel drops what others send and picks a port that
 * nobody can guess. A try that cannot be sent, or that the server's host refuses, is over at once.
 */
#define _GNU_SOURCE
#include "dns/direct_exchange.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIES = 2, FLAG_TC = 0x02, LENGTH_OCTETS = 2 };

struct exchange {
    struct event_base *base;
    struct exchange_place place;
    exchange_done *done;
    void *owner;
    struct event *timer, *input; /* input: an answer over UDP; null: no socket is open */
    struct bufferevent *stream;  /* TCP, once the answer turned out to be cut */
    unsigned tries;
    size_t length;      /* of the question */
    uint8_t question[]; /* behind the two octets of its length, as TCP has it */
};

/* socket_close - end the try that is under way */
static void socket_close(struct exchange *exchange)
{
    if (exchange->input != NULL) {
        close(event_get_fd(exchange->input));
        event_free(exchange->input);
        exchange->input = NULL;
    }
    if (exchange->stream != NULL)
        bufferevent_free(exchange->stream);
    exchange->stream = NULL;
}

void exchange_close(struct exchange *exchange)
{
    socket_close(exchange);
    event_free(exchange->timer);
    free(exchange);
}

/* exchange_end - hand over what came and forget the exchange */
static void exchange_end(struct exchange *exchange, uint8_t *message, size_t length)
{
    exchange->done(exchange->owner, message, length);
    exchange_close(exchange);
}

/* timer_set - the next thing has to happen by then */
static void timer_set(struct exchange *exchange, unsigned timeout_ms)
{
    const struct timeval timeout = {timeout_ms / 1000, (suseconds_t)(timeout_ms % 1000) * 1000};

    evtimer_add(exchange->timer, &timeout);
}

/* is_answer - is the message one to the question? */
static bool is_answer(const struct exchange *exchange, const uint8_t *message, size_t length)
{
    return length >= EXCHANGE_HEADER_LENGTH && memcmp(message, exchange->question + LENGTH_OCTETS, 2) == 0;
}

/* stream_read - take what came over TCP once it is whole */
static void stream_read(struct bufferevent *stream, void *data)
{
    struct exchange *exchange = data;
    struct evbuffer *input = bufferevent_get_input(stream);
    uint8_t head[LENGTH_OCTETS], *whole;
    size_t length;

    if (evbuffer_copyout(input, head, sizeof head) != (ev_ssize_t)sizeof head)
        return;
    length = (size_t)head[0] << 8 | head[1];
    if (evbuffer_get_length(input) < sizeof head + length)
        return;
    whole = evbuffer_pullup(input, (ev_ssize_t)(sizeof head + length));
    if (whole != NULL && is_answer(exchange, whole + sizeof head, length))
        exchange_end(exchange, whole + sizeof head, length);
    else
        exchange_end(exchange, NULL, 0);
}

/* stream_event - the connection stands, or is over */
static void stream_event(struct bufferevent *stream, short events, void *data)
{
    (void)stream;
    if ((events & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0)
        exchange_end(data, NULL, 0);
}

/* stream_open - ask again over TCP */
static void stream_open(struct exchange *exchange)
{
    struct sockaddr *address = (struct sockaddr *)&exchange->place.address;

    socket_close(exchange);
    /* Deferred: a connection that fails at once is told from the loop, too. */
    exchange->stream = bufferevent_socket_new(exchange->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
    timer_set(exchange, exchange->stream == NULL ? 0 : exchange->place.timeout_ms);
    if (exchange->stream == NULL)
        return;
    bufferevent_setcb(exchange->stream, stream_read, NULL, stream_event, exchange);
    if (bufferevent_write(exchange->stream, exchange->question, LENGTH_OCTETS + exchange->length) != 0 ||
        bufferevent_enable(exchange->stream, EV_READ | EV_WRITE) != 0 ||
        bufferevent_socket_connect(exchange->stream, address, (int)exchange->place.length) != 0)
        timer_set(exchange, 0);
}

/* datagram_read - take what came over UDP */
static void datagram_read(evutil_socket_t fd, short events, void *data)
{
    struct exchange *exchange = data;
    uint8_t message[UINT16_MAX];
    ssize_t length = recv(fd, message, sizeof message, 0);

    (void)events;
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        timer_set(exchange, 0); /* refused */
    if (length < 0 || !is_answer(exchange, message, (size_t)length))
        return;
    if ((message[2] & FLAG_TC) != 0)
        stream_open(exchange);
    else
        exchange_end(exchange, message, (size_t)length);
}

/* datagram_send - one try over UDP; false: nothing was sent */
static bool datagram_send(struct exchange *exchange)
{
    struct sockaddr *address = (struct sockaddr *)&exchange->place.address;
    int fd = socket(address->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (fd < 0)
        return false;
    exchange->input = event_new(exchange->base, fd, EV_READ | EV_PERSIST, datagram_read, exchange);
    if (exchange->input == NULL) {
        close(fd);
        return false;
    }
    return connect(fd, address, exchange->place.length) == 0 && event_add(exchange->input, NULL) == 0 &&
           send(fd, exchange->question + LENGTH_OCTETS, exchange->length, 0) == (ssize_t)exchange->length;
}

/* exchange_try - the next try, if there is one */
static void exchange_try(struct exchange *exchange)
{
    bool sent;

    exchange->tries++;
    socket_close(exchange);
    sent = datagram_send(exchange);
    timer_set(exchange, sent ? exchange->place.timeout_ms : 0);
}

/* exchange_late - the time of a try is over */
static void exchange_late(evutil_socket_t fd, short events, void *data)
{
    struct exchange *exchange = data;

    (void)fd;
    (void)events;
    if (exchange->stream == NULL && exchange->tries < TRIES)
        exchange_try(exchange);
    else
        exchange_end(exchange, NULL, 0);
}

struct exchange *exchange_open(struct event_base *base, const struct exchange_place *place, struct vouch_bytes question,
                               exchange_done *done, void *owner)
{
    struct exchange *exchange = calloc(1, sizeof *exchange + LENGTH_OCTETS + question.length);

    if (exchange == NULL)
        return NULL;
    exchange->base = base;
    exchange->place = *place;
    exchange->done = done;
    exchange->owner = owner;
    exchange->length = question.length;
    exchange->question[0] = (uint8_t)(question.length >> 8);
    exchange->question[1] = (uint8_t)question.length;
    memcpy(exchange->question + LENGTH_OCTETS, question.data, question.length);
    exchange->timer = evtimer_new(base, exchange_late, exchange);
    if (exchange->timer == NULL) {
        free(exchange);
        return NULL;
    }
    exchange_try(exchange);
    return exchange;
}
