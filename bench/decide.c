/*
 * decide.c - a load generator: decides many sessions on one loop with the real sources, and says what that costs.
 *
 * usage: decide [-w IN_FLIGHT] [-p PASSES] [-a ACCREDITOR] [-s OPTION=VALUE]... SESSIONS
 *
 * SESSIONS is a file of lines "IP HELO". The first pass is cold, the next find what the resolver in this process has
 * cached. Each session is decided as the daemon does it: opened, started, given a deadline if it has to wait, and
 * concluded with action, reply and header. A line a pass: decisions, seconds, per_s, cpu_us (this process, a
 * decision), p50_us, p99_us, memory_kib (the most so far), and how many of each CSA result.
 */
#include "conf/conf.h"
#include "session/session.h"

#include <errno.h>
#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { IN_FLIGHT_MAX = 100000, CSA_RESULTS = VOUCH_CSA_PERMERROR + 1 };

/* One line of the file. */
struct line {
    struct vouch_address client;
    char helo[VOUCH_NAME_SIZE];
};

/* One session in flight; there are as many of them as may be, and the free ones are a list. */
struct job {
    struct bench *bench;
    struct job *next_free;
    struct session *session;
    struct event *deadline;
    uint64_t begin_ns;
    const struct line *line;
    bool starting; /* a verdict that comes now is concluded by who starts it */
    bool done;
};

struct bench {
    struct event_base *base;
    struct conf conf;
    struct sources sources;
    struct line *lines;
    size_t lines_count;
    size_t next;  /* line to be decided next */
    size_t ended; /* lines decided */
    bool pumping;
    bool broken; /* out of memory */
    struct job *jobs;
    struct job *free_jobs;
    uint32_t *latencies_us;
    unsigned results[CSA_RESULTS];
};

static void bench_pump(struct bench *bench);

static uint64_t now_ns(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        abort();
    return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

/* cpu_us - what this process has used so far */
static double cpu_us(void)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) != 0)
        abort();
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

/* memory_kib - the most that this process has held so far (ru_maxrss would be that of its parent, if higher) */
static unsigned memory_kib(void)
{
    FILE *file = fopen("/proc/self/status", "re");
    char line[128];
    unsigned kib = 0;

    while (file != NULL && fgets(line, sizeof line, file) != NULL && sscanf(line, "VmHWM: %u", &kib) != 1)
        continue;
    if (file != NULL)
        fclose(file);
    return kib;
}

/* job_conclude - what follows from a verdict, then the job is free */
static void job_conclude(struct job *job)
{
    struct bench *bench = job->bench;
    struct vouch_bytes helo = {(const uint8_t *)job->line->helo, strlen(job->line->helo)};
    struct vouch_verdict verdict;
    char reply[VOUCH_REPLY_SIZE];
    char header[VOUCH_HEADER_SIZE];

    vouch_eval_verdict(session_eval(job->session), &verdict);
    vouch_policy_reply(&bench->conf.policy, &verdict, "k3j5h2n4m6p7q", reply);
    vouch_policy_header(&bench->conf.policy, &verdict, helo, header);
    session_close(job->session);
    job->session = NULL;
    bench->results[verdict.csa]++;
    bench->latencies_us[bench->ended++] = (uint32_t)((now_ns() - job->begin_ns) / 1000);
    job->next_free = bench->free_jobs;
    bench->free_jobs = job;
}

/* job_done - the verdict is final */
static void job_done(void *self)
{
    struct job *job = self;

    job->done = true;
    if (job->starting)
        return;
    event_del(job->deadline);
    job_conclude(job);
    bench_pump(job->bench);
}

static void job_expired(evutil_socket_t socket, short events, void *self)
{
    struct job *job = self;

    (void)socket;
    (void)events;
    session_expire(job->session);
}

/* job_start - decide one line; false: out of memory */
static bool job_start(struct job *job, const struct line *line)
{
    struct bench *bench = job->bench;
    struct vouch_facts facts = {.client = line->client};
    struct session_owner owner = {job_done, NULL, job};
    struct timeval limit = {bench->conf.dns.timeout_ms / 1000, (suseconds_t)(bench->conf.dns.timeout_ms % 1000 * 1000)};

    facts.helo.data = (const uint8_t *)line->helo;
    facts.helo.length = strlen(line->helo);
    job->line = line;
    job->done = false;
    job->begin_ns = now_ns();
    job->session = session_open(&facts, &bench->sources, &owner);
    if (job->session == NULL)
        return false;
    job->starting = true;
    session_start(job->session);
    job->starting = false;
    if (!job->done)
        return evtimer_add(job->deadline, &limit) == 0;
    job_conclude(job);
    return true;
}

/* bench_pump - start sessions while jobs are free and lines are left; leave the loop after the last */
static void bench_pump(struct bench *bench)
{
    if (bench->pumping)
        return;
    bench->pumping = true;
    while (bench->free_jobs != NULL && bench->next < bench->lines_count && !bench->broken) {
        struct job *job = bench->free_jobs;

        bench->free_jobs = job->next_free;
        bench->broken = !job_start(job, &bench->lines[bench->next++]);
    }
    bench->pumping = false;
    if (bench->ended == bench->lines_count || bench->broken)
        event_base_loopbreak(bench->base);
}

static int compare_latencies(const void *a, const void *b)
{
    uint32_t left, right;

    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

/* bench_print - the line of one pass */
static void bench_print(struct bench *bench, unsigned pass, double seconds, double cpu)
{
    double count = (double)bench->lines_count;

    qsort(bench->latencies_us, bench->lines_count, sizeof bench->latencies_us[0], compare_latencies);
    printf("pass=%u decisions=%zu seconds=%.4f per_s=%.0f cpu_us=%.3f p50_us=%u p99_us=%u memory_kib=%u", pass,
           bench->lines_count, seconds, count / seconds, cpu / count,
           (unsigned)bench->latencies_us[bench->lines_count / 2],
           (unsigned)bench->latencies_us[bench->lines_count * 99 / 100], memory_kib());
    for (unsigned i = 0; i < CSA_RESULTS; i++) {
        if (bench->results[i] != 0)
            printf(" csa_%s=%u", vouch_csa_word((enum vouch_csa)i), bench->results[i]);
    }
    printf("\n");
}

/* bench_pass - decide all lines once */
static bool bench_pass(struct bench *bench, unsigned pass)
{
    uint64_t begin_ns = now_ns();
    double begin_cpu = cpu_us();

    bench->next = 0;
    bench->ended = 0;
    memset(bench->results, 0, sizeof bench->results);
    bench_pump(bench);
    while (bench->ended != bench->lines_count && !bench->broken)
        bench->broken = event_base_loop(bench->base, EVLOOP_ONCE) != 0;
    if (!bench->broken)
        bench_print(bench, pass, (double)(now_ns() - begin_ns) / 1e9, cpu_us() - begin_cpu);
    return !bench->broken;
}

/* bench_read - the lines of the file; a line that is none is said on stderr */
static bool bench_read(struct bench *bench, const char *path)
{
    FILE *file = fopen(path, "re");
    size_t room = 0, number = 0;
    char ip[VOUCH_ADDRESS_SIZE];
    struct line line;
    int fields = 2;

    if (file == NULL) {
        fprintf(stderr, "decide: %s: %s\n", path, strerror(errno));
        return false;
    }
    while ((fields = fscanf(file, "%45s %255s", ip, line.helo)) == 2) {
        number++;
        if (!vouch_address_parse(&line.client, ip, strlen(ip)))
            break;
        if (bench->lines_count == room) {
            struct line *grown = reallocarray(bench->lines, room = 2 * room + 1024, sizeof *grown);

            if (grown == NULL)
                break;
            bench->lines = grown;
        }
        bench->lines[bench->lines_count++] = line;
    }
    fclose(file);
    if (fields == EOF && bench->lines_count != 0)
        return true;
    fprintf(stderr, "decide: %s:%zu: not a line \"IP HELO\"\n", path, fields == 2 ? number : number + 1);
    return false;
}

/* bench_open - jobs, sources and room for latencies */
static bool bench_open(struct bench *bench, size_t in_flight)
{
    char notice[SOURCES_ERROR_SIZE], error[SOURCES_ERROR_SIZE];

    bench->jobs = calloc(in_flight, sizeof *bench->jobs);
    bench->latencies_us = calloc(bench->lines_count, sizeof *bench->latencies_us);
    bench->base = event_base_new();
    if (bench->jobs == NULL || bench->latencies_us == NULL || bench->base == NULL) {
        fputs("decide: out of memory\n", stderr);
        return false;
    }
    for (size_t i = 0; i < in_flight; i++) {
        struct job *job = &bench->jobs[i];

        job->bench = bench;
        job->next_free = bench->free_jobs;
        job->deadline = evtimer_new(bench->base, job_expired, job);
        if (job->deadline == NULL)
            return false;
        bench->free_jobs = job;
    }
    if (!sources_open(&bench->sources, &bench->conf, bench->base, notice, error)) {
        fprintf(stderr, "decide: %s\n", error);
        return false;
    }
    if (notice[0] != '\0')
        fprintf(stderr, "decide: %s\n", notice);
    return true;
}

static void bench_close(struct bench *bench, size_t in_flight)
{
    for (size_t i = 0; bench->jobs != NULL && i < in_flight; i++) {
        session_close(bench->jobs[i].session);
        if (bench->jobs[i].deadline != NULL)
            event_free(bench->jobs[i].deadline);
    }
    sources_close(&bench->sources);
    if (bench->base != NULL)
        event_base_free(bench->base);
    free(bench->latencies_us);
    free(bench->jobs);
    free(bench->lines);
}

/* configure_option - "OPTION=VALUE" as in the configuration file, the option with its section */
static bool configure_option(struct conf *conf, char *text)
{
    char error[CONF_ERROR_SIZE] = "not OPTION=VALUE, or no such option";
    char *value = strchr(text, '=');
    const struct conf_option *option = NULL;

    if (value != NULL) {
        *value++ = '\0';
        option = conf_find(conf_options, conf_options_count, text);
    }
    if (option != NULL && conf_set(option, conf, value, error))
        return true;
    fprintf(stderr, "decide: %s: %s\n", text, error);
    return false;
}

static bool configure_accreditor(struct conf *conf, const char *name)
{
    char error[CONF_ERROR_SIZE];
    struct conf_accreditor accreditor;

    if (conf_accreditor_init(&accreditor, name, error) && conf_add_accreditor(conf, &accreditor, error))
        return true;
    fprintf(stderr, "decide: %s\n", error);
    return false;
}

/* configure_count - a number from 1 to `max` */
static bool configure_count(size_t *count, const char *text, size_t max)
{
    char *end;

    *count = strtoul(text, &end, 10);
    return *count != 0 && *count <= max && *end == '\0';
}

int main(int argc, char **argv)
{
    static struct bench bench;
    size_t in_flight = 100, passes = 2;
    bool fine = true;
    int option;

    conf_init(&bench.conf);
    while (fine && (option = getopt(argc, argv, "w:p:a:s:")) != -1) {
        fine = (option == 'w' && configure_count(&in_flight, optarg, IN_FLIGHT_MAX)) ||
               (option == 'p' && configure_count(&passes, optarg, 1000)) ||
               (option == 'a' && configure_accreditor(&bench.conf, optarg)) ||
               (option == 's' && configure_option(&bench.conf, optarg));
    }
    if (!fine || argc - optind != 1) {
        fputs("usage: decide [-w IN_FLIGHT] [-p PASSES] [-a ACCREDITOR] [-s OPTION=VALUE]... SESSIONS\n", stderr);
        return 2;
    }
    fine = bench_read(&bench, argv[optind]) && bench_open(&bench, in_flight);
    for (unsigned pass = 1; fine && pass <= passes; pass++)
        fine = bench_pass(&bench, pass);
    bench_close(&bench, in_flight);
    return fine ? 0 : 1;
}
