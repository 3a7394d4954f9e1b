/*
 * asker.c - a judge over a zone, and who asks it for verdicts.
 */
#include "asker.h"

#include "base/text.h"
#include "dns/flight.h"
#include "dns/zone.h"
#include "session/evidence.h"
#include "unit.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char zone[] = "$ORIGIN example.org.\n$TTL 600\n"
                           "@ SOA ns hostmaster 1 3600 600 86400 600\n"
                           "_client._smtp.mail SRV 1 2 0 mail\n"
                           "mail A 192.0.2.10\n"
                           "_client._smtp.other SRV 1 2 0 other\n"
                           "other A 192.0.2.10\n"
                           "_client._smtp.third SRV 1 2 0 third\n"
                           "third A 192.0.2.10\n"
                           "_client._smtp.short 1 SRV 1 2 0 short\n"
                           "short 1 A 192.0.2.10\n"
                           "_client._smtp.zero 0 SRV 1 2 0 zero\n"
                           "zero 0 A 192.0.2.10\n"
                           "_client._smtp.barred SRV 1 1 0 barred\n"
                           "*.slow A 192.0.2.10\n"
                           "broken A 192.0.2.10\n"
                           ";! fault *.slow A delay 50\n"
                           ";! fault _client._smtp.broken SRV servfail\n"
                           ";! fault *.dead A timeout\n"
                           "*.dead A 192.0.2.10\n"
                           "mixed A 192.0.2.10\n"
                           ";! fault mixed A timeout\n"
                           "_client._smtp.mixed SRV 1 2 0 mixed\n"
                           ";! fault _client._smtp.mixed SRV delay 150\n"
                           "*.silent TXT \"MARID,1,A\"\n"
                           ";! fault *.silent TXT timeout\n"
                           "*.failing TXT \"MARID,1,A\"\n"
                           ";! fault *.failing TXT servfail\n";

struct event_base *base;
struct sources sources;
struct conf conf;
struct judge *judge;

static unsigned order, decisions;

/* asker_count - the records that were kept of an evaluation */
static unsigned asker_count(const struct judge_result *result)
{
    struct vouch_step step;
    unsigned count = 0;

    if (result->eval == NULL || result->evidence == NULL)
        return 0;
    for (size_t i = 0; vouch_eval_step(result->eval, i, &step); i++)
        count += evidence_find(result->evidence, step.question.id)->records_count;
    return count;
}

static void asker_done(void *owner, const struct judge_result *result)
{
    struct asker *asker = owner;

    asker->ticket = NULL;
    asker->served++;
    asker->order = ++order;
    asker->queries = result->queries;
    asker->verdict = *result->verdict;
    asker->owns = result->eval != NULL;
    asker->records = asker_count(result);
    memcpy(asker->evaluation, result->evaluation, sizeof asker->evaluation);
    if (asker->then != NULL)
        asker->then(asker);
}

void ask_as(struct asker *asker, const char *client, const char *helo, const char *tls_name)
{
    char *helo_copy = strdup(helo), *tls_copy = strdup(tls_name);
    struct vouch_facts facts = {.helo = text_bytes(helo_copy), .tls_name = text_bytes(tls_copy)};
    struct judge_ticket *ticket;
    unsigned served;

    if (client[0] != '\0')
        assert_true(vouch_address_parse(&facts.client, client, strlen(client)));
    asker->served = served = 0;
    assert_true(snprintf(asker->id, sizeof asker->id, "decision%05u", ++decisions) > 0);
    ticket = judge_ask(judge, &facts, asker->id, asker_done, asker);
    assert_int_equal(ticket == NULL, asker->served > served);
    asker->ticket = ticket;
    memset(helo_copy, 'x', strlen(helo));
    free(helo_copy);
    free(tls_copy);
}

void ask(struct asker *asker, const char *helo)
{
    ask_as(asker, "192.0.2.10", helo, "");
}

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void await(const struct asker *asker)
{
    int64_t end = now_ms() + 20000;

    while (asker->served == 0 && now_ms() < end) {
        assert_true(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) >= 0);
        usleep(1000);
    }
    assert_int_equal(asker->served, 1);
}

unsigned verdict_of(struct asker *asker, const char *helo)
{
    ask(asker, helo);
    await(asker);
    return asker->queries;
}

int judge_setup(void **state)
{
    char error[ZONE_ERROR_SIZE];
    struct zones *zones = zones_new();

    (void)state;
    base = event_base_new();
    if (base == NULL || zones == NULL || !zones_read_text(zones, zone, sizeof zone - 1, "zone", error))
        return -1;
    memset(&sources, 0, sizeof sources);
    sources.dns = flight_open(zone_open(base, zones));
    conf_init(&conf);
    conf.dns.timeout_ms = HOUR_MS;
    conf.limits.jobs = 100;
    conf.limits.cache = 100;
    conf.limits.cache_ttl_s = 3600;
    conf.store.type = CONF_STORE_MEMORY;
    sources.settings = conf.settings;
    sources.conf = &conf;
    judge = judge_open(base, &conf, &sources);
    order = 0;
    return judge == NULL ? -1 : 0;
}

int judge_teardown(void **state)
{
    (void)state;
    judge_close(judge);
    sources_close(&sources);
    event_base_free(base);
    return 0;
}

void reopen(void)
{
    judge_close(judge);
    judge = judge_open(base, &conf, &sources);
    assert_non_null(judge);
}
