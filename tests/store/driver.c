/*
 * driver.c - a store and a ledger in one file, moved by lines on standard input; each line is answered by one line.
 *
 *     driver FILE [look]         "look" opens for reading only
 *
 *     vote NAME COUNT            counted, capped or trouble
 *     decide ID SIZE             ok (detail of SIZE octets)
 *     commit                     yes or no
 *     ask NAME                   "found HAM SPAM", nxdomain, or "failed CAUSE"
 *     find ID                    found, none or trouble
 *     state                      "LOST PENDING SIZE TROUBLE", "-" for none
 *     expire, vacuum             yes or no
 *     fail ERRNO                 from now on every write to the disk ends so; 0: no more
 *     die N                      dies by SIGKILL at the N-th write to the disk from now on, half of it written
 *     write RUN                  for ever: some of a vote on RUN.example.org and a decision RUN-N, commit, "committed
 * N"
 *
 * Writes to the disk are those that SQLite makes: pwrite, write, ftruncate, unlink.
 */
#include "store/database.h"
#include "store/ledger.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DETAIL_MAX 65536

static int fail_errno;
static long die_at; /* 0: never */

/* tick - one write to the disk: true if it shall fail; `half` of it is written before dying */
static bool tick(int fd, const void *data, size_t length, off_t offset)
{
    if (die_at > 0 && --die_at == 0) {
        if (data != NULL && pwrite(fd, data, length / 2, offset) < 0)
            perror("pwrite");
        raise(SIGKILL);
    }
    errno = fail_errno;
    return fail_errno != 0;
}

static ssize_t my_pwrite(int fd, const void *data, size_t length, off_t offset)
{
    return tick(fd, data, length, offset) ? -1 : pwrite(fd, data, length, offset);
}

static ssize_t my_write(int fd, const void *data, size_t length)
{
    return tick(fd, NULL, 0, 0) ? -1 : write(fd, data, length);
}

static int my_ftruncate(int fd, off_t length)
{
    return tick(fd, NULL, 0, 0) ? -1 : ftruncate(fd, length);
}

static int my_unlink(const char *path)
{
    return tick(-1, NULL, 0, 0) ? -1 : unlink(path);
}

/* watch_writes - puts ours in front of the system's calls, in SQLite only */
static void watch_writes(void)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    static const struct {
        const char *name;
        sqlite3_syscall_ptr call;
    } calls[] = {
        {"pwrite", (sqlite3_syscall_ptr)my_pwrite}, {"pwrite64", (sqlite3_syscall_ptr)my_pwrite},
        {"write", (sqlite3_syscall_ptr)my_write},   {"ftruncate", (sqlite3_syscall_ptr)my_ftruncate},
        {"unlink", (sqlite3_syscall_ptr)my_unlink},
    };

    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        if (vfs->xSetSystemCall(vfs, calls[i].name, calls[i].call) != SQLITE_OK &&
            strcmp(calls[i].name, "pwrite64") != 0)
            abort();
}

struct driver {
    struct database *database;
    struct store *store;
    struct ledger *ledger;
};

static void voted(void *owner, enum store_counted counted, uint32_t count)
{
    (void)count;
    *(enum store_counted *)owner = counted;
}

/* vote - ham for a host of the organization behind its first dot */
static enum store_counted vote(struct driver *driver, const char *name, uint32_t count)
{
    struct store_vote one = {.name = name, .organization = strchr(name, '.') + 1, .source = "driver", .count = count};
    enum store_counted counted = STORE_TROUBLE;

    store_vote(driver->store, &one, voted, &counted);
    return counted;
}

static void decide(struct driver *driver, const char *id, size_t size)
{
    static char detail[DETAIL_MAX + 1];
    struct ledger_decision decision = {.time_ms = 1728000000000,
                                       .protocol = "milter",
                                       .profile = "default",
                                       .helo = "mail.example.org",
                                       .name = "mail.example.org",
                                       .organization = "example.org",
                                       .csa = "none",
                                       .reason = "no-record",
                                       .domain = "",
                                       .identity = "forward",
                                       .rating = "",
                                       .service = "",
                                       .level = "trusted",
                                       .verb = "accept",
                                       .mode = "enforce",
                                       .reasons = "reputation:30",
                                       .client = {4, {192, 0, 2, 1}},
                                       .detail = detail};

    memset(detail, 'd', size);
    detail[size] = '\0';
    snprintf(decision.id, sizeof decision.id, "%s", id);
    snprintf(decision.evaluation, sizeof decision.evaluation, "%s", id);
    ledger_decide(driver->ledger, &decision);
}

static void hear(void *owner, const struct vouch_answer *answer)
{
    (void)owner;
    if (answer->status == VOUCH_FOUND)
        printf("found %" PRIu32 " %" PRIu32 "\n", answer->reputation.ham, answer->reputation.spam);
    else if (answer->status == VOUCH_NXDOMAIN)
        puts("nxdomain");
    else
        printf("failed %.*s\n", (int)answer->note.length, (const char *)answer->note.data);
}

static bool seen(void *owner, const struct ledger_decision *decision)
{
    *(bool *)owner = decision->detail[0] == 'd' && strcmp(decision->reasons, "reputation:30") == 0;
    return true;
}

/* write_on - until somebody ends it; of one organization, only so many new hosts of a day get rows */
static void write_on(struct driver *driver, const char *run)
{
    char name[VOUCH_NAME_SIZE], id[LEDGER_ID_SIZE];
    unsigned count = 0, random = 1;

    snprintf(name, sizeof name, "%.99s.%c.example.org", run, run[strlen(run) - 1]);
    for (;;) {
        random = random * 1103515245 + 12345;
        for (unsigned some = random >> 16 & 31; some > 0; some--) {
            snprintf(id, sizeof id, "%s-%u", run, ++count);
            vote(driver, name, 1);
            decide(driver, id, 1 + (random >> 8) % 900);
        }
        if (!database_commit(driver->database)) {
            printf("trouble %s\n", database_trouble(driver->database));
            return;
        }
        printf("committed %u\n", count);
        fflush(stdout);
    }
}

static void state(struct driver *driver)
{
    const char *trouble = database_trouble(driver->database);

    printf("%" PRIu64 " %" PRIu32 " %" PRIu64 " %s\n", database_lost(driver->database),
           database_pending(driver->database), database_size(driver->database), trouble != NULL ? trouble : "-");
}

/* obey - one line; false: no such command */
static bool obey(struct driver *driver, const char *command, const char *text, unsigned long number)
{
    static const char *const counted[] = {"counted", "capped", "trouble"};
    bool found = false;

    if (strcmp(command, "vote") == 0)
        puts(counted[vote(driver, text, (uint32_t)number)]);
    else if (strcmp(command, "decide") == 0) {
        decide(driver, text, number < DETAIL_MAX ? number : DETAIL_MAX);
        puts("ok");
    } else if (strcmp(command, "commit") == 0)
        puts(database_commit(driver->database) ? "yes" : "no");
    else if (strcmp(command, "ask") == 0)
        store_ask_reputation(driver->store, text, "", hear, NULL);
    else if (strcmp(command, "find") == 0)
        puts(!ledger_find(driver->ledger, text, seen, &found) ? "trouble" : found ? "found" : "none");
    else if (strcmp(command, "state") == 0)
        state(driver);
    else if (strcmp(command, "expire") == 0)
        puts(ledger_expire(driver->ledger) ? "yes" : "no");
    else if (strcmp(command, "vacuum") == 0)
        puts(database_vacuum(driver->database) ? "yes" : "no");
    else if (strcmp(command, "fail") == 0)
        printf("ok %d\n", fail_errno = (int)strtol(text, NULL, 10));
    else if (strcmp(command, "die") == 0)
        printf("ok %ld\n", die_at = strtol(text, NULL, 10));
    else if (strcmp(command, "write") == 0)
        write_on(driver, text);
    else
        return false;
    return true;
}

int main(int count, char **arguments)
{
    struct store_config config = {.rules = {30, UINT32_MAX, UINT32_MAX, UINT32_MAX, 10}};
    struct ledger_rules rules = {
        .keep_days = 36500, .size_mib = 8, .address_bits_4 = 32, .address_bits_6 = 128, .earned_days = 36500};
    char line[512], command[16], text[256];
    struct driver driver;

    if (count < 2)
        return 2;
    watch_writes();
    /* "die N" as the first argument after the file: before anything is written */
    if (count > 3 && strcmp(arguments[2], "die") == 0)
        die_at = strtol(arguments[3], NULL, 10);
    driver.database = database_open(arguments[1], count > 2 && strcmp(arguments[2], "look") == 0);
    driver.store = driver.database != NULL ? sqlite_open(driver.database, &config) : NULL;
    driver.ledger = driver.database != NULL ? ledger_open(driver.database, &rules) : NULL;
    if (driver.store == NULL || driver.ledger == NULL)
        return 2;
    puts("open");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned long number = 0;

        text[0] = '\0';
        if (sscanf(line, "%15s %255s %lu", command, text, &number) < 1 || !obey(&driver, command, text, number))
            return 2;
        fflush(stdout);
    }
    ledger_close(driver.ledger);
    store_close(driver.store);
    database_close(driver.database);
    return 0;
}
