/*
 * main.c - vouchsafed: options, configuration, foreground or background.
 */
#include "base/text.h"
#include "daemon/process/supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATUS_TROUBLE 2

static const char usage[] = "usage: vouchsafed [-c FILE] [-f]\n"
                            "       vouchsafed --version | --help\n\n"
                            "  -c, --config FILE   the configuration, " CONF_FILE " by default\n"
                            "  -f, --foreground    do not go to the background\n\n"
                            "See vouchsafed(8).\n";

/* What the command line says. */
struct request {
    const char *path;
    bool foreground;
};

/* main_fail - one line on standard error, control characters encoded; the exit status */
static int main_fail(const char *message)
{
    char safe[4096];
    struct text text;

    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(message));
    fprintf(stderr, "vouchsafed: %s\n", safe);
    return STATUS_TROUBLE;
}

/* main_parse - the command line; false: it is answered or wrong, `*status` says which */
static bool main_parse(struct request *request, int argc, char **argv, int *status)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"foreground", no_argument, NULL, 'f'},
        {"version", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int option;

    *status = 0;
    while ((option = getopt_long(argc, argv, "c:f", options, NULL)) != -1) {
        switch (option) {
        case 'c':
            request->path = optarg;
            break;
        case 'f':
            request->foreground = true;
            break;
        case 'v':
            puts("vouchsafed " VOUCH_VERSION);
            return false;
        case 'h':
            fputs(usage, stdout);
            return false;
        default:
            fputs(usage, stderr);
            *status = STATUS_TROUBLE;
            return false;
        }
    }
    if (optind == argc)
        return true;
    fputs(usage, stderr);
    *status = STATUS_TROUBLE;
    return false;
}

/* main_prepare - descriptors for many connections; files and sockets for us and our group alone */
static void main_prepare(void)
{
    struct rlimit limit;

    umask(027);
    signal(SIGPIPE, SIG_IGN);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
            fprintf(stderr, "vouchsafed: RLIMIT_NOFILE: %s\n", strerror(errno));
    }
}

/* main_open_streams - descriptors 0 to 2 are there, whoever started us: no socket may ever be one of them */
static bool main_open_streams(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    return fd >= 0 && close(fd) == 0;
}

/* main_wait - in the first process: until the daemon serves or says why not */
static int main_wait(int ready)
{
    char told[2048];
    size_t length = 0;
    ssize_t got;

    while (length < sizeof told && (got = read(ready, told + length, sizeof told - length)) != 0) {
        if (got > 0)
            length += (size_t)got;
        else if (errno != EINTR)
            break;
    }
    if (length == 1)
        return 0;
    if (length == 0)
        return main_fail("ended before it served");
    fputs("vouchsafed: ", stderr);
    fwrite(told, 1, length, stderr);
    return STATUS_TROUBLE;
}

/* main_leave - in the daemon: away from terminal and streams; standard error stays where the log goes there */
static bool main_leave(bool keep_stderr)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    return null >= 0 && setsid() >= 0 && dup2(null, STDIN_FILENO) >= 0 && dup2(null, STDOUT_FILENO) >= 0 &&
           (keep_stderr || dup2(null, STDERR_FILENO) >= 0) && close(null) == 0;
}

/* main_background - supervise in a process of its own; return when it serves */
static int main_background(struct conf *conf, const char *path)
{
    int ends[2];
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        free(conf);
        return main_fail(strerror(errno));
    }
    pid = fork();
    if (pid == 0) {
        bool left = main_leave(conf->log.to == CONF_LOG_STDERR);

        close(ends[0]);
        if (left)
            return supervisor_run(conf, path, ends[1]);
    }
    close(ends[1]);
    free(conf);
    if (pid <= 0)
        return main_fail(strerror(errno));
    return main_wait(ends[0]);
}

int main(int argc, char **argv)
{
    struct request request = {.path = CONF_FILE};
    char error[CONF_ERROR_SIZE];
    struct conf *conf;
    int status;

    if (!main_open_streams())
        return STATUS_TROUBLE;
    if (!main_parse(&request, argc, argv, &status))
        return status;
    main_prepare();
    conf = malloc(sizeof *conf);
    if (conf == NULL)
        return main_fail(strerror(ENOMEM));
    conf_init(conf);
    if (!conf_read(conf, request.path, error)) {
        free(conf);
        return main_fail(error);
    }
    if (conf->listeners_count == 0) {
        free(conf);
        return main_fail("the configuration has no listener: there is nothing to serve");
    }
    if (request.foreground)
        return supervisor_run(conf, request.path, -1);
    return main_background(conf, request.path);
}
