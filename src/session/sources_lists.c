/*
 * sources_lists.c - private lists in files: read at the start, and anew when they changed.
 *
 * A list of a million names takes a second or two to read, in which no session must stand still: a changed file is read
 * by a thread of its own, which touches nothing but its struct reading and is joined by a later look. A file is read
 * once it looks the same at two looks in a row, so that one which is being written is let alone, and what changed while
 * it was read is thrown away.
 */
#include "session/sources_lists.h"

#include "accredit/list.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(SOURCES_ERROR_SIZE >= LIST_ERROR_SIZE, "one buffer takes the message of any list");

/* A file that is being read; until `over` all but `over` is the thread's. */
struct sources_reading {
    pthread_t thread;
    bool has_thread;
    atomic_bool over;
    const char *path;  /* of the configuration */
    struct stat file;  /* before */
    bool held_still;   /* the file is the same after it was read */
    struct list *list; /* null: an error */
    char error[SOURCES_ERROR_SIZE];
};

bool sources_fail(char error[SOURCES_ERROR_SIZE], const char *path, const char *cause)
{
    struct text text;

    text_init(&text, error, SOURCES_ERROR_SIZE);
    text_add_printable(&text, text_bytes(path));
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

/* sources_has_file - is this service a list of names in a file? */
static bool sources_has_file(const struct conf *conf, unsigned service)
{
    return conf->settings.services[service].style == VOUCH_STYLE_LIST && !conf->accreditors[service].shared;
}

/* sources_file_differs - is it another file, or was it written since? */
static bool sources_file_differs(const struct stat *a, const struct stat *b)
{
    return a->st_dev != b->st_dev || a->st_ino != b->st_ino || a->st_size != b->st_size ||
           a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec ||
           a->st_ctim.tv_sec != b->st_ctim.tv_sec || a->st_ctim.tv_nsec != b->st_ctim.tv_nsec;
}

/* sources_read_list - a new list out of this file, and what the file looked like before; null: an error */
static struct list *sources_read_list(const char *path, struct stat *status, char error[SOURCES_ERROR_SIZE])
{
    FILE *file = fopen(path, "re");
    struct list *list;
    bool fine;

    if (file == NULL) {
        sources_fail(error, path, strerror(errno));
        return NULL;
    }
    list = list_new();
    if (list == NULL)
        fine = sources_fail(error, path, "out of memory");
    else if (fstat(fileno(file), status) != 0)
        fine = sources_fail(error, path, strerror(errno));
    else
        fine = list_read(list, file, path, error);
    if (fclose(file) != 0 && fine)
        fine = sources_fail(error, path, strerror(errno));
    if (fine)
        return list;
    list_free(list);
    return NULL;
}

bool sources_lists_open(struct sources *sources, char error[SOURCES_ERROR_SIZE])
{
    const struct conf *conf = sources->conf;

    for (unsigned i = 0; i < conf->settings.services_count; i++) {
        struct sources_list *own = &sources->lists[i];

        if (!sources_has_file(conf, i))
            continue;
        own->list = sources_read_list(conf->accreditors[i].file, &own->file, error);
        own->seen = own->file;
        if (own->list == NULL)
            return false;
    }
    return true;
}

void sources_lists_notice(const struct sources *sources, struct text *notice)
{
    for (unsigned i = 0; i < sources->conf->settings.services_count; i++) {
        const struct list *list = sources->lists[i].list;

        if (list == NULL || list_notice(list)[0] == '\0')
            continue;
        text_add(notice, notice->length != 0 ? "; " : "");
        text_add(notice, list_notice(list));
    }
}

/* reading_run - read the file, in whatever thread */
static void *reading_run(void *context)
{
    struct sources_reading *reading = context;
    struct stat after = {0};

    reading->list = sources_read_list(reading->path, &reading->file, reading->error);
    if (reading->list != NULL)
        memcpy(reading->error, list_notice(reading->list), strlen(list_notice(reading->list)) + 1);
    reading->held_still = stat(reading->path, &after) == 0 && !sources_file_differs(&reading->file, &after);
    atomic_store(&reading->over, true);
    return NULL;
}

/* reading_begin - let a thread read the file; it takes no signals. False: there can be none */
static bool reading_begin(struct sources_reading *reading)
{
    sigset_t all, before;
    bool fine;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    fine = pthread_create(&reading->thread, NULL, reading_run, reading) == 0;
    return pthread_sigmask(SIG_SETMASK, &before, NULL) == 0 && fine;
}

/* reading_end - wait for the thread; the list that it read, or null */
static struct list *reading_end(struct sources_list *own, char error[SOURCES_ERROR_SIZE])
{
    struct sources_reading *reading = own->reading;
    struct list *list;

    if (reading->has_thread && pthread_join(reading->thread, NULL) != 0)
        abort(); /* no other error than a wrong thread */
    list = reading->list;
    own->reading = NULL;
    if (reading->held_still) {
        own->file = reading->file;
        memcpy(error, reading->error, SOURCES_ERROR_SIZE);
    } else {
        list_free(list);
        list = NULL;
    }
    free(reading);
    return list;
}

/* sources_begin_reading - read a file beside the loop; where there can be no thread, within it */
static void sources_begin_reading(struct sources_list *own, const char *path)
{
    struct sources_reading *reading = calloc(1, sizeof *reading);

    if (reading == NULL)
        return; /* at the next look */
    reading->path = path;
    reading->file = own->seen;
    own->reading = reading;
    reading->has_thread = reading_begin(reading);
    if (!reading->has_thread)
        reading_run(reading);
}

/* sources_is_settled - did the file change, and look the same at the last look? */
static bool sources_is_settled(struct sources_list *own, const struct stat *status)
{
    bool same = !sources_file_differs(status, &own->seen);

    own->seen = *status;
    return same && sources_file_differs(status, &own->file);
}

/* sources_refresh_list - look at one file; true: the list is another */
static bool sources_refresh_list(struct sources_list *own, const char *path, char error[SOURCES_ERROR_SIZE])
{
    struct stat status = {0};
    int cause = stat(path, &status) == 0 ? 0 : errno;
    struct list *list;

    if (own->reading != NULL) {
        if (!atomic_load(&own->reading->over))
            return false;
        list = reading_end(own, error);
        if (list == NULL)
            return false;
        list_free(own->list);
        own->list = list;
        return true;
    }
    if (!sources_is_settled(own, &status))
        return false;
    if (cause == 0 && S_ISREG(status.st_mode) && (status.st_size != 0 || list_count(own->list) == 0)) {
        sources_begin_reading(own, path);
        return false;
    }
    own->file = status; /* told once */
    sources_fail(error, path,
                 cause != 0                ? strerror(cause)
                 : S_ISREG(status.st_mode) ? "is empty, and was not; a comment line says that it is meant"
                                           : "no regular file");
    return false;
}

bool sources_refresh_lists(struct sources *sources, char error[SOURCES_ERROR_SIZE])
{
    bool changed = false;
    struct text text;

    text_init(&text, error, SOURCES_ERROR_SIZE);
    for (unsigned i = 0; i < sources->conf->settings.services_count; i++) {
        char cause[SOURCES_ERROR_SIZE] = "";

        if (!sources_has_file(sources->conf, i))
            continue;
        changed |= sources_refresh_list(&sources->lists[i], sources->conf->accreditors[i].file, cause);
        if (cause[0] == '\0')
            continue;
        text_add(&text, text.length != 0 ? "; " : "");
        text_add(&text, cause);
    }
    return changed;
}

void sources_lists_close(struct sources *sources)
{
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++) {
        struct sources_list *own = &sources->lists[i];
        char error[SOURCES_ERROR_SIZE];

        if (own->reading != NULL)
            list_free(reading_end(own, error));
        list_free(own->list);
        own->list = NULL;
    }
}
