/*
 * earned_job.c - a thread that writes the earned list, once for each start.
 *
 * It shares nothing with the loop but the job: the loop reads it again when the thread has ended.
 */
#include "daemon/keeper/earned_job.h"

#include "daemon/clock.h"
#include "daemon/loop.h"
#include "store/database.h"
#include "store/ledger.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct earned_job {
    const struct conf *conf;
    earned_job_done *done;
    void *owner;
    int ended; /* an eventfd, written by the thread */
    struct event *readable;
    pthread_t thread;
    bool runs; /* it is there, and nobody has joined it */
    atomic_bool stop;
    bool fine;
    char error[EARNED_ERROR_SIZE];
};

/* job_write - the thread's work */
static void job_write(struct earned_job *job)
{
    const struct ledger_rules rules = {.keep_days = 0}; /* it only reads */
    struct database *database = database_open(job->conf->store.file, true);
    struct ledger *ledger = database == NULL ? NULL : ledger_open(database, &rules);

    snprintf(job->error, sizeof job->error, "out of memory for the earned list");
    job->fine = ledger != NULL &&
                earned_write(&job->conf->earned, ledger, clock_unix_ms() / 1000, &job->stop, job->error);
    ledger_close(ledger);
    database_close(database);
}

/* job_run - the thread */
static void *job_run(void *arg)
{
    struct earned_job *job = arg;
    uint64_t one = 1;

    job_write(job);
    while (write(job->ended, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    return NULL;
}

/* job_end - the thread has ended */
static void job_end(evutil_socket_t fd, short what, void *arg)
{
    struct earned_job *job = arg;
    uint64_t count;

    (void)what;
    if (read(fd, &count, sizeof count) != (ssize_t)sizeof count)
        return;
    pthread_join(job->thread, NULL);
    job->runs = false;
    job->done(job->owner, job->fine ? NULL : job->error);
}

bool earned_job_start(struct earned_job *job)
{
    sigset_t all, before;

    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0) /* signals are for the loop */
        return false;
    job->runs = pthread_create(&job->thread, NULL, job_run, job) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return job->runs;
}

struct earned_job *earned_job_open(struct event_base *base, const struct conf *conf, earned_job_done *done, void *owner)
{
    struct earned_job *job = calloc(1, sizeof *job);

    if (job == NULL)
        return NULL;
    job->conf = conf;
    job->done = done;
    job->owner = owner;
    job->ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (job->ended >= 0)
        job->readable = event_new(base, job->ended, EV_READ | EV_PERSIST, job_end, job);
    if (job->readable != NULL && event_add(job->readable, NULL) == 0)
        return job;
    earned_job_close(job);
    return NULL;
}

void earned_job_close(struct earned_job *job)
{
    if (job == NULL)
        return;
    atomic_store(&job->stop, true);
    if (job->runs)
        pthread_join(job->thread, NULL);
    loop_free_event(job->readable);
    if (job->ended >= 0)
        close(job->ended);
    free(job);
}
