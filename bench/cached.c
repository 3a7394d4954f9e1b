/*
 * cached.c - what a decision from memory costs the daemon, without sockets and codecs.
 *
 * usage: cached ZONE-FILE IP HELO [REPETITIONS]
 *
 * The first decision is made from the zone file, all others from memory. A line for each part: `judge` asks for the
 * verdict; `visit` is all that a session does with it, up to the answer at RCPT; `message` makes the header as well;
 * `logged` is `visit` with its line of the decision log, to /dev/null. us is processor time of one decision.
 */
#include "base/text.h"
#include "daemon/judge/judge.h"
#include "daemon/judge/visit.h"
#include "daemon/log/log.h"
#include "policy/recipient.h"
#include "session/sources.h"

#include <event2/event.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bench {
    struct conf conf;
    struct sources sources;
    struct worker worker;
    struct visit_facts facts;
    struct visit visit;
    unsigned long asked, passed; /* questions to memory, and verdicts that are `pass` */
};

enum part { PART_JUDGE, PART_VISIT, PART_MESSAGE, PART_LOGGED };

static const char *const part_names[] = {"judge", "visit", "message", "logged"};

/* cpu_us - what this process has used so far */
static double cpu_us(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) != 0)
        abort();
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void judged(void *owner, const struct judge_result *result)
{
    struct bench *bench = owner;

    bench->passed += result->verdict->csa == VOUCH_CSA_PASS && result->queries == 0;
}

static void visited(void *owner)
{
    (void)owner;
}

/* decide - one decision, or the part of it that is measured; false: not the verdict that was expected */
static bool decide(struct bench *bench, enum part part)
{
    struct recipient recipient;
    char reply[VOUCH_REPLY_SIZE], header[VOUCH_HEADER_SIZE];

    if (part == PART_JUDGE) {
        bench->asked++;
        judge_ask(bench->worker.judge, &bench->facts.facts, "aaaaaaaaaaaaa", judged, bench);
        return bench->asked == bench->passed;
    }
    visit_begin(&bench->visit, &bench->facts);
    recipient_parse_path(&recipient, text_bytes("<user@example.net>"));
    if (visit_is_waiting(&bench->visit) ||
        visit_act(&bench->visit, VOUCH_STAGE_RCPT, &recipient, reply) > VISIT_TRUSTED)
        return false;
    if (part == PART_MESSAGE)
        visit_header(&bench->visit, header);
    visit_end(&bench->visit);
    return true;
}

/* measure - one part, many times */
static bool measure(struct bench *bench, enum part part, unsigned long repetitions)
{
    double begin;

    log_open(open("/dev/null", O_WRONLY | O_CLOEXEC), part == PART_LOGGED ? LOG_INFO : LOG_WARNING);
    begin = cpu_us();
    for (unsigned long i = 0; i < repetitions; i++) {
        if (!decide(bench, part)) {
            fprintf(stderr, "cached: not a pass from memory\n");
            return false;
        }
    }
    printf("part=%s repetitions=%lu us=%.3f\n", part_names[part], repetitions,
           (cpu_us() - begin) / (double)repetitions);
    return true;
}

/* bench_set - one option of the configuration */
static bool bench_set(struct bench *bench, const char *name, const char *value)
{
    char error[CONF_ERROR_SIZE] = "no such option";
    const struct conf_option *option = conf_find(conf_options, conf_options_count, name);

    if (option != NULL && conf_set(option, &bench->conf, value, error))
        return true;
    fprintf(stderr, "cached: %s: %s\n", name, error);
    return false;
}

/* bench_open - a worker without listeners, and the verdict in its memory */
static bool bench_open(struct bench *bench, char **argv)
{
    char notice[SOURCES_ERROR_SIZE], error[SOURCES_ERROR_SIZE] = "out of memory";
    struct vouch_facts *facts = &bench->facts.facts;

    conf_init(&bench->conf);
    if (!bench_set(bench, "dns.zone_files", argv[1]) || !bench_set(bench, "require", "pass"))
        return false;
    facts->helo = (struct vouch_bytes){(const uint8_t *)argv[3], strlen(argv[3])};
    bench->worker.conf = &bench->conf;
    bench->worker.base = event_base_new();
    if (!vouch_address_parse(&facts->client, argv[2], strlen(argv[2])) || bench->worker.base == NULL ||
        !sources_open(&bench->sources, &bench->conf, bench->worker.base, notice, error) ||
        (bench->worker.judge = judge_open(bench->worker.base, &bench->conf, &bench->sources)) == NULL) {
        fprintf(stderr, "cached: %s\n", error);
        return false;
    }
    log_open(-1, LOG_WARNING);
    visit_init(&bench->visit, &bench->worker, &bench->conf.profiles[0], "milter", visited, NULL);
    visit_begin(&bench->visit, &bench->facts);
    while (visit_is_waiting(&bench->visit)) {
        if (event_base_loop(bench->worker.base, EVLOOP_ONCE) != 0)
            return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    static struct bench bench;
    unsigned long repetitions = argc == 5 ? strtoul(argv[4], NULL, 10) : 200000;
    bool fine = (argc == 4 || argc == 5) && repetitions != 0;

    if (!fine) {
        fputs("usage: cached ZONE-FILE IP HELO [REPETITIONS]\n", stderr);
        return 2;
    }
    fine = bench_open(&bench, argv);
    for (enum part part = PART_JUDGE; fine && part <= PART_LOGGED; part++)
        fine = measure(&bench, part, repetitions);
    visit_end(&bench.visit);
    judge_close(bench.worker.judge);
    sources_close(&bench.sources);
    return fine ? 0 : 1;
}
