/*
 * quick.c - a description from options, for who has three hosts and no wish to write a file.
 */
#include "base/text.h"
#include "publish/name.h"
#include "tool/publish/publish.h"

#include <string.h>

/* quick_wrong - a value of an option cannot be; always false */
static bool quick_wrong(const struct arguments *arguments, const char *option, const char *value, const char *cause)
{
    arguments_wrong(arguments, "%s %s: %s", option, value, cause);
    return false;
}

/* quick_host - the host that a value names, which no other may name */
static struct description_host *quick_host(struct publish_request *request, const struct arguments *arguments,
                                           const char *option, const char *value)
{
    char name[VOUCH_NAME_SIZE];
    const char *cause = publish_name_parse(name, value, request->description.domain);
    size_t before = request->description.hosts_count;
    struct description_host *host = NULL;

    if (cause == NULL)
        host = description_host(&request->description, name);
    if (cause == NULL && host == NULL)
        cause = "out of memory";
    else if (cause == NULL && request->description.hosts_count == before)
        cause = "is named twice";
    if (cause == NULL)
        return host;
    quick_wrong(arguments, option, value, cause);
    return NULL;
}

/* quick_addresses - ADDRESS,ADDRESS... of a host */
static bool quick_addresses(struct description_host *host, const struct arguments *arguments, const char *value,
                            const char *addresses)
{
    while (*addresses != '\0') {
        char one[VOUCH_ADDRESS_SIZE + 8];
        size_t length = strcspn(addresses, ",");
        struct text text;

        text_init(&text, one, sizeof one);
        text_add_bytes(&text, addresses, length);
        if (host->addresses_count == DESCRIPTION_ADDRESSES_MAX)
            return quick_wrong(arguments, "--send", value, "more than 64 addresses: give hosts names of their own");
        switch (description_address(host, one)) {
        case DESCRIPTION_ADDRESS_FINE:
            break;
        case DESCRIPTION_ADDRESS_TWICE:
            return quick_wrong(arguments, "--send", value, "an address stands there twice");
        case DESCRIPTION_ADDRESS_NONE:
            return quick_wrong(arguments, "--send", value, "must be NAME=ADDRESS,ADDRESS..., IPv4 or IPv6");
        }
        addresses += length + (addresses[length] == ',');
    }
    return host->addresses_count != 0 ||
           quick_wrong(arguments, "--send", value,
                       "needs addresses: NAME=ADDRESS,ADDRESS...; --elsewhere NAME if they "
                       "cannot be told");
}

/* quick_send - NAME=ADDRESS,ADDRESS... */
static bool quick_send(struct publish_request *request, const struct arguments *arguments, const char *value)
{
    const char *equals = strchr(value, '=');
    char name[2 * VOUCH_NAME_SIZE];
    struct description_host *host;
    struct text text;

    text_init(&text, name, sizeof name);
    text_add_bytes(&text, value, equals == NULL ? strlen(value) : (size_t)(equals - value));
    host = quick_host(request, arguments, "--send", name);
    return host != NULL && quick_addresses(host, arguments, value, equals == NULL ? "" : equals + 1);
}

/* quick_kind - NAME of a host of this kind */
static bool quick_kind(struct publish_request *request, const struct arguments *arguments,
                       const struct argument_values *values, enum host_kind kind)
{
    for (size_t i = 0; i < values->count; i++) {
        struct description_host *host = quick_host(request, arguments, values->name, values->values[i]);

        if (host == NULL)
            return false;
        host->kind = kind;
    }
    return true;
}

/* quick_names - disowned names and accreditation services */
static bool quick_names(struct publish_request *request, const struct arguments *arguments)
{
    struct description *description = &request->description;
    char name[VOUCH_NAME_SIZE];
    const char *cause;

    for (size_t i = 0; i < request->disowned->count; i++) {
        cause = publish_name_parse(name, request->disowned->values[i], description->domain);
        if (cause != NULL || !description_disown(description, name))
            return quick_wrong(arguments, "--disown-below", request->disowned->values[i],
                               cause != NULL ? cause : "out of memory");
    }
    for (size_t i = 0; i < request->accreditors->count; i++) {
        cause = publish_service_parse(name, request->accreditors->values[i]);
        if (cause != NULL || !description_accreditor(description, name))
            return quick_wrong(arguments, "--accreditor", request->accreditors->values[i],
                               cause != NULL ? cause : "out of memory");
    }
    return !request->disown || description_disown(description, description->domain) ||
           quick_wrong(arguments, "--disown", "", "out of memory");
}

bool publish_quick(struct publish_request *request, const struct arguments *arguments)
{
    struct description *description = &request->description;
    const char *cause = publish_name_parse(description->domain, request->domain, NULL);
    long ttl_s = (long)description->ttl_s;

    if (cause != NULL)
        return quick_wrong(arguments, "--domain", request->domain, cause);
    if (!arguments_number(arguments, "--ttl", request->ttl, (const long[]){0, DESCRIPTION_TTL_MAX}, &ttl_s))
        return false;
    description->ttl_s = (uint32_t)ttl_s;
    description->complete = request->complete;
    for (size_t i = 0; i < request->send->count; i++) {
        if (!quick_send(request, arguments, request->send->values[i]))
            return false;
    }
    return quick_kind(request, arguments, request->elsewhere, HOST_ELSEWHERE) &&
           quick_kind(request, arguments, request->never, HOST_NEVER) && quick_names(request, arguments);
}
