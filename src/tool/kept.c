/*
 * kept.c - opens for a command what the daemon remembers, and waits for it.
 *
 * Answers may come at once (SQLite) or from the loop (Redis); either way a command waits here, never for ever.
 */
#include "tool/kept.h"

#include "accredit/organization.h"
#include "tool/tool.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CONNECT_S 3 /* that a store has to become reachable */
#define STEP_US   20000

int64_t kept_now_ms(void)
{
    struct timespec now = {0};

    if (clock_gettime(CLOCK_REALTIME, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* kept_fail - say what is wrong; false, for returning */
static bool kept_fail(const struct kept *kept, const char *what, const char *cause)
{
    tool_fail(kept->command, "%s%s%s", what, what[0] == '\0' || cause[0] == '\0' ? "" : ": ", cause);
    return false;
}

/* kept_configure - read the configuration; false unless it names something that we can look into */
static bool kept_configure(struct kept *kept, unsigned needs)
{
    char error[CONF_ERROR_SIZE];

    conf_init(kept->conf);
    if (!conf_read(kept->conf, kept->file, error))
        return kept_fail(kept, "", error);
    if (kept->conf->store.type == CONF_STORE_NONE)
        return kept_fail(kept, kept->file, "store.type is none, so nothing is remembered; set it to sqlite or redis");
    if (kept->conf->store.type == CONF_STORE_MEMORY)
        return kept_fail(kept, kept->file,
                         "store.type is memory: what the daemon remembers cannot be seen from outside");
    if ((needs & KEPT_LEDGER) != 0 && kept->conf->ledger.keep_days == 0)
        return kept_fail(kept, kept->file, "ledger.keep is 0, so no decision is kept");
    return true;
}

/* kept_give - let the daemon's user have a file that we made as root; it could not write it otherwise */
static bool kept_give(const struct kept *kept, int fd)
{
    const struct conf_daemon *daemon = &kept->conf->daemon;
    const struct passwd *user = getpwnam(daemon->user);
    const struct group *group = daemon->group[0] == '\0' ? NULL : getgrnam(daemon->group);

    return user != NULL && fchown(fd, user->pw_uid, group != NULL ? group->gr_gid : user->pw_gid) == 0;
}

/* kept_create - the file of a store that is not there yet, as the daemon would have it */
static bool kept_create(const struct kept *kept)
{
    const char *path = kept->conf->store.file;
    int fd;
    bool fine;

    if (geteuid() != 0 || kept->conf->daemon.user[0] == '\0')
        return true;
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (fd < 0)
        return true; /* it is there; or it cannot be, and the database says why */
    fine = kept_give(kept, fd);
    close(fd);
    if (fine)
        return true;
    unlink(path);
    return kept_fail(kept, path, "cannot give the new file to daemon.user");
}

/* kept_tick - a time is over: the loop goes round once */
static void kept_tick(evutil_socket_t socket, short events, void *owner)
{
    (void)socket;
    (void)events;
    (void)owner;
}

/* kept_turn - one turn of the loop, at most STEP_US long; false: there is no loop any more */
static bool kept_turn(struct kept *kept)
{
    struct timeval step = {0, STEP_US};

    return evtimer_add(kept->tick, &step) == 0 && event_base_loop(kept->base, EVLOOP_ONCE) >= 0;
}

const char *kept_trouble(struct kept *kept)
{
    const char *trouble = database_trouble(kept->keeping.database);
    uint64_t dropped;

    return trouble != NULL ? trouble : store_trouble(kept->keeping.store, &dropped);
}

/* kept_connect - give a store that is reached over a socket some time; what is wrong then, or null */
static const char *kept_connect(struct kept *kept)
{
    int64_t end_ms = kept_now_ms() + CONNECT_S * 1000;
    const char *trouble;
    uint64_t dropped;

    while ((trouble = store_trouble(kept->keeping.store, &dropped)) != NULL && kept_now_ms() < end_ms) {
        if (kept->conf->store.type != CONF_STORE_REDIS || !kept_turn(kept))
            break;
    }
    return trouble;
}

bool kept_is_well(struct kept *kept)
{
    const char *trouble = database_trouble(kept->keeping.database);

    return trouble == NULL || kept_fail(kept, "", trouble);
}

bool kept_open(struct kept *kept, const char *command, const char *file, unsigned needs)
{
    char error[CONF_ERROR_SIZE > ORGANIZATION_ERROR_SIZE ? CONF_ERROR_SIZE : ORGANIZATION_ERROR_SIZE];
    bool writes = (needs & KEPT_WRITES) != 0;
    const char *trouble;

    *kept = (struct kept){.command = command, .file = file != NULL ? file : CONF_FILE};
    kept->conf = malloc(sizeof *kept->conf);
    kept->base = event_base_new();
    kept->tick = kept->base == NULL ? NULL : evtimer_new(kept->base, kept_tick, NULL);
    if (kept->conf == NULL || kept->tick == NULL)
        return kept_fail(kept, "", "out of memory");
    if (!kept_configure(kept, needs))
        return false;
    if ((needs & KEPT_FILE) != 0 && access(kept->conf->store.file, F_OK) != 0)
        return kept_fail(kept, kept->conf->store.file, strerror(errno));
    if (writes && !kept_create(kept))
        return false;
    if (!keeping_open(&kept->keeping, kept->conf, kept->base, !writes, NULL, error))
        return kept_fail(kept, kept->file, error);
    if ((needs & KEPT_ORGANIZATIONS) != 0) {
        kept->organizations = organizations_open(kept->conf->reputation.suffix_list, error);
        if (kept->organizations == NULL)
            return kept_fail(kept, "", error);
    }
    trouble = (needs & KEPT_STORE) != 0 ? kept_connect(kept) : NULL;
    if ((needs & KEPT_TROUBLED) != 0)
        return true;
    if (((needs & KEPT_LEDGER) != 0 || kept->conf->store.type == CONF_STORE_SQLITE) && !kept_is_well(kept))
        return false;
    return trouble == NULL || kept_fail(kept, "", trouble);
}

void kept_close(struct kept *kept)
{
    kept->row = NULL;
    keeping_close(&kept->keeping);
    organizations_close(kept->organizations);
    if (kept->tick != NULL)
        event_free(kept->tick);
    if (kept->base != NULL)
        event_base_free(kept->base);
    free(kept->conf);
}

bool kept_wait(struct kept *kept)
{
    uint64_t signs = kept->signs;
    int64_t end_ms = kept_now_ms() + KEPT_DEADLINE_S * 1000;

    while (!kept->done) {
        if (!kept_turn(kept))
            return kept_fail(kept, "", "the event loop failed");
        if (kept->signs != signs)
            end_ms = kept_now_ms() + KEPT_DEADLINE_S * 1000;
        else if (!kept->done && kept_now_ms() > end_ms)
            return kept_fail(kept, "", "the store does not answer");
        signs = kept->signs;
    }
    return true;
}

/* kept_finished - the store is through with it */
static void kept_finished(void *owner, const char *trouble)
{
    struct kept *kept = owner;

    if (trouble != NULL)
        kept->failed = !kept_fail(kept, "", trouble);
    kept->done = true;
}

/* kept_row - hand on a row, unless nobody waits any more */
static bool kept_row(void *owner, const struct store_row *row)
{
    struct kept *kept = owner;

    kept->signs++;
    return kept->row != NULL && kept->row(kept->owner, row);
}

/* kept_begin - nothing has come yet */
static void kept_begin(struct kept *kept)
{
    kept->done = kept->failed = false;
}

bool kept_each(struct kept *kept, enum store_kind kind, store_each_row *row, void *owner)
{
    bool fine;

    kept_begin(kept);
    kept->row = row;
    kept->owner = owner;
    store_each(kept->keeping.store, kind, kept_row, kept_finished, kept);
    fine = kept_wait(kept) && !kept->failed;
    kept->row = NULL;
    return fine;
}

bool kept_put(struct kept *kept, const struct store_row *row)
{
    kept_begin(kept);
    store_put(kept->keeping.store, row, kept_finished, kept);
    return kept_wait(kept) && !kept->failed;
}

bool kept_remove(struct kept *kept, const struct store_row *row)
{
    kept_begin(kept);
    store_remove(kept->keeping.store, row, kept_finished, kept);
    return kept_wait(kept) && !kept->failed;
}

bool kept_commit(struct kept *kept)
{
    const char *trouble;

    if (database_commit(kept->keeping.database))
        return true;
    trouble = database_trouble(kept->keeping.database);
    return kept_fail(kept, kept->conf->store.file, trouble != NULL ? trouble : "what was to be written is lost");
}

/* A question to the store about a name. */
struct kept_question {
    struct kept *kept;
    struct vouch_answer answer;
};

/* kept_answered - the standing of a name */
static void kept_answered(void *owner, const struct vouch_answer *answer)
{
    struct kept_question *question = owner;

    question->answer = *answer;
    question->kept->done = true;
}

bool kept_reputation(struct kept *kept, const char *name, const char *organization, struct vouch_reputation *reputation,
                     bool *known)
{
    struct kept_question question = {.kept = kept};
    struct store_ticket *ticket;
    bool fine;

    kept_begin(kept);
    ticket = store_ask_reputation(kept->keeping.store, name, organization, kept_answered, &question);
    fine = kept_wait(kept);
    if (!fine && ticket != NULL)
        store_cancel(kept->keeping.store, ticket);
    *known = question.answer.status == VOUCH_FOUND;
    *reputation = *known ? question.answer.reputation : (struct vouch_reputation){0};
    if (fine && !*known && question.answer.status != VOUCH_NXDOMAIN)
        return kept_fail(kept, name, "the store does not answer");
    return fine;
}
