/*
 * sources.c - opens what the configuration names to answer questions.
 */
#include "session/sources.h"

#include "accredit/list.h"
#include "base/text.h"
#include "dns/flight.h"
#include "dns/unbound.h"
#include "dns/zone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROBE_MAX_MS 2000

_Static_assert(SOURCES_ERROR_SIZE >= UNBOUND_ERROR_SIZE && SOURCES_ERROR_SIZE >= ZONE_ERROR_SIZE &&
                   SOURCES_ERROR_SIZE >= LIST_ERROR_SIZE,
               "one buffer takes the message of any source");

/* sources_fail - "PATH: cause"; false, for returning */
static bool sources_fail(char error[SOURCES_ERROR_SIZE], const char *path, const char *cause)
{
    struct text text;

    text_init(&text, error, SOURCES_ERROR_SIZE);
    text_add_printable(&text, text_bytes(path));
    text_add(&text, ": ");
    text_add(&text, cause);
    return false;
}

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
static struct dns_source *sources_open_zones(const struct conf_strings *files, struct event_base *base,
                                             char error[SOURCES_ERROR_SIZE])
{
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

/* sources_open_lists - the files of the accreditors of style list */
static bool sources_open_lists(struct sources *sources, const struct conf *conf, char error[SOURCES_ERROR_SIZE])
{
    for (unsigned i = 0; i < conf->settings.services_count; i++) {
        const char *path = conf->accreditors[i].file;
        FILE *file;
        bool fine;

        if (conf->settings.services[i].style != VOUCH_STYLE_LIST || conf->accreditors[i].shared)
            continue;
        file = fopen(path, "re");
        if (file == NULL)
            return sources_fail(error, path, strerror(errno));
        sources->lists[i].list = list_new();
        fine = sources->lists[i].list != NULL ? list_read(sources->lists[i].list, file, path, error)
                                              : sources_fail(error, path, "out of memory");
        if (fclose(file) != 0 && fine)
            fine = sources_fail(error, path, strerror(errno));
        if (!fine)
            return false;
    }
    return true;
}

bool sources_open(struct sources *sources, const struct conf *conf, struct event_base *base,
                  char notice[SOURCES_ERROR_SIZE], char error[SOURCES_ERROR_SIZE])
{
    struct dns_source *driver;

    memset(sources, 0, sizeof *sources);
    sources->settings = conf->settings;
    sources->conf = conf;
    notice[0] = '\0';
    error[0] = '\0';
    if (!sources_open_lists(sources, conf, error))
        return false;
    driver = conf->dns.zone_files.count != 0 ? sources_open_zones(&conf->dns.zone_files, base, error)
                                             : sources_open_dns(&conf->dns, base, notice, error);
    if (driver == NULL)
        return false;
    sources->dns = flight_open(driver);
    return sources->dns != NULL || sources_fail(error, "dns", "out of memory");
}

void sources_close(struct sources *sources)
{
    dns_close(sources->dns);
    sources->dns = NULL;
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++) {
        list_free(sources->lists[i].list);
        sources->lists[i].list = NULL;
    }
}
