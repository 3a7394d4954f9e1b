/*
 * open.c - a file as a stream: unpacked by zlib, which takes what is not packed as it is, with a progress bar.
 */
#include "tool/observe/files.h"
#include "tool/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* An open file. */
struct packed {
    gzFile file;
    struct progress_bar bar;
    char *path;
};

/* packed_read - the next octets; -1 with errno: the file is broken, or cannot be read */
static ssize_t packed_read(void *cookie, char *to, size_t size)
{
    struct packed *packed = cookie;
    z_off_t at;
    int got, error = Z_OK;

    errno = 0;
    got = gzread(packed->file, to, size > 65536 ? 65536 : (unsigned)size);
    if (got == 0)
        gzerror(packed->file, &error);
    if (got < 0 || error == Z_BUF_ERROR) {
        errno = errno != 0 ? errno : EBADMSG;
        return -1;
    }
    at = gzoffset(packed->file);
    progress_step(&packed->bar, at < 0 ? 0 : (uint64_t)at);
    return got;
}

/* packed_close - end it */
static int packed_close(void *cookie)
{
    struct packed *packed = cookie;

    progress_end(&packed->bar);
    gzclose_r(packed->file);
    free(packed->path);
    free(packed);
    return 0;
}

/* packed_is_folder - zlib would read nothing */
static bool packed_is_folder(int fd, uint64_t *size)
{
    struct stat status;

    *size = 0;
    if (fstat(fd, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode))
        *size = (uint64_t)status.st_size;
    errno = EISDIR;
    return S_ISDIR(status.st_mode);
}

FILE *observe_open(const char *path)
{
    static const cookie_io_functions_t functions = {.read = packed_read, .close = packed_close};
    int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
    struct packed *packed = fd < 0 ? NULL : calloc(1, sizeof *packed);
    uint64_t size = 0;
    FILE *file = NULL;

    if (packed != NULL && !packed_is_folder(fd, &size) && (packed->path = strdup(path)) != NULL)
        packed->file = gzdopen(fd, "r");
    if (packed != NULL && packed->file != NULL) {
        progress_begin(&packed->bar, packed->path, size);
        file = fopencookie(packed, "r", functions);
        if (file != NULL)
            return file;
        gzclose_r(packed->file);
    } else if (fd >= 0) {
        int saved = errno;

        close(fd);
        errno = saved;
    }
    if (packed != NULL)
        free(packed->path);
    free(packed);
    return file;
}
