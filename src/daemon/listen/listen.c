/*
 * listen.c - opening and keeping the sockets that MTAs connect to.
 */
#include "daemon/listen/listen.h"

#include "base/text.h"
#include "daemon/log/log.h"

#include <errno.h>
#include <grp.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* listen_fail - "NAME: cause" into `error`; false */
static bool listen_fail(char error[CONF_ERROR_SIZE], const char *name, const char *cause)
{
    struct text text;

    text_init(&text, error, CONF_ERROR_SIZE);
    text_add_printable(&text, text_bytes(name));
    text_add(&text, ": ");
    text_add_printable(&text, text_bytes(cause));
    return false;
}

/* listen_is_answered - does somebody listen on this unix socket? errno says why not */
static bool listen_is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered;
    int cause;

    if (fd < 0)
        return false;
    answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    cause = errno;
    close(fd);
    errno = cause;
    return answered;
}

/* listen_clear - remove the file of a socket on which nobody answers; what else stands there is an error */
static bool listen_clear(const struct sockaddr_un *address, char error[CONF_ERROR_SIZE])
{
    struct stat status;

    if (lstat(address->sun_path, &status) != 0)
        return errno == ENOENT || listen_fail(error, address->sun_path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return listen_fail(error, address->sun_path, "there is a file that is no socket");
    if (listen_is_answered(address))
        return listen_fail(error, address->sun_path, "another process answers there");
    if (errno != ECONNREFUSED)
        return listen_fail(error, address->sun_path, strerror(errno));
    return unlink(address->sun_path) == 0 || errno == ENOENT || listen_fail(error, address->sun_path, strerror(errno));
}

/* listen_allow - mode, owner and group of the socket's file, where they differ */
static bool listen_allow(const char *path, const struct listen_access *access)
{
    struct stat status;

    if (lstat(path, &status) != 0)
        return false;
    if ((status.st_uid != access->owner || status.st_gid != access->group) &&
        lchown(path, access->owner, access->group) != 0)
        return false;
    return chmod(path, access->mode) == 0;
}

bool listen_open_unix(struct listen_socket *endpoint, const char *path, const struct listen_access *access,
                      char error[CONF_ERROR_SIZE])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;
    mode_t mask;
    bool bound;

    endpoint->fd = -1;
    if (strlen(path) >= sizeof address.sun_path || strlen(path) >= sizeof endpoint->path)
        return listen_fail(error, path, "longer than the name of a socket may be");
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (!listen_clear(&address, error))
        return false;
    endpoint->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (endpoint->fd < 0)
        return listen_fail(error, path, strerror(errno));
    mask = umask(0777);
    bound = bind(endpoint->fd, (const struct sockaddr *)&address, sizeof address) == 0;
    umask(mask);
    if (bound) {
        memcpy(endpoint->path, path, strlen(path) + 1);
        endpoint->access = *access;
    }
    /* nobody can connect before listen: by then mode and owner are right */
    if (bound && lstat(path, &status) == 0 && listen_allow(path, access) && listen(endpoint->fd, SOMAXCONN) == 0) {
        endpoint->device = status.st_dev;
        endpoint->inode = status.st_ino;
        return true;
    }
    listen_fail(error, path, strerror(errno));
    close(endpoint->fd);
    endpoint->fd = -1;
    if (bound)
        unlink(path);
    return false;
}

/* listen_open_inet - bind to an address and a port */
static bool listen_open_inet(struct listen_socket *endpoint, const struct conf_listener *listener,
                             char error[CONF_ERROR_SIZE])
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(listener->port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(listener->port)};
    bool is_six = listener->address.family == 6;
    const struct sockaddr *address = is_six ? (const struct sockaddr *)&six : (const struct sockaddr *)&four;
    socklen_t length = is_six ? sizeof six : sizeof four;
    const int yes = 1;

    memcpy(&four.sin_addr, listener->address.octets, sizeof four.sin_addr);
    memcpy(&six.sin6_addr, listener->address.octets, sizeof six.sin6_addr);
    endpoint->path[0] = '\0';
    endpoint->fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (endpoint->fd >= 0 && setsockopt(endpoint->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
        (!is_six || setsockopt(endpoint->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes) == 0) &&
        bind(endpoint->fd, address, length) == 0 && listen(endpoint->fd, SOMAXCONN) == 0)
        return true;
    listen_fail(error, "cannot listen", strerror(errno));
    if (endpoint->fd >= 0)
        close(endpoint->fd);
    endpoint->fd = -1;
    return false;
}

/* listen_find_owner - whose the file is to be; empty: us */
static bool listen_find_owner(struct listen_access *access, const struct conf_listener *listener,
                              const struct privileges *us, char error[CONF_ERROR_SIZE])
{
    const struct passwd *user = listener->owner[0] == '\0' ? NULL : getpwnam(listener->owner);
    const struct group *group = listener->group[0] == '\0' ? NULL : getgrnam(listener->group);

    if (listener->owner[0] != '\0' && user == NULL)
        return listen_fail(error, listener->owner, "no such user");
    if (listener->group[0] != '\0' && group == NULL)
        return listen_fail(error, listener->group, "no such group");
    access->mode = listener->mode;
    access->owner = user == NULL ? us->user : user->pw_uid;
    access->group = group == NULL ? us->group : group->gr_gid;
    return true;
}

/* listen_keep - go on with a socket that is open already, its file as it is to be now */
static bool listen_keep(struct listen_socket *endpoint, const struct listen_socket *old,
                        const struct listen_access *access, char error[CONF_ERROR_SIZE])
{
    *endpoint = *old;
    endpoint->kept = old;
    endpoint->access = *access;
    if (old->path[0] == '\0' || memcmp(access, &old->access, sizeof *access) == 0 || listen_allow(old->path, access))
        return true;
    listen_fail(error, old->path, strerror(errno));
    return false;
}

/* listen_open_one - the socket of one listener, kept or new */
static bool listen_open_one(struct listen_socket *endpoint, const struct conf_listener *listener,
                            const struct listen_set *old, const struct privileges *us, char error[CONF_ERROR_SIZE])
{
    struct listen_access access;

    memset(&access, 0, sizeof access); /* it is compared as a whole */
    if (!listen_find_owner(&access, listener, us, error))
        return false;
    for (size_t i = 0; old != NULL && i < old->count; i++) {
        if (strcmp(old->sockets[i].title, listener->title) == 0)
            return listen_keep(endpoint, &old->sockets[i], &access, error);
    }
    memcpy(endpoint->title, listener->title, sizeof endpoint->title);
    return listener->address.family == 0 ? listen_open_unix(endpoint, listener->path, &access, error)
                                         : listen_open_inet(endpoint, listener, error);
}

bool listen_open(struct listen_set *set, const struct conf *conf, const struct listen_set *old,
                 const struct privileges *us, char error[CONF_ERROR_SIZE])
{
    char cause[CONF_ERROR_SIZE];

    memset(set, 0, sizeof *set);
    for (size_t i = 0; i < conf->listeners_count; i++) {
        set->sockets[i].fd = -1;
        set->count++;
        if (!listen_open_one(&set->sockets[i], &conf->listeners[i], old, us, cause)) {
            struct text text;

            text_init(&text, error, CONF_ERROR_SIZE);
            text_add(&text, "listener ");
            text_add_printable(&text, text_bytes(conf->listeners[i].title));
            text_add(&text, ": ");
            text_add(&text, cause);
            listen_abandon(set);
            return false;
        }
    }
    return true;
}

/* listen_remove_file - if it still is the one that bind made */
static void listen_remove_file(const struct listen_socket *endpoint)
{
    struct stat status;

    if (endpoint->path[0] == '\0' || lstat(endpoint->path, &status) != 0 || status.st_dev != endpoint->device ||
        status.st_ino != endpoint->inode)
        return;
    if (unlink(endpoint->path) != 0)
        log_line(LOG_NOTICE, "%s stays: %s", endpoint->path, strerror(errno));
}

void listen_close_socket(struct listen_socket *endpoint)
{
    if (endpoint->fd < 0)
        return;
    listen_remove_file(endpoint);
    close(endpoint->fd);
    endpoint->fd = -1;
}

void listen_abandon(struct listen_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct listen_socket *endpoint = &set->sockets[i];
        const struct listen_socket *old = endpoint->kept;

        if (old == NULL)
            listen_close_socket(endpoint);
        else if (old->path[0] != '\0' && !listen_allow(old->path, &old->access))
            log_line(LOG_WARNING, "%s: %s", old->path, strerror(errno));
    }
    set->count = 0;
}

void listen_hand_over(struct listen_set *set, struct listen_set *old)
{
    for (size_t i = 0; i < old->count; i++) {
        bool kept = false;

        for (size_t j = 0; j < set->count && !kept; j++)
            kept = set->sockets[j].kept == &old->sockets[i];
        if (!kept)
            listen_close_socket(&old->sockets[i]);
    }
    for (size_t i = 0; i < set->count; i++)
        set->sockets[i].kept = NULL;
    old->count = 0;
}

void listen_close(struct listen_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        listen_close_socket(&set->sockets[i]);
    set->count = 0;
}

uint16_t listen_port(const struct listen_socket *endpoint)
{
    struct sockaddr_storage address;
    socklen_t length = sizeof address;
    const struct sockaddr_in *four = (const struct sockaddr_in *)&address;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)&address;

    if (endpoint->fd < 0 || endpoint->path[0] != '\0' ||
        getsockname(endpoint->fd, (struct sockaddr *)&address, &length) != 0)
        return 0;
    return ntohs(address.ss_family == AF_INET6 ? six->sin6_port : four->sin_port);
}
