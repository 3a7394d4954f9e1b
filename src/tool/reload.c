/*
 * reload.c - vouchsafe reload: asks the daemon for a new generation with the configuration as it is now.
 */
#include "base/text.h"
#include "conf/conf.h"
#include "tool/tool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NAME        "reload"
#define DEADLINE_MS 60000
#define ANSWER_SIZE 2048

static const char usage[] = "usage: vouchsafe reload [--config FILE]\n";

/* reload_now_ms - milliseconds of a clock that only goes forward */
static int64_t reload_now_ms(void)
{
    struct timespec now = {0};

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* reload_wait - until the socket is ready for this, at the latest at the deadline */
static bool reload_wait(int fd, short events, int64_t deadline_ms)
{
    struct pollfd waiting = {.fd = fd, .events = events};

    for (;;) {
        int64_t left = deadline_ms - reload_now_ms();
        int ready = left <= 0 ? 0 : poll(&waiting, 1, (int)left);

        if (ready > 0)
            return true;
        if (ready == 0)
            errno = ETIMEDOUT;
        if (ready == 0 || errno != EINTR)
            return false;
    }
}

/* reload_connect - to the daemon; -1 with errno */
static int reload_connect(const char *path, int64_t deadline_ms)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd;

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    while (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        int cause = errno;

        if (cause == EAGAIN && reload_now_ms() < deadline_ms && poll(NULL, 0, 100) == 0)
            continue; /* its queue is full, and there is no event for a place in it */
        close(fd);
        errno = cause;
        return -1;
    }
    return fd;
}

/* reload_ask - send the command and read the answer, a line; false with errno, 0: it hung up */
static bool reload_ask(int fd, char answer[ANSWER_SIZE], int64_t deadline_ms)
{
    static const char command[] = "reload\n";
    size_t length = 0;

    if (send(fd, command, sizeof command - 1, MSG_NOSIGNAL) != (ssize_t)sizeof command - 1)
        return false;
    while (length < ANSWER_SIZE - 1) {
        ssize_t got;

        if (!reload_wait(fd, POLLIN, deadline_ms))
            return false;
        got = recv(fd, answer + length, ANSWER_SIZE - 1 - length, 0);
        errno = got == 0 ? 0 : errno;
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return false;
        length += (size_t)got;
        answer[length] = '\0';
        if (answer[length - 1] == '\n') {
            answer[length - 1] = '\0';
            return true;
        }
    }
    errno = EMSGSIZE;
    return false;
}

/* reload_run - ask the daemon behind this socket, and say what it said */
static int reload_run(const char *path)
{
    static const char error[] = "error: ";
    int64_t deadline_ms = reload_now_ms() + DEADLINE_MS;
    char answer[ANSWER_SIZE] = "";
    int status;
    int fd = reload_connect(path, deadline_ms);

    if (fd < 0)
        return tool_fail(NAME, "no daemon answers on %s: %s", path, strerror(errno));
    if (!reload_ask(fd, answer, deadline_ms)) {
        status = tool_fail(NAME, "%s: %s", path, errno == 0 ? "the daemon hung up" : strerror(errno));
    } else if (strcmp(answer, "ok") == 0) {
        puts("ok");
        status = TOOL_FINE;
    } else {
        size_t skip = strncmp(answer, error, sizeof error - 1) == 0 ? sizeof error - 1 : 0;

        status = tool_fail(NAME, "the daemon keeps its configuration: %s", answer + skip);
    }
    close(fd);
    return status;
}

int reload_main(int argc, char **argv)
{
    const char *file = CONF_FILE;
    char error[CONF_ERROR_SIZE];
    struct conf *conf;
    int status;

    if (argc == 2 && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)) {
        fputs(usage, stdout);
        return TOOL_FINE;
    }
    if (argc == 3 && strcmp(argv[1], "--config") == 0) {
        file = argv[2];
    } else if (argc != 1) {
        tool_fail(NAME, argc == 2 && strcmp(argv[1], "--config") == 0 ? "%s needs a value" : "unexpected: %s", argv[1]);
        fputs(usage, stderr);
        return TOOL_USAGE;
    }
    conf = malloc(sizeof *conf);
    if (conf == NULL)
        return tool_fail(NAME, "out of memory");
    conf_init(conf);
    if (!conf_read(conf, file, error))
        status = tool_fail(NAME, "the daemon was not asked: %s", error);
    else if (conf->daemon.control[0] == '\0')
        status = tool_fail(NAME, "%s: daemon.control is empty; send SIGHUP to the daemon instead", file);
    else
        status = reload_run(conf->daemon.control);
    free(conf);
    return status;
}
