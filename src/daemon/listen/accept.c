/*
 * accept.c - accept in small batches, and stop while the worker is full, busy, or out of descriptors.
 *
 * While it is stopped, no listener is in the loop, so nothing spins; a timer looks whether it can go on. There is a gap
 * between the mark where it stops and the mark where it goes on, so that it does not flutter.
 */
#include "daemon/listen/accept.h"

#include "daemon/clock.h"
#include "daemon/judge/judge.h"
#include "daemon/listen/protocol.h"
#include "daemon/log/log.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BATCH_MAX   16    /* connections of one wake-up, so that other workers get theirs */
#define LOOK_MS     5     /* between two looks while stopped */
#define SHORTAGE_MS 100   /* after a failed accept */
#define TELL_MS     60000 /* between two lines about the same limit, if it is reached again and again */
#define UNSENT_MAX  (256U << 10)

enum accept_stop { STOP_NOT, STOP_FULL, STOP_BUSY, STOP_SHORTAGE };

/* One listening socket. */
struct gate {
    struct acceptor *acceptor;
    const struct conf_listener *listener;
    const struct protocol *protocol;
    struct event *event;
    int fd; /* -1: none */
};

struct acceptor {
    const struct worker *worker;
    size_t connections_max;
    enum accept_stop stop;
    bool shortage_told;             /* and not accepted since */
    bool told;                      /* that it stopped, so that its end is told as well */
    int64_t told_ms[STOP_BUSY + 1]; /* 0: never */
    struct event *timer;
    struct gate gates[CONF_LISTENERS_MAX];
};

/* accept_why - must nothing be accepted now? `share` is how many sixteenths of the marks count */
static enum accept_stop accept_why(const struct acceptor *acceptor, size_t sixteenths)
{
    const struct worker *worker = acceptor->worker;
    size_t jobs = worker->conf->limits.jobs;

    if (stream_count() >= acceptor->connections_max - acceptor->connections_max / 16 * (16 - sixteenths))
        return STOP_FULL;
    if (judge_load(worker->judge) > jobs - jobs / 16 * (16 - sixteenths))
        return STOP_BUSY;
    return STOP_NOT;
}

/* accept_is_news - has the log not heard of this limit for a while? */
static bool accept_is_news(struct acceptor *acceptor, enum accept_stop stop)
{
    int64_t now_ms = clock_coarse_ms();

    if (acceptor->told_ms[stop] != 0 && now_ms - acceptor->told_ms[stop] < TELL_MS)
        return false;
    acceptor->told_ms[stop] = now_ms;
    return true;
}

/* accept_tell - log that it stops */
static void accept_tell(struct acceptor *acceptor, enum accept_stop stop, int error)
{
    if ((stop == STOP_FULL || stop == STOP_BUSY) && !accept_is_news(acceptor, stop))
        return;
    acceptor->told = stop != STOP_SHORTAGE;
    switch (stop) {
    case STOP_NOT:
        break;
    case STOP_FULL:
        log_line(LOG_WARNING, "limits.connections reached: %zu connections are open, new ones have to wait",
                 stream_count());
        break;
    case STOP_BUSY:
        log_line(LOG_WARNING, "limits.jobs reached: %zu evaluations run or wait, new connections have to wait",
                 judge_load(acceptor->worker->judge));
        break;
    case STOP_SHORTAGE:
        if (!acceptor->shortage_told)
            log_line(LOG_ERR, "cannot accept connections: %s", strerror(error));
        acceptor->shortage_told = true;
        break;
    }
}

/* accept_look_in - set the timer of the next look; false: out of memory */
static bool accept_look_in(struct acceptor *acceptor, unsigned ms)
{
    struct timeval wait = {0, (suseconds_t)ms * 1000};

    return evtimer_add(acceptor->timer, &wait) == 0;
}

/* accept_pause - take the listeners out of the loop; without a timer that would put them back they stay in it */
static void accept_pause(struct acceptor *acceptor, enum accept_stop stop, int error)
{
    accept_tell(acceptor, stop, error);
    if (!accept_look_in(acceptor, stop == STOP_SHORTAGE ? SHORTAGE_MS : LOOK_MS))
        return;
    acceptor->stop = stop;
    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++)
        if (acceptor->gates[i].event != NULL)
            event_del(acceptor->gates[i].event);
}

/* accept_begin - put the listeners into the loop; false: trouble */
static bool accept_begin(struct acceptor *acceptor)
{
    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++)
        if (acceptor->gates[i].event != NULL && event_add(acceptor->gates[i].event, NULL) != 0)
            return false;
    return true;
}

/* accept_look - can it go on? While this runs, the timer has its place in the loop's heap, and needs no new memory */
static void accept_look(evutil_socket_t fd, short what, void *arg)
{
    struct acceptor *acceptor = arg;
    enum accept_stop stop = accept_why(acceptor, 15);

    (void)fd;
    (void)what;
    if (acceptor->stop == STOP_NOT)
        return;
    if (stop != STOP_NOT || !accept_begin(acceptor)) {
        if (!accept_look_in(acceptor, LOOK_MS))
            acceptor->stop = accept_begin(acceptor) ? STOP_NOT : acceptor->stop;
        return;
    }
    if (acceptor->told)
        log_line(LOG_NOTICE, "connections are accepted again");
    acceptor->told = false;
    acceptor->stop = STOP_NOT;
}

/* accept_serve - begin a connection */
static void accept_serve(const struct gate *gate, int fd)
{
    const struct worker *worker = gate->acceptor->worker;
    uint32_t idle_ms = worker->conf->limits.idle_ms, idle_max_ms = gate->protocol->idle_max_ms;
    const struct stream_limits limits = {
        .idle_ms = idle_max_ms != 0 && idle_max_ms < idle_ms ? idle_max_ms : idle_ms,
        .frame_ms = worker->conf->limits.frame_ms,
        .unread_max = gate->protocol->unread_max,
        .unsent_max = UNSENT_MAX,
    };
    struct stream *stream;
    int yes = 1;

    if (gate->listener->address.family != 0 && setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) != 0)
        log_line(LOG_DEBUG, "TCP_NODELAY: %s", strerror(errno));
    stream = stream_open(worker->base, fd, &limits);
    if (stream == NULL)
        log_line(LOG_ERR, "a connection was dropped: out of memory");
    else if (!gate->protocol->open(worker, gate->listener, stream))
        stream_close(stream);
}

/* accept_one - take one connection; false: enough for now */
static bool accept_one(const struct gate *gate)
{
    struct acceptor *acceptor = gate->acceptor;
    enum accept_stop stop = accept_why(acceptor, 16);
    int fd;

    if (stop != STOP_NOT) {
        accept_pause(acceptor, stop, 0);
        return false;
    }
    fd = accept4(gate->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
        if (acceptor->shortage_told)
            log_line(LOG_NOTICE, "connections are accepted again");
        acceptor->shortage_told = false;
        accept_serve(gate, fd);
        return true;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return false;
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        accept_pause(acceptor, STOP_SHORTAGE, errno);
        return false;
    }
    return true; /* trouble of that one connection [accept(2), error handling] */
}

/* accept_ready - somebody connects */
static void accept_ready(evutil_socket_t fd, short what, void *arg)
{
    const struct gate *gate = arg;

    (void)fd;
    (void)what;
    for (int i = 0; i < BATCH_MAX; i++)
        if (!accept_one(gate))
            break;
}

/* gate_open - one listener */
static bool gate_open(struct acceptor *acceptor, size_t index, int fd)
{
    struct gate *gate = &acceptor->gates[index];

    gate->acceptor = acceptor;
    gate->listener = &acceptor->worker->conf->listeners[index];
    gate->protocol = protocol_find(gate->listener->protocol);
    gate->fd = fd;
    gate->event = event_new(acceptor->worker->base, fd, EV_READ | EV_PERSIST, accept_ready, gate);
    return gate->event != NULL;
}

struct acceptor *accept_open(const struct worker *worker, const int listeners[CONF_LISTENERS_MAX],
                             size_t connections_max)
{
    struct acceptor *acceptor = calloc(1, sizeof *acceptor);
    struct timeval soon = {0, LOOK_MS * 1000};
    bool fine;

    if (acceptor == NULL)
        return NULL;
    acceptor->worker = worker;
    acceptor->connections_max = connections_max;
    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++)
        acceptor->gates[i].fd = -1;
    acceptor->timer = evtimer_new(worker->base, accept_look, acceptor);
    fine = acceptor->timer != NULL && evtimer_add(acceptor->timer, &soon) == 0;
    for (size_t i = 0; fine && i < worker->conf->listeners_count; i++)
        fine = gate_open(acceptor, i, listeners[i]);
    if (fine && accept_begin(acceptor))
        return acceptor;
    accept_close(acceptor);
    return NULL;
}

void accept_close(struct acceptor *acceptor)
{
    if (acceptor == NULL)
        return;
    for (size_t i = 0; i < CONF_LISTENERS_MAX; i++) {
        struct gate *gate = &acceptor->gates[i];

        if (gate->event != NULL)
            event_free(gate->event);
        if (gate->fd >= 0)
            close(gate->fd);
    }
    if (acceptor->timer != NULL)
        event_free(acceptor->timer);
    free(acceptor);
}
