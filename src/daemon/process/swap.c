/*
 * swap.c - from one configuration to the next without losing a session.
 */
#include "daemon/process/swap.h"

#include "base/text.h"
#include "daemon/clock.h"
#include "daemon/listen/http.h"
#include "daemon/log/log.h"
#include "daemon/log/logger.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define START_MS    50000 /* for a generation to get ready: a resolver that does not answer takes its time */
#define WRITER_MS   2000  /* for a writer of the log to write its last lines */
#define RETIRED_MAX 8     /* generations that wait for their last connections; more, and the oldest drains */

void swap_tell(struct supervisor *supervisor, const char *cause)
{
    char safe[2 * CONF_ERROR_SIZE];
    struct text text;

    text_init(&text, safe, sizeof safe);
    if (supervisor->ready < 0 && cause != NULL)
        text_add(&text, "vouchsafed: ");
    if (cause == NULL && supervisor->ready >= 0)
        text_add_char(&text, '+');
    text_add_printable(&text, text_bytes(cause));
    if (cause != NULL)
        text_add_char(&text, '\n');
    if (write(supervisor->ready < 0 ? STDERR_FILENO : supervisor->ready, safe, text.length) < 0)
        log_drop(1); /* nobody listens any more */
    if (supervisor->ready >= 0 && cause == NULL)
        close(supervisor->ready);
    supervisor->ready =
        -1; /* after trouble it closes with our end: who waits there is to find nothing of us any more */
}

/* swap_retire - put a generation into the list of those that end by themselves */
static void swap_retire(struct supervisor *supervisor, struct generation *generation)
{
    size_t count = 0;

    generation_retire(generation);
    generation->older = supervisor->retired;
    supervisor->retired = generation;
    for (const struct generation *at = generation; at != NULL; at = at->older) {
        if (++count > RETIRED_MAX) /* again is no harm: draining goes on */
            generation_signal(at, SIGTERM);
    }
}

size_t swap_bury(struct supervisor *supervisor)
{
    struct generation **link = &supervisor->retired;
    size_t count = 0;

    while (*link != NULL) {
        struct generation *generation = *link;
        bool left = generation_alive(generation) != 0 || generation_release(generation, clock_ms());

        if (!left && generation->writer.pid == 0) {
            *link = generation->older;
            generation_close(generation);
        } else {
            link = &generation->older;
            count++;
        }
    }
    return count;
}

/* swap_has_acceptors - could a worker of a retired generation still take a connection? */
static bool swap_has_acceptors(const struct supervisor *supervisor)
{
    bool any = false;

    for (struct generation *at = supervisor->retired; at != NULL; at = at->older)
        any = generation_accepts(at) || any;
    return any;
}

/* swap_has_writers - does a writer of a retired generation still live? */
static bool swap_has_writers(const struct supervisor *supervisor)
{
    for (const struct generation *at = supervisor->retired; at != NULL; at = at->older) {
        if (at->writer.pid != 0)
            return true;
    }
    return false;
}

bool swap_begin(struct supervisor *supervisor, struct generation *generation, char error[CONF_ERROR_SIZE])
{
    supervisor->next = generation;
    supervisor->start_ms = clock_ms() + START_MS;
    return generation_start(generation, &supervisor->pipe, error);
}

/* swap_read - the configuration as it is now, or null */
static struct conf *swap_read(const struct supervisor *supervisor, char error[CONF_ERROR_SIZE])
{
    struct conf *conf = malloc(sizeof *conf);

    if (conf == NULL) {
        if (snprintf(error, CONF_ERROR_SIZE, "out of memory") < 0)
            error[0] = '\0';
        return NULL;
    }
    conf_init(conf);
    if (conf_read(conf, supervisor->path, error)) {
        if (conf->listeners_count > 0)
            return conf;
        if (snprintf(error, CONF_ERROR_SIZE, "%.300s: no listener", supervisor->path) < 0)
            error[0] = '\0';
    }
    free(conf);
    return NULL;
}

void swap_reload(struct supervisor *supervisor)
{
    char error[CONF_ERROR_SIZE] = "out of memory";
    char kept[CONF_ERROR_SIZE];
    struct conf *conf;
    struct generation *generation;

    supervisor->reload_asked = false;
    control_begin(&supervisor->control);
    conf = swap_read(supervisor, error);
    if (conf == NULL) {
        swap_fail(supervisor, error);
        return;
    }
    conf_keep(conf, supervisor->current->conf, kept);
    if (kept[0] != '\0')
        log_line(LOG_WARNING, "changed, but counting only after a restart: %s", kept);
    generation = generation_open(conf);
    if (generation == NULL ||
        !listen_open(&generation->sockets, conf, &supervisor->current->sockets, &supervisor->us, error)) {
        generation_close(generation);
        swap_fail(supervisor, error);
        return;
    }
    if (!swap_begin(supervisor, generation, error))
        swap_fail(supervisor, error);
}

/* swap_kill - end a generation that did not come to serve */
static void swap_kill(struct supervisor *supervisor, struct generation *generation)
{
    bool first = supervisor->current == NULL;

    listen_abandon(&generation->sockets);
    for (size_t i = 0; i < generation->workers_count; i++) {
        struct child *worker = &generation->workers[i];

        child_signal(worker,
                     worker->ready && !first ? SIGTERM : SIGKILL); /* one that serves may have sessions: drain */
    }
    if (first && generation->writer.ready) { /* what the workers said about their trouble is for the log */
        generation_order(generation, LOGGER_GO);
        generation_order(generation, LOGGER_END);
        supervisor->writers_ms = clock_ms() + WRITER_MS;
    } else {
        child_signal(&generation->writer, SIGKILL);
    }
    swap_retire(supervisor, generation);
}

void swap_fail(struct supervisor *supervisor, const char *cause)
{
    struct generation *failed = supervisor->next;
    char copy[CONF_ERROR_SIZE]; /* the cause may live in `failed` */
    struct text text;

    text_init(&text, copy, sizeof copy);
    text_add(&text, cause);
    supervisor->next = NULL;
    if (failed != NULL) /* first: who hears the answer finds nothing of it any more */
        swap_kill(supervisor, failed);
    if (supervisor->current != NULL) {
        log_line(LOG_ERR, "reload failed, the old configuration goes on: %s", copy);
        control_answer(&supervisor->control, copy);
    } else {
        swap_tell(supervisor, copy);
        supervisor->stopping = true;
        supervisor->stop_ms = clock_ms() + WRITER_MS;
        supervisor->status = 2;
    }
}

/* swap_say_listeners - log the sockets that were not open before */
static void swap_say_listeners(const struct listen_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        uint16_t port = listen_port(&set->sockets[i]);

        if (set->sockets[i].kept == NULL && port != 0)
            log_line(LOG_INFO, "listening on %s, port %u", set->sockets[i].title, (unsigned)port);
        else if (set->sockets[i].kept == NULL)
            log_line(LOG_INFO, "listening on %s", set->sockets[i].title);
    }
}

/* swap_do - `next` serves from now on */
static void swap_do(struct supervisor *supervisor)
{
    struct generation *old = supervisor->current;
    struct generation *generation = supervisor->next;

    supervisor->current = generation;
    supervisor->next = NULL;
    supervisor->swapped = true;
    swap_say_listeners(&generation->sockets);
    http_warn(generation->conf);
    if (old == NULL) {
        swap_tell(supervisor, NULL);
        return;
    }
    listen_hand_over(&generation->sockets, &old->sockets);
    generation_signal(old, SIGUSR1);
    generation_order(old, LOGGER_END);
    supervisor->writers_ms = clock_ms() + WRITER_MS;
    swap_retire(supervisor, old);
}

/* swap_finish - the log is ours: say that it is done */
static void swap_finish(struct supervisor *supervisor)
{
    const struct generation *current = supervisor->current;

    supervisor->swapped = false;
    log_open(supervisor->pipe.say, current->conf->log.level);
    log_line(LOG_NOTICE, "vouchsafed " VOUCH_VERSION " serves, listeners: %zu, workers: %zu%s", current->sockets.count,
             current->workers_count, supervisor->has_served ? ", reloaded" : "");
    supervisor->has_served = true;
    control_answer(&supervisor->control, NULL);
}

void swap_tick(struct supervisor *supervisor, int64_t now)
{
    struct generation *current;
    bool accepting;

    if (supervisor->next != NULL && generation_is_ready(supervisor->next))
        swap_do(supervisor);
    if (supervisor->next != NULL && now >= supervisor->start_ms)
        swap_fail(supervisor, "the workers did not get ready in time");
    if (now >= supervisor->writers_ms) {
        for (const struct generation *at = supervisor->retired; at != NULL; at = at->older)
            child_signal(&at->writer, SIGKILL);
    }
    accepting = swap_has_acceptors(supervisor);
    current = supervisor->current;
    if (current == NULL || !current->writer.ready || current->writer_going || swap_has_writers(supervisor))
        return;
    if (accepting && now < supervisor->writers_ms)
        return; /* who hears that it is done is served by the new configuration from then on */
    generation_order(supervisor->current, LOGGER_GO);
    if (supervisor->swapped)
        swap_finish(supervisor);
}
