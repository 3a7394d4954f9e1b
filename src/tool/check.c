/*
 * check.c - vouchsafe check: the full verdict on one client address and HELO name. [DESIGN 6.1]
 */
#include "base/text.h"
#include "session/keeping.h"
#include "session/sources.h"
#include "tool/outcome.h"
#include "tool/tool.h"

#include <errno.h>
#include <event2/event.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NAME "check"

static const char usage[] =
    "usage: vouchsafe check [--zone FILE]... [--config FILE] [--resolver ADDR[@PORT]]\n"
    "                       [--trust-anchor FILE|none] [--accreditor NAME[:STYLE]]... [--json] [--trace] IP HELO\n";

/* What the command line says. */
struct request {
    struct conf conf;
    struct conf_strings accreditors, zones, resolvers;
    const char *config, *trust_anchor;
    bool json, trace, help;
    struct vouch_facts facts;
};

/* check_keep - remember a repeatable option's value */
static bool check_keep(struct conf_strings *strings, const char *value, const char *option)
{
    struct text text;

    if (strings->count == CONF_STRINGS_MAX) {
        tool_fail(NAME, "--%s: more than %d", option, CONF_STRINGS_MAX);
        return false;
    }
    text_init(&text, strings->strings[strings->count++], CONF_STRING_SIZE);
    text_add(&text, value);
    if (!text.cut)
        return true;
    tool_fail(NAME, "--%s %s: too long", option, value);
    return false;
}

/* check_once - take the value of an option that may be given once */
static bool check_once(const char **value, const char *option)
{
    if (*value != NULL || strlen(optarg) >= CONF_STRING_SIZE) {
        tool_fail(NAME, "--%s: %s", option, *value != NULL ? "given twice" : "too long");
        return false;
    }
    *value = optarg;
    return true;
}

/* check_take_option - one option of the command line */
static bool check_take_option(struct request *request, int option)
{
    switch (option) {
    case 'z':
        return check_keep(&request->zones, optarg, "zone");
    case 'c':
        return check_once(&request->config, "config");
    case 'r':
        return check_keep(&request->resolvers, optarg, "resolver");
    case 't':
        return check_once(&request->trust_anchor, "trust-anchor");
    case 'a':
        return check_keep(&request->accreditors, optarg, "accreditor");
    case 'j':
        request->json = true;
        return true;
    case 'T':
        request->trace = true;
        return true;
    case 'h':
        request->help = true;
        return true;
    default:
        return false;
    }
}

/* check_parse_options - the options, up to the first operand */
static bool check_parse_options(struct request *request, int argc, char **argv)
{
    static const struct option options[] = {
        {"help", no_argument, NULL, 'h'},
        {"zone", required_argument, NULL, 'z'},
        {"config", required_argument, NULL, 'c'},
        {"resolver", required_argument, NULL, 'r'},
        {"trust-anchor", required_argument, NULL, 't'},
        {"accreditor", required_argument, NULL, 'a'},
        {"json", no_argument, NULL, 'j'},
        {"trace", no_argument, NULL, 'T'},
        {NULL, 0, NULL, 0},
    };
    int option;
    int before;
    int index = -1;

    opterr = 0;
    while (before = optind, (option = getopt_long(argc, argv, "+:", options, &index)) != -1) {
        const char *given = argv[before];
        bool whole = index < 0 || strncmp(given + 2, options[index].name, strlen(options[index].name)) == 0;

        if (option == ':')
            tool_fail(NAME, "%s needs a value", given);
        else if (option == '?' && optopt != 0 && given[1] == '-')
            tool_fail(NAME, "%s: takes no value", given);
        else if (option == '?' || !whole) /* getopt_long would take a beginning for the whole */
            tool_fail(NAME, "unknown option: %s", given);
        if (option == '?' || option == ':' || !whole || !check_take_option(request, option))
            return false;
        index = -1;
    }
    return true;
}

/* check_parse_operands - IP and HELO */
static bool check_parse_operands(struct request *request, int argc, char **argv)
{
    if (argc - optind != 2) {
        tool_fail(NAME, argc - optind < 2 ? "needs an IP address and a HELO name"
                                          : "too many arguments; options come before the IP address");
        return false;
    }
    if (!vouch_address_parse(&request->facts.client, argv[optind], strlen(argv[optind]))) {
        tool_fail(NAME, "%s: not an IP address", argv[optind]);
        return false;
    }
    request->facts.helo = text_bytes(argv[optind + 1]);
    return true;
}

/* check_list_name - what a private list is called: its file's name, odd characters as hyphens */
static void check_list_name(const char *path, char name[VOUCH_NAME_SIZE])
{
    const char *slash = strrchr(path, '/');
    struct text text;

    text_init(&text, name, VOUCH_NAME_SIZE);
    for (const char *at = slash == NULL ? path : slash + 1; *at != '\0' && text.length < 63; at++)
        text_add_char(&text, text_is_alnum(*at) || (*at == '.' && text.length != 0 && at[1] != '.') ? *at : '-');
}

/* check_add_accreditor - NAME[:STYLE]; of style list, NAME is the file */
static bool check_add_accreditor(struct conf *conf, const char *value)
{
    const struct conf_option *style = conf_find(conf_accreditor_options, conf_accreditor_options_count, "style");
    char copy[CONF_STRING_SIZE], name[VOUCH_NAME_SIZE], error[CONF_ERROR_SIZE];
    struct conf_accreditor accreditor;
    struct text text;
    char *colon;
    bool list;

    text_init(&text, copy, sizeof copy);
    text_add(&text, value);
    colon = strrchr(copy, ':');
    if (colon != NULL)
        *colon++ = '\0';
    list = colon != NULL && strcmp(colon, "list") == 0;
    check_list_name(copy, name);
    if (!conf_accreditor_init(&accreditor, list ? name : copy, error) ||
        (colon != NULL && !conf_set(style, &accreditor, colon, error))) {
        tool_fail(NAME, "--accreditor %s: %s", value, error);
        return false;
    }
    text_init(&text, accreditor.file, sizeof accreditor.file);
    text_add(&text, list ? copy : "");
    if (conf_add_accreditor(conf, &accreditor, error))
        return true;
    tool_fail(NAME, "--accreditor %s: %s", value, error);
    return false;
}

/* check_has_anchor - is there a trust anchor that zone files would leave unused? */
static bool check_has_anchor(const struct request *request)
{
    return request->trust_anchor != NULL && strcmp(request->trust_anchor, "none") != 0;
}

/* check_configure - the configuration: defaults, the file, then the command line */
static bool check_configure(struct request *request)
{
    struct conf *conf = &request->conf;
    char error[CONF_ERROR_SIZE];
    struct text text;

    conf_init(conf);
    if (request->config != NULL && !conf_read(conf, request->config, error)) {
        tool_fail(NAME, "%s", error);
        return false;
    }
    if (request->zones.count != 0 && (request->resolvers.count != 0 || check_has_anchor(request))) {
        tool_fail(NAME, "--zone and --%s exclude each other",
                  request->resolvers.count != 0 ? "resolver" : "trust-anchor");
        return false;
    }
    if (request->zones.count != 0)
        conf->dns.zone_files = request->zones;
    if (request->resolvers.count != 0) {
        conf->dns.resolvers = request->resolvers;
        conf->dns.recursion = false;
        conf->dns.zone_files.count = 0;
    }
    if (request->trust_anchor != NULL) {
        text_init(&text, conf->dns.trust_anchor, sizeof conf->dns.trust_anchor);
        text_add(&text, request->trust_anchor);
    }
    for (size_t i = 0; i < request->accreditors.count; i++) {
        if (!check_add_accreditor(conf, request->accreditors.strings[i]))
            return false;
    }
    return true;
}

/* check_now_us - a clock that never goes back */
static uint64_t check_now_us(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/* check_print - the outcome as asked for */
static int check_print(const struct request *request, const struct outcome *outcome)
{
    bool fine = true;

    if (request->json)
        fine = outcome_print_json(outcome, &request->conf, stdout);
    else
        outcome_print_text(outcome, &request->conf, request->trace,
                           isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == NULL, stdout);
    if (!fine || fflush(stdout) != 0)
        return tool_fail(NAME, "standard output: %s", strerror(errno));
    return outcome->verb == VOUCH_VERB_REJECT ? TOOL_REFUSED : TOOL_FINE;
}

/* What is remembered, and the services that somebody of the fleet suspended. */
struct memory {
    struct keeping keeping;
    struct vouch_settings *settings;
    struct event_base *base;
    int64_t now_s;
    bool finished;
};

/* check_take_suspension - mark the service that a row names */
static bool check_take_suspension(void *owner, const struct store_row *row)
{
    struct memory *memory = owner;

    for (unsigned i = 0; i < memory->settings->services_count; i++) {
        struct vouch_service *service = &memory->settings->services[i];

        if (service->style != VOUCH_STYLE_LIST && strcmp(service->name, row->name) == 0 && row->until_s > memory->now_s)
            service->suspended = true;
    }
    return true;
}

/* check_end_suspensions - all rows were there, or the store has trouble, which is said elsewhere */
static void check_end_suspensions(void *owner, const char *trouble)
{
    struct memory *memory = owner;

    (void)trouble;
    memory->finished = true;
    event_base_loopbreak(memory->base);
}

/* check_open_memory - what the configuration remembers with, never written; suspensions go into the settings */
static bool check_open_memory(struct memory *memory, const struct conf *conf)
{
    struct timeval deadline = {conf->store.timeout_ms / 1000, (suseconds_t)(conf->store.timeout_ms % 1000) * 1000};
    char error[CONF_ERROR_SIZE];
    const char *trouble;
    uint64_t dropped;

    if (conf->store.type == CONF_STORE_NONE)
        return true;
    if (!keeping_open(&memory->keeping, conf, memory->base, true, NULL, error)) {
        tool_fail(NAME, "%s", error);
        return false;
    }
    memory->now_s = (int64_t)time(NULL);
    store_each(memory->keeping.store, STORE_SUSPENSION, check_take_suspension, check_end_suspensions, memory);
    if (!memory->finished && event_base_loopexit(memory->base, &deadline) == 0)
        event_base_dispatch(memory->base);
    trouble = store_trouble(memory->keeping.store, &dropped);
    if (trouble != NULL)
        tool_fail(NAME, "store: %s", trouble);
    return true;
}

/* check_say - what is worth telling once, if anything */
static void check_say(const char *notice)
{
    if (notice[0] != '\0')
        tool_fail(NAME, "%s", notice);
}

/* check_run - open the sources, judge, print */
static int check_run(struct request *request, struct outcome *outcome, struct event_base *base)
{
    char notice[SOURCES_ERROR_SIZE];
    char error[SOURCES_ERROR_SIZE];
    uint64_t start_us = check_now_us();
    uint32_t spent_ms;
    struct sources sources = {.dns = NULL};
    struct memory memory = {.settings = &request->conf.settings, .base = base};
    int status = TOOL_USAGE;

    if (!check_open_memory(&memory, &request->conf))
        goto done;
    if (!sources_open(&sources, &request->conf, base, notice, error)) {
        tool_fail(NAME, "%s", error);
        goto done;
    }
    sources.store = memory.keeping.store;
    check_say(notice);
    outcome->facts = request->facts;
    spent_ms = (uint32_t)((check_now_us() - start_us) /
                          1000); /* the look at trust anchors is part of a decision's time */
    if (spent_ms > request->conf.dns.timeout_ms)
        spent_ms = request->conf.dns.timeout_ms;
    if (!outcome_judge(outcome, &request->conf, &sources, base, request->conf.dns.timeout_ms - spent_ms)) {
        tool_fail(NAME, "out of memory");
        goto done;
    }
    outcome->elapsed_ms = (unsigned)((check_now_us() - start_us + 500) / 1000);
    status = check_print(request, outcome);
done:
    sources_close(&sources);
    keeping_close(&memory.keeping);
    return status;
}

int check_main(int argc, char **argv)
{
    struct request *request = calloc(1, sizeof *request);
    struct outcome *outcome = calloc(1, sizeof *outcome);
    struct event_base *base = event_base_new();
    int status = TOOL_USAGE;

    if (request == NULL || outcome == NULL || base == NULL)
        status = tool_fail(NAME, "out of memory");
    else if (!check_parse_options(request, argc, argv))
        fputs(usage, stderr);
    else if (request->help)
        status = fputs(usage, stdout) == EOF ? TOOL_USAGE : TOOL_FINE;
    else if (!check_parse_operands(request, argc, argv))
        fputs(usage, stderr);
    else if (check_configure(request))
        status = check_run(request, outcome, base);
    if (base != NULL)
        event_base_free(base);
    if (outcome != NULL)
        outcome_clear(outcome);
    free(outcome);
    free(request);
    return status;
}
