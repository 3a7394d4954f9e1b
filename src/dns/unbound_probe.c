/*
 * unbound_probe.c - looks once at the DNSKEYs of each trust anchor's name.
 *
 * Behind a forwarder that strips DNSSEC, or with an anchor of another world, every answer would be bogus: such an
 * anchor is left out, and said so.
 */
#include "dns/unbound_context.h"

#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <unbound-event.h>
#include <unbound.h>

enum { TYPE_DNSKEY = 48, CLASS_IN = 1, SECURITY_BOGUS = 1, SECURITY_SECURE = 2, CAUSE_SIZE = 160 };

/* One name with anchors. */
struct probe {
    struct probes *probes;
    const char *name;
    int id;
    bool open, secure;
    char cause[CAUSE_SIZE];
};

struct probes {
    struct probe *probes;
    size_t count;
    size_t open;
    bool expired;
};

/* probe_done - note how the look at one name ended */
static void probe_done(void *data, int rcode, void *packet, int length, int security, char *why, int limited)
{
    struct probe *probe = data;
    struct text cause;

    (void)packet;
    (void)limited;
    probe->open = false;
    probe->probes->open--;
    probe->secure = security == SECURITY_SECURE;
    text_init(&cause, probe->cause, sizeof probe->cause);
    if (security == SECURITY_BOGUS)
        text_add(&cause, why == NULL ? "bogus" : why);
    else
        text_add(&cause, rcode != 0 || length == 0 ? "no answer" : "not signed, or by no algorithm that is known");
}

/* probes_expire - the time is over */
static void probes_expire(evutil_socket_t fd, short events, void *data)
{
    struct probes *probes = data;

    (void)fd;
    (void)events;
    probes->expired = true;
}

/* probes_collect - one probe for each name that has anchors; false: out of memory */
static bool probes_collect(struct probes *probes, const struct unbound_anchors *anchors)
{
    probes->probes = calloc(anchors->count, sizeof *probes->probes);
    if (probes->probes == NULL)
        return false;
    for (size_t i = 0; i < anchors->count; i++) {
        size_t at = 0;

        while (at < probes->count && strcmp(probes->probes[at].name, anchors->anchors[i].name) != 0)
            at++;
        if (at < probes->count)
            continue;
        probes->probes[at].name = anchors->anchors[i].name;
        probes->probes[at].probes = probes;
        probes->count++;
    }
    return true;
}

/* probes_ask - put all questions */
static void probes_ask(struct probes *probes, struct ub_ctx *context)
{
    for (size_t i = 0; i < probes->count; i++) {
        struct probe *probe = &probes->probes[i];
        struct text cause;
        int status;

        text_init(&cause, probe->cause, sizeof probe->cause);
        text_add(&cause, "no answer in time");
        probe->open = true;
        probes->open++;
        status = ub_resolve_event(context, probe->name, TYPE_DNSKEY, CLASS_IN, probe, probe_done, &probe->id);
        if (status != 0 && probe->open) {
            text_init(&cause, probe->cause, sizeof probe->cause);
            text_add(&cause, ub_strerror(status));
            probe->open = false;
            probes->open--;
        }
    }
}

/* probes_wait - run the loop until all have answered or the time is over, then forget those that have not */
static void probes_wait(struct probes *probes, struct event_base *base, struct ub_ctx *context, unsigned probe_ms)
{
    struct timeval limit = {(time_t)(probe_ms / 1000), (suseconds_t)(probe_ms % 1000 * 1000)};
    struct event *timer = evtimer_new(base, probes_expire, probes);

    if (timer == NULL || evtimer_add(timer, &limit) != 0)
        probes->expired = true;
    while (probes->open != 0 && !probes->expired) {
        if (event_base_loop(base, EVLOOP_ONCE) != 0)
            break;
    }
    for (size_t i = 0; i < probes->count; i++) {
        if (probes->probes[i].open)
            ub_cancel(context, probes->probes[i].id);
    }
    if (timer != NULL)
        event_free(timer);
}

/* probe_judge - leave out the anchors of a name whose keys did not come back secure; false if so */
static bool probe_judge(const struct probe *probe, struct unbound_anchors *anchors, struct text *notice)
{
    if (probe->secure)
        return true;
    for (size_t i = 0; i < anchors->count; i++) {
        if (strcmp(anchors->anchors[i].name, probe->name) == 0)
            anchors->anchors[i].left_out = true;
    }
    text_add(notice, notice->length == 0 ? "" : "; ");
    text_add(notice, "trust anchor of ");
    text_add(notice, probe->name);
    text_add(notice, " left out, its names are not validated: ");
    text_add(notice, probe->cause);
    return false;
}

bool unbound_probe(struct event_base *base, struct ub_ctx *context, struct unbound_anchors *anchors, unsigned probe_ms,
                   struct text *notice)
{
    struct probes probes = {0};
    bool all = true;

    if (anchors->count == 0)
        return true;
    if (!probes_collect(&probes, anchors)) {
        text_add(notice, "trust anchors not looked at: out of memory");
        return true;
    }
    probes_ask(&probes, context);
    probes_wait(&probes, base, context, probe_ms);
    for (size_t i = 0; i < probes.count; i++)
        all = probe_judge(&probes.probes[i], anchors, notice) && all;
    free(probes.probes);
    return all;
}
