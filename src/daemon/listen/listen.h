/*
 * listen.h - listening sockets: opened, handed from one generation to the next, closed with their files.
 */
#ifndef DAEMON_LISTEN_LISTEN_H
#define DAEMON_LISTEN_LISTEN_H

#include "daemon/process/privileges.h"

/* The file of a unix socket: who may connect. */
struct listen_access {
    uint16_t mode;
    uid_t owner;
    gid_t group;
};

struct listen_socket {
    int fd; /* -1: none */
    char title[CONF_STRING_SIZE];
    char path[CONF_STRING_SIZE]; /* unix; else empty */
    struct listen_access access;
    dev_t device; /* the file that bind made, so that nobody else's is removed */
    ino_t inode;
    const struct listen_socket *kept; /* the fd belongs to this one of an older set until listen_hand_over */
};

/* One for each listener of a configuration, by its index. */
struct listen_set {
    size_t count;
    struct listen_socket sockets[CONF_LISTENERS_MAX];
};

/* Opens a unix socket; replaces a file of one on which nobody answers. False with `error` = "PATH: cause". */
bool listen_open_unix(struct listen_socket *endpoint, const char *path, const struct listen_access *access,
                      char error[CONF_ERROR_SIZE]);

/* Closes a socket and removes its file. */
void listen_close_socket(struct listen_socket *endpoint);

/*
 * Opens all listeners of `conf`; those of the same title in `old` (or null) are kept, their files changed to the mode
 * and owner that hold now. A file without an owner in the configuration belongs to `us`. All or none: false with
 * `error` naming the listener.
 */
bool listen_open(struct listen_set *set, const struct conf *conf, const struct listen_set *old,
                 const struct privileges *us, char error[CONF_ERROR_SIZE]);

/* The new set will not do: closes what it opened, gives kept files their old mode and owner back. */
void listen_abandon(struct listen_set *set);

/* The new set holds: what it kept is its own, what it did not keep of `old` is closed. */
void listen_hand_over(struct listen_set *set, struct listen_set *old);

/* Closes all, removes the files. */
void listen_close(struct listen_set *set);

/* The port of an inet listener, also where the configuration says "any"; 0: none. */
uint16_t listen_port(const struct listen_socket *endpoint);

#endif
