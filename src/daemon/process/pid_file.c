/*
 * pid_file.c - written while we are root, locked as long as we live.
 */
#include "daemon/process/pid_file.h"

#include "daemon/log/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* pid_file_write - lock it and write our number; a lock of fcntl is not inherited by children */
static bool pid_file_write(int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

    if (fcntl(fd, F_SETLK, &lock) != 0) {
        errno = errno == EACCES ? EAGAIN : errno;
        return false;
    }
    return ftruncate(fd, 0) == 0 && dprintf(fd, "%ld\n", (long)getpid()) > 0;
}

int pid_file_open(const char *path, char error[CONF_ERROR_SIZE])
{
    int fd;

    error[0] = '\0';
    if (path[0] == '\0')
        return -1;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd >= 0 && pid_file_write(fd))
        return fd;
    if (snprintf(error, CONF_ERROR_SIZE, "daemon.pid_file %.300s: %s", path,
                 errno == EAGAIN ? "held by a vouchsafed that runs already" : strerror(errno)) < 0)
        error[0] = '\0';
    if (fd >= 0)
        close(fd);
    return -1;
}

void pid_file_close(int fd, const char *path)
{
    if (fd < 0)
        return;
    if (unlink(path) != 0 && ftruncate(fd, 0) != 0)
        log_line(LOG_NOTICE, "%s stays: %s", path, strerror(errno));
    close(fd);
}
