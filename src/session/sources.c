/*
 * sources.c - opens what the configuration names to answer questions.
 */
#include "session/sources.h"

#include "accredit/organization.h"
#include "base/text.h"
#include "dns/flight.h"
#include "dns/limit.h"
#include "dns/unbound.h"
#include "dns/zone.h"
#include "session/sources_lists.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROBE_MAX_MS 2000

_Static_assert(SOURCES_ERROR_SIZE >= UNBOUND_ERROR_SIZE && SOURCES_ERROR_SIZE >= ZONE_ERROR_SIZE &&
                   SOURCES_ERROR_SIZE >= ORGANIZATION_ERROR_SIZE,
               "one buffer takes the message of any source");

/* sources_read_zone - add one master file; "-" is standard input */
static bool sources_read_zone(struct zones *zones, const char *path, char error[SOURCES_ERROR_SIZE])
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "re");
    bool fine;

    if (file == NULL)
        return sources_fail(error, path, strerror(errno));
    fine = zones_read(zones, file, standard ? "standard input" : path, error);
    if (!standard && fclose(file) != 0 && fine)
        fine = sources_fail(error, path, strerror(errno));
    return fine;
}

/* sources_open_zones - zone files instead of the DNS */
static struct dns_source *sources_open_zones(struct sources *sources, struct event_base *base,
                                             char error[SOURCES_ERROR_SIZE])
{
    const struct conf_strings *files = &sources->conf->dns.zone_files;
    struct zones *zones = zones_new();
    struct dns_source *source;

    if (zones == NULL) {
        sources_fail(error, "zone files", "out of memory");
        return NULL;
    }
    for (size_t i = 0; i < files->count; i++) {
        if (!sources_read_zone(zones, files->strings[i], error)) {
            zones_free(zones);
            return NULL;
        }
    }
    source = zone_open(base, zones);
    if (source == NULL)
        sources_fail(error, "zone files", "out of memory");
    sources->zones = source == NULL ? NULL : zones;
    return source;
}

/* sources_path - an option that may be empty, as the driver wants it */
static const char *sources_path(const char *path)
{
    return path[0] == '\0' ? NULL : path;
}

/* sources_open_dns - the real DNS */
static struct dns_source *sources_open_dns(const struct conf_dns *dns, struct event_base *base,
                                           char notice[SOURCES_ERROR_SIZE], char error[SOURCES_ERROR_SIZE])
{
    struct unbound_config config = {
        .recursion = dns->recursion,
        .root_hints = sources_path(dns->root_hints),
        .trust_anchor = sources_path(dns->trust_anchor),
        .extra_config = sources_path(dns->unbound_config),
        .probe_ms = dns->timeout_ms / 2 < PROBE_MAX_MS ? dns->timeout_ms / 2 : PROBE_MAX_MS,
    };

    if (dns->resolvers.count > UNBOUND_RESOLVERS_MAX) {
        sources_fail(error, "dns.resolvers", "too many");
        return NULL;
    }
    for (size_t i = 0; i < dns->resolvers.count; i++)
        config.resolvers[config.resolvers_count++] = dns->resolvers.strings[i];
    return unbound_open(base, &config, notice, error);
}

/* sources_open_limits - accreditors with a time limit of their own */
static bool sources_open_limits(struct sources *sources, const struct conf *conf, struct event_base *base)
{
    for (unsigned i = 0; i < conf->settings.services_count; i++) {
        if (conf->settings.services[i].style == VOUCH_STYLE_LIST || conf->accreditors[i].timeout_ms == 0)
            continue;
        sources->accreditors[i] = limit_open(base, sources->dns, conf->accreditors[i].timeout_ms);
        if (sources->accreditors[i] == NULL)
            return false;
    }
    return true;
}

/* sources_want_organizations - will anybody be asked about an organizational domain? */
static bool sources_want_organizations(const struct vouch_settings *settings)
{
    bool wanted = settings->use_reputation;

    for (unsigned i = 0; i < settings->services_count; i++)
        wanted |= settings->services[i].ask_organization;
    return wanted;
}

bool sources_open(struct sources *sources, const struct conf *conf, struct event_base *base,
                  char notice[SOURCES_ERROR_SIZE], char error[SOURCES_ERROR_SIZE])
{
    char told[SOURCES_ERROR_SIZE];
    struct dns_source *driver;
    struct text text;

    memset(sources, 0, sizeof *sources);
    sources->settings = conf->settings;
    sources->conf = conf;
    notice[0] = '\0';
    error[0] = '\0';
    if (!sources_lists_open(sources, error))
        return false;
    if (sources_want_organizations(&conf->settings)) {
        sources->organizations = organizations_open(conf->reputation.suffix_list, error);
        if (sources->organizations == NULL)
            return false;
    }
    driver = conf->dns.zone_files.count != 0 ? sources_open_zones(sources, base, error)
                                             : sources_open_dns(&conf->dns, base, notice, error);
    if (driver == NULL)
        return false;
    sources->dns = flight_open(driver);
    if (sources->dns == NULL || !sources_open_limits(sources, conf, base))
        return sources_fail(error, "dns", "out of memory");
    text_init(&text, told, sizeof told);
    text_add(&text, notice);
    sources_lists_notice(sources, &text);
    memcpy(notice, told, sizeof told);
    return true;
}

void sources_close(struct sources *sources)
{
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++) {
        dns_close(sources->accreditors[i]);
        sources->accreditors[i] = NULL;
    }
    dns_close(sources->dns);
    sources->dns = NULL;
    organizations_close(sources->organizations);
    sources->organizations = NULL;
    sources_lists_close(sources);
}
