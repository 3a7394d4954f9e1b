/*
 * keeper.c - the loop of the process that remembers: questions of workers to the store, their records to the ledger.
 *
 * Time is spent in small pieces: a bounded number of packets of each line a turn, a bounded amount of expiry. While
 * another program writes the file, questions are answered, and what is to be written waits: records where they are
 * gathered, other writes here, those whose worker waits for an answer no longer than it does.
 */
#include "daemon/keeper/keeper.h"

#include "accredit/organization.h"
#include "daemon/clock.h"
#include "daemon/keeper/earned_job.h"
#include "daemon/keeper/inquiry.h"
#include "daemon/keeper/packets.h"
#include "daemon/keeper/records.h"
#include "daemon/keeper/wire.h"
#include "daemon/log/alarm.h"
#include "daemon/log/log.h"
#include "daemon/loop.h"
#include "daemon/process/child.h"

#include <errno.h>
#include <event2/event.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TURN_MAX     64   /* packets of a line a turn */
#define BATCH_ROWS   1000 /* records that are written at once */
#define COMMIT_MS    250  /* records wait for no longer */
#define DIRECT_MS    10   /* votes and rows: their transaction is open */
#define LOOK_MS      1000 /* between two looks for trouble */
#define PATIENCE     3    /* looks: trouble that is over comes back at the next write */
#define EXPIRE_MS    60000
#define EXPIRING_MS  50   /* while there is more that is too old */
#define CROWDED_MS   2000 /* while an alarm may be over */
#define LOCK_MS      20   /* for another program that writes: below what a session waits for us */
#define LOCKED_MS    2000 /* so long is no alarm */
#define LAST_MS      2000 /* for the same at the end */
#define LAST_LOOK_MS 20
#define WAITING_MAX  (16 * 1024 * 1024) /* octets */

struct keeper;

/* One worker's line. */
struct line {
    struct keeper *keeper;
    int fd; /* -1: nobody holds the other end any more */
    struct event *readable;
};

struct keeper {
    struct conf *conf; /* a copy: a question is given up here before the worker does */
    struct event_base *base;
    struct keeping keeping;
    struct keeper_records *records;
    struct organizations *organizations;
    struct line *lines;
    size_t lines_count, open;
    size_t batch; /* records that are written at once */
    struct inquiries inquiries;
    struct packets quiet, awaited; /* writes that wait for the file: nobody, or somebody, wants an answer */
    int64_t locked_ms;             /* since when another program writes it; 0: it does not */
    struct earned_job *job;        /* null: the earned list is written by nobody, or here */
    struct event *commit, *look, *expire, *earn;
    int64_t commit_ms; /* when the commit timer rings; 0: it does not run */
    struct alarm file, store, earned, size;
    uint8_t packet[KEEPER_PACKET_MAX]; /* received */
};

/* keeper_set - let a timer ring after so long */
static void keeper_set(struct event *timer, int64_t wait_ms)
{
    struct timeval wait = {wait_ms / 1000, wait_ms % 1000 * 1000};

    if (evtimer_add(timer, &wait) != 0)
        log_line(LOG_ERR, "a timer cannot be set");
}

/* keeper_commit_in - see that what was written is committed within this time */
static void keeper_commit_in(struct keeper *keeper, int64_t wait_ms)
{
    int64_t due_ms = clock_coarse_ms() + wait_ms;

    if (keeper->commit_ms != 0 && keeper->commit_ms <= due_ms)
        return;
    keeper->commit_ms = due_ms;
    keeper_set(keeper->commit, wait_ms);
}

/* keeper_written - see that what was written last, if anything was, is committed */
static void keeper_written(void *owner)
{
    struct keeper *keeper = owner;

    if (database_pending(keeper->keeping.database) > 0)
        keeper_commit_in(keeper, DIRECT_MS);
}

/* line_ask - put a question of a worker to store or feedback */
static void line_ask(struct line *line, const struct keeper_message *message)
{
    struct keeper *keeper = line->keeper;

    if (message->kind == KEEPER_FEEDBACK)
        keeper_records_write(keeper->records); /* its decision may be the last one */
    inquiries_ask(&keeper->inquiries, &line->fd, message);
    keeper_written(keeper);
}

/* keeper_take - ask what waited, unless the file is still locked and there is time */
static void keeper_take(struct keeper *keeper, struct packets *packets)
{
    struct keeper_message message;
    struct packet *packet;

    while ((packet = packets_first(packets)) != NULL) {
        if (database_is_locked(keeper->keeping.database) && clock_coarse_ms() < packet->time_ms)
            return;
        if (keeper_read(&message, packet_octets(packet)))
            line_ask(&keeper->lines[packet->source], &message);
        packets_remove(packets, 1);
    }
}

/* keeper_write_all - all that waits, if it can be written now */
static void keeper_write_all(struct keeper *keeper)
{
    struct database *database = keeper->keeping.database;

    if (database_is_locked(database))
        (void)database_commit(database); /* is it still? */
    keeper_records_write(keeper->records);
    ledger_feedback_write_late(keeper->keeping.ledger);
    keeper_take(keeper, &keeper->quiet);
    keeper_take(keeper, &keeper->awaited);
    if (database_is_locked(database))
        keeper_commit_in(keeper, COMMIT_MS);
}

/* keeper_file_trouble - what is worth an alarm; a lock is if it stays */
static const char *keeper_file_trouble(struct keeper *keeper)
{
    int64_t now_ms = clock_coarse_ms();

    if (!database_is_locked(keeper->keeping.database))
        keeper->locked_ms = 0;
    else if (keeper->locked_ms == 0)
        keeper->locked_ms = now_ms;
    return keeper->locked_ms != 0 && now_ms - keeper->locked_ms < LOCKED_MS
               ? NULL
               : database_trouble(keeper->keeping.database);
}

/* keeper_commit - the timer */
static void keeper_commit(evutil_socket_t fd, short what, void *arg)
{
    struct keeper *keeper = arg;

    (void)fd;
    (void)what;
    keeper->commit_ms = 0;
    keeper_write_all(keeper);
}

/* keeper_look - is there trouble, or is it over? */
static void keeper_look(evutil_socket_t fd, short what, void *arg)
{
    struct keeper *keeper = arg;
    struct database *database = keeper->keeping.database;
    uint64_t dropped = 0;
    const char *trouble;

    (void)fd;
    (void)what;
    if (database_trouble(database) == NULL || database_commit(database))
        keeper_write_all(keeper); /* some may have waited */
    alarm_look(&keeper->file, keeper_file_trouble(keeper), keeper_records_lost(keeper->records));
    if (keeper->conf->store.type == CONF_STORE_REDIS) {
        trouble = store_trouble(keeper->keeping.store, &dropped);
        alarm_look(&keeper->store, trouble, dropped);
    }
    keeper_set(keeper->look, LOOK_MS);
}

/* keeper_expire - one step of forgetting what is too old */
static void keeper_expire(evutil_socket_t fd, short what, void *arg)
{
    struct keeper *keeper = arg;
    bool more = false, crowded;

    (void)fd;
    (void)what;
    if (database_trouble(keeper->keeping.database) == NULL) {
        more = ledger_expire(keeper->keeping.ledger);
        keeper_commit_in(keeper, DIRECT_MS);
    }
    crowded = ledger_is_crowded(keeper->keeping.ledger);
    alarm_look(&keeper->size, crowded ? "reputation and lists alone take more of the file than ledger.size" : NULL, 0);
    keeper_set(keeper->expire, more ? EXPIRING_MS : crowded ? CROWDED_MS : EXPIRE_MS);
}

/* keeper_has_earned - is the earned list written anywhere? */
static bool keeper_has_earned(const struct conf_earned *earned)
{
    return earned->postscreen[0] != '\0' || earned->rbldnsd[0] != '\0' || earned->zone[0] != '\0' ||
           earned->text[0] != '\0';
}

/* keeper_earned - the earned list is written, or not */
static void keeper_earned(void *owner, const char *error)
{
    struct keeper *keeper = owner;

    alarm_look(&keeper->earned, error, 0);
    keeper_set(keeper->earn, keeper->conf->earned.refresh_ms);
}

/* keeper_earn - write the earned list */
static void keeper_earn(evutil_socket_t fd, short what, void *arg)
{
    struct keeper *keeper = arg;
    char error[EARNED_ERROR_SIZE] = "";
    bool fine;

    (void)fd;
    (void)what;
    keeper_records_write(keeper->records);
    if (keeper->conf->store.type == CONF_STORE_MEMORY) { /* which nobody else can read; for tests */
        fine = earned_write(&keeper->conf->earned, keeper->keeping.ledger, clock_unix_ms() / 1000, NULL, error);
        keeper_earned(keeper, fine ? NULL : error);
    } else if (!earned_job_start(keeper->job)) {
        keeper_earned(keeper, "there is no thread for the earned list");
    }
}

/* line_waits - does a write have to wait, since another program writes the file? */
static bool line_waits(const struct line *line, const struct keeper_message *message, struct vouch_bytes octets)
{
    struct keeper *keeper = line->keeper;
    struct packets *packets = message->serial == 0 ? &keeper->quiet : &keeper->awaited;
    bool row = message->kind == KEEPER_VOTE || message->kind == KEEPER_PUT || message->kind == KEEPER_REMOVE;
    struct packet *packet;

    if (message->kind != KEEPER_FEEDBACK && (!row || keeper->conf->store.type == CONF_STORE_REDIS))
        return false;
    if (packets->count == 0 &&
        (database_can_write(keeper->keeping.database) || !database_is_locked(keeper->keeping.database)))
        return false;
    packet = packets_add(packets, octets, false);
    if (packet == NULL)
        return false; /* and gets an answer that says so */
    packet->source = (size_t)(line - keeper->lines);
    packet->time_ms = message->serial == 0     ? INT64_MAX
                      : message->until_ms != 0 ? message->until_ms
                                               : clock_coarse_ms() + KEEPER_PATIENCE_MS;
    keeper_commit_in(keeper, COMMIT_MS);
    return true;
}

/* line_take - one packet */
static void line_take(struct line *line, struct vouch_bytes packet)
{
    struct keeper *keeper = line->keeper;
    struct keeper_message message;

    if (!keeper_read(&message, packet)) {
        log_line(LOG_ERR, "a packet of a worker makes no sense");
        return;
    }
    if (message.kind != KEEPER_DECISION && message.kind != KEEPER_ACTION) {
        if (!line_waits(line, &message, packet))
            line_ask(line, &message);
        return;
    }
    if (keeper_records_count(keeper->records) >= keeper->batch)
        keeper_records_write(keeper->records);
    keeper_records_add(keeper->records, packet,
                       message.kind == KEEPER_DECISION &&
                           ledger_decision_ends_place(&message.decision, keeper->conf->settings.reject_at));
    keeper_commit_in(keeper, COMMIT_MS);
}

/* line_end - nobody holds the other end any more; with the last one all is over */
static void line_end(struct line *line)
{
    event_free(line->readable);
    line->readable = NULL;
    close(line->fd);
    line->fd = -1;
    if (--line->keeper->open == 0)
        event_base_loopbreak(line->keeper->base);
}

/* line_read - what has come, but not too much of one line */
static void line_read(evutil_socket_t fd, short what, void *arg)
{
    struct line *line = arg;

    (void)what;
    for (int i = 0; i < TURN_MAX; i++) {
        ssize_t got = recv(fd, line->keeper->packet, sizeof line->keeper->packet, MSG_DONTWAIT);

        if (got < 0 && (errno == EINTR || errno == ECONNRESET)) /* reset: an answer was not read; packets follow */
            continue;
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0) {
            line_end(line);
            return;
        }
        line_take(line, (struct vouch_bytes){line->keeper->packet, (size_t)got});
    }
}

/* keeper_open_lines - watch the lines of all workers */
static bool keeper_open_lines(struct keeper *keeper, const struct keeper_config *config)
{
    keeper->lines = calloc(config->workers_count, sizeof *keeper->lines);
    if (keeper->lines == NULL)
        return false;
    keeper->lines_count = keeper->open = config->workers_count;
    for (size_t i = 0; i < config->workers_count; i++) {
        struct line *line = &keeper->lines[i];

        line->keeper = keeper;
        line->fd = config->workers[i];
        line->readable = event_new(keeper->base, line->fd, EV_READ | EV_PERSIST, line_read, line);
        if (line->readable == NULL || event_add(line->readable, NULL) != 0)
            return false;
    }
    return true;
}

/* keeper_open_timers - all of them */
static bool keeper_open_timers(struct keeper *keeper)
{
    keeper->commit = evtimer_new(keeper->base, keeper_commit, keeper);
    keeper->look = evtimer_new(keeper->base, keeper_look, keeper);
    keeper->expire = evtimer_new(keeper->base, keeper_expire, keeper);
    keeper->earn = evtimer_new(keeper->base, keeper_earn, keeper);
    if (keeper->commit == NULL || keeper->look == NULL || keeper->expire == NULL || keeper->earn == NULL)
        return false;
    keeper_set(keeper->look, 0);
    keeper_set(keeper->expire, LOOK_MS);
    if (keeper_has_earned(&keeper->conf->earned))
        keeper_set(keeper->earn, LOOK_MS);
    return true;
}

/* keeper_open - all that it takes; false with `error` */
static bool keeper_open(struct keeper *keeper, const struct keeper_config *config, char error[CONF_ERROR_SIZE])
{
    char cause[ORGANIZATION_ERROR_SIZE];

    snprintf(error, CONF_ERROR_SIZE, "out of memory");
    keeper->conf = malloc(sizeof *keeper->conf);
    keeper->base = event_base_new();
    if (keeper->conf == NULL || keeper->base == NULL)
        return false;
    *keeper->conf = *config->conf;
    packets_init(&keeper->quiet, keeper->conf->store.queue, WAITING_MAX);
    packets_init(&keeper->awaited, keeper->conf->store.queue, WAITING_MAX);
    keeper->batch = keeper->conf->store.queue < BATCH_ROWS ? keeper->conf->store.queue : BATCH_ROWS;
    keeper->file.patience = keeper->store.patience = PATIENCE;
    keeper->conf->store.timeout_ms -= keeper->conf->store.timeout_ms / 5;
    keeper->organizations = organizations_open(keeper->conf->reputation.suffix_list, cause);
    if (keeper->organizations == NULL) {
        snprintf(error, CONF_ERROR_SIZE, "%s", cause);
        return false;
    }
    if (!keeping_open(&keeper->keeping, keeper->conf, keeper->base, false, NULL, error))
        return false;
    database_set_patience(keeper->keeping.database, LOCK_MS);
    inquiries_init(&keeper->inquiries, &keeper->keeping, keeper->organizations, keeper_written, keeper);
    snprintf(error, CONF_ERROR_SIZE, "out of memory");
    keeper->records = keeper_records_open(&keeper->keeping, keeper->conf->store.queue);
    keeper->job = earned_job_open(keeper->base, keeper->conf, keeper_earned, keeper);
    return keeper->records != NULL && keeper->job != NULL && keeper_open_lines(keeper, config) &&
           keeper_open_timers(keeper);
}

/* keeper_write_last - all that waits, if it can be written now, or soon */
static void keeper_write_last(struct keeper *keeper)
{
    struct database *database = keeper->keeping.database;
    int64_t end_ms = clock_ms() + LAST_MS;
    size_t left;

    database_set_patience(database, LAST_MS); /* nobody waits for an answer any more */
    if (database_trouble(database) == NULL || database_commit(database))
        keeper_write_all(keeper);
    while (database_is_locked(database) && clock_ms() < end_ms) { /* it tells so at once while it is in trouble */
        poll(NULL, 0, LAST_LOOK_MS);
        keeper_write_all(keeper);
    }
    left = keeper_records_count(keeper->records) + keeper->quiet.count + keeper->awaited.count +
           ledger_feedback_late(keeper->keeping.ledger);
    if (left > 0)
        log_line(LOG_ERR, "%zu records are lost: %s", left,
                 database_trouble(database) == NULL ? "they cannot be written" : database_trouble(database));
    if (keeper_records_lost(keeper->records) > keeper->file.lost_said)
        log_line(LOG_WARNING, "%" PRIu64 " writes were lost",
                 keeper_records_lost(keeper->records) - keeper->file.lost_said);
}

/* keeper_close - write what is left, give everything back */
static void keeper_close(struct keeper *keeper)
{
    earned_job_close(keeper->job);
    if (keeper->records != NULL)
        keeper_write_last(keeper);
    keeping_close(&keeper->keeping);
    keeper_records_close(keeper->records);
    packets_remove(&keeper->quiet, keeper->quiet.count);
    packets_remove(&keeper->awaited, keeper->awaited.count);
    inquiries_close(&keeper->inquiries);
    for (size_t i = 0; i < keeper->lines_count; i++)
        loop_free_event(keeper->lines[i].readable);
    free(keeper->lines);
    organizations_close(keeper->organizations);
    loop_free_event(keeper->commit);
    loop_free_event(keeper->look);
    loop_free_event(keeper->expire);
    loop_free_event(keeper->earn);
    if (keeper->base != NULL)
        event_base_free(keeper->base);
    free(keeper->conf);
}

int keeper_run(const struct keeper_config *config)
{
    static struct keeper keeper; /* one a process, and rather large */
    char error[CONF_ERROR_SIZE];
    int status = 1;
    bool fine;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGUSR1, SIG_IGN);
    log_open(config->log, config->conf->log.level);
    fine = keeper_open(&keeper, config, error);
    if (!child_tell(config->status, fine ? "ready" : error))
        log_line(LOG_ERR, "nobody heard how the start of the keeper went: %s", strerror(errno));
    if (fine)
        status = loop_run(keeper.base);
    keeper_close(&keeper);
    return status;
}
