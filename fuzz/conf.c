/*
 * conf.c - any text as a configuration: it is read, or refused with place and cause; what is read keeps its bounds.
 */
#include "conf/conf.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

/* conf_check_settings - the bounds that the evaluator relies on */
static void conf_check_settings(const struct conf *conf)
{
    const struct vouch_settings *settings = &conf->settings;

    REQUIRE(settings->services_count <= VOUCH_SERVICES_MAX && settings->quorum >= 1);
    REQUIRE(settings->reject_at < 0 && settings->accept_at > 0);
    REQUIRE(settings->points[VOUCH_TOKEN_CSA_MISMATCH] <= 0 && settings->points[VOUCH_TOKEN_CSA_PASS] >= 0);
    REQUIRE(conf->dns.resolvers.count <= CONF_STRINGS_MAX && conf->dns.timeout_ms >= 100);
    REQUIRE(conf->policy.authserv_id[0] != '\0' && conf->policy.method[0] != '\0');
    fuzz_require_clean(conf->policy.authserv_id);
    fuzz_require_clean(conf->policy.method);
    fuzz_require_clean(conf->policy.why_url);
    for (unsigned i = 0; i < settings->services_count; i++) {
        REQUIRE(settings->services[i].name[0] != '\0' && settings->services[i].weight_milli <= 1000);
        fuzz_require_clean(settings->services[i].name);
    }
}

/* conf_check_profile - who is judged, and what stands in replies to Postfix */
static void conf_check_profile(const struct conf_profile *profile)
{
    struct vouch_address none = {0};

    REQUIRE(profile->name[0] != '\0' && profile->accept_at > 0 && profile->reject_at < 0);
    fuzz_require_clean(profile->name);
    fuzz_require_clean(profile->trusted_class);
    REQUIRE(strcasecmp(profile->trusted_class, "OK") != 0 && strncasecmp(profile->trusted_class, "permit", 6) != 0);
    REQUIRE(profile->submission_names.count <= CONF_WORDS_MAX);
    REQUIRE(profile->trusted_networks.count <= CONF_NETWORKS_MAX && profile->exempt.count <= CONF_EXEMPTIONS_MAX);
    REQUIRE(!conf_network_holds(&profile->trusted_networks, &none));
    for (size_t i = 0; i < profile->trusted_networks.count; i++)
        REQUIRE(conf_network_holds(&profile->trusted_networks, &profile->trusted_networks.networks[i].address));
    for (size_t i = 0; i < profile->exempt.count; i++) {
        const struct conf_exemption *exemption = &profile->exempt.exemptions[i];
        struct vouch_bytes name = {(const uint8_t *)exemption->name, strlen(exemption->name)};

        REQUIRE(exemption->comment[0] != '\0' && (exemption->network.address.family != 0) != (name.length != 0));
        fuzz_require_clean(exemption->name);
        if (exemption->name[0] != '.')
            REQUIRE(conf_find_exemption(&profile->exempt, &exemption->network.address, name) != NULL);
    }
}

/* conf_check - the bounds that the evaluator and the daemon rely on */
static void conf_check(const struct conf *conf)
{
    conf_check_settings(conf);
    REQUIRE(conf->profiles_count >= 1 && conf->profiles_count <= CONF_PROFILES_MAX);
    REQUIRE(strcmp(conf->profiles[0].name, "default") == 0 && conf->profiles[0].mode == conf->policy.mode);
    for (size_t i = 0; i < conf->profiles_count; i++) {
        conf_check_profile(&conf->profiles[i]);
        REQUIRE(conf_find_profile(conf, conf->profiles[i].name) == (int)i);
    }
    REQUIRE(conf->listeners_count <= CONF_LISTENERS_MAX && conf->domains_count <= CONF_DOMAINS_MAX);
    for (size_t i = 0; i < conf->listeners_count; i++) {
        const struct conf_listener *listener = &conf->listeners[i];

        REQUIRE(listener->profile < conf->profiles_count && listener->mode <= 0777);
        REQUIRE((listener->address.family == 0) == (listener->path[0] == '/'));
    }
    for (size_t i = 0; i < conf->domains_count; i++) {
        struct vouch_bytes name = {(const uint8_t *)conf->domains[i].name, strlen(conf->domains[i].name)};

        REQUIRE(name.length != 0 && conf->domains[i].profile < conf->profiles_count);
        if (name.data[0] != '.')
            REQUIRE(conf_domain_profile(conf, name) == &conf->profiles[conf->domains[i].profile]);
    }
    REQUIRE(conf->log.to != CONF_LOG_FILE || conf->log.file[0] != '\0');
    REQUIRE(conf->daemon.workers >= 1 && conf->limits.connections >= 1 && conf->limits.jobs >= 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct conf conf;
    char path[64], error[CONF_ERROR_SIZE];
    int file;

    if (size != 0 && memmem(data, size, "include", 7) != NULL)
        return 0; /* it would read the files of this machine */
    file = memfd_create("conf", MFD_CLOEXEC);
    if (file < 0)
        return 0;
    if (write(file, data, size) == (ssize_t)size && snprintf(path, sizeof path, "/proc/self/fd/%d", file) > 0) {
        conf_init(&conf);
        if (conf_read(&conf, path, error))
            conf_check(&conf);
        else
            REQUIRE(strncmp(error, path, strlen(path)) == 0);
    }
    close(file);
    return 0;
}
