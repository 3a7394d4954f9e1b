/*
 * dns.c - asks zone files or the DNS what is published already.
 */
#include "tool/publish/publish.h"

#include "base/text.h"
#include "dns/dns.h"
#include "dns/zone.h"
#include "session/sources.h"
#include "tool/tool.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>

#define NAME "publish"

/* One question at a time. */
struct asking {
    struct event_base *base;
    struct dns_source *dns;
    const struct zones *zones; /* null: no zone files */
    uint32_t timeout_ms;
    struct dns_ticket *ticket;
    struct event *deadline;
    bool answered;
    void (*take)(void *self, const struct vouch_answer *answer);
    void *self;
};

/* asking_done - the answer is here */
static void asking_done(void *owner, const struct vouch_answer *answer)
{
    struct asking *asking = owner;

    asking->answered = true;
    asking->take(asking->self, answer);
    event_base_loopbreak(asking->base);
}

/* asking_late - the deadline passed */
static void asking_late(evutil_socket_t socket, short what, void *owner)
{
    struct asking *asking = owner;

    (void)socket;
    (void)what;
    event_base_loopbreak(asking->base);
}

/* asking_ask - have one question answered; no answer in time is one of trouble */
static void asking_ask(void *owner, const char *name, enum vouch_type type,
                       void (*take)(void *self, const struct vouch_answer *answer), void *self)
{
    struct asking *asking = owner;
    struct timeval deadline = {asking->timeout_ms / 1000, (suseconds_t)(asking->timeout_ms % 1000) * 1000};
    const struct vouch_answer silence = {.status = VOUCH_TIMEOUT};

    asking->answered = false;
    asking->take = take;
    asking->self = self;
    asking->ticket = dns_ask(asking->dns, name, type, asking_done, asking);
    if (!asking->answered && event_add(asking->deadline, &deadline) == 0)
        event_base_dispatch(asking->base);
    event_del(asking->deadline);
    if (asking->answered)
        return;
    dns_cancel(asking->dns, asking->ticket);
    take(self, &silence);
}

/* asking_each - show all records of the zone files */
static void asking_each(void *owner, void *self, void (*see)(void *self, const struct vouch_record *record))
{
    const struct asking *asking = owner;

    zones_each(asking->zones, self, see);
}

/* publish_take_strings - the values of an option as the configuration has them */
static bool publish_take_strings(struct conf_strings *strings, const struct argument_values *values,
                                 const struct arguments *arguments)
{
    for (size_t i = 0; i < values->count; i++) {
        struct text text;

        if (strings->count == CONF_STRINGS_MAX) {
            arguments_wrong(arguments, "%s: more than %d", values->name, CONF_STRINGS_MAX);
            return false;
        }
        text_init(&text, strings->strings[strings->count++], CONF_STRING_SIZE);
        text_add(&text, values->values[i]);
        if (text.cut) {
            arguments_wrong(arguments, "%s %s: too long", values->name, values->values[i]);
            return false;
        }
    }
    return true;
}

/* publish_configure - the configuration that the options make */
static bool publish_configure(const struct publish_request *request, const struct arguments *arguments,
                              struct conf *conf)
{
    conf_init(conf);
    if (request->zones->count != 0 && request->resolvers->count != 0) {
        arguments_wrong(arguments, "--zone and --resolver exclude each other");
        return false;
    }
    if (request->resolvers->count != 0)
        conf->dns.recursion = false;
    if (request->trust_anchor != NULL) {
        struct text text;

        text_init(&text, conf->dns.trust_anchor, sizeof conf->dns.trust_anchor);
        text_add(&text, request->trust_anchor);
        if (text.cut) {
            arguments_wrong(arguments, "--trust-anchor %s: too long", request->trust_anchor);
            return false;
        }
    }
    return publish_take_strings(&conf->dns.zone_files, request->zones, arguments) &&
           publish_take_strings(&conf->dns.resolvers, request->resolvers, arguments);
}

/* publish_take_soa - does the answer say that no zone file holds the name? */
static void publish_take_soa(void *self, const struct vouch_answer *answer)
{
    bool *outside = self;

    *outside = answer->status == VOUCH_NXDOMAIN && answer->soa_owner.length == 1;
}

/* publish_is_outside - is the plan's domain in none of the zone files? That is said */
static bool publish_is_outside(const struct publish_request *request, struct asking *asking, struct plan *plan)
{
    const char *domain = plan->description->domain;
    bool outside = false;

    if (request->zones->count == 0)
        return false;
    asking_ask(asking, domain, VOUCH_TYPE_SOA, publish_take_soa, &outside);
    if (outside)
        plan_remark(plan, PLAN_WARNING, "no --zone holds %s: nothing was compared, so all records stand here", domain);
    return outside;
}

/* publish_ask - compare with what these sources answer */
static bool publish_ask(const struct publish_request *request, struct plan *plan, struct asking *asking)
{
    const struct plan_source source = {asking, asking_ask, asking->zones != NULL ? asking_each : NULL};

    asking->deadline = evtimer_new(asking->base, asking_late, asking);
    if (asking->deadline == NULL) {
        tool_fail(NAME, "out of memory");
        return false;
    }
    if (!publish_is_outside(request, asking, plan))
        plan_compare(plan, &source);
    event_free(asking->deadline);
    return true;
}

bool publish_compare(struct publish_request *request, const struct arguments *arguments, struct plan *plan)
{
    char notice[SOURCES_ERROR_SIZE], error[SOURCES_ERROR_SIZE];
    struct sources sources = {.dns = NULL};
    struct conf *conf = NULL;
    struct event_base *base = NULL;
    bool fine = false;

    if (request->zones->count == 0 && request->resolvers->count == 0)
        return true;
    conf = calloc(1, sizeof *conf);
    base = event_base_new();
    if (conf == NULL || base == NULL) {
        tool_fail(NAME, "out of memory");
    } else if (!publish_configure(request, arguments, conf)) {
        fine = false;
    } else if (!sources_open(&sources, conf, base, notice, error)) {
        tool_fail(NAME, "%s", error);
    } else {
        struct asking asking = {
            .base = base, .dns = sources.dns, .zones = sources.zones, .timeout_ms = conf->dns.timeout_ms};

        if (notice[0] != '\0')
            tool_fail(NAME, "%s", notice);
        fine = publish_ask(request, plan, &asking);
    }
    sources_close(&sources);
    if (base != NULL)
        event_base_free(base);
    free(conf);
    return fine;
}
