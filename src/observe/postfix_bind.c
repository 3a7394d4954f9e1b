/*
 * postfix_bind.c - the source addresses of an smtp transport: smtp_bind_address and smtp_bind_address6, or else the one
 * address that inet_interfaces has of a version of IP.
 */
#include "observe/postfix_instance.h"

#include "base/address.h"
#include "observe/hosts.h"

#include <string.h>

#define SEPARATORS ", \t\r\n"

/* What inet_interfaces holds of one version of IP. */
struct interfaces {
    unsigned count; /* different addresses: 0, 1, 2 for more */
    struct vouch_address first;
    bool open; /* names may stand for more */
};

/* interfaces_add - one address more; each counts once */
static void interfaces_add(struct interfaces found[2], const struct vouch_address *address)
{
    struct interfaces *version = &found[address->family == 6];

    if (version->count == 0)
        version->first = *address;
    if (version->count == 0 || memcmp(&version->first.octets, address->octets, address_length(address)) != 0)
        version->count++;
}

/* interfaces_is_single - is there one address, and no other, that connections are bound to? */
static bool interfaces_is_single(const struct interfaces *version)
{
    return version->count == 1 && !version->open && !address_is_loopback(&version->first);
}

/* interfaces_is_undecided - is that not known? A second address, or loopback, decides it whatever names stand for. */
static bool interfaces_is_undecided(const struct interfaces *version)
{
    return version->open && (version->count == 0 || (version->count == 1 && !address_is_loopback(&version->first)));
}

/* A name that is looked up. */
struct interfaces_name {
    struct vouch_bytes name;
    struct interfaces *found;
    bool known;
};

/* interfaces_line - the address of one line of the hosts file, if the line has this name */
static void interfaces_line(void *owner, const char *text, char *names)
{
    struct interfaces_name *wanted = owner;
    struct vouch_address address;
    const char *name;

    if (!sightings_read_address(&address, text, strlen(text)))
        return;
    while ((name = hosts_name(&names)) != NULL) {
        if (!text_is_nocase(wanted->name, name))
            continue;
        interfaces_add(wanted->found, &address);
        wanted->known = true;
    }
}

/* interfaces_name - what the hosts file says of a name; false: nothing */
static bool interfaces_name(const struct machine *machine, struct interfaces found[2], struct vouch_bytes name)
{
    struct interfaces_name wanted = {name, found, false};

    hosts_read(machine, interfaces_line, &wanted);
    return wanted.known;
}

/* interfaces_read - all words of inet_interfaces; `unknown` gets the first name whose addresses are not known */
static void interfaces_read(const struct machine *machine, const char *value, struct interfaces found[2],
                            char unknown[VOUCH_NAME_SIZE])
{
    static const struct vouch_address loopback = {4, {127, 0, 0, 1}};
    struct text text;

    text_init(&text, unknown, VOUCH_NAME_SIZE);
    for (const char *word = value + strspn(value, SEPARATORS); word[0] != '\0'; word += strspn(word, SEPARATORS)) {
        struct vouch_bytes name = {(const uint8_t *)word, strcspn(word, SEPARATORS)};
        struct vouch_address address;

        word += name.length;
        if (sightings_read_address(&address, (const char *)name.data, name.length)) {
            if (!sightings_is_any(&address))
                interfaces_add(found, &address);
            continue;
        }
        if (interfaces_name(machine, found, name))
            continue;
        if (text_is_nocase(name, "localhost"))
            interfaces_add(found, &loopback);
        found[0].open = found[1].open = true;
        if (text.length == 0)
            text_add_bytes(&text, name.data, name.length);
    }
}

/* bind_given - smtp_bind_address or smtp_bind_address6; is it set? */
static bool bind_given(const struct postfix_instance *instance, struct postfix_scope *scope, struct sender *sender,
                       bool four)
{
    const char *name = four ? "smtp_bind_address" : "smtp_bind_address6";
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    char value[POSTFIX_VALUE_SIZE];
    bool known = postfix_value(instance, scope, name, value);

    if (known && value[0] == '\0')
        return false;
    postfix_place(instance, scope, name, seen.place);
    if (!known)
        return true;
    if (!sightings_read_address(&seen.address, value, strlen(value)) || seen.address.family != (four ? 4 : 6)) {
        sightings_remark(instance->sightings, seen.place, "%s = %.200s: no address of this version of IP", name, value);
    } else if (!sightings_is_any(&seen.address)) { /* else it only keeps inet_interfaces from deciding */
        sender_address(instance->sightings, sender, &seen);
        *(four ? &sender->bound_4 : &sender->bound_6) = true;
    }
    return true;
}

/* bind_interfaces - what inet_interfaces binds, of the versions that are asked for */
static void bind_interfaces(const struct postfix_instance *instance, struct postfix_scope *scope, struct sender *sender,
                            const bool asked[2])
{
    struct sighted_address seen = {.evidence = EVIDENCE_CONFIG, .times = 1};
    struct interfaces found[2] = {{0}};
    char value[POSTFIX_VALUE_SIZE], unknown[VOUCH_NAME_SIZE];
    bool undecided = false;

    if (!postfix_value(instance, scope, "inet_interfaces", value) || strcmp(value, "all") == 0 ||
        strcmp(value, "loopback-only") == 0)
        return;
    postfix_place(instance, scope, "inet_interfaces", seen.place);
    interfaces_read(instance->machine, value, found, unknown);
    for (int version = 0; version < 2; version++) {
        undecided |= asked[version] && interfaces_is_undecided(&found[version]);
        if (!asked[version] || !interfaces_is_single(&found[version]))
            continue;
        seen.address = found[version].first;
        sender_address(instance->sightings, sender, &seen);
        *(version == 0 ? &sender->bound_4 : &sender->bound_6) = true;
    }
    if (undecided)
        sightings_remark(instance->sightings, seen.place,
                         "inet_interfaces holds %.200s, whose addresses are not known from here: if it comes to one "
                         "address, mail leaves from that one",
                         unknown);
}

void postfix_bind(const struct postfix_instance *instance, struct postfix_scope *scope, struct sender *sender)
{
    char value[POSTFIX_VALUE_SIZE];
    bool asked[2];

    if (postfix_value(instance, scope, "inet_protocols", value) && strstr(value, "all") == NULL) {
        sender->without_4 = strstr(value, "ipv4") == NULL;
        sender->without_6 = strstr(value, "ipv6") == NULL;
    }
    asked[0] = !sender->without_4 && !bind_given(instance, scope, sender, true);
    asked[1] = !sender->without_6 && !bind_given(instance, scope, sender, false);
    if (asked[0] || asked[1])
        bind_interfaces(instance, scope, sender, asked);
}
