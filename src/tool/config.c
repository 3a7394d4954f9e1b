/*
 * config.c - vouchsafe config: prints configuration files, and checks one with all that it names.
 */
#include "tool/config.h"
#include "base/text.h"
#include "dns/unbound_context.h"
#include "session/feedback.h"
#include "session/sources.h"
#include "session/sources_lists.h"
#include "tool/tool.h"

#include <errno.h>
#include <event2/event.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME              "config"
#define POSTFIX_WAIT_S    30 /* milter_command_timeout of postconf(5) */
#define POSTFIX_MARGIN_MS 20000
#define EXAMPLE_MARGIN_MS 8000

static const char usage[] = "usage: vouchsafe config defaults | sample | check [FILE]\n";

/* config_warn - one line of advice on standard output */
static void config_warn(const char *path, const char *advice)
{
    char safe[1024];
    struct text text;

    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(path));
    text_add(&text, ": warning: ");
    text_add_printable(&text, text_bytes(advice));
    puts(safe);
}

/* config_check_user - does this system have the user and the group? Empty ones are fine. */
static bool config_check_user(const char *path, const char *what, const char *user, const char *group)
{
    if (user[0] != '\0' && getpwnam(user) == NULL) {
        tool_fail(NAME, "%s: %s: there is no user \"%s\"", path, what, user);
        return false;
    }
    if (group[0] != '\0' && getgrnam(group) == NULL) {
        tool_fail(NAME, "%s: %s: there is no group \"%s\"", path, what, group);
        return false;
    }
    return true;
}

/* config_check_users - all users and groups that the file names */
static bool config_check_users(const char *path, const struct conf *conf)
{
    for (size_t i = 0; i < conf->listeners_count; i++) {
        const struct conf_listener *listener = &conf->listeners[i];

        if (!config_check_user(path, listener->title, listener->owner, listener->group))
            return false;
    }
    return config_check_user(path, "daemon", conf->daemon.user, conf->daemon.group);
}

/* config_has_folder - is the folder of a file there? Its name is written in any case */
static bool config_has_folder(const char *file, char folder[CONF_STRING_SIZE])
{
    const char *slash = strrchr(file, '/');
    struct stat status;
    struct text text;

    text_init(&text, folder, CONF_STRING_SIZE);
    if (file[0] == '\0' || slash == NULL || slash == file)
        return true;
    text_add_bytes(&text, file, (size_t)(slash - file));
    return stat(folder, &status) == 0 && S_ISDIR(status.st_mode);
}

/* config_check_folder - is there a folder for a file that the daemon writes from the start? */
static bool config_check_folder(const char *path, const char *option, const char *file)
{
    char folder[CONF_STRING_SIZE];

    if (config_has_folder(file, folder))
        return true;
    tool_fail(NAME, "%s: %s = %s: there is no folder %s", path, option, file, folder);
    return false;
}

/* config_check_anchor - read the trust anchor, if the DNS is asked at all */
static bool config_check_anchor(const char *path, const struct conf_dns *dns)
{
    const char *anchor = dns->trust_anchor[0] == '\0' ? NULL : dns->trust_anchor;
    char notice[UNBOUND_ERROR_SIZE], error[UNBOUND_ERROR_SIZE];
    struct unbound_anchors anchors = {NULL, 0};
    struct text text;
    bool fine;

    if (dns->zone_files.count != 0)
        return true;
    text_init(&text, notice, sizeof notice);
    fine = unbound_anchors_read(&anchors, anchor, &text, error);
    unbound_anchors_free(&anchors);
    if (!fine)
        tool_fail(NAME, "%s", error);
    else if (notice[0] != '\0')
        config_warn(path, notice);
    return fine;
}

/* config_check_sources - open lists, zone files and the resolver as the daemon would, but ask nothing */
static bool config_check_sources(const struct conf *conf, const char *path)
{
    struct conf *copy = malloc(sizeof *copy);
    struct event_base *base = event_base_new();
    char notice[SOURCES_ERROR_SIZE], error[SOURCES_ERROR_SIZE] = "out of memory";
    struct sources sources;
    bool fine = false;
    struct text text;

    if (copy != NULL && base != NULL) {
        *copy = *conf;
        memcpy(copy->dns.trust_anchor, "none", sizeof "none"); /* it would be looked up */
        fine = sources_open(&sources, copy, base, notice, error);
        text_init(&text, notice, sizeof notice); /* not what comes of doing without the anchor */
        if (fine)
            sources_lists_notice(&sources, &text);
        if (text.length != 0)
            config_warn(path, notice);
        sources_close(&sources);
    }
    if (!fine)
        tool_fail(NAME, "%s", error);
    if (base != NULL)
        event_base_free(base);
    free(copy);
    return fine;
}

/* config_has - is there a listener of this protocol? */
static bool config_has(const struct conf *conf, enum conf_protocol protocol)
{
    for (size_t i = 0; i < conf->listeners_count; i++) {
        if (conf->listeners[i].protocol == protocol)
            return true;
    }
    return false;
}

/* config_is_used - does a listener or a recipient domain name this profile? */
static bool config_is_used(const struct conf *conf, size_t profile)
{
    for (size_t i = 0; i < conf->listeners_count; i++) {
        if (conf->listeners[i].profile == profile)
            return true;
    }
    for (size_t i = 0; i < conf->domains_count; i++) {
        if (conf->domains[i].profile == profile)
            return true;
    }
    return false;
}

/* config_advise_profile - what a profile makes likely to go wrong */
static void config_advise_profile(const char *path, const struct conf *conf, size_t index)
{
    const struct conf_profile *profile = &conf->profiles[index];
    char advice[256];
    struct text text;

    text_init(&text, advice, sizeof advice);
    text_add(&text, "profile \"");
    text_add(&text, profile->name);
    if (!config_is_used(conf, index)) {
        text_add(&text, "\": no listener and no domain uses it");
        if (index != 0)
            config_warn(path, advice);
        return;
    }
    if (profile->judge && profile->trusted_networks.count == 0) {
        text_add(&text, "\": trusted_networks is empty, so your own machines are judged too");
        config_warn(path, advice);
    }
}

/* config_advise_accreditor - an accreditor that could turn against everybody, or praise everybody, unseen */
static void config_advise_accreditor(const char *path, const struct conf_accreditor *accreditor)
{
    const struct vouch_service *service = &accreditor->service;
    char advice[2 * VOUCH_NAME_SIZE];
    struct text text;

    if (service->style == VOUCH_STYLE_LIST || service->weight_milli == 0 || !(service->positives || service->negatives))
        return;
    if (accreditor->canary_random || accreditor->canary_unlisted[0] != '\0')
        return;
    text_init(&text, advice, sizeof advice);
    text_add(&text, "accreditor \"");
    text_add(&text, service->name);
    text_add(&text, "\": without canary_random and canary_unlisted nothing tells if it lists everybody");
    config_warn(path, advice);
}

/* config_advise_folder - a file that the daemon writes later; mail flows without it */
static void config_advise_folder(const char *path, const char *option, const char *file)
{
    char folder[CONF_STRING_SIZE], advice[3 * CONF_STRING_SIZE];

    if (!config_has_folder(file, folder) &&
        snprintf(advice, sizeof advice, "%s = %s: there is no folder %s; make it, owned by daemon.user", option, file,
                 folder) > 0)
        config_warn(path, advice);
}

/* config_advise_store - what is remembered, and what needs that */
static void config_advise_store(const char *path, const struct conf *conf)
{
    const struct conf_accreditor *accreditor = conf->accreditors;
    struct stat token;

    if (conf->store.type == CONF_STORE_SQLITE || conf->store.type == CONF_STORE_REDIS)
        config_advise_folder(path, "store.file", conf->store.file);
    config_advise_folder(path, "earned.postscreen", conf->earned.postscreen);
    config_advise_folder(path, "earned.rbldnsd", conf->earned.rbldnsd);
    config_advise_folder(path, "earned.zone", conf->earned.zone);
    config_advise_folder(path, "earned.text", conf->earned.text);
    for (size_t i = 0; i < conf->settings.services_count && conf->store.type == CONF_STORE_NONE; i++)
        if (accreditor[i].service.style == VOUCH_STYLE_LIST && accreditor[i].shared) {
            config_warn(path, "store.type is none: lists with shared = yes have no entries");
            break;
        }
    if (conf->feedback.token_file[0] != '\0' && stat(conf->feedback.token_file, &token) == 0 &&
        (token.st_mode & S_IROTH) != 0)
        config_warn(path, "feedback.token_file can be read by everybody on this host, and who reads it can vote");
}

/* config_advise_classes - listeners on which being trusted changes nothing */
static void config_advise_classes(const char *path, const struct conf *conf)
{
    char advice[CONF_STRING_SIZE + 256];

    for (size_t i = 0; i < conf->listeners_count; i++) {
        const struct conf_listener *listener = &conf->listeners[i];

        if (listener->protocol == CONF_POLICY && conf->profiles[listener->profile].trusted_class[0] == '\0' &&
            snprintf(advice, sizeof advice,
                     "listener \"%s\": policy.trusted_class is not set, so trusted sessions skip no checks of Postfix",
                     listener->title) > 0)
            config_warn(path, advice);
    }
}

/* config_advise - what is allowed, and yet may not be meant */
static void config_advise(const char *path, const struct conf *conf)
{
    char advice[256];

    if (conf->listeners_count == 0)
        config_warn(path, "no listener: vouchsafed does not start with this file");
    else if (conf->daemon.user[0] == '\0' && geteuid() == 0)
        config_warn(path, "daemon.user is empty: vouchsafed would go on as root");
    if (config_has(conf, CONF_MILTER) && conf->dns.timeout_ms > POSTFIX_MARGIN_MS &&
        snprintf(advice, sizeof advice, "dns.timeout = %g: Postfix gives a milter %d seconds (milter_command_timeout)",
                 (double)conf->dns.timeout_ms / 1000, POSTFIX_WAIT_S) > 0)
        config_warn(path, advice);
    if ((config_has(conf, CONF_POLICY) || config_has(conf, CONF_EXIM)) && conf->dns.timeout_ms > EXAMPLE_MARGIN_MS &&
        snprintf(advice, sizeof advice,
                 "dns.timeout = %g: see that the MTA waits longer; our examples wait 10 seconds (policy) and 15 (Exim)",
                 (double)conf->dns.timeout_ms / 1000) > 0)
        config_warn(path, advice);
    if (config_has(conf, CONF_HTTP) && conf->store.type == CONF_STORE_NONE)
        config_warn(path, "store.type is none: the http listener takes no feedback");
    else if (config_has(conf, CONF_HTTP) && conf->feedback.token_file[0] == '\0')
        config_warn(path, "feedback.token_file is not set: nobody may post feedback to the http listener");
    if (conf->feedback.header[0] != '\0' && conf->store.type == CONF_STORE_NONE)
        config_warn(path, "store.type is none: what feedback.header says is not counted");
    if (conf->store.type == CONF_STORE_NONE && (conf->earned.postscreen[0] != '\0' || conf->earned.rbldnsd[0] != '\0' ||
                                                conf->earned.zone[0] != '\0' || conf->earned.text[0] != '\0'))
        config_warn(path, "store.type is none: the files of the section earned are never written");
    if (conf->listeners_count != 0 && conf->policy.why_url[0] == '\0')
        config_warn(path, "why_url is not set: a refusal does not say where its sender can read more");
    config_advise_store(path, conf);
    config_advise_classes(path, conf);
    for (size_t i = 0; i < conf->profiles_count; i++)
        config_advise_profile(path, conf, i);
    for (size_t i = 0; i < conf->settings.services_count; i++)
        config_advise_accreditor(path, &conf->accreditors[i]);
}

/* config_check_token - read the secret of those who may post feedback, if anybody can */
static bool config_check_token(const char *path, const struct conf *conf)
{
    char token[FEEDBACK_TOKEN_SIZE], error[CONF_ERROR_SIZE];

    if (!config_has(conf, CONF_HTTP) || conf->feedback.token_file[0] == '\0' ||
        feedback_read_token(conf->feedback.token_file, token, error))
        return true;
    tool_fail(NAME, "%s: %s", path, error);
    return false;
}

/* config_check - read a file and what it names; say that it is fine, or what is not */
static int config_check(const char *path)
{
    struct conf *conf = malloc(sizeof *conf);
    char error[CONF_ERROR_SIZE], safe[1024];
    int status = TOOL_USAGE;
    struct text text;

    if (conf == NULL)
        return tool_fail(NAME, "out of memory");
    conf_init(conf);
    if (!conf_read(conf, path, error)) {
        tool_fail(NAME, "%s", error);
        goto done;
    }
    if (!config_check_users(path, conf) || !config_check_folder(path, "log.file", conf->log.file) ||
        !config_check_folder(path, "daemon.pid_file", conf->daemon.pid_file) || !config_check_sources(conf, path) ||
        !config_check_anchor(path, &conf->dns) || !config_check_token(path, conf))
        goto done;
    text_init(&text, safe, sizeof safe);
    text_add_printable(&text, text_bytes(path));
    printf("%s: fine\n", safe);
    config_advise(path, conf);
    status = TOOL_FINE;
done:
    free(conf);
    return status;
}

int config_main(int argc, char **argv)
{
    const char *verb = argc < 2 ? "" : argv[1];
    int status = TOOL_FINE;

    if (strcmp(verb, "--help") == 0) {
        fputs(usage, stdout);
    } else if (strcmp(verb, "defaults") == 0 && argc == 2) {
        config_print_defaults(stdout);
    } else if (strcmp(verb, "sample") == 0 && argc == 2) {
        config_print_sample(stdout);
    } else if (strcmp(verb, "check") == 0 && argc <= 3) {
        status = config_check(argc == 3 ? argv[2] : CONF_FILE);
    } else {
        fputs(usage, stderr);
        return TOOL_USAGE;
    }
    if (fflush(stdout) != 0)
        return tool_fail(NAME, "standard output: %s", strerror(errno));
    return status;
}
