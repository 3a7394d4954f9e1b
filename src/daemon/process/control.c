/*
 * control.c - the few connections of `vouchsafe reload`.
 */
#include "daemon/process/control.h"

#include "base/text.h"
#include "daemon/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define READ_MS  5000 /* for the whole line */
#define PAUSE_MS 1000 /* no descriptors, no memory */

/* control_make_folder - the last folder of a path, if it is missing: /run is empty after each boot */
static void control_make_folder(const char *path, const struct privileges *us)
{
    char folder[CONF_STRING_SIZE];
    const char *slash = strrchr(path, '/');

    if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof folder)
        return;
    memcpy(folder, path, (size_t)(slash - path));
    folder[slash - path] = '\0';
    if (mkdir(folder, 0755) == 0 && (chown(folder, us->user, us->group) != 0 || chmod(folder, 0755) != 0))
        rmdir(folder); /* binding the socket then fails with the right words */
}

bool control_open(struct control *control, const char *path, const struct privileges *us, char error[CONF_ERROR_SIZE])
{
    struct listen_access access = {.mode = 0600, .owner = us->user, .group = us->group};
    char cause[CONF_ERROR_SIZE];
    struct text text;

    memset(control, 0, sizeof *control);
    control->endpoint.fd = -1;
    if (path[0] == '\0')
        return true;
    control_make_folder(path, us);
    if (listen_open_unix(&control->endpoint, path, &access, cause))
        return true;
    text_init(&text, error, CONF_ERROR_SIZE);
    text_add(&text, "daemon.control ");
    text_add(&text, cause);
    return false;
}

size_t control_watch(const struct control *control, struct pollfd polled[CONTROL_POLLED_MAX], int64_t *due_ms)
{
    size_t count = 0;
    bool room = false;

    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        const struct control_peer *peer = &control->peers[i];

        room = room || peer->state == CONTROL_FREE;
        if (peer->state != CONTROL_READING)
            continue;
        polled[count++] = (struct pollfd){.fd = peer->fd, .events = POLLIN};
        if (peer->deadline_ms < *due_ms)
            *due_ms = peer->deadline_ms;
    }
    if (control->paused_ms > clock_ms()) {
        if (control->paused_ms < *due_ms)
            *due_ms = control->paused_ms;
    } else if (room && control->endpoint.fd >= 0) {
        polled[count++] = (struct pollfd){.fd = control->endpoint.fd, .events = POLLIN};
    }
    return count;
}

/* control_end - close a connection */
static void control_end(struct control_peer *peer)
{
    close(peer->fd);
    peer->state = CONTROL_FREE;
}

/* control_tell - answer, whether the peer takes it or not, and close */
static void control_tell(struct control_peer *peer, const char *cause)
{
    char answer[2 * CONF_ERROR_SIZE];
    struct text text;

    text_init(&text, answer, sizeof answer - 1); /* the newline has room in any case */
    text_add(&text, cause == NULL ? "ok" : "error: ");
    text_add_printable(&text, text_bytes(cause));
    answer[text.length] = '\n';
    if (send(peer->fd, answer, text.length + 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        shutdown(peer->fd, SHUT_RDWR);
    control_end(peer);
}

/* control_obey - a whole line is there */
static void control_obey(struct control_peer *peer, size_t length)
{
    struct vouch_bytes command = {(const uint8_t *)peer->line, length};

    if (text_is(command, "reload"))
        peer->state = CONTROL_ASKED;
    else
        control_tell(peer, "no such command");
}

/* control_read - what a peer says, up to a newline */
static void control_read(struct control_peer *peer)
{
    ssize_t got = recv(peer->fd, peer->line + peer->length, sizeof peer->line - peer->length, MSG_DONTWAIT);
    const char *end;

    if (got < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (clock_ms() >= peer->deadline_ms)
            control_tell(peer, "no command came");
        return;
    }
    if (got <= 0) {
        control_end(peer);
        return;
    }
    peer->length += (size_t)got;
    end = memchr(peer->line, '\n', peer->length);
    if (end != NULL)
        control_obey(peer, (size_t)(end - peer->line));
    else if (peer->length == sizeof peer->line)
        control_tell(peer, "no such command");
}

/* control_accept - a new connection into a free place */
static void control_accept(struct control *control, struct control_peer *peer)
{
    peer->fd = accept4(control->endpoint.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (peer->fd >= 0) {
        peer->state = CONTROL_READING;
        peer->length = 0;
        peer->deadline_ms = clock_ms() + READ_MS;
    } else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) {
        control->paused_ms = clock_ms() + PAUSE_MS;
    }
}

void control_serve(struct control *control)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        struct control_peer *peer = &control->peers[i];

        if (peer->state == CONTROL_FREE && control->endpoint.fd >= 0 && control->paused_ms <= clock_ms())
            control_accept(control, peer);
        if (peer->state == CONTROL_READING)
            control_read(peer);
    }
}

bool control_is_asked(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (control->peers[i].state == CONTROL_ASKED)
            return true;
    }
    return false;
}

void control_begin(struct control *control)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (control->peers[i].state == CONTROL_ASKED)
            control->peers[i].state = CONTROL_WAITING;
    }
}

void control_answer(struct control *control, const char *cause)
{
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (control->peers[i].state == CONTROL_WAITING)
            control_tell(&control->peers[i], cause);
    }
}

void control_close(struct control *control)
{
    listen_close_socket(&control->endpoint);
    for (size_t i = 0; i < CONTROL_PEERS_MAX; i++) {
        if (control->peers[i].state != CONTROL_FREE)
            control_end(&control->peers[i]);
    }
}
