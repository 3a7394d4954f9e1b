/*
 * load.c - a load generator: plays MTAs at the milter or policy port of a daemon, and checks every answer.
 *
 * usage: load milter|policy ADDRESS -n SESSIONS [-c CONCURRENT] [-p PIPELINE] [-r RATE] [-w PAUSE_MS] [-t TIMEOUT_S]
 *             [-H helo|mail|rcpt] [-m] NAMES
 *
 *     -n  sessions; for policy, requests            -c  connections at once (100)
 *     -p  policy: requests sent in one go (1)       -r  sessions begun a second (0: as fast as they end)
 *     -w  wait between an answer and the next step  -t  give up when nothing happens for so long (30)
 *     -H  stop all sessions after the answer to this step, say "held=N", go on when a line comes on standard input
 *     -m  send a message after RCPT
 *
 * NAMES is a file of lines "IP HELO [CODE [HEADER]]", used in turn: CODE is the reply that must come at RCPT (250, 451
 * or 550), HEADER must stand in the header that is inserted into the message. The last line printed says: sessions,
 * errors, open_most (connections at the same time), seconds, per_s, and in microseconds the processor time of this
 * process for each session (cpu_us), of answers p50_us, p99_us, p999_us and max_us, and the length of whole sessions
 * session_p50_us and session_p99_us. Exit 0 only without errors.
 */
#include "load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SESSIONS_MAX = 100000000, CONCURRENT_MAX = 1000000 };

static const char usage_text[] =
    "usage: load milter|policy ADDRESS -n SESSIONS [-c CONCURRENT] [-p PIPELINE] [-r RATE]\n"
    "            [-w PAUSE_MS] [-t TIMEOUT_S] [-H helo|mail|rcpt] [-m] NAMES\n";

/* line_parse - "IP HELO [CODE [HEADER]]" */
static bool line_parse(struct load_line *line, const char *text)
{
    int fields;

    memset(line, 0, sizeof *line);
    fields = sscanf(text, "%45s %255s %3s %63s", line->ip, line->helo, line->code, line->header);
    if (fields == 2)
        memcpy(line->code, "250", sizeof line->code);
    return fields >= 2 && vouch_address_parse(&line->client, line->ip, strlen(line->ip));
}

/* lines_read - the file of names; a line that is none is said on standard error */
static bool lines_read(struct load *load, const char *path)
{
    FILE *file = fopen(path, "re");
    char text[512];
    size_t room = 0;
    bool fine = file != NULL;

    while (fine && fgets(text, sizeof text, file) != NULL) {
        if (load->lines_count == room) {
            struct load_line *grown = reallocarray(load->lines, room = 2 * room + 1024, sizeof *grown);

            if (grown == NULL)
                abort();
            load->lines = grown;
        }
        fine = line_parse(&load->lines[load->lines_count++], text);
    }
    if (file == NULL)
        fprintf(stderr, "load: %s: %s\n", path, strerror(errno));
    else if (!fine || load->lines_count == 0)
        fprintf(stderr, "load: %s:%zu: not a line \"IP HELO [CODE [HEADER]]\"\n", path, load->lines_count);
    if (file != NULL)
        fclose(file);
    return fine && load->lines_count != 0;
}

/* number_parse - a number from `min` to `max` */
static bool number_parse(size_t *number, const char *text, size_t min, size_t max)
{
    char *end;

    *number = strtoul(text, &end, 10);
    return *number >= min && *number <= max && *end == '\0' && end != text;
}

static bool unsigned_parse(unsigned *number, const char *text)
{
    size_t parsed;
    bool fine = number_parse(&parsed, text, 0, 1000000);

    *number = (unsigned)parsed;
    return fine;
}

/* hold_parse - the step at which sessions are held */
static bool hold_parse(enum load_hold *hold, const char *text)
{
    static const char *const words[] = {"helo", "mail", "rcpt"};

    for (unsigned i = 0; i < 3; i++) {
        if (strcmp(text, words[i]) == 0)
            *hold = (enum load_hold)(LOAD_HOLD_HELO + i);
    }
    return *hold != LOAD_HOLD_NONE;
}

/* options_parse - all after the protocol and the address */
static bool options_parse(struct load_options *options, int argc, char **argv)
{
    bool fine = true;
    int option;

    while (fine && (option = getopt(argc, argv, "n:c:p:r:w:t:H:m")) != -1) {
        options->message |= option == 'm';
        fine = option == 'm' || (option == 'n' && number_parse(&options->sessions, optarg, 1, SESSIONS_MAX)) ||
               (option == 'c' && number_parse(&options->concurrent, optarg, 1, CONCURRENT_MAX)) ||
               (option == 'p' && number_parse(&options->pipeline, optarg, 1, LOAD_PIPELINE_MAX)) ||
               (option == 'r' && unsigned_parse(&options->rate, optarg)) ||
               (option == 'w' && unsigned_parse(&options->pause_ms, optarg)) ||
               (option == 't' && unsigned_parse(&options->timeout_s, optarg)) ||
               (option == 'H' && hold_parse(&options->hold, optarg));
    }
    return fine && options->sessions != 0 && argc - optind == 1;
}

static int compare_times(const void *a, const void *b)
{
    uint32_t left, right;

    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* print_times - the parts of a thousand below which the durations stay */
static void print_times(struct load_times *times, const char *const names[], const unsigned parts[], size_t count)
{
    if (times->count == 0)
        return;
    qsort(times->us, times->count, sizeof times->us[0], compare_times);
    for (size_t i = 0; i < count; i++) {
        size_t index = times->count * parts[i] / 1000;

        printf(" %s=%u", names[i], (unsigned)times->us[index < times->count ? index : times->count - 1]);
    }
}

/* report - the line that says it all */
static void report(struct load *load)
{
    static const char *const answer_names[] = {"p50_us", "p99_us", "p999_us", "max_us"};
    static const char *const session_names[] = {"session_p50_us", "session_p99_us"};
    static const unsigned parts[] = {500, 990, 999, 1000};
    double seconds = (double)(load->end_ns - load->begin_ns) / 1e9;
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        abort();
    printf("sessions=%zu errors=%zu open_most=%zu seconds=%.3f per_s=%.0f cpu_us=%.2f", load->ended, load->errors,
           load->open_most, seconds, (double)load->ended / seconds,
           ((double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
            (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)) /
               (double)load->ended);
    print_times(&load->answers, answer_names, parts, 4);
    print_times(&load->spans, session_names, parts, 2);
    printf("\n");
}

int main(int argc, char **argv)
{
    static struct load load = {.options = {.concurrent = 100, .timeout_s = 30}};
    struct load_options *options = &load.options;
    const bool is_policy = argc > 1 && strcmp(argv[1], "policy") == 0;
    bool fine;

    if (argc < 4 || (!is_policy && strcmp(argv[1], "milter") != 0) ||
        (options->address = argv[2], !options_parse(options, argc - 2, argv + 2))) {
        fputs(usage_text, stderr);
        return 2;
    }
    load.protocol = is_policy ? &load_policy : &load_milter;
    if (!is_policy)
        options->pipeline = 0;
    else if (options->pipeline == 0)
        options->pipeline = 1;
    if (options->hold != LOAD_HOLD_NONE && (is_policy || options->concurrent < options->sessions)) {
        fputs("load: -H is for milter sessions, with -c at least -n\n", stderr);
        return 2;
    }
    if (!lines_read(&load, argv[optind + 2]) || !load_open(&load))
        return 2;
    fine = load_run(&load);
    if (!fine)
        fprintf(stderr, "load: nothing happened for %u s; %zu of %zu sessions ended\n", options->timeout_s, load.ended,
                options->sessions);
    report(&load);
    free(load.answers.us);
    free(load.spans.us);
    free(load.peers);
    free(load.lines);
    return fine && load.errors == 0 ? 0 : 1;
}
