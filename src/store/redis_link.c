/*
 * redis_link.c - one connection over a raw socket, its commands in flight, and the pauses between attempts.
 *
 * What goes wrong inside a reply is noted (link_break) and put into effect after it (link_lose), so that no loop works
 * on a connection that is gone. The one timer is the pause while the link is down, and else looks after the oldest
 * command: how long has it been without its reply?
 */
#include "store/redis_link.h"

#include "base/text.h"
#include "store/redis_reply.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_MIN_MS 100
#define PAUSE_MAX_MS 5000
#define CHUNK        16384 /* octets that are read or written at once */
#define CHUNKS_MAX   16    /* that are read before others have their turn */

enum link_state { LINK_DOWN, LINK_CONNECTING, LINK_GREETING, LINK_READY };

/* A command without its reply. */
struct link_call {
    TAILQ_ENTRY(link_call) link;
    redis_replied *replied;
    void *owner;
    int64_t since_ms;
};

TAILQ_HEAD(link_calls, link_call);

struct redis_link {
    struct redis_link_owner owner;
    struct event_base *base;
    struct event readable, writable, timer;
    struct evbuffer *out;
    struct redis_reader reader;
    struct link_calls calls;
    enum link_state state;
    int fd;
    uint32_t silence_ms, pause_ms;
    bool fresh;  /* nothing went wrong yet */
    bool broken; /* to be lost as soon as that can be done */
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
        struct sockaddr_un local;
    } address;
    socklen_t address_length;
    char *password; /* null: none */
    char where[160];
    char trouble[STORE_ERROR_SIZE];
};

static void link_attempt(struct redis_link *link);

/* now_ms - time that only goes forward */
static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* link_wait - sets the timer */
static void link_wait(struct redis_link *link, int64_t time_ms)
{
    struct timeval time = {(time_t)(time_ms / 1000), (suseconds_t)(time_ms % 1000 * 1000)};

    event_add(&link->timer, &time);
}

/* link_words - begins the words of trouble with the server's name */
static void link_words(struct redis_link *link, struct text *text)
{
    text_init(text, link->trouble, sizeof link->trouble);
    text_add(text, "Redis at ");
    text_add(text, link->where);
    text_add(text, " ");
}

/* link_break - notes that the connection is of no use, and why; `cause` may be null */
static void link_break(struct redis_link *link, const char *words, const char *cause)
{
    struct text text;

    if (link->broken)
        return;
    link->broken = true;
    link_words(link, &text);
    text_add(&text, words);
    if (cause != NULL) {
        text_add(&text, ": ");
        text_add_printable(&text, text_bytes(cause));
    }
}

/* link_drop_calls - tells all open commands that their replies do not come */
static void link_drop_calls(struct redis_link *link)
{
    struct link_calls calls = TAILQ_HEAD_INITIALIZER(calls);
    struct link_call *call;

    TAILQ_CONCAT(&calls, &link->calls, link);
    while ((call = TAILQ_FIRST(&calls)) != NULL) {
        TAILQ_REMOVE(&calls, call, link);
        call->replied(call->owner, NULL);
        free(call);
    }
}

/* link_disconnect - closes what belongs to this connection */
static void link_disconnect(struct redis_link *link)
{
    link->state = LINK_DOWN;
    event_del(&link->timer);
    if (link->fd >= 0) {
        event_del(&link->readable);
        event_del(&link->writable);
        close(link->fd);
        link->fd = -1;
    }
    redis_reader_free(&link->reader);
    evbuffer_drain(link->out, evbuffer_get_length(link->out));
    link_drop_calls(link);
}

/* link_settle - if the connection broke: ends it, and tries again after a pause that grows */
static void link_settle(struct redis_link *link)
{
    if (!link->broken)
        return;
    link->broken = false;
    link->fresh = false;
    link_disconnect(link);
    link_wait(link, link->pause_ms);
    link->pause_ms = link->pause_ms * 2 < PAUSE_MAX_MS ? link->pause_ms * 2 : PAUSE_MAX_MS;
    link->owner.lost(link->owner.self);
}

/* link_write - puts what waits on the socket, as far as that takes it */
static void link_write(struct redis_link *link)
{
    size_t length;

    while (!link->broken && (length = evbuffer_get_length(link->out)) > 0) {
        ssize_t sent;

        if (length > CHUNK)
            length = CHUNK;
        sent = send(link->fd, evbuffer_pullup(link->out, (ev_ssize_t)length), length, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent > 0) {
            evbuffer_drain(link->out, (size_t)sent);
        } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            event_add(&link->writable, NULL);
            return;
        } else if (sent < 0 && errno != EINTR) {
            link_break(link, "cannot be written to", strerror(errno));
        }
    }
}

/* link_take - hands replies to those who asked, in order */
static void link_take(struct redis_link *link)
{
    struct redisReply *reply;
    enum redis_read read = REDIS_READ_REPLY;

    while (!link->broken && (read = redis_reader_next(&link->reader, &reply)) == REDIS_READ_REPLY) {
        struct link_call *call = TAILQ_FIRST(&link->calls);

        if (call == NULL) {
            link_break(link, "sends a reply that nobody asked for", NULL);
        } else {
            if (link->state == LINK_READY)
                link->pause_ms = PAUSE_MIN_MS;
            TAILQ_REMOVE(&link->calls, call, link);
            call->replied(call->owner, reply);
            free(call);
        }
        freeReplyObject(reply);
    }
    if (!link->broken && read == REDIS_READ_BROKEN)
        link_break(link, "speaks another protocol", link->reader.reader->errstr);
}

/* link_read - takes what came, and the replies in it; true: there may be more */
static bool link_read(struct redis_link *link)
{
    char chunk[CHUNK];
    ssize_t length = recv(link->fd, chunk, sizeof chunk, MSG_DONTWAIT);

    if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
        return false;
    if (length < 0)
        link_break(link, "cannot be read from", strerror(errno));
    else if (length == 0)
        link_break(link, "closed the connection", NULL);
    else if (!redis_reader_feed(&link->reader, chunk, (size_t)length))
        link_break(link, "sends a reply that is too long", NULL);
    else
        link_take(link);
    return !link->broken && length == sizeof chunk;
}

/* link_admitted - the server's reply to the password */
static void link_admitted(void *owner, const struct redisReply *reply)
{
    struct redis_link *link = owner;
    char words[256];
    struct text text;

    if (reply == NULL || (reply->type == REDIS_REPLY_STATUS && text_is(redis_reply_text(reply), "OK")))
        return;
    text_init(&text, words, sizeof words);
    redis_reply_words(&text, reply);
    link_break(link, "does not take the password", words);
}

/* link_greeted - the server's reply to PING decides whether it can be asked */
static void link_greeted(void *owner, const struct redisReply *reply)
{
    struct redis_link *link = owner;
    char words[256];
    struct text text;

    if (reply == NULL)
        return;
    if (reply->type == REDIS_REPLY_STATUS && text_is(redis_reply_text(reply), "PONG")) {
        link->state = LINK_READY;
        link->fresh = false;
        link->trouble[0] = '\0';
        link->owner.ready(link->owner.self);
        return;
    }
    text_init(&text, words, sizeof words);
    redis_reply_words(&text, reply);
    link_break(link, "does not serve us", words);
}

/* link_put - a command into the buffer, and its call into the line */
static bool link_put(struct redis_link *link, const struct redis_command *command, redis_replied *replied, void *owner)
{
    struct link_call *call = malloc(sizeof *call);
    char *octets = NULL;
    int length = -1;
    bool first = TAILQ_EMPTY(&link->calls);

    if (call != NULL && !command->cut)
        length = redisFormatCommandArgv(&octets, command->count, (const char **)(uintptr_t)command->words, NULL);
    if (length < 0 || evbuffer_add(link->out, octets, (size_t)length) != 0) {
        redisFreeCommand(octets);
        free(call);
        return false;
    }
    redisFreeCommand(octets);
    *call = (struct link_call){.replied = replied, .owner = owner, .since_ms = now_ms()};
    TAILQ_INSERT_TAIL(&link->calls, call, link);
    if (first)
        link_wait(link, link->silence_ms);
    event_add(&link->writable, NULL);
    return true;
}

/* link_greet - the connection is there: password and PING */
static void link_greet(struct redis_link *link)
{
    struct redis_command admit = {.count = 0}, ping = {.count = 0};
    int error = 0;
    socklen_t size = sizeof error;

    if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (error != 0) {
        link_break(link, "cannot be reached", strerror(error));
        return;
    }
    link->state = LINK_GREETING;
    event_del(&link->timer);
    event_add(&link->readable, NULL);
    redis_command_add(&admit, "AUTH");
    redis_command_add(&ping, "PING");
    if (link->password != NULL)
        redis_command_add(&admit, link->password);
    if ((link->password != NULL && !link_put(link, &admit, link_admitted, link)) ||
        !link_put(link, &ping, link_greeted, link))
        link_break(link, "cannot be asked", strerror(ENOMEM));
}

/* on_readable - replies came, or the end */
static void on_readable(evutil_socket_t fd, short what, void *self)
{
    struct redis_link *link = self;

    (void)fd;
    (void)what;
    for (unsigned i = 0; i < CHUNKS_MAX && link_read(link); i++)
        continue;
    link_settle(link);
}

/* on_writable - connected, or there is room for more */
static void on_writable(evutil_socket_t fd, short what, void *self)
{
    struct redis_link *link = self;

    (void)fd;
    (void)what;
    if (link->state == LINK_CONNECTING)
        link_greet(link);
    link_write(link);
    link_settle(link);
}

/* on_timer - the pause is over, or somebody has waited for long */
static void on_timer(evutil_socket_t fd, short what, void *self)
{
    struct redis_link *link = self;
    const struct link_call *oldest = TAILQ_FIRST(&link->calls);
    int64_t waited_ms;

    (void)fd;
    (void)what;
    if (link->state == LINK_DOWN) {
        link_attempt(link);
    } else if (link->state == LINK_CONNECTING) {
        link_break(link, "cannot be reached", strerror(ETIMEDOUT));
    } else if (oldest != NULL) {
        waited_ms = now_ms() - oldest->since_ms;
        if (waited_ms >= link->silence_ms)
            link_break(link, "does not answer", NULL);
        else
            link_wait(link, link->silence_ms - waited_ms);
    }
    link_settle(link);
}

/* link_attempt - connects, without waiting for it */
static void link_attempt(struct redis_link *link)
{
    link->fd = socket(link->address.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (link->fd < 0 || !redis_reader_init(&link->reader)) {
        link_break(link, "cannot be connected to", strerror(errno));
        if (link->fd >= 0)
            close(link->fd);
        link->fd = -1;
        return;
    }
    event_assign(&link->readable, link->base, link->fd, EV_READ | EV_PERSIST, on_readable, link);
    event_assign(&link->writable, link->base, link->fd, EV_WRITE, on_writable, link);
    link->state = LINK_CONNECTING;
    link_wait(link, link->silence_ms);
    if (connect(link->fd, &link->address.any, link->address_length) == 0 || errno == EINPROGRESS)
        event_add(&link->writable, NULL);
    else
        link_break(link, "cannot be reached", strerror(errno));
}

/* read_inet - ADDRESS:PORT or [ADDRESS]:PORT */
static bool read_inet(struct redis_link *link, const char *where)
{
    const char *colon = strrchr(where, ':');
    struct vouch_address address;
    size_t length;
    int64_t port;

    if (colon == NULL || !redis_read_number(text_bytes(colon + 1), 1, UINT16_MAX, &port))
        return false;
    length = (size_t)(colon - where);
    if (length > 2 && where[0] == '[' && where[length - 1] == ']') {
        where++;
        length -= 2;
    }
    if (!vouch_address_parse(&address, where, length))
        return false;
    if (address.family == 4) {
        link->address.in4.sin_family = AF_INET;
        link->address.in4.sin_port = htons((uint16_t)port);
        memcpy(&link->address.in4.sin_addr, address.octets, 4);
        link->address_length = sizeof link->address.in4;
    } else {
        link->address.in6.sin6_family = AF_INET6;
        link->address.in6.sin6_port = htons((uint16_t)port);
        memcpy(&link->address.in6.sin6_addr, address.octets, 16);
        link->address_length = sizeof link->address.in6;
    }
    return true;
}

/* read_where - where the server is; false: that makes no sense */
static bool read_where(struct redis_link *link, const char *where)
{
    struct text text;

    text_init(&text, link->where, sizeof link->where);
    text_add_printable(&text, text_bytes(where));
    if (strncmp(where, "inet:", 5) == 0)
        return read_inet(link, where + 5);
    if (strncmp(where, "unix:", 5) != 0 || where[5] == '\0' || strlen(where + 5) >= sizeof link->address.local.sun_path)
        return false;
    link->address.local.sun_family = AF_UNIX;
    memcpy(link->address.local.sun_path, where + 5, strlen(where + 5) + 1);
    link->address_length = sizeof link->address.local;
    return true;
}

void redis_command_add(struct redis_command *command, const char *word)
{
    if (command->count < REDIS_WORDS_MAX)
        command->words[command->count++] = word;
    else
        command->cut = true;
}

struct redis_link *redis_link_open(struct event_base *base, const char *where, const char *password,
                                   uint32_t silence_ms, const struct redis_link_owner *owner,
                                   char error[STORE_ERROR_SIZE])
{
    struct redis_link *link = calloc(1, sizeof *link);
    struct text text;

    text_init(&text, error, STORE_ERROR_SIZE);
    if (link == NULL || (link->out = evbuffer_new()) == NULL ||
        (password != NULL && (link->password = strdup(password)) == NULL)) {
        text_add(&text, "out of memory");
        redis_link_close(link);
        return NULL;
    }
    TAILQ_INIT(&link->calls);
    link->owner = *owner;
    link->base = base;
    link->fd = -1;
    link->silence_ms = silence_ms;
    link->pause_ms = PAUSE_MIN_MS;
    link->fresh = true;
    event_assign(&link->timer, base, -1, 0, on_timer, link);
    if (!read_where(link, where)) {
        text_add(&text, "\"");
        text_add(&text, link->where);
        text_add(&text, "\" is no server: unix:PATH, inet:ADDRESS:PORT or inet:[ADDRESS]:PORT");
        redis_link_close(link);
        return NULL;
    }
    link_attempt(link);
    if (link->broken)
        link_wait(link, 0); /* the owner is told by the loop */
    return link;
}

bool redis_link_is_ready(const struct redis_link *link)
{
    return link->state == LINK_READY && !link->broken;
}

bool redis_link_is_fresh(const struct redis_link *link)
{
    return link->fresh && !link->broken;
}

bool redis_link_send(struct redis_link *link, const struct redis_command *command, redis_replied *replied, void *owner)
{
    return redis_link_is_ready(link) && link_put(link, command, replied, owner);
}

const char *redis_link_trouble(const struct redis_link *link)
{
    return link->trouble[0] != '\0' ? link->trouble : NULL;
}

const char *redis_link_where(const struct redis_link *link)
{
    return link->where;
}

void redis_link_flush(struct redis_link *link, uint32_t time_ms)
{
    int64_t end_ms = now_ms() + time_ms, left_ms = time_ms;

    while (redis_link_is_ready(link) && !TAILQ_EMPTY(&link->calls) && left_ms > 0) {
        struct pollfd ready = {.fd = link->fd, .events = POLLIN};

        link_write(link);
        if (evbuffer_get_length(link->out) > 0)
            ready.events |= POLLOUT;
        if (!link->broken && poll(&ready, 1, (int)left_ms) > 0 && (ready.revents & ~POLLOUT) != 0)
            link_read(link);
        left_ms = end_ms - now_ms();
    }
}

void redis_link_end(struct redis_link *link)
{
    link_disconnect(link);
}

void redis_link_close(struct redis_link *link)
{
    if (link == NULL)
        return;
    if (link->owner.self != NULL)
        link_disconnect(link);
    if (link->out != NULL)
        evbuffer_free(link->out);
    if (link->password != NULL)
        explicit_bzero(link->password, strlen(link->password));
    free(link->password);
    free(link);
}
