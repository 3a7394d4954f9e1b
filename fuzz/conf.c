/*
 * conf.c - any text as a configuration: it is read, or refused with place and cause; what is read keeps its bounds.
 */
#include "conf/conf.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* conf_check - the bounds that the evaluator relies on */
static void conf_check(const struct conf *conf)
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
