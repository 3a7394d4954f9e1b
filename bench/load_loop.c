/*
 * load_loop.c - the loop of the load generator: connects, reads, pauses, holds, and counts.
 */
#include "load.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 256, ERRORS_SHOWN = 10, DESCRIPTORS_SPARE = 32 };
#define NS_PER_S UINT64_C(1000000000)
#define RETRY_NS UINT64_C(1000000) /* the queue of a unix socket was full */

union socket_address {
    struct sockaddr any;
    struct sockaddr_un local;
    struct sockaddr_in in4;
    struct sockaddr_in6 in6;
};

uint64_t load_now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* times_add - remember one duration; what memory does not hold is left out */
static void times_add(struct load_times *times, uint64_t begin_ns)
{
    if (times->count == times->room) {
        size_t room = 2 * times->room + 4096;
        uint32_t *grown = reallocarray(times->us, room, sizeof *grown);

        if (grown == NULL)
            return;
        times->us = grown;
        times->room = room;
    }
    times->us[times->count++] = (uint32_t)((load_now_ns() - begin_ns) / 1000);
}

/* inet_read - "HOST:PORT", an IPv6 address in brackets */
static socklen_t inet_read(const char *text, union socket_address *address)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon == NULL ? 0 : (size_t)(colon - text);
    struct vouch_address host;
    unsigned long port = colon == NULL ? 0 : strtoul(colon + 1, NULL, 10);

    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text++;
        length -= 2;
    }
    if (port == 0 || port > UINT16_MAX || !vouch_address_parse(&host, text, length))
        return 0;
    if (host.family == 4) {
        address->in4.sin_family = AF_INET;
        address->in4.sin_port = htons((uint16_t)port);
        memcpy(&address->in4.sin_addr, host.octets, 4);
        return sizeof address->in4;
    }
    address->in6.sin6_family = AF_INET6;
    address->in6.sin6_port = htons((uint16_t)port);
    memcpy(&address->in6.sin6_addr, host.octets, 16);
    return sizeof address->in6;
}

/* address_read - "unix:PATH" or "inet:HOST:PORT"; 0 if it is neither */
static socklen_t address_read(const char *text, union socket_address *address)
{
    memset(address, 0, sizeof *address);
    if (strncmp(text, "inet:", 5) == 0)
        return inet_read(text + 5, address);
    if (strncmp(text, "unix:", 5) != 0 || strlen(text + 5) >= sizeof address->local.sun_path)
        return 0;
    address->local.sun_family = AF_UNIX;
    memcpy(address->local.sun_path, text + 5, strlen(text + 5) + 1);
    return sizeof address->local;
}

/* peer_free - the connection is over */
static void peer_free(struct load_peer *peer)
{
    struct load *load = peer->load;

    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    peer->state = LOAD_FREE;
    peer->next = load->free_peers;
    load->free_peers = peer;
    load->closed++;
}

void load_end(struct load_peer *peer)
{
    times_add(&peer->load->spans, peer->begin_ns);
    peer->load->ended++;
    peer_free(peer);
}

void load_close(struct load_peer *peer)
{
    peer_free(peer);
}

/* list_remove - takes a peer out of the held or the paused ones, before it is freed */
static void list_remove(struct load *load, const struct load_peer *peer)
{
    struct load_peer **list = peer->state == LOAD_HELD ? &load->held_peers : &load->paused_first;
    struct load_peer *before = NULL;

    while (*list != NULL && *list != peer) {
        before = *list;
        list = &(*list)->next;
    }
    if (*list == NULL)
        return;
    *list = peer->next;
    if (load->paused_last == peer)
        load->paused_last = before;
    if (peer->state == LOAD_HELD)
        load->held--;
}

void load_fail(struct load_peer *peer, const char *cause)
{
    struct load *load = peer->load;

    if (load->errors++ < ERRORS_SHOWN)
        fprintf(stderr, "load: %s %s, stage %u: %s\n", peer->line->ip, peer->line->helo, peer->stage, cause);
    if (peer->state == LOAD_HELD || peer->state == LOAD_PAUSED)
        list_remove(load, peer);
    if (load->options.pipeline == 0) {
        load->ended++;
    } else if (peer->sent_count != 0) {
        load->ended += peer->sent_count;
    } else if (load->begun < load->options.sessions) {
        load->begun++;
        load->ended++;
    }
    peer_free(peer);
}

bool load_send(struct load_peer *peer, const struct text *text, unsigned answers)
{
    uint64_t now = load_now_ns();
    ssize_t sent = send(peer->fd, text->data, text->length, MSG_NOSIGNAL);

    if (text->cut || sent != (ssize_t)text->length) {
        load_fail(peer, text->cut ? "command too long" : sent < 0 ? strerror(errno) : "not all could be sent at once");
        return false;
    }
    while (answers-- != 0)
        peer->sent[(peer->sent_first + peer->sent_count++) % LOAD_PIPELINE_MAX].ns = now;
    return true;
}

void load_answered(struct load_peer *peer)
{
    times_add(&peer->load->answers, peer->sent[peer->sent_first].ns);
    peer->sent_first = (peer->sent_first + 1) % LOAD_PIPELINE_MAX;
    peer->sent_count--;
}

void load_continue(struct load_peer *peer, bool answered)
{
    struct load *load = peer->load;

    if (load->options.pause_ms == 0 && answered) {
        load->protocol->go(peer);
        return;
    }
    peer->state = LOAD_PAUSED;
    peer->due_ns = load_now_ns() + load->options.pause_ms * UINT64_C(1000000);
    peer->next = NULL;
    if (load->paused_first == NULL)
        load->paused_first = peer;
    else
        load->paused_last->next = peer;
    load->paused_last = peer;
}

void load_hold(struct load_peer *peer)
{
    struct load *load = peer->load;

    peer->state = LOAD_HELD;
    peer->next = load->held_peers;
    load->held_peers = peer;
    load->held++;
}

/* hold_release - waits for a line on standard input once all are held, then lets them go on */
static void hold_release(struct load *load)
{
    struct load_peer *peer;
    char line[16];

    printf("held=%zu errors=%zu\n", load->held, load->errors);
    fflush(stdout);
    if (fgets(line, sizeof line, stdin) == NULL)
        clearerr(stdin);
    load->holding = false;
    load->progress_ns = load_now_ns();
    while ((peer = load->held_peers) != NULL) {
        load->held_peers = peer->next;
        load->held--;
        peer->state = LOAD_OPEN;
        load->protocol->go(peer);
    }
}

/* peer_begin - the connection is there */
static void peer_begin(struct load_peer *peer)
{
    peer->state = LOAD_OPEN;
    peer->load->protocol->go(peer);
}

/* peer_connect - begins a connection; false: not now */
static bool peer_connect(struct load *load)
{
    struct load_peer *peer = load->free_peers;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = peer};
    union socket_address address;
    socklen_t length = address_read(load->options.address, &address);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool waiting = false;

    if (fd >= 0 && connect(fd, &address.any, length) != 0) {
        if (errno == EAGAIN) {
            close(fd);
            load->retry_ns = load_now_ns() + RETRY_NS;
            return false;
        }
        waiting = errno == EINPROGRESS;
        if (!waiting) {
            close(fd);
            fd = -1;
        }
    }
    if (waiting)
        event.events |= EPOLLOUT;
    load->free_peers = peer->next;
    memset(peer, 0, offsetof(struct load_peer, unread));
    peer->load = load;
    peer->fd = fd;
    peer->line = &load->lines[load->opened++ % load->lines_count];
    if (load->open_most < load->opened - load->closed)
        load->open_most = load->opened - load->closed;
    peer->state = LOAD_CONNECTING;
    peer->begin_ns = load_now_ns();
    if (load->options.pipeline == 0)
        load->begun++;
    if (fd < 0 || epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        load_fail(peer, strerror(errno));
    else if (!waiting)
        peer_begin(peer);
    return true;
}

/* peer_connected - a connection over TCP was made, or refused */
static void peer_connected(struct load_peer *peer)
{
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = peer};
    int error = 0;
    socklen_t length = sizeof error;

    if (getsockopt(peer->fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0 || error != 0) {
        load_fail(peer, strerror(error));
        return;
    }
    if (epoll_ctl(peer->load->epoll, EPOLL_CTL_MOD, peer->fd, &event) != 0)
        load_fail(peer, strerror(errno));
    else
        peer_begin(peer);
}

/* peer_take - hands what came to the protocol, keeps the rest */
static void peer_take(struct load_peer *peer, size_t length)
{
    struct vouch_bytes bytes = {peer->unread, peer->unread_length + length};
    size_t taken;

    if (peer->state != LOAD_OPEN) {
        load_fail(peer, "an answer that nobody asked for");
        return;
    }
    peer->unread_length = 0;
    taken = peer->load->protocol->input(peer, bytes);
    if (peer->state == LOAD_FREE)
        return;
    peer->unread_length = bytes.length - taken;
    memmove(peer->unread, peer->unread + taken, peer->unread_length);
}

/* peer_read - reads until nothing is left (the event is told once) */
static void peer_read(struct load_peer *peer)
{
    while (peer->state != LOAD_FREE) {
        size_t room = sizeof peer->unread - peer->unread_length;
        ssize_t length = room == 0 ? 0 : recv(peer->fd, peer->unread + peer->unread_length, room, 0);

        if (length < 0 && errno == EAGAIN)
            return;
        if (length <= 0) {
            load_fail(peer, room == 0 ? "answer too long" : length < 0 ? strerror(errno) : "closed by the server");
            return;
        }
        peer_take(peer, (size_t)length);
        if ((size_t)length < room)
            return;
    }
}

/* load_begin - starts connections while there is room, work, and time for them */
static void load_begin(struct load *load, uint64_t now)
{
    const struct load_options *options = &load->options;

    while (load->free_peers != NULL && load->begun < options->sessions && now >= load->retry_ns) {
        if (options->rate != 0 && load->opened >= (now - load->begin_ns) * options->rate / NS_PER_S)
            return;
        if (!peer_connect(load))
            return;
    }
}

/* load_wake - lets those go on whose pause is over; milliseconds until the next one */
static int load_wake(struct load *load)
{
    uint64_t now = load_now_ns();
    struct load_peer *peer;

    while ((peer = load->paused_first) != NULL && peer->due_ns <= now) {
        load->paused_first = peer->next;
        if (load->paused_first == NULL)
            load->paused_last = NULL;
        peer->state = LOAD_OPEN;
        load->protocol->go(peer);
    }
    load_begin(load, now);
    if (load->paused_first != NULL && load->options.pause_ms == 0)
        return 0;
    if (load->begun < load->options.sessions && load->free_peers != NULL)
        return 1;
    return load->paused_first != NULL ? 1 : 1000;
}

bool load_run(struct load *load)
{
    struct epoll_event events[EVENTS_AT_ONCE];

    load->begin_ns = load->progress_ns = load_now_ns();
    load->holding = load->options.hold != LOAD_HOLD_NONE;
    while (load->ended < load->options.sessions) {
        int count;

        if (load->holding && load->held + load->ended == load->options.sessions)
            hold_release(load);
        count = epoll_wait(load->epoll, events, EVENTS_AT_ONCE, load_wake(load));
        for (int i = 0; i < count; i++) {
            struct load_peer *peer = events[i].data.ptr;

            if (peer->state == LOAD_CONNECTING)
                peer_connected(peer);
            else if (peer->state != LOAD_FREE)
                peer_read(peer);
        }
        if (count > 0)
            load->progress_ns = load_now_ns();
        else if (load_now_ns() - load->progress_ns > load->options.timeout_s * NS_PER_S)
            break;
    }
    load->end_ns = load_now_ns();
    return load->ended >= load->options.sessions;
}

bool load_open(struct load *load)
{
    union socket_address address;
    struct rlimit limit;

    if (address_read(load->options.address, &address) == 0) {
        fprintf(stderr, "load: %s: neither unix:PATH nor inet:HOST:PORT\n", load->options.address);
        return false;
    }
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < load->options.concurrent + DESCRIPTORS_SPARE) {
            fprintf(stderr, "load: only %llu descriptors\n", (unsigned long long)limit.rlim_cur);
            return false;
        }
    }
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    load->peers = calloc(load->options.concurrent, sizeof *load->peers);
    if (load->epoll < 0 || load->peers == NULL) {
        fputs("load: out of memory or descriptors\n", stderr);
        return false;
    }
    for (size_t i = load->options.concurrent; i-- != 0;) {
        load->peers[i].fd = -1;
        load->peers[i].next = load->free_peers;
        load->free_peers = &load->peers[i];
    }
    return true;
}
