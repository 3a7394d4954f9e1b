/*
 * worker.c - one process that serves: opens what it needs, runs the loop, ends in good order.
 *
 * It ends in three steps: no new connections and idle ones closed (retiring), the rest within limits.drain_ms
 * (draining), and then whatever is left is cut off.
 */
#include "daemon/process/worker.h"

#include "daemon/judge/canary.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/visit.h"
#include "daemon/keeper/client.h"
#include "daemon/listen/accept.h"
#include "daemon/listen/http.h"
#include "daemon/listen/stream.h"
#include "daemon/log/log.h"
#include "daemon/loop.h"
#include "daemon/process/child.h"
#include "session/sources.h"

#include <errno.h>
#include <event2/event.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_RESERVE 600 /* for what is no connection: questions to name servers, log, loop */
#define LOOK_MS             100 /* between two looks for idle connections, while retiring */
#define REFRESH_S           1   /* between two looks at the files of private lists */

/* All that a worker owns. */
struct serving {
    struct worker worker; /* what the protocols see */
    const struct worker_config *config;
    struct sources sources;
    struct acceptor *acceptor; /* null: retiring */
    struct canaries *canaries; /* null: no accreditor needs a look */
    struct event *terminate, *retire;
    struct event *refresh;  /* null: no private list comes from a file */
    struct event *look;     /* while retiring */
    struct event *deadline; /* of draining */
};

/* worker_look - close what is idle; the end, if nothing is left */
static void worker_look(evutil_socket_t fd, short what, void *arg)
{
    struct serving *serving = arg;

    (void)fd;
    (void)what;
    stream_close_idle();
    if (stream_count() == 0)
        event_base_loopbreak(serving->worker.base);
}

/* worker_stop - the end of draining */
static void worker_stop(evutil_socket_t fd, short what, void *arg)
{
    struct serving *serving = arg;

    (void)fd;
    (void)what;
    if (stream_count() != 0)
        log_line(LOG_NOTICE, "%zu connections are cut off", stream_count());
    event_base_loopbreak(serving->worker.base);
}

/* worker_retire - SIGUSR1: no new connections, end with the last one */
static void worker_retire(evutil_socket_t fd, short what, void *arg)
{
    struct serving *serving = arg;
    struct timeval often = {0, LOOK_MS * 1000};

    if (serving->acceptor == NULL)
        return;
    accept_close(serving->acceptor);
    serving->acceptor = NULL;
    canaries_retire(serving->canaries);
    close(serving->config->accepts);
    if (event_add(serving->look, &often) != 0)
        event_base_loopbreak(serving->worker.base);
    worker_look(fd, what, serving);
}

/* worker_drain - SIGTERM: the same, with a deadline */
static void worker_drain(evutil_socket_t fd, short what, void *arg)
{
    struct serving *serving = arg;
    uint32_t drain_ms = serving->worker.conf->limits.drain_ms;
    struct timeval wait = {drain_ms / 1000, drain_ms % 1000 * 1000};

    worker_retire(fd, what, serving);
    if (!event_pending(serving->deadline, EV_TIMEOUT, NULL) && event_add(serving->deadline, &wait) != 0)
        event_base_loopbreak(serving->worker.base);
}

/* worker_connections - how many connections the process may have; the system may allow fewer than the configuration */
static size_t worker_connections(const struct conf *conf)
{
    size_t wanted = conf->limits.connections;
    struct rlimit limit;
    size_t files, allowed;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return wanted;
    files = (size_t)limit.rlim_cur;
    allowed = files > 2 * DESCRIPTORS_RESERVE ? files - DESCRIPTORS_RESERVE : files / 2;
    if (allowed >= wanted)
        return wanted;
    log_line(LOG_WARNING, "limits.connections is %zu, but with %zu descriptors allowed there can be %zu", wanted, files,
             allowed);
    return allowed;
}

/* worker_open_events - the signals and timers of the end */
static bool worker_open_events(struct serving *serving)
{
    struct event_base *base = serving->worker.base;

    serving->terminate = evsignal_new(base, SIGTERM, worker_drain, serving);
    serving->retire = evsignal_new(base, SIGUSR1, worker_retire, serving);
    serving->look = event_new(base, -1, EV_PERSIST, worker_look, serving);
    serving->deadline = evtimer_new(base, worker_stop, serving);
    return serving->terminate != NULL && serving->retire != NULL && serving->look != NULL &&
           serving->deadline != NULL && event_add(serving->terminate, NULL) == 0 &&
           event_add(serving->retire, NULL) == 0;
}

/* worker_refresh - read private lists anew that have changed */
static void worker_refresh(evutil_socket_t fd, short what, void *arg)
{
    struct serving *serving = arg;
    char error[SOURCES_ERROR_SIZE];

    (void)fd;
    (void)what;
    if (sources_refresh_lists(&serving->sources, error))
        judge_forget(serving->worker.judge);
    if (error[0] != '\0')
        log_line(LOG_ERR, "%s", error);
}

/* worker_open_refresh - the timer of that, if there is a list in a file */
static bool worker_open_refresh(struct serving *serving)
{
    struct timeval often = {REFRESH_S, 0};
    bool any = false;

    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++)
        any = any || serving->sources.lists[i].list != NULL;
    if (!any)
        return true;
    serving->refresh = event_new(serving->worker.base, -1, EV_PERSIST, worker_refresh, serving);
    return serving->refresh != NULL && event_add(serving->refresh, &often) == 0;
}

/* worker_open_keeper - the line to the keeper, if there is one: what it knows becomes a source */
static bool worker_open_keeper(struct serving *serving)
{
    struct worker *worker = &serving->worker;

    if (serving->config->keeper < 0)
        return true;
    worker->keeper = keeper_client_open(worker->base, worker->conf, serving->config->keeper);
    if (worker->keeper == NULL)
        return false;
    serving->sources.store = keeper_client_store(worker->keeper);
    return true;
}

/* worker_open_canaries - checks of the accreditors, if the DNS answers for any */
static bool worker_open_canaries(struct serving *serving)
{
    const struct vouch_settings *settings = &serving->worker.conf->settings;
    bool any = false;

    for (size_t i = 0; i < settings->services_count; i++)
        any = any || settings->services[i].style != VOUCH_STYLE_LIST;
    if (!any || serving->worker.conf->canaries.interval_ms == 0)
        return true;
    serving->canaries = canaries_open(serving->worker.base, &serving->sources, serving->worker.judge,
                                      serving->config->number);
    return serving->canaries != NULL;
}

/* worker_open - all that it takes to serve; false with `error` */
static bool worker_open(struct serving *serving, char error[SOURCES_ERROR_SIZE])
{
    static const char memory[] = "out of memory";
    struct worker *worker = &serving->worker;
    char notice[SOURCES_ERROR_SIZE];

    memcpy(error, memory, sizeof memory);
    worker->base = event_base_new();
    if (worker->base == NULL)
        return false;
    if (!sources_open(&serving->sources, worker->conf, worker->base, notice, error))
        return false;
    if (notice[0] != '\0')
        log_line(LOG_NOTICE, "%s", notice);
    if (!http_prepare(worker->conf, error))
        return false;
    memcpy(error, memory, sizeof memory);
    worker->sources = &serving->sources;
    if (!worker_open_keeper(serving))
        return false;
    worker->judge = judge_open(worker->base, worker->conf, &serving->sources);
    if (worker->judge == NULL || !worker_open_canaries(serving) || !worker_open_events(serving) ||
        !worker_open_refresh(serving))
        return false;
    serving->acceptor = accept_open(worker, serving->config->listeners, worker_connections(worker->conf));
    return serving->acceptor != NULL;
}

/* worker_close - give everything back */
static void worker_close(struct serving *serving)
{
    accept_close(serving->acceptor);
    stream_close_all();
    visit_close_all();
    judge_close(serving->worker.judge);
    keeper_client_close(serving->worker.keeper);
    canaries_close(serving->canaries);
    sources_close(&serving->sources);
    loop_free_event(serving->terminate);
    loop_free_event(serving->retire);
    loop_free_event(serving->refresh);
    loop_free_event(serving->look);
    loop_free_event(serving->deadline);
    if (serving->worker.base != NULL)
        event_base_free(serving->worker.base);
}

int worker_run(const struct worker_config *config)
{
    struct serving serving = {.worker = {.conf = config->conf}, .config = config};
    char error[SOURCES_ERROR_SIZE];
    bool fine;
    int status = 1;

    signal(SIGPIPE, SIG_IGN);
    log_open(config->log, config->conf->log.level);
    fine = worker_open(&serving, error);
    if (!child_tell(config->status, fine ? "ready" : error))
        log_line(LOG_ERR, "nobody heard how the start of this worker went: %s", strerror(errno));
    else if (fine)
        status = loop_run(serving.worker.base);
    worker_close(&serving);
    return status;
}
