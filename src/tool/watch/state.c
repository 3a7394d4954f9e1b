/*
 * state.c - the state of a watch: a JSON file that is whole at any time, and held by one run only.
 */
#include "tool/watch/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define LOCK_SUFFIX  ".lock"
#define DRAFT_SUFFIX ".new"
#define COUNT_MAX    INT32_MAX /* of runs, and of changes that were dropped */

/* state_fail - name the file and the cause; false */
static bool state_fail(const char *path, const char *cause, char error[WATCH_ERROR_SIZE])
{
    if (snprintf(error, WATCH_ERROR_SIZE, "%.500s: %.400s", path, cause) < 0)
        error[0] = '\0';
    return false;
}

/* state_beside - the state's path with a suffix, from malloc; null: out of memory */
static char *state_beside(const char *path, const char *suffix)
{
    size_t size = strlen(path) + strlen(suffix) + 1;
    char *beside = malloc(size);

    if (beside != NULL && snprintf(beside, size, "%s%s", path, suffix) < 0)
        beside[0] = '\0';
    return beside;
}

/* state_lock - keep other runs out as long as we live; -1 with errno */
static int state_lock(const char *path)
{
    char *name = state_beside(path, LOCK_SUFFIX);
    int fd = name == NULL ? -1 : open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int cause;

    free(name);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    cause = errno;
    close(fd);
    errno = cause;
    return -1;
}

/* strings_are_sane - an array of strings? */
static bool strings_are_sane(const json_t *strings)
{
    size_t i;
    json_t *string;

    json_array_foreach(strings, i, string)
    {
        if (!json_is_string(string))
            return false;
    }
    return json_is_array(strings);
}

/* count_is_sane - a count that can grow */
static bool count_is_sane(json_int_t count)
{
    return count >= 0 && count <= COUNT_MAX;
}

/* finding_is_sane - all that is read later is there, of its kind */
static bool finding_is_sane(json_t *finding)
{
    const char *text;
    json_t *evidence;
    json_int_t runs;
    int told;

    return json_unpack(finding, "{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:I,s:b}", "rule", &text, "name", &text, "severity",
                       &text, "clause", &text, "mend", &text, "advice", &text, "evidence", &evidence, "runs", &runs,
                       "told", &told) == 0 &&
           strings_are_sane(evidence) && count_is_sane(runs);
}

/* records_are_sane - the same for the record sets of a subject; none yet are sane */
static bool records_are_sane(json_t *records)
{
    json_t *sets, *set;
    const char *owner, *type;

    json_object_foreach(records, owner, sets)
    {
        if (!json_is_object(sets))
            return false;
        json_object_foreach(sets, type, set)
        {
            if (!strings_are_sane(set))
                return false;
        }
    }
    return records == NULL || json_is_object(records);
}

/* subject_is_sane - the same for a subject */
static bool subject_is_sane(json_t *subject)
{
    json_t *findings, *finding, *texts;
    json_int_t runs;
    const char *key;
    int told;

    if (json_unpack(subject, "{s:o,s:{s:I,s:b,s:o}}", "findings", &findings, "trouble", "runs", &runs, "told", &told,
                    "texts", &texts) != 0 ||
        !strings_are_sane(texts) || !json_is_object(findings) || !count_is_sane(runs) ||
        !records_are_sane(json_object_get(subject, "records")))
        return false;
    json_object_foreach(findings, key, finding)
    {
        if (!finding_is_sane(finding))
            return false;
    }
    return true;
}

/* change_is_sane - the same for a change that waits to be told */
static bool change_is_sane(json_t *change)
{
    const char *text;

    return json_unpack(change, "{s:s,s:s,s:s}", "time", &text, "subject", &text, "change", &text) == 0;
}

/* untold_is_sane - the same for what a channel was not told */
static bool untold_is_sane(json_t *untold)
{
    json_t *changes, *change;
    json_int_t dropped;
    size_t i;

    if (json_unpack(untold, "{s:o,s:I}", "changes", &changes, "dropped", &dropped) != 0 || !json_is_array(changes) ||
        !count_is_sane(dropped))
        return false;
    json_array_foreach(changes, i, change)
    {
        if (!change_is_sane(change))
            return false;
    }
    return true;
}

/* state_is_sane - is this a state of a watch? */
static bool state_is_sane(json_t *root)
{
    json_t *subjects, *untold, *value;
    const char *key;
    json_int_t version;

    if (json_unpack(root, "{s:I,s:o,s:o}", "vouchsafe_watch", &version, "subjects", &subjects, "untold", &untold) !=
            0 ||
        version != 1 || !json_is_object(subjects) || !json_is_object(untold))
        return false;
    json_object_foreach(subjects, key, value)
    {
        if (!subject_is_sane(value))
            return false;
    }
    json_object_foreach(untold, key, value)
    {
        if (!untold_is_sane(value))
            return false;
    }
    return true;
}

/* state_read - read the file, or begin an empty state if there is none */
static bool state_read(struct watch_state *state, char error[WATCH_ERROR_SIZE])
{
    int fd = state->path == NULL ? -1 : open(state->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    json_error_t fault;
    char cause[WATCH_ERROR_SIZE];

    if (fd < 0 && state->path != NULL && errno != ENOENT)
        return state_fail(state->path, strerror(errno), error);
    if (fd < 0) {
        state->root = json_pack("{s:i,s:{},s:{}}", "vouchsafe_watch", 1, "subjects", "untold");
        return state->root != NULL || state_fail("state", strerror(ENOMEM), error);
    }
    state->root = json_loadfd(fd, JSON_REJECT_DUPLICATES, &fault);
    close(fd);
    if (state->root != NULL && state_is_sane(state->root))
        return true;
    if (snprintf(cause, sizeof cause,
                 "line %d: damaged, or no state of a watch%s%s; it stays as it is, move it away to start over",
                 state->root == NULL ? fault.line : 1, state->root == NULL ? ": " : "",
                 state->root == NULL ? fault.text : "") < 0)
        cause[0] = '\0';
    return state_fail(state->path, cause, error);
}

bool watch_state_open(struct watch_state *state, const char *path, char error[WATCH_ERROR_SIZE])
{
    state->path = path;
    state->root = NULL;
    state->lock = path == NULL ? -1 : state_lock(path);
    if (path != NULL && state->lock < 0)
        return state_fail(path, errno == EWOULDBLOCK ? "another run is at work" : strerror(errno), error);
    return state_read(state, error);
}

/* state_write - write the draft and make it durable; 0 or -1 with errno */
static int state_write(const json_t *root, const char *draft)
{
    int fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    int status = -1, cause;

    if (fd < 0)
        return -1;
    errno = EIO;
    if (json_dumpfd(root, fd, JSON_INDENT(1) | JSON_ENSURE_ASCII) == 0 && write(fd, "\n", 1) == 1)
        status = fsync(fd);
    cause = errno;
    if (close(fd) != 0 && status == 0)
        return -1;
    errno = cause;
    return status;
}

/* state_sync_folder - make the new name durable; 0 or -1 with errno */
static int state_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
    int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int status;

    free(folder);
    if (fd < 0)
        return errno == EACCES ? 0 : -1; /* a folder that we may write to, and not read */
    status = fsync(fd);
    close(fd);
    return status;
}

bool watch_state_save(struct watch_state *state, char error[WATCH_ERROR_SIZE])
{
    char *draft;
    bool ok;

    if (state->path == NULL)
        return true;
    draft = state_beside(state->path, DRAFT_SUFFIX);
    ok = draft != NULL && state_write(state->root, draft) == 0 && rename(draft, state->path) == 0 &&
         state_sync_folder(state->path) == 0;
    if (!ok) {
        state_fail(state->path, strerror(errno), error);
        if (draft != NULL)
            unlink(draft);
    }
    free(draft);
    return ok;
}

void watch_state_close(struct watch_state *state)
{
    json_decref(state->root);
    if (state->lock >= 0)
        close(state->lock);
}
