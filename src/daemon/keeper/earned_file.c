/*
 * earned_file.c - drafts that become files.
 *
 * The name of a draft is fixed, so that a crash leaves one at most, which the next draft takes over. Two writers, such
 * as the old and the new daemon at a restart, are kept apart by a lock on it.
 */
#include "daemon/keeper/earned_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DRAFT_SUFFIX ".new"
#define LINE_SIZE    1024 /* longer lines are compared in parts */
#define TRIES_MAX    5

/* earned_file_error - name the file and the cause; false */
static bool earned_file_error(const char *path, const char *cause, char error[EARNED_ERROR_SIZE])
{
    if (snprintf(error, EARNED_ERROR_SIZE, "%.400s: %.100s", path, cause) < 0)
        error[0] = '\0';
    return false;
}

/* earned_file_lock - -1 with errno: the draft is not ours alone, or no plain file */
static int earned_file_lock(const char *draft, int fd)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat ours, named;

    if (fcntl(fd, F_SETLK, &lock) != 0)
        return -1;
    if (fstat(fd, &ours) != 0)
        return -1;
    if (!S_ISREG(ours.st_mode) || ours.st_nlink > 1) {
        errno = EEXIST;
        return -1;
    }
    /* Whoever held the lock before us may have made this draft the file. */
    if (stat(draft, &named) != 0 || named.st_ino != ours.st_ino || named.st_dev != ours.st_dev) {
        errno = ESTALE;
        return -1;
    }
    return 0;
}

/* earned_file_draft - a descriptor of an empty, locked draft; -1 with errno */
static int earned_file_draft(const char *draft)
{
    int saved = ESTALE;

    for (int try = 0; try < TRIES_MAX && saved == ESTALE; try++) {
        int fd = open(draft, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);

        if (fd < 0)
            return -1;
        if (earned_file_lock(draft, fd) == 0 && ftruncate(fd, 0) == 0 && fchmod(fd, 0644) == 0)
            return fd;
        saved = errno;
        close(fd);
    }
    errno = saved;
    return -1;
}

bool earned_file_open(struct earned_file *file, const char *path, char error[EARNED_ERROR_SIZE])
{
    int fd;

    file->stream = NULL;
    if (snprintf(file->path, sizeof file->path, "%s", path) >= (int)sizeof file->path ||
        snprintf(file->draft, sizeof file->draft, "%s" DRAFT_SUFFIX, path) >= (int)sizeof file->draft)
        return earned_file_error(path, strerror(ENAMETOOLONG), error);
    fd = earned_file_draft(file->draft);
    if (fd < 0)
        return earned_file_error(path, errno == EAGAIN ? "another process writes it" : strerror(errno), error);
    file->stream = fdopen(fd, "w+");
    if (file->stream == NULL) {
        close(fd);
        return earned_file_error(path, strerror(ENOMEM), error);
    }
    return true;
}

/* earned_file_is_volatile - may this line differ? */
static bool earned_file_is_volatile(const char *line)
{
    size_t length = strlen(line);
    size_t end = sizeof EARNED_FILE_VOLATILE - 1;

    return length >= end && strcmp(line + length - end, EARNED_FILE_VOLATILE) == 0;
}

/* earned_file_equals - do both streams hold the same, from where they stand? */
static bool earned_file_equals(FILE *one, FILE *other)
{
    char line[LINE_SIZE], against[LINE_SIZE];

    for (;;) {
        const char *got = fgets(line, sizeof line, one);
        const char *had = fgets(against, sizeof against, other);

        if (got == NULL || had == NULL)
            return got == had && !ferror(one) && !ferror(other);
        if (strcmp(got, had) != 0 && !(earned_file_is_volatile(got) && earned_file_is_volatile(had)))
            return false;
    }
}

/* earned_file_is_there - is the file just what the draft would be? */
static bool earned_file_is_there(const struct earned_file *file)
{
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    FILE *there = fd < 0 ? NULL : fdopen(fd, "r");
    struct stat status;
    bool same;

    if (there == NULL) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    rewind(file->stream);
    same = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & 0777) == 0644 &&
           earned_file_equals(file->stream, there);
    return fclose(there) == 0 && same;
}

/* earned_file_sync_folder - make the new name durable; 0 or -1 with errno */
static int earned_file_sync_folder(const char *path)
{
    char folder[sizeof((struct earned_file *)NULL)->path];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    int fd, status;

    memcpy(folder, length == 0 ? "." : path, length == 0 ? 1 : length);
    folder[length == 0 ? 1 : length] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* a folder that we may write to, and not read */
    status = fsync(fd);
    close(fd);
    return status;
}

bool earned_file_close(struct earned_file *file, bool keep, char error[EARNED_ERROR_SIZE])
{
    bool fine = true;

    if (file->stream == NULL)
        return true;
    errno = 0;
    if (keep && (fflush(file->stream) != 0 || ferror(file->stream))) {
        fine = earned_file_error(file->path, strerror(errno != 0 ? errno : EIO), error);
        keep = false;
    }
    keep = keep && !earned_file_is_there(file);
    errno = 0;
    if (keep && (fsync(fileno(file->stream)) != 0 || rename(file->draft, file->path) != 0 ||
                 earned_file_sync_folder(file->path) != 0)) {
        fine = earned_file_error(file->path, strerror(errno), error);
        keep = false;
    }
    if (!keep)
        unlink(file->draft);
    if (fclose(file->stream) != 0 && fine)
        fine = earned_file_error(file->path, strerror(errno), error);
    file->stream = NULL;
    return fine;
}
