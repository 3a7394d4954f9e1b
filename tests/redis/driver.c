/*
 * driver.c - a store at the end of a pipe: commands in, one a line, results out.
 *
 *     redis_driver redis:WHERE | memory  [OPTION=VALUE]...    password prefix timeout queue per_day per_source window
 *
 * A command is ID VERB WORD...; each result begins with the ID, "-" stands for an empty word:
 *     ask NAME ORGANIZATION           status score confidence ham spam milliseconds note
 *     listing LIST NAME               status listing milliseconds note
 *     forget NAME                     asks and cancels; no result
 *     vote NAME ORGANIZATION SOURCE ham|spam COUNT                counted | capped NUMBER | trouble
 *     wait (the same)                 nobody says it again; the same, in the end
 *     quiet (the same)                nobody wants to know; no result
 *     put|remove reputation NAME DAY HAM SPAM | list LIST NAME trusted|blocked TEXT | suspension NAME UNTIL TEXT FINDER
 *                                     done | trouble in words
 *     each reputation|list|suspension a line "row ..." a row, then done | trouble in words
 *     first KIND                      the same, but no more after the first row
 *     trouble                         how many writes were dropped, and words or "-"
 *     day NUMBER                      the clock says so from now on; no result
 * At the end of the input the store is closed.
 */
#include "store/database.h"
#include "store/store.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE 4096
#define WORDS_MAX 10

struct driver {
    struct event_base *base;
    struct store *store;
    char input[LINE_SIZE];
    size_t length;
};

struct job {
    char id[32];
    bool listing, first;
    int64_t since_ms;
};

static int64_t fixed_day = -1; /* -1: the system's clock */

/* now_s - Unix time, or noon of the day that was set */
static int64_t now_s(void)
{
    return fixed_day >= 0 ? fixed_day * 86400 + 43200 : (int64_t)time(NULL);
}

/* now_ms - for how long things take */
static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* job_new - something that gives a result later */
static struct job *job_new(const char *id)
{
    struct job *job = calloc(1, sizeof *job);

    if (job == NULL)
        exit(3);
    snprintf(job->id, sizeof job->id, "%s", id);
    job->since_ms = now_ms();
    return job;
}

/* on_answer - prints an answer */
static void on_answer(void *owner, const struct vouch_answer *answer)
{
    static const char *const listings[] = {"unlisted", "trusted", "blocked"};
    struct job *job = owner;
    const struct vouch_reputation *found = &answer->reputation;
    long long took_ms = now_ms() - job->since_ms;

    printf("%s %s ", job->id, vouch_status_word(answer->status));
    if (job->listing)
        printf("%s ", listings[answer->listing]);
    else
        printf("%d %u %u %u ", found->score, found->confidence_milli, found->ham, found->spam);
    printf("%lld %.*s\n", took_ms, (int)answer->note.length, (const char *)answer->note.data);
    free(job);
}

/* on_voted - prints what became of a vote */
static void on_voted(void *owner, enum store_counted counted, uint32_t count)
{
    static const char *const words[] = {"counted", "capped", "trouble"};
    struct job *job = owner;

    if (counted == STORE_CAPPED)
        printf("%s capped %u\n", job->id, count);
    else
        printf("%s %s\n", job->id, words[counted]);
    free(job);
}

/* on_row - prints a row */
static bool on_row(void *owner, const struct store_row *row)
{
    struct job *job = owner;

    switch (row->kind) {
    case STORE_REPUTATION:
        printf("%s row %s %d %u %u\n", job->id, row->name, row->day.day, row->day.ham, row->day.spam);
        break;
    case STORE_LIST:
        printf("%s row %s %s %s %s\n", job->id, row->list, row->name,
               row->listing == VOUCH_LISTED_TRUSTED ? "trusted" : "blocked", row->text);
        break;
    case STORE_SUSPENSION:
        printf("%s row %s %lld %s%s%s\n", job->id, row->name, (long long)row->until_s, row->text,
               row->finder[0] == '\0' ? "" : " ", row->finder);
        break;
    }
    return !job->first;
}

/* on_finished - prints how a write or a walk ended */
static void on_finished(void *owner, const char *trouble)
{
    struct job *job = owner;

    printf("%s %s\n", job->id, trouble != NULL ? trouble : "done");
    free(job);
}

/* word - "-" is empty, and so is what is not there */
static const char *word(char *words[], int count, int index)
{
    return index < count && strcmp(words[index], "-") != 0 ? words[index] : "";
}

/* kind_of - by its word */
static enum store_kind kind_of(const char *kind)
{
    return strcmp(kind, "list") == 0         ? STORE_LIST
           : strcmp(kind, "suspension") == 0 ? STORE_SUSPENSION
                                             : STORE_REPUTATION;
}

/* read_row - from the third word of a command on */
static struct store_row read_row(char *words[], int count)
{
    struct store_row row = {.kind = kind_of(word(words, count, 2))};
    int name = row.kind == STORE_LIST ? 4 : 3, text = row.kind == STORE_LIST ? 6 : 5;

    snprintf(row.name, sizeof row.name, "%s", word(words, count, name));
    snprintf(row.list, sizeof row.list, "%s", word(words, count, 3));
    row.listing = strcmp(word(words, count, 5), "trusted") == 0 ? VOUCH_LISTED_TRUSTED : VOUCH_LISTED_BLOCKED;
    row.until_s = strtoll(word(words, count, 4), NULL, 10);
    row.day = (struct reputation_day){(int32_t)strtol(word(words, count, 4), NULL, 10),
                                      (uint32_t)strtoul(word(words, count, 5), NULL, 10),
                                      (uint32_t)strtoul(word(words, count, 6), NULL, 10)};
    snprintf(row.text, sizeof row.text, "%s", word(words, count, text));
    snprintf(row.finder, sizeof row.finder, "%s", row.kind == STORE_SUSPENSION ? word(words, count, 6) : "");
    return row;
}

/* ask - commands that ask about a name */
static void ask(struct driver *driver, char *words[], int count)
{
    struct job *job = job_new(words[0]);
    struct store_ticket *ticket;

    job->listing = strcmp(words[1], "listing") == 0;
    if (job->listing)
        ticket = store_ask_listing(driver->store, word(words, count, 2), word(words, count, 3), on_answer, job);
    else
        ticket = store_ask_reputation(driver->store, word(words, count, 2), word(words, count, 3), on_answer, job);
    if (strcmp(words[1], "forget") == 0 && ticket != NULL) {
        store_cancel(driver->store, ticket);
        free(job);
    }
}

/* change - commands that write */
static void change(struct driver *driver, char *words[], int count)
{
    struct store_vote vote = {.name = word(words, count, 2),
                              .organization = word(words, count, 3),
                              .source = word(words, count, 4),
                              .spam = strcmp(word(words, count, 5), "spam") == 0,
                              .count = (uint32_t)strtoul(word(words, count, 6), NULL, 10)};
    struct store_row row = read_row(words, count);

    if (strcmp(words[1], "vote") == 0)
        store_vote(driver->store, &vote, on_voted, job_new(words[0]));
    else if (strcmp(words[1], "wait") == 0) {
        vote.waits = true;
        store_vote(driver->store, &vote, on_voted, job_new(words[0]));
    } else if (strcmp(words[1], "quiet") == 0)
        store_vote(driver->store, &vote, NULL, NULL);
    else if (strcmp(words[1], "put") == 0)
        store_put(driver->store, &row, on_finished, job_new(words[0]));
    else if (strcmp(words[1], "remove") == 0)
        store_remove(driver->store, &row, on_finished, job_new(words[0]));
}

/* command - one line of input */
static void command(struct driver *driver, char *line)
{
    char *words[WORDS_MAX], *rest = line;
    struct job *job;
    int count = 0;

    while (count < WORDS_MAX && (words[count] = strsep(&rest, " ")) != NULL)
        count++;
    if (count < 2)
        return;
    if (strcmp(words[1], "ask") == 0 || strcmp(words[1], "listing") == 0 || strcmp(words[1], "forget") == 0) {
        ask(driver, words, count);
    } else if (strcmp(words[1], "each") == 0 || strcmp(words[1], "first") == 0) {
        job = job_new(words[0]);
        job->first = words[1][0] == 'f';
        store_each(driver->store, kind_of(word(words, count, 2)), on_row, on_finished, job);
    } else if (strcmp(words[1], "trouble") == 0) {
        uint64_t dropped = 0;
        const char *trouble = store_trouble(driver->store, &dropped);

        printf("%s %llu %s\n", words[0], (unsigned long long)dropped, trouble != NULL ? trouble : "-");
    } else if (strcmp(words[1], "day") == 0) {
        fixed_day = strtoll(word(words, count, 2), NULL, 10);
    } else {
        change(driver, words, count);
    }
}

/* on_input - takes what came, line by line */
static void on_input(evutil_socket_t fd, short what, void *self)
{
    struct driver *driver = self;
    ssize_t length = read(fd, driver->input + driver->length, LINE_SIZE - driver->length);
    char *end;

    (void)what;
    if (length <= 0 && errno != EINTR)
        event_base_loopbreak(driver->base);
    if (length <= 0)
        return;
    driver->length += (size_t)length;
    while ((end = memchr(driver->input, '\n', driver->length)) != NULL) {
        size_t used = (size_t)(end - driver->input) + 1;

        *end = '\0';
        command(driver, driver->input);
        driver->length -= used;
        memmove(driver->input, driver->input + used, driver->length);
    }
}

/* option - the value of NAME=VALUE among the arguments, or what stands in for it */
static const char *option(int argc, char **argv, const char *name, const char *fallback)
{
    size_t length = strlen(name);

    for (int i = 2; i < argc; i++)
        if (strncmp(argv[i], name, length) == 0 && argv[i][length] == '=')
            return argv[i] + length + 1;
    return fallback;
}

/* number - the same */
static uint32_t number(int argc, char **argv, const char *name, const char *fallback)
{
    return (uint32_t)strtoul(option(argc, argv, name, fallback), NULL, 10);
}

int main(int argc, char **argv)
{
    struct driver driver = {.base = event_base_new()};
    struct store_config config = {
        .rules = {number(argc, argv, "half_life", "30"), number(argc, argv, "window", "200"),
                  number(argc, argv, "per_day", "100"), number(argc, argv, "per_source", "10"),
                  number(argc, argv, "weight", "10")},
        .timeout_ms = number(argc, argv, "timeout", "2000"),
        .queue = number(argc, argv, "queue", "1000"),
        .now_s = now_s,
    };
    struct database *database = NULL;
    struct event *input;
    char error[STORE_ERROR_SIZE] = "no store";

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc < 2 || driver.base == NULL)
        return 2;
    if (strncmp(argv[1], "redis:", 6) == 0)
        driver.store = redis_open(driver.base, argv[1] + 6, option(argc, argv, "password", NULL),
                                  option(argc, argv, "prefix", "vouchsafe"), &config, error);
    else if ((database = database_open(":memory:", false)) != NULL)
        driver.store = sqlite_open(database, &config);
    if (driver.store == NULL) {
        fprintf(stderr, "%s\n", error);
        event_base_free(driver.base);
        return 2;
    }
    input = event_new(driver.base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, &driver);
    event_add(input, NULL);
    event_base_dispatch(driver.base);
    store_close(driver.store);
    database_close(database);
    event_free(input);
    event_base_free(driver.base);
    printf("closed\n");
    return 0;
}
