/*
 * million.c - a store with many names, and a ledger with many decisions: what filling and asking take.
 *
 * usage: million put FILE NAMES DAYS     counts of each name and its organization, as an import brings them
 *        million vote FILE NAMES COUNT   votes on some of them, in an order without sense
 *        million ask FILE NAMES COUNT [cold]   as many names and as many strangers; cold: the system has forgotten FILE
 *        million decide FILE COUNT SIZE  decisions with SIZE octets of detail
 *        million expire FILE             what remains of 1 MiB
 *
 * A line of NAME VALUE pairs: seconds of wall and processor time, microseconds of one answer, KiB of memory, octets.
 * Batches of 1000 are committed, as the keeper does it when it is busy.
 */
#include "store/database.h"
#include "store/ledger.h"
#include "store/store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 1000
#define DAY_S 86400
#define START 20000 /* the first day */

static int64_t clock_s = (int64_t)START * DAY_S;

static int64_t now_s(void)
{
    return clock_s;
}

/* seconds - of a clock */
static double seconds(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        abort();
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* memory_kib - what is resident now */
static long memory_kib(void)
{
    FILE *file = fopen("/proc/self/statm", "re");
    long pages = 0;

    if (file == NULL || fscanf(file, "%*d %ld", &pages) != 1)
        abort();
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* shuffled - a permutation of 0 to count - 1 without a table: a step that shares no factor with the count */
static uint64_t shuffled(uint64_t index, uint64_t count)
{
    uint64_t step = 382462111; /* a prime */

    return index % count * step % count;
}

/* write_name - a host and its organization; four hosts have one */
static void write_name(uint64_t number, char host[VOUCH_NAME_SIZE], char organization[VOUCH_NAME_SIZE])
{
    uint64_t family = number / 4 * 2654435761 % 4294967296;

    snprintf(organization, VOUCH_NAME_SIZE, "company-%" PRIx64 ".example", family);
    snprintf(host, VOUCH_NAME_SIZE, "mail%" PRIu64 ".company-%" PRIx64 ".example", number % 4, family);
}

struct bench {
    struct database *database;
    struct store *store;
    struct ledger *ledger;
    double wall, cpu; /* when it began */
    uint64_t found;
};

/* open_bench - ends the process if the file cannot be used */
static void open_bench(struct bench *bench, const char *path, uint32_t size_mib)
{
    struct store_config config = {.rules = {30, 200, 100, 20, 10}, .now_s = now_s};
    struct ledger_rules rules = {.keep_days = 14,
                                 .size_mib = size_mib,
                                 .address_bits_4 = 32,
                                 .address_bits_6 = 128,
                                 .earned_days = 7,
                                 .now_s = now_s};

    bench->wall = seconds(CLOCK_MONOTONIC);
    bench->cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    bench->database = database_open(path, false);
    bench->store = bench->database != NULL ? sqlite_open(bench->database, &config) : NULL;
    bench->ledger = bench->database != NULL ? ledger_open(bench->database, &rules) : NULL;
    if (bench->store == NULL || bench->ledger == NULL || database_trouble(bench->database) != NULL)
        abort();
}

/* report - what it took since open_bench */
static void report(struct bench *bench)
{
    printf("wall_s %.3f cpu_s %.3f rss_kib %ld", seconds(CLOCK_MONOTONIC) - bench->wall,
           seconds(CLOCK_PROCESS_CPUTIME_ID) - bench->cpu, memory_kib());
}

static void close_bench(struct bench *bench, const char *path)
{
    int fd;

    if (database_trouble(bench->database) != NULL || database_lost(bench->database) != 0)
        abort();
    ledger_close(bench->ledger);
    store_close(bench->store);
    database_close(bench->database);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    printf(" octets %lld\n", (long long)lseek(fd, 0, SEEK_END));
    close(fd);
}

static void commit(struct bench *bench)
{
    if (!database_commit(bench->database))
        abort();
}

/* put_days - the same counts on each day */
static void put_days(struct bench *bench, const char *name, uint32_t ham, uint64_t days)
{
    struct store_row row = {.kind = STORE_REPUTATION, .day = {START, ham, 1}};

    snprintf(row.name, sizeof row.name, "%s", name);
    for (uint64_t day = 0; day < days; day++, row.day.day++)
        store_put(bench->store, &row, NULL, NULL);
}

/* put_all - hosts, and one organization for four of them */
static void put_all(const char *path, uint64_t names, uint64_t days)
{
    char host[VOUCH_NAME_SIZE], organization[VOUCH_NAME_SIZE];
    struct bench bench = {0};

    open_bench(&bench, path, 100000);
    for (uint64_t index = 0; index < names; index++) {
        write_name(index, host, organization);
        put_days(&bench, host, 7, days);
        if (index % 4 == 0)
            put_days(&bench, organization, 28, days);
        if (index % BATCH == BATCH - 1)
            commit(&bench);
    }
    commit(&bench);
    report(&bench);
    close_bench(&bench, path);
}

/* vote_all - ham mostly, every seventh spam */
static void vote_all(const char *path, uint64_t names, uint64_t count)
{
    char host[VOUCH_NAME_SIZE], organization[VOUCH_NAME_SIZE];
    struct store_vote vote = {.name = host, .organization = organization, .source = "milter", .count = 1};
    struct bench bench = {0};

    open_bench(&bench, path, 100000);
    clock_s += (int64_t)10 * DAY_S;
    for (uint64_t index = 0; index < count; index++) {
        write_name(shuffled(index, names), host, organization);
        vote.spam = index % 7 == 0;
        store_vote(bench.store, &vote, NULL, NULL);
        if (index % BATCH == BATCH - 1)
            commit(&bench);
    }
    commit(&bench);
    report(&bench);
    close_bench(&bench, path);
}

static void hear(void *owner, const struct vouch_answer *answer)
{
    struct bench *bench = owner;

    if (answer->status != VOUCH_FOUND && answer->status != VOUCH_NXDOMAIN)
        abort();
    bench->found += answer->status == VOUCH_FOUND;
}

static int compare(const void *one, const void *other)
{
    double left = *(const double *)one, right = *(const double *)other;

    return left < right ? -1 : left > right;
}

/* forget - takes a file out of the system's cache */
static void forget(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fsync(fd) != 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)
        abort();
    close(fd);
}

/* ask_one - how many microseconds an answer takes */
static double ask_one(struct bench *bench, uint64_t number)
{
    char host[VOUCH_NAME_SIZE], organization[VOUCH_NAME_SIZE];
    double start;

    write_name(number, host, organization);
    start = seconds(CLOCK_MONOTONIC);
    store_ask_reputation(bench->store, host, organization, hear, bench);
    return (seconds(CLOCK_MONOTONIC) - start) * 1e6;
}

/* ask_all - every other question is about a stranger */
static void ask_all(const char *path, uint64_t names, uint64_t count, bool cold)
{
    double *took = calloc(count, sizeof *took), opened;
    struct bench bench = {0};

    if (took == NULL)
        abort();
    if (cold)
        forget(path);
    clock_s += (int64_t)10 * DAY_S;
    open_bench(&bench, path, 100000);
    ask_one(&bench, names);
    opened = seconds(CLOCK_MONOTONIC) - bench.wall;
    bench.found = 0;
    for (uint64_t i = 0; i < count; i++)
        took[i] = ask_one(&bench, i % 2 == 0 ? shuffled(i * 7919, names) : names + i * 4);
    if (bench.found != (count + 1) / 2)
        abort();
    qsort(took, count, sizeof *took, compare);
    report(&bench);
    printf(" open_ms %.2f p50_us %.1f p99_us %.1f most_us %.1f", opened * 1e3, took[count / 2], took[count * 99 / 100],
           took[count - 1]);
    free(took);
    close_bench(&bench, path);
}

/* decide_all - decisions of a million hosts, some of which earn their place */
static void decide_all(const char *path, uint64_t count, size_t size)
{
    char host[VOUCH_NAME_SIZE], organization[VOUCH_NAME_SIZE], *detail = calloc(1, size + 1);
    struct bench bench = {0};

    if (detail == NULL)
        abort();
    memset(detail, 'x', size);
    open_bench(&bench, path, 100000);
    for (uint64_t i = 0; i < count; i++) {
        struct ledger_decision decision = {.time_ms = clock_s * 1000 + (int64_t)i,
                                           .protocol = "milter",
                                           .profile = "default",
                                           .client = {4, {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}},
                                           .helo = host,
                                           .name = host,
                                           .organization = organization,
                                           .csa = "none",
                                           .reason = "no-record",
                                           .domain = "",
                                           .identity = "forward",
                                           .rating = "",
                                           .service = "",
                                           .level = i % 4 == 0 ? "trusted" : "neutral",
                                           .verb = "continue",
                                           .mode = "enforce",
                                           .reasons = "reputation:12",
                                           .queries = 3,
                                           .elapsed_ms = 20,
                                           .detail = detail};

        write_name(shuffled(i, 1000000), host, organization);
        snprintf(decision.id, sizeof decision.id, "d%" PRIx32, (uint32_t)i);
        snprintf(decision.evaluation, sizeof decision.evaluation, "d%" PRIx32, (uint32_t)i);
        ledger_decide(bench.ledger, &decision);
        if (i % BATCH == BATCH - 1)
            commit(&bench);
    }
    commit(&bench);
    report(&bench);
    free(detail);
    close_bench(&bench, path);
}

/* expire_all - down to almost nothing, call by call */
static void expire_all(const char *path)
{
    struct bench bench = {0};
    double most = 0, start;
    unsigned calls = 0;
    bool more = true;

    open_bench(&bench, path, 1);
    while (more) {
        start = seconds(CLOCK_MONOTONIC);
        more = ledger_expire(bench.ledger);
        commit(&bench);
        start = seconds(CLOCK_MONOTONIC) - start;
        most = start > most ? start : most;
        calls++;
    }
    report(&bench);
    printf(" calls %u most_ms %.1f", calls, most * 1e3);
    close_bench(&bench, path);
}

int main(int count, char **arguments)
{
    uint64_t first = count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
    uint64_t second = count > 4 ? strtoull(arguments[4], NULL, 10) : 0;

    if (count == 5 && strcmp(arguments[1], "put") == 0 && first > 0)
        put_all(arguments[2], first, second);
    else if (count == 5 && strcmp(arguments[1], "vote") == 0 && first > 0)
        vote_all(arguments[2], first, second);
    else if (count >= 5 && strcmp(arguments[1], "ask") == 0 && first > 0 && second > 0)
        ask_all(arguments[2], first, second, count > 5 && strcmp(arguments[5], "cold") == 0);
    else if (count == 5 && strcmp(arguments[1], "decide") == 0 && first > 0)
        decide_all(arguments[2], first, second);
    else if (count == 3 && strcmp(arguments[1], "expire") == 0)
        expire_all(arguments[2]);
    else
        return 2;
    return 0;
}
