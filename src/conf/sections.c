/*
 * sections.c - the sections that have a title: their options, and how each is taken into the configuration.
 */
#include "base/address.h"
#include "base/text.h"
#include "conf/options.h"

#include <string.h>

#define IN_PROFILE(member)    offsetof(struct conf_profile, member), sizeof(((struct conf_profile *)0)->member)
#define IN_DOMAIN(member)     offsetof(struct conf_domain, member), sizeof(((struct conf_domain *)0)->member)
#define IN_LISTENER(member)   offsetof(struct conf_listener, member), sizeof(((struct conf_listener *)0)->member)
#define IN_ACCREDITOR(member) offsetof(struct conf_accreditor, member), sizeof(((struct conf_accreditor *)0)->member)

#define INET          "inet:"
#define UNIX_PATH_MAX 107 /* sun_path, without its NUL */

static const struct conf_word styles[] = {{"dna", VOUCH_STYLE_DNA},
                                          {"vbr", VOUCH_STYLE_VBR},
                                          {"domain-list", VOUCH_STYLE_DOMAIN_LIST},
                                          {"address-list", VOUCH_STYLE_ADDRESS_LIST},
                                          {"list", VOUCH_STYLE_LIST},
                                          {0}};
static const struct conf_word asked_names[] = {{"host", false}, {"organization", true}, {0}};
static const struct conf_word protocols[] = {
    {"milter", CONF_MILTER}, {"policy", CONF_POLICY}, {"exim", CONF_EXIM}, {"http", CONF_HTTP}, {0}};

/* The defaults are not used: a profile begins with what stands at the top of the file. */
static const struct conf_option profile_options[] = {
    {"mode", CONF_WORD, IN_PROFILE(mode), 0, 0, "enforce", conf_modes, CONF_RELOAD,
     "whether the daemon acts on the verdict, or only logs and marks"},
    {"reject_at_stage", CONF_WORD, IN_PROFILE(reject_at_stage), 0, 0, "rcpt", conf_stages, CONF_RELOAD,
     "the SMTP command that a refusal answers"},
    {"require", CONF_WORD, IN_PROFILE(require), 0, 0, "nothing", conf_requires, CONF_RELOAD,
     "what a client must show: nothing, a name that CSA proves, or also trust; else it is refused"},
    {"temperror", CONF_WORD, IN_PROFILE(defer_temperror), 0, 0, "continue", conf_on_temperror, CONF_RELOAD,
     "what to do while the DNS does not answer about a name; at the top it is csa.temperror"},
    {"accept_at", CONF_NUMBER, IN_PROFILE(accept_at), 1, 100, "50", NULL, CONF_RELOAD,
     "score from which a session is trusted; at the top it is trust.accept_at"},
    {"reject_at", CONF_NUMBER, IN_PROFILE(reject_at), -100, -1, "-50", NULL, CONF_RELOAD,
     "score down from which a session is untrusted; at the top it is trust.reject_at"},
    {"judge", CONF_BOOL, IN_PROFILE(judge), 0, 0, "yes", NULL, CONF_RELOAD,
     "no: every session passes unseen, as on a listener for submission"},
    {"trusted_networks", CONF_NETWORKS, IN_PROFILE(trusted_networks), 1, CONF_STRING_SIZE - 1,
     "127.0.0.0/8 ::1 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fe80::/10", NULL, CONF_RELOAD,
     "clients that are not judged, each ADDRESS or ADDRESS/BITS"},
    {"exempt", CONF_EXEMPTIONS, IN_PROFILE(exempt), 1, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "clients that are not judged, each a network or HELO name, a blank, and the reason for it"},
    {"submission_names", CONF_WORDS, IN_PROFILE(submission_names), 1, CONF_WORD_SIZE - 1,
     "ORIGINATING MSA MSA-v4 MSA-v6", NULL, CONF_RELOAD,
     "values of the milter macro {daemon_name} whose sessions are not judged"},
    {"trusted_class", CONF_CLASS, IN_PROFILE(trusted_class), 0, CONF_WORD_SIZE - 1, "", NULL, CONF_RELOAD,
     "Postfix restriction class that answers for a trusted session; at the top it is policy.trusted_class"},
    {"prepend", CONF_BOOL, IN_PROFILE(prepend), 0, 0, "no", NULL, CONF_RELOAD,
     "have Postfix put the header field before the message; at the top it is policy.prepend"},
};
static const size_t profile_options_count = sizeof profile_options / sizeof profile_options[0];

static const struct conf_option domain_options[] = {
    {"profile", CONF_TOKEN, IN_DOMAIN(profile_name), 1, CONF_WORD_SIZE - 1, "default", NULL, CONF_RELOAD,
     "the profile of these recipients"},
};
static const size_t domain_options_count = sizeof domain_options / sizeof domain_options[0];

static const struct conf_option listener_options[] = {
    {"protocol", CONF_WORD, IN_LISTENER(protocol), 0, 0, "milter", protocols, CONF_RELOAD, "what is spoken there"},
    {"profile", CONF_TOKEN, IN_LISTENER(profile_name), 1, CONF_WORD_SIZE - 1, "default", NULL, CONF_RELOAD,
     "the profile of its sessions"},
    {"mode", CONF_OCTAL, IN_LISTENER(mode), 0, 0777, "0660", NULL, CONF_RELOAD,
     "permissions of a unix socket, in octal"},
    {"owner", CONF_TOKEN, IN_LISTENER(owner), 0, CONF_WORD_SIZE - 1, "", NULL, CONF_RELOAD,
     "owner of a unix socket; empty: who makes it"},
    {"group", CONF_TOKEN, IN_LISTENER(group), 0, CONF_WORD_SIZE - 1, "", NULL, CONF_RELOAD,
     "group of a unix socket; empty: of who makes it"},
};
static const size_t listener_options_count = sizeof listener_options / sizeof listener_options[0];

const struct conf_option conf_accreditor_options[] = {
    {"style", CONF_WORD, IN_ACCREDITOR(service.style), 0, 0, "dna", styles, CONF_RELOAD, "how the accreditor is asked"},
    {"weight", CONF_MILLI, IN_ACCREDITOR(service.weight_milli), 0, 1000, "1", NULL, CONF_RELOAD,
     "its points are multiplied by this"},
    {"positives", CONF_BOOL, IN_ACCREDITOR(service.positives), 0, 0, "yes", NULL, CONF_RELOAD,
     "whether its A and B may count"},
    {"negatives", CONF_BOOL, IN_ACCREDITOR(service.negatives), 0, 0, "yes", NULL, CONF_RELOAD,
     "whether its D and E may count"},
    {"only_if_listed", CONF_BOOL, IN_ACCREDITOR(service.only_if_listed), 0, 0, "no", NULL, CONF_RELOAD,
     "ask only if the sender's PTR records name it"},
    {"ask", CONF_WORD, IN_ACCREDITOR(service.ask_organization), 0, 0, "host", asked_names, CONF_RELOAD,
     "the name that it is asked about: that of the HELO, or its organizational domain"},
    {"codes", CONF_CODES, IN_ACCREDITOR(codes), 1, CONF_STRING_SIZE - 1, "127.0.0.2=E", NULL, CONF_RELOAD,
     "of an address or domain list, what its addresses mean, each CODE=RATING; the first that fits, others are errors"},
    {"timeout", CONF_SECONDS, IN_ACCREDITOR(timeout_ms), 0, 60000, "0", NULL, CONF_RELOAD,
     "seconds after which its answer is not awaited any more; 0: those of the decision"},
    {"canary_listed", CONF_STRING, IN_ACCREDITOR(canary_listed), 0, VOUCH_NAME_SIZE - 1, "", NULL, CONF_RELOAD,
     "a name, or an address, that must be listed there; empty: none"},
    {"canary_unlisted", CONF_STRING, IN_ACCREDITOR(canary_unlisted), 0, VOUCH_NAME_SIZE - 1, "", NULL, CONF_RELOAD,
     "one that must not be listed there; empty: none"},
    {"canary_random", CONF_BOOL, IN_ACCREDITOR(canary_random), 0, 0, "yes", NULL, CONF_RELOAD,
     "whether a random name, or address, must not be listed there"},
    {"file", CONF_PATH, IN_ACCREDITOR(file), 0, CONF_STRING_SIZE - 1, "", NULL, CONF_RELOAD,
     "the list, for style list"},
    {"shared", CONF_BOOL, IN_ACCREDITOR(shared), 0, 0, "no", NULL, CONF_RELOAD,
     "of a list, whether its entries are in the store; see vouchsafe list"},
};
const size_t conf_accreditor_options_count = sizeof conf_accreditor_options / sizeof conf_accreditor_options[0];

int conf_find_profile(const struct conf *conf, const char *name)
{
    for (size_t i = 0; i < conf->profiles_count; i++) {
        if (strcmp(conf->profiles[i].name, name) == 0)
            return (int)i;
    }
    return -1;
}

/* profile_begin - a profile like what stands at the top of the file */
static bool profile_begin(const struct conf *conf, union conf_item *item, const char *title,
                          char error[CONF_ERROR_SIZE])
{
    struct text name;

    item->profile = conf->profiles[0];
    memset(item->profile.name, 0, sizeof item->profile.name);
    text_init(&name, item->profile.name, sizeof item->profile.name);
    for (const char *at = title; *at != '\0'; at++) {
        if (!text_is_alnum(*at) && strchr("-_.", *at) == NULL)
            return conf_fail(error, "profile \"%.100s\": a name has letters, digits, \"-\", \"_\" and \".\"", title);
        text_add_char(&name, *at);
    }
    if (name.cut || name.length == 0)
        return conf_fail(error, "profile \"%.100s\": a name has 1 to %d characters", title, CONF_WORD_SIZE - 1);
    return true;
}

/* profile_add - take a profile in */
static bool profile_add(struct conf *conf, const union conf_item *item, char error[CONF_ERROR_SIZE])
{
    const char *name = item->profile.name;

    if (strcmp(name, conf->profiles[0].name) == 0)
        return conf_fail(error, "profile \"%s\": is what stands at the top of the file, outside of sections", name);
    if (conf_find_profile(conf, name) >= 0)
        return conf_fail(error, "profile \"%s\": named twice", name);
    if (conf->profiles_count == CONF_PROFILES_MAX)
        return conf_fail(error, "profile \"%s\": more than %d profiles", name, CONF_PROFILES_MAX - 1);
    conf->profiles[conf->profiles_count++] = item->profile;
    return true;
}

/* domain_begin - a recipient domain, or with a dot in front all below it */
static bool domain_begin(const struct conf *conf, union conf_item *item, const char *title, char error[CONF_ERROR_SIZE])
{
    (void)conf;
    memset(item, 0, sizeof *item);
    conf_set_defaults(domain_options, domain_options_count, item);
    if (conf_read_name(item->domain.name, title, strlen(title), true))
        return true;
    return conf_fail(error, "domain \"%.300s\": not a domain name", title);
}

/* domain_add - take a domain in, and find its profile */
static bool domain_add(struct conf *conf, const union conf_item *item, char error[CONF_ERROR_SIZE])
{
    const char *name = item->domain.name;
    int profile = conf_find_profile(conf, item->domain.profile_name);

    if (profile < 0)
        return conf_fail(error, "domain \"%s\": there is no profile \"%s\"", name, item->domain.profile_name);
    for (size_t i = 0; i < conf->domains_count; i++) {
        if (strcmp(conf->domains[i].name, name) == 0)
            return conf_fail(error, "domain \"%s\": named twice", name);
    }
    if (conf->domains_count == CONF_DOMAINS_MAX)
        return conf_fail(error, "domain \"%s\": more than %d domains", name, CONF_DOMAINS_MAX);
    conf->domains[conf->domains_count] = item->domain;
    conf->domains[conf->domains_count++].profile = (unsigned)profile;
    return true;
}

/* listener_read_port - 0 to 65535; false if it is none */
static bool listener_read_port(uint16_t *port, const char *text)
{
    unsigned number = 0;

    if (text[0] == '\0' || strlen(text) > 5)
        return false;
    for (; *text != '\0'; text++) {
        if (!text_is_digit(*text))
            return false;
        number = number * 10 + (unsigned)(*text - '0');
    }
    *port = (uint16_t)number;
    return number <= UINT16_MAX;
}

/* listener_read_inet - inet:HOST:PORT, HOST an IPv4 address, or an IPv6 address in brackets */
static bool listener_read_inet(struct conf_listener *listener, const char *title)
{
    const char *text = title + sizeof INET - 1, *colon;
    size_t length;

    if (strncmp(title, INET, sizeof INET - 1) != 0)
        return false;
    colon = strrchr(title, ':'); /* at least the one behind "inet" */
    length = colon < text ? 0 : (size_t)(colon - text);
    if (length == 0 || !listener_read_port(&listener->port, colon + 1))
        return false;
    if (text[0] == '[')
        return text[length - 1] == ']' && memchr(text, ':', length) != NULL &&
               vouch_address_parse(&listener->address, text + 1, length - 2);
    return memchr(text, ':', length) == NULL && vouch_address_parse(&listener->address, text, length);
}

/* listener_begin - a listener at unix:PATH or inet:HOST:PORT */
static bool listener_begin(const struct conf *conf, union conf_item *item, const char *title,
                           char error[CONF_ERROR_SIZE])
{
    struct conf_listener *listener = &item->listener;
    struct text text;

    (void)conf;
    memset(item, 0, sizeof *item);
    conf_set_defaults(listener_options, listener_options_count, item);
    text_init(&text, listener->title, sizeof listener->title);
    text_add(&text, title);
    for (const char *at = title; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 127)
            return conf_fail(error, "listener: its address holds a control character");
    }
    if (listener_read_inet(listener, title))
        return true;
    if (strncmp(title, "unix:/", 6) != 0)
        return conf_fail(
            error, "listener \"%.200s\": an address is unix:/PATH, inet:ADDRESS:PORT or inet:[ADDRESS]:PORT", title);
    if (strlen(title + 5) > UNIX_PATH_MAX)
        return conf_fail(error, "listener \"%.200s\": the path of a socket has at most %d characters", title,
                         UNIX_PATH_MAX);
    text_init(&text, listener->path, sizeof listener->path);
    text_add(&text, title + 5);
    return true;
}

/* listener_same - would the second of the two find its address taken? */
static bool listener_same(const struct conf_listener *one, const struct conf_listener *other)
{
    if (one->address.family != other->address.family)
        return false;
    if (one->address.family == 0)
        return strcmp(one->path, other->path) == 0;
    return one->port != 0 && one->port == other->port &&
           memcmp(one->address.octets, other->address.octets, address_length(&one->address)) == 0;
}

/* listener_add - take a listener in, and find its profile */
static bool listener_add(struct conf *conf, const union conf_item *item, char error[CONF_ERROR_SIZE])
{
    const struct conf_listener *listener = &item->listener;
    int profile = conf_find_profile(conf, listener->profile_name);

    if (profile < 0)
        return conf_fail(error, "listener \"%s\": there is no profile \"%s\"", listener->title, listener->profile_name);
    if (listener->address.family != 0 && (listener->owner[0] != '\0' || listener->group[0] != '\0'))
        return conf_fail(error, "listener \"%s\": owner and group go with unix sockets only", listener->title);
    for (size_t i = 0; i < conf->listeners_count; i++) {
        if (listener_same(listener, &conf->listeners[i]))
            return conf_fail(error, "listener \"%s\": has the address of listener \"%s\"", listener->title,
                             conf->listeners[i].title);
    }
    if (listener->address.family == 0 && strcmp(listener->path, conf->daemon.control) == 0)
        return conf_fail(error, "listener \"%s\": has the address of daemon.control", listener->title);
    if (conf->listeners_count == CONF_LISTENERS_MAX)
        return conf_fail(error, "listener \"%s\": more than %d listeners", listener->title, CONF_LISTENERS_MAX);
    conf->listeners[conf->listeners_count] = *listener;
    conf->listeners[conf->listeners_count++].profile = (unsigned)profile;
    return true;
}

bool conf_accreditor_init(struct conf_accreditor *accreditor, const char *name, char error[CONF_ERROR_SIZE])
{
    memset(accreditor, 0, sizeof *accreditor);
    conf_set_defaults(conf_accreditor_options, conf_accreditor_options_count, accreditor);
    if (conf_read_name(accreditor->service.name, name, strlen(name), false))
        return true;
    return conf_fail(error, "accreditor \"%.300s\": not a domain name", name);
}

/* accreditor_has_codes - does this style read A records? */
static bool accreditor_has_codes(const struct conf_accreditor *accreditor)
{
    return accreditor->service.style == VOUCH_STYLE_DOMAIN_LIST ||
           accreditor->service.style == VOUCH_STYLE_ADDRESS_LIST;
}

/* accreditor_has - has its style this option? */
static bool accreditor_has(const struct conf_accreditor *accreditor, const char *option)
{
    static const char *const asking[] = {"timeout", "canary_listed", "canary_unlisted", "canary_random"};

    for (size_t i = 0; i < sizeof asking / sizeof asking[0]; i++) {
        if (strcmp(option, asking[i]) == 0)
            return accreditor->service.style != VOUCH_STYLE_LIST;
    }
    return strcmp(option, "codes") != 0 || accreditor_has_codes(accreditor);
}

/* accreditor_check_style - has its style all options whose value is not the default? Others would be ignored */
static bool accreditor_check_style(const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE])
{
    struct conf_accreditor defaults = {0};

    conf_set_defaults(conf_accreditor_options, conf_accreditor_options_count, &defaults);
    for (size_t i = 0; i < conf_accreditor_options_count; i++) {
        const struct conf_option *option = &conf_accreditor_options[i];

        if (!accreditor_has(accreditor, option->name) &&
            memcmp((const char *)accreditor + option->offset, (const char *)&defaults + option->offset, option->size) !=
                0)
            return conf_fail(error, "accreditor \"%s\": %s does not go with style %s", accreditor->service.name,
                             option->name, vouch_style_word(accreditor->service.style));
    }
    return true;
}

/* accreditor_check_canary - a name, or for an address list an address */
static bool accreditor_check_canary(const struct conf_accreditor *accreditor, const char *option, const char *canary,
                                    char error[CONF_ERROR_SIZE])
{
    const char *name = accreditor->service.name;
    bool addresses = accreditor->service.style == VOUCH_STYLE_ADDRESS_LIST;
    struct vouch_address address;
    char read[VOUCH_NAME_SIZE];

    if (canary[0] == '\0')
        return true;
    if (addresses ? vouch_address_parse(&address, canary, strlen(canary))
                  : conf_read_name(read, canary, strlen(canary), false))
        return true;
    return conf_fail(error, "accreditor \"%s\": %s = %.100s: not %s", name, option, canary,
                     addresses ? "an IP address" : "a domain name");
}

/* accreditor_check - do its options go together? */
static bool accreditor_check(const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE])
{
    const struct vouch_service *service = &accreditor->service;
    bool list = service->style == VOUCH_STYLE_LIST;

    if (!accreditor_check_style(accreditor, error))
        return false;
    if (service->only_if_listed && (list || service->style == VOUCH_STYLE_ADDRESS_LIST))
        return conf_fail(error, "accreditor \"%s\": only_if_listed does not go with style %s", service->name,
                         vouch_style_word(service->style));
    if (service->ask_organization && service->style == VOUCH_STYLE_ADDRESS_LIST)
        return conf_fail(error, "accreditor \"%s\": an address list is asked about the client's address, not a name",
                         service->name);
    if (!list && (accreditor->file[0] != '\0' || accreditor->shared))
        return conf_fail(error, "accreditor \"%s\": file and shared go with style list only", service->name);
    if (list && accreditor->file[0] != '\0' && accreditor->shared)
        return conf_fail(error, "accreditor \"%s\": file and shared exclude each other", service->name);
    return accreditor_check_canary(accreditor, "canary_listed", accreditor->canary_listed, error) &&
           accreditor_check_canary(accreditor, "canary_unlisted", accreditor->canary_unlisted, error);
}

/* accreditor_take_codes - a service, with the rows of its code table, into the settings */
static bool accreditor_take_codes(struct vouch_settings *settings, const struct conf_accreditor *accreditor,
                                  char error[CONF_ERROR_SIZE])
{
    struct vouch_service *service = &settings->services[settings->services_count];
    size_t count = accreditor_has_codes(accreditor) ? accreditor->codes.count : 0;

    if (settings->codes_count + count > VOUCH_CODES_MAX)
        return conf_fail(error, "accreditor \"%s\": more than %d codes in all", accreditor->service.name,
                         VOUCH_CODES_MAX);
    *service = accreditor->service;
    service->codes = settings->codes_count;
    service->codes_count = (uint8_t)count;
    for (size_t i = 0; i < count; i++)
        settings->codes[settings->codes_count++] = accreditor->codes.codes[i];
    return true;
}

bool conf_add_accreditor(struct conf *conf, const struct conf_accreditor *accreditor, char error[CONF_ERROR_SIZE])
{
    struct vouch_settings *settings = &conf->settings;
    const char *name = accreditor->service.name;

    for (unsigned i = 0; i < settings->services_count; i++) {
        if (strcmp(settings->services[i].name, name) == 0)
            return conf_fail(error, "accreditor \"%s\": named twice", name);
    }
    if (settings->services_count == VOUCH_SERVICES_MAX)
        return conf_fail(error, "accreditor \"%s\": more than %d accreditors", name, VOUCH_SERVICES_MAX);
    if (!accreditor_check(accreditor, error) || !accreditor_take_codes(settings, accreditor, error))
        return false;
    conf->accreditors[settings->services_count] = *accreditor;
    settings->services_count++;
    return true;
}

/* accreditor_begin - an accreditor with the defaults */
static bool accreditor_begin(const struct conf *conf, union conf_item *item, const char *title,
                             char error[CONF_ERROR_SIZE])
{
    (void)conf;
    return conf_accreditor_init(&item->accreditor, title, error);
}

/* accreditor_add - take an accreditor in; in a file, a list says where it is */
static bool accreditor_add(struct conf *conf, const union conf_item *item, char error[CONF_ERROR_SIZE])
{
    const struct conf_accreditor *accreditor = &item->accreditor;

    if (accreditor->service.style == VOUCH_STYLE_LIST && accreditor->file[0] == '\0' && !accreditor->shared)
        return conf_fail(error, "accreditor \"%s\": style list needs a file, or shared = yes",
                         accreditor->service.name);
    return conf_add_accreditor(conf, accreditor, error);
}

const struct conf_section conf_sections[] = {
    {"profile", profile_options, &profile_options_count, "NAME",
     "Who is judged and what follows from it, where that differs from the top of the file.", profile_begin,
     profile_add},
    {"domain", domain_options, &domain_options_count, "DOMAIN",
     "Recipients of this domain have a profile of their own; .DOMAIN is every domain below it.", domain_begin,
     domain_add},
    {"listener", listener_options, &listener_options_count, "ADDRESS",
     "A socket that MTAs connect to: unix:PATH, inet:ADDRESS:PORT or inet:[ADDRESS]:PORT.", listener_begin,
     listener_add},
    {"accreditor", conf_accreditor_options, &conf_accreditor_options_count, "NAME",
     "An accreditation service, by its domain, or a private list, by any name.", accreditor_begin, accreditor_add},
};
const size_t conf_sections_count = sizeof conf_sections / sizeof conf_sections[0];

const struct conf_section *conf_find_section(const char *name)
{
    for (size_t i = 0; i < conf_sections_count; i++) {
        if (strcmp(conf_sections[i].name, name) == 0)
            return &conf_sections[i];
    }
    return NULL;
}
