/*
 * dns.c - answers for the comparison of descriptions, one after the other, by the view that lint asks.
 */
#include "tool/watch/dns.h"

#include "base/text.h"
#include "dns/unbound.h"

#include <errno.h>
#include <event2/event.h>
#include <string.h>

enum { PROBE_MS = 3000, WAIT_MS = 15000 };

_Static_assert(LINT_ERROR_SIZE >= UNBOUND_ERROR_SIZE && LINT_ERROR_SIZE >= ZONE_ERROR_SIZE, "one buffer for all");

/* dns_fail - "PLACE: cause"; false */
static bool dns_fail(char error[LINT_ERROR_SIZE], const char *place, const char *cause)
{
    struct text text;

    text_init(&text, error, LINT_ERROR_SIZE);
    text_add(&text, place);
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

/* dns_ask_view - have one question answered */
static void dns_ask_view(void *owner, const char *name, enum vouch_type type,
                         void (*take)(void *self, const struct vouch_answer *answer), void *self)
{
    struct watch_dns *dns = owner;
    const struct vouch_answer *answer = dns->view.ask(dns->view.owner, name, (uint16_t)type);

    while (answer == NULL) {
        lint_round_wait(&dns->round); /* what has not come by then has timed out */
        answer = dns->view.ask(dns->view.owner, name, (uint16_t)type);
    }
    take(self, answer);
}

/* dns_each - show all records of the zone files */
static void dns_each(void *owner, void *self, void (*see)(void *self, const struct vouch_record *record))
{
    const struct watch_dns *dns = owner;

    zones_each(dns->zones, self, see);
}

/* dns_read_zone - add one master file, as publish does */
static bool dns_read_zone(struct zones *zones, const char *path, char error[LINT_ERROR_SIZE])
{
    bool standard = strcmp(path, "-") == 0; /* lint may have read it to its end */
    FILE *file = standard ? NULL : fopen(path, "re");
    bool fine;

    if (file == NULL)
        return dns_fail(error, standard ? "--zone -" : path, standard ? "no file to watch" : strerror(errno));
    fine = zones_read(zones, file, path, error);
    fclose(file);
    return fine;
}

/* dns_open_files - zone files answer */
static bool dns_open_files(struct watch_dns *dns, const struct lint_options *options, char error[LINT_ERROR_SIZE])
{
    dns->zones = zones_new();
    for (size_t i = 0; dns->zones != NULL && i < options->zones_count; i++) {
        if (!dns_read_zone(dns->zones, options->zones[i], error))
            return false;
    }
    return (dns->zones != NULL && lint_view_open_files(&dns->view, "zone files", dns->zones)) ||
           dns_fail(error, "zone files", "out of memory");
}

/* dns_open_resolver - the first resolver answers, validating */
static bool dns_open_resolver(struct watch_dns *dns, const struct lint_options *options, char notice[LINT_ERROR_SIZE],
                              char error[LINT_ERROR_SIZE])
{
    struct unbound_config config = {.trust_anchor = options->trust_anchor, .probe_ms = PROBE_MS};
    struct dns_source *driver;

    config.resolvers[0] = options->resolvers[0];
    config.resolvers_count = options->resolvers_count != 0;
    driver = unbound_open(dns->base, &config, notice, error);
    return driver != NULL && (lint_view_open_source(&dns->view, "resolver", driver, &dns->round) ||
                              dns_fail(error, "resolver", "out of memory"));
}

bool watch_dns_open(struct watch_dns *dns, const struct lint_options *options, char notice[LINT_ERROR_SIZE],
                    char error[LINT_ERROR_SIZE])
{
    bool is_files = options->zones_count != 0;

    memset(dns, 0, sizeof *dns);
    notice[0] = '\0';
    dns->source = (struct watch_source){{dns, dns_ask_view, is_files ? dns_each : NULL}, is_files};
    dns->base = event_base_new();
    if (dns->base == NULL || !lint_round_open(&dns->round, dns->base, WAIT_MS))
        return dns_fail(error, "dns", "out of memory");
    return is_files ? dns_open_files(dns, options, error) : dns_open_resolver(dns, options, notice, error);
}

void watch_dns_forget(struct watch_dns *dns)
{
    lint_view_forget(&dns->view);
}

void watch_dns_close(struct watch_dns *dns)
{
    lint_view_close(&dns->view);
    zones_free(dns->zones);
    lint_round_close(&dns->round);
    if (dns->base != NULL)
        event_base_free(dns->base);
}
