/*
 * fail.c - preloaded into the daemon: makes the nth call of one function fail, or do less than it was asked.
 *
 * Which one, when and how is read from a small file that the test has mapped too (TORTURE_FILE), so that it can change
 * its mind while the daemon runs. Counts only calls of the process that the file names, or of all but one.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#define SHORT (-1) /* instead of an errno: one octet, and no failure */

/* As in failing.py, in this order. */
enum function {
    NONE,
    MALLOC,
    CALLOC,
    REALLOC,
    READ,
    WRITE,
    SEND,
    RECV,
    ACCEPT,
    SOCKET,
    SETSOCKOPT,
    EPOLL_CTL,
    EPOLL_WAIT,
    FCNTL,
    PIPE,
    OPEN,
    GETRANDOM,
    FORK,
    CONNECT,
    BIND,
    SENDTO,
    SENDMSG,
    WRITEV,
    RECVFROM,
    RECVMSG
};

/* What the test wrote, and how often it struck. */
struct plan {
    int32_t function;
    int32_t left;  /* calls until it strikes: 1 is the next */
    int32_t times; /* so many calls fail in a row */
    int32_t error; /* errno, or SHORT */
    int32_t pid;   /* below 0: of all processes but that one */
    int32_t struck;
};

static struct plan *plan;

/* strikes - is it this call? */
static bool strikes(enum function function)
{
    int32_t left;

    if (plan == NULL || __atomic_load_n(&plan->function, __ATOMIC_ACQUIRE) != (int32_t)function ||
        (plan->pid < 0 ? plan->pid == -getpid() : plan->pid != getpid()))
        return false;
    left = __atomic_sub_fetch(&plan->left, 1, __ATOMIC_ACQ_REL);
    if (left > 0 || left <= -plan->times)
        return false;
    __atomic_add_fetch(&plan->struck, 1, __ATOMIC_ACQ_REL);
    errno = plan->error;
    return true;
}

/* is_short - does the call that was struck do one octet of its work? */
static bool is_short(size_t length)
{
    return plan->error == SHORT && length > 0;
}

/* The functions themselves; those of the allocator have names of their own in glibc. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);

#define REAL(name) static __typeof__(name) *real_##name

REAL(read);
REAL(write);
REAL(send);
REAL(recv);
REAL(accept4);
REAL(socket);
REAL(setsockopt);
REAL(epoll_ctl);
REAL(epoll_wait);
REAL(epoll_pwait2);
REAL(fcntl);
REAL(fcntl64);
REAL(pipe2);
REAL(open);
REAL(open64);
REAL(fopen);
REAL(fopen64);
REAL(getrandom);
REAL(fork);
REAL(connect);
REAL(bind);
REAL(sendto);
REAL(sendmsg);
REAL(writev);
REAL(recvfrom);
REAL(recvmsg);

/* find - the next function of this name */
static void find(void *where, const char *name)
{
    *(void **)where = dlsym(RTLD_NEXT, name);
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("TORTURE_FILE");
    void *mapped;
    int fd;

    find(&real_read, "read");
    find(&real_write, "write");
    find(&real_send, "send");
    find(&real_recv, "recv");
    find(&real_accept4, "accept4");
    find(&real_socket, "socket");
    find(&real_setsockopt, "setsockopt");
    find(&real_epoll_ctl, "epoll_ctl");
    find(&real_epoll_wait, "epoll_wait");
    find(&real_epoll_pwait2, "epoll_pwait2");
    find(&real_fcntl, "fcntl");
    find(&real_fcntl64, "fcntl64");
    find(&real_pipe2, "pipe2");
    find(&real_open, "open");
    find(&real_open64, "open64");
    find(&real_fopen, "fopen");
    find(&real_fopen64, "fopen64");
    find(&real_getrandom, "getrandom");
    find(&real_fork, "fork");
    find(&real_connect, "connect");
    find(&real_bind, "bind");
    find(&real_sendto, "sendto");
    find(&real_sendmsg, "sendmsg");
    find(&real_writev, "writev");
    find(&real_recvfrom, "recvfrom");
    find(&real_recvmsg, "recvmsg");
    fd = path == NULL ? -1 : real_open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return;
    mapped = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (mapped != MAP_FAILED)
        plan = mapped;
}

void *malloc(size_t size)
{
    return strikes(MALLOC) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return strikes(CALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    return strikes(REALLOC) ? NULL : __libc_realloc(block, size);
}

ssize_t read(int fd, void *buffer, size_t length)
{
    if (!strikes(READ))
        return real_read(fd, buffer, length);
    return is_short(length) ? real_read(fd, buffer, 1) : -1;
}

ssize_t write(int fd, const void *buffer, size_t length)
{
    if (!strikes(WRITE))
        return real_write(fd, buffer, length);
    return is_short(length) ? real_write(fd, buffer, 1) : -1;
}

ssize_t send(int fd, const void *buffer, size_t length, int flags)
{
    if (!strikes(SEND))
        return real_send(fd, buffer, length, flags);
    return is_short(length) ? real_send(fd, buffer, 1, flags) : -1;
}

ssize_t recv(int fd, void *buffer, size_t length, int flags)
{
    if (!strikes(RECV))
        return real_recv(fd, buffer, length, flags);
    return is_short(length) ? real_recv(fd, buffer, 1, flags) : -1;
}

int accept4(int fd, struct sockaddr *restrict address, socklen_t *restrict length, int flags)
{
    return strikes(ACCEPT) ? -1 : real_accept4(fd, address, length, flags);
}

int socket(int domain, int type, int protocol)
{
    return strikes(SOCKET) ? -1 : real_socket(domain, type, protocol);
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length)
{
    return strikes(SETSOCKOPT) ? -1 : real_setsockopt(fd, level, name, value, length);
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event *event)
{
    return strikes(EPOLL_CTL) ? -1 : real_epoll_ctl(epoll, operation, fd, event);
}

int epoll_wait(int epoll, struct epoll_event *events, int count, int timeout)
{
    return strikes(EPOLL_WAIT) ? -1 : real_epoll_wait(epoll, events, count, timeout);
}

int epoll_pwait2(int epoll, struct epoll_event *events, int count, const struct timespec *timeout, const sigset_t *mask)
{
    return strikes(EPOLL_WAIT) ? -1 : real_epoll_pwait2(epoll, events, count, timeout, mask);
}

int fcntl(int fd, int command, ...)
{
    __builtin_va_list list;
    void *argument;

    __builtin_va_start(list, command);
    argument = __builtin_va_arg(list, void *); /* every argument of fcntl fits */
    __builtin_va_end(list);
    return strikes(FCNTL) ? -1 : real_fcntl(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
    __builtin_va_list list;
    void *argument;

    __builtin_va_start(list, command);
    argument = __builtin_va_arg(list, void *);
    __builtin_va_end(list);
    return strikes(FCNTL) ? -1 : real_fcntl64(fd, command, argument);
}

int pipe2(int ends[2], int flags)
{
    return strikes(PIPE) ? -1 : real_pipe2(ends, flags);
}

int open(const char *path, int flags, ...)
{
    __builtin_va_list list;
    mode_t mode;

    __builtin_va_start(list, flags);
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t) __builtin_va_arg(list, unsigned) : 0;
    __builtin_va_end(list);
    return strikes(OPEN) ? -1 : real_open(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    __builtin_va_list list;
    mode_t mode;

    __builtin_va_start(list, flags);
    mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? (mode_t) __builtin_va_arg(list, unsigned) : 0;
    __builtin_va_end(list);
    return strikes(OPEN) ? -1 : real_open64(path, flags, mode);
}

FILE *fopen(const char *restrict path, const char *restrict mode)
{
    return strikes(OPEN) ? NULL : real_fopen(path, mode);
}

FILE *fopen64(const char *restrict path, const char *restrict mode)
{
    return strikes(OPEN) ? NULL : real_fopen64(path, mode);
}

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    return strikes(GETRANDOM) ? -1 : real_getrandom(buffer, length, flags);
}

pid_t fork(void)
{
    return strikes(FORK) ? -1 : real_fork();
}

int connect(int fd, const struct sockaddr *address, socklen_t length)
{
    return strikes(CONNECT) ? -1 : real_connect(fd, address, length);
}

int bind(int fd, const struct sockaddr *address, socklen_t length)
{
    return strikes(BIND) ? -1 : real_bind(fd, address, length);
}

ssize_t sendto(int fd, const void *buffer, size_t length, int flags, const struct sockaddr *address, socklen_t size)
{
    return strikes(SENDTO) ? -1 : real_sendto(fd, buffer, length, flags, address, size);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    return strikes(SENDMSG) ? -1 : real_sendmsg(fd, message, flags);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    if (!strikes(WRITEV))
        return real_writev(fd, pieces, count);
    return count > 0 && is_short(pieces[0].iov_len) ? real_write(fd, pieces[0].iov_base, 1) : -1;
}

ssize_t recvfrom(int fd, void *restrict buffer, size_t length, int flags, struct sockaddr *restrict address,
                 socklen_t *restrict size)
{
    return strikes(RECVFROM) ? -1 : real_recvfrom(fd, buffer, length, flags, address, size);
}

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    return strikes(RECVMSG) ? -1 : real_recvmsg(fd, message, flags);
}
