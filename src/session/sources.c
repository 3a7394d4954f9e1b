/*
 * sources.c - opens what the configuration names to answer questions.
 */
#include "session/sources.h"

#include "accredit/list.h"
#include "accredit/organization.h"
#include "base/text.h"
#include "dns/flight.h"
#include "dns/limit.h"
#include "dns/unbound.h"
#include "dns/zone.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PROBE_MAX_MS 2000

_Static_assert(SOURCES_ERROR_SIZE >= UNBOUND_ERROR_SIZE && SOURCES_ERROR_SIZE >= ZONE_ERROR_SIZE &&
                   SOURCES_ERROR_SIZE >= LIST_ERROR_SIZE && SOURCES_ERROR_SIZE >= ORGANIZATION_ERROR_SIZE,
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

/* sources_has_file - is this service a list of names in a file? */
static bool sources_has_file(const struct conf *conf, unsigned service)
{
    return conf->settings.services[service].style == VOUCH_STYLE_LIST && !conf->accreditors[service].shared;
}

/* sources_read_list - a new list out of this file, and what the file looked like before; null: an error */
static struct list *sources_read_list(const char *path, struct stat *status, char error[SOURCES_ERROR_SIZE])
{
    FILE *file = fopen(path, "re");
    struct list *list;
    bool fine;

    if (file == NULL) {
        sources_fail(error, path, strerror(errno));
        return NULL;
    }
    list = list_new();
    if (list == NULL)
        fine = sources_fail(error, path, "out of memory");
    else if (fstat(fileno(file), status) != 0)
        fine = sources_fail(error, path, strerror(errno));
    else
        fine = list_read(list, file, path, error);
    if (fclose(file) != 0 && fine)
        fine = sources_fail(error, path, strerror(errno));
    if (fine)
        return list;
    list_free(list);
    return NULL;
}

/* sources_open_lists - the files of the accreditors of style list */
static bool sources_open_lists(struct sources *sources, const struct conf *conf, char error[SOURCES_ERROR_SIZE])
{
    for (unsigned i = 0; i < conf->settings.services_count; i++) {
        struct sources_list *own = &sources->lists[i];

        if (!sources_has_file(conf, i))
            continue;
        own->list = sources_read_list(conf->accreditors[i].file, &own->file, error);
        if (own->list == NULL)
            return false;
    }
    return true;
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
    struct dns_source *driver;

    memset(sources, 0, sizeof *sources);
    sources->settings = conf->settings;
    sources->conf = conf;
    notice[0] = '\0';
    error[0] = '\0';
    if (!sources_open_lists(sources, conf, error))
        return false;
    if (sources_want_organizations(&conf->settings)) {
        sources->organizations = organizations_open(conf->reputation.suffix_list, error);
        if (sources->organizations == NULL)
            return false;
    }
    driver = conf->dns.zone_files.count != 0 ? sources_open_zones(&conf->dns.zone_files, base, error)
                                             : sources_open_dns(&conf->dns, base, notice, error);
    if (driver == NULL)
        return false;
    sources->dns = flight_open(driver);
    if (sources->dns == NULL || !sources_open_limits(sources, conf, base))
        return sources_fail(error, "dns", "out of memory");
    return true;
}

/* sources_file_differs - is it another file, or was it written since? */
static bool sources_file_differs(const struct stat *a, const struct stat *b)
{
    return a->st_dev != b->st_dev || a->st_ino != b->st_ino || a->st_size != b->st_size ||
           a->st_mtim.tv_sec != b->st_mtim.tv_sec || a->st_mtim.tv_nsec != b->st_mtim.tv_nsec ||
           a->st_ctim.tv_sec != b->st_ctim.tv_sec || a->st_ctim.tv_nsec != b->st_ctim.tv_nsec;
}

/* sources_refresh_list - read one file anew if it changed; true: the list is another */
static bool sources_refresh_list(struct sources_list *own, const char *path, char error[SOURCES_ERROR_SIZE])
{
    struct stat status = {0};
    int cause = stat(path, &status) == 0 ? 0 : errno;
    struct list *list;

    if (!sources_file_differs(&status, &own->file))
        return false;
    own->file = status; /* whatever it holds, it is looked at once */
    if (cause != 0 || !S_ISREG(status.st_mode)) {
        sources_fail(error, path, cause != 0 ? strerror(cause) : "no regular file");
        return false;
    }
    list = sources_read_list(path, &own->file, error);
    if (list == NULL)
        return false;
    list_free(own->list);
    own->list = list;
    return true;
}

bool sources_refresh_lists(struct sources *sources, char error[SOURCES_ERROR_SIZE])
{
    bool changed = false;
    struct text text;

    text_init(&text, error, SOURCES_ERROR_SIZE);
    for (unsigned i = 0; i < sources->conf->settings.services_count; i++) {
        char cause[SOURCES_ERROR_SIZE] = "";

        if (!sources_has_file(sources->conf, i))
            continue;
        changed |= sources_refresh_list(&sources->lists[i], sources->conf->accreditors[i].file, cause);
        if (cause[0] == '\0')
            continue;
        text_add(&text, text.length != 0 ? "; " : "");
        text_add(&text, cause);
    }
    return changed;
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
    for (size_t i = 0; i < VOUCH_SERVICES_MAX; i++) {
        list_free(sources->lists[i].list);
        sources->lists[i].list = NULL;
    }
}
